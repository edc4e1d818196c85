"""What the measurements in Chromium share: the server, the browser, waiting, the table."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil
from playwright.sync_api import Browser, Page, sync_playwright

from analysis.service.server import Site, pages, serve_arguments
from analysis.settings import ROOT

CHROMIUM = Path("/usr/bin/chromium")
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
SWITCHES += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
PATIENCE = 90_000  # ms

Row = tuple[str, str, str, bool]
"""What was measured, the figures, the target, and whether it is met."""


class Server:
    """The product's own server in a process of its own."""

    def __init__(self, port: int, process: subprocess.Popen[bytes]):
        self.url = f"http://127.0.0.1:{port}/explorer?lang=en"
        self._process = psutil.Process(process.pid)

    def cpu(self) -> float:
        """Seconds of processor time used so far."""
        used = self._process.cpu_times()
        return float(used.user + used.system)

    def memory(self) -> float:
        """Resident memory, MB."""
        return float(self._process.memory_info().rss / 1e6)


@contextmanager
def serve(cache: Path) -> Iterator[Server]:
    """Start the server and stop it at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    arguments = serve_arguments(Site(port=port), pages())
    environment = os.environ | {"QAZCUBE_CACHE": str(cache), "PYTHONPATH": str(ROOT)}
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "panel", "serve", *arguments],
            env=environment,
            stdout=log,
            stderr=log,
        )
        try:
            for _ in range(600):
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/liveness", timeout=5):
                        break
                except OSError:
                    if process.poll() is not None:
                        log.seek(0)
                        raise RuntimeError(log.read().decode()[-2000:]) from None
                    time.sleep(0.2)
            yield Server(port, process)
        finally:
            process.terminate()
            process.wait(timeout=30)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser and stop it at the end."""
    with sync_playwright() as playwright:
        path = str(CHROMIUM) if CHROMIUM.exists() else None
        browser = playwright.chromium.launch(executable_path=path, args=SWITCHES)
        yield browser
        browser.close()


def open_page(browser: Browser, url: str, script: str, patience: int = PATIENCE) -> Page:
    """Open an address in a context of its own, with a script that watches the page."""
    page = browser.new_context(viewport={"width": 1400, "height": 900}, locale="en-GB").new_page()
    page.set_default_timeout(patience)
    page.add_init_script(script)
    page.goto(url, wait_until="commit", timeout=patience)
    return page


def first_view(page: Page) -> float:
    """Wait for the first useful view; milliseconds from the navigation to it."""
    page.wait_for_function("() => window.bench && bench.first", polling=200)
    settle(page)
    return float(page.evaluate("() => bench.first"))


def settle(page: Page) -> None:
    """Wait until nothing that the script counts has come for 0.5 s."""
    page.wait_for_function(
        """() => { if (bench.seen != bench.changes) { bench.seen = bench.changes
                     bench.since = performance.now() }
                   return performance.now() - (bench.since || 0) > 500 }""",
        polling=50,
    )


def waited(page: Page, event: str, what: str, *, last: bool = False) -> float:
    """Milliseconds from the last event of the pointer to what it painted first, or last."""
    page.wait_for_function(
        "([event, what]) => bench[event] && bench[what] > bench[event]",
        arg=[event, what],
        polling=20,
    )
    if last:
        settle(page)
    return float(page.evaluate("([a, b]) => bench[b] - bench[a]", [event, what]))


def brief(value: float) -> str:
    """Write a number with three digits, without an exponent."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def table(rows: Sequence[Row], measured: str = "median / p95") -> str:
    """Write the rows in Markdown."""
    head = f"| measured | {measured} | target | met |\n|---|---|---|---|\n"
    return head + "".join(
        f"| {label} | {figures} | {target} | {'yes' if met else 'no'} |\n"
        for label, figures, target, met in rows
    )
