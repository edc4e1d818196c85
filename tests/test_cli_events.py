"""The commands of earthquakes, against the local server."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

from analysis import cli
from analysis.language import LANGUAGES, translator
from analysis.seismic.database import EventDatabase
from tests.fdsnserver import EventServer


@pytest.fixture(scope="module")
def server():
    with EventServer(events=400) as running:
        yield running


@pytest.fixture(autouse=True)
def _terminal(monkeypatch, cache):
    monkeypatch.setattr(cli, "_", translator("en"))
    monkeypatch.setenv("QAZCUBE_LANGUAGE", "en")
    monkeypatch.setenv("QAZCUBE_REQUEST_PAUSE", "0")


def run(*arguments, code=0):
    result = CliRunner().invoke(cli.app, ["events", *map(str, arguments)])
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result.output


@pytest.fixture(scope="module")
def _synced(server, tmp_path_factory):
    """Database of one sync of all agencies, to copy."""
    folder = tmp_path_factory.mktemp("synced")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QAZCUBE_CACHE", str(folder))
        patch.setenv("QAZCUBE_REQUEST_PAUSE", "0")
        span = ["--start", "2014", "--end", "2024"]
        run("sync", "--agency", "all", *span, "--base-url", server.url)
    return folder


@pytest.fixture
def filled(_synced, cache):
    shutil.copytree(_synced, cache, dirs_exist_ok=True)


def test_a_sync_reports_and_is_repeated_by_its_bare_name(server, cache):
    first = run("sync", "--start", "2014", "--end", "2024", "--base-url", server.usgs_url)
    assert "usgs: 2014-01-01 to 2024-01-01, complete list" in first
    assert "new                                 400" in first
    again = run("sync", "--base-url", server.usgs_url)
    assert "changes since the last sync" in again
    with EventDatabase(cache / "events.sqlite", read_only=True) as database:
        assert database.count() == 400


def test_a_sync_keeps_to_its_limits(server, tmp_path):
    file = tmp_path / "own.sqlite"
    limits = ["--min-magnitude", 3, "--max-depth", 50, "--region", "170,-90,-170,90"]
    span = ["--start", "2014-01-01", "--end", "2024", "--base-url", server.usgs_url]
    run("sync", *limits, *span, "--database", file)
    with EventDatabase(file) as database:
        found = database.query().to_frame()
    assert len(found)
    assert (found["mag"] >= 3).all()
    assert (found["depth"] <= 50).all()
    assert (found["longitude"].abs() >= 170).all()


def test_events_are_listed_shown_and_described(server, filled):
    shown = run("list", "--agency", "usgs", "--order", "-mag", "--limit", 3).splitlines()
    assert shown[0].split()[:3] == ["time", "(UTC)", "magnitude"]
    assert shown[-1] == "3 of 400 events"
    largest = server.usgs.table["mag"].max()
    assert f"  {largest:.1f} " in shown[1]
    name = next(word for word in shown[1].split() if word.startswith("usgs:"))
    text = run("show", name, "--raw")
    assert name in text.splitlines()[0]
    assert f"mag           {largest:.1f}" in text
    assert json.loads(text.splitlines()[-1])["id"] == name.split(":")[1]
    described = run("summary", "--agency", "usgs")
    assert described.startswith("400 events")
    assert f"largest             {largest:.2f}" in described
    assert "types: earthquake" in described
    assert "No event matches" in run("list", "--start", "2100-01-01")
    assert "No event matches" in run("summary", "--start", "2100-01-01")


def test_the_state_of_the_database(server, filled, cache):
    text = run("status", "--check")
    for words in ("events.sqlite (", "events: 800", "No fault found.", "sync usgs: ", "deleted: 0"):
        assert words in text
    with EventDatabase(cache / "events.sqlite") as database, database.file.writing() as raw:
        raw.execute("DELETE FROM aliases WHERE origin = 1")
    assert "solutions without their own id: 1" in run("status", "--check", code=1)


@pytest.mark.parametrize("ending", ["csv", "xlsx", "geojson", "parquet", "xml"])
def test_events_are_written_in_every_format(filled, tmp_path, ending):
    file = tmp_path / f"out.{ending}"
    limits = ["--min-magnitude", 3.5, "--agency", "usgs"]
    assert "events written to" in run("export", file, *limits)
    expected = int(run("list", *limits, "--limit", 1).split()[-2])
    assert count_in(file) == expected > 0
    assert "--overwrite" in run("export", file, *limits, code=2)
    run("export", file, *limits, "--overwrite")
    assert [path.name for path in tmp_path.iterdir() if "out" in path.name] == [file.name]


def test_a_folder_that_is_missing_is_named(filled, tmp_path):
    folder = tmp_path / "missing"
    error = run("export", folder / "out.csv", code=1)
    assert f"There is no folder: {folder}" in "".join(error.splitlines())
    assert ".part" not in error
    assert not folder.exists()


def count_in(file):
    if file.suffix == ".csv":
        rows = [line for line in file.read_text("utf-8-sig").splitlines() if line[:1] != "#"]
        return len(pd.read_csv(io.StringIO("\n".join(rows))))
    if file.suffix == ".xlsx":
        return openpyxl.load_workbook(file).worksheets[0].max_row - 1
    if file.suffix == ".geojson":
        return len(json.loads(file.read_text())["features"])
    if file.suffix == ".xml":
        return file.read_text().count("<event ")
    return len(pd.read_parquet(file))


def test_cleaning_says_what_it_would_set_aside(filled, tmp_path):
    text = run("clean", "--output", tmp_path / "kept.parquet")
    kept = len(pd.read_parquet(tmp_path / "kept.parquet"))
    assert f"{kept} of 800 events kept" in text
    assert "other-agency" in text
    assert "non-tectonic" in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["list"], "There is no event database"),
        (["sync", "--region", "1,2"], "give a name, four numbers"),
        (["sync", "--region", "jpan", "--start", "2020"], "Did you mean 'japan'"),
        (["sync"], "give a start"),
        (["sync", "--agency", "nowhere", "--start", "2020"], "nowhere"),
        (["sync", "--start", "someday"], "someday"),
        (["export", "a.doc"], "There is no event database"),
    ],
)
def test_wrong_input_is_one_line(arguments, words):
    text = run(*arguments, code=2)
    assert words in text
    assert len(text.strip().splitlines()) == 1


def test_wrong_names_in_a_database(filled, tmp_path):
    assert "no event with the id 'nope'" in run("show", "nope", code=2)
    assert "allowed: .csv" in run("export", tmp_path / "a.doc", code=2)
    assert "Error: The order is 'size'" in run("list", "--order", "size", code=2)


def test_a_service_that_is_away_is_one_line(tmp_path):
    text = run("sync", "--start", "2020", "--base-url", "http://127.0.0.1:9", code=2)
    assert "cannot be reached" in text.splitlines()[-1]


@pytest.mark.skipif(os.name == "nt", reason="Windows sends another signal")
def test_ctrl_c_says_how_to_go_on(server, tmp_path):
    file = tmp_path / "stopped.sqlite"
    server.inject("hang", seconds=20, method="query", after=1, times=1)
    command = [sys.executable, "-m", "analysis.cli", "events", "sync", "--agency", "emsc"]
    command += ["--start", "2014", "--end", "2024", "--base-url", server.emsc_url]
    command += ["--database", str(file)]
    asked = len(server.asked("query"))
    child = subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # ignored behind nohup
    )
    while len(server.asked("query")) < asked + 2 and child.poll() is None:
        time.sleep(0.02)
    child.send_signal(signal.SIGINT)
    _, said = child.communicate(timeout=60)
    assert child.returncode == 130
    assert "To continue, give the same command again." in said
    assert "Traceback" not in said
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "An interrupted sync was finished." in done.stdout
    with EventDatabase(file) as database:
        assert database.count() == 400


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_is_translated(language):
    from analysis.seismic.syncreport import SyncReport

    report = SyncReport("usgs", "full", "2020-01-01", "2021-01-01", new=3, vanished=1, requests=2)
    words = {"kk": "толық тізім", "ru": "полный список", "en": "complete list"}
    text = report.text(translator(language))
    assert words[language] in text.splitlines()[0]
    assert len(text.splitlines()) == 4
