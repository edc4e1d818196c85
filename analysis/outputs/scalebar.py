"""Lengths on the ellipsoid that a printed map in degrees needs: its shape and its scale bar."""

from __future__ import annotations

import math
from dataclasses import dataclass

SEMI_MAJOR = 6378.137  # km, WGS 84
ECCENTRICITY_SQUARED = 6.69437999014e-3  # WGS 84
STEPS = (1.0, 2.0, 5.0)


@dataclass(frozen=True)
class ScaleBar:
    """A bar of a round length at one latitude.

    Attributes
    ----------
    kilometres : float
        Its length on the ground, 1, 2 or 5 times a power of ten.
    degrees : float
        Its length along the parallel.
    latitude : float
        Latitude at which it holds, degrees.
    """

    kilometres: float
    degrees: float
    latitude: float


def _check(latitude: float) -> float:
    """Refuse latitudes at which a degree of longitude has no length."""
    if not -90.0 < latitude < 90.0:
        raise ValueError(f"Latitude {latitude:g}: a scale needs one between -90 and 90 degrees.")
    return math.radians(latitude)


def longitude_degree(latitude: float) -> float:
    """Length of one degree of longitude, kilometres.

    Parameters
    ----------
    latitude : float
        Degrees, between -90 and 90.

    Returns
    -------
    float
        Kilometres along the parallel on the WGS 84 ellipsoid.

    Raises
    ------
    ValueError
        If the latitude is not between -90 and 90.

    References
    ----------
    Snyder (1987), *Map Projections: A Working Manual*, USGS Professional Paper 1395, eq. 4-21.

    Examples
    --------
    >>> round(longitude_degree(0), 3), round(longitude_degree(50), 3)
    (111.319, 71.696)
    """
    phi = _check(latitude)
    radius = SEMI_MAJOR * math.cos(phi) / math.sqrt(1 - ECCENTRICITY_SQUARED * math.sin(phi) ** 2)
    return radius * math.pi / 180


def latitude_degree(latitude: float) -> float:
    """Length of one degree of latitude, kilometres.

    Parameters
    ----------
    latitude : float
        Degrees, between -90 and 90.

    Returns
    -------
    float
        Kilometres along the meridian on the WGS 84 ellipsoid.

    Raises
    ------
    ValueError
        If the latitude is not between -90 and 90.

    References
    ----------
    Snyder (1987), *Map Projections: A Working Manual*, USGS Professional Paper 1395, eq. 4-18.

    Examples
    --------
    >>> round(latitude_degree(0), 3), round(latitude_degree(50), 3)
    (110.574, 111.229)
    """
    phi = _check(latitude)
    curvature = (1 - ECCENTRICITY_SQUARED * math.sin(phi) ** 2) ** 1.5
    return SEMI_MAJOR * (1 - ECCENTRICITY_SQUARED) / curvature * math.pi / 180


def scale_bar(width: float, latitude: float, share: float = 0.25) -> ScaleBar:
    """Choose a round length for a scale bar.

    Parameters
    ----------
    width : float
        Width of the map, degrees of longitude.
    latitude : float
        Latitude at which the bar holds, degrees.
    share : float
        Largest share of the width that the bar may take.

    Returns
    -------
    ScaleBar
        The longest of 1, 2, 5, 10, 20, ... km that fits.

    Raises
    ------
    ValueError
        If the width or the share is not positive, or the latitude is a pole.

    Examples
    --------
    >>> bar = scale_bar(40.0, 50.0)
    >>> bar.kilometres
    500.0
    >>> abs(bar.degrees * longitude_degree(50.0) - bar.kilometres) < 1e-9
    True
    """
    if not width > 0 or not share > 0:
        raise ValueError(f"Width {width:g} and share {share:g} must be positive.")
    degree = longitude_degree(latitude)
    longest = width * share * degree
    power = 10.0 ** math.floor(math.log10(longest))
    kilometres = max(step * power for step in STEPS if step * power <= longest * (1 + 1e-12))
    return ScaleBar(kilometres, kilometres / degree, latitude)


def graticule_step(span: float, lines: int = 6) -> float:
    """Round distance of grid lines in degrees, so that about so many cross the span.

    Parameters
    ----------
    span : float
        Width or height of the map, degrees.
    lines : int
        Number of lines wished.

    Returns
    -------
    float
        One of 30, 20, 10, 5, 2, 1, 0.5, 0.2, 0.1, ... degrees.

    Examples
    --------
    >>> graticule_step(360), graticule_step(40), graticule_step(1)
    (60.0, 10.0, 0.2)
    """
    if not span > 0:
        raise ValueError(f"A span of {span:g} degrees: it must be positive.")
    steps = [60.0, 30.0, 20.0, 10.0, 5.0, 2.0, 1.0]
    steps += [step * 10.0**-power for power in range(1, 7) for step in (5.0, 2.0, 1.0)]
    return next((step for step in reversed(steps) if span / step <= lines + 0.5), steps[0])
