"""The page server: Panel serving the files of ``apps/``."""

from __future__ import annotations

import os
import re
import signal
import socket
import sys
import threading
import time
import webbrowser
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import psutil

from analysis.settings import ROOT

HOME = "home"
_PATH_PART = re.compile(r"[\w.~%@+,:=-]+")
PATIENCE = 5.0
"""How long worker processes may take to stop, seconds."""


@dataclass(frozen=True)
class Site:
    """Where and how the pages are served.

    Attributes
    ----------
    port, address
        Where to listen.
    prefix
        Path before every address, for a proxy that keeps it; "" for none.
    origins
        Hosts whose pages may open a websocket; empty for this machine only.
    processes, threads
        Worker processes, and threads of each for callbacks; 0 threads for none beside the main.
    warm
        Whether each page is run once before the first visitor comes; one process only.
    debug
        Whether the server logs every connection.

    Raises
    ------
    ValueError
        The prefix is no path of an address.
    """

    port: int = 5006
    address: str = "127.0.0.1"
    prefix: str = ""
    origins: Sequence[str] = ()
    processes: int = 1
    threads: int = 0
    warm: bool = True
    debug: bool = False

    def __post_init__(self) -> None:
        parts = self.prefix.strip("/").split("/") if self.prefix.strip("/") else []
        if not all(_PATH_PART.fullmatch(part) and part not in (".", "..") for part in parts):
            message = (
                f"The prefix is {self.prefix!r}; it must be a path such as /user/anna/qazcube "
            )
            raise ValueError(message + "of letters, digits and - . _ ~ % @ + , : =.")

    @property
    def url(self) -> str:
        """Address of the home page as seen from this machine."""
        host = "127.0.0.1" if self.address in ("0.0.0.0", "::", "") else self.address  # noqa: S104
        path = self.prefix.strip("/")
        return f"http://{host}:{self.port}/{path + '/' if path else ''}{HOME}"


def pages() -> list[Path]:
    """Return the pages: every Python file directly in ``apps/``.

    Returns
    -------
    list of pathlib.Path
        Files, sorted by name.

    Raises
    ------
    ValueError
        If there is none, or no home page.

    Examples
    --------
    >>> "explorer" in [page.stem for page in pages()]
    True
    """
    found = sorted((ROOT / "apps").glob("*.py"))
    if HOME not in [page.stem for page in found]:
        msg = f"There is no page {HOME}.py in {ROOT / 'apps'}; the installation is not complete."
        raise ValueError(msg)
    return found


def serve_arguments(site: Site, files: Sequence[Path]) -> list[str]:
    """Return the arguments of ``panel serve``.

    Parameters
    ----------
    site
        Where and how to serve.
    files
        The pages.

    Returns
    -------
    list of str
        Arguments after ``panel serve``.

    Examples
    --------
    >>> arguments = serve_arguments(Site(port=8000), [Path("home.py")])
    >>> arguments[arguments.index("--allow-websocket-origin") + 1]
    'localhost:8000'
    """
    arguments = [*map(str, files), "--port", str(site.port), "--address", site.address]
    for origin in site.origins or (f"localhost:{site.port}", f"127.0.0.1:{site.port}"):
        arguments += ["--allow-websocket-origin", origin]
    arguments += ["--index", HOME, "--liveness", "--num-procs", str(site.processes)]
    arguments += ["--log-level", "debug" if site.debug else "warning"]
    if site.threads:
        arguments += ["--num-threads", str(site.threads)]
    if site.prefix.strip("/"):
        arguments += ["--prefix", "/" + site.prefix.strip("/")]
    # Pages run before the fork would leave all workers one event loop, deaf to signals.
    return [*arguments, "--warm"] if site.warm and site.processes == 1 else arguments


def check_port(site: Site) -> None:
    """Refuse a port on which the server cannot listen.

    Parameters
    ----------
    site
        Where to serve.

    Raises
    ------
    ValueError
        If the port is taken, or the address is not one of this machine.
    """
    family = socket.AF_INET6 if ":" in site.address else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((site.address, site.port))
        except OSError as error:
            msg = (
                f"The server cannot listen on {site.address}, port {site.port} "
                f"({error.strerror or error}). Choose another with --port."
            )
            raise ValueError(msg) from error


def serve(
    site: Site, *, browser: bool = False, listening: Callable[[], None] | None = None
) -> None:
    """Serve the pages until the process is stopped.

    Parameters
    ----------
    site
        Where and how to serve.
    browser
        Whether a browser opens the home page as soon as the server answers.
    listening
        Called, in a thread of its own, when the server listens.

    Raises
    ------
    ValueError
        If the port is taken or the pages are missing.
    """
    check_port(site)
    arguments = serve_arguments(site, pages())
    from panel.command import main

    from analysis.uploads import keep_tidy

    keep_tidy()
    tasks = [*([listening] if listening else []), *([lambda: webbrowser.open(site.url)] * browser)]
    threading.Thread(target=_when_listening, args=(site, tasks), daemon=True).start()
    if site.processes > 1:
        _stop_together()
    sys.argv = ["panel", "serve", *arguments]  # Panel's command reads them from there
    main()


def _stop_together() -> None:
    """Make a signal that stops this process stop its worker processes as well."""
    parent = os.getpid()

    def stop(number: int, _frame: FrameType | None) -> None:
        if os.getpid() == parent:
            workers = psutil.Process().children()
            for worker in workers:
                worker.terminate()
            for worker in psutil.wait_procs(workers, timeout=PATIENCE)[1]:
                worker.kill()
            raise SystemExit(0)
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        raise SystemExit(0)

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)


def _when_listening(
    site: Site, tasks: Sequence[Callable[[], object]], patience: float = 120.0
) -> None:
    """Run the tasks when something listens on the port."""
    end = time.monotonic() + patience
    host = site.url.split("//")[1].rsplit(":", 1)[0]
    while tasks and time.monotonic() < end:
        try:
            socket.create_connection((host, site.port), timeout=1).close()
        except OSError:
            time.sleep(0.2)
        else:
            for task in tasks:
                task()
            return
