"""Scores of the order of forecasts: average precision, ROC, Molchan diagram."""

from __future__ import annotations

import numpy as np
import pandas as pd
import scipy.sparse
import scipy.special
from numpy.typing import ArrayLike, NDArray

from analysis.learning.checks import Rows, Tally, Values, check_rows, divide
from analysis.learning.corners import corners


def average_precision(
    outcome: ArrayLike, forecast: ArrayLike, weights: ArrayLike | None = None
) -> float:
    """Return the mean precision over the positives, from the highest forecast down.

    For rare events it says more than ROC-AUC: one forecast for all has the base rate, not 0.5
    (Davis and Goadrich 2006, doi:10.1145/1143844.1143874), and a ranking at random a little more
    (:func:`chance_precision`). Equal forecasts are one step.

    Parameters
    ----------
    outcome
        0 or 1 (row,).
    forecast
        Anything that ranks (row,).
    weights
        Weights (row,).

    Returns
    -------
    float
        0 to 1; NaN without positives.

    Raises
    ------
    ValueError
        Rows are impossible: :func:`~analysis.learning.checks.check_rows`.

    Examples
    --------
    One forecast for all has the base rate:

    >>> average_precision([0, 0, 1, 0], [0.3, 0.3, 0.3, 0.3])
    0.25
    """
    return tally_precision(check_rows(outcome, forecast, weights)).value()


def chance_precision(rows: int, positives: int) -> float:
    """Return the average precision of a ranking at random, on average.

    ``((p - 1) / (n - 1) (n - h) + h) / n`` with n rows, p positives and h the sum of 1 / k for k
    from 1 to n (Bestgen 2015, doi:10.1515/pralin-2015-0007): it is above the base rate, by much
    where positives are few.

    Parameters
    ----------
    rows, positives
        How many; rows of equal weight, whose forecasts all differ.

    Returns
    -------
    float
        0 to 1; NaN without positives.

    Raises
    ------
    ValueError
        There are no rows, or more positives than rows.

    Examples
    --------
    Of two rows, one of them positive, it is first in half of the rankings:

    >>> chance_precision(2, 1), round(chance_precision(5_000_000, 2000) * 2500, 2)
    (0.75, 1.01)
    """
    if rows < 1 or not 0 <= positives <= rows:
        raise ValueError(f"There are {positives} positives in {rows} rows: impossible.")
    if not positives or rows == 1:
        return float("nan") if not positives else 1.0
    waits = float(scipy.special.digamma(rows + 1) + np.euler_gamma)
    return ((positives - 1) / (rows - 1) * (rows - waits) + waits) / rows


def roc_auc(outcome: ArrayLike, forecast: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Return the chance that a positive is forecast higher than a negative (ties count half).

    Parameters
    ----------
    outcome, forecast, weights
        As for :func:`average_precision`.

    Returns
    -------
    float
        0 to 1, 0.5 without skill; NaN with one class only. Easy negatives raise it without skill.

    Raises
    ------
    ValueError
        Rows are impossible.

    Examples
    --------
    >>> roc_auc([0, 1, 0, 1], [0.1, 0.2, 0.2, 0.9])
    0.875
    """
    return tally_auc(check_rows(outcome, forecast, weights)).value()


def area_skill(
    events: ArrayLike,
    forecast: ArrayLike,
    measure: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> float:
    """Return the area skill score: the area above the Molchan trajectory.

    Zechar and Jordan 2008 (doi:10.1111/j.1365-246X.2007.03676.x). With the area of the cells as
    measure it asks for skill over a uniform globe, with the rates of a reference forecast for
    skill over that reference. Rows are alarmed in the order of `forecast`: where cells are of
    unequal area, rates per cell rank large cells first, rates per area do not.

    Parameters
    ----------
    events
        Numbers of events (row,).
    forecast
        Anything that ranks (row,).
    measure
        What an alarm in the row costs (row,): areas, or a reference's rates; None for 1 each.
    weights
        Weights (row,) of a sample.

    Returns
    -------
    float
        0 to 1, 0.5 without skill; NaN without events.

    Raises
    ------
    ValueError
        Rows are impossible, or the measure is negative, missing or nothing.

    Examples
    --------
    A reference has no skill over itself:

    >>> rates = np.array([0.1, 0.2, 0.7])
    >>> round(area_skill([1, 2, 7], rates, measure=rates), 12)
    0.5
    """
    rows = check_rows(events, forecast, weights, counts=True)
    return tally_area_skill(rows, measure).value()


def molchan_diagram(
    events: ArrayLike,
    forecast: ArrayLike,
    measure: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> pd.DataFrame:
    """Return the Molchan diagram: share of events missed against share of the measure alarmed.

    Molchan 1991 (Tectonophysics 193, 267-276). Alarms are the rows with the highest forecasts.

    Parameters
    ----------
    events, forecast, measure, weights
        As for :func:`area_skill`.

    Returns
    -------
    pandas.DataFrame
        ``threshold``, ``alarm`` (share of the measure) and ``miss`` (share of the events), from no
        alarm to all: two lines at each forecast that an event had, with the rows above it alarmed,
        and with it. Trapezoids over them are the area skill.

    Raises
    ------
    ValueError
        As for :func:`area_skill`, or there are no events.

    Examples
    --------
    >>> table = molchan_diagram([1, 0, 0, 1], [0.9, 0.1, 0.5, 0.2])
    >>> table["miss"].tolist(), table["alarm"].tolist()
    ([1.0, 0.5, 0.5, 0.0, 0.0], [0.0, 0.25, 0.5, 0.75, 1.0])
    """
    rows = check_rows(events, forecast, weights, counts=True)
    if not rows.outcome @ rows.weights:
        raise ValueError("There are no events, so there is nothing to miss.")
    cost = _measure(rows, measure)
    levels, table = _levels(rows, rows.weights * rows.outcome, cost)
    sums = np.asarray(table.sum(axis=1), np.float64)
    low, high = sums[: 2 * levels.size + 1], sums[2 * levels.size + 1 :]
    threshold, alarm, met = corners(levels[::-1], np.cumsum(low[::-1]), np.cumsum(high[::-1]))
    return pd.DataFrame(
        {
            "threshold": threshold,
            "alarm": alarm / alarm[-1],
            "miss": np.maximum(1 - met / met[-1], 0),
        }
    )


def curves(
    outcome: ArrayLike, forecast: ArrayLike, weights: ArrayLike | None = None
) -> pd.DataFrame:
    """Return what ROC and precision-recall curves are drawn from.

    Parameters
    ----------
    outcome, forecast, weights
        As for :func:`average_precision`.

    Returns
    -------
    pandas.DataFrame
        ``threshold`` (descending, the forecasts that positives had), ``recall``, ``precision`` and
        ``false_positive_rate`` (NaN without negatives) of "alarm if forecast >= threshold".

    Raises
    ------
    ValueError
        Rows are impossible, or there are no positives.

    Examples
    --------
    >>> curves([0, 1, 0, 1], [0.1, 0.2, 0.2, 0.9])[["recall", "precision"]].to_numpy().round(3)
    array([[0.5  , 1.   ],
           [1.   , 0.667]])
    """
    rows = check_rows(outcome, forecast, weights)
    if not rows.outcome @ rows.weights:
        raise ValueError("There are no positives, so there are no curves.")
    levels, table = _levels(rows, rows.weights * rows.outcome, _negatives(rows))
    sums = np.asarray(table.sum(axis=1), np.float64)
    low, high = sums[: 2 * levels.size + 1], sums[2 * levels.size + 1 :]
    false, true = np.cumsum(low[::-1])[1::2], np.cumsum(high[::-1])
    return pd.DataFrame(
        {
            "threshold": levels[::-1],
            "recall": true / true[-1],
            "precision": true / (true + false),
            "false_positive_rate": divide(false, low.sum()),
        }
    )


def tally_precision(rows: Rows) -> Tally:
    """Return average precision as a tally."""
    levels, table = _levels(rows, rows.weights * rows.outcome, _negatives(rows))

    def finish(sums: Values) -> Values:
        return mean_precision(sums[: 2 * levels.size + 1], sums[2 * levels.size + 1 :])

    return Tally(table, finish)


def mean_precision(low: Values, high: Values) -> Values:
    """Return average precision from sums of negatives and of positives.

    Parameters
    ----------
    low
        Negatives (2 n + 1, sample) below, at and between the n forecasts that positives had.
    high
        Positives (n, sample) at these.

    Returns
    -------
    numpy.ndarray
        Scores (sample,); NaN without positives.

    Examples
    --------
    A negative at the only forecast of a positive, and one below:

    >>> mean_precision(np.array([[1.0], [1.0], [0.0]]), np.array([[1.0]])).tolist()
    [0.5]
    """
    true = np.cumsum(high[::-1], axis=0)[::-1]
    false = np.cumsum(low[::-1], axis=0)[::-1][1::2]
    precision = np.divide(true, true + false, out=np.zeros_like(true), where=true > 0)
    return divide((high * precision).sum(axis=0), high.sum(axis=0))


def share_below(low: Values, high: Values) -> Values:
    """Return the chance that a positive's forecast is above that of the cost; equal ones half.

    Parameters
    ----------
    low, high
        As for :func:`mean_precision`; `low` may hold any cost, such as areas.

    Returns
    -------
    numpy.ndarray
        Scores (sample,); NaN without positives or cost.

    Examples
    --------
    >>> share_below(np.array([[1.0], [1.0], [0.0]]), np.array([[1.0]])).tolist()
    [0.75]
    """
    below = np.cumsum(low, axis=0)[1::2] - low[1::2] / 2
    return divide((high * below).sum(axis=0), high.sum(axis=0) * low.sum(axis=0))


def tally_auc(rows: Rows) -> Tally:
    """Return ROC-AUC as a tally."""
    return _tally_order(rows, _negatives(rows))


def tally_area_skill(rows: Rows, measure: ArrayLike | None = None) -> Tally:
    """Return the area skill score as a tally."""
    return _tally_order(rows, _measure(rows, measure))


def _tally_order(rows: Rows, cost: Values) -> Tally:
    """Return the chance that an event's forecast is above that of the cost, as a tally."""
    levels, table = _levels(rows, rows.weights * rows.outcome, cost)

    def finish(sums: Values) -> Values:
        return share_below(sums[: 2 * levels.size + 1], sums[2 * levels.size + 1 :])

    return Tally(table, finish)


def _levels(rows: Rows, high: Values, low: Values) -> tuple[Values, scipy.sparse.csr_array]:
    """Return the forecasts that events had, and sums of both kinds between and at them.

    Scores of order change only where an event stands: 2 n + 1 bins (below the first such forecast,
    at it, between it and the next, ...) hold all that a score needs of millions of rows.
    """
    here = high > 0
    levels = np.unique(rows.forecast[here])
    at = np.searchsorted(levels, rows.forecast)
    same = np.zeros(at.shape, bool)
    known = at < levels.size
    same[known] = levels[at[known]] == rows.forecast[known]
    one = scipy.sparse.coo_array(
        (low, (2 * at + same, rows.window)), shape=(2 * levels.size + 1, rows.windows)
    )
    other = scipy.sparse.coo_array(
        (high[here], (at[here], rows.window[here])), shape=(levels.size, rows.windows)
    )
    return levels, scipy.sparse.csr_array(scipy.sparse.vstack([one, other]))


def _negatives(rows: Rows) -> Values:
    return np.asarray(rows.weights * (1 - rows.outcome))


def _measure(rows: Rows, measure: ArrayLike | None) -> NDArray[np.float64]:
    """Return the weighted measure of every row."""
    if measure is None:
        return rows.weights
    cost = np.asarray(measure, dtype=np.float64).ravel()
    if cost.shape != rows.outcome.shape:
        raise ValueError(f"The measure has {cost.size} rows, the forecast {rows.outcome.size}.")
    if not (np.isfinite(cost) & (cost >= 0)).all() or not (cost * rows.weights).any():
        raise ValueError("The measure is missing, infinite or negative somewhere, or 0 everywhere.")
    return np.asarray(cost * rows.weights)
