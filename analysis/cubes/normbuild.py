"""Norms of a cube made and stored: sums from the series, then norms, then a pyramid of them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis import compute
from analysis.cubes.kernels import halve
from analysis.cubes.normstore import (
    STATISTICS,
    SUMS,
    NormKey,
    Progress,
    Tiling,
    built_aside,
    check_there,
    coarsest,
    create,
    norms_folder,
    tiling_of,
    write_meta,
)
from analysis.cubes.snapshot import Snapshot
from analysis.cubes.storage import create_array, open_array
from analysis.yearly import base_mask, finish, judge, period, pool, slot_sums

_READ_BYTES = 48_000_000
"""Values that one thread reads at once."""
_COLUMNS = 4096
"""Cells that are pooled at once."""
_SAMPLE = 32
"""Rows and columns of the cells that the limits of the colours are taken from."""
_PLANE_BYTES = 128_000_000


def build(snapshot: Snapshot, key: NormKey, progress: Progress | None = None) -> Path:
    """Make a norm, unless it is there, and return its folder.

    Parameters
    ----------
    snapshot
        State of the cube.
    key
        What the norm is made of.
    progress
        Called with (done, total) in tiles.

    Returns
    -------
    pathlib.Path
        The finished folder.

    Raises
    ------
    CubeBusyError
        Another process makes the same norm.
    DiskFullError
        The disk is full.
    ValueError
        The cube has one step only, the base holds no step, or the data were replaced meanwhile.
    """
    meta = snapshot.meta
    if meta.static or not meta.layout.has_series:
        message = f"The cube {meta.name!r} has one step; a norm needs several years of steps."
        raise ValueError(message)
    tiling = tiling_of(meta.layout, key.season.size)
    folder = norms_folder(snapshot, key.variable)
    sums, final = folder / "sums" / key.sums_name, folder / key.name
    total = 2 * sum(1 for _ in tiling.tiles())
    report = _Report(progress, total)
    with built_aside(sums, meta.name, snapshot) as aside:
        if aside is not None:
            _write_sums(snapshot, key, tiling, aside, report)
    report.done = total // 2
    with built_aside(final, meta.name, snapshot) as aside:
        if aside is not None:
            _write_norm(snapshot, key, tiling, sums, aside, report)
    return final


class _Report:
    """Counts finished tiles."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self.progress, self.total, self.done = progress, total, 0

    def step(self) -> None:
        self.done += 1
        if self.progress is not None:
            self.progress(min(self.done, self.total), self.total)


def _write_sums(
    snapshot: Snapshot, key: NormKey, tiling: Tiling, folder: Path, report: _Report
) -> None:
    """Write number, mean and squared deviations of each slot."""
    times = snapshot.meta.times
    slots, used = key.season.slots(times), base_mask(times, key.base)
    series = snapshot.series_array(key.variable)
    arrays = create(folder, SUMS, tiling)

    def add(part: tuple[slice, slice], out: NDArray[np.float32]) -> None:
        values = np.asarray(series[:, *part].read().result())
        check_there(snapshot)
        flat = np.ascontiguousarray(values.reshape(times.size, -1))
        found = slot_sums(flat, slots, used, key.season.size)
        out[:] = found.reshape(out.shape)

    with ThreadPoolExecutor(max_workers=compute.resources().threads) as pool_of_threads:
        for rows, columns in tiling.tiles():
            height, width = rows.stop - rows.start, columns.stop - columns.start
            tile = np.empty((len(SUMS), key.season.size, height, width), np.float32)
            jobs = []
            for part in _parts(snapshot, rows, columns):
                row, column = part[0].start - rows.start, part[1].start - columns.start
                size = part[0].stop - part[0].start, part[1].stop - part[1].start
                out = tile[:, :, row : row + size[0], column : column + size[1]]
                jobs.append(pool_of_threads.submit(add, part, out))
            for job in jobs:
                job.result()
            for number, name in enumerate(SUMS):
                arrays[name][:, rows, columns].write(tile[number]).result()
            report.step()
    write_meta(folder, tiling, base=period(times, key.base))


def _parts(snapshot: Snapshot, rows: slice, columns: slice) -> Iterator[tuple[slice, slice]]:
    """Divide a tile into whole files of the series copy that fit into a thread's memory."""
    layout = snapshot.meta.layout
    unit = layout.series_file
    wide = max(1, _READ_BYTES // (4 * layout.shape[0] * unit * unit)) * unit
    for row in range(rows.start, rows.stop, unit):
        for column in range(columns.start, columns.stop, wide):
            yield (
                slice(row, min(row + unit, rows.stop)),
                slice(column, min(column + wide, columns.stop)),
            )


def _write_norm(
    snapshot: Snapshot, key: NormKey, tiling: Tiling, sums: Path, folder: Path, report: _Report
) -> None:
    """Write mean, deviation and number with the neighbours in the window, and the description."""
    stored = [open_array(sums / name) for name in SUMS]
    arrays = create(folder, STATISTICS, tiling)
    for rows, columns in tiling.tiles():
        reads = [one[:, rows, columns].read() for one in stored]
        tile = np.stack([np.asarray(one.result()) for one in reads])
        flat = tile.reshape(*tile.shape[:2], -1)
        for begin in range(0, flat.shape[2], _COLUMNS):
            part = flat[:, :, begin : begin + _COLUMNS]
            part[:] = _finished(part, key)
        for number, name in enumerate(STATISTICS):
            arrays[name][:, rows, columns].write(tile[number]).result()
        report.step()
    levels = coarsest(tiling.shape[1:])
    for name in STATISTICS[:2]:
        _write_levels(arrays[name], folder, name, levels)
    write_meta(
        folder,
        tiling,
        levels=levels,
        base_period=period(snapshot.meta.times, key.base),
        norm=key.season.words,
        minimum=key.minimum,
        limits=_limits(snapshot, key),
    )


def _finished(sums: NDArray[Any], key: NormKey) -> NDArray[np.float64]:
    whole = np.ascontiguousarray(sums, dtype=np.float64)
    if key.season.window > 1:
        whole = pool(whole, key.season.window // 2, key.season.hours)
    return np.asarray(finish(whole, key.minimum))


def level_folder(folder: Path, name: str, level: int) -> Path:
    """Folder of one level of an array of a norm.

    Parameters
    ----------
    folder
        Of the norm.
    name
        Of the array.
    level
        0 is the finest.

    Returns
    -------
    pathlib.Path
    """
    return folder / name if level == 0 else folder / "levels" / str(level) / name


def _write_levels(finest: Any, folder: Path, name: str, levels: int) -> None:
    """Write the coarser levels, each half of the one before."""
    before = finest
    for level in range(1, levels + 1):
        slots, rows, columns = before.shape
        shape = slots, (rows + 1) // 2, (columns + 1) // 2
        piece = (1, min(400, shape[1]), min(400, shape[2]))
        coarse = create_array(level_folder(folder, name, level), shape, piece, piece)
        band = max(800, _PLANE_BYTES // (4 * columns) // 800 * 800)  # whole pieces of the coarse
        for slot in range(slots):
            for row in range(0, rows, band):
                values = np.asarray(before[slot, row : min(row + band, rows)].read().result())
                half = halve(np.ascontiguousarray(values))
                coarse[slot, row // 2 : row // 2 + half.shape[0]].write(half).result()
        before = coarse


def _limits(snapshot: Snapshot, key: NormKey) -> dict[str, list[float]]:
    """Return the 2nd and 98th percentile of departures and Z of a regular sample of cells."""
    _, rows, columns = snapshot.meta.layout.shape
    picked = [np.unique(np.linspace(0, size - 1, _SAMPLE).astype(int)) for size in (rows, columns)]
    row, column = (one.ravel() for one in np.meshgrid(*picked, indexing="ij"))
    values = np.ascontiguousarray(snapshot.series_of_cells(key.variable, row, column).T)
    times = snapshot.meta.times
    slots, used = key.season.slots(times), base_mask(times, key.base)
    mean, spread, _ = _finished(slot_sums(values, slots, used, key.season.size), key)
    found = {}
    for kind, wide in (("departure", spread[:0]), ("zscore", spread)):
        out = np.empty(values.shape, np.float32)
        judge(values, slots, mean, wide, out)
        known = out[np.isfinite(out)]
        if known.size:
            found[kind] = [float(one) for one in np.percentile(known, [2, 98])]
    return found
