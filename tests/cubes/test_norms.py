"""Stored norms: equal to plain xarray, whole or absent, gone with the data, quick."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from analysis.cubes import Cube, ingest, norms
from analysis.cubes.errors import NormNotFoundError, OutsideGridError
from analysis.cubes.journal import exclusive
from analysis.cubes.normstore import Tiling, tiling_of
from analysis.features import climatology, departure, zscore

WORLD = (-180.0, -90.0, 180.0, 90.0)


def grid(
    times: pd.DatetimeIndex, rows: int = 9, columns: int = 18, seed: int = 0, gaps: float = 0.1
) -> xr.Dataset:
    generator = np.random.default_rng(seed)
    phase = 2 * np.pi * times.day_of_year.to_numpy() / 365.25
    values = 10 + 5 * np.sin(phase)[:, None, None]
    values = values + generator.normal(size=(times.size, rows, columns))
    if gaps:
        values[generator.random(values.shape) < gaps] = np.nan
        values[:, 0, 0] = np.nan
    attrs = {"units": "cm", "long_name": "Height", "source": "made", "simulated": True}
    axes = {
        "time": times,
        "latitude": np.linspace(-90, 90, rows * 2 + 1)[1::2],
        "longitude": np.linspace(-180, 180, columns * 2 + 1)[1::2],
    }
    dims = ("time", "latitude", "longitude")
    return xr.Dataset({"height": (dims, values.astype("float32"), attrs)}, axes)


def make(cache: Path, data: xr.Dataset, **options: bool) -> Cube:
    assert cache.is_dir()
    return ingest(data, "made", progress=lambda done, total: None, **options)


MONTHS = pd.date_range("2001-01-01", "2012-12-31", freq="MS")
DAYS = pd.date_range("2005-01-01", "2012-12-31", freq="3D")


@pytest.mark.parametrize(("times", "window"), [(MONTHS, None), (MONTHS, 3), (DAYS, 15)])
def test_stored_norms_equal_those_of_the_features(cache, times, window):
    cube = make(cache, grid(times))
    stored = norms.climatology(cube, "height", (2005, 2011), window=window)
    made = climatology(cube.dataset("series")["height"], (2005, 2011), window=window)
    assert stored.attrs["base_period"] == made.attrs["base_period"]
    for name in ("mean", "std", "count"):
        assert stored[name].dims == made[name].dims
        np.testing.assert_allclose(stored[name], made[name], rtol=1e-5)
    lazy = cube.dataset("series")["height"]
    np.testing.assert_allclose(zscore(lazy, stored), zscore(lazy, made), rtol=1e-4, atol=1e-4)


def test_a_clicked_series_is_judged_as_the_features_judge_it(cache):
    data = grid(DAYS)
    cube = make(cache, data)
    found = norms.series(cube, 431, 21, base=(2005, 2010))
    point = data["height"].sel(longitude=71, latitude=21, method="nearest").astype("float64")
    np.testing.assert_allclose(found["departure"], departure(point, base=(2005, 2010)))
    np.testing.assert_allclose(found["zscore"], zscore(point, base=(2005, 2010)))
    np.testing.assert_allclose(found["value"] - found["mean"], found["departure"])
    assert found["zscore"].attrs["units"] == "1"
    assert found["departure"].attrs["units"] == "cm"
    assert found.attrs["base_period"] == "2005-01-01/2010-12-31"
    assert found.attrs["simulated"] is True
    with pytest.raises(ValueError, match="no variable 'depth'"):
        norms.series(cube, 0, 0, "depth")


@pytest.mark.parametrize("kind", ["departure", "zscore"])
def test_a_picture_shows_the_judged_values(cache, kind):
    data = grid(MONTHS)
    cube = make(cache, data)
    norm = norms.of(cube)
    picture = norm.view("2007-03-01", WORLD, 18, 9, kind=kind)
    judge = zscore if kind == "zscore" else departure
    expected = judge(data["height"]).sel(time="2007-03-01")
    np.testing.assert_allclose(picture, expected, rtol=1e-4, atol=1e-5)
    assert picture.attrs["units"] == ("1" if kind == "zscore" else "cm")
    low, high = picture.attrs["limits"]
    assert -low == high
    assert np.isclose(high, np.nanpercentile(np.abs(judge(data["height"])), 96), rtol=0.1)
    assert picture.attrs["statistic"] == kind
    turned = norm.view("2007-03-01", (0, -90, 360, 90), 18, 9, kind=kind)
    np.testing.assert_array_equal(turned, np.roll(picture, -9, axis=1))


def test_coarse_levels_judge_first_and_average_then(cache):
    """Cells of other norms that are missing now must not move the mean of the others."""
    data = grid(MONTHS[:24], 410, 420, gaps=0)["height"]
    data = data + (np.arange(410)[:, None] % 2 * 1000).astype("float32")
    data.attrs["units"] = "cm"
    data[10, ::2] = np.nan
    norm = norms.of(make(cache, data.to_dataset()), minimum=2)
    expected = departure(data, minimum=2)[10]
    picture = norm.view(10, WORLD, 210, 205)
    assert picture.attrs["level"] == 1
    blocks = expected.coarsen(latitude=2, longitude=2).mean()
    np.testing.assert_allclose(picture, blocks, atol=1e-3)
    mean = norm.view(10, WORLD, 42, 41, method="mean")
    blocks = expected.coarsen(latitude=10, longitude=10).mean()
    np.testing.assert_allclose(mean, blocks, atol=1e-3)


def test_a_large_map_is_judged_by_levels_of_its_norm(cache, monkeypatch):
    data = grid(MONTHS[:24], 410, 420, gaps=0)
    monkeypatch.setattr("analysis.cubes.normstore.MOST_CELLS", 60_000)
    monkeypatch.setattr("analysis.cubes.normview.MOST_CELLS", 60_000)
    norm = norms.of(make(cache, data), minimum=2)
    assert norm.levels == 1
    picture = norm.view(7, WORLD, 210, 205)
    expected = departure(data["height"], minimum=2)[7].coarsen(latitude=2, longitude=2).mean()
    np.testing.assert_allclose(picture, expected, atol=1e-3)
    near = norm.view(7, (0, 0, 36, 18), 42, 41, kind="zscore")
    part = zscore(data["height"], minimum=2)[7, 205:246, 210:252]
    np.testing.assert_allclose(near, part, rtol=1e-3, atol=1e-4)


def test_a_norm_goes_with_the_data(cache):
    cube = make(cache, grid(MONTHS))
    assert norms.find(cube) is None
    before = norms.of(cube)
    assert norms.find(cube) is not None
    assert norms.find(cube, base=(2002, 2010)) is None
    make(cache, grid(MONTHS, seed=1), overwrite=True)
    assert norms.find(cube) is None
    with pytest.raises(NormNotFoundError, match="replaced"):
        before.view(0, WORLD, 18, 9)
    picture = norms.of(cube).view(3, WORLD, 18, 9)
    expected = departure(grid(MONTHS, seed=1)["height"])[3]
    np.testing.assert_allclose(picture, expected, atol=1e-4)
    assert len(list(cube.path.glob("data-*"))) == 1


def test_another_window_is_made_of_the_stored_sums(cache, monkeypatch):
    cube = make(cache, grid(MONTHS))
    norms.of(cube)
    monkeypatch.setattr("analysis.cubes.normbuild.slot_sums", None)
    monkeypatch.setattr("analysis.cubes.normbuild._limits", lambda *_: {})
    norms.of(cube, window=3)


def test_a_build_that_failed_leaves_nothing_and_can_be_repeated(cache, monkeypatch):
    cube = make(cache, grid(MONTHS))

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("analysis.cubes.normbuild._limits", fail)
        with pytest.raises(OSError, match="the cube is untouched"):
            norms.of(cube)
    assert norms.find(cube) is None
    assert not list(cube.path.rglob("*.building"))
    assert norms.of(cube).view(0, WORLD, 9, 9).max() > 0


def test_two_builds_at_once_are_refused(cache):
    cube = make(cache, grid(MONTHS))
    folder = norms.of(cube).folder.parent
    with (
        exclusive(folder / "month1-all-w3-m5.lock", "made"),
        pytest.raises(RuntimeError, match="Another process is making this norm of the cube 'made'"),
    ):
        norms.of(cube, window=3)


def test_what_has_no_norm_is_refused(cache):
    still = grid(MONTHS[:1])
    cube = make(cache, still)
    with pytest.raises(ValueError, match="has one step"):
        norms.of(cube)
    cube = make(cache, grid(MONTHS), overwrite=True)
    with pytest.raises(ValueError, match="holds none of the 144 steps"):
        norms.of(cube, base=(1950, 1960))
    with pytest.raises(OutsideGridError, match="lies outside"):
        norms.series(make(cache, grid(MONTHS).isel(latitude=slice(4)), overwrite=True), 0, 80)
    norm = norms.of(cube)
    with pytest.raises(ValueError, match="departure, zscore"):
        norm.view(0, WORLD, 9, 9, kind="rank")
    (norm.folder / "norm.json").write_text("{")
    norms._opened.clear()
    with pytest.raises(ValueError, match="damaged; delete this folder"):
        norms.find(cube)
    (norm.folder / "norm.json").write_text(json.dumps({"format": 0}))
    assert norms.find(cube) is None


@pytest.mark.parametrize(
    ("shape", "slots"),
    [((7305, 720, 1440), 366), ((240, 1800, 3600), 12), ((9000, 71, 73), 4392), ((12, 3, 2), 12)],
)
def test_tiles_cover_every_cell_once_in_bounded_memory(shape, slots):
    from analysis.cubes.layout import choose_layout

    tiling: Tiling = tiling_of(choose_layout(shape), slots)
    seen = np.zeros(shape[1:], np.int8)
    for rows, columns in tiling.tiles():
        seen[rows, columns] += 1
    assert (seen == 1).all()
    assert all(tile % piece == 0 for tile, piece in zip(tiling.tile, tiling.piece, strict=True))
    assert 12 * slots * tiling.tile[0] * tiling.tile[1] <= 300_000_000
