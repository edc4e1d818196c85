"""The newest events, asked for only where something changed."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.sources import open_source
from analysis.sources.fdsn import LiveFeed, ServiceError, Transport, UnreadableAnswerError


@pytest.fixture
def live(server, quick):
    server.usgs.now = pd.Timestamp("2023-12-31T23:59:59")
    quick.patience = 0.2
    return LiveFeed("week", base_url=server.feed_url, transport=quick)


def test_the_list_its_age_and_its_moment(server, live):
    feed = live.refresh()
    table, now = server.usgs.kept(), server.usgs.now
    week = table[table["time"] > now - pd.Timedelta(days=7)]
    assert len(week) > 0
    assert feed.events["id"].tolist() == week["id"].tolist()[::-1]
    assert set(feed.events["source"]) == {"earthquakes_live"}
    assert feed.generated == feed.current == now
    assert feed.age(now + pd.Timedelta(minutes=3)) == pd.Timedelta(minutes=3)
    assert feed.age(now - pd.Timedelta(minutes=3)) == pd.Timedelta(0)
    assert feed.changed
    assert live.latest is feed


def test_what_has_not_changed_is_not_sent_again(server, live):
    first = live.refresh()
    second = live.refresh()
    assert server.statuses == [200, 304]
    assert server.requests[1].headers["if-none-match"] == first.etag
    assert second.events is first.events
    assert not second.changed
    assert second.current > first.current
    assert second.generated == first.generated


def test_a_new_event_and_a_deleted_one_are_seen(server, live):
    first = live.refresh()
    gone = first.events["id"].iloc[0]
    server.usgs.delete(gone)
    new = server.usgs.add(time=server.usgs.now, mag=6.0)
    second = live.refresh()
    assert second.changed
    assert second.events["id"].iloc[0] == new
    assert gone not in set(second.events["id"])


def test_trouble_leaves_the_last_list(server, live):
    first = live.refresh()
    server.inject("status", status=503, body="Down", times=None)
    with pytest.raises(ServiceError, match="Down"):
        live.refresh()
    assert live.latest is first
    server.faults.clear()
    server.inject("html")
    with pytest.raises(UnreadableAnswerError, match="Please log in"):
        live.refresh()
    assert live.latest is first


def test_bad_features_of_a_feed_are_rejected(server, live):
    server.inject(
        "status",
        status=200,
        body='{"features": [{"id": "us1"}, null], "metadata": {"generated": true}}',
    )
    feed = live.refresh()
    assert len(feed.events) == 0
    assert feed.rejected["reason"].tolist() == ["not an event"] * 2
    assert feed.age() < pd.Timedelta(minutes=1)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"period": "year"}, "no period 'year' of live events"),
        ({"level": "5"}, "no level '5' of live events"),
        ({"base_url": "here"}, "no address"),
    ],
)
def test_unknown_feeds_are_refused(given, message):
    with pytest.raises(ValueError, match=message):
        LiveFeed(**given)


@pytest.mark.parametrize("period", ["hour", "day", "week", "month"])
@pytest.mark.parametrize("level", ["all", "4.5", "significant"])
def test_every_feed_has_its_address(period, level):
    feed = LiveFeed(period, level, transport=Transport(pause=0))
    start = "https://earthquake.usgs.gov/earthquakes/feed/v1.0/summary"
    assert feed.url == f"{start}/{level}_{period}.geojson"


def test_the_catalogue_opens_the_feed_lazily(server, refuse_compute):
    opened = open_source("earthquakes_live", base_url=server.feed_url, period="month")
    assert server.requests == []
    assert "mag" in opened.columns


def test_the_catalogue_reads_the_feed(server, monkeypatch):
    monkeypatch.setenv("QAZCUBE_REQUEST_PAUSE", "0")
    server.usgs.now = pd.Timestamp("2023-12-31T23:59:59")
    opened = open_source("earthquakes_live", base_url=server.feed_url, period="month").compute()
    table = server.usgs.kept()
    assert len(opened) == (table["time"] > server.usgs.now - pd.Timedelta(days=30)).sum()
