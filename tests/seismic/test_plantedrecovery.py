"""The whole chain finds a planted precursor, and finds none where there is none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.learning import MODELS
from analysis.seismic.planted import ANOMALY
from analysis.seismic.plantedrecovery import MODELS as MODELS_OF_PLANTED
from analysis.seismic.plantedrecovery import iterate_recovery, make_world, recover

SEEDS = 20


@pytest.fixture(scope="module")
def worlds() -> Any:
    return {strength: make_world(strength, 1, years=8) for strength in (0.0, 3.0)}


def test_the_world_is_one_the_product_would_learn_from(worlds):
    world = worlds[3.0]
    groups = {one["group"] for one in world.table.attrs["features"].values()}
    assert groups == {"catalogue", "planted"}
    anomalies = [
        name for name, one in world.table.attrs["features"].items() if one["group"] == "planted"
    ]
    assert all(world.table.attrs["features"][name]["simulated"] for name in anomalies)
    assert world.table[anomalies].notna().any().all()
    # the last anomaly of a row ended at its issue time, not later
    times = world.evaluation.index.get_level_values("time")
    row = world.evaluation.iloc[[7]]
    ends = world.cube["time_bounds"].to_numpy()[:, 1]
    step = int(np.searchsorted(ends, times[7].to_datetime64(), side="right")) - 1
    cell = world.cube["cell"].to_numpy().tolist().index(row.index[0][1])
    assert row[ANOMALY].iloc[0] == world.cube[ANOMALY].to_numpy()[step, cell]
    assert world.split.bounds["test"][0] == times.min()
    assert set(world.evaluation["target"]) == {0, 1}


def test_the_planted_is_found_and_nothing_is_where_nothing_was_planted(worlds):
    told = []
    *_, strong = iterate_recovery(
        3.0, 1, ["LogisticRegression"], world=worlds[3.0],
        progress=lambda *what: told.append(what),
    )  # fmt: skip
    row = strong.table.loc["LogisticRegression"]
    assert row["found"]
    assert row["whole"] - row["base"] == pytest.approx(row["gain"])
    assert told[0] == (0, 4, "world")
    assert told[-1] == (4, 4, "")
    nothing = recover(0.0, 1, ["LogisticRegression"], world=worlds[0.0]).table.iloc[0]
    assert not nothing["found"]
    assert nothing["gain_low"] <= 0 <= nothing["gain_high"]
    assert nothing["base"] == row["base"], "past events are the same"


def test_a_model_that_fails_is_told_and_the_others_go_on(worlds):
    params = {"LogisticRegression": {"max_iter": 1}}
    *_, found = iterate_recovery(
        3.0, 1, ["LogisticRegression", "SVM"], world=worlds[3.0], params=params, draws=20
    )
    assert found.table.index.tolist() == ["SVM"]
    assert "converge" in found.failures["LogisticRegression"]
    with pytest.raises(ValueError, match="No model could learn"):
        recover(3.0, 1, ["LogisticRegression"], world=worlds[3.0], params=params, draws=20)
    with pytest.raises(ValueError, match="2 years"):
        make_world(0.0, years=2)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_every_model_finds_the_planted(seed):
    names = [one for one in MODELS if one != "Recurrent"]
    found = recover(3.0, seed, names)
    assert found.failures == {}
    assert found.table.index.tolist() == names
    assert (found.table["gain_low"] > 0).all()
    assert (found.table["placebo_gain_low"] > 0).all()
    assert (found.table["precision_gain_low"] > 0).all()


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", MODELS_OF_PLANTED)
def test_nothing_is_found_where_nothing_was_planted(name):
    every = pd.concat([recover(0.0, seed, [name]).table for seed in range(SEEDS)])
    assert not every["found"].any()
    assert (every["gain_low"] > 0).sum() <= 0.1 * SEEDS
    inside = (every["gain_low"] <= 0) & (every["gain_high"] >= 0)
    assert inside.sum() >= 0.9 * SEEDS, every[["gain", "gain_low", "gain_high"]].to_string()
