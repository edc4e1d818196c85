"""The lazy graph of an alignment: each chunk of a grid adds to the cells that it touches.

A chunk is read once for each block of the result that it touches; what it adds is as large as the
cells under it. So both maps of few steps and long series of few pixels are aligned in the memory
of some chunks, whatever the size of the grid.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import dask.array as da
import numpy as np
from dask.base import tokenize
from dask.highlevelgraph import HighLevelGraph
from numpy.typing import NDArray

from analysis.cells.gridkernels import add_steps

BLOCK_BYTES = 48 * 1024**2
"""Source values that one task reads, bytes, and sums of one block of the result; at least one."""

MODES = {"mean": 0, "nearest": 0, "linear": 1, "sum": 2, "max": 3, "count": 4}
"""Ways to align a grid, and how their kernel combines values; up to 1 is a weighted mean."""

Part = tuple[int, NDArray[np.intp], NDArray[np.float64]]


@dataclass(frozen=True)
class Patch:
    """Cells of a block of the result, as some chunks of the map see them.

    Attributes
    ----------
    chunks
        Places (row, column) of the chunks in the source; more than one only where a cell needs
        all its pixels at once.
    cells
        Places (cell) in the block.
    starts, pixels, areas
        Pixels of each cell and their weights, compressed; pixels are counted through the chunks.
    """

    chunks: tuple[tuple[int, int], ...]
    cells: NDArray[np.intp]
    starts: NDArray[np.intp]
    pixels: NDArray[np.intp]
    areas: NDArray[np.float64]


@dataclass(frozen=True)
class Steps:
    """Some chunks of time, as the windows of a block of the result see them.

    Attributes
    ----------
    chunks
        Places of the chunks in time.
    window, windows
        First window, counted in the block, and their number.
    first, places, shares
        Windows of each step and their weights, compressed; windows are counted from the first.
    """

    chunks: tuple[int, ...]
    window: int
    windows: int
    first: NDArray[np.intp]
    places: NDArray[np.intp]
    shares: NDArray[np.float64]


def aligned_blocks(
    source: da.Array, counts: da.Array | None, matrix: Any, weights: Any, mode: int
) -> da.Array:
    """Return value and count of each window and cell, lazily.

    Parameters
    ----------
    source
        Values (step, row, column).
    counts
        Numbers of what made the values, in the same chunks; None where each counts once.
    matrix
        Weights (cell, pixel), sparse rows; pixels row by row.
    weights
        Weights (window, step), sparse.
    mode
        One of the values of :data:`MODES`.

    Returns
    -------
    dask.array.Array
        float64 (2, window, cell); the value is NaN where the count is 0.
    """
    n_windows, n_cells = weights.shape[0], matrix.shape[0]
    heights, sizes = _cuts(source, n_windows, n_cells)
    columns = weights.tocsc()
    columns.sort_indices()
    sources = [source] if counts is None else [source, counts]
    names = [one.name for one in sources]
    told = (names, mode, heights, sizes, matrix.indptr, matrix.indices, matrix.data)
    name = f"align-{tokenize(told, columns.indptr, columns.indices, columns.data)}"
    layer: dict[Any, Any] = {}
    patches = []
    for block, begin in enumerate(_begins(sizes)):
        part = matrix[begin : begin + sizes[block]]
        patches.append(_patches(part, source, whole=mode == MODES["linear"]))
        layer |= {(f"{name}-patch", block, n): _Held(one) for n, one in enumerate(patches[-1])}
    for row, begin in enumerate(_begins(heights)):
        groups = _groups(columns[begin : begin + heights[row]], source)
        layer |= {(f"{name}-steps", row, n): _Held(one) for n, one in enumerate(groups)}
        for block, size in enumerate(sizes):
            sums = []
            for p, patch in enumerate(patches[block]):
                for g, steps in enumerate(groups):
                    chunks = [
                        [[(one, t, *at) for at in patch.chunks] for t in steps.chunks]
                        for one in names
                    ]
                    held = (f"{name}-patch", block, p), (f"{name}-steps", row, g)
                    sums.append((f"{name}-add", row, block, p, g))
                    layer[sums[-1]] = (_add, *held, chunks, mode)
            layer[name, 0, row, block] = (_divide, sums, heights[row], size, mode)
    graph = HighLevelGraph.from_collections(name, layer, dependencies=sources)
    cut = ((2,), tuple(heights), tuple(sizes))
    return da.Array(graph, name, cut, dtype=np.float64, meta=np.empty((0, 0, 0)))


@dataclass(frozen=True)
class _Held:
    """Keeps Dask from looking into a value for names of tasks."""

    value: Any


def _cuts(source: da.Array, n_windows: int, n_cells: int) -> tuple[list[int], list[int]]:
    """Return the sizes of the blocks of windows and of cells.

    Long series are cut by cells first, maps by windows first: so a chunk touches few blocks.
    """
    fits = max(1, BLOCK_BYTES // 24)  # sum, weight and number of one window and cell
    whole_time = source.numblocks[0] == 1
    if whole_time:
        cells = min(n_cells, max(1, fits // n_windows))
        windows = min(n_windows, max(1, fits // cells))
    else:
        windows = min(n_windows, max(1, fits // n_cells))
        cells = min(n_cells, max(1, fits // windows))
    return _even(n_windows, windows), _even(n_cells, cells)


def _begins(sizes: list[int]) -> list[int]:
    """Return where parts of some sizes begin."""
    return [int(one) for one in np.cumsum([0, *sizes[:-1]])]


def _even(total: int, most: int) -> list[int]:
    """Divide a number into parts of at most a size."""
    return [min(most, total - begin) for begin in range(0, total, most)]


def _patches(matrix: Any, source: da.Array, *, whole: bool) -> list[Patch]:
    """Divide the cells of a block among the chunks that hold their pixels."""
    row_ends, column_ends = (np.cumsum((0, *sizes)) for sizes in source.chunks[1:])
    width = int(column_ends[-1])
    counts = np.diff(matrix.indptr)
    cell = np.repeat(np.arange(counts.size), counts)
    row, column = matrix.indices // width, matrix.indices % width
    down = np.searchsorted(row_ends, row, side="right") - 1
    across = np.searchsorted(column_ends, column, side="right") - 1
    chunk = down * (column_ends.size - 1) + across
    inside = (row - row_ends[down]) * np.diff(column_ends)[across] + column - column_ends[across]
    area = np.diff(row_ends)[:, None] * np.diff(column_ends)[None, :]
    found: list[Patch] = []
    for ids, entries in _by_chunks(cell, chunk, whole=whole):
        offsets = np.concatenate([[0], np.cumsum([area.flat[one] for one in ids])])
        place = np.searchsorted(ids, chunk[entries])
        pixels = inside[entries] + offsets[place]
        used, starts = np.unique(cell[entries], return_index=True)
        at = tuple((int(one) // area.shape[1], int(one) % area.shape[1]) for one in ids)
        starts = np.append(starts, entries.size).astype(np.intp)
        weights = np.asarray(matrix.data[entries], dtype=np.float64)
        found.append(Patch(at, used, starts, pixels.astype(np.intp), weights))
    return found


def _by_chunks(
    cell: NDArray[np.intp], chunk: NDArray[np.intp], *, whole: bool
) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Return sets of chunks with the entries that they hold, sorted by cell.

    With `whole` the entries of a cell stay together; else each chunk takes its own.
    """
    if chunk.size == 0:
        return []
    group = chunk
    sets: list[NDArray[np.intp]] = [np.array([one]) for one in range(int(chunk.max()) + 1)]
    if whole:
        pairs = np.unique(np.stack([cell, chunk], axis=1), axis=0)
        begin = np.flatnonzero(np.diff(pairs[:, 0], prepend=-1))
        ends = np.append(begin[1:], len(pairs))
        known: dict[tuple[int, ...], int] = {}
        of_cell = np.zeros(int(cell.max()) + 1, dtype=np.intp)
        for low, high in zip(begin, ends, strict=True):
            ids = tuple(pairs[low:high, 1].tolist())
            of_cell[pairs[low, 0]] = known.setdefault(ids, len(known))
        group, sets = of_cell[cell], [np.array(ids) for ids in known]
    order = np.lexsort((cell, group))
    cuts = np.flatnonzero(np.diff(group[order], prepend=-1))
    parts = np.split(order, cuts[1:])
    return [(sets[int(group[part[0]])], part) for part in parts]


def _groups(columns: Any, source: da.Array) -> list[Steps]:
    """Join chunks of time until a task reads enough, and give each its windows."""
    ends = np.cumsum((0, *source.chunks[0]))
    largest = math.prod(max(sizes) for sizes in source.chunks[1:]) * source.dtype.itemsize
    needed = np.flatnonzero(np.add.reduceat(np.append(np.diff(columns.indptr), 0), ends[:-1]) > 0)
    groups: list[list[int]] = []
    for chunk in needed.tolist():
        steps = sum(source.chunks[0][one] for one in (groups[-1] if groups else []))
        size = (steps + source.chunks[0][chunk]) * largest
        if groups and size <= BLOCK_BYTES:
            groups[-1].append(chunk)
        else:
            groups.append([chunk])
    found = []
    for group in groups:
        steps = np.concatenate([np.arange(ends[one], ends[one + 1]) for one in group])
        part = columns[:, steps]
        first = int(part.indices.min())
        found.append(
            Steps(
                tuple(group),
                first,
                int(part.indices.max()) + 1 - first,
                part.indptr.astype(np.intp),
                (part.indices - first).astype(np.intp),
                np.asarray(part.data, dtype=np.float64),
            )
        )
    return found


def _add(held: _Held, steps_held: _Held, chunks: list[Any], mode: int) -> Part:
    """Return what some chunks add: first window, places of the cells, sums (3, window, cell)."""
    patch, steps = held.value, steps_held.value
    out = np.zeros((3, steps.windows, patch.cells.size))
    if mode == MODES["max"]:
        out[0] = -np.inf
    begin = 0
    for number in range(len(steps.chunks)):
        values = _flat(chunks[0][number])
        length = values.shape[0]
        counts = _flat(chunks[1][number]) if len(chunks) > 1 else np.empty((length, 0), np.float32)
        add_steps(
            values,
            counts,
            (patch.starts, patch.pixels, patch.areas),
            (steps.first[begin : begin + length + 1], steps.places, steps.shares),
            mode == MODES["linear"],
            mode == MODES["max"],
            out,
        )
        begin += length
    return steps.window, patch.cells, out


def _flat(chunks: list[NDArray[Any]]) -> NDArray[Any]:
    """Return chunks of the same steps side by side (step, pixel)."""
    flat = [np.ascontiguousarray(one.reshape(one.shape[0], -1)) for one in chunks]
    joined = flat[0] if len(flat) == 1 else np.concatenate(flat, axis=1)
    return joined if joined.dtype in (np.float32, np.float64) else joined.astype(np.float64)


def _divide(parts: list[Part], n_windows: int, n_cells: int, mode: int) -> NDArray[np.float64]:
    """Return value and count (2, window, cell) of all parts together."""
    total = np.full((n_windows, n_cells), -np.inf if mode == MODES["max"] else 0.0)
    weight, count = np.zeros((2, n_windows, n_cells))
    for first, cells, sums in parts:
        at = (slice(first, first + sums.shape[1]), cells)
        if mode == MODES["max"]:
            total[at] = np.maximum(total[at], sums[0])
        else:
            total[at] += sums[0]
        weight[at] += sums[1]
        count[at] += sums[2]
    with np.errstate(invalid="ignore", divide="ignore"):
        value = total / weight if mode <= MODES["linear"] else total
    return np.stack([np.where(weight > 0, value, np.nan), count])
