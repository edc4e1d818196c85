"""How the year is divided: days, months, or days and hours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from analysis.yearly.base import check_times

BY: Final = ("dayofyear", "month", "hour")
"""Ways to divide the year: days, months, days and hours."""

_WINDOWS: Final = {"dayofyear": 15, "month": 1, "hour": 15}
_MONTHLY: Final = np.timedelta64(20, "D")
_DAILY: Final = np.timedelta64(20, "h")


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
        window = f", window of {self.window} {unit}" if self.window > 1 else ""
        return f"{base}{day}{window}"

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
