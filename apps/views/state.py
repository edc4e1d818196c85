"""What the visitor chose, as plain values that fit into an address.

One :class:`ViewState` belongs to one session. It knows neither Panel nor the data: pages watch its
parameters, and :meth:`ViewState.query` / :meth:`ViewState.read_query` turn it into the query of a
share link and back. Nonsense in a link is reported and ignored, never raised.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from urllib.parse import unquote

import numpy as np
import param

from apps.views.links import (
    Field,
    PartlyReadError,
    number,
    one_of,
    read_link,
    read_name,
    read_names,
    some_of,
    write_link,
    write_names,
)

Point = tuple[float, float]
Base = tuple[int, int] | None


Bounds = tuple[float, float, float, float]

WORLD: Bounds = (-180.0, -62.0, 180.0, 75.0)
LATITUDE_LIMIT = 85.0
STYLES = ("heat", "contours", "both", "none")
STATISTICS = ("value", "departure", "zscore")
PROJECTIONS = ("mercator", "kazakhstan", "north", "south", "platecarree", "equalearth")
OVERLAYS = ("events", "plates", "borders", "oblasts", "names", "graticule", "tiles")
KINDS = ("real", "simulated")
DOCKS = ("small", "medium", "large")
CLOCKS = ("utc", "local")
MAX_POINTS = 6
MAX_STATIONS = MOST_TABLES = 4
FIRST, LAST = np.datetime64("1678-01-01"), np.datetime64("2262-04-10")  # what ns can hold
DATE = re.compile(r"\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d)?)?)?)?")
DEFAULT_POINT: Point = (76.95, 43.24)  # Almaty


def wrap_longitude(longitude: float) -> float:
    """Bring any longitude into [-180, 180).

    >>> [wrap_longitude(value) for value in (190.0, -181.0, 540.0, 76.95)]
    [-170.0, 179.0, -180.0, 76.95]
    """
    if -180.0 <= longitude < 180.0:
        return longitude
    wrapped = (longitude + 180.0) % 360.0 - 180.0
    return -180.0 if wrapped >= 180.0 else wrapped


def rounded(longitude: float, latitude: float) -> Point:
    """Round a point to four decimals, about ten metres, with its longitude in [-180, 180).

    >>> rounded(179.99999, 1.0)
    (-180.0, 1.0)
    """
    return wrap_longitude(round(longitude, 4)), round(latitude, 4)


_longitude, _latitude = number(-720, 720), number(-90, 90)


def _pair(text: str, lowest: float, highest: float, *, strict: bool = False) -> tuple[float, float]:
    read = number(lowest, highest)
    low, high = (read(part) for part in text.split(","))
    if low > high or (strict and low == high):
        raise ValueError(f"{text!r}: the first number must be below the second")
    return low, high


def _bounds(text: str) -> Bounds:
    west, south, east, north = (float(part) for part in text.split(","))
    if not all(math.isfinite(value) for value in (west, south, east, north)):
        raise ValueError(f"{text!r} has a number that is not finite")
    if abs(west) > 540 or abs(east) > 720 or not 0 < east - west <= 720:
        raise ValueError(f"{text!r}: west must lie west of east, by at most 720 degrees")
    south, north = max(south, -LATITUDE_LIMIT), min(north, LATITUDE_LIMIT)
    if not south < north:
        raise ValueError(f"{text!r}: south must lie south of north")
    return west, south, east, north


def parse_points(text: str) -> list[Point]:
    """Read ``"76.95,43.24;299,-3"`` as longitude, latitude pairs; longitudes of any turn.

    Raises
    ------
    ValueError
        If a part is no pair of numbers or a latitude is outside -90..90.
    PartlyReadError
        If there are more points than are compared; its ``kept`` holds the first ones.

    >>> parse_points("299,-3")
    [(-61.0, -3.0)]
    """
    if text in ("", "none"):
        return []
    points = []
    for part in text.split(";"):
        longitude, latitude = part.split(",")
        points.append((wrap_longitude(_longitude(longitude)), _latitude(latitude)))
    if len(points) > MAX_POINTS:
        text = f"{len(points)} points; the first {MAX_POINTS} are compared"
        raise PartlyReadError(text, points[:MAX_POINTS])
    return points


def format_points(points: list[Point]) -> str:
    """Write points so that :func:`parse_points` reads them back.

    >>> parse_points(format_points([(76.95, 43.24), (-61.0, -3.0)]))
    [(76.95, 43.24), (-61.0, -3.0)]
    """
    return ";".join(f"{lon:.4f},{lat:.4f}" for lon, lat in points) or "none"


def _date(text: str) -> str:
    if not DATE.fullmatch(text) or not FIRST <= np.datetime64(text, "s") <= LAST:
        raise ValueError(f"{text!r} is not a date like 2010-06-15, from {FIRST} to {LAST}")
    return text


def _dates(text: str) -> tuple[str, str]:
    start, end = (_date(part) for part in text.split(","))
    if np.datetime64(start) > np.datetime64(end):
        raise ValueError(f"{text!r}: the first date must not be after the second")
    return start, end


def _area(text: str) -> str:
    kind, _, rest = text.partition(":")
    if text and kind not in ("oblast", "district", "farm", "polygon"):
        raise ValueError(f"{text!r} does not start with oblast:, district:, farm: or polygon:")
    if kind == "polygon":
        corners = [
            (_longitude(lon), _latitude(lat))
            for lon, lat in (corner.split(",") for corner in rest.split(";"))
        ]
        if not 3 <= len(corners) <= 200:
            raise ValueError(f"a polygon has 3 to 200 corners, not {len(corners)}")
        return text
    return read_name(text)


class ViewState(param.Parameterized):
    """Everything a share link restores; each parameter is watched by the view that shows it."""

    layer = param.String("", doc="cube/variable shown, e.g. 'wind/u_wind'; '' for the default")
    time = param.String("", doc="time shown, ISO 8601 UTC; '' for the default")
    bounds = param.Tuple(WORLD, length=4, doc="west, south, east, north of the map, degrees")
    style = param.Selector(default="heat", objects=list(STYLES))
    statistic = param.Selector(default="value", objects=list(STATISTICS))
    base = param.Tuple(None, length=2, allow_None=True, doc="years of the norm; None for all")
    colormap = param.String("", doc="'' for the variable's own")
    limits = param.Tuple(None, length=2, allow_None=True, doc="colour range; None for percentiles")
    projection = param.Selector(default="mercator", objects=list(PROJECTIONS))
    overlays = param.List(["events", "plates", "borders", "names"], item_type=str)
    tables = param.List([], item_type=str, doc="names of tables of points laid over the map")
    stations = param.List([], item_type=str, doc="'table:ident' of the stations with a series")
    picture = param.String("", doc="satellite picture under the grid; '' for none")
    points = param.List([DEFAULT_POINT], doc="(longitude, latitude) of the compared cells")
    area = param.String("", doc="'oblast:ID', 'district:ID', 'farm:ID', 'polygon:lon,lat;...'")
    dates = param.Tuple(None, length=2, allow_None=True, doc="period of the events shown")
    magnitude = param.Tuple(None, length=2, allow_None=True, doc="None: the largest few thousand")
    depth = param.Tuple((-10.0, 800.0), length=2, doc="km")
    region = param.String("", doc="key of a region that limits the events; '' for everywhere")
    kinds = param.List(["real"], item_type=str)
    sources = param.List([], item_type=str, doc="event sources; empty for all")
    radius = param.Number(300.0, bounds=(10.0, 2000.0), doc="km around a clicked point")
    clock = param.Selector(default="utc", objects=list(CLOCKS))
    dock = param.Selector(default="medium", objects=list(DOCKS))

    def add_point(self, longitude: float, latitude: float) -> None:
        """Put a point at the end; the oldest makes room when there are more than MAX_POINTS."""
        point = rounded(longitude, latitude)
        self.points = [*(p for p in self.points if p != point), point][-MAX_POINTS:]

    def add_station(self, key: str) -> None:
        """Put a station at the end; the oldest makes room when there are too many."""
        self.stations = [*(one for one in self.stations if one != key), key][-MAX_STATIONS:]

    def query(self) -> dict[str, str]:
        """Return the query of a share link: only what differs from the defaults."""
        return write_link(self, FIELDS)

    def read_query(self, query: Mapping[str, str]) -> list[str]:
        """Take over a query; return one sentence (English) for each part that was refused."""
        return read_link(self, FIELDS, query)


def _years(text: str) -> tuple[int, int]:
    first, last = _pair(text, 1678, 2262)
    if first != int(first) or last != int(last):
        raise ValueError(f"{text!r} is not two years like 1991,2020")
    return int(first), int(last)


def _numbers(values: tuple[float, ...]) -> str:
    return ",".join(f"{value:.9g}" for value in values)


def _degrees(values: tuple[float, ...]) -> str:
    return ",".join(f"{value:.3f}" for value in values)


def parse_stations(text: str) -> list[str]:
    """Read ``"gnss_ngl:LHAS;my_wells:A-1@76.9000,43.2500"``.

    Raises
    ------
    ValueError
        A part names no table, or there are too many.

    >>> parse_stations("gnss_ngl:LHAS;w:a%3Bb")
    ['gnss_ngl:LHAS', 'w:a;b']
    """
    found = []
    for part in [] if text in ("", "none") else text.split(";"):
        key = read_name(unquote(part))
        if not all(key.partition(":")[::2]):
            raise ValueError(f"{part!r} is not table:station")
        found.append(key)
    if len(found) > MAX_STATIONS:
        raise ValueError(f"{len(found)} stations; at most {MAX_STATIONS} are shown")
    return found


def format_stations(keys: list[str]) -> str:
    """Write stations so that :func:`parse_stations` reads them back.

    >>> parse_stations(format_stations(["w:50 %; A", "gnss_ngl:LHAS"]))
    ['w:50 %; A', 'gnss_ngl:LHAS']
    """
    return ";".join(key.replace("%", "%25").replace(";", "%3B") for key in keys) or "none"


FIELDS: dict[str, Field] = {
    "layer": ("layer", read_name, str),
    "time": ("time", _date, str),
    "view": ("bounds", _bounds, _degrees),
    "style": ("style", one_of(*STYLES), str),
    "as": ("statistic", one_of(*STATISTICS), str),
    "base": ("base", _years, lambda years: f"{years[0]},{years[1]}"),
    "colours": ("colormap", read_name, str),
    "range": ("limits", lambda text: _pair(text, -1e30, 1e30, strict=True), _numbers),
    "projection": ("projection", one_of(*PROJECTIONS), str),
    "show": ("overlays", some_of(*OVERLAYS), write_names),
    "tables": ("tables", read_names, write_names),
    "stations": ("stations", parse_stations, format_stations),
    "picture": ("picture", read_name, str),
    "points": ("points", parse_points, format_points),
    "area": ("area", _area, str),
    "dates": ("dates", _dates, ",".join),
    "magnitude": ("magnitude", lambda text: _pair(text, -5, 12), _numbers),
    "depth": ("depth", lambda text: _pair(text, -20, 1000), _numbers),
    "within": ("region", read_name, str),
    "kinds": ("kinds", some_of(*KINDS), write_names),
    "sources": ("sources", read_names, write_names),
    "radius": ("radius", number(10, 2000), lambda value: f"{value:g}"),
    "clock": ("clock", one_of(*CLOCKS), str),
    "dock": ("dock", one_of(*DOCKS), str),
}
