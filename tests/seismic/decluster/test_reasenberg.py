"""Reasenberg's links against brute force, and what must never matter."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.seismic.decluster import mainshocks, reasenberg
from tests.seismic.decluster.conftest import random_catalogue
from tests.seismic.decluster.reference import (
    Table,
    reasenberg_by_all,
    reasenberg_causal_by_all,
    relabelled,
)


@pytest.mark.parametrize("three_dimensional", [False, True])
def test_ids_equal_those_of_all_pairs(catalogue, three_dimensional):
    events, table = catalogue
    ids = reasenberg(events, three_dimensional=three_dimensional)
    expected = reasenberg_by_all(table, three_dimensional=three_dimensional)
    assert np.array_equal(ids, expected)
    assert 1 < mainshocks(ids).sum() < len(ids)


@pytest.mark.parametrize("three_dimensional", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_causal_ids_equal_those_of_all_pairs(seed, three_dimensional):
    table = random_catalogue(seed, 1000, days=200)
    expected = reasenberg_causal_by_all(Table(table), three_dimensional=three_dimensional)
    ids = reasenberg(table, three_dimensional=three_dimensional, causal=True)
    assert np.array_equal(ids, expected)
    assert (ids != reasenberg(table, three_dimensional=three_dimensional)).any()


@settings(max_examples=30)
@given(cut=st.integers(0, 600), seed=st.integers(0, 50))
def test_causal_ids_of_a_prefix_are_those_of_the_prefix_alone(cut, seed):
    table = random_catalogue(seed, 600, days=100).sort_values("time", ignore_index=True)
    whole = reasenberg(table, causal=True)
    assert np.array_equal(whole[:cut], reasenberg(table[:cut], causal=True))
    assert (whole <= np.arange(600)).all()


@pytest.mark.parametrize("causal", [False, True])
def test_order_of_rows_does_not_matter(causal):
    table = random_catalogue(78).drop_duplicates(ignore_index=True)
    order = np.random.default_rng(5).permutation(len(table))
    moved = reasenberg(table.iloc[order], causal=causal)
    assert np.array_equal(relabelled(moved, order), reasenberg(table, causal=causal))


@pytest.mark.parametrize("causal", [False, True])
def test_whole_turns_of_the_globe_do_not_matter(causal):
    table = random_catalogue(79)
    turned = table.assign(longitude=(table["longitude"] + 47.0 + 180) % 360 - 180)
    whole = table.assign(longitude=table["longitude"] % 360)
    ids = reasenberg(table, causal=causal)
    assert np.array_equal(reasenberg(whole, causal=causal), ids)
    assert np.array_equal(mainshocks(reasenberg(turned, causal=causal)), mainshocks(ids))


def test_largest_of_five_stays_in_any_order():
    table = pd.DataFrame({"time": pd.date_range("2020-01-01", periods=5, freq="h")})
    table = table.assign(lon=70.0, lat=43.0, depth=10.0)
    for magnitudes in set(itertools.permutations([6.0, 4.0, 5.0, 4.0, 4.0])):
        ids = reasenberg(table.assign(mag=magnitudes))
        assert ids.tolist() == [magnitudes.index(6.0)] * 5


def test_merged_clusters_keep_the_largest_where_a_published_program_drops_it():
    """Two clusters, of the 6.0 and of the 5.0, become one by the fifth event between them."""
    table = pd.DataFrame(
        {
            "time": pd.date_range("2020-01-01", periods=5, freq="h"),
            "mag": [6.0, 4.0, 5.0, 4.0, 4.0],
            "longitude": [0.0, 0.2248, 0.3327, 0.3597, 0.2563],  # 0, 25, 37, 40 and 28.5 km
            "latitude": 0.0,
            "depth": 10.0,
        }
    )
    kept = reasenberg_by_all(Table(table), smaller_on_merge=True)
    assert table["mag"][np.unique(kept)].tolist() == [5.0]
    assert table["mag"][np.unique(reasenberg(table))].tolist() == [6.0]


def test_numbers_of_the_method_widen_and_narrow_the_clusters():
    table = random_catalogue(80)
    kept = [mainshocks(reasenberg(table, rfact=r)).sum() for r in (1, 5, 10, 40)]
    assert kept == sorted(kept, reverse=True)
    assert kept[0] > kept[-1]
    longer = mainshocks(reasenberg(table, taumin=9.0)).sum()
    assert longer < mainshocks(reasenberg(table, taumin=0.1)).sum()


@pytest.mark.parametrize(
    "bad",
    [
        {"rfact": 0},
        {"rfact": np.inf},
        {"xmeff": np.nan},
        {"xk": 1.2},
        {"taumin": 0},
        {"taumin": 5, "taumax": 4},
        {"p": 1},
    ],
)
def test_numbers_outside_their_range_are_refused(bad):
    name, value = next(iter(bad.items()))
    with pytest.raises(ValueError, match=f"{name} is {value}"):
        reasenberg(random_catalogue(0, 5), **bad)


def test_empty_table():
    assert reasenberg(random_catalogue(0, 5)[:0]).size == 0
    assert reasenberg(random_catalogue(0, 1), causal=True).tolist() == [0]
