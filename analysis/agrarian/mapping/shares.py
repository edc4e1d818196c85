"""How much of each pixel of a map belongs to each unit of land."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyproj
import rasterio.features
import shapely
from numpy.typing import NDArray
from rasterio.transform import Affine

from analysis.agrarian.byunit import as_polygons
from analysis.agrarian.mapping.grid import WORLD, Grid

_PIECE: Final = 8  # pixels: edges are cut into pieces of this length before they are projected
_STRIP: Final = 4_000_000  # pixels of a window that are looked at together


@dataclass(frozen=True)
class Strip:
    """Part of a unit's window.

    Attributes
    ----------
    rows, columns : slice
        Where it lies in the grid.
    share : numpy.ndarray
        (row, column), 0 to 1: share of the pixel that lies in the unit.
    """

    rows: slice
    columns: slice
    share: NDArray[np.float32]


def outlines_on(units: Any, grid: Grid) -> tuple[list[str], NDArray[Any]]:
    """Bring the outlines of units into the system of a grid.

    Parameters
    ----------
    units : geopandas.GeoDataFrame or geopandas.GeoSeries
        Polygons with a column ``id``, in any system; rings that cross themselves are mended.
    grid : Grid

    Returns
    -------
    ids : list of str
    shapes : numpy.ndarray
        In the units of the grid; edges are straight in longitude and latitude.

    Raises
    ------
    ValueError
        There is no unit, an id is double, or an outline is no polygon.
    """
    series = as_polygons(units)
    shapes = series.to_numpy()
    if not grid.geographic:
        step = _PIECE * max(abs(one) for one in grid.steps)
        degrees = step * float(grid.crs.axis_info[0].unit_conversion_factor) / 111_000.0
        way = pyproj.Transformer.from_crs(WORLD, grid.crs, always_xy=True)
        fine = shapely.segmentize(shapes, max(degrees, 1e-4))
        shapes = shapely.transform(
            fine, lambda xy: np.column_stack(way.transform(xy[:, 0], xy[:, 1]))
        )
        if not np.isfinite(shapely.bounds(shapes)).all():
            raise ValueError(f"A unit lies outside the domain of {grid.crs.name!r}.")
    return [str(one) for one in series.index], shapes


def strips(shape: Any, grid: Grid) -> Iterator[Strip]:
    """Give the pixels of a unit with the share of each that lies in it, strip by strip.

    Pixels inside count whole, those on the outline by their exact common area.

    Parameters
    ----------
    shape : shapely geometry
        In the units of the grid.
    grid : Grid

    Yields
    ------
    Strip
        None where the unit lies beside the grid.
    """
    window = _window(shape, grid)
    if window is None:
        return
    rows, columns = window
    step = max(1, _STRIP // (columns.stop - columns.start))
    shapely.prepare(shape)
    for top in range(rows.start, rows.stop, step):
        part = slice(top, min(top + step, rows.stop))
        yield Strip(part, columns, _share(shape, grid, part, columns))


def _window(shape: Any, grid: Grid) -> tuple[slice, slice] | None:
    west, south, east, north = shapely.bounds(shape)
    found = []
    for axis, low, high, step in (
        (grid.y, south, north, grid.steps[1]),
        (grid.x, west, east, grid.steps[0]),
    ):
        half = abs(step) / 2
        inside = np.flatnonzero((axis + half > low) & (axis - half < high))
        if not inside.size:
            return None
        found.append(slice(int(inside[0]), int(inside[-1]) + 1))
    return found[0], found[1]


def _share(shape: Any, grid: Grid, rows: slice, columns: slice) -> NDArray[np.float32]:
    y, x = grid.y[rows], grid.x[columns]
    dx, dy = grid.steps
    transform = Affine(dx, 0, x[0] - dx / 2, 0, dy, y[0] - dy / 2)
    size = (y.size, x.size)
    inside = rasterio.features.rasterize(
        [(shape, 1)], out_shape=size, transform=transform, dtype="uint8"
    )
    touched = rasterio.features.rasterize(
        [(shapely.boundary(shape), 1)],
        out_shape=size,
        transform=transform,
        dtype="uint8",
        all_touched=True,
    )
    out = inside.astype(np.float32)
    # The line drawn by all_touched may miss a corner that is cut: look at the neighbours too.
    edge = _grown(touched.astype(bool))
    row, column = np.nonzero(edge)
    half_x, half_y = abs(dx) / 2, abs(dy) / 2
    boxes = shapely.box(x[column] - half_x, y[row] - half_y, x[column] + half_x, y[row] + half_y)
    common = shapely.area(shapely.intersection(shape, boxes)) / (4 * half_x * half_y)
    out[row, column] = np.clip(common, 0.0, 1.0)
    return out


def _grown(flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
    wide = np.pad(flags, 1)
    rows, columns = flags.shape
    out = np.zeros_like(flags)
    for i in range(3):
        for j in range(3):
            out |= wide[i : i + rows, j : j + columns]
    return out
