"""The space-time cell: an area with an id, in a window of time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from analysis.cells.lattice import Bounds, Lattice
from analysis.cells.windows import Times, find_windows, window_edges

WORLD: Bounds = (-180.0, -90.0, 180.0, 90.0)
EARTH_RADIUS_KM = 6371.0072
"""Radius of the sphere with the Earth's area, km (authalic, GRS 80)."""


@dataclass(frozen=True, eq=False)
class Cells:
    """Areas with ids, and windows of time; every area has every window.

    Attributes
    ----------
    ids
        Ids of the areas (cell), unique.
    geometry
        A :class:`~analysis.cells.lattice.Lattice` of equal boxes, or shapely areas (cell) in
        longitude and latitude.
    edges
        Edges of the windows (time + 1), datetime64[ns], UTC, ascending; a window holds its
        beginning, not its end.

    Examples
    --------
    >>> cells = Cells.from_grid((46, 40, 87.5, 55.5), start="2010-01-01", end="2020-01-01")
    >>> cells.shape
    (121, 2573)
    """

    ids: NDArray[Any]
    geometry: Lattice | NDArray[Any]
    edges: Times

    @classmethod
    def from_grid(
        cls,
        bounds: Bounds = WORLD,
        resolution: float = 0.5,
        start: Any = None,
        end: Any = None,
        period: str = "30D",
    ) -> Cells:
        """Return equal boxes that cover a region.

        Boxes lie on the lattice of the whole world, so a box has the same id in every region.

        Parameters
        ----------
        bounds
            West, south, east, north in degrees; west greater than east crosses the date line.
        resolution
            Side of a box, degrees; it must divide 180.
        start, end
            Times, UTC. A last window that would pass the end is left out.
        period
            Length of a window: "30D", or "MS", "QS", "YS" for calendar periods.

        Returns
        -------
        Cells
            Ordered from south to north, each row from west to east.

        Raises
        ------
        ValueError
            If the region, the resolution or the windows are impossible.

        Examples
        --------
        >>> world = Cells.from_grid(start="2020-01-01", end="2020-01-31")
        >>> part = Cells.from_grid((70, 40, 71, 41), start="2020-01-01", end="2020-01-31")
        >>> bool(np.isin(part.ids, world.ids).all()), len(world.ids)
        (True, 259200)
        """
        lattice = Lattice.from_bounds(bounds, resolution)
        return cls(lattice.ids, lattice, window_edges(start, end, period))

    @classmethod
    def from_polygons(
        cls, areas: Any, start: Any = None, end: Any = None, period: str = "30D"
    ) -> Cells:
        """Return polygons as cells; the index of the table gives the ids.

        Parameters
        ----------
        areas
            A GeoDataFrame or GeoSeries; any coordinate system that it names, else longitude and
            latitude.
        start, end
            Times, UTC.
        period
            Length of a window.

        Returns
        -------
        Cells
            In the order of the table.

        Raises
        ------
        ValueError
            If an id is double, an area is missing, empty or not a polygon, or the windows are
            impossible.
        """
        series = areas.geometry
        if series.crs is not None and not series.crs.is_geographic:
            series = series.to_crs("EPSG:4326")
        shapes = np.asarray(series.to_numpy(), dtype=object)
        ids = np.asarray(series.index.to_numpy())
        _check_shapes(ids, shapes)
        return cls(ids, shapes, window_edges(start, end, period))

    @property
    def shape(self) -> tuple[int, int]:
        """Number of windows and number of areas."""
        return self.edges.size - 1, self.ids.size

    @property
    def times(self) -> Times:
        """Beginnings of the windows (time)."""
        return self.edges[:-1]

    @property
    def time_bounds(self) -> Times:
        """Beginning and end of each window (time, 2)."""
        return np.stack([self.edges[:-1], self.edges[1:]], axis=1)

    @property
    def centres(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Longitude and latitude (cell) of the middle of a box, or of a point inside a polygon."""
        if isinstance(self.geometry, Lattice):
            return self.geometry.centres
        points = shapely.point_on_surface(self.geometry)
        return shapely.get_x(points), shapely.get_y(points)

    @property
    def polygons(self) -> NDArray[Any]:
        """Areas as shapely polygons (cell), degrees."""
        if not isinstance(self.geometry, Lattice):
            return self.geometry
        lons, lats = self.geometry.longitude_edges, self.geometry.latitude_edges
        west, south = np.meshgrid(lons[:-1], lats[:-1])
        east, north = np.meshgrid(lons[1:], lats[1:])
        boxes = shapely.box(west.ravel(), south.ravel(), east.ravel(), north.ravel())
        return np.asarray(boxes, dtype=object)

    @property
    def areas_km2(self) -> NDArray[np.float64]:
        """Surface (cell) on the sphere of the Earth's area, square km."""
        if isinstance(self.geometry, Lattice):
            bands = np.diff(np.sin(np.radians(self.geometry.latitude_edges)))
            box = EARTH_RADIUS_KM**2 * np.radians(self.geometry.resolution) * bands
            return np.repeat(box, self.geometry.columns)
        return np.asarray(shapely.area(equal_area(self.geometry)) * EARTH_RADIUS_KM**2)

    def find(self, longitude: ArrayLike, latitude: ArrayLike) -> NDArray[np.intp]:
        """Return the position of the area that holds each point, -1 where none does.

        Parameters
        ----------
        longitude, latitude
            Points (n), degrees; any longitude is accepted.

        Returns
        -------
        numpy.ndarray
            Positions (n) in :attr:`ids`; the first one where polygons overlap.

        Examples
        --------
        >>> cells = Cells.from_grid(start="2020-01-01", end="2020-01-31")
        >>> lons, lats = cells.centres
        >>> bool((cells.find(lons + 360, lats) == range(cells.ids.size)).all())
        True
        """
        if isinstance(self.geometry, Lattice):
            return self.geometry.index(np.atleast_1d(longitude), np.atleast_1d(latitude))
        points, areas = self.contains(longitude, latitude)
        found = np.full(np.size(longitude), self.ids.size, dtype=np.intp)
        np.minimum.at(found, points, areas)
        return np.where(found == self.ids.size, -1, found)

    def contains(
        self, longitude: ArrayLike, latitude: ArrayLike
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return all pairs of a point and an area that holds it.

        Parameters
        ----------
        longitude, latitude
            Points (n), degrees; any longitude is accepted.

        Returns
        -------
        tuple of numpy.ndarray
            Positions of the points (pair) and of the areas (pair). A point on the edge of a
            polygon belongs to it.
        """
        lons = np.atleast_1d(np.asarray(longitude, dtype=np.float64))
        lats = np.atleast_1d(np.asarray(latitude, dtype=np.float64))
        if isinstance(self.geometry, Lattice):
            found = self.geometry.index(lons, lats)
            held = np.flatnonzero(found >= 0)
            return held, found[held]
        tree = shapely.STRtree(self.geometry)
        lons = lons - 360 * np.floor((lons + 180) / 360)
        pairs = [
            tree.query(shapely.points(lons + turn, lats), predicate="intersects")
            for turn in (0, 360, -360)
        ]
        both = np.unique(np.concatenate(pairs, axis=1), axis=1)
        return both[0], both[1]

    def find_time(self, times: Any) -> NDArray[np.intp]:
        """Return the window that holds each time, -1 outside.

        Parameters
        ----------
        times
            Times (n), UTC.

        Returns
        -------
        numpy.ndarray
            Positions (n) in :attr:`times`.
        """
        return find_windows(self.edges, np.atleast_1d(np.asarray(times, dtype="datetime64")))


def equal_area(shapes: NDArray[Any]) -> NDArray[Any]:
    """Return shapes in Lambert's cylindrical equal-area projection of the unit sphere.

    Boxes stay boxes, and plane areas are areas on the sphere, in steradians (Lambert 1772;
    Snyder 1987, Map projections: a working manual, USGS PP 1395, section 10).

    Parameters
    ----------
    shapes
        Shapes (n) in longitude and latitude, degrees.

    Returns
    -------
    numpy.ndarray
        Shapes (n): x is the longitude in radians, y the sine of the latitude.

    Examples
    --------
    >>> world = equal_area(np.array([shapely.box(-180, -90, 180, 90)]))
    >>> float(shapely.area(world)[0] / np.pi)
    4.0
    """
    return np.asarray(
        shapely.transform(
            shapely.segmentize(shapes, 0.1),
            lambda xy: np.column_stack([np.radians(xy[:, 0]), np.sin(np.radians(xy[:, 1]))]),
        )
    )


def _check_shapes(ids: NDArray[Any], shapes: NDArray[Any]) -> None:
    """Refuse double ids and areas that are no polygons."""
    values, counts = np.unique(ids.astype(str), return_counts=True)
    if (counts > 1).any():
        twice = str(values[counts > 1][0])
        msg = f"The id {twice!r} is there {counts.max()} times; ids must be unique."
        raise ValueError(msg)
    if shapes.size == 0:
        raise ValueError("The table has no polygon.")
    polygon_types = (3, 6)  # shapely's numbers of Polygon and MultiPolygon
    bad = ~np.isin(shapely.get_type_id(shapes), polygon_types) | shapely.is_empty(shapes)
    if bad.any():
        what = shapes[bad][0]
        name = "missing" if what is None else what.geom_type
        msg = f"The area {str(ids[bad][0])!r} is {name}; it must be a polygon that is not empty."
        raise ValueError(msg)
