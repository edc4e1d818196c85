"""All scores of one forecast from one look at millions of rows, and of every draw."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.learning.checks import Values, divide
from analysis.learning.curvetables import curve_tables, reliability
from analysis.learning.grid import Grid
from analysis.learning.ranking import mean_precision, share_below
from analysis.learning.sums import Sums, sums_of
from analysis.learning.thresholds import Confusion

NAMES: Final = (
    "average_precision",
    "area_skill",
    "area_skill_smoothed",
    "information_gain",
    "brier_score",
    "brier_skill",
    "precision",
    "recall",
    "f1",
    "roc_auc",
    "accuracy",
)
"""Scores in the order in which to read them."""
AT_THRESHOLD: Final = ("precision", "recall", "f1", "accuracy")
_CHUNK = 5_000_000  # sums drawn at a time


@dataclass(frozen=True, eq=False)
class Judged:
    """Scores of a forecast.

    Attributes
    ----------
    values
        Scores of the rows as they are.
    drawn
        Scores (draw,) of windows drawn again, in blocks.
    curves
        Tables "roc", "precision_recall", "molchan" and "reliability".
    mean
        Mean forecast, weighted.
    """

    values: dict[str, float]
    drawn: dict[str, Values]
    curves: dict[str, pd.DataFrame]
    mean: float


def judge(
    grid: Grid,
    forecast: NDArray[np.float32],
    threshold: float | None,
    draws: Values | None,
    *,
    curves: bool = True,
) -> Judged:
    """Return all scores of a forecast.

    They are those of :mod:`analysis.learning.scores`, to rounding, from shared sums.

    Parameters
    ----------
    grid
        Rows to judge by.
    forecast
        Probabilities (row,).
    threshold
        Least forecast with an alarm; None leaves out the scores that need it.
    draws
        Counts (window, draw) of :meth:`Grid.draws`; None for no draws.
    curves
        Whether the tables of curves are wanted.

    Returns
    -------
    Judged
        Scores.

    Raises
    ------
    ValueError
        A forecast is missing or no probability.
    """
    told = check_forecast(forecast, len(grid))
    sums = sums_of(grid, told)
    single = np.ones((grid.windows, 1))
    values = {name: float(one[0]) for name, one in _order(sums, single).items()}
    values |= {name: float(one[0]) for name, one in _plain(sums.rest, single).items()}
    drawn: dict[str, Values] = {}
    if draws is not None:
        drawn = _order(sums, draws) | _plain(sums.rest, draws)
    total = sums.rest["told"].sum(), sums.rest["weight"].sum()
    judged = Judged(values, drawn, {}, float(divide(*total)))
    if curves:
        judged.curves.update(curve_tables(sums) | {"reliability": reliability(grid, told)})
    return judged if threshold is None else with_threshold(judged, grid, told, threshold, draws)


def with_threshold(
    judged: Judged,
    grid: Grid,
    told: NDArray[np.float32],
    threshold: float,
    draws: Values | None,
) -> Judged:
    """Return the scores with precision, recall, F1 and accuracy at a threshold.

    Parameters
    ----------
    judged
        Scores.
    grid, draws
        As for :func:`judge`.
    told
        The forecast.
    threshold
        Least forecast with an alarm.

    Returns
    -------
    Judged
        A copy.
    """
    four = np.array(_four(grid, told, threshold))
    single = np.ones((grid.windows, 1))
    values = {name: float(one[0]) for name, one in _rates(four @ single).items()}
    drawn = {} if draws is None else _rates(four @ draws)
    return replace(judged, values=judged.values | values, drawn=judged.drawn | drawn)


def confusion_of(grid: Grid, told: NDArray[np.float32], threshold: float) -> Confusion:
    """Return the weighted numbers of alarms and outcomes at a threshold."""
    return Confusion(*(float(one.sum()) for one in _four(grid, told, threshold)))


def check_forecast(forecast: Any, rows: int) -> NDArray[np.float32]:
    """Return probabilities as float32, or say what is wrong with them.

    Parameters
    ----------
    forecast
        Probabilities (row,).
    rows
        How many there must be.

    Returns
    -------
    numpy.ndarray
        float32 (row,).

    Raises
    ------
    ValueError
        Number or values are impossible.
    """
    told = np.ascontiguousarray(np.asarray(forecast, dtype=np.float32).ravel())
    if told.size != rows:
        raise ValueError(f"There are {told.size} forecasts for {rows} rows.")
    if missing := int(np.isnan(told).sum()):
        raise ValueError(f"{missing} of {rows} forecasts are missing; forecast all rows.")
    if rows and not (told.min() >= 0 and told.max() <= 1):
        raise ValueError(
            f"Forecasts go from {told.min():g} to {told.max():g}; probabilities lie from 0 to 1."
        )
    return told


def _order(sums: Sums, draws: Values) -> dict[str, Values]:
    """Return the scores of order (draw,) of every draw of windows."""
    step = max(1, _CHUNK // (2 * sums.levels.size + 1))
    parts: dict[str, list[Values]] = {}
    for at in range(0, draws.shape[1], step):
        some = draws[:, at : at + step]
        high = np.asarray(sums.high @ some)
        events = high if sums.events is sums.high else np.asarray(sums.events @ some)
        low = np.asarray(sums.low["negatives"] @ some)
        found = {"average_precision": mean_precision(low, high), "roc_auc": share_below(low, high)}
        found["area_skill"] = share_below(np.asarray(sums.low["area"] @ some), events)
        if "smoothed" in sums.low:
            low = np.asarray(sums.low["smoothed"] @ some)
            found["area_skill_smoothed"] = share_below(low, events)
        else:
            found["area_skill_smoothed"] = np.full(some.shape[1], np.nan)
        for name, one in found.items():
            parts.setdefault(name, []).append(one)
    return {name: np.concatenate(some) for name, some in parts.items()}


def _plain(rest: dict[str, Values], draws: Values) -> dict[str, Values]:
    """Return the scores that are sums of rows (draw,)."""
    total = {name: one @ draws for name, one in rest.items()}
    score = divide(total["squares"], total["weight"])
    base = divide(total["positives"], total["weight"])
    gain = divide(total["logs"] - total["excess"], total["events"])
    gain = np.where(total["never"] > 0, -np.inf, gain)
    skill = 1 - divide(score, base * (1 - base))
    return {"brier_score": score, "brier_skill": skill, "information_gain": gain}


def _four(grid: Grid, told: NDArray[np.float32], threshold: float) -> list[Values]:
    """Return hits, false alarms, misses and quiet rows of each window (window,)."""
    alarm = told >= np.float32(threshold)
    alarmed, here = np.flatnonzero(alarm), grid.positives

    def by_window(rows: Any) -> Values:
        heavy = None if grid.weights is None else grid.weights[rows]
        return np.bincount(grid.window[rows], heavy, grid.windows).astype(np.float64)

    hits, positives = by_window(here[alarm[here]]), grid.positive_weight
    false = by_window(alarmed[grid.outcome[alarmed] == 0])
    return [hits, false, positives - hits, grid.total_weight - positives - false]


def _rates(four: Values) -> dict[str, Values]:
    hits, false, misses, quiet = four
    return {
        "precision": divide(hits, hits + false),
        "recall": divide(hits, hits + misses),
        "f1": divide(2 * hits, 2 * hits + false + misses),
        "accuracy": divide(hits + quiet, hits + false + misses + quiet),
    }
