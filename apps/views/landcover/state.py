"""What the visitor of the land-cover page chose, as plain values that fit into an address.

Like :mod:`apps.views.state`, which lends its fields: no Panel, no data, nonsense reported.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, unquote

import param

from analysis.notes import mark as _
from analysis.notes import note
from apps.views.links import (
    Field,
    number,
    one_of,
    read_flag,
    read_link,
    read_name,
    read_names,
    whole,
    write_flag,
    write_link,
    write_names,
)
from apps.views.state import FIELDS as SHARED
from apps.views.state import rounded, wrap_longitude

Corner = tuple[float, float]
Drawn = tuple[str, tuple[Corner, ...]]

QUANTITIES = ("class", "probability", "uncertainty", "units", "imagery")
"""What the map may show."""

MODES = ("look", "point", "area")
"""What a click on the map does: explain a pixel, set a sample, set a corner of an area."""

TABS = ("scores", "matrices", "areas", "samples", "files")
LEVELS = ("district", "farm", "oblast")
MOST_METHODS = 8
MOST_DRAWN = 400
MOST_LETTERS = 12_000
"""Letters of drawn samples that an address takes; more are kept by the session only."""

NORTH_KAZAKHSTAN = (59.0, 47.2, 76.5, 56.2)
FIRST_YEAR, LAST_YEAR = 1900, 2200

_year = whole(FIRST_YEAR, LAST_YEAR)


def _some(text: str) -> list[str]:
    return list(dict.fromkeys(read_names(text)))[:MOST_METHODS]


def _place(text: str) -> Corner:
    longitude, latitude = (float(part) for part in text.split(","))
    if not (abs(longitude) <= 720 and abs(latitude) <= 90):
        raise ValueError(f"{text!r} is no longitude and latitude in degrees")
    return wrap_longitude(longitude), latitude


def write_drawn(drawn: list[Drawn]) -> str:
    """Write drawn samples so that :func:`read_drawn` reads them back.

    >>> drawn = [
    ...     ("Жаздық бидай, 1", ((66.5, 52.25),)),
    ...     ("a~b", ((1.0, 2.0), (3.0, 4.0), (5.0, 6.0))),
    ... ]
    >>> read_drawn(write_drawn(drawn)) == drawn
    True
    """
    parts = [
        quote(label, safe="").replace("~", "%7E")
        + "~"
        + ";".join(f"{lon:.4f},{lat:.4f}" for lon, lat in corners)
        for label, corners in drawn
    ]
    return "|".join(parts)


def read_drawn(text: str) -> list[Drawn]:
    """Read what :func:`write_drawn` wrote.

    Raises
    ------
    ValueError
        A part is no sample: a label, then one corner, or three and more.
    """
    found: list[Drawn] = []
    for part in filter(None, text[: 2 * MOST_LETTERS].split("|")):
        label, mark, rest = part.partition("~")
        corners = tuple(_place(corner) for corner in rest.split(";")) if mark and rest else ()
        if not label or len(corners) in (0, 2):
            raise ValueError(f"{part[:40]!r} is no sample: label~longitude,latitude;...")
        found.append((read_name(unquote(label))[:60], corners))
    if len(found) > MOST_DRAWN:
        raise ValueError(f"{len(found)} samples; at most {MOST_DRAWN} are drawn")
    return found


class LandState(param.Parameterized):
    """Everything a share link of the land-cover page restores."""

    imagery = param.String("", doc="name of the cube; '' for the first that suits")
    year = param.Integer(0, doc="year of the samples and of the map; 0 for the imagery's best")
    samples = param.String("", doc="source of the samples; '' for the first, 'none' for none")
    drawn = param.List([], doc="samples drawn on the map: label, corners")
    methods = param.List([], item_type=str, doc="classifiers; empty for one of each family")
    folds = param.Integer(5, doc="parts of the cross-validation")
    block = param.Number(0.0, doc="side of a spatial block, degrees; 0 for the variogram's")
    trained = param.Boolean(False, doc="whether the classifiers are to be trained at once")
    left = param.String("", doc="classifier of the map; '' for the best in blocks")
    right = param.String("", doc="classifier to the right of the divider; '' for none")
    other = param.Integer(0, doc="year to the right of the divider; 0 for the same")
    divider = param.Integer(50, doc="where the divider stands, per cent of the width")
    show = param.Selector(default="class", objects=list(QUANTITIES))
    level = param.Selector(default="district", objects=list(LEVELS))
    cover = param.String("", doc="class whose share the units show; '' for the largest")
    unit = param.String("", doc="id of the chosen unit")
    sampled = param.Boolean(False, doc="whether the samples were drawn at random on the map")
    checked = param.Boolean(False, doc="whether the map is judged by a checking sample")
    point = param.Tuple(None, length=2, allow_None=True, doc="longitude, latitude of the pixel")
    band = param.String("", doc="band of the pixel's curve; '' for the first")
    mode = param.Selector(default="look", objects=list(MODES))
    label = param.String("", doc="class of what is drawn")
    bounds = param.Tuple(NORTH_KAZAKHSTAN, length=4, doc="west, south, east, north of the map")
    tab = param.String("", doc="open tab; '' for the first")

    def query(self) -> dict[str, str]:
        """Return the query of a share link: only what differs from the defaults."""
        found = write_link(self, FIELDS)
        if len(found.get("drawn", "")) > MOST_LETTERS:
            del found["drawn"]
        return found

    @property
    def fits(self) -> bool:
        """Whether all drawn samples fit into the address."""
        return len(write_drawn(self.drawn)) <= MOST_LETTERS

    def read_query(self, query: Mapping[str, str]) -> list[str]:
        """Take over a query; return one sentence (English) for each part that was refused."""
        return read_link(self, FIELDS, query)

    def add_drawn(self, label: str, corners: list[Corner]) -> None:
        """Add a sample.

        Raises
        ------
        ValueError
            It has no label, or there are too many.
        """
        label = " ".join(label.split())[:60]
        if not label:
            raise ValueError(note(_("A sample needs a class.")))
        if len(self.drawn) >= MOST_DRAWN:
            text = _("At most {count} samples are drawn; upload a file for more.")
            raise ValueError(note(text, count=MOST_DRAWN))
        placed = tuple(rounded(lon, lat) for lon, lat in corners)
        self.drawn = [*self.drawn, (label, placed)]


FIELDS: dict[str, Field] = {
    "imagery": ("imagery", read_name, str),
    "year": ("year", _year, str),
    "samples": ("samples", read_name, str),
    "drawn": ("drawn", read_drawn, write_drawn),
    "models": ("methods", _some, write_names),
    "folds": ("folds", whole(2, 10), str),
    "block": ("block", number(0.001, 30.0), lambda value: f"{value:g}"),
    "trained": ("trained", read_flag, write_flag),
    "left": ("left", read_name, str),
    "right": ("right", read_name, str),
    "other": ("other", _year, str),
    "divider": ("divider", whole(0, 100), str),
    "show": ("show", one_of(*QUANTITIES), str),
    "units": ("level", one_of(*LEVELS), str),
    "class": ("cover", read_name, str),
    "unit": ("unit", read_name, str),
    "sampled": ("sampled", read_flag, write_flag),
    "checked": ("checked", read_flag, write_flag),
    "point": ("point", _place, lambda place: "{:.4f},{:.4f}".format(*place)),
    "band": ("band", read_name, str),
    "mode": ("mode", one_of(*MODES), str),
    "label": ("label", read_name, str),
    "view": SHARED["view"],
    "tab": ("tab", one_of(*TABS), str),
}
