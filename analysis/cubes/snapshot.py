"""One state of a cube on disk: its description and its open arrays."""

from __future__ import annotations

import datetime
import threading
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from analysis.cubes.axis import Axis, Indices
from analysis.cubes.errors import OutsideGridError
from analysis.cubes.layout import map_path, series_path
from analysis.cubes.meta import read_meta
from analysis.cubes.names import META
from analysis.cubes.pieces import SeriesReader
from analysis.cubes.storage import open_array, shared_pieces
from analysis.spelling import did_you_mean

Moment = str | int | np.integer[Any] | np.datetime64 | datetime.datetime | None
EARTH_KM = 6371.0088
_HIDDEN = ("histogram", "percentiles", "minimum", "maximum", "valid_share")
"""Of the whole cube, so not of what is read from it."""


class Snapshot:
    """Description, axes and arrays of a cube, none of which ever changes.

    Parameters
    ----------
    folder : pathlib.Path
        The cube's folder.
    identity : tuple of int
        Of the ``meta.json`` on disk, to notice that the cube was replaced.

    Raises
    ------
    ValueError
        The description is damaged.
    """

    def __init__(self, folder: Path, identity: tuple[int, int, int]) -> None:
        self.identity = identity
        self.meta = read_meta(folder / META)
        self.data = folder / self.meta.data
        self.latitude = Axis(self.meta.latitudes)
        self.longitude = Axis(self.meta.longitudes, circular=True)
        self._arrays: dict[str, Any] = {}
        self._readers: dict[str, SeriesReader] = {}
        self._lock = threading.Lock()
        self.variable_attrs = {
            name: {key: value for key, value in attrs.items() if key not in _HIDDEN}
            for name, attrs in self.meta.variables.items()
        }
        times = xr.IndexVariable("time", self.meta.times)
        indexed = xr.Coordinates({"time": times})
        self.time_coordinates = xr.Coordinates({"time": times}, indexes=indexed.xindexes)

    @cached_property
    def bounds(self) -> tuple[float, float, float, float]:
        """(west, south, east, north) of the area covered, degrees."""
        west, east = self.longitude.coverage
        south, north = self.latitude.coverage
        return west, south, east, north

    def variable(self, name: str | None) -> str:
        """Name of a variable, the first one for None.

        Raises
        ------
        ValueError
            There is none of that name.
        """
        known = self.meta.variables
        if name is None:
            return next(iter(known))
        if name not in known:
            hint = did_you_mean(name, known)
            raise ValueError(f"The cube {self.meta.name!r} has no variable {name!r}. {hint}")
        return name

    def _array(self, path: str) -> Any:
        array = self._arrays.get(path)
        if array is None:
            with self._lock:
                array = self._arrays[path] = open_array(self.data / path)
        return array

    def series_array(self, variable: str) -> Any:
        """Array (time, latitude, longitude) that gives a cell's series quickly."""
        if self.meta.layout.has_series:
            return self._array(series_path(variable))
        return self._array(map_path(variable, 0))

    def series_of_cell(self, variable: str, row: int, column: int) -> npt.NDArray[np.float32]:
        """Series of one cell, shape (time,)."""
        layout = self.meta.layout
        if not layout.has_series:
            return np.asarray(self._array(map_path(variable, 0))[:, row, column].read().result())
        reader = self._readers.get(variable)
        if reader is None:
            folder = self.data / series_path(variable)
            reader = self._readers[variable] = SeriesReader(folder, layout, shared_pieces())
        return reader.read(row, column)

    def map_arrays(self, variable: str) -> list[Any]:
        """Arrays (time, latitude, longitude) of all levels, finest first."""
        levels = range(len(self.meta.layout.levels))
        return [self._array(map_path(variable, level)) for level in levels]

    def series_of_cells(
        self, variable: str, rows: Indices, columns: Indices
    ) -> npt.NDArray[np.float32]:
        """Series of many cells, shape (cell, time)."""
        if rows.size == 0:
            return np.empty((0, self.meta.times.size), np.float32)
        array = self.series_array(variable)
        return np.asarray(array.vindex[:, rows, columns].read().result())

    @cached_property
    def row_areas(self) -> npt.NDArray[np.float64]:
        """Area of one cell of each row per degree of longitude, shape (latitude,), km2."""
        south, north = (np.sin(np.radians(edge)) for edge in self.latitude.edges)
        return np.asarray(np.radians(1.0) * EARTH_KM**2 * (north - south))

    @cached_property
    def column_widths(self) -> npt.NDArray[np.float64]:
        """Width of each column, shape (longitude,), degrees."""
        west, east = self.longitude.edges
        return np.asarray(east - west)

    def cell(self, lon: float, lat: float) -> tuple[int, int]:
        """(row, column) of the cell that holds a point.

        Raises
        ------
        OutsideGridError
            There is none.
        """
        row, column = self.latitude.index(lat), self.longitude.index(lon)
        if row < 0 or column < 0:
            raise self._outside(lon, lat)
        return row, column

    def cells(
        self, lons: npt.NDArray[np.float64], lats: npt.NDArray[np.float64]
    ) -> tuple[Indices, Indices]:
        """Rows and columns of the cells that hold many points.

        Raises
        ------
        OutsideGridError
            Some point has none.
        """
        rows, columns = self.latitude.indices(lats), self.longitude.indices(lons)
        outside = np.flatnonzero((rows < 0) | (columns < 0))
        if outside.size:
            raise self._outside(float(lons[outside[0]]), float(lats[outside[0]]))
        return rows, columns

    def _outside(self, lon: float, lat: float) -> OutsideGridError:
        west, south, east, north = self.bounds
        message = f"The point {lon:g}, {lat:g} (longitude, latitude) lies outside the cube "
        message += f"{self.meta.name!r}, which covers longitudes {west:g} to {east:g} "
        return OutsideGridError(message + f"and latitudes {south:g} to {north:g}.")

    def time_index(self, time: Moment) -> int:
        """Position of a time step; see :meth:`analysis.cubes.Cube.time_index`."""
        times = self.meta.times
        if self.meta.static:
            return 0
        if isinstance(time, int | np.integer) and not isinstance(time, bool):
            if -times.size <= time < times.size:
                return int(time) % times.size
            message = f"There is no time step {time}; "
            raise ValueError(message + f"the cube {self.meta.name!r} has {times.size}.")
        moment = _moment(time)
        after = int(np.searchsorted(times, moment, side="right"))
        near = [index for index in (after - 1, after) if 0 <= index < times.size]
        for index in near:
            if self._holds(index, moment):
                return index
        closest = min(near, key=lambda index: abs(times[index] - moment))
        if self.meta.time_bounds is None and abs(times[closest] - moment) <= self._half_step:
            return closest
        steps = " and ".join(str(times[index].astype("datetime64[s]")) for index in near)
        message = f"The cube {self.meta.name!r} has no step at {moment.astype('datetime64[s]')}; "
        raise ValueError(message + f"the nearest are {steps}.")

    def _holds(self, index: int, moment: np.datetime64) -> bool:
        bounds = self.meta.time_bounds
        if self.meta.times[index] == moment:
            return True
        return bounds is not None and bool(bounds[index, 0] <= moment < bounds[index, 1])

    @cached_property
    def _half_step(self) -> np.timedelta64:
        if self.meta.times.size < 2:
            return np.timedelta64(0, "ns")
        step = np.median(np.diff(self.meta.times).astype(np.int64))
        return np.timedelta64(int(step / 2), "ns")


def _moment(time: Any) -> np.datetime64:
    try:
        stamp = pd.Timestamp(time)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{time!r} is not a time; give a date such as 2010-01-15.") from error
    if pd.isna(stamp):
        raise ValueError(f"{time!r} is not a time; give a date such as 2010-01-15.")
    if stamp.tzinfo is not None:
        stamp = stamp.tz_convert("UTC").tz_localize(None)
    if not 1678 <= stamp.year <= 2261:  # beyond nanoseconds, where NumPy would turn round
        raise ValueError(f"The time {time} is outside the years 1678 to 2261.")
    return stamp.to_datetime64().astype("datetime64[ns]")
