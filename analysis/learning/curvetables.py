"""Tables that the drawings of a forecast's quality are made from."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.learning.calibration import frequencies
from analysis.learning.checks import Values, divide
from analysis.learning.grid import Grid

_BITS: Final = 11  # of a float32 that a bin leaves out: 2048 of its steps


def curve_tables(sums: Any) -> dict[str, pd.DataFrame]:
    """Return ROC, precision-recall and Molchan tables, from no alarm to all.

    Parameters
    ----------
    sums
        Sums of a forecast: `levels`, `high`, `events`, `low`.

    Returns
    -------
    dict
        "roc", "precision_recall" and "molchan".
    """
    levels = sums.levels[::-1].astype(np.float64)
    true = np.cumsum(np.asarray(sums.high.sum(axis=1), np.float64)[::-1])
    total = true[-1] if true.size else 0.0

    def above(name: str) -> tuple[Values, float]:
        low = np.asarray(sums.low[name].sum(axis=1), np.float64)
        return np.cumsum(low[::-1])[1::2], float(low.sum())

    false, negatives = above("negatives")
    recall, precision = divide(true, total), divide(true, true + false)
    ends = np.concatenate([[np.inf], levels, [-np.inf]])
    last = [1.0 if total else np.nan]
    roc = {
        "threshold": ends,
        "false_positive_rate": np.concatenate([[0.0], divide(false, negatives), [1.0]]),
        "recall": np.concatenate([[0.0], recall, last]),
    }
    molchan = {"threshold": ends}
    for name, cost in (("alarm", "area"), ("alarm_smoothed", "smoothed")):
        if cost in sums.low:
            alarm, most = above(cost)
            molchan[name] = np.concatenate([[0.0], divide(alarm, most), [1.0]])
    met = np.cumsum(np.asarray(sums.events.sum(axis=1), np.float64)[::-1])
    met = divide(met, met[-1] if met.size else 0.0)
    molchan["miss"] = np.concatenate([[1.0], np.maximum(1 - met, 0), [1 - last[0]]])
    both = {"threshold": levels, "recall": recall, "precision": precision}
    return {
        "roc": pd.DataFrame(roc),
        "precision_recall": pd.DataFrame(both),
        "molchan": pd.DataFrame(molchan),
    }


def reliability(grid: Grid, told: NDArray[np.float32], bins: int = 10) -> pd.DataFrame:
    """Return forecasts and frequencies in bins of about equal expected numbers of events.

    Edges lie between forecasts that differ in the first 12 bits of their mantissa, so no sorting
    of millions of rows is needed; what is in the bins is exact.

    Parameters
    ----------
    grid
        Rows.
    told
        Probabilities (row,).
    bins
        How many bins.

    Returns
    -------
    pandas.DataFrame
        As :func:`~analysis.learning.calibration.reliability_table` gives it.
    """
    fine = (told.view(np.uint32) >> _BITS).astype(np.int64)
    fine -= fine.min()
    heavy = grid.weights
    number = np.bincount(fine)
    weight = number.astype(np.float64) if heavy is None else np.bincount(fine, heavy)
    squares = weight if heavy is None else np.bincount(fine, heavy**2)
    expected = np.bincount(fine, told if heavy is None else heavy * told)
    here = grid.positives
    events = np.bincount(fine[here], None if heavy is None else heavy[here], number.size)
    level = np.cumsum(expected)
    cut = np.searchsorted(level, np.linspace(0, level[-1], bins + 1)[1:-1])
    coarse = np.searchsorted(np.unique(cut), np.arange(number.size), side="left")
    sums = [np.bincount(coarse, one) for one in (number, weight, squares, expected, events)]
    kept = sums[1] > 0
    rows, weight, squares, expected, events = (one[kept] for one in sums)
    return frequencies(rows.astype(np.int64), weight, squares, expected, events)
