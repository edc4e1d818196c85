"""Geomagnetic (centred dipole) latitude.

The dipole is that of the International Geomagnetic Reference Field, 14th generation
(doi:10.5281/zenodo.14012302), its terms of degree 1, linear between the epochs. A centred dipole
is within a few degrees of quasi-dipole latitude in middle latitudes, up to about 10 degrees at the
magnetic equator over South America and Africa; it is meant for bands of 10 degrees and wider.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

_EPOCHS: Final = np.arange(1900.0, 2031.0, 5.0)
_FULL: Final = "1900-01-01 to 2030-01-01"
_G10: Final = (
    *(-31543, -31464, -31354, -31212, -31060, -30926, -30805, -30715, -30654, -30594, -30554),
    *(-30500, -30421, -30334, -30220, -30100, -29992, -29873, -29775, -29692, -29619.4),
    *(-29554.63, -29496.57, -29441.46, -29403.41, -29350.0, -29287.0),
)
_G11: Final = (
    *(-2298, -2298, -2297, -2306, -2317, -2318, -2316, -2306, -2292, -2285, -2250, -2215, -2169),
    *(-2119, -2068, -2013, -1956, -1905, -1848, -1784, -1728.2, -1669.05, -1586.42, -1501.77),
    *(-1451.37, -1410.3, -1360.3),
)
_H11: Final = (
    *(5922, 5909, 5898, 5875, 5845, 5817, 5808, 5812, 5821, 5810, 5815, 5820, 5791, 5776, 5737),
    *(5675, 5604, 5500, 5406, 5306, 5186.1, 5077.99, 4944.26, 4795.99, 4653.35, 4545.5, 4438.0),
)


def dipole_pole(when: Any) -> tuple[float, float]:
    """Place of the geomagnetic north pole.

    Parameters
    ----------
    when : str or datetime
        Time; anything that ``pandas.Timestamp`` reads.

    Returns
    -------
    latitude, longitude : float
        Degrees, geocentric.

    Raises
    ------
    ValueError
        The time is outside of 1900 to 2030.

    Examples
    --------
    >>> latitude, longitude = dipole_pole("2020-01-01")
    >>> round(latitude, 1), round(longitude, 1)
    (80.6, -72.7)
    """
    moment = pd.Timestamp(when)
    year = moment.year + (moment.day_of_year - 1) / (366 if moment.is_leap_year else 365)
    if not _EPOCHS[0] <= year <= _EPOCHS[-1]:
        raise ValueError(f"The field is known from {_FULL}, not at {moment}.")
    g10, g11, h11 = (np.interp(year, _EPOCHS, one) for one in (_G10, _G11, _H11))
    # the axis of the dipole: its northern end lies opposite to (g11, h11, g10)
    latitude = np.degrees(np.arctan2(-g10, np.hypot(g11, h11)))
    return float(latitude), float(np.degrees(np.arctan2(-h11, -g11)))


def dipole_latitude(latitude: Any, longitude: Any, when: Any) -> NDArray[np.float64]:
    """Geomagnetic latitude of places.

    Parameters
    ----------
    latitude, longitude : array-like
        Degrees, geocentric (IONEX) or geographic (up to 0.2 degrees from it); they broadcast.
    when : str or datetime
        Time for which the pole is taken; it moves 0.1 degrees in a year.

    Returns
    -------
    numpy.ndarray
        Degrees, -90 to 90.

    Raises
    ------
    ValueError
        As `dipole_pole`.

    Examples
    --------
    Almaty lies 8 degrees south of its geographic latitude, and the pole at 90:

    >>> round(float(dipole_latitude(43.2, 76.9, "2020-01-01")), 1)
    34.9
    >>> round(float(dipole_latitude(*dipole_pole("2020-01-01"), "2020-01-01")), 6)
    90.0
    """
    pole, meridian = np.radians(dipole_pole(when))
    place = np.radians(np.asarray(latitude, np.float64))
    away = np.radians(np.asarray(longitude, np.float64)) - meridian
    sine = np.sin(place) * np.sin(pole) + np.cos(place) * np.cos(pole) * np.cos(away)
    return np.asarray(np.degrees(np.arcsin(np.clip(sine, -1.0, 1.0))))
