"""The parameters of a query, checked as the services check them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

SHORT = {
    "start": "starttime",
    "end": "endtime",
    "minlat": "minlatitude",
    "maxlat": "maxlatitude",
    "minlon": "minlongitude",
    "maxlon": "maxlongitude",
    "lat": "latitude",
    "lon": "longitude",
    "minmag": "minmagnitude",
    "maxmag": "maxmagnitude",
}
LIMITS = {
    "minlatitude": (-90, 90),
    "maxlatitude": (-90, 90),
    "latitude": (-90, 90),
    "minlongitude": (-360, 360),
    "maxlongitude": (-360, 360),
    "longitude": (-180, 180),
    "mindepth": (-1e9, 1e9),
    "maxdepth": (-1e9, 1e9),
    "minmagnitude": (-20, 20),
    "maxmagnitude": (-20, 20),
    "maxradius": (0, 180),
    "maxradiuskm": (0, 20001.6),
    "limit": (1, 20000),
    "offset": (1, 1e9),
}
MOMENTS = ("starttime", "endtime", "updatedafter")
WORDS = ("format", "eventid", "orderby", "includedeleted", "nodata", "jsonerror", "eventtype")
RENAMED = {
    "starttime": "mintime",
    "endtime": "maxtime",
    "minmagnitude": "minmag",
    "maxmagnitude": "maxmag",
}


@dataclass(frozen=True)
class Request:
    """One request as it came."""

    agency: str
    method: str
    query: dict[str, str]
    at: float
    headers: dict[str, str] = field(default_factory=dict)


class RefusalError(Exception):
    """An answer with an error status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def read_query(request: Request) -> dict[str, Any]:
    """Check and read the parameters as the services do; an unknown one is refused."""
    asked: dict[str, Any] = {}
    for short, value in request.query.items():
        name = SHORT.get(short, short)
        if name in MOMENTS:
            try:
                moment = pd.Timestamp(value)
            except ValueError:
                raise RefusalError(400, f"Bad {short} value {value!r}") from None
            if moment.tzinfo is not None:
                moment = moment.tz_convert("UTC").tz_localize(None)
            asked[name] = moment
        elif name in LIMITS:
            asked[name] = number(short, value, *LIMITS[name])
        elif name in WORDS:
            asked[name] = value
        else:
            raise RefusalError(400, f'Unknown parameter "{short}".')
    if "maxradius" in asked:
        asked["maxradiuskm"] = asked.pop("maxradius") * 111.2
    for low, high in (("minlatitude", "maxlatitude"), ("minlongitude", "maxlongitude")):
        if low in asked and high in asked and asked[low] > asked[high]:
            raise RefusalError(400, f"{low} is greater than {high}")
    return {RENAMED.get(name, name): value for name, value in asked.items()}


def number(name: str, value: str, low: float, high: float) -> float:
    """Read a number within its limits."""
    try:
        found = float(value)
    except ValueError:
        raise RefusalError(400, f"Bad {name} value {value!r}") from None
    if not low <= found <= high:
        raise RefusalError(400, f"Bad {name} value {value!r}. Valid values are {low} to {high}")
    return found
