"""Updating from the page: only with leave, one at a time, followed, stopped, shown at the end."""

import threading

import numpy as np
import pandas as pd
import pytest

from analysis.language import LANGUAGES
from analysis.seismic.database import EventDatabase
from apps.views.earthquakes import syncing, syncrun
from apps.views.earthquakes.catalogues import DATABASE, database_path
from apps.views.earthquakes.syncing import SyncPanel
from apps.views.earthquakes.syncrun import Runner, Wish, allowed
from tests.apps.earthquakes.paneltools import rendered, selection, visitor
from tests.fdsnserver import EventServer


@pytest.fixture
def runner(cache, monkeypatch):
    monkeypatch.setenv("QAZCUBE_SYNC", "on")
    monkeypatch.setenv("QAZCUBE_REQUEST_PAUSE", "0")
    one = Runner()
    for module in (syncing, syncrun):
        monkeypatch.setattr(module, "runner", one)
    yield one
    one.stop()
    one.wait()


@pytest.fixture
def server():
    with EventServer(events=1500) as running:
        yield running


@pytest.fixture
def panel(runner, server):
    urls = {"usgs": server.usgs_url, "emsc": server.emsc_url}
    found = rendered(SyncPanel(visitor(), selection(), base_urls=urls))
    found.start.value = "2000-01-01"
    found.magnitude.value = ""
    return found


def ended(panel, runner):
    runner.wait()
    panel.beat._handle_msg("beat")
    return runner.progress


def test_a_sync_from_the_page_fills_the_database(panel, runner, server):
    panel.go.clicks += 1
    assert panel.cancel.visible
    assert ended(panel, runner).state == "done"
    expected = set(server.usgs.kept()["id"])
    with EventDatabase(database_path(), read_only=True) as database:
        assert set(database.query().to_frame()["id"]) == expected
    assert DATABASE in panel.selection.catalogues
    assert "made" in panel.selection.catalogues
    assert "Finished" in panel.words.object
    assert panel.table()["new"].tolist() == [len(expected)]
    assert not panel.bar.visible


def test_a_second_one_finds_nothing_new(panel, runner):
    for _turn in range(2):
        panel.go.clicks += 1
        assert ended(panel, runner).state == "done"
    assert panel.table()["new"].tolist() == [0]


def test_both_agencies_come_one_after_the_other(panel, runner):
    panel.agency.value = "all"
    panel.go.clicks += 1
    assert ended(panel, runner).state == "done"
    assert panel.table()["agency"].tolist() == ["usgs", "emsc"]
    assert panel.list.object.count('<th scope="col"') == 3


def test_without_leave_nothing_can_be_begun(panel, runner, monkeypatch, server):
    monkeypatch.setenv("QAZCUBE_SYNC", "off")
    panel.update()
    assert not panel.form.visible
    assert "QAZCUBE_SYNC=on" in panel.message.pane.object
    panel.go.clicks += 1
    runner.wait()
    assert runner.progress.state == "idle"
    assert server.requests == []
    with pytest.raises(PermissionError):
        runner.start(Wish(("usgs",), "2020-01-01"))


@pytest.mark.parametrize(("value", "leave"), [("", False), ("off", False), ("ON", True)])
def test_the_setting_decides_and_is_off_unless_given(monkeypatch, value, leave):
    monkeypatch.setenv("QAZCUBE_SYNC", value)
    assert allowed() is leave


def test_a_setting_that_makes_no_sense_is_told(panel, monkeypatch):
    monkeypatch.setenv("QAZCUBE_SYNC", "maybe")
    panel.update()
    assert panel.message.kind == "error"
    assert "must be on or off" in panel.message.pane.object


def test_one_at_a_time_stopped_by_any_visitor_and_gone_on_with(panel, runner, monkeypatch):
    begun, go = threading.Event(), threading.Event()
    plain = runner._run

    def slow(*args, progress, **options):
        progress("usgs", 0.25, 7)
        begun.set()
        go.wait(20)
        progress("usgs", 0.5, 9)
        return plain(*args, progress=progress, **options)

    runner._run = slow
    panel.go.clicks += 1
    assert begun.wait(20)
    other = rendered(SyncPanel(visitor(), selection()))
    assert other.go.disabled
    assert other.bar.value == 25
    assert "7 events" in other.words.object
    assert runner.start(Wish(("usgs",), "2020-01-01")) is False
    other.cancel.clicks += 1
    assert "stops after" in other.words.object
    go.set()
    assert ended(panel, runner).state == "stopped"
    assert "go on where it was" in panel.words.object
    runner._run = plain
    panel.go.clicks += 1
    assert ended(panel, runner).state == "done"


def test_a_failure_is_told_and_what_came_before_is_kept(panel, runner, server):
    server.inject("status", status=404, times=None)
    panel.go.clicks += 1
    assert ended(panel, runner).state == "failed"
    assert panel.message.kind == "error"
    server.faults.clear()
    panel.go.clicks += 1
    assert ended(panel, runner).state == "done"
    assert panel.message.kind == ""


@pytest.mark.parametrize(
    ("field", "text"), [("start", "soon"), ("start", "2999-01-01"), ("magnitude", "big")]
)
def test_nonsense_in_the_form_asks_nothing(panel, runner, server, field, text):
    getattr(panel, field).value = text
    panel.go.clicks += 1
    assert getattr(panel, field).error_state
    assert runner.progress.state == "idle"
    assert server.requests == []


def test_the_page_shows_the_database_anew(panel, runner):
    told = []
    panel.selection.subscribe(told.append)
    panel.go.clicks += 1
    ended(panel, runner)
    assert told == [], "another catalogue is shown"
    panel.selection.state.catalogue = DATABASE
    told.clear()
    panel.go.clicks += 1
    ended(panel, runner)
    assert told == ["events"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language(runner, server, language):
    panel = rendered(SyncPanel(visitor(language), selection(), base_urls={"usgs": server.usgs_url}))
    panel.start.value = "2000-01-01"
    panel.go.clicks += 1
    assert ended(panel, runner).state == "done"
    assert panel.list.object
    assert pd.notna(runner.progress.ended)
    assert np.isfinite(panel.bar.value)
