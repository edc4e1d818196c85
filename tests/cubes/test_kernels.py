"""Compiled loops against numpy."""

from __future__ import annotations

import warnings

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from analysis.cubes.kernels import extent, halve, take_mean
from analysis.cubes.weighting import summarise, weighted_quantiles

values = st.floats(-1e6, 1e6, width=32) | st.just(float("nan"))
grids = hnp.arrays(
    np.float32, hnp.array_shapes(min_dims=2, max_dims=2, max_side=9), elements=values
)


def nanmean(cells: np.ndarray) -> np.float64:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.nanmean(cells.astype(np.float64))


@settings(deadline=None)  # the first call compiles
@given(grids)
def test_halving_takes_the_mean_of_the_valid_children(grid):
    out = halve(grid)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            expected = nanmean(grid[2 * i : 2 * i + 2, 2 * j : 2 * j + 2])
            np.testing.assert_allclose(out[i, j], expected, rtol=1e-5, atol=0.1)


@settings(deadline=None)
@given(st.floats(-1e6, 1e6, width=32), st.integers(1, 9), st.integers(1, 9))
def test_halving_keeps_a_constant(value, rows, columns):
    out = halve(np.full((rows, columns), value, np.float32))
    assert (out == np.float32(value)).all()


@settings(deadline=None)
@given(grids)
def test_extent_is_that_of_the_finite_values(grid):
    low, high, count = extent(grid.reshape(-1))
    finite = grid[np.isfinite(grid)]
    assert count == finite.size
    if count:
        assert (low, high) == (finite.min(), finite.max())


def test_take_mean_averages_each_rectangle_and_leaves_the_outside_empty():
    grid = np.arange(12, dtype=np.float32).reshape(3, 4)
    rows, columns = np.array([0, -1, 2]), np.array([1, -1])
    out = take_mean(grid, rows, rows + 1, columns, columns + 2)
    assert out[0, 0] == grid[0, 1:3].mean()
    assert out[2, 0] == grid[2, 1:3].mean()
    assert np.isnan(out[1]).all()
    assert np.isnan(out[:, 1]).all()


@given(
    hnp.arrays(np.float64, (3, 7), elements=st.floats(-100, 100) | st.just(float("nan"))),
    hnp.arrays(np.float64, 7, elements=st.floats(0.1, 10)),
    st.floats(0.5, 5),
)
def test_statistics_do_not_change_with_order_or_with_the_unit_of_area(cells, weights, scale):
    plain = summarise(cells, weights)
    order = np.random.default_rng(0).permutation(7)
    np.testing.assert_allclose(summarise(cells[:, order], weights[order] * scale), plain, atol=1e-6)
    assert (plain[4] == (~np.isnan(cells)).sum(axis=1)).all()
    some = plain[4] > 0
    assert np.isnan(plain[:4, ~some]).all()
    low, high, p10, p90 = plain[[2, 3, 5, 6]][:, some]
    assert (low - 1e-9 <= p10).all()
    assert (p10 <= p90).all()
    assert (p90 <= high + 1e-9).all()


@given(hnp.arrays(np.float64, (2, 11), elements=st.floats(-100, 100)))
def test_equal_weights_give_the_median(cells):
    found = weighted_quantiles(cells, np.ones_like(cells), (0.5,))
    np.testing.assert_array_equal(found[:, 0], np.median(cells, axis=1))


@given(hnp.arrays(np.float64, (1, 5), elements=st.floats(-100, 100)), st.floats(0.01, 1))
def test_a_cell_twice_is_a_cell_of_twice_the_area(cells, share):
    twice = np.concatenate([cells, cells[:, :1]], axis=1)
    heavy = np.ones_like(cells)
    heavy[:, 0] = 2
    np.testing.assert_array_equal(
        weighted_quantiles(twice, np.ones_like(twice), (share,)),
        weighted_quantiles(cells, heavy, (share,)),
    )
