"""Samples from three hands: packaged or in the catalogue, uploaded, drawn on the map."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import shapely

from analysis.sources import entry, list_sources, open_source
from apps.views.landcover.state import Drawn

COLUMNS = ("label", "longitude", "latitude")
DATES = ("start", "end")
OTHER_NAMES = {
    "label": ("class", "landcover", "land_cover", "lc", "type"),
    "longitude": ("lon", "long", "x", "lng"),
    "latitude": ("lat", "y"),
    "start": ("start_date", "from", "date"),
    "end": ("end_date", "to"),
}
"""Names of columns that are taken for ours."""

MOST_BYTES = 5_000_000
MOST_ROWS = 50_000
MOST_INSIDE = 200
"""Pixels of one drawn or uploaded area that become samples."""


Note = tuple[int, str]
"""How many were left out or changed, and why: a key of `words.reasons`."""


@dataclass(frozen=True)
class SampleSet:
    """Labelled places: label, longitude, latitude, start and end (both may be unknown)."""

    key: str
    titles: dict[str, str]
    table: pd.DataFrame
    simulated: bool = False
    citation: str = ""
    licence: str = ""
    areas: tuple[tuple[str, Any], ...] = ()
    notes: tuple[Note, ...] = field(default=())

    def title(self, language: str) -> str:
        """Return the title in the reader's language."""
        return self.titles.get(language) or self.titles["en"]


def known_sets(language: str) -> dict[str, str]:
    """Return key -> title of the sources of samples at hand: tables whose classes are named.

    What must be asked for over the network is left out.
    """
    table = list_sources(language)
    found = {}
    for name, kind, access in zip(table["name"], table["kind"], table["access"], strict=True):
        if kind in ("points", "table") and access in ("packaged", "user") and _labelled(str(name)):
            found[str(name)] = str(table.loc[name, "title"])
    return dict(sorted(found.items(), key=lambda pair: entry(pair[0]).access != "packaged"))


@lru_cache(maxsize=64)
def _labelled(name: str) -> bool:
    try:
        columns = {str(one).lower() for one in open_source(name).columns}
    except (ValueError, OSError, AttributeError):
        return False
    return all(
        one in columns or any(other in columns for other in OTHER_NAMES[one]) for one in COLUMNS
    )


@lru_cache(maxsize=8)
def packaged(name: str) -> SampleSet:
    """Return the samples of a source, read once for all sessions.

    Raises
    ------
    ValueError
        There is no such source, or it holds no samples.
    """
    opened = open_source(name)
    table = opened.compute() if hasattr(opened, "compute") else opened
    about = entry(name)
    checked, notes = tidy(pd.DataFrame(table))
    return SampleSet(
        name, dict(about.title), checked, about.simulated, about.citation, about.licence, (), notes
    )


def tidy(table: pd.DataFrame) -> tuple[pd.DataFrame, tuple[Note, ...]]:
    """Bring a table of labelled places to our columns; say which rows were left out and why.

    Parameters
    ----------
    table : pandas.DataFrame
        A row a sample, or a row a sample and date (``sample_id`` then says which belong together).

    Returns
    -------
    table : pandas.DataFrame
        label (text), longitude, latitude (degrees), start, end (NaT where unknown).
    notes : tuple of (int, str)
        How many rows were left out, and why.

    Raises
    ------
    ValueError
        Columns are missing, or no row is left.

    Examples
    --------
    >>> raw = pd.DataFrame({"class": [" Су ", "", "b"], "lon": [60, 61, 500], "lat": [50, 51, 52]})
    >>> made, notes = tidy(raw)
    >>> made["label"].tolist(), len(notes)
    (['Су'], 2)
    """
    names = {str(one).strip().lower(): one for one in table.columns}
    chosen = {}
    for one in (*COLUMNS, *DATES):
        found = next((n for n in (one, *OTHER_NAMES[one]) if n in names), None)
        if found is None and one in COLUMNS:
            have = ", ".join(map(str, table.columns[:12]))
            raise ValueError(f"The table has no column {one!r}; it has {have}.")
        if found is not None:
            chosen[one] = table[names[found]]
    made = pd.DataFrame(chosen)
    if "sample_id" in names:
        made = made[~table[names["sample_id"]].duplicated().to_numpy()]
    count = len(made)
    notes: list[Note] = []
    made["label"] = made["label"].map(_label)
    for one in ("longitude", "latitude"):
        made[one] = pd.to_numeric(made[one], errors="coerce")
    for one in DATES:
        made[one] = pd.to_datetime(made[one], errors="coerce") if one in made else pd.NaT
    made = made[made["label"] != ""]
    notes += _left(count - len(made), "no class")
    count = len(made)
    made = made[made["longitude"].between(-180, 180) & made["latitude"].between(-90, 90)]
    notes += _left(count - len(made), "no degrees")
    if made.empty:
        raise ValueError("The table holds no sample with a class, a longitude and a latitude.")
    return made.reset_index(drop=True), tuple(notes)


def _label(value: Any) -> str:
    missing = value is None or (isinstance(value, float) and math.isnan(value))
    return "" if missing else " ".join(str(value).split())[:60]


def _left(count: int, reason: str) -> list[Note]:
    return [(count, reason)] if count else []


def read_upload(name: str, data: bytes) -> SampleSet:
    """Read samples from a file that a visitor brought: CSV or GeoJSON.

    Parameters
    ----------
    name : str
        Name of the file.
    data : bytes
        At most `MOST_BYTES`.

    Returns
    -------
    SampleSet
        Points, and areas that are still to be filled with pixels.

    Raises
    ------
    ValueError
        The file is too large, of another kind, or holds no samples.
    """
    if len(data) > MOST_BYTES:
        raise ValueError(f"The file has {len(data) / 1e6:.1f} MB; at most {MOST_BYTES // 10**6}.")
    suffix = name.rpartition(".")[2].lower()
    titles = {"en": name[:80]}
    if suffix in ("geojson", "json"):
        points, areas, notes = _features(data)
        return SampleSet("upload", titles, points, areas=areas, notes=notes)
    if suffix not in ("csv", "txt", "tsv"):
        raise ValueError(f"{name[:60]!r}: CSV or GeoJSON is taken; add others as a source first.")
    try:
        text = data.decode("utf-8-sig")
        raw = pd.read_csv(io.StringIO(text), sep=None, engine="python", nrows=MOST_ROWS + 1)
    except (ValueError, csv.Error, pd.errors.ParserError) as error:
        raise ValueError(f"{name[:60]!r} cannot be read as a table: {error}") from error
    if len(raw) > MOST_ROWS:
        raise ValueError(f"{name[:60]!r} has more than {MOST_ROWS} rows.")
    table, notes = tidy(raw)
    return SampleSet("upload", titles, table, notes=notes)


def _features(data: bytes) -> tuple[pd.DataFrame, tuple[tuple[str, Any], ...], tuple[Note, ...]]:
    try:
        whole = json.loads(data.decode("utf-8-sig"))
        features = whole["features"]
    except (UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError) as error:
        raise ValueError(f"The file is no GeoJSON FeatureCollection: {error}") from error
    system = str(((whole.get("crs") or {}).get("properties") or {}).get("name", ""))
    if system and not system.upper().endswith(("CRS84", ":4326")):
        raise ValueError(f"The file is in {system}; GeoJSON of degrees (EPSG:4326) is taken.")
    rows: list[dict[str, Any]] = []
    areas: list[tuple[str, Any]] = []
    mended = strange = 0
    for feature in features[: MOST_ROWS + 1]:
        about = {str(k).lower(): v for k, v in (feature.get("properties") or {}).items()}
        keys = ("label", *OTHER_NAMES["label"], "name")
        label = next((_label(about[key]) for key in keys if key in about), "")
        try:
            shape = shapely.geometry.shape(feature["geometry"])
        except (ValueError, TypeError, KeyError, AttributeError, shapely.errors.GEOSException):
            strange += 1
            continue
        if shape.geom_type == "Point":
            dates = {one: about.get(one) for one in DATES}
            rows.append({"label": label, "longitude": shape.x, "latitude": shape.y, **dates})
        elif shape.geom_type in ("Polygon", "MultiPolygon") and label:
            if not shape.is_valid:
                shape, mended = shapely.make_valid(shape), mended + 1
            areas.append((label, shape))
        else:
            strange += 1
    notes = [*_left(mended, "mended")]
    notes += _left(strange, "strange")
    empty = pd.DataFrame({name: [] for name in (*COLUMNS, *DATES)})
    points = empty
    if rows:
        points, more = tidy(pd.DataFrame(rows))
        notes += more
    if not rows and not areas:
        raise ValueError("The file holds no point and no area with a class.")
    return points, tuple(areas), tuple(notes)


def drawn_areas(drawn: Sequence[Drawn]) -> tuple[pd.DataFrame, list[tuple[str, Any]]]:
    """Sort drawn samples into points and areas; an area that crosses itself is mended."""
    points = [(label, *corners[0], pd.NaT, pd.NaT) for label, corners in drawn if len(corners) == 1]
    areas = [
        (label, shapely.make_valid(shapely.Polygon(corners)))
        for label, corners in drawn
        if len(corners) > 2
    ]
    return pd.DataFrame(points, columns=[*COLUMNS, *DATES]), areas


def fill(areas: Sequence[tuple[str, Any]], longitudes: Any, latitudes: Any) -> pd.DataFrame:
    """Return the pixels whose centres areas hold, at most `MOST_INSIDE` of each, evenly spread.

    An area that holds no centre gives the pixel under a point inside it.

    >>> made = fill([("a", shapely.box(0, 0, 3, 2))], np.arange(0.5, 9), np.arange(0.5, 9))
    >>> len(made), set(made["label"])
    (6, {'a'})
    """
    rows: list[tuple[str, float, float]] = []
    lon, lat = np.asarray(longitudes, float), np.asarray(latitudes, float)
    for label, shape in areas:
        west, south, east, north = shape.bounds
        xs = lon[(lon >= west) & (lon <= east)]
        ys = lat[(lat >= south) & (lat <= north)]
        x, y = (one.ravel() for one in np.meshgrid(xs, ys))
        inside = shapely.contains_xy(shape, x, y) if len(x) else np.zeros(0, bool)
        x, y = x[inside], y[inside]
        if not len(x):
            point = shape.representative_point()
            x, y = np.array([point.x]), np.array([point.y])
        kept = np.unique(np.linspace(0, len(x) - 1, min(len(x), MOST_INSIDE)).round().astype(int))
        rows += [(label, float(x[one]), float(y[one])) for one in kept]
    made = pd.DataFrame(rows, columns=list(COLUMNS))
    return made.assign(**dict.fromkeys(DATES, np.datetime64("NaT", "ns")))


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
