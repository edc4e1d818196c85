"""Drought indices of vegetation, temperature and precipitation, and their classes.

References
----------
Kogan (1995), Adv. Space Res. 15(11), 91-100: VCI, TCI and the health index.
Bhuiyan, Singh and Kogan (2006), Int. J. Appl. Earth Obs. Geoinf. 8, 289-302: classes of VCI.
Peters et al. (2002), Photogramm. Eng. Remote Sens. 68(1), 71-75: SVI and its classes.
McKee, Doesken and Kleist (1993), 8th Conf. Applied Climatology, 179-184: SPI.
Thom (1958), Mon. Weather Rev. 86, 117-122: the fit of the gamma distribution.
WMO (2012), Standardized Precipitation Index User Guide, WMO-No. 1090: classes of SPI.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.special

from analysis.spelling import did_you_mean

Floats = npt.NDArray[np.float64]

CLASSES: dict[str, tuple[tuple[float, str], ...]] = {
    "vci": (
        (10.0, "extreme drought"),
        (20.0, "severe drought"),
        (30.0, "moderate drought"),
        (40.0, "mild drought"),
        (np.inf, "no drought"),
    ),
    "svi": (
        (0.05, "very poor"),
        (0.25, "poor"),
        (0.75, "average"),
        (0.95, "good"),
        (np.inf, "very good"),
    ),
    "spi": (
        (-2.0, "extremely dry"),
        (-1.5, "severely dry"),
        (-1.0, "moderately dry"),
        (1.0, "near normal"),
        (1.5, "moderately wet"),
        (2.0, "very wet"),
        (np.inf, "extremely wet"),
    ),
}
"""Of each index: limits that a class ends below, and its name, the driest first."""

FEWEST_YEARS = 10
"""Values of a calendar month that a gamma distribution is fitted to, at least."""


def vegetation_condition_index(value: Any, lowest: Any, highest: Any) -> Floats:
    """Give the VCI: where a value lies between the lowest and the highest of its date.

    Parameters
    ----------
    value, lowest, highest : array of float
        Of one unit and day of the year, over all years; they broadcast.

    Returns
    -------
    numpy.ndarray
        100 (value - lowest) / (highest - lowest), per cent; NaN where a value is missing or where
        the two limits are the same.

    Raises
    ------
    ValueError
        A lowest value is above the highest.

    Notes
    -----
    Kogan (1995).

    Examples
    --------
    It does not change when NDVI is scaled or shifted, so it compares places:

    >>> first = vegetation_condition_index(0.3, 0.2, 0.6)
    >>> bool(np.isclose(first, vegetation_condition_index(4.0, 3.0, 7.0))), float(first)
    (True, 25.0)
    """
    value, lowest, highest = (np.asarray(one, np.float64) for one in (value, lowest, highest))
    if bool((lowest > highest).any()):
        raise ValueError("The lowest value of a date is above the highest of it.")
    span = np.where(highest > lowest, highest - lowest, np.nan)
    return np.asarray(100.0 * ((value - lowest) / span))


def temperature_condition_index(value: Any, lowest: Any, highest: Any) -> Floats:
    """Give the TCI: as the VCI, but heat counts against the plants.

    Parameters
    ----------
    value, lowest, highest : array of float
        Temperature of one unit and day of the year, any unit; they broadcast.

    Returns
    -------
    numpy.ndarray
        100 (highest - value) / (highest - lowest), per cent; NaN as in the VCI.

    Raises
    ------
    ValueError
        A lowest value is above the highest.

    Notes
    -----
    Kogan (1995).

    Examples
    --------
    >>> float(temperature_condition_index(30.0, 10.0, 30.0))  # as hot as it ever was
    0.0
    """
    return np.asarray(100.0 - vegetation_condition_index(value, lowest, highest))


def vegetation_health_index(vci: Any, tci: Any, share: float = 0.5) -> Floats:
    """Give the VHI: vegetation and temperature together.

    Parameters
    ----------
    vci, tci : array of float
        Per cent; they broadcast.
    share : float
        Share of the VCI, 0 to 1; a half where nothing is known of the place.

    Returns
    -------
    numpy.ndarray
        Per cent.

    Raises
    ------
    ValueError
        The share is not between 0 and 1.

    Notes
    -----
    Kogan (1995).

    Examples
    --------
    >>> float(vegetation_health_index(20.0, 60.0))
    40.0
    """
    if not 0.0 <= share <= 1.0:
        raise ValueError(f"The share is {share}; it must be between 0 and 1.")
    return np.asarray(share * np.asarray(vci, float) + (1.0 - share) * np.asarray(tci, float))


def standardised_vegetation_index(z: Any) -> Floats:
    """Give the SVI: how probable a lower NDVI is at this place and day of the year.

    Parameters
    ----------
    z : array of float
        Departure from the multi-year mean in standard deviations.

    Returns
    -------
    numpy.ndarray
        Between 0 (worst) and 1, from the normal distribution.

    Notes
    -----
    Peters et al. (2002).

    Examples
    --------
    >>> low, middle, high = standardised_vegetation_index([-1.0, 0.0, 1.0])
    >>> bool(np.isclose(low + high, 1.0)), float(middle)
    (True, 0.5)
    """
    return np.asarray(scipy.special.ndtr(np.asarray(z, np.float64)))


def standardised_precipitation_index(monthly: Any, months: int = 3) -> Floats:
    """Give the SPI: precipitation of some months as a deviate of the normal distribution.

    Parameters
    ----------
    monthly : array of float, shape (time, ...)
        Sums of whole calendar months, one after another without a gap, the first a January; mm.
    months : int
        Months added up, 1 to 48: 3 for crops, 12 and more for rivers.

    Returns
    -------
    numpy.ndarray
        The same shape, standard deviations; NaN for the first ``months - 1`` steps, where a month
        is missing, and where all years are equally wet.

    Raises
    ------
    ValueError
        A sum is negative, there are fewer than 10 whole years, or the number of months is wrong.

    Notes
    -----
    A gamma distribution is fitted to each calendar month over all years (McKee et al. 1993) by
    Thom's (1958) estimate of maximum likelihood; dry months have a probability of their own.

    Examples
    --------
    Over the years every calendar month has a mean of 0 and a spread of 1:

    >>> rain = np.random.default_rng(7).gamma(2.0, 20.0, 12 * 60)
    >>> index = standardised_precipitation_index(rain, months=1).reshape(60, 12)
    >>> bool((np.abs(index.mean(0)) < 0.05).all() and (np.abs(index.std(0) - 1) < 0.1).all())
    True
    """
    values = np.asarray(monthly, np.float64)
    if not 1 <= months <= 48:
        raise ValueError(f"The number of months is {months}; 1 to 48 are allowed.")
    if values.shape[0] < 12 * FEWEST_YEARS:
        text = f"There are {values.shape[0]} months; at least {12 * FEWEST_YEARS} are needed"
        raise ValueError(f"{text}, of which the first is a January.")
    if bool((values < 0).any()):
        raise ValueError(f"The least precipitation is {np.nanmin(values)} mm; it cannot be < 0.")
    total = np.full(values.shape, np.nan)
    run = np.lib.stride_tricks.sliding_window_view(values, months, axis=0).sum(axis=-1)
    total[months - 1 :] = run
    found = np.full(values.shape, np.nan)
    for month in range(12):
        found[month::12] = _deviates(total[month::12])
    return found


def _deviates(sums: Floats) -> Floats:
    """Turn the sums of one calendar month, shape (year, ...), into standard deviates."""
    known = np.isfinite(sums)
    wet = known & (sums > 0)
    count, number = known.sum(axis=0), wet.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(wet, sums, 0.0).sum(axis=0) / number
        logs = np.where(wet, np.log(np.where(wet, sums, 1.0)), 0.0).sum(axis=0) / number
        spread = np.log(mean) - logs
        shape = (1.0 + np.sqrt(1.0 + 4.0 * spread / 3.0)) / (4.0 * spread)
        usable = (number >= FEWEST_YEARS // 2) & (spread > 1e-9)
        shape = np.where(usable, shape, np.nan)
        dry = (count - number) / count
        below = scipy.special.gammainc(shape, np.where(wet, sums, 0.0) * shape / mean)
        chance = np.where(wet, dry + (1.0 - dry) * below, dry)
    chance = np.where(known & np.isfinite(shape), chance, np.nan)
    return np.asarray(scipy.special.ndtri(np.clip(chance, 1e-6, 1.0 - 1e-6)))


def drought_class(values: Any, index: str = "vci") -> npt.NDArray[Any]:
    """Name the class of each value of an index.

    Parameters
    ----------
    values : array of float
        Values of the index, any shape.
    index : {"vci", "svi", "spi"}
        Which index; the VHI has the classes of the VCI.

    Returns
    -------
    numpy.ndarray of str
        English names as in :data:`CLASSES`; empty where a value is missing.

    Raises
    ------
    ValueError
        There is no such index.

    Examples
    --------
    >>> drought_class([5.0, 25.0, 40.0, np.nan]).tolist()
    ['extreme drought', 'moderate drought', 'no drought', '']
    >>> drought_class([-1.6, -1.0, 0.0, 2.0], "spi").tolist()
    ['severely dry', 'near normal', 'near normal', 'extremely wet']
    """
    if index not in CLASSES:
        raise ValueError(f"There is no index {index!r}. {did_you_mean(index, CLASSES)}")
    array = np.asarray(values, np.float64)
    limits = np.array([limit for limit, _name in CLASSES[index][:-1]])
    names = np.array([*(name for _limit, name in CLASSES[index]), ""], dtype=object)
    place = np.searchsorted(limits, np.nan_to_num(array, nan=0.0), side="right")
    return np.asarray(names[np.where(np.isnan(array), len(names) - 1, place)])
