"""Whether observed events could have come from a forecast: N, S, CL tests (CSEP).

Zechar 2010 (doi:10.5078/corssa-77337879) explains them for students.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import scipy.special
import scipy.stats
from numpy.typing import ArrayLike, NDArray

from analysis.learning.checks import check_rows


@dataclass(frozen=True)
class NumberTest:
    """Observed and expected number of events, and both tails.

    Attributes
    ----------
    observed, expected
        Numbers.
    at_least, at_most
        Chance of so many or more, of so many or fewer; either very small is a failure (below
        0.025 for a test at 5 %).
    """

    observed: int
    expected: float
    at_least: float
    at_most: float


@dataclass(frozen=True, eq=False)
class LikelihoodTest:
    """Log-likelihood of what was observed among those of simulated catalogues.

    Attributes
    ----------
    observed
        Log-likelihood of the observed events; minus infinity where one fell on a rate of 0.
    simulated
        Log-likelihoods (simulation,) of catalogues drawn from the forecast.
    quantile
        Share of the simulated ones that are not above the observed one; very small (below 0.05)
        is a failure. NaN without events.
    """

    observed: float
    simulated: NDArray[np.float64] = field(repr=False)
    quantile: float


def number_test(observed: int, expected: float, variance: float | None = None) -> NumberTest:
    """Return the N test: whether the number of events is that of the forecast.

    Parameters
    ----------
    observed
        Number of events.
    expected
        Sum of the rates.
    variance
        Of the number, above the mean: then a negative binomial distribution, for events come in
        sequences (Werner, Helmstetter, Jackson and Kagan 2011, doi:10.1785/0120090340); None for
        Poisson.

    Returns
    -------
    NumberTest
        Both tails.

    Raises
    ------
    ValueError
        A number is impossible, or the variance is not above the mean.

    Examples
    --------
    Both tails hold the observed number itself:

    >>> test = number_test(3, 3.0)
    >>> bool(np.isclose(test.at_least + test.at_most - 1, 3**3 * np.exp(-3) / 6))
    True
    """
    if observed < 0 or observed != int(observed) or not (np.isfinite(expected) and expected > 0):
        raise ValueError(f"observed={observed}, expected={expected}: no possible numbers.")
    if variance is None:
        law = scipy.stats.poisson(expected)
    elif variance > expected:
        law = scipy.stats.nbinom(expected**2 / (variance - expected), expected / variance)
    else:
        raise ValueError(
            f"The variance {variance} is not above the mean {expected}; give None for Poisson."
        )
    return NumberTest(
        int(observed), float(expected), float(law.sf(observed - 1)), float(law.cdf(observed))
    )


def likelihood_test(
    events: ArrayLike, rates: ArrayLike, *, simulations: int = 1000, seed: int = 0
) -> LikelihoodTest:
    """Return the CL test: whether so many events fall where and when the forecast puts them.

    Werner et al. 2011 (doi:10.1785/0120090340); Poisson, with as many events in each simulated
    catalogue as were observed.

    Parameters
    ----------
    events
        Numbers of events in any shape, such as (time, cell).
    rates
        Expected numbers, same shape.
    simulations
        How many catalogues.
    seed
        Start of the random numbers.

    Returns
    -------
    LikelihoodTest
        Quantile and what it is among.

    Raises
    ------
    ValueError
        Shapes or values are impossible, or all rates are 0.

    Examples
    --------
    Events where next to nothing was forecast fail:

    >>> likelihood_test([0, 0, 2], [1.0, 1.0, 0.001]).quantile
    0.0
    """
    rows = check_rows(events, rates, kind="rate", counts=True)
    total = float(rows.forecast.sum())
    if total <= 0 or simulations < 1:
        raise ValueError(f"The rates sum to {total}, simulations={simulations}: nothing to draw.")
    number = int(rows.outcome.sum())
    drawn = np.flatnonzero(rows.forecast)
    steps = np.cumsum(rows.forecast[drawn])
    with np.errstate(divide="ignore"):  # a rate of 0: an observed event there fails, as documented
        logs = np.log(rows.forecast)
    here = rows.outcome > 0
    counts = rows.outcome[here]
    seen = float(counts @ logs[here] - scipy.special.gammaln(counts + 1).sum() - total)
    generator = np.random.default_rng(seed)
    simulated = np.empty(simulations)
    for one in range(simulations):
        at = np.searchsorted(steps, generator.random(number) * steps[-1], side="right")
        cells, times = np.unique(drawn[np.minimum(at, drawn.size - 1)], return_counts=True)
        simulated[one] = times @ logs[cells] - scipy.special.gammaln(times + 1).sum() - total
    rounding = 1e-12 * (number + 1) * max(1.0, float(np.abs(logs[drawn]).max()))
    quantile = float((simulated <= seen + rounding).mean()) if number else float("nan")
    return LikelihoodTest(seen, simulated, quantile)


def space_test(
    events: ArrayLike, rates: ArrayLike, *, simulations: int = 1000, seed: int = 0
) -> LikelihoodTest:
    """Return the S test: whether events fall where the forecast puts them, whenever that was.

    Zechar, Gerstenberger and Rhoades 2010 (doi:10.1785/0120090192).

    Parameters
    ----------
    events, rates
        Numbers (time, cell) of events, and expected ones.
    simulations, seed
        As for :func:`likelihood_test`.

    Returns
    -------
    LikelihoodTest
        Of the sums over time, the rates scaled to the number of events.

    Raises
    ------
    ValueError
        As for :func:`likelihood_test`, or the tables are not (time, cell).

    Examples
    --------
    The right places at the wrong time pass:

    >>> space_test([[1, 0], [0, 1]], [[0.0, 1.0], [1.0, 0.0]]).quantile > 0.05
    True
    """
    seen, told = np.asarray(events, np.float64), np.asarray(rates, np.float64)
    if seen.ndim != 2 or seen.shape != told.shape:
        raise ValueError(f"Events {seen.shape} and rates {told.shape} must both be (time, cell).")
    check_rows(seen, told, kind="rate", counts=True)  # before they are summed
    told = told.sum(axis=0)
    scale = seen.sum() / told.sum() if seen.sum() and told.sum() > 0 else 1.0
    return likelihood_test(seen.sum(axis=0), told * scale, simulations=simulations, seed=seed)
