"""Scores against plain definitions, against scikit-learn where it is, and at their edges."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from analysis.learning import (
    SCORES,
    area_skill,
    average_precision,
    bootstrap,
    brier_parts,
    brier_score,
    chance_precision,
    confusion,
    correct_prior,
    curves,
    information_gain,
    molchan_diagram,
    reliability_table,
    roc_auc,
    score,
)
from analysis.learning.drawing import critical, draws_of

OPTIONS = {name: {"threshold": 0.4} for name in ("precision", "recall", "f1", "accuracy")}


def sample(rows: int = 400, seed: int = 0, levels: int = 0):
    generator = np.random.default_rng(seed)
    chance = generator.beta(0.5, 3, rows)
    outcome = (generator.random(rows) < chance).astype(int)
    outcome[:2] = 0, 1
    forecast = np.round(chance * levels) / levels if levels else chance
    return outcome, forecast, generator.integers(1, 4, rows).astype(float)


def plain_auc(outcome, forecast, weights):
    above = forecast[:, None] - forecast[None, :]
    pairs = np.outer(weights * outcome, weights * (1 - outcome))
    return (pairs * ((above > 0) + 0.5 * (above == 0))).sum() / pairs.sum()


def plain_precision(outcome, forecast, weights):
    total = 0.0
    for level in np.unique(forecast):
        alarm = forecast >= level
        share = (weights * outcome)[forecast == level].sum() / (weights * outcome).sum()
        total += share * (weights * outcome)[alarm].sum() / weights[alarm].sum()
    return total


rows = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 6), st.integers(1, 3)), min_size=4, max_size=40
)


@given(rows)
def test_scores_of_order_are_the_plain_definitions(found):
    outcome, forecast, weights = np.array(found, dtype=float).T
    if 0 < outcome.sum() < outcome.size:
        assert roc_auc(outcome, forecast, weights) == pytest.approx(
            plain_auc(outcome, forecast, weights)
        )
    if outcome.any():
        wanted = plain_precision(outcome, forecast, weights)
        assert average_precision(outcome, forecast, weights) == pytest.approx(wanted)


@pytest.mark.parametrize("levels", [0, 10])
def test_scores_equal_those_of_scikit_learn(levels):
    metrics = pytest.importorskip("sklearn.metrics")
    outcome, forecast, weights = sample(levels=levels)
    pairs = {
        "average_precision": metrics.average_precision_score,
        "roc_auc": metrics.roc_auc_score,
        "brier_score": metrics.brier_score_loss,
    }
    for name, other in pairs.items():
        wanted = other(outcome, forecast, sample_weight=weights)
        assert score(name, outcome, forecast, weights) == pytest.approx(wanted)
    table = confusion(outcome, forecast, 0.4, weights)
    alarm = forecast >= 0.4
    for name in ("precision", "recall", "f1"):
        other = getattr(metrics, f"{name}_score")
        assert getattr(table, name) == pytest.approx(other(outcome, alarm, sample_weight=weights))


@pytest.mark.parametrize("name", [one for one in SCORES if one != "information_gain"])
def test_weights_are_repetitions_and_order_of_rows_is_nothing(name):
    outcome, forecast, weights = sample(levels=20)
    times = weights.astype(int)
    value = score(name, outcome, forecast, weights, **OPTIONS.get(name, {}))
    again = score(
        name, np.repeat(outcome, times), np.repeat(forecast, times), **OPTIONS.get(name, {})
    )
    assert value == pytest.approx(again)
    order = np.random.default_rng(1).permutation(outcome.size)
    shuffled = score(name, outcome[order], forecast[order], weights[order], **OPTIONS.get(name, {}))
    assert value == pytest.approx(shuffled)


@pytest.mark.parametrize(("rows", "positives"), [(5, 2), (7, 1), (6, 6), (6, 3)])
def test_chance_is_the_mean_over_all_rankings(rows, positives):
    found = []
    for places in combinations(range(rows), positives):
        outcome = np.isin(np.arange(rows), places)
        found.append(average_precision(outcome, np.linspace(0.9, 0.1, rows)))
    assert chance_precision(rows, positives) == pytest.approx(np.mean(found))
    assert np.isnan(chance_precision(rows, 0))
    with pytest.raises(ValueError, match="impossible"):
        chance_precision(rows, rows + 1)


def test_order_is_all_that_matters_to_scores_of_order():
    outcome, forecast, _ = sample()
    for one in (roc_auc, average_precision, area_skill):
        assert one(outcome, forecast) == pytest.approx(one(outcome, np.log(forecast) * 3 + 7))
    assert roc_auc(outcome, -forecast) == pytest.approx(1 - roc_auc(outcome, forecast))


def test_a_sample_of_negatives_with_weights_is_all_rows():
    generator = np.random.default_rng(2)
    chance = generator.beta(0.2, 20, 200_000)
    outcome = (generator.random(chance.size) < chance).astype(int)
    names = ("average_precision", "roc_auc", "brier_score")
    found = []
    for _ in range(6):
        kept = (outcome > 0) | (generator.random(chance.size) < 0.1)
        weights = np.where(outcome[kept] > 0, 1.0, 10.0)
        found.append([score(name, outcome[kept], chance[kept], weights) for name in names])
    whole = [score(name, outcome, chance) for name in names]
    np.testing.assert_allclose(np.mean(found, axis=0), whole, rtol=0.03)
    odds = chance[kept] / (1 - chance[kept]) / 0.1
    corrected = correct_prior(odds / (1 + odds), 0.1)
    np.testing.assert_allclose(corrected, chance[kept])
    assert weights @ corrected == pytest.approx(outcome.sum(), rel=0.05)


def test_curves_end_where_they_must():
    outcome, forecast, weights = sample(levels=20)
    table = curves(outcome, forecast, weights)
    assert table["recall"].iloc[-1] == 1
    assert (np.diff(table["recall"]) > 0).all()
    steps = np.diff(table["recall"], prepend=0)
    wanted = average_precision(outcome, forecast, weights)
    assert steps @ table["precision"] == pytest.approx(wanted)
    for _, row in table.iterrows():
        alarms = confusion(outcome, forecast, row["threshold"], weights)
        assert (alarms.precision, alarms.recall) == pytest.approx((row["precision"], row["recall"]))


def test_area_skill_is_the_area_above_the_molchan_diagram():
    generator = np.random.default_rng(3)
    forecast, measure = generator.random(300), generator.random(300)
    events = generator.poisson(forecast**3)
    table = molchan_diagram(events, forecast, measure)
    assert table[["alarm", "miss"]].to_numpy()[[0, -1]].tolist() == [[0, 1], [1, 0]]
    assert (np.diff(table["alarm"]) >= 0).all()
    assert (np.diff(table["miss"]) <= 0).all()
    area = np.trapezoid(1 - table["miss"], table["alarm"])
    assert area == pytest.approx(area_skill(events, forecast, measure), abs=1e-12)
    pair = forecast[:, None] - forecast[None, :]
    wanted = events @ ((pair > 0) + 0.5 * (pair == 0)) @ measure / events.sum() / measure.sum()
    assert area_skill(events, forecast, measure) == pytest.approx(wanted)
    skilled = area_skill(events, forecast, measure)
    assert 0.5 < area_skill(events, forecast, measure * forecast) < skilled
    assert area_skill(events, np.ones(300), measure) == pytest.approx(0.5)
    for _, point in table.iloc[1:-1].iterrows():
        alarm = forecast >= point["threshold"]
        assert point["alarm"] == pytest.approx(measure[alarm].sum() / measure.sum())
        assert point["miss"] == pytest.approx(1 - events[alarm].sum() / events.sum())


@given(rows, st.integers(1, 8))
def test_parts_of_the_brier_score_add_up(found, bins):
    outcome, forecast, weights = np.array(found, dtype=float).T
    parts = brier_parts(outcome, forecast / 6, weights, bins=bins)
    total = parts.reliability - parts.resolution + parts.uncertainty + parts.within
    assert parts.score == pytest.approx(total, abs=1e-12)
    assert parts.score == pytest.approx(brier_score(outcome, forecast / 6, weights))
    table = reliability_table(outcome, forecast / 6, weights, bins=bins)
    assert table["rows"].sum() == outcome.size
    assert table["events"].sum() == pytest.approx(weights @ outcome)
    assert ((table["low"] <= table["observed"]) & (table["observed"] <= table["high"])).all()
    assert (np.diff(table["forecast"]) > 0).all()


def test_reliability_of_a_true_and_an_overconfident_forecast():
    generator = np.random.default_rng(4)
    chance = generator.beta(0.3, 8, 100_000)
    outcome = (generator.random(chance.size) < chance).astype(int)
    table = reliability_table(outcome, chance, bins=10, level=0.999)
    assert len(table) == 10
    assert table["expected"].std() < 0.1 * table["expected"].mean()
    assert ((table["low"] < table["forecast"]) & (table["forecast"] < table["high"])).all()
    true, twice = brier_parts(outcome, chance), brier_parts(outcome, np.minimum(1, 2 * chance))
    assert true.reliability < 0.02 * twice.reliability
    assert true.skill > twice.skill


def test_information_gain_of_known_rates():
    generator = np.random.default_rng(5)
    truth = generator.gamma(0.3, 1, 50_000)
    flat = np.full(truth.size, truth.mean())
    events = generator.poisson(truth)
    wanted = (truth * np.log(truth / flat)).sum() / truth.sum()
    assert information_gain(events, truth, flat) == pytest.approx(wanted, rel=0.03)
    assert information_gain(events, truth * 2, flat) < information_gain(events, truth, flat)
    both = information_gain(events, truth, flat) + information_gain(events, flat, truth)
    assert both == pytest.approx(0, abs=1e-12)
    assert information_gain([1, 0], [0.0, 1.0], [0.5, 0.5]) == -np.inf


@pytest.mark.parametrize("name", SCORES)
def test_drawing_windows_again_is_scoring_the_rows_again(name):
    outcome, forecast, weights = sample(levels=15)
    forecast = forecast + 0.01 * (forecast == 0)
    windows = np.arange(outcome.size) // 40
    options = OPTIONS.get(name, {})
    if name == "information_gain":
        options = {"reference": np.full(outcome.size, 0.1)}
    got = bootstrap(name, outcome, forecast, windows, weights=weights, replicates=40, **options)
    draws = draws_of(10, 40, 0, 2).T  # of ten windows two are drawn together
    values = [score(name, outcome, forecast, weights * draw[windows], **options) for draw in draws]
    assert got.value == pytest.approx(score(name, outcome, forecast, weights, **options))
    tail = scipy.stats.norm.sf(critical(2, 10))
    assert (got.low, got.high) == pytest.approx(tuple(np.quantile(values, [tail, 1 - tail])))
    assert got.std == pytest.approx(np.std(values, ddof=1))
    assert got.undefined == 0


def test_paired_differences_are_sharper_than_two_intervals():
    outcome, forecast, _ = sample(4000)
    worse = forecast + np.random.default_rng(6).normal(0, 0.02, forecast.size)
    windows = np.arange(outcome.size) // 100
    alone = bootstrap("roc_auc", outcome, forecast, windows)
    pair = bootstrap("roc_auc", outcome, forecast, windows, against=worse)
    assert pair.low < pair.value < pair.high
    assert pair.std < 0.5 * alone.std
    assert pair == bootstrap("roc_auc", outcome, forecast, windows, against=worse)
    other = bootstrap("roc_auc", outcome, worse, windows, against=forecast)
    assert other.value == pytest.approx(-pair.value)


def test_intervals_hold_the_truth_as_often_as_they_say():
    generator = np.random.default_rng(7)
    inside = 0
    for one in range(100):
        windows = np.repeat(np.arange(40), 25)
        rate = np.repeat(generator.gamma(2, 0.1, 40), 25).clip(0, 1)  # windows differ
        outcome = (generator.random(1000) < rate).astype(int)
        found = bootstrap("brier_score", outcome, np.zeros(1000), windows, seed=one, replicates=200)
        inside += found.low <= 0.2 <= found.high
    assert 86 <= inside <= 99


def test_windows_without_positives_are_told():
    outcome = np.zeros(60, int)
    outcome[:3] = 1
    windows = np.repeat(np.arange(6), 10)
    found = bootstrap("average_precision", outcome, np.linspace(1, 0, 60), windows)
    assert found.undefined == pytest.approx(1000 * (5 / 6) ** 6, rel=0.15)
    assert (found.value, found.low, found.high) == (1.0, 1.0, 1.0)


@pytest.mark.parametrize("outcome", [[0, 0, 0], [1, 1, 1]])
def test_one_class_is_a_stated_nan(outcome):
    assert np.isnan(roc_auc(outcome, [0.1, 0.2, 0.3]))
    value = average_precision(outcome, [0.1, 0.2, 0.3])
    assert value == 1 if outcome[0] else np.isnan(value)
    assert np.isnan(brier_parts(outcome, [0.1, 0.2, 0.3]).skill)
    table = confusion(outcome, [0.1, 0.2, 0.3], 0.5)
    assert np.isnan(table.precision)
    assert table.always_no == 1 - outcome[0]
    if not outcome[0]:
        assert np.isnan(table.recall)
        assert np.isnan(information_gain(outcome, [0.1] * 3, [0.1] * 3))
        assert np.isnan(area_skill(outcome, [0.1] * 3))
        found = bootstrap("average_precision", outcome, [0.1, 0.2, 0.3], [1, 2, 3])
        assert np.isnan(found.low)
        assert found.undefined == found.replicates


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: roc_auc([0, 1], [0.5, np.nan]), "1 of 2 forecasts are missing"),
        (lambda: roc_auc([0, 1], [0.5]), "must have one shape"),
        (lambda: roc_auc([], []), "at least one row"),
        (lambda: roc_auc([0, 2], [0.1, 0.2]), "takes 0 and 1"),
        (lambda: roc_auc([0, 0.5], [0.1, 0.2]), "no whole number"),
        (lambda: roc_auc([0, np.nan], [0.1, 0.2]), "outcome is missing"),
        (lambda: roc_auc([0, 1], [0.1, 0.2], [1, -1]), "weight is missing"),
        (lambda: brier_score([0, 1], [0.1, 1.2]), "at most 1"),
        (lambda: brier_score([0, 1], [0.1, -0.2]), "not negative"),
        (lambda: information_gain([0, 1], [0.1, np.inf], [1, 1]), "infinite"),
        (lambda: information_gain([0, 1], [0.1, 0.1], [1, 0]), "give the reference a floor"),
        (lambda: information_gain([0, 1], [0.1, 0.1], [1, -1]), "reference is missing"),
        (lambda: information_gain([0, 1], [0.1, 0.1], [1]), "reference has 1 rows"),
        (lambda: area_skill([0, 1], [0.1, 0.1], [0, 0]), "0 everywhere"),
        (lambda: area_skill([0, 1], [0.1, 0.1], [1]), "measure has 1 rows"),
        (lambda: molchan_diagram([0, 0], [0.1, 0.1]), "no events"),
        (lambda: curves([0, 0], [0.1, 0.1]), "no positives"),
        (lambda: reliability_table([0, 1], [0.1, 0.1], bins=0), "0 bins"),
        (lambda: reliability_table([0, 1], [0.1, 0.6], bins=[0, 0.5]), "go from 0 to 0.5"),
        (lambda: reliability_table([0, 1], [0.1, 0.6], bins=[0, 0, 1]), "must ascend"),
        (lambda: reliability_table([0, 1], [0.1, 0.6], level=1), "level is 1"),
        (lambda: correct_prior([0.5], 0), "share of negatives"),
        (lambda: correct_prior([1.5], 0.5), "no probability"),
        (lambda: score("auc", [0, 1], [0, 1]), "there are average_precision"),
        (lambda: score("recall", [0, 1], [0, 1]), "takes threshold"),
        (lambda: score("roc_auc", [0, 1], [0, 1], threshold=1), "takes no options"),
        (lambda: bootstrap("roc_auc", [0, 1], [0, 1], [1, 1]), "one window"),
        (lambda: bootstrap("roc_auc", [0, 1], [0, 1], [1, 2], replicates=1), "replicates=1"),
    ],
)
def test_impossible_questions_say_why(call, words):
    with pytest.raises(ValueError, match=words):
        call()
