"""Means over periods with their counts, and moments of observation."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from analysis.sources.normalise import normalise
from analysis.sources.surface.averages import average
from analysis.sources.surface.modis import open_modis_lst
from analysis.sources.surface.times import observation_times
from tests.products.surface_files import write_mod11


def daily(days: int = 100, share: float = 0.3) -> xr.Dataset:
    rng = np.random.default_rng(0)
    values = rng.normal(300, 5, (days, 3, 4))
    values[rng.random(values.shape) > share] = np.nan
    axes = {"time": pd.date_range("2020-01-30", periods=days), "y": [0, 1, 2], "x": [0, 1, 2, 3]}
    flags = xr.zeros_like(xr.DataArray(values, axes, ("time", "y", "x"))).assign_attrs(
        role="quality"
    )
    return xr.Dataset(
        {"lst": (("time", "y", "x"), values, {"units": "K"}), "lst_quality": flags}, coords=axes
    )


@pytest.mark.parametrize("period", ["8D", "MS"])
@pytest.mark.parametrize("chunks", [None, {"time": 7}])
def test_means_and_counts_are_those_of_pandas(period, chunks):
    ds = daily()
    found = average(ds if chunks is None else ds.chunk(chunks), period)
    told = ds.lst.resample(time=period, origin="start").mean()
    number = ds.lst.resample(time=period, origin="start").count()
    np.testing.assert_allclose(found.lst.values, told.values, rtol=1e-6)
    np.testing.assert_array_equal(found.lst_count.values, number.values)
    np.testing.assert_array_equal(found.time.values, told.time.values)
    assert found.lst.attrs["units"] == "K"
    assert found.lst_count.attrs["role"] == "count"
    assert "lst_quality" not in found
    ends = found.time_bounds.values
    assert (ends[1:, 0] >= ends[:-1, 1]).all()


def test_few_values_make_no_mean_and_gaps_make_no_step(refuse_compute):
    ds = daily().isel(time=[*range(10), *range(60, 70)]).chunk(time=5)
    found = average(ds, "MS", minimum=3)
    assert found.time.dt.month.values.tolist() == [1, 2, 3, 4]
    assert found.lst.chunks is not None


def test_bad_periods_are_refused():
    with pytest.raises(ValueError, match="no period"):
        average(daily(), "fortnight")
    with pytest.raises(ValueError, match="minimum is 0"):
        average(daily(), "8D", minimum=0)


def test_observation_in_utc_is_on_the_day_of_the_file(tmp_path):
    """Tile h22v04 lies from 50 to 80 degrees east: 11 by the sun is 5.7 to 7.7 in UTC."""
    layers = ["lst_day", "lst_day_view_time"]
    path = write_mod11(tmp_path, date(2019, 7, 1), size=24)
    ds = normalise(open_modis_lst(path, layers=layers))
    moments = observation_times(ds, "lst_day")
    there = ~np.isnat(moments.values)
    assert there.any()
    hours = (moments - ds.time) / np.timedelta64(1, "h")
    expected = np.broadcast_to(11.0 - ds.longitude.values / 15.0, there.shape)
    np.testing.assert_allclose(hours.values[there], expected[there], atol=1e-3)
    with pytest.raises(ValueError, match="no 'lst_night_view_time'"):
        observation_times(ds, "lst_night")
