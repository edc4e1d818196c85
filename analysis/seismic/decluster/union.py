"""Sets that only grow together (union-find), each knowing its largest event."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(nogil=True, cache=True)
def root(parent: np.ndarray, i: int) -> int:
    """Return the name of the set of i; the way there is shortened as it is gone."""
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@njit(nogil=True, cache=True)
def larger(magnitude: np.ndarray, i: int, j: int) -> int:
    """Return the larger of two events; of equal ones the one that stands first."""
    if magnitude[i] == magnitude[j]:
        return min(i, j)
    return i if magnitude[i] > magnitude[j] else j


@njit(nogil=True, cache=True)
def join(parent: np.ndarray, main: np.ndarray, magnitude: np.ndarray, i: int, j: int) -> None:
    """Make one set of those of i and j, and keep the larger of their largest events."""
    a, b = root(parent, i), root(parent, j)
    if a != b:
        parent[b] = a
        main[a] = larger(magnitude, main[a], main[b])


@njit(nogil=True, cache=True)
def grown(values: np.ndarray) -> np.ndarray:
    """Return the same values in twice the room."""
    result = np.empty(2 * values.size, values.dtype)
    result[: values.size] = values
    return result
