"""Trends against SciPy and statistics known by simulation."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats

from analysis.features import trend

MONTHS = pd.date_range("2003-01-01", periods=180, freq="MS")
YEARS = (MONTHS - MONTHS[0]).days.to_numpy() / 365.2425


def series(values: np.ndarray, times: pd.DatetimeIndex = MONTHS) -> xr.DataArray:
    attrs = {"units": "mm", "long_name": "Displacement", "source": "made"}
    return xr.DataArray(values, {"time": times}, ("time", "cell"), "displacement", attrs)


def noisy(cells: int, seed: int = 0, gaps: float = 0.2) -> np.ndarray:
    generator = np.random.default_rng(seed)
    values = 500 + 4 * YEARS[:, None] + generator.normal(0, 5, (YEARS.size, cells))
    values[generator.random(values.shape) < gaps] = np.nan
    return values


def test_least_squares_equal_scipy():
    values = noisy(4)
    found = trend(series(values))
    for cell in range(4):
        known = np.isfinite(values[:, cell])
        line = stats.linregress(YEARS[known], values[known, cell])
        one = found.isel(cell=cell)
        np.testing.assert_allclose([one["slope"], one["stderr"]], [line.slope, line.stderr])
        wide = stats.t.ppf(0.975, known.sum() - 2) * line.stderr
        np.testing.assert_allclose(one["high"] - one["slope"], wide)
        assert int(one["count"]) == known.sum()
    assert found["slope"].attrs["units"] == found["stderr"].attrs["units"] == "mm/year"


@pytest.mark.parametrize("length", [60, 180, 600])
def test_theil_sen_equals_scipy_few_and_many(length):
    generator = np.random.default_rng(length)
    times = pd.date_range("2003-01-01", periods=length, freq="5D")
    years = (times - times[0]).days.to_numpy() / 365.2425
    values = 3 * years[:, None] + generator.standard_t(1.5, (length, 2))
    values[5] = np.nan
    found = trend(series(values, times), method="theil-sen")
    known = np.isfinite(values[:, 0])
    for cell in range(2):
        sen = stats.theilslopes(values[known, cell], years[known])
        one = found.isel(cell=cell)
        np.testing.assert_allclose(one["slope"], sen.slope, rtol=1e-9)
        assert abs(float(one["low"]) - sen.low_slope) < 0.02 * abs(sen.high_slope - sen.low_slope)
        assert abs(float(one["high"]) - sen.high_slope) < 0.02 * (sen.high_slope - sen.low_slope)


def test_a_yearly_course_over_part_of_a_year_does_not_tilt_the_line():
    some = slice(0, 21)
    values = 4 * YEARS + 50 * np.cos(2 * np.pi * YEARS)
    data = series(values[some, None], MONTHS[some])
    assert abs(float(trend(data)["slope"][0]) - 4) > 5
    np.testing.assert_allclose(trend(data, harmonics=1, minimum=10)["slope"], 4)


def test_errors_of_correlated_noise_cover_the_truth():
    """Of 95 % intervals over simulated AR(1) noise about 95 % hold the true slope."""
    generator = np.random.default_rng(4)
    noise = np.zeros((180, 400))
    steps = generator.normal(size=noise.shape)
    for t in range(1, 180):
        noise[t] = 0.6 * noise[t - 1] + steps[t]
    data = series(2 * YEARS[:, None] + noise)
    shares = {}
    for method in ("least-squares", "theil-sen"):
        for correlated in (False, True):
            found = trend(data, method=method, autocorrelation=correlated)
            inside = (found["low"] <= 2) & (found["high"] >= 2)
            shares[method, correlated] = float(inside.mean())
    for method in ("least-squares", "theil-sen"):
        assert shares[method, False] < 0.78
        assert 0.90 < shares[method, True] <= 0.98


def test_scale_shift_and_units_of_time():
    data = series(noisy(3, gaps=0))
    slope = trend(data)["slope"]
    np.testing.assert_allclose(trend(data * 10 + 7)["slope"], 10 * slope)
    np.testing.assert_allclose(trend(data, per="month")["slope"] * 12, slope)
    np.testing.assert_allclose(trend(data.astype("float32"))["slope"], slope, rtol=1e-4)


def test_only_the_base_counts_and_too_few_values_have_no_trend():
    values = noisy(3, gaps=0)
    values[:170, 1] = np.nan
    changed = values.copy()
    changed[120:] = 0
    options = {"base": (2003, 2012), "minimum": 20}
    found = trend(series(values), **options)
    later = series(np.where(np.isnan(values), np.nan, changed))
    xr.testing.assert_identical(found, trend(later, **options))
    assert np.isnan(found["slope"][1])
    assert int(found["count"][1]) == 0


@pytest.mark.parametrize("method", ["least-squares", "theil-sen"])
def test_it_stays_lazy_and_equal(refuse_compute, method):
    data = series(noisy(6))
    lazy = trend(data.chunk(cell=2), method=method)
    assert isinstance(lazy["slope"].data, da.Array)
    xr.testing.assert_identical(lazy.compute(scheduler="synchronous"), trend(data, method=method))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"method": "median"}, "one of least-squares, theil-sen"),
        ({"per": "decade"}, "one of hour"),
        ({"harmonics": 9}, "from 0 to 6"),
        ({"harmonics": 1, "method": "theil-sen"}, "departures"),
        ({"minimum": 2}, "3 or more"),
    ],
)
def test_impossible_parameters_are_named(options, words):
    with pytest.raises(ValueError, match=words):
        trend(series(noisy(1)), **options)
