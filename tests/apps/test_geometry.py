"""Web Mercator there and back; lines cut to a window lose nothing that is inside."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from apps.views.geometry import (
    HALF_WORLD,
    WORLD_WIDTH,
    LineLayer,
    degree_bounds,
    fit_bounds,
    graticule,
    mercator_bounds,
    to_degrees,
    to_mercator,
)
from apps.views.state import Bounds

longitudes = st.floats(-540, 540)
latitudes = st.floats(-85, 85)


@given(longitudes, latitudes)
def test_degrees_come_back_from_metres(longitude: float, latitude: float) -> None:
    lon, lat = to_degrees(*to_mercator(longitude, latitude))
    assert float(lon) == pytest.approx(longitude, abs=1e-9)
    assert float(lat) == pytest.approx(latitude, abs=1e-9)


def test_metres_are_those_of_proj() -> None:
    # EPSG:3857 of the PROJ library as an independent answer
    lon, lat = np.meshgrid(np.linspace(-180, 180, 25), np.linspace(-85, 85, 18))
    project = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True)
    expected = project.transform(lon.ravel(), lat.ravel())
    np.testing.assert_allclose(to_mercator(lon.ravel(), lat.ravel()), expected, atol=1e-6)


def test_latitudes_beyond_the_map_are_held_at_its_edge() -> None:
    _, y = to_mercator([0.0, 0.0, 0.0], [85.0, 89.0, 90.0])
    assert y[0] == y[1] == y[2] < np.inf


@given(st.floats(-360, 180), st.floats(-84, 0), st.floats(0.01, 360), st.floats(0.01, 84))
def test_bounds_come_back_from_metres(
    west: float, south: float, width: float, height: float
) -> None:
    bounds = (west, south, west + width, south + height)
    assert degree_bounds(mercator_bounds(bounds)) == pytest.approx(bounds, abs=1e-9)


@given(
    st.floats(-1e7, 1e7),
    st.floats(-1e7, 1e7),
    st.floats(1e3, 1e7),
    st.floats(1e3, 1e7),
    st.integers(1, 3000),
    st.integers(1, 3000),
)
def test_fitted_bounds_hold_the_old_ones_in_the_shape_of_the_frame(
    x: float, y: float, half_x: float, half_y: float, width: int, height: int
) -> None:
    west, south, east, north = fit_bounds(
        (x - half_x, y - half_y, x + half_x, y + half_y), width, height
    )
    assert (east - west) / (north - south) == pytest.approx(width / height, rel=1e-6)
    slack = 1e-6 * (half_x + half_y)
    assert west <= x - half_x + slack
    assert east >= x + half_x - slack
    assert south <= y - half_y + slack
    assert north >= y + half_y - slack
    assert ((west + east) / 2, (south + north) / 2) == pytest.approx((x, y), abs=slack)
    assert (east - west) == pytest.approx(2 * half_x) or (north - south) == pytest.approx(
        2 * half_y
    )


def drawn(layer: LineLayer, window: Bounds) -> list[shapely.LineString]:
    """Lines that `within` returns, split at the NaN between them."""
    x, y = layer.within(window)
    assert x.shape == y.shape
    assert np.array_equal(np.isnan(x), np.isnan(y))
    runs = np.split(np.stack([x, y], axis=1), np.flatnonzero(np.isnan(x)) + 1)
    runs = [run[np.isfinite(run[:, 0])] for run in runs]
    return [shapely.LineString(run) for run in runs if len(run) > 1]


def degrees(least: float, most: float) -> st.SearchStrategy[float]:
    """Degrees to a centimetre; 1e-38 beside an edge the rounding of the oracle would decide."""
    return st.floats(least, most).map(lambda value: round(value, 7))


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.lists(st.tuples(degrees(-179, 179), degrees(-80, 80)), min_size=2, max_size=30),
        min_size=1,
        max_size=5,
    ),
    degrees(-179, 100),
    degrees(-80, 40),
    st.integers(2, 9),
)
@example([[(0.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (-1.0, 1.0)]], 0.0, 0.0, 2)
def test_nothing_inside_the_window_is_lost_when_lines_are_cut(
    lines: list[list[tuple[float, float]]], west: float, south: float, piece: int
) -> None:
    layer = LineLayer.from_geometries([shapely.LineString(line) for line in lines], piece=piece)
    window = mercator_bounds((west, south, west + 60, south + 30))
    box = shapely.box(*window)
    whole = shapely.union_all(
        [shapely.LineString(np.stack(to_mercator(*zip(*line, strict=True)), 1)) for line in lines]
    )
    cut = shapely.union_all(drawn(layer, window))
    missing = shapely.length(shapely.difference(shapely.intersection(whole, box), cut.buffer(1.0)))
    assert missing == pytest.approx(0.0, abs=10.0)


def test_a_line_is_drawn_once_in_every_copy_of_the_world() -> None:
    layer = LineLayer.from_geometries([shapely.LineString([(170, 10), (175, 12)])])
    one = (-HALF_WORLD, -1e7, HALF_WORLD, 1e7)
    three = (-3 * HALF_WORLD, -1e7, 3 * HALF_WORLD, 1e7)
    assert len(drawn(layer, one)) == 1
    starts = [line.coords[0][0] for line in drawn(layer, three)]
    assert np.diff(starts) == pytest.approx([WORLD_WIDTH, WORLD_WIDTH])


def test_a_line_beyond_180_degrees_is_drawn_where_the_map_was_panned_to() -> None:
    layer = LineLayer.from_geometries([shapely.LineString([(-61, -3), (-60, -2)])])
    (found,) = drawn(layer, mercator_bounds((290.0, -10.0, 310.0, 10.0)))
    assert to_degrees(*found.coords[0])[0] == pytest.approx(299.0)


def test_polygons_are_drawn_by_their_outline_with_holes_and_nothing_else_is_drawn() -> None:
    square = shapely.box(0, 0, 10, 10) - shapely.box(4, 4, 6, 6)
    layer = LineLayer.from_geometries([square, None, shapely.Polygon()])
    assert len(drawn(layer, mercator_bounds((-1, -1, 11, 11)))) == 2
    assert drawn(layer, mercator_bounds((50, 50, 60, 60))) == []
    nothing = LineLayer.from_geometries([])
    assert nothing.within((-HALF_WORLD, -1e7, HALF_WORLD, 1e7))[0].size == 0


def test_the_graticule_has_a_line_every_step() -> None:
    lines = graticule(30.0)
    meridians = [line for line in lines if line.coords[0][0] == line.coords[1][0]]
    parallels = [line for line in lines if line.coords[0][1] == line.coords[1][1]]
    assert sorted(line.coords[0][0] for line in meridians) == list(range(-180, 180, 30))
    assert sorted(line.coords[0][1] for line in parallels) == [-60, -30, 0, 30, 60]
