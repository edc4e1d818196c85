"""Which level of the pyramid suits a picture, and reading ranges of its cells."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Read = Callable[[int, slice, slice], npt.NDArray[np.float32]]
"""``read(level, rows, columns)`` gives the cells of a level."""


def suitable_level(row_scale: float, column_scale: float, levels: int) -> int:
    """Choose the level whose cells are nearest in size to the pixels.

    Parameters
    ----------
    row_scale, column_scale : float
        Cells of the finest level per pixel, along y and x.
    levels : int
        Number of levels.

    Returns
    -------
    int
        0 is the finest.

    Examples
    --------
    >>> [suitable_level(scale, scale, 5) for scale in (0.1, 1.3, 1.5, 4, 1000)]
    [0, 0, 1, 2, 4]
    """
    octaves = math.log2(max(row_scale * column_scale, 1e-12)) / 2
    return min(max(round(octaves), 0), levels - 1)


def join_pieces(
    read: Read, level: int, rows: list[slice], columns: list[slice]
) -> npt.NDArray[np.float32]:
    """Read ranges of rows and columns and put them side by side.

    Parameters
    ----------
    read : callable
    level : int
    rows, columns : list of slice

    Returns
    -------
    array of float32, shape (row, column)
    """
    bands = [[read(level, row, column) for column in columns] for row in rows]
    joined = [band[0] if len(band) == 1 else np.concatenate(band, axis=1) for band in bands]
    return joined[0] if len(joined) == 1 else np.concatenate(joined, axis=0)
