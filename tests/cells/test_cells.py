"""Cells: areas with ids and windows of time."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import numpy as np
import pytest
import shapely

from analysis.cells import Cells
from analysis.cells.cells import EARTH_RADIUS_KM

YEAR = {"start": "2020-01-01", "end": "2021-01-01"}


def squares(*corners, index=None):
    shapes = [shapely.box(x, y, x + 2, y + 2) for x, y in corners]
    return gpd.GeoDataFrame(geometry=shapes, index=index, crs="EPSG:4326")


def test_the_default_is_the_card_half_a_degree_and_thirty_days():
    cells = Cells.from_grid(**YEAR)
    assert cells.shape == (12, 360 * 720)
    assert (np.diff(cells.time_bounds, axis=1) == np.timedelta64(30, "D")).all()


def test_cells_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Cells.from_grid((0, 0, 1, 1), **YEAR).ids = np.arange(4)


def test_areas_of_all_boxes_are_the_area_of_the_sphere():
    cells = Cells.from_grid(resolution=2.5, **YEAR)
    assert cells.areas_km2.sum() == pytest.approx(4 * np.pi * EARTH_RADIUS_KM**2)
    assert cells.areas_km2.sum() == pytest.approx(510_065_622, rel=1e-6)  # GRS 80


def test_polygons_of_boxes_have_the_areas_of_the_boxes():
    boxes = Cells.from_grid((60, 40, 65, 45), 1, **YEAR)
    same = Cells.from_polygons(gpd.GeoSeries(boxes.polygons, crs="EPSG:4326"), **YEAR)
    np.testing.assert_allclose(same.areas_km2, boxes.areas_km2, rtol=1e-5)
    lons, lats = boxes.centres
    np.testing.assert_array_equal(same.find(lons, lats), np.arange(25))
    np.testing.assert_array_equal(same.find(lons - 360, lats), np.arange(25))


def test_ids_of_polygons_are_the_index_of_the_table():
    cells = Cells.from_polygons(squares((0, 0), (10, 0), index=["KZ-11", "KZ-75"]), **YEAR)
    assert cells.ids.tolist() == ["KZ-11", "KZ-75"]
    assert cells.find([1, 11, 5], [1, 1, 1]).tolist() == [0, 1, -1]


def test_overlapping_polygons_share_their_points():
    cells = Cells.from_polygons(squares((0, 0), (1, 0)), **YEAR)
    points, areas = cells.contains([1.5], [1.0])
    assert points.tolist() == [0, 0]
    assert areas.tolist() == [0, 1]
    assert cells.find([1.5], [1.0]).tolist() == [0]


def test_a_polygon_beyond_the_date_line_is_reached_from_both_sides():
    cells = Cells.from_polygons(squares((179, 0)), **YEAR)
    assert cells.find([179.5, -179.5, 180.5, 178.5], [1, 1, 1, 1]).tolist() == [0, 0, 0, -1]


def test_polygons_in_metres_are_brought_to_degrees():
    projected = squares((70, 45)).to_crs("EPSG:3857")
    cells = Cells.from_polygons(projected, **YEAR)
    np.testing.assert_allclose(shapely.bounds(cells.geometry[0]), [70, 45, 72, 47])


def test_areas_that_cannot_be_cells_are_refused():
    with pytest.raises(ValueError, match="'a' is there 2 times"):
        Cells.from_polygons(squares((0, 0), (5, 5), index=["a", "a"]), **YEAR)
    points = gpd.GeoSeries([shapely.Point(0, 0)], index=["well"])
    with pytest.raises(ValueError, match="'well' is Point"):
        Cells.from_polygons(points, **YEAR)
    with pytest.raises(ValueError, match="no polygon"):
        Cells.from_polygons(squares(), **YEAR)
    with pytest.raises(ValueError, match="is missing"):
        Cells.from_polygons(gpd.GeoSeries([None, shapely.box(0, 0, 1, 1)]), **YEAR)


def test_times_are_found_in_their_windows():
    cells = Cells.from_grid((0, 0, 1, 1), **YEAR)
    found = cells.find_time(["2020-01-01", "2020-01-31", "2020-12-31", "2021-06-01"])
    assert found.tolist() == [0, 1, -1, -1]
