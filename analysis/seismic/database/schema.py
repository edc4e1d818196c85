"""The tables of the event database, step by step: one migration per version of the file."""

# ruff: noqa: S608 - what is put into a statement are names of our own, never a value

from __future__ import annotations

from typing import Final

APPLICATION: Final = 0x515A4556
"""``PRAGMA application_id`` of our files ("QZEV")."""

_SOLUTION: Final = """
    origin INTEGER {key}, event INTEGER NOT NULL, preferred INTEGER NOT NULL, agency TEXT NOT NULL,
    id TEXT NOT NULL, state INTEGER NOT NULL, gone INTEGER, first INTEGER NOT NULL,
    answer INTEGER, line INTEGER, change INTEGER NOT NULL,
    time INTEGER NOT NULL, updated INTEGER, longitude REAL NOT NULL, latitude REAL NOT NULL,
    depth REAL, mag REAL, magType TEXT, place TEXT, type TEXT, status TEXT, alert TEXT,
    tsunami INTEGER, significance REAL, net TEXT, code TEXT, ids TEXT, sources TEXT, felt REAL,
    cdi REAL, mmi REAL, nst REAL, dmin REAL, rms REAL, gap REAL, horizontalError REAL,
    depthError REAL, magError REAL, magNst REAL, locationSource TEXT, magSource TEXT, url TEXT,
    source TEXT, simulated INTEGER
"""
KEPT: Final = {
    "events": ("event", "preferred", "change"),
    "origins": tuple(
        part.split()[0] for part in _SOLUTION.replace("\n", " ").split(",") if part.strip()
    ),
    "aliases": ("agency", "alias", "origin", "change"),
    "tombstones": ("agency", "id", "moment", "whole", "change"),
}
"""Tables whose every step can be undone, and their columns."""


def _keepers() -> list[str]:
    """Triggers that keep a row as it was before the change that is being written."""
    made = []
    for table, columns in KEPT.items():
        olds = ", ".join(f"OLD.{column}" for column in columns)
        for verb in ("UPDATE", "DELETE"):
            made.append(
                f"CREATE TRIGGER keep_{table}_{verb.lower()} AFTER {verb} ON {table} "
                f"WHEN OLD.change <> (SELECT change FROM writing) BEGIN "
                f"INSERT INTO {table}_before SELECT change, {olds} FROM writing; END"
            )
    return made


def _placing(row: str) -> str:
    """Put a solution into the tree of places; a missing magnitude lies below all others."""
    days, mag = f"{row}.time / 86400e6", f"coalesce({row}.mag, -99)"
    return (
        f"INSERT INTO places VALUES ({row}.origin, {row}.longitude, {row}.longitude, "
        f"{row}.latitude, {row}.latitude, {days}, {days}, {mag}, {mag});"
    )


FIRST: Final[tuple[str, ...]] = (
    """CREATE TABLE changes (
        change INTEGER PRIMARY KEY, made INTEGER NOT NULL, kind TEXT NOT NULL, agency TEXT,
        starts INTEGER, ends INTEGER, counts TEXT NOT NULL, note TEXT, undone INTEGER)""",
    "CREATE TABLE writing (change INTEGER NOT NULL)",
    "INSERT INTO writing VALUES (0)",
    """CREATE TABLE events (
        event INTEGER PRIMARY KEY, preferred INTEGER NOT NULL, change INTEGER NOT NULL)""",
    f"CREATE TABLE origins ({_SOLUTION.format(key='PRIMARY KEY')})",
    """CREATE TABLE aliases (
        agency TEXT NOT NULL, alias TEXT NOT NULL, origin INTEGER NOT NULL,
        change INTEGER NOT NULL, PRIMARY KEY (agency, alias)) WITHOUT ROWID""",
    """CREATE TABLE tombstones (
        agency TEXT NOT NULL, id TEXT NOT NULL, moment INTEGER NOT NULL, whole INTEGER NOT NULL,
        change INTEGER NOT NULL, PRIMARY KEY (agency, id)) WITHOUT ROWID""",
    """CREATE TABLE answers (
        answer INTEGER PRIMARY KEY, change INTEGER NOT NULL, agency TEXT NOT NULL,
        received INTEGER NOT NULL, lines INTEGER NOT NULL, body BLOB NOT NULL)""",
    """CREATE TABLE rejected (
        rejected INTEGER PRIMARY KEY, change INTEGER NOT NULL, agency TEXT NOT NULL, id TEXT,
        reason TEXT NOT NULL, row TEXT NOT NULL, UNIQUE (agency, reason, row))""",
    """CREATE TABLE syncs (
        sync INTEGER PRIMARY KEY, agency TEXT NOT NULL, request TEXT NOT NULL,
        mode TEXT NOT NULL, began INTEGER NOT NULL, until INTEGER NOT NULL, since INTEGER,
        finished INTEGER, report TEXT)""",
    """CREATE TABLE windows (
        sync INTEGER NOT NULL, starts INTEGER NOT NULL, ends INTEGER NOT NULL,
        listed INTEGER NOT NULL, counts TEXT NOT NULL, change INTEGER NOT NULL,
        PRIMARY KEY (sync, starts, ends)) WITHOUT ROWID""",
    "CREATE TABLE events_before (by INTEGER NOT NULL, event INTEGER NOT NULL, "
    "preferred INTEGER NOT NULL, change INTEGER NOT NULL, PRIMARY KEY (by, event)) WITHOUT ROWID",
    f"CREATE TABLE origins_before (by INTEGER NOT NULL, {_SOLUTION.format(key='NOT NULL')}, "
    "PRIMARY KEY (by, origin)) WITHOUT ROWID",
    "CREATE TABLE aliases_before (by INTEGER NOT NULL, agency TEXT NOT NULL, alias TEXT NOT NULL, "
    "origin INTEGER NOT NULL, change INTEGER NOT NULL, PRIMARY KEY (by, agency, alias)) "
    "WITHOUT ROWID",
    "CREATE TABLE tombstones_before (by INTEGER NOT NULL, agency TEXT NOT NULL, id TEXT NOT NULL, "
    "moment INTEGER NOT NULL, whole INTEGER NOT NULL, change INTEGER NOT NULL, "
    "PRIMARY KEY (by, agency, id)) WITHOUT ROWID",
    "CREATE INDEX origins_by_time ON origins (preferred, state, time, mag, agency)",
    "CREATE INDEX origins_by_event ON origins (event)",
    "CREATE INDEX origins_by_change ON origins (change)",
    "CREATE INDEX aliases_by_origin ON aliases (origin)",
    "CREATE VIRTUAL TABLE places USING rtree("
    "origin, west, east, south, north, first, last, low, high)",
    f"CREATE TRIGGER place_insert AFTER INSERT ON origins BEGIN {_placing('NEW')} END",
    "CREATE TRIGGER place_update AFTER UPDATE ON origins WHEN "
    "OLD.longitude <> NEW.longitude OR OLD.latitude <> NEW.latitude OR OLD.time <> NEW.time "
    "OR OLD.mag IS NOT NEW.mag BEGIN "
    f"DELETE FROM places WHERE origin = OLD.origin; {_placing('NEW')} END",
    "CREATE TRIGGER place_delete AFTER DELETE ON origins BEGIN "
    "DELETE FROM places WHERE origin = OLD.origin; END",
    *_keepers(),
    """CREATE VIEW magnitudes AS
        SELECT event, origin, agency, id, magType, mag, magError, magNst, magSource, updated,
            1 AS current FROM origins WHERE mag IS NOT NULL
        UNION
        SELECT event, origin, agency, id, magType, mag, magError, magNst, magSource, updated,
            0 FROM origins_before AS was WHERE mag IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM origins AS now WHERE now.origin = was.origin
                AND now.updated IS was.updated AND now.mag = was.mag
                AND now.magType IS was.magType)""",
)

SECOND: Final[tuple[str, ...]] = (
    "ALTER TABLE windows RENAME TO windows_old",
    """CREATE TABLE windows (
        sync INTEGER NOT NULL, part TEXT NOT NULL, starts INTEGER NOT NULL, ends INTEGER NOT NULL,
        listed INTEGER NOT NULL, requests INTEGER NOT NULL, counts TEXT NOT NULL,
        change INTEGER NOT NULL, PRIMARY KEY (sync, part, starts, ends)) WITHOUT ROWID""",
    "INSERT INTO windows SELECT sync, 'listed', starts, ends, listed, 0, counts, change "
    "FROM windows_old",
    "DROP TABLE windows_old",
)
"""Windows of deletions beside those of events, and how often was asked for them."""

THIRD: Final[tuple[str, ...]] = (
    "CREATE INDEX origins_before_by_origin ON origins_before (origin)",
)

MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (FIRST, SECOND, THIRD)
"""Statements that bring a file from version ``n`` to ``n + 1``."""
