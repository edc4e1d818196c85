"""Tables from settings: rows, outcomes, baselines; found again, and blind to the future."""

from __future__ import annotations

import re
import shutil

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from analysis import settings
from analysis.notes import in_language
from analysis.seismic.forecasting import Cancelled, Settings, grids, prepare
from analysis.seismic.forecasting.grids import Steps, step_features
from analysis.sources import open_source

CHOSEN = Settings(
    region="japan",
    resolution=2.0,
    since="1996-01-01",
    period=("2008-01-01", "2011-01-01"),
    magnitude=5.5,
    completeness=5.4,
    keep_empty=0.1,
    baselines=("uniform", "cell", "smoothed", "recent", "mixture"),
)


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QAZCUBE_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="module")
def made(cache):
    return prepare(CHOSEN)


def test_outcomes_are_the_events_of_the_next_window(made):
    times = made.evaluation.index.get_level_values("time").unique()
    assert len(made.evaluation) == times.size * made.lattice.size
    seen = made.events[made.events["time"] >= times[0]]
    assert made.evaluation["events"].sum() == len(seen) > 0
    first = seen.iloc[0]
    cell = made.lattice.ids[made.lattice.index(first["longitude"], first["latitude"])]
    issue = times[times <= first["time"]][-1]
    assert made.evaluation.loc[(issue, cell), "target"] == 1


def test_sample_stands_for_all_rows(made):
    rows = CHOSEN.issue_times.size * made.lattice.size
    assert made.table["weight"].sum() == pytest.approx(rows, rel=0.05)
    assert (made.table.loc[made.table["target"] == 1, "weight"] == 1).all()
    cell = made.lattice.index(made.events["longitude"], made.events["latitude"])
    step = CHOSEN.issue_times.searchsorted(made.events["time"], side="right")
    assert made.table["target"].sum() == len(set(zip(step, cell, strict=True)))


def test_second_time_the_tables_are_found_and_equal(made):
    again = prepare(CHOSEN)
    pd.testing.assert_frame_equal(made.table, again.table, check_exact=True)
    pd.testing.assert_frame_equal(made.evaluation, again.evaluation, check_exact=True)
    assert made.table.attrs["features"] == again.table.attrs["features"]


def test_later_events_change_no_feature_and_no_baseline(made, tmp_path):
    events = made.record.events
    moment = made.evaluation.index[0][0]
    changed = events.copy()
    later = (changed["time"] >= moment).to_numpy()
    changed.loc[later, "longitude"] = np.roll(changed.loc[later, "longitude"], 7)
    changed.loc[later, "mag"] = 9.0
    file = tmp_path / "changed.parquet"
    changed.to_parquet(file)
    other = prepare(CHOSEN.replace(events=str(file)))
    names = [*made.table.attrs["features"], *made.table.filter(like="rate_").columns]
    at = made.evaluation.index.get_level_values("time") == moment
    pd.testing.assert_frame_equal(made.evaluation.loc[at, names], other.evaluation.loc[at, names])
    assert not made.evaluation["target"].equals(other.evaluation["target"])


def test_stopping_leaves_nothing_half_done(cache):
    before = set(cache.glob("forecasting/*"))
    with pytest.raises(Cancelled):
        prepare(CHOSEN.replace(seed=5), cancel=lambda: True)
    assert set(cache.glob("forecasting/*")) == before


def test_period_beyond_the_record_is_refused():
    with pytest.raises(ValueError, match="would all seem empty"):
        prepare(CHOSEN.replace(period=("2006-01-01", "2020-01-01")))


def steps_of(values, delay):
    """A variable of one cell, monthly, with some publication delay."""
    months = pd.date_range("2000-01-01", periods=len(values) + 1, freq="MS")
    times = ("time", months[:-1])
    data = xr.DataArray(
        np.asarray(values, np.float32)[:, np.newaxis],
        {"time": times},
        ("time", "cell"),
        name="tec",
        attrs={"units": "TECU", "simulated": True},
    )
    ends = months[1:].to_numpy().astype("datetime64[ns]")
    known = ends + pd.Timedelta(delay).to_timedelta64()
    return Steps("tec", data, ends, known, "ionosphere_simulated", delay)


def test_last_value_is_the_last_that_was_published():
    issue = pd.DatetimeIndex(["2009-05-31", "2009-06-01", "2009-07-31"])
    found = step_features(steps_of(np.arange(120.0), "31D"), issue, "180D")
    assert found["tec"][0][:, 0].tolist() == [110.0, 111.0, 112.0]
    assert found["tec_rate"][0][0, 0] == pytest.approx(12.0, rel=0.01)
    assert found["tec_change"][1]["units"] == "TECU/month"
    assert found["tec_z"][1]["simulated"]


def test_no_later_value_changes_a_feature_of_a_variable():
    values = np.random.default_rng(0).normal(size=120)
    issue = pd.DatetimeIndex(["2008-03-11", "2008-08-01"])
    ends = pd.date_range("2000-02-01", periods=120, freq="MS") + pd.Timedelta("60D")
    changed = np.where(ends > issue[0], 99.0, values)
    one, other = (step_features(steps_of(v, "60D"), issue, "180D") for v in (values, changed))
    for name in one:
        assert np.isfinite(one[name][0][0]).all()
        assert one[name][0][0] == other[name][0][0]
        assert one[name][0][1] != other[name][0][1]


def test_value_older_than_the_history_is_missing():
    issue = pd.DatetimeIndex(["2010-01-02", "2011-01-02"])
    found = step_features(steps_of(np.arange(120.0), "0D"), issue, "180D")
    assert np.isfinite(found["tec"][0][0, 0])
    assert all(np.isnan(values[1, 0]) for values, _about in found.values())


SATELLITES = CHOSEN.replace(
    region=(138, 34, 146, 42),
    features=("static", "gravity_simulated", "ionosphere_simulated"),
    relations=("pearson(lwe_thickness, tec)", "lwe_thickness > 2 sigma and tec > 1.5 sigma"),
    components=2,
    baselines=("smoothed",),
)


@pytest.mark.slow
def test_satellites_are_known_only_after_their_delay():
    made = prepare(SATELLITES)
    about = made.table.attrs["features"]
    assert made.simulated
    assert about["tec_z"]["simulated"]
    assert about["component_1"]["simulated"]
    assert not about["elevation"]["simulated"]
    early = prepare(SATELLITES.replace(delays={"ionosphere_simulated": "0D"}))
    late = prepare(SATELLITES.replace(delays={"ionosphere_simulated": "90D"}))
    at, cell = made.evaluation.index[0]
    steps = pd.Series(
        open_source("ionosphere_simulated")["tec"].sel(longitude=140, latitude=37.5).to_numpy(),
        index=open_source("ionosphere_simulated")["time_bounds"].to_numpy()[:, 1],
    )
    cell = made.lattice.ids[made.lattice.index(141.0, 37.0)]
    for table, delay in ((early, "0D"), (made, "60D"), (late, "90D")):
        known = steps[steps.index + pd.Timedelta(delay) <= at].iloc[-1]
        assert table.evaluation.loc[(at, cell), "tec"] == pytest.approx(known, rel=0.15)
    values = [one.evaluation.loc[(at, cell), "tec"] for one in (early, made, late)]
    assert len(set(values)) == 3


@pytest.mark.slow
def test_what_satellites_measure_later_changes_nothing(monkeypatch):
    made = prepare(SATELLITES)
    at = made.evaluation.index[0][0]

    def changed(source):
        grid = open_source(source)
        ends = grid["time_bounds"].isel(bnds=1) + np.timedelta64(60, "D")
        for name in grid.data_vars:
            if name != "time_bounds":
                attrs = grid[name].attrs
                grid[name] = grid[name].where(ends <= at.to_datetime64(), -999.0)
                grid[name].attrs = attrs
        return grid

    monkeypatch.setattr(grids, "open_grid", changed)
    shutil.rmtree(settings.cache_dir() / "forecasting")
    other = prepare(SATELLITES)
    names = list(made.attrs["features"])
    rows = made.evaluation.index.get_level_values("time") == at
    pd.testing.assert_frame_equal(
        made.evaluation.loc[rows, names], other.evaluation.loc[rows, names]
    )
    after = made.evaluation.loc[~rows, names]
    assert not after.equals(other.evaluation.loc[~rows, names])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"features": ("gravity_simulatd",)}, "Did you mean 'gravity_simulated'"),
        ({"relations": ("pearson(lwe, tec, soon)",)}, "window of the correlation"),
        ({"relations": ("tec is high",)}, "cannot be read"),
    ],
)
def test_unknown_features_are_named(change, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        prepare(SATELLITES.replace(**change))


def test_target_below_the_completeness_is_refused_or_noted():
    low = CHOSEN.replace(magnitude=5.0)
    with pytest.raises(ValueError, match="complete"):
        prepare(low)
    made = prepare(low.replace(allow_incomplete=True, features=("static",), baselines=()))
    [told] = [note for note in made.notes if "complete" in note]
    assert "полн" in in_language(told, "ru")  # from the file of the tables too
    assert "толық" in in_language(told, "kk")
