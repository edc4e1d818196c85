"""What is asked of an earthquake service: when, where, how strong, how deep."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from analysis.sources.regions import region as find_region

Range = tuple[float | None, float | None]
Box = tuple[float, float, float, float]

_EARTH_KM: Final = 6371.0088
_SLACK: Final = 1e-9  # degrees: rounding of differences of longitudes


@dataclass(frozen=True)
class EventQuery:
    """A question to an earthquake service; make it with `event_query`.

    Attributes
    ----------
    start, end : pandas.Timestamp
        UTC without a zone; half-open, ``start <= time < end``.
    boxes : tuple of (west, south, east, north)
        Degrees, -180 to 180 and west not beyond east: two where the region crosses the date line,
        none for the whole world. A circle has the boxes that hold it.
    circle : (longitude, latitude, radius) or None
        Degrees and km.
    magnitude, depth : (low, high)
        Both included; None leaves a side open.
    updated_after : pandas.Timestamp or None
        Only what changed since.
    deleted : bool
        Only deleted events.
    most : int or None
        Most events that one window should hold, below the limit of the service.
    """

    start: pd.Timestamp
    end: pd.Timestamp
    boxes: tuple[Box, ...] = ()
    circle: tuple[float, float, float] | None = None
    magnitude: Range = (None, None)
    depth: Range = (None, None)
    updated_after: pd.Timestamp | None = None
    deleted: bool = False
    most: int | None = None

    def wanted(self, events: pd.DataFrame, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
        """Keep of an answer what was asked for, within a half-open time.

        Services include both ends of a time, know no date line, and draw circles roughly.

        Parameters
        ----------
        events : pandas.DataFrame
            Table of events.
        start, end : pandas.Timestamp
            Window.

        Returns
        -------
        pandas.DataFrame
            Rows inside, in their order.
        """
        if self.deleted:  # what is left of a deleted event need not tell its place
            keep = (events["time"].isna()) | ((events["time"] >= start) & (events["time"] < end))
            return events[keep]
        keep = (events["time"] >= start) & (events["time"] < end)
        for column, (low, high) in (("mag", self.magnitude), ("depth", self.depth)):
            if low is not None:
                keep &= events[column] >= low
            if high is not None:
                keep &= events[column] <= high
        if self.circle is not None:
            keep &= _distance_km(self.circle, events) <= self.circle[2]
        elif self.boxes:
            inside = np.zeros(len(events), dtype=bool)
            for box in self.boxes:
                inside |= _inside(box, events)
            keep &= inside
        return events[keep]


def event_query(
    start: Any,
    end: Any,
    *,
    region: str | Sequence[float] | None = None,
    magnitude: float | Range | None = None,
    depth: float | Range | None = None,
    updated_after: Any = None,
    deleted: bool = False,
    most: int | None = None,
) -> EventQuery:
    """Check a question and bring it to one form.

    Parameters
    ----------
    start, end : time
        Anything that ``pandas.Timestamp`` reads but numbers, of which only a whole year, such as
        2020, has a meaning; without a zone it is UTC. Half-open.
    region : str or sequence of float, optional
        Name of a packaged region in any language; west, south, east, north in degrees, west
        beyond east crossing the date line; or longitude, latitude and radius in km of a circle.
    magnitude, depth : number or (low, high), optional
        A number is the smallest magnitude, or the greatest depth in km.
    updated_after : time, optional
        Only events that changed since.
    deleted : bool
        Only deleted events.
    most : int, optional
        Most events of a window.

    Returns
    -------
    EventQuery

    Raises
    ------
    ValueError
        A value is impossible; the message says what is allowed.

    Examples
    --------
    Over the date line two boxes are asked for, and they share only the line itself:

    >>> event_query("2020", "2021", region=(170, -10, -170, 10)).boxes
    ((170.0, -10.0, 180.0, 10.0), (-180.0, -10.0, -170.0, 10.0))
    """
    first, last = read_moment(start, "start"), read_moment(end, "end")
    if last <= first:
        raise ValueError(f"The end {last} is not after the start {first}.")
    if most is not None and most < 1:
        raise ValueError(f"A window should hold at most {most} events; give 1 or more.")
    changed = None if updated_after is None else read_moment(updated_after, "updated_after")
    boxes, circle = _place(region)
    return EventQuery(
        start=first,
        end=last,
        boxes=boxes,
        circle=circle,
        magnitude=_range(magnitude, "magnitude", number_is_low=True),
        depth=_range(depth, "depth", number_is_low=False),
        updated_after=changed,
        deleted=deleted,
        most=most,
    )


def read_moment(value: Any, name: str) -> pd.Timestamp:
    """Read one time of a question.

    Parameters
    ----------
    value : time
        Anything that ``pandas.Timestamp`` reads, or a year as a whole number.
    name : str
        For the message.

    Returns
    -------
    pandas.Timestamp
        UTC without a zone.

    Raises
    ------
    ValueError
        It is no time, or a number that is no year.

    Examples
    --------
    >>> read_moment(2020, "start") == read_moment("2020-01-01", "start")
    True
    """
    if isinstance(value, int | float | np.number | np.bool_):
        whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
        if not whole or not 1000 <= value <= 9999:
            raise ValueError(f"The {name} is the number {value!r}; give a year, or a date in text.")
        value = str(int(value))
    message = f"The {name} is {value!r}; give a date such as '2011-03-11'."
    try:
        moment: Any = pd.Timestamp(value)
    except (ValueError, TypeError) as error:
        raise ValueError(message) from error
    if moment is pd.NaT:
        raise ValueError(message)
    moment = moment.tz_convert("UTC").tz_localize(None) if moment.tzinfo else moment
    return moment.as_unit("us")


def _range(value: Any, name: str, *, number_is_low: bool) -> Range:
    if value is None:
        return None, None
    if isinstance(value, int | float | np.number):
        value = (value, None) if number_is_low else (None, value)
    try:
        low, high = (None if one is None else float(one) for one in value)
    except (TypeError, ValueError) as error:
        message = f"The {name} is {value!r}; give a number, or a low and a high one."
        raise ValueError(message) from error
    wrong = any(one is not None and math.isnan(one) for one in (low, high))
    if wrong or (low is not None and high is not None and low > high):
        raise ValueError(
            f"The range of {name} is {(low, high)}; the low end must not be above the high end."
        )
    low = None if low == -math.inf else low
    return low, None if high == math.inf else high


def _place(region: Any) -> tuple[tuple[Box, ...], tuple[float, float, float] | None]:
    if region is None:
        return (), None
    if isinstance(region, str):
        return _boxes(*find_region(region).bounds), None
    try:
        values = tuple(float(one) for one in region)
    except (TypeError, ValueError):
        values = ()
    if len(values) not in (3, 4) or not all(map(math.isfinite, values)):
        raise ValueError(
            f"The region is {region!r}; give a name, four numbers (west, south, east, north), "
            "or three (longitude, latitude, radius in km)."
        )
    if len(values) == 4:
        return _boxes(*values), None
    longitude, latitude, radius = values
    if not -90 <= latitude <= 90 or not 0 < radius <= 20_038:
        raise ValueError(
            f"The circle {values} must have a latitude between -90 and 90 degrees and a radius "
            "above 0 and at most 20,038 km."
        )
    return _round(longitude, latitude, radius), (longitude, latitude, radius)


def _boxes(west: float, south: float, east: float, north: float) -> tuple[Box, ...]:
    """One box, or two where it crosses the date line, none for the whole world."""
    if not -90 <= south <= north <= 90:
        raise ValueError(
            f"The region {(west, south, east, north)} has south {south} and north {north}; "
            "-90 <= south <= north <= 90."
        )
    if east - west >= 360:
        whole = south == -90 and north == 90
        return () if whole else ((-180.0, south, 180.0, north),)
    turns = 360 * math.floor((west + 180) / 360)
    west, east = west - turns, east - turns
    if east < west:
        east += 360 * math.ceil((west - east) / 360)
    if east <= 180:
        return ((west, south, east, north),)
    return ((west, south, 180.0, north), (-180.0, south, east - 360, north))


def _round(longitude: float, latitude: float, radius: float) -> tuple[Box, ...]:
    """Boxes that hold a circle: the whole parallel where it reaches over a pole."""
    angle = radius / _EARTH_KM + 1e-6
    south, north = latitude - math.degrees(angle), latitude + math.degrees(angle)
    if south <= -90 or north >= 90:
        return _boxes(-180, max(south, -90), 180, min(north, 90))
    half = math.degrees(math.asin(math.sin(angle) / math.cos(math.radians(latitude))))
    return _boxes(longitude - half, south, longitude + half, north)


def _inside(box: Box, events: pd.DataFrame) -> Any:
    west, south, east, north = box
    longitude, latitude = events["longitude"].to_numpy(), events["latitude"].to_numpy()
    along = np.mod(longitude - west + _SLACK, 360) <= east - west + 2 * _SLACK
    return along & (latitude >= south) & (latitude <= north)


def _distance_km(circle: tuple[float, float, float], events: pd.DataFrame) -> Any:
    """Haversine distance of the events from the centre (Sinnott 1984, Sky and Telescope 68:159)."""
    lon, lat = np.radians(circle[0]), np.radians(circle[1])
    lons, lats = (
        np.radians(events["longitude"].to_numpy()),
        np.radians(events["latitude"].to_numpy()),
    )
    half = np.sin((lats - lat) / 2) ** 2
    half += np.cos(lat) * np.cos(lats) * np.sin((lons - lon) / 2) ** 2
    return 2 * _EARTH_KM * np.arcsin(np.sqrt(np.minimum(half, 1)))
