"""Pictures in any projection."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj

from analysis.cubes.axis import Axis, Indices
from analysis.cubes.pyramid import Read, join_pieces, suitable_level
from analysis.cubes.window import Window


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
    cells = join_pieces(read, level, [slice(low, high)], pieces)
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
    return suitable_level(max(scale, 1e-9), max(scale, 1e-9), levels)
