"""Spread of the magnitude of completeness: it shrinks with events, follows seed and order."""

import math

import numpy as np
import pytest

from analysis.seismic import completeness
from analysis.seismic.mcspread import completeness_spread


def catalogue(count, seed=0):
    """b = 1 with a soft limit of detection at 2.0, magnitudes in tenths."""
    rng = np.random.default_rng(seed)
    size = rng.exponential(1 / math.log(10), 40 * count)
    seen = size[rng.random(size.size) < 1 / (1 + np.exp(-(size - 1.0) / 0.15))]
    return np.round(seen[:count] + 1.0, 1)


def test_more_events_are_surer():
    spreads = [completeness_spread(catalogue(count)) for count in (100, 1000, 20_000)]
    assert spreads[0] > spreads[2]
    assert 0 <= spreads[2] < 0.1 < 0.02 + spreads[0]


def test_it_is_the_spread_over_independent_catalogues():
    """The bootstrap of one catalogue against 60 others of the same law."""
    truth = np.std([completeness(catalogue(400, seed)) for seed in range(1, 61)], ddof=1)
    guesses = [completeness_spread(catalogue(400, seed), resamples=100) for seed in range(1, 6)]
    assert np.mean(guesses) == pytest.approx(truth, rel=0.5)


@pytest.mark.parametrize("method", ["maxc", "b-stability"])
def test_order_and_shift_change_nothing(method):
    mags = catalogue(300)
    one = completeness_spread(mags, method, resamples=30)
    assert completeness_spread(mags[::-1], method, resamples=30) == one
    assert completeness_spread(mags + 1, method, resamples=30) == pytest.approx(one, nan_ok=True)


def test_the_short_way_of_maximum_curvature_gives_what_the_long_way_gives():
    """Catalogue by catalogue, with the same draws."""
    mags = catalogue(250)
    levels, counts = np.unique(mags, return_counts=True)
    drawn = np.random.default_rng(0).multinomial(mags.size, counts / mags.size, size=40)
    found = [completeness(np.repeat(levels, one)) for one in drawn]
    assert completeness_spread(mags, resamples=40) == pytest.approx(np.std(found, ddof=1))


def test_too_little_is_unknown_and_nonsense_refused():
    assert math.isnan(completeness_spread([]))
    assert math.isnan(completeness_spread([5.0, np.nan]))
    with pytest.raises(ValueError, match="at least 2"):
        completeness_spread([5.0, 5.1], resamples=1)
    with pytest.raises(ValueError, match="must be one of"):
        completeness_spread([5.0, 5.1], "guess")
