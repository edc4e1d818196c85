"""What the visitor of the earthquakes page chose, as plain values that fit into an address.

Like :mod:`apps.views.state`, which lends its fields: no Panel, no data, nonsense reported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import param

from apps.views.state import CLOCKS, DOCKS, WORLD
from apps.views.state import FIELDS as SHARED

OVERLAYS = ("plates", "regimes", "borders", "oblasts", "names", "graticule", "tiles")
COLOURS = ("magnitude", "depth")
DECLUSTERINGS = ("none", "gardner-knopoff", "gruenthal", "uhrhammer", "reasenberg", "zaliapin")
CLEANING = (
    "deleted",
    "invalid",
    "event-type",
    "exact-repeat",
    "same-id",
    "near-repeat",
    "other-agency",
)
"""Steps of `analysis.seismic.clean`, in their order."""

COMPLETENESS = ("maxc", "b-stability", "ks")
B_METHODS = ("tinti-mulargia", "aki-utsu", "b-positive")
FILTERS = (
    "catalogue",
    "dates",
    "magnitude",
    "depth",
    "region",
    "area",
    "types",
    "regimes",
    "statuses",
    "decluster",
    "setaside",
)
"""Parameters that decide which events pass."""

Brush = tuple[str, str, float, float]
"""Start and end (ISO dates, UTC), lowest and highest magnitude."""

_dates, _magnitudes = SHARED["dates"][1], SHARED["magnitude"][1]
_names, _written = SHARED["sources"][1:]


def _brush(text: str) -> Brush:
    start, end, low, high = text.split(",")
    first, last = _dates(f"{start},{end}")
    least, most = _magnitudes(f"{low},{high}")
    return first, last, least, most


def _one_of(allowed: tuple[str, ...]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"{text!r} is none of {', '.join(allowed)}")
        return text

    return read


def _some_of(allowed: tuple[str, ...]) -> Callable[[str], list[str]]:
    def read(text: str) -> list[str]:
        chosen = [] if text in ("", "none") else text.split(",")
        for item in chosen:
            _one_of(allowed)(item)
        return [item for item in allowed if item in chosen]

    return read


def _mc(text: str) -> float | str:
    if text in COMPLETENESS:
        return text
    try:
        value: float = _magnitudes(f"{text},12")[0]
    except ValueError as error:
        allowed = ", ".join(COMPLETENESS)
        raise ValueError(f"{text!r} is neither a magnitude nor one of {allowed}") from error
    return value


class QuakeState(param.Parameterized):
    """Everything a share link of the earthquakes page restores."""

    catalogue = param.String("", doc="key of the catalogue; '' for the first")
    bounds = param.Tuple(WORLD, length=4, doc="west, south, east, north of the map, degrees")
    dates = param.Tuple(None, length=2, allow_None=True, doc="first and last day; None for all")
    magnitude = param.Tuple(None, length=2, allow_None=True, doc="None for all")
    depth = param.Tuple(None, length=2, allow_None=True, doc="km; None for all")
    region = param.String("", doc="key of a region; '' for everywhere")
    area = param.String("", doc="'polygon:lon,lat;...', 'oblast:ID'; '' for everywhere")
    types = param.List([], item_type=str, doc="types of event; empty for all")
    regimes = param.List([], item_type=str, doc="tectonic regimes; empty for all")
    statuses = param.List([], item_type=str, doc="automatic, reviewed; empty for all")
    decluster = param.Selector(default="none", objects=list(DECLUSTERINGS))
    setaside = param.List([], item_type=str, doc="steps of cleaning that leave events out")
    brush = param.Tuple(None, length=4, allow_None=True, doc="start, end, low, high")
    mc = param.Parameter("maxc", doc="a method of completeness, or a magnitude")
    method = param.Selector(default="tinti-mulargia", objects=list(B_METHODS))
    colour = param.Selector(default="magnitude", objects=list(COLOURS))
    overlays = param.List(["plates", "borders", "names"], item_type=str)
    event = param.String("", doc="id of the event whose details are shown")
    tab = param.String("", doc="name of the open panel; '' for the first")
    clock = param.Selector(default="utc", objects=list(CLOCKS))
    dock = param.Selector(default="medium", objects=list(DOCKS))

    def query(self) -> dict[str, str]:
        """Return the query of a share link: only what differs from the defaults."""
        found = {}
        for key, (name, _, write) in FIELDS.items():
            value = getattr(self, name)
            if value != self.param[name].default:
                found[key] = write(value)
        return found

    def read_query(self, query: Mapping[str, str]) -> list[str]:
        """Take over a query; return one sentence (English) for each part that was refused."""
        values: dict[str, Any] = {}
        problems = []
        for key, text in query.items():
            if key not in FIELDS:
                continue
            name, read, _ = FIELDS[key]
            try:
                values[name] = read(text)
            except (ValueError, TypeError, OverflowError) as error:
                problems.append(f"{key}={text[:60]}: {error}")
        self.param.update(**values)
        return problems


FIELDS: dict[str, tuple[str, Callable[[str], Any], Callable[[Any], str]]] = {
    "catalogue": ("catalogue", SHARED["within"][1], str),
    "view": SHARED["view"],
    "dates": SHARED["dates"],
    "magnitude": SHARED["magnitude"],
    "depth": SHARED["depth"],
    "within": SHARED["within"],
    "area": SHARED["area"],
    "types": ("types", _names, _written),
    "regimes": ("regimes", _names, _written),
    "status": ("statuses", _names, _written),
    "decluster": ("decluster", _one_of(DECLUSTERINGS), str),
    "brush": ("brush", _brush, lambda value: "{},{},{:.9g},{:.9g}".format(*value)),
    "mc": ("mc", _mc, lambda value: value if isinstance(value, str) else f"{value:g}"),
    "b": ("method", _one_of(B_METHODS), str),
    "colour": ("colour", _one_of(COLOURS), str),
    "clean": ("setaside", _some_of(CLEANING), _written),
    "show": ("overlays", _some_of(OVERLAYS), _written),
    "event": ("event", SHARED["within"][1], str),
    "tab": ("tab", SHARED["within"][1], str),
    "clock": SHARED["clock"],
    "dock": SHARED["dock"],
}
