"""What a sample of the rows does to probabilities, and how it is undone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from analysis.learning.sheet import Floats, Sheet
from analysis.notes import mark as _
from analysis.notes import note

_EXACT: Final = 0.999  # share of the spread of log weights that features must explain
_MOST = 50_000


@dataclass(frozen=True, eq=False)
class Sampling:
    """How many negatives of all rows each negative of the sample stands for, by features.

    Attributes
    ----------
    ratio
        Of every row, where it is the same everywhere.
    tree
        Regression tree of the logarithm of the ratio by features; None where it is the same.
    """

    ratio: float
    tree: Any = None

    def ratios(self, values: Floats) -> NDArray[np.float64]:
        """Return the ratio (row,) of rows with these features (row, feature)."""
        if self.tree is None:
            return np.full(len(values), self.ratio)
        return np.asarray(np.exp(self.tree.predict(values)), dtype=np.float64)

    def correct(self, told: NDArray[np.float64], values: Floats) -> NDArray[np.float64]:
        """Return probabilities for all rows from those learnt on the sample without weights.

        The odds in the sample are `ratio` times too high (King and Zeng 2001,
        doi:10.1093/oxfordjournals.pan.a004868).
        """
        ratio = self.ratio if self.tree is None else self.ratios(values)
        return np.asarray(told / (told + (1 - told) * ratio))


def sampling_of(
    values: Floats, outcome: NDArray[np.uint8], weights: NDArray[np.float64], *, by_features: bool
) -> Sampling | None:
    """Return how a sample was drawn, if its weights say so plainly.

    With one weight for all negatives, or weights that the features tell (a weight for cells
    without any event), a model that learns without weights is more exact than one with them, and
    its odds are corrected afterwards, row by row.

    Parameters
    ----------
    values
        Features (row, feature).
    outcome
        0 or 1 (row,).
    weights
        Weights (row,).
    by_features
        Whether weights may differ by features; a straight line cannot follow such a step.

    Returns
    -------
    Sampling or None
        None where the weights must be given to the model.

    Examples
    --------
    Half of the negatives were kept, so odds of 1 in the sample are odds of 1 to 2:

    >>> values, outcome = np.zeros((4, 1), np.float32), np.array([1, 0, 0, 1], np.uint8)
    >>> found = sampling_of(values, outcome, np.array([1.0, 2, 2, 1]), by_features=False)
    >>> found.correct(np.array([0.5]), values[:1]).round(6).tolist()
    [0.333333]
    """
    yes, no = weights[outcome > 0], weights[outcome == 0]
    used = no > 0
    if not yes.size or not used.any() or np.ptp(yes) > 1e-5 * yes.max() or yes.max() <= 0:
        return None
    ratio = no / yes[0]
    if used.all() and np.ptp(ratio) <= 1e-5 * ratio.max():
        return Sampling(float(ratio[0]))
    if not by_features or not used.all():
        return None
    from sklearn.tree import DecisionTreeRegressor

    rows = np.flatnonzero(outcome == 0)
    step = max(1, rows.size // _MOST)
    tree = DecisionTreeRegressor(max_leaf_nodes=16, min_samples_leaf=20, random_state=0)
    tree.fit(values[rows[::step]], np.log(ratio[::step]))
    exact = tree.score(values[rows], np.log(ratio)) >= _EXACT
    return Sampling(float(ratio.mean()), tree) if exact else None


def subsample(
    train: Sheet, most: int | None, seed: int, notes: list[str]
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return rows to learn from and their weights, at most so many; negatives get half or more.

    Positives are kept, or drawn where they alone are too many; each class keeps its weight.

    Parameters
    ----------
    train
        Rows.
    most
        How many; None for all.
    seed
        Start of the random numbers.
    notes
        A sample is told here.

    Returns
    -------
    tuple of numpy.ndarray
        Positions (row,), ascending, and weights (row,).
    """
    weights = train.weights.astype(np.float64)
    if most is None or len(train) <= most:
        return np.arange(len(train)), weights
    generator = np.random.default_rng(seed)
    positive, negative = np.flatnonzero(train.outcome), np.flatnonzero(train.outcome == 0)
    parts, left = [], most
    for rows, room in ((positive, most // 2), (negative, most)):
        number = min(rows.size, room, left)
        chosen = np.sort(generator.choice(rows, number, replace=False))
        weights[chosen] *= rows.size / number
        parts.append(chosen)
        left -= number
    chosen = np.sort(np.concatenate(parts))
    text = _("Learnt from {some} of {all} rows, a weighted sample.")
    notes.append(note(text, some=chosen.size, all=len(train)))
    return chosen, weights[chosen]
