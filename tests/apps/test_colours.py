"""Colour indices: monotone, 0 only for what is missing, limits at the ends."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from analysis.seismic.raster import event_classes
from apps.views.colours import (
    COLORMAPS,
    DIVERGING,
    EVENT_COLOURS,
    SEQUENTIAL,
    colour_indices,
    default_limits,
    gradient,
    palette,
)

values = hnp.arrays(
    np.float32,
    hnp.array_shapes(min_dims=2, max_dims=2, max_side=8),
    elements=st.floats(-1e6, 1e6, width=32) | st.just(float("nan")),
)


@given(values, st.floats(-1e4, 1e4), st.floats(0.01, 1e4))
def test_indices_rise_with_the_value_and_0_is_what_is_missing(
    grid: np.ndarray, low: float, span: float
) -> None:
    indices = colour_indices(grid, low, low + span)
    assert indices.dtype == np.uint8
    assert indices.shape == grid.shape
    assert np.array_equal(indices == 0, np.isnan(grid))
    known = np.isfinite(grid)
    order = np.argsort(grid[known], kind="stable")
    assert np.all(np.diff(indices[known][order].astype(int)) >= 0)


def test_the_middle_of_each_colour_comes_back_as_the_value() -> None:
    low, high = -7.0, 19.0
    exact = low + np.arange(255) / 254 * (high - low)
    indices = colour_indices(exact[None].astype(np.float32), low, high)
    assert indices[0].tolist() == list(range(1, 256))


def test_the_given_values_are_not_changed() -> None:
    grid = np.array([[1.0, np.nan, 9.0]], np.float32)
    colour_indices(grid, 0.0, 5.0)
    assert np.array_equal(grid, np.array([[1.0, np.nan, 9.0]], np.float32), equal_nan=True)


@pytest.mark.parametrize("extreme", [np.inf, -np.inf])
def test_infinite_values_have_the_colour_of_their_end(extreme: float) -> None:
    found = colour_indices(np.array([[extreme]], np.float32), 0.0, 1.0)
    assert found[0, 0] == (255 if extreme > 0 else 1)


def test_equal_limits_do_not_divide_by_zero() -> None:
    grid = np.array([[2.0, 3.0, 4.0, np.nan]], np.float32)
    assert colour_indices(grid, 3.0, 3.0)[0, 3] == 0


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6))
def test_limits_are_symmetric_about_the_centre_and_hold_the_percentiles(
    low: float, span: float
) -> None:
    high = low + span
    plain = default_limits((low, high), None)
    assert plain[0] <= low <= high <= plain[1]
    assert plain[0] < plain[1]
    under, over = default_limits((low, high), 0.0)
    assert under == pytest.approx(-over)
    assert under < over
    assert under <= low <= high <= over


def test_limits_of_a_grid_without_any_value_are_usable() -> None:
    assert default_limits((float("nan"), float("nan")), 0.0) == (0.0, 1.0)


def luminance(colours: tuple[str, ...]) -> np.ndarray:
    """Relative luminance by WCAG 2.2 of hex colours, shape (colour)."""
    parts = np.array(
        [[int(text[start : start + 2], 16) for start in (1, 3, 5)] for text in colours]
    )
    share = parts / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("name", COLORMAPS)
def test_every_map_offered_has_255_colours(name: str) -> None:
    colours = palette(name)
    assert len(colours) == 255
    assert all(len(colour) == 7 and colour[0] == "#" for colour in colours)
    assert len(set(colours)) > 128


@pytest.mark.parametrize("name", SEQUENTIAL)
def test_sequential_maps_change_their_lightness_in_one_direction(name: str) -> None:
    steps = np.diff(luminance(palette(name, 24)))
    assert np.all(steps > 0) or np.all(steps < 0)


@pytest.mark.parametrize("name", DIVERGING)
def test_diverging_maps_are_lightest_or_darkest_in_the_middle(name: str) -> None:
    light = luminance(palette(name, 51))
    assert 15 <= int(light.argmax()) <= 35 or 15 <= int(light.argmin()) <= 35


@pytest.mark.parametrize("name", ["", "viridis", "cmocean:nothing", "colorcet:", "os:path"])
def test_an_unknown_map_is_refused_with_the_allowed_ones(name: str) -> None:
    with pytest.raises(ValueError, match="cmocean:thermal"):
        palette(name)


def test_the_gradient_runs_from_the_lowest_to_the_highest_colour() -> None:
    colours = palette("cmocean:thermal", 17)
    assert gradient("cmocean:thermal").endswith(f"{', '.join(colours)})")


def test_there_is_a_colour_for_every_class_of_magnitude() -> None:
    magnitudes = np.array([3.0, 4.5, 5.5, 6.5, 7.5, 8.5])
    x = np.linspace(-5e6, 5e6, 6)
    image = event_classes(x, np.zeros(6), magnitudes, (-6e6, -6e6, 6e6, 6e6), 300, 300)
    assert set(np.unique(image)) - {0} == set(range(1, len(EVENT_COLOURS) + 1))
