"""A share link gives back what it was made from; nonsense in it is told, never raised."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from apps.views import state as module
from apps.views.state import (
    FIELDS,
    MAX_POINTS,
    Point,
    ViewState,
    format_points,
    parse_points,
    wrap_longitude,
)


def decimals(low: float, high: float, digits: int) -> st.SearchStrategy[float]:
    """Numbers with at most `digits` decimals: what the widgets and the map write."""
    scale = 10**digits
    return st.integers(round(low * scale), round(high * scale)).map(lambda whole: whole / scale)


def pairs(low: float, high: float, digits: int) -> st.SearchStrategy[tuple[float, float]]:
    number = decimals(low, high, digits)
    return st.tuples(number, number).map(lambda two: (min(two), max(two)))


days = st.dates(date(1700, 1, 1), date(2250, 12, 31)).map(str)
names = st.text(st.characters(min_codepoint=33, exclude_characters=","), max_size=30)
points: st.SearchStrategy[list[Point]] = st.lists(
    st.tuples(decimals(-180, 179.9999, 4), decimals(-90, 90, 4)),
    max_size=MAX_POINTS,
    unique=True,
)
polygons = st.lists(
    st.tuples(decimals(-180, 180, 3), decimals(-90, 90, 3)), min_size=3, max_size=9
).map(lambda corners: "polygon:" + ";".join(f"{lon:.3f},{lat:.3f}" for lon, lat in corners))


def subsets(allowed: tuple[str, ...]) -> st.SearchStrategy[list[str]]:
    return st.sets(st.sampled_from(allowed)).map(
        lambda chosen: [item for item in allowed if item in chosen]
    )


states = st.fixed_dictionaries(
    {},
    optional={
        "layer": names,
        "time": days,
        "bounds": st.tuples(
            decimals(-540, 170, 3), decimals(-85, 0, 3), decimals(1, 350, 3), decimals(1, 85, 3)
        ).map(lambda b: (b[0], b[1], round(b[0] + b[2], 3), b[3])),
        "style": st.sampled_from(module.STYLES),
        "colormap": names,
        "limits": st.none() | pairs(-500, 500, 2).filter(lambda two: two[0] < two[1]),
        "projection": st.sampled_from(module.PROJECTIONS),
        "overlays": subsets(module.OVERLAYS),
        "points": points,
        "area": polygons | st.sampled_from(["", "oblast:KZ-ALA", "farm:17"]),
        "dates": st.none() | st.tuples(days, days).map(lambda two: (min(two), max(two))),
        "magnitude": pairs(0, 10, 1),
        "depth": pairs(-10, 800, 0),
        "region": st.sampled_from(["", "japan", "chile"]),
        "kinds": subsets(module.KINDS),
        "sources": st.lists(names.filter(lambda name: name not in ("", "none")), max_size=3),
        "radius": st.integers(10, 2000).map(float),
        "clock": st.sampled_from(module.CLOCKS),
        "dock": st.sampled_from(module.DOCKS),
    },
)


@settings(deadline=None)
@given(states)
def test_a_link_restores_the_state_it_was_made_from(values: dict[str, object]) -> None:
    state = ViewState(**values)
    again = ViewState()
    assert again.read_query(state.query()) == []
    for name, _, _ in FIELDS.values():
        assert getattr(again, name) == getattr(state, name), name
    assert again.query() == state.query()


def test_the_default_state_needs_no_query() -> None:
    assert ViewState().query() == {}
    assert ViewState().read_query({}) == []


def test_every_parameter_but_the_name_is_part_of_the_link() -> None:
    assert {name for name, _, _ in FIELDS.values()} == set(ViewState.param) - {"name"}


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(FIELDS)), st.text(max_size=80)))
@example(dict.fromkeys(FIELDS, "\x00"))
@example(dict.fromkeys(FIELDS, "NaT"))
@example(dict.fromkeys(FIELDS, "nan,nan,nan,nan"))
@example(dict.fromkeys(FIELDS, "1e999,-1e999,1,2"))
@example(dict.fromkeys(FIELDS, "," * 60))
@example(dict.fromkeys(FIELDS, "99999999999999999999999999-01-01"))
def test_any_text_is_read_or_refused_with_one_sentence(query: dict[str, str]) -> None:
    state = ViewState()
    problems = state.read_query(query)
    refused = [problem.partition("=")[0] for problem in problems]
    assert len(refused) == len(set(refused))
    assert set(refused) <= set(query)
    for problem in problems:
        assert len(problem) > len(problem.partition(": ")[0]) + 5, "no reason is given"
    defaults = ViewState()
    for key in refused:
        name = FIELDS[key][0]
        assert getattr(state, name) == getattr(defaults, name)
    again = ViewState()
    assert again.read_query(state.query()) == []


NONSENSE = {
    "layer": "x" * 201,
    "time": "yesterday evening",
    "view": "10,20,5,30",
    "style": "sparkling",
    "as": "guess",
    "base": "2020,1991",
    "colours": "\x07",
    "range": "5,1",
    "projection": "flat",
    "show": "events,dragons",
    "tables": "a\tb",
    "stations": "LHAS",
    "picture": "x\x01",
    "points": "91,91",
    "area": "castle:7",
    "dates": "2012-01-01,2011-01-01",
    "magnitude": "high,low",
    "depth": "0,9999",
    "within": "\n",
    "kinds": "imagined",
    "sources": "a\tb",
    "radius": "inf",
    "clock": "cuckoo",
    "dock": "huge",
}


def test_nonsense_in_every_parameter_is_told_once_each_and_changes_nothing() -> None:
    assert set(NONSENSE) == set(FIELDS)
    state = ViewState()
    problems = state.read_query(NONSENSE)
    assert [problem.partition("=")[0] for problem in problems] == list(NONSENSE)
    assert state.query() == {}


@pytest.mark.parametrize(
    "text",
    ["now", "today", "nat", "12", "-5", "20000000-01-01", "1500-01-01", "2010-06-15T00:00+05:00"],
)
def test_what_is_no_usable_date_is_refused(text: str) -> None:
    assert len(ViewState().read_query({"time": text})) == 1
    assert len(ViewState().read_query({"dates": f"{text},{text}"})) == 1


@pytest.mark.parametrize("text", ["2010-06-15", "2011-03-11T05:46", "1976-01", "2024-02-29"])
def test_dates_with_and_without_hours_are_read(text: str) -> None:
    state = ViewState()
    assert state.read_query({"time": text}) == []
    assert state.time == text


def test_a_colour_range_needs_two_different_numbers() -> None:
    state = ViewState()
    assert len(state.read_query({"range": "5,5"})) == 1
    state.limits = (1013.2501, 1013.2502)
    again = ViewState()
    assert again.read_query(state.query()) == []
    assert again.limits == state.limits


def test_one_bad_part_does_not_spoil_the_others() -> None:
    state = ViewState()
    assert len(state.read_query({"radius": "lots", "style": "contours", "utm_source": "x"})) == 1
    assert (state.style, state.radius) == ("contours", 300.0)


@given(st.floats(-1e6, 1e6))
@example(np.nextafter(-180.0, -181.0))
@example(np.nextafter(180.0, 0.0))
def test_wrapped_longitude_is_the_same_meridian_within_one_turn(longitude: float) -> None:
    wrapped = wrap_longitude(longitude)
    assert -180 <= wrapped < 180
    turns = (longitude - wrapped) / 360
    assert turns == pytest.approx(round(turns), abs=1e-6)
    assert wrap_longitude(wrapped) == wrapped


@given(points)
def test_points_are_written_and_read_back(chosen: list[Point]) -> None:
    assert parse_points(format_points(chosen)) == chosen


@given(points, decimals(-720, 720, 2), decimals(-90, 90, 2))
def test_a_new_point_comes_last_and_none_is_there_twice(
    chosen: list[Point], longitude: float, latitude: float
) -> None:
    state = ViewState(points=chosen)
    state.add_point(longitude, latitude)
    new = state.points[-1]
    assert new == (pytest.approx(wrap_longitude(longitude), abs=1e-4), latitude)
    assert len(set(state.points)) == len(state.points) <= MAX_POINTS
    kept = [point for point in chosen if point != new]
    assert state.points[:-1] == kept[-(MAX_POINTS - 1) :]


def test_a_point_at_the_date_line_stays_in_the_range_of_longitudes() -> None:
    state = ViewState(points=[])
    state.add_point(179.99999, 10.0)
    assert state.points == parse_points(format_points(state.points))
    assert -180 <= state.points[0][0] < 180


@pytest.mark.parametrize("text", ["1", "1,2,3", "1,91", "900,1", "nan,1", ";", "1,2;" * 7 + "1,2"])
def test_points_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_points(text)


def test_a_view_beyond_the_poles_is_held_to_the_map() -> None:
    state = ViewState()
    assert state.read_query({"view": "170,-90,200,90"}) == []
    assert state.bounds == (170.0, -85.0, 200.0, 85.0)
