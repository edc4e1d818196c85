"""Means over the cells of a grid round many points."""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

from analysis.cubes.axis import Axis
from analysis.seismic.distances import EARTH_RADIUS_KM


class DiscGrid:
    """Cells of a grid, ready to be found round points.

    Parameters
    ----------
    latitudes, longitudes : array of float
        Centres of the rows and columns, degrees, ascending.

    Examples
    --------
    A circle across the date line, and one round a pole:

    >>> grid = DiscGrid(np.arange(-88.75, 90, 2.5), np.arange(-178.75, 180, 2.5))
    >>> maps = np.ones((1, 72, 144), np.float32)
    >>> means, counts = grid.means(maps, np.array([180.0, 0]), np.array([0.0, 90]), (0.0, 300))
    >>> means[:, :, 0].tolist(), counts.tolist()
    ([[1.0, 1.0], [1.0, 1.0]], [[1, 4], [1, 144]])
    """

    def __init__(self, latitudes: Any, longitudes: Any) -> None:
        self.latitude, self.longitude = Axis(latitudes), Axis(longitudes, circular=True)
        south, north = (np.sin(np.radians(edge)) for edge in self.latitude.edges)
        west, east = self.longitude.edges
        self._heights, self._widths = north - south, east - west

    def means(
        self,
        maps: NDArray[np.float32],
        longitude: NDArray[np.float64],
        latitude: NDArray[np.float64],
        radii: tuple[float, ...],
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return means, weighted by area, of the cells round each point.

        Parameters
        ----------
        maps
            Values (map, row, column); NaN is missing.
        longitude, latitude
            Points (point,), degrees.
        radii
            Radii (radius,), km. A cell counts if its centre lies within; the cell that holds the
            point always does, so that 0 means this one.

        Returns
        -------
        tuple of numpy.ndarray
            Means (point, radius, map), NaN without a valid value; valid cells of the first map
            (point, radius).
        """
        rows, columns = self.latitude.indices(latitude), self.longitude.indices(longitude)
        angles = np.asarray(radii, dtype=np.float64) / EARTH_RADIUS_KM
        out = np.zeros((longitude.size, len(radii), maps.shape[0]))
        weights = np.zeros_like(out)
        counts = np.zeros(out.shape[:2], dtype=np.int64)
        _add_discs(
            maps,
            np.radians(np.stack([longitude, latitude], axis=1)),
            np.stack([rows, columns], axis=1),
            angles,
            (np.radians(self.latitude.values), np.radians(self.longitude.values)),
            (self._heights, self._widths),
            (out, weights, counts),
        )
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(weights > 0, out / weights, np.nan), counts


@nb.njit(nogil=True, cache=True)
def _add_cell(
    maps: Any, point: int, row: int, column: int, reached: Any, weight: float, sums: Any
) -> None:
    """Add one cell to the sums of the radii that reach it."""
    out, weights, counts = sums
    for number in range(maps.shape[0]):
        value = maps[number, row, column]
        if np.isnan(value):
            continue
        for radius in range(reached.size):
            if reached[radius]:
                out[point, radius, number] += weight * value
                weights[point, radius, number] += weight
                if number == 0:
                    counts[point, radius] += 1


@nb.njit(nogil=True, cache=True)
def _reach(latitude: float, angle: float) -> float:
    """Return the difference of longitude that a circle reaches; pi where it holds a pole."""
    if angle >= np.pi / 2 - abs(latitude):
        return np.pi
    return np.arcsin(min(np.sin(angle) / np.cos(latitude), 1.0)) + 1e-9


@nb.njit(nogil=True, cache=True)
def _reached(near: float, angles: Any, least: Any, reached: Any) -> bool:
    """Mark the radii that reach a cell by the cosine of its distance."""
    some = False
    for radius in range(angles.size):
        reached[radius] = angles[radius] > 0 and near >= least[radius]
        some = some or reached[radius]
    return some


@nb.njit(nogil=True, cache=True)
def _add_discs(
    maps: Any, points: Any, home: Any, angles: Any, axes: Any, sizes: Any, sums: Any
) -> None:
    """Add the cells round each point; distances by the cosine theorem of the sphere."""
    latitudes, longitudes = axes
    heights, widths = sizes
    sines, cosines = np.sin(latitudes), np.cos(latitudes)
    widest = angles.max()
    least = np.cos(angles)
    reached = np.zeros(angles.size, dtype=np.bool_)
    for point in range(points.shape[0]):
        lon, lat = points[point, 0], points[point, 1]
        y, x = home[point, 0], home[point, 1]
        if y >= 0 and x >= 0:
            reached[:] = True
            _add_cell(maps, point, y, x, reached, heights[y] * widths[x], sums)
        begin = np.searchsorted(latitudes, lat - widest)
        end = np.searchsorted(latitudes, lat + widest)
        reach = _reach(lat, widest) if widest > 0 else -1.0
        for column in range(longitudes.size):
            turn = abs(longitudes[column] - lon) % (2 * np.pi)
            turn = min(turn, 2 * np.pi - turn)
            if turn > reach:
                continue
            across = np.cos(lat) * np.cos(turn)
            for row in range(begin, end):
                near = np.sin(lat) * sines[row] + across * cosines[row]
                own = row == y and column == x
                if not own and _reached(near, angles, least, reached):
                    weight = heights[row] * widths[column]
                    _add_cell(maps, point, row, column, reached, weight, sums)
