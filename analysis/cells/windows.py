"""Windows of time, and how much of each the steps of a cube fill."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse
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
    except (ValueError, TypeError, ZeroDivisionError) as error:
        msg = f"The period is {period!r}; give a length such as '30D', or 'MS', 'QS', 'YS'."
        raise ValueError(msg) from error
    if len(edges) < 2:
        msg = f"No window of {period} fits between {start} and {end}."
        raise ValueError(msg)
    if edges[0] != first:
        msg = f"The start {start} is not the beginning of a period {period!r}; take {edges[0]}."
        raise ValueError(msg)
    return nanoseconds(edges.to_numpy())


def nanoseconds(times: Any) -> Times:
    """Return times in nanoseconds; those that nanoseconds cannot hold are missing.

    NumPy alone would let them turn round: the year 1411 would become 1995.

    Parameters
    ----------
    times
        Times (n), datetime64 of any unit.

    Returns
    -------
    numpy.ndarray
        datetime64[ns] (n); NaT before 1678 and after 2261.

    Examples
    --------
    >>> nanoseconds(np.array(["1411-01-01", "2000-01-01"], "datetime64[s]")).astype(str).tolist()
    ['NaT', '2000-01-01T00:00:00.000000000']
    """
    values = np.asarray(times)
    years = values.astype("datetime64[Y]")
    outside = (years < np.datetime64("1678")) | (years > np.datetime64("2261"))
    return np.where(outside, np.datetime64("NaT"), values).astype("datetime64[ns]")


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
    values = nanoseconds(times)
    found = np.searchsorted(edges, values, side="right") - 1
    inside = (found >= 0) & (found < edges.size - 1) & ~np.isnat(values)
    return np.where(inside, found, -1)


def overlaps(edges: Times, bounds: NDArray[np.datetime64]) -> tuple[Any, Any]:
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
    tuple of scipy.sparse.csr_array
        Days (time, step) and shares (time, step); most steps lie in one window or two.

    Raises
    ------
    ValueError
        If a step ends before it begins, or lies outside the years 1678 to 2261.

    Examples
    --------
    The shares of a step over all windows add up to 1, if the windows cover it:

    >>> edges = window_edges("2020-01-01", "2020-03-31", "30D")
    >>> february = np.array([["2020-02-01", "2020-03-01"]], dtype="datetime64[ns]")
    >>> overlaps(edges, february)[1].sum(axis=0)
    array([1.])
    """
    begin, end = nanoseconds(bounds[:, 0]), nanoseconds(bounds[:, 1])
    wrong = np.flatnonzero(~(begin <= end))
    if wrong.size:
        low, high = bounds[wrong[0]]
        msg = f"Step {wrong[0]} ends at {high}, before it begins at {low}, or they are no times."
        raise ValueError(msg)
    moment = begin == end
    first = np.maximum(np.searchsorted(edges, begin, side="right") - 1, 0)
    last = np.searchsorted(edges[:-1], end, side="left")
    last = np.where(moment, np.searchsorted(edges[:-1], end, side="right"), last)
    counts = np.maximum(last - first, 0)
    step = np.repeat(np.arange(begin.size), counts)
    window = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts - first, counts)
    length = np.minimum(edges[window + 1], end[step]) - np.maximum(edges[window], begin[step])
    days = length / np.timedelta64(1, "D")
    inside = (begin[step] >= edges[window]) & (begin[step] < edges[window + 1])
    days = np.where(moment[step], inside.astype(np.float64), days)
    lengths = np.where(moment, 1.0, (end - begin) / np.timedelta64(1, "D"))
    keep = days > 0
    places = (window[keep], step[keep])
    shape = (edges.size - 1, begin.size)
    return (
        scipy.sparse.csr_array((days[keep], places), shape),
        scipy.sparse.csr_array((days[keep] / lengths[step[keep]], places), shape),
    )


def _utc(value: Any) -> Any:
    """Return a time as UTC without a zone."""
    moment: Any = pd.Timestamp(value)
    if value is None or moment is pd.NaT:
        msg = f"The time is {value!r}; give the start and the end of the windows."
        raise ValueError(msg)
    moment = moment.tz_convert("UTC").tz_localize(None) if moment.tzinfo else moment
    if not 1678 <= moment.year <= 2261:
        msg = f"The time {value} is outside the years 1678 to 2261."
        raise ValueError(msg)
    return moment
