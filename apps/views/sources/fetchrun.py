"""The one fetch of this process: begun by a visitor who may, followed and stopped by all."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from analysis.cubes.appending import renew
from analysis.sources import fetching
from apps.views.background import Background, Progress, allowed

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Fetching(Progress):
    """How far the fetch is; ``phase`` is "files" or "cube"."""

    source: str = ""
    phase: str = "files"
    files: int = 0
    all_files: int = 0
    size: int = 0
    report: Any = None
    cube: str = ""


class FetchRunner(Background[Fetching]):
    """The fetch; one at a time, whose visitor may leave.

    Parameters
    ----------
    bring, make : callable, optional
        Instead of :func:`analysis.sources.fetching.fetch` and
        :func:`analysis.cubes.appending.renew`.
    """

    def __init__(
        self, bring: Callable[..., Any] = fetching.fetch, make: Callable[..., Any] = renew
    ):
        super().__init__(Fetching(), "qazcube-fetch")
        self._bring, self._make = bring, make

    def start(self, plan: Any) -> bool:
        """Begin what a plan says; False where a fetch is under way already.

        Raises
        ------
        PermissionError
            The setting does not allow it.
        """
        return self.begin(lambda stop: self._work(plan, stop), source=plan.entry.name)

    def _work(self, plan: Any, stop: threading.Event) -> None:
        state, name = "done", plan.entry.name
        error: Exception | None = None
        try:
            report = self._bring(plan, progress=self._told, cancel=stop)
            self.tell(report=report)
            if report.cancelled or stop.is_set():
                state = "stopped"
            elif plan.entry.kind == "grid" and (report.fetched or report.present):
                self.tell(phase="cube", share=0.0)
                self._make(name, name, report.fetched, progress=self._ingested)
                self.tell(cube=name)
        except Exception as failure:
            plain = isinstance(failure, ValueError | fetching.FetchError)
            log.warning("The fetch of %s failed: %s", name, failure, exc_info=not plain)
            state, error = "failed", failure
            self.tell(report=getattr(failure, "report", None) or self.progress.report)
        self.end(state, error)

    def _told(self, now: Any) -> None:
        done, total = (now.done, now.total) if now.total else (now.files, now.all_files)
        share = min(done / max(total, 1), 1.0)
        self.tell(share=share, files=now.files, all_files=now.all_files, size=now.done)

    def _ingested(self, done: int, total: int) -> None:
        self.tell(share=done / total if total else 0.0)


runner = FetchRunner()
"""The fetch of this process."""

__all__ = ["FetchRunner", "Fetching", "allowed", "runner"]
