"""The gain of one forecast over another, with an interval that knows of windows and of cells."""

from __future__ import annotations

import numpy as np
import pandas as pd
import scipy.stats
from numpy.typing import ArrayLike, NDArray

from analysis.learning.grid import Grid

_TOP = 1 - 1e-7
LEVEL = 0.95


def gain_interval(
    grid: Grid, forecast: ArrayLike, reference: ArrayLike
) -> tuple[float, float, float]:
    """Return the information gain per event over another forecast, and its 95 % interval.

    Two-way clustered variance (Cameron, Gelbach and Miller 2011, doi:10.1198/jbes.2010.07136):
    rows of one window share sequences of events, and rows of one cell share what is wrong with a
    forecast for years, so neither are independent. Drawing windows alone gives intervals that are
    too narrow for features that last.

    Parameters
    ----------
    grid
        Rows to judge by.
    forecast, reference
        Probabilities (row,).

    Returns
    -------
    tuple of float
        Gain in nats per event, low and high; NaN where there are no events, limits NaN where there
        are fewer than two windows or two cells.

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
    if grid.windows < 2 or len(cells) < 2:
        return (gain, np.nan, np.nan)
    apart = (each - gain * heavy * number) / events
    time, place = _clustered(apart, grid.window), _clustered(apart, cell)
    variance = max(time + place - float(apart @ apart), time, place)
    freedom = min(grid.windows, len(cells)) - 1
    reach = float(scipy.stats.t.ppf(0.5 + LEVEL / 2, freedom) * np.sqrt(variance))
    return (gain, gain - reach, gain + reach)


def _clustered(values: NDArray[np.float64], groups: NDArray[np.integer]) -> float:
    """Return the variance of a sum whose terms hang together within groups."""
    sums = np.bincount(groups, values)
    return float((sums @ sums) * sums.size / max(sums.size - 1, 1))
