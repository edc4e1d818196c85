"""Local time and height of the sun.

The place of the sun: J. Meeus, "Astronomical Algorithms" (1998), chapter 25, low accuracy (0.01
degrees); sidereal time as there in chapter 12.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

EARTH: Final = 6371.0
"""Radius of the Earth, km."""


def _days(times: Any) -> NDArray[np.float64]:
    """Days since noon of 1 January 2000, UTC."""
    since = np.asarray(times, "datetime64[ns]") - np.datetime64("2000-01-01T12:00", "ns")
    return np.asarray(since / np.timedelta64(86400, "s"), np.float64)


def local_time(times: Any, longitude: Any) -> NDArray[np.float64]:
    """Mean solar time of places.

    Parameters
    ----------
    times : array-like of datetime64
        UTC; broadcasts with the longitude.
    longitude : array-like
        Degrees.

    Returns
    -------
    numpy.ndarray
        Hours, 0 to 24: UT + longitude / 15.

    Examples
    --------
    >>> float(local_time(np.datetime64("2020-01-01T06:00"), 75.0))
    11.0
    """
    hours = (_days(times) + 0.5) * 24.0
    return np.asarray((hours + np.asarray(longitude, np.float64) / 15.0) % 24.0)


def solar_zenith(times: Any, latitude: Any, longitude: Any) -> NDArray[np.float64]:
    """Angle between the sun and the zenith.

    Parameters
    ----------
    times : array-like of datetime64
        UTC; all three broadcast.
    latitude, longitude : array-like
        Degrees.

    Returns
    -------
    numpy.ndarray
        Degrees, 0 to 180.

    Examples
    --------
    At the equinox the sun stands over the equator at noon:

    >>> bool(solar_zenith(np.datetime64("2020-03-20T12:07"), 0.0, 0.0) < 0.5)
    True
    """
    days = _days(times)
    century = days / 36525.0
    mean = np.radians((280.46646 + 36000.76983 * century) % 360)
    anomaly = np.radians((357.52911 + 35999.05029 * century) % 360)
    equation = (1.914602 - 0.004817 * century) * np.sin(anomaly) + 0.019993 * np.sin(2 * anomaly)
    ecliptic = mean + np.radians(equation)
    tilt = np.radians(23.439291 - 0.0130042 * century)
    ascension = np.arctan2(np.cos(tilt) * np.sin(ecliptic), np.cos(ecliptic))
    declination = np.arcsin(np.sin(tilt) * np.sin(ecliptic))
    sidereal = np.radians((280.46061837 + 360.98564736629 * days) % 360)
    hour = sidereal + np.radians(np.asarray(longitude, np.float64)) - ascension
    place = np.radians(np.asarray(latitude, np.float64))
    sine = np.sin(place) * np.sin(declination)
    cosine = sine + np.cos(place) * np.cos(declination) * np.cos(hour)
    return np.asarray(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))


def horizon(height: float) -> float:
    """Zenith angle at which the sun sets for a place above the ground.

    Parameters
    ----------
    height : float
        Kilometres.

    Returns
    -------
    float
        Degrees; 90 on the ground.

    Raises
    ------
    ValueError
        The height is negative.

    Examples
    --------
    >>> horizon(0.0), round(horizon(450.0), 1)
    (90.0, 110.9)
    """
    if height < 0:
        raise ValueError(f"The height is {height:g} km; it must not be negative.")
    return 90.0 + float(np.degrees(np.arccos(EARTH / (EARTH + height))))
