"""Means over polygons against sums over the source's cells."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.cubes import OutsideGridError, ingest, zonal
from tests.cubes.conftest import make_grid


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A global cube of 5 degrees and its source."""
    patch = pytest.MonkeyPatch()
    patch.setenv("QAZCUBE_CACHE", str(tmp_path_factory.mktemp("cubes")))
    ds = make_grid(8, gaps=0.3)
    yield ds, ingest(ds, "world")
    patch.undo()


def reference(ds: xr.Dataset, polygon) -> tuple[np.ndarray, np.ndarray]:
    """Cells (time, cell) inside a polygon and cos(latitude), cell by cell."""
    found = [
        (row, column)
        for row, lat in enumerate(ds.latitude.to_numpy())
        for column, lon in enumerate(ds.longitude.to_numpy())
        if any(polygon.intersects(shapely.Point(lon + turn, lat)) for turn in (-360, 0, 360))
    ]
    rows, columns = np.array(found, dtype=int).reshape(-1, 2).T
    weights = np.cos(np.radians(ds.latitude.to_numpy()[rows]))
    return ds["height"].to_numpy()[:, rows, columns].astype(float), weights


boxes = st.builds(
    lambda west, south, width, height: shapely.box(west, south, west + width, south + height),
    st.floats(-180, 180),
    st.floats(-80, 60),
    st.floats(12, 60),
    st.floats(12, 25),
)


@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(boxes)
def test_statistics_are_those_of_the_cells_inside(world, polygon):
    ds, cube = world
    zone = cube.zonal(polygon)
    values, weights = reference(ds, polygon)
    valid = np.isfinite(values)
    w = np.where(valid, weights, 0)
    mean = np.where(valid, values, 0) @ weights / w.sum(axis=1)
    spread = np.nansum(w * (values - mean[:, None]) ** 2, axis=1) / w.sum(axis=1)
    assert zone.attrs["cells"] == values.shape[1]
    assert zone.attrs["selection"] == "cell centres"
    np.testing.assert_array_equal(zone["count"], valid.sum(axis=1))
    np.testing.assert_allclose(zone["mean"], mean, atol=1e-6)
    np.testing.assert_allclose(zone["std"], np.sqrt(spread), atol=1e-6)
    np.testing.assert_array_equal(zone["min"], np.nanmin(values, axis=1))
    np.testing.assert_array_equal(zone["max"], np.nanmax(values, axis=1))
    assert (zone["min"] <= zone["p10"]).all()
    assert (zone["p10"] <= zone["p90"]).all()
    assert (zone["p90"] <= zone["max"]).all()


def test_a_polygon_over_the_date_line_is_the_sum_of_its_halves(world):
    _, cube = world
    whole = cube.zonal(shapely.box(168, -20, 193, 20))
    west, east = (
        cube.zonal(shapely.box(168, -20, 180, 20)),
        cube.zonal(shapely.box(-179.9, -20, -167, 20)),
    )
    # the column centred on -180 lies on the seam: it belongs to the western half once
    assert whole.attrs["cells"] == west.attrs["cells"] + east.attrs["cells"]
    np.testing.assert_array_equal(whole["count"], west["count"] + east["count"])


def test_a_hole_is_left_out(world):
    _, cube = world
    ring = shapely.box(0, 0, 50, 50).difference(shapely.box(11, 11, 29, 29))
    full, hole = cube.zonal(shapely.box(0, 0, 50, 50)), cube.zonal(shapely.box(11, 11, 29, 29))
    assert cube.zonal(ring).attrs["cells"] == full.attrs["cells"] - hole.attrs["cells"]


def test_the_globe_has_the_area_of_the_globe(world):
    _, cube = world
    zone = cube.zonal(shapely.box(-180, -90, 180, 90))
    assert zone.attrs["cells"] == 36 * 72
    assert zone.attrs["area_km2"] == pytest.approx(4 * np.pi * 6371.0088**2)


def test_a_field_smaller_than_a_cell_takes_the_cell_it_lies_in(world):
    ds, cube = world
    zone = cube.zonal(shapely.box(61.1, 43.3, 61.2, 43.4))
    assert zone.attrs["cells"] == 1
    assert zone.attrs["selection"] == "nearest cell"
    np.testing.assert_array_equal(zone["mean"], ds["height"].sel(longitude=60, latitude=42.5))


def test_a_cell_without_values_gives_no_mean_and_a_count_of_nothing(world):
    ds, cube = world
    step = int(np.flatnonzero(np.isnan(ds["height"][:, 26, 48]))[0])
    zone = cube.zonal(shapely.box(59.9, 42.4, 60.1, 42.6)).isel(time=step)
    assert int(zone["count"]) == 0
    assert np.isnan(zone["mean"])


@pytest.mark.parametrize("most", [1000, 6 * 36 * 72])
def test_a_large_polygon_is_read_in_parts_with_the_same_result(world, monkeypatch, most):
    _, cube = world
    polygon = shapely.Point(0, 0).buffer(70)
    whole = cube.zonal(polygon)
    monkeypatch.setattr(zonal, "_MOST_VALUES", most)
    xr.testing.assert_allclose(cube.zonal(polygon), whole)


@pytest.mark.parametrize(
    ("polygon", "message"),
    [
        (shapely.Point(0, 0), "not Point"),
        ("Almaty", "not str"),
        (shapely.Polygon(), "empty"),
        (shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)]), "Self-intersection"),
    ],
)
def test_what_is_no_polygon_is_refused(world, polygon, message):
    with pytest.raises(ValueError, match=message):
        world[1].zonal(polygon)


def test_a_polygon_outside_a_region_is_told(cache):
    cube = ingest(make_grid(2, np.arange(30.5, 60), np.arange(40.5, 100)), "region")
    with pytest.raises(OutsideGridError, match="longitudes 40 to 100"):
        cube.zonal(shapely.box(0, 0, 10, 10))


@pytest.mark.parametrize("turns", [-3, -2, -1, 1, 2, 3])
def test_a_polygon_may_lie_any_number_of_turns_away(cache, make_grid, turns):
    cube = ingest(make_grid(gaps=0), "turns")
    here, there = (shapely.box(170 + west, -20, 190 + west, 20) for west in (0, 360 * turns))
    xr.testing.assert_identical(cube.zonal(there), cube.zonal(here))


def test_an_absurd_polygon_is_refused(cache, make_grid):
    cube = ingest(make_grid(), "absurd")
    with pytest.raises(ValueError, match="at most two turns"):
        cube.zonal(shapely.box(-1e9, -20, 1e9, 20))
