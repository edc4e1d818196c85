"""Fixtures of page tests: a real server, a real Chromium, its console and the server's log."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import axe_playwright_python
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from analysis.settings import ROOT
from tests.apps.browserkit import PATIENCE, SCRIPTS
from tests.apps.cubekit import layers

__all__ = ["layers"]
collect_ignore_glob = ["pages/*"]  # served, not imported

APPS = ROOT / "apps"
CHROMIUM = Path("/usr/bin/chromium")
AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
FAULT = re.compile(r"ERROR|CRITICAL|Traceback|Exception|Error\b|A page failed")

# Without these, a fifth of a page's processor time goes into what no test looks at: two pages of
# Chromium's own for its address bar, made anew with each window, and a GPU in software. All but
# the last two names are Playwright's own list, which this one replaces.
OFF = (
    "AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,HttpsUpgrades,MediaRouter,"
    "PaintHolding,ThirdPartyStoragePartitioning,OptimizationHints,PreconnectToSearch,AimEnabled,"
    "WebUIOmniboxPopup,WebUIOmniboxAimPopup"
)
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", f"--disable-features={OFF}"]

# Notes when something was last said on a page's socket, and which of its changes the server has not
# answered yet. A message begins with a header; an answer names in it what it answers.
LISTEN = """(() => {
  const Plain = window.WebSocket
  window.qcTalk = {at: 0, open: new Set()}
  const note = (text, own) => {
    qcTalk.at = performance.now()
    if (typeof text != "string" || !text.startsWith('{"msgid"')) return
    const head = JSON.parse(text)
    if (own && head.msgtype == "PATCH-DOC") qcTalk.open.add(head.msgid)
    if (!own && head.reqid) qcTalk.open.delete(head.reqid)
  }
  window.WebSocket = class extends Plain {
    constructor(...all) { super(...all); this.addEventListener("message", e => note(e.data)) }
    send(data) { note(data, true); super.send(data) }
  }
})()"""
SILENT = """() => {
  if (!(window.Bokeh && Bokeh.documents.length && Bokeh.documents[0].is_idle)) return false
  if (document.getElementById("qc-loading")) return false
  return qcTalk.open.size == 0 && performance.now() - qcTalk.at > 250
}"""
RESTING = """() => {
  const moving = (root) => root.getAnimations().some(one => one.playState == "running"
      && Number.isFinite(one.effect.getComputedTiming().endTime))
    || [...root.querySelectorAll("*")].some(node => node.shadowRoot && moving(node.shadowRoot))
  return !moving(document)
}"""

# what tornado writes when a browser is closed while the server is talking to it
GONE = re.compile(
    r"(Task exception was never retrieved\n)?future: .*WebSocketClosedError\(\)>\n"
    r"(.*\n)*?tornado\.websocket\.WebSocketClosedError\n"
)


@dataclass
class Server:
    """A running server and its log."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path
    seen: int = 0

    def faults(self) -> list[str]:
        """Lines of the log since the last call that tell of an error of ours."""
        text = self.log.read_text(encoding="utf-8", errors="replace")
        new, self.seen = text[self.seen :], len(text)
        return [line for line in GONE.sub("", new).splitlines() if FAULT.search(line)]


def gravity_like() -> xr.Dataset:
    """Small simulated cube whose value tells the place and the month.

    value = longitude + latitude / 1000 + month; dims (time, latitude, longitude).
    """
    time_axis = pd.date_range("2019-01-01", periods=24, freq="MS", unit="ns")
    latitude = np.arange(-87.5, 90, 5.0)
    longitude = np.arange(-177.5, 180, 5.0)
    month = np.arange(24.0)[:, None, None]
    values = longitude[None, None, :] + latitude[None, :, None] / 1000 + month
    ends = time_axis + pd.offsets.MonthBegin(1)
    bounds = np.stack([time_axis.to_numpy(), ends.to_numpy()], axis=1).astype("datetime64[ns]")
    attributes = {
        "units": "cm",
        "long_name": "Equivalent water height",
        "source": "made for the tests",
        "simulated": True,
    }
    dims = ("time", "latitude", "longitude")
    return xr.Dataset(
        {"lwe_thickness": (dims, values.astype("float32"), attributes)},
        {
            "time": time_axis,
            "latitude": ("latitude", latitude, {"units": "degrees_north"}),
            "longitude": ("longitude", longitude, {"units": "degrees_east"}),
            "time_bounds": (("time", "bnds"), bounds),
        },
    ).chunk(time=6)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Cache folder with a small cube, shared by all page tests."""
    from analysis.cubes import ingest

    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QAZCUBE_CACHE", str(folder))
        ingest(gravity_like(), "gravity_simulated", progress=lambda done, total: None)
    return folder


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(server: Server, path: str, seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if server.process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{server.url}{path}", timeout=5):  # noqa: S310
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"the server did not start:\n{server.log.read_text(encoding='utf-8')[-4000:]}")


@pytest.fixture(scope="session")
def server(
    tmp_path_factory: pytest.TempPathFactory, prepared: Path
) -> Iterator[Callable[..., Server]]:
    """Start servers of pages: ``server(pages, *options)``; equal calls share one."""
    running: dict[tuple[str, ...], Server] = {}

    def start(pages: tuple[Path, ...], *options: str, prefix: str = "") -> Server:
        key = (*map(str, pages), *options, prefix)
        if key in running:
            return running[key]
        port = free_port()
        log = tmp_path_factory.mktemp("server") / "log.txt"
        where = ("--prefix", prefix) if prefix else ()
        environment = os.environ | {
            "QAZCUBE_CACHE": str(prepared),
            "PYTHONPATH": str(ROOT),
            "QAZCUBE_LANGUAGE": "",
            "QAZCUBE_TILES": "",
        }
        command = [sys.executable, "-m", "panel", "serve", *map(str, pages), "--port", str(port)]
        command += ["--address", "127.0.0.1", "--liveness", *where, *options]
        with log.open("wb") as file:
            process = subprocess.Popen(
                command, stdout=file, stderr=subprocess.STDOUT, env=environment, cwd=log.parent
            )
        running[key] = Server(f"http://127.0.0.1:{port}{prefix}", process, log)
        wait_for(running[key], "/liveness")
        return running[key]

    yield start
    for one in running.values():
        one.process.terminate()
        one.process.wait(timeout=20)


@pytest.fixture
def site(server: Callable[..., Server]) -> Iterator[Server]:
    """Server of all pages and of the sample page; its log must stay clean."""
    pages = (*sorted(APPS.glob("*.py")), Path(__file__).parent / "pages" / "sample.py")
    one = server(pages, "--warm")
    one.faults()
    yield one
    faults = one.faults()
    assert not faults, "\n".join(faults)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Headless Chromium: the system's, else Playwright's own; a failure in CI where none is."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        options: dict[str, Any] = {"args": FLAGS}
        if CHROMIUM.exists():
            options["executable_path"] = str(CHROMIUM)
        try:
            browser = playwright.chromium.launch(**options)
        except Exception as error:
            reason = f"NO BROWSER: pages were NOT tested in Chromium ({error!s:.200})"
            if os.environ.get("CI", "").lower() == "true":
                pytest.fail(reason)
            pytest.skip(reason)
        yield browser
        browser.close()


@pytest.fixture
def console() -> list[str]:
    """Faults that the browser's console tells; the test fails at its end where there are any."""
    return []


def ours(text: ConsoleMessage) -> bool:
    """Whether a line of the console tells of a fault: an error, or a warning of Bokeh's."""
    return text.type == "error" or (text.type == "warning" and "[bokeh" in text.text)


@pytest.fixture
def browser_page(chromium: Browser, console: list[str]) -> Iterator[Callable[..., Page]]:
    """Open pages: ``browser_page(address, width=1400, locale="en-GB")``, ready for use."""
    contexts = []

    def open_page(
        address: str,
        *,
        width: int = 1400,
        height: int = 900,
        locale: str = "en-GB",
        context: Any = None,
        **options: Any,
    ) -> Page:
        if context is None:
            size = {"width": width, "height": height}
            context = chromium.new_context(viewport=size, locale=locale, **options)
            contexts.append(context)
        page: Page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.add_init_script(LISTEN + SCRIPTS)
        page.on("console", lambda text: console.append(text.text) if ours(text) else None)
        page.on("pageerror", lambda error: console.append(str(error)))
        page.goto(address)
        settle(page)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert console == []


def settle(page: Page) -> None:
    """Wait until the document is drawn, every change answered, and the server silent for 250 ms."""
    page.wait_for_function(SILENT, timeout=PATIENCE)


def rest(page: Page) -> None:
    """Wait as `settle` does, and until nothing on the page moves any more."""
    settle(page)
    page.wait_for_function(RESTING, timeout=PATIENCE, polling=100)


def other_theme(page: Page, name: str = "Light or dark") -> None:
    """Press the button of the theme, and wait until the page wears the other one."""
    before = page.locator("html").get_attribute("data-qc-theme")
    page.get_by_role("button", name=name, exact=True).click()
    page.wait_for_function(
        "before => document.documentElement.dataset.qcTheme != before", arg=before
    )
    rest(page)


@pytest.fixture
def grave() -> Callable[[Page], list[str]]:
    """Find what axe-core calls serious or critical on a page once nothing moves on it."""

    def check(page: Page) -> list[str]:
        rest(page)
        page.evaluate(AXE.read_text(encoding="utf-8"))
        result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{fault['impact']} {fault['id']}: {node['html'][:160]}"
            for fault in result["violations"]
            if fault["impact"] in ("serious", "critical")
            for node in fault["nodes"]
        ]

    return check
