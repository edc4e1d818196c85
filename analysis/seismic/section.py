"""Depth sections: where events lie along and across a line on the globe."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.seismic.distances import EARTH_RADIUS_KM, check_point

Floats = NDArray[np.float64]

SAME = 1e-9
"""Ends nearer than this angle (radians, 6 mm) make no line; so do antipodes."""


@dataclass(frozen=True)
class Section:
    """The great circle from one point to another.

    Parameters
    ----------
    start, end : tuple of float
        Longitude and latitude, degrees. Any longitude is accepted.

    Raises
    ------
    ValueError
        If an end is not on the Earth, or the ends are the same or opposite on the globe, so that
        there is no line or no single one.

    References
    ----------
    Vector form of cross-track distances on a sphere: Gade (2010), A non-singular horizontal
    position representation, Journal of Navigation 63:395-417.

    Examples
    --------
    A quarter of the equator, over the date line:

    >>> line = Section((135, 0), (-135, 0))
    >>> round(line.length_km, 1), round(line.azimuth, 1)
    (10007.6, 90.0)
    >>> along, across = line.project([180.0], [1.0])
    >>> float(along[0] / line.length_km), float(across[0])
    (0.5, 111.195)
    """

    start: tuple[float, float]
    end: tuple[float, float]

    def __post_init__(self) -> None:
        for point in (self.start, self.end):
            check_point(*point)
        angle = self.length_km / EARTH_RADIUS_KM
        if angle < SAME:
            raise ValueError(f"The ends {self.start} and {self.end} are the same place.")
        if angle > math.pi - SAME:
            raise ValueError(
                f"The ends {self.start} and {self.end} are opposite on the globe: choose another."
            )

    @classmethod
    def through(
        cls, point: tuple[float, float], azimuth: float = 90.0, length_km: float = 800.0
    ) -> Section:
        """Lay a line through a point that is its middle.

        Parameters
        ----------
        point : tuple of float
            Longitude and latitude, degrees.
        azimuth : float
            Direction there, degrees clockwise from north.
        length_km : float
            Length, km.

        Returns
        -------
        Section
            The line.

        Raises
        ------
        ValueError
            If the point is not on the Earth, or the line longer than half its circumference.

        Examples
        --------
        >>> line = Section.through((180.0, 0.0), 90.0, 222.39)
        >>> [round(float(end), 3) for end in (line.start[0], line.end[0])]
        [179.0, -179.0]
        """
        check_point(*point)
        if not 0 < length_km < math.pi * EARTH_RADIUS_KM:
            raise ValueError(
                f"The line is {length_km} km long; it must be more than 0 and less than half "
                "the circumference of the Earth."
            )
        lon, lat, turn = (math.radians(value) for value in (*point, azimuth))
        middle = _unit(*point)
        north = np.array(
            [-math.sin(lat) * math.cos(lon), -math.sin(lat) * math.sin(lon), math.cos(lat)]
        )
        east = np.array([-math.sin(lon), math.cos(lon), 0.0])
        ahead = math.cos(turn) * north + math.sin(turn) * east
        half = length_km / EARTH_RADIUS_KM / 2
        ends = [math.cos(half) * middle + sign * math.sin(half) * ahead for sign in (-1, 1)]
        first, last = (
            (
                math.degrees(math.atan2(end[1], end[0])),
                math.degrees(math.atan2(end[2], math.hypot(end[0], end[1]))),
            )
            for end in ends
        )
        return cls(first, last)

    @property
    def length_km(self) -> float:
        """Length, km."""
        first, last = _unit(*self.start), _unit(*self.end)
        cross = float(np.linalg.norm(np.cross(first, last)))
        return EARTH_RADIUS_KM * math.atan2(cross, float(first @ last))

    @property
    def azimuth(self) -> float:
        """Direction at the start, degrees clockwise from north, 0 to 360."""
        (lon0, lat0), (lon1, lat1) = self.start, self.end
        turn = math.radians(lon1 - lon0)
        low, high = math.radians(lat0), math.radians(lat1)
        east = math.sin(turn) * math.cos(high)
        north = math.cos(low) * math.sin(high) - math.sin(low) * math.cos(high) * math.cos(turn)
        return math.degrees(math.atan2(east, north)) % 360.0

    def project(self, longitudes: ArrayLike, latitudes: ArrayLike) -> tuple[Floats, Floats]:
        """Distances along and across the line.

        Parameters
        ----------
        longitudes, latitudes : array-like
            Points, degrees, (n) each.

        Returns
        -------
        tuple of numpy.ndarray
            Along the great circle from the start, km, from minus to plus half the circumference;
            across it, km, positive to the left of the direction start to end. (n) each; NaN where
            a coordinate is missing.

        Raises
        ------
        ValueError
            If the two do not have one same length.

        Examples
        --------
        Turned round, the line runs the other way and its left is on the other side:

        >>> there, back = Section((10, 40), (20, 50)), Section((20, 50), (10, 40))
        >>> along, across = there.project([15.0], [44.0])
        >>> other_along, other_across = back.project([15.0], [44.0])
        >>> bool(np.allclose(along + other_along, there.length_km))
        True
        >>> bool(np.allclose(across, -other_across))
        True
        """
        lons, lats = np.asarray(longitudes, float), np.asarray(latitudes, float)
        if lons.shape != lats.shape or lons.ndim != 1:
            raise ValueError(
                f"Longitudes {lons.shape} and latitudes {lats.shape} must have one same length."
            )
        points = _unit(lons, lats)
        first, ahead, left = self._frame()
        along = np.arctan2(ahead @ points, first @ points)
        across = np.arcsin(np.clip(left @ points, -1.0, 1.0))
        return EARTH_RADIUS_KM * along, EARTH_RADIUS_KM * across

    def path(self, count: int = 64, offset_km: float = 0.0) -> tuple[Floats, Floats]:
        """Points of the line, or of its parallel at a distance, for drawing.

        Parameters
        ----------
        count : int
            Points, at least 2.
        offset_km : float
            Distance to the left of the line, km; negative is right.

        Returns
        -------
        tuple of numpy.ndarray
            Longitude and latitude (count), degrees. Longitude goes on beyond 180 where the line
            crosses the date line, so that it does not jump.

        Examples
        --------
        >>> longitude, latitude = Section((170, 0), (-170, 0)).path(3)
        >>> [float(value) for value in longitude.round(6)]
        [170.0, 180.0, 190.0]
        """
        first, ahead, left = self._frame()
        angle = np.linspace(0.0, self.length_km / EARTH_RADIUS_KM, count)
        rise = offset_km / EARTH_RADIUS_KM
        points = math.cos(rise) * (
            np.outer(first, np.cos(angle)) + np.outer(ahead, np.sin(angle))
        ) + math.sin(rise) * left.reshape(3, 1)
        latitudes = np.degrees(np.arctan2(points[2], np.hypot(points[0], points[1])))
        longitudes = np.degrees(np.unwrap(np.arctan2(points[1], points[0])))
        turns = np.round((self.start[0] - longitudes[0]) / 360.0)
        return longitudes + 360.0 * turns, latitudes

    def outline(self, width_km: float, count: int = 64) -> tuple[Floats, Floats]:
        """Return the closed outline of the band round the line, for drawing, degrees.

        >>> longitude, latitude = Section((0, 0), (10, 0)).outline(222.39, count=2)
        >>> [round(float(value), 3) for value in latitude]
        [1.0, 1.0, -1.0, -1.0, 1.0]
        """
        left, right = self.path(count, width_km / 2), self.path(count, -width_km / 2)
        longitudes = np.concatenate([left[0], right[0][::-1], left[0][:1]])
        return longitudes, np.concatenate([left[1], right[1][::-1], left[1][:1]])

    def _frame(self) -> tuple[Floats, Floats, Floats]:
        """Return unit vectors to the start, ahead and to the left."""
        first = _unit(*self.start)
        left = np.cross(first, _unit(*self.end))
        left /= np.linalg.norm(left)
        return first, np.cross(left, first), left


def events_along(events: pd.DataFrame, section: Section, width_km: float) -> pd.DataFrame:
    """Events within a band round a line, with their distances along and across it.

    Parameters
    ----------
    events : pandas.DataFrame
        Events with the columns ``longitude`` and ``latitude`` in degrees.
    section : Section
        The line.
    width_km : float
        Whole width of the band, km: half of it on either side.

    Returns
    -------
    pandas.DataFrame
        The events in the order of the table, with ``along_km`` and ``across_km``. The band ends
        where the line ends.

    Raises
    ------
    ValueError
        If the width is not a positive number.

    Examples
    --------
    >>> table = pd.DataFrame({"longitude": [5.0, 5.0, 11.0], "latitude": [0.4, 0.6, 0.0]})
    >>> events_along(table, Section((0, 0), (10, 0)), 100)["across_km"].round(2).tolist()
    [44.48]
    """
    if not (math.isfinite(width_km) and width_km > 0):
        raise ValueError(f"The width is {width_km} km; it must be a positive number.")
    along, across = section.project(
        events["longitude"].to_numpy(float), events["latitude"].to_numpy(float)
    )
    slack = 1e-6  # km: an event on an end of the line belongs to it
    with np.errstate(invalid="ignore"):
        inside = (
            (np.abs(across) <= width_km / 2 + slack)
            & (along >= -slack)
            & (along <= section.length_km + slack)
        )
    found = events.iloc[np.flatnonzero(inside)]
    return found.assign(along_km=along[inside], across_km=across[inside])


def _unit(longitude: ArrayLike, latitude: ArrayLike) -> Floats:
    """Return unit vectors (3) or (3, n) of points in degrees."""
    lon, lat = np.radians(np.asarray(longitude, float)), np.radians(np.asarray(latitude, float))
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
