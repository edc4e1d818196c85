"""What the visitor of the forecast page chose, as plain values that fit into an address.

Like :mod:`apps.views.state`, which lends its fields: no Panel, no data, nonsense reported.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import param

from analysis.sources.regions import REGIONS
from apps.views.links import (
    Field,
    number,
    one_of,
    read_link,
    read_name,
    read_names,
    whole,
    write_link,
    write_names,
)
from apps.views.state import FIELDS as SHARED

MAPS = ("one", "beside", "swipe", "ratio", "difference")
"""How forecasts are shown: one, two side by side, swiped, one divided by the other, less it."""

LEARN = ("", "region", "global")
"""Where models learn from: what suits the region, its own past alone, the whole world."""

STYLES = ("heat", "contours", "both")
OVERLAYS = ("events", "plates", "borders", "oblasts", "names", "graticule")
RESOLUTIONS = (0.25, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0)
HISTORIES = (90, 180, 365, 730)
HORIZONS = (7, 14, 30, 60, 90)
REGIMES = ("subduction", "volcanic", "active", "stable")
"""Tectonic regimes that scores can be of."""

CENTRAL_ASIA = (44.0, 32.0, 92.0, 58.0)
MOST_PARAMETERS = 60
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,60}")

_point = SHARED["points"][1]
Parameters = dict[str, dict[str, Any]]


def _number_of(allowed: tuple[float, ...]) -> Callable[[str], float]:
    def read(text: str) -> float:
        if float(text) not in allowed:
            raise ValueError(f"{text!r} is none of {', '.join(f'{one:g}' for one in allowed)}")
        return float(text)

    return read


def read_region(text: str) -> str:
    """Check a region: its key, or west,south,east,north in degrees (west > east crosses 180).

    >>> read_region("japan"), read_region("170,-10,-170,10")
    ('japan', '170,-10,-170,10')
    """
    if text in REGIONS:
        return text
    parts = text.split(",")
    if len(parts) != 4:
        raise ValueError(f"{text[:60]!r} is no region; there are {', '.join(REGIONS)}")
    west, south, east, north = (float(part) for part in parts)
    if not all(math.isfinite(one) for one in (west, south, east, north)):
        raise ValueError(f"{text[:60]!r} has a number that is not finite")
    if not (-180 <= west <= 180 and -180 <= east <= 180 and west != east):
        raise ValueError(f"{text[:60]!r}: west and east lie from -180 to 180 and differ")
    if not -90 <= south < north <= 90:
        raise ValueError(f"{text[:60]!r}: south lies south of north, from -90 to 90")
    return ",".join(f"{one:g}" for one in (west, south, east, north))


def read_part(text: str) -> str:
    """Check a part of the cells: "" for all, a region, or "regime:" and a tectonic regime.

    >>> read_part("regime:active"), read_part("japan"), read_part("")
    ('regime:active', 'japan', '')
    """
    kind, colon, name = text.partition(":")
    if not colon:
        return read_region(text) if text else ""
    if kind != "regime" or name not in REGIMES:
        raise ValueError(f"{text[:60]!r} is none of regime:{', regime:'.join(REGIMES)}")
    return text


def read_parameters(text: str) -> Parameters:
    """Read ``"RandomForest.n_estimators=300;XGBoost.max_depth=3"``: numbers, words, true, false.

    >>> read_parameters("XGBoost.learning_rate=0.1;RandomForest.max_features=sqrt")
    {'XGBoost': {'learning_rate': 0.1}, 'RandomForest': {'max_features': 'sqrt'}}
    """
    found: Parameters = {}
    if text in ("", "none"):
        return found
    parts = text.split(";")
    if len(parts) > MOST_PARAMETERS:
        raise ValueError(f"{len(parts)} parameters; at most {MOST_PARAMETERS} are read")
    for part in parts:
        path, sign, raw = part.partition("=")
        model, dot, name = path.partition(".")
        if not (sign and dot and _NAME.fullmatch(model) and _NAME.fullmatch(name)):
            raise ValueError(f"{part[:60]!r} is not like RandomForest.n_estimators=300")
        found.setdefault(model, {})[name] = _value(raw)
    return found


def write_parameters(parameters: Parameters) -> str:
    """Write parameters so that :func:`read_parameters` reads them back.

    >>> read_parameters(write_parameters({"A": {"b": 3, "c": 0.5, "d": None}}))
    {'A': {'b': 3, 'c': 0.5, 'd': None}}
    """
    parts = [
        f"{model}.{name}={_word(value)}"
        for model, chosen in parameters.items()
        for name, value in chosen.items()
    ]
    return ";".join(parts) or "none"


def _word(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return f"{value:.9g}" if isinstance(value, float) else str(value)


def _value(text: str) -> Any:
    if text in ("true", "false", "null"):
        return {"true": True, "false": False, "null": None}[text]
    try:
        return int(text)
    except ValueError:
        pass
    try:
        value = float(text)
    except ValueError as error:
        if not _NAME.fullmatch(text):
            raise ValueError(f"{text[:60]!r} is no number and no word") from error
        return text
    if not math.isfinite(value):
        raise ValueError(f"{text!r} is not finite")
    return value


class ForecastState(param.Parameterized):
    """Everything a share link of the forecast page restores."""

    region = param.String("kazakhstan_central_asia", doc="key of a region, or w,s,e,n in degrees")
    learn = param.Selector(default="", objects=list(LEARN))
    events = param.String("", doc="catalogue of events; '' for the packaged one")
    period = param.Tuple(None, length=2, allow_None=True, doc="first and last day; None: all")
    resolution = param.Number(0.0, doc="side of a cell, degrees; 0: that of the region")
    history = param.Integer(180, doc="days before the issue time that features look back")
    horizon = param.Integer(30, doc="days after the issue time in which an event counts")
    magnitude = param.Number(0.0, doc="least magnitude of the target; 0: from the data")
    groups = param.List(["catalogue"], item_type=str, doc="groups of features")
    models = param.List([], item_type=str, doc="models to be trained; empty: the five")
    parameters = param.Dict({}, doc="model -> its hyperparameters that are not the defaults")
    seed = param.Integer(0)
    leaky = param.Boolean(False, doc="parts drawn at random instead of in time, for teaching")
    own = param.List([], item_type=str, doc="names of own predictions taken in")

    model = param.String("", doc="forecast of the cards and of the map; '' for the best")
    baseline = param.String("", doc="what it is compared with; '' for smoothed seismicity")
    show = param.Selector(default="beside", objects=list(MAPS))
    style = param.Selector(default="heat", objects=list(STYLES))
    overlays = param.List(["events", "borders", "names"], item_type=str)
    issue = param.String("", doc="issue time shown; '' for the last")
    swipe = param.Integer(50, doc="share of the map's width that shows the first forecast, %")
    cell = param.List([], doc="[(longitude, latitude)] of the explained cell")
    threshold = param.Number(0.0, doc="least probability with an alarm; 0: the comparison's")
    within = param.String("", doc="region or regime that the scores are of; '' for all")
    bounds = param.Tuple(CENTRAL_ASIA, length=4, doc="west, south, east, north of the map")
    tab = param.String("", doc="open tab; '' for the first")

    SETTINGS = (
        "region", "learn", "events", "period", "resolution", "history", "horizon", "magnitude",
        "groups", "models", "parameters", "seed", "leaky",
    )  # fmt: skip

    def query(self) -> dict[str, str]:
        """Return the query of a share link: only what differs from the defaults."""
        return write_link(self, FIELDS)

    def read_query(self, query: Mapping[str, str]) -> list[str]:
        """Take over a query; return one sentence (English) for each part that was refused."""
        return read_link(self, FIELDS, query)

    def set_parameter(self, model: str, name: str, value: Any, default: Any) -> None:
        """Keep a hyperparameter; the default is not kept."""
        found = {one: dict(chosen) for one, chosen in self.parameters.items()}
        chosen = found.setdefault(model, {})
        if value == default:
            chosen.pop(name, None)
        else:
            chosen[name] = value
        self.parameters = {one: chosen for one, chosen in found.items() if chosen}

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east, north of the region, degrees."""
        if self.region in REGIONS:
            return REGIONS[self.region].bounds
        west, south, east, north = (float(part) for part in self.region.split(","))
        return west, south, east, north


FIELDS: dict[str, Field] = {
    "where": ("region", read_region, str),
    "learn": ("learn", one_of(*LEARN), str),
    "events": ("events", read_name, str),
    "period": ("period", SHARED["dates"][1], ",".join),
    "cell": ("resolution", _number_of(RESOLUTIONS), lambda value: f"{value:g}"),
    "history": ("history", whole(1, 3650), str),
    "horizon": ("horizon", whole(1, 365), str),
    "target": ("magnitude", number(2.0, 9.0), lambda value: f"{value:g}"),
    "features": ("groups", read_names, write_names),
    "models": ("models", read_names, write_names),
    "set": ("parameters", read_parameters, write_parameters),
    "seed": ("seed", whole(0, 2**31 - 1), str),
    "split": ("leaky", lambda text: one_of("random")(text) == "random", lambda _v: "random"),
    "model": ("model", read_name, str),
    "against": ("baseline", read_name, str),
    "map": ("show", one_of(*MAPS), str),
    "style": ("style", one_of(*STYLES), str),
    "show": ("overlays", read_names, write_names),
    "issue": ("issue", SHARED["time"][1], str),
    "swipe": ("swipe", whole(0, 100), str),
    "point": ("cell", lambda text: _point(text)[:1], SHARED["points"][2]),
    "threshold": ("threshold", number(0.0, 1.0), lambda value: f"{value:.6g}"),
    "within": ("within", read_part, str),
    "view": SHARED["view"],
    "tab": ("tab", read_name, str),
}
"""Part of the address -> parameter, reader, writer."""
