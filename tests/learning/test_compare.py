"""Comparison of models and baselines: what it gives, its scores, its honesty."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

from analysis.learning import bootstrap, compare, iterate_comparison, score, sums
from analysis.learning.drawing import draws_of
from analysis.learning.grid import Grid
from analysis.learning.judging import judge
from tests.learning.tables import made

QUICK = ["LogisticRegression", "XGBoost", "SVM"]


@pytest.fixture(scope="module")
def found():
    table, grid = made(kept=0.3)
    return compare(table, QUICK, evaluation=grid, draws=100), grid


def test_scores_equal_those_of_scikit_learn(found):
    comparison, grid = found
    seen = grid["target"].reindex(comparison.predictions.index).to_numpy()
    assert (seen == comparison.outcome).all()
    for name, row in comparison.scores.iterrows():
        told = comparison.predictions[name].to_numpy()
        alarm = told >= comparison.threshold
        wanted = {
            "average_precision": metrics.average_precision_score(seen, told),
            "roc_auc": metrics.roc_auc_score(seen, told),
            "brier_score": metrics.brier_score_loss(seen, told),
            "precision": metrics.precision_score(seen, alarm, zero_division=np.nan),
            "recall": metrics.recall_score(seen, alarm),
            "f1": metrics.f1_score(seen, alarm),
            "accuracy": metrics.accuracy_score(seen, alarm),
            "always_no": (seen == 0).mean(),
        }
        for key, value in wanted.items():
            assert row[key] == pytest.approx(value, abs=1e-6, nan_ok=True), (name, key)
        false, true, _ = metrics.roc_curve(seen, told, drop_intermediate=False)
        roc = comparison.curves[name]["roc"]
        area = np.trapezoid(roc["recall"], roc["false_positive_rate"])
        assert area == pytest.approx(row["roc_auc"], abs=1e-9)
        molchan = comparison.curves[name]["molchan"]
        for measure, key in (("alarm", "area_skill"), ("alarm_smoothed", "area_skill_smoothed")):
            area = np.trapezoid(1 - molchan["miss"], molchan[measure])
            assert area == pytest.approx(row[key], abs=1e-6)
        assert np.trapezoid(true, false) == pytest.approx(row["roc_auc"], abs=1e-6)
        four = comparison.at(comparison.threshold).loc[name]
        matrix = metrics.confusion_matrix(seen, alarm)
        assert (four[["quiet", "false_alarms", "misses", "hits"]] == matrix.ravel()).all()


def test_intervals_are_those_of_the_block_bootstrap(found):
    comparison, _ = found
    windows = comparison.predictions.index.get_level_values("time")
    seen = comparison.outcome.to_numpy()
    for name in ("XGBoost", "rate_smoothed"):
        told = comparison.predictions[name].to_numpy(np.float64)
        for key in ("average_precision", "roc_auc", "brier_skill", "area_skill"):
            same = bootstrap(key, seen, told, windows, replicates=100)
            row = comparison.scores.loc[name]
            assert row[key] == pytest.approx(same.value)
            assert row[f"{key}_low"] == pytest.approx(same.low)
            assert row[f"{key}_high"] == pytest.approx(same.high)
    pair = bootstrap(
        "average_precision",
        seen,
        comparison.predictions["XGBoost"].to_numpy(np.float64),
        windows,
        against=comparison.predictions["rate_smoothed"].to_numpy(np.float64),
        replicates=100,
    )
    row = comparison.differences.loc[("XGBoost", "rate_smoothed")]
    assert row["average_precision"] == pytest.approx(pair.value)
    assert row["average_precision_low"] == pytest.approx(pair.low)


def test_models_come_one_by_one_and_end_as_compare_does(found):
    table, grid = made(kept=0.3)
    steps, told = [], []
    for one in iterate_comparison(
        table, QUICK, evaluation=grid, draws=100, progress=lambda *now: told.append(now)
    ):
        steps.append(one)
    kinds = [(one.scores["kind"] == "model").sum() for one in steps]
    assert kinds == [0, 1, 2, 3]
    assert [now[:2] for now in told] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    pd.testing.assert_frame_equal(steps[-1].scores, found[0].scores)
    pd.testing.assert_frame_equal(steps[-1].predictions, found[0].predictions)


def test_a_sample_is_corrected_to_the_rate_of_all_rows():
    table, grid = made(windows=150, cells=600, kept=0.2)
    comparison = compare(table, QUICK, evaluation=grid, draws=20)
    scores = comparison.scores[comparison.scores["kind"] == "model"]
    assert len(scores) == 3
    assert table["target"].mean() > 3 * grid["target"].mean()
    assert (scores["mean_forecast"] / scores["observed_rate"] - 1).abs().max() < 0.1


@pytest.mark.parametrize("counts", [False, True])
def test_sums_of_few_bins_and_of_many_give_the_scores_of_rows(counts, monkeypatch):
    generator = np.random.default_rng(0)
    size = 4000
    told = np.round(generator.beta(0.3, 5, size), 3).astype(np.float32)
    seen = (generator.random(size) < told).astype(np.uint8)
    heavy, area = generator.integers(1, 4, size).astype(float), generator.random(size)
    number = (seen * generator.integers(1, 4, size)).astype(np.float32)
    flat = np.full(size, 0.05, np.float32)
    grid = Grid(
        pd.RangeIndex(size), seen, heavy, generator.integers(0, 9, size).astype(np.int32), 9,
        area.astype(np.float32), None, flat, "flat", number if counts else None,
    )  # fmt: skip
    found = judge(grid, told, 0.1, draws_of(9, 20, 0))
    monkeypatch.setattr(sums, "_DENSE", 0)
    other = judge(grid, told, 0.1, draws_of(9, 20, 0))
    for name, values in found.drawn.items():
        assert values == pytest.approx(other.drawn[name], nan_ok=True)
    rates = [-np.log1p(-one.astype(float)) if counts else one for one in (told, flat)]
    events = number if counts else seen
    wanted = {
        "average_precision": score("average_precision", seen, told, heavy),
        "area_skill": score("area_skill", events, told, heavy, measure=area.astype(np.float32)),
        "information_gain": score("information_gain", events, rates[0], heavy, reference=rates[1]),
    }
    for name, value in wanted.items():
        assert found.values[name] == pytest.approx(value), name
        assert other.values[name] == pytest.approx(value), name
