"""How a cube lies on disk: chunk sizes chosen from its shape, and the names of its arrays."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

_CLICK_BYTES = 100_000
"""Raw size of the piece that one click decodes (measured best: 100-400 kB)."""
_MAP_CHUNK = 400
"""Rows and columns of a piece of a map, roughly (measured best: 256-500)."""
_FILE_BYTES = 32_000_000
"""Raw size of one file, roughly: large enough to keep the files few."""


@dataclass(frozen=True)
class Layout:
    """Chunk sizes of one cube; every variable has the same.

    Parameters
    ----------
    shape : tuple of int
        Number of (times, latitudes, longitudes).
    inner : int
        Rows and columns of one piece of the series copy, which holds all times.
    series_file : int
        Rows and columns of one file of the series copy.
    chunk : tuple of int
        Rows and columns of one piece of the map copy.
    map_file : tuple of int
        (times, rows, columns) of one file of the map copy.

    Notes
    -----
    ``series_file`` divides ``chunk``, so the series copy is made from whole pieces of the map
    copy, each decoded once.
    """

    shape: tuple[int, int, int]
    inner: int
    series_file: int
    chunk: tuple[int, int]
    map_file: tuple[int, int, int]

    @property
    def levels(self) -> list[tuple[int, int]]:
        """(rows, columns) of every level of the pyramid, finest first."""
        rows, columns = self.shape[1:]
        found = [(rows, columns)]
        while max(rows, columns) > _MAP_CHUNK:
            rows, columns = (rows + 1) // 2, (columns + 1) // 2
            found.append((rows, columns))
        return found

    @property
    def has_series(self) -> bool:
        """Whether there is a series copy; one time step is read from the map copy as quickly."""
        return self.shape[0] > 1

    def as_json(self) -> dict[str, Any]:
        """Plain values for ``meta.json``."""
        return {
            "shape": list(self.shape),
            "inner": self.inner,
            "series_file": self.series_file,
            "chunk": list(self.chunk),
            "map_file": list(self.map_file),
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Layout:
        """Layout from the values of :meth:`as_json`."""
        times, rows, columns = stored["shape"]
        return cls(
            shape=(times, rows, columns),
            inner=stored["inner"],
            series_file=stored["series_file"],
            chunk=(stored["chunk"][0], stored["chunk"][1]),
            map_file=(stored["map_file"][0], stored["map_file"][1], stored["map_file"][2]),
        )


def choose_layout(shape: tuple[int, int, int], source_steps: int = 1) -> Layout:
    """Chunk sizes for a cube of a given shape.

    Parameters
    ----------
    shape : tuple of int
        Number of (times, latitudes, longitudes).
    source_steps : int
        Time steps that the source reads together; files of maps hold a whole share of them.

    Returns
    -------
    Layout

    Examples
    --------
    Twenty years of months in 0.1 degrees: a click decodes 96 kB, a map piece is 360 x 360.

    >>> layout = choose_layout((240, 1800, 3600))
    >>> layout.inner, layout.chunk, len(layout.levels)
    (10, (360, 360), 5)
    """
    times, rows, columns = shape
    inner = _inner(times)
    file_cells = max(1, math.isqrt(_FILE_BYTES // (4 * times)) // inner)
    per_chunk = max(1, _MAP_CHUNK // inner)
    pieces = min(per_chunk, file_cells)
    per_chunk -= per_chunk % pieces
    series_file = pieces * inner
    chunk = (
        min(per_chunk * inner, _round_up(rows, series_file)),
        min(per_chunk * inner, _round_up(columns, series_file)),
    )
    pieces = max(1, _FILE_BYTES // (4 * chunk[0] * chunk[1]))
    across = min(pieces, math.ceil(columns / chunk[1]))  # wide files: an ingest holds few rows
    down = min(pieces // across, math.ceil(rows / chunk[0]))
    file_rows, file_columns = chunk[0] * down, chunk[1] * across
    most = max(1, min(times, _FILE_BYTES // (4 * file_rows * file_columns)))
    if source_steps > 1:
        most = max(n for n in range(1, most + 1) if source_steps % n == 0 or n == 1)
    return Layout(shape, inner, series_file, chunk, (most, file_rows, file_columns))


def _inner(times: int) -> int:
    side = math.isqrt(_CLICK_BYTES // (4 * times))
    if side < 5:
        side = min(5, math.isqrt(4 * _CLICK_BYTES // (4 * times)))
    return min(max(side, 1), 64)


def _round_up(value: int, unit: int) -> int:
    return -(-value // unit) * unit


def map_path(variable: str, level: int) -> str:
    """Path of one level of a variable's maps inside the cube's data."""
    return f"map/{variable}/{level}"


def series_path(variable: str) -> str:
    """Path of a variable's series copy inside the cube's data."""
    return f"series/{variable}"
