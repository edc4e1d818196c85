"""Norms made of earlier years only, for features that must not know the future."""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

from analysis.yearly import Season, check_times

_LARGEST = 1e100  # what is not smaller is no value, and the square of what is smaller is finite
_TILE = 32  # columns whose running sums stay in the processor's cache


def past_windows(times: Any, season: Season, years: int | None) -> dict[str, Any]:
    """Return for each step which steps of earlier years make its norm.

    Parameters
    ----------
    times
        datetime64 (time,), UTC.
    season
        The division of the year: its window is laid round the same date of each earlier year.
    years
        Years before that count, at most; None for all.

    Returns
    -------
    dict
        ``order`` (time,): the steps sorted by part of the day and time; ``low`` and ``high``
        (time, year): first and one past the last of the sorted steps of each window.

    Raises
    ------
    ValueError
        The number of years is less than 1.

    Notes
    -----
    29 February is 28 February in other years. Windows are less than half a year long on each
    side, so each lies before its step.

    Examples
    --------
    >>> months = np.arange("2000-01", "2003-01", dtype="datetime64[M]").astype("datetime64[ns]")
    >>> found = past_windows(months, Season("month", 3), None)
    >>> found["low"][24:26].tolist(), found["high"][24:26].tolist()
    ([[11, 0, 0], [12, 0, 0]], [[14, 2, 0], [15, 3, 0]])
    """
    if years is not None and (not isinstance(years, int | np.integer) or years < 1):
        raise ValueError(f"years is {years!r}; it is a whole number of 1 or more.")
    stamps = check_times(times)
    months = stamps.astype("datetime64[M]").astype(np.int64)
    day = stamps.astype("datetime64[D]").astype(np.int64)
    unit = months if season.by == "month" else day
    part = season.slots(stamps) % season.hours if season.by == "hour" else np.zeros_like(day)
    far = np.int64(10**9)
    keys = part * far + unit
    order = np.lexsort((stamps, keys))
    span = int(np.ptp(months)) // 12 + 1 if stamps.size else 0
    count = min(span, int(years)) if years is not None else span
    half = season.window // 2
    low = np.zeros((stamps.size, count), np.int64)
    high = np.zeros_like(low)
    for back in range(1, count + 1):
        target = _years_before(months, day, back, by_month=season.by == "month")
        low[:, back - 1] = np.searchsorted(keys[order], part * far + target - half, side="left")
        high[:, back - 1] = np.searchsorted(keys[order], part * far + target + half, side="right")
    return {"order": order, "low": low, "high": high}


def _years_before(
    months: NDArray[np.int64], day: NDArray[np.int64], back: int, *, by_month: bool
) -> NDArray[np.int64]:
    """Return the same date some years before, in months or days since 1970."""
    then = months - 12 * back
    if by_month:
        return then
    starts = [one.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
              for one in (months, then, then + 1)]  # fmt: skip
    in_month = np.minimum(day - starts[0], starts[2] - starts[1] - 1)
    return np.asarray(starts[1] + in_month)


@nb.njit(nogil=True, cache=True)
def _origin(values: Any, used: Any) -> Any:
    """Return the median of the first three values of each column, which one outlier is not."""
    steps, columns = values.shape
    first = np.empty(3)
    out = np.zeros(columns)
    for x in range(columns):
        n = 0
        for t in range(steps):
            value = np.float64(values[t, x])
            if used[t] and abs(value) < _LARGEST:
                first[n] = value
                n += 1
                if n == 3:
                    break
        if n:
            out[x] = np.median(first[:n]) if n == 3 else first[0]
    return out


@nb.njit(nogil=True, cache=True, inline="always")
def _add(sums: Any, place: int, k: int, x: int, value: float) -> None:
    """Add to a running sum; ``sums[place + 1, k + 1]`` gets what rounding takes from it."""
    before = sums[place, k, x]
    after = before + value
    part = after - before
    sums[place + 1, k, x] = after
    sums[place + 1, k + 1, x] = sums[place, k + 1, x] + (before - (after - part)) + (value - part)


@nb.njit(nogil=True, cache=True)
def _running(values: Any, order: Any, used: Any, origin: Any, running: Any) -> None:
    """Add up values, squares and number (step + 1, 5, column) in the order given.

    Values and squares are pairs, sum and its rounding (Knuth's two-sum): differences of the sums
    are exact, so that an outlier is felt only in the windows that hold it.
    """
    steps, columns = values.shape
    for place in range(steps):
        t = order[place]
        for x in range(columns):
            value = np.float64(values[t, x])
            valid = used[t] and abs(value) < _LARGEST
            value = value - origin[x] if valid else np.float64(0.0)
            _add(running, place, 0, x, value)
            _add(running, place, 2, x, value * value)
            running[place + 1, 4, x] = running[place, 4, x] + (1.0 if valid else 0.0)


@nb.njit(nogil=True, cache=True)
def _add_windows(running: Any, low: Any, high: Any, sums: Any) -> None:
    """Sum values, squares and number in the windows (year) of one step."""
    sums[:] = 0.0
    for year in range(low.size):
        if high[year] > low[year]:
            end, begin = running[high[year]], running[low[year]]
            for x in range(sums.shape[1]):
                sums[0, x] += (end[0, x] - begin[0, x]) + (end[1, x] - begin[1, x])
                sums[1, x] += (end[2, x] - begin[2, x]) + (end[3, x] - begin[3, x])
                sums[2, x] += end[4, x] - begin[4, x]


@nb.njit(nogil=True, cache=True)
def _judge_one(apart: float, sums: Any, minimum: int, standard: bool) -> float:
    """Judge a value, counted from the origin, by sum, squares and number."""
    n = sums[2]
    if n < minimum:
        return np.nan
    mean = sums[0] / n
    if not standard:
        return apart - mean
    square = (sums[1] - n * mean * mean) / (n - 1)
    rounding = 1e-12 * sums[1] / n
    return (apart - mean) / np.sqrt(square) if square > rounding else np.nan


@nb.njit(nogil=True, cache=True)
def _judge(
    values: Any, order: Any, used: Any, low: Any, high: Any, minimum: int, standard: bool, out: Any
) -> None:
    """Judge all values, some columns at a time."""
    steps, columns = values.shape
    for begin in range(0, columns, _TILE):
        part = values[:, begin : begin + _TILE]
        wide = part.shape[1]
        running = np.zeros((steps + 1, 5, wide))
        origin = _origin(part, used)
        _running(part, order, used, origin, running)
        sums = np.empty((3, wide))
        for t in range(steps):
            _add_windows(running, low[t], high[t], sums)
            for x in range(wide):
                apart = part[t, x] - origin[x]
                out[t, begin + x] = _judge_one(apart, sums[:, x], minimum, standard)


def judge_by_past(
    values: NDArray[Any],
    order: NDArray[np.int64],
    low: NDArray[np.int64],
    high: NDArray[np.int64],
    used: NDArray[np.bool_],
    minimum: int,
    standard: bool,
) -> NDArray[Any]:
    """Return departures or Z of columns, each judged by its earlier years.

    Parameters
    ----------
    values
        Values (time, column).
    order, low, high
        From :func:`past_windows`.
    used
        Whether a step (time,) belongs to the base.
    minimum
        Values below which there is no norm.
    standard
        True for Z, False for departures.

    Returns
    -------
    numpy.ndarray
        (time, column), NaN where too few earlier values are valid.
    """
    kind = np.float32 if values.dtype == np.float32 else np.float64
    out = np.empty(values.shape, kind)
    _judge(values, order, used, low, high, minimum, standard, out)
    return out
