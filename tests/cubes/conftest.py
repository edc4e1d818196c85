"""Grids with values that tell where they came from."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
import xarray as xr

MakeGrid = Callable[..., xr.Dataset]


def make_grid(
    times: int = 6,
    latitudes: np.ndarray | None = None,
    longitudes: np.ndarray | None = None,
    variables: tuple[str, ...] = ("height",),
    gaps: float = 0.1,
    seed: int = 0,
) -> xr.Dataset:
    """Normalised dataset of random values, a share of them missing."""
    rng = np.random.default_rng(seed)
    latitudes = np.arange(-87.5, 90, 5) if latitudes is None else latitudes
    longitudes = np.arange(-180.0, 180, 5) if longitudes is None else longitudes
    start = pd.date_range("2001-01-01", periods=times + 1, freq="MS")
    shape = (times, len(latitudes), len(longitudes))
    data = {}
    for name in variables:
        values = rng.normal(size=shape).astype(np.float32)
        values[rng.random(shape) < gaps] = np.nan
        attrs = {"units": "m", "long_name": name.title(), "source": "Test"}
        data[name] = (("time", "latitude", "longitude"), values, attrs)
    data["time_bounds"] = (("time", "bnds"), np.stack([start[:-1], start[1:]], axis=1))
    middle = start[:-1] + pd.Timedelta(days=14)
    return xr.Dataset(
        data, {"time": middle.as_unit("ns"), "latitude": latitudes, "longitude": longitudes}
    )


@pytest.fixture(name="make_grid")
def make_grid_fixture() -> MakeGrid:
    """The function :func:`make_grid`."""
    return make_grid
