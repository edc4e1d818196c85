"""The record of an ingest under way, and the lock that keeps a second one away."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from analysis.cubes.errors import CubeBusyError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


class Journal:
    """Lines of JSON, each on the disk before the next piece of work begins.

    The first line describes the ingest; each further line is one finished piece.

    Parameters
    ----------
    path : pathlib.Path
        File of the journal; it may exist, with a last line torn by a crash.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        lines = _whole_lines(path)
        self.header: dict[str, Any] | None = lines[0] if lines else None
        self.entries: list[dict[str, Any]] = lines[1:]

    def start(self, header: dict[str, Any]) -> None:
        """Write the first line of a new journal.

        Parameters
        ----------
        header : dict
            Values that JSON can hold.
        """
        self.header, self.entries = header, []
        write_durably(self.path, json.dumps(header) + "\n")

    def mend(self) -> None:
        """Drop a line that a crash left unfinished, so that new ones can follow."""
        lines = [self.header, *self.entries]
        write_durably(self.path, "".join(json.dumps(line) + "\n" for line in lines))

    def add(self, entry: dict[str, Any]) -> None:
        """Record one finished piece of work.

        Parameters
        ----------
        entry : dict
            Values that JSON can hold.
        """
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")
            file.flush()
            os.fsync(file.fileno())
        self.entries.append(entry)


def _whole_lines(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        return []
    found = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True):
        if not line.endswith("\n"):
            break
        try:
            found.append(json.loads(line))
        except json.JSONDecodeError:
            break
    return found


def write_durably(path: Path, text: str) -> None:
    """Replace a file in one step: readers see the old text or the new one, never a part.

    Parameters
    ----------
    path : pathlib.Path
        File to write.
    text : str
        Its new content.
    """
    beside = path.with_name(f"{path.name}.new")
    with beside.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make renames inside a folder survive a power cut (where the system can).

    Parameters
    ----------
    folder : pathlib.Path
    """
    if sys.platform != "win32":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def exclusive(path: Path, name: str) -> Iterator[None]:
    """Hold the lock of a cube; it is released even if the process is killed.

    Parameters
    ----------
    path : pathlib.Path
        File of the lock.
    name : str
        Name of the cube, for the message.

    Raises
    ------
    CubeBusyError
        Another ingest of the same cube is running.
    """
    with path.open("a+b") as file:
        if not _try_lock(file):
            message = f"Another ingest of the cube {name!r} is running; "
            raise CubeBusyError(message + "wait until it ends, or choose another name.")
        yield


def _try_lock(file: BinaryIO) -> bool:
    try:
        if sys.platform == "win32":
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True
