"""Compiled functions of whole series, applied block by block, out of core."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import dask.array as da
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from analysis import compute

BLOCK_BYTES = 32 * 1024**2
"""A block that is cut here: all times of some places, bytes."""
_MOST_BYTES = 8 * BLOCK_BYTES
"""A block is cut where it is larger."""

Kernel = Callable[..., NDArray[Any]]


def along_time(
    kernel: Kernel,
    *arrays: xr.DataArray,
    leading: Mapping[str, int],
    dtype: Any = np.float64,
    options: Mapping[str, Any] | None = None,
) -> xr.DataArray:
    """Return what a function makes of the series of each place, lazily where the data are lazy.

    Parameters
    ----------
    kernel
        ``kernel(*columns, **options)``: gets one array (own axes, column) for each of `arrays`,
        contiguous, a column for each place, and returns an array (leading, column).
    arrays
        Arrays with the same places; the axes that are no places are ``time``, or those of a
        climatology. The first one has ``time``.
    leading
        Axes of the result before those of the places, with their sizes.
    dtype
        Of the result.
    options
        Further arguments of the kernel: small ones, for each block gets them.

    Returns
    -------
    xarray.DataArray
        Dimensions (leading, places), with the coordinates of the places; no attributes.

    Raises
    ------
    ValueError
        The first array has no axis ``time``, or its steps lie in several chunks and do not fit
        into memory together.

    Examples
    --------
    Each place is on its own, so that blocks change nothing:

    >>> data = xr.DataArray(np.arange(6.0).reshape(3, 2), dims=("time", "cell"))
    >>> total = along_time(lambda x: x.sum(0, keepdims=True), data, leading={"sum": 1})
    >>> lazy = along_time(lambda x: x.sum(0, keepdims=True), data.chunk(cell=1), leading={"sum": 1})
    >>> total.values.tolist(), bool((total == lazy).all())
    ([[6.0, 9.0]], True)
    """
    places = tuple(dim for dim in arrays[0].dims if dim != "time")
    ordered = [_ordered(one, places) for one in arrays]
    shape = tuple(leading.values())
    ranks = tuple(one.ndim - len(places) for one in ordered)
    task = partial(
        _call, kernel=kernel, shape=shape, ranks=ranks, dtype=np.dtype(dtype), options=options or {}
    )
    if any(isinstance(one.data, da.Array) for one in ordered):
        aligned: Any = xr.unify_chunks(*ordered)
        result = _blockwise(task, list(aligned), places, shape)
    else:
        result = task(*(one.to_numpy() for one in ordered))
    coords = {
        name: coord
        for name, coord in arrays[0].coords.items()
        if "time" not in coord.dims and name not in leading and set(coord.dims) <= set(places)
    }
    return xr.DataArray(result, coords, (*leading, *places))


def check_array(data: Any) -> None:
    """Raise where data are no array with times.

    Parameters
    ----------
    data
        What a caller gave.

    Raises
    ------
    ValueError
        It is no DataArray, or has no axis ``time``.

    Examples
    --------
    >>> check_array(np.zeros(3))
    Traceback (most recent call last):
    ValueError: The data are a ndarray; give an xarray DataArray with the axis 'time'.
    """
    if isinstance(data, xr.Dataset):
        names = ", ".join(map(str, data.data_vars)) or "none"
        raise ValueError(f"The data are a Dataset; give one of its variables: {names}.")
    if not isinstance(data, xr.DataArray):
        raise ValueError(
            f"The data are a {type(data).__name__}; give an xarray DataArray with the axis 'time'."
        )
    if "time" not in data.dims or "time" not in data.coords:
        axes = ", ".join(map(str, data.dims)) or "(none)"
        raise ValueError(
            f"The data have the axes {axes} and no times; 'time' must be an axis with datetime64 "
            "values."
        )


def _ordered(array: xr.DataArray, places: tuple[Any, ...]) -> xr.DataArray:
    """Return an array with the axes of the places last, and the others in one chunk."""
    own = tuple(dim for dim in array.dims if dim not in places)
    missing = [str(dim) for dim in places if dim not in array.dims]
    if missing or not own:
        axes = ", ".join(map(str, array.dims))
        needed = ", ".join(missing) or "time"
        msg = f"The data have the axes {axes or '(none)'}; they need {needed} too."
        raise ValueError(msg)
    ordered = array.transpose(*own, *places)
    ordered = ordered.drop_vars([name for name in ordered.coords if name not in ordered.dims])
    if not isinstance(ordered.data, da.Array):
        return ordered
    if any(len(ordered.chunksizes[dim]) > 1 for dim in own):
        _check_memory(ordered)
    elif math.prod(ordered.data.chunksize) * ordered.dtype.itemsize <= _MOST_BYTES:
        return ordered
    sizes = dict.fromkeys(range(len(own)), -1) | dict.fromkeys(
        range(len(own), ordered.ndim), "auto"
    )
    lazy = ordered.data.rechunk(sizes, block_size_limit=BLOCK_BYTES)
    return ordered.copy(data=lazy)


def _check_memory(array: xr.DataArray) -> None:
    """Refuse to turn an array round in memory that does not fit there."""
    limit = compute.resources().memory // 3
    if array.nbytes > limit:
        msg = (
            f"The {array.name or 'array'} is {array.nbytes / 1e9:.1f} GB, stored map by map: its "
            f"series would need all of it in memory, and {limit / 1e9:.1f} GB may be taken. "
            "Ingest it and take open_cube(name).dataset('series'), or select a smaller region."
        )
        raise ValueError(msg)


def _blockwise(
    task: Any, arrays: list[xr.DataArray], places: tuple[Any, ...], shape: tuple[int, ...]
) -> da.Array:
    """Return the lazy result: one task for each block of places."""
    symbols = tuple(range(len(places)))
    new = tuple(range(100, 100 + len(shape)))
    pairs: list[Any] = []
    for number, one in enumerate(arrays):
        own = range(200 + 10 * number, 200 + 10 * number + one.ndim - len(places))
        pairs += [one.chunk().data, (*own, *symbols)]
    dtype = task.keywords["dtype"]
    return da.blockwise(
        task,
        (*new, *symbols),
        *pairs,
        new_axes=dict(zip(new, shape, strict=True)),
        concatenate=True,
        dtype=dtype,
        meta=np.empty((0,) * (len(shape) + len(places)), dtype),
    )


def _call(
    *blocks: NDArray[Any],
    kernel: Kernel,
    shape: tuple[int, ...],
    ranks: tuple[int, ...],
    dtype: np.dtype[Any],
    options: Mapping[str, Any],
) -> NDArray[Any]:
    """Give a kernel its blocks as columns, and return its result with the places' axes again."""
    columns = [
        np.ascontiguousarray(block.reshape(*block.shape[:own], math.prod(block.shape[own:])))
        for block, own in zip(blocks, ranks, strict=True)
    ]
    places = blocks[0].shape[ranks[0] :]
    return np.asarray(kernel(*columns, **options), dtype=dtype).reshape(*shape, *places)


def float_type(data: xr.DataArray) -> np.dtype[Any]:
    """Return the type of results that are values like the data: float32 stays, others are float64.

    Parameters
    ----------
    data
        Any numbers.

    Returns
    -------
    numpy.dtype
        float32 or float64.
    """
    return np.dtype(np.float32 if data.dtype == np.float32 else np.float64)


def attributes(data: xr.DataArray, long_name: str, units: str, **more: Any) -> dict[str, Any]:
    """Return the attributes of a feature: its own name and units, and where the values are from.

    Parameters
    ----------
    data
        What it was made of.
    long_name
        Of the feature; ``{}`` stands for the name of the data.
    units
        Of the feature.
    more
        Further attributes.

    Returns
    -------
    dict
        long_name, units, source, simulated (only where true), and the further ones.
    """
    name = str(data.attrs.get("long_name") or data.name or "value")
    kept = {key: data.attrs[key] for key in ("source", "simulated") if data.attrs.get(key)}
    return {"long_name": long_name.format(name), "units": units, **kept, **more}
