"""A block of equal boxes of the world lattice: index of a place, edges of a box, and back."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Bounds = tuple[float, float, float, float]
_ON_EDGE = 1e-9  # of a box: a bound this near to an edge lies on it


@dataclass(frozen=True)
class Lattice:
    """Boxes of one size in degrees; every block is a part of the same world lattice.

    Columns are counted eastward from 180 W and rows northward from the South Pole. A box holds its
    western and southern edge; the northernmost row also holds the North Pole. Edges are quotients
    of whole numbers, hence exact to the last bit, and the same in every block.

    Attributes
    ----------
    per_half_turn
        Boxes in 180 degrees: 360 for boxes of 0.5 degree.
    column, row
        The south-western box of the block in the world lattice.
    columns, rows
        Size of the block, boxes. A block may cross the date line.

    Examples
    --------
    >>> block = Lattice.from_bounds((46, 40, 47, 41), 0.5)
    >>> block.rows, block.columns, block.longitude_edges
    (2, 2, array([46. , 46.5, 47. ]))
    >>> block.index([46.5, 46.49, 406.5, 45.9], [40, 40.5, 40, 40])
    array([ 1,  2,  1, -1])
    """

    per_half_turn: int
    column: int
    row: int
    columns: int
    rows: int

    @classmethod
    def from_bounds(cls, bounds: Bounds, resolution: float) -> Lattice:
        """Return the smallest block that covers a region.

        Parameters
        ----------
        bounds
            West, south, east, north in degrees; west greater than east crosses the date line.
        resolution
            Side of a box, degrees; it must divide 180 degrees.

        Returns
        -------
        Lattice
            The block; its edges are multiples of the resolution.

        Raises
        ------
        ValueError
            If the resolution does not divide 180 or the bounds are no region.

        Examples
        --------
        >>> Lattice.from_bounds((170.2, -1, -170, 1), 0.5).columns
        40
        """
        number = _boxes(resolution)
        west, south, east, north = _check_bounds(bounds)
        size = 180 / number
        row = _steps(south + 90, size, math.floor)
        top = _steps(north + 90, size, math.ceil)
        first = _steps(west + 180, size, math.floor)
        last = _steps(east + 180, size, math.ceil)
        columns = min(max(last - first, 1), 2 * number)
        rows = max(top - row, 1)
        row = min(row, number - 1)
        return cls(number, first % (2 * number), row, columns, rows)

    @property
    def resolution(self) -> float:
        """Side of a box, degrees."""
        return 180 / self.per_half_turn

    @property
    def size(self) -> int:
        """Number of boxes."""
        return self.rows * self.columns

    @property
    def longitude_edges(self) -> NDArray[np.float64]:
        """Edges (columns + 1), degrees, ascending; beyond 180 where the block crosses it."""
        steps = np.arange(self.column, self.column + self.columns + 1) - self.per_half_turn
        return 180.0 * steps / self.per_half_turn

    @property
    def latitude_edges(self) -> NDArray[np.float64]:
        """Edges (rows + 1), degrees, ascending."""
        steps = 2 * np.arange(self.row, self.row + self.rows + 1) - self.per_half_turn
        return 90.0 * steps / self.per_half_turn

    @property
    def ids(self) -> NDArray[np.int64]:
        """Numbers (row * column) of the boxes in the world lattice, row by row from the south."""
        turn = 2 * self.per_half_turn
        rows = np.arange(self.row, self.row + self.rows, dtype=np.int64)
        columns = np.arange(self.column, self.column + self.columns, dtype=np.int64) % turn
        return (rows[:, np.newaxis] * turn + columns).ravel()

    @property
    def centres(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Longitudes in [-180, 180) and latitudes of the middles (cell), degrees."""
        lons, lats = self.longitude_edges, self.latitude_edges
        middle_lons = (lons[:-1] + lons[1:]) / 2
        middle_lons = np.where(middle_lons >= 180, middle_lons - 360, middle_lons)
        middle_lats = (lats[:-1] + lats[1:]) / 2
        return np.tile(middle_lons, self.rows), np.repeat(middle_lats, self.columns)

    def index(self, longitude: ArrayLike, latitude: ArrayLike) -> NDArray[np.intp]:
        """Return the position of the box that holds each point, -1 outside the block.

        The exact inverse of the edges: every edge belongs to the box that begins with it.

        Parameters
        ----------
        longitude, latitude
            Points (n), degrees; any longitude is accepted.

        Returns
        -------
        numpy.ndarray
            Positions (n) in :attr:`ids`, -1 outside or where a coordinate is missing.
        """
        lons = np.asarray(longitude, dtype=np.float64)
        lats = np.asarray(latitude, dtype=np.float64)
        columns = _place(wrap(lons, self.longitude_edges[0]), self.longitude_edges)
        rows = _place(np.where(lats == 90, np.nextafter(90, 0), lats), self.latitude_edges)
        return np.where((columns >= 0) & (rows >= 0), rows * self.columns + columns, -1)


def wrap(longitude: NDArray[np.float64], west: float) -> NDArray[np.float64]:
    """Return longitudes moved by whole turns into [west, west + 360).

    Longitudes that are there already are not touched by arithmetic.

    Parameters
    ----------
    longitude
        Degrees, any shape.
    west
        Where the turn begins, degrees.

    Returns
    -------
    numpy.ndarray
        Degrees, the same shape; NaN where the longitude is not finite.

    Examples
    --------
    >>> wrap(np.array([0.1, 180.0, 540.0, -190.0]), -180).tolist()
    [0.1, -180.0, -180.0, 170.0]
    """
    finite = np.where(np.isfinite(longitude), longitude, np.nan)
    moved = finite - 360 * np.floor((finite - west) / 360)
    moved = np.where(moved >= west + 360, west, np.where(moved < west, west, moved))
    return np.where((finite >= west) & (finite < west + 360), finite, moved)


def _boxes(resolution: float) -> int:
    """Return the number of boxes in 180 degrees."""
    number = round(180 / resolution) if math.isfinite(resolution) and resolution > 0 else 0
    if number < 1 or abs(180 / number - resolution) > 1e-9 * resolution:
        msg = (
            f"The resolution is {resolution} degrees; it must divide 180 degrees, "
            "as 0.05, 0.1, 0.25, 0.5, 1, 2.5 do."
        )
        raise ValueError(msg)
    return number


def _check_bounds(bounds: Bounds) -> Bounds:
    """Return a region as floats, east not before west, or say what is wrong."""
    values = tuple(float(value) for value in bounds)
    if len(values) != 4 or not all(map(math.isfinite, values)):
        msg = f"The bounds are {bounds}; give four finite numbers: west, south, east, north."
        raise ValueError(msg)
    west, south, east, north = values
    if not -90 <= south < north <= 90 or west == east:
        msg = (
            f"The bounds {bounds} are no region: -90 <= south < north <= 90, and west is not east."
        )
        raise ValueError(msg)
    if west > east:
        east += 360 * math.ceil((west - east) / 360)
    return west, south, east, north


def _steps(distance: float, size: float, rounding: object) -> int:
    """Return a distance in boxes, rounded outward unless it lies on an edge."""
    exact = distance / size
    nearest = round(exact)
    if abs(exact - nearest) <= _ON_EDGE:
        return nearest
    return math.floor(exact) if rounding is math.floor else math.ceil(exact)


def _place(values: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the interval that holds each value, -1 outside."""
    found = np.searchsorted(edges, values, side="right") - 1
    return np.where((found >= 0) & (found < edges.size - 1), found, -1)
