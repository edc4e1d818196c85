"""Magnitude of completeness."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

from analysis.seismic.magnitudes.mc import completeness, completeness_details
from tests.seismic.magnitudes.catalogues import gutenberg_richter

METHODS = ["maxc", "b-stability", "ks"]
CATALOGUE = st.lists(st.integers(0, 25), min_size=1, max_size=80)


def thinned(n, mc, seed, spread=0.1):
    """Catalogue whose events are seen with a probability that grows to 1 at about mc."""
    mags = gutenberg_richter(n, 1.0, mc - 1.0, seed)
    seen = np.random.default_rng(seed + 1000).random(n) < ndtr((mags - mc) / spread + 2)
    return mags[seen]


@pytest.mark.parametrize("method", METHODS)
def test_the_truth_is_found_in_simulated_catalogues(method):
    found = [completeness(thinned(20_000, 3.0, seed), method) for seed in range(20)]
    assert abs(np.median(found) - 3.0) <= 0.1 + 1e-9
    assert np.all(np.abs(np.array(found) - 3.0) <= 0.3 + 1e-9)


@pytest.mark.parametrize("method", ["b-stability", "ks"])
def test_a_complete_catalogue_is_complete_from_its_least_magnitude(method):
    found = [completeness(gutenberg_richter(3000, 1.0, 4.0, seed), method) for seed in range(20)]
    assert np.mean(np.array(found) == 4.0) >= 0.7
    assert max(found) <= 4.3


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=25)
@given(steps=CATALOGUE, shift=st.integers(-30, 60), seed=st.integers(0, 9))
def test_order_and_shift(method, steps, shift, seed):
    mags = 2.0 + 0.1 * np.array(steps)
    here = completeness(mags, method)
    mixed = np.random.default_rng(seed).permutation(mags)
    there = completeness(mixed + 0.1 * shift, method)
    assert there == pytest.approx(here + 0.1 * shift, abs=1e-9, nan_ok=True)


@given(steps=CATALOGUE, times=st.integers(2, 5))
def test_repeating_a_catalogue_keeps_the_maximum(steps, times):
    mags = 2.0 + 0.1 * np.array(steps)
    assert completeness(np.tile(mags, times)) == completeness(mags)


def test_the_result_is_a_plain_float_of_one_decimal():
    for method in METHODS:
        found = completeness(thinned(5000, 3.0, 1), method)
        assert type(found) is float
        assert found == round(found, 1)


def test_refitting_each_sample_is_stricter():
    mags = thinned(5000, 3.0, 4, spread=0.3)
    kept = completeness_details(mags, "ks").candidates.set_index("mc")["p_value"]
    refit = completeness_details(mags, "ks", refit=True).candidates.set_index("mc")["p_value"]
    common = kept.index.intersection(refit.index)
    assert (refit[common] <= kept[common]).all()
    assert completeness(mags, "ks", refit=True) >= completeness(mags, "ks")


def test_p_values_of_true_catalogues_are_uniform():
    # with b estimated anew in each sample the test has its stated level: 10 percent fail
    p_values = np.array(
        [
            completeness_details(
                gutenberg_richter(400, 1.0, 4.0, seed), "ks", refit=True, p_value=1e-9, samples=400
            ).candidates["p_value"][0]
            for seed in range(300)
        ]
    )
    for level in (0.1, 0.5, 0.9):
        error = math.sqrt(level * (1 - level) / p_values.size)
        assert np.mean(p_values <= level) == pytest.approx(level, abs=3.5 * error)


def test_the_simulation_has_a_seed():
    mags = thinned(2000, 3.0, 2)
    one, same, other = (completeness_details(mags, "ks", seed=seed) for seed in (1, 1, 2))
    assert one.candidates.equals(same.candidates)
    assert not one.candidates.equals(other.candidates)


def test_few_events_are_not_judged():
    mags = gutenberg_richter(29, 1.0, 4.0, 1)
    assert math.isnan(completeness(mags, "ks"))
    assert math.isnan(completeness(mags, "b-stability"))
    assert not math.isnan(completeness(mags, "ks", min_events=20))
    assert not math.isnan(completeness(mags))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("mags", [[], [np.nan], [5.0] * 50])
def test_empty_and_flat_catalogues(method, mags):
    found = completeness(mags, method)
    assert math.isnan(found) or (method == "maxc" and found == 5.2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"method": "mbs"}, "'mbs'; it must be one of maxc, b-stability, ks"),
        ({"bin_width": 0}, "bin width is 0"),
        ({"correction": math.nan}, "correction is nan"),
        ({"method": "b-stability", "span": 0.1}, "span is 0.1; it must be at least two bins"),
        ({"method": "ks", "p_value": 0}, "p-value is 0"),
        ({"method": "ks", "samples": 0}, "0 samples"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        completeness([5.0, 5.1], **arguments)
