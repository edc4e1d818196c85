"""Tables of other libraries and our own files are read as events."""

import io
import json

import dask.dataframe as dd
import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from analysis.outputs import events_geojson, table_csv, table_xlsx
from analysis.seismic.cleaning import clean
from analysis.seismic.columns import as_events
from analysis.seismic.database import EventDatabase

CORE = ["time", "longitude", "latitude", "depth", "mag", "type", "agency"]


@pytest.fixture
def events():
    return as_events(
        {
            "id": ["us1", "us2", "us3"],
            "time": ["2013-01-01T03:51:13.123", "2014-05-06T00:00:00", "1965-02-04T05:01:22"],
            "lon": [76.9, -179.5, 178.5],
            "lat": [43.2, -18.0, 51.3],
            "depth": [10.5, 600.0, 30.0],
            "mag": [5.1, 6.0, 8.7],
            "type": ["earthquake", "quarry blast", "earthquake"],
            "place": ["Алматы", "Fiji, region", None],
        },
        agency="usgs",
    )


def same(found, events, names=CORE):
    left = as_events(found)[names].reset_index(drop=True)
    pd.testing.assert_frame_equal(left, events[names], check_exact=False, rtol=1e-12)


def collection(events):
    """GeoJSON as the USGS tells it: the third coordinate is the depth in km."""
    features = [
        {
            "type": "Feature",
            "id": row.id,
            "properties": {
                "mag": row.mag,
                "time": int(row.time.value // 10**6),
                "type": row.type,
                "agency": row.agency,
            },
            "geometry": {
                "type": "Point",
                "coordinates": [row.longitude, row.latitude, row.depth],
            },
        }
        for row in events.itertuples()
    ]
    return {"type": "FeatureCollection", "features": features}


def test_our_own_csv_and_workbook_are_read_back(events):
    about = {"title": "Earthquakes"}
    csv = pd.read_csv(io.BytesIO(table_csv(events, about)), comment="#")
    same(csv, events, ["id", *CORE])
    workbook = pd.read_excel(io.BytesIO(table_xlsx(events, about)))
    same(workbook, events, ["id", *CORE])
    kept, report = clean(csv)
    assert kept["id"].tolist() == clean(events)[0]["id"].tolist()
    assert len(report) == 1


def test_local_time_alone_is_no_time():
    with pytest.raises(ValueError, match="no column time"):
        as_events({"time_local": ["2020"], "lon": [0], "lat": [0]})


def test_our_own_geojson_is_read_back_by_geopandas_and_as_json(events, tmp_path):
    body = events_geojson(events)
    (tmp_path / "o.geojson").write_bytes(body)
    read = gpd.read_file(tmp_path / "o.geojson")
    same(read, events, ["id", *CORE])
    assert "geometry" not in as_events(read)
    same(json.loads(body), events, ["id", *CORE])


def test_geojson_of_the_usgs_in_every_frame_gives_the_same_events(events):
    told = collection(events)
    for found in (
        told,
        told["features"],
        pd.DataFrame(told["features"], index=[7, 8, 9]),
        pd.json_normalize(told["features"]),
        gpd.GeoDataFrame.from_features(told, crs=4326),
    ):
        same(found, events)
    same(pd.json_normalize(told["features"]), events, ["id", *CORE])
    assert len(as_events({"type": "FeatureCollection", "features": []})) == 0


def test_points_of_another_system_are_brought_to_degrees(events):
    points = gpd.points_from_xy(events["longitude"], events["latitude"], crs=4326)
    frame = gpd.GeoDataFrame(events[["time", "mag"]], geometry=points).to_crs(3857)
    found = as_events(frame)
    np.testing.assert_allclose(found["longitude"], events["longitude"], atol=1e-9)
    np.testing.assert_allclose(found["latitude"], events["latitude"], atol=1e-9)
    assert found["depth"].isna().all()


def test_geometry_that_tells_no_place_or_no_depth_is_refused(events):
    points = gpd.points_from_xy(events["longitude"], events["latitude"], crs=3857)
    frame = gpd.GeoDataFrame(events[["time"]], geometry=points)
    with pytest.raises(ValueError, match="holds Polygon; give points"):
        as_events(frame.assign(geometry=frame.buffer(1.0)))
    metres = gpd.points_from_xy([1.0], [2.0], [-33000.0])
    with pytest.raises(ValueError, match="row 0 is -33000, which is no depth in km"):
        as_events(gpd.GeoDataFrame({"time": ["2020"]}, geometry=metres))
    places = pd.DataFrame({"time": ["2020"], "geometry.coordinates": [["x", 2.0]]})
    with pytest.raises(ValueError, match="coordinates of row 0"):
        as_events(places)


def test_tables_of_dask_arrow_and_the_database_are_computed(events, tmp_path):
    same(dd.from_pandas(events, npartitions=2), events, ["id", *CORE])
    same(pa.Table.from_pandas(events), events, ["id", *CORE])
    with EventDatabase(tmp_path / "e.sqlite") as database:
        database.apply(events)
        stored = as_events(database.query())
    assert sorted(stored["id"]) == ["us1", "us2", "us3"]


def test_a_named_index_may_hold_the_time_or_the_id(events):
    text = events.drop(columns="ids").to_csv(index=False)
    timed = pd.read_csv(io.StringIO(text), index_col="time")
    found = as_events(timed)
    same(found, events)
    assert found.index.name == "time"
    named = as_events(pd.read_csv(io.StringIO(text)).set_index(["id", "time"]))
    assert named["id"].tolist() == ["us1", "us2", "us3"]


@pytest.mark.parametrize("given", [None, "events.csv", 5, pd.Series([1.0]), [1, "a"], {"time": 5}])
def test_what_is_no_table_says_so(given):
    with pytest.raises(ValueError, match=r"no table of events|no column time|no column long"):
        as_events(given)


def test_every_form_can_be_cleaned(events, tmp_path):
    told = collection(events)
    (tmp_path / "o.geojson").write_bytes(events_geojson(events))
    text = events.drop(columns="ids").to_csv(index=False)
    for given in (
        told,
        pd.json_normalize(told["features"]),
        gpd.read_file(tmp_path / "o.geojson"),
        dd.from_pandas(events, npartitions=2),
        pd.read_csv(io.StringIO(text), index_col="time"),
    ):
        kept, report = clean(given)
        assert kept["mag"].tolist() == [5.1, 8.7]
        assert report.reasons == {"non-tectonic": 1}
