"""The median of the slopes of all pairs, without making all pairs.

Few values: all slopes are sorted. Many: the k-th slope is found by halving an interval, counting
by merge sort how many slopes are smaller (the pairs whose order y - m t turns round; after Cole,
Salowe, Steiger and Szemeredi 1989, doi:10.1137/0218055).
"""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np

_ALL_PAIRS = 200
"""Values up to which all slopes are made."""


@nb.njit(nogil=True, cache=True)
def _count_descents(keys: Any, spare: Any) -> int:
    """Return the pairs (i < j) with keys[i] > keys[j]; the keys are sorted."""
    n, width, found = keys.size, 1, 0
    source, target = keys, spare
    while width < n:
        for begin in range(0, n, 2 * width):
            middle, end = min(begin + width, n), min(begin + 2 * width, n)
            i, j = begin, middle
            for place in range(begin, end):
                if i < middle and (j >= end or source[i] <= source[j]):
                    target[place] = source[i]
                    i += 1
                else:
                    target[place] = source[j]
                    j += 1
                    found += middle - i
        source, target = target, source
        width *= 2
    return found


@nb.njit(nogil=True, cache=True)
def _slope_of_rank(times: Any, values: Any, rank: int, low: float, high: float) -> float:
    """Return the slope that `rank` slopes are smaller than, within rounding."""
    keys, spare = np.empty(times.size), np.empty(times.size)
    for _ in range(100):
        middle = low + (high - low) / 2
        if middle <= low or middle >= high or high - low <= 1e-13 * max(abs(low), abs(high)):
            break
        for i in range(times.size):
            keys[i] = values[i] - middle * times[i]
        if _count_descents(keys, spare) <= rank:
            low = middle
        else:
            high = middle
    return low + (high - low) / 2


@nb.njit(nogil=True, cache=True)
def _bounds(times: Any, values: Any) -> Any:
    """Return slopes beyond the least and the greatest: neighbours hold the extremes."""
    low, high = np.inf, -np.inf
    for i in range(times.size - 1):
        slope = (values[i + 1] - values[i]) / (times[i + 1] - times[i])
        low, high = min(low, slope), max(high, slope)
    edge = 1e-9 * max(abs(low), abs(high)) + 1e-300
    return low - edge, high + edge


@nb.njit(nogil=True, cache=True)
def _ranked(times: Any, values: Any, ranks: Any) -> Any:
    """Return the slopes of some ranks (from 0)."""
    n = times.size
    out = np.empty(ranks.size)
    if n <= _ALL_PAIRS:
        every = np.empty(n * (n - 1) // 2)
        place = 0
        for i in range(n):
            for j in range(i + 1, n):
                every[place] = (values[j] - values[i]) / (times[j] - times[i])
                place += 1
        every.sort()
        for k in range(ranks.size):
            out[k] = every[ranks[k]]
        return out
    low, high = _bounds(times, values)
    for k in range(ranks.size):
        out[k] = _slope_of_rank(times, values, ranks[k], low, high)
    return out


@nb.njit(nogil=True, cache=True)
def _neighbours_correlation(rest: Any, places: Any) -> float:
    """Return the correlation of residuals of neighbouring steps, 0 to 0.99."""
    products, first, second = 0.0, 0.0, 0.0
    for i in range(rest.size - 1):
        if places[i + 1] == places[i] + 1:
            products += rest[i] * rest[i + 1]
            first += rest[i] * rest[i]
            second += rest[i + 1] * rest[i + 1]
    if first <= 0 or second <= 0:
        return 0.0
    return min(max(products / np.sqrt(first * second), 0.0), 0.99)


@nb.njit(nogil=True, cache=True)
def _ties(values: Any) -> float:
    """Return what equal values take away from the variance of Kendall's S (18 times)."""
    ordered = np.sort(values)
    total, run = 0.0, 1
    for i in range(1, ordered.size + 1):
        if i < ordered.size and ordered[i] == ordered[i - 1]:
            run += 1
        else:
            total += run * (run - 1.0) * (2 * run + 5.0)
            run = 1
    return total


@nb.njit(nogil=True, cache=True)
def _one(times: Any, values: Any, places: Any, correlated: bool) -> Any:
    """Return the median slope and its limits of 95 per cent of one series without gaps."""
    n = times.size
    pairs = n * (n - 1) // 2
    middle = _ranked(times, values, np.array([(pairs - 1) // 2, pairs // 2]))
    slope = (middle[0] + middle[1]) / 2
    variance = (n * (n - 1.0) * (2 * n + 5.0) - _ties(values)) / 18
    if correlated:
        rest = values - slope * times
        r = _neighbours_correlation(rest - np.median(rest), places)
        variance *= (1 + r) / (1 - r)
    half = 1.959964 * np.sqrt(variance)
    low = int(min(max(round((pairs - half) / 2), 0), pairs - 1))
    high = int(min(max(round((pairs + half) / 2), 0), pairs - 1))
    limits = _ranked(times, values, np.array([low, high]))
    return slope, limits[0], limits[1]


@nb.njit(nogil=True, cache=True)
def slopes(values: Any, times: Any, used: Any, minimum: int, correlated: bool) -> Any:
    """Return Theil-Sen slope, lower and upper limit (95 %) and number of values of each series.

    Parameters
    ----------
    values
        Values (time, column).
    times
        Times (time,), ascending.
    used
        Whether each step (time,) counts.
    minimum
        Values below which there is no slope.
    correlated
        Widen the limits by the correlation of neighbouring residuals: the variance of Kendall's
        S becomes (1 + r) / (1 - r) times as large.

    Returns
    -------
    numpy.ndarray
        (4, column); NaN and the number where there is no slope.

    Examples
    --------
    >>> values = np.array([[0.0], [1.0], [2.0], [50.0], [4.0]])
    >>> slopes(values, np.arange(5.0), np.ones(5, bool), 3, False)[[0, 3], 0].tolist()
    [1.0, 5.0]
    """
    out = np.full((4, values.shape[1]), np.nan)
    for x in range(values.shape[1]):
        places = np.flatnonzero(used & ~np.isnan(values[:, x]))
        out[3, x] = places.size
        if places.size >= minimum:
            known = values[:, x][places].astype(np.float64)
            out[0, x], out[1, x], out[2, x] = _one(times[places], known, places, correlated)
    return out
