"""What callers write: names of agencies in any case, several levels of labels, flags as words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.seismic import clean, match_catalogues, merge_catalogues
from analysis.seismic.cleaning import candidates
from analysis.seismic.cleaning.steps import Rules


def two(first="usgs", second="emsc"):
    return pd.DataFrame(
        {
            "id": ["a", "b"],
            "agency": [first, second],
            "time": ["2020-01-01T00:00:00", "2020-01-01T00:00:01"],
            "lon": 1.0,
            "lat": 1.0,
            "mag": 5.0,
        }
    )


@pytest.mark.parametrize(
    ("agencies", "kept"),
    [
        ("usgs", "a"),
        ("emsc", "b"),
        ("EMSC", "b"),
        (["USGS"], "a"),
        ([" Emsc ", "usgs"], "b"),
        (None, "a"),
    ],
)
def test_a_preferred_agency_is_one_name_in_any_case(agencies, kept):
    assert clean(two(), agencies=agencies)[0]["id"].tolist() == [kept]
    assert clean(two("USGS", "Emsc"), agencies=agencies)[0]["id"].tolist() == [kept]
    if agencies is not None:
        rules = Rules(agencies=agencies)
        assert clean(two(), rules=rules)[0]["id"].tolist() == [kept]
        parts = {"USGS": two().iloc[:1], "emsc": two().iloc[1:]}
        events, provenance = merge_catalogues(parts, agencies=agencies)
        assert events["id"].tolist() == [kept]
        assert set(provenance["agency"]) == {"usgs", "emsc"}


def test_what_is_no_name_of_an_agency_is_refused():
    with pytest.raises(ValueError, match="An agency is 5"):
        clean(two(), agencies=[5])
    with pytest.raises(ValueError, match="the same but for case"):
        merge_catalogues({"USGS": two(), "usgs": two()})


def test_merging_prefers_usgs_whatever_its_case():
    parts = {"USGS": two().iloc[:1], "emsc": two().iloc[1:]}
    events, _ = merge_catalogues(parts)
    assert events[["id", "agency", "agencies"]].to_numpy().tolist() == [
        ["a", "usgs", ",usgs,emsc,"]
    ]


def test_one_agency_in_two_cases_has_one_row_of_an_id():
    table = two("USGS", "usgs").assign(id="a", time=["2020-01-01T00:00", "2020-01-01T00:05"])
    events, report = clean(table)
    assert (len(events), report.reasons) == (1, {"same-id": 1})


def test_labels_of_several_levels_are_kept():
    table = two("usgs", "usgs").assign(time="2020-01-01", net="us").set_index(["net", "id"])
    events, report = clean(table)
    assert events.index.tolist() == [("us", "a")]
    assert report.table[["index", "partner"]].to_numpy().tolist() == [[("us", "b"), ("us", "a")]]
    assert report.undo(rows=[("us", "b")]).index.tolist() == table.index.tolist()
    assert report.undo(rows=("us", "b")).index.tolist() == table.index.tolist()
    with pytest.raises(ValueError, match="was not set aside"):
        report.undo(rows=[("us", "a")])
    assert events.index.names == ["net", "id"]
    assert match_catalogues(table.iloc[:1], table)[["a", "b"]].to_numpy().tolist() == [
        [("us", "a"), ("us", "a")]
    ]


def test_an_unreadable_flag_sets_no_row_aside():
    table = two("usgs", "usgs").assign(lon=[1.0, 90.0], tsunami=["x", 1])
    events, report = clean(table)
    assert events["tsunami"].tolist() == [False, True]
    assert report.notes["unreadable"] == 1
    words = clean(table.assign(tsunami=["yes", "F"]))
    assert words[0]["tsunami"].tolist() == [True, False]
    assert words[1].notes["unreadable"] == 0


def test_dates_in_parts_beside_text_that_is_no_number():
    parts = {"year": [2020, 2020], "month": [1, 2], "day": [2, 3], "hour": [5, 6]}
    table = pd.DataFrame(parts | {"lon": [1, 2], "lat": 1, "mag": ["5", "x"]})
    events, report = clean(table)
    assert events["time"].tolist() == [pd.Timestamp("2020-01-02T05:00")]
    assert report.reasons == {"unreadable": 1}


def test_a_swarm_of_one_moment_is_refused_before_memory_is_taken():
    """Four thousand events of one day: 16 million pairs, of which none is stored."""
    place = np.random.default_rng(1).uniform(0, 0.1, (2, 4000))
    swarm = pd.DataFrame({"time": "2020-01-01", "lon": place[0], "lat": place[1], "mag": 4.0})
    with pytest.raises(ValueError, match=r"More than 10,000,000 pairs .* 4,000 others within 60 s"):
        match_catalogues(swarm, swarm)
    both = pd.concat([swarm.assign(agency="usgs"), swarm.assign(agency="emsc")])
    skip = ["exact-repeat", "near-repeat"]
    with pytest.raises(ValueError, match="leaves out the steps near-repeat and other-agency"):
        clean(both, skip=skip)
    assert len(clean(both, skip=[*skip, "other-agency"])[0]) == 8000


@pytest.mark.parametrize("spare", [0, 1])
def test_the_limit_of_pairs_is_exact(monkeypatch, spare):
    monkeypatch.setattr(candidates, "MOST_PAIRS", 24 + spare)
    swarm = pd.concat([two("usgs", "usgs")] * 3).iloc[:5]
    if spare:
        assert len(match_catalogues(swarm, swarm)) == 5
    else:
        with pytest.raises(ValueError, match="More than 24 pairs"):
            match_catalogues(swarm, swarm)
