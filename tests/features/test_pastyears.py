"""Norms of earlier years against plain selection, and that no later value counts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from analysis.features import departure, zscore

MONTHS = pd.date_range("2001-01-01", "2012-12-31", freq="MS")


def series(times: pd.DatetimeIndex, seed: int = 3) -> xr.DataArray:
    generator = np.random.default_rng(seed)
    values = 1000 + generator.normal(size=(times.size, 3))
    values[generator.random(values.shape) < 0.1] = np.nan
    return xr.DataArray(values, {"time": times}, ("time", "cell"), "x", {"units": "cm"})


def naive(data: xr.DataArray, window: int, minimum: int, years: int) -> np.ndarray:
    """Z by one selection for each step and earlier year."""
    out = np.full(data.shape, np.nan)
    values = data.to_numpy()
    days = data.indexes["time"].normalize()
    for t in range(0, days.size, 9):
        day = days[t]
        inside = np.zeros(days.size, dtype=bool)
        for back in range(1, years + 1):
            target = day - pd.DateOffset(years=back)
            inside |= np.abs((days - target).days) <= window // 2
        for cell in range(values.shape[1]):
            known = values[inside, cell]
            known = known[~np.isnan(known)]
            if known.size >= minimum:
                out[t, cell] = (values[t, cell] - known.mean()) / known.std(ddof=1)
    return out


@pytest.mark.parametrize("years", [None, 4])
def test_days_equal_a_plain_selection(years):
    data = series(pd.date_range("2003-02-20", "2013-03-10", freq="D"))[::2]
    z = zscore(data, by="dayofyear", window=9, causal=True, years=years)
    expected = naive(data, 9, 5, years or 20)[::9]
    np.testing.assert_allclose(z[::9], expected, rtol=1e-7, atol=1e-9)


def test_months_equal_expanding_means():
    data = series(MONTHS)
    apart = departure(data, causal=True, minimum=2)
    for month in range(12):
        part = data[month::12]
        before = part.to_pandas().expanding(2).mean().shift(1)
        np.testing.assert_allclose(apart[month::12], part - before.to_numpy())


@given(st.integers(0, 143), st.sampled_from([1, 3, 11]))
def test_no_later_value_changes_an_earlier_result(step, window):
    data = series(MONTHS)
    changed = data.copy()
    changed[step + 1 :] = 1e6
    before = zscore(data, window=window, causal=True)[: step + 1]
    assert before.equals(zscore(changed, window=window, causal=True)[: step + 1])


def test_the_value_itself_is_not_in_its_base():
    data = series(MONTHS)
    changed = data.copy()
    changed[100] += 50
    apart = departure(changed, causal=True) - departure(data, causal=True)
    np.testing.assert_allclose(apart[100].to_numpy()[~np.isnan(apart[100])], 50)
    np.testing.assert_allclose(apart[:100].fillna(0), 0)


def test_a_base_may_be_limited_too():
    data = series(MONTHS)
    limited = departure(data, base=(2003, 2010), causal=True, minimum=2)
    later = departure(data.sel(time=slice("2003", None)), causal=True, minimum=2)
    np.testing.assert_allclose(limited.sel(time="2010"), later.sel(time="2010"))
    assert np.isnan(limited.sel(time=slice("2001", "2004"))).all()
    assert limited.attrs["base_period"] == "earlier years, in 2003-01-01/2010-12-01"


def test_a_constant_has_no_z():
    data = series(MONTHS) * 0 + 0.1
    assert np.isnan(zscore(data, causal=True)).all()
    assert np.isnan(zscore(data)).all()


@pytest.mark.parametrize("wild", [1e7, 1e12, np.inf, -np.inf])
@pytest.mark.parametrize("when", [0, 40])
def test_a_wild_value_is_forgotten_when_its_window_is_past(wild, when):
    data = series(pd.date_range("2001-01-01", "2010-12-31", freq="D")).isel(cell=0)
    spoilt = data.copy()
    spoilt[when] = wild
    expected, found = (zscore(one, causal=True, years=3)[1600:] for one in (data, spoilt))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)
    assert np.isfinite(found).mean() > 0.85
