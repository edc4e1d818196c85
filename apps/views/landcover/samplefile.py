"""Samples from a visitor's file: a table, GeoJSON, GeoPackage or a zipped shapefile."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from analysis.notes import mark as _
from analysis.notes import note
from analysis.uploads import Refused, Space
from analysis.uploads.checks import plain_name
from analysis.uploads.csvfile import first_lines, read_csv, read_text
from analysis.uploads.shapes import FORMATS, are_degrees, check_head, system_of, title_of
from analysis.uploads.work import LOOK_SECONDS, run
from apps.views.landcover.samplesets import (
    COLUMNS,
    DATES,
    OTHER_NAMES,
    WORLD,
    Left,
    SampleSet,
    label_text,
    left,
    tidy,
    to_world,
)
from apps.views.landcover.state import Drawn

TABLES = (".csv", ".txt", ".tsv")
FEATURES = (".geojson", ".json")
SUFFIXES = (*TABLES, *FEATURES, *FORMATS)
MOST_BYTES = 5_000_000
MOST_ROWS = 50_000

_STATED = re.compile(r"\b(?:EPSG|crs|srid)\W{1,3}(\w[\w:]*)", re.IGNORECASE)
"""What a comment at the top of a table says of its coordinate system."""


def read_upload(name: str, data: bytes, crs: str = "") -> SampleSet:
    """Read samples from a file that a visitor brought.

    Parameters
    ----------
    name : str
        Name of the file.
    data : bytes
        At most `MOST_BYTES`.
    crs : str
        Coordinate system to take where the file names none, such as ``32642``; "" for none.

    Returns
    -------
    SampleSet
        Points, and areas that are still to be filled with pixels, in degrees.

    Raises
    ------
    ValueError
        The file is too large, of another kind, names no coordinate system although its numbers
        are no degrees, or holds no samples.
    """
    shown, suffix = name[:80], Path(name).suffix.lower()
    if len(data) > MOST_BYTES:
        raise Refused("large", name=shown, size=len(data), limit=MOST_BYTES)
    if suffix not in SUFFIXES:
        raise Refused("suffix", name=shown, allowed=" ".join(SUFFIXES))
    if not data:
        raise Refused("empty", name=shown)
    titles = {"en": shown}
    if suffix in FEATURES:
        whole = _geojson(data)
        points, areas, notes = _features(whole["features"], shown, _stated(whole) or crs)
        return SampleSet("upload", titles, points, areas=areas, notes=notes)
    if suffix in FORMATS:
        check_head(data[:16], FORMATS[suffix], shown)
    with tempfile.TemporaryDirectory(prefix="qazcube-samples-") as folder:
        path = Path(folder) / plain_name(name)
        path.write_bytes(data)
        if suffix in TABLES:
            table, notes = _table(path, shown, crs)
            return SampleSet("upload", titles, table, notes=notes)
        job = {
            "what": "shapes", "path": str(path), "form": FORMATS[suffix], "file": shown,
            "crs": crs, "most": MOST_ROWS,
        }  # fmt: skip
        space = Space(Path(folder), Path(folder) / "cache", Path(folder) / "catalog.yml")
        found = run(space, job, LOOK_SECONDS)
    points, areas, notes = _features(found["features"], shown, "")
    more = [Left(count, "converted", title) for title, count in found["systems"].items()]
    more += left(found["assumed"], "assumed")
    return SampleSet("upload", titles, points, areas=areas, notes=(*more, *notes))


def _table(path: Path, name: str, crs: str) -> tuple[pd.DataFrame, tuple[Left, ...]]:
    table = read_csv(path, name)
    if len(table) > MOST_ROWS:
        raise Refused("rows", count=len(table), limit=MOST_ROWS)
    encoding = read_text(path)
    count, _lines = first_lines(path, encoding)
    with path.open(encoding=encoding) as file:
        head = "".join(file.readline()[:500] for _line in range(count))
    stated = _STATED.search(head)
    return tidy(table, name, stated[1].upper().removeprefix("EPSG:") if stated else crs)


def _geojson(data: bytes) -> dict[str, Any]:
    try:
        whole = json.loads(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        text = _("The file is no GeoJSON: it cannot be read from character {place} on.")
        place = getattr(error, "pos", getattr(error, "start", 0))
        raise ValueError(note(text, place=place)) from error
    if not isinstance(whole, dict) or not isinstance(whole.get("features"), list):
        raise ValueError(note(_("The file is no GeoJSON FeatureCollection.")))
    return whole


def _stated(whole: dict[str, Any]) -> str:
    """Return the system that a GeoJSON file names; "" for none or longitude and latitude."""
    named = whole.get("crs")
    about = named.get("properties") if isinstance(named, dict) else None
    text = str(about.get("name", "")) if isinstance(about, dict) else ""
    return "" if text.upper().endswith("CRS84") else text


def _features(
    features: Sequence[Any], name: str, crs: str
) -> tuple[pd.DataFrame, tuple[tuple[str, Any], ...], tuple[Left, ...]]:
    """Sort features into points and areas, in degrees."""
    if len(features) > MOST_ROWS:
        raise Refused("rows", count=len(features), limit=MOST_ROWS)
    known = [(_shape(one), one) for one in features]
    shapes = [shape for shape, _one in known if shape is not None]
    notes = left(len(known) - len(shapes), "strange")
    found, more = _world(shapes, name, crs)
    abouts = [_about(one) for shape, one in known if shape is not None]
    rows, areas, others = _sorted(found, abouts)
    notes += more + others
    points = pd.DataFrame({one: [] for one in (*COLUMNS, *DATES)})
    if any(one["label"] for one in rows):
        points, dropped = tidy(pd.DataFrame(rows), name)
        notes += dropped
    elif not areas:
        raise ValueError(note(_("The file holds no point and no area with a class.")))
    else:
        notes += left(len(rows), "no class")
    return points, tuple(areas), tuple(notes)


def _sorted(
    shapes: list[Any], abouts: list[dict[str, Any]]
) -> tuple[list[dict[str, Any]], list[tuple[str, Any]], list[Left]]:
    """Tell points from areas; areas that cross themselves are mended."""
    rows: list[dict[str, Any]] = []
    areas: list[tuple[str, Any]] = []
    mended = unnamed = far = 0
    for shape, about in zip(shapes, abouts, strict=True):
        label = label_text(_first(about, ("label", *OTHER_NAMES["label"], "name")))
        if not np.isfinite(shapely.bounds(shape)).all():
            far += 1
        elif "Point" in shape.geom_type:
            dates = {one: _first(about, (one, *OTHER_NAMES[one])) for one in DATES}
            for one in shapely.get_parts(shape):
                rows.append({"label": label, "longitude": one.x, "latitude": one.y, **dates})
        elif not label:
            unnamed += 1
        else:
            mended += not shape.is_valid
            areas.append((label, shape if shape.is_valid else shapely.make_valid(shape)))
    notes = left(mended, "mended") + left(unnamed, "no class") + left(far, "no degrees")
    return rows, areas, notes


def _about(feature: dict[str, Any]) -> dict[str, Any]:
    found = feature.get("properties")
    return {str(k).lower(): v for k, v in found.items()} if isinstance(found, dict) else {}


def _shape(feature: Any) -> Any:
    """Return a point or an area without height; None for anything else."""
    try:
        shape = shapely.force_2d(shapely.geometry.shape(feature["geometry"]))
    except (
        ValueError, TypeError, KeyError, AttributeError, IndexError, shapely.errors.GEOSException,
    ):  # fmt: skip
        return None
    kinds = ("Point", "MultiPoint", "Polygon", "MultiPolygon")
    return shape if shape.geom_type in kinds and not shape.is_empty else None


def _world(shapes: list[Any], name: str, crs: str) -> tuple[list[Any], list[Left]]:
    """Bring shapes to degrees; refuse those that are none when no system is named."""
    if not shapes:
        return [], []
    if not crs:
        west, south, east, north = shapely.bounds(np.array(shapes, dtype=object)).T
        if not are_degrees(np.r_[west, east], np.r_[south, north]):
            raise Refused("crs", name=name)
        return shapes, []
    system = system_of(crs)
    if system == WORLD:
        return shapes, []
    made = [shapely.transform(one, lambda at: np.c_[to_world(system, *at.T)]) for one in shapes]
    return made, left(len(made), "converted", title_of(system))


def _first(about: dict[str, Any], names: Sequence[str]) -> Any:
    return next((about[one] for one in names if one in about), None)


def drawn_geojson(drawn: Sequence[Drawn]) -> bytes:
    """Write drawn samples as GeoJSON, which the page reads again.

    >>> data = drawn_geojson([("a", ((60.0, 50.0),)), ("b", ((1, 1), (2, 1), (2, 2)))])
    >>> made = read_upload("a.geojson", data)
    >>> made.table["label"].tolist(), made.areas[0][0]
    (['a'], 'b')
    """
    features = []
    for label, corners in drawn:
        shape = shapely.Point(corners[0]) if len(corners) == 1 else shapely.Polygon(corners)
        features.append(
            {
                "type": "Feature",
                "properties": {"label": label},
                "geometry": json.loads(shapely.to_geojson(shape)),
            }
        )
    whole = {"type": "FeatureCollection", "features": features}
    return json.dumps(whole, ensure_ascii=False).encode()
