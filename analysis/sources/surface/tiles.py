"""Tiles of one grid and several days, laid side by side as one lazy cube.

Only the places of the files are known when a cube is made; a file is read when values of its block
are asked for. Where there is no file, values are missing.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import dask.array as da
import fsspec
import numpy as np
import xarray as xr
from dask.base import tokenize
from numpy.typing import NDArray

from analysis.sources.surface.eosmetadata import Grid, centres

Paths = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]
_TOLERANCE: Final = 0.01  # of a cell, by which tiles may lie beside their place
_MOST_CELLS: Final = 2**40  # of one step of a mosaic


@dataclass(frozen=True)
class Tile:
    """One file: where and when its values lie, and when it was made (later ones replace)."""

    path: str
    grid: Grid
    start: np.datetime64
    end: np.datetime64
    made: str = ""


@dataclass(frozen=True)
class Mosaic:
    """Places of all tiles.

    Attributes
    ----------
    grid : Grid
        The rectangle that holds all tiles.
    bounds : array, (time, 2)
        When each step begins and ends.
    files : array of str, (time, tile row, tile column)
        Path of each tile, empty where there is none.
    replaced : int
        Files left out because a later version of the same tile and time is there.
    """

    grid: Grid
    bounds: NDArray[np.datetime64]
    files: NDArray[np.str_]
    replaced: int


def local_files(paths: Paths, suffixes: Iterable[str]) -> list[str]:
    """Files that a path, a folder, a pattern or a list of them names.

    Parameters
    ----------
    paths : path, or sequence of paths
        Files, folders (all files in them that end so) or patterns with ``*``.
    suffixes : iterable of str
        Ends of the names of files in folders, lower case.

    Returns
    -------
    list of str
        Sorted, each once.

    Raises
    ------
    ValueError
        Nothing is there.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "b.HDF").write_bytes(b"")
    ...     [Path(one).name for one in local_files(folder, (".hdf",))]
    ['b.HDF']
    """
    ends = tuple(suffixes)
    given = [paths] if isinstance(paths, (str, os.PathLike)) else [*paths]
    found: set[str] = set()
    for one in given:
        text = os.fspath(one).removeprefix("file://")
        if "*" in text:
            found |= set(fsspec.filesystem("file").glob(text))
        elif Path(text).is_dir():
            inside = (str(file) for file in Path(text).iterdir() if file.is_file())
            found |= {name for name in inside if name.lower().endswith(ends)}
        else:
            found.add(text)
    if not found:
        told = ", ".join(os.fspath(one) for one in given) or "an empty list"
        raise ValueError(f"No file ending in {' or '.join(ends)} is at {told}.")
    missing = [one for one in sorted(found) if not Path(one).is_file()]
    if missing:
        raise ValueError(f"There is no file {missing[0]}.")
    return sorted(found)


def arrange(tiles: Sequence[Tile]) -> Mosaic:
    """Find the place of each tile in space and time.

    Parameters
    ----------
    tiles : sequence of Tile
        In any order; at least one.

    Returns
    -------
    Mosaic
        Steps in order of time. Of several files of one tile and time the one made last counts.

    Raises
    ------
    ValueError
        Tiles differ in size, resolution or projection, or lie beside the common lattice; or two
        files of one tile and time were made at the same moment; or steps begin at one time and
        end at different ones.

    Examples
    --------
    >>> from dataclasses import replace
    >>> day = np.datetime64("2020-07-01", "ns")
    >>> grid = Grid("g", 2, 2, 0.0, 2.0, 2.0, 0.0, "EPSG:4326", True, ())
    >>> east = replace(grid, west=4.0, east=6.0)
    >>> found = arrange([Tile("b", east, day, day + 1), Tile("a", grid, day, day + 1)])
    >>> found.files.tolist(), found.grid.columns
    ([[['a', '', 'b']]], 6)
    """
    first = tiles[0].grid
    width, height = first.step
    for one in tiles:
        _check_alike(first, one.grid, one.path)
    west, north = min(t.grid.west for t in tiles), max(t.grid.north for t in tiles)
    across, down = width * first.columns, height * first.rows
    columns = [_place(t.grid.west - west, across, first.columns, t.path) for t in tiles]
    rows = [_place(north - t.grid.north, down, first.rows, t.path) for t in tiles]
    bounds = _periods(tiles)
    starts = bounds[:, 0]
    shape = (starts.size, max(rows) + 1, max(columns) + 1)
    if shape[1] * shape[2] * first.rows * first.columns > _MOST_CELLS:
        raise ValueError(
            "The tiles lie so far apart that one step of them all has over 1e12 cells."
        )
    chosen: dict[tuple[int, int, int], Tile] = {}
    replaced = 0
    for tile, row, column in zip(tiles, rows, columns, strict=True):
        place = (int(np.searchsorted(starts, tile.start)), row, column)
        other = chosen.get(place)
        if other is not None and other.made == tile.made:
            raise ValueError(f"{other.path} and {tile.path} hold the same tile and time.")
        replaced += other is not None
        if other is None or tile.made > other.made:
            chosen[place] = tile
    files = np.full(shape, "", dtype=f"<U{max(len(t.path) for t in tiles)}")
    for place, tile in chosen.items():
        files[place] = tile.path
    whole = Grid(
        first.name,
        first.columns * shape[2],
        first.rows * shape[1],
        west,
        north,
        west + across * shape[2],
        north - down * shape[1],
        first.crs,
        first.geographic,
        first.fields,
    )
    return Mosaic(whole, bounds, files, replaced)


def _check_alike(first: Grid, other: Grid, path: str) -> None:
    same = (first.columns, first.rows, first.crs) == (other.columns, other.rows, other.crs)
    if not same or not np.allclose(first.step, other.step, rtol=1e-7, atol=0):
        raise ValueError(
            f"{path} has another grid ({other.columns} x {other.rows} cells of "
            f"{other.step[0]:.6g}) than the first file ({first.columns} x {first.rows} of "
            f"{first.step[0]:.6g}). Open each grid for itself."
        )


def _place(distance: float, size: float, cells: int, path: str) -> int:
    place = distance / size
    if abs(place - round(place)) * cells > _TOLERANCE:
        raise ValueError(f"{path} lies {place:.4f} tiles from the first one; a whole number fits.")
    return round(place)


def _periods(tiles: Sequence[Tile]) -> NDArray[np.datetime64]:
    ends: dict[np.datetime64, Tile] = {}
    for tile in tiles:
        known = ends.setdefault(tile.start, tile)
        if known.end != tile.end:
            raise ValueError(
                f"{known.path} and {tile.path} both begin at {str(tile.start)[:16]} but end at "
                f"{str(known.end)[:16]} and {str(tile.end)[:16]}: open each product for itself."
            )
    starts = sorted(ends)
    pairs = [(start, ends[start].end) for start in starts]
    return np.array(pairs, dtype="datetime64[ns]")


def lay_out(
    mosaic: Mosaic, load: Callable[[str], NDArray[np.float32]], label: str
) -> tuple[tuple[str, str, str], da.Array]:
    """Dimensions and lazy values of one variable of a mosaic.

    Parameters
    ----------
    mosaic : Mosaic
        Places of the tiles.
    load : callable
        From the path of a file to its values, (row, column), float32, missing ones NaN; it must be
        picklable.
    label : str
        What is loaded, for the names of the tasks.

    Returns
    -------
    dims : tuple of str
        Time, then latitude and longitude, or y and x.
    values : dask array
        float32, one chunk for each file.
    """
    steps, down, across = mosaic.files.shape
    size = (mosaic.grid.rows // down, mosaic.grid.columns // across)
    name = f"{label}-{tokenize(mosaic.files.tolist(), label, load)}"
    paths = da.from_array(mosaic.files, chunks=(1, 1, 1), name=f"files-{name}")
    values = da.map_blocks(
        _load,
        paths,
        load=load,
        size=size,
        name=name,
        dtype=np.float32,
        chunks=((1,) * steps, (size[0],) * down, (size[1],) * across),
        meta=np.empty((0, 0, 0), dtype=np.float32),
    )
    axes = ("latitude", "longitude") if mosaic.grid.geographic else ("y", "x")
    return ("time", *axes), values


def _load(
    paths: NDArray[np.str_], load: Callable[[str], NDArray[np.float32]], size: tuple[int, int]
) -> NDArray[np.float32]:
    path = str(paths.ravel()[0])
    if not path:
        return np.full((1, *size), np.nan, dtype=np.float32)
    values = load(path)
    if values.shape != size:
        raise ValueError(f"{path} holds {values.shape} cells, its grid has {size}.")
    return values[None].astype(np.float32, copy=False)


def dataset(mosaic: Mosaic, variables: dict[str, Any], attrs: dict[str, Any]) -> xr.Dataset:
    """Dataset of a mosaic, with axes, time bounds and coordinate reference system.

    Parameters
    ----------
    mosaic : Mosaic
        Places of the tiles.
    variables : dict
        Name -> (dims, values, attributes).
    attrs : dict
        Attributes of the whole.

    Returns
    -------
    xarray.Dataset
        Native axes; time is when each period begins.
    """
    grid = mosaic.grid
    width, height = grid.step
    x, y = centres(grid.west, width, grid.columns), centres(grid.north, -height, grid.rows)
    coords: dict[str, Any] = {"time": mosaic.bounds[:, 0]}
    if grid.geographic:
        coords["longitude"] = ("longitude", x, {"units": "degrees_east"})
        coords["latitude"] = ("latitude", y, {"units": "degrees_north"})
    else:
        coords["x"] = ("x", x, {"standard_name": "projection_x_coordinate", "units": "m"})
        coords["y"] = ("y", y, {"standard_name": "projection_y_coordinate", "units": "m"})
    ds = xr.Dataset(variables, coords=coords)
    ds["time_bounds"] = (("time", "bnds"), mosaic.bounds)
    if not grid.geographic:
        ds["spatial_ref"] = ((), 0, {"crs_wkt": grid.crs})
    if mosaic.replaced:
        attrs = {**attrs, "replaced_files": mosaic.replaced}
    return ds.assign_attrs(attrs)
