"""A coordinate finds its cell, whatever the axis and however many turns it made."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from analysis.cubes.axis import Axis

regular_global = st.builds(
    lambda count, shift: np.sort((np.arange(count) + shift) * 360 / count - 180),
    st.integers(3, 400),
    st.floats(0, 0.99),
)
degrees = st.floats(-1000, 1000)


def nearest(values: np.ndarray, x: float) -> float:
    """Smallest distance on the circle from x to any centre."""
    return float(np.abs((values - x + 180) % 360 - 180).min())


@given(regular_global, degrees)
def test_a_global_axis_holds_every_longitude_in_its_nearest_cell(values, x):
    axis = Axis(values, circular=True)
    found = axis.index(x)
    assert axis.periodic
    assert abs((values[found] - x + 180) % 360 - 180) <= nearest(values, x) + 1e-6


@given(regular_global, degrees, st.integers(-3, 3))
def test_whole_turns_do_not_matter(values, x, turns):
    axis = Axis(values, circular=True)
    off = ((x - axis.values[0]) / axis.step + 0.5) % 1
    assume(1e-6 < off < 1 - 1e-6)  # on an edge, rounding decides
    assert axis.index(x) == axis.index(x + 360 * turns)


@given(
    st.floats(-80, 60),
    st.floats(0.05, 5),
    st.integers(2, 60),
    st.lists(st.floats(-100, 100), min_size=1, max_size=50),
)
def test_one_coordinate_and_many_give_the_same(start, step, count, xs):
    values = start + step * np.arange(count)
    assume(values[-1] <= 90)
    axis = Axis(values)
    assert axis.indices(xs).tolist() == [axis.index(x) for x in xs]


@given(st.lists(st.floats(-89, 89), min_size=2, max_size=30, unique=True), st.floats(-90, 90))
def test_an_irregular_axis_gives_the_nearest_centre_or_nothing(values, x):
    values = np.sort(values)
    assume(np.diff(values).min() > 1e-3)
    axis = Axis(values)
    found = axis.index(x)
    low, high = axis.edges
    if found >= 0:
        assert abs(values[found] - x) <= np.abs(values - x).min() + 2e-3 * axis.step
    else:
        assert not ((low < x) & (x < high)).any()


@given(regular_global)
def test_every_centre_is_in_its_own_cell(values):
    axis = Axis(values, circular=True)
    assert axis.indices(values).tolist() == list(range(values.size))
    low, high = axis.edges
    assert np.allclose(high[:-1], low[1:])


def test_a_regional_axis_ends_half_a_cell_beyond_its_last_centre():
    axis = Axis(np.arange(40.5, 100), circular=True)
    assert axis.coverage == (40.0, 100.0)
    assert [axis.index(x) for x in (39.99, 40, 100, 100.01, 400, 399.9)] == [-1, 0, 59, -1, 0, -1]


def test_a_region_across_the_date_line_has_no_hole_there():
    axis = Axis([-180, -179, -178, 177, 178, 179], circular=True)
    assert axis.coverage == (176.5, -177.5)
    assert not axis.periodic
    assert axis.indices([179.6, -179.6, 0, 176.4, 176.6, -177.4]).tolist() == [0, 0, -1, -1, 3, -1]


def test_float32_centres_still_make_a_regular_axis():
    axis = Axis((np.arange(3600) * 0.1 - 180).astype(np.float32), circular=True)
    assert axis.regular
    assert axis.periodic


def test_polar_rows_end_at_the_pole():
    axis = Axis(np.arange(-90, 90.1, 2.5))
    assert axis.coverage == (-90, 90)
    assert axis.index(90) == axis.size - 1
    assert axis.index(90.1) == -1


@pytest.mark.parametrize("x", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("values", [[0.0, 1, 2], [0.0, 1, 3]])
def test_what_is_no_number_is_outside(x, values):
    for circular in (False, True):
        axis = Axis(values, circular=circular)
        assert axis.index(x) == -1
        assert axis.indices([x, values[0]]).tolist() == [-1, 0]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([0.0], "at least two"),
        ([1.0, 0.0], "ascending"),
        ([0.0, np.nan], "finite"),
        ([0.0, 91.0], "between -90 and 90"),
    ],
)
def test_bad_axes_are_refused(values, message):
    with pytest.raises(ValueError, match=message):
        Axis(values)


@given(st.integers(2, 50), st.floats(-170, 170), st.floats(0.5, 40))
def test_between_gives_the_centres_in_a_range(count, start, width):
    axis = Axis(np.linspace(-180, 180, count, endpoint=False), circular=True)
    assume(not start < 180 - 180 / count < start + width)  # of the seam only one side is meant
    (first,), (last,) = axis.between(np.array([start]), np.array([start + width]))
    inside = (axis.values >= start) & (axis.values < start + width)
    if inside.any():
        assert axis.values[inside].tolist() == axis.values[first : last + 1].tolist()


def test_a_range_from_the_edge_of_the_first_cell_holds_its_centre():
    axis = Axis(np.arange(-179.5, 180), circular=True)
    low, high = np.array([-180.0, 180.0, 178.0, 179.0]), np.array([-178.0, 182.0, 180.5, 183.0])
    first, last = axis.between(low, high)
    assert first.tolist() == [0, 0, 358, 0]
    assert last.tolist() == [1, 1, 359, 2]
