"""Faults in what a comparison or a search is asked: told before work begins, by their names."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.learning import compare, tune
from tests.learning.tables import made

LR = ["LogisticRegression"]


@pytest.fixture(scope="module")
def table():
    return made(40, 30, level=-2.0)[0]


def test_a_row_that_is_there_twice_is_refused_wherever_it_is(table):
    twice = pd.concat([table, table.iloc[[7]]])
    with pytest.raises(ValueError, match=r"The table has 1 rows twice, first 2010-01-01.*cell 7"):
        compare(twice, LR)
    with pytest.raises(ValueError, match="The evaluation has 1200 rows twice"):
        compare(table, LR, evaluation=pd.concat([table, table]))
    times = table.reset_index(level="cell", drop=True)  # without cells nothing is there twice
    assert compare(times, [], ["base_rate"], draws=0).scores.index.tolist() == ["base_rate"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"draws": "x"}, "draws='x'; give a whole number, 0 or more"),
        ({"draws": -1}, "draws=-1"),
        ({"draws": True}, "draws=True"),
        ({"draws": float("nan")}, "draws=nan"),
        ({"seed": 0.5}, "seed=0.5"),
        ({"threshold": 3}, "a probability lies from 0 to 1"),
        ({"calibrate": "platt"}, "calibrate='platt'"),
        ({"params": {"LogisticRegression": 3}}, r"params\['LogisticRegression'\] is 3"),
        ({"params": 3}, "params is 3; give settings by model"),
        ({"params": {"Tree": {}}}, "params names Tree; models are LogisticRegression"),
    ],
)
def test_impossible_demands_of_a_comparison_are_named(table, options, words):
    with pytest.raises(ValueError, match=words):
        compare(table, LR, **options)


def test_weights_that_are_all_0_are_refused(table):
    with pytest.raises(ValueError, match="All weights are 0"):
        compare(table.assign(weight=0.0), LR)
    late = table.index.get_level_values("time") > pd.Timestamp("2013-01-01")
    with pytest.raises(ValueError, match="All weights of the train part are 0"):
        compare(table.assign(weight=late.astype(float)), LR)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"trials": -3}, "trials=-3; give a whole number, 1 or more"),
        ({"method": "optuna", "trials": 0}, "trials=0; give a whole number, 1 or more"),
        ({"folds": 2.5}, "folds=2.5"),
    ],
)
def test_impossible_demands_of_a_search_are_named(table, options, words):
    with pytest.raises(ValueError, match=words):
        tune(table, "LogisticRegression", **options)


def test_expected_numbers_are_declared_and_never_guessed(table):
    rate = np.full(len(table), 0.5)
    given = {
        "rounded": rate * 2 + 1e-8,
        "counts": rate * 4,
        "rate_mine": rate,
        "series": pd.Series(rate, table.index, name="rate_of_mine"),
        "column": pd.DataFrame({"rate": rate}, table.index),
        "chance": pd.DataFrame({"rate": rate, "probability": rate}, table.index),
    }
    found = compare(table, [], given, draws=0)
    assert set(found.failures) == {"counts"}
    assert "declared by the name" in found.failures["counts"]
    told = found.predictions.iloc[0]
    assert told["rounded"] == 1
    for name in ("rate_mine", "series", "column"):
        assert told[name] == pytest.approx(1 - np.exp(-0.5))
    assert told["chance"] == 0.5
