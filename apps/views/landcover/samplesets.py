"""Samples from three hands: packaged or in the catalogue, uploaded, drawn on the map."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import shapely

from analysis.notes import mark as _
from analysis.notes import note
from analysis.sources import entry, list_sources, open_source
from analysis.uploads import Refused
from apps.views.landcover.state import Drawn

WORLD = "EPSG:4326"
COLUMNS = ("label", "longitude", "latitude")
DATES = ("start", "end")
OTHER_NAMES = {
    "label": ("class", "landcover", "land_cover", "lc", "type", "класс", "тип", "метка", "таңба"),
    "longitude": ("lon", "long", "x", "lng", "easting", "east", "долгота", "бойлық"),
    "latitude": ("lat", "y", "northing", "north", "широта", "ендік"),
    "start": ("start_date", "from", "date", "дата", "начало", "күні", "басы"),
    "end": ("end_date", "to", "конец", "соңы"),
}
"""Names of columns that are taken for ours."""

SYSTEMS = ("crs", "epsg", "srid")
"""Columns that name the coordinate system of every row."""

MOST_INSIDE = 200
"""Pixels of one drawn or uploaded area that become samples."""


class Left(NamedTuple):
    """How many samples were left out or changed, and why."""

    number: int
    why: str
    """A key of `words.reasons`."""
    name: str = ""


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
    notes: tuple[Left, ...] = field(default=())

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


def tidy(
    table: pd.DataFrame, name: str = "", crs: str = ""
) -> tuple[pd.DataFrame, tuple[Left, ...]]:
    """Bring a table of labelled places to our columns; say which rows were left out and why.

    Parameters
    ----------
    table : pandas.DataFrame
        A row a sample, or a row a sample and date (``sample_id`` then says which belong together).
        A column ``crs``, ``epsg`` or ``srid`` names the coordinate system of its row.
    name : str
        What the table is called in messages.
    crs : str
        Coordinate system of rows that name none; "" for degrees.

    Returns
    -------
    table : pandas.DataFrame
        label (text), longitude, latitude (degrees), start, end (NaT where unknown).
    notes : tuple of Left
        How many rows were left out or converted, and why.

    Raises
    ------
    ValueError
        Columns are missing, no row is left, or the places are no degrees and no coordinate system
        is named (`analysis.uploads.Refused` with the reason ``crs``).

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
            text = _("The table has no column {name}; it has {have}.")
            raise ValueError(note(text, name=one, have=[*map(str, table.columns[:12])]))
        if found is not None:
            chosen[one] = table[names[found]]
    made = pd.DataFrame(chosen)
    system = next((names[one] for one in SYSTEMS if one in names), None)
    made["system"] = "" if system is None else table[system].map(_system)
    made["system"] = made["system"].where(made["system"] != "", crs)
    if "sample_id" in names:
        made = made[~table[names["sample_id"]].duplicated().to_numpy()]
    count = len(made)
    made["label"] = made["label"].map(label_text)
    for one in ("longitude", "latitude"):
        made[one] = pd.to_numeric(made[one], errors="coerce").astype(float)
    for one in DATES:
        made[one] = pd.to_datetime(made[one], errors="coerce") if one in made else pd.NaT
    made = made[made["label"] != ""]
    notes = left(count - len(made), "no class")
    made, changed = _in_degrees(made, name)
    notes += changed
    count = len(made)
    made = made[made["longitude"].between(-180, 180) & made["latitude"].between(-90, 90)]
    notes += left(count - len(made), "no degrees")
    if made.empty:
        text = _("The table holds no sample with a class, a longitude and a latitude.")
        raise ValueError(note(text))
    return made.drop(columns="system").reset_index(drop=True), tuple(notes)


def _in_degrees(table: pd.DataFrame, name: str) -> tuple[pd.DataFrame, list[Left]]:
    """Convert places whose system is named; refuse others that are no degrees."""
    from analysis.uploads.shapes import are_degrees, system_of, title_of

    notes: list[Left] = []
    for text, part in table.groupby("system"):
        x, y = (part[one].to_numpy(float) for one in ("longitude", "latitude"))
        if not text:
            known = np.isfinite(x) & np.isfinite(y)
            if not are_degrees(x[known], y[known]):
                raise Refused("crs", name=name)
            continue
        system = system_of(str(text))
        if system == WORLD:
            continue
        table.loc[part.index, ["longitude", "latitude"]] = np.c_[to_world(system, x, y)]
        notes += left(len(part), "converted", title_of(system))
    return table, notes


def to_world(system: Any, x: Any, y: Any) -> tuple[Any, Any]:
    """Turn places of a coordinate system into longitudes and latitudes in degrees.

    Parameters
    ----------
    system
        Anything that names a system.
    x, y : array
        Places, the first axis to the east.

    Returns
    -------
    tuple of numpy.ndarray
        Degrees; infinite where the system does not reach.
    """
    from pyproj import Transformer

    change = Transformer.from_crs(system, WORLD, always_xy=True)
    east, north = change.transform(np.asarray(x, float), np.asarray(y, float))
    return east, north


def label_text(value: Any) -> str:
    """Return a class as people write it, spaces made single; "" where there is none.

    >>> label_text("  Жаздық   бидай "), label_text(float("nan")), label_text(3.0)
    ('Жаздық бидай', '', '3')
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return " ".join(str(value).split())[:60]


def _system(value: Any) -> str:
    text = label_text(value)
    return "" if text in ("0", "-1") else text


def left(count: int, why: str, name: str = "") -> list[Left]:
    """Return the note, if there is any to make."""
    return [Left(count, why, name)] if count else []


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
