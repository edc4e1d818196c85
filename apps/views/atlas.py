"""What all sessions of a process share: cubes, events, lines and areas, loaded once.

Only data are shared; every figure and widget is built inside its own session.
"""

from __future__ import annotations

import functools
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from analysis import settings
from analysis.cubes import Cube, list_cubes, open_cube
from analysis.seismic import select_events
from analysis.seismic.forecasting.layernames import is_forecast
from analysis.sources import entry, list_sources, open_source
from analysis.sources.regions import region
from analysis.sources.roles import role
from analysis.sources.surface.scenes import may_be_public
from analysis.sources.vocabulary import Variable
from apps.views.forecastlayer import forecast_titles
from apps.views.geometry import HALF_WORLD, WORLD_WIDTH, Floats, LineLayer, graticule
from apps.views.geometry import to_mercator as project
from apps.views.rolelayers import described
from apps.views.state import Bounds

log = logging.getLogger(__name__)

AREA_SOURCES = {"oblast": "kz_oblasts", "district": "demo_districts", "farm": "demo_farms"}
FIRST_VIEW = 4000
COARSE = 0.15  # degrees: a pixel and a half of a world map
SIGNS = {"degC": "°C", "1": "", "deg": "°", "W m-2": "W/m²"} | {
    "km2": "km²", "m3/s": "m³/s", "cm-3": "cm⁻³"
}  # fmt: skip
CYRILLIC = {"cm": "см", "mm": "мм", "m": "м", "km": "км", "m/s": "м/с", "K": "К"} | {
    "W m-2": "Вт/м²", "km2": "км²", "m3/s": "м³/с", "cm-3": "см⁻³", "ha": "га", "nT": "нТл",
    "mV/m": "мВ/м",
}  # fmt: skip
_lock = threading.RLock()
T = TypeVar("T")


def unit_text(units: str, language: str) -> str:
    """Return a unit as the reader of a language writes it.

    >>> unit_text("degC", "en"), unit_text("m/s", "kk"), unit_text("TECU", "ru")
    ('°C', 'м/с', 'TECU')
    """
    if language in ("kk", "ru") and units in CYRILLIC:
        return CYRILLIC[units]
    return SIGNS.get(units, units)


@dataclass(frozen=True)
class GridLayer:
    """One variable of one cube, ready to be shown."""

    key: str
    cube: Cube
    variable: str
    info: Variable
    titles: dict[str, str]
    licence: str
    citation: str
    cadence: str

    @property
    def simulated(self) -> bool:
        """Whether the values are made up."""
        return bool(self.cube.attrs(self.variable).get("simulated", False))

    def name(self, language: str) -> str:
        """Return the variable's name in the reader's language."""
        return self.info.names.get(language) or self.info.names["en"]

    def unit(self, language: str) -> str:
        """Return the unit as the reader writes it: °C for degC, см for cm."""
        return unit_text(self.info.units, language)

    def title(self, language: str) -> str:
        """Return the source's title in the reader's language."""
        return self.titles.get(language) or self.titles["en"]


def _once(load: Callable[..., T]) -> Callable[..., T]:
    cached = functools.lru_cache(maxsize=32)(load)

    @functools.wraps(load)
    def guarded(*args: Any) -> T:
        with _lock:
            return cached(*args)

    return guarded


_broken: dict[str, str] = {}


def broken_cubes() -> dict[str, str]:
    """Return name -> reason of the cubes that could not be opened when the layers were listed."""
    return dict(_broken)


def grid_layers() -> dict[str, GridLayer]:
    """Return every variable of every cube in the cache by its key ``cube/variable``.

    Real data come first, then simulated; in both, what changes in time and covers most is first.
    Cubes of data that are not public are left out unless the setting ``QAZCUBE_RESTRICTED`` is
    ``shown``.
    """
    known = {str(name) for name in list_sources()["name"]}
    layers = {}
    for name in list_cubes():
        try:
            cube = open_cube(name)
        except (ValueError, OSError) as error:
            log.warning("cube %s cannot be opened: %s", name, error)
            _broken[name] = str(error)
            continue
        _broken.pop(name, None)
        if not (may_be_public(cube.about) or settings.get("restricted") == "shown"):
            continue
        about = entry(name) if name in known else None
        for item in cube.variables:
            layer = GridLayer(
                key=f"{name}/{item}",
                cube=cube,
                variable=item,
                info=described(item, cube.attrs(item)),
                titles=dict(about.title) if about else forecast_titles(cube) or {"en": name},
                licence=about.licence if about else "",
                citation=about.citation if about else str(cube.attrs(item).get("source", "")),
                cadence=about.cadence if about else "",
            )
            layers[layer.key] = layer
    return {layer.key: layer for layer in sorted(layers.values(), key=_rank)}


def _rank(layer: GridLayer) -> tuple[bool, bool, bool, float]:
    west, south, east, north = layer.cube.bounds
    beside = role(layer.cube.attrs(layer.variable)) is not None  # a flag or a count
    return (
        beside or is_forecast(layer.cube),  # no observation: never what a first visit shows
        layer.simulated,
        layer.cube.static,
        -((east - west) % 360.0 or 360.0) * (north - south),
    )


@dataclass(frozen=True)
class Events:
    """The event table with its Web Mercator positions, shape (event)."""

    table: pd.DataFrame
    start: np.datetime64
    end: np.datetime64
    catalogues: dict[str, bool]

    @functools.cached_property
    def sources(self) -> frozenset[str]:
        """Names of the agencies whose events are in the table."""
        return frozenset(map(str, self.table["source"].unique()))

    @functools.cached_property
    def floor(self) -> float:
        """Lowest magnitude, in halves, that keeps a first view readable: a few thousand events."""
        real = self.table["mag"][~self.table["simulated"]].sort_values(ascending=False)
        return float(np.floor(2 * real.iloc[min(FIRST_VIEW, len(real) - 1)]) / 2)

    def magnitudes(self, state: Any) -> tuple[float, float]:
        """Return the visitor's range of magnitudes, else the one of the first view."""
        return state.magnitude or (self.floor, 10.0)

    def names(self, kinds: list[str]) -> list[str]:
        """Return the names of the entries of these kinds (real, simulated)."""
        return [
            name
            for name, simulated in self.catalogues.items()
            if ("simulated" if simulated else "real") in kinds
        ]


@_once
def events() -> Events:
    """Return all events of the sources at hand, with columns x and y in metres.

    What must be asked for over the network is left out: a page does not wait for it.
    """
    names = list_sources().query("kind == 'events' and access != 'open'")["name"]
    tables = []
    for name in names:
        opened = open_source(str(name))
        tables.append(opened.compute() if hasattr(opened, "compute") else opened)
    table = pd.concat(tables, ignore_index=True).sort_values("time", ignore_index=True)
    table["x"], table["y"] = project(table["longitude"], table["latitude"])
    times = table["time"].to_numpy().astype("datetime64[ns]")
    catalogues = {str(name): bool(entry(str(name)).simulated) for name in names}
    return Events(table, times[0], times[-1], catalogues)


@functools.lru_cache(maxsize=8)
def selected(
    dates: tuple[str, str] | None,
    magnitude: tuple[float, float] | None,
    depth: tuple[float, float],
    within: str,
    kinds: tuple[str, ...],
    sources: tuple[str, ...],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the events that a visitor's filters keep, and those of them that a map shows.

    Without a magnitude chosen the map shows the largest few thousand. The tables are shared by all
    sessions: as copies they would be most of what a session costs in memory.
    """
    found = events()
    if not kinds:
        return found.table.iloc[:0], found.table.iloc[:0]
    start, end = dates or (None, None)
    area = region(within) if within else None
    chosen = select_events(
        found.table,
        start=start,  # the last chosen day is shown too
        end=None if end is None else np.datetime64(end, "D") + np.timedelta64(1, "D"),
        magnitude=magnitude,
        depth=depth,
        region=(area.west, area.south, area.east, area.north) if area else None,
        sources=sources or None,
        simulated=None if {"real", "simulated"} <= set(kinds) else kinds == ("simulated",),
    )
    low, high = magnitude or (found.floor, 10.0)
    return chosen, chosen[chosen["mag"].between(low, high)]


@_once
def polygons(name: str) -> Any:
    """Return a polygon source as a GeoDataFrame."""
    return open_source(name)


@_once
def lines(name: str, scale: str = "") -> LineLayer:
    """Return a line layer by the name of its source, or the ``graticule``.

    `scale` chooses among the scales that a source holds: ``110m`` for the world, ``50m`` closer.
    """
    if name == "graticule":
        return LineLayer.from_geometries(graticule(), piece=2)
    table = open_source(name)
    chosen = table[table["scale"] == scale] if scale and "scale" in table else table
    shapes = chosen.geometry
    if scale == "110m":  # corners that a world map cannot show cost as much to paint as others
        shapes = shapes.simplify(COARSE)
    return LineLayer.from_geometries(shapes)


@_once
def _land() -> tuple[Floats, Floats]:
    table = open_source("countries")
    coarse = table[table["scale"] == "110m"].geometry
    merged = shapely.union_all(coarse.make_valid().to_numpy())
    parts = []
    for polygon in shapely.get_parts(merged):
        if polygon.geom_type == "Polygon" and polygon.area > 0.5:
            ring = polygon.exterior.simplify(COARSE)
            parts += [shapely.get_coordinates(ring), [[np.nan, np.nan]]]
    corners = np.concatenate(parts)
    x, y = project(corners[:, 0], corners[:, 1])
    return x, y


def land(window: Bounds) -> tuple[Floats, Floats]:
    """Return NaN-joined outlines of the land for every copy of the world in the window."""
    x, y = _land()
    low = int(np.floor((window[0] + HALF_WORLD) / WORLD_WIDTH))
    high = int(np.floor((window[2] + HALF_WORLD) / WORLD_WIDTH))
    shifts = [world * WORLD_WIDTH for world in range(low, high + 1)]
    return np.concatenate([x + shift for shift in shifts]), np.concatenate([y for _ in shifts])


def area_names(kind: str, language: str) -> dict[str, str]:
    """Return name -> state key (``oblast:ID``) of all areas of a kind."""
    table = polygons(AREA_SOURCES[kind])
    column = f"name_{language}" if f"name_{language}" in table else "name_en"
    return {str(row[column]): f"{kind}:{row['id']}" for _, row in table.iterrows()}


def area_shape(key: str) -> tuple[Any, dict[str, str]]:
    """Return the geometry and names (by language) of a state key.

    Raises
    ------
    ValueError
        If there is no such area.
    """
    kind, _, ident = key.partition(":")
    if kind == "polygon":
        corners = [tuple(map(float, corner.split(","))) for corner in ident.split(";")]
        shape = shapely.make_valid(shapely.Polygon(corners))
        if shape.is_empty or shape.area == 0:
            raise ValueError("the polygon has no area")
        return shape, {}
    table = polygons(AREA_SOURCES[kind])
    found = table[table["id"].astype(str) == ident]
    if found.empty:
        raise ValueError(f"unknown {kind} {ident!r}; {len(table)} are known")
    row = found.iloc[0]
    return row.geometry, {lang: str(row[f"name_{lang}"]) for lang in ("kk", "ru", "en")}


def nearest_time(times: npt.NDArray[np.datetime64], moment: str) -> int:
    """Return the index of the time nearest to an ISO date; the last one for ``''``."""
    if not moment:
        return len(times) - 1
    wanted = np.datetime64(moment).astype("datetime64[ns]")
    return int(np.abs(times - wanted).argmin())
