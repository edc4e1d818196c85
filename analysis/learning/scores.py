"""All scores by name, each with its uncertainty by drawing windows again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.learning.calibration import tally_brier
from analysis.learning.checks import Rows, Tally, check_rows
from analysis.learning.drawing import LEVEL, block_length, draws_of, limits
from analysis.learning.information import tally_gain
from analysis.learning.ranking import tally_area_skill, tally_auc, tally_precision
from analysis.learning.thresholds import tally_threshold

_CHUNK = 5_000_000  # sums drawn at a time


@dataclass(frozen=True)
class Score:
    """How a score is counted.

    Attributes
    ----------
    tally
        From rows and options to a tally.
    kind
        What forecasts must be: "any" (they rank), "probability" or "rate".
    counts
        Outcomes are numbers of events, not 0 and 1.
    options
        Options that must be given.
    """

    tally: Callable[..., Tally]
    kind: Literal["any", "probability", "rate"] = "any"
    counts: bool = False
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Interval:
    """A score, or the difference of two, with its uncertainty.

    Attributes
    ----------
    value
        Of the rows as they are.
    low, high
        Percentile interval.
    std
        Standard deviation over the replicates.
    replicates
        How many were drawn.
    undefined
        How many of them had no score (no positives, infinite) and are left out.
    """

    value: float
    low: float
    high: float
    std: float
    replicates: int
    undefined: int


def _at_threshold(name: str) -> Score:
    def tally(rows: Rows, threshold: float) -> Tally:
        return tally_threshold(rows, threshold, name)

    return Score(tally, options=("threshold",))


SCORES: Final[dict[str, Score]] = {
    "average_precision": Score(tally_precision),
    "area_skill": Score(tally_area_skill, counts=True),
    "information_gain": Score(tally_gain, "rate", counts=True, options=("reference",)),
    "brier_score": Score(lambda rows: tally_brier(rows, skill=False), "probability"),
    "brier_skill": Score(lambda rows: tally_brier(rows, skill=True), "probability"),
    "precision": _at_threshold("precision"),
    "recall": _at_threshold("recall"),
    "f1": _at_threshold("f1"),
    "roc_auc": Score(tally_auc),
    "accuracy": _at_threshold("accuracy"),
}
"""Scores by name, those that say most of rare events first."""


def score(
    name: str,
    outcome: ArrayLike,
    forecast: ArrayLike,
    weights: ArrayLike | None = None,
    **options: Any,
) -> float:
    """Return a score by its name.

    Parameters
    ----------
    name
        A name of :data:`SCORES`.
    outcome
        0 or 1 (row,); numbers of events for "area_skill" and "information_gain".
    forecast
        Forecasts (row,): probabilities for the Brier score, rates for the information gain.
    weights
        Weights (row,).
    **options
        ``threshold`` of precision, recall, f1 and accuracy; ``reference`` (row,) of the information
        gain; ``measure`` (row,) of the area skill.

    Returns
    -------
    float
        The score; NaN where it is undefined.

    Raises
    ------
    ValueError
        Name, options or rows are impossible.

    Examples
    --------
    >>> score("recall", [1, 1, 0], [0.9, 0.1, 0.9], threshold=0.5)
    0.5
    """
    return _tally(name, outcome, forecast, weights, None, options).value()


def bootstrap(  # noqa: PLR0913
    name: str,
    outcome: ArrayLike,
    forecast: ArrayLike,
    windows: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    against: ArrayLike | None = None,
    replicates: int = 1000,
    level: float = LEVEL,
    seed: int = 0,
    length: int | None = None,
    **options: Any,
) -> Interval:
    """Return a score with an interval, or the difference of two forecasts with its own.

    Blocks of consecutive windows are drawn with replacement
    (:func:`~analysis.learning.drawing.draws_of`), because neither rows of one window are
    independent (neighbouring cells share sequences) nor windows that follow each other (sequences
    last). For a difference both forecasts get the same windows, which is much sharper than two
    intervals side by side.

    Parameters
    ----------
    name, outcome, forecast, weights
        As for :func:`score`.
    windows
        Window of each row (row,), in the order of time: its issue time, or a longer while.
    against
        Another forecast of the same rows; the score of `forecast` less that of it.
    replicates
        How many draws.
    level
        Level of the interval.
    seed
        Start of the random numbers: the same seed, the same numbers.
    length
        Windows of a block; None for :func:`~analysis.learning.drawing.block_length` of the
        positives of each window, 1 for windows that are independent.
    **options
        As for :func:`score`.

    Returns
    -------
    Interval
        Value, interval, standard deviation.

    Raises
    ------
    ValueError
        Rows are impossible, there are fewer than two windows, or level, length or replicates are.

    Examples
    --------
    A forecast against itself differs by nothing, however often windows are drawn:

    >>> outcome, forecast, windows = [0, 1, 0, 1, 1, 0], [1, 2, 3, 4, 5, 6], [1, 1, 2, 2, 3, 3]
    >>> same = bootstrap("roc_auc", outcome, forecast, windows, against=forecast)
    >>> same.value, same.low, same.high
    (0.0, 0.0, 0.0)
    """
    if replicates < 2 or not 0 < level < 1:
        raise ValueError(f"replicates={replicates}, level={level}: give 2 or more, and 0 to 1.")
    tallies = [_tally(name, outcome, forecast, weights, windows, options)]
    if against is not None:
        tallies.append(_tally(name, outcome, against, weights, windows, options))
    blocks = tallies[0].table.shape[1]
    if blocks < 2:
        raise ValueError("There is one window; an interval needs two or more to draw from.")
    if length is None:
        length = _length(outcome, weights, windows)
    draws: Any = draws_of(blocks, replicates, seed, length)
    drawn = [_draw(tally, draws) for tally in tallies]
    values = [tally.value() for tally in tallies]
    with np.errstate(invalid="ignore"):  # infinite less infinite is undefined, and counted so
        found = drawn[0] - drawn[1] if len(drawn) == 2 else drawn[0]
        value = values[0] - values[1] if len(values) == 2 else values[0]
    good = found[np.isfinite(found)]
    missing = replicates - good.size
    if good.size < 2:
        return Interval(value, np.nan, np.nan, np.nan, replicates, missing)
    low, high = limits(good, length, blocks, level)
    return Interval(value, low, high, float(good.std(ddof=1)), replicates, missing)


def _length(outcome: ArrayLike, weights: ArrayLike | None, windows: ArrayLike) -> int:
    """Return the length of blocks by how the positives come."""
    seen = np.asarray(outcome, dtype=np.float64).ravel()
    heavy = 1.0 if weights is None else np.asarray(weights, dtype=np.float64).ravel()
    window = np.unique(np.asarray(windows).ravel(), return_inverse=True)[1]
    return block_length(np.bincount(window, heavy * (seen > 0)))


def _tally(
    name: str,
    outcome: ArrayLike,
    forecast: ArrayLike,
    weights: ArrayLike | None,
    windows: ArrayLike | None,
    options: dict[str, Any],
) -> Tally:
    if name not in SCORES:
        raise ValueError(f"The score {name!r} is unknown; there are {', '.join(SCORES)}.")
    known = SCORES[name]
    allowed = (*known.options, *(("measure",) if name == "area_skill" else ()))
    wrong = [one for one in options if one not in allowed]
    missing = [one for one in known.options if one not in options]
    if wrong or missing:
        raise ValueError(
            f"{name} takes {', '.join(allowed) or 'no options'}; unknown: {wrong}, "
            f"missing: {missing}."
        )
    rows = check_rows(outcome, forecast, weights, windows, kind=known.kind, counts=known.counts)
    return known.tally(rows, **options)


def _draw(tally: Tally, draws: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the score (replicate,) of every draw of windows (window, replicate)."""
    step = max(1, _CHUNK // max(tally.table.shape[0], 1))
    parts = [
        tally.finish(np.asarray(tally.table @ draws[:, first : first + step]))
        for first in range(0, draws.shape[1], step)
    ]
    return np.concatenate(parts)
