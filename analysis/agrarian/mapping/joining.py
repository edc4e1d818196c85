"""Join maps of neighbouring or overlapping areas into one."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pyproj
import xarray as xr
from numpy.typing import NDArray

from analysis.agrarian.legends import NODATA, Legend, legend_of
from analysis.agrarian.mapping.grid import Grid
from analysis.agrarian.mapping.layers import NONE, Layers
from analysis.agrarian.mapping.running import Progress, Tile, Work, make_map
from analysis.agrarian.mapping.store import LAND, SHARES, legend_of_map, map_grid

OVERLAPS: Final = ("first", "last", "surest")
_SIDE: Final = 512


def mosaic(
    maps: Sequence[xr.Dataset],
    out: Any = None,
    *,
    overlap: str = "surest",
    workers: int = 1,
    resume: bool = True,
    overwrite: bool = False,
    progress: Progress | None = None,
    cancel: Callable[[], bool] | None = None,
) -> xr.Dataset:
    """Join maps; the grid is that of the first one, continued over all.

    Every pixel takes the pixel of a map that holds its middle, so maps on the same grid are joined
    without a change, and others by their nearest neighbour, in whatever projection they are.

    Parameters
    ----------
    maps : sequence of xarray.Dataset
        Of :func:`analysis.agrarian.mapping.classify`; their classes may differ, the joined map has
        all of them (probability 0 where a map does not know a class).
    out, workers, resume, overwrite, progress, cancel
        As there.
    overlap : str
        Which map counts where several have data: "first", "last", or the "surest", with the
        greatest margin (the first of equals).

    Returns
    -------
    xarray.Dataset
        As the maps; no data where none has any.

    Raises
    ------
    ValueError
        There is no map, an unknown choice, or the joined map would be ten thousand times as large
        as its parts (they lie on opposite sides of the world).
    """
    if not maps:
        raise ValueError("There is no map to join.")
    if overlap not in OVERLAPS:
        raise ValueError(f"overlap={overlap!r}; it is 'first', 'last' or 'surest'.")
    grids = [map_grid(one) for one in maps]
    legends = [legend_of_map(one) for one in maps]
    grid, legend = _union(grids), _joined(legends)
    if grid.shape[0] * grid.shape[1] > 10_000 * sum(g.shape[0] * g.shape[1] for g in grids):
        raise ValueError(f"The joined map would have {grid.shape[0]} x {grid.shape[1]} pixels.")
    codes = [np.array([0, *(legend.codes[key] for key in one.keys)]) for one in legends]
    one = functools.partial(_tile, maps=maps, grids=grids, codes=codes, grid=grid, overlap=overlap)
    size = (min(_SIDE, grid.shape[0]), min(_SIDE, grid.shape[1]))
    found = hashlib.sha256(repr((overlap, grid.shape, grid.transform, legend.keys)).encode())
    for part in maps:
        found.update(str(part.attrs.get("key", "")).encode())
        if "key" not in part.attrs:
            found.update(np.ascontiguousarray(part[LAND].to_numpy()).tobytes())
    about: dict[str, Any] = {"title": "Land cover", "joined": len(maps), "overlap": overlap}
    if any(part.attrs.get("simulated") for part in maps):
        about["simulated"] = True
    dates = sorted(
        {str(day) for part in maps for day in np.atleast_1d(part.attrs.get("dates", []))}
    )
    about |= {"dates": dates} if dates else {}
    return make_map(
        *(Work(grid, legend, size, one, found.hexdigest()[:32], about), out),
        workers=workers,
        resume=resume,
        overwrite=overwrite,
        progress=progress,
        cancel=cancel,
    )


def _joined(legends: list[Legend]) -> Legend:
    """All classes, in the order in which they first occur."""
    made = legend_of(dict.fromkeys(key for one in legends for key in one.keys))
    stored = {c.key: c for one in reversed(legends) for c in one.classes}
    return replace(made, classes=tuple(replace(stored[c.key], code=c.code) for c in made.classes))


def _union(grids: list[Grid]) -> Grid:
    """Continue the first grid over all."""
    first = grids[0]
    boxes = [_bounds_in(one, first.crs) for one in grids]
    low = np.min([box[:2] for box in boxes], axis=0)
    high = np.max([box[2:] for box in boxes], axis=0)
    axes = []
    for axis, step, start, end in zip((first.x, first.y), first.steps, low, high, strict=True):
        wide = abs(step) / 2 * (1 + 1e-6)  # a pixel counts when its middle is inside
        before, after = axis.min() - start - wide, end - axis.max() - wide
        down, up = (max(0, int(np.ceil(one / abs(step)))) for one in (before, after))
        count = axis.size + down + up
        origin = axis.min() - down * abs(step)
        made = origin + abs(step) * np.arange(count)
        made[down : down + axis.size] = np.sort(axis)
        axes.append(made if step > 0 else made[::-1])
    return Grid(axes[0], axes[1], first.dims, first.crs)


def _bounds_in(grid: Grid, crs: pyproj.CRS) -> tuple[float, float, float, float]:
    if grid.crs == crs:
        return grid.bounds
    way = pyproj.Transformer.from_crs(grid.crs, crs, always_xy=True)
    west, south, east, north = way.transform_bounds(*grid.bounds, densify_pts=51)
    if not np.isfinite([west, south, east, north]).all():
        raise ValueError(f"A map in {grid.crs.name!r} does not lie in {crs.name!r}.")
    return west, south, east, north


def _tile(
    place: Tile,
    *,
    maps: Sequence[xr.Dataset],
    grids: list[Grid],
    codes: list[Any],
    grid: Grid,
    overlap: str,
) -> Layers:
    y, x = grid.y[place[0]], grid.x[place[1]]
    shape = (y.size, x.size)
    size = max(int(one.max()) for one in codes)
    out = Layers(
        np.full(shape, NODATA, np.uint8),
        np.full((size, *shape), NONE, np.uint16),
        *(np.full(shape, NONE, np.uint16) for _ in range(2)),
    )
    for land, own, table in zip(maps, grids, codes, strict=True):
        rows, columns = _places(own, grid, y, x)
        inside = (rows >= 0) & (columns >= 0)
        if not inside.any():
            continue
        window = {
            own.dims[0]: slice(int(rows[inside].min()), int(rows[inside].max()) + 1),
            own.dims[1]: slice(int(columns[inside].min()), int(columns[inside].max()) + 1),
        }
        cut = land.isel(window).compute(scheduler="synchronous")
        where = (
            rows[inside] - window[own.dims[0]].start,
            columns[inside] - window[own.dims[1]].start,
        )
        found = cut[LAND].transpose(*own.dims).to_numpy()[where]
        margin = cut["margin"].transpose(*own.dims).to_numpy()[where]
        take = found != NODATA
        empty = out.land[inside] == NODATA
        if overlap == "first":
            take &= empty
        elif overlap == "surest":
            take &= empty | (margin > out.margin[inside])
        at = tuple(axis[take] for axis in np.nonzero(inside))
        wide = np.append(table, np.zeros(256 - len(table), table.dtype))
        wide[255] = 255
        out.land[at] = wide[found[take]]
        shares = cut["probability"].transpose("label", *own.dims).to_numpy()[(slice(None), *where)]
        out.probability[(slice(None), *at)] = 0
        for number, code in enumerate(table[1:]):
            out.probability[(code - 1, *at)] = shares[number, take]
        for name in SHARES:
            getattr(out, name)[at] = cut[name].transpose(*own.dims).to_numpy()[where][take]
    return out


def _places(
    own: Grid, grid: Grid, y: NDArray[np.float64], x: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Row and column of a map at the pixels of a tile, -1 outside."""
    columns, rows = np.meshgrid(x, y)
    if own.crs != grid.crs:
        way = pyproj.Transformer.from_crs(grid.crs, own.crs, always_xy=True)
        columns, rows = way.transform(columns, rows)
    found = []
    for values, axis, step in zip((rows, columns), (own.y, own.x), own.steps[::-1], strict=True):
        with np.errstate(invalid="ignore"):
            number = np.rint((values - axis[0]) / step)
        known = np.isfinite(number) & (number >= 0) & (number < axis.size)
        found.append(np.where(known, number, -1).astype(np.int64))
    return found[0], found[1]
