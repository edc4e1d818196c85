"""Filters on a table of events."""

from __future__ import annotations

import math
from collections.abc import Iterable
from numbers import Integral, Number
from typing import Any, TypeVar

import pandas as pd

from analysis.seismic.columns import as_events
from analysis.sources.regions import region as find_region

Table = TypeVar("Table")
Range = tuple[float | None, float | None]
Region = tuple[float, float, float, float]


def select_events(
    table: Table,
    *,
    start: Any = None,
    end: Any = None,
    magnitude: Range | None = None,
    depth: Range | None = None,
    region: Region | str | None = None,
    sources: Iterable[str] | None = None,
    simulated: bool | None = None,
) -> Table:
    """Return the events that pass every filter given, in the order of the table.

    Only comparisons are used, so a pandas, a cuDF and a lazy Dask table all work, and a Dask
    table stays lazy.

    Parameters
    ----------
    table
        Events with the columns of the filters used: ``time`` (UTC, or with a zone; a pandas table
        may also hold what `as_events` reads as a time), ``mag``, ``depth`` (km), ``longitude``
        (degrees, -180 to 180 or 0 to 360), ``latitude`` (degrees), ``source``, ``simulated``.
    start, end
        Time window, UTC, half-open: ``start <= time < end``, so that windows in a row share no
        event. Anything that `utc_moment` reads.
    magnitude, depth
        Smallest and largest value, both included; None leaves a side open. Events without the
        value do not pass.
    region
        West, south, east, north in degrees, edges included. West greater than east crosses the
        date line; any longitude is accepted. Or the name of a packaged region in any language.
    sources
        Names that the column ``source`` may have.
    simulated
        True for simulated events only, False for observed ones only.

    Returns
    -------
    table
        The rows that pass; possibly none.

    Raises
    ------
    ValueError
        If a filter is impossible (end before start, low above high, a latitude beyond a pole, a
        bare number as a time, an unknown region), the table has no such column, or its times
        cannot be read.

    Examples
    --------
    A region and the rest of the world share no event and lose none, across the date line too:

    >>> import pandas as pd
    >>> events = pd.DataFrame({"longitude": [179.0, -179.0, 0.0], "latitude": [0.0, 1.0, 2.0]})
    >>> len(select_events(events, region=(170, -90, -170, 90)))
    2
    >>> len(select_events(events, region=(-169.999, -90, 169.999, 90)))
    1
    """
    masks = [
        *_time_masks(table, start, end),
        *_range_masks(table, "mag", "magnitude", magnitude),
        *_range_masks(table, "depth", "depth", depth),
    ]
    if region is not None:
        masks.append(_inside(_column(table, "longitude"), _column(table, "latitude"), region))
    if sources is not None:
        masks.append(_column(table, "source").isin(list(sources)))
    if simulated is not None:
        flags = _column(table, "simulated") == 1  # a file may hold 0 and 1
        masks.append(flags if simulated else ~flags)
    if not masks:
        return table
    keep = masks[0]
    for mask in masks[1:]:
        keep = keep & mask
    selected: Table = table[keep]  # type: ignore[index]
    return selected


def check_region(region: Region | str) -> Region:
    """Return a region with west in [-180, 180) and east not before west.

    Parameters
    ----------
    region
        West, south, east, north in degrees; west greater than east crosses the date line. Or
        the name of a packaged region in any language.

    Returns
    -------
    tuple of float
        The same region; east may pass 180.

    Raises
    ------
    ValueError
        If a value is not finite, a latitude is beyond a pole, south is north of north, or no
        region has that name.

    Examples
    --------
    >>> check_region((170, -10, -170, 10))
    (170.0, -10.0, 190.0, 10.0)
    >>> check_region("Жапония") == check_region("japan")
    True
    """
    box = find_region(region).bounds if isinstance(region, str) else region
    try:
        values = tuple(float(value) for value in box)
    except (TypeError, ValueError):
        values = ()
    if len(values) != 4 or not all(math.isfinite(value) for value in values):
        msg = (
            f"The region is {region!r}; give four finite numbers (west, south, east, north) or "
            "the name of a region."
        )
        raise ValueError(msg)
    west, south, east, north = values
    if not -90 <= south <= north <= 90:
        msg = (
            f"The region {region} has south {south} and north {north}: -90 <= south <= north <= 90."
        )
        raise ValueError(msg)
    if east - west >= 360:
        return -180.0, south, 180.0, north
    # by arithmetic, not turn by turn: a region may come from the address of a page
    turns = 360 * math.floor((west + 180) / 360)
    west, east = west - turns, east - turns
    if east < west:
        east += 360 * math.ceil((west - east) / 360)
    return west, south, east, north


def _inside(longitude: Any, latitude: Any, region: Region | str) -> Any:
    """Return the mask of the points in a region."""
    west, south, east, north = check_region(region)
    mask = (latitude >= south) & (latitude <= north)
    if east - west >= 360:
        return mask
    turns = [(longitude + shift >= west) & (longitude + shift <= east) for shift in (0, 360, -360)]
    return mask & (turns[0] | turns[1] | turns[2])


def _time_masks(table: Any, start: Any, end: Any) -> list[Any]:
    """Return the masks of a half-open time window."""
    first, last = _moment(start, "start"), _moment(end, "end")
    if first is not None and last is not None and last < first:
        msg = f"The end {last} is before the start {first}."
        raise ValueError(msg)
    if first is None and last is None:
        return []
    times = _times(_column(table, "time"))
    if getattr(times.dtype, "tz", None) is not None:
        first, last = (None if one is None else one.tz_localize("UTC") for one in (first, last))
    masks = []
    if first is not None:
        masks.append(times >= first)
    if last is not None:
        masks.append(times < last)
    return masks


def _times(column: Any) -> Any:
    """Return times that can be compared: as they are, with or without a zone, or read."""
    kind = column.dtype
    if isinstance(kind, pd.DatetimeTZDtype) or str(kind).startswith("datetime64["):
        return column
    if not isinstance(column, pd.Series):
        msg = (
            f"The column 'time' of events is of type {kind}; make times of it first, for example "
            "by as_events of the computed table."
        )
        raise ValueError(msg)
    frame = pd.DataFrame({"time": column, "longitude": 0.0, "latitude": 0.0})
    return as_events(frame, fill=False)["time"]


def _moment(value: Any, name: str) -> Any:
    """Return a time as UTC without a zone, or None."""
    return None if value is None else utc_moment(value, name)


def utc_moment(value: Any, name: str) -> pd.Timestamp:
    """Return a time as UTC without a zone.

    Parameters
    ----------
    value
        Anything that ``pandas.Timestamp`` reads, and a year as a whole number from 1000 to 9999.
        Other numbers are refused: what they count cannot be seen from them.
    name
        What the time is, for the message.

    Returns
    -------
    pandas.Timestamp
        Without a zone.

    Raises
    ------
    ValueError
        If it is no time.

    Examples
    --------
    >>> utc_moment("2011-03-11T06:00+06:00", "start")
    Timestamp('2011-03-11 00:00:00')
    >>> utc_moment(2011, "start") == utc_moment("2011", "start")
    True
    """
    msg = f"The {name} is {value!r}; give a date such as '2011-03-11' or a year from 1000 to 9999."
    if isinstance(value, Number):
        whole = isinstance(value, Integral) and not isinstance(value, bool)
        year = int(value) if whole else 0  # type: ignore[call-overload]
        if not 1000 <= year <= 9999:
            raise ValueError(msg)
        return pd.Timestamp(year, 1, 1)
    try:
        moment: Any = pd.Timestamp(value)
    except (ValueError, TypeError, OverflowError) as error:
        raise ValueError(msg) from error
    if moment is pd.NaT:
        raise ValueError(msg)
    return moment.tz_convert("UTC").tz_localize(None) if moment.tzinfo else moment


def _range_masks(table: Any, column: str, name: str, limits: Range | None) -> list[Any]:
    """Return the masks of a closed range of values."""
    if limits is None:
        return []
    low, high = limits
    if any(value is not None and math.isnan(value) for value in limits) or (
        low is not None and high is not None and low > high
    ):
        msg = f"The range of {name} is {limits}; the low end must not be above the high end."
        raise ValueError(msg)
    masks = []
    if low is not None and low > -math.inf:
        masks.append(_column(table, column) >= low)
    if high is not None and high < math.inf:
        masks.append(_column(table, column) <= high)
    if not masks:
        masks.append(_column(table, column).notna())
    return masks


def _column(table: Any, name: str) -> Any:
    """Return a column, or say which ones there are."""
    if name not in table.columns:
        names = ", ".join(map(str, table.columns))
        msg = f"The table of events has no column {name!r}; it has {names}."
        raise ValueError(msg)
    return table[name]
