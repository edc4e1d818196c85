"""``qazcube fetch``: from the wish to the cube, stopped and killed on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from typer.testing import CliRunner

from analysis import cli
from analysis.cubes import open_cube
from analysis.service import checks
from analysis.sources import open_source
from analysis.sources.fetching import fetch
from tests.sources.fetching.conftest import QUICK


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setenv("QAZCUBE_LANGUAGE", "en")
    monkeypatch.setenv("QAZCUBE_REQUEST_PAUSE", "0")


def run(*arguments, code=0):
    result = CliRunner().invoke(cli.app, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    return result.output


def grid(month, size=6):
    values = np.full((1, size, size), 0.5 * month)
    return xr.Dataset(
        {"lwe_thickness": (("time", "lat", "lon"), values, {"units": "cm"})},
        {
            "time": [pd.Timestamp(2020, month, 15)],
            "lat": np.linspace(40, 50, size),
            "lon": np.linspace(60, 70, size),
        },
    )


@pytest.fixture
def months(server, source, tmp_path):
    """A monthly grid on the server: January, February and April 2020."""
    for month in (1, 2, 4):
        grid(month).to_netcdf(tmp_path / "one.nc")
        server.files[f"t_20200{month}.nc"] = (tmp_path / "one.nc").read_bytes()
    way = {"how": "files", "urls": [server.url("t_{date:%Y%m}.nc")], "step": "P1M"}
    return source(way, pattern="*.nc", units={"lwe_thickness": "cm"}, citation="Made by the tests.")


def test_from_nothing_to_a_cube_and_one_month_more(server, months):
    with pytest.raises(ValueError, match=r"qazcube fetch tide --region \w+ --start"):
        open_source("tide")
    wish = ["fetch", "tide", "--region", "60,40,70,50", "--start", "2020-01", "--end"]
    text = run(*wish, "2020-02", "--list")
    assert "2 files to download" in text
    assert "t_202001.nc" in text
    assert "CC0-1.0" in text
    assert not months.exists() or not list(months.glob("*.nc"))
    text = run(*wish, "2020-02")
    assert "2 files came" in text
    assert "Cube tide: lwe_thickness; 2 times." in text
    assert len(open_cube("tide").times) == 2
    assert "tide is up to date" in run(*wish, "2020-02")
    text = run(*wish, "2020-04")
    assert "1 files came" in text
    assert "2 were here already" in text
    assert "1 files are nowhere, which may be days without data: t_202003.nc" in text
    cube = open_cube("tide")
    assert [str(one)[:7] for one in cube.times] == ["2020-01", "2020-02", "2020-04"]
    np.testing.assert_allclose(cube.series(65, 45, "lwe_thickness"), [0.5, 1.0, 2.0])
    assert "tide" in run("sources")
    assert "3 files, " in next(one for one in run("sources").splitlines() if "tide" in one)


def test_a_source_is_shown_with_how_it_comes(source):
    way = {"how": "service", "words": {"en": "Click here", "kk": "Осында басыңыз", "ru": "Жмите"}}
    source(way, provider="Tide office", homepage="https://example.org/tide", latency="P60D")
    text = run("sources", "show", "tide")
    for words in ("Click here", "Tide office", "https://example.org/tide", "P60D"):
        assert words in text
    source({"how": "files", "urls": ["https://example.org/a.nc"]})
    assert "qazcube fetch tide --region kazakhstan_central_asia" in run("sources", "show", "tide")


def test_without_a_cube(server, months):
    text = run("fetch", "tide", "--start", "2020-01", "--end", "2020-01", "--no-ingest", "-y")
    assert "Cube" not in text
    assert open_source("tide").sizes["time"] == 1


def test_exit_codes_and_reasons(server, months):
    assert "Did you mean 'tide'" in run("fetch", "tied", code=2)
    assert "covers" in run("fetch", "wind", "--start", "2020", "--end", "2021", code=2)
    assert "packaged" in run("fetch", "wind", code=2)
    assert "NAME=VALUE" in run("fetch", "tide", "--choose", "frame", code=2)
    server.fault("t_202001.nc", "corrupt", times=None)
    text = run("fetch", "tide", "--start", "2020-01", "--end", "2020-02", code=1)
    assert "1 of 2 files did not come" in text
    assert "1 files came" in text
    assert "is no .nc file" in text
    assert "Traceback" not in text


def test_a_part_has_a_cube_of_its_own(server, source, tmp_path):
    for part, month in (("A", 1), ("B", 2)):
        grid(month).to_netcdf(tmp_path / "one.nc")
        server.files[f"{part}/tide.nc"] = (tmp_path / "one.nc").read_bytes()
    way = {"how": "files", "urls": [server.url("{part}/tide.nc")], "folder": "{part}"}
    source({**way, "choose": {"part": "[A-Z]"}}, pattern="*/*.nc", units={"lwe_thickness": "cm"})
    for part in "AB":
        assert f"Cube tide_{part}: " in run("fetch", "tide", "--choose", f"part={part}")
    assert float(open_cube("tide_A").series(65, 45, "lwe_thickness")[0]) == 0.5
    assert float(open_cube("tide_B").series(65, 45, "lwe_thickness")[0]) == 1.0


def test_nothing_there_and_then_is_told(server, source):
    server.files["2019.bin"] = b"x"
    pattern = r"(?P<date>\d{4})\.bin"
    source({"how": "listing", "base": server.url("").rstrip("/"), "pattern": pattern})
    text = run("fetch", "tide", "--start", "2020", "--end", "2020", code=2)
    assert "The source tide has no files for this region and period." in text


def test_what_came_and_is_no_grid_stays(server, months):
    server.files["t_202001.nc"] = b"CDF\x01 not really"
    text = run("fetch", "tide", "--start", "2020-01", "--end", "2020-01", code=1)
    assert "The files are here, but no cube was made" in text
    assert (months / "t_202001.nc").exists()


COMMAND = "fetch tide --start 2020-01 --end 2020-01 --no-ingest --yes"
CHILD = f"from analysis.cli import app; app({COMMAND.split()!r})"
STOPPED = {signal.SIGKILL: -signal.SIGKILL, signal.SIGINT: 130}


@pytest.mark.parametrize(
    "ending", [signal.SIGKILL, pytest.param(signal.SIGINT, marks=pytest.mark.slow)]
)
def test_killed_in_the_middle_it_goes_on(server, source, ending):
    data = b"CDF\x01" + np.random.default_rng(1).bytes(2_000_000)
    server.files["t_202001.nc"] = data
    way = {"how": "files", "urls": [server.url("t_{date:%Y%m}.nc")], "step": "P1M"}
    folder = source(way, pattern="*.nc")
    server.fault("t_202001.nc", "slow", times=2, rate=400_000)  # the size, then the file
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD], stderr=subprocess.PIPE, text=True, env={**os.environ}
    )
    part = folder / ".t_202001.nc.part"
    deadline = time.monotonic() + 60
    while not (part.exists() and part.stat().st_size > 200_000):
        assert time.monotonic() < deadline
        assert child.poll() is None, child.stderr.read()
        time.sleep(0.02)
    child.send_signal(ending)
    assert child.wait(30) == STOPPED[ending]
    if ending == signal.SIGINT:
        assert "Stopped; what came is kept." in child.stderr.read()
    assert [one.name for one in folder.glob("*") if one.name[0] != "."] == []
    here = part.stat().st_size
    assert 200_000 < here < len(data)
    report = fetch("tide", None, "2020-01", "2020-01", **QUICK)
    assert report.fetched == [folder / "t_202001.nc"]
    assert (folder / "t_202001.nc").read_bytes() == data
    assert server.requests[-1].headers["range"] == f"bytes={here}-"
    assert server.requests[-1].sent == len(data) - here
    assert not part.exists()


def test_doctor_says_which_accounts_are_set_up(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("EARTHDATA_TOKEN", "t0p-secret")
    texts = [one.text for one in checks._accounts(str)]
    assert "NASA Earthdata Login: set up, in the environment" in texts
    assert any("Copernicus Data Space Ecosystem: not set up; get one at" in one for one in texts)
    assert not any("t0p-secret" in one for one in texts)
