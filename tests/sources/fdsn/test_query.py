"""Questions are checked, and answers are cut to what was asked for."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.seismic.distances import distance_km
from analysis.seismic.events import select_events
from analysis.sources.fdsn import event_query
from analysis.sources.regions import REGIONS

GENERATOR = np.random.default_rng(5)
EVENTS = pd.DataFrame(
    {
        "time": pd.Timestamp("2020-06-01") + pd.to_timedelta(np.arange(4000), unit="min"),
        "longitude": np.round(GENERATOR.uniform(-180, 180, 4000), 1),
        "latitude": np.round(np.degrees(np.arcsin(GENERATOR.uniform(-1, 1, 4000))), 1),
        "depth": np.round(GENERATOR.uniform(0, 700, 4000)),
        "mag": np.round(GENERATOR.uniform(2, 8, 4000), 1),
    }
)
EVENTS.loc[EVENTS["longitude"] == 180, "longitude"] = -180.0


def wanted(query):
    return query.wanted(EVENTS, query.start, query.end)


def asked_for(query):
    """Rows that a service tells for the boxes of a query, both edges included."""
    keep = np.zeros(len(EVENTS), dtype=bool)
    for west, south, east, north in query.boxes or ((-180, -90, 180, 90),):
        keep |= EVENTS["longitude"].between(west, east) & EVENTS["latitude"].between(south, north)
    return EVENTS[keep]


@given(
    west=st.integers(-400, 400),
    width=st.integers(0, 380),
    south=st.integers(-90, 90),
    height=st.integers(0, 180),
)
def test_boxes_hold_the_region_and_the_region_is_that_of_the_filters(west, width, south, height):
    region = (west, south, west + width, min(90, south + height))
    query = event_query("2020", "2021", region=region)
    expected = select_events(EVENTS, region=region)
    found = wanted(query)
    # the edge 180 of a box is the edge -180 of the table: services tell both
    pd.testing.assert_frame_equal(found, expected)
    assert set(found[found["longitude"] > -180].index) <= set(asked_for(query).index)
    assert all(-180 <= a <= c <= 180 for a, _, c, _ in query.boxes)


@given(
    longitude=st.floats(-180, 180),
    latitude=st.floats(-90, 90),
    radius=st.floats(1, 20_000),
)
def test_boxes_hold_the_circle_at_poles_and_date_line(longitude, latitude, radius):
    query = event_query("2020", "2021", region=(longitude, latitude, radius))
    away = distance_km(longitude, latitude, EVENTS["longitude"], EVENTS["latitude"])
    found = wanted(query)
    expected = EVENTS[away <= radius]
    assert abs(len(found) - len(expected)) <= 1  # a rounding on the rim
    assert set(found.index) <= set(asked_for(query).index)


def test_times_are_half_open_and_zones_are_understood():
    query = event_query("2020-06-01T06:00+06:00", "2020-06-01T00:10")
    assert query.start == pd.Timestamp("2020-06-01")
    assert len(wanted(query)) == 10


@pytest.mark.parametrize(
    ("given_", "magnitude", "depth"),
    [
        ({"magnitude": 5}, (5, None), (None, None)),
        ({"depth": 70}, (None, None), (None, 70)),
        ({"magnitude": (4, 6), "depth": (100, None)}, (4, 6), (100, None)),
        ({"magnitude": np.float64(5), "depth": [0, np.inf]}, (5, None), (0, None)),
    ],
)
def test_a_number_is_the_least_magnitude_or_the_greatest_depth(given_, magnitude, depth):
    query = event_query("2020", "2021", **given_)
    assert (query.magnitude, query.depth) == (magnitude, depth)
    expected = select_events(EVENTS, magnitude=magnitude, depth=depth)
    pd.testing.assert_frame_equal(wanted(query), expected)


@pytest.mark.parametrize("key", list(REGIONS))
def test_packaged_regions_are_known_by_name(key):
    region = REGIONS[key]
    named = event_query("2020", "2021", region=region.names["kk"])
    assert named == event_query("2020", "2021", region=region.bounds)
    assert (len(named.boxes) == 2) == region.crosses_date_line


@pytest.mark.parametrize(
    ("given_", "message"),
    [
        ({"start": "2021"}, "not after the start"),
        ({"start": "soon"}, "The start is 'soon'"),
        ({"start": None}, "The start is None"),
        ({"end": "2020-99-01"}, "The end is"),
        ({"region": "calfornia"}, "Did you mean 'california'"),
        ({"region": (1, 2)}, "The region is"),
        ({"region": (0, 50, 10, 40)}, "south 50.0 and north 40.0"),
        ({"region": (0, float("nan"), 10, 40)}, "The region is"),
        ({"region": (0, 95, 100)}, "latitude between -90 and 90"),
        ({"region": (0, 0, -5)}, "radius above 0"),
        ({"magnitude": (6, 4)}, "range of magnitude"),
        ({"magnitude": float("nan")}, "range of magnitude"),
        ({"magnitude": "big"}, "The magnitude is 'big'"),
        ({"depth": (1, 2, 3)}, "The depth is"),
        ({"updated_after": "never"}, "The updated_after is"),
        ({"most": 0}, "at most 0 events"),
    ],
)
def test_impossible_questions_are_refused(given_, message):
    with pytest.raises(ValueError, match=message):
        event_query(**{"start": "2020", "end": "2021", **given_})


@pytest.mark.parametrize("year", [2020, np.int64(2020), "2020"])
def test_a_year_is_that_year(year):
    query = event_query(year, 2021, updated_after=year)
    assert query.start == query.updated_after == pd.Timestamp("2020-01-01")
    assert query.end == pd.Timestamp("2021-01-01")


@pytest.mark.parametrize("number", [20, 2020.5, 1577836800, np.float64(2020), True])
def test_a_number_that_is_no_year_is_refused(number):
    with pytest.raises(ValueError, match=r"The start is the number .*; give a year"):
        event_query(number, "2021")
