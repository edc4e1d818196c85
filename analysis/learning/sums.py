"""Sums of millions of rows that all scores of a forecast are made of, taken in one pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numba as nb
import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from analysis.learning.checks import Values
from analysis.learning.grid import Grid

_DENSE: Final = 8_000_000  # sums (bin, window) that are kept as a plain array
_NONE: Final = np.zeros(0)
_NONE_32: Final = np.zeros(0, np.float32)
_TOP: Final = 1 - 1e-9  # a probability of 1 has no finite rate


@dataclass(frozen=True, eq=False)
class Sums:
    """Sums of rows, as scores of order and plain scores need them.

    Attributes
    ----------
    levels
        Forecasts (level,) that positives had, ascending.
    high, events
        Weights of positives, and of the events behind them, (level, window).
    low
        "negatives", "area" and perhaps "smoothed": costs (bin, window) below, at and between the
        levels, 2 n + 1 bins.
    rest
        Sums (window,) by name.
    """

    levels: NDArray[np.float32]
    high: Any
    events: Any
    low: dict[str, Any]
    rest: dict[str, Values]


def sums_of(grid: Grid, told: NDArray[np.float32]) -> Sums:
    """Return the sums of a forecast.

    Parameters
    ----------
    grid
        Rows to judge by.
    told
        Probabilities (row,), float32.

    Returns
    -------
    Sums
        All that scores need of the rows.
    """
    here = grid.positives
    levels = np.unique(told[here])
    bins, counts = 2 * levels.size + 1, grid.events is not None
    costs = [_NONE_32 if one is None else one for one in (grid.area, grid.smoothed)]
    heavy = _NONE if grid.weights is None else grid.weights
    dense = bins * grid.windows <= _DENSE
    at = np.empty(0 if dense else told.size, np.int32)
    low = np.zeros((3, bins, grid.windows) if dense else (3, 1, 1))
    plain = np.zeros((4, grid.windows))
    _pass(
        levels, told, grid.outcome, grid.window, heavy, costs[0], costs[1], grid.reference,
        counts, at, low, plain,
    )  # fmt: skip
    weight = heavy[here] if heavy.size else np.ones(here.size)
    place = np.searchsorted(levels, told[here])
    window = grid.window[here]
    found = {"negatives": low[0], "area": low[1], "smoothed": low[2]}
    if not dense:
        found = _sparse(grid, at, bins)
    if grid.area is None:
        same = _table(2 * place + 1, window, weight, bins, grid.windows, dense)
        found["area"] = found["negatives"] + same
    if grid.smoothed is None:
        del found["smoothed"]
    high = _table(place, window, weight, levels.size, grid.windows, dense)
    number, events = np.ones(here.size), high
    rate, reference = told[here].astype(np.float64), grid.reference[here].astype(np.float64)
    if grid.events is not None:  # numbers of events have rates, yes or no has probabilities
        number = grid.events[here].astype(np.float64)
        events = _table(place, window, weight * number, levels.size, grid.windows, dense)
        rate, reference = (-np.log1p(-np.minimum(one, _TOP)) for one in (rate, reference))
    never = rate == 0
    logs = np.zeros(here.size)
    logs[~never] = np.log(rate[~never] / reference[~never])

    def by_window(values: Values) -> Values:
        return np.asarray(np.bincount(window, values, grid.windows), np.float64)

    rest = {
        **dict(zip(("squares", "told", "excess", "weight"), plain, strict=True)),
        "positives": by_window(weight),
        "events": by_window(weight * number),
        "logs": by_window(weight * number * logs),
        "never": by_window(never.astype(np.float64)),
    }
    return Sums(levels, high, events, found, rest)


def _sparse(grid: Grid, at: NDArray[np.int32], bins: int) -> dict[str, Any]:
    """Return the costs by bin and window where most of these are empty."""
    heavy = np.ones(len(grid)) if grid.weights is None else grid.weights
    costs = {"negatives": heavy * (grid.outcome == 0), "area": None, "smoothed": None}
    for name, one in (("area", grid.area), ("smoothed", grid.smoothed)):
        costs[name] = heavy * (0 if one is None else one)
    return {
        name: _table(at, grid.window, cost, bins, grid.windows, dense=False)
        for name, cost in costs.items()
    }


def _table(
    at: Any, window: NDArray[np.int32], values: Any, bins: int, windows: int, dense: bool
) -> Any:
    """Return sums (bin, window)."""
    if dense:
        key = at.astype(np.int64) * windows + window
        return np.bincount(key, values, bins * windows).reshape(bins, windows)
    return scipy.sparse.csr_array(
        scipy.sparse.coo_array((values, (at, window)), shape=(bins, windows))
    )


@nb.njit(nogil=True, cache=True)
def _bin(levels: Any, value: float) -> int:
    """Return the bin of a forecast: 2 i + 1 at level i, 2 i between i - 1 and i."""
    first, last = 0, levels.size
    if last == 0 or value < levels[0]:
        return 0
    while first < last:
        middle = (first + last) >> 1
        if levels[middle] < value:
            first = middle + 1
        else:
            last = middle
    same = first < levels.size and levels[first] == value
    return 2 * first + 1 if same else 2 * first


@nb.njit(nogil=True, cache=True)
def _pass(  # noqa: PLR0913
    levels: Any, told: Any, outcome: Any, window: Any, weights: Any, area: Any, smoothed: Any,
    reference: Any, counts: bool, at: Any, low: Any, plain: Any,
) -> None:  # fmt: skip
    """Add every row to its bin and its window."""
    for row in range(told.size):
        place = _bin(levels, told[row])
        heavy = weights[row] if weights.size else 1.0
        when = window[row]
        if at.size:
            at[row] = place
        else:
            if outcome[row] == 0:
                low[0, place, when] += heavy
            if area.size:
                low[1, place, when] += heavy * np.float64(area[row])
            if smoothed.size:
                low[2, place, when] += heavy * np.float64(smoothed[row])
        chance, base = np.float64(told[row]), np.float64(reference[row])
        plain[0, when] += heavy * (chance - outcome[row]) ** 2
        plain[1, when] += heavy * chance
        if counts:
            chance, base = -np.log1p(-min(chance, _TOP)), -np.log1p(-min(base, _TOP))
        plain[2, when] += heavy * (chance - base)
        plain[3, when] += heavy
