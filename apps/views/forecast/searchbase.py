"""What the folds of a search give without a model: smoothed seismicity and the base rate."""

from __future__ import annotations

from typing import Any

import numpy as np

FOLDS = 3
"""As `analysis.learning.tuning.tune` makes them unless told otherwise."""

RATE = "base rate"
COLUMNS = ("rate_smoothed", "rate_mixture")
"""Baselines that a table can hold, those first that a reader knows best."""


def fold_scores(table: Any, split: Any) -> dict[str, float]:
    """Return the average precision of the baselines of a table on the folds of a search.

    Parameters
    ----------
    table
        Feature table.
    split
        Its parts; only the train part is looked at.

    Returns
    -------
    dict of str to float
        Mean over the folds: `RATE`, what is had without skill, and each of `COLUMNS` that the
        table holds. Empty where no fold has both classes.
    """
    from analysis.learning.folds import temporal_folds
    from analysis.learning.preparing import gap_of, split_of
    from analysis.learning.scores import score
    from analysis.learning.sheet import read_sheet

    sheet = read_sheet(table)
    parts = split_of(sheet, split, [])
    given = {name: sheet.rates[name] for name in COLUMNS if name in sheet.rates} | {
        name: sheet.values[:, sheet.names.index(name)] for name in COLUMNS if name in sheet.names
    }
    found: dict[str, list[float]] = {RATE: [], **{name: [] for name in given}}
    folds = temporal_folds(sheet.times, folds=FOLDS, gap=gap_of(sheet, parts), rows=parts.train)
    for learnt, judged in ((parts.train[one], parts.train[other]) for one, other in folds):
        if any(not 0 < sheet.outcome[rows].sum() < rows.size for rows in (learnt, judged)):
            continue
        outcome, weights = sheet.outcome[judged], sheet.weights[judged]
        found[RATE].append(float(np.average(outcome, weights=weights)))
        for name, values in given.items():
            told = np.nan_to_num(values[judged], nan=0.0, posinf=0.0, neginf=0.0)
            found[name].append(score("average_precision", outcome, told, weights))
    return {name: float(np.mean(values)) for name, values in found.items() if values}
