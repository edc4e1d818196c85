"""Rasters in files, one for each moment, laid on one lattice as a lazy cube.

Rasters of one resolution and projection may cover different parts of the lattice, as scenes of one
path do; the cube covers them all, and is missing where a raster does not reach.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import dask.array as da
import numpy as np
import pyproj
import rasterio
import rasterio.errors
import xarray as xr
from dask.base import tokenize
from numpy.typing import NDArray
from rasterio.windows import Window

from analysis.sources.surface.eosmetadata import centres

_PIECE: Final = 1024  # cells along a side of a chunk
_TOLERANCE: Final = 0.02  # of a cell, by which rasters may lie beside the lattice
_MOST_CELLS: Final = 10**11  # of one step

Cut = tuple[int, int, int, int]
"""First row, row after the last, first column, column after the last."""


@dataclass(frozen=True)
class Frame:
    """Header of a raster: where it lies and when it was taken."""

    path: str
    time: np.datetime64
    columns: int
    rows: int
    west: float
    north: float
    width: float
    height: float
    crs: str
    dtype: str
    nodata: float | None
    bands: int


def read_frame(path: str, time: np.datetime64) -> Frame:
    """Read the header of a raster.

    Parameters
    ----------
    path : str
        GeoTIFF, JPEG 2000 or another raster that GDAL reads, in an archive too (``/vsitar/...``).
    time : numpy.datetime64
        When it was taken.

    Returns
    -------
    Frame

    Raises
    ------
    ValueError
        The file is damaged, is rotated, or says not where it lies.
    """
    try:
        with rasterio.open(path) as file:
            where, crs = file.transform, file.crs
            nodata, dtypes = file.nodata, file.dtypes
            columns, rows, bands = file.width, file.height, file.count
    except (rasterio.errors.RasterioError, OSError) as error:
        raise ValueError(f"{path} cannot be read: {error}") from error
    if crs is None:
        raise ValueError(f"{path} states no coordinate reference system.")
    if where.b or where.d or where.a <= 0 or where.e >= 0:
        raise ValueError(f"{path} is rotated or upside down ({where.to_gdal()}); turn it first.")
    return Frame(
        path, time, columns, rows, where.c, where.f, where.a, -where.e, crs.to_wkt(),
        str(dtypes[0]), None if nodata is None else float(nodata), bands,
    )  # fmt: skip


def read_window(path: str, cut: Cut, band: int = 1) -> NDArray[Any]:
    """Read a part of a raster as it is stored.

    Parameters
    ----------
    path : str
        As for :func:`read_frame`.
    cut : tuple of int
        First row, row after the last, first column, column after the last.
    band : int, optional
        Counted from 1.

    Returns
    -------
    array, (row, column)

    Raises
    ------
    ValueError
        The file is damaged or gone.
    """
    top, bottom, left, right = cut
    try:
        with rasterio.open(path) as file:
            values = file.read(band, window=Window(left, top, right - left, bottom - top))
    except (rasterio.errors.RasterioError, OSError, LookupError, ValueError, MemoryError) as error:
        raise ValueError(f"{path} cannot be read: {error}. Copy or download it again.") from error
    if values.shape != (bottom - top, right - left):
        raise ValueError(
            f"{path} ends before row {bottom} and column {right}, where the other rasters of the "
            "scene have cells."
        )
    return np.asarray(values)


Load = Callable[[str, Cut], NDArray[np.float32]]
"""From path and part to unpacked, screened values."""

MakeLoad = Callable[[Frame], Load]
"""How each raster is read; what comes out must be picklable."""


@dataclass(frozen=True)
class Lattice:
    """The rectangle of cells that holds all rasters."""

    west: float
    north: float
    width: float
    height: float
    columns: int
    rows: int
    crs: str


def span(frames: Sequence[Frame]) -> Lattice:
    """Find the lattice that holds all rasters.

    Parameters
    ----------
    frames : sequence of Frame
        At least one.

    Returns
    -------
    Lattice

    Raises
    ------
    ValueError
        They differ in projection or resolution, or lie between each other's cells.
    """
    first = frames[0]
    crs = pyproj.CRS.from_wkt(first.crs)
    for one in frames[1:]:
        if one.crs != first.crs and pyproj.CRS.from_wkt(one.crs) != crs:
            raise ValueError(
                f"{one.path} is in {pyproj.CRS.from_wkt(one.crs).name}, {first.path} in "
                f"{crs.name}: open each projection for itself."
            )
        if not np.allclose((one.width, one.height), (first.width, first.height), rtol=1e-6, atol=0):
            raise ValueError(
                f"{one.path} has cells of {one.width:g}, {first.path} of {first.width:g}."
            )
    west, north = min(one.west for one in frames), max(one.north for one in frames)
    ends = [(one, *_corner(one, west, north)) for one in frames]
    columns = max(left + one.columns for one, _, left in ends)
    rows = max(top + one.rows for one, top, _ in ends)
    if rows * columns > _MOST_CELLS:
        raise ValueError(
            f"The rasters lie so far apart that a step has {rows * columns:.0e} cells."
        )
    return Lattice(west, north, first.width, first.height, columns, rows, first.crs)


def _corner(frame: Frame, west: float, north: float) -> tuple[int, int]:
    top, left = (north - frame.north) / frame.height, (frame.west - west) / frame.width
    if max(abs(top - round(top)), abs(left - round(left))) > _TOLERANCE:
        raise ValueError(
            f"{frame.path} lies {top % 1:.2f} rows and {left % 1:.2f} columns between "
            "the cells of the others: resample it first."
        )
    return round(top), round(left)


def stack(frames: Sequence[Frame], load: MakeLoad, label: str) -> da.Array:
    """Lazy cube of one variable.

    Parameters
    ----------
    frames : sequence of Frame
        In order of time.
    load : callable
        From a header to what reads a part of that raster.
    label : str
        For the names of the tasks.

    Returns
    -------
    dask array, (time, y, x)
        float32, in chunks of about 1024 x 1024 cells.

    Raises
    ------
    ValueError
        As :func:`span`.
    """
    lattice = span(frames)
    return da.stack([_step(one, lattice, load(one), label) for one in frames])


def _step(frame: Frame, lattice: Lattice, load: Load, label: str) -> da.Array:
    top, left = _corner(frame, lattice.west, lattice.north)
    rows = [*range(0, frame.rows, _PIECE), frame.rows]
    columns = [*range(0, frame.columns, _PIECE), frame.columns]
    cuts = np.empty((len(rows) - 1, len(columns) - 1), dtype=object)
    for i, (first, last) in enumerate(pairwise(rows)):
        for j, (start, stop) in enumerate(pairwise(columns)):
            cuts[i, j] = (first, last, start, stop)
    name = f"{label}-{tokenize(frame, label, load)}"
    values = da.map_blocks(
        _load,
        da.from_array(cuts, chunks=1, name=f"cuts-{name}"),
        path=frame.path,
        load=load,
        name=name,
        dtype=np.float32,
        chunks=(tuple(np.diff(rows).tolist()), tuple(np.diff(columns).tolist())),
        meta=np.empty((0, 0), dtype=np.float32),
    )
    edges = (
        (top, lattice.rows - top - frame.rows),
        (left, lattice.columns - left - frame.columns),
    )
    if any(map(any, edges)):
        values = da.pad(values, edges, mode="constant", constant_values=np.nan)
    return values


def _load(cuts: NDArray[Any], path: str, load: Load) -> NDArray[np.float32]:
    return load(path, cuts.ravel()[0]).astype(np.float32, copy=False)


def dataset(
    frames: Sequence[Frame],
    variables: dict[str, tuple[MakeLoad, dict[str, Any]]],
    attrs: dict[str, Any],
) -> xr.Dataset:
    """Cube of several variables with axes and coordinate reference system.

    Parameters
    ----------
    frames : sequence of Frame
        In any order of time.
    variables : dict
        Name -> how it is read, attributes.
    attrs : dict
        Attributes of the whole.

    Returns
    -------
    xarray.Dataset
        (time, y, x), or (time, latitude, longitude) where the rasters are in degrees.

    Raises
    ------
    ValueError
        Two rasters are of one time, or they lie on different lattices.
    """
    ordered = sorted(frames, key=lambda one: one.time)
    for one, other in pairwise(ordered):
        if one.time == other.time:
            raise ValueError(f"{one.path} and {other.path} are both of {str(one.time)[:19]}.")
    lattice = span(ordered)
    geographic = pyproj.CRS.from_wkt(lattice.crs).is_geographic
    across, down = ("longitude", "latitude") if geographic else ("x", "y")
    coords: dict[str, Any] = {
        "time": np.array([one.time for one in ordered], dtype="datetime64[ns]"),
        down: (down, centres(lattice.north, -lattice.height, lattice.rows), _axis(down)),
        across: (across, centres(lattice.west, lattice.width, lattice.columns), _axis(across)),
    }
    data = {
        name: (("time", down, across), stack(ordered, load, name), about)
        for name, (load, about) in variables.items()
    }
    ds = xr.Dataset(data, coords=coords, attrs=attrs)
    ds["spatial_ref"] = ((), 0, {"crs_wkt": lattice.crs})
    return ds


def _axis(name: str) -> dict[str, str]:
    if name in ("longitude", "latitude"):
        return {"units": "degrees_east" if name == "longitude" else "degrees_north"}
    return {"standard_name": f"projection_{name}_coordinate", "units": "m"}
