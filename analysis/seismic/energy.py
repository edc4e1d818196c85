"""Energy that earthquakes radiate as seismic waves."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

SLOPE = 1.5
INTERCEPT = 4.8


def energy_joules(magnitude: ArrayLike) -> NDArray[np.float64]:
    """Return the radiated seismic energy of events, in joules.

    ``log10 E = 1.5 M + 4.8`` (Gutenberg and Richter 1956, Annals of Geophysics 9:1,
    doi:10.4401/ag-5590). The relation was made for surface-wave magnitude and is used for every
    magnitude type; do not read the sums as more exact than a factor of about two.

    Parameters
    ----------
    magnitude
        Magnitudes, any shape.

    Returns
    -------
    numpy.ndarray
        Energy in joules, the same shape; NaN where the magnitude is missing.

    Examples
    --------
    One unit of magnitude is 31.6 times the energy, whatever the magnitude:

    >>> energy_joules([5.0, 7.0])
    array([1.99526231e+12, 1.99526231e+15])
    >>> float(energy_joules(6.3) / energy_joules(5.3))
    31.62
    """
    return np.power(10.0, SLOPE * np.asarray(magnitude, dtype=np.float64) + INTERCEPT)


def log10_energy(energy: ArrayLike) -> NDArray[np.float64]:
    """Return ``log10(1 + E)``: the logarithm of an energy that may be zero.

    Parameters
    ----------
    energy
        Energy in joules, zero or more.

    Returns
    -------
    numpy.ndarray
        0 for no energy; equal to ``log10 E`` to twelve digits for every event that is felt.

    Examples
    --------
    >>> log10_energy([0.0, energy_joules(6.0).item()])
    array([ 0. , 13.8])
    """
    return np.log1p(np.asarray(energy, dtype=np.float64)) / np.log(10.0)
