"""A small cube of vegetation and two sources of units, for the tests of the fields page."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from analysis.cubes import ingest
from apps.views.fields import data

YEARS = range(2010, 2020)


def vegetation_like() -> xr.Dataset:
    """Composites of 16 days at half a degree over the demonstration units; 2018 is dry."""
    rng = np.random.default_rng(11)
    starts = [
        pd.Timestamp(year, 1, 1) + pd.Timedelta(days=16 * n) for year in YEARS for n in range(23)
    ]
    ends = [*starts[1:], pd.Timestamp(YEARS[-1] + 1, 1, 1)]
    time = pd.DatetimeIndex(starts).as_unit("ns")
    lon, lat = np.arange(59.75, 75.3, 0.5), np.arange(47.75, 56.0, 0.5)
    day = time.day_of_year.to_numpy()
    season = 0.15 + 0.45 * np.exp(-(((day - 190) / 48.0) ** 2))
    dry = np.where(time.year.to_numpy() == 2018, 0.7, 1.0)
    level = rng.normal(1.0, 0.08, (len(YEARS), 1, 1)).repeat(23, axis=0)
    values = (season * dry)[:, None, None] * level + rng.normal(0, 0.01, (230, 17, 32))
    values += 0.01 * (lat - 51)[None, :, None]
    attrs = {"units": "1", "long_name": "NDVI", "source": "made for the tests", "simulated": True}
    dims = ("time", "latitude", "longitude")
    bounds = np.stack([time.to_numpy(), pd.DatetimeIndex(ends).to_numpy()], axis=1)
    return xr.Dataset(
        {"ndvi": (dims, values.astype("float32"), attrs)},
        {
            "time": time,
            "latitude": lat,
            "longitude": lon,
            "time_bounds": (("time", "bnds"), bounds.astype("datetime64[ns]")),
        },
    )


def rain_like() -> xr.Dataset:
    """Monthly precipitation at one degree over the same area; the spring of 2018 is dry."""
    time = pd.date_range("2005-01-01", "2019-12-01", freq="MS", unit="ns")
    lon, lat = np.arange(59.5, 76.0), np.arange(47.5, 57.0)
    rain = np.random.default_rng(5).gamma(4.0, 8.0, (len(time), len(lat), len(lon)))
    dry = (time.year == 2018) & time.month.isin([4, 5, 6])
    rain[dry] *= 0.15
    attrs = {"units": "mm", "long_name": "Precipitation", "source": "made", "simulated": True}
    dims = ("time", "latitude", "longitude")
    axes = {"time": time, "latitude": lat, "longitude": lon}
    return xr.Dataset({"precipitation": (dims, rain.astype("float32"), attrs)}, axes)


def make_cube(folder: Path) -> None:
    """Put the cube into a cache folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QAZCUBE_CACHE", str(folder))
        ingest(vegetation_like(), "vegetation_simulated", progress=lambda done, total: None)
    data._series.clear()
