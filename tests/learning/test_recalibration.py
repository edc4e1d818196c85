"""From what models say to probabilities: samples undone, levels and shapes set right."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from analysis.learning import brier_parts
from analysis.learning.recalibration import calibrate, expit, fit_line, logit
from analysis.learning.sampling import sampling_of


def world(rows: int = 40_000, seed: int = 0):
    generator = np.random.default_rng(seed)
    chance = generator.beta(0.4, 8, rows)
    return chance, (generator.random(rows) < chance).astype(float), np.ones(rows)


@given(st.floats(1e-9, 1 - 1e-9))
def test_odds_there_and_back(chance):
    assert expit(logit(chance)) == pytest.approx(chance, rel=1e-9)


def test_the_curve_is_that_of_scikit_learn():
    chance, seen, heavy = world(4000)
    heavy = heavy + (np.arange(4000) % 3)
    level, slope = fit_line(seen, chance, heavy)
    peer = LogisticRegression(C=np.inf, tol=1e-10).fit(chance[:, None], seen, heavy)
    assert (level, slope) == pytest.approx((peer.intercept_[0], peer.coef_[0, 0]), rel=1e-4)


@pytest.mark.parametrize("seen", [[0, 0, 1, 1], [1, 0, 0, 0], [1, 1, 1, 1]])
def test_a_step_is_no_curve(seen):
    with pytest.raises(ValueError, match="parts the classes"):
        fit_line(seen, [0.0, 1.0, 2.0, 3.0], [1.0] * 4)


@pytest.mark.parametrize("method", ["isotonic", "sigmoid"])
@pytest.mark.parametrize(
    "wrong", [lambda p: p**0.5, lambda p: expit(logit(p) + 2), lambda p: expit(2 * logit(p))]
)
def test_wrong_probabilities_are_put_right_in_the_same_order(method, wrong):
    chance, seen, heavy = world()
    told = wrong(chance)
    curve = calibrate(seen[::2], told[::2], heavy[::2], method)
    better = curve(told[1::2])
    assert curve.method == method
    assert better.mean() == pytest.approx(seen[1::2].mean(), rel=0.06)
    before, after = brier_parts(seen[1::2], told[1::2]), brier_parts(seen[1::2], better)
    assert after.reliability < 0.1 * before.reliability
    order = np.argsort(told[1::2])
    assert (np.diff(better[order]) >= 0).all()
    distinct = np.diff(told[1::2][order]) > 1e-9
    assert (np.diff(better[order])[distinct] > 0).mean() > 0.999


@pytest.mark.parametrize("method", ["isotonic", "sigmoid"])
def test_good_probabilities_of_few_positives_stay(method):
    chance, seen, heavy = world(1500)
    curve = calibrate(seen, chance, heavy, method, np.arange(1500) // 100)
    assert curve(chance).mean() == pytest.approx(chance.mean(), rel=0.05)
    assert abs(logit(curve([0.01, 0.2])) - logit([0.01, 0.2])).max() < 0.7


def test_nothing_to_learn_from_changes_next_to_nothing():
    zeros = np.zeros(300)
    curve = calibrate(zeros, np.full(300, 0.001), np.ones(300), "isotonic")
    assert curve.method == "sigmoid"
    assert curve(0.001) == pytest.approx(0.001, rel=0.5)
    assert calibrate(zeros, zeros, np.ones(300), "sigmoid").method == "none"
    assert calibrate([], [], [], "sigmoid").method == "none"
    with pytest.raises(ValueError, match="platt"):
        calibrate(zeros, zeros, np.ones(300), "platt")


def test_a_sample_is_undone_row_by_row():
    generator = np.random.default_rng(0)
    busy = generator.random(200_000) < 0.1
    chance = np.where(busy, 0.05, 0.002)
    seen = (generator.random(busy.size) < chance).astype(np.uint8)
    kept = (seen > 0) | busy | (generator.random(busy.size) < 0.02)
    values = busy[kept, None].astype(np.float32)
    weights = np.where((seen > 0) | busy, 1.0, 50.0)[kept]
    found = sampling_of(values, seen[kept], weights, by_features=True)
    raw = np.array([seen[kept][values[:, 0] == one].mean() for one in (0, 1)])
    told = found.correct(raw, np.array([[0], [1]], np.float32))
    assert told == pytest.approx([0.002, 0.05], rel=0.1)
    assert raw[0] > 10 * told[0]
    assert sampling_of(values, seen[kept], weights, by_features=False) is None
    vague = weights * generator.uniform(1, 2, weights.size)
    assert sampling_of(values, seen[kept], vague, by_features=True) is None


def heard(
    rate: float, rows: int, windows: int, says: float, burst: bool, random: np.random.Generator
):
    """Return features, outcomes and windows; three of twenty features say something, or none."""
    window = np.arange(rows) * windows // rows
    values = random.normal(size=(rows, 20))
    push = random.gamma(1.0, 1.0, windows) if burst else np.ones(windows)
    level = np.log(rate) - 1.5 * says**2 + says * values[:, :3].sum(axis=1)
    chance = -np.expm1(-np.exp(level) * push[window])
    return values, (random.random(rows) < chance).astype(float), window


def per_event(chance, seen) -> float:
    return float((seen * np.log(chance) + (1 - seen) * np.log1p(-chance)).sum() / seen.sum())


@pytest.mark.slow
@pytest.mark.parametrize("positives", [(20, 6), (45, 17), (100, 40), (300, 60), (1000, 200)])
@pytest.mark.parametrize("says", [0.0, 0.5])
@pytest.mark.parametrize("burst", [False, True])
def test_calibration_on_few_is_no_worse_than_none_and_than_the_base_rate(positives, says, burst):
    rate, worlds, gains = 0.03, 40, []
    for seed in range(worlds):
        random = np.random.default_rng(seed)
        learnt, _, chosen = parts = [
            heard(rate, int(number / rate), windows, says, burst, random)
            for number, windows in ((positives[0], 80), (600, 1000), (positives[1], 20))
        ]
        if learnt[1].sum() < 3:
            continue
        model = LogisticRegression(C=0.3, max_iter=500).fit(*learnt[:2])
        base = learnt[1].mean()
        test, validation = (
            0.99 * model.predict_proba(one[0])[:, 1] + 0.01 * base for one in parts[1:]
        )
        curve = calibrate(
            chosen[1], validation, np.ones(chosen[1].size), "isotonic", chosen[2],
            (base, learnt[1].sum()),
        )  # fmt: skip
        seen = parts[1][1]
        scores = [per_event(one, seen) for one in (np.full(seen.size, base), test, curve(test))]
        gains.append((scores[2] - scores[0], scores[2] - scores[1]))
    over_base, over_raw = np.mean(gains, axis=0)
    noise = 2 * np.std(gains, axis=0) / np.sqrt(len(gains))
    assert over_base > -0.02 - noise[0]  # nats for each event
    assert over_raw > -0.02 - noise[1]
    if not says:
        assert over_raw > 0, "a model that says nothing is not believed"


def test_a_model_that_says_nothing_is_not_believed_on_few_positives():
    random = np.random.default_rng(3)
    kept = []
    for _ in range(20):
        told = expit(random.normal(-3.5, 1.5, 800))  # says much, and knows nothing
        seen = (random.random(800) < 0.02).astype(float)
        curve = calibrate(seen, told, np.ones(800), "isotonic", None, (0.02, 45.0))
        low, high = logit(curve(np.quantile(told, [0.1, 0.9])))
        kept.append((curve(told).mean(), (high - low) / 3.8))
    mean, slope = np.mean(kept, axis=0)
    assert 0.018 < mean < 0.03, "untouched it were 0.06"
    assert 0 < slope < 0.25


def test_the_free_form_comes_in_as_positives_grow():
    shares = []
    for rows in (300, 3000, 60_000):
        chance, seen, heavy = world(rows, seed=2)
        told = np.clip(chance**2 * 8, 1e-4, 0.9)  # no line in log-odds puts this right
        base = (float(seen.mean()), 5000.0)
        line, free = (
            calibrate(seen, told, heavy, method, None, base)(told)
            for method in ("sigmoid", "isotonic")
        )
        shares.append(float(np.abs(logit(free) - logit(line)).mean()))
    assert shares[0] < shares[1] < shares[2]
