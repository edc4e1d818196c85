"""Events as a GeoJSON file that maps and notebooks open."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd

RENAMED = {"significance": "sig"}
PLACED = ("longitude", "latitude", "id")
WHOLE = ("sig", "felt", "nst", "magNst")
EPOCH = np.datetime64(0, "ms")


def events_geojson(events: pd.DataFrame, metadata: Mapping[str, Any] | None = None) -> bytes:
    """Events as a GeoJSON FeatureCollection in UTF-8, one feature a row, in the order given.

    The geometry is that of RFC 7946: longitude from -180 to 180, latitude, and, where the depth
    is known, the height in metres, which is negative below sea level. A row without a place has
    the geometry null. The box of a collection that crosses the date line has its west edge east
    of its east edge (RFC 7946, section 5.2). Properties have the names of the USGS feeds, times
    in milliseconds since 1970 among them; ``depth`` (km), ``simulated`` and all other columns
    follow under their own names.

    Parameters
    ----------
    events : pandas.DataFrame
        Event table with at least ``time`` (UTC), ``longitude`` and ``latitude``.
    metadata : mapping, optional
        ``title, source, licence, citation`` and the like, written as member ``metadata``.

    Returns
    -------
    bytes
        The file; missing values are null.

    Raises
    ------
    ValueError
        If a column is missing.

    References
    ----------
    Butler et al. (2016), The GeoJSON Format, RFC 7946.

    Examples
    --------
    Two events on the two sides of the date line lie in one narrow box:

    >>> table = pd.DataFrame(
    ...     {
    ...         "time": pd.to_datetime(["2024-01-01"] * 2),
    ...         "longitude": [179.0, -178.0],
    ...         "latitude": [-20.0, -18.0],
    ...         "depth": [10.0, 600.0],
    ...     }
    ... )
    >>> found = json.loads(events_geojson(table))
    >>> found["bbox"]
    [179.0, -20.0, -600000.0, -178.0, -18.0, -10000.0]
    >>> found["features"][1]["geometry"]["coordinates"]
    [-178.0, -18.0, -600000.0]
    """
    missing = [name for name in ("time", "longitude", "latitude") if name not in events]
    if missing:
        raise ValueError(f"The events have no column {', '.join(missing)}.")
    longitudes, latitudes, heights = positions(events)
    names = [str(name) for name in events.columns if str(name) not in PLACED]
    columns = [_plain(events[name], name) for name in names]
    keys = [RENAMED.get(name, name) for name in names]
    idents = events["id"].tolist() if "id" in events else [None] * len(events)
    features = [
        _feature(ident, place, dict(zip(keys, values, strict=True)))
        for ident, place, values in zip(
            idents,
            zip(longitudes, latitudes, heights, strict=True),
            zip(*columns, strict=True),
            strict=True,
        )
    ]
    collection: dict[str, Any] = {"type": "FeatureCollection", "metadata": _about(metadata, events)}
    box = bounding_box(longitudes, latitudes, heights)
    if box:
        collection["bbox"] = box
    collection["features"] = features
    text = json.dumps(collection, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-8")


def positions(events: pd.DataFrame) -> tuple[list[float], list[float], list[float]]:
    """Longitude in [-180, 180), latitude and height (m) of every event; NaN where unknown.

    >>> table = pd.DataFrame({"longitude": [190.0], "latitude": [5.0], "depth": [33.0]})
    >>> positions(table)
    ([-170.0], [5.0], [-33000.0])
    """
    raw = events["longitude"].to_numpy(np.float64)
    longitudes = np.where(
        (raw >= -180) & (raw < 180), raw, np.round((raw + 180.0) % 360.0 - 180.0, 9)
    )
    latitudes = events["latitude"].to_numpy(np.float64)
    placed = np.isfinite(longitudes) & (np.abs(latitudes) <= 90)
    if "depth" in events:
        heights = np.array([-1000.0 * _shortest(value) for value in events["depth"]], float)
    else:
        heights = np.full(len(events), np.nan)
    heights = np.round(heights, 3) + 0.0
    return (
        np.where(placed, longitudes, np.nan).tolist(),
        np.where(placed, latitudes, np.nan).tolist(),
        np.where(placed & np.isfinite(heights), heights, np.nan).tolist(),
    )


def bounding_box(
    longitudes: list[float], latitudes: list[float], heights: list[float]
) -> list[float]:
    """Narrowest box of the placed events; west is more than east where it crosses 180 degrees.

    >>> bounding_box([170.0, -175.0, 178.0], [0.0, 1.0, 2.0], [float("nan")] * 3)
    [170.0, 0.0, -175.0, 2.0]
    >>> bounding_box([], [], [])
    []
    """
    x = np.sort([value for value in longitudes if not math.isnan(value)])
    if not x.size:
        return []
    y = [value for value in latitudes if not math.isnan(value)]
    gaps = np.append(np.diff(x), x[0] + 360.0 - x[-1])
    widest = int(np.argmax(gaps))
    if widest == x.size - 1 or gaps[widest] <= gaps[-1]:  # the widest gap holds the date line
        west, east = float(x[0]), float(x[-1])
    else:
        west, east = float(x[widest + 1]), float(x[widest])
    low, high = [west, min(y)], [east, max(y)]
    z = [value for value in heights if not math.isnan(value)]
    if len(z) == x.size:  # positions of two and of three numbers have only two in common
        low, high = [*low, min(z)], [*high, max(z)]
    return low + high


def _feature(
    ident: Any, place: tuple[float, float, float], properties: dict[str, Any]
) -> dict[str, Any]:
    """Write one feature."""
    feature: dict[str, Any] = {"type": "Feature"}
    if isinstance(ident, str) and ident:
        feature["id"] = ident
    coordinates = [value for value in place if not math.isnan(value)]
    feature["geometry"] = {"type": "Point", "coordinates": coordinates} if coordinates else None
    feature["properties"] = properties
    size, where = properties.get("mag"), properties.get("place")
    parts = ["M ?" if size is None else f"M {size:.1f}", *([where] if where else [])]
    title = " - ".join(parts)
    properties["title"] = f"SIMULATED: {title}" if properties.get("simulated") else title
    return feature


def _about(metadata: Mapping[str, Any] | None, events: pd.DataFrame) -> dict[str, Any]:
    """Say where the events come from and how the file is to be read."""
    about: dict[str, Any] = {
        str(key): value
        for key, value in (metadata or {}).items()
        if isinstance(value, str | int | float | bool) and value != ""
    }
    if "simulated" in events and bool(events["simulated"].fillna(value=False).any()):
        about["simulated"] = True
    about["count"] = len(events)
    about["coordinates"] = "longitude and latitude (degrees, WGS 84), height (m, negative is down)"
    about["units"] = {"time": "ms since 1970-01-01 UTC", "updated": "ms since 1970-01-01 UTC"} | {
        name: "km" for name in ("depth", "horizontalError", "depthError") if name in events
    }
    about["generated"] = int(datetime.now(UTC).timestamp() * 1000)
    return about


def _plain(column: pd.Series, name: str) -> list[Any]:
    """Values of a column as JSON has them: null for missing, milliseconds for times."""
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        moments = column.dt.tz_convert("UTC").dt.tz_localize(None) if column.dt.tz else column
        known = moments.notna().to_numpy()
        stamps = moments.to_numpy().astype("datetime64[ms]")
        since = (stamps - EPOCH).astype(np.int64).tolist()
        return [value if good else None for value, good in zip(since, known, strict=True)]
    if name == "tsunami":
        return [None if pd.isna(value) else int(value) for value in column]
    if pd.api.types.is_bool_dtype(column.dtype):
        return [bool(value) for value in column]
    if pd.api.types.is_numeric_dtype(column.dtype):
        whole = name in WHOLE
        return [_number(value, whole=whole) for value in column]
    return [_other(value) for value in column]


def _shortest(value: Any) -> float:
    """Say a float32 by its shortest decimal: 1.2 must not become 1.2000000477."""
    return float(str(value)) if isinstance(value, np.float32) else float(value)


def _number(value: Any, *, whole: bool) -> float | int | None:
    if pd.isna(value) or not math.isfinite(value):
        return None
    if isinstance(value, int | np.integer) or (whole and float(value).is_integer()):
        return int(value)
    return _shortest(value)


def _other(value: Any) -> Any:
    """Text as it is; what JSON does not know as text."""
    if isinstance(value, str | bool):
        return value
    if isinstance(value, list | tuple | dict | set):
        return str(value)
    if pd.isna(value):
        return None
    if isinstance(value, int | float):
        return value if math.isfinite(value) else None
    return str(value)
