"""The models by name, what they learn from, and one's own beside them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from analysis.learning import MODELS, compare
from tests.learning.tables import made

BALANCED = make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced"))
SEVEN = [
    "RandomForest",
    "XGBoost",
    "GradientBoosting",
    "HistGradientBoosting",
    "LogisticRegression",
    "SVM",
    "KernelSVM",
]
FEW = {
    "RandomForest": {"n_estimators": 20},
    "XGBoost": {"n_estimators": 30},
    "GradientBoosting": {"n_estimators": 20},
    "HistGradientBoosting": {"max_iter": 20},
    "KernelSVM": {"n_components": 30},
}


def test_names_and_pipelines():
    assert list(MODELS)[:7] == SEVEN
    assert set(MODELS) - set(SEVEN) <= {"Recurrent"}
    for name in SEVEN:
        model = MODELS[name]
        pipeline = model.pipeline(seed=3)
        assert isinstance(pipeline, Pipeline)
        assert pipeline.steps[-1][1].random_state == 3
        for key, values in model.space.items():
            for value in values:
                model.pipeline(**{key: value})
        with pytest.raises(ValueError, match=name):
            model.pipeline(nonsense=1)


def test_xgboost_takes_a_gpu_only_where_its_build_can(monkeypatch):
    import xgboost

    from analysis.learning import models

    on = []
    monkeypatch.setattr(models, "backend", lambda: "gpu")
    monkeypatch.setattr(models, "accelerate", lambda: on.append(True))
    monkeypatch.setattr(xgboost, "build_info", lambda: {"USE_CUDA": True})
    assert MODELS["XGBoost"].pipeline().steps[-1][1].device == "cuda"
    monkeypatch.setattr(xgboost, "build_info", lambda: {"USE_CUDA": False})
    assert MODELS["XGBoost"].pipeline().steps[-1][1].device == "cpu"
    monkeypatch.setenv("QAZCUBE_COMPUTE", "gpu")
    with pytest.raises(ValueError, match="put the package xgboost in its"):
        MODELS["XGBoost"].pipeline()
    assert len(on) == 3, "scikit-learn's models are accelerated before one is made"


@pytest.mark.gpu
def test_a_gpu_gives_the_scores_of_the_processor(monkeypatch):
    from analysis import compute

    problem = compute.gpu_problem()
    if problem:
        pytest.skip(problem)
    table, grid = made(60, 100, level=-2.5, kept=0.5)
    scores = {}
    for choice in ("cpu", "gpu"):  # what is switched on stays on
        monkeypatch.setenv("QAZCUBE_COMPUTE", choice)
        scores[choice] = compare(table, SEVEN, evaluation=grid, params=FEW, draws=50).scores
    difference = scores["gpu"]["roc_auc"] - scores["cpu"]["roc_auc"]
    assert difference.loc[SEVEN].abs().max() < 0.01


@pytest.fixture(scope="module")
def seven():
    table, grid = made(60, 100, level=-2.5, kept=0.5)
    return compare(table, SEVEN, evaluation=grid, params=FEW, draws=50), table, grid


def test_every_model_beats_the_base_rate_and_names_the_features_that_count(seven):
    found, _, grid = seven
    assert not found.failures
    assert set(found.importance.index) == set(SEVEN)
    for name in SEVEN:
        row = found.differences.loc[("base_rate", found.scores.index[0])]
        assert row["average_precision_high"] < 0
        assert found.scores.loc[name, "information_gain_low"] > 0, name
        assert found.importance.loc[name].sum() == pytest.approx(1)
        assert found.importance.loc[name, "noise"] < 0.3
        tables = found.curves[name]
        assert set(tables) == {"roc", "precision_recall", "molchan", "reliability"}
        assert tables["reliability"]["weight"].sum() == pytest.approx(len(found.predictions))
    assert found.scores["average_precision"].is_monotonic_decreasing
    kinds = found.importance.attrs["kinds"]
    assert (kinds["XGBoost"], kinds["SVM"], kinds["KernelSVM"]) == (
        "impurity",
        "coefficient",
        "permutation",
    )
    assert not found.predictions.isna().any().any()
    assert found.predictions.index.isin(grid.index).all()


def test_a_fitted_model_forecasts_the_same_rows_alike(seven):
    found, _, grid = seven
    rows = grid.loc[found.predictions.index]
    for name, fitted in found.fitted.items():
        told = fitted.predict_probability(rows.drop(columns="target").iloc[:, ::-1])
        assert told.astype(np.float32) == pytest.approx(found.predictions[name], rel=1e-6)
        one = fitted.predict_probability(rows.iloc[[5]])
        assert one == pytest.approx(told[[5]], rel=1e-6)
    with pytest.raises(ValueError, match="no feature 'quake'"):
        found.fitted["SVM"].predict_probability(rows.rename(columns={"quake": "quakes"}))


def test_numbers_are_the_same_again_side_by_side_and_from_a_cache(seven):
    found, table, grid = seven
    cache: dict[str, object] = {}
    options = {"evaluation": grid, "params": FEW, "draws": 50, "cache": cache}
    again = compare(table, SEVEN, workers=2, **options)
    pd.testing.assert_frame_equal(again.scores, found.scores)
    pd.testing.assert_frame_equal(again.predictions, found.predictions)
    pd.testing.assert_frame_equal(again.importance, found.importance)
    assert len(cache) == 14
    kept = compare(table, ["SVM"], **options | {"params": None})
    assert len(cache) == 14
    assert (kept.predictions["SVM"] == found.predictions["SVM"]).all()
    compare(table, ["SVM"], seed=1, **options | {"params": None})
    compare(table.assign(quake=-table["quake"]), ["SVM"], **options | {"params": None})
    assert len(cache) == 18


class Plain(ClassifierMixin, BaseEstimator):
    """A classifier that takes no weights and says the share of its rows."""

    def fit(self, X, y):
        self.classes_, self.share_ = np.unique(y), float(np.mean(y))
        return self

    def predict_proba(self, X):
        return np.tile([1 - self.share_, self.share_], (len(X), 1))


def test_models_of_ones_own_join(seven):
    _, table, grid = seven
    found = compare(
        table,
        {
            "named": "LogisticRegression",
            "balanced": make_pipeline(
                StandardScaler(), LogisticRegression(class_weight="balanced")
            ),
            "gaps": GaussianNB(),
            "plain": Plain,
            "no model": 7,
            "still": LogisticRegression(max_iter=1),
        },
        evaluation=grid.drop(columns="noise"),
        features=["quake", "place"],
        draws=0,
    )
    scores = found.scores
    assert {"named", "balanced", "gaps", "plain"} <= set(scores.index)
    assert "no estimator" in found.failures["no model"]
    assert "did not converge" in found.failures["still"]
    assert scores.loc["balanced", "average_precision"] == pytest.approx(
        scores.loc["named", "average_precision"], rel=0.1
    )
    for name in ("balanced", "plain"):
        ratio = scores.loc[name, "mean_forecast"] / scores.loc[name, "observed_rate"]
        assert 0.8 < ratio < 1.25, name
    assert found.importance.loc["plain"].sum() == 0
    gaps = compare(table, {"gaps": GaussianNB()}, [], draws=0)
    assert gaps.fitted["gaps"].features == ("quake", "noise", "place")


def test_a_large_table_is_learnt_from_by_a_stated_sample(monkeypatch):
    table, grid = made(60, 100, kept=0.5)
    small = MODELS["LogisticRegression"].__class__(
        **{**vars(MODELS["LogisticRegression"]), "most_rows": 1000}
    )
    found = compare(table, {"small": small}, evaluation=grid, draws=0)
    assert "1,000 of" in found.notes[-1]
    assert found.fitted["small"].rows == 1000
    row = found.scores.loc["small"]
    assert row["mean_forecast"] == pytest.approx(row["observed_rate"], rel=0.25)
