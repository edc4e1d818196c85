"""b-value and completeness through time, in sliding windows."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.seismic.magnitudes.bvalue import Method, b_value
from analysis.seismic.magnitudes.mc import CompletenessMethod, completeness
from analysis.seismic.magnitudes.tables import take

YEAR = np.timedelta64(31_557_600_000_000, "us")
"""A Julian year, 365.25 days."""


def completeness_in_time(
    events: pd.DataFrame,
    *,
    events_each: int | None = None,
    years: float | None = None,
    step: float | None = None,
    method: CompletenessMethod = "maxc",
    bin_width: float = 0.1,
    **options: Any,
) -> pd.DataFrame:
    """Estimate the magnitude of completeness in sliding windows of time.

    Parameters
    ----------
    events
        Table of events, (n), in any order: `time` (UTC) and `mag`; rows where one is missing are
        left out.
    events_each
        Windows of that many events.
    years
        Windows of that many years of 365.25 days, from the first event on; give one of the two.
        A window is half-open, and one that the catalogue does not fill is not made, unless it is
        the only one.
    step
        From one window to the next, in events or years; half a window if not given.
    method, bin_width, **options
        As in `completeness`.

    Returns
    -------
    pandas.DataFrame
        One row for each window in the order of time: `start` and `end` (of the window of years;
        times of the first and the last event in windows of events), `time` (the middle), `n`
        events, `mc`.

    Raises
    ------
    ValueError
        If not one of the two kinds of window is chosen, a number makes no sense, or a column is
        absent.

    Examples
    --------
    A network that sees one unit less from 2001 on:

    >>> times = pd.date_range("2000-01-01", periods=800, freq="D")
    >>> mags = np.tile([3.0, 3.0, 3.0, 3.1, 3.1, 3.2, 3.3, 3.5], 100) - (times.year > 2000)
    >>> events = pd.DataFrame({"time": times, "mag": mags})
    >>> completeness_in_time(events, years=1)["mc"].tolist()
    [3.2, 2.2, 2.2]
    """
    times, mags = _sorted(events)
    rows = [
        (*found, completeness(mags[part], method, bin_width, **options))
        for *found, part in _windows(times, events_each, years, step)
    ]
    return _table(rows, ["mc"])


def b_in_time(
    events: pd.DataFrame,
    *,
    events_each: int | None = None,
    years: float | None = None,
    step: float | None = None,
    mc: float | Literal["maxc", "b-stability", "ks"] = "maxc",
    bin_width: float = 0.1,
    method: Method = "tinti-mulargia",
) -> pd.DataFrame:
    """Estimate the b-value in sliding windows of time.

    Parameters
    ----------
    events, events_each, years, step
        As in `completeness_in_time`. With a number for `mc`, windows of events are windows of
        events of `mc` and more.
    mc
        Magnitude of completeness of all windows, or the method by which that of each is found.
    bin_width, method
        As in `b_value`.

    Returns
    -------
    pandas.DataFrame
        One row for each window: `start`, `end`, `time` (the middle), `n` (events used, or
        differences for b-positive), `mc`, `b`, `std`; NaN where a window has too few events.

    Raises
    ------
    ValueError
        As `completeness_in_time` and `b_value`.

    Examples
    --------
    Windows that hold everything give what `b_value` gives:

    >>> times = pd.date_range("2000-01-01", periods=60, freq="D")
    >>> mags = np.tile([3.0, 3.0, 3.0, 3.1, 3.1, 3.2], 10)
    >>> row = b_in_time(pd.DataFrame({"time": times, "mag": mags}), events_each=60, mc=3.0).iloc[0]
    >>> float(row["b"]) == b_value(mags, 3.0).b
    True
    """
    times, mags = _sorted(events)
    if not isinstance(mc, str) and math.isfinite(mc):
        complete = mags >= mc - bin_width * (0.5 + 1e-5)
        times, mags = times[complete], mags[complete]
    rows = []
    for start, end, _, part in _windows(times, events_each, years, step):
        limit = completeness(mags[part], mc, bin_width) if isinstance(mc, str) else mc
        found = b_value(mags[part], limit, bin_width, method)
        rows.append((start, end, found.n, limit, found.b, found.std))
    return _table(rows, ["mc", "b", "std"])


def _sorted(events: pd.DataFrame) -> tuple[NDArray[np.datetime64], NDArray[np.float64]]:
    """Return times and magnitudes in the order of time, without missing ones."""
    times, mags = take(events, "time", "mag")
    there = ~np.isnat(times) & np.isfinite(mags)
    times, mags = times[there], mags[there]
    order = np.argsort(times, kind="stable")
    return times[order], mags[order]


def _windows(
    times: NDArray[np.datetime64], events_each: int | None, years: float | None, step: float | None
) -> Iterator[tuple[Any, Any, int, slice]]:
    """Give start, end, number of events and place of each window."""
    if (events_each is None) == (years is None):
        msg = f"Windows of {events_each} events and {years} years: give one of the two."
        raise ValueError(msg)
    size = events_each if events_each is not None else years
    step = size / 2 if step is None and size is not None else step
    for name, value in (("window", size), ("step", step)):
        if value is None or not (math.isfinite(value) and value > 0):
            msg = f"The {name} is {value}; it must be a positive number of events or years."
            raise ValueError(msg)
    if not times.size or size is None or step is None:
        return
    if events_each is not None:
        whole, stride = max(2, round(size)), max(1, round(step))
        for first in range(0, max(times.size - whole, 0) + 1, stride):
            last = min(first + whole, times.size)
            yield times[first], times[last - 1], last - first, slice(first, last)
        return
    width, stride_us = (int(value * YEAR.astype(np.int64)) for value in (size, step))
    span = int((times[-1] - times[0]).astype(np.int64))
    if span // max(stride_us, 1) > 1_000_000:
        msg = f"A step of {step} years makes more than a million windows; take a longer one."
        raise ValueError(msg)
    for shift in range(0, max(span - width, 0) + 1, max(stride_us, 1)):
        start = times[0] + np.timedelta64(shift, "us")
        end = start + np.timedelta64(width, "us")
        part = slice(*np.searchsorted(times, [start, end]))
        yield start, end, part.stop - part.start, part


def _table(rows: list[tuple[Any, ...]], names: list[str]) -> pd.DataFrame:
    """Return the rows as a table with the middle of each window."""
    table = pd.DataFrame(rows, columns=["start", "end", "n", *names])
    for name in ("start", "end"):
        table[name] = table[name].astype("datetime64[us]")
    table.insert(2, "time", table["start"] + (table["end"] - table["start"]) / 2)
    table[names] = table[names].astype(np.float64)
    table["n"] = table["n"].astype(np.int64)
    return table
