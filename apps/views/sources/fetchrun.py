"""The one fetch of this process: begun by a visitor who may, followed and stopped by all."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from analysis.cubes.appending import renew
from analysis.sources import fetching
from apps.views.earthquakes.syncrun import allowed

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Fetching:
    """How far the fetch is.

    ``state`` is "idle", "running", "stopping", "done", "stopped" or "failed"; ``phase`` is
    "files" or "cube"; ``number`` counts the fetches of this process.
    """

    state: str = "idle"
    number: int = 0
    source: str = ""
    phase: str = "files"
    share: float = 0.0
    files: int = 0
    all_files: int = 0
    size: int = 0
    report: Any = None
    cube: str = ""
    error: Exception | None = None
    ended: pd.Timestamp | None = None

    @property
    def busy(self) -> bool:
        """Whether no other fetch may begin."""
        return self.state in ("running", "stopping")


class FetchRunner:
    """Runs one fetch at a time in a thread of its own; it goes on when its visitor has left.

    Parameters
    ----------
    bring, make : callable, optional
        Instead of :func:`analysis.sources.fetching.fetch` and
        :func:`analysis.cubes.appending.renew`.
    """

    def __init__(
        self, bring: Callable[..., Any] = fetching.fetch, make: Callable[..., Any] = renew
    ):
        self._bring, self._make = bring, make
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.progress = Fetching()

    def start(self, plan: Any) -> bool:
        """Begin what a plan says; False where a fetch is under way already.

        Raises
        ------
        PermissionError
            The setting does not allow it.
        """
        if not allowed():
            raise PermissionError("QAZCUBE_SYNC is off on this server.")
        with self._lock:
            if self.progress.busy:
                return False
            self._stop = threading.Event()
            self.progress = Fetching("running", self.progress.number + 1, plan.entry.name)
            self._thread = threading.Thread(
                target=self._work, args=(plan, self._stop), name="qazcube-fetch", daemon=True
            )
            self._thread.start()
            return True

    def stop(self) -> None:
        """Ask the fetch to stop; what came is kept."""
        with self._lock:
            if self.progress.busy:
                self._stop.set()
                self.progress = replace(self.progress, state="stopping")

    def wait(self, seconds: float = 60.0) -> None:
        """Wait for the end; for scripts and tests."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _tell(self, **news: Any) -> None:
        with self._lock:
            self.progress = replace(self.progress, **news)

    def _work(self, plan: Any, stop: threading.Event) -> None:
        state, name = "done", plan.entry.name
        error: Exception | None = None
        try:
            report = self._bring(plan, progress=self._told, cancel=stop)
            self._tell(report=report)
            if report.cancelled or stop.is_set():
                state = "stopped"
            elif plan.entry.kind == "grid" and (report.fetched or report.present):
                self._tell(phase="cube", share=0.0)
                self._make(name, name, report.fetched, progress=self._ingested)
                self._tell(cube=name)
        except Exception as failure:
            plain = isinstance(failure, ValueError | fetching.FetchError)
            log.warning("The fetch of %s failed: %s", name, failure, exc_info=not plain)
            state, error = "failed", failure
            self._tell(report=getattr(failure, "report", None) or self.progress.report)
        now = pd.Timestamp.now("UTC").tz_localize(None).floor("s")
        share = 1.0 if state == "done" else self.progress.share
        self._tell(state=state, error=error, share=share, ended=now)

    def _told(self, now: Any) -> None:
        done, total = (now.done, now.total) if now.total else (now.files, now.all_files)
        share = min(done / max(total, 1), 1.0)
        self._tell(share=share, files=now.files, all_files=now.all_files, size=now.done)

    def _ingested(self, done: int, total: int) -> None:
        self._tell(share=done / total if total else 0.0)


runner = FetchRunner()
"""The fetch of this process."""

__all__ = ["FetchRunner", "Fetching", "allowed", "runner"]
