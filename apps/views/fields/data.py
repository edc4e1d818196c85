"""What all sessions of a process share: vegetation cubes, units of land, their series by year."""

from __future__ import annotations

import logging
import re
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import shapely
import xarray as xr

from analysis.agrarian import by_year, unit_series
from analysis.agrarian.byunit import as_polygons, stored
from analysis.sources import entry, list_sources
from apps.views import atlas
from apps.views.geometry import to_mercator

log = logging.getLogger(__name__)

VEGETATION = ("ndvi", "evi")
LEVELS = {"district": "demo_districts", "farm": "demo_farms", "oblast": "kz_oblasts"}
"""Short names of the packaged units, in the order in which they are offered."""

NO_UNITS = ("countries", "regimes")
CORNERS = 60_000
"""Corners of all outlines that a map draws; more are thinned, common borders alike."""

KEPT = 8
LEAST = 0.5
"""Share of a unit that the grid must cover for the unit to be judged."""

_lock = threading.RLock()
_series: OrderedDict[tuple[Any, ...], xr.Dataset] = OrderedDict()


@dataclass(frozen=True)
class Units:
    """Units of one kind: names, parents, outlines; shape (unit)."""

    key: str
    title: dict[str, str]
    ids: tuple[str, ...]
    names: dict[str, tuple[str, ...]]
    parents: tuple[str, ...]
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


def vegetation_layers() -> dict[str, atlas.GridLayer]:
    """Return the layers of vegetation indices by key; observed ones come first."""
    found = atlas.grid_layers()
    return {
        key: layer
        for key, layer in found.items()
        if layer.variable in VEGETATION and not layer.cube.static and len(layer.cube.times) > 1
    }


def rain_layer() -> atlas.GridLayer | None:
    """Return a layer of precipitation, if there is one; observed ones come first."""
    for layer in atlas.grid_layers().values():
        if layer.variable == "precipitation" and not layer.cube.static:
            return layer
    return None


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
    table = atlas.polygons(key)
    about = entry(key)
    shapes = as_polygons(table if "id" in table else _with_id(table))
    names = {lang: _names(table, lang, shapes.index) for lang in ("kk", "ru", "en")}
    parents = _texts(table, ("oblast_id", "ADM1_PCODE", "ADM1_EN", "parent_id"))
    simulated = about.simulated or bool("simulated" in table and table["simulated"].any())
    return Units(
        key,
        dict(about.title),
        tuple(shapes.index),
        names,
        parents or ("",) * len(shapes),
        simulated,
        about.citation,
        about.licence,
        shapes,
    )


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


def at_hand(layer: atlas.GridLayer, kind: Units) -> bool:
    """Tell whether the series are in memory or in the cache: then they come at once."""
    with _lock:
        if _key(layer, kind) in _series:
            return True
    return stored(layer.cube, kind.shapes, layer.variable)


def seasons(
    layer: atlas.GridLayer, kind: Units, progress: Callable[[int, int], None] | None = None
) -> xr.Dataset:
    """Return the series of all units cut into years; units that the grid hardly covers left out.

    Raises
    ------
    ValueError
        The cube or the units cannot be read.
    """
    key = _key(layer, kind)
    with _lock:
        if key in _series:
            _series.move_to_end(key)
            return _series[key]
    series = unit_series(layer.cube, kind.shapes, layer.variable, progress=progress)
    kept = series["covered"].to_numpy() >= LEAST
    cut = by_year(series.isel(unit=kept))
    for name in ("area_km2", "covered"):
        cut[name] = series[name].isel(unit=kept)
    with _lock:
        _series[key] = cut
        while len(_series) > KEPT:
            _series.popitem(last=False)
    return cut


def _key(layer: atlas.GridLayer, kind: Units) -> tuple[Any, ...]:
    state = (layer.cube.path / "meta.json").stat()
    return layer.key, kind.key, id(kind), state.st_ino, state.st_mtime_ns
