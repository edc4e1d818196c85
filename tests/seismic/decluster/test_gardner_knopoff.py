"""Gardner-Knopoff windows against brute force, and what must never matter."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.seismic.decluster import WINDOWS, gardner_knopoff, mainshocks, window_size
from tests.seismic.decluster.conftest import random_catalogue
from tests.seismic.decluster.reference import gardner_knopoff_by_all, relabelled

VARIANTS = [
    {},
    {"foreshocks": 1.0},
    {"foreshocks": 0.3, "three_dimensional": True},
    {"linking": "every"},
    {"linking": "every", "foreshocks": 1.0, "three_dimensional": True},
    {"causal": True},
    {"causal": True, "linking": "every", "three_dimensional": True},
]


@pytest.mark.parametrize("window", WINDOWS)
def test_ids_equal_those_of_all_pairs(catalogue, window):
    events, table = catalogue
    for variant in VARIANTS:
        ids = gardner_knopoff(events, window, **variant)
        assert np.array_equal(ids, gardner_knopoff_by_all(table, window, **variant)), variant
        assert 1 < mainshocks(ids).sum() < len(ids)


@pytest.mark.parametrize("variant", VARIANTS)
def test_order_of_rows_does_not_matter(variant):
    table = random_catalogue(77).drop_duplicates(ignore_index=True)
    order = np.random.default_rng(5).permutation(len(table))
    ids = gardner_knopoff(table, **variant)
    moved = gardner_knopoff(table.iloc[order], **variant)
    assert np.array_equal(relabelled(moved, order), ids)


@pytest.mark.parametrize("linking", ["mainshock", "every"])
@settings(max_examples=30)
@given(cut=st.integers(0, 600), seed=st.integers(0, 50))
def test_causal_ids_of_a_prefix_are_those_of_the_prefix_alone(linking, cut, seed):
    table = random_catalogue(seed, 600).sort_values("time", ignore_index=True)
    whole = gardner_knopoff(table, linking=linking, causal=True)
    alone = gardner_knopoff(table[:cut], linking=linking, causal=True)
    assert np.array_equal(whole[:cut], alone)
    assert (whole <= np.arange(600)).all()


def test_largest_of_five_stays():
    table = pd.DataFrame(
        {"time": pd.date_range("2020-01-01", periods=5, freq="h"), "mag": [6.0, 4, 5, 4, 4]}
    ).assign(longitude=70.0, latitude=43.0, depth=10.0)
    assert gardner_knopoff(table).tolist() == [0] * 5
    assert gardner_knopoff(table[::-1], linking="every").tolist() == [4] * 5
    swapped = table.assign(mag=[4.0, 5, 4, 6, 4])
    assert gardner_knopoff(swapped).tolist() == [0, 1, 1, 3, 3]
    assert gardner_knopoff(swapped, foreshocks=1).tolist() == [3] * 5
    assert gardner_knopoff(swapped, foreshocks=1, linking="every").tolist() == [3] * 5


def test_equal_magnitudes_go_to_the_earlier_unless_every_event_links():
    table = pd.DataFrame({"time": ["2020-01-02", "2020-01-01"], "mag": [5.0, 5.0]})
    table = table.assign(longitude=0.0, latitude=0.0)
    assert gardner_knopoff(table).tolist() == [1, 1]
    assert gardner_knopoff(table, linking="every").tolist() == [0, 1]


def test_events_without_magnitude_time_or_place_stand_alone():
    table = random_catalogue(3, 40).assign(latitude=10.0, longitude=10.0)
    table.loc[3, "mag"] = np.nan
    table.loc[5, "time"] = pd.NaT
    table.loc[7, "latitude"] = 91.0
    table.loc[9, "longitude"] = np.inf
    ids = gardner_knopoff(table)
    for row in (3, 5, 7, 9):
        assert ids[row] == row
        assert (ids == row).sum() == 1
    assert np.array_equal(
        ids[ids != np.arange(40)],
        np.delete(np.arange(40), [3, 5, 7, 9])[gardner_knopoff(table.drop([3, 5, 7, 9]))][
            np.delete(ids != np.arange(40), [3, 5, 7, 9])
        ],
    )


def test_empty_and_single_tables():
    table = random_catalogue(1, 1)
    assert gardner_knopoff(table).tolist() == [0]
    empty = gardner_knopoff(table[:0])
    assert empty.dtype == np.int64
    assert empty.size == 0


def test_ids_do_not_depend_on_the_index_of_the_table():
    table = random_catalogue(2, 300)
    named = table.set_index(pd.Index([f"e{i}" for i in range(300)]))
    assert np.array_equal(gardner_knopoff(named), gardner_knopoff(table))


@pytest.mark.parametrize(
    ("bad", "text"),
    [
        ({"window": "gruental"}, "Did you mean 'gruenthal'"),
        ({"linking": "chain"}, "linking rule 'chain'"),
        ({"foreshocks": 1.5}, "is 1.5; give 0 to 1"),
        ({"foreshocks": 0.5, "causal": True}, "causal"),
    ],
)
def test_what_is_no_variant_is_refused(bad, text):
    with pytest.raises(ValueError, match=text):
        gardner_knopoff(random_catalogue(0, 5), **bad)


def test_a_table_without_magnitudes_and_impossible_magnitudes_are_refused():
    table = random_catalogue(0, 5)
    with pytest.raises(ValueError, match="no column mag"):
        gardner_knopoff(table.drop(columns="mag"))
    with pytest.raises(ValueError, match=r"99\.0 is no magnitude"):
        gardner_knopoff(table.assign(mag=99.0))


# Table 1 of Gardner and Knopoff (1974), as the formulas of van Stiphout et al. (2012) give it.
def test_windows_are_those_of_the_published_formulas():
    km, days = window_size([6.0, 6.5])
    assert km.tolist() == pytest.approx([53.19, 61.33], abs=0.01)
    assert days.tolist() == pytest.approx([499.34, 884.91], abs=0.01)
    km, days = window_size([6.0, 7.0], "gruenthal")
    assert km.tolist() == pytest.approx([70.20, 85.54], abs=0.01)
    assert days.tolist() == pytest.approx([530.85, 928.97], abs=0.01)
    km, days = window_size([6.0], "uhrhammer")
    assert (km[0], days[0]) == pytest.approx((44.70, 93.69), abs=0.01)
    assert np.isfinite(window_size([-4.9, -0.1], "gruenthal")).all()
