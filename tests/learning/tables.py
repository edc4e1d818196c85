"""Feature tables with a known truth, for the tests of models and comparisons."""

from __future__ import annotations

import numpy as np
import pandas as pd


def made(
    windows: int = 60,
    cells: int = 80,
    *,
    seed: int = 0,
    level: float = -3.5,
    signal: float = 1.0,
    kept: float | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a table (a sample of the empty rows with `kept`) and the full grid behind it.

    The log-odds are ``level + signal * quake + place``; `noise` says nothing and has gaps.
    """
    generator = np.random.default_rng(seed)
    days = pd.date_range("2010-01-01", periods=windows, freq="30D")
    index = pd.MultiIndex.from_product([days, range(cells)], names=["time", "cell"])
    size = len(index)
    quake, noise = generator.normal(size=(2, size))
    place = np.tile(generator.normal(size=cells), windows)
    chance = 1 / (1 + np.exp(-(level + signal * quake + place)))
    outcome = (generator.random(size) < chance).astype(np.int8)
    noise[generator.random(size) < 0.1] = np.nan
    grid = pd.DataFrame({"quake": quake, "noise": noise, "place": place}, index=index)
    grid["target"] = outcome
    grid["rate_smoothed"] = np.exp(level + 0.5 * signal**2 + place).astype(np.float32)
    grid["rate_uniform"] = np.float32(outcome.mean())
    grid.attrs = {"horizon": "30D"}
    if kept is None:
        return grid, grid
    empty = generator.random(size) < kept
    table = grid.assign(weight=np.where(outcome > 0, 1, 1 / kept).astype(np.float32))
    return table[(outcome > 0) | empty], grid
