"""Windows on a map: which cells a picture of a given size and projection shows."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj

from analysis.cubes.axis import Axis, Floats, Indices
from analysis.cubes.kernels import take_mean

Bounds = tuple[float, float, float, float]
_RADIUS = 6378137.0
_WORLD = math.pi * _RADIUS
"""Half the width of the world in Web Mercator, metres."""
_MOST_PIXELS = 64_000_000


@dataclass(frozen=True)
class Window:
    """A picture: its place, size and projection.

    Parameters
    ----------
    bounds : tuple of float
        (west, south, east, north) in the units of `crs`; in degrees, west > east crosses the date
        line, and x may run beyond the world.
    width, height : int
        Pixels.
    crs : str
        ``"EPSG:4326"``, ``"EPSG:3857"`` or anything that pyproj knows.

    Raises
    ------
    ValueError
        The window is empty or its size is not a positive number of pixels.
    """

    bounds: Bounds
    width: int
    height: int
    crs: str = "EPSG:4326"

    def __post_init__(self) -> None:
        west, south, east, north = (float(one) for one in self.bounds)
        if self.crs == "EPSG:4326" and west > east:
            east += 360.0
        if (
            not all(map(math.isfinite, (west, south, east, north)))
            or west >= east
            or south >= north
        ):
            message = f"The window {self.bounds} is empty; "
            raise ValueError(message + "give (west, south, east, north) with south < north.")
        if self.width < 1 or self.height < 1 or self.width * self.height > _MOST_PIXELS:
            message = f"A picture of {self.width} x {self.height} pixels cannot be made; "
            raise ValueError(message + f"it needs at least one and at most {_MOST_PIXELS}.")
        object.__setattr__(self, "bounds", (west, south, east, north))

    @property
    def x(self) -> Floats:
        """Centres of the pixel columns, shape (x,), in the units of the projection."""
        return _centres(self.bounds[0], self.bounds[2], self.width)

    @property
    def y(self) -> Floats:
        """Centres of the pixel rows, shape (y,), southernmost first."""
        return _centres(self.bounds[1], self.bounds[3], self.height)

    def degrees(self) -> Bounds:
        """(west, south, east, north) in degrees, east >= west.

        Raises
        ------
        ValueError
            The projection's rows are not latitudes.
        """
        if not self.separable:
            raise ValueError(f"Bounds in EPSG:4326 or EPSG:3857 are needed, not {self.crs!r}.")
        to_longitude, to_latitude = _SEPARABLE[self.crs]
        west, east = (float(one) for one in to_longitude(np.array(self.bounds[0::2])))
        south, north = (float(one) for one in to_latitude(np.array(self.bounds[1::2])))
        return west, south, east, north

    @property
    def separable(self) -> bool:
        """Whether longitude depends on x alone and latitude on y alone."""
        return self.crs in _SEPARABLE


def _centres(start: float, stop: float, count: int) -> Floats:
    step = (stop - start) / count
    return np.asarray(start + step * (np.arange(count) + 0.5))


def _mercator_latitude(y: Floats) -> Floats:
    return np.asarray(np.degrees(2 * np.arctan(np.exp(y / _RADIUS)) - math.pi / 2))


def _mercator_longitude(x: Floats) -> Floats:
    return np.asarray(x * (180.0 / _WORLD))


def _same(values: Floats) -> Floats:
    return values


_SEPARABLE: dict[str, tuple[Callable[[Floats], Floats], Callable[[Floats], Floats]]] = {
    "EPSG:4326": (_same, _same),
    "EPSG:3857": (_mercator_longitude, _mercator_latitude),
}
Read = Callable[[int, slice, slice], npt.NDArray[np.float32]]


def separable_view(
    window: Window, latitude: Axis, longitude: Axis, levels: int, read: Read, *, mean: bool
) -> tuple[npt.NDArray[np.float32], int]:
    """Picture in a projection whose rows are latitudes and whose columns are longitudes.

    Parameters
    ----------
    window : Window
        With :attr:`Window.separable`.
    latitude, longitude : Axis
        Of the finest level.
    levels : int
        Number of levels of the pyramid.
    read : callable
        ``read(level, rows, columns)`` gives the cells of a level.
    mean : bool
        Average the cells under each pixel rather than take the one at its centre.

    Returns
    -------
    tuple
        Array of float32, shape (y, x), NaN outside of the grid; and the level that was used.
    """
    to_longitude, to_latitude = _SEPARABLE[window.crs]
    rows = latitude.indices(to_latitude(window.y))
    columns = longitude.indices(to_longitude(window.x))
    level = _level(_cells_per_pixel(rows, latitude), _column_scale(window, longitude), levels)
    if not (rows >= 0).any() or not (columns >= 0).any():
        return np.full((window.height, window.width), np.nan, np.float32), level
    if mean:
        row_span = _spans(latitude, to_latitude, window.bounds[1::2], rows, level)
        column_span = _spans(longitude, to_longitude, window.bounds[0::2], columns, level)
    else:
        row_span = (rows >> level, (rows >> level) + 1)
        column_span = (columns >> level, (columns >> level) + 1)
    row_pieces, row_start, row_stop = _pieces(*row_span)
    column_pieces, column_start, column_stop = _pieces(*column_span)
    cells = _assemble(read, level, row_pieces, column_pieces)
    if mean:
        return take_mean(cells, row_start, row_stop, column_start, column_stop), level
    picture = cells.take(np.maximum(row_start, 0), axis=0).take(np.maximum(column_start, 0), axis=1)
    picture[rows < 0] = np.nan
    picture[:, columns < 0] = np.nan
    return picture, level


def _cells_per_pixel(found: Indices, axis: Axis) -> float:
    inside = found[found >= 0]
    if inside.size < 2:
        return 1.0
    steps = np.abs(np.diff(inside))
    if axis.circular:
        steps = np.minimum(steps, axis.size - steps)
    return max(float(steps.mean()), 1e-9)


def _column_scale(window: Window, longitude: Axis) -> float:
    width = _SEPARABLE[window.crs][0](np.array([window.bounds[2] - window.bounds[0]]))[0]
    return float(width) / window.width / longitude.step


def _level(row_scale: float, column_scale: float, levels: int) -> int:
    """Level whose cells are nearest in size to the pixels."""
    octaves = math.log2(max(row_scale * column_scale, 1e-12)) / 2
    return min(max(round(octaves), 0), levels - 1)


def _spans(
    axis: Axis,
    to_degrees: Callable[[Floats], Floats],
    limits: tuple[float, ...],
    centres: Indices,
    level: int,
) -> tuple[Indices, Indices]:
    """First cell of a level, and one past the last, with cell centres under each pixel.

    A pixel with no centre under it takes the cell that holds its own centre.
    """
    edges = to_degrees(np.linspace(limits[0], limits[1], centres.size + 1))
    first, last = axis.between(edges[:-1], edges[1:])
    alone = last < first
    first, last = np.where(alone, centres, first), np.where(alone, centres, last)
    inside = centres >= 0
    start = np.where(inside, first >> level, -1)
    stop = np.where(inside, (last >> level) + 1, -1)
    return start, stop


def _pieces(start: Indices, stop: Indices) -> tuple[list[slice], Indices, Indices]:
    """Ranges of cells to read, and where each pixel's cells lie when the ranges are joined.

    Where the picture crosses the seam of the axis the cells come in two ranges; reading from the
    lowest to the highest would read the whole circle.
    """
    inside = start >= 0
    used, ends = start[inside], stop[inside]
    low, high = int(used.min()), int(ends.max())
    seams = np.flatnonzero(np.diff(used) < 0)
    if seams.size == 1:
        seam = int(seams[0])
        left, right = int(used[0]), int(ends[seam + 1 :].max())
        if right < left:
            top = int(ends[: seam + 1].max())
            shift = np.where(start >= left, -left, top - left)
            pieces = [slice(left, top), slice(0, right)]
            return (
                pieces,
                np.where(inside, start + shift, -1),
                np.where(inside, stop + shift, -1),
            )
    return [slice(low, high)], np.where(inside, start - low, -1), np.where(inside, stop - low, -1)


def _assemble(
    read: Read, level: int, rows: list[slice], columns: list[slice]
) -> npt.NDArray[np.float32]:
    bands = [[read(level, row, column) for column in columns] for row in rows]
    joined = [band[0] if len(band) == 1 else np.concatenate(band, axis=1) for band in bands]
    return joined[0] if len(joined) == 1 else np.concatenate(joined, axis=0)


@lru_cache(maxsize=16)
def _to_degrees(crs: str) -> Any:
    try:
        return pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    except pyproj.exceptions.CRSError as error:
        raise ValueError(f"The projection {crs!r} is not known to PROJ.") from error


def projected_view(
    window: Window, latitude: Axis, longitude: Axis, levels: int, read: Read
) -> tuple[npt.NDArray[np.float32], int]:
    """Picture in any projection: the cell at the centre of each pixel.

    Parameters
    ----------
    window : Window
    latitude, longitude : Axis
        Of the finest level.
    levels : int
        Number of levels of the pyramid.
    read : callable
        ``read(level, rows, columns)`` gives the cells of a level.

    Returns
    -------
    tuple
        Array of float32, shape (y, x), NaN outside of the grid and of the projection; and the
        level that was used.

    Raises
    ------
    ValueError
        The projection is not known.
    """
    inside, rows, columns, level = _projected_cells(window, latitude, longitude, levels)
    picture = np.full(inside.shape, np.nan, np.float32)
    if rows.size == 0:
        return picture, level
    low, high = int(rows.min()), int(rows.max()) + 1
    pieces, columns = _around_seam(columns, -(-longitude.size >> level))
    cells = _assemble(read, level, [slice(low, high)], pieces)
    picture[inside] = cells[rows - low, columns]
    return picture, level


@lru_cache(maxsize=4)
def _projected_cells(
    window: Window, latitude: Axis, longitude: Axis, levels: int
) -> tuple[npt.NDArray[np.bool_], Indices, Indices, int]:
    """Which pixels show a cell, and the cells' rows and columns on the level that suits them.

    Kept for the next picture of the same window: an animation projects once.
    """
    x, y = np.meshgrid(window.x, window.y)
    found_x, found_y = _to_degrees(window.crs).transform(x, y, errcheck=False)
    rows, columns = latitude.indices(found_y), longitude.indices(found_x)
    inside = (rows >= 0) & (columns >= 0)
    level = _projected_level(rows, columns, inside, longitude, levels)
    return inside, rows[inside] >> level, columns[inside] >> level, level


def _around_seam(columns: Indices, size: int) -> tuple[list[slice], Indices]:
    """Ranges of columns to read, two where the picture lies around the seam of the axis."""
    right_half = columns >= size // 2
    if right_half.any() and not right_half.all():
        left, right = int(columns[right_half].min()), int(columns[~right_half].max()) + 1
        if left - right > size // 4:
            pieces = [slice(left, size), slice(0, right)]
            return pieces, np.where(right_half, columns - left, columns + size - left)
    low = int(columns.min())
    return [slice(low, int(columns.max()) + 1)], columns - low


def _projected_level(
    rows: Indices, columns: Indices, inside: npt.NDArray[np.bool_], longitude: Axis, levels: int
) -> int:
    """Level from the median distance of neighbouring pixels, along both axes of the picture."""
    both = inside[:, 1:] & inside[:, :-1]
    if not both.any():
        return 0
    across = np.abs(np.diff(columns, axis=1))[both]
    across = np.minimum(across, longitude.size - across)
    down = np.abs(np.diff(rows, axis=1))[both]
    scale = float(np.median(np.hypot(across, down)))
    return _level(max(scale, 1e-9), max(scale, 1e-9), levels)
