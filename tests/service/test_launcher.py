"""The tile in JupyterLab's launcher, and what it opens."""

from __future__ import annotations

import importlib.metadata
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from analysis.service.launcher import setup_qazcube

CHROMIUM = Path("/usr/bin/chromium")
LOGIN = "letmein"


def test_the_server_is_reached_through_jupyter_only():
    command = setup_qazcube()["command"]
    assert command[:3] == [sys.executable, "-m", "analysis.cli"]
    assert command[command.index("--address") + 1] == "127.0.0.1"
    assert command[command.index("--prefix") + 1] == "{base_url}qazcube"
    assert command[command.index("--port") + 1] == "{port}"


def test_the_tile_has_a_picture_and_leads_to_the_explorer():
    entry = setup_qazcube()["launcher_entry"]
    assert Path(entry["icon_path"]).read_text().startswith("<svg")
    assert entry["path_info"] == "qazcube/explorer"


def test_jupyter_server_proxy_finds_the_tile():
    found = importlib.metadata.entry_points(group="jupyter_serverproxy_servers")
    if "qazcube" not in found.names:
        pytest.skip("the package is not installed (pip install -e .)")
    assert found["qazcube"].load() is setup_qazcube


@pytest.fixture
def lab(tmp_path):
    """Start a JupyterLab behind a prefix, as a hub does, and give its address."""
    pytest.importorskip("jupyterlab", reason="needs the extra 'jupyter'")
    pytest.importorskip("jupyter_server_proxy", reason="needs the extra 'jupyter'")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {**os.environ, "QAZCUBE_LANGUAGE": "en", "QAZCUBE_TILES": ""}
    for name in ("CACHE", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        env["QAZCUBE_CACHE" if name == "CACHE" else name] = str(tmp_path / name.lower())
    home = tmp_path / "home"
    home.mkdir()
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += ["--ServerApp.ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0"]
    command += [f"--IdentityProvider.token={LOGIN}", "--ServerApp.base_url=/user/aigerim/"]
    command += [f"--ServerApp.root_dir={home}", "--LabApp.news_url="]
    with (tmp_path / "lab.txt").open("w") as log:
        process = subprocess.Popen(command, env=env, stdout=log, stderr=log, cwd=home)
    base = f"http://127.0.0.1:{port}/user/aigerim"
    try:
        wait_for(f"{base}/api/status?token={LOGIN}", process)
        yield base, tmp_path / "lab.txt"
    finally:
        process.terminate()
        process.wait(timeout=30)


def wait_for(url, process, patience=120):
    end = time.monotonic() + patience
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 - our own loopback
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
        else:
            return
    pytest.fail(f"JupyterLab did not start within {patience} s")


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.timeout(600)
def test_a_student_opens_the_explorer_from_the_launcher_and_clicks_the_map(lab):
    from playwright.sync_api import sync_playwright

    base, log = lab
    errors = []
    with sync_playwright() as playwright:
        path = {"executable_path": str(CHROMIUM)} if CHROMIUM.exists() else {}
        browser = playwright.chromium.launch(
            args=["--no-sandbox", "--disable-dev-shm-usage"], **path
        )
        context = browser.new_context(viewport={"width": 1400, "height": 900}, locale="en-GB")
        context.set_default_timeout(300_000)
        page = context.new_page()
        page.goto(f"{base}/qazcube/explorer")
        assert "/login" in page.url, "without Jupyter's login the pages must stay shut"
        page.goto(f"{base}/lab?token={LOGIN}")
        tile = page.locator(".jp-LauncherCard", has_text="Qazcube").first
        with context.expect_page() as opened:
            tile.click()
        explorer = opened.value
        explorer.on("pageerror", lambda error: errors.append(str(error)))
        explorer.wait_for_function(
            "() => window.Bokeh && Bokeh.documents.length && Bokeh.documents[0].is_idle"
        )
        explorer.wait_for_timeout(1500)
        assert explorer.url.startswith(f"{base}/qazcube/explorer")
        # A third from the left, in the middle: the tropical Atlantic or South America.
        box = explorer.locator(".bk-Figure").first.bounding_box()
        explorer.mouse.click(box["x"] + box["width"] * 0.33, box["y"] + box["height"] * 0.5)
        place = re.compile(r"1: \d+(\.\d+)?° [NS], \d+(\.\d+)?° W")
        explorer.get_by_text(place).first.wait_for(timeout=30_000)
        assert "points=-" in explorer.url
        said = log.read_text()  # before the browser is gone, which tornado calls an error
        browser.close()
    assert errors == []
    assert "Traceback" not in said
