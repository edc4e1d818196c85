"""Lengths of degrees and the scale bar against geodesics."""

import numpy as np
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.outputs.scalebar import (
    graticule_step,
    latitude_degree,
    longitude_degree,
    scale_bar,
)

GEOD = pyproj.Geod(ellps="WGS84")


def along_parallel(degrees: float, latitude: float) -> float:
    """Kilometres along a parallel, summed over geodesics so short that they follow it."""
    longitudes = np.linspace(0, degrees, 2001)
    return GEOD.line_length(longitudes, np.full(2001, latitude)) / 1000


@pytest.mark.parametrize("latitude", [0, 43.24, 50, -50, 70, 85])
def test_bar_is_as_long_as_it_says(latitude):
    bar = scale_bar(52.0, latitude)
    assert along_parallel(bar.degrees, latitude) == pytest.approx(bar.kilometres, rel=1e-6)


def test_bar_at_50_north():
    """At 50 N a degree of longitude is 71.696 km: 500 km are 6.97 degrees, not the 4.49 of 0 N."""
    bar = scale_bar(30.0, 50.0)
    assert bar.kilometres == 500
    assert bar.degrees == pytest.approx(500 / 71.6956, rel=1e-5)
    assert bar.degrees != pytest.approx(500 / 111.32, rel=0.1)


@given(st.floats(-89, 89))
def test_degree_of_latitude_is_the_geodesic(latitude):
    _, _, metres = GEOD.inv(0, latitude - 0.005, 0, latitude + 0.005)
    assert latitude_degree(latitude) == pytest.approx(metres / 10, rel=1e-5)


@given(st.floats(-89, 89))
def test_degree_of_longitude_is_the_same_in_both_hemispheres(latitude):
    assert longitude_degree(latitude) == pytest.approx(longitude_degree(-latitude))
    assert 0 < longitude_degree(latitude) <= 111.32


@given(st.floats(0.001, 360), st.floats(-85, 85), st.floats(0.05, 1))
def test_bar_is_round_and_fits(width, latitude, share):
    bar = scale_bar(width, latitude, share)
    assert bar.degrees <= width * share * (1 + 1e-9)
    assert bar.degrees > width * share / 2.6, "the next longer one would not fit"
    mantissa = bar.kilometres / 10 ** np.floor(np.log10(bar.kilometres) + 1e-9)
    assert round(mantissa, 6) in (1, 2, 5)


@given(st.floats(0.001, 360))
def test_graticule_has_a_handful_of_lines(span):
    assert 1.9 < span / graticule_step(span) < 7


@pytest.mark.parametrize("latitude", [90.0, -90.0, 91.0, float("nan")])
def test_the_poles_have_no_scale(latitude):
    with pytest.raises(ValueError, match="between -90 and 90"):
        longitude_degree(latitude)


def test_width_must_be_positive():
    with pytest.raises(ValueError, match="must be positive"):
        scale_bar(0.0, 50.0)
    with pytest.raises(ValueError, match="must be positive"):
        graticule_step(-1.0)
