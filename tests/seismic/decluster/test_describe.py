"""Clusters in tables, and variants in words."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from analysis.language import messages
from analysis.seismic.decluster import (
    LINKING,
    WINDOWS,
    cluster_table,
    describe,
    gardner_knopoff,
    mainshocks,
)
from analysis.seismic.distances import distance_km
from tests.seismic.decluster.conftest import random_catalogue


def test_every_variant_has_words_of_its_own():
    variants = itertools.product(WINDOWS, LINKING, (0.0, 0.5, 1.0), (False, True))
    texts = [
        describe("gardner-knopoff", window=w, linking=k, foreshocks=f, three_dimensional=z)
        for w, k, f, z in variants
    ]
    texts += [
        describe("gardner-knopoff", causal=True),
        describe("reasenberg"),
        describe("zaliapin"),
    ]
    assert len(set(texts)) == len(texts)
    assert "50 %" in texts[2]


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_words_are_translated(language):
    catalogue = messages(language)
    asked = []

    def translate(text):
        asked.append(text)
        return catalogue[text]

    text = describe("gardner-knopoff", foreshocks=1, causal=True, _=translate)
    describe("reasenberg", _=translate)
    describe("zaliapin", _=translate)
    assert "100 %" in text
    assert all(catalogue[one] != one for one in asked)


def test_unknown_methods_are_refused():
    with pytest.raises(ValueError, match="Did you mean 'reasenberg'"):
        describe("reasenburg")


def test_table_of_clusters_counts_every_event_once():
    events = random_catalogue(6)
    ids = gardner_knopoff(events, foreshocks=1)
    table = cluster_table(events, ids, smallest=1)
    assert table["size"].sum() == len(events)
    assert (table["before"] + table["after"] + 1 == table["size"]).all()
    assert set(table["mainshock"]) == set(np.flatnonzero(mainshocks(ids)))
    assert (table["mag"].to_numpy() == events["mag"].to_numpy()[table["mainshock"]]).all()
    some = cluster_table(events, ids, smallest=5)
    assert some["size"].min() >= 5
    assert len(some) == (table["size"] >= 5).sum()
    row = some.iloc[some["size"].argmax()]
    of = events[ids == row["mainshock"]]
    main = events.iloc[int(row["mainshock"])]
    far = distance_km(main["longitude"], main["latitude"], of["longitude"], of["latitude"]).max()
    assert row["extent"] == pytest.approx(far, abs=1e-3)
    assert (row["start"], row["end"]) == (of["time"].min(), of["time"].max())
    assert row["duration"] == pytest.approx((row["end"] - row["start"]) / pd.Timedelta(days=1))


def test_ids_that_are_no_positions_are_refused():
    events = random_catalogue(0, 3)
    with pytest.raises(ValueError, match="2 ids for 3 events"):
        cluster_table(events, [0, 1])
    with pytest.raises(ValueError, match="7 is no position"):
        mainshocks([0, 7])
    with pytest.raises(ValueError, match="integers"):
        mainshocks([0.5])
    assert mainshocks([]).size == 0
