"""Windows of time, and how much of each the steps of a cube fill."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Times = NDArray[np.datetime64]
_CALENDAR = {"M": "MS", "Q": "QS", "Y": "YS", "A": "YS"}


def window_edges(start: Any, end: Any, period: str) -> Times:
    """Return the edges of the whole windows that fit between two times.

    Parameters
    ----------
    start, end
        Times, UTC; anything that ``pandas.Timestamp`` reads. A last window that would pass the
        end is left out, because its counts would be too small.
    period
        A length such as "30D", or a calendar period: "MS" months, "QS" quarters, "YS" years.

    Returns
    -------
    numpy.ndarray
        Edges (time + 1), datetime64[ns].

    Raises
    ------
    ValueError
        If the period is unknown, no window fits, or the start is not the beginning of a calendar
        period.

    Examples
    --------
    >>> window_edges("2020-01-01", "2020-03-31", "30D").astype("datetime64[D]")
    array(['2020-01-01', '2020-01-31', '2020-03-01', '2020-03-31'], dtype='datetime64[D]')
    >>> window_edges("2020-01-01", "2021-01-01", "MS").size
    13
    """
    first, last = _utc(start), _utc(end)
    try:
        edges = pd.date_range(first, last, freq=_CALENDAR.get(period, period))
    except ValueError as error:
        msg = f"The period is {period!r}; give a length such as '30D', or 'MS', 'QS', 'YS'."
        raise ValueError(msg) from error
    if len(edges) < 2:
        msg = f"No window of {period} fits between {start} and {end}."
        raise ValueError(msg)
    if edges[0] != first:
        msg = f"The start {start} is not the beginning of a period {period!r}; take {edges[0]}."
        raise ValueError(msg)
    return np.asarray(edges.to_numpy(), dtype="datetime64[ns]")


def find_windows(edges: Times, times: Any) -> NDArray[np.intp]:
    """Return the half-open window that holds each time, -1 outside.

    Parameters
    ----------
    edges
        Edges (time + 1), ascending.
    times
        Times (n), UTC.

    Returns
    -------
    numpy.ndarray
        Windows (n), -1 outside and for a missing time.

    Examples
    --------
    >>> edges = window_edges("2020-01-01", "2020-03-01", "30D")
    >>> find_windows(edges, np.array(["2020-01-01", "2020-01-31", "2019-12-31"], "datetime64[s]"))
    array([ 0,  1, -1])
    """
    values = np.asarray(times).astype("datetime64[ns]")
    found = np.searchsorted(edges, values, side="right") - 1
    inside = (found >= 0) & (found < edges.size - 1) & ~np.isnat(values)
    return np.where(inside, found, -1)


def overlaps(
    edges: Times, bounds: NDArray[np.datetime64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how long each step lies in each window, and as a share of the step.

    A step without length is a moment: it lies with weight 1 in the window that holds it.

    Parameters
    ----------
    edges
        Edges of the windows (time + 1), ascending.
    bounds
        Beginning and end of each step (step, 2).

    Returns
    -------
    tuple of numpy.ndarray
        Days (time, step) and shares (time, step).

    Raises
    ------
    ValueError
        If a step ends before it begins.

    Examples
    --------
    The shares of a step over all windows add up to 1, if the windows cover it:

    >>> edges = window_edges("2020-01-01", "2020-03-31", "30D")
    >>> february = np.array([["2020-02-01", "2020-03-01"]], dtype="datetime64[ns]")
    >>> overlaps(edges, february)[1].sum(axis=0)
    array([1.])
    """
    begin, end = bounds[:, 0], bounds[:, 1]
    if (end < begin).any():
        step = int(np.flatnonzero(end < begin)[0])
        msg = f"Step {step} ends at {end[step]}, before it begins at {begin[step]}."
        raise ValueError(msg)
    day = np.timedelta64(1, "D")
    low = np.maximum(edges[:-1, np.newaxis], begin)
    high = np.minimum(edges[1:, np.newaxis], end)
    days = np.maximum((high - low) / day, 0.0)
    lengths = (end - begin) / day
    moment = lengths == 0
    days[:, moment] = 0.0
    where = find_windows(edges, begin[moment])
    days[where[where >= 0], np.flatnonzero(moment)[where >= 0]] = 1.0
    return days, days / np.where(moment, 1.0, lengths)


def _utc(value: Any) -> Any:
    """Return a time as UTC without a zone."""
    moment: Any = pd.Timestamp(value)
    if value is None or moment is pd.NaT:
        msg = f"The time is {value!r}; give the start and the end of the windows."
        raise ValueError(msg)
    return moment.tz_convert("UTC").tz_localize(None) if moment.tzinfo else moment
