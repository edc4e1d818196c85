"""Lazy variables of a file that say in words what is wrong when their values cannot be read."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import dask.array as da
import numpy as np
import rasterio
import xarray as xr
from dask.base import tokenize
from numpy.typing import NDArray
from rasterio.windows import Window

from analysis.sources.filelists import told
from analysis.sources.guardedfiles import engine_for
from analysis.sources.guardedprocess import Unreadable

FAULTS: Final = (
    OSError,
    ValueError,
    LookupError,
    RuntimeError,
    TypeError,
    AttributeError,
    ArithmeticError,
    MemoryError,
)
"""What libraries raise for damaged files."""


class _Guarded:
    """An array on disc, as Dask wants it; errors of the library become errors in words."""

    def __init__(self, variable: xr.Variable, path: Path) -> None:
        self.variable, self.path = variable, path
        self.shape, self.dtype, self.ndim = variable.shape, variable.dtype, variable.ndim
        self.chunks = variable.encoding.get("chunksizes")  # blocks are whole chunks of the file

    def __getitem__(self, key: Any) -> NDArray[Any]:
        try:
            values = self.variable[key].to_numpy()
        except Unreadable:
            raise
        except FAULTS as error:
            raise told(self.path, error) from error
        if values.dtype != self.dtype:
            raise told(self.path, ValueError(f"{self.dtype} became {values.dtype}"))
        return values


def open_guarded(path: Path, *, engine: str, chunks: Any = None, **options: Any) -> xr.Dataset:
    """Open a file of NetCDF or HDF5 lazily, its errors in words whenever they come.

    The library in C runs in a process of its own, where a damaged file cannot do harm.

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
        safe = engine_for(path, engine)
        ds = xr.open_dataset(path, engine=safe, chunks=None, cache=False, **options)
        return _guarded(ds, path, dict(chunks or {}))
    except Unreadable:
        raise
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


class _GuardedBand:
    """A band of a raster on disc, as Dask wants it; opened anew for each block."""

    ndim = 2

    def __init__(self, path: Path, band: int, shape: tuple[int, int], dtype: Any) -> None:
        self.path, self.band, self.shape, self.dtype = path, band, shape, np.dtype(dtype)

    def __getitem__(self, key: tuple[slice, slice]) -> NDArray[Any]:
        rows, columns = (one.indices(size) for one, size in zip(key, self.shape, strict=True))
        window = Window.from_slices(rows[:2], columns[:2])
        try:
            with silent(), rasterio.open(self.path) as file:
                values: NDArray[Any] = file.read(self.band, window=window)
        except FAULTS as error:
            raise told(self.path, error) from error
        if values.dtype != self.dtype or values.shape != (
            rows[1] - rows[0],
            columns[1] - columns[0],
        ):
            raise told(self.path, ValueError(f"{self.shape} cells became {values.shape}"))
        return values[:: rows[2], :: columns[2]]


@contextmanager
def silent() -> Iterator[None]:
    """Let a raster without a place of its own pass: its header is another file."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        yield


def open_band(path: Path, band: int = 1, chunks: Any = None) -> da.Array:
    """Open a band of a raster lazily, its errors in words whenever they come.

    Parameters
    ----------
    path : pathlib.Path
        GeoTIFF, ENVI or another raster that GDAL reads.
    band : int, optional
        From 1 on.
    chunks : mapping, optional
        ``{"y": ..., "x": ...}``; about 2048 x 2048 cells without.

    Returns
    -------
    dask.array.Array
        ``(row, column)``, float32; the fill value that the file states is NaN.

    Raises
    ------
    ValueError
        The file cannot be read; also when values are computed.
    """
    try:
        with silent(), rasterio.open(path) as file:
            shape, dtype = file.shape, file.dtypes[band - 1]
            fill, scale, offset = (
                file.nodatavals[band - 1],
                file.scales[band - 1],
                file.offsets[band - 1],
            )
    except FAULTS as error:
        raise told(path, error) from error
    if np.dtype(dtype).kind not in "fiu":
        raise ValueError(f"{path.name} holds {dtype} and no numbers.")
    cut = dict(chunks or {})
    stat = path.stat()
    token = tokenize(str(path), stat.st_mtime_ns, stat.st_size, band, cut)
    raw = da.from_array(
        _GuardedBand(path, band, shape, dtype),
        chunks=(min(shape[0], cut.get("y", 2048)), min(shape[1], cut.get("x", 2048))),
        name=f"band-{token}",
        asarray=False,
        meta=np.empty((0, 0), dtype),
    )
    values = raw.astype(np.float32)
    if fill is not None and not np.isnan(fill):
        values = da.where(raw == np.asarray(fill).astype(dtype), np.float32(np.nan), values)
    if (scale, offset) != (1.0, 0.0):
        values = (values * scale + offset).astype(np.float32)
    return values
