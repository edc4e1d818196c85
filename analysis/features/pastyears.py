"""Norms made of earlier years only, for features that must not know the future."""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

from analysis.yearly import Season, check_times

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
def _running(values: Any, order: Any, used: Any, origin: Any, running: Any) -> None:
    """Add up number, values and squares (step + 1, 3, column) in the order given."""
    steps, columns = values.shape
    for place in range(steps):
        t = order[place]
        for x in range(columns):
            for k in range(3):
                running[place + 1, k, x] = running[place, k, x]
            value = np.float64(values[t, x])
            if not used[t] or np.isnan(value):
                continue
            if np.isnan(origin[x]):
                origin[x] = value
            value -= origin[x]
            running[place + 1, 0, x] += 1
            running[place + 1, 1, x] += value
            running[place + 1, 2, x] += value * value


@nb.njit(nogil=True, cache=True)
def _add_windows(running: Any, low: Any, high: Any, sums: Any) -> None:
    """Sum the windows (year) of one step: differences of the running sums."""
    sums[:] = 0.0
    for year in range(low.size):
        if high[year] > low[year]:
            for k in range(3):
                for x in range(sums.shape[1]):
                    sums[k, x] += running[high[year], k, x] - running[low[year], k, x]


@nb.njit(nogil=True, cache=True)
def _judge_one(apart: float, sums: Any, minimum: int, standard: bool) -> float:
    """Judge a value, counted from the origin, by number, sum and squares."""
    n = sums[0]
    if n < minimum:
        return np.nan
    mean = sums[1] / n
    if not standard:
        return apart - mean
    square = (sums[2] - n * mean * mean) / (n - 1)
    rounding = 1e-12 * sums[2] / n
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
        running = np.zeros((steps + 1, 3, wide))
        origin = np.full(wide, np.nan)
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
