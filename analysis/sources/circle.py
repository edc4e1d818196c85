"""Longitudes on the circle and latitudes on the quadrant: wrap, order, drop the double meridian."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Order = NDArray[np.intp]

_LONGITUDE_LIMITS = (-360.0, 720.0)
_SAME = (1e-3, 1e-4)  # two meridians are the same within this share of a step, and degrees
_EVEN = (1e-3, 2e-5, 2e-4)  # share of a step, least and most degrees: float32 rounds to 1.5e-5


def wrap_longitude(longitude: ArrayLike) -> Floats:
    """Bring longitudes into [-180, 180); those already there keep every bit.

    Parameters
    ----------
    longitude : array_like
        Degrees east, any turn.

    Returns
    -------
    numpy.ndarray
        Degrees east, float64.

    Examples
    --------
    >>> wrap_longitude([299.0, 377.5, -268.9, 180.0, 0.1]).round(6).tolist()
    [-61.0, 17.5, 91.1, -180.0, 0.1]
    """
    values = np.asarray(longitude, dtype=np.float64)
    wrapped = np.mod(values + 180.0, 360.0) - 180.0
    wrapped = np.where(wrapped >= 180.0, -180.0, wrapped)
    inside = (values >= -180.0) & (values < 180.0)
    return np.where(inside, values, wrapped)


def order_longitudes(longitude: ArrayLike) -> tuple[Floats, Order]:
    """Ascending longitudes in [-180, 180) without a double meridian, and where each came from.

    Parameters
    ----------
    longitude : array_like
        Cell centres in degrees east, one dimension.

    Returns
    -------
    values : numpy.ndarray
        Wrapped, ascending, distinct.
    order : numpy.ndarray of int
        ``longitude[order]`` are the same meridians; of a double one the first is kept.

    Raises
    ------
    ValueError
        A value is not finite, or lies outside [-360, 720].

    Examples
    --------
    >>> values, order = order_longitudes([0.0, 90.0, 180.0, 270.0, 360.0])
    >>> values.tolist(), order.tolist()
    ([-180.0, -90.0, 0.0, 90.0], [2, 3, 0, 1])
    """
    given = np.asarray(longitude, dtype=np.float64)
    low, high = _LONGITUDE_LIMITS
    bad = ~np.isfinite(given) | (given < low) | (given > high)
    if bad.any():
        raise ValueError(
            f"The grid has a longitude of {given[bad][0]:g}; allowed are {low:g} to {high:g} "
            "degrees. Coordinates in metres need a coordinate reference system (crs)."
        )
    tolerance = min(_SAME[0] * _step(given), _SAME[1])
    wrapped = wrap_longitude(given)
    wrapped = np.where(wrapped >= 180.0 - tolerance, -180.0, wrapped)
    order = np.argsort(wrapped, kind="stable")
    ordered = wrapped[order]
    first = np.ones(ordered.size, dtype=bool)
    first[1:] = np.diff(ordered) > tolerance
    # of meridians that coincide but for rounding keep the one that comes first in the file
    groups = np.cumsum(first) - 1
    kept = np.full(groups[-1] + 1 if groups.size else 0, given.size, dtype=np.intp)
    np.minimum.at(kept, groups, order)
    return _regular(wrapped[kept]), kept


def order_latitudes(latitude: ArrayLike) -> tuple[Floats, Order]:
    """Ascending latitudes, and where each came from.

    Parameters
    ----------
    latitude : array_like
        Cell centres in degrees north, one dimension.

    Returns
    -------
    values : numpy.ndarray
        Ascending.
    order : numpy.ndarray of int
        ``latitude[order]`` are these values.

    Raises
    ------
    ValueError
        A value is not finite, lies beyond a pole, or appears twice.

    Examples
    --------
    >>> order_latitudes([10.0, 0.0, -10.0])[1].tolist()
    [2, 1, 0]
    """
    given = np.asarray(latitude, dtype=np.float64)
    bad = ~np.isfinite(given) | (np.abs(given) > 90.0 + 1e-6)
    if bad.any():
        raise ValueError(
            f"The grid has a latitude of {given[bad][0]:g}; allowed are -90 to 90 degrees."
        )
    order = np.argsort(given, kind="stable").astype(np.intp)
    ordered = np.clip(given[order], -90.0, 90.0)
    twice = np.flatnonzero(np.diff(ordered) <= 0)
    if twice.size:
        raise ValueError(f"The grid has the latitude {ordered[twice[0]]:g} twice.")
    return _regular(ordered), order


def _step(values: Floats) -> float:
    steps = np.abs(np.diff(values))
    steps = steps[steps > 0]
    return float(np.median(steps)) if steps.size else 1.0


def _regular(values: Floats) -> Floats:
    """Remove the rounding of an evenly spaced axis; a Gaussian one, nearly even, stays."""
    if values.size < 3:
        return values
    even = np.linspace(values[0], values[-1], values.size)
    step = (values[-1] - values[0]) / (values.size - 1)
    if np.max(np.abs(values - even)) > np.clip(_EVEN[0] * step, *_EVEN[1:]):
        return values
    return np.where(np.abs(even - values) < 1e-12, values, even)
