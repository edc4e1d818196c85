"""What callers hand in: tables of events, names of regions, an unknown completeness."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from analysis.seismic import (
    a_value,
    b_map,
    b_value,
    completeness,
    frequency_magnitude,
)
from analysis.seismic.magnitudes import completeness_error
from analysis.seismic.magnitudes.bins import as_magnitudes

RANDOM = np.random.default_rng(5)
MAGS = np.round(4.95 + RANDOM.exponential(0.43, 800), 1)
RAW = pd.DataFrame(
    {
        "time": pd.date_range("2020-01-01", periods=800, freq="7h").astype(str),
        "lon": RANDOM.uniform(138, 142, 800),
        "lat": RANDOM.uniform(34, 38, 800),
        "Magnitude": MAGS,
        "depth": 10.0,
    }
)


@pytest.mark.parametrize("name", ["mag", "Mag", "magnitude", "M", "MAGNITUDE "])
def test_a_table_of_events_is_its_magnitudes(name):
    table = RAW.rename(columns={"Magnitude": name})
    assert as_magnitudes(table).tolist() == MAGS.tolist()
    assert as_magnitudes(table[[name]]).tolist() == MAGS.tolist()
    assert completeness(table) == completeness(MAGS)
    assert completeness(table, "b-stability") == completeness(MAGS, "b-stability")
    fit = b_value(table, 5.0)
    assert fit == b_value(MAGS, 5.0)
    assert a_value(table, 5.0, fit.b) == a_value(MAGS, 5.0, fit.b)
    pd.testing.assert_frame_equal(frequency_magnitude(table, fit), frequency_magnitude(MAGS, fit))
    assert completeness_error(table, resamples=20) == completeness_error(MAGS, resamples=20)


def test_the_standard_name_goes_before_another():
    table = pd.DataFrame({"magnitude": [1.0], "mag": [2.0]})
    assert as_magnitudes(table).tolist() == [2.0]


def test_what_holds_no_magnitudes_says_so():
    with pytest.raises(ValueError, match="no column mag"):
        completeness(RAW.drop(columns="Magnitude"))
    with pytest.raises(ValueError, match="or a pandas table of events"):
        completeness(np.zeros((3, 2)))


def test_b_positive_of_a_table_goes_by_its_times():
    """Catalogues come newest first: their order is not that of time."""
    expected = b_value(MAGS, 5.0, method="b-positive")
    assert b_value(MAGS[::-1], 5.0, method="b-positive") != expected
    assert b_value(RAW, 5.0, method="b-positive") == expected
    assert b_value(RAW.iloc[::-1], 5.0, method="b-positive") == expected
    shuffled = RAW.sample(frac=1, random_state=1)
    assert b_value(shuffled, 5.0, bin_width=0, method="b-positive") == b_value(
        MAGS, 5.0, bin_width=0, method="b-positive"
    )


@pytest.mark.parametrize("value", [None, "x", [], math.inf])
def test_a_completeness_that_is_no_number_is_refused(value):
    with pytest.raises(ValueError, match="magnitude of completeness is"):
        b_value(MAGS, value)
    with pytest.raises(ValueError, match="magnitude of completeness is"):
        a_value(MAGS, value, 1.0)
    with pytest.raises(ValueError, match="b-value is"):
        a_value(MAGS, 5.0, value)


def test_a_map_of_a_region_by_its_name():
    named = b_map(RAW, "japan", 2.0, mc=5.0)
    assert named.identical(b_map(RAW, "Жапония", 2.0, mc=5.0))
    assert bool(np.isfinite(named["b"]).any())
    with pytest.raises(ValueError, match="There is no region 'japam'"):
        b_map(RAW, "japam")
