"""Boxes of the world lattice."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.cells.lattice import Lattice, wrap

RESOLUTIONS = [0.05, 0.1, 0.25, 1 / 3, 0.5, 1, 2.5, 30]
WORLD = (-180, -90, 180, 90)


@pytest.mark.parametrize("resolution", RESOLUTIONS)
def test_every_edge_belongs_to_the_box_that_begins_with_it(resolution):
    world = Lattice.from_bounds(WORLD, resolution)
    lons, lats = world.longitude_edges, world.latitude_edges
    row = world.rows // 3
    begin = world.index(lons[:-1], np.full(world.columns, lats[row]))
    np.testing.assert_array_equal(begin, row * world.columns + np.arange(world.columns))
    before = world.index(np.nextafter(lons[1:], -999), np.full(world.columns, lats[row]))
    np.testing.assert_array_equal(before, begin)
    below = world.index(np.zeros(world.rows), np.nextafter(lats[1:], -999))
    np.testing.assert_array_equal(below // world.columns, np.arange(world.rows))


@pytest.mark.parametrize("resolution", RESOLUTIONS)
def test_the_middle_of_every_box_leads_back_to_it(resolution):
    block = Lattice.from_bounds((170, -20, -165, 30), resolution)
    lons, lats = block.centres
    for turn in (-360, 0, 360):
        np.testing.assert_array_equal(block.index(lons + turn, lats), np.arange(block.size))


def test_edges_are_the_nearest_numbers_to_their_decimals():
    edges = Lattice.from_bounds((-180, -90, 180, 90), 0.1).longitude_edges
    np.testing.assert_array_equal(edges, [float(f"{k / 10:.1f}") for k in range(-1800, 1801)])
    np.testing.assert_array_equal(edges, -edges[::-1])


def test_the_date_line_has_two_names_and_one_box():
    world = Lattice.from_bounds(WORLD, 0.5)
    assert world.index([180, -180, 540], [0, 0, 0]).tolist() == [world.rows // 2 * 720] * 3
    assert world.index([np.nextafter(180, 0)], [0])[0] == world.rows // 2 * 720 + 719


def test_the_poles_belong_to_the_outermost_rows():
    world = Lattice.from_bounds(WORLD, 0.5)
    assert world.index([0, 0], [-90, 90]).tolist() == [360, 359 * 720 + 360]
    assert world.index([0, 0], [-90.01, 90.01]).tolist() == [-1, -1]


def test_a_northern_edge_short_of_the_pole_is_outside():
    block = Lattice.from_bounds((0, 0, 1, 1), 0.5)
    assert block.index([0.2], [1.0])[0] == -1


def test_missing_coordinates_are_outside():
    world = Lattice.from_bounds(WORLD, 0.5)
    assert world.index([np.nan, 0, np.inf], [0, np.nan, 0]).tolist() == [-1, -1, -1]


longitudes = st.floats(-720, 720)
latitudes = st.floats(-90, 90)


@settings(deadline=None)
@given(longitudes, latitudes, st.sampled_from(RESOLUTIONS))
def test_the_box_found_holds_the_point(longitude, latitude, resolution):
    world = Lattice.from_bounds(WORLD, resolution)
    position = int(world.index([longitude], [latitude])[0])
    row, column = divmod(position, world.columns)
    inside = wrap(np.array([longitude]), -180.0)[0]
    assert world.longitude_edges[column] <= inside < world.longitude_edges[column + 1]
    assert world.latitude_edges[row] <= latitude
    assert latitude < world.latitude_edges[row + 1] or latitude == 90


@settings(deadline=None, max_examples=40)
@given(
    longitudes,
    st.floats(0.01, 359),
    latitudes,
    st.floats(0.01, 60),
    st.sampled_from(RESOLUTIONS[1:]),
)
def test_a_block_covers_its_region_with_boxes_of_the_world(west, span, south, height, resolution):
    north = min(south + height, 90)
    if not south < north:
        return
    block = Lattice.from_bounds((west, south, west + span, north), resolution)
    world = Lattice.from_bounds(WORLD, resolution)
    assert np.unique(block.ids).size == block.size <= world.size
    np.testing.assert_array_equal(world.index(*block.centres), block.ids)
    places = west + span * np.array([0.01, 0.3, 0.99])
    heights = south + (north - south) * np.array([0.01, 0.3, 0.99])
    assert (block.index(places, heights) >= 0).all()


def test_bounds_on_edges_up_to_rounding_add_no_box():
    assert Lattice.from_bounds((0.1 + 0.2, 0, 0.7 + 0.1, 0.3), 0.1).columns == 5
    assert Lattice.from_bounds((0, 0, 0.1 + 0.2, 0.1 + 0.2), 0.1).size == 9


@pytest.mark.parametrize("resolution", [0.7, 0, -1, np.nan, np.inf, 181])
def test_a_resolution_that_does_not_divide_the_world_is_refused(resolution):
    with pytest.raises(ValueError, match="must divide 180"):
        Lattice.from_bounds(WORLD, resolution)


@pytest.mark.parametrize(
    "bounds", [(0, 10, 10, 5), (0, 0, 0, 1), (0, -91, 1, 0), (0, 0, np.nan, 1), (0, 0, 1)]
)
def test_bounds_that_are_no_region_are_refused(bounds):
    with pytest.raises(ValueError, match="bounds"):
        Lattice.from_bounds(bounds, 0.5)
