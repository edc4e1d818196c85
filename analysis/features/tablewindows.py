"""The windows of a cube: when each is over, which lie in a history, which follow an issue time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from analysis.cells.windows import nanoseconds
from analysis.features.derivatives import length_in_days

DAY: Final = 86_400_000_000_000
MONTH: Final = 30.0
"""Days of the usual horizon."""
_CALENDAR: Final = {"M": "MS", "Q": "QS", "Y": "YS", "A": "YS", "ME": "MS", "QE": "QS", "YE": "YS"}

Whole = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Windows:
    """Windows in order of time, ns since 1970.

    Attributes
    ----------
    begin, end
        Of each window (time,); a window is known when it has ended, and holds what happened from
        its beginning on and before its end.
    """

    begin: Whole
    end: Whole

    @property
    def issue(self) -> NDArray[np.datetime64]:
        """Issue times (time,): the ends of the windows."""
        return self.end.view("datetime64[ns]")

    @property
    def middle(self) -> Whole:
        """Middles (time,)."""
        return self.begin + (self.end - self.begin) // 2

    @property
    def typical(self) -> int:
        """Median length, ns."""
        return int(np.median(self.end - self.begin))

    def history(self, length: str) -> tuple[Whole, NDArray[np.bool_]]:
        """Return the first window of the history of each issue time, and whether it is whole.

        A window belongs to a history if more than half of it does.

        Parameters
        ----------
        length
            Of the history.

        Returns
        -------
        tuple of numpy.ndarray
            Positions (time,), and True (time,) where the cube reaches back far enough.

        Raises
        ------
        ValueError
            The history is shorter than half a window, or none is whole.
        """
        back = round(length_in_days(length, "history") * DAY)
        first = np.searchsorted(self.middle, self.end - back, side="right")
        if (first > np.arange(first.size)).all():
            raise ValueError(
                f"The history {length} is shorter than half a window of the cube "
                f"({self.typical / DAY:g} days); give a longer one."
            )
        half = (self.end[0] - self.begin[0]) // 2
        whole = (first > 0) | (self.begin[0] <= self.end - back + half)
        if not whole.any():
            days = (self.end[-1] - self.begin[0]) / DAY
            raise ValueError(
                f"The cube is {days:g} days long, from {self.begin[:1].view('M8[ns]')[0]} on; no "
                f"issue time has a history of {length}. Give a shorter history or a longer cube."
            )
        return first, whole

    def known(self, delay: int) -> Whole:
        """Return how many windows are published at each issue time.

        Parameters
        ----------
        delay
            From the end of a window to its publication, ns.

        Returns
        -------
        numpy.ndarray
            Numbers (time,).
        """
        return np.searchsorted(self.end, self.end - delay, side="right")

    def back_from(self, known: Whole, length: str) -> Whole:
        """Return the first window of a length of time that ends with the last known window.

        Parameters
        ----------
        known
            How many windows are known (issue,).
        length
            How far back.

        Returns
        -------
        numpy.ndarray
            Positions (issue,).
        """
        back = round(length_in_days(length, "window") * DAY)
        ends = self.end[np.maximum(known - 1, 0)]
        first = np.searchsorted(self.middle, ends - back, side="right")
        return np.minimum(first, known)

    def following(self, horizon: str | None) -> tuple[Whole, Whole, NDArray[np.bool_]]:
        """Return the windows in which the outcome of each issue time lies.

        Parameters
        ----------
        horizon
            Length from the issue time on; a window counts if more than half of it lies within.
            None for as many whole windows as come nearest to 30 days, at least one.

        Returns
        -------
        tuple of numpy.ndarray
            First window and the first after these (time,), and whether the outcome is in the
            cube without a gap.

        Raises
        ------
        ValueError
            The horizon is shorter than half a window.
        """
        n = self.end.size
        close = self.typical // 100
        first = np.searchsorted(self.begin, self.end - close, side="left")
        if horizon is None:
            last = first + max(1, round(MONTH * DAY / self.typical))
            there = last <= n
        else:
            ahead = round(length_in_days(horizon, "horizon") * DAY)
            last = np.searchsorted(self.middle, self.end + ahead, side="left")
            if ahead * 2 <= (self.end - self.begin).min():
                raise ValueError(
                    f"The horizon {horizon} is shorter than half a window of the cube "
                    f"({self.typical / DAY:g} days); give a longer one."
                )
            final = np.minimum(np.maximum(last - 1, 0), n - 1)
            there = (last > first) & ((self.end[final] >= self.end + ahead - close) | (last < n))
        gaps = np.concatenate([[0], np.cumsum(np.abs(self.begin[1:] - self.end[:-1]) > close)])
        start = np.minimum(first, n - 1)
        stop = np.minimum(np.maximum(last - 1, start), n - 1)
        there &= (first < n) & (np.abs(self.begin[start] - self.end) <= close)
        there &= gaps[stop] == gaps[start]
        return first, np.minimum(last, n), there


def as_text(length: Any, what: str) -> str:
    """Return a length of time as text, so that it can be written down.

    Parameters
    ----------
    length
        Anything that ``pandas.Timedelta`` reads; a text stays as it is.
    what
        What it is, for the message.

    Returns
    -------
    str
        Such as "30D".

    Raises
    ------
    ValueError
        It is no length of time, or not positive.
    """
    days = length_in_days(length, what)
    return length if isinstance(length, str) else f"{days:.12g}D"


def find_windows(cube: xr.Dataset, period: str | None) -> Windows:
    """Return the windows of a cube.

    Parameters
    ----------
    cube
        With ``time``, the beginnings of the windows, strictly ascending; and ``time_bounds``
        (time, 2) where they are known.
    period
        Length of a window ("30D", "MS", "QS", "YS") where there are no bounds; None for the
        distance to the next beginning. Across a hole, and at the end, the usual distance counts.

    Returns
    -------
    Windows
        In order of time.

    Raises
    ------
    ValueError
        A window ends before it begins, or nothing says how long the only window is.
    """
    begin = nanoseconds(cube["time"].to_numpy())
    bounds = _stated(cube)
    if bounds is not None and period is None:
        found = nanoseconds(bounds)
        if not np.isnat(found).any() and (found[:, 1] > found[:, 0]).any():
            return _check(Windows(found[:, 0].astype(np.int64), found[:, 1].astype(np.int64)))
    if period is not None:
        end = _after(begin, period)
    elif begin.size < 2:
        raise ValueError(
            f"The cube has one time, {begin[0]}, and no time_bounds; say how long its window is, "
            "for example period='30D'."
        )
    else:
        end = _inferred(begin)
    return _check(Windows(begin.astype(np.int64), nanoseconds(end).astype(np.int64)))


def _stated(cube: xr.Dataset) -> NDArray[np.datetime64] | None:
    """Return the bounds (time, 2) that the cube states."""
    names = ["time_bounds", "time_bnds", cube["time"].attrs.get("bounds")]
    for name in names:
        if name in cube.variables:
            found = cube[name]
            other = [dim for dim in found.dims if dim != "time"]
            if found.dtype.kind == "M" and len(other) == 1 and found.sizes[other[0]] == 2:
                return np.asarray(found.transpose("time", *other).to_numpy())
    return None


def _after(begin: NDArray[np.datetime64], period: str) -> Any:
    """Return the beginnings moved by a period."""
    text = _CALENDAR.get(str(period), period)
    try:
        if text in ("MS", "QS", "YS"):
            months = {"MS": 1, "QS": 3, "YS": 12}[str(text)]
            return (pd.DatetimeIndex(begin) + pd.DateOffset(months=months)).to_numpy()
        return begin + np.timedelta64(round(length_in_days(text, "period") * DAY), "ns")
    except (ValueError, TypeError) as error:
        raise ValueError(
            f"The period is {period!r}; give a length such as '30D', or 'MS', 'QS', 'YS'."
        ) from error


def _inferred(begin: NDArray[np.datetime64]) -> Any:
    """Return the ends of windows that follow one another; after a hole the usual length."""
    stamps = pd.DatetimeIndex(begin)
    months = (stamps.year * 12 + stamps.month).to_numpy()
    step = int(np.median(np.diff(months)))
    same = (stamps.day == stamps.day[0]).all() and stamps.day[0] <= 28
    if step >= 1 and same:  # calendar months, quarters or years
        usual = (stamps + pd.DateOffset(months=step)).to_numpy()
    else:
        usual = begin + np.timedelta64(int(np.median(np.diff(begin.astype(np.int64)))), "ns")
    end = np.array(usual, dtype="datetime64[ns]")
    apart = (begin[1:] - begin[:-1]).astype(np.int64)
    length = (end[:-1] - begin[:-1]).astype(np.int64)
    follows = apart <= 1.5 * length
    end[:-1][follows] = begin[1:][follows]
    return end


def _check(windows: Windows) -> Windows:
    wrong = np.flatnonzero(windows.end <= windows.begin)
    if wrong.size:
        low, high = (one[wrong[:1]].view("M8[ns]")[0] for one in (windows.begin, windows.end))
        raise ValueError(f"A window of the cube ends at {high}, not after it begins at {low}.")
    if (np.diff(windows.end) <= 0).any():
        raise ValueError("The windows of the cube do not end one after another.")
    return windows
