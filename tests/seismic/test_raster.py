"""Images of events."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.seismic.raster import (
    CLASS_EDGES,
    CLASS_RADII,
    MERCATOR_WORLD,
    event_classes,
    largest_in_view,
    magnitude_classes,
)

VIEW = (0.0, 0.0, 100.0, 60.0)
SIZE = (100, 60)


def draw(x, y, magnitude, bounds=VIEW, size=SIZE, period=360.0):
    return event_classes(
        np.atleast_1d(x), np.atleast_1d(y), magnitude, bounds, *size, period=period
    )


def test_classes_begin_at_their_edges():
    assert len(CLASS_RADII) == len(CLASS_EDGES) + 1
    assert magnitude_classes(CLASS_EDGES).tolist() == [2, 3, 4, 5, 6]
    assert magnitude_classes(np.nextafter(CLASS_EDGES, 0)).tolist() == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("magnitude", [3.0, 4.5, 5.5, 6.5, 7.5, 8.5])
def test_a_dot_is_round_grows_with_magnitude_and_stands_where_the_event_is(magnitude):
    image = draw(30.5, 20.5, [magnitude])
    number = int(magnitude_classes(magnitude))
    rows, columns = np.nonzero(image)
    reach = CLASS_RADII[number - 1]
    assert set(image[image > 0]) == {number}
    assert rows.mean() == 20
    assert columns.mean() == 30
    distance = np.hypot(*np.ogrid[-20:40, -30:70])
    np.testing.assert_array_equal(image > 0, distance <= reach)


def test_the_larger_event_lies_on_top_whatever_the_order():
    x, y, magnitude = np.array([50.5, 52.5]), np.array([30.5, 30.5]), np.array([8.2, 4.2])
    image = draw(x, y, magnitude)
    np.testing.assert_array_equal(image, draw(x[::-1], y[::-1], magnitude[::-1]))
    assert image[30, 52] == 6


def test_row_zero_is_in_the_south():
    assert draw(50, 0.5, [6.0])[0].max() == 4


def test_a_dot_is_not_cut_at_the_edge_of_the_view():
    whole = draw(98.5, 30.5, [8.5], (0, 0, 200, 60), (200, 60))
    left, right = draw(98.5, 30.5, [8.5]), draw(98.5, 30.5, [8.5], (100, 0, 200, 60))
    np.testing.assert_array_equal(np.hstack([left, right]), whole)
    assert right.any()


def test_the_world_repeats():
    generator = np.random.default_rng(0)
    x = generator.uniform(-MERCATOR_WORLD / 2, MERCATOR_WORLD / 2, 300)
    y = generator.uniform(-1e7, 1e7, 300)
    magnitude = generator.uniform(4, 9, 300)
    bounds = (MERCATOR_WORLD / 4, -1e7, MERCATOR_WORLD * 3 / 4, 1e7)  # across the date line
    image = event_classes(x, y, magnitude, bounds, 200, 100)
    other = event_classes(
        x, y, magnitude, (bounds[0] - MERCATOR_WORLD, -1e7, -MERCATOR_WORLD / 4, 1e7), 200, 100
    )
    assert (image[:, :90] > 0).any()
    assert (image[:, 110:] > 0).any()
    # A shift by a world may move an event over the edge of a pixel by rounding.
    assert (image != other).mean() < 0.01
    twice = event_classes(x, y, magnitude, (-MERCATOR_WORLD, -1e7, MERCATOR_WORLD, 1e7), 400, 100)
    assert (twice[:, :200] != twice[:, 200:]).mean() < 0.02


def test_a_plane_does_not_repeat():
    assert draw(410.0, 20.0, [6.0], period=360).any()
    assert not draw(410.0, 20.0, [6.0], period=None).any()


def test_no_event_is_an_empty_image():
    assert draw([], [], []).shape == (60, 100)
    assert not draw([50.0], [1000.0], [9.0]).any()
    assert not draw([np.nan], [30.0], [9.0]).any()


@pytest.mark.parametrize(
    ("bounds", "size", "message"),
    [
        ((10, 0, 0, 60), SIZE, "west < east"),
        ((0, 0, np.nan, 60), SIZE, "finite"),
        (VIEW, (0, 60), "at least 1 x 1"),
    ],
)
def test_an_impossible_view_is_refused(bounds, size, message):
    with pytest.raises(ValueError, match=message):
        draw([1.0], [1.0], [5.0], bounds, size)


def test_the_largest_events_come_first_and_lie_in_the_view():
    generator = np.random.default_rng(5)
    events = pd.DataFrame(
        {
            "longitude": generator.uniform(-180, 180, 5000),
            "latitude": generator.uniform(-90, 90, 5000),
            "mag": generator.uniform(4, 9, 5000),
        }
    )
    found = largest_in_view(events, (170, -30, -170, 30), 50)
    assert len(found) == 50
    assert found["mag"].is_monotonic_decreasing
    assert found["longitude"].between(170, 190).all()
    everyone = largest_in_view(events, (170, -30, -170, 30), 5000)
    assert found["mag"].min() >= everyone["mag"].iloc[50:].max()
    original = events.loc[everyone.index, "longitude"]
    assert np.isin(np.round(everyone["longitude"] - original), [0, 360]).all()
    assert largest_in_view(events, (0, 0, 10, 10), 0).empty


def test_an_event_seen_twice_has_two_rows():
    events = pd.DataFrame({"longitude": [10.0], "latitude": [0.0], "mag": [6.0]})
    found = largest_in_view(events, (-180, -10, 540, 10))
    assert sorted(found["longitude"]) == [10.0, 370.0]


def test_a_negative_number_of_events_is_refused():
    events = pd.DataFrame({"longitude": [10.0], "latitude": [0.0], "mag": [6.0]})
    with pytest.raises(ValueError, match="0 or more"):
        largest_in_view(events, (0, 0, 10, 10), -1)
