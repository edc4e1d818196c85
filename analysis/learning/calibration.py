"""Whether probabilities mean what they say: Brier score, its parts, reliability, sampling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import scipy.stats
from numpy.typing import ArrayLike, NDArray

from analysis.learning.checks import Rows, Tally, Values, check_rows, divide, tally_sums


@dataclass(frozen=True)
class BrierParts:
    """Parts of a Brier score: ``score = reliability - resolution + uncertainty + within``.

    Attributes
    ----------
    score
        The Brier score.
    reliability
        Squared distance of forecasts from frequencies; 0 is best.
    resolution
        Squared distance of frequencies from the base rate; more is better.
    uncertainty
        Variance of the outcome, the score of the base rate itself.
    within
        What the bins hide: spread of forecasts within a bin less twice their covariance with the
        outcome.
    skill
        ``1 - score / uncertainty``; NaN with one class only.
    """

    score: float
    reliability: float
    resolution: float
    uncertainty: float
    within: float
    skill: float


def brier_score(outcome: ArrayLike, forecast: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Return the mean squared distance of probabilities from outcomes (Brier 1950).

    For rare events the score is tiny whatever the forecast: read its skill over the base rate.

    Parameters
    ----------
    outcome
        0 or 1 (row,).
    forecast
        Probabilities (row,).
    weights
        Weights (row,).

    Returns
    -------
    float
        0 is best.

    Raises
    ------
    ValueError
        Rows are impossible.

    Examples
    --------
    A row of weight 2 is two rows:

    >>> brier_score([0, 1], [0.5, 1], [2, 1]) == brier_score([0, 0, 1], [0.5, 0.5, 1])
    True
    """
    rows = check_rows(outcome, forecast, weights, kind="probability")
    return tally_brier(rows, skill=False).value()


def brier_parts(
    outcome: ArrayLike,
    forecast: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    bins: int | ArrayLike = 10,
) -> BrierParts:
    """Return the Brier score and its parts (Murphy 1973), which add up to the last bit.

    What spreads within a bin is a part of its own (Stephenson, Coelho and Jolliffe 2008,
    doi:10.1175/2007WAF2006116.1), so that the sum is exact whatever the bins.

    Parameters
    ----------
    outcome, forecast, weights
        As for :func:`brier_score`.
    bins
        As for :func:`reliability_table`.

    Returns
    -------
    BrierParts
        Score, parts, skill.

    Raises
    ------
    ValueError
        Rows or bins are impossible.

    Examples
    --------
    The base rate is reliable and says nothing:

    >>> parts = brier_parts([0, 0, 0, 1], [0.25] * 4)
    >>> parts.reliability, parts.resolution, parts.skill
    (0.0, 0.0, 0.0)
    """
    rows = check_rows(outcome, forecast, weights, kind="probability")
    share = rows.weights / rows.weights.sum()
    table = reliability_table(outcome, forecast, weights, bins=bins)
    weight = table["weight"].to_numpy() / rows.weights.sum()
    told, seen = table["forecast"].to_numpy(), table["observed"].to_numpy()
    base = float(share @ rows.outcome)
    score = float(share @ (rows.forecast - rows.outcome) ** 2)
    reliability = float(weight @ (told - seen) ** 2)
    resolution = float(weight @ (seen - base) ** 2)
    uncertainty = base * (1 - base)
    at = _bins(rows, bins)
    at = np.unique(at, return_inverse=True)[1]
    away = rows.forecast - told[at]
    within = float(share @ (away**2 - 2 * away * (rows.outcome - seen[at])))
    skill = float(divide(uncertainty - score, uncertainty))
    return BrierParts(score, reliability, resolution, uncertainty, within, skill)


def reliability_table(
    outcome: ArrayLike,
    forecast: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    bins: int | ArrayLike = 10,
    level: float = 0.95,
) -> pd.DataFrame:
    """Return how often it happened where so much was forecast.

    Parameters
    ----------
    outcome, forecast, weights
        As for :func:`brier_score`.
    bins
        Edges of the bins, ascending, from 0 or below to 1 or above; or how many bins, each with
        the same expected number of events (for rare events, bins of equal width are all but one
        empty).
    level
        Level of the interval.

    Returns
    -------
    pandas.DataFrame
        One line for each bin that is not empty: mean ``forecast``, ``observed`` frequency, its
        interval ``low`` and ``high`` (Jeffreys, on the effective number of rows; rows of one
        sequence are not independent, so it is too narrow), ``rows``, ``weight``, ``expected`` and
        ``events``.

    Raises
    ------
    ValueError
        Rows, bins or level are impossible.

    Examples
    --------
    >>> table = reliability_table([0, 1, 1, 1], [0.2, 0.4, 0.8, 1.0], bins=[0, 0.5, 1])
    >>> table[["forecast", "observed"]].to_numpy().round(3).tolist()
    [[0.3, 0.5], [0.9, 1.0]]
    """
    rows = check_rows(outcome, forecast, weights, kind="probability")
    if not 0 < level < 1:
        raise ValueError(f"The level is {level}; it lies between 0 and 1.")
    at = np.unique(_bins(rows, bins), return_inverse=True)[1]
    number = np.bincount(at)
    weight = np.bincount(at, rows.weights)
    squares = np.bincount(at, rows.weights**2)
    expected = np.bincount(at, rows.weights * rows.forecast)
    events = np.bincount(at, rows.weights * rows.outcome)
    kept = weight > 0
    if not kept.all():
        raise ValueError("A bin has rows of weight 0 only; leave them out.")
    return frequencies(number, weight, squares, expected, events, level)


def frequencies(
    rows: Any,
    weight: Any,
    squares: Any,
    expected: Any,
    events: Any,
    level: float = 0.95,
) -> pd.DataFrame:
    """Return the table of :func:`reliability_table` from the sums of each bin.

    Parameters
    ----------
    rows
        Numbers of rows (bin,).
    weight, squares
        Sums of weights and of their squares (bin,).
    expected, events
        Weighted sums of forecasts and of outcomes (bin,).
    level
        Level of the interval.

    Returns
    -------
    pandas.DataFrame
        One line for each bin.

    Examples
    --------
    >>> one = np.ones(1)
    >>> frequencies([4], 4 * one, 4 * one, 2 * one, 2 * one)[["forecast", "observed"]].to_numpy()
    array([[0.5, 0.5]])
    """
    observed = np.clip(events / weight, 0, 1)
    effective = weight**2 / squares
    yes, no = observed * effective + 0.5, (1 - observed) * effective + 0.5
    tail = (1 - level) / 2
    low = np.where(events > 0, scipy.stats.beta.ppf(tail, yes, no), 0.0)
    high = np.where(observed < 1, scipy.stats.beta.ppf(1 - tail, yes, no), 1.0)
    return pd.DataFrame(
        {
            "forecast": expected / weight,
            "observed": observed,
            "low": low,
            "high": high,
            "rows": rows,
            "weight": weight,
            "expected": expected,
            "events": events,
        }
    )


def correct_prior(forecast: ArrayLike, kept: float) -> NDArray[np.float64]:
    """Return probabilities for all rows from those learnt on a sample of the negatives.

    A model that learnt from all positives and a share of the negatives, unweighted, forecasts too
    much: its odds are ``1 / kept`` times too high (King and Zeng 2001,
    doi:10.1093/oxfordjournals.pan.a004868; Elkan 2001). The order does not change. A model that
    learnt with the weight ``1 / kept`` on the negatives needs no correction.

    Parameters
    ----------
    forecast
        Probabilities (row,) in the sample.
    kept
        Share of the negatives that the sample kept.

    Returns
    -------
    numpy.ndarray
        Probabilities (row,).

    Raises
    ------
    ValueError
        A probability or the share is impossible.

    Examples
    --------
    In a sample with 1 in 1000 of the negatives, even odds are odds of 1 to 1000:

    >>> correct_prior([0.0, 0.5, 1.0], 0.001).round(6).tolist()
    [0.0, 0.000999, 1.0]
    """
    told = np.asarray(forecast, dtype=np.float64)
    if not ((told >= 0) & (told <= 1)).all():
        raise ValueError("A forecast is missing or no probability from 0 to 1.")
    if not 0 < kept <= 1:
        raise ValueError(f"The share of negatives kept is {kept}; it is above 0 and at most 1.")
    return np.asarray(kept * told / (kept * told + (1 - told)))


def tally_brier(rows: Rows, skill: bool) -> Tally:
    """Return the Brier score, or its skill over the base rate, as a tally."""

    def finish(sums: Values) -> Values:
        squares, positives, weight = sums
        score, base = divide(squares, weight), divide(positives, weight)
        return 1 - divide(score, base * (1 - base)) if skill else score

    squares = rows.weights * (rows.forecast - rows.outcome) ** 2
    return tally_sums(rows, [squares, rows.weights * rows.outcome, rows.weights], finish)


def _bins(rows: Rows, bins: int | ArrayLike) -> NDArray[np.intp]:
    """Return the bin of every row; equal forecasts are in one bin."""
    if isinstance(bins, (int, np.integer)):
        if bins < 1:
            raise ValueError(f"There are {bins} bins; give 1 or more, or edges.")
        order = np.argsort(rows.forecast, kind="stable")
        ranked = rows.forecast[order]
        expected = np.cumsum(rows.weights[order] * ranked)
        wanted = np.linspace(0, expected[-1], int(bins) + 1)[1:-1]
        cuts = ranked[np.minimum(np.searchsorted(expected, wanted), ranked.size - 1)]
        return np.asarray(np.searchsorted(np.unique(cuts), rows.forecast, side="left"))
    edges = np.asarray(bins, dtype=np.float64)
    if edges.ndim != 1 or edges.size < 2 or not (np.diff(edges) > 0).all():
        raise ValueError("The edges of the bins must ascend, two or more.")
    if edges[0] > rows.forecast.min() or edges[-1] < rows.forecast.max():
        raise ValueError(
            f"The bins go from {edges[0]:g} to {edges[-1]:g}, the forecasts from "
            f"{rows.forecast.min():g} to {rows.forecast.max():g}."
        )
    return np.asarray(
        np.clip(np.searchsorted(edges, rows.forecast, "right") - 1, 0, edges.size - 2)
    )
