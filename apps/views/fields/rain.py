"""The precipitation index of units at a date, where a cube of precipitation is at hand."""

from __future__ import annotations

import logging
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from analysis.agrarian import drought_class, unit_series
from analysis.agrarian.rain import precipitation_index
from apps.views import unitsets
from apps.views.fields import data

log = logging.getLogger(__name__)
MONTHS = 3


@lru_cache(maxsize=8)
def _spi(key: str, level: str, modified: int) -> xr.DataArray | None:
    """Return the SPI of all units and months; None, and a line in the log, where it fails."""
    del modified
    layer = data.rain_layer()
    if layer is None or layer.key != key:
        return None
    try:
        series = unit_series(layer.cube, unitsets.units(level).shapes, layer.variable)
        return precipitation_index(series, MONTHS)
    except ValueError as error:
        log.warning("No precipitation index from %s: %s", key, error)
        return None


def dryness(kind: unitsets.Units, date: pd.Timestamp) -> Any:
    """Return the SPI of three months up to the last whole month before a date, and its class.

    Parameters
    ----------
    kind : Units
        The units.
    date : pandas.Timestamp
        The date shown.

    Returns
    -------
    pandas.DataFrame or None
        ``spi`` and ``spi_class`` by unit; None where there is no precipitation for the date.
    """
    layer = data.rain_layer()
    if layer is None:
        return None
    found = _spi(layer.key, kind.key, (layer.cube.path / "meta.json").stat().st_mtime_ns)
    if found is None:
        return None
    month = (date.to_period("M") - 1).to_timestamp()
    if month.to_datetime64() not in found["time"].to_numpy():
        return None
    values = found.sel(time=month).to_numpy()
    if not np.isfinite(values).any():
        return None
    return pd.DataFrame(
        {"spi": values, "spi_class": drought_class(values, "spi")}, index=found["unit"].to_numpy()
    )
