"""Services by name, by address, and what one is asked."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.sources.fdsn import (
    DeletedEventError,
    NoSuchEventError,
    ServiceError,
    UnreadableAnswerError,
    event_query,
    iter_windows,
    service,
)
from analysis.sources.fdsn.services import event_url


def test_addresses_of_the_two_come_from_the_catalogue(tmp_path, monkeypatch):
    assert service("USGS").url == "https://earthquake.usgs.gov/fdsnws/event/1"
    assert service("emsc").url == "https://www.seismicportal.eu/fdsnws/event/1"
    mine = tmp_path / "mine.yml"
    monkeypatch.setenv("QAZCUBE_CATALOG", str(mine))
    mine.write_text("entries: {earthquakes_usgs: {url: a.csv, title: Kept here}}")
    with pytest.raises(ValueError, match="'earthquakes_usgs' of the catalogue states no base_url"):
        service("usgs")
    assert service("usgs", base_url="http://127.0.0.1:1").url.startswith("http://127.0.0.1:1/")


@pytest.mark.parametrize(
    ("agency", "key", "url"),
    [
        ("gfz", "gfz", "https://geofon.gfz.de/fdsnws/event/1"),
        ("INGV", "ingv", "https://webservices.ingv.it/fdsnws/event/1"),
        ("https://quakes.example/a/", "quakes.example", "https://quakes.example/a/fdsnws/event/1"),
    ],
)
def test_any_other_centre_by_name_or_address(agency, key, url):
    found = service(agency)
    assert (found.agency, found.url, found.protocol) == (key, url, "fdsn")
    assert (found.form, found.source) == ("quakeml", f"fdsn_{key}")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"agency": "gfx"}, "no earthquake service 'gfx'.*gfz"),
        ({"agency": "usgs", "form": "json"}, "Allowed: geojson, csv"),
        ({"agency": "emsc", "form": "csv"}, "Allowed: json, text"),
        ({"agency": "usgs", "base_url": "quakes.example"}, "no address of a service"),
        ({"agency": "ftp://quakes.example"}, "no address of a service"),
    ],
)
def test_unknown_names_formats_and_addresses_are_refused(given, message):
    with pytest.raises(ValueError, match=message):
        service(**given)


@pytest.mark.parametrize(
    "base",
    [
        "http://h:1",
        "http://h:1/",
        "http://h:1/fdsnws/event/1",
        "http://h:1/fdsnws/event/1/",
        "http://h:1/fdsnws/event/1/query?x=1",
    ],
)
def test_an_address_may_be_given_in_part_or_whole(base):
    assert event_url(base) == "http://h:1/fdsnws/event/1"


def test_a_centre_of_ones_own_has_a_name_of_ones_own():
    found = service("kndc", base_url="http://127.0.0.1:1")
    assert (found.agency, found.source, found.protocol) == ("kndc", "fdsn_kndc", "fdsn")


def test_a_foreign_centre_tells_quakeml(server, quick):
    asked = service(server.fdsn_url, transport=quick)
    query = event_query("2015", "2016", magnitude=3)
    events = pd.concat([window.events for window in iter_windows(asked, query)])
    table = server.usgs.kept()
    inside = (table["time"] >= "2015") & (table["time"] < "2016") & (table["mag"] >= 3)
    assert events["id"].tolist() == table[inside]["id"].tolist()
    assert events["type"].tolist() == table[inside]["type"].tolist()
    assert set(events["agency"]) == {"127.0.0.1"}


def test_all_sides_of_a_question_are_asked(server, quick):
    usgs = service("usgs", base_url=server.usgs_url, transport=quick)
    query = event_query(
        "2015-01-01T00:00:00.0004",
        "2016-01-01T00:00:00.0004",
        region=(50, 30, 70, 45),
        magnitude=(3, 6.5),
        depth=(0, 70),
        updated_after="2014",
    )
    list(iter_windows(usgs, query))
    assert server.asked("query")[0].query == {
        "format": "geojson",
        "starttime": "2015-01-01T00:00:00.000",
        "endtime": "2016-01-01T00:00:00.001",
        "orderby": "time-asc",
        "minlongitude": "50",
        "minlatitude": "30",
        "maxlongitude": "70",
        "maxlatitude": "45",
        "minmagnitude": "3",
        "maxmagnitude": "6.5",
        "mindepth": "0",
        "maxdepth": "70",
        "updatedafter": "2014-01-01T00:00:00.000",
    }


def test_one_event_by_any_of_its_ids(server, quick):
    usgs = service("usgs", base_url=server.usgs_url, transport=quick)
    twice = server.usgs.table.query("ids.str.count(',') == 3").iloc[0]
    first, second = twice["ids"].strip(",").split(",")
    assert usgs.event(first)[0]["id"].tolist() == usgs.event(second)[0]["id"].tolist() == [first]
    emsc = service("emsc", base_url=server.emsc_url, transport=quick)
    name = server.emsc.table["id"].iloc[5]
    assert emsc.event(name)[0]["id"].tolist() == [name]
    with pytest.raises(NoSuchEventError):
        usgs.event("us0")
    with pytest.raises(NoSuchEventError, match="knows no event 'nothing'"):
        emsc.event("nothing")
    server.usgs.delete(first)
    with pytest.raises(DeletedEventError, match="status 409"):
        usgs.event(first)


def test_words_of_the_service_and_its_address_are_in_the_error(server, quick):
    usgs = service("usgs", base_url=server.usgs_url, transport=quick)
    query = event_query("2015", "2016")
    server.inject("html")
    with pytest.raises(UnreadableAnswerError, match="Please log in") as caught:
        usgs.ask(query, query.start, query.end, None)
    assert caught.value.status == 200
    assert server.usgs_url in str(caught.value)
    server.inject("status", status=200, body='{"counts": 5}')
    with pytest.raises(UnreadableAnswerError, match=r"no count of events.*counts"):
        usgs.count(query, query.start, query.end, None)
    server.inject("html")
    with pytest.raises(UnreadableAnswerError, match=r"/count\?.*status 200: 'Please log in'"):
        usgs.count(query, query.start, query.end, None)
    server.inject("empty", times=None)
    quick.patience = 0.1
    with pytest.raises(ServiceError, match=r"broke off\. \(http.*status 200.* Given up"):
        usgs.count(query, query.start, query.end, None)
    server.faults.clear()
    server.inject("status", status=400, body="Bad starttime value")
    with pytest.raises(ServiceError, match="status 400: 'Bad starttime value'"):
        usgs.count(query, query.start, query.end, None)
