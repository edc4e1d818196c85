"""Objects kept in files that nobody but this installation can have written.

A pickle runs whatever its maker wrote into it as soon as it is read. So each file begins with a
seal: an HMAC (RFC 2104) with SHA-256 of all that follows, by a key that this installation has
drawn for itself. A file without the right seal is not read.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
import shutil
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final

from analysis import settings

KEY: Final = "seal.key"
"""File of the key, in the cache folder: whoever has it can seal files that are read here."""
_MAGIC: Final = b"QZSEAL1\n"
_KEY_BYTES: Final = 32
_HEAD: Final = len(_MAGIC) + hashlib.sha256().digest_size
_WAIT: Final = 2.0
"""Seconds in which another process has surely written the key that it has just begun."""


class UnsealedError(ValueError):
    """A file was not written by this installation, or was changed since."""


def write_sealed(value: Any, path: Path, *, compress: int = 0) -> None:
    """Write an object with its seal; the file appears in one step.

    Parameters
    ----------
    value
        Anything that joblib can write.
    path
        File; its folder exists.
    compress
        0 to 9.

    Raises
    ------
    OSError
        It cannot be written; what was there stays.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "numbers.joblib"
    ...     write_sealed([1, 2], path)
    ...     read_sealed(path)
    [1, 2]
    """
    import joblib

    with _appearing(path) as file:
        joblib.dump(value, file, compress=compress)


def read_sealed(path: Path) -> Any:
    """Read an object, if this installation wrote it.

    Parameters
    ----------
    path
        File.

    Returns
    -------
    object
        What was written.

    Raises
    ------
    UnsealedError
        The file has no seal, or not the right one: another installation wrote it, or it was
        changed or cut off since. Nothing of it was run.
    OSError
        There is no such file.
    """
    import joblib

    with path.open("rb") as file:
        head = file.read(_HEAD)
        if not head.startswith(_MAGIC) or not hmac.compare_digest(head[len(_MAGIC) :], _mac(file)):
            raise UnsealedError(
                f"The file {path} was not written by this installation, or was changed since. "
                "Such a file can run any code, so it is not read."
            )
        file.seek(_HEAD)
        return joblib.load(file)


def trust(path: Path) -> None:
    """Seal a file as if it had been written here; nothing of it is read.

    Parameters
    ----------
    path
        File of another installation, or of an earlier version that did not seal.

    Raises
    ------
    OSError
        There is no such file, or it cannot be written.
    """
    with path.open("rb") as old:
        if old.read(len(_MAGIC)) == _MAGIC:
            old.seek(_HEAD)
        else:
            old.seek(0)
        with _appearing(path) as file:
            shutil.copyfileobj(old, file)


@contextlib.contextmanager
def _appearing(path: Path) -> Iterator[IO[bytes]]:
    """Give a file for what the seal is of; with its seal it takes its place."""
    beside = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    try:
        with beside.open("w+b") as file:
            file.write(bytes(_HEAD))
            yield file
            file.seek(_HEAD)
            seal = _mac(file)
            file.seek(0)
            file.write(_MAGIC + seal)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _mac(file: IO[bytes]) -> bytes:
    """Return the seal of the rest of a file."""
    made = hmac.new(_key(), digestmod="sha256")
    while part := file.read(1 << 20):
        made.update(part)
    return made.digest()


def _key() -> bytes:
    """Return the key of this installation; it is drawn on first use, for its owner's eyes only."""
    path = settings.cache_dir() / KEY
    with contextlib.suppress(FileExistsError):
        if not path.exists():
            opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(opened, "wb") as file:
                file.write(secrets.token_bytes(_KEY_BYTES))
    end = time.monotonic() + _WAIT
    while len(found := path.read_bytes()) != _KEY_BYTES:  # another process is writing it
        if time.monotonic() > end:
            raise ValueError(
                f"The key {path} has {len(found)} bytes instead of {_KEY_BYTES}. Delete it: "
                "another is drawn, and what was sealed with it is made anew."
            )
        time.sleep(0.01)
    return found
