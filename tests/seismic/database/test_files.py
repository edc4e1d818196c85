"""The file: versions, several processes, bad files, full disks, read-only places."""

from __future__ import annotations

import errno
import os
import sqlite3
import subprocess
import sys
import threading

import pandas as pd
import pytest

from analysis.seismic.database import EventDatabase, connection, schema
from tests.seismic.database.eventkit import many, row, table

OLD_ROW = {
    "origin": 1, "event": 1, "preferred": 1, "agency": "usgs", "id": "old", "state": 0,
    "first": 1, "change": 1, "time": 1_500_000_000_000_000, "updated": 1_500_000_000_000_001,
    "longitude": 77.0, "latitude": 43.0, "mag": 5.5, "ids": ",old,alias,",
}  # fmt: skip


def make_old(path, version):
    """File as an earlier version left it, with one event and one window of a sync."""
    raw = sqlite3.connect(path)
    for step in schema.MIGRATIONS[:version]:
        for line in step:
            raw.execute(line)
    raw.execute(f"PRAGMA application_id = {schema.APPLICATION}")
    raw.execute(f"PRAGMA user_version = {version}")
    raw.execute("INSERT INTO changes VALUES (1, 0, 'apply', 'usgs', 0, 1, '{}', NULL, NULL)")
    raw.execute("UPDATE writing SET change = 1")
    names = ", ".join(OLD_ROW)
    marks = ", ".join(f":{name}" for name in OLD_ROW)
    raw.execute(f"INSERT INTO origins ({names}) VALUES ({marks})", OLD_ROW)  # noqa: S608
    raw.execute("INSERT INTO events VALUES (1, 1, 1)")
    raw.executemany("INSERT INTO aliases VALUES ('usgs', ?, 1, 1)", [("old",), ("alias",)])
    raw.execute("INSERT INTO syncs VALUES (1, 'usgs', '{}', 'full', 0, 9, NULL, NULL, NULL)")
    if version == 1:
        raw.execute("INSERT INTO windows VALUES (1, 0, 5, 3, '{\"new\": 1}', 1)")
    raw.commit()
    raw.close()


@pytest.mark.parametrize("version", range(1, len(schema.MIGRATIONS)))
def test_a_file_of_an_earlier_version_is_brought_up_to_date(tmp_path, version):
    path = tmp_path / "old.sqlite"
    make_old(path, version)
    with EventDatabase(path) as database:
        assert database.check() == []
        assert database.query().to_frame()["id"].tolist() == ["old"]
        assert database.apply(table(row("alias", ids=["alias", "old"]))).updated == 1
        run = database.syncs.last("usgs", "{}")
        if version == 1:
            assert database.syncs.reached(run, "listed", 0) == 5
            assert database.syncs.totals(run)["new"] == 1
    raw = sqlite3.connect(path)
    assert raw.execute("PRAGMA user_version").fetchone()[0] == len(schema.MIGRATIONS)
    assert raw.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    raw.close()


def test_a_migration_that_fails_changes_nothing(tmp_path, monkeypatch):
    path = tmp_path / "old.sqlite"
    make_old(path, 1)
    broken = (*schema.MIGRATIONS, ("CREATE TABLE more (x)", "CREATE TABLE more (x)"))
    monkeypatch.setattr(schema, "MIGRATIONS", broken)
    with pytest.raises(Exception, match="more"):
        EventDatabase(path)
    monkeypatch.undo()
    raw = sqlite3.connect(path)
    assert raw.execute("PRAGMA user_version").fetchone()[0] == 1
    raw.close()
    with EventDatabase(path) as database:
        assert database.count() == 1


def test_a_file_of_a_newer_version_is_refused(tmp_path):
    path = tmp_path / "new.sqlite"
    EventDatabase(path).close()
    raw = sqlite3.connect(path)
    raw.execute("PRAGMA user_version = 99")
    raw.close()
    with pytest.raises(ValueError, match=r"newer Qazcube \(version 99"):
        EventDatabase(path)


def test_files_that_are_no_database_of_ours_are_refused_and_left_alone(tmp_path):
    text = tmp_path / "notes.txt"
    text.write_text("no database at all\n" * 100)
    with pytest.raises(ValueError, match="is no SQLite database"):
        EventDatabase(text)
    assert text.read_text().startswith("no database")
    other = tmp_path / "other.sqlite"
    raw = sqlite3.connect(other)
    raw.execute("CREATE TABLE cats (name)")
    raw.commit()
    raw.close()
    before = other.read_bytes()
    with pytest.raises(ValueError, match="of another program"):
        EventDatabase(other)
    assert other.read_bytes() == before
    with pytest.raises(OSError, match=r"cannot be read|directory"):
        EventDatabase(tmp_path)


def test_a_missing_file_is_made_unless_only_read(tmp_path):
    path = tmp_path / "deep" / "er" / "events.sqlite"
    with pytest.raises(FileNotFoundError, match="no event database"):
        EventDatabase(path, read_only=True)
    assert not path.parent.exists()
    with EventDatabase(path) as database:
        assert database.count() == 0
        assert database.query().to_frame().empty
        assert database.extent() is None


def test_the_cache_folder_holds_the_default_file(cache):
    with EventDatabase() as database:
        assert database.path == cache / "events.sqlite"


def test_what_may_not_be_written_is_opened_for_reading(tmp_path, monkeypatch):
    path = tmp_path / "events.sqlite"
    with EventDatabase(path) as database:
        database.apply(table(row("a")))
    monkeypatch.setattr(connection.os, "access", lambda *_: False)
    with EventDatabase(path) as database:
        assert database.read_only
        assert database.count() == 1
        with pytest.raises(PermissionError, match="can only be read"):
            database.apply(table(row("b")))
        with pytest.raises(PermissionError, match="can only be read"):
            database.undo()
    monkeypatch.undo()
    make_old(tmp_path / "old.sqlite", 1)
    with pytest.raises(PermissionError, match="has version 1"):
        EventDatabase(tmp_path / "old.sqlite", read_only=True)


@pytest.mark.skipif(os.geteuid() == 0, reason="the administrator may write anywhere")
def test_a_folder_that_may_not_be_written_is_read(tmp_path):
    folder = tmp_path / "still"
    with EventDatabase(folder / "events.sqlite") as database:
        database.apply(table(row("a")))
    folder.chmod(0o555)
    try:
        with EventDatabase(folder / "events.sqlite") as database:
            assert database.count() == 1
    finally:
        folder.chmod(0o755)


def test_a_full_disk_keeps_all_that_was_there(database):
    database.apply(many(50))
    pages = database._all("PRAGMA page_count")[0][0]
    with database.file.writing() as raw:
        raw.execute(f"PRAGMA max_page_count = {pages + 8}")
    before = database.query().to_frame()
    with pytest.raises(OSError, match="The disk is full") as caught:
        database.apply(many(5000, seed=1).assign(id=lambda one: "x" + one["id"]))
    assert caught.value.errno == errno.ENOSPC
    pd.testing.assert_frame_equal(database.query().to_frame(), before)
    assert database.check() == []


def test_a_second_writer_waits_and_then_says_so(tmp_path):
    path = tmp_path / "events.sqlite"
    with EventDatabase(path, timeout=0.2) as database, EventDatabase(path) as other:
        with other.file.writing():
            with pytest.raises(TimeoutError, match=r"waited 0.2 s"):
                database.apply(table(row("a")))
            assert database.count() == 0  # readers never wait
        database.apply(table(row("a")))
        assert other.count() == 1


def test_a_reader_sees_one_state_while_another_writes(database):
    database.apply(many(1000))
    chunks = database.query().chunks(100)
    first = next(chunks)
    database.delete(many(1000)["id"].tolist())
    assert len(first) + sum(map(len, chunks)) == 1000
    assert database.count() == 0


def test_threads_and_processes_share_a_file(database):
    database.apply(many(300))
    found, faults = [], []

    def read():
        try:
            found.append(database.query(magnitude=(4, None)).to_frame()["id"].nunique())
        except Exception as error:
            faults.append(error)

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    database.apply(many(300).assign(updated="2030-01-01"))
    for thread in threads:
        thread.join()
    assert not faults
    assert found == [300] * 8
    code = "import sys; from analysis.seismic.database import EventDatabase as E; "
    code += "print(E(sys.argv[1]).count())"
    done = subprocess.run(
        [sys.executable, "-c", code, str(database.path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "300"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_fork_opens_connections_of_its_own(database):
    database.apply(table(row("a")))
    child = os.fork()
    if not child:  # pragma: no cover - another process
        database.apply(table(row("b")))
        os._exit(0 if database.count() == 2 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert database.count() == 2


def test_a_damaged_file_is_reported(tmp_path):
    path = tmp_path / "events.sqlite"
    with EventDatabase(path) as database:
        database.apply(many(2000))
    with path.open("r+b") as file:
        file.seek(4096 * 3)
        file.write(b"\xff" * 4096 * 20)
    with pytest.raises(OSError, match="damaged"), EventDatabase(path) as database:
        database.query().to_frame()
    assert path.exists()


def test_faults_inside_the_file_are_found(database):
    database.apply(table(row("a"), row("b")))
    with database.file.writing() as raw:
        raw.execute("DELETE FROM aliases WHERE alias = 'a'")
        raw.execute("DELETE FROM places WHERE origin = 2")
    faults = "; ".join(database.check())
    assert "solutions without their own id: 1" in faults
    assert "solutions without a place: 1" in faults
    with database.file.writing() as raw:
        raw.execute("INSERT INTO aliases VALUES ('usgs', 'a', 1, 1)")
        raw.execute("DELETE FROM origins WHERE origin = 2")
        raw.execute("DELETE FROM aliases WHERE origin = 2")
        raw.execute("DELETE FROM events WHERE event = 2")
