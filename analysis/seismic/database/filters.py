"""Which events are meant: the filters of a question, checked and brought to what is stored."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Integral
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from analysis.seismic.distances import EARTH_RADIUS_KM, check_point
from analysis.seismic.events import check_region, utc_moment
from analysis.sources.fdsn.columns import event_types
from analysis.sources.regions import region as named_region

Box = tuple[float, float, float, float]
Limits = tuple[float | None, float | None]

PRESENT: Final = 0
DELETED: Final = 1
VANISHED: Final = 2
STATES: Final = ("present", "deleted", "vanished")
"""Words for the states of a solution: listed, taken back by its agency, no longer listed."""


class Circle(NamedTuple):
    """All within a distance of a point: degrees, degrees, km along the surface."""

    longitude: float
    latitude: float
    radius_km: float


@dataclass(frozen=True)
class Filter:
    """A question in the units of the file: microseconds, boxes that cross no date line."""

    start: int | None = None
    end: int | None = None
    boxes: tuple[Box, ...] = ()
    circle: Circle | None = None
    magnitude: Limits = (None, None)
    depth: Limits = (None, None)
    types: tuple[str, ...] | None = None
    agencies: tuple[str, ...] | None = None
    sources: tuple[str, ...] | None = None
    simulated: bool | None = None
    states: tuple[int, ...] = (PRESENT,)
    preferred: bool = True
    since: int | None = None


def make_filter(  # noqa: PLR0913 - one per filter
    *,
    start: Any = None,
    end: Any = None,
    region: Any = None,
    magnitude: Any = None,
    depth: Any = None,
    types: str | Iterable[str] | None = None,
    agency: str | Iterable[str] | None = None,
    sources: str | Iterable[str] | None = None,
    simulated: bool | None = None,
    deleted: bool = False,
    since: int | None = None,
) -> Filter:
    """Check the filters of a question.

    Parameters
    ----------
    start, end
        Time window, UTC, half-open: ``start <= time < end``. Anything that `moment` reads.
    region
        Name of a packaged region, or west, south, east, north in degrees (west greater than east
        crosses the date line), or a circle: longitude, latitude, radius in km.
    magnitude, depth
        Smallest and largest value, both included, None for an open side; a single number is the
        smallest magnitude, or the greatest depth.
    types, agency, sources
        One or several event types, agencies, names of sources; types and agencies in any case.
    simulated : bool, optional
        True for simulated events only, False for observed ones only.
    deleted : bool
        Also those that their agency took back or no longer lists.
    since : int, optional
        Only what was touched after this change.

    Returns
    -------
    Filter
        Ready for a statement.

    Raises
    ------
    ValueError
        A filter is impossible; the message says why.

    Examples
    --------
    A box over the date line becomes two that share no point of the globe:

    >>> make_filter(region=(170, -10, -170, 10)).boxes
    ((170.0, -10.0, 180.0, 10.0), (-180.0, -10.0, -170.0, 10.0))
    """
    first, last = moment(start, "start"), moment(end, "end")
    if first is not None and last is not None and last < first:
        raise ValueError(f"The end {end} is before the start {start}.")
    boxes, circle = _places(region)
    kinds, agencies = _words(types, "types"), _words(agency, "agency")
    if agencies is not None:
        agencies = tuple(agency_name(one) for one in agencies)
    if kinds is not None:  # as they are kept
        known = event_types(pd.Series(kinds))
        kinds = _words(known.tolist(), "types")
    return Filter(
        start=first,
        end=last,
        boxes=boxes,
        circle=circle,
        magnitude=_limits(magnitude, "magnitude"),
        depth=_limits(depth, "depth", number_is_low=False),
        types=kinds,
        agencies=agencies,
        sources=_words(sources, "sources"),
        simulated=simulated,
        states=(PRESENT, DELETED, VANISHED) if deleted else (PRESENT,),
        preferred=agencies is None,
        since=since,
    )


def moment(value: Any, name: str) -> int | None:
    """Return a time as whole microseconds since 1970, UTC.

    Parameters
    ----------
    value
        Anything that ``pandas.Timestamp`` reads, a whole number from 1000 to 9999, which is a
        year, or None. Other numbers are refused: nobody can see what they count.
    name : str
        What the time is, for the message.

    Returns
    -------
    int or None
        None for None.

    Raises
    ------
    ValueError
        It is no time.

    Examples
    --------
    >>> moment("1970-01-01T06:00:01+06:00", "start")
    1000000
    >>> moment(2015, "start") == moment("2015-01-01", "start")
    True
    """
    if value is None:
        return None
    try:
        found = utc_moment(value, name)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"The {name} is {value!r}; give a date such as '2011-03-11' or a year "
            "from 1000 to 9999."
        ) from error
    return int(found.as_unit("us").to_datetime64().astype("int64"))


def is_whole(value: Any) -> bool:
    """Whether something is a whole number: neither a word of logic nor a time difference.

    Examples
    --------
    >>> is_whole(5), is_whole(np.int64(5)), is_whole(5.0), is_whole(True)
    (True, True, False, False)
    """
    return isinstance(value, Integral) and not isinstance(value, bool | np.timedelta64)


def agency_name(value: str) -> str:
    """Return the name of an agency as it is kept.

    Raises
    ------
    ValueError
        It is no word.

    Examples
    --------
    >>> agency_name(" USGS")
    'usgs'
    """
    name = value.strip().lower() if isinstance(value, str) else ""
    if not name:
        raise ValueError(f"The agency is {value!r}; give a word such as 'usgs'.")
    return name


def as_time(value: int) -> pd.Timestamp:
    """Return microseconds as a time; the inverse of `moment`.

    Examples
    --------
    >>> moment(as_time(1), "time")
    1
    """
    return pd.Timestamp(np.datetime64(value, "us"))


def _limits(value: Any, name: str, *, number_is_low: bool = True) -> Limits:
    """Check a range."""
    if value is None:
        return None, None
    if isinstance(value, Iterable):
        pair = tuple(value)
    else:
        pair = (value, None) if number_is_low else (None, value)
    if len(pair) != 2:
        raise ValueError(f"The range of {name} is {value!r}; give its two ends.")
    low, high = (None if one is None else float(one) for one in pair)
    if any(one is not None and math.isnan(one) for one in (low, high)) or (
        low is not None and high is not None and low > high
    ):
        raise ValueError(
            f"The range of {name} is {value}; the low end must not be above the high end."
        )
    # an open range still asks for a value
    return (-math.inf if low is None and high is None else low), high


def _words(value: str | Iterable[str] | None, name: str) -> tuple[str, ...] | None:
    """Check a list of words; none at all would silently find nothing."""
    if value is None:
        return None
    words = (value,) if isinstance(value, str) or not isinstance(value, Iterable) else tuple(value)
    if not words or not all(isinstance(word, str) for word in words):
        raise ValueError(f"{name} is {value!r}; give one or more words, or None for all.")
    return words


def _places(region: Any) -> tuple[tuple[Box, ...], Circle | None]:
    """Return the boxes that hold a region, and its circle."""
    if region is None:
        return (), None
    if isinstance(region, str):
        return _split(named_region(region).bounds), None
    values = tuple(region)
    if len(values) == 3:
        circle = Circle(*(float(value) for value in values))
        return _split(_around(circle)), circle
    return _split(values), None


def _split(region: Any) -> tuple[Box, ...]:
    """Return one box, or two where it reaches the date line."""
    west, south, east, north = check_region(region)
    if (west, south, east, north) == (-180.0, -90.0, 180.0, 90.0):
        return ()
    if east < 180:
        return ((west, south, east, north),)
    if east - west >= 360:
        return ((-180.0, south, 180.0, north),)
    return (west, south, 180.0, north), (-180.0, south, east - 360, north)


def _around(circle: Circle) -> Box:
    """Return the smallest box that holds a circle."""
    check_point(circle.longitude, circle.latitude)
    if not (math.isfinite(circle.radius_km) and circle.radius_km > 0):
        raise ValueError(f"The radius is {circle.radius_km} km; it must be a positive number.")
    angle = circle.radius_km / EARTH_RADIUS_KM
    reach = math.degrees(angle) + 1e-6
    south, north = max(circle.latitude - reach, -90.0), min(circle.latitude + reach, 90.0)
    if south == -90 or north == 90 or angle >= math.pi / 2:
        return -180.0, south, 180.0, north
    wide = math.degrees(math.asin(math.sin(angle) / math.cos(math.radians(circle.latitude)))) + 1e-6
    return circle.longitude - wide, south, circle.longitude + wide, north
