"""The work of an ingest: the maps in one pass over the source, then the series from the maps."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorstore as ts

from analysis.cubes.journal import Journal
from analysis.cubes.kernels import extent, halve, pick
from analysis.cubes.layout import Layout, map_path
from analysis.cubes.source import GridSource
from analysis.cubes.storage import create_map, create_series
from analysis.sources.roles import QUALITY, role

Progress = Callable[[int, int], None]
_MOST_BYTES = 256_000_000
"""A block is never larger, so that progress is recorded often."""
_COPIES = 6
"""Copies of a block that may be alive at once: read, converted, encoded, and the one before."""
_SAMPLES = 2_000_000


class Build:
    """An ingest under way in its folder.

    Parameters
    ----------
    source : GridSource
        What is ingested.
    folder : pathlib.Path
        The folder of the unfinished cube.
    journal : Journal
        Its record; what it lists is not done again.
    layout : Layout
    memory_limit : int
        Bytes that the work may use, roughly.
    progress : callable or None
        Called with (done, total) in time steps of maps.
    """

    def __init__(
        self,
        source: GridSource,
        folder: Path,
        journal: Journal,
        layout: Layout,
        memory_limit: int,
        progress: Progress | None,
    ) -> None:
        self.source, self.layout, self.journal, self.progress = source, layout, journal, progress
        self.data = folder / "data"
        self.samples = folder / "samples"
        self.budget = max(1, min(memory_limit // _COPIES, _MOST_BYTES))
        self.finished = {(e["stage"], e.get("variable"), e.get("piece")) for e in journal.entries}
        self.total = len(source.variables) * layout.shape[0] * (2 if layout.has_series else 1)
        self.done = 0.0

    def run(self) -> None:
        """Do all that the journal does not list yet."""
        self.samples.mkdir(parents=True, exist_ok=True)
        for variable in self.source.variables:
            self._write_maps(variable)
        if self.layout.has_series:
            for variable in self.source.variables:
                self._write_series(variable)

    def _write_maps(self, variable: str) -> None:
        levels = range(len(self.layout.levels))
        arrays = [create_map(self.data, self.layout, variable, level) for level in levels]
        for steps in self._blocks():
            if ("map", variable, steps.start) not in self.finished:
                entry = self._write_block(variable, arrays, steps)
                self.journal.add({"stage": "map", "variable": variable, **entry})
            self._advance(steps.stop - steps.start)

    def _blocks(self) -> Iterator[slice]:
        """Time steps that are read together: whole files of maps, whole chunks of the source."""
        times, rows, columns = self.layout.shape
        unit = self.layout.map_file[0]
        together = math.lcm(unit, self.source.steps_together)
        affordable = self.budget // (4 * rows * columns)
        unit = together if together <= affordable else unit
        length = max(unit, affordable // unit * unit)
        for start in range(0, times, length):
            yield slice(start, min(start + length, times))

    def _bands(self, steps: slice, shape: tuple[int, int]) -> Iterator[slice]:
        """Rows that are handled together, for a map that is too large to be handled whole."""
        rows, columns = shape
        file_rows = self.layout.map_file[1]
        unit = file_rows * (1 + file_rows % 2)  # even, so that no block of a coarser level is cut
        affordable = self.budget // (4 * columns * (steps.stop - steps.start))
        height = max(unit, affordable // unit * unit)
        for start in range(0, rows, height):
            yield slice(start, min(start + height, rows))

    def _write_block(self, variable: str, arrays: list[Any], steps: slice) -> dict[str, Any]:
        """Write all levels of some time steps; return the journal's entry."""
        count = steps.stop - steps.start
        shapes = self.layout.levels
        flags = role(self.source.dataset[variable].attrs) == QUALITY
        coarsen = pick if flags else halve
        coarse = np.empty((count, *shapes[min(1, len(shapes) - 1)]), np.float32)
        low, high, valid = np.inf, -np.inf, 0
        sample: list[npt.NDArray[np.float32]] = []
        pending: list[Any] = []
        for rows in self._bands(steps, shapes[0]):
            values = self.source.read(variable, steps, rows)
            _wait(pending)
            pending = [arrays[0][steps, rows].write(values)]
            found = extent(values.reshape(-1))
            low, high, valid = min(low, found[0]), max(high, found[1]), valid + found[2]
            sample.append(self._sample(values, rows.start))
            if len(shapes) > 1:
                for step in range(count):
                    part = coarsen(values[step])
                    coarse[step, rows.start // 2 : rows.start // 2 + part.shape[0]] = part
        _wait(pending)
        for array in arrays[1:]:
            for rows in self._bands(steps, array.shape[1:]):
                array[steps, rows].write(coarse[:, rows]).result()
            if array is not arrays[-1]:
                coarse = np.stack([coarsen(plane) for plane in coarse])
        folder = self.samples / variable
        folder.mkdir(exist_ok=True)
        with (folder / f"{steps.start}.npy").open("wb") as file:
            np.save(file, np.concatenate(sample))
            file.flush()
            os.fsync(file.fileno())
        return {"piece": steps.start, "minimum": low, "maximum": high, "valid": valid}

    def _sample(self, values: npt.NDArray[np.float32], first_row: int) -> npt.NDArray[np.float32]:
        """Every n-th row and column, the same ones whatever the blocks."""
        times, rows, columns = self.layout.shape
        wanted = max(200, _SAMPLES // times)
        stride = max(1, math.isqrt(rows * columns // wanted))
        start = (stride // 2 - first_row) % stride
        picked = values[:, start::stride, stride // 2 :: stride].reshape(-1)
        return picked[np.isfinite(picked)]

    def _write_series(self, variable: str) -> None:
        folder = {"driver": "file", "path": f"{self.data / map_path(variable, 0)}/"}
        maps = ts.open({"driver": "zarr3", "kvstore": folder}).result()
        series = create_series(self.data, self.layout, variable)
        times, rows, columns = self.layout.shape
        for row, column, height, width in self._tiles():
            piece = f"{row},{column}"
            if ("series", variable, piece) not in self.finished:
                window = (slice(None), slice(row, row + height), slice(column, column + width))
                series[window].write(maps[window].read().result()).result()
                self.journal.add({"stage": "series", "variable": variable, "piece": piece})
            self._advance(times * height * width / (rows * columns))

    def _tiles(self) -> Iterator[tuple[int, int, int, int]]:
        """(row, column, height, width) of areas that are read whole, over all times."""
        times, rows, columns = self.layout.shape
        height, width = self.layout.chunk
        if 4 * times * height * width > self.budget * (_COPIES // 2):
            height = width = self.layout.series_file
        many = max(1, self.budget // (4 * times * height * width))
        width = min(width * many, columns)
        for row in range(0, rows, height):
            for column in range(0, columns, width):
                yield row, column, min(height, rows - row), min(width, columns - column)

    def _advance(self, steps: float) -> None:
        self.done += steps
        if self.progress is not None:
            self.progress(min(round(self.done), self.total), self.total)


def _wait(pending: list[Any]) -> None:
    for future in pending:
        future.result()
