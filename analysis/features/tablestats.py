"""Numbers for the history of each issue time: compiled, a column for each cell."""

from __future__ import annotations

from typing import Any, Final

import numba as nb
import numpy as np

from analysis.features.correlations import _pearson, _ranks

STATISTICS: Final = (
    "last",
    "mean",
    "max",
    "trend",
    "derivative",
    "missing",
    "sum",
    "days_since",
)
FEWEST: Final = 3
"""Values below which there is no trend."""
_YEAR: Final = 365.2425


@nb.njit(nogil=True, cache=True)
def _slope(values: Any, middle: Any, mean: float, mean_t: float) -> float:
    """Return the slope of valid values by least squares, per year."""
    squares, products = 0.0, 0.0
    for i in range(values.size):
        if not np.isnan(values[i]):
            apart = middle[i] - mean_t
            squares += apart * apart
            products += apart * (values[i] - mean)
    return products / squares * _YEAR


@nb.njit(nogil=True, cache=True)
def _summarise_one(
    values: Any, times: Any, span: float, issue: float, positive: bool, out: Any
) -> None:
    """Summarise one history: `times` are ends, middles and lengths (3, time)."""
    n, total, top, covered, mean_t = 0, 0.0, -np.inf, 0.0, 0.0
    at, before, happened = -1, -1, -1
    for i in range(values.size):
        value = values[i]
        if np.isnan(value):
            continue
        n += 1
        total += value
        top = max(top, value)
        covered += times[2, i]
        mean_t += times[1, i]
        before, at = at, i
        if value > 0 or not positive:
            happened = i
    out[5] = min(max(1 - covered / span, 0.0), 1.0)
    if n == 0:
        return
    out[0], out[1], out[2], out[6] = values[at], total / n, top, total
    if happened >= 0:
        out[7] = issue - times[0, happened]
    if before >= 0:
        out[4] = (values[at] - values[before]) / (times[1, at] - times[1, before])
    if n >= FEWEST:
        out[3] = _slope(values, times[1], total / n, mean_t / n)


@nb.njit(nogil=True, cache=True)
def summarise(
    values: Any, first: Any, known: Any, times: Any, span: Any, issue: Any, positive: bool
) -> Any:
    """Summarise windows of a history.

    Parameters
    ----------
    values
        (time, column), NaN is missing.
    first, known
        Position of the first window and of the first one that is not known (issue,).
    times
        Ends, middles and lengths of the windows (3, time), days.
    span
        Length of the history (issue,), days.
    issue
        Issue times (issue,), days.
    positive
        Whether only values above 0 are something that happened.

    Returns
    -------
    numpy.ndarray
        (statistic, issue, column), in the order of :data:`STATISTICS`.
    """
    out = np.full((len(STATISTICS), first.size, values.shape[1]), np.nan)
    for k in range(first.size):
        some = slice(first[k], max(known[k], first[k]))
        for x in range(values.shape[1]):
            column = out[:, k, x]
            _summarise_one(values[some, x], times[:, some], span[k], issue[k], positive, column)
    return out


@nb.njit(nogil=True, cache=True)
def latest(values: Any, beside: Any, first: Any, known: Any) -> Any:
    """Return the value (issue, column) at the last known window in which another is valid."""
    out = np.full((first.size, values.shape[1]), np.nan)
    for k in range(first.size):
        for x in range(values.shape[1]):
            for i in range(known[k] - 1, first[k] - 1, -1):
                if not np.isnan(beside[i, x]):
                    out[k, x] = values[i, x]
                    break
    return out


@nb.njit(nogil=True, cache=True)
def correlate(one: Any, other: Any, first: Any, known: Any, ranked: bool, fewest: int) -> Any:
    """Return the correlation (issue, column) of two variables over the known history."""
    out = np.full((first.size, one.shape[1]), np.nan)
    left, right = np.empty(one.shape[0]), np.empty(one.shape[0])
    for k in range(first.size):
        for x in range(one.shape[1]):
            n = 0
            for i in range(first[k], known[k]):
                if not (np.isnan(one[i, x]) or np.isnan(other[i, x])):
                    left[n], right[n] = one[i, x], other[i, x]
                    n += 1
            if n >= fewest:
                a, b = left[:n], right[:n]
                out[k, x] = _pearson(_ranks(a), _ranks(b)) if ranked else _pearson(a, b)
    return out


@nb.njit(nogil=True, cache=True)
def gather(values: Any, first: Any, last: Any, how: int) -> Any:
    """Return sum (0), largest (1) or least (2) over windows, and the number of valid ones.

    (2, issue, column).
    """
    out = np.full((2, first.size, values.shape[1]), np.nan)
    for k in range(first.size):
        for x in range(values.shape[1]):
            n, total, top, low = 0, 0.0, -np.inf, np.inf
            for i in range(first[k], last[k]):
                value = values[i, x]
                if not np.isnan(value):
                    n += 1
                    total += value
                    top, low = max(top, value), min(low, value)
            out[1, k, x] = n
            if n:
                out[0, k, x] = total if how == 0 else top if how == 1 else low
    return out
