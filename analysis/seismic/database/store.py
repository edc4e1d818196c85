"""The event database: one file that holds every event once, with all that was ever said of it."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pandas as pd

from analysis import settings
from analysis.seismic.database import statements as sql
from analysis.seismic.database import writing
from analysis.seismic.database.connection import DatabaseFile, file_path
from analysis.seismic.database.deletions import graves, id_list
from analysis.seismic.database.filters import (
    PRESENT,
    Filter,
    agency_name,
    make_filter,
    moment,
)
from analysis.seismic.database.records import Records
from analysis.seismic.database.rows import batches, rejections
from analysis.seismic.database.synclog import SyncLog
from analysis.seismic.database.table import ORDERS, EventTable, check_columns, check_limit
from analysis.seismic.database.writing import Applied
from analysis.sources.fdsn.columns import EVENT_COLUMNS
from analysis.spelling import did_you_mean

_BATCH = 20_000


class EventDatabase(Records):
    """Earthquakes of any number of agencies in one SQLite file.

    Each event is there once: rows are told apart by all ids that their agency gives them, never
    by one. A newer version replaces an older one, never the reverse, in whatever order they come.
    What an agency takes back or no longer lists stays, marked. All that was changed is kept as it
    was before, so each step can be undone.

    Parameters
    ----------
    path : path-like, optional
        The file, made if it is missing; ``events.sqlite`` in the cache folder if not given.
    read_only : bool
        Only read. A file that may not be written is opened so anyway.
    timeout : float
        Seconds to wait for another process that writes.

    Raises
    ------
    ValueError
        The file is no SQLite database, that of another program, or of a newer Qazcube; or
        ":memory:" is asked for, for threads and processes share the file.
    OSError
        It cannot be opened; `FileNotFoundError`, `PermissionError`, `TimeoutError` say why.

    Examples
    --------
    The same event under another preferred id is no second one, and an old version changes nothing:

    >>> import tempfile
    >>> database = EventDatabase(Path(tempfile.mkdtemp()) / "events.sqlite")
    >>> place = {"time": ["2020-01-01"], "longitude": [77.0], "latitude": [43.2]}
    >>> new = {"id": ["us1"], "ids": [",at1,us1,"], "updated": ["2020-01-02"], "mag": [5.2]}
    >>> old = {"id": ["at1"], "ids": [",at1,"], "updated": ["2020-01-01"], "mag": [5.9]}
    >>> database.apply(pd.DataFrame({**place, **new})).new
    1
    >>> database.apply(pd.DataFrame({**place, **old})).stale
    1
    >>> database.query().to_frame()["mag"].tolist()
    [5.2]
    >>> database.close()
    """

    def __init__(self, path: Any = None, *, read_only: bool = False, timeout: float = 30.0) -> None:
        place = settings.cache_dir() / "events.sqlite" if path is None else file_path(path)
        self.file = DatabaseFile(place, read_only=read_only, timeout=timeout)
        self.syncs = SyncLog(self.file)

    def __enter__(self) -> Self:
        """Use it in a ``with`` statement."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()

    def __repr__(self) -> str:
        """Name the file."""
        return f"EventDatabase({str(self.path)!r}{', read_only=True' * self.read_only})"

    @property
    def path(self) -> Path:
        """The file."""
        return self.file.path

    @property
    def read_only(self) -> bool:
        """Whether the file can only be read."""
        return self.file.read_only

    @property
    def revision(self) -> int:
        """Number of the last change; it grows with every change, undoing included."""
        found: int = self._all(sql.REVISION)[0][0]
        return found

    def close(self) -> None:
        """Close all connections; a later question opens the file again."""
        self.file.close()

    # ---- questions ----
    def query(  # noqa: PLR0913 - one per filter
        self,
        start: Any = None,
        end: Any = None,
        region: Any = None,
        magnitude: Any = None,
        depth: Any = None,
        types: str | Iterable[str] | None = None,
        agency: str | Iterable[str] | None = None,
        deleted: bool = False,
        columns: Iterable[str] | None = None,
        limit: int | None = None,
        *,
        order: str = "time",
        sources: str | Iterable[str] | None = None,
        simulated: bool | None = None,
    ) -> EventTable:
        """Ask for events; nothing is read yet.

        Parameters
        ----------
        start, end
            Time window, UTC, half-open: ``start <= time < end``.
        region
            Name of a packaged region; west, south, east, north in degrees (west greater than
            east crosses the date line); or a circle: longitude, latitude, radius in km.
        magnitude, depth
            Smallest and largest value, both included, None for an open side; a single number is
            the smallest magnitude, or the greatest depth (km). Events without the value do not
            pass.
        types
            One or several event types, for example "earthquake".
        agency
            One or several agencies: the solutions of these, also where another one stands for the
            event. Without it each event is there once, by its preferred solution.
        deleted : bool
            Also events that their agency took back or no longer lists; the column ``state`` tells.
        columns : iterable of str, optional
            Columns of the answer; all of `EVENT_COLUMNS` if not given. ``event``, ``origin``,
            ``state`` and ``change`` can be asked for too.
        limit : int, optional
            At most so many, the first in the order.
        order : str
            "time", "-time" (latest first), "mag", "-mag" (largest first), or "" for none.
        sources
            Names that the column ``source`` may have.
        simulated : bool, optional
            True for simulated events only, False for observed ones only.

        Returns
        -------
        EventTable
            Lazy: `count`, `chunks`, `to_frame`, `to_dask`, `extent`, `statistics`.

        Raises
        ------
        ValueError
            A filter is impossible; the message says why.
        """
        wanted = make_filter(
            start=start,
            end=end,
            region=region,
            magnitude=magnitude,
            depth=depth,
            types=types,
            agency=agency,
            sources=sources,
            simulated=simulated,
            deleted=deleted,
        )
        if columns is None:
            columns = [*EVENT_COLUMNS, "state"] if deleted else EVENT_COLUMNS
        if order not in ORDERS:
            raise ValueError(f"The order is {order!r}. {did_you_mean(order, ORDERS)}")
        most = check_limit(limit)
        return EventTable(self.file, wanted, check_columns(columns), order, most)

    def count(self, **filters: Any) -> int:
        """Count the events of a question; filters as in `query`."""
        return self.query(**filters).count()

    def extent(self, **filters: Any) -> dict[str, Any] | None:
        """Return the bounds of the events of a question; filters as in `query`."""
        return self.query(**filters).extent()

    def statistics(self, **filters: Any) -> pd.DataFrame:
        """Describe magnitude and depth of the events of a question; filters as in `query`."""
        return self.query(**filters).statistics()

    def changes(self, since: int = 0) -> EventTable:
        """Ask for all solutions touched after a change, deleted and vanished ones too.

        Parameters
        ----------
        since : int
            `revision` at an earlier time.

        Returns
        -------
        EventTable
            With the columns ``state``, ``change``, ``event`` and ``origin``.
        """
        wanted = make_filter(deleted=True, since=since)
        columns = (*EVENT_COLUMNS, "state", "change", "event", "origin")
        return EventTable(self.file, wanted, columns)

    # ---- changes ----
    def apply(
        self,
        events: Any,
        *,
        rejected: Iterable[Any] | None = None,
        window: tuple[Any, Any] | None = None,
        agency: str | None = None,
        scope: Mapping[str, Any] | None = None,
        note: str | None = None,
        complete_ids: bool | None = None,
    ) -> Applied:
        """Take events in, all or none.

        Parameters
        ----------
        events : pandas.DataFrame, mapping of columns, or another table
            (n) rows, anything that `as_events` takes. Columns that it lacks stay as they are in
            events that are known. A row with the status "deleted" takes an event back. A row with
            a time or number that cannot be read is kept as rejected, the rest is taken.
        rejected : iterable, optional
            Rows that could not become events: pairs of reason and row, or a table with a column
            ``reason``.
        window : tuple, optional
            Start and end, half-open, of a time of which `events` is all that the agency lists
            (within `scope`). Known events of it that are not listed are marked as vanished.
        agency : str, optional
            Whose events they are, where the table does not say; "usgs" if nobody does. In any
            case: names of agencies are kept in lower case.
        scope : mapping, optional
            ``region``, ``magnitude``, ``depth``, ``types`` of the listing, as in `query`.
        note : str, optional
            A word for the history.
        complete_ids : bool, optional
            Whether the column ``ids`` names all ids of each event, so that an id that a newer row
            leaves out is no longer one of the event. If not given: where any row names several.

        Returns
        -------
        Applied
            What became of the rows.

        Raises
        ------
        ValueError
            The table is none of events, or holds those of another agency.
        OSError
            The file cannot be written; nothing was.
        """
        starts, ends = (None, None) if window is None else window
        first, last = moment(starts, "start"), moment(ends, "end")
        agency = None if agency is None else agency_name(agency)
        with self.file.writing() as connection:
            counts: Counter[str] = Counter()
            listed: list[int] = []
            names: set[str] = set()
            change = writing.begin(connection, "apply", agency, first, last, note)
            for batch, aside in batches(events, agency, _BATCH, complete_ids):
                names.add(batch.agency)
                if aside:
                    self._set_aside(connection, change, batch.agency, aside, counts)
                    continue
                found, origins = writing.take(connection, change, batch)
                counts += found
                listed += origins
            if window is not None:
                for name in names or {agency or "usgs"}:
                    wanted = self._listing(first, last, name, scope)
                    counts += writing.vanish(connection, change, wanted, listed)
            if rejected is not None:
                aside = rejections(rejected)
                self._set_aside(connection, change, agency or "usgs", aside, counts)
            return writing.finish(connection, change, counts)

    def delete(
        self,
        ids: Any,
        when: Any = None,
        *,
        agency: str | None = None,
        complete_ids: bool | None = None,
    ) -> Applied:
        """Take events back: they stay in the file, marked as deleted.

        A tombstone is kept for ids that are not known too, so that an old list cannot bring the
        event back. An event that was changed later than `when` stays; a later version that comes
        afterwards brings a deleted one back.

        Parameters
        ----------
        ids : str or int, iterable of these, or pandas.DataFrame
            Any ids of the events; or the rows of a list of deletions with the columns ``id`` and,
            where known, ``ids`` and ``updated``. By such a row an event goes only if the id that
            it goes by is named.
        when : time, optional
            When they were deleted; the column ``updated`` of the rows, else now, if not given.
        agency : str, optional
            Whose ids they are; of every agency that knows them, else "usgs", if not given.
        complete_ids : bool, optional
            As in `apply`, for the column ``ids`` of the rows.

        Returns
        -------
        Applied
            ``deleted`` counts the events that were there.
        """
        moment_given = moment(when, "time of deletion")
        agency = None if agency is None else agency_name(agency)
        with self.file.writing() as connection:
            change = writing.begin(connection, "delete", agency)
            counts: Counter[str] = Counter()
            for name, records in graves(ids, moment_given, agency, self._agencies_of).items():
                aliases = frozenset().union(*(known for known, _, _ in records))
                whole = complete_ids
                if whole is None:
                    whole = any(len(known) > 1 for known, _, _ in records)
                ledger = writing.load(connection, name, aliases, complete=whole)
                for known, gone, identity in records:
                    ledger.bury(known, gone, identity=identity)
                writing.write(connection, change, ledger, None, name)
                counts += ledger.counts()
                counts["kept"] += len(ledger.buried)
            return writing.finish(connection, change, counts)

    def undelete(self, ids: str | Iterable[str], *, agency: str | None = None) -> Applied:
        """Take deletions back, and let vanished events be there again.

        Raises
        ------
        ValueError
            An id is not known.
        """
        agency = None if agency is None else agency_name(agency)
        with self.file.writing() as connection:
            change = writing.begin(connection, "undelete", agency)
            counts: Counter[str] = Counter()
            for identity in id_list(ids):
                for origin, name in self._origins(identity, agency):
                    state, event = connection.execute(sql.STATE_OF, (origin,)).fetchone()
                    for _, alias in connection.execute(sql.ALIASES_OF, (origin,)).fetchall():
                        connection.execute(sql.UNBURY, (name, alias))
                    if state != PRESENT:
                        connection.execute(sql.SET_STATE, (PRESENT, None, change, origin))
                        writing.prefer(connection, change, event)
                        counts["restored"] += 1
            return writing.finish(connection, change, counts)

    # ---- helpers ----
    def _listing(
        self, start: int | None, end: int | None, agency: str, scope: Mapping[str, Any] | None
    ) -> Filter:
        """Known events that a complete list of a window must hold."""
        wanted = make_filter(agency=agency, **dict(scope or {}))
        return replace(wanted, start=start, end=end)

    def _set_aside(
        self,
        connection: sqlite3.Connection,
        change: int,
        agency: str,
        rows: list[tuple[str | None, str, str]],
        counts: Counter[str],
    ) -> None:
        """Keep rows that can be no event, each once, with the reason."""
        before = connection.total_changes
        connection.executemany(sql.REJECT, [(change, agency, *row) for row in rows])
        counts["rejected"] += len(rows)
        counts["kept"] += connection.total_changes - before
