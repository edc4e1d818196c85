"""Regions and periods as people say them, and whether a source covers them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.sources.entries import Entry
from analysis.sources.fetching.errors import NotCoveredError
from analysis.sources.regions import region as find_region

Box = tuple[float, float, float, float]
_KM_OF_A_DEGREE = 111.195  # of a meridian on a sphere of 6371 km


def box_of(region: Any, entry: Entry) -> Box:
    """Read a region.

    Parameters
    ----------
    region : None, str or sequence of float
        Name of a packaged region; west, south, east, north; or longitude, latitude and kilometres
        of a circle; as text with commas, too. None is all that the source covers.
    entry : Entry
        The source.

    Returns
    -------
    tuple of float
        West, south, east, north; west greater than east crosses the date line.

    Raises
    ------
    ValueError
        It is no region.

    Examples
    --------
    >>> from analysis.sources import entry
    >>> box_of("76.9, 43.2, 100", entry("wind"))
    (75.67, 42.3, 78.13, 44.1)
    >>> box_of([170, -20, -170, 10], entry("wind"))
    (170.0, -20.0, -170.0, 10.0)
    """
    if region is None:
        west, south, east, north = entry.coverage[:4]
        return west, south, east, north
    if isinstance(region, str):
        parts = [one for one in region.replace(";", ",").split(",") if one.strip()]
        try:
            numbers = [float(one) for one in parts]
        except ValueError:
            return find_region(region).bounds
    else:
        numbers = [float(one) for one in region]
    if not all(np.isfinite(numbers)) or len(numbers) not in (3, 4):
        raise ValueError(
            f"The region {region!r} is none: write a name, west,south,east,north, or "
            "longitude,latitude,kilometres."
        )
    west, south, east, north = _circle(*numbers) if len(numbers) == 3 else numbers
    if not (-90 <= south < north <= 90 and -180 <= west <= 360 and -180 <= east <= 360):
        raise ValueError(
            f"The region {region!r} is none: degrees, south below north, longitudes -180 to 360."
        )
    if east - west >= 360:
        return -180.0, south, 180.0, north
    return _turned(west), south, _turned(east) if east != 180 else 180.0, north


def _circle(longitude: float, latitude: float, km: float) -> Box:
    """Smallest box around a circle."""
    if not (km > 0 and -90 <= latitude <= 90):
        raise ValueError(f"A circle of {km} km around latitude {latitude} is none.")
    high = km / _KM_OF_A_DEGREE
    south, north = max(-90.0, latitude - high), min(90.0, latitude + high)
    if south == -90 or north == 90:
        return -180.0, south, 180.0, north
    ratio = np.sin(np.radians(high)) / np.cos(np.radians(latitude))
    wide = float(np.degrees(np.arcsin(min(ratio, 1.0))))
    west, east = _turned(longitude - wide), _turned(longitude + wide)
    return round(west, 2), round(south, 2), round(east, 2), round(north, 2)


def _turned(longitude: float) -> float:
    inside_already = -180.0 <= longitude < 180.0
    return longitude if inside_already else (longitude + 180.0) % 360.0 - 180.0


def touches(box: Sequence[float], other: Sequence[float]) -> bool:
    """Tell whether two boxes share a place; either may cross the date line.

    Examples
    --------
    >>> touches((170, -10, -170, 10), (-180, -90, -175, 90)), touches((0, 0, 9, 9), (10, 0, 20, 9))
    (True, False)
    """
    if box[3] < other[1] or box[1] > other[3]:
        return False
    return any(a <= d and c <= b for a, b in _spans(box) for c, d in _spans(other))


def overlaps(box: Sequence[float], other: Sequence[float]) -> bool:
    """Tell whether two boxes share an area, not only an edge.

    Examples
    --------
    >>> overlaps((0, 0, 3, 3), (3, 0, 6, 3)), overlaps((0, 0, 3.1, 3), (3, 0, 6, 3))
    (False, True)
    """
    if box[3] <= other[1] or box[1] >= other[3]:
        return False
    return any(a < d and c < b for a, b in _spans(box) for c, d in _spans(other))


def _spans(box: Sequence[float]) -> list[tuple[float, float]]:
    west, east = box[0], box[2]
    return [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]


def inside(box: Box, longitude: float, latitude: float) -> bool:
    """Tell whether a place lies in a box.

    Examples
    --------
    >>> inside((170, -10, -170, 10), 181, 0), inside((170, -10, -170, 10), 0, 0)
    (True, False)
    """
    place = _turned(longitude)
    return touches(box, (place, latitude, place, latitude))


def period_of(start: Any, end: Any, entry: Entry) -> tuple[dt.date, dt.date]:
    """Read a period; what is left out is taken from what the source covers.

    Parameters
    ----------
    start, end : str, date or None
        Days; a year or a month as text counts as a whole.
    entry : Entry
        The source.

    Returns
    -------
    tuple of datetime.date
        First and last day.

    Raises
    ------
    ValueError
        A text is no date, or the end lies before the start.

    Examples
    --------
    >>> from analysis.sources import entry
    >>> [str(day) for day in period_of("1990", "1991-02", entry("wind"))]
    ['1990-01-01', '1991-02-28']
    """
    first = _day(start if start is not None else entry.coverage.start or "1900-01-01", last=False)
    last = _day(end if end is not None else entry.coverage.end or dt.date.today(), last=True)
    if last < first:
        raise ValueError(f"The period ends ({last}) before it starts ({first}).")
    return first, last


def _day(value: Any, *, last: bool) -> dt.date:
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    text = str(value).strip()
    try:
        if len(text) <= 7:
            whole = pd.Period(text)
            return (whole.end_time if last else whole.start_time).date()
        return pd.Timestamp(text).date()
    except (ValueError, TypeError, AttributeError) as error:
        raise ValueError(f"{value!r} is no date; write 2021, 2021-06 or 2021-06-15.") from error


def check_coverage(
    entry: Entry, box: Box, first: dt.date, last: dt.date, others: Callable[[], Iterable[Entry]]
) -> None:
    """Refuse a region or a period for which a source has nothing, and name those that have.

    Parameters
    ----------
    entry : Entry
        The source.
    box : tuple of float
        Region.
    first, last : datetime.date
        Period.
    others : callable
        Gives all sources; it is called only where it matters.

    Raises
    ------
    NotCoveredError
        With what does cover it: other sources of the same variables.
    """
    place = touches(box, entry.coverage[:4])
    if place and _overlaps(entry, first, last):
        return
    found = [
        one.name
        for one in others()
        if one.name != entry.name
        and not one.simulated
        and set(one.units) & set(entry.units)
        and touches(box, one.coverage[:4])
        and _overlaps(one, first, last)
    ]
    here = ", ".join(f"{edge:g}" for edge in box)
    if not place:
        covered = ", ".join(f"{edge:g}" for edge in entry.coverage[:4])
        said = f"The source {entry.name!r} covers {covered}, nothing of {here}."
    else:
        span = f"{entry.coverage.start or '…'} to {entry.coverage.end or 'now'}"
        said = f"The source {entry.name!r} covers {span}, nothing of {first} to {last}."
    hint = f"These do: {', '.join(found)}." if found else "No other source of its variables does."
    raise NotCoveredError(f"{said} {hint}")


def _overlaps(entry: Entry, first: dt.date, last: dt.date) -> bool:
    start, end = entry.coverage.start, entry.coverage.end
    return not ((end and first.isoformat() > end[:10]) or (start and last.isoformat() < start[:10]))
