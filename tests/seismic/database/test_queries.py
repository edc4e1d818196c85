"""Questions to the event database, beside the same filters on the table in memory."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.seismic import distance_km, select_events
from analysis.seismic.database import EventDatabase
from analysis.sources.fdsn.columns import EVENT_COLUMNS, as_events
from tests.seismic.database.eventkit import many, row, table


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    events = many(4000)
    events.loc[::50, "mag"] = np.nan
    events.loc[:3, "longitude"] = [-180.0, 179.99, 0.0, 10.0]
    with EventDatabase(tmp_path_factory.mktemp("query") / "events.sqlite") as database:
        database.apply(events)
        yield database, as_events(events, agency="usgs")


def test_all_columns_come_back_as_they_went_in(filled):
    database, events = filled
    read = database.query().to_frame()
    assert {name: str(kind) for name, kind in read.dtypes.items()} == dict(EVENT_COLUMNS)
    pd.testing.assert_frame_equal(read, events.sort_values("time").reset_index(drop=True))


edges = st.floats(-720, 720).map(lambda value: round(value, 1))
latitudes = st.floats(-90, 90).map(lambda value: round(value, 1))
limits = st.tuples(st.none() | st.floats(3, 9), st.none() | st.floats(3, 9)).filter(
    lambda pair: None in pair or pair[0] <= pair[1]
)
hours = st.integers(0, 70)


@given(
    west=edges, east=edges, south=latitudes, north=latitudes, magnitude=st.none() | limits,
    depth=st.none() | limits.map(lambda pair: tuple(v and v * 70 for v in pair)),
    window=st.none() | st.tuples(hours, hours).map(sorted), deleted=st.booleans(),
)  # fmt: skip
def test_every_box_finds_what_the_filter_in_memory_finds(
    filled, west, east, south, north, magnitude, depth, window, deleted
):
    database, events = filled
    region = (west, min(south, north), east, max(south, north))
    start, end = (
        (None, None)
        if window is None
        else (pd.Timestamp("2000-01-01") + pd.Timedelta(hours=hour) for hour in window)
    )
    named = {"region": region, "magnitude": magnitude, "depth": depth, "start": start, "end": end}
    found = database.query(**named, deleted=deleted, columns=["id"])
    expected = select_events(events, **named).sort_values("time")["id"].tolist()
    assert found.to_frame()["id"].tolist() == expected
    assert len(found) == len(expected)
    assert bool(found) == bool(expected)


@pytest.mark.parametrize("place", [(179.5, 0, 2000), (0, 89, 900), (-283.0, 43, 3000), (9, -90, 5)])
def test_a_circle_finds_all_within_its_radius(filled, place):
    database, events = filled
    near = distance_km(*place[:2], events["longitude"], events["latitude"]) <= place[2]
    assert set(database.query(region=place).to_frame()["id"]) == set(events["id"][near])


def test_a_region_can_be_named(filled):
    database, events = filled
    ring = select_events(events, region=(90, -60, -60, 66))
    from analysis.sources.regions import region

    named = select_events(events, region=region("pacific_ring").bounds)
    assert database.count(region="pacific_ring") == len(named)
    assert len(ring) > 0
    with pytest.raises(ValueError, match="Did you mean 'japan'"):
        database.query(region="jpan")


def test_orders_limits_and_columns(filled):
    database, events = filled
    largest = database.query(order="-mag", limit=3, columns=["mag", "id"]).to_frame()
    assert largest["mag"].tolist() == sorted(events["mag"].dropna())[:-4:-1]
    latest = database.query(order="-time", limit=2).to_frame()
    assert latest["time"].is_monotonic_decreasing
    assert latest["time"].iloc[0] == events["time"].max()
    assert database.query(limit=0).to_frame().empty
    assert len(database.query(limit=5)) == 5
    for wrong in ({"order": "size"}, {"limit": -1}, {"columns": ["magg"]}, {"columns": []}):
        with pytest.raises(ValueError, match=r"order|limit|magg|columns"):
            database.query(**wrong)


def test_chunks_and_dask_give_the_same_table(filled, refuse_compute):
    import dask

    database, _ = filled
    asked = database.query(magnitude=(4.5, None))
    whole = asked.to_frame()
    assert sum(len(chunk) for chunk in asked.chunks(7)) == len(whole)
    pd.testing.assert_frame_equal(pd.concat(asked.chunks(333), ignore_index=True), whole)
    lazy = asked.to_dask(rows=100)
    assert lazy.npartitions > 5
    with dask.config.set(scheduler="sync"):
        read = lazy.compute().reset_index(drop=True)  # Dask has texts of its own
        pd.testing.assert_frame_equal(read.astype(whole.dtypes), whole)
        assert len(database.query(limit=9).to_dask().compute()) == 9
        assert database.query(start="2100-01-01").to_dask().compute().empty


def test_extent_statistics_and_counts(filled):
    database, events = filled
    bounds = database.extent()
    assert bounds["west"] == events["longitude"].min()
    assert bounds["end"] == events["time"].max()
    assert database.extent(start="2100-01-01") is None
    pd.testing.assert_frame_equal(database.statistics(), events[["mag", "depth"]].describe())
    assert database.query().counts("type").to_dict() == events["type"].value_counts().to_dict()


@pytest.mark.parametrize(
    "wrong",
    [
        {"start": "soon"},
        {"start": "2021", "end": "2020"},
        {"magnitude": (6, 5)},
        {"depth": (1, 2, 3)},
        {"region": (0, 0, -5)},
        {"region": (0, 95, 5)},
        {"region": (0, 1, 2, 95)},
        {"types": []},
        {"agency": 7},
    ],
)
def test_an_impossible_filter_is_refused(filled, wrong):
    with pytest.raises((ValueError, TypeError)):
        filled[0].query(**wrong)


def test_a_listing_straight_from_a_csv(database, tmp_path):
    text = (
        "time,latitude,longitude,depth,mag,magType,nst,gap,dmin,rms,net,id,updated,place,type\n"
        '2020-01-01T00:00:00.123Z,43.2,76.9,10,5.1,mb,,,,0.6,us,us1,2020-02-01T00:00:00Z,"Almaty, '
        'Kazakhstan",earthquake\n'
    )
    (tmp_path / "made.csv").write_text(text)
    database.apply(pd.read_csv(tmp_path / "made.csv"))
    found = database.query().to_frame().iloc[0]
    assert found["time"] == pd.Timestamp("2020-01-01T00:00:00.123")
    assert (found["place"], found["ids"]) == ("Almaty, Kazakhstan", ",us1,")
    assert database.raw("us1")[0]["time"] == "2020-01-01T00:00:00.123Z"


def test_old_and_far_times_are_kept(database):
    database.apply(table(row("a", time="1556-01-23"), row("b", time="2262-12-31")))
    assert database.query(end="1700-01-01").to_frame()["id"].tolist() == ["a"]
    assert database.query(start="2200-01-01").to_frame()["id"].tolist() == ["b"]
