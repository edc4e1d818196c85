"""Means over periods of what was seen, with the number of values behind each.

Three quarters of the cells of a daily satellite picture are cloud, so a mean says little without
the number of days behind it.
"""

from __future__ import annotations

from typing import Any, Final

import dask.array as da
import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from analysis.sources import roles

_PIECES: Final = 64  # steps that are added up at once


def average(ds: xr.Dataset, period: str, minimum: int = 1) -> xr.Dataset:
    """Mean of the valid values of each period, and their number.

    Parameters
    ----------
    ds : xarray.Dataset
        Variables with ``time``, in order of time; flags are left out, counts are added up.
    period : str
        Length of a period as in pandas: ``8D``, ``MS`` (months), ``YS`` (years). Days are counted
        from the first step on.
    minimum : int, optional
        With fewer values there is no mean.

    Returns
    -------
    xarray.Dataset
        A step for each period that has steps; ``time`` is its beginning, ``time_bounds`` its ends.
        For each variable its mean, float32, and ``<name>_count``; lazy where the variable is.

    Raises
    ------
    ValueError
        There is no time, it does not ascend, the period is none, or the minimum is below 1.

    Examples
    --------
    Two clear days of three:

    >>> days = pd.date_range("2020-07-01", periods=3)
    >>> ds = xr.Dataset({"lst": ("time", [300.0, np.nan, 310.0], {"units": "K"})}, {"time": days})
    >>> found = average(ds, "MS")
    >>> float(found.lst[0]), int(found.lst_count[0])
    (305.0, 2)
    """
    if minimum < 1:
        raise ValueError(f"The minimum is {minimum}; 1 or more is allowed.")
    if "time" not in ds.indexes or not ds.indexes["time"].is_monotonic_increasing:
        raise ValueError("The data have no time that ascends.")
    edges = _edges(pd.DatetimeIndex(ds.indexes["time"]), period)
    places = np.searchsorted(ds.indexes["time"].to_numpy(), edges.to_numpy())
    used = np.flatnonzero(np.diff(places) > 0)
    groups = [slice(int(places[k]), int(places[k + 1])) for k in used]
    out: dict[str, Any] = {}
    for name in map(str, ds.data_vars):
        data = ds[name]
        if "time" not in data.dims or data.dtype.kind not in "fiu" or name == "time_bounds":
            continue
        if roles.role(data.attrs) == roles.COUNT:
            out[name] = _sums(data, groups)
        elif roles.role(data.attrs) is None:
            total = _sums(data, groups)
            count = _sums(xr.ufuncs.isfinite(data).astype(np.float32), groups)
            mean = total / count.where(count >= minimum)
            out[name] = mean.assign_attrs(data.attrs)
            counted = {"role": "count", "units": "1", "long_name": "Number of values"}
            out.setdefault(f"{name}_count", count.assign_attrs(counted))
    result = xr.Dataset(out).assign_coords(time=edges[used])
    bounds = np.stack([edges[used].to_numpy(), edges[used + 1].to_numpy()], axis=1)
    result["time_bounds"] = (("time", "bnds"), bounds.astype("datetime64[ns]"))
    return result.assign_attrs(ds.attrs)


def _edges(times: pd.DatetimeIndex, period: str) -> pd.DatetimeIndex:
    try:
        step = pd.tseries.frequencies.to_offset(period)
    except ValueError as error:
        raise ValueError(f"{period!r} is no period; write 8D, MS or YS.") from error
    if step is None:
        raise ValueError("A period is needed, for example 8D.")
    start = times[0].normalize()
    start = step.rollback(start) if not isinstance(step, pd.tseries.offsets.Tick) else start
    edges = pd.date_range(start, times[-1] + step, freq=step)
    if edges[-1] > times[-1]:
        return edges
    return pd.DatetimeIndex([*edges, edges[-1] + step])


def _sums(data: xr.DataArray, groups: list[slice]) -> xr.DataArray:
    """Sum over the steps of each group, missing values as nothing."""
    ordered = data.transpose("time", ...)
    if ordered.chunks is None:
        values: Any = np.stack([_sum(np.asarray(ordered[one])) for one in groups])
    else:
        values = da.stack([_lazy_sum(ordered[one].data) for one in groups])
    coords = {name: c for name, c in ordered.coords.items() if "time" not in c.dims}
    return xr.DataArray(values, dims=ordered.dims, coords=coords, attrs=data.attrs)


def _sum(values: NDArray[Any]) -> NDArray[np.float32]:
    return np.asarray(np.nansum(values, axis=0, dtype=np.float64)).astype(np.float32)


def _lazy_sum(values: da.Array) -> da.Array:
    parts = [values[k : k + _PIECES] for k in range(0, values.shape[0], _PIECES)]
    sums = [da.map_blocks(_sum, p.rechunk({0: -1}), drop_axis=0, dtype=np.float32) for p in parts]
    return da.stack(sums).sum(axis=0) if len(sums) > 1 else sums[0]
