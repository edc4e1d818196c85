"""Tests of forecasts: they pass what is true, fail what is false, and equal pycsep where it is."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

from analysis.learning import gain_test, likelihood_test, number_test, space_test


def world(seed: int = 0, steps: int = 6, cells: int = 200):
    generator = np.random.default_rng(seed)
    rates = generator.gamma(0.4, 0.2, cells) * np.ones((steps, 1)) * 1.0
    return rates, generator.poisson(rates)


def test_number_of_events_by_hand():
    test = number_test(0, 2.0)
    assert test.at_least == 1
    assert test.at_most == pytest.approx(np.exp(-2))
    clustered = number_test(30, 10.0, variance=100.0)
    assert clustered.at_least > 50 * number_test(30, 10.0).at_least
    law = scipy.stats.nbinom(100 / 90, 0.1)
    assert (law.mean(), law.var()) == pytest.approx((10, 100))
    assert clustered.at_least == pytest.approx(1 - law.cdf(29))


def test_a_true_forecast_fails_as_often_as_stated():
    quantiles = []
    for seed in range(60):
        rates, events = world(seed)
        quantiles.append(likelihood_test(events, rates, simulations=100, seed=seed).quantile)
    assert 0 <= np.mean(np.array(quantiles) < 0.05) <= 0.15
    assert scipy.stats.kstest(quantiles, "uniform").pvalue > 0.001


def test_a_wrong_map_fails_and_a_wrong_number_does_not():
    rates, events = world()
    wrong = np.random.default_rng(1).permutation(rates, axis=1)
    assert likelihood_test(events, wrong).quantile < 0.01
    assert space_test(events, wrong).quantile < 0.01
    one, other = likelihood_test(events, rates), likelihood_test(events, rates * 5)
    assert one.quantile == other.quantile > 0.05
    assert number_test(events.sum(), float(rates.sum() * 5)).at_most < 1e-6


def test_likelihood_is_that_of_independent_poisson_numbers():
    rates, events = world()
    test = likelihood_test(events, rates)
    wanted = scipy.stats.poisson.logpmf(events, rates).sum()
    assert test.observed == pytest.approx(wanted)
    assert likelihood_test(events, rates).quantile == test.quantile


def test_time_is_judged_by_the_likelihood_test_only():
    rates = np.array([[5.0, 0.1], [0.1, 5.0]])
    events = np.array([[0, 5], [5, 0]])
    assert likelihood_test(events, rates).quantile == 0
    assert space_test(events, rates).quantile > 0.5


def test_events_on_a_rate_of_nothing_fail_and_no_events_say_nothing():
    test = likelihood_test([0, 1], [1.0, 0.0])
    assert test.observed == -np.inf
    assert test.quantile == 0
    assert np.isnan(likelihood_test([0, 0], [1.0, 1.0]).quantile)


def test_flat_forecast_passes_its_own_flat_world():
    events = np.zeros(1000, int)
    events[::100] = 1
    assert likelihood_test(events, np.full(1000, 0.01)).quantile > 0.9


def test_gain_has_the_interval_of_a_paired_t_test():
    rates, events = world(steps=20)
    flat = np.full(rates.shape, rates.mean())
    test = gain_test(events, rates, flat)
    each = np.repeat(np.log(rates / flat).ravel(), events.ravel())
    each = each - (rates.sum() - flat.sum()) / each.size
    other = scipy.stats.ttest_1samp(each, 0)
    assert (test.t, test.p) == pytest.approx((other.statistic, other.pvalue))
    interval = other.confidence_interval(0.95)
    assert (test.low, test.high) == pytest.approx((interval.low, interval.high))
    assert test.p_signed_rank == pytest.approx(scipy.stats.wilcoxon(each).pvalue)
    assert test.events == events.sum()
    back = gain_test(events, flat, rates)
    assert (back.gain, back.p) == pytest.approx((-test.gain, test.p))
    same = gain_test(events, rates, rates)
    assert np.isnan(same.t)
    assert np.isnan(same.p_signed_rank)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: number_test(-1, 2.0), "no possible numbers"),
        (lambda: number_test(1, 0.0), "no possible numbers"),
        (lambda: number_test(1, 2.0, variance=1.0), "not above the mean"),
        (lambda: likelihood_test([0, 1], [0.0, 0.0]), "nothing to draw"),
        (lambda: likelihood_test([0, 1], [0.0, np.nan]), "missing"),
        (lambda: space_test([0, 1], [0.1, 0.2]), "must both be"),
        (lambda: gain_test([0, 1], [0.1, 0.2], [0.1, 0.2]), "two or more"),
        (lambda: gain_test([1, 1], [0.1, 0.0], [0.1, 0.2]), "minus infinity"),
        (lambda: gain_test([1, 1], [0.1, 0.1], [0.1, 0.2], level=2), "level is 2"),
    ],
)
def test_impossible_questions_say_why(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_a_negative_rate_is_refused_before_sums_hide_it():
    with pytest.raises(ValueError, match=r"A forecast is -0\.1"):
        space_test([[1, 0], [0, 1]], [[-0.1, 0.2], [0.3, 0.2]])
    found = space_test([[1, 0], [0, 1]], [[0.1, 0.2], [0.3, 0.2]])
    assert "simulated" not in repr(found)
