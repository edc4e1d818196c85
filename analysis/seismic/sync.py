"""Bringing the event database up to date with an earthquake service."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import pandas as pd

from analysis.seismic.database import Applied, EventDatabase
from analysis.seismic.database.filters import agency_name, as_time, moment
from analysis.seismic.database.synclog import Sync
from analysis.seismic.syncreport import SyncReport
from analysis.seismic.syncverify import Comparison, Verified
from analysis.sources.fdsn import (
    EventQuery,
    Service,
    Transport,
    UnreadableAnswerError,
    Window,
    event_query,
    iter_windows,
    service,
)

AGENCIES: Final = ("usgs", "emsc")
"""What "all" stands for."""

Progress = Callable[[str, float, int], None]
"""Called with the agency, the share that is done (0 to 1) and the events listed so far."""

_WAITS = (2.0, 15.0)  # seconds before a question is asked again that got no answer but words


def sync(  # noqa: PLR0913 - one question with all its sides
    database: EventDatabase,
    agency: str = "usgs",
    start: Any = None,
    end: Any = None,
    *,
    region: str | Sequence[float] | None = None,
    magnitude: Any = None,
    depth: Any = None,
    base_url: str | None = None,
    form: str | None = None,
    full: bool = False,
    verify: bool = True,
    overlap: str | pd.Timedelta = "1D",
    progress: Progress | None = None,
    transport: Transport | None = None,
) -> SyncReport:
    """Bring the events of an agency in a database up to date.

    The first sync of a request lists all of its events, window by window; each window is written
    in one transaction with the note that it is done, so an interrupted sync goes on where it was.
    Later ones ask for what changed since the last one began (and for some time before, `overlap`)
    and for deletions; then the number of events is compared with that of the service, and where
    it differs the windows are listed anew. What was listed before and is absent from a complete
    list is marked as vanished.

    Parameters
    ----------
    database : EventDatabase
        Where the events go.
    agency : str
        As in `fetch_events`.
    start, end : time, optional
        Half-open. Without a start the last request to this agency is repeated, at the address that
        was asked then; without an end the events up to now are asked for.
    region, magnitude, depth
        As in `fetch_events`.
    base_url, form, transport
        As in `fetch_events`.
    full : bool
        List everything anew.
    verify : bool
        Compare the numbers of events at the end (services that tell numbers: USGS).
    overlap : time difference
        How long before the last sync changes are asked for.
    progress : callable, optional
        Told after each window.

    Returns
    -------
    SyncReport
        What was found.

    Raises
    ------
    ValueError
        The request is impossible, or there is none to repeat.
    ServiceError
        The service could not be asked; what came before is kept, and the next call goes on.
    OSError
        The database cannot be written; the same holds.
    """
    if not isinstance(database, EventDatabase):
        raise ValueError(
            f"The database is {database!r}; give an EventDatabase, such as EventDatabase(path)."
        )
    agency_name(agency)  # refuses what is no word
    way = transport or Transport()
    try:
        asked = service(agency, base_url=base_url, form=form, transport=way)
        request = _request(database, asked.agency, start, end, region, magnitude, depth)
        if base_url is not None:
            request["base_url"] = base_url
        elif request.get("base_url"):
            asked = service(agency, base_url=request["base_url"], form=form, transport=way)
        return _run(database, asked, request, full, verify, overlap, progress)
    finally:
        if transport is None:
            way.close()


def sync_all(
    database: EventDatabase, agencies: Iterable[str] = AGENCIES, **options: Any
) -> list[SyncReport]:
    """Bring the events of several agencies up to date, one after the other.

    Parameters
    ----------
    database : EventDatabase
        Where the events go.
    agencies : iterable of str
        In this order.
    **options
        As in `sync`.

    Returns
    -------
    list of SyncReport
        One per agency.
    """
    return [sync(database, agency, **options) for agency in agencies]


def _run(
    database: EventDatabase,
    asked: Service,
    request: dict[str, Any],
    full: bool,
    verify: bool,
    overlap: str | pd.Timedelta,
    progress: Progress | None,
) -> SyncReport:
    """Do one sync of a request."""
    begun = time.monotonic()
    key = json.dumps(request, sort_keys=True)
    run, resumed, earlier, unexplained = _open(database, asked.agency, key, request, full, overlap)
    work = _Work(database, asked, run, request, progress, asked.transport.requests)
    if _tells_deletions(asked) and earlier is not None:
        work.delete(earlier)
    work.list()
    found: Verified | None = None
    if verify and asked.protocol == "usgs" and work.query.circle is None:
        found = work.verify(unexplained)
    counts = database.syncs.totals(run)
    counts["requests"] += asked.transport.requests - work.asked_before
    known = SyncReport.__dataclass_fields__
    report = SyncReport(
        agency=asked.agency,
        mode=run.mode,
        start=_day(work.query.start),
        end=_day(work.query.end),
        **{name: count for name, count in counts.items() if name in known},
        surplus=None if found is None else found.surplus,
        resumed=resumed,
        seconds=time.monotonic() - begun,
    )
    latest = database.syncs.latest_update(asked.agency)
    horizon = run.began if latest is None else min(run.began, latest)
    beyond = unexplained if found is None else found.unexplained
    database.syncs.finish(run, {**asdict(report), "horizon": horizon, "unexplained": beyond})
    return report


@dataclass
class _Work:
    """One run: the questions, and where the answers go."""

    database: EventDatabase
    asked: Service
    run: Sync
    request: dict[str, Any]
    progress: Progress | None
    asked_before: int
    listed: int = 0

    @property
    def query(self) -> EventQuery:
        """All that is asked for."""
        return event_query(
            self.request["start"],
            as_time(self.run.until),
            region=self.request["region"],
            magnitude=self.request["magnitude"],
            depth=self.request["depth"],
        )

    @property
    def scope(self) -> dict[str, Any]:
        """The same for the database, but for the time."""
        return {name: self.request[name] for name in ("region", "magnitude", "depth")}

    @property
    def _complete_ids(self) -> bool | None:
        """Whether the answers name all ids of each event; other formats name one."""
        return True if self.asked.protocol == "usgs" and self.asked.form == "geojson" else None

    def delete(self, since: int) -> None:
        """Take deletions in."""
        query = replace(self.query, deleted=True, updated_after=as_time(since))
        for window in self._windows(query, "deleted"):
            with self.database.file.writing():
                applied = self.database.delete(
                    window.events, agency=self.asked.agency, complete_ids=self._complete_ids
                )
                self._mark("deleted", window, applied)

    def list(self) -> None:
        """Take all events in, or those that changed."""
        query = self.query
        if self.run.since is not None:
            query = replace(query, updated_after=as_time(self.run.since))
        for window in self._windows(query, "listed"):
            self._take(window, "listed", complete=self.run.since is None)
            self.listed += len(window.events)
            if self.progress is not None:
                share = (window.end - query.start) / (query.end - query.start)
                self.progress(self.asked.agency, share, self.listed)

    def verify(self, known: int | None) -> Verified:
        """Compare numbers of events, and list anew where they differ from what is known."""
        compared = Comparison(
            self.database,
            self.asked,
            self.query,
            self.scope,
            lambda window: self._take(window, "checked", complete=True),
        )
        first, last = _microseconds(self.query.start), _microseconds(self.query.end)
        if self.run.since is None:
            return compared.measure(first, last)
        return compared.search(first, last, known or 0)

    def _windows(self, query: EventQuery, part: str) -> Iterator[Window]:
        """Ask for the windows of a query that are not done yet."""
        log, first, last = self.database.syncs, query.start, _microseconds(query.end)
        waits, before, patience = iter(_WAITS), None, self.asked.transport.patience
        while (reached := log.reached(self.run, part, _microseconds(first))) < last:
            if reached != before:
                waits, before, patience = iter(_WAITS), reached, self.asked.transport.patience
            try:
                yield from iter_windows(self.asked, replace(query, start=as_time(reached)))
                return
            except UnreadableAnswerError:  # a page of words, for example while it is mended
                wait = next(waits, None)
                if wait is None or wait > patience:
                    raise
                patience -= wait
                time.sleep(wait)

    def _take(self, window: Window, part: str, complete: bool) -> None:
        with self.database.file.writing():
            applied = self.database.apply(
                window.events,
                rejected=window.rejected if len(window.rejected) else None,
                window=(window.start, window.end) if complete else None,
                agency=self.asked.agency,
                scope=self.scope,
                note=f"sync {self.run.number}",
                complete_ids=self._complete_ids,
            )
            self._mark(part, window, applied)

    def _mark(self, part: str, window: Window, applied: Applied) -> None:
        requests = self.asked.transport.requests
        self.database.syncs.mark(
            self.run,
            part,
            _microseconds(window.start),
            _microseconds(window.end),
            len(window.events),
            requests - self.asked_before,
            applied,
        )
        self.asked_before = requests


def _request(
    database: EventDatabase,
    agency: str,
    start: Any,
    end: Any,
    region: Any,
    magnitude: Any,
    depth: Any,
) -> dict[str, Any]:
    """Bring a request to the one form by which it is known again."""
    if start is None:
        last = database.syncs.last_request(agency)
        if last is None:
            raise ValueError(
                f"There was no sync of {agency} yet: give a start, for example 2000-01-01."
            )
        if any(one is not None for one in (end, region, magnitude, depth)):
            raise ValueError("Without a start the last request is repeated: give nothing else.")
        repeated: dict[str, Any] = json.loads(last)
        return repeated
    begins, ends = moment(start, "start"), moment("9999" if end is None else end, "end")
    assert begins is not None  # noqa: S101 - a moment of a time is a number
    assert ends is not None  # noqa: S101
    query = event_query(
        as_time(begins), as_time(ends), region=region, magnitude=magnitude, depth=depth
    )
    place = region if isinstance(region, str) or region is None else [float(one) for one in region]
    return {
        "start": query.start.isoformat(),
        "end": None if end is None else query.end.isoformat(),
        "region": place,
        "magnitude": None if query.magnitude == (None, None) else list(query.magnitude),
        "depth": None if query.depth == (None, None) else list(query.depth),
    }


def _open(
    database: EventDatabase,
    agency: str,
    key: str,
    request: dict[str, Any],
    full: bool,
    overlap: str | pd.Timedelta,
) -> tuple[Sync, bool, int | None, int | None]:
    """Find the interrupted sync of a request, or begin one; with what the last one told."""
    last = database.syncs.last(agency, key)
    margin = int(pd.Timedelta(overlap) / pd.Timedelta("1us"))
    if last is not None and last.finished is None and (last.mode == "full" or not full):
        return last, True, last.since, None
    horizon = None if last is None else last.report.get("horizon")
    since = None if horizon is None else horizon - margin
    end = request["end"]
    until = moment(pd.Timestamp.now("UTC") if end is None else end, "end")
    assert until is not None  # noqa: S101 - a moment of a time is a number
    mode = "full" if full or since is None else "incremental"
    run = database.syncs.open(agency, key, mode, until, since if mode == "incremental" else None)
    return run, False, since, None if last is None else last.report.get("unexplained")


def _tells_deletions(asked: Service) -> bool:
    return asked.protocol == "usgs" and asked.form in ("geojson", "csv")


def _microseconds(value: pd.Timestamp) -> int:
    found = moment(value, "time")
    assert found is not None  # noqa: S101 - a moment of a time is a number
    return found


def _day(value: pd.Timestamp) -> str:
    return str(value.date()) if value == value.normalize() else f"{value:%Y-%m-%d %H:%M}"
