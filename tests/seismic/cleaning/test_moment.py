"""Moment magnitudes: published values, ranges, errors, preference; against real Mw."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.seismic import match_catalogues
from analysis.seismic.cleaning import (
    MAGNITUDE_FAMILIES,
    RELATIONS,
    Piece,
    Relation,
    add_moment_magnitudes,
    magnitude_families,
    moment_magnitudes,
    preferred_magnitudes,
)
from analysis.sources import open_source

NAMES = st.sampled_from(sorted(RELATIONS))
TYPES = st.sampled_from([*MAGNITUDE_FAMILIES, "mb_lg", "mfa", None, ""])


@pytest.mark.parametrize(
    ("name", "kind", "mag", "mw", "error"),
    [
        ("scordilis-2006", "mb", 5.0, 5.28, 0.29),  # 0.85 x 5.0 + 1.03
        ("scordilis-2006", "mb", 6.2, 6.30, 0.29),
        ("scordilis-2006", "ms", 5.0, 5.42, 0.17),  # 0.67 x 5.0 + 2.07
        ("scordilis-2006", "ms_20", 6.1, 6.157, 0.17),
        ("scordilis-2006", "ms", 6.2, 6.218, 0.20),  # 0.99 x 6.2 + 0.08
        ("scordilis-2006", "ms", 8.2, 8.198, 0.20),
        ("weatherill-2016", "mb", 5.0, 5.136, 0.283),
        ("weatherill-2016", "ms", 6.0, 6.136, 0.159),
        ("weatherill-2016", "ms", 7.0, 7.009, 0.187),
        ("di-giacomo-2015", "ms", 6.0, math.exp(-0.222 + 0.233 * 6.0) + 2.863, math.nan),
        ("di-giacomo-2015", "mb", 5.5, math.exp(-4.664 + 0.859 * 5.5) + 4.555, math.nan),
    ],
)
def test_published_values(name, kind, mag, mw, error):
    line = moment_magnitudes([mag], [kind], relations=name).iloc[0]
    assert line["mw"] == pytest.approx(mw, abs=1e-9)
    assert line["mw_error"] == pytest.approx(error, nan_ok=True)
    assert line["mw_from"] == f"{name}:{kind[:2]}"
    assert line["mw_reason"] == ""


@pytest.mark.parametrize("name", sorted(RELATIONS))
def test_relations_rise_join_and_end_where_they_say(name):
    for relation in RELATIONS[name]:
        low, high = relation.pieces[0].low, relation.pieces[-1].high
        mags = np.round(np.arange(low, high + 0.005, 0.01), 2)
        mw, _ = relation.convert(mags)
        assert np.isfinite(mw).all()
        assert np.diff(mw).min() > -0.03  # the two lines of Scordilis are 0.02 apart
        assert np.abs(mw - mags).max() < 1.4
        outside, errors = relation.convert(np.array([low - 0.01, high + 0.01, np.nan]))
        assert np.isnan(outside).all()
        assert np.isnan(errors).all()


def test_the_relations_of_three_teams_agree_within_their_errors():
    mags = np.arange(5.0, 6.21, 0.1)
    for kind in ("mb", "ms"):
        found = [
            moment_magnitudes(mags, [kind] * mags.size, relations=name)["mw"] for name in RELATIONS
        ]
        assert np.ptp(np.array(found), axis=0).max() < 0.29


@given(st.lists(st.tuples(st.floats(-2, 10) | st.just(math.nan), TYPES), max_size=20), NAMES)
def test_mw_or_a_reason_never_both(rows, name):
    mags = np.array([mag for mag, _ in rows], dtype=float)
    kinds = [kind for _, kind in rows]
    found = moment_magnitudes(mags, kinds, relations=name) if rows else None
    for number, (mag, kind) in enumerate(rows):
        line = found.iloc[number]
        assert math.isnan(line["mw"]) == (line["mw_reason"] != "") == (line["mw_from"] == "")
        if math.isnan(mag):
            assert line["mw_reason"] == "no-magnitude"
        elif kind in (None, ""):
            assert line["mw_reason"] == "no-type"
        elif MAGNITUDE_FAMILIES.get(kind) == "mw":
            assert line["mw"] == mag
            assert line["mw_from"] == f"reported:{kind}"
        elif MAGNITUDE_FAMILIES.get(kind) not in ("mb", "ms"):
            assert line["mw_reason"] == "no-relation"


@given(st.floats(3.5, 6.1), st.floats(0, 1))
def test_errors_add_in_quadrature(mag, error):
    found = moment_magnitudes([mag, mag], ["mb", "mw"], error=[error, error])["mw_error"]
    assert found[0] == pytest.approx(math.hypot(0.29, 0.85 * error), rel=1e-6)
    assert found[1] == error


def test_table_keeps_the_raw_magnitude_and_the_index():
    raw = pd.DataFrame(
        {"time": "2020-01-01", "lon": 0.0, "lat": 0.0, "mag": [5.0, 4.0], "magType": ["MB", "Ml"]},
        index=["x", "y"],
    )
    before = raw.copy()
    found = add_moment_magnitudes(raw)
    pd.testing.assert_frame_equal(raw, before)
    assert found.index.tolist() == ["x", "y"]
    assert found["mag"].tolist() == [5.0, 4.0]
    assert found["mw"].tolist() == pytest.approx([5.28, math.nan], nan_ok=True)
    assert found["mw_reason"].tolist() == ["", "no-relation"]


def test_a_relation_of_ones_own():
    local = Relation("here-2020", "ml", "made up", (Piece(2.0, 5.0, 0.2, 0.9, 0.4),))
    found = moment_magnitudes([3.0, 6.0, 5.0], ["ml", "ml", "mb"], relations=local)
    assert found["mw"].tolist() == pytest.approx([3.1, math.nan, math.nan], nan_ok=True)
    assert found["mw_reason"].tolist() == ["", "out-of-range", "no-relation"]
    both = moment_magnitudes(
        [3.0, 5.0], ["ml", "mb"], relations=[local, *RELATIONS["scordilis-2006"]]
    )
    assert both["mw_from"].tolist() == ["here-2020:ml", "scordilis-2006:mb"]


def test_refusals():
    with pytest.raises(ValueError, match=r"no relations 'scordilis'.*scordilis-2006"):
        moment_magnitudes([5.0], ["mb"], relations="scordilis")
    with pytest.raises(ValueError, match="mb, mb; give at most one"):
        moment_magnitudes([5.0], ["mb"], relations=[RELATIONS["scordilis-2006"][0]] * 2)
    with pytest.raises(ValueError, match=r"\(2,\) magnitudes, \(1,\) types"):
        moment_magnitudes([5.0, 5.1], ["mb"])
    with pytest.raises(ValueError, match="ascending"):
        Relation("x", "ml", "y", (Piece(3.0, 2.0, 0.1),))


@given(
    st.lists(st.tuples(st.integers(0, 4), st.sampled_from([4.0, math.nan]), TYPES), min_size=1),
    st.randoms(),
)
def test_preference_is_by_type_and_does_not_depend_on_the_order(rows, random):
    order = [*MAGNITUDE_FAMILIES]

    def place(row):
        kind = order.index(row[2]) if row[2] in order else len(order)
        return math.isnan(row[1]), kind

    chosen = [rows[i] for i in preferred_magnitudes(*zip(*rows, strict=True))]
    assert [row[0] for row in chosen] == sorted({row[0] for row in rows})
    for row in chosen:
        assert place(row) == min(place(other) for other in rows if other[0] == row[0])
    mixed = random.sample(rows, len(rows))
    again = [mixed[i] for i in preferred_magnitudes(*zip(*mixed, strict=True))]
    assert [place(row) for row in again] == [place(row) for row in chosen]


def test_families_are_those_of_the_field():
    kinds = ["mww", "MWC", "Ms", "ms_20", "mb", "ML", "Md", "mb_lg", "me", None]
    expected = ["mw", "mw", "ms", "ms", "mb", "ml", "md", "", "", ""]
    assert magnitude_families(kinds).tolist() == expected


def test_real_body_wave_magnitudes_against_the_global_cmt_project(real_data):
    """mb of the USGS, converted, against Mw of the same events by Global CMT."""
    usgs = pd.read_csv(real_data / "seismic" / "usgs_m5_global_2013_2023.csv")
    usgs = usgs[(usgs["magType"] == "mb") & (usgs["time"] < "2018")]
    gcmt = open_source("events_gcmt").compute()
    pairs = match_catalogues(usgs, gcmt[gcmt["time"] >= "2013"])
    assert len(pairs) > 300
    mb = usgs.loc[pairs["a"], "mag"].to_numpy()
    mw = gcmt.loc[pairs["b"], "mag"].to_numpy(np.float64)
    # all three are high here: the file ends at M 5.0, and mb is preferred there where no Mw exists
    for name, bias in (
        ("scordilis-2006", 0.25),
        ("weatherill-2016", 0.14),
        ("di-giacomo-2015", 0.20),
    ):
        rest = moment_magnitudes(mb, ["mb"] * len(mb), relations=name)["mw"] - mw
        assert rest.median() == pytest.approx(bias, abs=0.01)
        assert rest.std() < 0.19
