"""Statistics of what is in view."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.cubes import OutsideGridError, ingest, viewstats
from tests.cubes.conftest import make_grid


@pytest.fixture
def world(cache):
    """A global cube of 5 degrees and its source."""
    ds = make_grid(3, gaps=0.2)
    return ds, ingest(ds, "world")


def test_a_window_is_described_by_its_cells(world):
    ds, cube = world
    found = cube.statistics(1, (20, 10, 61, 51))
    part = ds["height"][1].sel(longitude=slice(20, 61), latitude=slice(10, 51)).to_numpy()
    lats = ds.latitude.sel(latitude=slice(10, 51)).to_numpy()
    weights = np.broadcast_to(np.cos(np.radians(lats))[:, None], part.shape)
    valid = np.isfinite(part)
    assert found.cells == part.size
    assert found.level == 0
    assert found.mean == pytest.approx(np.average(part[valid], weights=weights[valid]))
    assert found.minimum == part[valid].min()
    assert found.maximum == part[valid].max()
    assert found.valid_share == pytest.approx(weights[valid].sum() / weights.sum())
    assert found.counts.sum() == pytest.approx(1)
    assert found.edges.size == found.counts.size + 1
    assert found.minimum <= found.lower_quartile <= found.median
    assert found.median <= found.upper_quartile <= found.maximum


def test_the_date_line_and_mercator_make_no_difference(world):
    _, cube = world
    crossing = cube.statistics(0, (168, -20, -168, 20))
    assert crossing.cells == 5 * 8
    assert cube.statistics(0, (168, -20, 192, 20)).mean == crossing.mean
    x, y = 20037508.34 / 180, 2273030.93
    assert cube.statistics(0, (168 * x, -y, 192 * x, y), crs="EPSG:3857").mean == crossing.mean


def test_a_window_inside_one_cell_shows_that_cell(world):
    ds, cube = world
    found = cube.statistics(2, (1, 41, 1.1, 41.1))
    assert found.cells == 1
    assert found.median == pytest.approx(float(ds["height"][2, 26, 36]), nan_ok=True)


def test_without_values_there_is_no_mean(cache):
    found = ingest(make_grid(1, gaps=1.1), "empty").statistics(0, (-180, -90, 180, 90))
    assert np.isnan([found.mean, found.std, found.median, found.minimum]).all()
    assert found.valid_share == 0
    assert found.counts.size == 0


def test_a_large_window_is_described_by_a_coarser_level(cache, monkeypatch):
    ds = make_grid(
        1, (np.arange(500) + 0.5) * 0.36 - 90, (np.arange(1000) + 0.5) * 0.36 - 180, gaps=0
    )
    ds["height"] = ds["height"] * 0 + ds.latitude.astype("f4")
    ds["height"].attrs.update(units="m")
    cube = ingest(ds, "large")
    exact = cube.statistics(0, (-170, -80, 100, 70))
    monkeypatch.setattr(viewstats, "_MOST_CELLS", 50_000)
    rough = cube.statistics(0, (-170, -80, 100, 70))
    assert rough.level == 2 or rough.level == 1
    assert rough.mean == pytest.approx(exact.mean, abs=0.1)
    assert rough.median == pytest.approx(exact.median, abs=1)


def test_what_cannot_be_shown_is_told(cache):
    cube = ingest(make_grid(2, np.arange(30.5, 60), np.arange(40.5, 100)), "region")
    with pytest.raises(OutsideGridError, match="shows no cell"):
        cube.statistics(0, (0, 0, 10, 10))
    with pytest.raises(ValueError, match="EPSG:3413"):
        cube.statistics(0, (0, 0, 10, 10), crs="EPSG:3413")
