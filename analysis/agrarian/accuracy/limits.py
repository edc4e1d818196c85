"""Intervals that stay honest where few errors, or none, were found among the places of a class.

Estimate and 1.96 standard errors have no width where a sample shows no error, and miss the truth
far too often where it shows one or two. Here every share within a class of the map has the interval
of Jeffreys (Brown, Cai and DasGupta 2001, doi:10.1214/ss/1009213286), and sums and ratios of
independent shares get theirs from these (method of variance estimates recovery: Zou, Huang and
Zhang 2009, doi:10.1016/j.csda.2008.09.033; ratios: Donner and Zou 2012, Statistical Methods in
Medical Research 21).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def jeffreys(share: Any, count: Any, level: float) -> tuple[Floats, Floats]:
    """Return the interval of Jeffreys of a share.

    Parameters
    ----------
    share : array_like
        Shares found, 0 to 1.
    count : array_like
        Number of places, broadcast against `share`; 0 gives 0 to 1.
    level : float
        0.95 for 95 %.

    Returns
    -------
    tuple of numpy.ndarray
        Low and high.

    Examples
    --------
    No error among 60 places, and yet up to 4 % may be wrong:

    >>> low, high = jeffreys(0.0, 60, 0.95)
    >>> float(low), round(float(high), 3)
    (0.0, 0.041)
    """
    from scipy.stats import beta  # slow to load

    p, n = np.broadcast_arrays(np.asarray(share, np.float64), np.asarray(count, np.float64))
    hits, tail = p * n, (1 - level) / 2
    low = beta.ppf(tail, hits + 0.5, n - hits + 0.5)
    high = beta.ppf(1 - tail, hits + 0.5, n - hits + 0.5)
    return np.where(hits <= 0, 0.0, low), np.where(hits >= n, 1.0, high)


def of_sums(weight: Floats, share: Floats, count: Floats, level: float) -> tuple[Floats, Floats]:
    """Return the interval of weighted sums of independent shares.

    Parameters
    ----------
    weight
        Weights (sum, class of the map), 0 or more.
    share
        Shares (class of the map, class of the reference).
    count
        Places (class of the map,).
    level
        0.95 for 95 %.

    Returns
    -------
    tuple of numpy.ndarray
        Low and high (sum, class of the reference), in the unit of the weights.
    """
    low, high = jeffreys(share, count[:, None], level)
    middle = weight @ share
    below = np.sqrt(weight**2 @ (share - low) ** 2)
    above = np.sqrt(weight**2 @ (high - share) ** 2)
    total = weight.sum(axis=1, keepdims=True)
    return np.clip(middle - below, 0.0, None), np.minimum(middle + above, total)


def of_ratios(
    first: tuple[Floats, Floats, Floats], second: tuple[Floats, Floats, Floats]
) -> tuple[Floats, Floats]:
    """Return the interval of ratios of independent numbers.

    Parameters
    ----------
    first, second
        Estimate, low and high of what is divided, and of what it is divided by, all 0 or more.

    Returns
    -------
    tuple of numpy.ndarray
        Low and high; infinite where the divisor may be 0, NaN where it is.

    Examples
    --------
    >>> one = (np.array([2.0]), np.array([2.0]), np.array([2.0]))
    >>> low, high = of_ratios(one, (np.array([4.0]), np.array([3.0]), np.array([5.0])))
    >>> bool(0.4 <= low[0] < 0.5 < high[0] <= 0.67)
    True
    """
    (a, a_low, a_high), (b, b_low, b_high) = first, second
    with np.errstate(invalid="ignore", divide="ignore"):
        ends = []
        for x, y, sign in ((a_low, b_high, -1.0), (a_high, b_low, 1.0)):
            inner = np.maximum((a * b) ** 2 - x * y * (2 * a - x) * (2 * b - y), 0.0)
            ends.append((a * b + sign * np.sqrt(inner)) / (y * (2 * b - y)))
        low = np.where(b > 0, np.maximum(ends[0], 0.0), np.nan)
        high = np.where(b > 0, np.where(b_low > 0, ends[1], np.inf), np.nan)
    return low, high


def of_matrix(share: Floats, weight: Floats, count: Floats, level: float) -> dict[str, Floats]:
    """Return the intervals of all that an error matrix says.

    Parameters
    ----------
    share
        Shares of the reference within each class of the map (class, class).
    weight
        Share of each class of the map in its area (class,).
    count
        Places in each class of the map (class,).
    level
        0.95 for 95 %.

    Returns
    -------
    dict
        ``users_low``, ``users_high``, and so on of producers, f1 and area_share, (class,);
        ``overall_low`` and ``overall_high`` (1,). NaN where nothing is known.
    """
    size, used = len(weight), count > 0
    found: dict[str, Floats] = {}

    def keep(name: str, low: Floats, high: Floats, known: NDArray[np.bool_]) -> None:
        found[f"{name}_low"] = np.where(known, low, np.nan)
        found[f"{name}_high"] = np.where(known, high, np.nan)

    low_own, high_own = jeffreys(share, count[:, None], level)
    keep("users", np.diag(low_own), np.diag(high_own), used)
    low, high = of_sums(weight[None, :], share, count, level)
    keep("area_share", low[0], high[0], np.full(size, True))
    right = np.diag(share)[:, None]
    low, high = of_sums(weight[None, :], right, count, level)
    found["overall_low"], found["overall_high"] = low[0], high[0]
    # The hits of a class and what is missed of it lie in different classes of the map.
    hit = weight * np.diag(share), weight * np.diag(low_own), weight * np.diag(high_own)
    miss = _missed(share, weight, low_own, high_own)
    both = miss[0] + weight, miss[1] + weight, miss[2] + weight
    seen = np.asarray(weight @ share > 0)
    low, high = of_ratios(miss, hit)
    keep("producers", 1 / (1 + high), 1 / (1 + low), seen & (hit[0] > 0))
    low, high = of_ratios(both, hit)
    keep("f1", 2 / (1 + high), np.minimum(2 / (1 + low), 1.0), seen & (hit[0] > 0))
    nothing = seen & (hit[0] <= 0)  # no hit: from 0 to where the most hits and fewest misses lead
    with np.errstate(invalid="ignore", divide="ignore"):
        tops = {
            "producers": hit[2] / (hit[2] + miss[1]),
            "f1": 2 * hit[2] / (hit[2] + both[1]),
        }
    for name, top in tops.items():
        found[f"{name}_low"] = np.where(nothing, 0.0, found[f"{name}_low"])
        found[f"{name}_high"] = np.where(nothing, top, found[f"{name}_high"])
    return found


def _missed(
    share: Floats, weight: Floats, low: Floats, high: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return estimate and interval of what the map misses of each class, in other rows."""
    other = ~np.eye(len(weight), dtype=bool)
    middle = weight @ (share * other)
    below = np.sqrt(weight**2 @ ((share - low) * other) ** 2)
    above = np.sqrt(weight**2 @ ((high - share) * other) ** 2)
    return middle, np.clip(middle - below, 0.0, None), middle + above
