"""What the visitor of the earthquakes page chose, as plain values that fit into an address.

Like :mod:`apps.views.state`, which lends its fields: no Panel, no data, nonsense reported.
"""

from __future__ import annotations

from collections.abc import Mapping

import param

from apps.views.links import (
    Field,
    one_of,
    read_link,
    read_name,
    read_names,
    some_of,
    write_link,
    write_names,
)
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


def _brush(text: str) -> Brush:
    start, end, low, high = text.split(",")
    first, last = _dates(f"{start},{end}")
    least, most = _magnitudes(f"{low},{high}")
    return first, last, least, most


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
        return write_link(self, FIELDS)

    def read_query(self, query: Mapping[str, str]) -> list[str]:
        """Take over a query; return one sentence (English) for each part that was refused."""
        return read_link(self, FIELDS, query)


FIELDS: dict[str, Field] = {
    "catalogue": ("catalogue", read_name, str),
    "view": SHARED["view"],
    "dates": SHARED["dates"],
    "magnitude": SHARED["magnitude"],
    "depth": SHARED["depth"],
    "within": SHARED["within"],
    "area": SHARED["area"],
    "types": ("types", read_names, write_names),
    "regimes": ("regimes", read_names, write_names),
    "status": ("statuses", read_names, write_names),
    "decluster": ("decluster", one_of(*DECLUSTERINGS), str),
    "brush": ("brush", _brush, lambda value: "{},{},{:.9g},{:.9g}".format(*value)),
    "mc": ("mc", _mc, lambda value: value if isinstance(value, str) else f"{value:g}"),
    "b": ("method", one_of(*B_METHODS), str),
    "colour": ("colour", one_of(*COLOURS), str),
    "clean": ("setaside", some_of(*CLEANING), write_names),
    "show": ("overlays", some_of(*OVERLAYS), write_names),
    "event": ("event", read_name, str),
    "tab": ("tab", read_name, str),
    "clock": SHARED["clock"],
    "dock": SHARED["dock"],
}
