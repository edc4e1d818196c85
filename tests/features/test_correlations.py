"""Correlations in windows against SciPy."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats

from analysis.features import rolling_correlation

TIMES = pd.DatetimeIndex(
    np.sort(np.random.default_rng(1).choice(pd.date_range("2010-01-01", periods=600), 120, False))
)


def pair() -> tuple[xr.DataArray, xr.DataArray]:
    generator = np.random.default_rng(0)
    first = generator.normal(size=(120, 2)).round(1)
    second = 0.5 * first + generator.normal(size=(120, 2)).round(1)
    first[generator.random(first.shape) < 0.1] = np.nan
    second[40:70, 1] = 3.0
    axes = {"time": TIMES, "cell": [7, 8]}
    one = xr.DataArray(first, axes, ("time", "cell"), "gravity", {"simulated": True})
    return one, xr.DataArray(second, axes, ("time", "cell"), "deformation")


@pytest.mark.parametrize("method", ["pearson", "spearman"])
def test_each_window_equals_scipy(method):
    first, second = pair()
    found = rolling_correlation(first, second, "90D", method=method, minimum=6)
    judge = stats.pearsonr if method == "pearson" else stats.spearmanr
    for cell in range(2):
        for t in range(0, TIMES.size, 4):
            now = TIMES[t]
            inside = (now - pd.Timedelta("90D") < TIMES) & (now >= TIMES)
            known = inside & np.isfinite(first[:, cell].to_numpy())
            x, y = first.to_numpy()[known, cell], second.to_numpy()[known, cell]
            assert int(found["count"][t, cell]) == known.sum()
            if known.sum() < 6 or np.ptp(y) == 0:
                assert np.isnan(found["correlation"][t, cell])
            else:
                np.testing.assert_allclose(found["correlation"][t, cell], judge(x, y).statistic)
    assert found["correlation"].attrs["simulated"] is True
    assert found["correlation"].attrs["units"] == "1"


def test_no_later_value_counts_and_scale_does_not_matter():
    first, second = pair()
    changed = first.copy()
    changed[60:] = 99
    before = rolling_correlation(first, second, "90D")["correlation"]
    after = rolling_correlation(changed, second, "90D")["correlation"]
    xr.testing.assert_identical(before[:60], after[:60])
    scaled = rolling_correlation(first * -3 + 1, second, "90D")["correlation"]
    np.testing.assert_allclose(scaled, -before, atol=1e-12)


def test_it_stays_lazy_and_takes_any_order_of_axes(refuse_compute):
    first, second = pair()
    lazy = rolling_correlation(first.chunk(cell=1), second.T.chunk(cell=1), "90D")
    assert isinstance(lazy["correlation"].data, da.Array)
    expected = rolling_correlation(first, second, "90D")
    xr.testing.assert_identical(lazy.compute(scheduler="synchronous"), expected)


def test_what_does_not_fit_together_is_refused():
    first, second = pair()
    with pytest.raises(ValueError, match="align them to the same cells"):
        rolling_correlation(first, second.assign_coords(cell=[7, 9]), "90D")
    with pytest.raises(ValueError, match="different axes: time, cell, and time"):
        rolling_correlation(first, second[:, 0], "90D")
    with pytest.raises(ValueError, match="one of pearson, spearman"):
        rolling_correlation(first, second, "90D", method="kendall")
    with pytest.raises(ValueError, match="3 or more"):
        rolling_correlation(first, second, "90D", minimum=2)
    with pytest.raises(ValueError, match="window"):
        rolling_correlation(first, second, "0D")
