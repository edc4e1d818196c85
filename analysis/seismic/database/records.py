"""All that the file knows of single events, and its history."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from typing import Any

import pandas as pd

from analysis.seismic.database import statements as sql
from analysis.seismic.database import writing
from analysis.seismic.database.connection import DatabaseFile
from analysis.seismic.database.filters import STATES, agency_name
from analysis.seismic.database.rows import OWN, as_frame, expression, parse
from analysis.seismic.database.schema import KEPT
from analysis.sources.fdsn.columns import EVENT_COLUMNS

Ids = tuple[str, str]


class Records:
    """Part of `EventDatabase`: one event, what was said of it, what was changed, undoing."""

    file: DatabaseFile

    def solutions(self, identity: str, *, agency: str | None = None) -> pd.DataFrame:
        """Return what every agency says of one event.

        Parameters
        ----------
        identity : str
            Any of its ids.
        agency : str, optional
            Whose id it is, where several agencies use the same.

        Returns
        -------
        pandas.DataFrame
            (agencies) rows, the preferred one first, with ``state``, ``change``, ``event`` and
            ``origin``.

        Raises
        ------
        ValueError
            No event has this id.
        """
        columns = (*EVENT_COLUMNS, *OWN)
        what = ", ".join(expression(name, STATES) for name in columns)
        found: list[tuple[Any, ...]] = []
        origins = [origin for origin, _ in self._origins(identity, agency)]
        for event in sorted({self._all(sql.EVENT_OF, origin)[0][0] for origin in origins}):
            found += self._all(sql.solutions_of(what), event)
        return as_frame(found, columns)

    def ids(self, identity: str, *, agency: str | None = None) -> list[Ids]:
        """Return agency and id of all names of an event."""
        names: list[Ids] = []
        for origin in self.solutions(identity, agency=agency)["origin"].tolist():
            names += self._all(sql.ALIASES_OF, origin)
        return names

    def magnitudes(self, identity: str, *, agency: str | None = None) -> pd.DataFrame:
        """Return every magnitude that an agency gave an event, now or earlier.

        Returns
        -------
        pandas.DataFrame
            Columns agency, magType, mag, magError, magNst, magSource, updated, current.
        """
        events = self.solutions(identity, agency=agency)["event"].unique().tolist()
        rows = [row for event in events for row in self._all(sql.MAGNITUDES_OF, event)]
        columns = ("agency", "magType", "mag", "magError", "magNst", "magSource", "updated")
        table = as_frame([row[:-1] for row in rows], columns)
        table["current"] = pd.array([bool(row[-1]) for row in rows], dtype="bool")
        return table

    def raw(self, identity: str, *, agency: str | None = None) -> list[dict[str, Any]]:
        """Return the rows that told of an event as they came, the oldest first."""
        found = []
        for origin in self.solutions(identity, agency=agency)["origin"].tolist():
            for body, line, change in self._all(sql.ANSWER_OF, origin):
                found.append((change, writing.unpack(body)[line]))
        return [parse(text) for _, text in sorted(found)]

    def rejected(self) -> pd.DataFrame:
        """Return the rows that can be no event, with the reason.

        Returns
        -------
        pandas.DataFrame
            Columns change, agency, id, reason, row.
        """
        columns = ["change", "agency", "id", "reason", "row"]
        return pd.DataFrame(self._all(sql.REJECTED), columns=columns)

    def history(self) -> pd.DataFrame:
        """Return all changes, the oldest first.

        Returns
        -------
        pandas.DataFrame
            Columns change, made, kind, agency, start, end, counts (of events by fate), note,
            undone (when it was, else NaT).
        """
        columns = ["change", "made", "kind", "agency", "start", "end", "counts", "note", "undone"]
        table = pd.DataFrame(self._all(sql.CHANGES), columns=columns)
        for name in ("made", "start", "end", "undone"):
            table[name] = pd.to_datetime(table[name], unit="us")
        table["counts"] = table["counts"].map(json.loads)
        return table

    def undo(self) -> int:
        """Take the last change back: the file holds what it held before it.

        Asked again it takes back the change before. The list of changes keeps both; the rows as
        they came and those that were rejected stay.

        Returns
        -------
        int
            Number of the change that was taken back.

        Raises
        ------
        ValueError
            There is nothing to take back.
        """
        with self.file.writing() as connection:
            change = connection.execute(sql.LAST_CHANGE).fetchone()[0]
            if change is None:
                raise ValueError("There is no change to undo.")
            connection.execute(sql.BEGIN_CHANGE, (change,))  # so that undoing keeps nothing
            for table in KEPT:
                for line in sql.undo(table):
                    connection.execute(line, (change,))
            for line in sql.UNDO_WINDOWS:
                connection.execute(line, (change,))
            connection.execute(sql.UNDONE, (writing.now(), change))
            writing.begin(connection, "undo", note=str(change))
        found: int = change
        return found

    def link(
        self, pairs: pd.DataFrame, agencies: tuple[str, str] = ("usgs", "emsc")
    ) -> writing.Applied:
        """Make one event of the solutions that two agencies give of the same earthquake.

        Parameters
        ----------
        pairs : pandas.DataFrame
            Columns ``id_a`` and ``id_b``, as `match_catalogues` gives them.
        agencies : tuple of str
            Whose ids these are.

        Returns
        -------
        Applied
            ``merged`` counts the events that are one now.

        Raises
        ------
        ValueError
            A column is missing, or an id is not known.
        """
        agencies = (agency_name(agencies[0]), agency_name(agencies[1]))
        absent = [name for name in ("id_a", "id_b") if name not in pairs]
        if absent:
            raise ValueError(f"The table of pairs has no column {' and '.join(absent)}.")
        with self.file.writing() as connection:
            change = writing.begin(connection, "link", " ".join(agencies))
            counts: Counter[str] = Counter()
            for names in zip(pairs["id_a"], pairs["id_b"], strict=True):
                first, second = (
                    self._event_of(connection, str(name), agency)
                    for name, agency in zip(names, agencies, strict=True)
                )
                if first != second:
                    writing.join_events(connection, change, second, first)
                    writing.prefer(connection, change, first)
                    counts["merged"] += 1
            return writing.finish(connection, change, counts)

    def unlink(self, identity: str, *, agency: str | None = None) -> writing.Applied:
        """Make the solution of an agency an event of its own again.

        Returns
        -------
        Applied
            ``new`` counts the events that came about.

        Raises
        ------
        ValueError
            The id is not known.
        """
        with self.file.writing() as connection:
            change = writing.begin(connection, "unlink", agency)
            counts: Counter[str] = Counter()
            for origin, _ in self._origins(identity, agency):
                event = connection.execute(sql.EVENT_OF, (origin,)).fetchone()[0]
                if len(connection.execute(sql.MEMBERS, (event,)).fetchall()) > 1:
                    alone = connection.execute(sql.NEXT_KEY).fetchone()[0]
                    connection.execute(sql.MOVE_ORIGIN, (alone, change, origin))
                    connection.execute(sql.NEW_EVENT, (alone, origin, change))
                    for one in (event, alone):
                        writing.prefer(connection, change, one)
                    counts["new"] += 1
            return writing.finish(connection, change, counts)

    def undone_since(self, revision: int) -> bool:
        """Whether a change was taken back after a revision: then `changes` does not tell all."""
        return bool(self._all(sql.UNDO_SINCE, revision)[0][0])

    def check(self) -> list[str]:
        """Look for faults: of the file, and of what must always hold in it.

        Returns
        -------
        list of str
            One line per fault; empty where all is well.
        """
        faults = [row[0] for row in self._all(sql.INTEGRITY) if row[0] != "ok"]
        for text, line in sql.INVARIANTS.items():
            count = self._all(line)[0][0]
            if count:
                faults.append(f"{text}: {count}")
        return faults

    def _event_of(self, connection: sqlite3.Connection, identity: str, agency: str) -> int:
        found = connection.execute(sql.ORIGIN_OF, (agency, identity)).fetchone()
        if found is None:
            raise ValueError(f"There is no event with the id {identity!r} of {agency}.")
        event: int = connection.execute(sql.EVENT_OF, found).fetchone()[0]
        return event

    def _origins(self, identity: str, agency: str | None) -> list[tuple[int, str]]:
        """Keys of the solutions with an id, and their agencies."""
        agency = None if agency is None else agency_name(agency)
        found = self._all(sql.ORIGINS_WITH, identity)
        found = [pair for pair in found if agency in (None, pair[1])]
        if not found:
            owner = f" of {agency}" if agency else ""
            raise ValueError(f"There is no event with the id {identity!r}{owner}.")
        return found

    def _agencies_of(self, identity: str) -> list[str]:
        """Return the agencies that use an id."""
        return [name for (name,) in self._all(sql.AGENCIES_OF, identity)]

    def _all(self, text: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of one statement."""
        with self.file.plainly():
            return self.file.reader().execute(text, values).fetchall()
