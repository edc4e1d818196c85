"""Event types: complete, case-free, never guessed."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from obspy.core.event.header import EventType

from analysis.seismic.cleaning import EVENT_KINDS, event_kinds


def kind(word):
    return event_kinds(pd.Series([word], dtype=object))[0]


def test_every_type_of_quakeml_has_a_kind():
    types = [str(one) for one in EventType]
    assert len(types) == 44
    assert set(types) <= set(EVENT_KINDS)
    assert [one for one in types if kind(one) == "tectonic"] == ["earthquake"]
    assert [one for one in types if kind(one) == "induced"] == ["induced or triggered event"]
    assert sum(kind(one) == "non-tectonic" for one in types) == 42


@given(st.sampled_from(sorted(EVENT_KINDS)), st.randoms())
def test_case_and_underscores_do_not_count(word, random):
    other = "".join(random.choice([sign, sign.upper()]) for sign in word)
    other = "".join(random.choice("_ ") if sign == " " else sign for sign in other)
    assert kind(other) == kind(word) != "unknown"


@given(st.text(min_size=1))
def test_words_on_no_list_are_not_guessed(word):
    plain = word.lower().replace("_", " ").strip()
    if plain in EVENT_KINDS or (len(plain) == 2 and plain.isascii()):
        return
    assert kind(word) == ("unknown" if plain else "unstated")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        *((first + "e", "tectonic") for first in "ksfd"),
        *((first + "i", "induced") for first in "ks"),
        *((first + second, "non-tectonic") for first in "ks" for second in "rmhxn"),
        ("ls", "non-tectonic"),
        ("KE", "tectonic"),
        ("uk", "unknown"),
        ("zz", "unknown"),
        ("", "unstated"),
        (None, "unstated"),
    ],
)
def test_two_letters_of_isf_and_emsc(code, expected):
    assert kind(code) == expected
