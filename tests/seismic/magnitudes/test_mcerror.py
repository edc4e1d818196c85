"""Uncertainty of the magnitude of completeness."""

from __future__ import annotations

import math

import numpy as np
import pytest

from analysis.seismic.magnitudes import completeness, completeness_error
from tests.seismic.magnitudes.catalogues import gutenberg_richter, load
from tests.seismic.magnitudes.test_mc import thinned


@pytest.mark.parametrize("method", ["maxc", "b-stability"])
def test_the_spread_is_that_of_repeated_catalogues(method):
    estimates = [completeness(thinned(3000, 3.0, seed), method) for seed in range(100)]
    errors = [
        completeness_error(thinned(3000, 3.0, seed), method, resamples=60) for seed in range(5)
    ]
    std = np.median([error.std for error in errors])
    assert 0.5 < (std + 0.02) / (np.std(estimates) + 0.02) < 2
    for error in errors:
        assert error.low <= error.mean <= error.high
        assert error.found > 0.9


def test_order_and_seed():
    mags = thinned(1000, 3.0, 1)
    one = completeness_error(mags, seed=1)
    assert completeness_error(np.random.default_rng(0).permutation(mags), seed=1) == one
    assert completeness_error(mags, seed=2) != one


def test_what_has_no_completeness_has_no_error():
    for mags in ([], [5.0] * 20):
        error = completeness_error(mags, "b-stability", resamples=5)
        assert math.isnan(error.mean)
        assert error.found == 0
    with pytest.raises(ValueError, match="1 bootstrap samples"):
        completeness_error(gutenberg_richter(10, 1.0, 4.0, 1), resamples=1)


def test_real_catalogues_contain_their_estimate(real_data):
    for name in ("oklahoma", "ncedc", "gcmt"):
        mags = load(real_data, name)["mag"]
        for method in ("maxc", "b-stability"):
            error = completeness_error(mags, method, resamples=100)
            assert error.low <= completeness(mags, method) <= error.high + 1e-9
