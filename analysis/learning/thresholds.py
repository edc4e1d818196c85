"""Scores of alarms: what a threshold makes of forecasts."""

from __future__ import annotations

from dataclasses import dataclass

from numpy.typing import ArrayLike

from analysis.learning.checks import Rows, Tally, Values, check_rows, divide, tally_sums


@dataclass(frozen=True)
class Confusion:
    """Weighted numbers of alarms and outcomes, and what follows from them.

    Examples
    --------
    Saying no always is very accurate where events are rare:

    >>> never = Confusion(hits=0, false_alarms=0, misses=4, quiet=9996)
    >>> never.accuracy, never.always_no, never.recall
    (0.9996, 0.9996, 0.0)
    """

    hits: float
    false_alarms: float
    misses: float
    quiet: float

    @property
    def precision(self) -> float:
        """Share of the alarms that were right; NaN without alarms."""
        return float(divide(self.hits, self.hits + self.false_alarms))

    @property
    def recall(self) -> float:
        """Share of the positives with an alarm; NaN without positives."""
        return float(divide(self.hits, self.hits + self.misses))

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; NaN without alarms and positives."""
        return float(divide(2 * self.hits, 2 * self.hits + self.false_alarms + self.misses))

    @property
    def accuracy(self) -> float:
        """Share of the rows that were right; read it beside `always_no`."""
        return float(divide(self.hits + self.quiet, self.rows))

    @property
    def always_no(self) -> float:
        """Accuracy of never giving an alarm."""
        return float(divide(self.false_alarms + self.quiet, self.rows))

    @property
    def alarmed(self) -> float:
        """Share of the rows with an alarm."""
        return float(divide(self.hits + self.false_alarms, self.rows))

    @property
    def rows(self) -> float:
        """Weight of all rows."""
        return self.hits + self.false_alarms + self.misses + self.quiet


def confusion(
    outcome: ArrayLike,
    forecast: ArrayLike,
    threshold: float,
    weights: ArrayLike | None = None,
) -> Confusion:
    """Return how many alarms were right, with an alarm where the forecast is the threshold or more.

    Parameters
    ----------
    outcome
        0 or 1 (row,).
    forecast
        Forecasts (row,).
    threshold
        Least forecast with an alarm.
    weights
        Weights (row,).

    Returns
    -------
    Confusion
        Weighted numbers.

    Raises
    ------
    ValueError
        Rows are impossible.

    Examples
    --------
    >>> confusion([1, 0, 1, 0], [0.9, 0.8, 0.2, 0.1], 0.5)
    Confusion(hits=1.0, false_alarms=1.0, misses=1.0, quiet=1.0)
    """
    rows = check_rows(outcome, forecast, weights)
    return Confusion(*(float(one.sum()) for one in _four(rows, threshold)))


def tally_threshold(rows: Rows, threshold: float, name: str) -> Tally:
    """Return precision, recall, f1 or accuracy at a threshold as a tally."""

    def finish(sums: Values) -> Values:
        hits, false, misses, quiet = sums
        parts = {
            "precision": (hits, hits + false),
            "recall": (hits, hits + misses),
            "f1": (2 * hits, 2 * hits + false + misses),
            "accuracy": (hits + quiet, hits + false + misses + quiet),
        }
        return divide(*parts[name])

    return tally_sums(rows, _four(rows, threshold), finish)


def _four(rows: Rows, threshold: float) -> list[Values]:
    alarm, happened = rows.forecast >= threshold, rows.outcome > 0
    pairs = [(alarm, happened), (alarm, ~happened), (~alarm, happened), (~alarm, ~happened)]
    return [rows.weights * (one & other) for one, other in pairs]
