"""Longitudes and latitudes by themselves, many of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.sources.circle import order_latitudes, order_longitudes, wrap_longitude

ANY = st.floats(-1e4, 1e4, allow_nan=False)


@given(ANY)
def test_wrapping_keeps_the_place_and_the_range(longitude):
    wrapped = float(wrap_longitude(longitude))
    assert -180 <= wrapped < 180
    turns = (longitude - wrapped) / 360
    assert turns == pytest.approx(round(turns), abs=1e-9)


@given(ANY)
def test_wrapping_twice_is_wrapping_once(longitude):
    once = wrap_longitude(longitude)
    assert wrap_longitude(once) == once


@given(st.floats(-180, 180, exclude_max=True), st.integers(-3, 3))
def test_turns_are_undone(longitude, turns):
    back = float(wrap_longitude(longitude + 360 * turns))
    gap = abs(back - longitude)
    assert min(gap, 360 - gap) < 1e-9


@given(st.floats(-180, 180, exclude_max=True))
def test_inside_every_bit_is_kept(longitude):
    assert float(wrap_longitude(longitude)) == longitude


@given(
    st.lists(st.integers(-360 * 4, 719 * 4), min_size=1, max_size=200),
    st.randoms(use_true_random=False),
)
def test_order_is_ascending_complete_and_points_to_the_source(quarters, random):
    given_longitudes = np.array(quarters) / 4
    values, order = order_longitudes(given_longitudes)
    assert np.all(np.diff(values) > 0)
    assert set(values) == {float(wrap_longitude(one)) for one in given_longitudes}
    np.testing.assert_array_equal(wrap_longitude(given_longitudes[order]), values)
    # of a double meridian the first is kept
    for value, index in zip(values, order, strict=True):
        same = np.flatnonzero(wrap_longitude(given_longitudes) == value)
        assert index == same[0]


@given(st.lists(st.integers(-90, 90), unique=True, min_size=1))
def test_latitudes_are_sorted(latitudes):
    values, order = order_latitudes(latitudes)
    assert values.tolist() == sorted(latitudes)
    assert np.array(latitudes)[order].tolist() == sorted(latitudes)


@pytest.mark.parametrize("bad", [91.0, -90.1, np.nan, np.inf])
def test_impossible_latitude(bad):
    with pytest.raises(ValueError, match="latitude of"):
        order_latitudes([0.0, bad])


@pytest.mark.parametrize("bad", [721.0, -361.0, np.nan, 500000.0])
def test_impossible_longitude(bad):
    with pytest.raises(ValueError, match="longitude of"):
        order_longitudes([0.0, bad])


def test_rounded_axis_becomes_even_and_a_gaussian_one_stays():
    step = 5 / 6
    rounded = np.arange(0, 360, step).astype(np.float32)
    values, _ = order_longitudes(rounded)
    np.testing.assert_allclose(np.diff(values), step, rtol=1e-6)
    assert np.ptp(np.diff(values)) < 1e-10
    nodes = np.degrees(np.arcsin(np.polynomial.legendre.leggauss(32)[0]))
    np.testing.assert_array_equal(order_latitudes(nodes)[0], nodes)
