"""Answers of services become events; what cannot be used is rejected with a reason."""

from __future__ import annotations

import copy
import json

import numpy as np
import pandas as pd
import pytest

from analysis.sources.fdsn import (
    REASONS,
    UnreadableAnswerError,
    parse_emsc_json,
    parse_fdsn_text,
    parse_usgs_csv,
    parse_usgs_geojson,
)
from analysis.sources.fdsn.columns import EVENT_COLUMNS
from analysis.sources.fdsn.errors import IncompleteAnswerError

USGS = {
    "type": "Feature",
    "id": "us1",
    "properties": {
        **{
            "mag": 5.1,
            "place": "somewhere",
            "time": 1_600_000_000_123,
            "updated": 1_600_000_001_000,
        },
        **{"tz": None, "url": "https://x", "felt": None, "cdi": None, "mmi": 3.2, "alert": "green"},
        **{"status": "reviewed", "tsunami": 1, "sig": 400, "net": "us", "code": "1"},
        **{"ids": ",us1,at1,", "sources": ",us,at,", "nst": 20, "dmin": None, "rms": 0.5},
        **{"gap": 30, "magType": "Mww", "type": "earthquake", "title": "M 5.1"},
    },
    "geometry": {"type": "Point", "coordinates": [76.9, 43.2, 10.5]},
}
EMSC = {
    "type": "Feature",
    "id": "20200913_0000001",
    "geometry": {"type": "Point", "coordinates": [76.9, 43.2, -10.5]},
    "properties": {
        **{"source_id": "9", "source_catalog": "EMSC-RTS", "lastupdate": "2020-09-13T13:00:00.1Z"},
        **{"time": "2020-09-13T12:26:40.123456Z", "flynn_region": "KAZAKHSTAN", "lat": 43.2},
        **{"lon": 76.9, "depth": 10.5, "evtype": "ke", "auth": "KNDC", "mag": 5.1, "magtype": "MB"},
        "unid": "20200913_0000001",
    },
}


def told(*features, **more):
    return json.dumps({"type": "FeatureCollection", "features": list(features), **more})


def changed(feature, path, value):
    """Copy a feature and put a value at a path such as properties.mag; ... removes it."""
    new = copy.deepcopy(feature)
    spot = new
    *parents, last = path.split(".")
    for name in parents:
        spot = spot[int(name) if name.isdigit() else name]
    if value is ...:
        del spot[last]
    else:
        spot[int(last) if last.isdigit() else last] = value
    return new


def test_usgs_geojson_fills_every_column_of_its_own():
    events, rejected = parse_usgs_geojson(told(USGS))
    row = events.iloc[0]
    assert len(rejected) == 0
    assert {n: str(k) for n, k in events.dtypes.items()} == dict(EVENT_COLUMNS)
    assert row["time"] == pd.Timestamp("2020-09-13 12:26:40.123")
    assert row["updated"] == pd.Timestamp("2020-09-13 12:26:41")
    assert (row["longitude"], row["latitude"], row["depth"]) == (76.9, 43.2, 10.5)
    assert (row["magType"], row["significance"], row["tsunami"]) == ("mww", 400, True)
    assert (row["agency"], row["source"], row["ids"]) == ("usgs", "earthquakes_usgs", ",us1,at1,")
    assert np.isnan(row["dmin"])
    assert row["mmi"] == 3.2


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        ("properties.mag", None, "no magnitude"),
        ("properties.mag", True, "value not a number"),
        ("properties.mag", "strong", "value not a number"),
        ("properties.mag", 99, "magnitude out of range"),
        ("properties.nst", [1], "value not a number"),
        ("properties.time", None, "no time"),
        ("properties.time", "yesterday", "time not readable"),
        ("properties.time", 1e30, "time not readable"),
        ("properties.time", "2020-09-13T12:26:40", "time without a zone"),
        ("properties.time", "2020-13-45T12:26:40Z", "time not readable"),
        ("properties.updated", {"a": 1}, "time not readable"),
        ("geometry.coordinates.0", float("nan"), "no coordinates"),
        ("geometry.coordinates.1", None, "no coordinates"),
        ("geometry.coordinates.1", 91, "latitude out of range"),
        ("geometry.coordinates.0", -181, "longitude out of range"),
        ("geometry.coordinates.0", float("inf"), "longitude out of range"),
        ("geometry.coordinates.2", 1e9, "depth out of range"),
        ("geometry.coordinates.2", 10**400, "value not a number"),
        ("geometry.coordinates", None, "no coordinates"),
        ("geometry.coordinates", {"x": 1}, "no coordinates"),
        ("geometry", None, "no coordinates"),
        ("geometry", ..., "no coordinates"),
        ("properties", None, "not an event"),
        ("properties", "none", "not an event"),
        ("properties.tsunami", "x", "value not a number"),
        ("properties.tsunami", [1], "value not a number"),
        ("properties.tsunami", {}, "value not a number"),
        ("id", None, "no id"),
        ("id", "  ", "no id"),
        ("id", True, "id not readable"),
        ("id", ["a"], "id not readable"),
        ("id", {"a": 1}, "id not readable"),
        ("id", "us\ud83d", "id not readable"),
    ],
)
def test_a_bad_feature_is_rejected_and_the_rest_is_taken(path, value, reason):
    bad = changed(USGS, path, value)
    good = changed(USGS, "id", "us2")
    events, rejected = parse_usgs_geojson(told(good, bad, changed(USGS, "id", "us3")))
    assert events["id"].tolist() == ["us2", "us3"]
    assert list(rejected.columns) == ["row", "id", "reason", "value", "raw"]
    assert rejected["row"].tolist() == [1]
    assert rejected["reason"].tolist() == [reason]
    assert reason in REASONS
    assert json.loads(rejected["raw"][0]).keys() == bad.keys()
    if path != "id":
        assert rejected["id"].tolist() == ["us1"]


def test_half_a_sign_in_a_text_costs_neither_the_answer_nor_the_row():
    usgs, _ = parse_usgs_geojson(told(USGS, changed(USGS, "properties.place", "K\ud83d")))
    assert usgs["place"].tolist() == ["somewhere", "K\ufffd"]
    emsc, _ = parse_emsc_json(told(changed(EMSC, "properties.flynn_region", "\udc00 K")))
    assert emsc["place"].tolist() == ["\ufffd K"]
    _, rejected = parse_usgs_geojson(
        told(changed(changed(USGS, "properties.place", "\ud83d"), "properties.mag", "\ud83d"))
    )
    assert rejected[["reason", "value"]].values.tolist() == [["value not a number", "mag: \ufffd"]]
    assert json.loads(rejected["raw"][0])["properties"]["place"] == "\ufffd"


@pytest.mark.parametrize(
    ("flag", "expected"), [(1, True), (False, False), ("yes", True), ("", False), (None, False)]
)
def test_flags_are_read_in_every_usual_form(flag, expected):
    events, rejected = parse_usgs_geojson(told(changed(USGS, "properties.tsunami", flag)))
    assert events["tsunami"].tolist() == [expected]
    assert rejected.empty


def test_a_whole_number_is_an_id():
    events, _ = parse_usgs_geojson(told(changed(USGS, "id", 7)))
    assert events["id"].tolist() == ["7"]


@pytest.mark.parametrize("junk", [None, 5, "event", [1, 2], True])
def test_what_is_no_feature_at_all_is_rejected(junk):
    events, rejected = parse_usgs_geojson(told(junk, USGS))
    assert len(events) == 1
    assert rejected[["row", "reason"]].values.tolist() == [[0, "not an event"]]


def test_the_value_that_was_wrong_is_told():
    _, rejected = parse_usgs_geojson(told(changed(USGS, "geometry.coordinates.2", 1e9)))
    assert rejected["value"].tolist() == ["1000000000.0"]
    _, rejected = parse_usgs_geojson(told(changed(USGS, "properties.gap", "wide")))
    assert rejected["value"].tolist() == ["gap: wide"]


def test_empty_type_is_an_earthquake_and_optional_values_may_lack():
    feature = changed(changed(USGS, "properties.type", ""), "geometry.coordinates", [1.0, 2.0])
    events, rejected = parse_usgs_geojson(told(feature))
    assert len(rejected) == 0
    assert events["type"].tolist() == ["earthquake"]
    assert np.isnan(events["depth"][0])


def test_a_tombstone_needs_an_id_and_nothing_else():
    bare = {"type": "Feature", "id": "us9", "properties": {"mag": None, "time": "?"}}
    events, rejected = parse_usgs_geojson(told(bare, {"properties": {}}), tombstones=True)
    assert events[["id", "status"]].values.tolist() == [["us9", "deleted"]]
    assert rejected["reason"].tolist() == ["no id"]


@pytest.mark.parametrize("parse", [parse_usgs_geojson, parse_emsc_json])
@pytest.mark.parametrize(
    ("body", "error", "words"),
    [
        (b"<!DOCTYPE html><html><h1>Please log in</h1>", UnreadableAnswerError, "Please log in"),
        (b"Service down", UnreadableAnswerError, "Service down"),
        (b'{"error": "bad"}', UnreadableAnswerError, "no collection of events.*error"),
        (b'{"features": 7}', UnreadableAnswerError, "no collection of events"),
        (b"[1, 2]", UnreadableAnswerError, "no collection of events"),
        (b"null", UnreadableAnswerError, "no collection of events"),
        (b'{"a": }', UnreadableAnswerError, "no JSON"),
        (b"\xff\xfe\x00", UnreadableAnswerError, "no JSON"),
        (b"[" * 100_000 + b"]", UnreadableAnswerError, "no JSON"),
        (b"", IncompleteAnswerError, "broke off"),
        (told(USGS).encode()[:300], IncompleteAnswerError, "broke off"),
    ],
)
def test_an_answer_that_is_no_json_of_events_is_refused_with_its_words(parse, body, error, words):
    with pytest.raises(error, match=words):
        parse(body)


def test_no_events_give_an_empty_table():
    events, rejected = parse_usgs_geojson(told(metadata={"count": 0}))
    assert len(events) == len(rejected) == 0
    assert list(events.columns) == list(EVENT_COLUMNS)


def test_emsc_depth_letters_and_case():
    trap = changed(changed(EMSC, "properties.evtype", "sm"), "properties.unid", "b")
    unknown = changed(changed(EMSC, "properties.evtype", "zz"), "properties.unid", "c")
    events, rejected = parse_emsc_json(told(EMSC, trap, unknown, metadata={"totalCount": 900}))
    assert len(rejected) == 0
    assert events["depth"].tolist() == [10.5] * 3
    assert events["type"].tolist() == ["earthquake", "mining explosion", "zz"]
    assert events["magType"].tolist() == ["mb"] * 3
    row = events.iloc[0]
    assert row["time"] == pd.Timestamp("2020-09-13 12:26:40.123456")
    assert row["updated"] == pd.Timestamp("2020-09-13 13:00:00.1")
    assert (row["agency"], row["place"], row["locationSource"]) == ("emsc", "KAZAKHSTAN", "kndc")
    assert (row["ids"], row["code"], row["status"]) == (",20200913_0000001,", "9", "")


def test_emsc_depth_comes_from_the_geometry_where_properties_lack_it():
    events, _ = parse_emsc_json(told(changed(EMSC, "properties.depth", ...)))
    assert events["depth"].tolist() == [10.5]


def test_emsc_single_event_and_message_of_the_socket():
    for body in (json.dumps(EMSC), json.dumps({"action": "update", "data": EMSC})):
        assert parse_emsc_json(body)[0]["id"].tolist() == ["20200913_0000001"]


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        ("properties.time", "2020-09-13T12:26:40.1", "time without a zone"),
        ("properties.mag", None, "no magnitude"),
        ("properties.lat", 143.2, "latitude out of range"),
        ("properties.depth", 1e9, "depth out of range"),
        ("properties.depth", "deep", "value not a number"),
        ("properties", [], "not an event"),
    ],
)
def test_a_bad_event_of_emsc_is_rejected(path, value, reason):
    good = changed(EMSC, "properties.unid", "good")
    events, rejected = parse_emsc_json(told(changed(EMSC, path, value), good))
    assert events["id"].tolist() == ["good"]
    assert rejected["reason"].tolist() == [reason]


NAMES = "time,latitude,longitude,depth,mag,magType,nst,gap,dmin,rms,net,id,updated,place,type"
LINE = '2013-01-01T03:51:13.000Z,-20.8,-69.7,56.1,5.1,mb,64,,,,us,us1,2014-01-01T00:00:00Z,"A, B",'


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_usgs_csv_with_and_without_a_mark(mark):
    events, rejected = parse_usgs_csv(mark + f"{NAMES}\r\n{LINE}\r\n".encode())
    assert len(rejected) == 0
    assert events[["id", "code", "place", "type"]].values.tolist() == [
        ["us1", "1", "A, B", "earthquake"]
    ]
    assert np.isnan(events["gap"][0])


def test_bad_lines_of_csv_are_rejected_one_by_one():
    lines = [
        NAMES,
        LINE,
        LINE.replace("us1", "us2").replace("5.1", ""),
        LINE.replace("us1", "us3").replace("-20.8", "NaN"),
        LINE.replace("us1", "us4").replace("03:51:13.000Z", "03:51:13.000"),
        LINE.replace("us1", "us5").replace("56.1", "1e9"),
        "2013-01-01T03:51:13.000Z,-20.8",
        LINE.replace("us1", "us6"),
    ]
    events, rejected = parse_usgs_csv("\n".join(lines))
    assert events["id"].tolist() == ["us1", "us6"]
    assert rejected["row"].tolist() == [1, 2, 3, 4, 5]
    assert rejected["reason"].tolist() == [
        "no magnitude",
        "no coordinates",
        "time without a zone",
        "depth out of range",
        "wrong number of fields",
    ]


HEADER = (
    "#EventID|Time|Latitude|Longitude|Depth/km|Author|Catalog|Contributor|ContributorID|MagType|"
    "Magnitude|MagAuthor|EventLocationName"
)
ROW = "b1|2010-02-27T06:35:14|-35.98|286.85|23.2|GCMT|GCMT||C1|MW|8.8||OFF COAST | CHILE"


@pytest.mark.parametrize("header", [HEADER, HEADER.replace("|", " | "), ""])
@pytest.mark.parametrize("bar", ["|", " | "])
def test_fdsn_text_in_every_spelling(header, bar):
    body = f"{header}\n{ROW.replace('|', bar, 12)}\n".lstrip("\n")
    events, rejected = parse_fdsn_text(body.encode(), agency="iris", source="fdsn_iris")
    assert len(rejected) == 0
    row = events.iloc[0]
    assert row["time"] == pd.Timestamp("2010-02-27 06:35:14")  # UTC by the standard
    assert row["longitude"] == pytest.approx(-73.15)
    assert (row["magType"], row["mag"], row["place"]) == ("mw", 8.8, "OFF COAST | CHILE")
    assert (row["agency"], row["source"]) == ("iris", "fdsn_iris")
    assert pd.isna(row["type"])


def test_blank_lines_foreign_line_ends_and_signs_within_names_do_no_harm():
    body = f"\r\n{HEADER}\r\n\r\n{ROW}\u2028X\r\n# a remark\r\n"
    events, rejected = parse_fdsn_text(body.encode())
    assert len(rejected) == 0
    assert events["place"].tolist() == ["OFF COAST | CHILE\u2028X"]
    assert len(parse_fdsn_text(HEADER)[0]) == 0


def test_bad_lines_of_text_are_rejected_and_z_is_understood():
    lines = [
        HEADER,
        ROW,
        "b2|2010",
        ROW.replace("8.8", ""),
        ROW.replace("06:35:14", "06:35:14.25Z"),
    ]
    events, rejected = parse_fdsn_text("\n".join(lines))
    assert rejected["reason"].tolist() == ["wrong number of fields", "no magnitude"]
    assert events["time"].tolist()[1] == pd.Timestamp("2010-02-27 06:35:14.25")


@pytest.mark.parametrize("parse", [parse_usgs_csv, parse_fdsn_text])
@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"<html>Log in</html>", UnreadableAnswerError),
        (b'{"a": 1}', UnreadableAnswerError),
        (b"Nothing here", UnreadableAnswerError),
        (b"a|b\nc|d", UnreadableAnswerError),
        (b"", IncompleteAnswerError),
        (b"\xef\xbb\xbf \n", IncompleteAnswerError),
    ],
)
def test_text_that_tells_no_events_is_refused(parse, body, error):
    if parse is parse_fdsn_text and body == b"a|b\nc|d":
        assert parse(body)[1]["reason"].tolist() == ["wrong number of fields"] * 2
        return
    with pytest.raises(error):
        parse(body)


def test_real_answers_are_taken_whole(real_data):
    folder = real_data / "seismic"
    for name, parse, rows, refused in [
        ("usgs_feed_all_week_2018-02.geojson", parse_usgs_geojson, 1707, 0),
        ("usgs_fdsn_turkey_2025-04.geojson", parse_usgs_geojson, 17, 0),
        ("recorded/usgs_query_pycsep_0.geojson", parse_usgs_geojson, 1, 0),
        ("recorded/usgs_query_pycsep_1.geojson", parse_usgs_geojson, 0, 0),
        ("recorded/usgs_query_pycsep_2.geojson", parse_usgs_geojson, 125, 0),
        ("recorded/usgs_query_3events_2018.geojson", parse_usgs_geojson, 2, 1),
        ("emsc_fdsn_turkey_2025-04.json", parse_emsc_json, 430, 0),
        ("recorded/emsc_websocket_create.json", parse_emsc_json, 1, 0),
        ("recorded/emsc_query_2017_m65.txt", parse_fdsn_text, 6, 0),
        ("recorded/iris_gcmt_query.txt", parse_fdsn_text, 2, 0),
        ("usgs_m5_global_2013_2023.csv", parse_usgs_csv, 18_334, 0),
        ("usgs_m5_global_2022_2024.csv", parse_usgs_csv, 4_118, 0),
        ("usgs_m45_global_2020.csv", parse_usgs_csv, 7_150, 0),
    ]:
        events, rejected = parse((folder / name).read_bytes())
        assert (name, len(events), len(rejected)) == (name, rows, refused)
        assert events["longitude"].between(-180, 180, inclusive="left").all()


def test_real_facts_of_the_feed_and_of_emsc(real_data):
    folder = real_data / "seismic"
    feed, _ = parse_usgs_geojson((folder / "usgs_feed_all_week_2018-02.geojson").read_bytes())
    counts = feed["type"].value_counts().to_dict()
    assert counts == {"earthquake": 1679, "explosion": 15, "quarry blast": 13}
    assert (feed["status"] == "automatic").sum() == 493
    assert (feed["ids"].str.count(",") > 2).sum() == 94
    assert (feed["depth"].min(), feed["mag"].min()) == (-2.79, -0.8)
    emsc, _ = parse_emsc_json((folder / "emsc_fdsn_turkey_2025-04.json").read_bytes())
    assert (emsc["depth"] >= 0).all()
    assert set(emsc["type"]) == {"earthquake"}
    assert emsc["locationSource"].value_counts()["emsc"] == 377
