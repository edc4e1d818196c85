"""The address of the earthquakes page: there and back, and nonsense."""

from __future__ import annotations

import pytest

from apps.views.earthquakes.state import FIELDS, QuakeState

CHOSEN = {
    "catalogue": "events_gcmt",
    "bounds": (60.0, 30.0, 90.0, 55.0),
    "dates": ("2001-01-01", "2010-12-31"),
    "magnitude": (5.0, 7.5),
    "depth": (0.0, 70.0),
    "region": "japan",
    "area": "polygon:170,-40;200,-40;200,40",
    "types": ["earthquake", "quarry blast"],
    "regimes": ["subduction"],
    "statuses": ["reviewed"],
    "decluster": "reasenberg",
    "setaside": ["event-type", "exact-repeat"],
    "brush": ("2004-12-26T00:58:53", "2005-03-28", 5.5, 9.1),
    "mc": "ks",
    "method": "b-positive",
    "colour": "depth",
    "overlays": ["plates", "regimes"],
    "event": "gcmt-20110311T054724",
    "tab": "section",
    "clock": "local",
    "dock": "large",
}


def test_a_link_restores_every_choice() -> None:
    state = QuakeState(**CHOSEN)
    assert {name for name, _read, _write in FIELDS.values()} == set(CHOSEN), "all are in the link"
    other = QuakeState()
    assert other.read_query(state.query()) == []
    for name, value in CHOSEN.items():
        assert getattr(other, name) == value, name


def test_a_fresh_page_has_an_empty_link() -> None:
    assert QuakeState().query() == {}


def test_a_typed_completeness_is_a_number() -> None:
    state = QuakeState()
    assert state.read_query({"mc": "4.65"}) == []
    assert state.mc == 4.65
    assert state.query() == {"mc": "4.65"}


NONSENSE = {
    "view": "a,b,c,d", "dates": "2,1", "magnitude": "high", "depth": "0,-9",
    "area": "castle:<img src=x>", "decluster": "magic", "brush": "2010,2009,5,6", "mc": "guess",
    "b": "slope", "colour": "pink", "show": "dragons", "clock": "cuckoo", "dock": "huge",
    "catalogue": "x" * 300, "event": "a\nb", "tab": "t\x00", "within": "w" * 999,
    "clean": "soap", "types": "a\nb", "regimes": "\x01", "status": "\x02",
}  # fmt: skip


@pytest.mark.parametrize("key", NONSENSE)
def test_nonsense_is_reported_and_leaves_the_default(key: str) -> None:
    state = QuakeState()
    (problem,) = state.read_query({key: NONSENSE[key]})
    assert problem.startswith(f"{key}=")
    assert state.query() == {}


def test_every_key_has_its_nonsense_and_foreign_keys_are_let_be() -> None:
    assert set(NONSENSE) == set(FIELDS)
    assert QuakeState().read_query({"lang": "kk", "unknown": "%00"}) == []
