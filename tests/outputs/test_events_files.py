"""GeoJSON, QuakeML, CSV and XLSX of events, each read back by an independent reader."""

import io
import json

import geopandas
import numpy as np
import obspy
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from obspy.io.quakeml.core import _validate

from analysis.outputs import CsvOptions, events_geojson, events_quakeml, table_csv, table_xlsx
from analysis.outputs.geojson import bounding_box
from analysis.outputs.quakeml import MOST

ABOUT = {"title": "Earthquakes", "source": "Made for the tests", "licence": "CC0-1.0"}


@pytest.fixture
def events() -> pd.DataFrame:
    times = ["2024-01-22 18:09:04.123", "1912-06-06", "2024-02-01", "2025-07-30 23:24:52", None]
    return pd.DataFrame(
        {
            "id": ["us7000lsze", "gcmt 1912/06", "sim-1", "sim-1", "ке\u0301"],
            "agency": ["usgs", "gcmt", "", "", "kndc"],
            "time": pd.to_datetime(pd.Series(times), format="mixed").astype("datetime64[ms]"),
            "updated": pd.to_datetime(pd.Series(["2024-03-01", None, None, None, None])),
            "longitude": [78.659, 179.5, -179.9, 190.0, 70.0],
            "latitude": [41.256, -18.0, -17.5, -19.25, 45.0],
            "depth": np.array([13.2, np.nan, 600.1, -1.2, 5.0], "float32"),
            "mag": np.array([7.0, 6.3, 3.1, np.nan, 4.4], "float32"),
            "magType": ["mww", "ms", "mw", "", "ml"],
            "place": ["129 км ЮЗ", "=SUM(A1)", "Fiji; Tonga", None, "Talas"],
            "type": ["earthquake", "", "quarry blast", "moon landing", "nuclear explosion"],
            "status": ["reviewed", "", "automatic", "deleted", "reviewed"],
            "tsunami": [True, False, False, False, False],
            "significance": [1134.0, np.nan, 10.0, np.nan, np.nan],
            "nst": [120.0, np.nan, np.nan, np.nan, np.nan],
            "gap": [21.0, np.nan, np.nan, np.nan, np.nan],
            "rms": [0.51, np.nan, np.nan, np.nan, np.nan],
            "dmin": [1.1, np.nan, np.nan, np.nan, np.nan],
            "horizontalError": [6.35, np.nan, np.nan, np.nan, np.nan],
            "depthError": [1.9, np.nan, np.nan, np.nan, np.nan],
            "magError": [0.05, np.nan, np.nan, np.nan, np.nan],
            "magNst": [42.0, np.nan, np.nan, np.nan, np.nan],
            "magSource": ["us", "", "", "", ""],
            "source": ["earthquakes_usgs", "gcmt", "simulated", "simulated", "kndc"],
            "simulated": [False, False, True, True, False],
        }
    )


def test_geojson_reads_back_with_geopandas(events):
    back = geopandas.read_file(io.BytesIO(events_geojson(events, ABOUT)))
    assert len(back) == len(events)
    assert back.crs.to_epsg() == 4979  # WGS 84 with heights in metres
    assert back.geometry.x.tolist() == [78.659, 179.5, -179.9, -170.0, 70.0]
    assert back.geometry.y.tolist() == events["latitude"].tolist()
    assert back.geometry.iloc[0].z == -13200
    assert back.geometry.iloc[3].z == 1200
    assert back["place"].isna().sum() == 1
    np.testing.assert_allclose(back["mag"], events["mag"].astype(float), rtol=1e-6)
    assert back["simulated"].tolist() == events["simulated"].tolist()
    stamps = back["time"].dropna().astype("int64").tolist()
    known = events["time"].dropna().astype("datetime64[ms]").astype("int64").tolist()
    assert stamps == known


def test_geojson_has_the_properties_of_the_feeds(events):
    text = events_geojson(events, ABOUT).decode()
    assert "NaN" not in text
    found = json.loads(text)
    first = found["features"][0]
    assert first["id"] == "us7000lsze"
    wanted = {"mag": 7.0, "sig": 1134, "tsunami": 1, "status": "reviewed", "magType": "mww"}
    assert wanted.items() <= first["properties"].items()
    assert first["properties"]["time"] == 1705946944123
    assert first["properties"]["title"] == "M 7.0 - 129 км ЮЗ"
    assert found["features"][2]["properties"]["title"].startswith("SIMULATED: M 3.1")
    assert found["features"][3]["properties"]["title"] == "SIMULATED: M ?"
    assert found["metadata"]["licence"] == "CC0-1.0"
    assert found["metadata"]["simulated"] is True
    assert found["metadata"]["count"] == 5


def test_geojson_box_crosses_the_date_line(events):
    box = json.loads(events_geojson(events.iloc[1:4]))["bbox"]
    assert box == [179.5, -19.25, -170.0, -17.5]


def test_geojson_of_events_without_place_or_without_events(events):
    events.loc[0, "longitude"] = np.nan
    events.loc[1, "latitude"] = 91.0
    found = json.loads(events_geojson(events))
    assert [feature["geometry"] is None for feature in found["features"]] == [True, True] + [
        False
    ] * 3
    nothing = json.loads(events_geojson(events.iloc[:0]))
    assert nothing["features"] == []
    assert "bbox" not in nothing
    with pytest.raises(ValueError, match="no column latitude"):
        events_geojson(events.drop(columns="latitude"))


@given(
    st.lists(st.integers(-1800, 1799), min_size=1, max_size=8),
    st.integers(-3600, 3600),
)
@settings(max_examples=100, deadline=None)
def test_box_turns_with_the_world(tenths, shift):
    """The width of the box does not depend on where longitude is counted from."""

    def width(places):
        box = bounding_box([p / 10 for p in places], [0.0] * len(places), [np.nan] * len(places))
        west, east = box[0], box[2]
        inside = [((p / 10 - west) % 360) <= ((east - west) % 360) + 1e-9 for p in places]
        assert all(inside)
        return (east - west) % 360

    turned = [(p + shift + 1800) % 3600 - 1800 for p in tenths]
    assert width(tenths) == pytest.approx(width(turned))


def test_quakeml_is_valid_and_reads_back(events):
    data = events_quakeml(events, ABOUT)
    assert _validate(io.BytesIO(data))
    back = obspy.read_events(io.BytesIO(data))
    assert len(back) == len(events)
    first = back[0]
    origin, magnitude = first.preferred_origin(), first.preferred_magnitude()
    assert origin.time == obspy.UTCDateTime("2024-01-22T18:09:04.123")
    assert (origin.longitude, origin.latitude, origin.depth) == (78.659, 41.256, 13200.0)
    assert origin.depth_errors.uncertainty == 1900.0
    assert origin.origin_uncertainty.horizontal_uncertainty == 6350.0
    assert (origin.quality.used_station_count, origin.quality.azimuthal_gap) == (120, 21.0)
    assert (origin.evaluation_mode, origin.evaluation_status) == ("manual", "reviewed")
    assert (magnitude.mag, magnitude.magnitude_type) == (7.0, "mww")
    assert magnitude.mag_errors.uncertainty == 0.05
    assert magnitude.creation_info.agency_id == "us"
    assert magnitude.origin_id == origin.resource_id
    assert first.creation_info.agency_id == "usgs"
    assert first.event_descriptions[0].text == "129 км ЮЗ"
    assert back.description.startswith("title: Earthquakes")


def test_quakeml_says_what_it_cannot_hold(events):
    back = obspy.read_events(io.BytesIO(events_quakeml(events)))
    types = [event.event_type for event in back]
    assert types == [
        "earthquake",
        "earthquake",
        "quarry blast",
        "other event",
        "nuclear explosion",
    ]
    assert "moon landing" in back[3].comments[0].text
    assert back[1].preferred_origin().depth is None
    assert back[1].preferred_origin().time.year == 1912
    assert back[3].preferred_magnitude() is None
    assert back[3].preferred_origin().longitude == -170.0
    assert back[3].preferred_origin().evaluation_status == "rejected"
    assert back[4].preferred_origin() is None
    simulated = ["SIMULATED" in str([c.text for c in event.comments]) for event in back]
    assert simulated == events["simulated"].tolist()
    assert any("SIMULATED" in text.text for text in back[2].event_descriptions)
    assert len({str(event.resource_id) for event in back}) == len(events)


def test_quakeml_of_no_events_and_of_too_many(events):
    assert len(obspy.read_events(io.BytesIO(events_quakeml(events.iloc[:0])))) == 0
    many = pd.concat([events] * (MOST // len(events) + 1))
    with pytest.raises(ValueError, match="at most 20,000"):
        events_quakeml(many)


@pytest.mark.parametrize(("separator", "decimal"), [(";", ","), (",", ".")])
def test_csv_of_events_opens_in_a_spreadsheet(events, separator, decimal):
    data = table_csv(events, ABOUT, options=CsvOptions(separator, decimal, bom=True))
    assert data.startswith(b"\xef\xbb\xbf")
    back = pd.read_csv(
        io.BytesIO(data), sep=separator, decimal=decimal, comment="#", encoding="utf-8-sig"
    )
    assert back["longitude"].tolist() == events["longitude"].tolist()
    np.testing.assert_allclose(back["mag"], events["mag"], rtol=1e-6)
    assert back.loc[1, "place"] == "'=SUM(A1)"
    assert pd.Timestamp(back.loc[0, "time_utc"]) == events.loc[0, "time"]


def test_workbook_of_events_has_numbers_and_dates(events):
    sheet = openpyxl.load_workbook(io.BytesIO(table_xlsx(events, ABOUT))).worksheets[0]
    names = [cell.value for cell in sheet[1]]
    second = dict(zip(names, [cell.value for cell in sheet[2]], strict=True))
    assert second["depth"] == 13.2
    assert second["time_utc"] == pd.Timestamp("2024-01-22 18:09:04.123").to_pydatetime()
    assert sheet.cell(3, names.index("depth") + 1).value is None
    assert sheet.cell(3, names.index("place") + 1).value == "=SUM(A1)"
    assert sheet.cell(3, names.index("place") + 1).data_type == "s"
