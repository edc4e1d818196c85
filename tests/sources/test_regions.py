"""Regions of interest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.sources.regions import REGIONS, region

KEYS = [
    *("global", "pacific_ring", "europe", "caucasus", "baikal_rift", "kazakhstan_central_asia"),
    *("japan", "chile", "kamchatka", "california"),
]


def test_the_ten_regions_are_offered_in_order() -> None:
    assert list(REGIONS) == KEYS


@pytest.mark.parametrize("key", KEYS)
def test_regions_have_names_in_three_languages_and_sane_bounds(key: str) -> None:
    one = REGIONS[key]
    assert one.key == key
    assert set(one.names) == {"kk", "ru", "en"}
    assert all(one.names.values())
    assert -90 <= one.south < one.north <= 90
    assert all(-180 <= edge <= 180 for edge in (one.west, one.east))


def test_only_the_pacific_ring_crosses_the_date_line() -> None:
    assert [one.key for one in REGIONS.values() if one.crosses_date_line] == ["pacific_ring"]


@pytest.mark.parametrize(
    ("key", "longitude", "latitude"),
    [
        ("japan", 139.7, 35.7),
        ("chile", -70.7, -33.4),
        ("california", -118.2, 34.1),
        ("kazakhstan_central_asia", 76.9, 43.2),
        ("baikal_rift", 107.6, 53.5),
        ("caucasus", 44.8, 41.7),
        ("kamchatka", 158.6, 53.0),
        ("europe", 12.5, 41.9),
        ("pacific_ring", -150.0, 61.2),
        ("pacific_ring", 178.0, -18.0),
    ],
)
def test_known_places_lie_in_their_region(key: str, longitude: float, latitude: float) -> None:
    assert region(key).contains(longitude, latitude)


@given(st.sampled_from(KEYS), st.floats(-180, 179.9), st.floats(-90, 90), st.integers(-2, 2))
def test_whole_turns_of_longitude_do_not_matter(
    key: str, longitude: float, latitude: float, turns: int
) -> None:
    rounded = round(longitude, 3)
    one = region(key)
    assert one.contains(rounded, latitude) or not one.contains(rounded, latitude)
    inside = one.contains(rounded + 1e-4, latitude)
    assert one.contains(rounded + 1e-4 + 360.0 * turns, latitude) == inside


@given(st.floats(-180, 179.9), st.floats(-90, 90))
def test_every_point_is_in_the_world(longitude: float, latitude: float) -> None:
    assert region("global").contains(longitude, latitude)


@pytest.mark.parametrize("name", ["Japan", "ЯПОНИЯ", "жапония", " japan "])
def test_regions_are_found_by_any_name(name: str) -> None:
    assert region(name).key == "japan"


def test_a_misspelt_region_is_answered_with_a_suggestion() -> None:
    with pytest.raises(ValueError, match=r"'kamchtka'.*Did you mean 'kamchatka'"):
        region("kamchtka")
