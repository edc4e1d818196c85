"""Search for settings: in time, resumable, watched, stopped."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from analysis.learning import MODELS, Cancelled, temporal_split, tune
from tests.learning.tables import made

SPACE = {"C": [0.001, 0.1, 10.0]}


@pytest.fixture(scope="module")
def table():
    return made(60, 40, level=-2.5)[0]


def test_a_grid_is_tried_whole_and_the_best_is_kept(table):
    told, watched = [], []
    found = tune(
        table,
        "LogisticRegression",
        space=SPACE,
        progress=lambda *now: told.append(now),
        on_trial=lambda *now: watched.append(now),
    )
    assert found.trials["C"].tolist() == SPACE["C"]
    assert found.score == found.trials["score"].max()
    assert found.best_params == {"C": found.trials.loc[found.trials["score"].idxmax(), "C"]}
    assert [now[:2] for now in told] == [(1, 3), (2, 3), (3, 3)]
    assert told[0][2] == f"{found.trials['score'][0]:.4f}"
    assert [now[1]["C"] for now in watched] == SPACE["C"]
    assert (found.trials["folds"].map(np.mean) == found.trials["score"]).all()
    drawn = tune(table, "LogisticRegression", space=SPACE, trials=2)
    assert len(drawn.trials) == 2
    assert "2 of the 3" in drawn.notes[0]


def test_only_the_train_part_is_looked_at(table):
    split = temporal_split(table)
    other = table.copy()
    later = np.concatenate([split.validation, split.test])
    other.iloc[later, other.columns.get_loc("target")] = 1
    other.iloc[later, other.columns.get_loc("quake")] = 99.0
    scores = [tune(one, "LogisticRegression", space=SPACE, split=split) for one in (table, other)]
    assert scores[0].trials["score"].equals(scores[1].trials["score"])


@pytest.mark.slow  # a database on disk, written four times
def test_a_stopped_search_goes_on_where_it_was(table, tmp_path):
    asked = []

    def cancel():
        asked.append(1)
        return len(asked) > 5  # in the second trial

    options = {"space": SPACE, "storage": tmp_path / "deep" / "search.db"}
    with pytest.raises(Cancelled):
        tune(table, "LogisticRegression", cancel=cancel, **options)
    told, watched = [], []
    found = tune(
        table,
        "LogisticRegression",
        progress=lambda *now: told.append(now),
        on_trial=lambda *now: watched.append(now),
        **options,
    )
    assert [now[:2] for now in told] == [(2, 3), (3, 3)]
    assert [now[2] for now in watched] == found.trials["score"].tolist()
    plain = tune(table, "LogisticRegression", space=SPACE)
    assert found.trials["score"].tolist() == plain.trials["score"].tolist()
    told.clear()
    tune(table, "LogisticRegression", progress=lambda *now: told.append(now), **options)
    assert not told, "all trials are kept"
    tune(table, "LogisticRegression", resume=False, progress=lambda *n: told.append(n), **options)
    assert len(told) == 3


def test_a_stored_search_is_known_to_another_process(table, tmp_path):
    def other_process():
        """Make the model anew: its function lies elsewhere in the memory."""

        def make(*given, **settings):
            return MODELS["LogisticRegression"].make(*given, **settings)

        return dataclasses.replace(MODELS["LogisticRegression"], make=make)

    tried = []
    for model in (other_process(), other_process()):
        watched = []
        tune(
            table,
            model,
            space=SPACE,
            storage=tmp_path / "search.db",
            progress=lambda *now, watched=watched: watched.append(now),
        )
        tried.append(len(watched))
    assert tried == [3, 0]


def test_optuna_learns_the_same_twice_and_is_never_worse_than_the_defaults(table):
    options = {"method": "optuna", "trials": 4, "folds": 2}
    first, again = (tune(table, "LogisticRegression", **options) for _ in range(2))
    pd.testing.assert_frame_equal(
        first.trials.drop(columns="seconds"), again.trials.drop(columns="seconds")
    )
    assert first.trials["C"][0] == 0.3
    assert first.score >= first.trials["score"][0]


def test_failures_are_told(table):
    found = tune(table, "LogisticRegression", space={"C": [1.0, -1.0]})
    assert found.trials["state"].tolist() == ["complete", "failed"]
    assert "C" in found.trials["message"][1]
    with pytest.raises(ValueError, match="No trial"):
        tune(table, "LogisticRegression", space={"C": [-1.0]})
    with pytest.raises(ValueError, match="both classes"):
        tune(table.assign(target=0), "LogisticRegression")
    with pytest.raises(ValueError, match="nothing to search"):
        tune(table, "LogisticRegression", space={})
    with pytest.raises(ValueError, match="method='random'"):
        tune(table, "LogisticRegression", method="random")
