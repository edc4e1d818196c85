"""The table of events: any spelling comes to one set of columns."""

import datetime
import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from analysis.seismic.columns import EVENT_COLUMNS, as_events, event_types

CSV = """time,latitude,longitude,depth,mag,magType,nst,gap,dmin,rms,net,id,updated,place,type,\
horizontalError,depthError,magError,magNst,status,locationSource,magSource
2013-01-01T03:51:13.000Z,-20.5,-69.6,56.1,5.1,Mb,64,109.1,,,us,usx1,2014-11-07T01:49:43.070Z,\
"83 km SE of Somewhere",earthquake,,,,18,reviewed,guc,us
2013-01-01T07:35:49Z,46.8,151.0,35,5,mwb,519,46.6,,0.61,us,usx2,2022-05-03T16:02:39.142Z,,\
Quarry_Blast,,1.7,,,automatic,us,us
"""


def test_a_csv_of_the_usgs_gets_all_columns_with_their_types_and_keeps_its_index():
    raw = pd.read_csv(io.StringIO(CSV), index_col=None).set_index(pd.Index([7, 3]))
    events = as_events(raw, agency="usgs", source="earthquakes_usgs")
    assert list(events.columns) == list(EVENT_COLUMNS)
    assert {name: str(kind) for name, kind in events.dtypes.items()} == dict(EVENT_COLUMNS)
    assert events.index.tolist() == [7, 3]
    assert events["time"].tolist() == [
        pd.Timestamp("2013-01-01 03:51:13"),
        pd.Timestamp("2013-01-01 07:35:49"),
    ]
    assert events["magType"].tolist() == ["mb", "mwb"]
    assert events["type"].tolist() == ["earthquake", "quarry blast"]
    assert events["ids"].tolist() == [",usx1,", ",usx2,"]
    assert set(events["agency"]) == {"usgs"}
    assert not events["simulated"].any()
    assert events["place"].isna().tolist() == [False, True]


def test_a_second_pass_changes_nothing_and_the_table_given_is_untouched():
    raw = pd.read_csv(io.StringIO(CSV))
    before = raw.copy(deep=True)
    once = as_events(raw)
    pd.testing.assert_frame_equal(as_events(once), once)
    pd.testing.assert_frame_equal(raw, before)


@pytest.mark.parametrize(
    ("column", "name", "value", "expected"),
    [
        ("magnitude", "mag", "6.5", 6.5),
        ("sig", "significance", 620, 620.0),
        ("magtype", "magType", "MW", "mw"),
        ("evtype", "type", "ke", "earthquake"),
        ("eventtype", "type", "mining explosion", "mining explosion"),
        ("Depth/km", "depth", 10, 10.0),
        ("EventID", "id", 2844986, "2844986"),
        ("tsunami", "tsunami", 1, True),
        ("tsunami", "tsunami", None, False),
        ("lastupdate", "updated", "2020-01-01T00:00:00.123456Z", "2020-01-01 00:00:00.123456"),
    ],
)
def test_other_spellings_are_understood(column, name, value, expected):
    events = as_events({"time": ["2020-01-01"], "lat": [0], "lon": [0], column: [value]})
    found = events[name].iloc[0]
    assert found == (pd.Timestamp(expected) if name == "updated" else expected)


def test_a_name_of_the_table_goes_before_another_spelling_which_stays_as_an_extra():
    events = as_events({"time": [0], "lat": [0], "lon": [5], "longitude": [6], "extra": ["x"]})
    assert events["longitude"].tolist() == [6.0]
    assert events[["lon", "extra"]].iloc[0].tolist() == [5, "x"]


@pytest.mark.parametrize(
    "time",
    [
        "2011-03-11T06:00:00+06:00",
        "2011-03-11",
        "2011-03-11 00:00:00.000",
        pd.Timestamp("2011-03-11T06:00", tz="Asia/Bishkek"),
        pd.Timestamp("2011-03-11"),
        1299801600000,
        np.datetime64("2011-03-11", "s"),
        datetime.date(2011, 3, 11),
    ],
)
def test_every_way_to_give_a_time_means_the_same_moment(time):
    events = as_events({"time": [time, time], "longitude": [0, 0], "latitude": [0, 0]})
    assert events["time"].tolist() == [pd.Timestamp("2011-03-11")] * 2


def test_types_of_other_libraries_are_understood():
    zone = pd.ArrowDtype(pa.timestamp("us", tz="Asia/Almaty"))
    raw = pd.DataFrame(
        {
            "time": pd.array([pd.Timestamp("2011-03-11", tz="UTC"), None], dtype=zone),
            "lon": pd.array([1, 2], dtype="Int64"),
            "lat": pd.array([1.5, None], dtype=pd.ArrowDtype(pa.float64())),
            "tsunami": pd.array([True, None], dtype="boolean"),
            "magType": pd.Categorical(["MB", "mw"]),
            "id": [7.0, None],
        }
    )
    events = as_events(raw)
    assert {n: str(k) for n, k in events.dtypes.items()} == dict(EVENT_COLUMNS)
    assert events["time"].tolist() == [pd.Timestamp("2011-03-11"), pd.NaT]
    assert events["tsunami"].tolist() == [True, False]
    assert events["magType"].tolist() == ["mb", "mw"]
    assert events["id"].isna().tolist() == [False, True]
    assert events["id"][0] == "7"


def test_longitudes_come_into_one_turn_and_nonsense_is_left_for_cleaning():
    given = [0.1, 179.9, 180.0, 190.0, -180.0, -190.0, 359.9, 1e9, np.nan]
    longitude = as_events({"time": 0, "longitude": given, "latitude": 0})["longitude"]
    expected = [0.1, 179.9, -180.0, -170.0, -180.0, 170.0, -0.1, 1e9, np.nan]
    np.testing.assert_allclose(longitude, expected, atol=1e-9)
    assert longitude[0] == 0.1  # to the bit


def test_what_is_missing_is_missing_and_no_row_goes():
    raw = {"time": ["", None, "2020-01-01"], "lat": [1, 2, 3], "lon": 0, "mag": ["", None, "4"]}
    events = as_events(raw)
    assert events["time"].isna().tolist() == [True, True, False]
    assert events["mag"].isna().tolist() == [True, True, False]
    assert events["status"].tolist() == ["", "", ""]


def test_columns_are_left_out_where_nobody_wants_them():
    raw = {"time": ["2020-01-01"], "lat": [1], "lon": [2]}
    events = as_events(raw, fill=False, agency="emsc")
    assert list(events.columns) == ["agency", "time", "longitude", "latitude"]


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"mag": [1]}, "no column time and longitude and latitude; its columns: mag"),
        ({"time": ["noon"], "lat": [0], "lon": [0]}, "'time'.*'noon' in row 0"),
        ({"time": [0], "lat": ["x"], "lon": [0]}, "'latitude'.*'x'.*give a number"),
    ],
)
def test_a_table_that_is_none_says_why(raw, message):
    with pytest.raises(ValueError, match=message):
        as_events(raw)


def test_the_parts_of_a_date_make_a_time():
    raw = {"lon": [1, 2], "lat": [3, 4], "Year": [1976, 2004], "month": [1, 12], "day": ["5", 26]}
    assert as_events(raw)["time"].tolist() == [
        pd.Timestamp("1976-01-05"),
        pd.Timestamp("2004-12-26"),
    ]
    exact = as_events({**raw, "hour": [2, 23], "minute": 58, "second": [53.45, 60.0]})
    assert exact["time"].tolist() == [
        pd.Timestamp("1976-01-05T02:58:53.450"),
        pd.Timestamp("2004-12-26T23:59:00"),
    ]
    with pytest.raises(ValueError, match="year, month, day of events are no dates"):
        as_events({**raw, "month": [13, 1]})


def test_a_column_twice_is_refused():
    frame = pd.DataFrame([[0, 0, 0, 1]], columns=["time", "lon", "lat", "lon"])
    with pytest.raises(ValueError, match="'lon' stands twice"):
        as_events(frame)


def test_no_rows_give_an_empty_table_of_the_right_types():
    events = as_events(pd.DataFrame({"time": [], "longitude": [], "latitude": []}))
    assert {name: str(kind) for name, kind in events.dtypes.items()} == dict(EVENT_COLUMNS)
    assert len(events) == 0


def test_letters_of_unknown_types_are_kept_for_cleaning():
    found = event_types(pd.Series(["ls", "se", "KN", "zz", None, "ice quake"]))
    assert found.tolist()[:4] == ["landslide", "earthquake", "nuclear explosion", "zz"]
    assert found.isna().tolist() == [False, False, False, False, True, False]


def test_names_of_agencies_come_to_one_spelling():
    raw = {"time": ["2020"] * 3, "lat": 0, "lon": 0, "agency": [" USGS", "usgs", None]}
    assert as_events(raw, agency="Emsc ")["agency"].tolist() == ["usgs", "usgs", "emsc"]


def test_an_infinite_longitude_beside_one_to_wrap_is_left_without_a_warning():
    raw = {"time": ["2020"] * 4, "lat": 0, "lon": [np.inf, 190.0, -np.inf, 5.0]}
    assert as_events(raw)["longitude"].tolist() == [np.inf, -170.0, -np.inf, 5.0]


def test_a_type_that_may_be_an_earthquake_or_not_is_read_as_none():
    codes = ["ke", "se", "fe", "de", "ue", "um"]
    found = event_types(pd.Series(codes)).tolist()
    assert found == [*["earthquake"] * 4, "ue", "mining explosion"]


def test_half_a_sign_in_a_text_becomes_the_sign_of_replacement():
    place = pd.Series(["Almaty \ud83d", "Алматы"], dtype=object)
    raw = pd.DataFrame({"time": ["2020", "2021"], "lat": 0, "lon": 0}).assign(place=place)
    assert as_events(raw)["place"].tolist() == ["Almaty \ufffd", "Алматы"]


@pytest.mark.parametrize(
    ("times", "what"),
    [
        ([2020, 2021], "2021; such numbers look like years"),
        ([2020.5, np.nan], "2020.5; such numbers look like years"),
        (pd.Series([2020, None], dtype=object), "look like years"),
        ([1577836800, 1577836801.5], "seconds since 1970"),
        ([1577836800 * 10**9], "no milliseconds since 1970"),
    ],
)
def test_numbers_that_are_clearly_no_milliseconds_are_refused(times, what):
    with pytest.raises(ValueError, match=f"'time' of events holds the number.*{what}"):
        as_events({"time": times, "lat": 0.0, "lon": 0.0})


def test_milliseconds_and_years_as_text_are_still_read():
    raw = {"lat": [0.0] * 3, "lon": 0.0}
    numbers = as_events({**raw, "time": pd.Series([0, 1577836800000, None], dtype=object)})
    assert numbers["time"].tolist()[:2] == [pd.Timestamp("1970"), pd.Timestamp("2020")]
    mixed = as_events({**raw, "time": pd.Series([2020, "2021", None], dtype=object)})
    assert mixed["time"].tolist()[:2] == [pd.Timestamp("2020"), pd.Timestamp("2021")]


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("comcat_oklahoma_2016_m3.csv", 638),
        ("comcat_ridgecrest_2019.csv", 829),
        ("gcmt_global_1976_2013.csv", 28_465),
        ("usgs_m5_global_2013_2023.csv", 18_334),
        ("usgs_m5_global_2022_2024.csv", 4_118),
    ],
)
def test_real_retrievals_keep_every_row(real_data, name, rows):
    events = as_events(pd.read_csv(real_data / "seismic" / name, encoding="utf-8-sig"))
    assert len(events) == rows
    assert events[["time", "longitude", "latitude", "mag"]].notna().all(axis=None)
