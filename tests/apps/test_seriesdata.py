"""Gaps stay gaps, step lines keep their months, bands hold their curves."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from apps.views.seriesdata import (
    Curve,
    activity_table,
    bands,
    grid_curves,
    isolated,
    separate,
    stairs,
    with_gaps,
)

spotted = hnp.arrays(
    np.float64,
    st.integers(0, 40),
    elements=st.floats(-1e3, 1e3) | st.just(float("nan")),
)


def monthly(first: str, count: int) -> np.ndarray:
    return pd.date_range(first, periods=count, freq="MS", unit="ns").to_numpy()


def test_months_of_28_to_31_days_are_no_gaps() -> None:
    times, values = monthly("1999-01-01", 48), np.arange(48.0)
    drawn, kept = with_gaps(times, values)
    assert np.array_equal(drawn, times)
    assert np.array_equal(kept, values)


@given(st.sets(st.integers(0, 59), min_size=4, max_size=60))
def test_a_line_is_broken_exactly_where_months_are_missing(present: set[int]) -> None:
    chosen = np.array(sorted(present))
    times = monthly("2002-04-01", 60)[chosen]
    drawn, values = with_gaps(times, chosen.astype(float), factor=1.8)
    assert np.all(np.diff(drawn) > np.timedelta64(0))
    assert np.array_equal(values[np.isfinite(values)], chosen), "no value is lost or changed"
    steps = np.diff(times).astype("timedelta64[D]").astype(int)
    wide = chosen[:-1][steps > 1.8 * np.median(steps)]
    broken = values[np.flatnonzero(np.isnan(values)) - 1]
    assert broken.tolist() == wide.tolist()


def test_the_year_between_grace_and_its_successor_is_a_hole() -> None:
    # GRACE ends in June 2017, GRACE-FO begins in June 2018
    times = np.concatenate([monthly("2015-01-01", 30), monthly("2018-06-01", 30)])
    drawn, values = with_gaps(times, np.ones(60))
    assert np.isnan(values).sum() == 1
    hole = drawn[np.isnan(values)][0]
    assert np.datetime64("2017-07") < hole < np.datetime64("2018-06")


@given(spotted)
def test_a_value_is_isolated_or_part_of_a_line_and_never_both(values: np.ndarray) -> None:
    alone = isolated(values)
    known = np.isfinite(values)
    assert not np.any(alone & ~known)
    linked = np.zeros(len(values), bool)
    if len(values) > 1:
        pair = known[:-1] & known[1:]
        linked[:-1] |= pair
        linked[1:] |= pair
    assert np.array_equal(alone | linked, known)
    assert not np.any(alone & linked)


def layer(values: np.ndarray, times: np.ndarray, *, reach: float = 90.0) -> Any:
    """Stand-in for a layer whose cube reaches to a latitude."""

    def series(longitude: float, latitude: float, _variable: str) -> Any:
        if abs(latitude) > reach:
            raise ValueError(f"latitude {latitude} is outside the grid")
        return SimpleNamespace(values=values)

    return SimpleNamespace(cube=SimpleNamespace(series=series, times=times), variable="height")


def test_a_point_outside_the_grid_has_an_empty_curve_with_the_reason() -> None:
    found = grid_curves(
        layer(np.ones(5, np.float32), monthly("2001-01-01", 5), reach=60), [(0, 80), (0, 10)]
    )
    assert [curve.known for curve in found] == [0, 5]
    assert "latitude 80" in found[0].note
    assert found[1].note == ""


def test_missing_values_stay_missing() -> None:
    values = np.array([1, np.nan, 3, np.nan, np.nan], np.float32)
    (curve,) = grid_curves(layer(values, monthly("2001-01-01", 5)), [(10, 10)])
    assert np.array_equal(curve.values, values, equal_nan=True)
    assert curve.known == 2


def test_no_points_give_no_curves() -> None:
    assert grid_curves(layer(np.ones(5), monthly("2001-01-01", 5)), []) == []


@given(st.lists(st.integers(0, 50), min_size=1, max_size=30))
def test_steps_hold_each_month_to_its_end(counts: list[int]) -> None:
    months = pd.date_range("2011-01-01", periods=len(counts), freq="MS")
    times, values = stairs(months, np.array(counts, float))
    assert np.array_equal(values[::2], counts)
    assert np.array_equal(values[1::2], counts)
    assert np.array_equal(times[::2], months.to_numpy())
    assert np.array_equal(times[1:-1:2], times[2::2]), "a month ends where the next begins"
    areas = np.diff(times)[::2] / np.timedelta64(1, "D") * values[::2]
    assert areas.sum() == pytest.approx(float(np.dot(months.days_in_month, counts)))


@given(spotted)
def test_separated_values_are_all_isolated(values: np.ndarray) -> None:
    months = pd.date_range("2011-01-01", periods=len(values), freq="MS")
    times, apart = separate(months, values)
    assert np.array_equal(apart[::2], values, equal_nan=True)
    assert np.array_equal(isolated(apart), np.isfinite(apart))
    assert Curve(times, apart).known == int(np.isfinite(values).sum())


@settings(deadline=None)
@given(spotted)
def test_bands_cover_every_run_of_known_values_and_no_gap(middle: np.ndarray) -> None:
    times = monthly("2001-01-01", len(middle))
    found = bands(times, middle - 1, middle + 2)
    covered = [time for ring in found["xs"] for time in ring[: len(ring) // 2]]
    assert np.array_equal(np.array(covered, "datetime64[ns]"), times[np.isfinite(middle)])
    for xs, ys in zip(found["xs"], found["ys"], strict=True):
        half = len(xs) // 2
        assert np.array_equal(xs[:half], xs[half:][::-1])
        assert ys[half:][::-1] - ys[:half] == pytest.approx(3.0)


def test_activity_counts_what_is_near_in_the_month_it_happened() -> None:
    events = pd.DataFrame(
        {
            "time": pd.DatetimeIndex(["2011-03-11T05:46", "2011-03-31T23:59", "2011-05-01T00:00"]),
            "longitude": [142.4, -217.6, 76.9],
            "latitude": [38.3, 38.3, 43.2],
            "mag": [9.1, 6.0, 5.0],
            "depth": [20.0, 10.0, 10.0],
        }
    )
    span = (np.datetime64("2011-01-01"), np.datetime64("2011-06-01"))
    table = activity_table(events, (142.4, 38.3), 300.0, span)
    march = pd.Timestamp("2011-03-01")
    assert table.loc[march, "count"] == 2, "longitudes of another turn are the same place"
    assert table.loc[march, "max_mag"] == pytest.approx(9.1)
    assert table["count"].sum() == 2
    far = activity_table(events, (0.0, 0.0), 300.0, span)
    assert far["count"].sum() == 0
    assert list(far.index) == list(table.index)
