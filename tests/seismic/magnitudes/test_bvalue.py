"""b-value, its error, and the a-value."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.seismic.magnitudes.bvalue import a_value, b_value
from tests.seismic.magnitudes.catalogues import gutenberg_richter

METHODS = ["tinti-mulargia", "aki-utsu", "b-positive"]
UNORDERED = METHODS[:2]
CATALOGUE = st.lists(st.integers(0, 30), min_size=3, max_size=60).filter(
    lambda steps: len(set(steps)) > 1
)


def mags_of(steps, mc=3.0):
    return np.array([mc + step * 0.1 for step in steps])


@pytest.mark.parametrize("method", UNORDERED)
@given(steps=CATALOGUE, seed=st.integers(0, 99))
def test_the_order_of_events_does_not_matter(method, steps, seed):
    mixed = np.random.default_rng(seed).permutation(mags_of(steps))
    assert b_value(mixed, 3.0, method=method) == b_value(mags_of(steps), 3.0, method=method)


@pytest.mark.parametrize("method", UNORDERED)
@given(steps=CATALOGUE, times=st.integers(2, 9))
def test_repeating_a_catalogue_keeps_b_and_shrinks_the_error(method, steps, times):
    once = b_value(mags_of(steps), 3.0, method=method)
    more = b_value(np.tile(mags_of(steps), times), 3.0, method=method)
    assert more.b == pytest.approx(once.b, rel=1e-9)
    assert more.n == times * once.n
    shrunk = math.sqrt((once.n - 1) / (more.n - 1))
    assert more.std == pytest.approx(once.std * shrunk, rel=1e-6)


@pytest.mark.parametrize("method", METHODS)
@given(steps=CATALOGUE, shift=st.floats(-3, 5))
def test_shifting_magnitudes_and_completeness_changes_nothing(method, steps, shift):
    here = b_value(mags_of(steps), 3.0, method=method)
    there = b_value(mags_of(steps) + shift, 3.0 + shift, method=method)
    np.testing.assert_equal(there[:3], here[:3])


@pytest.mark.parametrize("method", METHODS)
@given(steps=CATALOGUE)
def test_events_below_completeness_do_not_count(method, steps):
    whole = b_value(mags_of(steps), 3.5, method=method)
    above = [step for step in steps if step >= 5]
    np.testing.assert_equal(b_value(mags_of(above), 3.5, method=method), whole)


@pytest.mark.parametrize("method", METHODS)
@given(steps=CATALOGUE, factor=st.sampled_from([0.5, 2.0, 4.0]))
def test_stretching_magnitudes_and_bins_divides_b(method, steps, factor):
    narrow = b_value(np.array(steps) * 0.1, 0.0, 0.1, method)
    wide = b_value(np.array(steps) * 0.1 * factor, 0.0, 0.1 * factor, method)
    np.testing.assert_allclose(wide[:2], np.array(narrow[:2]) / factor, rtol=1e-9)
    assert wide.n == narrow.n


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("b", [0.6, 1.0, 1.5])
def test_the_law_is_recovered_with_honest_errors(method, b):
    # 500 catalogues of 600 events; a normal error covers the truth in 68.3 and 95.4 percent
    found = [
        b_value(gutenberg_richter(600, b, 4.5, seed), 4.5, method=method) for seed in range(500)
    ]
    estimates, errors = np.array([one[:2] for one in found]).T
    bias = 0.015 if method == "aki-utsu" else 0.004
    assert estimates.mean() == pytest.approx(b, rel=bias + 3 / math.sqrt(500 * 300))
    pulls = (estimates - estimates.mean()) / errors
    assert np.mean(np.abs(pulls) < 1) == pytest.approx(0.683, abs=0.065)
    assert np.mean(np.abs(pulls) < 2) == pytest.approx(0.954, abs=0.03)
    assert estimates.std() == pytest.approx(errors.mean(), rel=0.1)


def test_aki_utsu_on_rounded_magnitudes_is_low_by_the_known_amount():
    # Tinti and Mulargia 1987: it is tanh(x) / x of the truth, with x = b dM ln(10) / 2
    x = 1.5 * 0.5 * math.log(10) / 2
    mags = gutenberg_richter(400_000, 1.5, 4.0, 7, width=0.5)
    assert b_value(mags, 4.0, 0.5, "aki-utsu").b == pytest.approx(1.5 * math.tanh(x) / x, rel=0.005)
    assert b_value(mags, 4.0, 0.5).b == pytest.approx(1.5, rel=0.005)


def test_b_positive_forgives_small_events_lost_after_large_ones():
    mags = gutenberg_richter(40_000, 1.0, 2.0, 3)
    alive = np.ones(mags.size, dtype=bool)
    hidden = 0.0
    for i, mag in enumerate(mags):  # events more than 0.5 below a recent one are not seen
        alive[i] = mag >= hidden
        hidden = max(hidden - 0.02, mag - 0.5)
    classic = b_value(mags[alive], 2.0).b
    positive = b_value(mags[alive], 2.0, method="b-positive")
    assert classic < 0.9
    assert positive.b == pytest.approx(1.0, abs=0.05)


def test_unrounded_magnitudes_have_bins_of_no_width():
    mags = 4.0 + np.random.default_rng(2).exponential(1 / math.log(10), size=20_000)
    found = [b_value(mags, 4.0, 0, method) for method in METHODS]
    assert found[0] == found[1]
    for one in found:
        assert one.b == pytest.approx(1.0, abs=4 * one.std)
    assert found[0].b == pytest.approx(math.log10(math.e) / (mags.mean() - 4.0), rel=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_bootstrap_has_a_seed_and_agrees_with_shi_and_bolt(method):
    mags = gutenberg_richter(3000, 1.0, 4.0, 5)
    one, same, other = (
        b_value(mags, 4.0, method=method, uncertainty="bootstrap", seed=seed).std
        for seed in (1, 1, 2)
    )
    assert one == same != other
    assert one == pytest.approx(b_value(mags, 4.0, method=method).std, rel=0.12)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("mags", [[], [5.0], [4.0, 4.1], [5.0, 5.0, 5.0], [np.nan, 5.2]])
def test_too_little_to_tell_is_nan(method, mags):
    for uncertainty in ("shi-bolt", "bootstrap"):
        found = b_value(mags, 5.0, method=method, uncertainty=uncertainty)
        assert math.isnan(found.b)
        assert math.isnan(found.std)
        assert found.n <= 3


def test_equal_magnitudes_have_a_slope_without_an_error():
    found = b_value([5.3, 5.3], 5.0)
    assert found.b == pytest.approx(math.log10(4 / 3) / 0.1)
    assert math.isnan(found.std)


def test_unknown_completeness_gives_unknown_b():
    assert all(map(math.isnan, (*b_value([5, 6], math.nan)[:2], b_value([5, 6], math.nan).mc)))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"mc": 5.0, "method": "aki"}, "'aki'; it must be one of tinti-mulargia, aki-utsu"),
        ({"mc": 5.0, "uncertainty": "guess"}, "'guess'; it must be one of shi-bolt, bootstrap"),
        ({"mc": 5.0, "bin_width": -1}, "bin width is -1; it must be 0 or a positive number"),
        ({"mc": math.inf}, "completeness is inf"),
        ({"mc": 5.0, "uncertainty": "bootstrap", "resamples": 1}, "1 bootstrap samples"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        b_value([5.0, 5.1, 5.3], **arguments)


@given(steps=CATALOGUE, years=st.floats(0.1, 200))
def test_a_value_counts_events_of_a_year(steps, years):
    mags = mags_of(steps)
    b = b_value(mags, 3.0).b
    a = a_value(mags, 3.0, b, years=years)
    assert 10 ** (a - b * 3.0) * years == pytest.approx(len(steps), rel=1e-9)


def test_a_value_without_events_or_years():
    assert math.isnan(a_value([4.0], 5.0, 1.0))
    assert math.isnan(a_value([4.0], 3.0, math.nan))
    with pytest.raises(ValueError, match="0 years long"):
        a_value([5.0], 5.0, 1.0, years=0)
    with pytest.raises(ValueError, match="must be finite"):
        a_value([5.0], 5.0, math.inf)
