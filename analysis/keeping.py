"""A folder of finished results within limits of size and age: what was unused longest goes first.

An entry is a file or a folder that can be made again. Whoever works with one holds it; what is
held, by this process or another, is not removed, however old it is.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import time
import weakref
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from analysis import settings

try:
    import fcntl
except ImportError:  # Windows, which removes no file that is open
    fcntl = None  # type: ignore[assignment]

HELD: Final = ".held"
"""Folder, beside the entries, of the files that are locked while an entry is held."""

FRESH: Final = 3600.0
"""Seconds after its last use in which no entry is removed: somebody may be about to hold it."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limits:
    """How much is kept: bytes of all entries together, and seconds since the last use."""

    size: float
    age: float


def limits() -> Limits:
    """Return the limits of the settings.

    Returns
    -------
    Limits
        Of ``QAZCUBE_RESULTS_MB`` and ``QAZCUBE_RESULTS_DAYS``.

    Raises
    ------
    ValueError
        One of them is no number above 0.

    Examples
    --------
    >>> limits().size > 0
    True
    """
    found = []
    for name, unit in (("results_mb", 1e6), ("results_days", 86400.0)):
        text = settings.get(name)
        try:
            value = float(text)
        except ValueError:
            value = 0.0
        if not 0 < value < float("inf"):
            setting = next(one.env for one in settings.SETTINGS if one.name == name)
            raise ValueError(f"{setting} is {text!r}; it must be a number above 0.")
        found.append(value * unit)
    return Limits(*found)


def used(path: Path) -> None:
    """Note that an entry is used now; one that is gone is passed over."""
    with contextlib.suppress(OSError):
        os.utime(path)


def hold(path: Path, owner: Any) -> None:
    """Keep an entry from being removed as long as an object lives.

    Parameters
    ----------
    path : pathlib.Path
        The entry; it need not exist yet.
    owner
        Any object to which a weak reference can be made.
    """
    used(path)
    try:
        handle = _shared(path)
    except OSError as error:
        log.warning("%s cannot be held: %s", path, error)
        return
    weakref.finalize(owner, os.close, handle).atexit = False


@contextlib.contextmanager
def held(path: Path) -> Iterator[None]:
    """Keep an entry from being removed while a block of code runs.

    Parameters
    ----------
    path : pathlib.Path
        The entry; it need not exist yet.

    Raises
    ------
    OSError
        The folder cannot be written.
    """
    used(path)
    handle = _shared(path)
    try:
        yield
    finally:
        os.close(handle)


def _lock_file(path: Path) -> Path:
    return path.parent / HELD / path.name


def _shared(path: Path) -> int:
    """Return an open file with a lock that others may have too, of the file that is there now."""
    lock = _lock_file(path)
    lock.parent.mkdir(parents=True, exist_ok=True)
    while True:
        handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
        if fcntl is not None:
            fcntl.flock(handle, fcntl.LOCK_SH)
        with contextlib.suppress(FileNotFoundError):  # removed before it was locked: once more
            if os.fstat(handle).st_ino == lock.stat().st_ino:
                return handle
        os.close(handle)


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[bool]:
    """Tell whether nobody holds an entry; nobody can begin to before the end."""
    lock = _lock_file(path)
    lock.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            if fcntl is not None:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True
        if fcntl is not None:
            lock.unlink(missing_ok=True)
    finally:
        os.close(handle)


def trim(
    folders: Iterable[Path],
    most: Limits | None = None,
    *,
    keep: Iterable[str] = (),
    now: float | None = None,
) -> list[Path]:
    """Remove entries that are older than allowed, then the oldest while there is too much.

    Parameters
    ----------
    folders : iterable of pathlib.Path
        Their files and folders are the entries; hidden ones are none. The limit of size is for
        all together.
    most : Limits, optional
        Those of the settings where left out.
    keep : iterable of str, optional
        Names that are no entries.
    now : float, optional
        Seconds since 1970; the clock's where left out.

    Returns
    -------
    list of pathlib.Path
        What was removed.

    Raises
    ------
    ValueError
        A setting of the limits is no number above 0.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("a", "b"):
    ...         _ = (Path(folder) / name).write_bytes(bytes(600))
    ...     os.utime(Path(folder) / "a", (0, 0))
    ...     [one.name for one in trim([Path(folder)], Limits(1000, 1e12))]
    ['a']
    """
    most, moment = most or limits(), time.time() if now is None else now
    skip, entries = set(keep), []
    for folder in folders:
        for path in folder.glob("*"):
            if path.name not in skip and not path.name.startswith("."):
                with contextlib.suppress(OSError):  # another process removed it
                    entries.append((path.stat().st_mtime, _size(path), path))
    total, removed = sum(size for _when, size, _path in entries), []
    for when, size, path in sorted(entries, key=lambda one: (one[0], str(one[2]))):
        age = moment - when
        if age < FRESH or (age <= most.age and total <= most.size):
            continue
        if _remove(path):
            removed.append(path)
            total -= size
    return removed


def _remove(path: Path) -> bool:
    """Remove an entry that nobody holds; it vanishes in one step."""
    try:
        with _alone(path) as alone:
            if not alone:
                return False
            beside = path.with_name(f".{path.name}.{os.getpid()}.old")
            path.rename(beside)
            if beside.is_dir():
                shutil.rmtree(beside)
            else:
                beside.unlink()
    except OSError as error:
        log.warning("%s cannot be removed: %s", path, error)
        return False
    log.info("Removed %s, which was used no more.", path)
    return True


def _size(path: Path) -> int:
    """Return the bytes of a file, or of all files in a folder; what vanishes counts nothing."""
    if not path.is_dir():
        return path.stat().st_size
    total = 0
    for parent, _folders, names in os.walk(path):
        for name in names:
            with contextlib.suppress(OSError):
                total += (Path(parent) / name).lstat().st_size
    return total
