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
