"""Nearest neighbours against brute force, the mixture, and what must never matter."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.seismic.decluster import mainshocks, nearest_neighbours, two_normals, zaliapin
from tests.seismic.decluster.conftest import random_catalogue
from tests.seismic.decluster.reference import relabelled, zaliapin_by_all


@pytest.mark.parametrize("three_dimensional", [False, True])
@pytest.mark.parametrize("causal", [False, True])
def test_ids_equal_those_of_all_pairs(catalogue, three_dimensional, causal):
    events, table = catalogue
    expected, eta = zaliapin_by_all(table, -4.0, three_dimensional, causal)
    variant = {"three_dimensional": three_dimensional}
    ids = zaliapin(events, threshold=-4.0, causal=causal, **variant)
    assert np.array_equal(ids, expected)
    assert 1 < mainshocks(ids).sum() < len(ids)
    found = nearest_neighbours(events, **variant)
    np.testing.assert_allclose(found["log_eta"], eta, rtol=1e-9)


@settings(max_examples=30)
@given(cut=st.integers(0, 600), seed=st.integers(0, 50))
def test_causal_ids_of_a_prefix_are_those_of_the_prefix_alone(cut, seed):
    table = random_catalogue(seed, 600, days=100).sort_values("time", ignore_index=True)
    whole = zaliapin(table, threshold=-4, causal=True)
    assert np.array_equal(whole[:cut], zaliapin(table[:cut], threshold=-4, causal=True))
    assert (whole <= np.arange(600)).all()


def test_order_of_rows_does_not_matter():
    table, _ = two_populations(5)
    order = np.random.default_rng(5).permutation(len(table))
    assert np.array_equal(relabelled(zaliapin(table.iloc[order]), order), zaliapin(table))
    index = pd.Index([f"e{i}" for i in order])
    found = nearest_neighbours(table.iloc[order].set_index(index))
    assert (found.index == index).all()
    parents = found["parent"].to_numpy()
    back = np.full(len(table), -1)
    back[order] = np.where(parents >= 0, order[parents], -1)
    assert np.array_equal(back, nearest_neighbours(table)["parent"])


def two_populations(seed):
    """1,000 events anywhere at any time, 100 of them with ten aftershocks each; who is whose."""
    rng = np.random.default_rng(seed)
    day = rng.uniform(0, 3650, 1000)
    lon, lat = rng.uniform(-180, 180, 1000), np.degrees(np.arcsin(rng.uniform(-1, 1, 1000)))
    main = np.repeat(np.arange(100), 10)
    day = np.append(day, day[main] + rng.exponential(2, 1000))
    mag = np.append(np.where(np.arange(1000) < 100, 6.0, 4.0), np.full(1000, 3.9))
    lat = np.append(lat, np.clip(lat[main] + rng.normal(0, 0.02, 1000), -90, 90))
    lon = np.append(lon, lon[main])
    table = pd.DataFrame({"longitude": lon, "latitude": lat, "depth": 10.0, "mag": mag})
    table["time"] = pd.Timestamp("2000-01-01") + pd.to_timedelta(day, unit="D")
    return table, np.append(np.arange(1000), main)


def test_two_populations_are_told_apart():
    table, truth = two_populations(3)
    ids = zaliapin(table)
    assert (ids == truth).mean() > 0.98
    assert mainshocks(ids)[:1000].mean() > 0.98
    assert mainshocks(ids)[1000:].mean() < 0.01
    threshold = two_normals(nearest_neighbours(table)["log_eta"]).threshold
    causal = zaliapin(table, threshold=threshold, causal=True)
    assert (causal == truth).mean() > 0.98


def test_fitted_threshold_is_where_the_two_parts_cross():
    table, _ = two_populations(4)
    eta = nearest_neighbours(table)["log_eta"]
    fitted = two_normals(eta).threshold
    assert np.array_equal(zaliapin(table), zaliapin(table, threshold=fitted))
    counts = [mainshocks(zaliapin(table, threshold=fitted + s)).sum() for s in (-1, 0, 1)]
    assert counts == sorted(counts, reverse=True)


def test_mixture_finds_what_was_mixed_and_shifts_with_it():
    rng = np.random.default_rng(4)
    values = np.concatenate([rng.normal(-7, 1.2, 40_000), rng.normal(-3, 0.8, 60_000)])
    found = two_normals(values)
    assert found.means == pytest.approx((-7, -3), abs=0.05)
    assert found.deviations == pytest.approx((1.2, 0.8), abs=0.05)
    assert found.shares == pytest.approx((0.4, 0.6), abs=0.01)
    # where 0.4 N(-7, 1.2) = 0.6 N(-3, 0.8), by bisection
    assert found.threshold == pytest.approx(-4.7908, abs=0.03)
    moved = two_normals(values + 2)
    assert moved.threshold == pytest.approx(found.threshold + 2, abs=2e-3)
    turned = two_normals(rng.permutation(values))
    assert turned == found
    twice = two_normals(np.tile(values, 2))
    assert twice.threshold == pytest.approx(found.threshold, abs=2e-3)


def test_what_is_no_mixture_is_refused():
    with pytest.raises(ValueError, match="at least 20"):
        two_normals(np.arange(19.0))
    with pytest.raises(ValueError, match="threshold yourself"):
        two_normals(np.zeros(100))


@pytest.mark.parametrize(
    ("bad", "text"),
    [
        ({"b": -1}, "b is -1"),
        ({"df": 0}, "df is 0"),
        ({"nearest_km": 0}, "nearest_km is 0"),
        ({"threshold": np.inf}, "threshold is inf"),
        ({"causal": True}, "needs a threshold"),
    ],
)
def test_numbers_outside_their_range_are_refused(bad, text):
    with pytest.raises(ValueError, match=text):
        zaliapin(random_catalogue(0, 50), **bad)


def test_small_tables():
    table = random_catalogue(0, 30)
    assert zaliapin(table[:0]).size == 0
    assert zaliapin(table[:1], threshold=-4).tolist() == [0]
    alone = table.assign(mag=np.nan)
    assert mainshocks(zaliapin(alone)).all()
    assert (nearest_neighbours(alone)["parent"] == -1).all()


@pytest.mark.parametrize("rows", [1, 2, 19, 20])
def test_too_few_links_for_a_threshold_are_named(rows):
    times = pd.date_range("2020-01-01", periods=rows, freq="D")
    table = pd.DataFrame({"time": times, "lon": 70.0, "lat": 43.0, "mag": 4.0})
    with pytest.raises(
        ValueError, match=rf"{rows} events have {rows - 1} links .* Give threshold="
    ):
        zaliapin(table)
    assert zaliapin(table, threshold=-99).tolist() == list(range(rows))
    assert zaliapin(table.iloc[:0]).tolist() == []
