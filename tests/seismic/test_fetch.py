"""One call, one table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.seismic import fetch
from analysis.seismic.columns import EVENT_COLUMNS
from analysis.seismic.distances import distance_km
from analysis.sources import open_source
from analysis.sources.fdsn import ServiceError, Transport
from tests.fdsnserver import EventServer

FIELDS = (
    "id place mag magType time updated longitude latitude depth type alert tsunami significance"
)


@pytest.fixture(scope="module")
def shared():
    with EventServer(2_000) as one:
        one.usgs_limit = 600
        yield one


@pytest.fixture
def usgs(shared):
    return {"base_url": shared.usgs_url, "transport": Transport(pause=0, backoff=0.01)}


def test_one_call_gives_all_fields_and_a_summary(shared, usgs):
    events = fetch.fetch_events("2014", "2024", **usgs)
    table = shared.usgs.kept()
    assert list(events.columns) == list(EVENT_COLUMNS)
    assert set(FIELDS.split()) <= set(events.columns)
    assert {name: str(kind) for name, kind in events.dtypes.items()} == dict(EVENT_COLUMNS)
    assert events["time"].is_monotonic_increasing
    assert set(events["id"]) == set(table["id"])
    summary = events.attrs["summary"]
    assert summary["count"] == len(table)
    assert summary["least"] == table["mag"].min()
    assert summary["mean"] == pytest.approx(table["mag"].mean())
    assert summary["largest"] == table["mag"].max()
    assert summary["rejected"] == 0
    assert events.attrs["rejected"] == []


def test_years_may_be_numbers(shared, usgs):
    table = shared.usgs.kept()
    inside = table[(table["time"] >= "2020") & (table["time"] < "2021")]
    assert set(fetch.fetch_events(2020, 2021, **usgs)["id"]) == set(inside["id"])
    lazy = open_source("earthquakes_usgs", start=2020, end=2021, base_url=shared.usgs_url)
    assert lazy.npartitions == 1


def test_a_table_with_its_summary_can_be_joined_and_kept(usgs, tmp_path):
    first = fetch.fetch_events("2014", "2015", **usgs)
    second = fetch.fetch_events("2015", "2016", **usgs)
    assert len(pd.concat([first, second])) == len(first) + len(second)
    first.to_parquet(tmp_path / "events.parquet")
    assert len(pd.read_parquet(tmp_path / "events.parquet")) == len(first)


@pytest.mark.parametrize(
    ("region", "inside"),
    [
        ("kamchatka", lambda t: t.longitude.between(150, 172) & t.latitude.between(46, 63)),
        ("Камчатка", lambda t: t.longitude.between(150, 172) & t.latitude.between(46, 63)),
        ((170, -90, -170, 90), lambda t: t.longitude.abs() >= 170),
        ((-190, -90, -170, 90), lambda t: t.longitude.abs() >= 170),
        ((170, 0, 190, 60), lambda t: (t.longitude.abs() >= 170) & t.latitude.between(0, 60)),
        (
            (179.5, -18, 500),
            lambda t: distance_km(179.5, -18, t.longitude, t.latitude) <= 500,
        ),
    ],
)
def test_regions_by_name_box_and_circle(shared, usgs, region, inside):
    events = fetch.fetch_events("2014", "2024", region=region, **usgs)
    table = shared.usgs.kept()
    expected = table[np.asarray(inside(table))]
    assert len(expected) > 10
    assert set(events["id"]) == set(expected["id"])


def test_magnitude_and_depth(shared, usgs):
    table = shared.usgs.kept()
    strong = fetch.fetch_events("2014", "2024", magnitude=4, **usgs)
    assert set(strong["id"]) == set(table[table["mag"] >= 4]["id"])
    deep = fetch.fetch_events("2014", "2024", depth=(70, None), magnitude=(3, 3.5), **usgs)
    between = table["mag"].between(3, 3.5) & (table["depth"] >= 70)
    assert set(deep["id"]) == set(table[between]["id"])
    flat = fetch.fetch_events("2014", "2024", depth=10, **usgs)
    assert set(flat["id"]) == set(table[table["depth"] <= 10]["id"])


def test_progress_is_told_to_its_end(usgs):
    told = []
    events = fetch.fetch_events("2014", "2024", progress=lambda *now: told.append(now), **usgs)
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert told[-1] == (1.0, len(events))
    assert len(told) > 3


def test_rejected_rows_are_told(shared, usgs):
    table = shared.usgs.table
    bad = {"depth": 1e9, "mag": np.nan}
    old = table.loc[[5, 9]].copy()
    try:
        table.loc[5, "depth"], table.loc[9, "mag"] = bad["depth"], bad["mag"]
        events = fetch.fetch_events("2014", "2024", **usgs)
    finally:
        table.loc[[5, 9]] = old
    assert len(events) == len(table) - 2
    assert events.attrs["summary"]["rejected"] == 2
    told = {row["id"]: row["reason"] for row in events.attrs["rejected"]}
    assert told == {table["id"][5]: "depth out of range", table["id"][9]: "no magnitude"}


def test_no_events_are_an_empty_table_with_all_columns(usgs):
    events = fetch.fetch_events("1950", "1951", **usgs)
    assert list(events.columns) == list(EVENT_COLUMNS)
    assert events.attrs["summary"]["count"] == 0
    assert np.isnan(events.attrs["summary"]["mean"])


def test_emsc_and_a_foreign_centre(shared, usgs):
    emsc = fetch.fetch_events(
        "2020", "2021", agency="emsc", **{**usgs, "base_url": shared.emsc_url}
    )
    table = shared.emsc.kept()
    assert len(emsc) == ((table["time"] >= "2020") & (table["time"] < "2021")).sum()
    assert set(emsc["source"]) == {"earthquakes_emsc"}
    other = fetch.fetch_events(
        "2020", "2021", agency=shared.fdsn_url, form="text", transport=usgs["transport"]
    )
    assert len(other) > 100


def test_one_event(shared, usgs):
    name = shared.usgs.table["id"].iloc[3]
    assert fetch.fetch_event(name, **usgs)["id"].tolist() == [name]
    with pytest.raises(ServiceError, match="404"):
        fetch.fetch_event("us0", **usgs)


def test_impossible_questions_ask_nobody(shared, usgs):
    before = len(shared.requests)
    for given in ({"region": "nowhere"}, {"magnitude": (6, 5)}, {"form": "json"}):
        with pytest.raises(ValueError, match=r"."):
            fetch.fetch_events("2020", "2021", **{**usgs, **given})
    with pytest.raises(ValueError, match="not after"):
        fetch.fetch_events("2021", "2020", **usgs)
    assert len(shared.requests) == before


def test_a_summary_needs_magnitudes():
    with pytest.raises(ValueError, match="no column 'mag'; its columns: a"):
        fetch.summarise(pd.DataFrame({"a": [1]}))
    assert fetch.summarise(pd.DataFrame({"mag": []}))["count"] == 0


def test_the_catalogue_opens_a_service_lazily_and_reads_it(shared, usgs, monkeypatch):
    monkeypatch.setenv("QAZCUBE_REQUEST_PAUSE", "0")
    before = len(shared.requests)
    asked = {"start": "2014", "end": "2024", "magnitude": 3.5, "base_url": shared.usgs_url}
    lazy = open_source("earthquakes_usgs", region="kazakhstan_central_asia", **asked)
    assert len(shared.requests) == before
    assert lazy.npartitions == 10
    computed = lazy.compute().reset_index(drop=True)
    direct = fetch.fetch_events(
        "2014", "2024", magnitude=3.5, region="kazakhstan_central_asia", **usgs
    )
    pd.testing.assert_frame_equal(computed, direct, check_dtype=False)
    assert len(direct) > 10


def test_the_catalogue_opens_emsc_and_refuses_nonsense_at_once(shared):
    opened = open_source("earthquakes_emsc", base_url=shared.emsc_url)
    assert opened.npartitions == 1
    with pytest.raises(ValueError, match=r"cannot be opened.*not after the start"):
        open_source("earthquakes_usgs", start="2021", end="2020")
    with pytest.raises(ValueError, match="has no parameter 'begin'"):
        open_source("earthquakes_usgs", begin="2021")
