"""What the visitor of the fields page chose, as plain values that fit into an address.

Like :mod:`apps.views.state`, which lends its fields: no Panel, no data, nonsense reported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import param

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

_name, _names = SHARED["within"][1], SHARED["sources"][1]


def _one_of(allowed: tuple[str, ...]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"{text!r} is none of {', '.join(allowed)}")
        return text

    return read


def _whole(text: str, low: int, high: int) -> int:
    value = int(text)
    if not low <= value <= high:
        raise ValueError(f"{text!r} is not a whole number from {low} to {high}")
    return value


def _years(text: str) -> list[int]:
    found = [_whole(part, FIRST_YEAR, LAST_YEAR) for part in text.split(",")]
    return list(dict.fromkeys(found))[:MOST_YEARS]


def _season(text: str) -> tuple[int, int]:
    first, last = (_whole(part, 1, 366) for part in text.split(","))
    if first >= last:
        raise ValueError(f"{text!r}: the season must begin before it ends")
    return first, last


def _sort(text: str) -> str:
    _one_of(COLUMNS)(text.removeprefix("-"))
    return text


def _some(text: str) -> list[str]:
    return list(dict.fromkeys(_names(text)))[:MOST_UNITS]


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


def _join(values: list[Any]) -> str:
    return ",".join(map(str, values)) or "none"


FIELDS: dict[str, tuple[str, Callable[[str], Any], Callable[[Any], str]]] = {
    "layer": ("layer", _name, str),
    "units": ("level", _name, str),
    "within": ("within", _name, str),
    "unit": ("units", _some, _join),
    "year": ("year", lambda text: _whole(text, FIRST_YEAR, LAST_YEAR), str),
    "years": ("compare", _years, _join),
    "day": ("day", lambda text: _whole(text, 1, 366), str),
    "season": ("season", _season, lambda value: "{},{}".format(*value)),
    "show": ("show", _one_of(QUANTITIES), str),
    "index": ("index", _one_of(INDICES), str),
    "sort": ("sort", _sort, str),
    "find": ("find", _name, str),
    "drought": ("dry", lambda text: text == "1", lambda value: "1" if value else "0"),
    "view": SHARED["view"],
    "tab": ("tab", _name, str),
}
