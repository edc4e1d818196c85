"""How far the syncs of a database are: what was asked, and which windows of time are done."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import pandas as pd

from analysis.seismic.database import statements as sql
from analysis.seismic.database.connection import DatabaseFile
from analysis.seismic.database.filters import as_time, moment
from analysis.seismic.database.writing import Applied, now

_TIME: Final = re.compile(r'"time"\s*:\s*(?:(-?\d+)|"([^"]*)")', re.IGNORECASE)


class Refused(NamedTuple):
    """A row that can be no event: why, and from when to when its time lies, microseconds."""

    reason: str
    starts: int
    ends: int

    def overlaps(self, start: int, end: int) -> bool:
        """Whether its time may lie in another, both ends included."""
        return self.starts <= end and self.ends >= start


@dataclass(frozen=True)
class Sync:
    """One run of a sync: times in microseconds since 1970, `since` None for a complete one."""

    number: int
    mode: str
    began: int
    until: int
    since: int | None
    finished: int | None
    report: Mapping[str, Any]


class SyncLog:
    """Record of the syncs of one database; windows are written with the events they brought."""

    def __init__(self, file: DatabaseFile) -> None:
        self._file = file

    def last(self, agency: str, request: str) -> Sync | None:
        """Return the last sync of a request, finished or not."""
        rows = self._all(sql.LAST_SYNC, agency, request)
        if not rows:
            return None
        number, mode, began, until, since, finished, report = rows[0]
        return Sync(number, mode, began, until, since, finished, json.loads(report or "{}"))

    def last_request(self, agency: str) -> str | None:
        """Return what was asked of an agency last."""
        rows = self._all(sql.LAST_REQUEST, agency)
        return rows[0][0] if rows else None

    def open(self, agency: str, request: str, mode: str, until: int, since: int | None) -> Sync:
        """Begin a sync."""
        began = now()
        with self._file.writing() as connection:
            row = (agency, request, mode, began, until, since)
            number = connection.execute(sql.NEW_SYNC, row).lastrowid
        return Sync(number or 0, mode, began, until, since, None, {})

    def mark(
        self,
        sync: Sync,
        part: str,
        starts: int,
        ends: int,
        listed: int,
        requests: int,
        applied: Applied,
    ) -> None:
        """Note that a window is done; to be called in the transaction that wrote its events."""
        row = (
            sync.number,
            part,
            starts,
            ends,
            listed,
            requests,
            json.dumps(applied.counts),
            applied.change or 0,
        )
        with self._file.writing() as connection:
            connection.execute(sql.NEW_WINDOW, row)

    def reached(self, sync: Sync, part: str, start: int) -> int:
        """Return up to when the windows of a part follow one another without a gap."""
        for starts, ends, *_ in self._all(sql.WINDOWS, sync.number, part):
            if starts > start:
                break
            start = max(start, ends)
        return start

    def totals(self, sync: Sync) -> Counter[str]:
        """Sum up what the windows of a sync brought, those before an interruption too."""
        total: Counter[str] = Counter()
        for part in ("deleted", "listed", "checked"):
            for _, _, listed, requests, counts in self._all(sql.WINDOWS, sync.number, part):
                total["windows"] += 1
                total["requests"] += requests
                total["listed"] += listed
                total.update(json.loads(counts))
        # an event that moved to a later window vanished from one and came back in the other
        vanished = self._all(sql.VANISHED_IN, sync.number)[0][0]
        moved = min(max(total["vanished"] - vanished, 0), total["restored"])
        for name, more in (("vanished", -moved), ("restored", -moved), ("updated", moved)):
            total[name] += more
        return total

    def finish(self, sync: Sync, report: Mapping[str, Any]) -> None:
        """Note that a sync is complete."""
        with self._file.writing() as connection:
            connection.execute(sql.FINISH_SYNC, (now(), json.dumps(report), sync.number))

    def latest_update(self, agency: str) -> int | None:
        """Return the latest time of change among the solutions of an agency."""
        found: int | None = self._all(sql.LATEST_UPDATE, agency)[0][0]
        return found

    def refused(self, agency: str) -> list[Refused]:
        """Return the rows of an agency that can be no event, those that became one left out.

        One per id. A row whose time cannot be read has the time of the window that told it; one
        that came in no window is left out.
        """
        found: dict[Any, Refused] = {}
        for number, identity, reason, row, starts, ends in self._all(sql.REFUSED, agency):
            when = _time_of(row)
            if when is not None:
                starts = ends = when
            if starts is not None:
                found[number if identity is None else identity] = Refused(reason, starts, ends)
        return list(found.values())

    def table(self) -> pd.DataFrame:
        """Return all syncs.

        Returns
        -------
        pandas.DataFrame
            Columns sync, agency, request, mode, began, until, since, finished (NaT where it was
            interrupted), report.
        """
        names = ["sync", "agency", "request", "mode", "began", "until", "since", "finished"]
        table = pd.DataFrame(self._all(sql.SYNCS), columns=[*names, "report"])
        for name in ("began", "until", "since", "finished"):
            table[name] = pd.Series(
                [None if pd.isna(one) else as_time(int(one)) for one in table[name]], dtype="M8[us]"
            )
        for name in ("request", "report"):
            table[name] = table[name].map(
                lambda text: json.loads(text) if isinstance(text, str) else {}
            )
        return table

    def _all(self, text: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._file.plainly():
            return self._file.reader().execute(text, values).fetchall()


def _time_of(row: str) -> int | None:
    """Time of a row as it came, perhaps cut off; None where it is not readable."""
    found = _TIME.search(row)
    if found is None:
        return None
    try:
        return 1000 * int(found[1]) if found[1] else moment(found[2], "time")
    except (ValueError, OverflowError):
        return None
