"""Conversions: to and back, spellings, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.sources.units import _CONVERSIONS, canonical, conversion
from analysis.sources.vocabulary import vocabulary

BOTH_WAYS = [(a, b) for a, b in _CONVERSIONS if (b, a) in _CONVERSIONS]


@pytest.mark.parametrize(("start", "end"), BOTH_WAYS)
@given(value=st.floats(-1e6, 1e6))
def test_to_and_back_is_the_same(start, end, value):
    factor, offset = conversion(start, end)
    there = value * factor + offset
    factor, offset = conversion(end, start)
    assert there * factor + offset == pytest.approx(value, rel=1e-12, abs=1e-9)


@pytest.mark.parametrize(
    ("value", "given_units", "wanted", "units"),
    [
        (273.15, "K", 0.0, "degC"),
        (212.0, "degF", 100.0, "degC"),
        (1.0, "kg m-2", 0.1, "cm"),
        (1.0, "kg m-2 s-1", 86400.0, "mm/day"),
        (1.0, "knot", 0.514444, "m/s"),
        (101325.0, "Pa", 1013.25, "hPa"),
        (1e17, "electrons m-2", 10.0, "TECU"),
    ],
)
def test_well_known_values(value, given_units, wanted, units):
    factor, offset = conversion(given_units, units)
    assert value * factor + offset == pytest.approx(wanted, rel=1e-5, abs=1e-9)


def test_spelling_of_a_canonical_unit_is_itself():
    for start, end in _CONVERSIONS:
        assert canonical(start) == start
        assert canonical(end) == end


def test_vocabulary_uses_canonical_units():
    for row in vocabulary().values():
        assert canonical(row.units) == row.units


def test_unknown_conversion_lists_the_known():
    with pytest.raises(ValueError, match=r"known for 'degC': degC, K, degF"):
        conversion("volt", "degC")
