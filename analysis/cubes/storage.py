"""Arrays on disk: zarr v3, written and read with tensorstore through one cache per process."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from pathlib import Path
from typing import Any

import tensorstore as ts

from analysis import settings
from analysis.cubes.layout import Layout, map_path, series_path
from analysis.cubes.pieces import PieceCache

_ARENA_MAX = -8  # M_ARENA_MAX in malloc.h
_HEAPS = 2
_MAPS, _SERIES = 65, 10
"""Per cent of the setting for both caches; the rest is for the holes they leave on the heap."""

_lock = threading.Lock()
_contexts: dict[str, Any] = {}


def _forget() -> None:
    """Forget what a forked child cannot use: threads do not survive a fork."""
    _contexts.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


def shared_context() -> Any:
    """Context of the whole process, with the cache of decoded chunks that all cubes share.

    Returns
    -------
    tensorstore.Context

    Raises
    ------
    ValueError
        The setting ``chunk_cache_mb`` is not a number of at least 0.
    """
    with _lock:
        if "reading" not in _contexts:
            _limit_heaps()
            limit = _cache_bytes(_MAPS)
            _contexts["reading"] = ts.Context({"cache_pool": {"total_bytes_limit": limit}})
        return _contexts["reading"]


def shared_pieces() -> PieceCache:
    """Cache of the pieces that clicks decoded, shared by all cubes of the process.

    Returns
    -------
    PieceCache

    Raises
    ------
    ValueError
        The setting ``chunk_cache_mb`` is not a number of at least 0.
    """
    with _lock:
        if "pieces" not in _contexts:
            _contexts["pieces"] = PieceCache(_cache_bytes(_SERIES))
        return _contexts["pieces"]


def _cache_bytes(share: int) -> int:
    """Bytes of a cache that may take a share, in per cent, of the setting."""
    given = settings.get("chunk_cache_mb")
    if not given.isdigit():
        message = f"The setting chunk_cache_mb is {given!r}; "
        raise ValueError(message + "it must be a whole number of megabytes, such as 200.")
    return int(given) * 10_000 * share


def _limit_heaps() -> None:
    """Let glibc keep two heaps rather than eight a processor.

    Pieces of maps live long, are made by any thread and go in any order, so that each heap keeps
    holes of its own: measured on 2 processors, the process takes 400 MB more than its cache holds,
    and 70 MB more with two heaps, at the same speed.
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:
            mallopt(_ARENA_MAX, _HEAPS)


def create_array(
    folder: Path,
    shape: tuple[int, int, int],
    outer: tuple[int, int, int],
    inner: tuple[int, int, int],
) -> Any:
    """Create an array of float32 with dimensions (time, latitude, longitude), or open it again.

    Parameters
    ----------
    folder : pathlib.Path
        Folder of the array.
    shape, outer, inner : tuple of int
        Shape of the array, of one file, and of one piece inside a file.

    Returns
    -------
    tensorstore.TensorStore
        Uncached handle for writing. Cells never written are NaN.
    """
    numbers = [
        {"name": "bytes", "configuration": {"endian": "little"}},
        {
            "name": "blosc",
            "configuration": {"cname": "zstd", "clevel": 1, "shuffle": "shuffle", "typesize": 4},
        },
    ]
    index = [{"name": "bytes", "configuration": {"endian": "little"}}, {"name": "crc32c"}]
    sharding = {"chunk_shape": inner, "codecs": numbers, "index_codecs": index}
    metadata = {
        "shape": shape,
        "data_type": "float32",
        "fill_value": "NaN",
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": outer}},
        "codecs": [{"name": "sharding_indexed", "configuration": sharding}],
        "dimension_names": ["time", "latitude", "longitude"],
    }
    spec = {
        "driver": "zarr3",
        "kvstore": {"driver": "file", "path": f"{folder}/"},
        "metadata": metadata,
    }
    return ts.open(spec, create=True, open=True).result()


def create_map(data: Path, layout: Layout, variable: str, level: int) -> Any:
    """Create one level of a variable's maps, for writing."""
    rows, columns = layout.levels[level]
    inner = tuple(
        min(chunk, -(-size // layout.inner) * layout.inner)
        for chunk, size in zip(layout.chunk, (rows, columns), strict=True)
    )
    outer = tuple(
        min(most, -(-size // unit) * unit) // unit * unit
        for most, size, unit in zip(layout.map_file[1:], (rows, columns), inner, strict=True)
    )
    return create_array(
        data / map_path(variable, level),
        (layout.shape[0], rows, columns),
        (layout.map_file[0], outer[0], outer[1]),
        (1, inner[0], inner[1]),
    )


def create_series(data: Path, layout: Layout, variable: str) -> Any:
    """Create a variable's series copy, for writing."""
    times = layout.shape[0]
    return create_array(
        data / series_path(variable),
        layout.shape,
        (times, layout.series_file, layout.series_file),
        (times, layout.inner, layout.inner),
    )


def open_array(folder: Path) -> Any:
    """Open an array for reading, through the cache of the process.

    Parameters
    ----------
    folder : pathlib.Path
        Folder of the array.

    Returns
    -------
    tensorstore.TensorStore
        Handle that many threads may use. What was cached before is checked once against the disk.

    Raises
    ------
    ValueError
        There is no array, or it cannot be read.
    """
    spec = {"driver": "zarr3", "kvstore": {"driver": "file", "path": f"{folder}/"}}
    return ts.open(
        spec,
        read=True,
        open=True,
        context=shared_context(),
        recheck_cached_data="open",
        recheck_cached_metadata="open",
    ).result()
