"""Tectonic regime of each event, from the packaged polygons, its depth and its mechanism."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray

from analysis.seismic.columns import as_events
from analysis.sources import open_source

PRIORITY: Final = ("subduction", "volcanic", "active", "stable")
"""Regimes of the polygons; on a common border the first of these counts, and land before sea."""

SETTINGS: Final = (
    "subduction",
    "slab",
    "volcanic",
    "active continental",
    "rift",
    "ridge",
    "transform",
    "ridge or transform",
    "stable continental",
    "stable oceanic",
)
"""Finer settings, in which depth and mechanism count as well."""

SLAB_KM: Final = 70.0
"""Depth from which an event lies in a subducted plate, km: the usual border between shallow and
intermediate events; the crust is nowhere thicker but in a few mountains."""

STRIKE_SLIP: Final = 0.5


def tectonic_regimes(
    events: Any, polygons: gpd.GeoDataFrame | None = None, *, slab_km: float = SLAB_KM
) -> pd.DataFrame:
    """Return the tectonic regime of each event.

    The polygons are those of the source ``regimes`` (U.S. Geological Survey, STREC; Hayes et al.):
    they cover the Earth without overlap. An event on a border belongs to the first of `PRIORITY`.
    Where a hairline between two polygons holds an event, the nearest polygon counts.

    From depth: an event at `slab_km` or deeper lies in a subducted plate whatever is above it, so
    its regime is subduction and its setting ``slab``. From the mechanism (columns ``rake1`` and
    ``rake2`` where the table has them; `fault_type`): active sea floor is a ``ridge`` (normal
    faulting), a ``transform`` (strike-slip) or, if neither or unknown, ``ridge or transform``;
    active land with normal faulting is a ``rift``, else ``active continental``.

    Parameters
    ----------
    events : pandas.DataFrame
        Events (n) as `analysis.seismic.columns.as_events` reads them.
    polygons : geopandas.GeoDataFrame, optional
        Columns regime, oceanic, geometry (longitude, latitude); the packaged ones by default.
    slab_km : float
        Depth of the rule above, km, positive; ``math.inf`` switches it off.

    Returns
    -------
    pandas.DataFrame
        (n) rows with the index of the events: ``polygon`` (regime of the polygon), ``regime`` (one
        of `PRIORITY`, after the rule of depth), ``setting`` (one of `SETTINGS`) and ``oceanic``.
        Missing (NaN, False) where the event has no place on the Earth.

    Raises
    ------
    ValueError
        The depth is no positive number, the polygons hold an unknown regime, or the table lacks
        a column.

    Examples
    --------
    The trench off Japan, a deep event under Fiji, the East Pacific Rise, the Kazakh steppe:

    >>> table = pd.DataFrame(
    ...     {
    ...         "time": pd.NaT,
    ...         "lon": [143.0, -179.0, -113.0, 67.0],
    ...         "lat": [38.0, -18.0, -20.0, 49.0],
    ...         "depth": [20.0, 600.0, 10.0, 10.0],
    ...     }
    ... )
    >>> tectonic_regimes(table)["setting"].tolist()
    ['subduction', 'slab', 'ridge or transform', 'stable continental']
    """
    if not slab_km > 0:
        msg = f"The depth from which events lie in a slab is {slab_km} km; give a positive number."
        raise ValueError(msg)
    table = as_events(events, fill=False)
    longitude, latitude = (table[name].to_numpy() for name in ("longitude", "latitude"))
    shapes = _packaged() if polygons is None else _sorted(polygons)
    position = _polygon_of(longitude, latitude, shapes.geometry.to_numpy())
    known = position >= 0
    base: NDArray[Any] = np.full(len(table), None, dtype=object)
    base[known] = shapes["regime"].to_numpy(dtype=object)[position[known]]
    oceanic = known & shapes["oceanic"].to_numpy(dtype=bool)[position]
    depth = table["depth"].to_numpy() if "depth" in table.columns else np.full(len(table), np.nan)
    deep = known & (depth >= slab_km)
    kind = np.full(len(table), np.nan)
    if {"rake1", "rake2"} <= set(table.columns):
        kind = fault_type(table["rake1"], table["rake2"])
    return pd.DataFrame(
        {
            "polygon": pd.Series(base, index=table.index, dtype="str"),
            "regime": pd.Series(np.where(deep, "subduction", base), index=table.index, dtype="str"),
            "setting": pd.Series(
                _settings(base, oceanic, deep, kind), index=table.index, dtype="str"
            ),
            "oceanic": oceanic,
        },
        index=table.index,
    )


def fault_type(rake1: ArrayLike, rake2: ArrayLike) -> NDArray[np.float64]:
    """Return the type of faulting from -1 (normal) over 0 (strike-slip) to 1 (reverse).

    Shearer, Prieto and Hauksson (2006), J. Geophys. Res. 111, B06303: the rake, folded into -90 to
    90 degrees and divided by 90, of the nodal plane where that is nearer to 0.

    Parameters
    ----------
    rake1, rake2 : array_like
        Rakes of the two nodal planes, degrees, (n) each.

    Returns
    -------
    numpy.ndarray
        Type, (n); NaN where a rake is missing.

    Examples
    --------
    It does not matter which plane is called the first:

    >>> fault_type([-90, 0, 90, 170], [-90, 180, 90, 20])
    array([-1. ,  0. ,  1. ,  0.1])
    >>> bool((fault_type([170], [20]) == fault_type([20], [170])).all())
    True
    """
    folded = []
    for rake in (rake1, rake2):
        angle = (np.asarray(rake, dtype=np.float64) + 180) % 360 - 180
        over = np.abs(angle) > 90
        folded.append(np.where(over, np.sign(angle) * (180 - np.abs(angle)), angle) / 90)
    first, second = folded
    result = np.where(np.abs(first) <= np.abs(second), first, second)
    return np.where(np.isnan(first) | np.isnan(second), np.nan, result)


@lru_cache(maxsize=1)
def _packaged() -> gpd.GeoDataFrame:
    """Return the packaged polygons, read once."""
    return _sorted(open_source("regimes"))


def _sorted(polygons: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the polygons in order of priority, land before sea."""
    unknown = set(polygons["regime"]) - set(PRIORITY)
    if unknown:
        msg = f"Unknown regime {min(unknown)!r} among the polygons; known: {', '.join(PRIORITY)}."
        raise ValueError(msg)
    rank = polygons["regime"].map(PRIORITY.index).to_numpy()
    order = np.lexsort((polygons["oceanic"].to_numpy(), rank))
    flat = polygons.iloc[order].reset_index(drop=True)
    return flat.set_geometry(shapely.force_2d(flat.geometry.to_numpy()))


def _polygon_of(
    longitude: NDArray[np.float64], latitude: NDArray[np.float64], shapes: NDArray[Any]
) -> NDArray[np.int64]:
    """Return the first polygon that holds or touches each place, -1 where it is no place."""
    found = np.full(longitude.size, -1, dtype=np.int64)
    rows = np.flatnonzero((np.abs(longitude) <= 180) & (np.abs(latitude) <= 90))
    edge = rows[longitude[rows] == -180]  # the date line is the eastern edge of the map as well
    rows = np.append(rows, edge)
    if not rows.size:
        return found
    lon = longitude[rows].copy()
    lon[rows.size - edge.size :] = 180.0
    # the tree holds the points: each polygon is prepared once and asks for its own
    places = shapely.points(lon, latitude[rows])
    shape, point = shapely.STRtree(places).query(shapes, predicate="intersects")
    first = np.full(longitude.size, len(shapes), dtype=np.int64)
    np.minimum.at(first, rows[point], shape)
    held = first < len(shapes)
    found[held] = first[held]
    lost = np.flatnonzero(~held[rows])
    if lost.size:
        distance = shapely.distance(places[lost][:, None], shapes)
        found[rows[lost]] = np.argmin(distance, axis=1)
    return found


def _settings(
    base: NDArray[Any], oceanic: NDArray[np.bool_], deep: NDArray[np.bool_], kind: ArrayLike
) -> NDArray[Any]:
    """Return the finer setting of each event."""
    slip = np.asarray(kind)
    normal, sideways = slip < -STRIKE_SLIP, np.abs(slip) <= STRIKE_SLIP
    floor, land = (base == "active") & oceanic, (base == "active") & ~oceanic
    cases = [
        (deep, "slab"),
        (base == "subduction", "subduction"),
        (base == "volcanic", "volcanic"),
        (floor & normal, "ridge"),
        (floor & sideways, "transform"),
        (floor, "ridge or transform"),
        (land & normal, "rift"),
        (land, "active continental"),
        ((base == "stable") & oceanic, "stable oceanic"),
        (base == "stable", "stable continental"),
    ]
    result = np.full(base.size, None, dtype=object)
    for held, name in reversed(cases):
        result[held] = name
    return result
