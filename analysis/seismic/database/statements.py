"""What is asked of the event database and told to it; with `schema`, the only place of SQL."""

# ruff: noqa: S608 - what is put into a statement are names of our own, never a value

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from analysis.seismic.database.filters import Filter
from analysis.seismic.database.schema import APPLICATION, KEPT

READER: Final = (
    "PRAGMA query_only = ON",
    "PRAGMA cache_size = -65536",
    "PRAGMA temp_store = MEMORY",
)
WRITER: Final = (
    "PRAGMA synchronous = NORMAL",
    "PRAGMA cache_size = -262144",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA journal_size_limit = 67108864",
    "CREATE TEMP TABLE wanted (alias TEXT PRIMARY KEY) WITHOUT ROWID",
    "CREATE TEMP TABLE chosen (origin INTEGER PRIMARY KEY)",
)
"""What is said to every new connection."""

# ---- state of the file ----
JOURNAL: Final = "PRAGMA journal_mode"
WAL: Final = "PRAGMA journal_mode = WAL"
USER_VERSION: Final = "PRAGMA user_version"
APPLICATION_ID: Final = "PRAGMA application_id"
INTEGRITY: Final = "PRAGMA integrity_check"
OPTIMIZE: Final = "PRAGMA optimize"
COUNT_TABLES: Final = "SELECT count(*) FROM sqlite_master"
BEGIN: Final = "BEGIN IMMEDIATE"
COMMIT: Final = "COMMIT"
ROLLBACK: Final = "ROLLBACK"


def set_version(version: int) -> str:
    """Say which version the file has."""
    return f"PRAGMA user_version = {version:d}"


SET_APPLICATION: Final = f"PRAGMA application_id = {APPLICATION:d}"

# ---- changes ----
REVISION: Final = "SELECT coalesce(max(change), 0) FROM changes"
NEW_CHANGE: Final = (
    "INSERT INTO changes (made, kind, agency, starts, ends, counts, note) "
    "VALUES (?, ?, ?, ?, ?, '{}', ?)"
)
BEGIN_CHANGE: Final = "UPDATE writing SET change = ?"
FORGET_CHANGE: Final = "DELETE FROM changes WHERE change = ?"
COUNT_CHANGE: Final = "UPDATE changes SET counts = ? WHERE change = ?"
LAST_CHANGE: Final = "SELECT max(change) FROM changes WHERE undone IS NULL AND kind <> 'undo'"
UNDONE: Final = "UPDATE changes SET undone = ? WHERE change = ?"
UNDO_SINCE: Final = "SELECT count(*) FROM changes WHERE kind = 'undo' AND change > ?"
CHANGES: Final = (
    "SELECT change, made, kind, agency, starts, ends, counts, note, undone FROM changes "
    "ORDER BY change"
)
CHANGED_COUNT: Final = (
    "SELECT (SELECT count(*) FROM origins WHERE change = ?1) + "
    "(SELECT count(*) FROM origins_before WHERE by = ?1)"
)


def undo(table: str) -> tuple[str, str, str]:
    """Statements that take one table back to before a change; each takes the change."""
    columns = ", ".join(KEPT[table])
    return (
        f"DELETE FROM {table} WHERE change = ?",
        f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {table}_before WHERE by = ?",
        f"DELETE FROM {table}_before WHERE by = ?",
    )


UNDO_WINDOWS: Final = (
    "UPDATE syncs SET finished = NULL WHERE sync IN (SELECT sync FROM windows WHERE change = ?)",
    "DELETE FROM windows WHERE change = ?",
)

# ---- syncs ----
LAST_SYNC: Final = (
    "SELECT sync, mode, began, until, since, finished, report FROM syncs "
    "WHERE agency = ? AND request = ? ORDER BY sync DESC LIMIT 1"
)
LAST_REQUEST: Final = "SELECT request FROM syncs WHERE agency = ? ORDER BY sync DESC LIMIT 1"
NEW_SYNC: Final = (
    "INSERT INTO syncs (agency, request, mode, began, until, since) VALUES (?, ?, ?, ?, ?, ?)"
)
FINISH_SYNC: Final = "UPDATE syncs SET finished = ?, report = ? WHERE sync = ?"
SYNCS: Final = (
    "SELECT sync, agency, request, mode, began, until, since, finished, report FROM syncs "
    "ORDER BY sync"
)
NEW_WINDOW: Final = "INSERT OR REPLACE INTO windows VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
WINDOWS: Final = (
    "SELECT starts, ends, listed, requests, counts FROM windows WHERE sync = ? AND part = ? "
    "ORDER BY starts"
)
VANISHED_IN: Final = (
    "SELECT count(*) FROM origins WHERE state = 2 AND change IN "
    "(SELECT change FROM windows WHERE sync = ?)"
)
REFUSED: Final = (
    "SELECT r.rejected, r.id, r.reason, r.row, min(w.starts), max(w.ends) "
    "FROM rejected AS r LEFT JOIN windows AS w ON w.change = r.change "
    "WHERE r.agency = ? AND NOT EXISTS ("
    "SELECT 1 FROM aliases AS a JOIN origins AS o ON o.origin = a.origin "
    "WHERE a.agency = r.agency AND a.alias = r.id AND o.state = 0) "
    "GROUP BY r.rejected ORDER BY r.rejected"
)
"""Rows that can be no event and became none later; with the time of the window that told them."""
LATEST_UPDATE: Final = "SELECT max(updated) FROM origins WHERE agency = ?"

# ---- solutions ----
NEXT_KEY: Final = (
    "SELECT max(coalesce((SELECT max(origin) FROM origins), 0), "
    "coalesce((SELECT max(event) FROM origins), 0), "
    "coalesce((SELECT max(origin) FROM origins_before), 0)) + 1"
)
"""Number that neither a solution nor an event has."""
CLEAR_WANTED: Final = "DELETE FROM temp.wanted"
WANT: Final = "INSERT OR IGNORE INTO temp.wanted VALUES (?)"
OWNERS: Final = (
    "SELECT a.alias, a.origin FROM temp.wanted AS w CROSS JOIN aliases AS a "
    "ON a.agency = ? AND a.alias = w.alias"
)
BURIED: Final = (
    "SELECT t.id, t.moment, t.whole FROM temp.wanted AS w CROSS JOIN tombstones AS t "
    "ON t.agency = ? AND t.id = w.alias"
)
CLEAR_CHOSEN: Final = "DELETE FROM temp.chosen"
CHOOSE: Final = "INSERT OR IGNORE INTO temp.chosen VALUES (?)"
KNOWN: Final = (
    "SELECT o.origin, o.event, o.id, o.updated, o.state, o.gone, o.ids "
    "FROM temp.chosen AS c CROSS JOIN origins AS o ON o.origin = c.origin"
)
KNOWN_ALIASES: Final = (
    "SELECT a.origin, a.alias FROM temp.chosen AS c CROSS JOIN aliases AS a ON a.origin = c.origin"
)
AGENCIES_OF: Final = "SELECT DISTINCT agency FROM aliases WHERE alias = ?"
CLAIM: Final = (
    "INSERT INTO aliases (agency, alias, origin, change) VALUES (?, ?, ?, ?) "
    "ON CONFLICT DO UPDATE SET origin = excluded.origin, change = excluded.change "
    "WHERE origin <> excluded.origin"
)
RELEASE: Final = "DELETE FROM aliases WHERE agency = ? AND alias = ?"
BURY: Final = (
    "INSERT INTO tombstones (agency, id, moment, whole, change) VALUES (?, ?, ?, ?, ?) "
    "ON CONFLICT DO UPDATE SET moment = excluded.moment, whole = excluded.whole, "
    "change = excluded.change "
    "WHERE moment < excluded.moment"
)
UNBURY: Final = "DELETE FROM tombstones WHERE agency = ? AND id = ?"
SET_STATE: Final = "UPDATE origins SET state = ?, gone = ?, change = ? WHERE origin = ?"
REMOVE: Final = "DELETE FROM origins WHERE origin = ?"
NEW_EVENT: Final = "INSERT INTO events (event, preferred, change) VALUES (?, ?, ?)"
MOVE_EVENT: Final = "UPDATE origins SET event = ?, change = ? WHERE event = ?"
MOVE_ORIGIN: Final = "UPDATE origins SET event = ?, change = ? WHERE origin = ?"
REMOVE_EVENT: Final = "DELETE FROM events WHERE event = ?"
MEMBERS: Final = "SELECT origin, agency, state, preferred FROM origins WHERE event = ?"
PREFER: Final = "UPDATE origins SET preferred = ?, change = ? WHERE origin = ?"
PREFER_EVENT: Final = (
    "UPDATE events SET preferred = ?, change = ? WHERE event = ? AND preferred <> ?"
)
SHARED_EVENTS: Final = (
    "SELECT DISTINCT o.event FROM temp.chosen AS c CROSS JOIN origins AS o ON o.origin = c.origin "
    "WHERE EXISTS (SELECT 1 FROM origins AS p WHERE p.event = o.event AND p.origin <> o.origin)"
)
ORIGIN_OF: Final = "SELECT origin FROM aliases WHERE agency = ? AND alias = ?"
STATE_OF: Final = "SELECT state, event FROM origins WHERE origin = ?"
ORIGINS_WITH: Final = "SELECT origin, agency FROM aliases WHERE alias = ? ORDER BY agency"
EVENT_OF: Final = "SELECT event FROM origins WHERE origin = ?"
NEW_ANSWER: Final = (
    "INSERT INTO answers (change, agency, received, lines, body) VALUES (?, ?, ?, ?, ?)"
)
ANSWER_OF: Final = (
    "SELECT a.body, v.line, v.change FROM ("
    "SELECT answer, line, change FROM origins WHERE origin = ?1 UNION "
    "SELECT answer, line, change FROM origins_before WHERE origin = ?1) AS v "
    "JOIN answers AS a ON a.answer = v.answer ORDER BY v.change"
)
REJECT: Final = (
    "INSERT OR IGNORE INTO rejected (change, agency, id, reason, row) VALUES (?, ?, ?, ?, ?)"
)
REJECTED: Final = "SELECT change, agency, id, reason, row FROM rejected ORDER BY rejected"
ALIASES_OF: Final = "SELECT agency, alias FROM aliases WHERE origin = ? ORDER BY alias"
MAGNITUDES_OF: Final = (
    "SELECT agency, magType, mag, magError, magNst, magSource, updated, current "
    "FROM magnitudes WHERE event = ? ORDER BY current DESC, agency, updated DESC"
)


INVARIANTS: Final = {
    "solutions without their own id": "SELECT count(*) FROM origins AS o WHERE NOT EXISTS ("
    "SELECT 1 FROM aliases AS a WHERE a.agency = o.agency AND a.alias = o.id "
    "AND a.origin = o.origin)",
    "ids without a solution": "SELECT count(*) FROM aliases AS a WHERE NOT EXISTS ("
    "SELECT 1 FROM origins AS o WHERE o.origin = a.origin AND o.agency = a.agency)",
    "events without their preferred solution": "SELECT count(*) FROM events AS e WHERE NOT EXISTS ("
    "SELECT 1 FROM origins AS o WHERE o.origin = e.preferred AND o.event = e.event "
    "AND o.preferred = 1)",
    "events with several preferred solutions": "SELECT count(*) FROM ("
    "SELECT event FROM origins WHERE preferred = 1 GROUP BY event HAVING count(*) > 1)",
    "solutions without an event": "SELECT count(*) FROM origins AS o WHERE NOT EXISTS ("
    "SELECT 1 FROM events AS e WHERE e.event = o.event)",
    "solutions without a place": "SELECT count(*) FROM origins AS o WHERE NOT EXISTS ("
    "SELECT 1 FROM places AS p WHERE p.origin = o.origin)",
    "places without a solution": "SELECT (SELECT count(*) FROM places) - "
    "(SELECT count(*) FROM origins)",
}
"""What must always hold: text of a fault -> how often it occurs."""


def solutions_of(what: str) -> str:
    """Solutions of an event, the preferred one first."""
    return f"SELECT {what} FROM origins AS o WHERE o.event = ? ORDER BY o.preferred DESC, o.origin"


def insert_origins(columns: Sequence[str]) -> str:
    """Take solutions in: the keys, then these columns of the table of events."""
    names = ", ".join((*KEYS, *columns))
    return f"INSERT INTO origins ({names}) VALUES ({', '.join('?' * (len(KEYS) + len(columns)))})"


def update_origins(columns: Sequence[str]) -> str:
    """Give solutions a newer content: id, state, gone, answer, line, change, columns, origin."""
    names = ("id", "state", "gone", "answer", "line", "change", *columns)
    return f"UPDATE origins SET {', '.join(f'{name} = ?' for name in names)} WHERE origin = ?"


KEYS: Final = (
    "origin", "event", "preferred", "agency", "id", "state", "gone", "first", "answer", "line",
    "change",
)  # fmt: skip
"""Columns of a solution that are ours."""


def contents(columns: Sequence[str]) -> str:
    """Columns of the chosen solutions, after their key."""
    return (
        f"SELECT o.origin, {', '.join(f'o.{name}' for name in columns)} "
        "FROM temp.chosen AS c CROSS JOIN origins AS o ON o.origin = c.origin"
    )


# ---- questions ----
def select(
    what: str, wanted: Filter, *, order: str = "", limit: int | None = None
) -> tuple[str, list[Any]]:
    """Statement and parameters of a question.

    Parameters
    ----------
    what : str
        Expressions on the columns of `origins`, called ``o``.
    wanted : Filter
        Which solutions.
    order : str
        Terms after ORDER BY.
    limit : int, optional
        At most so many rows.
    """
    source, values = _source(wanted)
    where, more = _conditions(wanted)
    text = f"SELECT {what} FROM {source} WHERE {' AND '.join(where)}"
    if order:
        text += f" ORDER BY {order}"
    if limit is not None:
        text += " LIMIT ?"
        more.append(limit)
    return text, [*values, *more]


def unlisted(wanted: Filter) -> tuple[str, list[Any]]:
    """Solutions of a filter that are not among the chosen ones."""
    text, values = select("o.origin", wanted)
    return text + " AND o.origin NOT IN (SELECT origin FROM temp.chosen)", values


def _source(wanted: Filter) -> tuple[str, list[Any]]:
    """Tables to read: through the tree of places where there is a region."""
    if not wanted.boxes:
        return "origins AS o", []
    parts, values = [], []
    for west, south, east, north in wanted.boxes:
        terms = ["west <= ? AND east >= ? AND south <= ? AND north >= ?"]
        values += [east, west, north, south]
        bounds = (
            ("first <= ?", wanted.end, 86_400e6), ("last >= ?", wanted.start, 86_400e6),
            ("low <= ?", wanted.magnitude[1], 1.0), ("high >= ?", wanted.magnitude[0], 1.0),
        )  # fmt: skip
        for term, value, unit in bounds:
            if value is not None:
                terms.append(term)
                values.append(value / unit)
        parts.append(f"SELECT origin FROM places WHERE {' AND '.join(terms)}")
    places = " UNION ALL ".join(parts)
    return f"({places}) AS p CROSS JOIN origins AS o ON o.origin = p.origin", values


def _conditions(wanted: Filter) -> tuple[list[str], list[Any]]:
    """Exact conditions on the solutions."""
    values: list[Any] = []
    where = [_among("o.preferred", (1,) if wanted.preferred else (0, 1), values)]
    where.append(_among("o.state", wanted.states, values))
    ranges = (
        ("o.time >= ?", wanted.start), ("o.time < ?", wanted.end),
        ("o.mag >= ?", wanted.magnitude[0]), ("o.mag <= ?", wanted.magnitude[1]),
        ("o.depth >= ?", wanted.depth[0]), ("o.depth <= ?", wanted.depth[1]),
        ("o.change > ?", wanted.since),
    )  # fmt: skip
    for term, value in ranges:
        if value is not None:
            where.append(term)
            values.append(value)
    if wanted.boxes:
        box = "o.longitude BETWEEN ? AND ? AND o.latitude BETWEEN ? AND ?"
        where.append("(" + " OR ".join(f"({box})" for _ in wanted.boxes) + ")")
        for west, south, east, north in wanted.boxes:
            values += [west, east, south, north]
    if wanted.circle is not None:
        where.append("distance_km(?, ?, o.longitude, o.latitude) <= ?")
        values += wanted.circle
    lists = (
        ("o.type", wanted.types), ("o.agency", wanted.agencies), ("o.source", wanted.sources),
    )  # fmt: skip
    for column, among in lists:
        if among is not None:
            where.append(_among(column, among, values))
    if wanted.simulated is not None:
        where.append("o.simulated = ?")
        values.append(int(wanted.simulated))
    return where, values


def _among(column: str, among: Sequence[Any], values: list[Any]) -> str:
    """Condition that a column is one of some values."""
    values += among
    return f"{column} = ?" if len(among) == 1 else f"{column} IN ({', '.join('?' * len(among))})"
