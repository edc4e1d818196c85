"""Tables that the drawings of a forecast's quality are made from."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.learning.calibration import frequencies
from analysis.learning.checks import divide
from analysis.learning.corners import corners
from analysis.learning.grid import Grid

_BITS: Final = 11  # of a float32 that a bin leaves out: 2048 of its steps


def curve_tables(sums: Any) -> dict[str, pd.DataFrame]:
    """Return ROC, precision-recall and Molchan tables, from no alarm to all.

    Trapezoids over the points of the first and the last are the ROC-AUC and the area skill.

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
    met = np.cumsum(np.asarray(sums.events.sum(axis=1), np.float64)[::-1])
    low = {
        name: np.cumsum(np.asarray(one.sum(axis=1), np.float64)[::-1])
        for name, one in sums.low.items()
    }
    threshold, false, hit = corners(levels, low["negatives"], true)
    roc = {
        "threshold": threshold,
        "false_positive_rate": divide(false, false[-1]),
        "recall": divide(hit, hit[-1]),
    }
    roc["false_positive_rate"][-1] = 1.0
    alarmed, cost, hit = corners(levels, low["area"], met)
    molchan = {"threshold": alarmed, "alarm": divide(cost, cost[-1])}
    if "smoothed" in low:
        # at the thresholds of the area: both measures stand in one table
        at = np.searchsorted(-levels, -alarmed[1:-1], side="left")
        here = levels[np.minimum(at, levels.size - 1)] == alarmed[1:-1]
        share = divide(low["smoothed"][2 * at + here], low["smoothed"][-1])
        molchan["alarm_smoothed"] = np.concatenate([[0.0], share, [1.0]])
    molchan["miss"] = np.maximum(1 - divide(hit, hit[-1]), 0)
    both = {
        "threshold": levels,
        "recall": divide(true, true[-1] if true.size else 0.0),
        "precision": divide(true, true + low["negatives"][1::2]),
    }
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
