"""The small rows of the dock in one figure: values, numbers beside the axis, rows come and go."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from apps.views.rows import WIDE, TimeAxis
from apps.views.seriesdata import Curve
from apps.views.stack import AXIS, CEILING, FLOOR, HEIGHT, Band, Stack, into, ticks

MONTHS = np.arange("2004-01", "2004-07", dtype="datetime64[M]").astype("datetime64[ns]")


def curve(*values: float) -> Curve:
    return Curve(MONTHS[: len(values)], np.array(values, float))


def stacked(**bands: Band) -> Stack:
    axis = TimeAxis(MONTHS[0], MONTHS[-1])
    stack = Stack(axis, dark=False, on_time=lambda event: None, language="en")
    stack.bands = bands
    stack.push()
    return stack


def real(stack: Stack, ys: np.ndarray) -> np.ndarray:
    """What the tooltip makes of the places of a curve: as its script does."""
    scale = stack.scale.data
    finite = ys[np.isfinite(ys)]
    row = int(len(scale["low"]) - 1 - np.floor(finite[0]))
    share = (ys - np.floor(finite[0]) - FLOOR) / (CEILING - FLOOR)
    found: np.ndarray = scale["low"][row] + share * (scale["high"][row] - scale["low"][row])
    return found


def test_every_row_keeps_to_its_place_and_its_values_can_be_read_back() -> None:
    first, second = curve(3.0, -8.0, np.nan, 20.0), curve(1e6, 1.1e6, 1.3e6)
    other = curve(-2.0, 4.0)
    stack = stacked(a=Band("A", curves=[first, other]), b=Band("B", curves=[second]))
    upper, beside, lower = (np.asarray(ys) for ys in stack.lines.data["ys"])
    assert np.nanmin(upper) > 1 > np.nanmax(lower)
    assert np.nanmax(upper) < 2
    assert real(stack, upper) == pytest.approx(first.values, nan_ok=True)
    assert real(stack, beside) == pytest.approx(other.values)
    assert real(stack, lower) == pytest.approx(second.values)
    assert stack.lines.data["colour"][0] == stack.lines.data["colour"][2] != "", "the first point"
    assert stack.lines.data["colour"][1] != stack.lines.data["colour"][0]


def test_the_numbers_beside_the_axis_are_those_of_the_rows_and_equally_wide() -> None:
    bands = {"a": Band("A", curves=[curve(-11.6, 6.1)]), "b": Band("B", curves=[curve(0.2, 0.4)])}
    stack = stacked(**bands)
    labels = stack._y.major_label_overrides
    assert sorted(stack._y.ticker.ticks) == sorted(labels)
    assert {len(text) for text in labels.values()} == {WIDE}
    for place, band in ((1, bands["a"]), (0, bands["b"])):
        low, high = band.limits()
        for at, text in labels.items():
            if np.floor(at) == place:
                value = float(text.replace("\u2212", "-"))
                assert at == pytest.approx(into(value, low, high, place), abs=1e-3)


def test_a_row_without_values_takes_no_place() -> None:
    stack = stacked(a=Band("A", curves=[curve(1.0, 2.0)]), b=Band("B", curves=[curve(np.nan)]))
    assert list(stack.titles.data["text"]) == ["A"]
    assert (stack.figure.height, stack.figure.y_range.end) == (HEIGHT + AXIS, 1)
    stack.bands["b"].curves = [curve(5.0, 6.0)]
    stack.push()
    assert list(stack.titles.data["text"]) == ["A", "B"]
    assert (stack.figure.height, stack.figure.y_range.end) == (2 * HEIGHT + AXIS, 2)
    assert stack.figure.html_attributes["aria-label"] == "A; B"
    stack.bands["a"].hidden = True
    stack.push()
    assert list(stack.titles.data["text"]) == ["B"]
    stack.bands["b"].hidden = True
    stack.push()
    assert not stack.figure.visible
    stack.bands["a"].hidden = False
    stack.push()
    assert stack.figure.visible


def test_counts_begin_at_nought_and_have_whole_numbers() -> None:
    band = Band("Events", counts=True, curves=[curve(0.0, 1.0, 0.0)])
    assert band.limits() == (0.0, 1.1)
    stack = stacked(a=band)
    assert {text.strip() for text in stack._y.major_label_overrides.values()} == {"0", "1"}


def test_a_lone_value_between_gaps_is_shown_as_a_dot_in_its_row() -> None:
    lone = curve(np.nan, 7.0, np.nan, 9.0, 8.0)
    stack = stacked(a=Band("A", curves=[lone]), b=Band("B", curves=[curve(1.0, 2.0)]))
    assert stack.dots is not None
    low, high = stack.bands["a"].limits()
    assert list(stack.dots.data["y"]) == pytest.approx([into(7.0, low, high, 1)])
    assert list(stack.dots.data["x"]) == [MONTHS[1]]


def test_a_constant_series_is_in_the_middle_of_its_row() -> None:
    for value in (0.0, -4.0, 1e-9):
        stack = stacked(a=Band("A", curves=[curve(value, value)]))
        (ys,) = stack.lines.data["ys"]
        assert ys == pytest.approx([(FLOOR + CEILING) / 2] * 2)


@pytest.mark.parametrize(("low", "high"), [(0, 1.1), (-1e-7, 3e-7), (-4e9, 9e9), (3.01, 3.02)])
def test_ticks_are_few_round_and_inside(low: float, high: float) -> None:
    found = ticks(low, high)
    assert 1 <= len(found) <= 5
    assert low <= min(found) <= max(found) <= high
    assert len({round((b - a) / (high - low), 6) for a, b in pairwise(found)}) <= 1
