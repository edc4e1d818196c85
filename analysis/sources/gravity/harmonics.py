"""Equivalent water height from the harmonics of the gravity field (level 2).

Wahr, Molenaar and Bryan (1998), doi:10.1029/98JB02844: a change of the coefficients of degree l
is that of a thin layer of water times (1 + k_l) / (2 l + 1), k_l the load Love numbers.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

EARTH_DENSITY: Final = 5517.0
"""Mean density of the Earth, kg m-3 (Wahr et al. 1998)."""

WATER_DENSITY: Final = 1000.0
"""Density of water, kg m-3."""

# Table 1 of Wahr et al. (1998); other degrees by linear interpolation, as the paper says. Degree 1
# holds where the origin is the centre of figure, as in Technical Note 13.
_LOVE: Final = {
    0: 0.0,
    1: 0.027,
    2: -0.303,
    3: -0.194,
    4: -0.132,
    5: -0.104,
    6: -0.089,
    7: -0.081,
    8: -0.076,
    9: -0.072,
    10: -0.069,
    12: -0.064,
    15: -0.058,
    20: -0.051,
    30: -0.040,
    40: -0.033,
    50: -0.027,
    70: -0.020,
    100: -0.014,
    150: -0.010,
    200: -0.007,
}
MAX_DEGREE: Final = max(_LOVE)
"""Greatest degree for which there are Love numbers."""


def love_numbers(degree: int) -> Floats:
    """Load Love numbers k_l of the degrees 0 to `degree`.

    Parameters
    ----------
    degree : int
        0 to 200.

    Returns
    -------
    numpy.ndarray
        ``(degree + 1,)``.

    Raises
    ------
    ValueError
        The degree is outside the table of Wahr et al. (1998).

    Examples
    --------
    >>> love_numbers(11).round(4).tolist()[9:]
    [-0.072, -0.069, -0.0665]
    """
    if not 0 <= degree <= MAX_DEGREE:
        raise ValueError(f"The degree is {degree}; Love numbers reach from 0 to {MAX_DEGREE}.")
    known = np.array(list(_LOVE.items()))
    return np.interp(np.arange(degree + 1), known[:, 0], known[:, 1])


def gaussian(degree: int, radius_km: float, earth: float = 6378136.3) -> Floats:
    """Weights of a Gaussian smoothing on the sphere, of the degrees 0 to `degree`.

    The recursion of Jekeli (1981) as Wahr et al. (1998) give it; where it loses its digits the
    weights, far below 1e-6 there, are 0.

    Parameters
    ----------
    degree : int
        Greatest degree.
    radius_km : float
        Distance at which the weight has fallen to one half, km; 0 smooths nothing.
    earth : float, optional
        Radius of the Earth, m.

    Returns
    -------
    numpy.ndarray
        ``(degree + 1,)``, 1 at degree 0, falling.

    Raises
    ------
    ValueError
        The radius is negative or beyond 5000 km.

    Examples
    --------
    >>> weights = gaussian(60, 300)
    >>> float(weights[0]), bool((np.diff(weights) < 0).all()), round(float(weights[30]), 2)
    (1.0, True, 0.48)
    """
    if not 0 <= radius_km <= 5000:
        raise ValueError(f"The radius of the Gaussian is {radius_km} km; allowed are 0 to 5000.")
    weights = np.ones(degree + 1)
    if radius_km == 0 or degree == 0:
        return weights
    b = np.log(2.0) / (1.0 - np.cos(radius_km * 1000.0 / earth))
    weights[1] = (1.0 + np.exp(-2.0 * b)) / (1.0 - np.exp(-2.0 * b)) - 1.0 / b
    for k in range(1, degree):
        following = -(2 * k + 1) / b * weights[k] + weights[k - 1]
        if not 0.0 < following < weights[k] or following < 1e-7:
            weights[k + 1 :] = 0.0
            break
        weights[k + 1] = following
    return weights


def legendre(degree: int, sine: ArrayLike) -> Floats:
    """Fully normalised associated Legendre functions (geodesy: mean square 1 over the sphere).

    Forward columns, Holmes and Featherstone (2002), doi:10.1007/s00190-002-0216-2.

    Parameters
    ----------
    degree : int
        Greatest degree and order.
    sine : array_like
        Sine of the geocentric latitude, ``(latitude,)``.

    Returns
    -------
    numpy.ndarray
        ``(latitude, degree, order)``, 0 where the order exceeds the degree.

    Examples
    --------
    >>> values = legendre(2, [0.5])[0]
    >>> bool(np.isclose(values[2, 0], np.sqrt(5) * (3 * 0.25 - 1) / 2))
    True
    """
    t = np.atleast_1d(np.asarray(sine, dtype=np.float64))
    u = np.sqrt(np.clip(1.0 - t * t, 0.0, None))
    out = np.zeros((t.size, degree + 1, degree + 1))
    out[:, 0, 0] = 1.0
    for m in range(1, degree + 1):
        factor = np.sqrt(3.0) if m == 1 else np.sqrt((2 * m + 1) / (2 * m))
        out[:, m, m] = factor * u * out[:, m - 1, m - 1]
    for m in range(degree):
        out[:, m + 1, m] = np.sqrt(2 * m + 3) * t * out[:, m, m]
        for n in range(m + 2, degree + 1):
            a = np.sqrt((2 * n - 1) * (2 * n + 1) / ((n - m) * (n + m)))
            b = np.sqrt((2 * n + 1) * (n + m - 1) * (n - m - 1) / ((n - m) * (n + m) * (2 * n - 3)))
            out[:, n, m] = a * t * out[:, n - 1, m] - b * out[:, n - 2, m]
    return out


def water_factors(degree: int, radius_km: float, earth: float) -> Floats:
    """Centimetres of water for a unit of each degree of the coefficients, smoothed.

    Parameters
    ----------
    degree : int
        Greatest degree.
    radius_km : float
        Of the Gaussian, km.
    earth : float
        Radius to which the coefficients refer, m.

    Returns
    -------
    numpy.ndarray
        ``(degree + 1,)`` in cm.
    """
    degrees = np.arange(degree + 1)
    layer = earth * EARTH_DENSITY / (3.0 * WATER_DENSITY) * (2 * degrees + 1)
    return 100.0 * layer / (1.0 + love_numbers(degree)) * gaussian(degree, radius_km, earth)


def synthesis(coefficients: Floats, latitude: ArrayLike, longitude: ArrayLike) -> Floats:
    """Values of a field on a grid from its harmonics.

    Parameters
    ----------
    coefficients : numpy.ndarray
        Fully normalised, ``(step, 2, degree, order)``: cosines and sines.
    latitude, longitude : array_like
        Of the grid, degrees; the latitude is taken for geocentric.

    Returns
    -------
    numpy.ndarray
        ``(step, latitude, longitude)`` in the unit of the coefficients.

    Examples
    --------
    >>> dipole = np.zeros((1, 2, 2, 2))
    >>> dipole[0, 1, 1, 1] = 1.0  # sine of longitude, cosine of latitude
    >>> bool(np.isclose(synthesis(dipole, [60.0], [90.0]).item(), np.sqrt(3) * 0.5))
    True
    """
    degree = coefficients.shape[-1] - 1
    functions = legendre(degree, np.sin(np.radians(np.asarray(latitude, dtype=np.float64))))
    waves = np.einsum("snlm,plm->snpm", coefficients, functions, optimize=True)
    turn = np.outer(np.arange(degree + 1), np.radians(np.asarray(longitude, dtype=np.float64)))
    found: Floats = waves[:, 0] @ np.cos(turn) + waves[:, 1] @ np.sin(turn)
    return found


def harmonics_of(field: Floats, latitude: ArrayLike, longitude: ArrayLike, degree: int) -> Floats:
    """Harmonics of a global grid up to a degree, by least squares in each order.

    Parameters
    ----------
    field : numpy.ndarray
        ``(latitude, longitude)``, finite; longitudes evenly round the whole circle.
    latitude, longitude : array_like
        Degrees.
    degree : int
        Below the number of latitudes and half the number of longitudes.

    Returns
    -------
    numpy.ndarray
        ``(2, degree + 1, degree + 1)``, fully normalised.

    Raises
    ------
    ValueError
        The grid is too coarse for the degree.

    Examples
    --------
    >>> lat, lon = np.arange(-85.0, 90, 10), np.arange(0.0, 360, 10)
    >>> given = np.zeros((2, 4, 4))
    >>> given[0, 3, 2], given[1, 2, 1] = 2.0, -1.0
    >>> found = harmonics_of(synthesis(given[None], lat, lon)[0], lat, lon, 3)
    >>> bool(np.allclose(found, given))
    True
    """
    rows, columns = field.shape
    if degree >= rows or 2 * degree >= columns:
        raise ValueError(f"A grid of {rows} x {columns} cells does not hold the degree {degree}.")
    turn = np.outer(np.arange(degree + 1), np.radians(np.asarray(longitude, dtype=np.float64)))
    scale = np.where(np.arange(degree + 1) == 0, 1.0, 2.0)[:, None] / columns
    waves = np.stack([(scale * np.cos(turn)) @ field.T, (scale * np.sin(turn)) @ field.T])
    functions = legendre(degree, np.sin(np.radians(np.asarray(latitude, dtype=np.float64))))
    weight = np.sqrt(np.cos(np.radians(np.asarray(latitude, dtype=np.float64))))[:, None]
    out = np.zeros((2, degree + 1, degree + 1))
    for m in range(degree + 1):
        basis = functions[:, m:, m]
        found = np.linalg.lstsq(weight * basis, weight * waves[:, m].T, rcond=None)[0]
        out[:, m:, m] = found.T
    return out
