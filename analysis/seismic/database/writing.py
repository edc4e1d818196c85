"""Taking events into the file: what one transaction does with a batch of rows."""

from __future__ import annotations

import json
import sqlite3
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Final

from analysis.seismic.database import statements as sql
from analysis.seismic.database.filters import PRESENT, VANISHED, Filter
from analysis.seismic.database.reconcile import Ledger, Solution, order_of
from analysis.seismic.database.rows import Batch

PREFERENCE: Final = ("usgs", "emsc")
"""Whose solution stands for an event that several agencies located, the first before the others;
agencies that are not named come after these, in order of the alphabet."""

_SUSPECT: Final = (10, 0.5)  # so many, and such a share of a window, do not vanish at once


@dataclass(frozen=True)
class Applied:
    """What became of the rows that were given: events by fate, and the number of the change.

    ``new`` were never known; ``restored`` had been deleted or had vanished and are listed again;
    ``updated`` came with a later time of change, ``unchanged`` with the same, ``stale`` with an
    earlier one; ``deleted`` were taken back by their agency, ``vanished`` are no longer listed.
    ``merged`` were two and proved to be one. ``repeated`` rows told of an event that the same
    table had already; ``rejected`` rows can be no event. ``doubtful`` would have vanished, but
    were too many to believe it: they stay as they were.
    """

    change: int | None = None
    new: int = 0
    updated: int = 0
    restored: int = 0
    deleted: int = 0
    vanished: int = 0
    merged: int = 0
    unchanged: int = 0
    stale: int = 0
    repeated: int = 0
    rejected: int = 0
    doubtful: int = 0

    @property
    def changed(self) -> bool:
        """Whether the file became another."""
        kinds = ("new", "updated", "restored", "deleted", "vanished", "merged")
        return any(getattr(self, kind) for kind in kinds)

    @property
    def counts(self) -> dict[str, int]:
        """Counts that are not zero."""
        pairs = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "change"}
        return {name: count for name, count in pairs.items() if count}


def now() -> int:
    """Return the time as microseconds since 1970."""
    return time.time_ns() // 1000


def begin(
    connection: sqlite3.Connection,
    kind: str,
    agency: str | None = None,
    starts: int | None = None,
    ends: int | None = None,
    note: str | None = None,
) -> int:
    """Open a change; every row that is written from here on belongs to it."""
    row = (now(), kind, agency, starts, ends, note)
    change = connection.execute(sql.NEW_CHANGE, row).lastrowid
    connection.execute(sql.BEGIN_CHANGE, (change,))
    assert change is not None  # noqa: S101 - an INSERT has a row
    return change


def finish(connection: sqlite3.Connection, change: int, counts: Counter[str]) -> Applied:
    """Close a change; one that changed nothing leaves no trace."""
    known = {one.name for one in fields(Applied)}
    applied = Applied(change, **{name: count for name, count in counts.items() if name in known})
    if not applied.changed and not counts["kept"]:
        connection.execute(sql.FORGET_CHANGE, (change,))
        return Applied(None, **applied.counts)
    connection.execute(sql.COUNT_CHANGE, (json.dumps(applied.counts), change))
    return applied


def take(
    connection: sqlite3.Connection, change: int, batch: Batch
) -> tuple[Counter[str], list[int]]:
    """Take a batch in.

    Parameters
    ----------
    connection : sqlite3.Connection
        Inside a transaction.
    change : int
        Number of the change.
    batch : Batch
        Rows of one agency.

    Returns
    -------
    tuple
        Counts of what became of the events, and the keys of the solutions that are listed.
    """
    ledger = load(connection, batch.agency, frozenset().union(*batch.ids), batch)
    listed = []
    for row in order_of(batch.identities, ledger.owners):
        if not batch.deleted[row]:
            ids, updated = batch.ids[row], batch.updated[row]
            listed.append(ledger.take(row, batch.identities[row], ids, updated))
    for row, gone in enumerate(batch.deleted):
        if gone:
            when = batch.updated[row] or now()
            ledger.bury(batch.ids[row], when, identity=batch.identities[row])
    write(connection, change, ledger, batch)
    heirs = {other.origin: target for other, target in ledger.merged}
    return ledger.counts(), [_heir(one, heirs).origin for one in listed]


def load(
    connection: sqlite3.Connection,
    agency: str,
    aliases: Iterable[str],
    batch: Batch | None = None,
    complete: bool = False,
) -> Ledger:
    """Read all that is known of some ids of an agency."""
    connection.execute(sql.CLEAR_WANTED)
    connection.executemany(sql.WANT, ((alias,) for alias in aliases))
    origins = {origin for _, origin in connection.execute(sql.OWNERS, (agency,))}
    choose(connection, origins)
    solutions = {
        origin: Solution(
            origin, event, identity, updated, state, gone, _stated(ids, identity), set()
        )
        for origin, event, identity, updated, state, gone, ids in connection.execute(sql.KNOWN)
    }
    for origin, alias in connection.execute(sql.KNOWN_ALIASES):
        solutions[origin].aliases.add(alias)
    connection.executemany(
        sql.WANT, ((alias,) for one in solutions.values() for alias in one.aliases)
    )
    tombstones = {
        alias: (moment, bool(whole))
        for alias, moment, whole in connection.execute(sql.BURIED, (agency,))
    }
    following = connection.execute(sql.NEXT_KEY).fetchone()[0]
    differs = _comparison(connection, solutions, batch)
    complete = complete or (batch is not None and batch.complete)
    return Ledger(solutions, tombstones, following, differs, complete)


def write(
    connection: sqlite3.Connection,
    change: int,
    ledger: Ledger,
    batch: Batch | None,
    agency: str = "",
) -> None:
    """Write what a ledger decided."""
    agency = batch.agency if batch is not None else agency
    if batch is not None:
        _write_contents(connection, change, ledger, batch)
    moved = [one for one in ledger.solutions.values() if one.moved and not one.fresh]
    connection.executemany(
        sql.SET_STATE, [(one.state, one.gone, change, one.origin) for one in moved]
    )
    connection.executemany(sql.RELEASE, [(agency, alias) for alias in ledger.released])
    owned = [(alias, ledger.owners[alias].origin) for alias in ledger.claimed]
    connection.executemany(sql.CLAIM, [(agency, alias, origin, change) for alias, origin in owned])
    connection.executemany(
        sql.BURY,
        [(agency, alias, when, whole, change) for alias, (when, whole) in ledger.buried.items()],
    )
    touched = {one.event for one in moved}
    heirs = {other.origin: target for other, target in ledger.merged}
    for other, target in ledger.merged:
        heir = _heir(target, heirs)
        connection.execute(sql.REMOVE, (other.origin,))
        touched.add(heir.event)
        if other.event != heir.event:
            join_events(connection, change, other.event, heir.event)
            touched.discard(other.event)
    for event in sorted(touched):
        prefer(connection, change, event)


def join_events(connection: sqlite3.Connection, change: int, event: int, into: int) -> None:
    """Make one event of two."""
    connection.execute(sql.MOVE_EVENT, (into, change, event))
    connection.execute(sql.REMOVE_EVENT, (event,))


def prefer(connection: sqlite3.Connection, change: int, event: int) -> None:
    """Choose the solution that stands for an event."""
    members = connection.execute(sql.MEMBERS, (event,)).fetchall()
    if not members:
        connection.execute(sql.REMOVE_EVENT, (event,))
        return

    def merit(member: tuple[int, str, int, int]) -> tuple[bool, int, str, int]:
        origin, agency, state, _ = member
        known = PREFERENCE.index(agency) if agency in PREFERENCE else len(PREFERENCE)
        return state != PRESENT, known, agency, origin

    best = min(members, key=merit)[0]
    for origin, _, _, preferred in members:
        if bool(preferred) != (origin == best):
            connection.execute(sql.PREFER, (int(origin == best), change, origin))
    connection.execute(sql.PREFER_EVENT, (best, change, event, best))


def vanish(
    connection: sqlite3.Connection, change: int, wanted: Filter, listed: Iterable[int]
) -> Counter[str]:
    """Mark what a complete list of a window lacks."""
    choose(connection, listed)
    text, values = sql.unlisted(wanted)
    gone = [origin for (origin,) in connection.execute(text, values)]
    if not gone:
        return Counter()
    text, values = sql.select("count(*)", wanted)
    known = connection.execute(text, values).fetchone()[0]
    if len(gone) > _SUSPECT[0] and len(gone) > _SUSPECT[1] * known:
        return Counter(doubtful=len(gone))
    moment = now()
    connection.executemany(sql.SET_STATE, [(VANISHED, moment, change, one) for one in gone])
    choose(connection, gone)
    shared = connection.execute(sql.SHARED_EVENTS).fetchall()
    for (event,) in shared:
        prefer(connection, change, event)
    return Counter(vanished=len(gone))


def choose(connection: sqlite3.Connection, origins: Iterable[int]) -> None:
    """Fill the table of chosen solutions."""
    connection.execute(sql.CLEAR_CHOSEN)
    connection.executemany(sql.CHOOSE, ((origin,) for origin in origins))


def unpack(body: bytes) -> list[str]:
    """Lines of a kept answer."""
    return zlib.decompress(body).decode().split("\n")


def _write_contents(
    connection: sqlite3.Connection, change: int, ledger: Ledger, batch: Batch
) -> None:
    """Write new and newer solutions, and the rows that tell of them as they came."""
    written = [(one, row) for one in ledger.solutions.values() if (row := one.row) is not None]
    if not written:
        return
    lines = batch.lines([row for _, row in written])
    body = zlib.compress("\n".join(lines).encode(), level=3)
    cursor = connection.execute(sql.NEW_ANSWER, (change, batch.agency, now(), len(lines), body))
    answer = cursor.lastrowid
    new, newer = [], []
    for line, (one, row) in enumerate(written):
        if one.fresh:
            keys = (one.origin, one.event, 1, batch.agency, one.id, one.state, one.gone)
            new.append((*keys, change, answer, line, change, *batch.values[row]))
        else:
            newer.append(
                (one.id, one.state, one.gone, answer, line, change, *batch.values[row], one.origin)
            )
    connection.executemany(sql.insert_origins(batch.columns), new)
    connection.executemany(sql.NEW_EVENT, ((row[1], row[0], change) for row in new))
    connection.executemany(sql.update_origins(batch.columns), newer)


def _comparison(
    connection: sqlite3.Connection, solutions: dict[int, Solution], batch: Batch | None
) -> Callable[[Solution, int], bool]:
    """Make the function that compares a row with a solution without a time of change."""
    stored: dict[int, tuple[object, ...]] = {}
    if batch is not None and any(one.updated is None for one in solutions.values()):
        choose(connection, (key for key, one in solutions.items() if one.updated is None))
        for key, *values in connection.execute(sql.contents(batch.columns)):
            stored[key] = tuple(values)

    def differs(one: Solution, row: int) -> bool:
        if batch is None:
            return False
        known = stored.get(one.origin) if one.row is None else _plain(batch.values[one.row])
        return known != _plain(batch.values[row])

    return differs


def _plain(values: Sequence[object]) -> tuple[object, ...]:
    return tuple(None if value != value else value for value in values)  # NaN


def _stated(ids: str | None, identity: str) -> frozenset[str]:
    parts = (ids or "").split(",")
    return frozenset((identity, *(part for part in parts if part)))


def _heir(one: Solution, heirs: dict[int, Solution]) -> Solution:
    """Follow merges to the solution that is left."""
    while one.origin in heirs:
        one = heirs[one.origin]
    return one
