"""HDF4 files: looked at before the C library sees them, described, and read lazily.

The library is not safe with threads and crashes on some damaged files, so it runs in a process of
its own (:mod:`analysis.sources.guardedprocess`); before that :func:`check` follows the table of
contents of the file itself. Layout: HDF Specification and Developer's Guide (The HDF Group),
chapter "HDF Header, Data Descriptors".
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from analysis.sources.guardedprocess import Place, ask, place

_MAGIC: Final = b"\x0e\x03\x13\x01"
_EMPTY: Final = 0xFFFFFFFF
_NULL: Final = 1  # tag of an unused descriptor
_HEADER: Final = 1962  # tag of the description of a table; attributes are tables
_TABLE: Final = 1963  # tag of the bytes of the table with the same number
_SPECIAL: Final = 0x4000
_EXTERNAL: Final = 2  # kind of special element whose bytes lie in another file


@dataclass(frozen=True)
class Layer:
    """One array of an HDF4 file: shape, type and attributes."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    attrs: Mapping[str, Any]


@dataclass(frozen=True)
class Contents:
    """What an HDF4 file holds: its arrays by name."""

    path: str
    layers: Mapping[str, Layer]


Row = tuple[int, int, int, int]
"""Tag, number, offset and length of a part of a file."""


def check(path: str) -> list[Row]:
    """Follow the table of contents of an HDF4 file.

    Parameters
    ----------
    path : str
        Local file.

    Returns
    -------
    list of Row
        Its parts.

    Raises
    ------
    ValueError
        The file is missing, is no HDF4, is truncated, or points outside itself.
    """
    parts: list[Row] = []
    file = Path(path)
    if not file.is_file():
        raise ValueError(f"There is no file {path}.")
    with file.open("rb") as stream:
        head = stream.read(4)
        if head != _MAGIC:
            told = f"it starts with {head!r}" if head else "it is empty"
            raise ValueError(f"{path} is no HDF4 file: {told}.")
        size = stream.seek(0, 2)
        seen: set[int] = set()
        position = 4
        while position:
            stream.seek(position)
            top = stream.read(6)
            if position in seen or len(top) < 6:
                raise _damaged(path, f"its table of contents breaks off at byte {position}")
            seen.add(position)
            count, following = struct.unpack(">hI", top)
            rows = stream.read(12 * max(count, 0))
            if count <= 0 or len(rows) < 12 * count or following >= size:
                raise _damaged(path, f"its table of contents breaks off at byte {position}")
            for row in struct.iter_unpack(">HHII", rows):
                _check_row(path, stream, row, size)
                parts.append(row)
            position = following
    return parts


def texts(path: str, *names: str) -> list[str]:
    """Read long text attributes without the C library, which takes fifty times as long.

    Parameters
    ----------
    path : str
        Local file.
    *names : str
        Attributes, whose parts are called ``name.0``, ``name.1``, ...

    Returns
    -------
    list of str
        For each name its joined parts; empty where there are none.

    Raises
    ------
    ValueError
        The file is missing, is no HDF4, is truncated, or points outside itself.
    """
    parts = check(path)
    bytes_of = {number: (offset, length) for tag, number, offset, length in parts if tag == _TABLE}
    wanted = re.compile(rb"(" + b"|".join(re.escape(one.encode()) for one in names) + rb")\.(\d)")
    found: dict[tuple[str, int], bytes] = {}
    with Path(path).open("rb", buffering=0) as stream:
        for tag, number, offset, length in parts:
            if tag != _HEADER or length > 4096 or number not in bytes_of:
                continue
            stream.seek(offset)
            label = wanted.search(stream.read(length) or b"")
            if label:
                start, size = bytes_of[number]
                stream.seek(start)
                key = (label.group(1).decode(), int(label.group(2)))
                found[key] = (stream.read(size) or b"").rstrip(b"\x00")
    return [
        b"".join(found[key] for key in sorted(found) if key[0] == name).decode("latin-1")
        for name in names
    ]


def _check_row(path: str, stream: Any, row: tuple[int, int, int, int], size: int) -> None:
    tag, _, offset, length = row
    if tag == _NULL or (offset == _EMPTY and length == _EMPTY):
        return
    if offset + length > size:
        raise _damaged(path, f"it ends at byte {size}, a part of it at {offset + length}")
    if tag & _SPECIAL and not tag & 0x8000 and length >= 2:
        stream.seek(offset)
        if struct.unpack(">H", stream.read(2))[0] == _EXTERNAL:
            raise ValueError(f"{path} keeps its data in another file, which is not followed.")


def _damaged(path: str, why: str) -> ValueError:
    return ValueError(f"{path} is truncated or damaged: {why}. Copy or download it again.")


def contents(path: str) -> Contents:
    """Describe an HDF4 file; the description is kept while the file stays as it is.

    Parameters
    ----------
    path : str
        Local file.

    Returns
    -------
    Contents
        Its arrays; no values are read.

    Raises
    ------
    ValueError
        The file is missing, is no HDF4, is truncated or damaged.
    """
    check(path)
    return _contents(path, place(path))


@lru_cache(maxsize=4096)
def _contents(path: str, where: Place) -> Contents:
    found = ask("hdf4", "hdf4_describe", where)
    layers = {
        name: Layer(name, shape, np.dtype(kind), attrs)
        for name, (shape, kind, attrs) in found.items()
    }
    return Contents(path, layers)


def read(path: str, layer: str) -> tuple[NDArray[Any], dict[str, Any]]:
    """Read one array of an HDF4 file, as it is stored: no scale, no fill value applied.

    Parameters
    ----------
    path : str
        Local file.
    layer : str
        Name of the array.

    Returns
    -------
    values : array
        In the type of the file.
    attrs : dict
        Attributes of the array.

    Raises
    ------
    ValueError
        The file has no such array, or is damaged.
    """
    check(path)
    values, attrs = ask("hdf4", "hdf4_read", place(path), layer)
    return values, attrs
