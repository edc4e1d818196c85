"""What a model rests on: the features that make the outcome, and no others."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from analysis.learning import contribution, explain_row, importance, temporal_split
from analysis.learning.contributiongain import gain_interval
from analysis.learning.fitting import Fitted, fit
from analysis.learning.grid import make_grid
from analysis.learning.models import MODELS
from analysis.learning.recalibration import logit
from analysis.learning.sheet import read_sheet

NAMES = ("strong", "gaps", "weak", "dice")


def make_table(seed: int = 0, windows: int = 80, cells: int = 60) -> pd.DataFrame:
    """Outcomes made by `strong`, a little by `weak`, and by `gaps` being missing."""
    random = np.random.default_rng(seed)
    days = pd.date_range("2010-01-01", periods=windows, freq="30D")
    index = pd.MultiIndex.from_product([days, range(cells)], names=["time", "cell"])
    values = random.normal(size=(len(index), 4))
    values[random.random(len(index)) < 0.2, 1] = np.nan
    odds = -3.5 + 1.5 * values[:, 0] + 0.5 * values[:, 2] + 2.0 * np.isnan(values[:, 1])
    table = pd.DataFrame(values, index, list(NAMES))
    table["target"] = (random.random(len(index)) < 1 / (1 + np.exp(-odds))).astype(int)
    groups = ("catalogue", "radar", "catalogue", "dice")
    table.attrs["features"] = {
        name: {"group": group} for name, group in zip(NAMES, groups, strict=True)
    }
    return table


@cache
def fitted(name: str) -> Fitted:
    table = make_table()
    params: dict[str, Any] = {"RandomForest": {"n_estimators": 30}}.get(name, {})
    return fit(name, MODELS[name], read_sheet(table), temporal_split(table), params=params)


def rows_of_test() -> pd.DataFrame:
    table = make_table()
    return table.iloc[temporal_split(table).test]


@pytest.mark.parametrize("name", ["XGBoost", "LogisticRegression"])
def test_shuffling_costs_where_the_outcome_comes_from(name):
    how: dict[str, Any] = {"kind": "permutation", "score": "information_gain", "draws": 100}
    found = importance(fitted(name), rows_of_test(), **how)
    assert found.index.tolist() == list(NAMES)
    assert found["importance"].idxmax() == "strong"
    assert (found.loc[["strong", "gaps"], "low"] > 0).all()
    assert found.loc["dice", "low"] < 0.01
    assert abs(found.loc["dice", "importance"]) < 0.1 * found.loc["gaps", "importance"] + 0.02
    assert (found["low"] <= found["importance"]).all()
    assert (found["importance"] <= found["high"]).all()
    again = importance(fitted(name), rows_of_test(), **how)
    pd.testing.assert_frame_equal(found, again)


def test_features_are_shuffled_together_and_in_another_score():
    groups = {"all": list(NAMES), "dice": ["dice"]}
    told = []
    found = importance(
        fitted("LogisticRegression"), rows_of_test(), kind="permutation", groups=groups,
        score="information_gain", progress=lambda *what: told.append(what),
    )  # fmt: skip
    assert found.index.tolist() == ["all", "dice"]
    assert found.loc["all", "low"] > 0.2  # nothing is left but the base rate
    assert told == [(0, 2, "all"), (1, 2, "dice"), (2, 2, "")]
    assert found.attrs["units"] == "loss of information_gain"


def test_fewer_negatives_with_weights_say_the_same():
    whole, part = (
        importance(
            fitted("LogisticRegression"),
            make_table(5, cells=40),
            kind="permutation",
            most_rows=most,
            draws=50,
        ).loc["strong"]
        for most in (50_000, 1500)
    )
    assert part["low"] < whole["importance"] < part["high"]


def test_a_sample_is_shuffled_as_often_as_its_rows_stand_for():
    """A row of weight 9 is nine rows: drawn evenly, positives would be far too common."""
    rows = rows_of_test().reset_index()
    quiet = rows[rows["target"] == 0]
    copies = [quiet.assign(cell=quiet["cell"] + 1000 * number) for number in range(1, 9)]
    how: dict[str, Any] = {"kind": "permutation", "score": "information_gain", "draws": 0}
    whole, sample = (
        importance(fitted("LogisticRegression"), one, shuffles=9, **how)["importance"]
        for one in (
            pd.concat([rows, *copies]),
            rows.assign(weight=np.where(rows["target"] > 0, 1.0, 9.0)),
        )
    )
    assert sample["strong"] == pytest.approx(whole["strong"], rel=0.08)


def test_a_linear_model_of_ones_own_has_shares_that_no_unit_decides():
    shares = []
    for unit in (1.0, 1000.0):
        table = make_table().fillna(0.0)
        table["strong"] *= unit
        split, sheet = temporal_split(table), read_sheet(table)
        own = fit("own", LogisticRegression(C=1e6, max_iter=5000), sheet, split)
        found = importance(own, table.iloc[split.validation])
        assert found.attrs["kind"] == "coefficient"
        shares.append(found["importance"].to_numpy())
    np.testing.assert_allclose(shares[0], shares[1], atol=0.02)


def test_a_model_without_skill_rests_on_nothing():
    """Of a kernel's own account, by shuffling, noise has no share."""
    table = make_table()
    table["target"] = np.random.default_rng(8).permutation(table["target"])
    fit_of_noise = fit("KernelSVM", MODELS["KernelSVM"], read_sheet(table), temporal_split(table))
    found = importance(fit_of_noise, table.iloc[temporal_split(table).test])
    assert found.attrs["kind"] == "permutation"
    assert (found["importance"] == 0).all()


def test_one_window_with_positives_gives_no_interval():
    rows = rows_of_test()
    times = rows.index.get_level_values("time")
    rows["target"] = rows["target"].where(times <= times.unique()[1], 0)
    found = importance(fitted("LogisticRegression"), rows, kind="permutation", draws=50)
    assert found["low"].isna().all()
    assert "fewer than three windows" in found.attrs["notes"][0]
    grid = make_grid(read_sheet(rows), np.full(len(rows), 0.1, np.float32), "flat", None)
    assert np.isnan(gain_interval(grid, np.full(len(rows), 0.2), np.full(len(rows), 0.1))[1:]).all()
    with pytest.raises(ValueError, match="area_skill_smoothed is nan"):
        importance(
            fitted("LogisticRegression"), rows, kind="permutation", score="area_skill_smoothed"
        )


def test_the_models_own_account():
    forest = importance(fitted("RandomForest"), rows_of_test())
    assert forest["importance"].sum() == pytest.approx(1)
    assert (
        (forest["low"] <= forest["importance"]) & (forest["importance"] <= forest["high"])
    ).all()
    assert forest["importance"].idxmax() == "strong"
    line = importance(fitted("LogisticRegression"), rows_of_test())
    assert (forest.attrs["kind"], line.attrs["kind"]) == ("impurity", "coefficient")
    assert line["low"].isna().all()
    assert line.loc["gaps", "importance"] > line.loc["dice", "importance"], "its absence counts"


def test_shap_of_linear_models_and_by_sampling():
    for name in ("LogisticRegression", "KernelSVM"):
        found = importance(fitted(name), rows_of_test(), kind="shap", draws=50)
        assert found["importance"].idxmax() == "strong"
        assert found.loc["dice", "high"] < found.loc["strong", "low"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["RandomForest", "XGBoost", "GradientBoosting", "HistGradientBoosting"]
)
def test_shap_of_trees_adds_up_to_the_forecast_of_the_trees(name):
    from analysis.learning.importanceshap import global_shap

    one = fitted(name)
    values = read_sheet(rows_of_test(), one.features).values[:200]
    kind, explain, units = global_shap(one)
    changes = explain(values, values, 0)
    told = one.estimator.predict_proba(values)[:, 1]
    told = told if "probability" in units else np.log(told / (1 - told))
    rest = told - changes.sum(axis=1)
    assert kind == "trees"
    assert np.ptp(rest) < 1e-4, "what is left is the same for all rows"
    found = importance(one, rows_of_test(), kind="shap")
    assert found["importance"].idxmax() == "strong"


@pytest.mark.parametrize("name", ["RandomForest", "LogisticRegression", "KernelSVM", "SVM"])
def test_the_changes_of_one_row_add_up_to_its_probability(name):
    table = rows_of_test()
    background, row = table.iloc[:200], table.iloc[[250]]
    found = explain_row(fitted(name), row, background, orders=16)
    told = logit(fitted(name).predict_probability(row))[0]
    assert found.attrs["value"] == pytest.approx(told, rel=1e-4)
    assert found.attrs["base"] + found.sum() == pytest.approx(told, rel=1e-4)
    raised = row.assign(strong=3.0)
    more = explain_row(fitted(name), raised, background, orders=16)
    assert more["strong"] > max(found["strong"], 0.5)
    assert more.abs().idxmax() == "strong"


def test_what_cannot_be_explained_is_refused():
    one, table = fitted("LogisticRegression"), rows_of_test()
    with pytest.raises(ValueError, match="'guess'"):
        importance(one, table, kind="guess")
    with pytest.raises(ValueError, match="no positives"):
        importance(one, table[table["target"] == 0], kind="permutation")
    with pytest.raises(ValueError, match="names fog"):
        importance(one, table, kind="permutation", groups={"a": ["fog"]})
    with pytest.raises(ValueError, match="score"):
        importance(one, table, kind="permutation", score="f1")
    with pytest.raises(ValueError, match="2 rows to explain"):
        explain_row(one, table.iloc[:2], table)
    with pytest.raises(ValueError, match=r"lacks|no feature"):
        explain_row(one, table[["weak"]].iloc[:1], table)


def test_contribution_of_groups_added_left_out_and_beside_a_placebo():
    table, told = make_table(3, windows=160), []
    found = contribution(
        table, "LogisticRegression", placebo=True, draws=100,
        progress=lambda *what: told.append(what),
    )  # fmt: skip
    ways = [(group, way) for group in ("radar", "dice") for way in ("added", "left out", "placebo")]
    assert found.index.tolist() == [*ways, ("all", "added")]
    gain = found["information_gain"]
    assert (found.loc["radar", "information_gain_low"] > 0).all()
    assert (found.loc["dice", "information_gain_low"] < 0).all()
    assert gain["dice"].abs().max() < 0.02
    # the parts make the whole: base + radar + dice
    assert gain["all", "added"] == pytest.approx(gain["radar", "added"] + gain["dice", "left out"])
    assert gain["radar", "left out"] + gain["dice", "added"] == pytest.approx(gain["all", "added"])
    assert told[-1][0] == told[-1][1] == 8
    scores = found.attrs["scores"]["information_gain"]
    assert scores["+radar"] - scores["base"] == pytest.approx(gain["radar", "added"])
    assert found.attrs["features"]["catalogue"] == ["strong", "weak"]
    kept: dict[str, Any] = {}
    only = contribution(table, "LogisticRegression", ["radar"], draws=100, cache=kept)
    assert only.index.tolist() == [("radar", "added")]
    assert only.loc[("radar", "added")].equals(found.loc[("radar", "added")])
    assert len(kept) == 4  # two fits and their forecasts


def test_contribution_says_what_is_wrong():
    table = make_table(windows=30, cells=20)
    with pytest.raises(ValueError, match=r"no group 'rader'.*radar"):
        contribution(table, "LogisticRegression", ["rader"])
    with pytest.raises(ValueError, match="no group but the base"):
        contribution(table, "LogisticRegression", ["catalogue"])
    with pytest.raises(ValueError, match="Give one model"):
        contribution(table, ["SVM", "XGBoost"])
    table.attrs = {}
    with pytest.raises(ValueError, match="states no groups"):
        contribution(table, "LogisticRegression")


def test_the_gain_is_that_of_the_scores_and_its_interval_knows_of_lasting_errors():
    table = make_table(4)
    told = contribution(table, "LogisticRegression", ["radar"], draws=50)
    scores = told.attrs["scores"]["information_gain"]
    gain = told.loc[("radar", "added"), "information_gain"]
    assert scores["+radar"] - scores["base"] == pytest.approx(gain)
    # rows that are there twice in one window, or in one cell, make no interval narrower
    random = np.random.default_rng(0)
    seen = random.random((40, 60)) < 0.1
    for axis in (0, 1):
        noise = random.normal(size=(1, 60) if axis == 0 else (40, 1))
        forecast = 0.1 * np.exp(0.3 * np.broadcast_to(noise, seen.shape))
        one = interval(seen, forecast)
        doubled = interval(*(np.repeat(part, 2, axis=axis) for part in (seen, forecast)))
        assert one[0] == pytest.approx(doubled[0])
        assert doubled[2] - doubled[1] > 0.9 * (one[2] - one[1])


def interval(seen: Any, forecast: Any) -> tuple[float, float, float]:
    """The interval of a forecast over 0.1 everywhere; copies keep their window or their cell."""
    windows = pd.date_range("2010-01-01", periods=40, freq="30D").repeat(seen.shape[0] // 40)
    cells = np.repeat(np.arange(60), seen.shape[1] // 60)
    index = pd.MultiIndex.from_product([windows, cells], names=["time", "cell"])
    table = pd.DataFrame({"x": 0.0, "target": seen.ravel()}, index)
    flat = np.full(seen.size, 0.1, np.float32)
    grid = make_grid(read_sheet(table), flat, "flat", None)
    return gain_interval(grid, forecast.ravel(), flat)
