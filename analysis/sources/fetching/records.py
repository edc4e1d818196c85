"""What was fetched: for each file its address, day, size, checksum and licence, as JSON beside."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final, TypedDict, cast

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows has other locks
    fcntl = None  # type: ignore[assignment]

RECORD: Final = ".fetched.json"
_HERE: Final = threading.RLock()


class Entry(TypedDict, total=False):
    """What is known of one file that was fetched."""

    url: str
    fetched: str
    size: int
    sha256: str
    checked: str
    etag: str
    modified: str
    licence: str
    date: str


def read(folder: Path) -> dict[str, Entry]:
    """Read what was fetched into a folder.

    Parameters
    ----------
    folder : pathlib.Path
        Folder of one source.

    Returns
    -------
    dict
        Name of each file -> what is known; empty where nothing was fetched or the record is
        damaged: the files themselves stay what they are.

    Examples
    --------
    >>> read(Path("nowhere"))
    {}
    """
    try:
        told = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    files = told.get("files") if isinstance(told, dict) else None
    if not isinstance(files, dict):
        return {}
    return {str(name): cast(Entry, one) for name, one in files.items() if isinstance(one, dict)}


def add(folder: Path, name: str, one: Entry, source: str) -> None:
    """Put down one file, whole: a crash leaves the old record.

    Parameters
    ----------
    folder : pathlib.Path
        Folder of one source.
    name : str
        Name of the file.
    one : Entry
        What is known of it.
    source : str
        Name of the source.
    """
    with locked(folder):
        files: dict[str, Any] = {**read(folder), name: one}
        text = json.dumps({"source": source, "files": files}, indent=1, ensure_ascii=False)
        handle, beside = tempfile.mkstemp(prefix=".fetched.", suffix=".tmp", dir=folder)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            Path(beside).replace(folder / RECORD)
        except OSError:
            Path(beside).unlink(missing_ok=True)
            raise


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep every other session from writing the record of a folder."""
    with _HERE, (folder / ".fetched.lock").open("w") as file:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def claim(file: IO[bytes]) -> bool:
    """Take an open file for this session alone, until it is closed or the session ends.

    Parameters
    ----------
    file : file object
        Open file.

    Returns
    -------
    bool
        False where another session has it.
    """
    if fcntl is not None:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def now() -> str:
    """Give this moment as text.

    Returns
    -------
    str
        UTC, to the second.
    """
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
