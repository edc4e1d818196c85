"""Filled gaps: marked, bounded, equal to a plain solution."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from analysis.features import fill

DAYS = pd.date_range("2010-01-01", periods=800, freq="D")


def ndvi(gaps: float = 0.3, seed: int = 0, every: int = 5) -> xr.DataArray:
    generator = np.random.default_rng(seed)
    times = DAYS[::every]
    phase = 2 * np.pi * times.day_of_year.to_numpy() / 365.2425
    values = 0.4 + 0.3 * np.sin(phase)[:, None] + generator.normal(0, 0.01, (times.size, 3))
    values[generator.random(values.shape) < gaps] = np.nan
    values[:4, 0] = np.nan
    values[-3:, 1] = np.nan
    attrs = {"units": "1", "long_name": "NDVI", "source": "made", "simulated": True}
    return xr.DataArray(values, {"time": times}, ("time", "cell"), "ndvi", attrs)


def dense_whittaker(values: np.ndarray, days: np.ndarray, smoothness: float) -> np.ndarray:
    steps = np.diff(days) / np.median(np.diff(days))
    rows = np.zeros((days.size - 2, days.size))
    for i in range(days.size - 2):
        mean = (steps[i] + steps[i + 1]) / 2
        rows[i, i : i + 3] = [1 / steps[i], -1 / steps[i] - 1 / steps[i + 1], 1 / steps[i + 1]]
        rows[i] /= mean
    known = np.isfinite(values)
    matrix = np.diag(known.astype(float)) + smoothness * rows.T @ rows
    return np.linalg.solve(matrix, np.nan_to_num(values))


@pytest.mark.parametrize("smoothness", [0.1, 100.0])
def test_whittaker_equals_a_plain_solution_for_uneven_steps(smoothness):
    picked = np.sort(np.random.default_rng(1).choice(160, 110, replace=False))
    data = ndvi()[picked]
    days = (data.indexes["time"] - data.indexes["time"][0]).days.to_numpy()
    found = fill(data, longest="100D", smoothness=smoothness, smooth=True)["ndvi"]
    for cell in range(3):
        curve = dense_whittaker(data.to_numpy()[:, cell], days, smoothness)
        known = np.isfinite(found[:, cell])
        np.testing.assert_allclose(found[known, cell], curve[known], rtol=1e-6)


@pytest.mark.parametrize("method", ["whittaker", "harmonic"])
def test_what_was_measured_stays_and_what_was_not_is_marked(method):
    data = ndvi()
    found = fill(data, longest="60D", method=method)
    marks = found["ndvi_filled"]
    assert marks.dtype == bool
    np.testing.assert_array_equal(found["ndvi"].where(~marks), data)
    assert not (marks & np.isfinite(data)).any()
    assert np.isnan(found["ndvi"][:4, 0]).all(), "nothing before the first value"
    assert np.isnan(found["ndvi"][-3:, 1]).all(), "nothing after the last value"
    truth = 0.4 + 0.3 * np.sin(2 * np.pi * data["time"].dt.dayofyear / 365.2425)
    assert float(abs(found["ndvi"] - truth).where(marks).max()) < 0.05
    assert found["ndvi"].attrs["units"] == "1"
    assert found["ndvi"].attrs["simulated"] is True
    assert found["ndvi"].attrs["gap_filling"] == f"{method}, up to 60D"


def test_long_gaps_stay_gaps():
    data = ndvi(gaps=0)
    data[40:60, 2] = np.nan
    assert not fill(data, longest="100D")["ndvi_filled"][:, 2].any()
    assert int(fill(data, longest="105D")["ndvi_filled"][:, 2].sum()) == 20


def test_too_few_values_are_left_as_they_are():
    data = ndvi().where(ndvi()["time"] < DAYS[40])
    found = fill(data, longest="1000D")
    np.testing.assert_array_equal(found["ndvi"], data)
    assert not found["ndvi_filled"].any()


@pytest.mark.parametrize("method", ["whittaker", "harmonic"])
def test_it_stays_lazy_and_equal(refuse_compute, method):
    data = ndvi()
    lazy = fill(data.chunk(cell=1), longest="60D", method=method)
    assert isinstance(lazy["ndvi_filled"].data, da.Array)
    expected = fill(data, longest="60D", method=method)
    xr.testing.assert_identical(lazy.compute(scheduler="synchronous"), expected)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"method": "spline"}, "one of whittaker, harmonic"),
        ({"smoothness": 0}, "a number above 0"),
        ({"harmonics": 0}, "from 1 to 6"),
        ({"minimum": 3, "method": "harmonic"}, "7 or more"),
        ({"longest": "long"}, "such as '30D'"),
    ],
)
def test_impossible_parameters_are_named(options, words):
    with pytest.raises(ValueError, match=words):
        fill(ndvi(), **{"longest": "60D", **options})
