"""Syncs with the local server: complete, repeatable, resumable, and true in what they report."""

from __future__ import annotations

import random

import pandas as pd
import pytest

from analysis.seismic.database import EventDatabase
from analysis.seismic.sync import sync, sync_all
from analysis.sources.fdsn import ServiceError
from tests.fdsnserver import EventServer
from tests.seismic.synckit import contents, every_fault, hurried, listed, same, synced, told


@pytest.fixture(autouse=True)
def _hurry(monkeypatch):
    monkeypatch.setattr("analysis.seismic.sync._WAITS", (0.01, 0.01))


@pytest.fixture
def server():
    with EventServer(events=800) as running:
        running.usgs_limit = 300
        yield running


@pytest.fixture
def database(tmp_path):
    with EventDatabase(tmp_path / "events.sqlite") as opened:
        yield opened
        assert opened.check() == []


@pytest.mark.parametrize("agency", ["usgs", "emsc"])
def test_a_sync_is_complete_and_the_same_twice_whatever_goes_wrong(
    server, database, agency, tmp_path
):
    every_fault(server)
    server.duplicates, server.emsc_holes = 2, 3
    report = synced(database, server, agency, read=4)
    book = server.usgs if agency == "usgs" else server.emsc
    pd.testing.assert_frame_equal(listed(database, agency), told(book))
    assert (report.new, report.mode, report.rejected) == (800, "full", 0)
    with EventDatabase(tmp_path / "other.sqlite") as other:
        synced(other, server, agency)
        same(database, other)
    before, revision = contents(database), database.revision
    again = synced(database, server, agency, full=True)
    assert (again.new, again.updated, again.unchanged, again.vanished) == (0, 0, 800, 0)
    pd.testing.assert_frame_equal(contents(database), before)
    assert database.revision == revision


def test_an_incremental_sync_reports_exactly_what_changed(server, database):
    synced(database, server)
    book = server.usgs
    ids = book.table["id"].tolist()
    book.update(ids[3], mag=7.7)
    book.update(ids[4], place="elsewhere")
    book.delete(ids[9])
    added = book.add(time=pd.Timestamp("2020-05-05"), mag=6.1)
    server.requests.clear()
    report = synced(database, server)
    assert (report.mode, report.new, report.updated, report.deleted) == ("incremental", 1, 2, 1)
    assert (report.vanished, report.restored, report.merged) == (0, 0, 0)
    assert report.requests == len(server.requests) <= 8
    pd.testing.assert_frame_equal(listed(database, "usgs"), told(book))
    gone = database.query(deleted=True).to_frame().set_index("id").loc[ids[9]]
    assert (gone["state"], gone["status"]) == ("deleted", "deleted")
    assert database.query(magnitude=(7.7, 7.7)).to_frame()["id"].tolist() == [ids[3]]
    assert added in set(database.query().to_frame()["id"])
    nothing = synced(database, server)
    assert (nothing.new, nothing.updated, nothing.deleted) == (0, 0, 0)


def test_a_deleted_event_that_is_listed_again_is_there_again(server, database):
    synced(database, server)
    event = server.usgs.table["id"].iloc[20]
    server.usgs.delete(event)
    assert synced(database, server).deleted == 1
    server.usgs.update(event, deleted=False, status="reviewed")
    assert synced(database, server).restored == 1
    pd.testing.assert_frame_equal(listed(database, "usgs"), told(server.usgs))


def test_what_an_agency_drops_without_a_word_is_found_by_its_numbers(server, database):
    synced(database, server)
    book = server.usgs
    dropped = book.table["id"].iloc[[10, 600, 601]].tolist()
    book.table = book.table[~book.table["id"].isin(dropped)].reset_index(drop=True)
    assert synced(database, server, verify=False).vanished == 0
    report = synced(database, server)
    assert (report.mode, report.vanished, report.deleted) == ("incremental", 3, 0)
    states = database.query(deleted=True).to_frame().set_index("id")["state"]
    assert states[states == "vanished"].index.tolist() == dropped
    assert database.count() == 797


def test_a_changed_preferred_id_makes_no_second_event(server, database):
    synced(database, server)
    book = server.usgs
    one = book.table["id"].iloc[33]
    book.update(one, id="ci99", ids=f",{one},ci99,")
    report = synced(database, server)
    assert (report.new, report.updated) == (0, 1)
    assert database.count() == 800
    assert sorted(name for _, name in database.ids(one)) == sorted(["ci99", one])


def test_only_what_is_asked_for_can_vanish(server, database):
    synced(database, server)
    strong = {"magnitude": 4, "region": (170, 30, -170, 70)}
    book = server.usgs
    inside = book.table["longitude"].abs().ge(170) & book.table["latitude"].between(30, 70)
    report = synced(database, server, **strong)
    assert (report.listed, report.vanished) == (int((inside & (book.table["mag"] >= 4)).sum()), 0)
    weak = book.table[inside & (book.table["mag"] >= 4.2)]["id"].iloc[0]
    book.update(weak, mag=3.1)
    assert synced(database, server, full=True, **strong).vanished == 1
    assert synced(database, server).restored == 1  # the other request lists it, smaller
    pd.testing.assert_frame_equal(listed(database, "usgs"), told(book))


def test_most_of_a_list_does_not_vanish_at_once(server, database):
    synced(database, server)
    book = server.usgs
    book.table = book.table.iloc[::20].reset_index(drop=True)
    report = synced(database, server, full=True)
    assert (report.vanished, report.doubtful) == (0, 800 - 40)
    assert database.count() == 800
    assert "too many to believe" in report.text()


@pytest.mark.parametrize("seed", range(5))
def test_an_interrupted_sync_goes_on_where_it_was(server, database, tmp_path, seed):
    chance = random.Random(seed)  # noqa: S311 - no secret

    class Stopped(BaseException):
        pass

    def stop(*_):
        if chance.random() < 0.4:
            raise Stopped

    interrupted = 0
    for _ in range(100):
        try:
            report = synced(database, server, progress=stop)
            break
        except Stopped:
            interrupted += 1
    assert interrupted
    assert report.resumed
    assert report.new == 800
    with EventDatabase(tmp_path / "other.sqlite") as other:
        synced(other, server)
        same(database, other)
    server.requests.clear()
    assert synced(database, server).mode == "incremental"


def test_a_sync_that_a_service_breaks_off_goes_on(server, database):
    server.inject("status", status=403, after=3, method="query")
    with pytest.raises(ServiceError, match="403"):
        synced(database, server)
    assert 0 < database.count() < 800
    assert database.syncs.table()["finished"].isna().tolist() == [True]
    report = synced(database, server)
    assert report.resumed
    pd.testing.assert_frame_equal(listed(database, "usgs"), told(server.usgs))
    assert "An interrupted sync was finished." in report.text()


def test_an_unreadable_answer_is_told_within_the_patience(server, database, monkeypatch):
    server.inject("html", method="query", times=None)
    way, slept = hurried(patience=1.0), []
    monkeypatch.setattr("analysis.seismic.sync.time.sleep", slept.append)
    with pytest.raises(ServiceError):
        sync(database, "usgs", "2014", "2024", base_url=server.usgs_url, transport=way)
    assert sum(slept) <= 1.0
    way.close()


def test_without_a_start_the_last_request_is_repeated(server, database):
    with pytest.raises(ValueError, match="give a start"):
        synced(database, server, start=None, end=None)
    synced(database, server, magnitude=5)
    report = synced(database, server, start=None, end=None)
    assert (report.mode, report.start, report.end) == ("incremental", "2014-01-01", "2024-01-01")
    with pytest.raises(ValueError, match="repeated"):
        synced(database, server, start=None, end=None, magnitude=4)
    asked, way = len(server.requests), hurried()
    again = sync(database, "usgs", transport=way)  # at the address of the last request, too
    way.close()
    assert again.mode == "incremental"
    assert len(server.requests) > asked


def test_two_agencies_live_in_one_database(server, database):
    reports = sync_all(database, start="2014", end="2024", base_url=server.url, transport=hurried())
    assert [report.agency for report in reports] == ["usgs", "emsc"]
    assert database.query().counts("agency").to_dict() == {"emsc": 800, "usgs": 800}


def test_rows_that_can_be_no_event_are_kept_with_their_reason(server, database):
    book = server.usgs
    book.table.loc[5, "mag"] = float("nan")
    book.table.loc[6, "depth"] = 1e9
    report = synced(database, server)
    assert (report.new, report.rejected) == (798, 2)
    assert synced(database, server, full=True).rejected == 2
    rejected = database.rejected()
    assert len(rejected) == 2
    assert set(rejected["id"]) == set(book.table["id"].iloc[[5, 6]])


def test_undoing_a_window_lets_the_next_sync_list_it_again(server, database):
    synced(database, server)
    before = contents(database)
    database.undo()
    assert database.count() < 800
    assert synced(database, server).resumed
    pd.testing.assert_frame_equal(contents(database), before)


def test_an_unknown_agency_and_a_full_date_range_are_refused(database):
    with pytest.raises(ValueError, match="nowhere"):
        sync(database, "nowhere", "2020")
    with pytest.raises(ValueError, match="not after"):
        sync(database, "usgs", "2020", "2019")
