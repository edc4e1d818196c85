"""Two catalogues, one to one: against brute force, real pairs, relations."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.seismic import distance_km, match_catalogues
from analysis.seismic.cleaning import matching, unmatched
from tests.seismic.cleaning.tables import emsc_features, made, usgs_features

EVENT = st.tuples(
    st.floats(0, 90),  # seconds
    st.floats(178.5, 181.5),  # across the date line
    st.floats(-1, 1),
    st.sampled_from([4.0, 4.4, 5.0, 6.2, math.nan]),
    st.sampled_from(["mb", "mww", ""]),
    st.sampled_from(["", "reviewed", "automatic"]),
)


def table(rows):
    names = ["seconds", "longitude", "latitude", "mag", "magType", "status"]
    frame = pd.DataFrame(rows, columns=names)
    frame["time"] = pd.Timestamp("2019-12-31T23:59:30") + pd.to_timedelta(
        frame.pop("seconds").astype(float), "s"
    )
    return frame.astype({"longitude": float, "latitude": float, "mag": float})


def score_of(one, two):
    """Score by the words of the documentation; None outside the windows."""
    dt = abs((two["time"] - one["time"]).total_seconds())
    km = float(
        distance_km(one["longitude"], one["latitude"], [two["longitude"]], [two["latitude"]])[0]
    )
    wide = any(row["mag"] >= 6 or row["status"] == "automatic" for row in (one, two))
    same = one["magType"] == two["magType"] != ""
    dm = abs(one["mag"] - two["mag"])
    if dt > (60 if wide else 16) or km > (150 if wide else 100) or dm > (0.5 if same else 1.0):
        return None
    return (dt / 5) ** 2 + (km / 25) ** 2 + (1.0 if math.isnan(dm) else (dm / 0.3) ** 2)


def components(scores):
    """Groups of pairs that compete for each other."""
    groups = []
    for pair in scores:
        touching = [g for g in groups if any(p[0] == pair[0] or p[1] == pair[1] for p in g)]
        groups = [g for g in groups if g not in touching] + [{pair}.union(*touching)]
    return groups


def least_cost(group, scores):
    """Smallest cost over all ways to pair, found by trying all of them."""
    alone = max(scores[pair] for pair in group)
    alone += 1e-6 * (1 + alone)
    rows, columns = ({pair[side] for pair in group} for side in (0, 1))
    best = math.inf
    for size in range(min(len(rows), len(columns)) + 1):
        for some in itertools.combinations(sorted(group), size):
            if all(len({pair[side] for pair in some}) == size for side in (0, 1)):
                cost = sum(scores[pair] for pair in some) + alone * (len(rows) - size)
                best = min(best, cost)
    return best


@settings(max_examples=150)
@given(st.lists(EVENT, max_size=5), st.lists(EVENT, max_size=5))
def test_equals_brute_force(rows_a, rows_b):
    a, b = table(rows_a), table(rows_b)
    scores = {
        (i, j): score
        for i, j in itertools.product(range(len(a)), range(len(b)))
        if (score := score_of(a.iloc[i], b.iloc[j])) is not None
    }
    pairs = match_catalogues(a, b)
    found = set(zip(pairs["row_a"], pairs["row_b"], strict=True))
    assert found <= set(scores)
    assert len({i for i, _ in found}) == len({j for _, j in found}) == len(found)
    for row in pairs.itertuples():
        assert row.score == pytest.approx(scores[row.row_a, row.row_b], rel=1e-6, abs=1e-6)
    for group in components(scores):
        alone = max(scores[pair] for pair in group)
        alone += 1e-6 * (1 + alone)
        cost = sum(scores[pair] for pair in found & group)
        cost += alone * (len({i for i, _ in group}) - len(found & group))
        assert cost == pytest.approx(least_cost(group, scores), rel=1e-6, abs=1e-6)


@settings(max_examples=60)
@given(st.lists(EVENT, max_size=12), st.lists(EVENT, max_size=12), st.randoms())
def test_order_of_rows_and_of_catalogues_does_not_matter(rows_a, rows_b, random):
    a, b = table(rows_a), table(rows_b)
    pairs = match_catalogues(a, b)
    shuffled = random.sample(range(len(a)), len(a))
    other = match_catalogues(b, a.iloc[shuffled])
    assert other["score"].sum() == pytest.approx(pairs["score"].sum())
    assert len(other) == len(pairs)


def test_the_same_pairs_from_the_other_side():
    """Without ties the pairs themselves are the same."""
    a, b = made(200, seed=8, days=0.02), made(210, seed=9, days=0.02)
    a[["longitude", "latitude"]] /= 300
    b[["longitude", "latitude"]] /= 300
    pairs = match_catalogues(a, b)
    other = match_catalogues(b.sample(frac=1, random_state=1), a.sample(frac=1, random_state=2))
    assert len(pairs) > 50
    assert set(zip(pairs["a"], pairs["b"], strict=True)) == set(
        zip(other["b"], other["a"], strict=True)
    )


def test_no_pair_is_left_lying():
    a, b = made(300, seed=1, days=0.05), made(300, seed=2, days=0.05)
    a[["longitude", "latitude"]] /= 200
    b[["longitude", "latitude"]] /= 200
    pairs = match_catalogues(a, b)
    assert 0 < len(pairs) < 300
    rest_a, rest_b = unmatched(a, b, pairs)
    assert len(match_catalogues(rest_a, rest_b)) == 0
    assert len(rest_a) + len(pairs) == len(a)
    assert len(rest_b) + len(pairs) == len(b)


def test_sparse_and_dense_assignment_agree(monkeypatch):
    a, b = made(150, seed=3, days=0.01), made(140, seed=4, days=0.01)
    a[["longitude", "latitude"]] /= 400
    b[["longitude", "latitude"]] /= 400
    dense = match_catalogues(a, b)
    monkeypatch.setattr(matching, "_DENSE", 0)
    pd.testing.assert_frame_equal(match_catalogues(a, b), dense)


def test_a_sequence_does_not_chain():
    """Twenty aftershocks 6 s apart: each keeps its own partner, 1 s later."""
    n = 20
    a = pd.DataFrame(
        {"time": pd.Timestamp("2020-01-01") + pd.to_timedelta(6.0 * np.arange(n), "s")}
    )
    a = a.assign(longitude=40.0, latitude=39.0, mag=4.0)
    b = a.assign(time=a["time"] + pd.Timedelta("1s")).iloc[::-1]
    pairs = match_catalogues(a, b)
    assert (pairs["a"] == pairs["b"]).all()
    assert len(pairs) == n


def test_a_good_pair_is_not_broken_for_two_bad_ones():
    start = pd.Timestamp("2020-01-01")
    a = pd.DataFrame({"time": [start, start + pd.Timedelta("14s")], "lon": 10.0, "lat": 50.0})
    b = pd.DataFrame({"time": [start, start - pd.Timedelta("14s")], "lon": 10.0, "lat": 50.0})
    pairs = match_catalogues(a.assign(mag=4.0), b.assign(mag=4.0))
    assert pairs[["a", "b", "dt"]].to_numpy().tolist() == [[0, 0, 0]]


@pytest.mark.parametrize(
    ("change", "matched"),
    [
        ({"seconds": 16.0}, True),
        ({"seconds": 16.01}, False),
        ({"seconds": 59.9, "mag": 6.0}, True),
        ({"seconds": 60.1, "mag": 6.0}, False),
        ({"seconds": 59.9, "status": "automatic"}, True),
        ({"longitude": 0.89}, True),  # 99 km
        ({"longitude": 0.91}, False),
        ({"longitude": 1.34, "mag": 6.5}, True),  # 149 km
        ({"longitude": 1.36, "mag": 6.5}, False),
        ({"dmag": 1.0}, True),
        ({"dmag": 1.1}, False),
        ({"dmag": 0.5, "magType": "mb"}, True),
        ({"dmag": 0.6, "magType": "mb"}, False),
        ({"depth": 600.0}, True),
    ],
)
def test_edges_of_the_windows(change, matched):
    mag = change.pop("mag", 5.0)
    row = {"time": pd.Timestamp("2020-01-01"), "longitude": 0.0, "latitude": 0.0, "depth": 10.0}
    row |= {"mag": mag, "magType": "mww", "status": ""}
    a = pd.DataFrame([row | {"magType": change.get("magType", "mww")}])
    b = pd.DataFrame([row | {"magType": "mb"}])
    b["time"] += pd.Timedelta(seconds=change.pop("seconds", 0.0))
    b["mag"] += change.pop("dmag", 0.0)
    b = b.assign(**change)
    assert len(match_catalogues(a, b)) == matched


def test_labels_of_the_caller_are_kept_and_may_repeat():
    a = made(40).set_index(pd.Index(["same"] * 40))
    b = made(40).set_index(pd.Index(np.arange(40) * 10))
    pairs = match_catalogues(a, b)
    assert set(pairs["a"]) == {"same"}
    assert pairs["b"].tolist() == b.index.tolist()
    assert pairs["id_a"].tolist() == pairs["id_b"].tolist()
    rest_a, rest_b = unmatched(a, b.iloc[:30], match_catalogues(a, b.iloc[:30]))
    assert rest_a["id"].tolist() == made(40)["id"].tolist()[30:]
    assert rest_b.empty


def test_rows_without_time_or_place_have_no_partner():
    a = made(4)
    a.loc[0, "time"] = pd.NaT
    a.loc[1, "longitude"] = math.nan
    a.loc[2, "latitude"] = 91.0
    assert match_catalogues(a, a)["a"].tolist() == [3]
    assert match_catalogues(a.iloc[:0], a).empty
    assert match_catalogues(a.iloc[:1], a.iloc[:1]).empty


@pytest.mark.parametrize("name", ["time_s", "distance_km", "magnitude", "wide_time_s"])
def test_refuses_a_window_that_is_none(name):
    with pytest.raises(ValueError, match=r"-1.*0 or more"):
        match_catalogues(made(2), made(2), **{name: -1})
    with pytest.raises(ValueError, match="nan"):
        match_catalogues(made(2), made(2), **{name: math.nan})


def test_inputs_are_not_changed():
    a, b = made(30), made(30, seed=1)
    before = a.copy(), b.copy()
    match_catalogues(a, b)
    pd.testing.assert_frame_equal(a, before[0])
    pd.testing.assert_frame_equal(b, before[1])


def test_a_million_against_a_hundred_thousand_keep_their_partners():
    """Not all pairs are looked at: a tenth of that work would not end within the time limit."""
    big = made(1_000_000, days=7300.0)
    small = big.sample(100_000, random_state=1)
    rng = np.random.default_rng(2)
    moved = small.assign(time=small["time"] + pd.to_timedelta(rng.normal(0, 1, len(small)), "s"))
    pairs = match_catalogues(big, moved)
    assert len(pairs) == 100_000
    assert (pairs["a"] == pairs["b"]).mean() > 0.9999


def test_real_usgs_and_emsc_lists_of_turkey(real_data):
    a = usgs_features(real_data / "seismic" / "usgs_fdsn_turkey_2025-04.geojson")
    b = emsc_features(real_data / "seismic" / "emsc_fdsn_turkey_2025-04.json")
    pairs = match_catalogues(a, b)
    assert len(pairs) == len(a) == 17
    assert pairs["b"].is_unique
    assert pairs["dt"].abs().max() <= 1.75
    assert pairs["distance"].max() <= 12.55
    assert pairs["dmag"].abs().max() <= 0.3 + 1e-9
    assert len(unmatched(a, b, pairs)[1]) == 413
    traps = b[b["unid"].isin(["20250413_0000230", "20250413_0000232"])]
    assert len(match_catalogues(traps.iloc[:1], traps.iloc[1:])) == 0


def test_real_two_retrievals_of_the_usgs(real_data):
    """What has one id in both files is matched to itself; the others stay alone."""
    old = pd.read_csv(real_data / "seismic" / "usgs_m5_global_2013_2023.csv")
    new = pd.read_csv(real_data / "seismic" / "usgs_m5_global_2022_2024.csv")
    old = old[old["time"] >= "2022-01-01"]
    new = new[new["time"] < "2023-11-04T23"]
    pairs = match_catalogues(old, new)
    same = pairs["id_a"] == pairs["id_b"]
    assert same.sum() == len(set(old["id"]) & set(new["id"])) == 3096
    assert (~same).sum() <= 2
