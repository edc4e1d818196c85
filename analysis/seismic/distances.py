"""Great-circle distances from one point to many events."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the Earth, km (IUGG; Moritz 2000, Geodetic Reference System 1980)."""


def distance_km(
    longitude: float, latitude: float, longitudes: ArrayLike, latitudes: ArrayLike
) -> NDArray[np.float64]:
    """Return the great-circle distance from one point to many, in km.

    The haversine formula on a sphere (Sinnott 1984, Sky and Telescope 68:159): exact at short
    distances, right across the date line and at the poles.

    Parameters
    ----------
    longitude, latitude
        The point, degrees. Any longitude is accepted.
    longitudes, latitudes
        The other points, degrees, (n) each.

    Returns
    -------
    numpy.ndarray
        Distances (n), km. NaN where a coordinate is missing.

    Raises
    ------
    ValueError
        If the latitude of the point is outside -90 to 90, or a coordinate is not finite.

    Examples
    --------
    Two points on the two sides of the date line are neighbours, and all longitudes meet at a pole:

    >>> distance_km(179.5, 0, [-179.5, 539.5 - 360], [0, 0])
    array([111.195,   0.   ])
    >>> bool(distance_km(0, 90, [0, 90, -135], [90, 90, 90]).max() < 1e-6)
    True
    """
    check_point(longitude, latitude)
    lons = np.ascontiguousarray(longitudes, dtype=np.float64)
    lats = np.ascontiguousarray(latitudes, dtype=np.float64)
    if lons.shape != lats.shape or lons.ndim != 1:
        msg = f"Longitudes {lons.shape} and latitudes {lats.shape} must have one same length."
        raise ValueError(msg)
    distances: NDArray[np.float64] = _distances(float(longitude), float(latitude), lons, lats)
    return distances


def within_km(
    longitude: float, latitude: float, longitudes: ArrayLike, latitudes: ArrayLike, radius: float
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return the positions of the points within a radius, and their distances in km.

    Points outside the band of latitude are dismissed without any trigonometry.

    Parameters
    ----------
    longitude, latitude
        The point, degrees.
    longitudes, latitudes
        The other points, degrees, (n) each.
    radius
        Largest distance, km.

    Returns
    -------
    tuple of numpy.ndarray
        Positions (m) in the order given, and distances (m), km.

    Raises
    ------
    ValueError
        If the point is not on the Earth, or the radius is not a positive number.

    Examples
    --------
    >>> positions, distances = within_km(0, 0, [0, 1, 2], [0, 0, 0], 112)
    >>> positions
    array([0, 1])
    """
    check_point(longitude, latitude)
    if not (math.isfinite(radius) and radius > 0):
        msg = f"The radius is {radius} km; it must be a positive number."
        raise ValueError(msg)
    lons = np.ascontiguousarray(longitudes, dtype=np.float64)
    lats = np.ascontiguousarray(latitudes, dtype=np.float64)
    found: tuple[NDArray[np.intp], NDArray[np.float64]] = _within(
        float(longitude), float(latitude), lons, lats, float(radius)
    )
    return found


def check_point(longitude: float, latitude: float) -> None:
    """Refuse a point that is not on the Earth.

    Parameters
    ----------
    longitude, latitude
        Degrees.

    Raises
    ------
    ValueError
        If one is not finite, or the latitude is outside -90 to 90.
    """
    if not (math.isfinite(longitude) and math.isfinite(latitude)):
        msg = f"The point ({longitude}, {latitude}) is not on the Earth: give finite degrees."
        raise ValueError(msg)
    if not -90 <= latitude <= 90:
        msg = f"The latitude is {latitude}; it must be between -90 and 90 degrees."
        raise ValueError(msg)


@njit(nogil=True, cache=True)
def _haversine(lon: float, lat: float, cos_lat: float, other_lon: float, other_lat: float) -> float:
    """Return the distance in km between two points given in degrees."""
    half_lat = math.sin(math.radians(other_lat - lat) / 2)
    half_lon = math.sin(math.radians(other_lon - lon) / 2)
    h = half_lat**2 + cos_lat * math.cos(math.radians(other_lat)) * half_lon**2
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(h)))


@njit(nogil=True, cache=True)
def _distances(lon: float, lat: float, lons: np.ndarray, lats: np.ndarray) -> np.ndarray:
    """Return all distances, km."""
    cos_lat = math.cos(math.radians(lat))
    result = np.empty(lons.size)
    for i in range(lons.size):
        if math.isnan(lons[i]) or math.isnan(lats[i]):
            result[i] = math.nan
        else:
            result[i] = _haversine(lon, lat, cos_lat, lons[i], lats[i])
    return result


@njit(nogil=True, cache=True)
def _within(
    lon: float, lat: float, lons: np.ndarray, lats: np.ndarray, radius: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return positions and distances of the points within the radius."""
    cos_lat = math.cos(math.radians(lat))
    band = math.degrees(radius / EARTH_RADIUS_KM) + 1e-9
    positions = np.empty(lons.size, dtype=np.intp)
    distances = np.empty(lons.size)
    n = 0
    for i in range(lons.size):
        if abs(lats[i] - lat) <= band:  # False for NaN
            distance = _haversine(lon, lat, cos_lat, lons[i], lats[i])
            if distance <= radius:
                positions[n] = i
                distances[n] = distance
                n += 1
    return positions[:n].copy(), distances[:n].copy()
