"""Least squares of many series at once, each with gaps of its own."""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

_YEAR = 365.2425


def design(days: NDArray[np.float64], unit: float, harmonics: int) -> NDArray[np.float64]:
    """Return the columns of a fit: 1, time, and waves of a year.

    Parameters
    ----------
    days
        Days (time,) since the first step.
    unit
        Length of the unit of time, days.
    harmonics
        Number of waves: once a year, twice a year, ...

    Returns
    -------
    numpy.ndarray
        (time, 2 + 2 harmonics); time is counted from its mean, so that the columns are not alike.

    Examples
    --------
    >>> design(np.array([0.0, 2.0]), 1.0, 1).shape
    (2, 4)
    """
    middle = days.mean() if days.size else 0.0
    angle = 2 * np.pi * days / _YEAR
    waves = [wave(k * angle) for k in range(1, harmonics + 1) for wave in (np.cos, np.sin)]
    return np.stack([np.ones_like(days), (days - middle) / unit, *waves], axis=1)


@nb.njit(nogil=True, cache=True)
def solve(matrix: Any, right: Any) -> bool:
    """Invert a symmetric positive matrix in place and solve for the right side in place.

    Parameters
    ----------
    matrix
        (n, n); becomes its inverse (Gauss-Jordan with pivots on the diagonal).
    right
        (n,); becomes the solution.

    Returns
    -------
    bool
        False where the columns depend on each other; the arrays are spoilt then.

    Examples
    --------
    >>> matrix, right = np.array([[2.0, 0.0], [0.0, 4.0]]), np.array([2.0, 8.0])
    >>> solve(matrix, right), right.tolist(), matrix.diagonal().tolist()
    (True, [1.0, 2.0], [0.5, 0.25])
    """
    n = right.size
    scale = np.empty(n)
    for k in range(n):
        scale[k] = matrix[k, k]
    for k in range(n):
        pivot = matrix[k, k]
        if not pivot > 1e-10 * scale[k]:
            return False
        matrix[k, k] = 1.0
        right[k] /= pivot
        for j in range(n):
            matrix[k, j] /= pivot
        for i in range(n):
            if i != k:
                factor = matrix[i, k]
                matrix[i, k] = 0.0
                right[i] -= factor * right[k]
                for j in range(n):
                    matrix[i, j] -= factor * matrix[k, j]
    return True


@nb.njit(nogil=True, cache=True)
def normal_equations(values: Any, columns: Any, used: Any, matrix: Any, right: Any) -> int:
    """Add up the normal equations of one series, missing values left out.

    Parameters
    ----------
    values
        Values (time,).
    columns
        Columns of the fit (time, n).
    used
        Whether each step (time,) counts.
    matrix, right
        (n, n) and (n,); overwritten.

    Returns
    -------
    int
        Number of the values.
    """
    matrix[:] = 0.0
    right[:] = 0.0
    count = 0
    for t in range(values.size):
        value = np.float64(values[t])
        if used[t] and not np.isnan(value):
            count += 1
            for i in range(right.size):
                right[i] += columns[t, i] * value
                for j in range(right.size):
                    matrix[i, j] += columns[t, i] * columns[t, j]
    return count


@nb.njit(nogil=True, cache=True)
def _residual_sums(values: Any, columns: Any, used: Any, found: Any) -> Any:
    """Return the squares of the residuals, and products and squares of neighbouring pairs."""
    squares, products, first, second = 0.0, 0.0, 0.0, 0.0
    before = np.nan
    for t in range(values.size):
        rest = np.nan
        if used[t] and not np.isnan(values[t]):
            rest = np.float64(values[t])
            for i in range(found.size):
                rest -= found[i] * columns[t, i]
            squares += rest * rest
            if not np.isnan(before):
                products += rest * before
                first += before * before
                second += rest * rest
        before = rest
    return squares, products, first, second


@nb.njit(nogil=True, cache=True)
def fit_columns(values: Any, columns: Any, used: Any, minimum: int, correlated: bool) -> Any:
    """Return slope, standard error, degrees of freedom and number of values of each series.

    Parameters
    ----------
    values
        Values (time, column).
    columns
        Columns of the fit (time, n); the second one is time.
    used
        Whether each step (time,) counts.
    minimum
        Values below which there is no fit.
    correlated
        Take the correlation of neighbouring residuals into account.

    Returns
    -------
    numpy.ndarray
        (4, column); NaN, NaN, NaN and the number where there is no fit.
    """
    parameters = columns.shape[1]
    out = np.full((4, values.shape[1]), np.nan)
    matrix, right = np.empty((parameters, parameters)), np.empty(parameters)
    for x in range(values.shape[1]):
        series = values[:, x]
        count = normal_equations(series, columns, used, matrix, right)
        out[3, x] = count
        if count < minimum or not solve(matrix, right):
            continue
        squares, products, first, second = _residual_sums(series, columns, used, right)
        independent = np.float64(count)
        if correlated and first > 0 and second > 0:
            r = min(max(products / np.sqrt(first * second), 0.0), 0.99)
            independent = count * (1 - r) / (1 + r)
        free = independent - parameters
        out[0, x] = right[1]
        if free > 0:
            # n (1 - r) / (1 + r) values: both the spread and the number of them are fewer
            spread = squares / free
            out[1, x] = np.sqrt(spread * matrix[1, 1])
            out[2, x] = free
    return out
