"""Bins of magnitude."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.seismic.magnitudes.bins import (
    as_magnitudes,
    bin_magnitudes,
    bin_numbers,
    count_magnitudes,
)


@given(st.integers(-300, 1000), st.sampled_from([0.01, 0.05, 0.1, 0.2, 0.25, 0.5]))
def test_every_centre_lies_in_its_own_bin(number, width):
    for value in (number * width, float(f"{number * width:.10g}"), np.float32(number * width)):
        assert bin_numbers([value], width).tolist() == [number]


@given(st.integers(-30, 100))
def test_halves_go_up_however_they_are_written(number):
    text = float(f"{number / 10 + 0.05:.2f}")
    assert bin_numbers([text, np.float32(text)], 0.1).tolist() == [number + 1] * 2


@given(st.lists(st.floats(-2, 10), min_size=1, max_size=50))
def test_rounding_moves_by_half_a_bin_at_most_and_counts_all(values):
    rounded = bin_magnitudes(values)
    assert np.abs(rounded - values).max() <= 0.05 + 2e-6
    histogram = count_magnitudes(values)
    assert histogram.counts.sum() == len(values)
    assert histogram.counts[0] > 0
    assert histogram.counts[-1] > 0
    np.testing.assert_array_equal(np.repeat(histogram.centres, histogram.counts), np.sort(rounded))


@pytest.mark.parametrize(
    "mags",
    [
        [5.0, None, 5.1],
        np.array([5.0, np.nan, 5.1]),
        pd.Series([5.0, pd.NA, 5.1], dtype="Float64", index=[7, 7, 7]),
        pd.Series([5.0, None, 5.1], dtype="float32"),
    ],
)
def test_missing_magnitudes_are_left_out(mags):
    np.testing.assert_allclose(as_magnitudes(mags), [5.0, 5.1], rtol=1e-6)


def test_no_magnitudes_are_no_bins():
    assert count_magnitudes([]).counts.size == 0
    assert count_magnitudes([np.nan]).centres.size == 0


@pytest.mark.parametrize("width", [0, -0.1, np.nan, np.inf])
def test_an_impossible_width_is_refused(width):
    with pytest.raises(ValueError, match=r"bin width is .*; it must be a positive number"):
        bin_magnitudes([5.0], width)


@pytest.mark.parametrize(
    ("mags", "message"),
    [
        ([5.0, np.inf], "1 magnitudes are infinite"),
        (["strong"], "Magnitudes must be numbers"),
        ([[5.0, 5.1]], "must be one list"),
    ],
)
def test_what_is_no_magnitude_is_refused(mags, message):
    with pytest.raises(ValueError, match=message):
        count_magnitudes(mags)


def test_a_table_of_endless_length_is_refused():
    with pytest.raises(ValueError, match=r"at most 1000000"):
        count_magnitudes([0, 1e9])
