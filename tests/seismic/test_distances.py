"""Distances on the sphere."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from analysis.seismic.distances import EARTH_RADIUS_KM, distance_km, within_km

distance_km(0, 0, [0.0], [0.0])  # compiled here, so that no test's deadline is spent on it
longitudes = st.floats(-180, 180)
latitudes = st.floats(-90, 90)


@given(longitudes, latitudes, longitudes, latitudes)
def test_distance_agrees_with_a_geodesic_library(lon, lat, other_lon, other_lat):
    sphere = Geod(a=EARTH_RADIUS_KM * 1000, b=EARTH_RADIUS_KM * 1000)
    expected = sphere.inv(lon, lat, other_lon, other_lat)[2] / 1000
    # Half the circumference is where the haversine loses digits: 1e-3 km of 20015.
    assert distance_km(lon, lat, [other_lon], [other_lat])[0] == pytest.approx(expected, abs=2e-3)


@given(longitudes, latitudes, longitudes, latitudes)
def test_distance_is_symmetric_and_ignores_whole_turns(lon, lat, other_lon, other_lat):
    there = distance_km(lon, lat, [other_lon], [other_lat])[0]
    back = distance_km(other_lon, other_lat, [lon], [lat])[0]
    turned = distance_km(lon + 360, lat, [other_lon - 360], [other_lat])[0]
    assert there == pytest.approx(back, abs=1e-6)
    assert there == pytest.approx(turned, abs=1e-3)


@given(longitudes, latitudes, st.floats(1, 20000))
def test_points_within_are_those_whose_distance_is_not_above_the_radius(lon, lat, radius):
    generator = np.random.default_rng(1)
    lons, lats = generator.uniform(-180, 180, 500), generator.uniform(-90, 90, 500)
    positions, distances = within_km(lon, lat, lons, lats, radius)
    every = distance_km(lon, lat, lons, lats)
    np.testing.assert_array_equal(positions, np.flatnonzero(every <= radius))
    np.testing.assert_array_equal(distances, every[positions])


def test_missing_coordinates_are_far_from_everything():
    assert np.isnan(distance_km(0, 0, [np.nan, 0], [0, np.nan])).all()
    assert within_km(0, 0, [np.nan, 0], [0, np.nan], 20000)[0].size == 0


@pytest.mark.parametrize(
    ("point", "message"),
    [((0, 91), "latitude is 91"), ((np.nan, 0), "not on the Earth"), ((0, np.inf), "finite")],
)
def test_a_point_off_the_earth_is_refused(point, message):
    with pytest.raises(ValueError, match=message):
        distance_km(*point, [0.0], [0.0])


@pytest.mark.parametrize("radius", [0, -1, np.nan, np.inf])
def test_an_impossible_radius_is_refused(radius):
    with pytest.raises(ValueError, match="radius"):
        within_km(0, 0, [0.0], [0.0], radius)


def test_different_lengths_are_refused():
    with pytest.raises(ValueError, match="one same length"):
        distance_km(0, 0, [0.0, 1.0], [0.0])
