"""Compiled sums over the slots of the year."""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np

_TILE = 64  # columns whose sums stay in the processor's cache
_ROUNDING = 1e-12  # of the squares: what is less is rounding
_LARGEST = 1e100  # what is not smaller is no value, and the square of what is smaller is finite


@nb.njit(nogil=True, cache=True)
def slot_sums(values: Any, slots: Any, used: Any, size: int) -> Any:
    """Return number, mean and sum of squared deviations of the values of each slot.

    Parameters
    ----------
    values
        Values (time, column), contiguous; NaN, and what is infinite, is missing.
    slots
        Slot (time,) of each step.
    used
        Whether each step (time,) counts.
    size
        Number of slots.

    Returns
    -------
    numpy.ndarray
        float64 (3, slot, column); number 0, mean 0 and deviations 0 where nothing is valid.

    Examples
    --------
    >>> values = np.array([[1.0], [3.0], [np.nan], [5.0]])
    >>> slot_sums(values, np.array([0, 0, 0, 1]), np.ones(4, bool), 2)[:, :, 0].tolist()
    [[2.0, 1.0], [2.0, 5.0], [2.0, 0.0]]
    """
    steps, columns = values.shape
    out = np.zeros((3, size, columns))
    for begin in range(0, columns, _TILE):
        end = min(begin + _TILE, columns)
        origin = np.empty((size, end - begin))  # of each slot: outliers stay where they are
        for t in range(steps):
            if not used[t]:
                continue
            s = slots[t]
            for x in range(begin, end):
                value = np.float64(values[t, x])
                if not abs(value) < _LARGEST:
                    continue
                if out[0, s, x] == 0.0:
                    origin[s, x - begin] = value
                value -= origin[s, x - begin]
                out[0, s, x] += 1
                out[1, s, x] += value
                out[2, s, x] += value * value
        for s in range(size):
            for x in range(begin, end):
                n, total = out[0, s, x], out[1, s, x]
                if n > 0:
                    out[1, s, x] = origin[s, x - begin] + total / n
                    out[2, s, x] = _spread(n, total, out[2, s, x])
    return out


@nb.njit(nogil=True, cache=True, inline="always")
def _spread(n: float, total: float, squares: float) -> float:
    """Return the sum of squared deviations from the mean; what is only rounding is 0."""
    found = squares - total * total / n
    return found if found > _ROUNDING * squares else 0.0


@nb.njit(nogil=True, cache=True)
def pool(sums: Any, half: int, hours: int) -> Any:
    """Return the sums of each slot together with its neighbours along the year, a circle.

    Parameters
    ----------
    sums
        Number, mean, squared deviations (3, slot, column), as :func:`slot_sums` returns them.
    half
        Neighbours on each side.
    hours
        Parts of the day; only the same part is a neighbour.

    Returns
    -------
    numpy.ndarray
        float64 (3, slot, column).

    Examples
    --------
    December and January are neighbours:

    >>> sums = np.zeros((3, 12, 1))
    >>> sums[0, 11], sums[1, 11] = 4, 7.0
    >>> pool(sums, 1, 1)[:2, :, 0].nonzero()[1].tolist()
    [0, 10, 11, 0, 10, 11]
    """
    _, size, columns = sums.shape
    length = size // hours
    out = np.zeros((3, size, columns))
    origin = np.empty(columns)  # of each slot: an outlier of another time is not felt
    for slot in range(size):
        day, part = slot // hours, slot % hours
        for shift in range(-half, half + 1):
            other = ((day + shift) % length) * hours + part
            for x in range(columns):
                n = sums[0, other, x]
                if n == 0.0:
                    continue
                if out[0, slot, x] == 0.0:
                    origin[x] = sums[1, other, x]
                apart = sums[1, other, x] - origin[x]
                out[0, slot, x] += n
                out[1, slot, x] += n * apart
                out[2, slot, x] += sums[2, other, x] + n * apart * apart
        for x in range(columns):
            n, total = out[0, slot, x], out[1, slot, x]
            if n > 0:
                out[1, slot, x] = origin[x] + total / n
                out[2, slot, x] = _spread(n, total, out[2, slot, x])
    return out


@nb.njit(nogil=True, cache=True)
def finish(sums: Any, minimum: int) -> Any:
    """Turn sums into mean, standard deviation (n - 1) and number, in place.

    Parameters
    ----------
    sums
        Number, mean, squared deviations (3, slot, column).
    minimum
        Values below which there is no norm, 2 or more.

    Returns
    -------
    numpy.ndarray
        The array (3, slot, column): mean and deviation (NaN with too few values), number.

    Examples
    --------
    >>> finish(np.array([[[4.0]], [[7.0]], [[12.0]]]), 4).ravel().tolist()
    [7.0, 2.0, 4.0]
    """
    _, size, columns = sums.shape
    for slot in range(size):
        for x in range(columns):
            n, mean, squares = sums[0, slot, x], sums[1, slot, x], sums[2, slot, x]
            enough = n >= minimum
            sums[0, slot, x] = mean if enough else np.nan
            sums[1, slot, x] = np.sqrt(squares / (n - 1)) if enough else np.nan
            sums[2, slot, x] = n
    return sums


@nb.njit(nogil=True, cache=True)
def judge(values: Any, slots: Any, mean: Any, spread: Any, out: Any) -> None:
    """Write values minus the norm, in units of its spread where one is given.

    Parameters
    ----------
    values
        Values (time, column).
    slots
        Slot (time,) of each step.
    mean
        Norm (slot, column).
    spread
        Standard deviation (slot, column), or an array of no slots for departures. A spread of 0
        says nothing: NaN.
    out
        Result (time, column).

    Examples
    --------
    >>> out = np.empty((1, 1))
    >>> judge(np.array([[9.0]]), np.zeros(1, int), np.array([[5.0]]), np.array([[2.0]]), out)
    >>> out.item()
    2.0
    """
    steps, columns = values.shape
    for t in range(steps):
        s = slots[t]
        for x in range(columns):
            apart = values[t, x] - mean[s, x]
            if spread.shape[0]:
                apart = apart / spread[s, x] if spread[s, x] > 0 else np.nan
            out[t, x] = apart
