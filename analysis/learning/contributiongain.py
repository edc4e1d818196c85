"""The gain of one forecast over another, with an interval that knows of windows and of cells."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse
import scipy.stats
from numpy.typing import ArrayLike

from analysis.learning.drawing import LEVEL, critical
from analysis.learning.grid import FEWEST_WINDOWS, Grid

_TOP = 1 - 1e-7


def gain_interval(
    grid: Grid, forecast: ArrayLike, reference: ArrayLike
) -> tuple[float, float, float]:
    """Return the information gain per event over another forecast, and its 95 % interval.

    Two-way clustered variance with serial correlation (Cameron, Gelbach and Miller 2011,
    doi:10.1198/jbes.2010.07136; Thompson 2011, doi:10.1016/j.jfineco.2010.08.016): rows of one
    window share sequences of events, windows that follow each other share them too (to the length
    of a block, with Bartlett's weights), and rows of one cell share what is wrong with a forecast
    for years. Drawing windows alone gives intervals that are too narrow for features that last. The
    interval reaches as far as so few windows and cells demand
    (:func:`~analysis.learning.drawing.critical`, Student's t).

    Parameters
    ----------
    grid
        Rows to judge by.
    forecast, reference
        Probabilities (row,).

    Returns
    -------
    tuple of float
        Gain in nats per event, low and high; NaN where there are no events, limits NaN where
        positives lie in fewer than three windows, or there are fewer than two cells.

    Examples
    --------
    >>> from analysis.learning.grid import make_grid
    >>> from analysis.learning.sheet import read_sheet
    >>> days = pd.date_range("2020-01-01", periods=20, freq="30D")
    >>> index = pd.MultiIndex.from_product([days, range(30)], names=["time", "cell"])
    >>> table = pd.DataFrame({"x": 0.0, "target": np.arange(600) % 7 == 0}, index)
    >>> flat = np.full(600, 1 / 7, np.float32)
    >>> grid = make_grid(read_sheet(table), flat, "flat", None)
    >>> told = np.where(table["target"], 0.5, 0.5 / 6)
    >>> gain, low, high = gain_interval(grid, told, flat)
    >>> bool(0 < low < gain < high), gain_interval(grid, flat, flat)
    (True, (0.0, 0.0, 0.0))
    """
    told, base = (np.clip(np.asarray(one, np.float64), 0, _TOP) for one in (forecast, reference))
    number = grid.outcome.astype(np.float64)
    if grid.events is not None:  # numbers of events have rates, yes or no has probabilities
        number = np.asarray(grid.events, np.float64)
        told, base = -np.log1p(-told), -np.log1p(-base)
    heavy = np.ones(len(grid)) if grid.weights is None else grid.weights
    events = float(heavy @ number)
    if not events:
        return (np.nan, np.nan, np.nan)
    logs = np.zeros(len(grid))
    here = number > 0
    with np.errstate(divide="ignore"):
        logs[here] = np.log(told[here]) - np.log(base[here])
    if not np.isfinite(logs).all():
        return (-np.inf if (told[here] == 0).any() else np.inf, np.nan, np.nan)
    each = heavy * (number * logs - (told - base))
    gain = float(each.sum() / events)
    cell, cells = pd.factorize(grid.index.get_level_values(1))
    if np.count_nonzero(grid.positive_weight) < FEWEST_WINDOWS or len(cells) < 2:
        return (gain, np.nan, np.nan)
    apart = (each - gain * heavy * number) / events
    time = _lasting(np.bincount(grid.window, apart, grid.windows)[np.newaxis], grid.block)
    place = float(np.square(np.bincount(cell, apart)).sum())
    both = scipy.sparse.csr_array((apart, (cell, grid.window)), shape=(len(cells), grid.windows))
    variance = max(time + place - _lasting(both, grid.block), time, place)
    place_reach = scipy.stats.t.ppf(0.5 + LEVEL / 2, len(cells) - 1)
    reach = max(critical(grid.block, grid.windows), float(place_reach)) * np.sqrt(variance)
    return (gain, gain - float(reach), gain + float(reach))


def _lasting(sums: Any, length: int) -> float:
    """Return the variance of the sum of rows (row, window) that hang together over windows."""
    found = float((sums * sums).sum())
    for lag in range(1, length):
        found += 2 * (1 - lag / length) * float((sums[:, :-lag] * sums[:, lag:]).sum())
    return max(found, 0.0)
