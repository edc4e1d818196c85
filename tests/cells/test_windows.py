"""Windows of time."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.cells.windows import find_windows, overlaps, window_edges

EDGES = window_edges("2000-01-01", "2010-01-01", "30D")


def test_only_whole_windows_are_made():
    edges = window_edges("2020-01-01", "2020-03-30 23:59", "30D")
    assert edges.size == 3
    assert edges.dtype == "datetime64[ns]"
    assert (np.diff(edges) == np.timedelta64(30, "D")).all()


def test_calendar_months_have_their_own_lengths():
    days = np.diff(window_edges("2020-01-01", "2021-01-01", "M")) / np.timedelta64(1, "D")
    assert days.tolist() == [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (("2020-01-15", "2021-01-01", "MS"), "not the beginning"),
        (("2020-01-01", "2020-01-15", "30D"), "No window"),
        (("2020-01-01", "2019-01-01", "30D"), "No window"),
        (("2020-01-01", "2021-01-01", "soon"), "The period is 'soon'"),
        ((None, "2021-01-01", "30D"), "give the start and the end"),
        (("2020-01-01", "2021-01-01", "0D"), "The period is '0D'"),
        (("2020-01-01", "2021-01-01", 30), "The period is 30"),
        (("1411-01-01", "2021-01-01", "30D"), "outside the years 1678 to 2261"),
    ],
)
def test_impossible_windows_are_refused(limits, message):
    with pytest.raises(ValueError, match=message):
        window_edges(*limits)


def test_every_edge_belongs_to_the_window_that_begins_with_it():
    n = EDGES.size - 1
    np.testing.assert_array_equal(find_windows(EDGES, EDGES[:-1]), np.arange(n))
    just_before = EDGES[1:] - np.timedelta64(1, "ns")
    np.testing.assert_array_equal(find_windows(EDGES, just_before), np.arange(n))
    outside = np.array([EDGES[0] - 1, EDGES[-1], np.datetime64("NaT")])
    assert find_windows(EDGES, outside).tolist() == [-1, -1, -1]


@given(st.lists(st.integers(1, 400), min_size=1, max_size=30), st.integers(0, 2000))
def test_shares_of_every_step_inside_add_up_to_one(lengths, offset):
    ends = np.cumsum([offset, *lengths]).astype("timedelta64[D]") + np.datetime64("2000-01-01")
    bounds = np.stack([ends[:-1], ends[1:]], axis=1).astype("datetime64[ns]")
    days, shares = (part.toarray() for part in overlaps(EDGES, bounds))
    inside = bounds[:, 1] <= EDGES[-1]
    np.testing.assert_allclose(shares.sum(axis=0)[inside], 1)
    np.testing.assert_allclose(days.sum(axis=0)[inside], np.asarray(lengths)[inside])
    assert (shares <= 1).all()


@given(
    st.lists(st.tuples(st.integers(-90, 4000), st.integers(0, 90)), min_size=1, max_size=20),
    st.sampled_from(["30D", "MS"]),
)
def test_overlaps_agree_with_a_plain_comparison_of_all_pairs(steps, period):
    edges = window_edges("2000-01-01", "2010-01-01", period)
    begin = np.datetime64("2000-01-01", "ns") + np.array([s[0] for s in steps], "timedelta64[D]")
    end = begin + np.array([s[1] for s in steps], "timedelta64[D]")
    low, high = np.maximum(edges[:-1, None], begin), np.minimum(edges[1:, None], end)
    expected = np.maximum((high - low) / np.timedelta64(1, "D"), 0)
    inside = (begin >= edges[:-1, None]) & (begin < edges[1:, None])
    expected = np.where(begin == end, inside, expected)
    days, _ = overlaps(edges, np.stack([begin, end], axis=1))
    np.testing.assert_array_equal(days.toarray(), expected)


def test_many_windows_of_many_steps_take_little_memory():
    days = np.arange("1980-01-01", "2100-01-01", dtype="datetime64[D]").astype("datetime64[ns]")
    overlap, _ = overlaps(days, np.stack([days[:-1], days[1:]], axis=1))
    assert overlap.nnz == days.size - 1


def test_times_that_nanoseconds_cannot_hold_do_not_turn_round():
    times = np.array(["1411-07-01", "2005-01-01", "2590-01-01"], dtype="datetime64[s]")
    assert (find_windows(EDGES, times) >= 0).tolist() == [False, True, False]
    with pytest.raises(ValueError, match="or they are no times"):
        overlaps(EDGES, np.stack([times, times], axis=1))


def test_moments_weigh_one_in_their_window():
    moments = pd.to_datetime(["2000-01-01", "2000-01-31", "1999-12-31"]).to_numpy()
    bounds = np.stack([moments, moments], axis=1).astype("datetime64[ns]")
    days, shares = (part.toarray() for part in overlaps(EDGES, bounds))
    assert days[:2].tolist() == [[1, 0, 0], [0, 1, 0]]
    assert days.sum() == shares.sum() == 2


def test_a_step_that_ends_before_it_begins_is_refused():
    bounds = np.array([["2000-02-01", "2000-01-01"]], dtype="datetime64[ns]")
    with pytest.raises(ValueError, match="Step 0 ends"):
        overlaps(EDGES, bounds)
