"""What a random split does to the score of a model that only remembers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.learning import average_precision, leaky_random_split, temporal_split

WINDOWS, CELLS = 120, 400


def episodes(seed: int) -> pd.DataFrame:
    """Outcomes in runs of five windows at random places and times: nothing can be known before."""
    generator = np.random.default_rng(seed)
    outcome = np.zeros((WINDOWS, CELLS), int)
    for _ in range(150):
        step, cell = generator.integers(WINDOWS - 4), generator.integers(CELLS)
        outcome[step : step + 5, cell] = 1
    times = pd.date_range("2010-01-01", periods=WINDOWS, freq="30D")
    index = pd.MultiIndex.from_product([times, range(CELLS)], names=["time", "cell"])
    return pd.DataFrame({"target": outcome.ravel()}, index=index)


def remembered(table: pd.DataFrame, train: np.ndarray) -> np.ndarray:
    """Mean outcome of the same cell in the windows learnt from, the nearer the more."""
    known = np.zeros(len(table), bool)
    known[train] = True
    known = known.reshape(WINDOWS, CELLS)
    outcome = table["target"].to_numpy().reshape(WINDOWS, CELLS) * known
    steps = np.arange(WINDOWS)
    near = np.exp(-np.abs(steps[:, None] - steps))
    return ((near @ outcome) / (near @ known)).ravel()


def test_memory_shines_at_random_and_knows_nothing_ahead():
    table = episodes(0)
    outcome = table["target"].to_numpy()
    honest, leaky = temporal_split(table, gap="180D"), leaky_random_split(table)
    scores = {
        split.leaky: average_precision(
            outcome[split.test], remembered(table, split.train)[split.test]
        )
        for split in (honest, leaky)
    }
    base = outcome[honest.test].mean()
    assert scores[False] < 2 * base
    assert scores[True] > 10 * scores[False]
