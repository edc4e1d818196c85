"""Units of land of one kind, loaded once for all sessions: names, parents, outlines."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import shapely

from analysis.agrarian.byunit import as_polygons
from analysis.agrarian.units import read_units
from analysis.sources import entry, list_sources
from apps.views import atlas
from apps.views.geometry import to_mercator

log = logging.getLogger(__name__)

LEVELS = {"district": "demo_districts", "farm": "demo_farms", "oblast": "kz_oblasts"}
"""Packaged units, in the order in which they are offered."""

NO_UNITS = ("countries", "regimes")
LANGUAGES = ("kk", "ru", "en")
LAYOUTS = ("ADM1_EN", "ADM2_EN", "shapeName")
"""Columns by which layouts of administrative units are known."""

CORNERS = 60_000
"""Corners of all outlines that a map draws; more are thinned, common borders alike."""


@dataclass(frozen=True)
class Units:
    """Units of one kind: names, parents, outlines; shape (unit)."""

    key: str
    title: dict[str, str]
    ids: tuple[str, ...]
    names: dict[str, tuple[str, ...]]
    parents: tuple[str, ...]
    parent_names: dict[str, dict[str, str]]
    simulated: bool
    citation: str
    licence: str
    shapes: Any

    @cached_property
    def places(self) -> dict[str, int]:
        """Position of each id."""
        return {ident: place for place, ident in enumerate(self.ids)}

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Index of the outlines, degrees."""
        return shapely.STRtree(self.shapes.to_numpy())

    def name(self, ident: str, language: str) -> str:
        """Return the name of a unit in the reader's language."""
        return self.names[language][self.places[ident]]

    def find(self, longitude: float, latitude: float, reach: float = 0.0) -> str | None:
        """Return the unit that holds a place, the smallest of several; None where there is none.

        A unit within `reach`, degrees of longitude, is taken where none holds the place.
        """
        place = shapely.Point(longitude, latitude)
        found = self.tree.query(place, predicate="intersects")
        if not len(found):
            near = self.tree.query_nearest(place, max_distance=reach) if reach > 0 else []
            return self.ids[int(near[0])] if len(near) else None
        areas = shapely.area(self.shapes.to_numpy()[found])
        return self.ids[int(found[np.argmin(areas)])]

    @cached_property
    def outlines(self) -> list[list[list[list[Any]]]]:
        """Rings in metres of Web Mercator as Bokeh's MultiPolygons take them: [x, y] of each."""
        shapes = thinned(self.shapes.to_numpy())
        return [[_rings(shape, axis) for shape in shapes] for axis in (0, 1)]

    @cached_property
    def mercator_boxes(self) -> Any:
        """West, south, east, north of each unit in metres of Web Mercator, shape (unit, 4)."""
        x, y = to_mercator(self.boxes[:, ::2], self.boxes[:, 1::2])
        return np.stack([x[:, 0], y[:, 0], x[:, 1], y[:, 1]], axis=1)

    @cached_property
    def boxes(self) -> Any:
        """West, south, east, north of each unit, degrees, shape (unit, 4)."""
        return shapely.bounds(self.shapes.to_numpy())


def thinned(shapes: Any) -> Any:
    """Return outlines with so few corners that a browser draws them at once.

    Borders that two units share stay shared.

    >>> circle = shapely.Point(0, 0).buffer(1, quad_segs=20_000)
    >>> len(shapely.get_coordinates(thinned(np.array([circle])))) < CORNERS
    True
    """
    tolerance = 0.001
    while len(shapely.get_coordinates(shapes)) > CORNERS and tolerance < 0.2:
        shapes = np.asarray(shapely.coverage_simplify(shapes, tolerance))
        tolerance *= 2
    return shapes


def _rings(shape: Any, axis: int) -> list[list[Any]]:
    found = []
    for part in shapely.get_parts(shape):
        rings = [part.exterior, *part.interiors]
        corners = [shapely.get_coordinates(ring) for ring in rings]
        found.append([to_mercator(xy[:, 0], xy[:, 1])[axis].round(1) for xy in corners])
    return found


def unit_kinds(language: str) -> dict[str, str]:
    """Return key -> title of all sources of units: the packaged ones, then others and one's own."""
    table = list_sources(language)
    known = {
        str(name): str(title)
        for name, title in zip(table["name"], table["title"], strict=True)
        if table.loc[name, "kind"] == "polygons" and name not in NO_UNITS
    }
    first = [name for name in LEVELS.values() if name in known]
    return {name: known[name] for name in [*first, *(one for one in known if one not in first)]}


@lru_cache(maxsize=16)
def units(key: str) -> Units:
    """Return the units of a source.

    Raises
    ------
    ValueError
        There is no such source, or its outlines are no units.
    """
    table = _known_layout(atlas.polygons(key))
    about = entry(key)
    shapes = as_polygons(table if "id" in table else _with_id(table))
    names = {lang: _names(table, lang, shapes.index) for lang in LANGUAGES}
    parents = _texts(table, ("oblast_id", "parent", "parent_id")) or ("",) * len(shapes)
    simulated = about.simulated or bool("simulated" in table and table["simulated"].any())
    return Units(
        key,
        dict(about.title),
        tuple(shapes.index),
        names,
        parents,
        {lang: _parent_names(table, parents, lang) for lang in LANGUAGES},
        simulated,
        about.citation,
        about.licence,
        shapes,
    )


def _known_layout(table: Any) -> Any:
    """Bring administrative units of a known layout to one table; others come as they are."""
    if not any(column in table for column in LAYOUTS):
        return table
    try:
        return read_units(table)
    except ValueError as error:
        log.info("No known layout of units: %s", error)
        return table


def _parent_names(table: Any, parents: tuple[str, ...], language: str) -> dict[str, str]:
    """Return parent -> its name: that of the table, else of the packaged oblasts, else itself."""
    column = f"parent_name_{language}"
    if column in table:
        return dict(zip(parents, table[column].fillna("").astype(str), strict=True))
    oblasts = atlas.polygons(LEVELS["oblast"]).set_index("id")[f"name_{language}"]
    return {one: str(oblasts.get(one, one)) for one in dict.fromkeys(parents) if one}


def _with_id(table: Any) -> Any:
    """Give units without an id the code that they have, else their number."""
    for column in ("KATO", "kato", "ADM2_PCODE", "ADM1_PCODE", "code"):
        if column in table and table[column].is_unique and table[column].notna().all():
            return table.assign(id=table[column].astype(str))
    return table.assign(id=[str(number) for number in range(1, len(table) + 1)])


def _texts(table: Any, columns: tuple[str, ...]) -> tuple[str, ...]:
    for column in columns:
        if column in table:
            return tuple(table[column].fillna("").astype(str))
    return ()


def _names(table: Any, language: str, ids: Any) -> tuple[str, ...]:
    """Return names in a language; in another where the source has none; else the ids."""
    order = [language, *(lang for lang in ("en", "ru", "kk") if lang != language)]
    columns = [
        text.format(lang) if text == "name_{}" else text.format(lang.upper())
        for lang in order
        for text in ("name_{}", "ADM2_{}", "ADM1_{}", "NAME_{}")
    ]
    found = [""] * len(ids)
    for column in (*columns, "name", "NAME", "Name"):
        texts = _texts(table, (column,)) or found
        found = [
            old or re.sub(r"\s+", " ", new).strip() for old, new in zip(found, texts, strict=True)
        ]
    return tuple(text or str(ident) for text, ident in zip(found, ids, strict=True))


def natural(text: str) -> tuple[Any, ...]:
    """Return a key that sorts names with their numbers as numbers.

    >>> sorted(["Farm 10", "Farm 9"], key=natural)
    ['Farm 9', 'Farm 10']
    """
    parts = re.split(r"(\d+)", text.casefold())
    return tuple((1, "", int(part)) if part.isdigit() else (0, part, 0) for part in parts)
