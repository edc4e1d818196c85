"""Points and areas of a visitor's GeoPackage or zipped shapefile, brought to degrees."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import numpy as np

from analysis.uploads.checks import unpack_shapefile
from analysis.uploads.refusals import Refused

FORMATS: Final = {".gpkg": "geopackage", ".zip": "shapefile"}
"""Suffix -> format."""

MOST_LAYERS: Final = 20
_MAGIC: Final = {"geopackage": b"SQLite format 3\x00", "shapefile": b"PK\x03\x04"}
_LABELS: Final = {"geopackage": "GeoPackage", "shapefile": "ZIP"}
_WORLD: Final = "EPSG:4326"


def system_of(text: str) -> Any:
    """Return the coordinate reference system that a text names.

    Parameters
    ----------
    text : str
        "EPSG:32642", "32642", a URN, WKT.

    Returns
    -------
    pyproj.CRS
        The system.

    Raises
    ------
    Refused
        No such system is known, or it has no place on the Earth.

    Examples
    --------
    >>> system_of(" 32642 ").name
    'WGS 84 / UTM zone 42N'
    """
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    plain = text.strip()
    try:
        found = CRS.from_user_input(f"EPSG:{plain}" if plain.isdigit() else plain)
    except CRSError as error:
        raise Refused("crs_unknown", crs=plain[:60]) from error
    if not _earthly(found):
        raise Refused("crs_unknown", crs=plain[:60])
    return found


def are_degrees(x: Any, y: Any) -> bool:
    """Whether at least half of the places can be longitudes and latitudes in degrees.

    >>> are_degrees([65.2, 66.1], [52.0, 51.0]), are_degrees([412_000.0], [5_760_000.0])
    (True, False)
    """
    within = (np.abs(np.asarray(x, float)) <= 180) & (np.abs(np.asarray(y, float)) <= 90)
    return bool(within.mean() >= 0.5) if within.size else True


def check_head(head: bytes, form: str, name: str) -> None:
    """Check that a file begins as its format does.

    Raises
    ------
    Refused
        It begins otherwise.
    """
    if not head.startswith(_MAGIC[form]):
        raise Refused("content", name=name, format=_LABELS[form])


def read_shapes(path: Path, form: str, name: str, crs: str, most: int) -> dict[str, Any]:
    """Read all layers of a file.

    Parameters
    ----------
    path : pathlib.Path
        The file; a shapefile is unpacked beside it.
    form : {"geopackage", "shapefile"}
        Its format.
    name : str
        What it is called in messages.
    crs : str
        System to take where the file names none; "" for none.
    most : int
        Shapes that are taken.

    Returns
    -------
    dict
        GeoJSON FeatureCollection in degrees. "systems": name of a system other than WGS 84 -> how
        many shapes were in it; "assumed": shapes whose degrees no system was named for.

    Raises
    ------
    Refused
        The file holds nothing or too much, or names no system although its numbers are no
        degrees.
    """
    features: list[Any] = []
    systems: dict[str, int] = {}
    assumed = 0
    for frame in _frames(path, form, most):
        frame = frame[~(frame.geometry.isna() | frame.geometry.is_empty)]
        if not len(frame):
            continue
        stated = frame.crs if frame.crs is not None and _earthly(frame.crs) else None
        chosen = stated if stated is not None else system_of(crs) if crs else None
        if chosen is None:
            west, south, east, north = frame.geometry.bounds.to_numpy().T
            if not are_degrees(np.r_[west, east], np.r_[south, north]):
                raise Refused("crs", name=name)
            assumed += len(frame)
        elif chosen != _WORLD:
            title = title_of(chosen)
            systems[title] = systems.get(title, 0) + len(frame)
        frame = frame.set_crs(chosen or _WORLD, allow_override=True).to_crs(_WORLD)
        features += json.loads(frame.to_json(default=str, na="null"))["features"]
        if len(features) > most:
            raise Refused("rows", count=len(features), limit=most)
    if not features:
        raise Refused("nothing", name=name, detail="no layer holds a shape")
    return {"features": features, "systems": systems, "assumed": assumed}


def title_of(system: Any) -> str:
    """Name a system shortly.

    >>> title_of(system_of("32642"))
    'EPSG:32642'
    """
    authority = system.to_authority()
    return ":".join(authority) if authority else str(system.name)[:60]


def _earthly(system: Any) -> bool:
    return bool(system.is_geographic or system.is_projected or system.is_compound)


def _frames(path: Path, form: str, most: int) -> list[Any]:
    """Read the layers that have shapes."""
    import geopandas as gpd
    import pyogrio

    options: dict[str, Any] = {"engine": "pyogrio", "max_features": most + 1}
    if form == "shapefile":
        folder = path.parent / "unpacked"
        folder.mkdir(exist_ok=True)
        return [gpd.read_file(unpack_shapefile(path, folder), **options)]
    layers = [str(one) for one, kind in pyogrio.list_layers(path) if kind is not None]
    return [gpd.read_file(path, layer=one, **options) for one in layers[:MOST_LAYERS]]
