"""Rows of forecasts and outcomes that scores may rely on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import scipy.sparse
from numpy.typing import ArrayLike, NDArray

Values = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Rows:
    """Outcomes, forecasts, weights and windows, each (row,); windows are numbers from 0."""

    outcome: Values
    forecast: Values
    weights: Values
    window: NDArray[np.intp]
    windows: int


@dataclass(frozen=True, eq=False)
class Tally:
    """A score in two steps: sums of each window, then the score of added sums.

    Every score here depends on its rows through sums alone, so windows can be drawn again and
    again without a second look at the rows, to the same result.

    Attributes
    ----------
    table
        Sums (sum, window), sparse.
    finish
        Turns sums (sum, sample) into scores (sample,); NaN where a score is undefined.
    """

    table: scipy.sparse.csr_array
    finish: Callable[[Values], Values]

    def value(self) -> float:
        """Return the score of all windows together."""
        return float(self.finish(np.asarray(self.table.sum(axis=1), np.float64).reshape(-1, 1))[0])


def check_rows(
    outcome: ArrayLike,
    forecast: ArrayLike,
    weights: ArrayLike | None = None,
    windows: ArrayLike | None = None,
    *,
    kind: Literal["any", "probability", "rate"] = "any",
    counts: bool = False,
) -> Rows:
    """Return rows that have been checked.

    Parameters
    ----------
    outcome
        0 or 1 (row,), or with `counts` numbers of events.
    forecast
        Forecasts (row,): anything that ranks, probabilities, or expected numbers.
    weights
        Weights (row,): 1 / share kept for rows of a sample; None for 1 each.
    windows
        Window of each row, of any type; None for one window.
    kind
        What a forecast must be.
    counts
        The outcomes are counts.

    Returns
    -------
    Rows
        Flat arrays; arrays of (time, cell) are flattened.

    Raises
    ------
    ValueError
        Shapes differ, there are no rows, or values are missing or impossible.

    Examples
    --------
    >>> rows = check_rows([[0, 1], [0, 0]], [[0.1, 0.4], [0.2, 0.0]], windows=[[7, 7], [9, 9]])
    >>> rows.window.tolist(), rows.windows
    ([0, 0, 1, 1], 2)
    """
    seen, told = np.asarray(outcome, dtype=np.float64), np.asarray(forecast, dtype=np.float64)
    heavy = np.ones(seen.shape) if weights is None else np.asarray(weights, dtype=np.float64)
    which = np.zeros(seen.shape, np.intp) if windows is None else np.asarray(windows)
    shapes = [one.shape for one in (seen, told, heavy, which)]
    if len(set(shapes)) != 1 or not seen.size:
        raise ValueError(
            "Outcomes, forecasts, weights and windows must have one shape with at least one row; "
            f"they have {shapes}."
        )
    if missing := int(np.isnan(told).sum()):
        raise ValueError(
            f"{missing} of {told.size} forecasts are missing. A score of the others would be of "
            "other rows than those of other models: leave these rows out for all, or forecast them."
        )
    _check_outcome(seen, counts)
    if kind != "any" and not (told >= 0).all():
        raise ValueError(f"A forecast is {told.min():g}; a {kind} is not negative.")
    if kind == "probability" and not (told <= 1).all():
        raise ValueError(f"A forecast is {told.max():g}; a probability is at most 1.")
    if kind == "rate" and not np.isfinite(told).all():
        raise ValueError("A forecast is infinite; a rate is finite.")
    if not (np.isfinite(heavy) & (heavy >= 0)).all() or not heavy.any():
        raise ValueError("A weight is missing, infinite or negative, or all are 0.")
    names, window = np.unique(which.ravel(), return_inverse=True)
    return Rows(seen.ravel(), told.ravel(), heavy.ravel(), window, names.size)


def tally_sums(rows: Rows, sums: list[Values], finish: Callable[[Values], Values]) -> Tally:
    """Return a tally of plain sums of rows.

    Parameters
    ----------
    rows
        Rows.
    sums
        What is summed, each (row,); weights belong in it.
    finish
        As in :class:`Tally`.

    Returns
    -------
    Tally
        The score.
    """
    table = [np.bincount(rows.window, one, rows.windows) for one in sums]
    return Tally(scipy.sparse.csr_array(np.array(table)), finish)


def divide(above: Any, below: Any) -> Values:
    """Return a quotient, NaN where the divisor is 0.

    Parameters
    ----------
    above, below
        Numbers of one shape.

    Returns
    -------
    numpy.ndarray
        Quotients.

    Examples
    --------
    >>> divide([1.0, 1.0], [2.0, 0.0]).tolist()
    [0.5, nan]
    """
    above, below = np.broadcast_arrays(np.asarray(above, float), np.asarray(below, float))
    return np.divide(above, below, out=np.full(above.shape, np.nan), where=below != 0)


def _check_outcome(seen: Values, counts: bool) -> None:
    if not np.isfinite(seen).all() or (seen < 0).any():
        raise ValueError("An outcome is missing, infinite or negative; leave these rows out.")
    if not counts and (seen > 1).any():
        raise ValueError(f"An outcome is {seen.max():g}; this score takes 0 and 1 (more than 0).")
    if (seen != np.floor(seen)).any():
        raise ValueError("An outcome is no whole number.")
