"""Inner loops, compiled: they release the GIL, so threads run them side by side."""

from __future__ import annotations

import numba as nb
import numpy as np
import numpy.typing as npt

Grid = npt.NDArray[np.float32]


@nb.njit(cache=True, nogil=True)
def halve(grid: Grid) -> Grid:
    """Mean of the valid values of each 2 x 2 block (1 x 2, 2 x 1 or 1 x 1 at an odd edge).

    Parameters
    ----------
    grid : array of float32, shape (latitude, longitude)
        NaN marks missing values.

    Returns
    -------
    array of float32, shape (ceil(latitude / 2), ceil(longitude / 2))
        NaN where a block has no valid value.

    Examples
    --------
    >>> halve(np.array([[1, 3, 5], [np.nan, np.nan, 7]], dtype="float32"))
    array([[2., 6.]], dtype=float32)
    """
    rows, columns = grid.shape
    out = np.empty(((rows + 1) // 2, (columns + 1) // 2), np.float32)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            total, count = 0.0, 0
            for y in range(2 * i, min(2 * i + 2, rows)):
                for x in range(2 * j, min(2 * j + 2, columns)):
                    value = grid[y, x]
                    if not np.isnan(value):
                        total += value
                        count += 1
            out[i, j] = total / count if count else np.nan
    return out


@nb.njit(cache=True, nogil=True)
def pick(grid: Grid) -> Grid:
    """First valid value of each 2 x 2 block: for flags, whose mean would be another flag.

    Parameters
    ----------
    grid : array of float32, shape (latitude, longitude)
        NaN marks missing values.

    Returns
    -------
    array of float32, shape (ceil(latitude / 2), ceil(longitude / 2))
        NaN where a block has no valid value.

    Examples
    --------
    >>> pick(np.array([[1, 3, 5], [np.nan, np.nan, 7]], dtype="float32"))
    array([[1., 5.]], dtype=float32)
    """
    rows, columns = grid.shape
    out = np.full(((rows + 1) // 2, (columns + 1) // 2), np.nan, np.float32)
    for y in range(rows):
        for x in range(columns):
            if np.isnan(out[y // 2, x // 2]):
                out[y // 2, x // 2] = grid[y, x]
    return out


@nb.njit(cache=True, nogil=True)
def extent(block: npt.NDArray[np.float32]) -> tuple[float, float, int]:
    """Smallest and largest finite value of an array and the number of finite values.

    Parameters
    ----------
    block : array of float32, one dimension

    Returns
    -------
    tuple
        (minimum, maximum, count); (inf, -inf, 0) where nothing is finite.
    """
    low, high, count = np.inf, -np.inf, 0
    for value in block:
        if np.isfinite(value):
            low = min(low, value)
            high = max(high, value)
            count += 1
    return low, high, count


@nb.njit(cache=True, nogil=True)
def take_mean(
    grid: Grid,
    rows: npt.NDArray[np.intp],
    row_ends: npt.NDArray[np.intp],
    columns: npt.NDArray[np.intp],
    column_ends: npt.NDArray[np.intp],
) -> Grid:
    """Mean of the valid values of the rectangle of cells under each pixel.

    Parameters
    ----------
    grid : array of float32, shape (row, column)
    rows, row_ends : arrays of int, shape (y,)
        First row and one past the last row of each pixel row; a first row of -1 means outside.
    columns, column_ends : arrays of int, shape (x,)
        The same for columns.

    Returns
    -------
    array of float32, shape (y, x)
        NaN outside and where nothing is valid.
    """
    out = np.full((rows.size, columns.size), np.nan, np.float32)
    for i in range(rows.size):
        if rows[i] < 0:
            continue
        for j in range(columns.size):
            if columns[j] < 0:
                continue
            total, count = 0.0, 0
            for y in range(rows[i], row_ends[i]):
                for x in range(columns[j], column_ends[j]):
                    value = grid[y, x]
                    if not np.isnan(value):
                        total += value
                        count += 1
            if count:
                out[i, j] = total / count
    return out
