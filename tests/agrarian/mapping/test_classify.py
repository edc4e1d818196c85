"""Classification tile by tile: the same as all at once, resumed, refused with a reason."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from analysis.agrarian.mapping import classify, open_map
from analysis.learning import Cancelled
from tests.agrarian.mapping import mapkit

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def model() -> Any:
    return mapkit.forest()


def test_it_says_what_the_model_says(model: Any) -> None:
    ds = mapkit.cube()
    land = classify(ds, model, tile=17)
    chance = model.predict_proba(mapkit.flat(ds))
    np.testing.assert_array_equal(land["class"].to_numpy().ravel() - 1, chance.argmax(axis=1))
    np.testing.assert_array_equal(
        land["probability"].to_numpy().reshape(3, -1).T, np.rint(chance * 10_000)
    )
    ordered = np.sort(chance, axis=1)
    margin = np.rint((ordered[:, -1] - ordered[:, -2]) * 10_000)
    np.testing.assert_array_equal(land["margin"].to_numpy().ravel(), margin)
    assert (mapkit.truth() == land["class"].to_numpy() - 1).mean() > 0.95
    assert land.attrs["classes"] == mapkit.LABELS
    assert land.attrs["simulated"] is True
    assert land.attrs["dates"][1] == "2021-07-01"


def test_workers_chunks_and_tiles_change_nothing(model: Any, tmp_path: Path) -> None:
    plain = classify(mapkit.cube(), model)
    for number, (workers, chunks, tile) in enumerate(
        [
            (1, {"latitude": 13, "longitude": 60}, 30),
            (2, {"time": 1, "longitude": 30}, 23),
            (2, None, 20),
        ]
    ):
        made = classify(
            mapkit.cube(chunks=chunks), model, tmp_path / f"{number}", workers=workers, tile=tile
        )
        for layer in ("class", "probability", "entropy", "margin"):
            np.testing.assert_array_equal(made[layer].to_numpy(), plain[layer].to_numpy())


def test_features_are_found_by_name(model: Any) -> None:
    ds = mapkit.cube()
    names = [f"{band}_{step}" for band in ("ndvi", "nir") for step in (1, 2, 3)]
    table = pd.DataFrame(mapkit.flat(ds), columns=names)
    labels = np.array(mapkit.LABELS)[mapkit.truth().ravel()]
    shuffled = ["nir_3", "ndvi_1", "ndvi_2", "ndvi_3", "nir_1", "nir_2"]
    from sklearn.naive_bayes import GaussianNB

    named = GaussianNB().fit(table[shuffled], labels)
    wanted = named.predict(table[shuffled])
    land = classify(ds, named)
    found = np.array(mapkit.LABELS)[land["class"].to_numpy().ravel() - 1]
    np.testing.assert_array_equal(found, wanted)


def test_missing_values_and_masks_are_no_data(model: Any) -> None:
    ds = mapkit.cube()
    ds["ndvi"][1, 3, 4] = np.nan
    ds["nir"][2, 5, 6] = np.inf
    mask = xr.DataArray(np.ones((40, 60), bool), dims=("latitude", "longitude"))
    mask[10:20] = False
    land = classify(ds, model, mask=mask, tile=15)
    gone = land["class"].to_numpy() == 0
    assert gone[3, 4]
    assert gone[5, 6]
    assert gone[10:20].all()
    assert gone.sum() == 2 + 600
    for layer in ("probability", "entropy", "margin"):
        values = land[layer].to_numpy()
        assert (values[..., gone] == 65_535).all()
        assert (values[..., ~gone] <= 10_000).all()


def test_a_class_that_is_not_sure_enough_is_rejected(model: Any) -> None:
    plain, strict = (classify(mapkit.cube(), model, least=least) for least in (0.0, 0.9))
    sure = plain["probability"].max("label") >= 9_000
    np.testing.assert_array_equal(strict["class"] == 255, ~sure)
    assert (strict["class"].where(sure) == plain["class"].where(sure)).where(sure, True).all()


def test_only_chosen_steps_are_used(model: Any) -> None:
    ds = mapkit.cube()
    twice = xr.concat([ds + 5.0, ds], "time").assign_coords(
        time=pd.date_range("2021-01-01", periods=6)
    )
    for steps in ([3, 4, 5], slice(3, None), [-3, -2, -1]):
        land = classify(twice, model, steps=steps)
        np.testing.assert_array_equal(land["class"], classify(ds, model)["class"])


class Neighbours:
    """A model that looks at the pixels around: mean of three by three."""

    halo = 1
    classes_ = np.array(["low", "high"])

    def predict_proba(self, X: Any) -> Any:
        raise AssertionError("it wants images")

    def predict_image(self, values: Any) -> Any:
        wide = np.pad(values[0], 1, mode="edge")
        rows, columns = values.shape[1:]
        parts = [wide[i : i + rows, j : j + columns] for i in range(3) for j in range(3)]
        high = np.clip(np.mean(parts, axis=0), 0, 1)
        return np.stack([1 - high, high])


def test_models_of_images_see_over_the_edges_of_tiles() -> None:
    ds = mapkit.cube()[["ndvi"]]
    whole, cut = classify(ds, Neighbours(), tile=100), classify(ds, Neighbours(), tile=9)
    np.testing.assert_array_equal(whole["probability"], cut["probability"])


def test_stopped_work_is_kept_and_resumed(model: Any, tmp_path: Path) -> None:
    seen: list[int] = []

    def note(done: int, total: int, text: str) -> None:
        seen.append(done)
        assert total == 24

    with pytest.raises(Cancelled, match="of 24 tiles"):
        classify(
            *(mapkit.cube(), model, tmp_path / "land"),
            **{"tile": 10, "progress": note, "cancel": lambda: bool(seen) and seen[-1] >= 9},
        )
    with pytest.raises(ValueError, match="not finished"):
        open_map(tmp_path / "land")
    seen.clear()
    land = classify(mapkit.cube(), model, tmp_path / "land", tile=10, progress=note)
    assert seen[0] >= 9
    assert seen[-1] == 24
    np.testing.assert_array_equal(land["class"], classify(mapkit.cube(), model)["class"])
    assert sorted(one.name for one in tmp_path.iterdir()) == ["land"]


def test_a_finished_map_is_not_made_again(model: Any, tmp_path: Path) -> None:
    ds = mapkit.cube()
    classify(ds, model, tmp_path / "land")
    before = (tmp_path / "land" / "zarr.json").stat().st_mtime_ns
    classify(ds, model, tmp_path / "land")
    assert (tmp_path / "land" / "zarr.json").stat().st_mtime_ns == before
    with pytest.raises(ValueError, match="another cube, model or choice"):
        classify(ds + 0.3, model, tmp_path / "land")
    other = classify(ds + 0.3, model, tmp_path / "land", overwrite=True)
    np.testing.assert_array_equal(other["class"], classify(ds + 0.3, model)["class"])
    (tmp_path / "mine").mkdir()
    with pytest.raises(ValueError, match="is no map"):
        classify(ds, model, tmp_path / "mine")


def test_another_model_does_not_continue_the_work_of_one(model: Any, tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        classify(mapkit.cube(), model, tmp_path / "land", tile=20, cancel=_after(2))
    other = mapkit.forest(seed=5)
    land = classify(mapkit.cube(), other, tmp_path / "land", tile=20)
    np.testing.assert_array_equal(
        land["probability"], classify(mapkit.cube(), other)["probability"]
    )


def _after(count: int) -> Any:
    asked = iter(range(10_000))
    return lambda: next(asked) >= count


SLOW = """
import sys, time
sys.path.insert(0, {root!r})
from tests.agrarian.mapping import mapkit
from analysis.agrarian.mapping import classify
model = mapkit.forest()
real = model.predict_proba
class Slow:
    classes_ = model.classes_
    n_features_in_ = 6
    def predict_proba(self, X):
        time.sleep({pause})
        return real(X)
classify(mapkit.cube(), Slow(), {out!r}, tile=10, workers=2)
"""


@pytest.mark.slow
def test_killed_at_any_moment_it_goes_on(model: Any, tmp_path: Path) -> None:
    out = tmp_path / "land"
    code = SLOW.format(root=str(ROOT), out=str(out), pause=0.15)
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    journal = tmp_path / "land.part" / "journal.jsonl"
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if journal.is_file() and len(journal.read_text().splitlines()) > 6:
            break
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not out.exists()
    kept = len(journal.read_text().splitlines()) - 1
    assert 0 < kept < 24
    told: list[int] = []
    land = classify(
        mapkit.cube(), model, out, tile=10, progress=lambda done, total, text: told.append(done)
    )
    assert told[0] == kept
    np.testing.assert_array_equal(land["class"], classify(mapkit.cube(), model)["class"])


def projected(**attrs: Any) -> xr.Dataset:
    return mapkit.cube().rename(latitude="y", longitude="x").assign_attrs(**attrs)


@pytest.mark.parametrize(
    ("ds", "more", "match"),
    [
        (projected(), {}, "without a coordinate reference system"),
        (mapkit.cube()[["ndvi"]], {}, "6 features; 1 bands"),
        (mapkit.cube().isel(time=slice(2)), {}, "at 2 steps make 4"),
        (mapkit.cube(), {"bands": ["ndvi", "nri"]}, "Did you mean 'nir'"),
        (mapkit.cube(), {"steps": [0, 1, 7]}, "steps 0 to 2"),
        (mapkit.cube(), {"workers": 0}, "1 or more"),
        (mapkit.cube(), {"least": 2.0}, "between 0 and 1"),
        (mapkit.cube(), {"gaps": "guess"}, "'nodata' or 'model'"),
        (mapkit.cube(), {"mask": xr.DataArray([True], dims="x")}, "mask has the dimensions"),
        (mapkit.cube().isel(latitude=[0, 1, 5]), {}, "uneven"),
        (mapkit.cube().isel(latitude=0), {}, "rows"),
    ],
)
def test_what_does_not_fit_is_refused(model: Any, ds: Any, more: dict, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        classify(ds, model, **more)


def test_a_model_that_is_not_fitted_is_refused() -> None:
    from sklearn.ensemble import RandomForestClassifier

    with pytest.raises(ValueError, match="not fitted"):
        classify(mapkit.cube(), RandomForestClassifier())


def test_threads_of_the_model_are_given_back(model: Any) -> None:
    model.set_params(n_jobs=2)
    try:
        classify(mapkit.cube(10, 12), model)
        assert model.n_jobs == 2
    finally:
        model.set_params(n_jobs=1)
