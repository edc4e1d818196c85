"""Monthly totals and the precipitation index of units."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from analysis.agrarian.rain import monthly_totals, precipitation_index


def daily(start: str = "2000-03-01", end: str = "2014-12-31", seed: int = 1) -> xr.Dataset:
    time = pd.date_range(start, end, freq="D", unit="ns")
    rng = np.random.default_rng(seed)
    rain = np.where(rng.random((2, len(time))) < 0.3, rng.gamma(1.0, 5.0, (2, len(time))), 0.0)
    return xr.Dataset(
        {"mean": (("unit", "time"), rain, {"units": "mm"})}, {"unit": ["a", "b"], "time": time}
    )


def test_totals_of_days_are_the_sums_of_calendar_months() -> None:
    series = daily()
    totals = monthly_totals(series)
    assert str(totals["time"].to_numpy()[0])[:10] == "2000-01-01"
    assert np.isnan(totals[:, :2]).all()
    expected = series["mean"].resample(time="MS").sum()
    np.testing.assert_allclose(totals.sel(time=expected["time"]), expected)


def test_a_month_with_a_few_days_missing_is_made_up_for_and_one_with_many_is_missing() -> None:
    series = daily()
    series["mean"][:] = 1.0
    series["mean"].loc[{"time": slice("2005-06-01", "2005-06-03")}] = np.nan
    series["mean"].loc[{"time": slice("2006-06-01", "2006-06-20")}] = np.nan
    totals = monthly_totals(series)
    np.testing.assert_allclose(totals.sel(time="2005-06-01"), 30.0)
    assert np.isnan(totals.sel(time="2006-06-01")).all()


def test_months_stay_as_they_are_and_longer_steps_are_refused() -> None:
    series = daily().resample(time="MS").sum()
    totals = monthly_totals(series)
    months = series["mean"].transpose("unit", "time")
    np.testing.assert_allclose(totals.sel(time=series["time"]), months)
    with pytest.raises(ValueError, match="a month at most"):
        monthly_totals(daily().resample(time="YS").sum())


def test_the_driest_summer_has_the_least_index() -> None:
    series = daily()
    dry = (series["time"].dt.year == 2010) & series["time"].dt.month.isin([5, 6, 7])
    series["mean"] = series["mean"].where(~dry, series["mean"] * 0.1)
    index = precipitation_index(series, 3).sel(unit="a")
    july = index[index["time"].dt.month == 7]
    assert int(july["time"][int(np.argmin(july.to_numpy()))].dt.year) == 2010
    assert float(july.min()) < -1.5
    with pytest.raises(ValueError, match="at least 120"):
        precipitation_index(series.isel(time=slice(0, 900)), 3)
