"""Rows of features that occur many times, found once."""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np
import pandas as pd
from numpy.typing import NDArray


def unique_rows(values: NDArray[np.float32]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the first row of every kind, and of which kind each row is.

    Most cells of a globe are empty and have the same features, so a model that is asked once for
    each kind answers many times faster.

    Parameters
    ----------
    values
        Features (row, feature), float32; missing values are equal to each other.

    Returns
    -------
    tuple of numpy.ndarray
        Positions (kind,) of the first row of each kind, and the kind (row,) of each row.

    Raises
    ------
    ValueError
        The values are not (row, feature).

    Examples
    --------
    >>> values = np.array([[1, np.nan], [2, 0], [1, np.nan]], np.float32)
    >>> first, kind = unique_rows(values)
    >>> np.array_equal(values[first][kind], values, equal_nan=True), first.size
    (True, 2)
    """
    if values.ndim != 2:
        raise ValueError(f"The values are {values.shape}; they must be (row, feature).")
    words = np.ascontiguousarray(values).view(np.uint32)
    kind, _ = pd.factorize(_hash(words))
    kind = np.asarray(kind, dtype=np.intp)
    first = np.full(int(kind.max(initial=-1)) + 1, -1, np.intp)
    if not _first(words, kind, first):  # two kinds with one hash: once in 10 million globes
        return np.arange(len(values)), np.arange(len(values))
    return first, kind


@nb.njit(nogil=True, cache=True)
def _hash(words: Any) -> Any:
    """Return 64 bits of each row, well mixed (the finaliser of MurmurHash 3)."""
    out = np.empty(words.shape[0], np.uint64)
    for row in range(words.shape[0]):
        state = np.uint64(0x9E3779B97F4A7C15)
        for column in range(words.shape[1]):
            state ^= np.uint64(words[row, column])
            state *= np.uint64(0xFF51AFD7ED558CCD)
            state ^= state >> np.uint64(33)
            state *= np.uint64(0xC4CEB9FE1A85EC53)
            state ^= state >> np.uint64(29)
        out[row] = state
    return out


@nb.njit(nogil=True, cache=True)
def _first(words: Any, kind: Any, first: Any) -> bool:
    """Fill in the first row of each kind; False if two rows of a kind differ."""
    for row in range(words.shape[0]):
        known = first[kind[row]]
        if known < 0:
            first[kind[row]] = row
            continue
        for column in range(words.shape[1]):
            if words[row, column] != words[known, column]:
                return False
    return True
