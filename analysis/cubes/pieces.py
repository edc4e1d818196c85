"""The series of one cell, read in the calling thread.

A click needs one piece of about 100 kB. Handing it to tensorstore's threads and back costs more
than decoding it, and on a busy machine up to 20 ms; so the one piece is found, read and
decompressed here, as the zarr v3 specification of sharding describes it
(https://zarr-specs.readthedocs.io/en/latest/v3/codecs/sharding-indexed/index.html).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
from numcodecs import blosc  # type: ignore[import-untyped]

from analysis.cubes.layout import Layout

Series = npt.NDArray[np.float32]

_ENTRY = 16  # bytes of an entry of a shard's index: offset and length, unsigned, little-endian
_CHECKSUM = 4
_ABSENT = 2**64 - 1
"""Offset and length of a piece that holds no value and so was not written."""


class PieceCache:
    """The pieces used last, up to a number of bytes; for many threads.

    Parameters
    ----------
    limit : int
        Bytes.

    Examples
    --------
    >>> cache = PieceCache(8)
    >>> for name in "abc":
    ...     cache.put(name, np.zeros(1, np.float32))
    >>> cache.get("a") is None, cache.get("c")
    (True, array([0.], dtype=float32))
    """

    def __init__(self, limit: int) -> None:
        self.limit, self.size = limit, 0
        self._pieces: OrderedDict[object, Series] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: object) -> Series | None:
        """Return a piece, or None where it is not kept."""
        with self._lock:
            piece = self._pieces.get(key)
            if piece is not None:
                self._pieces.move_to_end(key)
            return piece

    def put(self, key: object, piece: Series) -> None:
        """Keep a piece, and drop those used longest ago if there are too many."""
        with self._lock:
            if key in self._pieces:
                return
            self._pieces[key] = piece
            self.size += piece.nbytes
            while self.size > self.limit:
                _, oldest = self._pieces.popitem(last=False)
                self.size -= oldest.nbytes


class SeriesReader:
    """Reads single cells from a series copy.

    Parameters
    ----------
    folder : pathlib.Path
        Folder of the array; no other array ever has the same.
    layout : Layout
    cache : PieceCache
        May be shared by readers.
    """

    def __init__(self, folder: Path, layout: Layout, cache: PieceCache) -> None:
        self._shards = str(folder / "c" / "0")
        self._times, self._inner, self._side = layout.shape[0], layout.inner, layout.series_file
        self._cache = cache

    def read(self, row: int, column: int) -> Series:
        """Values of one cell.

        Parameters
        ----------
        row, column : int
            Position of the cell.

        Returns
        -------
        array of float32, shape (time,)

        Raises
        ------
        ValueError
            The file is damaged.
        """
        inner = self._inner
        key = self._shards, row // inner, column // inner
        piece = self._cache.get(key)
        if piece is None:
            piece = self._load(row // inner, column // inner)
            self._cache.put(key, piece)
        return piece[:, row % inner, column % inner].copy()

    def _load(self, y: int, x: int) -> Series:
        """Decode the piece at (y, x), counted in pieces; shape (time, row, column)."""
        along = self._side // self._inner
        path = Path(f"{self._shards}/{y // along}/{x // along}")
        shape = (self._times, self._inner, self._inner)
        try:
            with path.open("rb", buffering=0) as file:
                packed = _find(file, (y % along) * along + x % along, along * along)
        except FileNotFoundError:
            packed = b""
        if not packed:
            return np.full(shape, np.nan, np.float32)
        try:
            values = np.frombuffer(blosc.decompress(packed), "<f4")
            return values.reshape(shape)
        except (RuntimeError, ValueError) as error:
            raise ValueError(f"The file {path} is damaged. Ingest the cube again.") from error


def _find(file: BinaryIO, number: int, count: int) -> bytes:
    """Bytes of one piece of a shard; none where it was not written."""
    end = file.seek(0, 2)
    file.seek(end - _CHECKSUM - _ENTRY * (count - number))
    entry = np.frombuffer(file.read(_ENTRY), "<u8")
    offset, length = int(entry[0]), int(entry[1])
    if offset == _ABSENT:
        return b""
    file.seek(offset)
    return file.read(length)
