"""Counts by magnitude."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.seismic.magnitudes import BValue, b_value, frequency_magnitude
from tests.seismic.magnitudes.catalogues import gutenberg_richter


@given(st.lists(st.floats(0, 9), min_size=1, max_size=100))
def test_counts_add_up(values):
    table = frequency_magnitude(values)
    assert table["count"].sum() == table["cumulative"][0] == len(values)
    steps = table["cumulative"] - table["cumulative"].shift(-1, fill_value=0)
    np.testing.assert_array_equal(steps, table["count"])
    np.testing.assert_allclose(np.diff(table["magnitude"]), 0.1, rtol=1e-6)
    assert table["fitted_count"].isna().all()


def test_the_line_follows_a_catalogue_that_obeys_the_law():
    mags = gutenberg_richter(50_000, 1.0, 4.0, 1)
    table = frequency_magnitude(mags, b_value(mags, 4.0))
    many = table[table["count"] > 100]
    pulls = (many["count"] - many["fitted_count"]) / np.sqrt(many["fitted_count"])
    assert np.abs(pulls).max() < 4
    assert table["fitted_cumulative"][0] == 50_000


def test_the_line_starts_at_completeness_and_its_bins_add_up():
    mags = gutenberg_richter(2000, 1.0, 4.0, 1)
    fit = b_value(mags, 4.5)
    table = frequency_magnitude(mags, fit)
    below = table["magnitude"] < 4.45
    assert table.loc[below, "fitted_count"].isna().all()
    line = table.loc[~below, "fitted_cumulative"].to_numpy()
    assert line[0] == fit.n
    np.testing.assert_allclose(line[:-1] - line[1:], table.loc[~below, "fitted_count"].iloc[:-1])


def test_numbers_a_year_are_all_numbers_over_the_years():
    mags = gutenberg_richter(500, 1.0, 4.0, 1)
    fit = b_value(mags, 4.0)
    total, yearly = frequency_magnitude(mags, fit), frequency_magnitude(mags, fit, years=25)
    np.testing.assert_allclose(yearly.iloc[:, 1:] * 25, total.iloc[:, 1:])
    np.testing.assert_array_equal(yearly["magnitude"], total["magnitude"])


def test_no_events_and_no_fit_are_a_table_without_a_line():
    assert frequency_magnitude([]).shape == (0, 5)
    unknown = BValue(np.nan, np.nan, 0, np.nan)
    assert frequency_magnitude([5.0], unknown)["fitted_cumulative"].isna().all()
    with pytest.raises(ValueError, match="-1 years long"):
        frequency_magnitude([5.0], years=-1)
