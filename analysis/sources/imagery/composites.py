"""One image of many: median or mean of each month, with the number of valid values."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from analysis.spelling import did_you_mean

WAYS: Final = ("median", "mean")


def check_way(how: str) -> None:
    """Refuse an unknown way to compose.

    Parameters
    ----------
    how : str
        "median" or "mean".

    Raises
    ------
    ValueError
        It is neither.
    """
    if how not in WAYS:
        raise ValueError(f"There is no composite {how!r}. {did_you_mean(str(how), WAYS)}")


def monthly(ds: xr.Dataset, how: str = "median") -> xr.Dataset:
    """Compose the valid values of each calendar month, lazily.

    Parameters
    ----------
    ds : xarray.Dataset
        Variables (time, ...), NaN where there is no valid value; flags (``role="quality"``) are
        left out, for flags have no median.
    how : str
        "median" (of an even number the mean of the two in the middle) or "mean".

    Returns
    -------
    xarray.Dataset
        (time, ...): ``time`` is the beginning of each month that has a scene, ``time_bounds``
        its ends; beside each variable ``<name>_count`` (``role="count"``), the number of valid
        values, 0 where the value is NaN. Months without a scene are not there.

    Raises
    ------
    ValueError
        The way is unknown, or there is no time.

    Examples
    --------
    A cloudy scene (NaN) changes nothing but the count:

    >>> times = pd.to_datetime(["2021-06-03", "2021-06-13", "2021-06-23", "2021-07-03"])
    >>> ndvi = xr.DataArray([0.5, np.nan, 0.7, 0.4], {"time": times}, "time", name="ndvi")
    >>> out = monthly(ndvi.to_dataset())
    >>> out.ndvi.values.round(2).tolist(), out.ndvi_count.values.tolist()
    ([0.6, 0.4], [2, 1])
    """
    check_way(how)
    if "time" not in ds.dims or ds.sizes["time"] == 0:
        raise ValueError("A composite needs a time axis with at least one step.")
    months = pd.DatetimeIndex(ds["time"].to_numpy()).to_period("M")
    starts = months.unique().sort_values()
    steps = [ds.isel(time=np.flatnonzero(months == month)) for month in starts]
    variables: dict[str, Any] = {}
    for name, data in ds.data_vars.items():
        if "time" not in data.dims or data.attrs.get("role") or data.dtype.kind not in "fiu":
            continue
        parts = [_compose(one[name], how) for one in steps]
        value, count = (xr.concat([part[k] for part in parts], "time") for k in range(2))
        label = data.attrs.get("long_name", name)
        variables[str(name)] = value.assign_attrs(data.attrs, cell_methods=f"time: {how}")
        variables[f"{name}_count"] = count.assign_attrs(
            units="1", role="count", long_name=f"Number of valid values of {label}"
        )
    bounds = np.array([[p.start_time, (p + 1).start_time] for p in starts], "datetime64[ns]")
    out = xr.Dataset(variables, attrs=ds.attrs).assign_coords(time=bounds[:, 0])
    out["time"].attrs["bounds"] = "time_bounds"
    out["time_bounds"] = (("time", "bnds"), bounds)
    kept = [name for name in ds.coords if name not in out.coords and "time" not in ds[name].dims]
    return out.assign_coords({name: ds[name] for name in kept})


def _compose(data: xr.DataArray, how: str) -> tuple[xr.DataArray, xr.DataArray]:
    whole = data.chunk(time=-1) if data.chunks is not None else data
    both = xr.apply_ufunc(
        _middle,
        whole,
        kwargs={"how": how},
        input_core_dims=[["time"]],
        output_core_dims=[["of"]],
        dask="parallelized",
        dask_gufunc_kwargs={"output_sizes": {"of": 2}},
        output_dtypes=[np.float32],
    )
    return both.isel(of=0), both.isel(of=1).astype(np.int16)


def _middle(values: NDArray[Any], how: str) -> NDArray[np.float32]:
    """Median or mean, and count, of the last axis, without the NaN."""
    count = np.isfinite(values).sum(axis=-1)
    some = np.maximum(count, 1)
    if how == "mean":
        middle = np.nansum(values, axis=-1, dtype=np.float64) / some
    else:
        ordered = np.sort(values, axis=-1)  # NaN go to the end
        low = np.take_along_axis(ordered, ((some - 1) // 2)[..., None], axis=-1)[..., 0]
        high = np.take_along_axis(ordered, (some // 2)[..., None], axis=-1)[..., 0]
        middle = (low.astype(np.float64) + high) / 2
    return np.stack([np.where(count > 0, middle, np.nan), count], axis=-1).astype(np.float32)
