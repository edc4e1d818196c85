"""Compiled sums of the values of a grid over cells and windows."""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np


@nb.njit(nogil=True, cache=True)
def gather(
    values: Any, counts: Any, starts: Any, pixels: Any, areas: Any, cell: int, whole: bool
) -> tuple[float, float, float, float]:
    """Return weighted sum, weight, number and largest of the valid values of a cell at one step.

    Parameters
    ----------
    values
        Values (pixel,).
    counts
        Numbers (pixel,) of what made each value, or an empty array where each counts once.
    starts, pixels, areas
        Pixels of each cell and their weights (compressed rows).
    cell
        Which cell.
    whole
        With one missing value the cell has none.

    Returns
    -------
    tuple of float
        All 0, and -inf, where nothing is valid.

    Examples
    --------
    >>> areas, none = np.array([1.0, 3.0]), np.empty(0)
    >>> starts, pixels = np.array([0, 2]), np.array([0, 1])
    >>> gather(np.array([2.0, np.nan]), none, starts, pixels, areas, 0, False)
    (2.0, 1.0, 1.0, 2.0)
    >>> gather(np.array([2.0, np.nan]), none, starts, pixels, areas, 0, True)[:3]
    (0.0, 0.0, 0.0)
    """
    total, weight, number, largest, valid = 0.0, 0.0, 0.0, -np.inf, 0
    for entry in range(starts[cell], starts[cell + 1]):
        value = np.float64(values[pixels[entry]])
        if np.isnan(value):
            if whole:
                return 0.0, 0.0, 0.0, -np.inf
            continue
        valid += 1
        total += areas[entry] * value
        weight += areas[entry]
        largest = max(largest, value)
        if counts.size:
            some = np.float64(counts[pixels[entry]])
            number += 0.0 if np.isnan(some) else some
        else:
            number += 1.0
    return total, weight, number, largest


@nb.njit(nogil=True, cache=True)
def add_steps(
    values: Any,
    counts: Any,
    cells: Any,
    steps: Any,
    whole: bool,
    greatest: bool,
    out: Any,
) -> None:
    """Add the values of some steps to the sums of cells and windows.

    Parameters
    ----------
    values
        Values (step, pixel).
    counts
        Numbers (step, pixel), or an empty array (step, 0).
    cells
        Starts, pixels and weights: the pixels of each cell (compressed rows).
    steps
        First entries, windows and weights: the windows of each step (compressed columns).
    whole
        With one missing value a cell has none.
    greatest
        Keep the greatest value in place of the weighted sum.
    out
        Sum or greatest, weight, number: (3, window, cell).
    """
    starts, pixels, areas = cells
    first, windows, shares = steps
    for step in range(values.shape[0]):
        if first[step] == first[step + 1]:
            continue
        for cell in range(starts.size - 1):
            total, weight, number, largest = gather(
                values[step], counts[step], starts, pixels, areas, cell, whole
            )
            if weight == 0.0:
                continue
            for place in range(first[step], first[step + 1]):
                window, share = windows[place], shares[place]
                if greatest:
                    out[0, window, cell] = max(out[0, window, cell], largest)
                else:
                    out[0, window, cell] += share * total
                out[1, window, cell] += share * weight
                out[2, window, cell] += number
