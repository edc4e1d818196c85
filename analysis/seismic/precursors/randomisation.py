"""Randomisation tests: years drawn for blocks of time, the true ones among them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def randomised(
    sums: NDArray[np.float64],
    numbers: NDArray[np.float64],
    years: int,
    draws: int,
    seed: int,
    alternative: str,
    minimum: int,
) -> pd.DataFrame:
    """Return randomisation tests of means over events.

    For each block a year is drawn among those that hold values of the test; tests whose values
    reach equally far move together. p counts the draws that lie as far from their centre as the
    true times do, these among the draws (Phipson and Smyth 2010, doi:10.2202/1544-6115.1585), so
    it is never 0.

    Parameters
    ----------
    sums, numbers
        Sums and numbers of valid values (block, shift, test); the true times are the shift `years`.
    years
        Position of the true times.
    draws
        How many draws.
    seed
        Same seed, same numbers.
    alternative
        "two-sided", "greater" or "less".
    minimum
        Least number of events of a test.

    Returns
    -------
    pandas.DataFrame
        A row for each test: events, before, control, effect, low, high, null_low, null_high, p.
    """
    random = np.random.default_rng(seed)
    own_sum, own_number = sums[:, years], numbers[:, years]
    total, number = np.zeros((draws, sums.shape[2])), np.zeros((draws, sums.shape[2]))
    for block in range(sums.shape[0]):
        # a block counts in a test only where its own year does
        counted = np.flatnonzero(own_number[block] > 0)
        place = random.random(draws)
        if not counted.size:
            continue
        # and only years that hold values of the test are drawn: else a short record beside a long
        # one would have draws of few events, and chance would seem to give more than it does
        valid, which = np.unique(numbers[block][:, counted] > 0, axis=1, return_inverse=True)
        for pattern in range(valid.shape[1]):
            tests = counted[which.ravel() == pattern]
            shifts = np.flatnonzero(valid[:, pattern])
            drawn = shifts[(place * shifts.size).astype(np.intp)][:, np.newaxis]
            total[:, tests] += sums[block][drawn, tests]
            number[:, tests] += numbers[block][drawn, tests]
    with np.errstate(invalid="ignore", divide="ignore"):
        observed = own_sum.sum(axis=0) / own_number.sum(axis=0)
        chance = total / number
    events = own_number.sum(axis=0)
    tested = (events >= minimum) & (np.isfinite(chance).mean(axis=0) > 0.99)
    chance = np.where(np.isfinite(chance), chance, 0.0)
    centre = chance.mean(axis=0)
    apart, drawn_apart = observed - centre, chance - centre
    if alternative == "two-sided":
        beyond = np.abs(drawn_apart) >= np.abs(apart) * (1 - 1e-12)
    else:
        sign = 1.0 if alternative == "greater" else -1.0
        beyond = sign * drawn_apart >= sign * apart - 1e-12
    low, high = np.quantile(chance, [0.025, 0.975], axis=0)
    found = pd.DataFrame(
        {
            "events": events.astype(np.int64),
            "before": observed,
            "control": centre,
            "effect": apart,
            "low": observed - high,
            "high": observed - low,
            "null_low": low,
            "null_high": high,
            "p": (1 + beyond.sum(axis=0)) / (1 + draws),
        }
    )
    numbers_of = [name for name in found if name != "events"]
    found.loc[~tested, numbers_of] = np.nan
    return found
