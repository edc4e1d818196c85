"""Depth sections: distances on the sphere, bands, lines over the date line and near poles."""

import numpy as np
import pandas as pd
import pyproj
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.seismic import Section, distance_km, events_along
from analysis.seismic.distances import EARTH_RADIUS_KM

places = st.tuples(st.floats(-180, 180), st.floats(-89, 89))
SPHERE = pyproj.Geod(a=1000 * EARTH_RADIUS_KM, b=1000 * EARTH_RADIUS_KM)


def line(start, end):
    try:
        return Section(start, end)
    except ValueError:
        return None


def angle(first, second):
    return (first - second + 180) % 360 - 180


@given(places, places)
@settings(max_examples=150, deadline=None)
def test_length_and_azimuth_are_those_of_the_geodesic(start, end):
    section = line(start, end)
    if section is None:
        return
    azimuth, _, metres = SPHERE.inv(*start, *end)
    assert section.length_km == pytest.approx(metres / 1000, abs=1e-5)
    if 1 < section.length_km < 19_900:
        assert abs(angle(section.azimuth, azimuth)) < 1e-3


@given(places, places, st.floats(0.01, 0.99), st.floats(-3000, 3000))
@settings(max_examples=150, deadline=None)
def test_a_point_laid_off_the_line_is_found_where_it_was_laid(start, end, share, offset):
    """Along by a geodesic of another library, then at a right angle from there."""
    section = line(start, end)
    if section is None or not 1 < section.length_km < 19_000:
        return
    azimuth, _, metres = SPHERE.inv(*start, *end)
    lon, lat, back = SPHERE.fwd(*start, azimuth, share * metres)
    lon, lat, _ = SPHERE.fwd(lon, lat, back + 180 - 90, 1000 * offset)
    along, across = section.project([lon], [lat])
    assert across[0] == pytest.approx(offset, abs=0.01)
    assert along[0] == pytest.approx(share * section.length_km, abs=0.05)


@given(places, places, places, st.floats(-720, 720))
@settings(max_examples=100, deadline=None)
def test_nothing_changes_when_the_world_is_turned(start, end, point, turn):
    section = line(start, end)
    if section is None:
        return
    turned = Section((start[0] + turn, start[1]), (end[0] + turn, end[1]))
    if not 1 < section.length_km < 19_900:
        return
    for one, other in zip(
        section.project([point[0]], [point[1]]),
        turned.project([point[0] + turn], [point[1]]),
        strict=True,
    ):
        size = 2 * np.pi * EARTH_RADIUS_KM
        assert min(abs(one - other), abs(abs(one - other) - size)) < 1e-3


def test_ends_lie_at_zero_and_at_the_length():
    section = Section((178.2, -15.0), (-172.4, -21.5))
    along, across = section.project([178.2, -172.4], [-15.0, -21.5])
    assert along == pytest.approx([0.0, section.length_km], abs=1e-6)
    assert across == pytest.approx([0.0, 0.0], abs=1e-6)
    assert section.length_km == pytest.approx(distance_km(178.2, -15.0, [-172.4], [-21.5])[0])


def test_band_over_the_date_line_keeps_those_on_both_sides():
    events = pd.DataFrame(
        {
            "longitude": [179.9, -179.9, 180.1, 175.0, np.nan, -170.0],
            "latitude": [0.1, -0.1, 0.9, 0.0, 0.0, 0.0],
            "depth": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
        },
        index=list("abcdef"),
    )
    found = events_along(events, Section((178, 0), (-178, 0)), 100)
    assert list(found.index) == ["a", "b"]
    assert found["along_km"].to_numpy() == pytest.approx([211.27, 233.51], abs=0.01)
    assert found["across_km"].to_numpy() == pytest.approx([11.12, -11.12], abs=0.01)
    assert events_along(events.iloc[:0], Section((0, 0), (1, 1)), 10).columns[-1] == "across_km"


@given(places, places, st.floats(1, 400))
@settings(max_examples=60, deadline=None)
def test_path_and_outline_keep_their_distance(start, end, width):
    section = line(start, end)
    if section is None or not 1 < section.length_km < 19_000:
        return
    longitude, latitude = section.path(30)
    assert np.abs(section.project(longitude, latitude)[1]).max() < 1e-3
    assert longitude[0] == pytest.approx(start[0], abs=1e-6)
    edge_longitude, edge_latitude = section.outline(width, count=20)
    across = section.project(edge_longitude, edge_latitude)[1]
    assert np.abs(across) == pytest.approx(width / 2, abs=1e-3)
    assert (edge_longitude[0], edge_latitude[0]) == (edge_longitude[-1], edge_latitude[-1])


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ((10, 20), (10, 20), "same place"),
        ((10, 20), (370, 20), "same place"),
        ((0, 90), (50, 90), "same place"),
        ((10, 20), (-170, -20), "opposite"),
        ((10, 95), (20, 20), "latitude is 95"),
        ((float("nan"), 5), (20, 20), "not on the Earth"),
    ],
)
def test_ends_that_make_no_line_are_refused(start, end, words):
    with pytest.raises(ValueError, match=words):
        Section(start, end)


@given(places, st.floats(0, 360), st.floats(1, 15_000))
@settings(max_examples=100, deadline=None)
def test_a_line_through_a_point_has_it_in_its_middle(point, azimuth, length):
    section = Section.through(point, azimuth, length)
    assert section.length_km == pytest.approx(length, rel=1e-9)
    along, across = section.project([point[0]], [point[1]])
    assert (along[0], across[0]) == (
        pytest.approx(length / 2, abs=1e-4),
        pytest.approx(0, abs=1e-4),
    )


def test_a_line_cannot_go_round_the_earth():
    with pytest.raises(ValueError, match="half the circumference"):
        Section.through((0, 0), 0, 21_000)


@pytest.mark.parametrize("width", [0, -5, float("nan"), float("inf")])
def test_width_must_be_positive(width):
    with pytest.raises(ValueError, match="width"):
        events_along(
            pd.DataFrame({"longitude": [], "latitude": []}), Section((0, 0), (1, 0)), width
        )
