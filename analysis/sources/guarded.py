"""Lazy variables of a file that say in words what is wrong when their values cannot be read."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import dask.array as da
import numpy as np
import xarray as xr
from dask.base import tokenize

from analysis.sources.filelists import told

FAULTS: Final = (
    OSError,
    ValueError,
    KeyError,
    IndexError,
    RuntimeError,
    TypeError,
    AttributeError,
    OverflowError,
    MemoryError,
)
"""What libraries raise for damaged files."""


class _Guarded:
    """An array on disc, as Dask wants it; errors of the library become errors in words."""

    def __init__(self, variable: xr.Variable, path: Path) -> None:
        self.variable, self.path = variable, path
        self.shape, self.dtype, self.ndim = variable.shape, variable.dtype, variable.ndim

    def __getitem__(self, key: Any) -> np.ndarray:
        try:
            values = self.variable[key].to_numpy()
        except FAULTS as error:
            raise told(self.path, error) from error
        if values.dtype != self.dtype:
            raise told(self.path, ValueError(f"{self.dtype} became {values.dtype}"))
        return values


def open_guarded(path: Path, *, engine: str, chunks: Any = None, **options: Any) -> xr.Dataset:
    """Open a file of NetCDF or HDF5 lazily, its errors in words whenever they come.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    engine : str
        As in xarray.
    chunks : mapping, optional
        Dimension -> size of a chunk; other dimensions are cut where Dask thinks best.
    **options
        Of :func:`xarray.open_dataset`.

    Returns
    -------
    xarray.Dataset
        Axes and variables of one dimension or none in memory, the others Dask arrays.

    Raises
    ------
    ValueError
        The file cannot be read; also when values are computed.
    """
    try:
        ds = xr.open_dataset(path, engine=engine, chunks=None, cache=False, **options)
        return _guarded(ds, path, dict(chunks or {}))
    except FAULTS as error:
        raise told(path, error) from error


def _guarded(ds: xr.Dataset, path: Path, chunks: dict[str, int]) -> xr.Dataset:
    stat = path.stat()
    out = ds.copy()
    for name, one in ds.variables.items():
        if one.ndim < 2:
            out[name] = one.load() if name in ds.dims else ds[name].load()
            continue
        sizes = [int(chunks.get(str(dim), 0)) or "auto" for dim in one.dims]
        token = tokenize(
            str(path), stat.st_mtime_ns, stat.st_size, str(name), sizes, str(one.dtype)
        )
        blocks = da.from_array(
            _Guarded(one, path),
            chunks=tuple(sizes) if one.dtype.kind != "O" else -1,
            name=f"file-{token}",
            asarray=False,
            meta=np.empty((0,) * one.ndim, one.dtype),
        )
        filled = xr.Variable(one.dims, blocks, one.attrs, one.encoding)
        out[name] = filled
    return out
