"""Events that a service drops without a word are found, also beside rows that can be no event."""

from __future__ import annotations

import pytest

from analysis.seismic.database import EventDatabase
from tests.fdsnserver import EventServer
from tests.seismic.synckit import synced


@pytest.fixture
def database(tmp_path):
    with EventDatabase(tmp_path / "events.sqlite") as opened:
        yield opened
        assert opened.check() == []


def spoil(book, *rows):
    """Take the place of some events away, so that they can be none."""
    book.table.loc[book.table.index[list(rows)], ["latitude", "mag"]] = float("nan")


def drop(book, *rows):
    """Drop events without a word."""
    gone = book.table["id"].iloc[list(rows)].tolist()
    book.table = book.table[~book.table["id"].isin(gone)].reset_index(drop=True)
    return gone


def vanished(database):
    states = database.query(deleted=True).to_frame().set_index("id")["state"]
    return sorted(states.index[states == "vanished"])


def test_a_rejected_row_hides_no_event_that_is_dropped(database):
    with EventServer(events=800) as server:
        spoil(server.usgs, 5)
        first = synced(database, server)
        assert (first.new, first.rejected, first.surplus) == (799, 1, 1)
        gone = drop(server.usgs, 100)
        report = synced(database, server)
        assert (report.mode, report.vanished, report.surplus) == ("incremental", 1, 1)
        assert vanished(database) == gone


def test_nor_in_the_halves_of_the_search(database):
    with EventServer(events=9000) as server:
        spoil(server.usgs, 5)
        assert synced(database, server).surplus == 1
        gone = drop(server.usgs, 20, 8900)
        assert synced(database, server).vanished == 2
        assert vanished(database) == sorted(gone)
        again = synced(database, server)
        assert again.surplus == 1
        assert again.listed < 10  # nothing to search for


def test_a_new_rejected_row_hides_no_event_either(database):
    with EventServer(events=800) as server:
        synced(database, server)
        server.usgs.update(server.usgs.table["id"].iloc[300], place="elsewhere")
        gone = drop(server.usgs, 100)
        server.usgs.add(mag=float("nan"))
        report = synced(database, server)
        assert (report.vanished, report.rejected) == (1, 2)  # listed twice
        assert vanished(database) == gone


def test_a_rejected_row_that_becomes_an_event_costs_no_search(database):
    with EventServer(events=800) as server:
        spoil(server.usgs, 5)
        mended = server.usgs.table["id"].iloc[5]
        synced(database, server)
        server.usgs.update(mended, latitude=43.0, mag=5.0)
        report = synced(database, server)
        assert (report.new, report.surplus) == (1, 0)
        assert report.listed < 10
        gone = drop(server.usgs, 100)
        assert synced(database, server).vanished == 1
        assert vanished(database) == gone


def test_a_search_that_is_broken_off_goes_on_with_the_next_sync(database, monkeypatch):
    monkeypatch.setattr("analysis.seismic.syncverify._MOST_COUNTS", 12)
    monkeypatch.setattr("analysis.seismic.syncverify._LISTED", 150)
    with EventServer(events=800) as server:
        synced(database, server)
        gone = drop(server.usgs, 10, 300, 500, 790)
        for _ in range(12):
            synced(database, server)
        assert vanished(database) == sorted(gone)


def test_an_event_added_after_the_first_was_deleted_is_there(database):
    with EventServer(events=100) as server:
        synced(database, server)
        server.usgs.delete(server.usgs.table["id"].iloc[0])
        added = server.usgs.add(mag=6.1)
        report = synced(database, server)
        assert (report.new, report.deleted, report.surplus) == (1, 1, 0)
        assert added in set(database.query().to_frame()["id"])
