"""Live earthquakes: they come by themselves, grow old honestly, survive a lost network."""

import numpy as np
import pandas as pd
import pytest

from analysis.language import LANGUAGES
from apps.views.earthquakes import feeds, live
from apps.views.earthquakes.live import LivePanel
from tests.apps.earthquakes.paneltools import opened, selection, visitor
from tests.fdsnserver import EventServer


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("QAZCUBE_REQUEST_PAUSE", "0")
    monkeypatch.setattr(feeds, "_feeds", {})
    with EventServer(events=3000) as running:
        running.usgs.now = pd.Timestamp.now("UTC").tz_localize(None).floor("s")
        shift = running.usgs.now - running.usgs.table["time"].max() - pd.Timedelta(minutes=1)
        running.usgs.table["time"] += shift
        yield running


@pytest.fixture
def panel(server):
    return opened(LivePanel(visitor(), selection(), base_url=server.feed_url))


def later(monkeypatch, minutes):
    """Let time pass for the clock of the age and for the clock of the questions."""
    now = pd.Timestamp.now("UTC").tz_localize(None) + pd.Timedelta(minutes=minutes)
    monkeypatch.setattr("analysis.sources.fdsn.live._now", lambda: now)
    monkeypatch.setattr(feeds.SharedFeed, "due", lambda self: True)


def test_the_events_of_the_period_are_shown(server, panel):
    panel.period.value = "week"
    panel.job.wait()
    table = server.usgs.kept()
    week = table[table["time"] > server.usgs.now - pd.Timedelta(days=7)]
    assert len(week) > 0
    assert set(panel.events["id"]) == set(week["id"])
    assert sorted(panel.points.data["mag"]) == sorted(week["mag"].dropna())
    assert str(len(week)) in panel.words.object
    assert "Source: USGS" in panel.age.object
    assert panel.message.kind in ("", "empty")
    assert panel.about()["licence"] == "public domain"


def test_a_beat_within_a_minute_asks_nothing_and_one_after_it_does(server, panel, monkeypatch):
    asked = len(server.requests)
    panel.beat._handle_msg("beat")
    assert len(server.requests) == asked
    new = server.usgs.add(time=server.usgs.now - pd.Timedelta(seconds=5), mag=6.6)
    monkeypatch.setattr(feeds.SharedFeed, "due", lambda self: True)
    panel.beat._handle_msg("beat")
    panel.job.wait()
    assert len(server.requests) == asked + 1
    assert panel.events["mag"].max() == 6.6
    assert new["id"] if isinstance(new, dict) else new
    assert "M 6.6" in panel.words.object


def test_sessions_share_one_feed(server, panel):
    asked = len(server.requests)
    other = opened(LivePanel(visitor("ru"), selection(), base_url=server.feed_url))
    assert len(server.requests) == asked
    assert other.events is panel.events


def test_old_data_are_called_old_and_new_ones_end_that(server, panel, monkeypatch):
    server.inject("status", status=404, times=None)
    later(monkeypatch, 7)
    panel.beat._handle_msg("beat")
    panel.job.wait()
    assert panel.message.kind == "stale"
    assert "5 minutes" in panel.message.pane.object
    assert "7 min" in panel.age.object
    assert len(panel.events)
    assert panel.plot.visible
    server.faults.clear()
    panel._ask(now=True)
    panel.job.wait()
    assert panel.snapshot.trouble is None
    assert panel.message.kind == ""


def test_without_a_network_the_panel_says_so_and_recovers(server, monkeypatch):
    server.inject("status", status=404, times=None)
    panel = opened(LivePanel(visitor(), selection(), base_url=server.feed_url))
    assert panel.message.kind == "stale"
    assert "cannot be reached" in panel.message.pane.object
    assert not panel.plot.visible
    assert panel.table().empty
    server.faults.clear()
    panel.again.clicks += 1
    panel.job.wait()
    assert panel.message.kind == ""
    assert panel.plot.visible


def test_no_event_in_the_hour_is_no_failure(server, panel):
    server.usgs.table["time"] -= pd.Timedelta(days=2)
    panel.period.value = "hour"
    panel.job.wait()
    assert panel.message.kind == "empty"
    assert panel.list.object == ""
    panel.period.value = "week"
    panel.job.wait()
    assert panel.message.kind == ""


def test_foreign_text_stays_text(server, panel):
    server.usgs.add(time=server.usgs.now, mag=7.7, place="<script>alert(1)</script>")
    panel._ask(now=True)
    panel.job.wait()
    assert "<script>" not in panel.list.object + panel.words.object
    assert "&lt;script&gt;" in panel.list.object


def test_ages_are_said_in_fitting_units(panel):
    said = [panel._span(pd.Timedelta(seconds=one)) for one in (5, 300, 7200)]
    assert said == ["5 s", "5 min", "2.0 h"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language(server, language):
    panel = opened(LivePanel(visitor(language), selection(), base_url=server.feed_url))
    for period in ("hour", "week"):
        panel.period.value = period
        panel.job.wait()
    assert panel.list.object.count("<tr>") == 1 + min(len(panel.events), live.LISTED)
    assert np.isfinite(panel.points.data["x"]).all()
