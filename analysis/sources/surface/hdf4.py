"""HDF4 files: looked at before the C library sees them, described, and read lazily.

The library is not safe with threads, so one lock guards it; and it trusts the offsets in a file, so
:func:`check` first follows the table of contents of the file itself. Layout: HDF Specification and
Developer's Guide (The HDF Group), chapter "HDF Header, Data Descriptors".
"""

from __future__ import annotations

import re
import struct
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_MAGIC: Final = b"\x0e\x03\x13\x01"
_LOCK: Final = threading.RLock()
_EMPTY: Final = 0xFFFFFFFF
_NULL: Final = 1  # tag of an unused descriptor
_HEADER: Final = 1962  # tag of the description of a table; attributes are tables
_TABLE: Final = 1963  # tag of the bytes of the table with the same number
_SPECIAL: Final = 0x4000
_EXTERNAL: Final = 2  # kind of special element whose bytes lie in another file
_TYPES: Final[Mapping[int, str]] = {
    5: "float32",
    6: "float64",
    20: "int8",
    21: "uint8",
    22: "int16",
    23: "uint16",
    24: "int32",
    25: "uint32",
}


@dataclass(frozen=True)
class Layer:
    """One array of an HDF4 file: shape, type and attributes."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    attrs: Mapping[str, Any]


@dataclass(frozen=True)
class Contents:
    """What an HDF4 file holds: its attributes, and its arrays by name."""

    path: str
    attrs: Mapping[str, Any]
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


def text(path: str, name: str) -> str:
    """Read a long text attribute without the C library, which takes fifty times as long.

    Parameters
    ----------
    path : str
        Local file.
    name : str
        Attribute, whose parts are called ``name.0``, ``name.1``, ...

    Returns
    -------
    str
        The joined parts; empty where there are none.

    Raises
    ------
    ValueError
        The file is missing, is no HDF4, is truncated, or points outside itself.
    """
    parts = check(path)
    bytes_of = {number: (offset, length) for tag, number, offset, length in parts if tag == _TABLE}
    found: dict[int, bytes] = {}
    with Path(path).open("rb") as stream:
        for tag, number, offset, length in parts:
            if tag != _HEADER or length > 4096 or number not in bytes_of:
                continue
            stream.seek(offset)
            label = re.search(re.escape(name.encode()) + rb"\.(\d)", stream.read(length))
            if label:
                start, size = bytes_of[number]
                stream.seek(start)
                found[int(label.group(1))] = stream.read(size)
    joined = b"".join(found[part] for part in sorted(found))
    return joined.decode("latin-1").replace("\x00", "")


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
        Attributes and arrays; no values are read.

    Raises
    ------
    ValueError
        The file is missing, is no HDF4, is truncated or damaged.
    """
    check(path)
    stat = Path(path).stat()
    return _contents(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=4096)
def _contents(path: str, modified: int, size: int) -> Contents:
    del modified, size
    open_file, problems = _library()
    with _LOCK:
        try:
            file = open_file(path)
            try:
                attrs = dict(file.attributes())
                layers = {name: _layer(file, name) for name in file.datasets()}
            finally:
                file.end()
        except problems as error:
            raise _damaged(path, str(error)) from error
    return Contents(path, attrs, {n: one for n, one in layers.items() if one is not None})


def _library() -> tuple[Any, tuple[type[Exception], ...]]:
    """Give what opens a file, and the errors of a damaged one; imported at the first file."""
    error = import_module("pyhdf.error").HDF4Error
    return import_module("pyhdf.SD").SD, (
        error,
        ValueError,
        TypeError,
        LookupError,
        ArithmeticError,
        SystemError,
    )


def _layer(file: Any, name: str) -> Layer | None:
    array = file.select(name)
    try:
        _, _, sizes, kind, _ = array.info()
        shape = tuple(sizes) if isinstance(sizes, (list, tuple)) else (int(sizes),)
        if kind not in _TYPES:
            return None  # text and the like
        return Layer(name, shape, np.dtype(_TYPES[kind]), dict(array.attributes()))
    finally:
        array.endaccess()


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
    open_file, problems = _library()
    with _LOCK:
        try:
            file = open_file(path)
            try:
                if layer not in file.datasets():
                    raise ValueError(f"it has no array {layer!r}")
                array = file.select(layer)
                attrs = dict(array.attributes())
                values = np.asarray(array.get())
                array.endaccess()
            finally:
                file.end()
        except problems as error:
            raise _damaged(path, str(error)) from error
    return values, attrs
