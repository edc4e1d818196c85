"""The address of the fields page: back and forth, nonsense refused in words."""

from __future__ import annotations

import pytest

from apps.views.fields.state import FIELDS, MOST_UNITS, FieldState


def test_a_link_holds_all_that_was_chosen() -> None:
    state = FieldState(
        layer="mod13/ndvi", level="demo_farms", within="KZ-11", units=["a", "b"], year=2018,
        compare=[2012, 2015], day=201, season=(121, 273), show="vci", index="svi", sort="-z",
        find="Aqmola 1", dry=True, bounds=(60.0, 50.0, 61.5, 52.0), tab="years",
    )  # fmt: skip
    query = state.query()
    assert set(query) == set(FIELDS)
    other = FieldState()
    assert other.read_query(query) == []
    assert other.query() == query
    assert FieldState().query() == {}


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("year", "soon"), ("year", "99999"), ("day", "0"), ("day", "400"), ("season", "304,91"),
        ("season", "1"), ("show", "beauty"), ("sort", "-beauty"), ("index", "pdsi"),
        ("years", "2010,x"), ("view", "1,2,3"), ("find", "x" * 300),
    ],
)  # fmt: skip
def test_nonsense_is_told_and_changes_nothing(key: str, text: str) -> None:
    state = FieldState()
    problems = state.read_query({key: text, "unit": "a"})
    assert len(problems) == 1
    assert problems[0].startswith(f"{key}=")
    assert state.query() == {"unit": "a"}


def test_units_are_chosen_and_compared() -> None:
    state = FieldState()
    state.choose("a")
    for unit in "bcdef":
        state.toggle(unit)
    assert len(state.units) == MOST_UNITS
    assert state.units == ["a", "d", "e", "f"]
    state.toggle("d")
    assert state.units == ["a", "e", "f"]
    state.choose("f")
    assert state.units == ["f", "e"]
