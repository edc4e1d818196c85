"""The one sync of this process: begun by a visitor who may, followed and stopped by all of them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from analysis import settings
from analysis.seismic.database import EventDatabase
from analysis.seismic.sync import AGENCIES, sync
from analysis.seismic.syncreport import SyncReport
from apps.views.earthquakes.catalogues import database_path

log = logging.getLogger(__name__)


class Stopped(Exception):  # noqa: N818 - not an error
    """A visitor has stopped the sync; what is written is kept."""


@dataclass(frozen=True)
class Wish:
    """What is asked for.

    Attributes
    ----------
    agencies : tuple of str
        One after the other.
    start, end : str
        First and last day, UTC; an empty end is now.
    magnitude : float or None
        Least magnitude.
    region : str
        Key of a region; "" for everywhere.
    base_urls : mapping of str to str
        Addresses of the services, where they are not those of the catalogue.
    """

    agencies: tuple[str, ...]
    start: str
    end: str = ""
    magnitude: float | None = None
    region: str = ""
    base_urls: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Progress:
    """How far the sync is.

    ``state`` is "idle", "running", "stopping", "done", "stopped" or "failed"; ``number`` counts
    the syncs of this process.
    """

    state: str = "idle"
    number: int = 0
    agency: str = ""
    share: float = 0.0
    listed: int = 0
    reports: tuple[SyncReport, ...] = ()
    error: Exception | None = None
    ended: pd.Timestamp | None = None

    @property
    def busy(self) -> bool:
        """Whether no other sync may begin."""
        return self.state in ("running", "stopping")


def allowed() -> bool:
    """Whether visitors of this server may bring the database up to date.

    Raises
    ------
    ValueError
        The setting ``QAZCUBE_SYNC`` is neither on nor off.
    """
    value = settings.get("sync").strip().lower()
    if value not in ("on", "off"):
        raise ValueError(f"QAZCUBE_SYNC is {value!r}; it must be on or off.")
    return value == "on"


class Runner:
    """Runs one sync at a time in a thread of its own; it goes on when its visitor has left."""

    def __init__(self, run: Callable[..., SyncReport] = sync):
        self._run = run
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.progress = Progress()

    def start(self, wish: Wish) -> bool:
        """Begin; False where one is under way already.

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
            self._stop.clear()
            self.progress = Progress("running", self.progress.number + 1, wish.agencies[0])
            self._thread = threading.Thread(
                target=self._work, args=(wish,), name="qazcube-sync", daemon=True
            )
            self._thread.start()
            return True

    def stop(self) -> None:
        """Ask the sync to stop after the window under way."""
        with self._lock:
            if self.progress.busy:
                self._stop.set()
                self.progress = replace(self.progress, state="stopping")

    def wait(self, seconds: float = 60.0) -> None:
        """Wait for the end; for scripts and tests."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _work(self, wish: Wish) -> None:
        reports: list[SyncReport] = []
        error: Exception | None = None
        state = "done"
        try:
            with EventDatabase(database_path()) as database:
                for place, agency in enumerate(wish.agencies):
                    listed = sum(report.listed for report in reports)
                    self._tell(agency, place / len(wish.agencies), listed)
                    reports.append(self._one(database, wish, place, listed))
        except Stopped:
            state = "stopped"
        except Exception as failure:
            trace = not isinstance(failure, ValueError)
            log.warning("The sync failed: %s", failure, exc_info=trace)
            state, error = "failed", failure
        with self._lock:
            self.progress = replace(
                self.progress,
                state=state,
                share=1.0 if state == "done" else self.progress.share,
                reports=tuple(reports),
                error=error,
                ended=pd.Timestamp.now("UTC").tz_localize(None).floor("s"),
            )

    def _one(self, database: Any, wish: Wish, place: int, before: int) -> SyncReport:
        agency = wish.agencies[place]

        def show(_agency: str, share: float, listed: int) -> None:
            self._tell(agency, (place + share) / len(wish.agencies), before + listed)

        return self._run(
            database,
            agency,
            wish.start,
            wish.end or None,
            region=wish.region or None,
            magnitude=wish.magnitude,
            base_url=wish.base_urls.get(agency),
            progress=show,
        )

    def _tell(self, agency: str, share: float, listed: int) -> None:
        if self._stop.is_set():
            raise Stopped
        with self._lock:
            self.progress = replace(self.progress, agency=agency, share=share, listed=listed)


runner = Runner()
"""The sync of this process."""

__all__ = ["AGENCIES", "Progress", "Runner", "Wish", "allowed", "runner"]
