"""Images of dots: order, translation, counts and faint events do not surprise."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.seismic.dots import DOT_RADII, FAINT, RING, event_dots

VIEW = ((0.0, 0.0, 200.0, 100.0), 200, 100)


def scattered(n: int = 400) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    return (
        rng.uniform(-10, 210, n),
        rng.uniform(-10, 110, n),
        rng.uniform(3, 9, n),
        rng.integers(1, 7, n),
    )


def test_the_order_of_the_events_changes_nothing() -> None:
    x, y, magnitude, shade = scattered()
    order = np.random.default_rng(1).permutation(len(x))
    first = event_dots(x, y, magnitude, shade, *VIEW, period=None)
    second = event_dots(x[order], y[order], magnitude[order], shade[order], *VIEW, period=None)
    assert (first == second).all()
    assert set(np.unique(first)) <= {0, 1, 2, 3, 4, 5, 6, RING}


def test_a_dot_has_the_area_of_its_class_and_a_rim_when_it_is_large() -> None:
    for magnitude, radius in zip((3.5, 4.5, 5.5, 6.5, 7.5, 8.5), DOT_RADII, strict=True):
        image = event_dots([100.5], [50.5], [magnitude], [3], *VIEW, period=None)
        offsets = np.arange(-9, 10)
        area = (offsets[:, None] ** 2 + offsets**2 <= radius**2).sum()
        assert (image > 0).sum() == area
        assert image[50, 100] == 3
        assert (RING in image) == (radius >= 1.6)


def test_an_event_outside_reaches_in_with_its_dot_only() -> None:
    image = event_dots([-3.0], [50.0], [8.5], [2], *VIEW, period=None)
    assert image[:, :5].any()
    assert not image[:, 7:].any()
    assert not event_dots([-30.0], [50.0], [8.5], [2], *VIEW, period=None).any()


def test_the_world_repeats() -> None:
    x, y, magnitude, shade = scattered()
    here = event_dots(x, y, magnitude, shade, *VIEW, period=1000)
    east = ((1000.0, 0.0, 1200.0, 100.0), 200, 100)
    assert (here == event_dots(x, y, magnitude, shade, *east, period=1000)).all()


def test_faint_events_never_cover_a_dot_and_a_missing_magnitude_is_the_smallest() -> None:
    faint = ([100.5, 20.5], [50.5, 20.5])
    image = event_dots([100.5], [50.5], [np.nan], [6], *VIEW, period=None, faint=faint)
    assert image[50, 100] == 6
    assert image[20, 20] == FAINT
    assert (event_dots([], [], [], [], *VIEW, period=None, faint=faint) == FAINT).sum() == 8


@pytest.mark.parametrize("shade", [0, 7])
def test_a_shade_beyond_the_six_is_refused(shade: int) -> None:
    with pytest.raises(ValueError, match="1 to 6 are allowed"):
        event_dots([1.0], [1.0], [5.0], [shade], *VIEW, period=None)
