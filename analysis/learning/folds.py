"""Folds for choosing settings: forward in time, or by blocks of the globe."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.learning.demands import whole
from analysis.learning.splits import Positions, issue_times, length_of_time


def temporal_folds(
    table: Any, *, folds: int = 5, gap: Any = "30D", rows: ArrayLike | None = None
) -> list[tuple[Positions, Positions]]:
    """Return folds in which what is learnt from always lies before what is judged.

    The issue times are cut into ``folds + 1`` equal runs; fold k learns from the first k runs and
    is judged on the next (rolling origin, Tashman 2000), the
    gap kept. The list is what a search of scikit-learn takes as ``cv``.

    Parameters
    ----------
    table
        As for :func:`~analysis.learning.splits.temporal_split`.
    folds
        How many.
    gap
        Least time from the last issue time learnt from to the first one judged.
    rows
        Positions to use, such as the train part of a split; None for all.

    Returns
    -------
    list of tuple
        Positions to learn from and to judge on, in the table (with `rows`: in the table of these
        rows alone, ``table.iloc[rows]``).

    Raises
    ------
    ValueError
        There are too few issue times, or a fold has nothing to learn from after the gap.

    Examples
    --------
    >>> import pandas as pd
    >>> times = pd.date_range("2010-01-01", periods=60, freq="30D")
    >>> pairs = temporal_folds(times, folds=5)
    >>> [(int(train[-1]), int(test[0]), int(test[-1])) for train, test in pairs][:2]
    [(9, 10, 19), (19, 20, 29)]
    """
    times = issue_times(table)
    if rows is not None:
        times = times[np.asarray(rows, dtype=np.intp)]
    distinct = np.unique(times)
    folds = whole("folds", folds)
    if folds < 1 or distinct.size < folds + 1:
        raise ValueError(
            f"{folds} folds of {distinct.size} issue times are impossible; there must be at least "
            "one fold and one issue time more than folds."
        )
    wait = length_of_time(gap, "gap").to_timedelta64()
    runs = np.array_split(distinct, folds + 1)
    pairs = []
    for run in runs[1:]:
        train = np.flatnonzero((times < run[0]) & (times <= run[0] - wait))
        if not train.size:
            raise ValueError(f"With a gap of {gap} the fold from {run[0]} learns from nothing.")
        pairs.append((train, np.flatnonzero((times >= run[0]) & (times <= run[-1]))))
    return pairs


def block_folds(
    longitude: ArrayLike,
    latitude: ArrayLike,
    *,
    size: float = 10.0,
    folds: int = 5,
    seed: int = 0,
) -> NDArray[np.intp]:
    """Return the fold of every place, whole blocks of the globe together (Roberts et al. 2017).

    Neighbouring cells resemble each other; a model judged on cells beside those it learnt from
    seems better than it is in a new place (doi:10.1111/ecog.02881). Blocks have the height `size`
    and about the same width in degrees of arc at every latitude; the fullest blocks are dealt out
    first, each to the fold with the fewest places so far.

    Parameters
    ----------
    longitude, latitude
        Places (row,), degrees.
    size
        Side of a block, degrees of arc.
    folds
        How many.
    seed
        Which of equally full blocks come first.

    Returns
    -------
    numpy.ndarray
        Fold (row,), from 0.

    Raises
    ------
    ValueError
        Places are missing or impossible, or there are fewer blocks than folds.

    Examples
    --------
    Places of one block are in one fold, however many folds there are:

    >>> fold = block_folds([1, 2, 3, 61, 62, 121], [1, 2, 3, 1, 2, 1], folds=3)
    >>> len(set(fold[:3])), len(set(fold[3:5])), len(set(fold))
    (1, 1, 3)
    """
    block = _blocks(longitude, latitude, size)
    distinct = np.unique(block).size
    folds = whole("folds", folds)
    if folds < 2 or distinct < folds:
        raise ValueError(
            f"{folds} folds of {distinct} blocks of {size} degrees are impossible; there must be "
            "2 folds or more and a block for each: smaller blocks, or a larger region."
        )
    return deal_groups(block, folds=folds, seed=seed)


def deal_groups(groups: ArrayLike, *, folds: int = 5, seed: int = 0) -> NDArray[np.intp]:
    """Return the fold of every row, whole groups together and folds about even.

    Parameters
    ----------
    groups
        Group (row,), of any type.
    folds
        How many.
    seed
        Which of equally full groups come first.

    Returns
    -------
    numpy.ndarray
        Fold (row,), from 0.

    Raises
    ------
    ValueError
        There are fewer groups than folds.

    Examples
    --------
    >>> deal_groups(["a", "a", "a", "b", "b", "c"], folds=2).tolist()
    [0, 0, 0, 1, 1, 1]
    """
    names, place, counts = np.unique(np.asarray(groups), return_inverse=True, return_counts=True)
    if folds < 2 or names.size < folds:
        raise ValueError(
            f"{folds} folds of {names.size} groups are impossible; there must be 2 folds or more "
            "and a group for each."
        )
    order = np.random.default_rng(seed).permutation(names.size)
    order = order[np.argsort(-counts[order], kind="stable")]
    fold, filled = np.empty(names.size, np.intp), np.zeros(folds)
    for one in order:
        fold[one] = int(np.argmin(filled))
        filled[fold[one]] += counts[one]
    return np.asarray(fold[place], dtype=np.intp)


def _blocks(longitude: ArrayLike, latitude: ArrayLike, size: float) -> NDArray[np.int64]:
    """Return the number of the block of every place."""
    east = np.asarray(longitude, dtype=np.float64)
    north = np.asarray(latitude, dtype=np.float64)
    if east.ndim != 1 or east.shape != north.shape:
        raise ValueError(f"Longitudes {east.shape} and latitudes {north.shape} must be (row,).")
    if not (np.isfinite(east).all() and (np.abs(north) <= 90).all()):
        raise ValueError("A place is missing or beyond a pole; drop it first.")
    if not 0 < size <= 90:
        raise ValueError(f"The side of a block is {size} degrees; it must be in (0, 90].")
    bands = int(np.ceil(180 / size))
    band = np.minimum((north + 90) // size, bands - 1).astype(np.int64)
    middle = np.deg2rad(np.clip((band + 0.5) * size - 90, -90, 90))
    columns = np.maximum(1, np.round(360 / size * np.cos(middle))).astype(np.int64)
    column = (np.mod(east + 180, 360) / 360 * columns).astype(np.int64)
    return np.asarray(band * int(np.ceil(360 / size) + 1) + np.minimum(column, columns - 1))
