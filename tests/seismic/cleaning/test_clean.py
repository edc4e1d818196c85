"""Cleaning as a whole: nothing lost, nothing changed, every step undone, every reason named."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.seismic import as_events, clean
from analysis.seismic.cleaning import REASONS, STEPS, Rules
from tests.seismic.cleaning.tables import made

BASE = pd.Timestamp("2020-01-01T12:00:00.5")
VALUE = {
    "id": st.sampled_from(["a", "b", "c", None]),
    "ids": st.sampled_from([",a,", ",a,b,", ",c,d,", "", None]),
    "time": st.sampled_from(
        ["2020-01-01T00:00:00Z", "2020-01-01T00:00:01.5Z", "2020-01-01T06:00:09+06:00", None, "?"]
    ),
    "longitude": st.sampled_from([179.99, -179.99, 10.0, 359.0, 1e6, math.nan, math.inf, "x"]),
    "latitude": st.sampled_from([0.0, 0.05, 10.0, 91.0, -math.inf, None]),
    "depth": st.sampled_from([10.0, -2.8, 1e9, math.nan]),
    "mag": st.sampled_from([4.0, 4.4, 6.5, 99.0, None, "big"]),
    "magType": st.sampled_from(["mb", "mww", None]),
    "type": st.sampled_from(["earthquake", "Quarry_Blast", "ke", "uk", "landing", "ki", None]),
    "status": st.sampled_from(["reviewed", "automatic", "deleted", None]),
    "agency": st.sampled_from(["usgs", "emsc", "kndc", None]),
    "updated": st.sampled_from(["2020-02-01", "2021-02-01", None]),
}
RAW = st.lists(st.fixed_dictionaries(VALUE), max_size=14).map(
    lambda rows: pd.DataFrame(rows, columns=list(VALUE), dtype=object)
)
OPTIONS = st.fixed_dictionaries(
    {
        "skip": st.sets(st.sampled_from(list(STEPS))),
        "induced": st.booleans(),
        "unknown_magnitude": st.booleans(),
        "rules": st.sampled_from([None, Rules(overrule_reviewed=True)]),
    }
)


def row(**change):
    """Event at a time of day (midnight would be a date)."""
    return {
        "id": "a",
        "time": BASE,
        "longitude": 10.0,
        "latitude": 50.0,
        "depth": 10.0,
        "mag": 4.0,
        "type": "earthquake",
    } | change


def cleaned(*rows, **options):
    return clean(pd.DataFrame(list(rows)), **options)


@settings(max_examples=40)
@given(RAW, OPTIONS, st.booleans())
def test_no_row_is_lost_doubled_or_changed(raw, options, repeated):
    raw.index = pd.Index(["same"] * len(raw)) if repeated else raw.index * 3 + 1
    before = raw.copy(deep=True)
    events, report = clean(raw, **options)
    pd.testing.assert_frame_equal(raw, before)
    assert len(events) + len(report) == report.total == len(raw)
    assert len(events) == report.kept
    assert report.table["position"].is_unique
    kept = np.setdiff1d(np.arange(len(raw)), report.table["position"])
    pd.testing.assert_frame_equal(events, report.events.iloc[kept])
    assert events.index.equals(raw.index[kept])
    assert sum(report.counts.values()) == sum(report.reasons.values()) == len(report)
    assert set(report.counts) == set(STEPS) - options["skip"]
    assert report.undo(*report.steps).equals(report.events)
    assert set(report.table["reason"]) <= set(REASONS)
    for line in range(len(report)):
        assert "{" not in report.sentence(line)
    assert str(len(report)) in str(report)


@settings(max_examples=20)
@given(RAW, OPTIONS)
def test_undoing_a_step_brings_back_its_rows_and_no_other(raw, options):
    events, report = clean(raw, **options)
    for step, count in report.counts.items():
        back = report.undo(step)
        assert len(back) == len(events) + count
        assert set(events.index) <= set(back.index)
    assert report.undo().equals(events)
    for label in report.table["index"]:
        assert set(report.undo(rows=label).index) == {*events.index, label}


@settings(max_examples=20)
@given(RAW, OPTIONS)
def test_cleaning_the_clean_sets_nothing_aside(raw, options):
    """Matching between agencies is left out: a partner that has gone frees the other."""
    options["skip"] = options["skip"] | {"other-agency"}
    events, _ = clean(raw, **options)
    again, report = clean(events, **options)
    assert len(report) == 0
    pd.testing.assert_frame_equal(again, events)


@settings(max_examples=20)
@given(RAW)
def test_partners_are_near_and_kept_or_follow_one_that_was(raw):
    _, report = clean(raw)
    near = report.table[report.table["reason"] == "near-repeat"]
    assert (near["dt"].abs() <= 2 + 1e-5).all()
    assert (near["distance"] <= 20).all()
    between = report.table[report.table["reason"] == "other-agency"]
    assert between["partner"].is_unique
    assert not set(between["partner"]) & set(report.table["index"])
    assert not set(near["partner"]) & set(near["index"])


@pytest.mark.parametrize(
    ("change", "reason", "value"),
    [
        ({"status": "Deleted"}, "deleted", ""),
        ({"time": "yesterday"}, "unreadable", "time 'yesterday'"),
        ({"time": None}, "no-time", ""),
        ({"longitude": None}, "no-place", ""),
        ({"latitude": math.nan}, "no-place", ""),
        ({"latitude": 91.0}, "bad-latitude", "91"),
        ({"longitude": 1e6}, "bad-longitude", "1e+06"),
        ({"mag": None}, "no-magnitude", ""),
        ({"mag": "4,5"}, "unreadable", "mag '4,5'"),
        ({"mag": 99.0}, "bad-magnitude", "99"),
        ({"depth": 1e9}, "bad-depth", "1e+09"),
        ({"depth": -1e9}, "bad-depth", "-1e+09"),
        ({"type": "Quarry Blast"}, "non-tectonic", "quarry blast"),
        ({"type": "sm"}, "non-tectonic", "mining explosion"),
        ({"type": "induced or triggered event"}, "induced", "induced or triggered event"),
        ({"type": "sea monster"}, "unknown-type", "sea monster"),
    ],
)
def test_each_fault_is_named_and_the_rest_is_taken(change, reason, value):
    good = row(id="good", time=BASE + pd.Timedelta("1D"))
    events, report = cleaned(row(**change), good)
    assert events["id"].tolist() == ["good"]
    line = report.table.iloc[0]
    assert (line["index"], line["id"], line["reason"], line["value"]) == (0, "a", reason, value)


@pytest.mark.parametrize(
    ("change", "note"),
    [
        ({"depth": None}, "no-depth"),
        ({"type": None}, "no-type"),
        ({"gap": "wide"}, "unreadable"),
    ],
)
def test_what_is_only_missing_is_kept_and_counted(change, note):
    events, report = cleaned(row(**change), row(id="b", mag=2.0, longitude=20.0))
    assert len(events) == 2
    assert report.notes[note] == 1


def test_options_keep_induced_events_and_unknown_magnitudes():
    rows = row(type="ki"), row(id="b", mag=None, longitude=40.0)
    assert len(cleaned(*rows)[0]) == 0
    assert cleaned(*rows, induced=True)[0]["id"].tolist() == ["a"]
    assert cleaned(*rows, unknown_magnitude=True)[0]["id"].tolist() == ["b"]
    assert len(cleaned(*rows, rules=Rules(induced=True, unknown_magnitude=True))[0]) == 2


def test_a_tombstone_takes_older_rows_of_its_id_along():
    dead = row(status="deleted", updated="2020-03-01")
    events, report = cleaned(
        row(updated="2020-02-01"),
        dead,
        row(updated="2020-04-01", mag=4.2),  # the agency took it up again
        row(id="b", longitude=30.0),
    )
    assert events.index.tolist() == [2, 3]
    assert report.reasons == {"deleted": 1, "deleted-later": 1}
    assert report.table.loc[0, "partner"] == 1
    assert clean(pd.DataFrame([row(), dead]), skip=["deleted", "exact-repeat"])[1].reasons == {
        "same-id": 1
    }


def test_rows_that_share_an_id_are_one_event_updated_last():
    events, report = cleaned(
        row(id="us1", ids=",us1,ci1,", updated="2020-01-02", longitude=10.0),
        row(id="nn1", ids=",nn1,ci1,", updated="2020-01-04", longitude=11.0, status="automatic"),
        row(id="nn1", ids=",nn1,", updated="2020-01-03", longitude=12.0),
        row(id="ci1", ids=",ci1,", agency="emsc", longitude=60.0),
    )
    assert events.index.tolist() == [1, 3]
    assert report.counts["same-id"] == 2
    assert report.table["partner_id"].tolist() == ["nn1", "nn1"]


def test_near_repeats_do_not_chain():
    """Five rows 1.5 s apart in a line: none is set aside through a third one."""
    rows = [
        row(id=str(i), time=BASE + pd.Timedelta(seconds=1.5 * i), mag=4.0 + 0.1 * i)
        for i in range(5)
    ]
    events, report = cleaned(*rows)
    assert events["id"].tolist() == ["0", "2", "4"]
    assert report.table["partner_id"].tolist() == ["0", "2"]
    assert report.table["dt"].tolist() == pytest.approx([1.5, 1.5])


@pytest.mark.parametrize(
    ("change", "aside"),
    [
        ({"time": BASE + pd.Timedelta("2s")}, 1),
        ({"time": BASE + pd.Timedelta("2.1s")}, 0),
        ({"latitude": 50.179}, 1),
        ({"latitude": 50.181}, 0),
        ({"mag": 5.0}, 1),
        ({"mag": 5.1}, 0),
        ({"depth": 500.0}, 1),
        ({"agency": "kndc", "time": BASE + pd.Timedelta("15s")}, 1),
        ({"agency": "kndc", "time": BASE + pd.Timedelta("17s")}, 0),
    ],
)
def test_edges_of_repeats(change, aside):
    _, report = cleaned(row(agency="usgs"), row(agency="usgs", id="b") | change)
    assert len(report) == aside


def test_two_reviewed_events_of_an_agency_are_only_suspected():
    rows = [row(id=name, status="reviewed", time=BASE + pd.Timedelta(s, "s")) for name, s in
            (("a", 0), ("b", 0), ("c", 1))]  # fmt: skip
    events, report = cleaned(*rows)
    assert len(events) == 3
    assert set(report.suspects["id"]) == {"b", "c"}
    assert "perhaps" in str(report)
    assert len(cleaned(*rows, rules=Rules(overrule_reviewed=True))[0]) == 1
    same = [one | {"id": "a"} for one in rows]
    assert len(cleaned(*same)[0]) == 1


def test_dates_without_a_time_of_day_are_only_suspected():
    """A catalogue of days holds many events of one place and day."""
    rows = [row(id=str(i), time="2020-01-01", longitude=10 + 0.1 * i) for i in range(2)]
    events, report = cleaned(*rows)
    assert len(events) == 2
    assert report.suspects["reason"].tolist() == ["near-repeat"]
    timed = [one | {"time": "2020-01-01T00:00:01"} for one in rows]
    assert len(cleaned(*timed)[0]) == 1


def test_a_reviewed_row_goes_before_an_automatic_one_and_a_newer_before_an_older():
    first, _ = cleaned(row(status="automatic"), row(id="b", status="reviewed", mag=4.1))
    assert first["id"].tolist() == ["b"]
    second, _ = cleaned(row(updated="2020-01-02"), row(id="b", updated="2020-01-03", mag=4.1))
    assert second["id"].tolist() == ["b"]


def test_other_agencies_give_way_in_the_order_asked_for():
    rows = [row(id=name, agency=name, mag=4.0 + 0.1 * i) for i, name in enumerate(("emsc", "usgs"))]
    assert cleaned(*rows)[0]["id"].tolist() == ["usgs"]
    events, report = cleaned(*rows, agencies=["emsc", "usgs"])
    assert events["id"].tolist() == ["emsc"]
    assert report.table[["value", "partner_id"]].to_numpy().tolist() == [["emsc", "emsc"]]
    assert report.table["dmag"].tolist() == pytest.approx([0.1])
    assert len(cleaned(*rows, skip="other-agency")[0]) == 2


def test_refusals_say_what_is_allowed():
    with pytest.raises(ValueError, match="no step 'duplicate'"):
        clean(made(2), skip=["duplicate"])
    _, report = clean(made(2), skip=["deleted"])
    with pytest.raises(ValueError, match="'deleted' did not run"):
        report.undo("deleted")
    with pytest.raises(ValueError, match="7 was not set aside"):
        report.undo(rows=7)
    with pytest.raises(ValueError, match="no column time"):
        clean(pd.DataFrame({"a": [1]}))
    with pytest.raises(ValueError, match="range of depth"):
        Rules(depth=(5.0, -5.0))


def test_an_empty_table_is_clean():
    events, report = clean(made(0))
    assert events.empty
    assert len(report) == 0
    assert list(events.columns) == list(as_events(made(0)).columns)
