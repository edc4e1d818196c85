"""Cleaning of real files as they came, and of the packaged catalogue."""

from __future__ import annotations

import pandas as pd

from analysis.seismic import clean
from analysis.seismic.cleaning import Rules
from analysis.sources import open_source
from tests.seismic.cleaning.tables import emsc_features, usgs_features


def test_raw_feed_of_a_week(real_data):
    raw = usgs_features(real_data / "seismic" / "usgs_feed_all_week_2018-02.geojson")
    events, report = clean(raw)
    assert len(raw) == 1707
    assert len(events) == 1679
    assert report.table["value"].value_counts().to_dict() == {"explosion": 15, "quarry blast": 13}
    assert (events["type"] == "earthquake").all()
    assert report.suspects["id"].tolist() == ["ci38100280"]


def test_ten_years_of_the_usgs(real_data):
    raw = pd.read_csv(real_data / "seismic" / "usgs_m5_global_2013_2023.csv")
    events, report = clean(raw)
    assert len(events) == 18_275
    assert report.reasons == {"non-tectonic": 59}
    kinds = report.table["value"].value_counts().to_dict()
    assert kinds == {"volcanic eruption": 55, "nuclear explosion": 4}
    # four events that stand twice with two reviewed ids; the USGS took pt23020000 back later
    pairs = dict(zip(report.suspects["id"], report.suspects["partner_id"], strict=True))
    assert pairs == {
        "us70003m17": "usd000a1k6",
        "us6000bhbu": "ak020ao09isr",
        "ak0212o88mof": "ak0212o88mqd",
        "pt23020000": "us7000j5sc",
    }
    assert len(clean(raw, rules=Rules(overrule_reviewed=True))[0]) == 18_271


def test_list_of_the_emsc(real_data):
    raw = emsc_features(real_data / "seismic" / "emsc_fdsn_turkey_2025-04.json")
    events, report = clean(raw)
    assert len(events) == 422
    pairs = dict(zip(report.table["id"], report.table["partner_id"], strict=True))
    assert pairs["20250419_0000169"] == "20250419_0000166"
    assert {"20250413_0000230", "20250413_0000232"} <= set(events["id"])


def test_two_agencies_in_one_table(real_data):
    folder = real_data / "seismic"
    usgs = usgs_features(folder / "usgs_fdsn_turkey_2025-04.geojson").assign(agency="usgs")
    usgs["time"] = pd.to_datetime(usgs["time"], unit="ms")
    usgs["updated"] = pd.to_datetime(usgs["updated"], unit="ms")
    emsc = emsc_features(folder / "emsc_fdsn_turkey_2025-04.json").assign(agency="emsc")
    emsc = emsc.rename(columns={"lat": "latitude", "lon": "longitude", "unid": "id"})
    emsc["time"] = pd.to_datetime(emsc["time"], format="ISO8601").dt.tz_localize(None)
    events, report = clean(pd.concat([usgs, emsc], ignore_index=True).drop(columns="updated"))
    assert report.counts["other-agency"] == 17
    assert (events["agency"] == "usgs").sum() == 17
    assert len(events) == 17 + 430 - 17 - report.counts["near-repeat"]


def test_a_century_of_the_usgs_has_one_exact_repeat(real_data):
    raw = pd.read_csv(real_data / "seismic" / "usgs_m5_global_1900_2022.csv.gz")
    _, report = clean(raw)
    assert report.reasons == {"exact-repeat": 1, "near-repeat": 4}
    assert report.notes["no-depth"] == report.notes["no-type"] == report.kept


def test_catalogue_of_days_keeps_its_events(real_data):
    """Global CMT with days for times: 1,562 events have another of their day within 20 km."""
    raw = pd.read_csv(real_data / "seismic" / "gcmt_global_1976_2013.csv")
    raw["time"] = pd.to_datetime(raw[["year", "month", "day"]])
    events, report = clean(raw)
    assert len(events) == len(raw) == 28_465
    assert len(report.suspects) > 1500


def test_packaged_catalogue_has_its_exact_repeats_found():
    raw = open_source("events_gcmt").compute()
    events, report = clean(raw)
    assert report.counts["exact-repeat"] == 1852
    assert len(events) + len(report) == len(raw) == 50_282
    columns = ["time", "longitude", "latitude", "depth", "mag"]
    assert not events.duplicated(columns).any()
    assert len(report.undo("exact-repeat")) == len(events) + 1852
