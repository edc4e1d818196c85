"""Where the rate of a Poisson process jumps: exact segmentation, calibrated false alarms."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

_CHI2_MEDIAN: Final = 0.4549364  # median of chi-square with one degree of freedom
_CHI2_95: Final = 3.841459
_MOST_CHANGES: Final = 3  # in the calibration; more of them are rarer still without a cause

Floats = NDArray[np.float64]


class Calibration(NamedTuple):
    """What counts of a constant rate do: penalty of a change, and (runs) their largest jumps."""

    penalty: float
    maxima: Floats


def calibrate(
    total: int, exposure: Floats, *, false_alarm: float, min_bins: int, runs: int, seed: int
) -> Calibration:
    """Find the penalty at which a constant rate shows a change with the probability asked for.

    Given their sum, counts of a constant rate are multinomial, whatever the rate; so the answer
    is exact but for the number of runs.

    Parameters
    ----------
    total : int
        Sum of the counts.
    exposure : numpy.ndarray
        (n) lengths of the bins.
    false_alarm : float
        Probability of one or more changes in counts of a constant rate.
    min_bins : int
        Fewest bins between two changes.
    runs, seed : int
        Simulated series, and the seed of their random numbers.

    Returns
    -------
    Calibration
        The penalty for one change, on the scale of twice the log-likelihood, and the largest
        likelihood ratio of a single change in each run.

    Examples
    --------
    >>> years = np.ones(50)
    >>> found = calibrate(1000, years, false_alarm=0.01, min_bins=3, runs=500, seed=0)
    >>> 10 < found.penalty < 20
    True
    """
    rng = np.random.default_rng(seed)
    counts = rng.multinomial(total, exposure / exposure.sum(), size=runs)
    critical, single = _critical(counts.astype(np.float64), exposure, min_bins, _MOST_CHANGES)
    return Calibration(float(np.quantile(critical, 1 - false_alarm)), single)


def segment(
    counts: Floats, exposure: Floats, penalty: float, *, min_bins: int, dispersion: float
) -> NDArray[np.int64]:
    """Return the first bins of the segments of the best segmentation but for the first one.

    All segmentations are compared (optimal partitioning; Killick, Fearnhead and Eckley 2012,
    doi:10.1080/01621459.2012.737745, prune the same recursion). The cost of a segment is minus
    twice its Poisson log-likelihood, divided by the dispersion.

    Parameters
    ----------
    counts, exposure : numpy.ndarray
        (n) counts and lengths of the bins.
    penalty : float
        Cost of a change.
    min_bins : int
        Fewest bins of a segment.
    dispersion : float
        Variance of the counts over their mean.

    Returns
    -------
    numpy.ndarray
        Positions, ascending; none where the rate is constant.

    Examples
    --------
    >>> counts = np.array([5.0, 6, 5, 20, 22, 19, 21])
    >>> segment(counts, np.ones(7), 10.0, min_bins=2, dispersion=1.0)
    array([3])
    """
    last = _partition(counts, exposure, penalty, min_bins, dispersion)
    found = []
    end = counts.size
    while last[end] > 0:
        end = last[end]
        found.append(end)
    return np.array(found[::-1], dtype=np.int64)


def ratios(counts: Floats, exposure: Floats, min_bins: int) -> Floats:
    """Return twice the log-likelihood ratio of one change before each bin, against none.

    Parameters
    ----------
    counts, exposure : numpy.ndarray
        (n) counts and lengths of the bins.
    min_bins : int
        Fewest bins on a side.

    Returns
    -------
    numpy.ndarray
        (n) ratios; -inf where a side would be too short.
    """
    left_count, left_time = np.cumsum(counts)[:-1], np.cumsum(exposure)[:-1]
    all_count, all_time = counts.sum(), exposure.sum()
    found = np.full(counts.size, -np.inf)
    found[1:] = 2 * (
        _likelihood(left_count, left_time)
        + _likelihood(all_count - left_count, all_time - left_time)
        - _likelihood(all_count, all_time)
    )
    found[:min_bins] = -np.inf
    found[counts.size - min_bins + 1 :] = -np.inf
    return found


def interval(statistic: Floats, at: int) -> tuple[int, int]:
    """Return the first and last bin that a change may start with at 95 %.

    Parameters
    ----------
    statistic : numpy.ndarray
        (n) ratios from `ratios`, divided by the dispersion.
    at : int
        The bin with the best one.

    Returns
    -------
    tuple of int
        Bins whose ratio is less than 3.84 below that of the best one: the first and the last.
    """
    near = np.flatnonzero(statistic >= statistic[at] - _CHI2_95)
    return int(min(near.min(), at)), int(max(near.max(), at))


def dispersion_of(counts: Floats, exposure: Floats) -> float:
    """Estimate the variance of the counts over their mean, untouched by a few jumps.

    Differences of neighbouring bins have twice the variance of one bin and do not see the level;
    their median does not see the jumps. Aftershocks make it larger than the 1 of a Poisson
    process.

    Parameters
    ----------
    counts, exposure : numpy.ndarray
        (n) counts and lengths of the bins.

    Returns
    -------
    float
        1 or more.

    Examples
    --------
    >>> counts = np.random.default_rng(0).poisson(50, 400)
    >>> counts[200:] *= 10
    >>> dispersion_of(counts.astype(float), np.ones(400)) < 12
    True
    """
    if counts.size < 3:
        return 1.0
    rate = counts / exposure
    pooled = (counts[1:] + counts[:-1]) / (exposure[1:] + exposure[:-1])
    variance = pooled * (1 / exposure[1:] + 1 / exposure[:-1])
    known = variance > 0
    squares = np.diff(rate)[known] ** 2 / variance[known]
    return max(1.0, float(np.median(squares)) / _CHI2_MEDIAN) if squares.size else 1.0


def _likelihood(count: Floats, time: Floats) -> Floats:
    """Return the largest Poisson log-likelihood but for terms that no segmentation changes."""
    safe = np.where(count > 0, count, 1.0)
    return np.where(count > 0, count * np.log(safe / time), 0.0)


@njit(nogil=True, cache=True)
def _cost(count: float, time: float) -> float:
    return -2.0 * count * math.log(count / time) if count > 0 else 0.0


@njit(nogil=True, cache=True)
def _critical(
    counts: np.ndarray, exposure: np.ndarray, min_bins: int, most: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return for each series the smallest penalty without a change, and its best single change."""
    runs, n = counts.shape
    times = np.zeros(n + 1)
    times[1:] = np.cumsum(exposure)
    critical = np.zeros(runs)
    single = np.zeros(runs)
    sums = np.zeros(n + 1)
    best = np.empty((most + 1, n + 1))
    for run in range(runs):
        sums[1:] = np.cumsum(counts[run])
        best[:] = np.inf
        for end in range(min_bins, n + 1):
            best[0, end] = _cost(sums[end], times[end])
        for changes in range(1, most + 1):
            # only the last row is asked for at its end; the others at every end
            first = n if changes == most else (changes + 1) * min_bins
            for end in range(first, n + 1):
                for start in range(changes * min_bins, end - min_bins + 1):
                    cost = best[changes - 1, start]
                    cost += _cost(sums[end] - sums[start], times[end] - times[start])
                    best[changes, end] = min(best[changes, end], cost)
            gain = best[0, n] - best[changes, n]
            critical[run] = max(critical[run], gain / changes)
            if changes == 1:
                single[run] = gain
    return critical, single


@njit(nogil=True, cache=True)
def _partition(
    counts: np.ndarray, exposure: np.ndarray, penalty: float, min_bins: int, dispersion: float
) -> np.ndarray:
    """Return for each end the start of the last segment of the best segmentation up to there."""
    n = counts.size
    sums = np.zeros(n + 1)
    times = np.zeros(n + 1)
    sums[1:] = np.cumsum(counts)
    times[1:] = np.cumsum(exposure)
    best = np.full(n + 1, np.inf)
    best[0] = -penalty
    last = np.zeros(n + 1, dtype=np.int64)
    for end in range(min_bins, n + 1):
        for start in range(end - min_bins + 1):
            if start == 0 or start >= min_bins:
                cost = _cost(sums[end] - sums[start], times[end] - times[start]) / dispersion
                cost += best[start] + penalty
                if cost < best[end] - 1e-9:
                    best[end] = cost
                    last[end] = start
    return last
