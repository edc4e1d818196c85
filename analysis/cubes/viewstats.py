"""Statistics of what a window shows."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.cubes.errors import OutsideGridError
from analysis.cubes.snapshot import Snapshot
from analysis.cubes.weighting import histogram, weighted_quantiles
from analysis.cubes.window import Window

_MOST_CELLS = 1_000_000
_BINS = 50


@dataclass(frozen=True)
class ViewStatistics:
    """Area-weighted statistics of the cells in a window, in the units of the variable.

    Parameters
    ----------
    mean, std, minimum, maximum : float
        NaN where no cell is valid.
    lower_quartile, median, upper_quartile : float
    valid_share : float
        Share of the area with valid values, 0 to 1.
    counts : array of float, shape (bin,)
        Share of the valid area in each bin; they add up to 1.
    edges : array of float, shape (bin + 1,)
        Of the histogram's bins.
    cells : int
        Cells in the window, at the level used.
    level : int
        Level of the pyramid; above 0 the values are means of blocks of cells, so the extremes
        are those of the means.
    """

    mean: float
    std: float
    minimum: float
    maximum: float
    lower_quartile: float
    median: float
    upper_quartile: float
    valid_share: float
    counts: npt.NDArray[np.float64]
    edges: npt.NDArray[np.float64]
    cells: int
    level: int


def read_statistics(snapshot: Snapshot, step: int, window: Window, variable: str) -> ViewStatistics:
    """Statistics of a window; see :meth:`analysis.cubes.Cube.statistics`."""
    rows, columns = _cells(snapshot, window)
    maps = snapshot.map_arrays(variable)
    level = _level(rows.size * columns.size, len(maps))
    heights = _coarsen(snapshot.row_areas, rows, level)
    widths = _coarsen(snapshot.column_widths, columns, level)
    rows, columns = np.unique(rows >> level), np.unique(columns >> level)
    cells = maps[level][step, int(rows[0]) : int(rows[-1]) + 1].read().result()
    values = cells[rows - rows[0]][:, columns].astype(np.float64).ravel()
    areas = np.outer(heights, widths).ravel()
    valid = ~np.isnan(values)
    share = float(areas[valid].sum() / areas.sum())
    return _summary(values[valid], areas[valid], share, values.size, level)


def _cells(snapshot: Snapshot, window: Window) -> tuple[npt.NDArray[np.intp], ...]:
    west, south, east, north = window.degrees()
    lats, lons = snapshot.latitude.values, snapshot.longitude.values
    rows = np.flatnonzero((lats >= south) & (lats <= north))
    offset = (lons - west) % 360.0
    columns = np.flatnonzero(offset <= min(east - west, 360.0))
    if rows.size == 0 or columns.size == 0:
        rows = np.unique(snapshot.latitude.indices([(south + north) / 2]))
        columns = np.unique(snapshot.longitude.indices([(west + east) / 2]))
    if rows[0] < 0 or columns[0] < 0:
        message = f"The window {window.bounds} shows no cell of the cube {snapshot.meta.name!r}."
        raise OutsideGridError(message)
    return rows, columns


def _level(cells: int, levels: int) -> int:
    if cells <= _MOST_CELLS:
        return 0
    return min(math.ceil(math.log2(cells / _MOST_CELLS) / 2), levels - 1)


def _coarsen(
    sizes: npt.NDArray[np.float64], used: npt.NDArray[np.intp], level: int
) -> npt.NDArray[np.float64]:
    """Sum of the used cells' sizes in each block of a level."""
    blocks = used >> level
    _, position = np.unique(blocks, return_inverse=True)
    return np.asarray(np.bincount(position, weights=sizes[used]), dtype=np.float64)


def _summary(
    values: npt.NDArray[np.float64],
    areas: npt.NDArray[np.float64],
    share: float,
    cells: int,
    level: int,
) -> ViewStatistics:
    low = high = mean = std = math.nan
    quartiles, counts, edges = np.full(3, math.nan), np.zeros(0), np.zeros(0)
    if values.size:
        low, high = float(values.min()), float(values.max())
        mean = float(np.average(values, weights=areas))
        std = math.sqrt(float(np.average((values - mean) ** 2, weights=areas)))
        quartiles = weighted_quantiles(values[None], areas[None], (0.25, 0.5, 0.75))[0]
        counts, edges = histogram(values, areas / areas.sum(), _BINS, (low, high))
    lower, middle, upper = (float(one) for one in quartiles)
    return ViewStatistics(
        mean, std, low, high, lower, middle, upper, share, counts, edges, cells, level
    )
