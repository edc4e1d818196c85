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
    days, shares = overlaps(EDGES, bounds)
    inside = bounds[:, 1] <= EDGES[-1]
    np.testing.assert_allclose(shares.sum(axis=0)[inside], 1)
    np.testing.assert_allclose(days.sum(axis=0)[inside], np.asarray(lengths)[inside])
    assert (shares <= 1).all()


def test_moments_weigh_one_in_their_window():
    moments = pd.to_datetime(["2000-01-01", "2000-01-31", "1999-12-31"]).to_numpy()
    days, shares = overlaps(EDGES, np.stack([moments, moments], axis=1).astype("datetime64[ns]"))
    assert days[:2].tolist() == [[1, 0, 0], [0, 1, 0]]
    assert days.sum() == shares.sum() == 2


def test_a_step_that_ends_before_it_begins_is_refused():
    bounds = np.array([["2000-02-01", "2000-01-01"]], dtype="datetime64[ns]")
    with pytest.raises(ValueError, match="Step 0 ends"):
        overlaps(EDGES, bounds)
