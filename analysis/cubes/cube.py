"""A cube on disk: series at a click, pictures at any zoom, means over polygons."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import xarray as xr

from analysis.cubes.errors import CubeNotFoundError
from analysis.cubes.lazy import lazy_dataset
from analysis.cubes.names import META
from analysis.cubes.reading import read_many, read_series, read_view
from analysis.cubes.snapshot import Moment, Snapshot
from analysis.cubes.viewstats import ViewStatistics, read_statistics
from analysis.cubes.window import Window
from analysis.cubes.zonal import read_zonal

Result = TypeVar("Result")


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
        """Open the state of the cube on disk at this moment, once."""
        try:
            state = (self.path / META).stat()
        except FileNotFoundError as error:
            raise CubeNotFoundError(f"The cube {self.path.name!r} has been deleted.") from error
        identity = (state.st_ino, state.st_mtime_ns, state.st_size)
        opened = self._opened
        if opened is not None and opened.identity == identity:
            return opened
        with self._lock:
            if self._opened is None or self._opened.identity != identity:
                self._opened = Snapshot(self.path, identity)
            return self._opened

    def _consistent(self, work: Callable[[Snapshot], Result]) -> Result:
        """Read one state of the cube; read again if it was replaced meanwhile."""
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
        """(west, south, east, north) covered, degrees; west > east across the date line."""
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

    @property
    def about(self) -> dict[str, Any]:
        """Attributes of the dataset: title, licence, ``public`` (false: off public pages), ..."""
        return dict(self._snapshot().meta.attrs)

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
        attrs = dict(snapshot.meta.variables[snapshot.variable(variable)])
        if "percentiles" in attrs:
            attrs["percentiles"] = tuple(attrs["percentiles"])
        return attrs

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
        return self._consistent(lambda one: read_series(one, lon, lat, variable))

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
        return self._consistent(lambda one: read_many(one, where, variable))

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
        return self._consistent(lambda one: read_view(one, time, window, variable, method))

    def zonal(self, polygon: Any, variable: str | None = None) -> xr.Dataset:
        """Mean and spread over the cells whose centres a polygon covers, at all times.

        A polygon that covers no centre takes the cell that holds a point inside it.

        Parameters
        ----------
        polygon : shapely geometry
            Polygon or MultiPolygon in degrees; it may run beyond the date line (170 to 190).
        variable : str, optional
            The first one if not given.

        Returns
        -------
        xarray.Dataset
            Dimension (time,): mean and std (weighted by the cells' areas), min, max, p10, p90
            (weighted) and count of valid cells. Attributes: cells, selection ("cell centres" or
            "nearest cell") and area_km2 of the cells.

        Raises
        ------
        OutsideGridError
            The polygon lies outside the area that the cube covers.
        ValueError
            It is empty, not valid, or not a polygon.
        """
        return self._consistent(lambda one: read_zonal(one, polygon, one.variable(variable)))

    def statistics(
        self,
        time: Moment,
        bounds: tuple[float, float, float, float],
        variable: str | None = None,
        *,
        crs: str = "EPSG:4326",
    ) -> ViewStatistics:
        """Statistics of what a window shows at one time, weighted by the areas of the cells.

        Parameters
        ----------
        time : datetime-like, str or int
            As in :meth:`time_index`.
        bounds : tuple of float
            (west, south, east, north), as in :meth:`view`.
        variable : str, optional
            The first one if not given.
        crs : {"EPSG:4326", "EPSG:3857"}
            Units of the bounds.

        Returns
        -------
        ViewStatistics
            Of the cells whose centres lie in the window; of a coarser level of the pyramid where
            the window holds more than a million cells (see its `level`).

        Raises
        ------
        OutsideGridError
            No cell lies in the window.
        ValueError
            The window is empty, or the time, variable or projection is not known.
        """
        window = Window(bounds, 1, 1, crs)
        return self._consistent(
            lambda one: read_statistics(one, one.time_index(time), window, one.variable(variable))
        )

    def dataset(self, layout: str = "map") -> xr.Dataset:
        """All values at the finest level, lazily, for work with Dask.

        Parameters
        ----------
        layout : {"map", "series"}
            Chunks of whole maps of a few steps, or of all times of a few cells.

        Returns
        -------
        xarray.Dataset
            Dimensions (time, latitude, longitude); time_bounds where the source has them.

        Raises
        ------
        ValueError
            The layout is not known.
        """
        return lazy_dataset(self._snapshot(), layout)
