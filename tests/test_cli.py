"""The command line."""

from __future__ import annotations

import errno
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from typer.testing import CliRunner

from analysis import cli
from analysis.language import translator


@pytest.fixture(autouse=True)
def english(monkeypatch, tmp_path):
    monkeypatch.setattr(cli, "_", translator("en"))
    monkeypatch.setenv("QAZCUBE_LANGUAGE", "en")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))  # catalogue of our own
    for name in ("QAZCUBE_CATALOG", "QAZCUBE_COMPUTE", "QAZCUBE_DASK"):
        monkeypatch.delenv(name, raising=False)


def run(*arguments, code=0):
    result = CliRunner().invoke(cli.app, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    if code:
        assert "Traceback" not in result.output
    return result.output


@pytest.fixture
def grid_file(tmp_path):
    grid = xr.Dataset(
        {
            "level": (
                ("time", "latitude", "longitude"),
                np.arange(2 * 3 * 4, dtype="float32").reshape(2, 3, 4),
                {"units": "m", "long_name": "Level"},
            )
        },
        coords={
            "time": pd.to_datetime(["2020-01-01", "2020-02-01"]),
            "latitude": [40.0, 41.0, 42.0],
            "longitude": [60.0, 61.0, 62.0, 63.0],
        },
    )
    grid.to_netcdf(tmp_path / "my-lake.nc")
    return tmp_path / "my-lake.nc"


def test_sources_are_listed_with_what_is_simulated(cache):
    lines = run("sources").splitlines()
    assert lines[0].split() == ["name", "kind", "access", "here", "simulated", "cadence", "title"]
    wind = next(line for line in lines if line.startswith("wind "))
    gravity = next(line for line in lines if line.startswith("gravity_simulated "))
    assert " yes " in gravity
    assert " yes " not in wind


def test_a_source_is_shown_with_licence_and_citation(cache):
    text = run("sources", "show", "wind")
    for word in ("u_wind (m/s)", "public domain", "1982-01-01", "Ferret"):
        assert word in text


def test_an_unknown_source_gets_a_suggestion(cache):
    assert "Did you mean 'wind'" in run("sources", "show", "wimd", code=2)
    assert "Did you mean 'wind'" in run("ingest", "wimd", code=2)


def test_a_file_is_added_and_becomes_a_cube(cache, grid_file):
    assert "Added my_lake (grid)" in run("sources", "add", grid_file, "--title", "My lake")
    assert "My lake" in run("sources")
    assert "Cube my_lake: level; 2 times" in run("ingest", "my_lake")
    from analysis.cubes import open_cube

    series = open_cube("my_lake").series(61, 41)
    np.testing.assert_array_equal(series, [5, 17])


def test_a_cube_is_replaced_only_when_asked(cache, grid_file):
    run("sources", "add", grid_file, "--name", "lake", "--licence", "CC0")
    run("ingest", "lake")
    assert "give --overwrite to replace it" in run("ingest", "lake", code=2)
    run("ingest", "lake", "--overwrite")
    assert "'lake' already" in run("sources", "add", grid_file, "--name", "lake", code=2)
    run("sources", "add", grid_file, "--name", "lake", "--overwrite", "--simulated")
    assert "yes" in run("sources", "show", "lake")


def test_files_that_cannot_be_added_say_why(cache, tmp_path):
    broken = tmp_path / "broken.nc"
    broken.write_text("this is no NetCDF")
    assert "Error: " in run("sources", "add", broken, code=2)
    assert "Error: " in run("sources", "add", tmp_path / "absent.csv", code=2)
    text = run("sources", "add", broken, "--units", "metres", code=2)
    assert "give NAME=UNIT" in text
    assert "broken" not in run("sources")


def test_only_grids_become_cubes(cache):
    assert "only gridded sources" in run("ingest", "plates", code=2)


def interrupt(*_, **__):
    raise KeyboardInterrupt


def fill_the_disk(*_, **__):
    raise OSError(errno.ENOSPC, "No space left on device", "/full/disk")


def test_an_interrupted_ingest_says_how_to_go_on(cache, monkeypatch):
    monkeypatch.setattr("analysis.cubes.ingest", interrupt)
    text = run("ingest", "wind", "--overwrite", code=130)
    assert "what is written is kept" in text
    assert "qazcube ingest wind --overwrite" in text


def test_a_full_disk_is_one_line(cache, monkeypatch):
    monkeypatch.setattr("analysis.cubes.ingest", fill_the_disk)
    text = run("ingest", "wind", code=1)
    assert "Error: No space left on device: /full/disk" in text.splitlines()


def test_debug_shows_the_whole_error(cache):
    result = CliRunner().invoke(cli.app, ["--debug", "sources", "show", "wimd"])
    assert isinstance(result.exception, ValueError)
    run("sources", "show", "wimd", code=2)  # and is off again


@pytest.mark.parametrize("arguments", [["serve", "--port", "0"], ["nonsense"], ["ingest"]])
def test_wrong_arguments_end_with_two(arguments):
    run(*arguments, code=2)


def test_doctor_lists_what_it_looked_at(cache):
    text = CliRunner().invoke(cli.app, ["doctor"]).output
    for word in ("Versions", "panel 1.", "processors", "QAZCUBE_CACHE = ", "MB used", "sources"):
        assert word in text


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("QAZCUBE_COMPUTE", "gpu", "no GPU can be used"),
        ("QAZCUBE_COMPUTE", "abacus", "must be one of auto, cpu, gpu"),
        ("QAZCUBE_LANGUAGE", "fr", "must be kk, ru or en"),
        ("MEM_LIMIT", "much", "MEM_LIMIT is 'much'"),
        ("QAZCUBE_DASK", "nowhere", "QAZCUBE_DASK is 'nowhere'"),
    ],
)
def test_doctor_finds_wrong_settings(cache, monkeypatch, name, value, message):
    monkeypatch.setenv(name, value)
    text = run("doctor", code=1)
    assert any(line.startswith("  BROKEN: ") and message in line for line in text.splitlines())


def test_doctor_warns_of_a_misspelt_setting(cache, monkeypatch):
    monkeypatch.setenv("QAZCUBE_CASHE", "/tmp")  # noqa: S108
    text = CliRunner().invoke(cli.app, ["doctor"]).output
    assert "WARNING: QAZCUBE_CASHE is no setting" in text


def test_doctor_finds_a_cache_that_cannot_be_made(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("QAZCUBE_CACHE", str(tmp_path / "file" / "cache"))
    text = run("doctor", code=1)
    assert "cannot be created" in text
    assert "Set QAZCUBE_CACHE" in text


def test_the_language_of_the_terminal(monkeypatch):
    for name in ("QAZCUBE_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    assert cli.terminal_language() == "en"
    monkeypatch.setenv("LANG", "ru_RU.UTF-8")
    assert cli.terminal_language() == "ru"
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    assert cli.terminal_language() == "en"
    monkeypatch.setenv("QAZCUBE_LANGUAGE", "kk")
    assert cli.terminal_language() == "kk"


def test_errors_come_without_a_trace_from_a_real_process(tmp_path):
    env = {**os.environ, "QAZCUBE_CACHE": str(tmp_path), "QAZCUBE_LANGUAGE": "en"}
    command = [sys.executable, "-m", "analysis.cli", "ingest", "wimd"]
    result = subprocess.run(command, env=env, capture_output=True, text=True)
    assert result.returncode == 2
    assert result.stderr.strip() == "Error: There is no source 'wimd'. Did you mean 'wind'?"
    assert result.stdout == ""
