"""The one sync of this process: begun by a visitor who may, followed and stopped by all of them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from analysis.seismic.database import EventDatabase
from analysis.seismic.sync import AGENCIES, sync
from analysis.seismic.syncreport import SyncReport
from apps.views.background import Background, Progress, allowed
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
class Syncing(Progress):
    """How far the sync is."""

    agency: str = ""
    listed: int = 0
    reports: tuple[SyncReport, ...] = ()


class Runner(Background[Syncing]):
    """The sync; one at a time, whose visitor may leave."""

    def __init__(self, run: Callable[..., SyncReport] = sync):
        super().__init__(Syncing(), "qazcube-sync")
        self._run = run

    def start(self, wish: Wish) -> bool:
        """Begin; False where one is under way already.

        Raises
        ------
        PermissionError
            The setting does not allow it.
        """
        return self.begin(lambda stop: self._work(wish, stop), agency=wish.agencies[0])

    def _work(self, wish: Wish, stop: threading.Event) -> None:
        reports: list[SyncReport] = []
        error: Exception | None = None
        state = "done"
        try:
            with EventDatabase(database_path()) as database:
                for place, agency in enumerate(wish.agencies):
                    listed = sum(report.listed for report in reports)
                    self._tell(stop, agency, place / len(wish.agencies), listed)
                    reports.append(self._one(database, wish, place, listed, stop))
        except Stopped:
            state = "stopped"
        except Exception as failure:
            trace = not isinstance(failure, ValueError)
            log.warning("The sync failed: %s", failure, exc_info=trace)
            state, error = "failed", failure
        self.end(state, error, reports=tuple(reports))

    def _one(
        self, database: Any, wish: Wish, place: int, before: int, stop: threading.Event
    ) -> SyncReport:
        agency = wish.agencies[place]

        def show(_agency: str, share: float, listed: int) -> None:
            self._tell(stop, agency, (place + share) / len(wish.agencies), before + listed)

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

    def _tell(self, stop: threading.Event, agency: str, share: float, listed: int) -> None:
        if stop.is_set():
            raise Stopped
        self.tell(agency=agency, share=share, listed=listed)


runner = Runner()
"""The sync of this process."""

__all__ = ["AGENCIES", "Runner", "Syncing", "Wish", "allowed", "runner"]
