"""Long syncs: 60,000 events through every fault, kills at random moments, real retrievals."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest

from analysis.seismic.database import EventDatabase
from tests.fdsnserver import EventServer
from tests.seismic.synckit import contents, every_fault, listed, same, synced, told

CHILD = """
import sys
from analysis.seismic.database import EventDatabase
from analysis.seismic.sync import sync
from analysis.sources.fdsn import Transport
with EventDatabase(sys.argv[1]) as database:
    report = sync(database, sys.argv[3], "2014", "2024", base_url=sys.argv[2],
                  transport=Transport(pause=0.0, backoff=0.01))
print(report.new)
"""


@pytest.fixture(autouse=True)
def _hurry(monkeypatch):
    monkeypatch.setattr("analysis.seismic.sync._WAITS", (0.01, 0.01))


@pytest.mark.slow
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("agency", ["usgs", "emsc"])
def test_sixty_thousand_events_come_through_every_fault(tmp_path, agency):
    with (
        EventServer(events=60_000) as server,
        EventDatabase(tmp_path / "one.sqlite") as one,
        EventDatabase(tmp_path / "two.sqlite") as two,
    ):
        server.duplicates, server.emsc_holes = 3, 3
        book = server.usgs if agency == "usgs" else server.emsc
        for database in (one, two):
            every_fault(server, times=3, hang=5)
            report = synced(database, server, agency)
            assert (report.new, report.rejected, report.merged) == (60_000, 0, 0)
        pd.testing.assert_frame_equal(listed(one, agency), told(book))
        same(one, two)
        before = contents(one)
        again = synced(one, server, agency, full=True)
        assert (again.new, again.updated, again.vanished, again.unchanged) == (0, 0, 0, 60_000)
        pd.testing.assert_frame_equal(contents(one), before)


def kill_at_random_moments(server, path, kills, longest):
    """Run syncs in processes of their own and kill them; return how many died in the middle."""
    chance, died = random.Random(kills), 0  # noqa: S311
    command = [sys.executable, "-c", CHILD, str(path), server.emsc_url, "emsc"]
    for _ in range(kills):
        child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        asked = len(server.requests)
        while child.poll() is None and len(server.requests) == asked:
            time.sleep(0.005)  # the sync has begun
        time.sleep(chance.uniform(0, longest))
        child.send_signal(signal.SIGKILL)
        child.communicate()
        died += child.returncode == -signal.SIGKILL
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip().isdecimal()
    return died


@pytest.mark.slow
@pytest.mark.timeout(1500)
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_sync_killed_at_ten_random_moments_ends_with_the_same_database(tmp_path):
    with EventServer(events=60_000) as server:
        died = kill_at_random_moments(server, tmp_path / "killed.sqlite", 10, 4.0)
        assert died >= 8
        with (
            EventDatabase(tmp_path / "killed.sqlite") as killed,
            EventDatabase(tmp_path / "whole.sqlite") as whole,
        ):
            synced(whole, server, "emsc")
            same(killed, whole)
            pd.testing.assert_frame_equal(listed(killed, "emsc"), told(server.emsc))
            assert len(killed.syncs.table()) == 1


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_killed_sync_goes_on(tmp_path):
    with EventServer(events=3000) as server:
        kill_at_random_moments(server, tmp_path / "killed.sqlite", 1, 0.5)
        with EventDatabase(tmp_path / "killed.sqlite") as killed:
            assert killed.check() == []
            pd.testing.assert_frame_equal(listed(killed, "emsc"), told(server.emsc))


def book_of(path):
    """Retrieval of the USGS as the local server tells one."""
    table = pd.read_csv(path, encoding="utf-8-sig")
    for name in ("time", "updated"):
        table[name] = pd.to_datetime(table[name], utc=True, format="ISO8601").dt.tz_localize(None)
    table = table.assign(ids="," + table["id"] + ",", sig=0, deleted=False)
    return table.sort_values("time", ignore_index=True)


def test_two_real_retrievals_differ_by_what_a_sync_reports(real_data, tmp_path):
    """11 vanished, 2 appeared, 575 updated: counted in the two files of the USGS themselves."""
    folder = real_data / "seismic"
    older = book_of(folder / "usgs_m5_global_2013_2023.csv")
    newer = book_of(folder / "usgs_m5_global_2022_2024.csv")
    end = older["time"].max().ceil("s")
    overlap = {"start": "2022-01-01", "end": str(end), "magnitude": 5}
    with EventServer(events=older) as server, EventDatabase(tmp_path / "real.sqlite") as database:
        first = synced(database, server, **overlap)
        assert (first.new, first.mode) == (3107, "full")
        server.usgs.table = newer
        report = synced(database, server, **overlap)
        assert report.mode == "incremental"
        assert (report.vanished, report.new, report.updated) == (11, 2, 575)
        assert (report.deleted, report.merged, report.restored, report.stale) == (0, 0, 0, 0)
        gone = database.query(deleted=True).to_frame().set_index("id")["state"]
        assert {"pt23289002", "pt23020000"} <= set(gone.index[gone == "vanished"])
        assert database.count() == 3098
        database.undo()
        for _ in range(50):
            if database.count() != 3107:
                database.undo()
        assert database.count() == 3107
        again = synced(database, server, **overlap, full=True)
        assert (again.vanished, again.new, again.updated) == (11, 2, 575)
        assert database.check() == []


def test_two_real_files_applied_by_hand_say_the_same(real_data, tmp_path):
    folder = real_data / "seismic"
    older = pd.read_csv(folder / "usgs_m5_global_2013_2023.csv")
    newer = pd.read_csv(folder / "usgs_m5_global_2022_2024.csv", encoding="utf-8-sig")
    end = older["time"].max()[:-1] + "001"
    with EventDatabase(tmp_path / "real.sqlite") as database:
        assert database.apply(older).new == 18_334
        window, scope = ("2022-01-01", end), {"magnitude": (5, None)}
        inside = newer[newer["time"] < end]
        applied = database.apply(inside, window=window, scope=scope)
        assert (applied.vanished, applied.new, applied.updated) == (11, 2, 575)
        assert applied.unchanged == 3098 - 2 - 575
        assert database.count() == 18_334 - 11 + 2
        feed = database.query(types="nuclear explosion").to_frame()
        assert len(feed) == 4
        assert database.check() == []
