"""Statistics of cells weighted by their areas."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_SHARES = (0.1, 0.9)
_BLOCK_VALUES = 4_000_000
_ROUNDING = 1e-12


def summarise(values: npt.NDArray[np.float32], weights: Floats) -> Floats:
    """Area-weighted statistics of many cells at every time step.

    Parameters
    ----------
    values : array of float, shape (time, cell)
        NaN marks missing values.
    weights : array of float, shape (cell,)
        Areas of the cells, any unit, positive.

    Returns
    -------
    array of float, shape (7, time)
        Mean, standard deviation, minimum, maximum, number of valid cells, 10th and 90th
        percentile; NaN (and a count of 0) where no cell is valid.

    Examples
    --------
    A cell of twice the area weighs as much as two cells of the same value:

    >>> one = summarise(np.array([[1.0, 4.0]]), np.array([2.0, 1.0]))
    >>> two = summarise(np.array([[1.0, 1.0, 4.0]]), np.ones(3))
    >>> bool(np.allclose(one[:4], two[:4]))
    True
    """
    times, cells = values.shape
    rows = max(1, _BLOCK_VALUES // max(cells, 1))
    parts = [_block(values[start : start + rows], weights) for start in range(0, times, rows)]
    return np.concatenate(parts, axis=1)


def _block(values: npt.NDArray[np.float32], weights: Floats) -> Floats:
    v = values.astype(np.float64)
    valid = ~np.isnan(v)
    count = valid.sum(axis=1)
    some = count > 0
    w = np.where(valid, weights, 0.0)
    total = np.where(some, w.sum(axis=1), np.nan)
    mean = np.where(valid, v * w, 0.0).sum(axis=1) / total
    spread = np.where(valid, w * (v - mean[:, None]) ** 2, 0.0).sum(axis=1) / total
    low = np.where(some, np.where(valid, v, np.inf).min(axis=1), np.nan)
    high = np.where(some, np.where(valid, v, -np.inf).max(axis=1), np.nan)
    quantiles = weighted_quantiles(v, w, _SHARES)
    return np.stack([mean, np.sqrt(spread), low, high, count, *quantiles.T])


def weighted_quantiles(values: Floats, weights: Floats, shares: tuple[float, ...]) -> Floats:
    """Quantiles of weighted values: the least value that the given share of the weight reaches.

    Parameters
    ----------
    values : array of float, shape (row, value)
        NaN marks missing values.
    weights : array of float, shape (row, value)
        0 where the value is missing, else positive.
    shares : tuple of float
        Above 0, at most 1.

    Returns
    -------
    array of float, shape (row, share)
        In the values' unit; NaN for a row without values.

    Examples
    --------
    The order does not matter, and a weight of two is the same as the value twice:

    >>> weighted_quantiles(np.array([[3.0, 1.0, 2.0]]), np.array([[2.0, 1, 1]]), (0.5, 0.75))
    array([[2., 3.]])
    """
    order = np.argsort(values, axis=1)
    ordered = np.take_along_axis(values, order, axis=1)
    reached = np.cumsum(np.take_along_axis(weights, order, axis=1), axis=1)
    total = reached[:, -1:]
    last = np.maximum((~np.isnan(values)).sum(axis=1) - 1, 0)
    rows = np.arange(len(values))
    found = [
        ordered[rows, np.minimum((reached < total * share * (1 - _ROUNDING)).sum(axis=1), last)]
        for share in shares
    ]
    return np.stack(found, axis=1)


def histogram(
    values: npt.NDArray[np.floating], weights: Floats | None, bins: int, limits: tuple[float, float]
) -> tuple[npt.NDArray[Any], Floats]:
    """Count values in bins of equal width, however narrow their range is.

    Parameters
    ----------
    values : array of float
    weights : array of float, or None
        Of the same shape; without them each value counts once.
    bins : int
    limits : tuple of float
        Least and greatest value, both finite.

    Returns
    -------
    tuple of arrays, shapes (bin,) and (bin + 1,)
        Counts, and edges of the bins; a range too narrow for so many bins is widened.

    Examples
    --------
    >>> counts, edges = histogram(np.full(5, 2.0**70), None, 10, (2.0**70, 2.0**70))
    >>> int(counts.sum()), bool((np.diff(edges) > 0).all())
    (5, True)
    """
    low, high = limits
    least = 2 * bins * float(np.spacing(max(abs(low), abs(high))))
    if high - low < least or low == high:
        half = max(least, 0.5 if low == high else 0.0)
        low, high = low - half, high + half
    return np.histogram(values.astype(np.float64), bins, (low, high), weights=weights)
