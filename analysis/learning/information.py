"""What a forecast of rates knows beyond another: information gain per event, T and W tests."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.stats
from numpy.typing import ArrayLike

from analysis.learning.checks import Rows, Tally, Values, check_rows, divide, tally_sums


@dataclass(frozen=True)
class GainTest:
    """Gain per event with its interval, and how surprising it were without any.

    Attributes
    ----------
    gain, low, high
        Information gain per event and its interval, nats.
    t, p
        Statistic of Student's t and its two-sided p.
    p_signed_rank
        Two-sided p of the W test, of the median instead of the mean; NaN where all are equal.
    events
        Number of events.
    """

    gain: float
    low: float
    high: float
    t: float
    p: float
    p_signed_rank: float
    events: int


def information_gain(
    events: ArrayLike,
    forecast: ArrayLike,
    reference: ArrayLike,
    weights: ArrayLike | None = None,
) -> float:
    """Return the information gain per event over a reference, for Poisson rates.

    ``(sum(n ln(rate / reference)) - sum(rate - reference)) / sum(n)`` (Rhoades et al. 2011,
    doi:10.2478/s11600-011-0013-5): the difference of the log-likelihoods per event. Its exponential
    is the probability gain.

    Parameters
    ----------
    events
        Numbers of events (row,).
    forecast, reference
        Expected numbers (row,).
    weights
        Weights (row,) of a sample.

    Returns
    -------
    float
        Nats per event; minus infinity where an event fell on a rate of 0; NaN without events.

    Raises
    ------
    ValueError
        Rows are impossible, or an event fell where the reference is 0.

    Examples
    --------
    Twice the rate where the event was, none where it was not, is a gain of ln 2:

    >>> round(information_gain([1, 0], [1.0, 0.0], [0.5, 0.5]), 6)
    0.693147
    """
    rows = check_rows(events, forecast, weights, kind="rate", counts=True)
    return tally_gain(rows, reference).value()


def gain_test(
    events: ArrayLike, forecast: ArrayLike, reference: ArrayLike, *, level: float = 0.95
) -> GainTest:
    """Return the paired T test of the gain per event, and the W test beside it.

    Rhoades et al. 2011 (doi:10.2478/s11600-011-0013-5). It takes the events for independent; in
    sequences they are not, so read the bootstrap by windows too.

    Parameters
    ----------
    events, forecast, reference
        As for :func:`information_gain`, in any shape, without weights.
    level
        Level of the interval.

    Returns
    -------
    GainTest
        Gain, interval, p.

    Raises
    ------
    ValueError
        Rows are impossible, a rate where an event fell is 0, or there are fewer than two events.

    Examples
    --------
    Against itself nothing is gained:

    >>> rates = np.array([0.2, 0.8, 1.0])
    >>> test = gain_test([1, 1, 0], rates, rates)
    >>> test.gain, test.low, test.high
    (0.0, 0.0, 0.0)
    """
    rows = check_rows(events, forecast, kind="rate", counts=True)
    other = _reference(rows, reference)
    number = rows.outcome.astype(int)
    told, base = np.repeat(rows.forecast, number), np.repeat(other, number)
    if told.size < 2:
        raise ValueError(f"There are {told.size} events; the test needs two or more.")
    if (told == 0).any():
        raise ValueError("An event fell where the forecast is 0: the gain is minus infinity.")
    if not 0 < level < 1:
        raise ValueError(f"The level is {level}; it lies between 0 and 1.")
    each = np.log(told / base)
    shift = (rows.forecast.sum() - other.sum()) / told.size
    gain = float(each.mean() - shift)
    error = float(each.std(ddof=1) / np.sqrt(told.size))
    reach = float(scipy.stats.t.ppf(0.5 + level / 2, told.size - 1)) * error
    t = float(divide(gain, error))
    p = float(2 * scipy.stats.t.sf(abs(t), told.size - 1))
    ranks = each - shift
    signed = float(scipy.stats.wilcoxon(ranks).pvalue) if np.any(ranks != 0) else float("nan")
    return GainTest(gain, gain - reach, gain + reach, t, p, signed, told.size)


def tally_gain(rows: Rows, reference: ArrayLike) -> Tally:
    """Return information gain per event as a tally."""
    other = _reference(rows, reference)
    here = rows.outcome > 0
    logs = np.zeros(rows.outcome.shape)
    with np.errstate(divide="ignore"):  # an event on a rate of 0: minus infinity, as documented
        logs[here] = rows.outcome[here] * np.log(rows.forecast[here] / other[here])
    lost = np.isneginf(logs) & (rows.weights > 0)
    logs[np.isneginf(logs)] = 0.0

    def finish(sums: Values) -> Values:
        gained, more, number, never = sums
        return np.where(never > 0, -np.inf, divide(gained - more, number))

    weighted = [logs, rows.forecast - other, rows.outcome, lost.astype(np.float64)]
    return tally_sums(rows, [rows.weights * one for one in weighted], finish)


def _reference(rows: Rows, reference: ArrayLike) -> Values:
    other = np.asarray(reference, dtype=np.float64).ravel()
    if other.shape != rows.outcome.shape:
        raise ValueError(f"The reference has {other.size} rows, the forecast {rows.outcome.size}.")
    if not (np.isfinite(other) & (other >= 0)).all():
        raise ValueError("A rate of the reference is missing, infinite or negative.")
    if (other[rows.outcome > 0] == 0).any():
        raise ValueError(
            "An event fell where the reference is 0, so any gain over it is infinite; give the "
            "reference a floor."
        )
    return other
