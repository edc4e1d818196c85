"""Searches for settings of this process: the same one is made once, followed by all who ask."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from analysis.settings import cache_dir
from apps.views.forecast.searchbase import fold_scores
from apps.views.forecast.training import Trainer

Trial = tuple[dict[str, Any], float]


@dataclass(frozen=True)
class Wanted:
    """What is searched for: settings of the tables, model, "optuna" or "grid", trials at most.

    ``prepared`` are the tables where they are at hand.
    """

    settings: Any
    model: str
    method: str
    trials: int
    prepared: Any = field(default=None, compare=False, repr=False)

    @property
    def place(self) -> str:
        """What the trials depend on beside model and method."""
        one = self.settings
        return f"{one.key(table=True)}-{one.split}-{one.seed}"

    def key(self) -> str:
        """Return a text that is the same for the same search."""
        return f"{self.place}-{self.model}-{self.method}-{self.trials}"


@dataclass
class Found:
    """What a search has found so far: each trial's settings and score, and the baselines."""

    trials: list[Trial] = field(default_factory=list)
    known: dict[str, float] = field(default_factory=dict)


def search(
    wanted: Wanted, progress: Callable[[int, int, str], None], cancel: Callable[[], bool]
) -> Iterator[Found]:
    """Search, as `apps.views.forecast.training.Trainer` asks for it.

    Parameters
    ----------
    wanted
        What is searched for.
    progress
        Called with (done, total, text) after each trial; those of an earlier search come first.
    cancel
        Asked between folds whether to stop.

    Yields
    ------
    Found
        The same one: with the baselines at first, with all trials at last.

    Raises
    ------
    ValueError
        No trial succeeded.
    """
    from analysis.learning import MODELS
    from analysis.learning.tuning import tune
    from analysis.seismic.forecasting import prepare

    folder = cache_dir() / "searches"
    folder.mkdir(parents=True, exist_ok=True)
    ready = wanted.prepared or prepare(wanted.settings)
    found = Found(known=fold_scores(ready.table, ready.split))
    yield found
    most = wanted.trials
    if wanted.method == "grid":
        most = min(most, math.prod(len(one) for one in MODELS[wanted.model].space.values()))

    def tried(_number: int, params: dict[str, Any], score: float) -> None:
        found.trials.append((dict(params), float(score)))
        progress(len(found.trials), most, "")

    made = tune(
        ready.table,
        wanted.model,
        split=ready.split,
        method=wanted.method,
        trials=wanted.trials,
        seed=wanted.settings.seed,
        cancel=cancel,
        on_trial=tried,
        storage=folder / f"{wanted.settings.key(table=True)}-{wanted.model}-{wanted.method}.sqlite",
    )
    found.trials = trials_of(made.trials, list(made.best_params))
    yield found


def trials_of(table: pd.DataFrame, names: list[str]) -> list[Trial]:
    """Return settings and score of each trial of a finished search; NaN where it was given up.

    >>> trials_of(pd.DataFrame({"score": [0.5], "C": [1.0], "state": ["complete"]}), ["C"])
    [({'C': 1.0}, 0.5)]
    """
    return [
        (
            {name: row.get(name, row.get(f"params_{name}")) for name in names},
            float(row["score"]) if row["state"] == "complete" else np.nan,
        )
        for row in table.to_dict("records")
    ]


searcher = Trainer(search, lambda _wanted: None)
"""The searches of this process, one at a time."""
