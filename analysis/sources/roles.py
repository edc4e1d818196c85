"""Variables that are no physical quantity: flags of quality, and counts of contributing values.

A flag stays the number that the file holds, bit for bit: no fill value, scale, valid range or unit
of the file touches it, for 0 is often both a stated fill value and the flag of a good value. A
count is a number without unit; 0 means that nothing contributed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

QUALITY: Final = "quality"
"""Role of a flag: ``<name>_quality`` beside the variable ``<name>``."""

COUNT: Final = "count"
"""Role of a number of contributing values: ``<name>_count`` beside the variable ``<name>``."""

_ROLES: Final = (QUALITY, COUNT)
_PACKING: Final = ("_FillValue", "missing_value", "scale_factor", "add_offset", "_Unsigned")
_PACKING_RANGES: Final = ("valid_min", "valid_max", "valid_range")
_EXACT: Final = 2**24  # float32 holds all whole numbers up to here


def role(attrs: Mapping[Any, Any]) -> str | None:
    """Role of a variable: ``"quality"``, ``"count"``, or None for a physical quantity.

    Parameters
    ----------
    attrs : mapping
        Attributes of the variable.

    Returns
    -------
    str or None

    Examples
    --------
    >>> role({"role": "quality"}), role({"role": "anything else"}), role({})
    ('quality', None, None)
    """
    stated = attrs.get("role")
    return str(stated) if stated in _ROLES else None


def physical(ds: xr.Dataset) -> list[str]:
    """Names of the variables that are quantities: neither flags nor counts.

    Parameters
    ----------
    ds : xarray.Dataset
        Any dataset.

    Returns
    -------
    list of str
        In the order of the dataset.

    Examples
    --------
    >>> ds = xr.Dataset({"lst": 1.0, "lst_quality": ((), 65, {"role": "quality"})})
    >>> physical(ds)
    ['lst']
    """
    return [str(name) for name, data in ds.data_vars.items() if role(data.attrs) is None]


def companions(ds: xr.Dataset, name: str) -> list[str]:
    """Names of the flag and the count of a variable, where the dataset has them.

    Parameters
    ----------
    ds : xarray.Dataset
        Any dataset.
    name : str
        A variable.

    Returns
    -------
    list of str

    Examples
    --------
    >>> ds = xr.Dataset({"lst": 1.0, "lst_quality": ((), 65, {"role": "quality"})})
    >>> companions(ds, "lst")
    ['lst_quality']
    """
    names = (f"{name}_{one}" for one in _ROLES)
    return [one for one in names if one in ds.data_vars and role(ds[one].attrs)]


def protect(ds: xr.Dataset) -> xr.Dataset:
    """Take from flags and counts what would make xarray scale them or blank some of them.

    Parameters
    ----------
    ds : xarray.Dataset
        As opened, not decoded yet.

    Returns
    -------
    xarray.Dataset
        The same values, lazy, float32; stated fill values are kept as ``native_fill``.

    Raises
    ------
    ValueError
        When values are computed: one needs more than 24 bits.

    Examples
    --------
    Where 0 is called a fill value and means "good", it stays 0:

    >>> flag = ("x", np.array([0, 65], "uint8"), {"role": "quality", "_FillValue": np.uint8(0)})
    >>> safe = protect(xr.Dataset({"lst_quality": flag}))
    >>> xr.decode_cf(safe).lst_quality.values.tolist()
    [0.0, 65.0]
    """
    changed = {}
    for name, data in ds.data_vars.items():
        if role(data.attrs) is None:
            continue
        kept = {k: v for k, v in data.attrs.items() if k not in (*_PACKING, *_PACKING_RANGES)}
        if "_FillValue" in data.attrs:
            kept["native_fill"] = data.attrs["_FillValue"]
        lazy = data.chunk("auto") if data.chunks is None else data
        plain = whole_numbers(lazy)
        plain.attrs, plain.encoding = kept, {}
        changed[name] = plain
    return ds.assign(changed) if changed else ds


def whole_numbers(data: xr.DataArray) -> xr.DataArray:
    """Turn flags or counts into float32, refusing those that float32 would round.

    Parameters
    ----------
    data : xarray.DataArray
        Whole numbers, any shape, lazy or not; missing ones are NaN.

    Returns
    -------
    xarray.DataArray
        float32, the same shape, lazy where `data` is.

    Raises
    ------
    ValueError
        When values are computed: one needs more than 24 bits.

    Examples
    --------
    >>> whole_numbers(xr.DataArray(np.array([0, 65535], "uint16"))).values.tolist()
    [0.0, 65535.0]
    """
    if data.dtype.kind in "iu" and data.dtype.itemsize > 2:
        data = xr.apply_ufunc(_check_bits, data, dask="parallelized", output_dtypes=[data.dtype])
    return data.astype(np.float32)


def _check_bits(values: NDArray[Any]) -> NDArray[Any]:
    if values.size and np.abs(values.astype(np.int64)).max() > _EXACT:
        raise ValueError(
            f"A flag or count of {np.abs(values.astype(np.int64)).max()} needs more than 24 bits; "
            f"up to {_EXACT} are kept exactly. Take the bits that you need apart first."
        )
    return values
