"""Pictures whose rows are latitudes and whose columns are longitudes: plate carree, Mercator."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from analysis.cubes.axis import Axis, Floats, Indices
from analysis.cubes.kernels import take_mean
from analysis.cubes.pyramid import Read, join_pieces, suitable_level
from analysis.cubes.window import SEPARABLE, Window


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
    to_longitude, to_latitude = SEPARABLE[window.crs]
    rows = latitude.indices(to_latitude(window.y))
    columns = longitude.indices(to_longitude(window.x))
    level = suitable_level(
        _cells_per_pixel(rows, latitude), _column_scale(window, longitude), levels
    )
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
    cells = join_pieces(read, level, row_pieces, column_pieces)
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
    width = SEPARABLE[window.crs][0](np.array([window.bounds[2] - window.bounds[0]]))[0]
    return float(width) / window.width / longitude.step


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
