"""Mean and spread over a polygon, at all times."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
import xarray as xr

from analysis.cubes.axis import Indices
from analysis.cubes.errors import OutsideGridError
from analysis.cubes.snapshot import Snapshot
from analysis.cubes.weighting import summarise

_MOST_VALUES = 32_000_000
"""Values that are held at once: with more cells, the series are read in parts of time."""


def read_zonal(snapshot: Snapshot, polygon: Any, variable: str) -> xr.Dataset:
    """Statistics of the cells under a polygon; see :meth:`analysis.cubes.Cube.zonal`."""
    _check(polygon)
    rows, columns = cells_inside(snapshot, polygon)
    selection = "cell centres"
    if rows.size == 0:
        rows, columns = _nearest_cell(snapshot, polygon)
        selection = "nearest cell"
    weights = snapshot.row_areas[rows] * snapshot.column_widths[columns]
    found = _summarise(snapshot, variable, rows, columns, weights)
    described = snapshot.variable_attrs[variable]
    units = {"units": described["units"]}
    names = ("mean", "std", "min", "max", "count", "p10", "p90")
    variables = {
        name: ("time", values, {"units": "1"} if name == "count" else units)
        for name, values in zip(names, found, strict=True)
    }
    attrs = {
        **described,
        "variable": variable,
        "cells": int(rows.size),
        "selection": selection,
        "area_km2": float(weights.sum()),
    }
    result = xr.Dataset(variables, {"time": snapshot.meta.times}, attrs)
    return result.assign(count=result["count"].astype(np.int64))


def _check(polygon: Any) -> None:
    kind = getattr(polygon, "geom_type", type(polygon).__name__)
    if kind not in ("Polygon", "MultiPolygon"):
        raise ValueError(f"A Polygon or MultiPolygon is needed, not {kind}.")
    if polygon.is_empty:
        raise ValueError("The polygon is empty.")
    if not polygon.is_valid:
        reason = shapely.is_valid_reason(polygon)
        raise ValueError(f"The polygon is not valid ({reason}); shapely.make_valid can mend it.")


def cells_inside(snapshot: Snapshot, polygon: Any) -> tuple[Indices, Indices]:
    """Rows and columns of the cells whose centres a polygon covers.

    Parameters
    ----------
    snapshot : Snapshot
    polygon : shapely geometry
        In degrees; parts beyond -180 or 180 are brought back by whole turns.

    Returns
    -------
    tuple of arrays of int, shape (cell,)
        Row-major order, each cell once.
    """
    west, south, east, north = polygon.bounds
    if east - west > 720 or max(abs(west), abs(east)) > 36_000:
        message = f"The polygon runs from {west:g} to {east:g} degrees of longitude; "
        raise ValueError(message + "at most two turns, within 100 turns, are allowed.")
    lats, lons = snapshot.latitude.values, snapshot.longitude.values
    first, last = np.searchsorted(lats, [south, north + 1e-12])
    mask = np.zeros((last - first, lons.size), dtype=bool)
    shapely.prepare(polygon)
    for number in range(math.floor((west - 180) / 360), math.ceil((east + 180) / 360) + 1):
        turn = 360.0 * number
        low, high = np.searchsorted(lons + turn, [west, east + 1e-12])
        if low < high and first < last:
            x, y = np.meshgrid(lons[low:high] + turn, lats[first:last])
            mask[:, low:high] |= shapely.intersects_xy(polygon, x, y)
    rows, columns = np.nonzero(mask)
    return rows + first, columns


def _nearest_cell(snapshot: Snapshot, polygon: Any) -> tuple[Indices, Indices]:
    point = polygon.representative_point()
    row, column = snapshot.latitude.index(point.y), snapshot.longitude.index(point.x)
    if row < 0 or column < 0:
        west, south, east, north = snapshot.bounds
        message = f"The polygon lies outside the cube {snapshot.meta.name!r}, which covers "
        message += f"longitudes {west:g} to {east:g} and latitudes {south:g} to {north:g}."
        raise OutsideGridError(message)
    return np.array([row]), np.array([column])


def _summarise(
    snapshot: Snapshot,
    variable: str,
    rows: Indices,
    columns: Indices,
    weights: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    times = snapshot.meta.times.size
    if rows.size * times <= _MOST_VALUES:
        series = snapshot.series_of_cells(variable, rows, columns)
        return np.asarray(summarise(np.ascontiguousarray(series.T), weights))
    box = (
        slice(int(rows.min()), int(rows.max()) + 1),
        slice(int(columns.min()), int(columns.max()) + 1),
    )
    inside = (rows - box[0].start, columns - box[1].start)
    size = (box[0].stop - box[0].start) * (box[1].stop - box[1].start)
    steps = max(1, _MOST_VALUES // size)
    maps = snapshot.map_arrays(variable)[0]
    parts = []
    for start in range(0, times, steps):
        cells = maps[start : min(start + steps, times), box[0], box[1]].read().result()
        parts.append(summarise(np.ascontiguousarray(cells[:, *inside]), weights))
    return np.concatenate(parts, axis=1)
