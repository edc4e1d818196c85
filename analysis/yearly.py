"""The course of a year: which slot of it a time belongs to, and compiled sums over the slots.

Whoever computes norms uses these: :mod:`analysis.features` on arrays, :mod:`analysis.cubes.norms`
on what is stored. Nothing here opens a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numba as nb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

Times = NDArray[np.datetime64]
Base = tuple[Any, Any] | None

BY: Final = ("dayofyear", "month", "hour")
"""Ways to divide the year: days, months, days and hours."""
MINIMUM: Final = 5
"""Values below which a norm says nothing."""

_WINDOWS: Final = {"dayofyear": 15, "month": 1, "hour": 15}
_MONTHLY: Final = np.timedelta64(20, "D")
_DAILY: Final = np.timedelta64(20, "h")
_TILE: Final = 64  # columns whose sums stay in the processor's cache


@dataclass(frozen=True)
class Season:
    """How the year is divided, and how many neighbours a slot takes.

    Attributes
    ----------
    by
        "dayofyear", "month" or "hour" (day of year and hour of day).
    window
        Slots along the year that make one norm, odd: days, or months.
    hours
        Parts of the day, 1 unless ``by`` is "hour".

    Examples
    --------
    A date has the same slot in every year, and 29 February one of its own:

    >>> days = np.array(["2019-03-01", "2020-02-29", "2020-03-01"], "datetime64[ns]")
    >>> Season("dayofyear").slots(days).tolist()
    [60, 59, 60]
    """

    by: str
    window: int = 1
    hours: int = 1

    def __post_init__(self) -> None:
        if self.by not in BY:
            msg = f"by={self.by!r} is no way to divide the year; it is one of {', '.join(BY)}."
            raise ValueError(msg)
        length, unit = self.length, "months" if self.by == "month" else "days"
        if self.window % 2 != 1 or not 1 <= self.window < length:
            msg = f"The window is {self.window} {unit}; it is odd, from 1 to {length - 1}."
            raise ValueError(msg)

    @property
    def length(self) -> int:
        """Slots along the year: 366 days or 12 months."""
        return 12 if self.by == "month" else 366

    @property
    def size(self) -> int:
        """Number of slots."""
        return self.length * self.hours

    @property
    def words(self) -> str:
        """The division in words, for attributes."""
        unit = "months" if self.by == "month" else "days"
        base = "month" if self.by == "month" else "day of year"
        day = f", {self.hours} parts of the day" if self.by == "hour" else ""
        return f"{base}{day}, window of {self.window} {unit}"

    def slots(self, times: Any) -> NDArray[np.int64]:
        """Return the slot of each time.

        Parameters
        ----------
        times
            datetime64 (time,), UTC.

        Returns
        -------
        numpy.ndarray
            Slots (time,), from 0: days of a leap year (1 March is always 60), or months; with
            hours, day times parts of the day plus the part.

        Raises
        ------
        ValueError
            The times are no datetime64, or one is missing.
        """
        stamps = check_times(times)
        months = stamps.astype("datetime64[M]")
        month = months.astype(np.int64) % 12
        if self.by == "month":
            return month
        starts = np.array([0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335])
        days = stamps.astype("datetime64[D]")
        day = starts[month] + (days - months.astype("datetime64[D]")).astype(np.int64)
        if self.by == "dayofyear":
            return day
        part = (stamps - days) * self.hours // np.timedelta64(1, "D").astype("timedelta64[ns]")
        return day * self.hours + part.astype(np.int64)


def season_of(times: Any, by: str | None = None, window: int | None = None) -> Season:
    """Return the division of the year that suits some times.

    Parameters
    ----------
    times
        datetime64 (time,), UTC.
    by
        "dayofyear", "month", "hour", or None: months where the typical step is 20 days or more,
        hours where it is less than 20 hours, else days.
    window
        Days or months that make one norm, odd; None for 15 days or 1 month.

    Returns
    -------
    Season
        The division.

    Raises
    ------
    ValueError
        The way or the window is unknown, or the times are no times.

    Examples
    --------
    >>> season_of(np.arange("2000-01", "2003-01", dtype="datetime64[M]"))
    Season(by='month', window=1, hours=1)
    >>> season_of(np.arange("2000-01-01", "2000-02-01", 2, dtype="datetime64[h]")).hours
    12
    """
    stamps = check_times(times)
    steps = np.diff(np.sort(stamps))
    typical = np.median(steps.astype(np.int64)).astype("timedelta64[ns]") if steps.size else None
    if by is None:
        by = "month" if typical is None or typical >= _MONTHLY else "dayofyear"
        by = "hour" if typical is not None and typical < _DAILY else by
    hours = 1
    if by == "hour":
        day = np.timedelta64(1, "D") / (typical or np.timedelta64(1, "D"))
        hours = int(np.clip(round(float(day)), 1, 24))
    return Season(by, window if window is not None else _WINDOWS.get(by, 1), hours)


def check_times(times: Any) -> Times:
    """Return times in nanoseconds, or say why they are none.

    Parameters
    ----------
    times
        datetime64 (time,).

    Returns
    -------
    numpy.ndarray
        datetime64[ns] (time,).

    Raises
    ------
    ValueError
        They are no datetime64, or one is missing.
    """
    values = np.asarray(times)
    if values.dtype.kind != "M":
        msg = f"The time axis holds {values.dtype}; it must hold datetime64 (normalise the data)."
        raise ValueError(msg)
    if np.isnat(values).any():
        raise ValueError("The time axis has a step without a time (NaT).")
    return values.astype("datetime64[ns]")


def base_mask(times: Any, base: Base) -> NDArray[np.bool_]:
    """Return which times lie in a base period.

    Parameters
    ----------
    times
        datetime64 (time,), UTC.
    base
        First and last: a year (number or text), a month ("1991-01"), a day or a moment, both
        included with all their length, as climate normals are named: (1991, 2020). None for
        all times.

    Returns
    -------
    numpy.ndarray
        True (time,) inside.

    Raises
    ------
    ValueError
        The base is no pair of times, ends before it begins, or holds no step.

    Examples
    --------
    >>> days = np.array(["1990-12-31", "1991-01-01", "2020-12-31", "2021-01-01"], "datetime64[D]")
    >>> base_mask(days, (1991, "2020")).tolist()
    [False, True, True, False]
    """
    stamps = check_times(times)
    if base is None:
        return np.ones(stamps.size, dtype=bool)
    start, end = base_ends(base)
    inside = (stamps >= start) & (stamps <= end)
    if not inside.any():
        known = f"from {str(stamps.min())[:10]} to {str(stamps.max())[:10]}" if stamps.size else ""
        msg = f"The base {base} holds none of the {stamps.size} steps {known}.".replace(" .", ".")
        raise ValueError(msg)
    return np.asarray(inside)


def base_ends(base: tuple[Any, Any]) -> tuple[np.datetime64, np.datetime64]:
    """Return the first and the last moment of a base period.

    Parameters
    ----------
    base
        As in :func:`base_mask`.

    Returns
    -------
    tuple of numpy.datetime64
        Nanoseconds.

    Raises
    ------
    ValueError
        The base is no pair of times, or ends before it begins.
    """
    if isinstance(base, str) or not hasattr(base, "__len__") or len(base) != 2:
        msg = f"The base is {base!r}; give its first and last year, month or day: (1991, 2020)."
        raise ValueError(msg)
    start, end = _span(base[0])[0], _span(base[1])[1]
    if end < start:
        msg = f"The base {base} ends before it begins."
        raise ValueError(msg)
    return start, end


def _span(value: Any) -> tuple[np.datetime64, np.datetime64]:
    """Return the first and last moment of a year, month, day or moment."""
    try:
        if isinstance(value, int | np.integer) and not isinstance(value, bool):
            period = pd.Period(year=int(value), freq="Y")
        elif isinstance(value, str):
            period = pd.Period(value)
        else:
            moment: Any = pd.Timestamp(value)
            if pd.isna(moment):
                raise ValueError(_no_time(value))
            moment = moment.tz_convert("UTC").tz_localize(None) if moment.tzinfo else moment
            return (moment.to_datetime64().astype("datetime64[ns]"),) * 2
        ends = period.start_time, period.end_time
    except (ValueError, TypeError, OverflowError) as error:
        raise ValueError(_no_time(value)) from error
    if pd.isna(ends[0]) or not 1678 <= ends[0].year <= 2261:
        raise ValueError(_no_time(value))
    first, last = (one.to_datetime64().astype("datetime64[ns]") for one in ends)
    return first, last


def _no_time(value: Any) -> str:
    return f"The end {value!r} of a base is no time; give a year, '1991-01' or '1991-01-15'."


@nb.njit(nogil=True, cache=True)
def slot_sums(values: Any, slots: Any, used: Any, size: int) -> Any:
    """Return number, mean and sum of squared deviations of the values of each slot.

    Parameters
    ----------
    values
        Values (time, column), contiguous; NaN is missing.
    slots
        Slot (time,) of each step.
    used
        Whether each step (time,) counts.
    size
        Number of slots.

    Returns
    -------
    numpy.ndarray
        float64 (3, slot, column); number 0, mean 0 and deviations 0 where nothing is valid.

    Examples
    --------
    >>> values = np.array([[1.0], [3.0], [np.nan], [5.0]])
    >>> slot_sums(values, np.array([0, 0, 0, 1]), np.ones(4, bool), 2)[:, :, 0].tolist()
    [[2.0, 1.0], [2.0, 5.0], [2.0, 0.0]]
    """
    steps, columns = values.shape
    out = np.zeros((3, size, columns))
    for begin in range(0, columns, _TILE):
        end = min(begin + _TILE, columns)
        origin = np.full(end - begin, np.nan)
        for t in range(steps):
            if not used[t]:
                continue
            s = slots[t]
            for x in range(begin, end):
                value = np.float64(values[t, x])
                if np.isnan(value):
                    continue
                if np.isnan(origin[x - begin]):
                    origin[x - begin] = value
                value -= origin[x - begin]
                out[0, s, x] += 1
                out[1, s, x] += value
                out[2, s, x] += value * value
        for s in range(size):
            for x in range(begin, end):
                n, total = out[0, s, x], out[1, s, x]
                if n > 0:
                    out[1, s, x] = origin[x - begin] + total / n
                    out[2, s, x] = max(out[2, s, x] - total * total / n, 0.0)
    return out


@nb.njit(nogil=True, cache=True)
def pool(sums: Any, half: int, hours: int) -> Any:
    """Return the sums of each slot together with its neighbours along the year, a circle.

    Parameters
    ----------
    sums
        Number, mean, squared deviations (3, slot, column), as :func:`slot_sums` returns them.
    half
        Neighbours on each side.
    hours
        Parts of the day; only the same part is a neighbour.

    Returns
    -------
    numpy.ndarray
        float64 (3, slot, column).

    Examples
    --------
    December and January are neighbours:

    >>> sums = np.zeros((3, 12, 1))
    >>> sums[0, 11], sums[1, 11] = 4, 7.0
    >>> pool(sums, 1, 1)[:2, :, 0].nonzero()[1].tolist()
    [0, 10, 11, 0, 10, 11]
    """
    _, size, columns = sums.shape
    length = size // hours
    out = np.zeros_like(sums)
    for slot in range(size):
        day, part = slot // hours, slot % hours
        for shift in range(-half, half + 1):
            other = ((day + shift) % length) * hours + part
            for x in range(columns):
                n = sums[0, other, x]
                if n == 0:
                    continue
                before = out[0, slot, x]
                apart = sums[1, other, x] - out[1, slot, x]
                together = before + n
                out[0, slot, x] = together
                out[1, slot, x] += apart * n / together
                out[2, slot, x] += sums[2, other, x] + apart * apart * before * n / together
    return out


@nb.njit(nogil=True, cache=True)
def finish(sums: Any, minimum: int) -> Any:
    """Turn sums into mean, standard deviation (n - 1) and number, in place.

    Parameters
    ----------
    sums
        Number, mean, squared deviations (3, slot, column).
    minimum
        Values below which there is no norm, 2 or more.

    Returns
    -------
    numpy.ndarray
        The array (3, slot, column): mean and deviation (NaN with too few values), number.

    Examples
    --------
    >>> finish(np.array([[[4.0]], [[7.0]], [[12.0]]]), 4).ravel().tolist()
    [7.0, 2.0, 4.0]
    """
    _, size, columns = sums.shape
    for slot in range(size):
        for x in range(columns):
            n, mean, squares = sums[0, slot, x], sums[1, slot, x], sums[2, slot, x]
            enough = n >= minimum
            sums[0, slot, x] = mean if enough else np.nan
            sums[1, slot, x] = np.sqrt(squares / (n - 1)) if enough else np.nan
            sums[2, slot, x] = n
    return sums


@nb.njit(nogil=True, cache=True)
def judge(values: Any, slots: Any, mean: Any, spread: Any, out: Any) -> None:
    """Write values minus the norm, in units of its spread where one is given.

    Parameters
    ----------
    values
        Values (time, column).
    slots
        Slot (time,) of each step.
    mean
        Norm (slot, column).
    spread
        Standard deviation (slot, column), or an array of no slots for departures. A spread of 0
        says nothing: NaN.
    out
        Result (time, column).

    Examples
    --------
    >>> out = np.empty((1, 1))
    >>> judge(np.array([[9.0]]), np.zeros(1, int), np.array([[5.0]]), np.array([[2.0]]), out)
    >>> out.item()
    2.0
    """
    steps, columns = values.shape
    for t in range(steps):
        s = slots[t]
        for x in range(columns):
            apart = values[t, x] - mean[s, x]
            if spread.shape[0]:
                apart = apart / spread[s, x] if spread[s, x] > 0 else np.nan
            out[t, x] = apart
