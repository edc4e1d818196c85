"""A cube on disk: series at a click, pictures at any zoom, means over polygons."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from analysis.cubes.errors import CubeNotFoundError
from analysis.cubes.names import META
from analysis.cubes.snapshot import Snapshot
from analysis.cubes.window import Window, projected_view, separable_view
from analysis.spelling import did_you_mean

Result = TypeVar("Result")
Moment = str | int | np.datetime64 | pd.Timestamp | None
_EARTH_KM = 6371.0088


class Cube:
    """A finished cube; open one with :func:`analysis.cubes.open_cube`.

    One object serves all threads of a process. When the cube on disk is replaced, the next call
    reads the new one.

    Parameters
    ----------
    folder : pathlib.Path
        The cube's folder.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder
        self._opened: Snapshot | None = None
        self._lock = threading.Lock()
        self._snapshot()

    def __repr__(self) -> str:
        shape = self._snapshot().meta.layout.shape
        return f"<Cube {self.name!r} {shape} {', '.join(self.variables)}>"

    def _snapshot(self) -> Snapshot:
        """The state of the cube on disk at this moment."""
        try:
            state = (self.path / META).stat()
        except FileNotFoundError as error:
            raise CubeNotFoundError(f"The cube {self.path.name!r} has been deleted.") from error
        identity = (state.st_ino, state.st_mtime_ns, state.st_size)
        opened = self._opened
        if opened is not None and opened.identity == identity:
            return opened
        with self._lock:
            self._opened = Snapshot(self.path, identity)
            return self._opened

    def _consistent(self, work: Callable[[Snapshot], Result]) -> Result:
        """Result of reading one state of the cube, read again if it was replaced meanwhile."""
        while True:
            snapshot = self._snapshot()
            try:
                result = work(snapshot)
            except ValueError:
                if self._snapshot() is snapshot:
                    raise
                continue
            if self._snapshot() is snapshot:
                return result

    @property
    def name(self) -> str:
        """Name of the cube."""
        return self._snapshot().meta.name

    @property
    def variables(self) -> list[str]:
        """Names of the variables; the first one is meant where none is named."""
        return list(self._snapshot().meta.variables)

    @property
    def times(self) -> npt.NDArray[np.datetime64]:
        """Times of the steps, shape (time,), datetime64[ns], UTC."""
        return self._snapshot().meta.times

    @property
    def time_bounds(self) -> npt.NDArray[np.datetime64] | None:
        """Start and end of every step, shape (time, 2); None where the source has none."""
        return self._snapshot().meta.time_bounds

    @property
    def longitudes(self) -> npt.NDArray[np.float64]:
        """Centres of the columns, shape (longitude,), degrees, ascending in [-180, 180)."""
        return self._snapshot().longitude.values

    @property
    def latitudes(self) -> npt.NDArray[np.float64]:
        """Centres of the rows, shape (latitude,), degrees, ascending."""
        return self._snapshot().latitude.values

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """(west, south, east, north) of the area covered, degrees; west > east over the date line."""
        return self._snapshot().bounds

    @property
    def static(self) -> bool:
        """Whether the only time step stands for all times (relief, for example)."""
        return self._snapshot().meta.static

    @property
    def simulated(self) -> bool:
        """Whether any variable is not an observation."""
        described = self._snapshot().meta.variables.values()
        return any(bool(attrs.get("simulated")) for attrs in described)

    def attrs(self, variable: str | None = None) -> dict[str, Any]:
        """Attributes of a variable.

        Parameters
        ----------
        variable : str, optional
            The first one if not given.

        Returns
        -------
        dict
            units, long_name, source, ...; percentiles (2nd, 98th), minimum, maximum (in units),
            valid_share (of all cells and times), histogram (counts, edges; of a regular sample).

        Raises
        ------
        ValueError
            There is no such variable.
        """
        snapshot = self._snapshot()
        attrs = dict(snapshot.meta.variables[self._variable(snapshot, variable)])
        if "percentiles" in attrs:
            attrs["percentiles"] = tuple(attrs["percentiles"])
        return attrs

    @staticmethod
    def _variable(snapshot: Snapshot, variable: str | None) -> str:
        known = snapshot.meta.variables
        if variable is None:
            return next(iter(known))
        if variable not in known:
            hint = did_you_mean(variable, known)
            raise ValueError(
                f"The cube {snapshot.meta.name!r} has no variable {variable!r}. {hint}"
            )
        return variable

    def time_index(self, time: Moment) -> int:
        """Position of a time step.

        Parameters
        ----------
        time : datetime-like, str or int
            A moment inside a step (or, where steps have no bounds, within half a usual step of
            it), or a position, negative from the end. Ignored by a static cube.

        Returns
        -------
        int

        Raises
        ------
        ValueError
            The moment lies before, after, or in a gap of the series; the message names the nearest
            steps.
        """
        return self._snapshot().time_index(time)

    def series(self, lon: float, lat: float, variable: str | None = None) -> xr.DataArray:
        """Values of the cell that holds a point, at all times.

        Parameters
        ----------
        lon, lat : float
            Degrees; any longitude (299 is -61).
        variable : str, optional
            The first one if not given.

        Returns
        -------
        xarray.DataArray
            Dimension (time,). Its attributes hold units, long_name, source, the cell's longitude
            and latitude, and distance_km from the point to the cell's centre.

        Raises
        ------
        OutsideGridError
            The point lies outside the area that the cube covers.
        """
        return self._consistent(lambda snapshot: self._series(snapshot, lon, lat, variable))

    def _series(
        self, snapshot: Snapshot, lon: float, lat: float, variable: str | None
    ) -> xr.DataArray:
        name = self._variable(snapshot, variable)
        row, column = snapshot.cell(lon, lat)
        values = snapshot.series_array(name)[:, row, column].read().result()
        cell_lon = float(snapshot.longitude.values[column])
        cell_lat = float(snapshot.latitude.values[row])
        attrs = {
            **snapshot.variable_attrs[name],
            "longitude": cell_lon,
            "latitude": cell_lat,
            "distance_km": float(distance_km(lon, lat, cell_lon, cell_lat)),
        }
        return xr.DataArray(
            values, coords=snapshot.time_coordinates, dims=("time",), name=name, attrs=attrs
        )

    def series_many(
        self, points: Iterable[tuple[float, float]], variable: str | None = None
    ) -> xr.DataArray:
        """Values of many cells at all times, read together.

        Parameters
        ----------
        points : iterable of (longitude, latitude)
            Degrees.
        variable : str, optional
            The first one if not given.

        Returns
        -------
        xarray.DataArray
            Dimensions (point, time), with the coordinates longitude and latitude of the cells'
            centres along point.

        Raises
        ------
        OutsideGridError
            Some points lie outside; the message gives the first of them.
        """
        where = np.array(list(points), dtype=float).reshape(-1, 2)
        return self._consistent(lambda snapshot: self._many(snapshot, where, variable))

    def _many(
        self, snapshot: Snapshot, where: npt.NDArray[np.float64], variable: str | None
    ) -> xr.DataArray:
        name = self._variable(snapshot, variable)
        rows, columns = snapshot.cells(where[:, 0], where[:, 1])
        values = snapshot.series_of_cells(name, rows, columns)
        return xr.DataArray(
            values,
            dims=("point", "time"),
            coords={
                "time": snapshot.meta.times,
                "longitude": ("point", snapshot.longitude.values[columns]),
                "latitude": ("point", snapshot.latitude.values[rows]),
            },
            name=name,
            attrs=dict(snapshot.variable_attrs[name]),
        )

    def view(
        self,
        time: Moment,
        bounds: tuple[float, float, float, float],
        width: int,
        height: int,
        variable: str | None = None,
        *,
        crs: str = "EPSG:4326",
        method: str = "nearest",
    ) -> xr.DataArray:
        """Picture of a window at one time, at the level of detail that suits its size.

        Parameters
        ----------
        time : datetime-like, str or int
            As in :meth:`time_index`.
        bounds : tuple of float
            (west, south, east, north) in the units of `crs`. In degrees west > east crosses the
            date line; x may run beyond the world, which repeats.
        width, height : int
            Pixels.
        variable : str, optional
            The first one if not given.
        crs : str
            ``"EPSG:4326"`` and ``"EPSG:3857"`` are fast; any other that PROJ knows works.
        method : {"nearest", "mean"}
            The cell at the centre of each pixel, or the mean of the cells under it.

        Returns
        -------
        xarray.DataArray
            Dimensions (y, x), y ascending (row 0 is the southernmost), NaN outside. Attributes:
            those of the variable, crs, level (0 is the finest), time and time_index.

        Raises
        ------
        ValueError
            The window is empty, or the time, variable, projection or method is not known.
        """
        window = Window(bounds, width, height, crs)
        if method not in ("nearest", "mean"):
            raise ValueError(f"The method {method!r} is not known. Allowed: nearest, mean.")
        if method == "mean" and not window.separable:
            message = f"The method 'mean' needs EPSG:4326 or EPSG:3857, not {crs!r}; "
            raise ValueError(message + "use 'nearest' for other projections.")
        return self._consistent(lambda one: self._view(one, time, window, variable, method))

    def _view(
        self, snapshot: Snapshot, time: Moment, window: Window, variable: str | None, method: str
    ) -> xr.DataArray:
        name = self._variable(snapshot, variable)
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
    """Great-circle distance between two points, kilometres.

    Parameters
    ----------
    lon, lat, other_lon, other_lat : float
        Degrees.

    Returns
    -------
    float

    Examples
    --------
    A quarter of the globe, whatever the turn of the longitude:

    >>> round(distance_km(0, 0, 450, 0)), round(distance_km(10, 0, 10, 90))
    (10008, 10008)
    """
    a, b, turn = np.radians([lat, other_lat, other_lon - lon])
    half = np.sin((b - a) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(turn / 2) ** 2
    return float(2 * _EARTH_KM * np.arcsin(min(1.0, np.sqrt(half))))
