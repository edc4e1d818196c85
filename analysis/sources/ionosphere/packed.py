"""Text files as data centres hand them out: plain, ``.gz``, or ``.Z`` of the old compress."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import fsspec

GZIP: Final = b"\x1f\x8b"
COMPRESS: Final = b"\x1f\x9d"
LARGEST: Final = 1 << 30
"""Most bytes that a file may hold when unpacked."""


def unpack(path: str | Path) -> bytes:
    """Bytes of a file, unpacked where its first bytes say that it is packed.

    The name does not matter: centres have renamed ``.Z`` to ``.gz`` and back.

    Parameters
    ----------
    path : str or pathlib.Path
        A local file.

    Returns
    -------
    bytes
        What it holds.

    Raises
    ------
    ValueError
        The file is missing, empty, cut short, damaged, or unpacks to more than a gibibyte.

    Examples
    --------
    >>> import gzip, tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> text = b"Kp 3.333" * 100
    >>> size = (folder / "a.gz").write_bytes(gzip.compress(text))
    >>> unpack(folder / "a.gz") == text
    True
    """
    file = Path(path)
    try:
        raw = file.read_bytes()
    except FileNotFoundError:
        raise ValueError(f"There is no file {file}.") from None
    except OSError as error:
        raise ValueError(f"{file} cannot be read: {error.strerror}.") from error
    if not raw:
        raise ValueError(f"{file} is empty. Copy or download it again.")
    if raw[:2] not in (GZIP, COMPRESS):
        return raw
    try:
        out = _inflate(raw) if raw[:2] == GZIP else _expand(raw)
    except (OSError, EOFError, zlib.error, ValueError, RuntimeError) as error:
        raise ValueError(
            f"{file} cannot be unpacked: it is cut short or damaged ({error}). "
            "Copy or download it again."
        ) from error
    if not out:
        raise ValueError(f"{file} holds nothing when unpacked.")
    return out


def _inflate(raw: bytes) -> bytes:
    """Unpack gzip, all members of it, up to the limit."""
    out = bytearray()
    while raw[:2] == GZIP:
        engine = zlib.decompressobj(wbits=31)
        out += engine.decompress(raw, LARGEST - len(out))
        if engine.unconsumed_tail:
            raise ValueError(f"more than {LARGEST} bytes when unpacked")
        if not engine.eof:
            raise EOFError("the end is missing")
        raw = engine.unused_data
    return bytes(out)


def _expand(raw: bytes) -> bytes:
    """Unpack the output of compress(1); one byte makes at most a few hundred."""
    import ncompress  # type: ignore[import-untyped]

    if len(raw) > LARGEST // 64:
        raise ValueError("too large for a file of this kind")
    return bytes(ncompress.decompress(raw))


def find_files(paths: str | Path | Sequence[str | Path]) -> list[Path]:
    """Files that a path, a pattern, a folder or a sequence of them names, in order of name.

    Parameters
    ----------
    paths : str or pathlib.Path or sequence of them
        ``*``, ``?`` and ``[...]`` are patterns.

    Returns
    -------
    list of pathlib.Path
        At least one; each once.

    Raises
    ------
    ValueError
        Nothing is there.

    Examples
    --------
    >>> find_files("nowhere/*.inx")
    Traceback (most recent call last):
    ...
    ValueError: No file matches nowhere/*.inx.
    """
    given = [paths] if isinstance(paths, (str, Path)) else list(paths)
    found: list[Path] = []
    for one in given:
        text = str(one).removeprefix("file://")
        if Path(text).is_dir():
            here = sorted(p for p in Path(text).iterdir() if p.is_file() and p.name[0] != ".")
        elif any(mark in text for mark in "*?[") and not Path(text).exists():
            hits = (Path(p) for p in fsspec.filesystem("file").glob(text))
            here = sorted(p for p in hits if p.name[0] != ".")  # half a download begins so
        else:
            here = [Path(text)]
        if not here:
            raise ValueError(f"No file matches {text}.")
        found += here
    if not found:
        raise ValueError("No file is given.")
    return list(dict.fromkeys(found))
