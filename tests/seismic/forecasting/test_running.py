"""From settings to a stored run and its forecasts: found again, equal again, honest."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from analysis.learning import Cancelled
from analysis.seismic.forecasting import (
    Settings,
    cached,
    forecast,
    iterate,
    list_runs,
    make_layer,
    remove_run,
    run,
    running,
    statement,
    stored_forecast,
    write_forecast,
)
from analysis.seismic.forecasting.mapfiles import keep_forecast, read_kept
from analysis.seismic.forecasting.statement import leaky_statement

CHOSEN = Settings(
    name="small",
    region="japan",
    resolution=2.0,
    since="1996-01-01",
    period=("2004-01-01", "2011-01-01"),
    magnitude=5.5,
    completeness=5.4,
    keep_empty=0.1,
    baselines=("uniform", "smoothed", "recent"),
    models=("LogisticRegression", "SVM"),
    draws=20,
)


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QAZCUBE_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="module")
def made(cache):
    steps = []
    runs = list(iterate(CHOSEN, lambda *step: steps.append(step)))
    assert [step[0] for step in steps] == sorted(step[0] for step in steps)
    assert len({step[1] for step in steps}) == 1
    assert not runs[0].finished
    assert "rate_smoothed" in runs[0].comparison.scores.index
    return runs[-1]


def test_models_stand_beside_their_baselines(made):
    scores = made.comparison.scores
    assert made.finished
    assert not made.comparison.failures
    assert {"LogisticRegression", "SVM", "rate_smoothed", "base_rate"} <= set(scores.index)
    share = made.prepared.evaluation["target"].mean()
    assert scores.loc["base_rate", "average_precision"] == pytest.approx(share)
    assert scores.loc["LogisticRegression", "average_precision"] > 2 * share
    assert (scores["average_precision_low"] <= scores["average_precision"]).all()


def test_second_visit_fits_nothing(made, monkeypatch):
    assert cached(CHOSEN) is made
    running._memory.clear()
    monkeypatch.setattr(running, "iterate_comparison", None)
    found = run(CHOSEN)
    assert found.finished
    pd.testing.assert_frame_equal(found.comparison.scores, made.comparison.scores)
    assert cached(CHOSEN.replace(seed=1)) is None


def test_two_runs_give_identical_numbers(made, cache, tmp_path, monkeypatch):
    monkeypatch.setenv("QAZCUBE_CACHE", str(tmp_path))
    running._memory.clear()
    again = run(CHOSEN)
    pd.testing.assert_frame_equal(
        again.comparison.predictions, made.comparison.predictions, check_exact=True
    )
    pd.testing.assert_frame_equal(again.comparison.scores, made.comparison.scores)
    running._memory.clear()


def test_forecast_of_the_stored_model_is_the_stored_one(made, cache):
    files = list((cache / "models" / "small" / "forecasts").glob("*.nc"))
    assert len(files) == 1
    with xr.open_dataset(files[0], engine="h5netcdf") as kept:
        xr.testing.assert_identical(forecast("small"), kept.load())
    xr.testing.assert_identical(stored_forecast("small"), forecast(made))


def test_forecast_is_what_was_judged(made):
    when = CHOSEN.issue_times[-1]
    found = forecast("small", when)
    for name in ("LogisticRegression", "SVM", "rate_smoothed"):
        judged = made.comparison.predictions.loc[when, name].to_numpy()
        told = found["probability"].sel(model=name).to_numpy().ravel()
        np.testing.assert_allclose(told, judged, rtol=1e-5)
    assert "no independent forecast" in found.attrs["notes"]


@pytest.mark.slow  # PyTorch alone takes seconds to load
def test_forecast_of_a_model_of_sequences_is_what_was_judged(cache):
    """It looks back at the windows before, as it did when it was judged."""
    pytest.importorskip("torch")
    chosen = CHOSEN.replace(
        name="sequences", models=("Recurrent",), params={"Recurrent": {"epochs": 1}}
    )
    found = run(chosen).comparison.predictions["Recurrent"]
    times = found.index.get_level_values("time").unique()
    for when in times[[0, 2, -1]]:
        told = forecast("sequences", when)["probability"].sel(model="Recurrent")
        np.testing.assert_allclose(told.to_numpy().ravel(), found.loc[when], rtol=1e-6)
    remove_run("sequences")


def test_gain_is_over_the_base_rate(made):
    found = stored_forecast("small")
    share = made.prepared.base_rate
    assert float(found["base_rate"]) == pytest.approx(share)
    np.testing.assert_allclose(found["gain"] * share, found["probability"], rtol=1e-5)
    smoothed = found["gain_over_smoothed"].sel(model="rate_smoothed")
    np.testing.assert_allclose(smoothed, 1.0, rtol=1e-6)


def test_every_file_says_what_a_forecast_is(made, cache, tmp_path):
    import rasterio

    found = stored_forecast("small")
    for ending in ("nc", "csv", "tif"):
        write_forecast(found, tmp_path / f"forecast.{ending}")
    text = (tmp_path / "forecast.csv").read_text(encoding="utf-8")
    with xr.open_dataset(tmp_path / "forecast.nc", engine="h5netcdf") as file:
        assert file.attrs["statement_kk"] == statement("kk")
        assert file["probability"].attrs["grid_mapping"] == "crs"
        assert file["crs"].attrs["grid_mapping_name"] == "latitude_longitude"
        assert file["latitude"].attrs["standard_name"] == "latitude"
        assert float(file["base_rate"]) == pytest.approx(made.prepared.base_rate)
    with rasterio.open(tmp_path / "forecast.tif") as file:
        assert file.tags()["statement"] == statement("en")
        assert float(file.tags()["base_rate"]) == pytest.approx(made.prepared.base_rate, rel=1e-5)
        assert file.tags()["window_end"] > file.tags()["time"]
        assert file.crs.to_epsg() == 4326
    for language in ("kk", "ru", "en"):
        assert statement(language) in text
        assert statement(language) in (cache / "models/small/card.md").read_text(encoding="utf-8")
    table = pd.read_csv(tmp_path / "forecast.csv", comment="#")
    assert len(table) == made.prepared.lattice.size
    with pytest.raises(ValueError, match=r"\.nc, \.csv or \.tif"):
        write_forecast(found, tmp_path / "forecast.png")
    with pytest.raises(ValueError, match="There is no folder"):
        write_forecast(found, tmp_path / "nowhere" / "forecast.nc")
    with pytest.raises(ValueError, match="Did you mean 'SVM'"):
        write_forecast(found, tmp_path / "forecast.tif", "SVN")


def test_what_is_simulated_is_kept_and_written_with_its_mark(made, tmp_path):
    import rasterio

    found = stored_forecast("small").copy()
    for one in (found, *(found[name] for name in found.data_vars)):
        one.attrs["simulated"] = True
    keep_forecast(found, tmp_path / "kept.nc")
    xr.testing.assert_identical(read_kept(tmp_path / "kept.nc"), found)
    for ending in ("nc", "csv", "tif"):
        write_forecast(found, tmp_path / f"forecast.{ending}")
    with xr.open_dataset(tmp_path / "forecast.nc", engine="h5netcdf") as file:
        assert file.attrs["simulated"] == file["probability"].attrs["simulated"] == 1
    with rasterio.open(tmp_path / "forecast.tif") as file:
        assert file.tags()["simulated"] in ("1", "True")
    assert "# simulated" in (tmp_path / "forecast.csv").read_text(encoding="utf-8")


def test_card_holds_scores_versions_and_origin(made, cache):
    card = json.loads((cache / "models/small/card.json").read_text(encoding="utf-8"))
    assert card["settings"] == json.loads(json.dumps(CHOSEN.to_mapping()))
    assert card["events"]["licence"] == "CC0-1.0"
    assert card["versions"]["scikit-learn"]
    text = (cache / "models/small/card.md").read_text(encoding="utf-8")
    assert f"over `{made.comparison.grid.reference_name}`" in text
    assert f"from a probability of {made.comparison.threshold:.4g} on" in text
    assert {one["name"] for one in card["scores"]} == set(made.comparison.scores.index)
    assert list_runs()["name"].tolist() == ["small"]


def test_unknown_run_and_impossible_times_are_told(made):
    with pytest.raises(ValueError, match="Did you mean 'small'"):
        forecast("smal")
    with pytest.raises(ValueError, match="issue time"):
        forecast("small", "2030-01-01")


def test_features_can_be_chosen_by_name(made):
    chosen = CHOSEN.replace(name="few", only=("count", "long_rate"), models=("LogisticRegression",))
    found = run(chosen)
    assert found.comparison.fitted["LogisticRegression"].features == ("count", "long_rate")
    told = forecast("few")["probability"].sel(model="LogisticRegression")
    assert np.isfinite(told).all()
    remove_run("few")
    with pytest.raises(ValueError, match="Did you mean 'count'"):
        run(chosen.replace(only=("coun",)))


def test_a_split_at_random_says_so_everywhere(made, cache, tmp_path):
    chosen = CHOSEN.replace(name="leaky", split="random", models=("LogisticRegression",))
    found = run(chosen)
    assert found.prepared.split.leaky
    assert len(found.comparison.outcome) == len(found.prepared.split.test)
    assert found.prepared.split.bounds["train"][1] > found.prepared.split.bounds["test"][0]
    told = stored_forecast("leaky")
    write_forecast(told, tmp_path / "leaky.csv")
    text = (tmp_path / "leaky.csv").read_text(encoding="utf-8")
    card = (cache / "models/leaky/card.md").read_text(encoding="utf-8")
    for language in ("kk", "ru", "en"):
        assert told.attrs[f"leaky_{language}"] == leaky_statement(language)
        assert leaky_statement(language) in text
        assert leaky_statement(language) in card
    runs = list_runs().set_index("name")["leaky"]
    assert runs["leaky"]
    assert not runs["small"]
    with pytest.raises(ValueError, match="split at random, for teaching"):
        make_layer("leaky")
    remove_run("leaky")


def test_stopping_stores_nothing(made, cache):
    chosen = CHOSEN.replace(name="stopped", models=("LogisticRegression",))
    with pytest.raises(Cancelled):
        run(chosen, cancel=lambda: True)
    assert not (cache / "models" / "stopped").exists()


def test_region_across_the_date_line_keeps_its_places(made):
    from analysis.cells.lattice import Lattice
    from analysis.seismic.forecasting.maps import columns_of

    lattice = Lattice.from_bounds((170, -10, -170, 0), 5)
    longitude, columns = columns_of(lattice)
    middles = (lattice.longitude_edges[:-1] + lattice.longitude_edges[1:]) / 2
    assert longitude[columns].tolist() == [(one + 180) % 360 - 180 for one in middles]


def test_removed_run_is_gone(made, cache):
    shutil.copytree(cache / "models" / "small", cache / "models" / "gone")
    assert "gone" in set(list_runs()["name"])
    remove_run("gone")
    assert set(list_runs()["name"]) == {"small"}


def test_run_becomes_a_layer_of_the_explorer(made):
    from analysis.cubes import open_cube
    from analysis.seismic.forecasting import layer_of, make_layer, remove_layer
    from analysis.seismic.forecasting.layernames import is_forecast

    key = make_layer("small", "SVM")
    assert layer_of("small") == key == "forecast-small/forecast_probability"
    cube = open_cube("forecast-small")
    assert is_forecast(cube)
    assert cube.about["base_rate"] == pytest.approx(made.prepared.base_rate)
    latest = stored_forecast("small")["probability"].sel(model="SVM")
    latest = latest.sel(longitude=141, latitude=37, method="nearest")
    series = cube.series(141.0, 37.0, "forecast_probability")
    assert float(series[-1]) == pytest.approx(100 * float(latest), rel=1e-5)
    assert len(series) == len(made.prepared.evaluation.index.levels[0]) + 1
    remove_layer("small")
    assert layer_of("small") is None
