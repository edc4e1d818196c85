"""One row for each event."""

from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from analysis.sources.fdsn import drop_repeats

NAMES = st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=3, unique=True)


def table(groups, updated=None, agency="usgs"):
    return pd.DataFrame(
        {
            "agency": agency,
            "ids": ["," + ",".join(names) + "," for names in groups],
            "updated": pd.to_datetime(updated or [0] * len(groups), unit="s"),
            "row": range(len(groups)),
        }
    )


def components(groups):
    """Sets of names that hang together, by brute force."""
    found = [set(names) for names in groups]
    merged = True
    while merged:
        merged = False
        for one in found:
            for other in found:
                if one is not other and one & other:
                    one |= other
                    found.remove(other)
                    merged = True
                    break
            if merged:
                break
    return {frozenset(one) for one in found}


@given(st.lists(NAMES, max_size=9), st.randoms())
def test_one_row_stays_of_each_event_in_any_order(groups, random):
    random.shuffle(groups)
    kept = drop_repeats(table(groups))
    assert len(kept) == len(components(groups))
    assert kept["row"].is_monotonic_increasing


def test_the_latest_stays_at_the_place_of_the_first():
    kept = drop_repeats(table(["a", "x", "ab", "b"], [5, 0, 9, 7]))
    assert kept["row"].tolist() == [2, 1]


def test_of_equal_rows_the_first_stays_and_agencies_do_not_mix():
    assert drop_repeats(table("aa"))["row"].tolist() == [0]
    both = pd.concat([table("a"), table("a", agency="emsc")])
    assert len(drop_repeats(both)) == 2


def test_events_without_a_time_of_change_and_an_empty_table():
    told = table(["a", "a"])
    told["updated"] = [pd.NaT, pd.Timestamp("2020")]
    assert drop_repeats(told)["row"].tolist() == [1]
    assert len(drop_repeats(told.iloc[:0])) == 0
