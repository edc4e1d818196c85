"""Numbers by which a classifier is judged on samples held back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from analysis.notes import Note, note
from analysis.notes import mark as _

DRAWS: Final = 1000
TOO_SURE: Final = 0.05
"""By how much probabilities may be above the accuracy without a word."""


def interval(
    right: NDArray[np.float64], groups: NDArray[Any], *, draws: int = DRAWS, seed: int = 0
) -> tuple[float, float]:
    """Return the 95 % interval of a mean, drawing whole groups again and again.

    Parameters
    ----------
    right
        Numbers (sample,): 1 where the class is right, or differences of two of these.
    groups
        Group (sample,).
    draws
        How often.
    seed
        Seed.

    Returns
    -------
    tuple of float
        Low and high, percentiles 2.5 and 97.5; NaN for a single group, whose spread is unknown.

    Examples
    --------
    >>> low, high = interval(np.array([1.0, 0, 1, 1] * 25), np.arange(100))
    >>> low < 0.75 < high
    True
    """
    place = np.unique(groups, return_inverse=True)[1]
    total = np.bincount(place, right)
    size = np.bincount(place)
    if size.size < 2:
        return float("nan"), float("nan")
    rng = np.random.default_rng(seed)
    times = rng.multinomial(size.size, np.full(size.size, 1 / size.size), draws)
    means = (times @ total) / (times @ size)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


def macro_f1(found: NDArray[Any], labels: NDArray[Any]) -> float:
    """Return the mean over the classes of the reference of F1.

    Parameters
    ----------
    found, labels
        Classes given, and true ones (sample,).

    Returns
    -------
    float
        0 to 1.
    """
    scores = []
    for one in np.unique(labels):
        both = float(((found == one) & (labels == one)).sum())
        either = float((found == one).sum() + (labels == one).sum())
        scores.append(2 * both / either)
    return float(np.mean(scores))


def confidence(chance: NDArray[np.float32]) -> float:
    """Return the mean probability of the classes given.

    Parameters
    ----------
    chance
        Probabilities (sample, class).

    Returns
    -------
    float
        0 to 1; NaN where there are none.
    """
    best = chance.max(axis=1).astype(np.float64)
    return float(best.mean()) if np.isfinite(best).all() else float("nan")


def too_sure(name: str, row: Mapping[str, Any]) -> list[Note]:
    """Tell where a classifier gives higher probabilities than it is right.

    Parameters
    ----------
    name
        Of the classifier.
    row
        Its `confidence` and `overall_accuracy`.

    Returns
    -------
    list of Note
        A sentence, or nothing.
    """
    if not row["confidence"] - row["overall_accuracy"] > TOO_SURE:
        return []
    text = _(
        "{name} gives its answers a probability of {confidence} on average, and is right in "
        "{accuracy} of them: its probabilities are too high."
    )
    both = {"confidence": row["confidence"], "accuracy": row["overall_accuracy"]}
    return [note(text, name=name, **{key: round(value, 2) for key, value in both.items()})]
