"""What the visitor of the fields page chose, as plain values that fit into an address.

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
    whole,
    write_link,
    write_names,
)
from apps.views.state import FIELDS as SHARED

QUANTITIES = ("departure", "percent", "z", "value", "vci", "svi", "spi", "rank", "integral_percent")
"""What the map may show; all are columns of the table too."""

COLUMNS = (
    "name",
    "value",
    "norm",
    "departure",
    "percent",
    "z",
    "vci",
    "svi",
    "spi",
    "rank",
    "integral",
    "integral_percent",
    "integral_rank",
)
"""Columns that the table may be sorted by."""

INDICES = ("vci", "svi", "spi")
MOST_UNITS = 4
MOST_YEARS = 4
NORTH_KAZAKHSTAN = (59.0, 47.2, 76.5, 56.2)
FIRST_YEAR, LAST_YEAR = 1900, 2200
SEASON = (91, 304)

_year, _day = whole(FIRST_YEAR, LAST_YEAR), whole(1, 366)


def _years(text: str) -> list[int]:
    found = [_year(part) for part in text.split(",")]
    return list(dict.fromkeys(found))[:MOST_YEARS]


def _season(text: str) -> tuple[int, int]:
    first, last = (_day(part) for part in text.split(","))
    if first >= last:
        raise ValueError(f"{text!r}: the season must begin before it ends")
    return first, last


def _sort(text: str) -> str:
    one_of(*COLUMNS)(text.removeprefix("-"))
    return text


def _some(text: str) -> list[str]:
    return list(dict.fromkeys(read_names(text)))[:MOST_UNITS]


class FieldState(param.Parameterized):
    """Everything a share link of the fields page restores."""

    layer = param.String("", doc="cube/variable; '' for the first of vegetation")
    level = param.String("", doc="source of the units; '' for districts")
    within = param.String("", doc="id of the oblast whose units are shown; '' for all")
    units = param.List([], item_type=str, doc="chosen units, the first one is explained")
    year = param.Integer(0, doc="year that is judged; 0 for the last")
    compare = param.List([], item_type=int, doc="further years beside it")
    day = param.Integer(0, doc="day of the year; 0 for the height of the season")
    season = param.Tuple(SEASON, length=2, doc="first and last day of the growing season")
    show = param.Selector(default="departure", objects=list(QUANTITIES))
    index = param.Selector(default="vci", objects=list(INDICES))
    sort = param.String("departure", doc="column of the table, '-' before it: greatest first")
    find = param.String("", doc="part of the name of a unit")
    dry = param.Boolean(False, doc="only units in drought")
    bounds = param.Tuple(NORTH_KAZAKHSTAN, length=4, doc="west, south, east, north of the map")
    tab = param.String("", doc="open tab; '' for the first")

    def query(self) -> dict[str, str]:
        """Return the query of a share link: only what differs from the defaults."""
        return write_link(self, FIELDS)

    def read_query(self, query: Mapping[str, str]) -> list[str]:
        """Take over a query; return one sentence (English) for each part that was refused."""
        return read_link(self, FIELDS, query)

    def choose(self, unit: str) -> None:
        """Explain one unit; the others that are compared stay."""
        rest = [one for one in self.units[1:] if one != unit]
        self.units = [unit, *rest]

    def toggle(self, unit: str) -> None:
        """Compare a unit too, or no longer; the oldest one makes room."""
        if unit in self.units:
            self.units = [one for one in self.units if one != unit]
        else:
            found = [*self.units, unit]
            self.units = [found[0], *found[1:][-(MOST_UNITS - 1) :]]


FIELDS: dict[str, Field] = {
    "layer": ("layer", read_name, str),
    "units": ("level", read_name, str),
    "within": ("within", read_name, str),
    "unit": ("units", _some, write_names),
    "year": ("year", _year, str),
    "years": ("compare", _years, write_names),
    "day": ("day", _day, str),
    "season": ("season", _season, lambda value: "{},{}".format(*value)),
    "show": ("show", one_of(*QUANTITIES), str),
    "index": ("index", one_of(*INDICES), str),
    "sort": ("sort", _sort, str),
    "find": ("find", read_name, str),
    "drought": ("dry", lambda text: text == "1", lambda value: "1" if value else "0"),
    "view": SHARED["view"],
    "tab": ("tab", read_name, str),
}
