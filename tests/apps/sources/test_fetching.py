"""Fetching from the page: only with leave, the plan first, followed, stopped, its reasons told."""

import threading

import pytest
import yaml

from analysis.language import LANGUAGES, translator
from analysis.sources import fetching as library
from analysis.sources.fetching import errors
from apps.views.sources import fetching, fetchrun
from apps.views.sources.fetchrun import FetchRunner
from apps.views.sources.page import SourcesPage
from tests.apps.sources.conftest import visitor
from tests.fileserver import FileServer
from tests.uploads.filekit import netcdf

QUICK = {"pause": 0.0, "backoff": 0.01, "read": 5.0}


@pytest.fixture
def server():
    with FileServer() as one:
        yield one


@pytest.fixture
def page(cache, tmp_path, monkeypatch, server, visit):
    """The page with three sources: one on a server of ours, one with an account, one to click."""
    monkeypatch.setenv("QAZCUBE_SYNC", "on")
    monkeypatch.setenv("QAZCUBE_REQUEST_PAUSE", "0")
    data = netcdf(tmp_path / "tide.nc").read_bytes()
    server.files["tide.nc"] = data
    common = {
        "format": "netcdf", "kind": "grid", "access": "open", "licence": "CC0-1.0",
        "units": {"rain": "mm"},
        "coverage": {"west": 60, "south": 42, "east": 72, "north": 50,
                     "start": "2020-01-01", "end": "2021-12-31"},
    }  # fmt: skip
    way = {"how": "files", "urls": [server.url("tide.nc")], "step": "once"}
    rows = {
        "tide": {"url": "{DOWNLOADS}/tide/*.nc", "title": "Tide", "fetch": way, **common},
        "locked": {"url": "{DOWNLOADS}/locked/*.nc", "title": "Locked", "fetch": way, **common,
                   "account": "earthdata", "access": "account"},
        "clicked": {"url": "{DOWNLOADS}/clicked/*.nc", "title": "Clicked", **common,
                    "fetch": {"how": "service", "words": {"en": "Press here.", "kk": "Басыңыз."}}},
    }  # fmt: skip
    path = tmp_path / "mine.yml"
    path.write_text(yaml.safe_dump({"entries": rows}))
    monkeypatch.setenv("QAZCUBE_CATALOG", str(path))
    for name in ("EARTHDATA_TOKEN", "EARTHDATA_USERNAME", "EARTHDATA_PASSWORD", "NETRC"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    one = FetchRunner(lambda plan, **more: library.fetch(plan, **more, **QUICK))
    for module in (fetching, fetchrun):
        monkeypatch.setattr(module, "runner", one)
    found = SourcesPage(visit)
    found.runner = one
    yield found
    one.stop()
    one.wait()


def ask(page, name="tide", region="", **wish):
    page.list._handle_msg(f"source:{name}")
    page.fetch.region.value = region
    page.fetch.start.value = wish.get("start", "2020-01-01")
    page.fetch.end.value = wish.get("end", "2021-12-31")
    page.fetch.ask.clicks += 1
    page.fetch.job.wait()


def ended(page):
    page.runner.wait()
    page.fetch.beat._handle_msg("beat")
    return page.runner.progress


def test_the_plan_comes_first_then_the_files_then_the_cube(page, server):
    ask(page)
    asked = len(server.requests)
    assert page.fetch.go.visible
    assert "1 files to download" in page.fetch.status.object
    page.fetch.go.clicks += 1
    now = ended(page)
    assert (now.state, now.cube) == ("done", "tide")
    assert len(server.requests) > asked
    assert "finished" in page.fetch.status.object
    row = page.row
    assert (row.holding.extent, row.holding.files, row.holding.cube) == ("partial", 1, True)
    assert row.holding.newest == "2021-12-01"
    assert "layer=tide%2Frain" in page.details.html
    assert not page.fetch.bar.visible
    page.fetch.ask.clicks += 1
    page.fetch.job.wait()
    page.fetch.go.clicks += 1
    now = ended(page)
    assert (now.state, len(now.report.fetched), len(now.report.present)) == ("done", 0, 1)


def test_what_the_source_does_not_cover_is_said_before_anything_is_asked(page, server):
    ask(page, region="chile")
    assert page.fetch.message.kind == "empty"
    assert "does not cover" in page.fetch.message.pane.object
    assert not page.fetch.go.visible
    assert server.requests == []


def test_without_the_account_nothing_can_be_begun(page):
    ask(page, name="locked")
    assert "EARTHDATA_TOKEN" in page.fetch.message.pane.object
    assert not page.fetch.go.visible


def test_too_many_files_are_not_begun_with_one_press(page, monkeypatch):
    monkeypatch.setattr(fetching, "MOST", 0)
    ask(page)
    assert "shorter period" in page.fetch.message.pane.object
    assert not page.fetch.go.visible


def test_where_to_click_is_said_in_words(page):
    page.list._handle_msg("source:clicked")
    assert "Press here." in page.fetch.words.object
    assert not page.fetch.form.visible


def test_packaged_sources_have_no_form(page):
    page.list._handle_msg("source:wind")
    assert not page.fetch.panel.visible


@pytest.mark.parametrize("wish", [{"start": "soon"}, {"start": "2021-01-01", "end": "2020-01-01"}])
def test_a_wish_that_makes_no_sense_is_told(page, wish):
    ask(page, **wish)
    assert page.fetch.message.kind == "error"
    assert not page.fetch.go.visible


def test_without_leave_there_is_no_form_and_nothing_can_be_begun(page, monkeypatch, server):
    ask(page)
    plan = page.fetch.plan
    monkeypatch.setenv("QAZCUBE_SYNC", "off")
    page.fetch.show(page.row)
    assert not page.fetch.form.visible
    assert "qazcube fetch tide" in page.fetch.words.object
    with pytest.raises(PermissionError):
        page.runner.start(plan)
    page.fetch.ask.clicks += 1
    page.fetch.go.clicks += 1
    assert page.runner.progress.state == "idle"


def test_one_at_a_time_and_stopped_by_any_visitor(page, visit):
    begun, go = threading.Event(), threading.Event()

    def slow(plan, progress, cancel):
        progress(library.Progress(0, 2, 50, 100, "a"))
        begun.set()
        assert cancel.wait(20)
        go.wait(1)
        return library.Report(plan.entry.name, plan.folder, cancelled=True)

    page.runner._bring = slow
    ask(page)
    plan = page.fetch.plan
    page.fetch.go.clicks += 1
    assert begun.wait(10)
    assert not page.runner.start(plan)
    other = SourcesPage(visit)
    other.list._handle_msg("source:tide")
    assert other.fetch.bar.visible
    assert other.fetch.bar.value == 50
    assert other.fetch.cancel.visible
    other.fetch.cancel.clicks += 1
    go.set()
    assert ended(page).state == "stopped"
    assert "Begin again" in page.fetch.status.object


def test_what_went_wrong_is_told_and_what_came_is_kept(page, server):
    server.fault("tide.nc", "status", times=None, status=500)
    page.runner._bring = lambda plan, **more: library.fetch(plan, **more, **QUICK, tries=1)
    ask(page)
    if page.fetch.plan is None:
        assert page.fetch.message.kind == "error"
        return
    page.fetch.go.clicks += 1
    assert ended(page).state == "failed"
    assert page.fetch.message.kind == "error"
    assert page.runner.progress.cube == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_network_the_reason_is_in_the_language_of_the_reader(language):
    words = translator(language)
    text = fetching._reason(errors.UnreachableError("x"), words)
    assert "network" in text if language == "en" else text.isascii() is False
    kinds = (errors.AccountError, errors.DiskError, errors.NotCoveredError, errors.FetchError)
    assert len({text, *(fetching._reason(kind("x"), words) for kind in kinds)}) == 5
    assert fetching._reason(KeyError("x"), words) == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_form_is_worded(language, page, cache):
    page = SourcesPage(visitor(language))
    page.list._handle_msg("source:tide")
    texts = {page.fetch.ask.label, page.fetch.go.label, page.fetch.region.label}
    assert all(texts)
