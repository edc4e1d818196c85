"""Where stations stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from analysis.spelling import did_you_mean


def wrap(longitude: Any) -> Any:
    """Bring longitudes into [-180, 180).

    Parameters
    ----------
    longitude : array-like
        Degrees, any number of turns.

    Returns
    -------
    same shape

    Examples
    --------
    >>> wrap([-268.896, 180.0, 236.5])
    array([  91.104, -180.   , -123.5  ])
    """
    return (np.asarray(longitude, np.float64) + 180.0) % 360.0 - 180.0


def check_place(longitude: float, latitude: float) -> tuple[float, float]:
    """Place in our conventions.

    Parameters
    ----------
    longitude, latitude : float
        Degrees.

    Returns
    -------
    longitude, latitude : float
        Longitude in [-180, 180).

    Raises
    ------
    ValueError
        It lies nowhere on the globe.

    Examples
    --------
    >>> check_place(236.0938828649, 40.0244429509)
    (-123.9061171, 40.0244429509)
    """
    fits = np.isfinite([longitude, latitude]).all()
    if not fits or abs(latitude) > 90 or abs(longitude) > 360:
        raise ValueError(f"the place {longitude:g}, {latitude:g} lies nowhere on the globe.")
    return float(wrap(longitude)), float(latitude)


def find_place(
    station: str, places: Mapping[str, tuple[float, float]] | None
) -> tuple[float, float]:
    """Place of a station whose file does not tell it.

    Parameters
    ----------
    station : str
        Its name or number.
    places : mapping or None
        Station -> longitude, latitude.

    Returns
    -------
    longitude, latitude : float

    Raises
    ------
    ValueError
        It is not among them.

    Examples
    --------
    >>> find_place("0123", {"0123": (76.9, 43.2)})
    (76.9, 43.2)
    """
    if not places or station not in places:
        hint = did_you_mean(station, places) if places else ""
        raise ValueError(
            f"the file does not say where the station {station} stands; tell it: "
            f"places={{{station!r}: (longitude, latitude)}}. {hint}".rstrip()
        )
    return check_place(*places[station])
