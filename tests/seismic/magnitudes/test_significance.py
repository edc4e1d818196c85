"""Whether two b-values differ."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.seismic.magnitudes import BValue, b_difference, b_value
from tests.seismic.magnitudes.catalogues import gutenberg_richter

B = st.floats(0.2, 3)
N = st.integers(2, 100_000)


@given(B, N, B, N, st.floats(0.1, 10))
def test_order_and_scale_do_not_matter(b, n, c, m, factor):
    one, other = BValue(b, 0.1, n, 4.0), BValue(c, 0.1, m, 5.0)
    found, turned = b_difference(one, other), b_difference(other, one)
    assert turned.delta_aic == pytest.approx(found.delta_aic, rel=1e-9, abs=1e-9)
    assert turned.difference == -found.difference
    scaled = b_difference(one._replace(b=b * factor), other._replace(b=c * factor))
    assert scaled.delta_aic == pytest.approx(found.delta_aic, rel=1e-6, abs=1e-6)
    assert found.delta_aic >= -2 - 1e-9
    assert 0 <= found.probability <= 1


@given(B, N, B, N)
def test_it_is_the_formula_as_printed(b, n, c, m):
    printed = -2 * (n + m) * math.log(n + m) - 2
    printed += 2 * n * math.log(n + m * b / c) + 2 * m * math.log(n * c / b + m)
    found = b_difference(BValue(b, 0.1, n, 4.0), BValue(c, 0.1, m, 4.0))
    assert found.delta_aic == pytest.approx(printed, rel=1e-6, abs=1e-5)


def test_the_level_of_the_test_is_honest():
    # dAIC > 2 happens by chance in 4.55 percent: chi-square of one degree above 4
    deltas = [
        b_difference(
            b_value(gutenberg_richter(500, 1.0, 4.0, 2 * seed), 4.0),
            b_value(gutenberg_richter(300, 1.0, 3.0, 2 * seed + 1), 3.0),
        )[1]
        for seed in range(1000)
    ]
    assert np.mean(np.array(deltas) > 2) == pytest.approx(0.0455, abs=0.02)


def test_true_differences_are_found():
    one = b_value(gutenberg_richter(2000, 0.8, 4.0, 1), 4.0)
    other = b_value(gutenberg_richter(2000, 1.1, 4.0, 2), 4.0)
    found = b_difference(one, other)
    assert found.difference == pytest.approx(0.3, abs=0.1)
    assert found.delta_aic > 5
    assert found.probability < 1e-6


def test_unknown_and_impossible_values():
    known, unknown = BValue(1.0, 0.1, 50, 4.0), BValue(math.nan, math.nan, 1, 4.0)
    assert all(map(math.isnan, b_difference(known, unknown)))
    assert all(map(math.isnan, b_difference(b_value([], 4.0), known)))
    for wrong in (known._replace(b=0.0), known._replace(n=0)):
        with pytest.raises(ValueError, match="second b-value is"):
            b_difference(known, wrong)
