"""Series and pictures from one state of a cube."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import xarray as xr

from analysis.cubes.projected import projected_view
from analysis.cubes.separable import separable_view
from analysis.cubes.snapshot import EARTH_KM, Moment, Snapshot
from analysis.cubes.window import Window


def read_series(snapshot: Snapshot, lon: float, lat: float, variable: str | None) -> xr.DataArray:
    """Series of one cell; see :meth:`analysis.cubes.Cube.series`."""
    name = snapshot.variable(variable)
    row, column = snapshot.cell(lon, lat)
    values = snapshot.series_of_cell(name, row, column)
    cell_lon = float(snapshot.longitude.values[column])
    cell_lat = float(snapshot.latitude.values[row])
    attrs = {
        **snapshot.variable_attrs[name],
        "longitude": cell_lon,
        "latitude": cell_lat,
        "distance_km": distance_km(lon, lat, cell_lon, cell_lat),
    }
    return xr.DataArray(
        values, coords=snapshot.time_coordinates, dims=("time",), name=name, attrs=attrs
    )


def read_many(
    snapshot: Snapshot, where: npt.NDArray[np.float64], variable: str | None
) -> xr.DataArray:
    """Series of many cells; see :meth:`analysis.cubes.Cube.series_many`."""
    name = snapshot.variable(variable)
    rows, columns = snapshot.cells(where[:, 0], where[:, 1])
    return xr.DataArray(
        snapshot.series_of_cells(name, rows, columns),
        dims=("point", "time"),
        coords={
            "time": snapshot.meta.times,
            "longitude": ("point", snapshot.longitude.values[columns]),
            "latitude": ("point", snapshot.latitude.values[rows]),
        },
        name=name,
        attrs=dict(snapshot.variable_attrs[name]),
    )


def read_view(
    snapshot: Snapshot, time: Moment, window: Window, variable: str | None, method: str
) -> xr.DataArray:
    """Picture of a window; see :meth:`analysis.cubes.Cube.view`."""
    name = snapshot.variable(variable)
    step = snapshot.time_index(time)
    maps = snapshot.map_arrays(name)

    def read(level: int, rows: slice, columns: slice) -> npt.NDArray[np.float32]:
        return np.asarray(maps[level][step, rows, columns].read().result())

    axes = (snapshot.latitude, snapshot.longitude)
    if window.separable:
        picture, level = separable_view(window, *axes, len(maps), read, mean=method == "mean")
    else:
        picture, level = projected_view(window, *axes, len(maps), read)
    attrs = {
        **snapshot.variable_attrs[name],
        "crs": window.crs,
        "level": level,
        "time": snapshot.meta.times[step],
        "time_index": step,
    }
    coords = {"y": window.y, "x": window.x}
    return xr.DataArray(picture, coords=coords, dims=("y", "x"), name=name, attrs=attrs)


def distance_km(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """Great-circle distance between two points (haversine formula).

    Parameters
    ----------
    lon, lat, other_lon, other_lat : float
        Degrees.

    Returns
    -------
    float
        Kilometres.

    Examples
    --------
    A quarter of the globe, whatever the turn of the longitude:

    >>> round(distance_km(0, 0, 450, 0)), round(distance_km(10, 0, 10, 90))
    (10008, 10008)
    """
    a, b = math.radians(lat), math.radians(other_lat)
    turn = math.radians(other_lon - lon)
    half = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(turn / 2) ** 2
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(half)))
