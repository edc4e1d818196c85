"""Rates of past events: nothing lost, nothing known too early, equal to the plain formulas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.cells.lattice import Lattice
from analysis.learning import (
    Past,
    adaptive_rate,
    cell_rate,
    mixture,
    probability,
    recent_rate,
    smoothed_rate,
    uniform_rate,
)
from analysis.learning.spread import area_shares, spread

GLOBE = Lattice.from_bounds((-180, -90, 180, 90), 5)
ISSUE = pd.date_range("2015-01-01", periods=4, freq="30D")
RADIUS = 6371.0072
RATES = {
    "uniform": uniform_rate,
    "cell": cell_rate,
    "smoothed": lambda *a, **k: smoothed_rate(*a, width_km=600, **k),
    "power": lambda *a, **k: smoothed_rate(*a, width_km=300, kernel="power", **k),
    "adaptive": lambda *a, **k: adaptive_rate(*a, neighbour=2, **k),
    "recent": lambda *a, **k: recent_rate(*a, history="400D", width_km=600, **k),
}


def events(n: int = 200, seed: int = 0, first: str = "2010-01-01", days: float = 2000.0) -> Past:
    generator = np.random.default_rng(seed)
    times = pd.Timestamp(first) + pd.to_timedelta(generator.uniform(0, days, n), unit="D")
    north = np.degrees(np.arcsin(generator.uniform(-1, 1, n)))
    weights = generator.uniform(0.5, 2, n)
    return Past.of(times, generator.uniform(-180, 180, n), north, weights, since="2010-01-01")


def distances(east: float, north: float) -> np.ndarray:
    """Kilometres from a place to the centres of the cells."""
    easts, norths = GLOBE.centres
    a, b = np.deg2rad(np.array((east, north)))
    sine = np.sin(b) * np.sin(np.deg2rad(norths))
    cosine = np.cos(b) * np.cos(np.deg2rad(norths)) * np.cos(np.deg2rad(easts) - a)
    return RADIUS * np.arccos(np.clip(sine + cosine, -1, 1))


@settings(max_examples=60)
@given(
    st.floats(-400, 400),
    st.floats(-90, 90),
    st.floats(1, 9000),
    st.sampled_from(["gaussian", "power"]),
)
def test_weight_is_kept_everywhere_on_the_globe(east, north, width, kernel):
    field = spread([east], [north], [2.5], [width], GLOBE, kernel)
    assert field.sum() == pytest.approx(2.5, rel=1e-12)
    assert (field >= 0).all()
    # either kernel holds 0.9 of its weight within ten widths; half a cell's diagonal beside it
    near = distances(east, north) <= 10 * width + 400
    assert field[near].sum() > 0.85 * 2.5


@pytest.mark.parametrize("kernel", ["gaussian", "power"])
@pytest.mark.parametrize("place", [(10.0, 3.0), (179.9, 60.0), (-33.0, -88.0), (0.0, 90.0)])
def test_field_is_the_kernel_times_the_area(kernel, place):
    width = 700.0
    distance = distances(*place)
    ratio = (distance / width) ** 2
    plain = np.exp(-ratio / 2) if kernel == "gaussian" else (ratio + 1) ** -1.5
    reach = 4 if kernel == "gaussian" else 20
    plain = np.where(distance <= reach * width, plain, 0) * area_shares(GLOBE)
    field = spread([place[0]], [place[1]], [1], [width], GLOBE, kernel)
    assert np.abs(field - plain / plain.sum()).max() < 2e-3 * field.max()


def test_narrow_kernels_are_integrated_over_boxes():
    fine = Lattice.from_bounds((-180, -90, 180, 90), 0.5)
    coarse = spread([12.0], [42.0], [1], [300], GLOBE)
    east, north = fine.centres
    summed = np.bincount(GLOBE.index(east, north), spread([12.0], [42.0], [1], [300], fine))
    assert np.abs(coarse - summed).max() < 0.02


@given(st.integers(1, 71), st.floats(-85, 85))
def test_turning_the_globe_turns_the_field(columns, north):
    one = spread([7.0], [north], [1], [900], GLOBE).reshape(GLOBE.rows, -1)
    other = spread([7.0 + 5 * columns], [north], [1], [900], GLOBE).reshape(GLOBE.rows, -1)
    np.testing.assert_allclose(np.roll(one, columns, axis=1), other, atol=1e-12)


@pytest.mark.parametrize("bounds", [(40, 30, 90, 60), (170, -60, -150, 10), (-180, 70, 180, 90)])
def test_a_region_is_a_piece_of_the_globe(bounds):
    block, past = Lattice.from_bounds(bounds, 5), events()
    whole = smoothed_rate(past, GLOBE, ISSUE, width_km=600, floor=0)
    part = smoothed_rate(past, block, ISSUE, width_km=600, floor=0)
    np.testing.assert_allclose(part, whole[:, GLOBE.index(*block.centres)], rtol=1e-6)
    assert part.sum() < whole.sum()


@pytest.mark.parametrize("name", RATES)
def test_nothing_after_the_issue_time_matters(name):
    past, future = events(), events(100, seed=9, first="2015-04-01")
    together = Past.of(
        *(
            np.concatenate([getattr(past, one), getattr(future, one)])
            for one in ("times", "longitude", "latitude", "weights")
        ),
        since="2010-01-01",
    )
    alone = RATES[name](past, GLOBE, ISSUE)
    np.testing.assert_array_equal(alone, RATES[name](together, GLOBE, ISSUE))
    cut = past.before(ISSUE[1])
    known = Past.of(
        past.times[:cut], past.longitude[:cut], past.latitude[:cut], past.weights[:cut],
        since=past.since,
    )  # fmt: skip
    np.testing.assert_array_equal(alone[:2], RATES[name](known, GLOBE, ISSUE)[:2])
    assert not np.array_equal(alone[3], RATES[name](known, GLOBE, ISSUE)[3])


@pytest.mark.parametrize("name", RATES)
def test_totals_are_those_of_the_events(name):
    past = events()
    rate = RATES[name](past, GLOBE, ISSUE, window="45D").sum(axis=1, dtype=np.float64)
    for step, when in enumerate(ISSUE):
        since = when - pd.Timedelta("400D") if name == "recent" else pd.Timestamp(past.since)
        inside = (past.times >= since) & (past.times < when)
        days = (when - since) / pd.Timedelta("1D")
        assert rate[step] == pytest.approx(past.weights[inside].sum() * 45 / days, rel=1e-6)


def test_one_event_at_the_very_issue_time_is_the_future():
    past = Past.of([ISSUE[0]], [0], [0], since="2010-01-01")
    assert smoothed_rate(past, GLOBE, ISSUE).sum(axis=1).tolist()[0] == 0
    assert smoothed_rate(past, GLOBE, ISSUE)[1].sum() > 0


def test_cell_rate_counts_and_uniform_rate_is_flat():
    past = events()
    rate = cell_rate(past, GLOBE, ISSUE[:1], floor=0)[0]
    inside = past.times < ISSUE.to_numpy()[0]
    at = GLOBE.index(past.longitude[inside], past.latitude[inside])
    counts = np.bincount(at, past.weights[inside], GLOBE.size)
    np.testing.assert_allclose(rate, counts * 30 / 1826, rtol=1e-6)
    flat = uniform_rate(past, GLOBE, ISSUE[:1])[0]
    assert np.ptp(flat / area_shares(GLOBE)) < 1e-5 * flat.sum()
    floored = cell_rate(past, GLOBE, ISSUE[:1], floor=0.2)[0]
    np.testing.assert_allclose(floored, 0.8 * rate + 0.2 * flat, rtol=1e-5)


def test_adaptive_widths_are_distances_to_neighbours():
    close = Past.of(
        pd.date_range("2011-01-01", periods=4), [0, 1, 2, 100], [0, 0, 0, 0], since="2010-01-01"
    )
    fine = Lattice.from_bounds((-180, -90, 180, 90), 2)
    got = adaptive_rate(close, fine, ISSUE[:1], neighbour=1, limits_km=(1, 400), floor=0)[0]
    one_degree = np.deg2rad(1) * RADIUS
    widths = [one_degree, one_degree, one_degree, 400]
    wanted = spread(close.longitude, close.latitude, close.weights, widths, fine, "power")
    np.testing.assert_allclose(got, wanted * 30 / 1826, rtol=1e-5)
    kept = adaptive_rate(events(), GLOBE, ISSUE, refresh=2)
    np.testing.assert_array_equal(kept[0], kept[1])
    assert not np.array_equal(kept[1], kept[2])
    np.testing.assert_array_equal(kept[2], adaptive_rate(events(), GLOBE, ISSUE)[2])


def test_times_with_a_zone_are_the_same_moments():
    past = events()
    there = pd.DatetimeIndex(past.times).tz_localize("UTC").tz_convert("Asia/Almaty")
    since = pd.Timestamp(past.since).tz_localize("UTC").tz_convert("Asia/Almaty")
    same = Past.of(there, past.longitude % 360, past.latitude, past.weights, since=since)
    issue = pd.DatetimeIndex(ISSUE).tz_localize("UTC").tz_convert("Asia/Almaty")
    np.testing.assert_allclose(
        smoothed_rate(same, GLOBE, issue), smoothed_rate(past, GLOBE, ISSUE), rtol=1e-12
    )


def test_few_events_and_none_are_rates_too():
    none = Past.of([], [], [], since="2010-01-01")
    for rate in RATES.values():
        assert not rate(none, GLOBE, ISSUE).any()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda p: smoothed_rate(p, GLOBE, ISSUE[::-1]), "ascending"),
        (lambda p: smoothed_rate(p, GLOBE, ["2009-01-01"]), "not after the start"),
        (lambda p: smoothed_rate(p, GLOBE, ISSUE, window="0D"), "longer than nothing"),
        (lambda p: smoothed_rate(p, GLOBE, ISSUE, width_km=0), "positive number of km"),
        (lambda p: smoothed_rate(p, GLOBE, ISSUE, kernel="box"), "unknown"),
        (lambda p: smoothed_rate(p, GLOBE, ISSUE, floor=2), "floor is 2"),
        (lambda p: recent_rate(p, GLOBE, ISSUE, history="9000D"), "at most 1826 days"),
        (lambda p: adaptive_rate(p, GLOBE, ISSUE, neighbour=0), "neighbour=0"),
        (lambda p: mixture([np.ones((1, 2))], [0.5, 0.5]), "2 shares of 1 rates"),
        (lambda p: mixture([np.ones(2), np.ones(2)], [0.5, 0.6]), "the sum is 1"),
        (lambda p: probability([-1.0]), "negative or missing"),
        (lambda p: Past.of(p.times, p.longitude, p.latitude[:3], since="2010"), "must all be"),
        (lambda p: Past.of([2011.0], [0], [1], since="2010"), "times of the events are numbers"),
        (lambda p: Past.of(["2011"], [0], [1], since=2010), "start of the record is 2010"),
        (lambda p: Past.of(["2011"], [0], [91], since="2010"), "1 events"),
        (lambda p: Past.of(["2011"], [np.nan], [1], since="2010"), "1 events"),
        (lambda p: Past.of(["2011"], [0], [1], [-1], since="2010"), "negative weight"),
    ],
)
def test_impossible_questions_say_why(call, words):
    with pytest.raises(ValueError, match=words):
        call(events())
