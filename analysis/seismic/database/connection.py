"""The file: opening, versions, one writer, several readers, and errors in plain words."""

from __future__ import annotations

import errno
import math
import os
import sqlite3
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from analysis.seismic.database import schema
from analysis.seismic.database import statements as sql
from analysis.seismic.distances import EARTH_RADIUS_KM


class _Connection(sqlite3.Connection):
    """A connection that can be kept in a weak set."""


class DatabaseFile:
    """One file of events, opened by as many threads as there are readers.

    Parameters
    ----------
    path : pathlib.Path
        The file; it is made where it is missing, unless `read_only`.
    read_only : bool
        Never write. A file that this process may not write is opened so anyway.
    timeout : float
        How long to wait for another writer, seconds.
    """

    def __init__(self, path: Path, *, read_only: bool = False, timeout: float = 30.0) -> None:
        self.path = path
        self.timeout = timeout
        self.read_only = read_only or (path.exists() and not _writable(path))
        self._local = threading.local()
        self._open: weakref.WeakSet[_Connection] = weakref.WeakSet()
        self._lock = threading.RLock()
        self._writer: _Connection | None = None
        self._process = os.getpid()
        self._depth = 0
        if not path.exists():
            if read_only:
                raise FileNotFoundError(errno.ENOENT, "There is no event database", str(path))
            path.parent.mkdir(parents=True, exist_ok=True)
        with self.plainly():
            self._prepare()

    def reader(self) -> sqlite3.Connection:
        """Return the connection of this thread, which cannot write."""
        if self._process != os.getpid():  # a child of a fork must not share connections
            self.__dict__.update(_local=threading.local(), _writer=None, _process=os.getpid())
        found: _Connection | None = getattr(self._local, "reader", None)
        if found is None:
            found = self._connect("ro" if self.read_only else "rw")
            for line in sql.READER:
                found.execute(line)
            self._local.reader = found
        return found

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Hold the one writer inside a transaction: all or nothing.

        Raises
        ------
        PermissionError
            The file is open for reading only.
        TimeoutError
            Another process kept writing for longer than the timeout.
        OSError
            The disk is full, or failed.
        """
        if self.read_only:
            raise PermissionError(
                errno.EACCES, "The event database can only be read", str(self.path)
            )
        with self._lock, self.plainly():
            connection = self._write_connection()
            if self._depth:  # part of a larger transaction
                yield connection
                return
            connection.execute(sql.BEGIN)
            self._depth = 1
            try:
                yield connection
                connection.execute(sql.COMMIT)
            except BaseException:
                if connection.in_transaction:
                    connection.execute(sql.ROLLBACK)
                raise
            finally:
                self._depth = 0

    def close(self) -> None:
        """Close every connection; the next question opens anew."""
        with self._lock:
            for connection in list(self._open):
                connection.close()
            self._open.clear()
            self._local = threading.local()
            self._writer = None

    @contextmanager
    def plainly(self) -> Iterator[None]:
        """Say the errors of SQLite in plain words."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise _plain(error, self.path, self.timeout) from error

    def _write_connection(self) -> sqlite3.Connection:
        self.reader()  # notices a fork
        if self._writer is None:
            self._writer = self._connect("rwc")
            for line in sql.WRITER:
                self._writer.execute(line)
        return self._writer

    def _connect(self, mode: str, immutable: bool = False) -> _Connection:
        place = self.path.absolute().as_uri() + f"?mode={mode}" + "&immutable=1" * immutable
        try:
            connection = sqlite3.connect(
                place,
                uri=True,
                timeout=self.timeout,
                isolation_level=None,
                check_same_thread=False,
                factory=_Connection,
            )
            connection.execute(sql.USER_VERSION)
        except sqlite3.OperationalError:
            if mode != "ro" or immutable:
                raise
            # a folder that cannot be written holds no shared memory for a log
            return self._connect("ro", immutable=True)
        connection.create_function("distance_km", 4, _distance, deterministic=True)
        self._open.add(connection)
        return connection

    def _prepare(self) -> None:
        """Check that the file is ours, and bring it to the newest version."""
        connection = self._connect("ro" if self.read_only else "rwc")
        try:
            version = _version(connection, self.path)
            newest = len(schema.MIGRATIONS)
            if version > newest:
                raise ValueError(
                    f"{self.path} was written by a newer Qazcube (version {version} of the file; "
                    f"this one knows up to {newest}). Update Qazcube, or name another file."
                )
            if version == newest and version:
                return
            if self.read_only:
                raise PermissionError(
                    errno.EACCES,
                    f"The event database has version {version} and must become {newest}, but "
                    "cannot be written",
                    str(self.path),
                )
            if connection.execute(sql.JOURNAL).fetchone()[0] != "wal":
                connection.execute(sql.WAL)
            _migrate(connection, self.path)
        finally:
            connection.close()


def file_path(path: Any) -> Path:
    """Return the path of a file of events.

    Raises
    ------
    ValueError
        It is no path, or stands for a database that has no file.

    Examples
    --------
    >>> file_path("folder/events.sqlite").name
    'events.sqlite'
    """
    if not isinstance(path, str | os.PathLike) or str(path) in ("", ":memory:"):
        raise ValueError(
            f"The event database is {path!r}; give the path of a file. It cannot be kept in "
            "memory, for threads and processes share the file."
        )
    return Path(path).expanduser()


def _version(connection: sqlite3.Connection, path: Path) -> int:
    """Version of a file of ours; 0 for an empty one."""
    owner = connection.execute(sql.APPLICATION_ID).fetchone()[0]
    tables = connection.execute(sql.COUNT_TABLES).fetchone()[0]
    if tables and owner != schema.APPLICATION:
        raise ValueError(f"{path} is a SQLite database of another program; name another file.")
    version: int = connection.execute(sql.USER_VERSION).fetchone()[0]
    return version


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Take the steps that the file has not taken, all in one transaction."""
    connection.execute(sql.BEGIN)
    try:
        version = _version(connection, path)  # another process may have been faster
        for step in schema.MIGRATIONS[version:]:
            for line in step:
                connection.execute(line)
        connection.execute(sql.SET_APPLICATION)
        connection.execute(sql.set_version(len(schema.MIGRATIONS)))
        connection.execute(sql.COMMIT)
    except BaseException:
        if connection.in_transaction:
            connection.execute(sql.ROLLBACK)
        raise


def _writable(path: Path) -> bool:
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)


def _plain(error: sqlite3.DatabaseError, path: Path, timeout: float) -> Exception:
    """Return the error that a caller understands."""
    name = getattr(error, "sqlite_errorname", "") or ""
    place = str(path)
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        text = f"Another process is writing the event database; waited {timeout:g} s"
        return TimeoutError(errno.ETIMEDOUT, text, place)
    if name.startswith("SQLITE_FULL"):
        return OSError(errno.ENOSPC, "The disk is full; nothing of this step was kept", place)
    if name.startswith(("SQLITE_READONLY", "SQLITE_PERM", "SQLITE_AUTH")):
        return PermissionError(errno.EACCES, "The event database can only be read", place)
    if name.startswith("SQLITE_NOTADB"):
        return ValueError(f"{path} is no SQLite database; name another file, or delete it.")
    if name.startswith("SQLITE_CORRUPT"):
        return OSError(errno.EIO, "The event database is damaged; restore a copy", place)
    if name.startswith(("SQLITE_CANTOPEN", "SQLITE_IOERR")):
        return OSError(errno.EIO, f"The event database cannot be read or written ({error})", place)
    return error


def _distance(*values: Any) -> float | None:
    """Great-circle distance in km for a statement (haversine; Sinnott 1984)."""
    lon, lat, other_lon, other_lat = (math.radians(value) for value in values)
    h = (
        math.sin((other_lat - lat) / 2) ** 2
        + math.cos(lat) * math.cos(other_lat) * math.sin((other_lon - lon) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(h)))
