"""Two bell curves in one histogram: clustered events and background."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FEWEST = 20
ROUNDS = 5000
DIGITS = 3


@dataclass(frozen=True)
class Mixture:
    """Two normal distributions, the lower (clustered events) first.

    Parameters
    ----------
    shares, means, deviations : tuple of float
        Share, mean and standard deviation of each.
    threshold : float
        Where a value is as likely of one as of the other.
    """

    shares: tuple[float, float]
    means: tuple[float, float]
    deviations: tuple[float, float]
    threshold: float


def two_normals(values: ArrayLike) -> Mixture:
    """Fit a mixture of two normal distributions by expectation and maximisation.

    Dempster, Laird and Rubin (1977); used on log10 of the nearest-neighbour proximity by
    Zaliapin and Ben-Zion (2013). It starts from the lower and the upper half of the values, so the
    same values give the same answer in any order.

    Parameters
    ----------
    values : array_like
        Numbers (n), at least 20 finite ones; rounded to 0.001.

    Returns
    -------
    Mixture
        The two curves, and the value between their means where they cross.

    Raises
    ------
    ValueError
        There are too few values, or they have no two such parts.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> found = two_normals(np.concatenate([rng.normal(-6, 1, 3000), rng.normal(-2, 0.7, 6000)]))
    >>> np.round([*found.means, *found.deviations, found.shares[0]], 1)
    array([-6. , -2. ,  1. ,  0.7,  0.3])
    >>> -4 < found.threshold < -3
    True
    """
    numbers = np.asarray(values, dtype=np.float64)
    numbers = numbers[np.isfinite(numbers)]
    if numbers.size < FEWEST:
        msg = f"There are {numbers.size} values; two distributions need at least {FEWEST}."
        raise ValueError(msg)
    x, counts = np.unique(np.round(numbers, DIGITS), return_counts=True)
    upper = np.cumsum(counts) > numbers.size / 2
    belongs = np.vstack([~upper, upper]) * counts.astype(np.float64)
    likelihood = -math.inf
    for _ in range(ROUNDS):
        mass = belongs.sum(axis=1)
        if mass.min() < 1:
            break
        means = belongs @ x / mass
        variances = np.maximum((belongs * (x - means[:, None]) ** 2).sum(axis=1) / mass, 1e-6)
        shares = mass / numbers.size
        logs = _log_density(x, shares, means, variances)
        together = np.logaddexp(*logs)
        belongs = np.exp(logs - together) * counts
        before, likelihood = likelihood, float(together @ counts) / numbers.size
        if likelihood - before < 1e-8:
            return _mixture(shares, means, np.sqrt(variances))
    msg = "The values have no two parts of normal distribution; give the threshold yourself."
    raise ValueError(msg)


def _log_density(
    x: NDArray[np.float64],
    shares: NDArray[np.float64],
    means: NDArray[np.float64],
    variances: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Log of the density of each part, (2, n)."""
    squares = (x - means[:, None]) ** 2 / variances[:, None]
    result: NDArray[np.float64] = (
        np.log(shares / np.sqrt(2 * math.pi * variances))[:, None] - squares / 2
    )
    return result


def _mixture(
    shares: NDArray[np.float64], means: NDArray[np.float64], deviations: NDArray[np.float64]
) -> Mixture:
    """Put the lower part first and find where the two cross between their means."""
    order = np.argsort(means)
    shares, means, deviations = shares[order], means[order], deviations[order]
    between = np.linspace(means[0], means[1], 4097)
    logs = _log_density(between, shares, means, deviations**2)
    crossed = np.flatnonzero(np.diff(np.signbit(logs[0] - logs[1])))
    if not crossed.size:
        msg = (
            f"The two parts, of means {means[0]:.2f} and {means[1]:.2f}, do not cross between "
            "them; give the threshold yourself."
        )
        raise ValueError(msg)
    k = int(crossed[0])
    left, right = logs[0] - logs[1], between
    part = left[k] / (left[k] - left[k + 1])
    threshold = right[k] + part * (right[k + 1] - right[k])
    pair = [(float(a), float(b)) for a, b in (shares, means, deviations)]
    return Mixture(pair[0], pair[1], pair[2], float(threshold))
