"""A gridded cube aligned to cells, lazily."""

from __future__ import annotations

import math
from typing import Any

import dask
import dask.array as da
import numpy as np
import scipy.sparse
import xarray as xr
from numba import njit
from numpy.typing import NDArray

from analysis.cells.cells import Cells
from analysis.cells.weights import cell_weights
from analysis.cells.windows import overlaps

BLOCK_BYTES = 64 * 1024**2
"""Source values that one task reads, bytes, and sums that it makes; at least one step."""

MODES = {"mean": 0, "nearest": 0, "linear": 1, "sum": 2, "max": 3, "count": 4}
"""Ways to align a grid, and how their kernel combines values; up to 1 is a weighted mean."""


def align_grid(cube: xr.Dataset, cells: Cells, how: str) -> dict[str, Any]:
    """Return the aligned variables of a cube and the counts of their values.

    Parameters
    ----------
    cube
        Variables (time, latitude, longitude), or (latitude, longitude) for a static grid.
    cells
        The cells.
    how
        A key of :data:`MODES`.

    Returns
    -------
    dict
        Lazy arrays (time, cell) with their attributes, by name.

    Raises
    ------
    ValueError
        If an axis is missing or impossible.
    """
    longitude = np.asarray(cube["longitude"].to_numpy(), dtype=np.float64)
    latitude = np.asarray(cube["latitude"].to_numpy(), dtype=np.float64)
    matrix = cell_weights(cells, longitude, latitude, how)
    used = np.unique(matrix.indices)
    rows = _span(used // longitude.size)
    columns = _span(used % longitude.size)
    sparse = dask.delayed(_window(matrix, longitude.size, rows, columns), traverse=False)
    days, shares = _step_weights(cube, cells)
    weights = shares if how == "sum" else days
    result: dict[str, Any] = {}
    for name, variable in cube.data_vars.items():
        if not {"latitude", "longitude"} <= set(variable.dims):
            continue
        steps = variable.transpose(..., "latitude", "longitude")
        if "time" not in steps.dims:
            steps = steps.expand_dims("time")
        part = steps.transpose("time", "latitude", "longitude")[:, rows, columns]
        both = _blocks(part.data, sparse, weights, cells.ids.size, MODES[how])
        result.update(_named(str(name), variable.attrs, both, how))
    return result


def _named(name: str, attrs: dict[str, Any], both: Any, how: str) -> dict[str, Any]:
    """Return the value and the count of a variable with their attributes."""
    count_attrs = {
        "units": "1",
        "long_name": f"Number of values of {attrs.get('long_name', name)}",
        "source": attrs.get("source", ""),
    }
    if attrs.get("simulated"):
        count_attrs["simulated"] = True
    counts = (("time", "cell"), both[1].astype(np.int32), count_attrs)
    if how == "count":
        return {name: counts}
    value = (("time", "cell"), both[0], {**attrs, "cell_methods": f"area: time: {how}"})
    return {name: value, f"{name}_count": counts}


def _span(indices: NDArray[Any]) -> slice:
    """Return the slice from the least to the greatest index."""
    return slice(int(indices.min()), int(indices.max()) + 1) if indices.size else slice(0, 1)


def _window(matrix: Any, width: int, rows: slice, columns: slice) -> tuple[NDArray[Any], ...]:
    """Return starts, pixels and weights, pixels counted within a part of the grid."""
    row, column = matrix.indices // width - rows.start, matrix.indices % width - columns.start
    return (
        matrix.indptr.astype(np.int64),
        (row * (columns.stop - columns.start) + column).astype(np.int64),
        matrix.data,
    )


def _step_weights(cube: xr.Dataset, cells: Cells) -> tuple[Any, Any]:
    """Return days and shares (time, step) of the steps of a cube in the windows, sparse."""
    if cube.attrs.get("static") or "time" not in cube.dims:
        ones = scipy.sparse.csr_array(np.ones((cells.shape[0], 1)))
        return ones, ones
    if "time_bounds" in cube.variables:
        bounds = cube["time_bounds"].to_numpy()
    else:
        stamps = cube["time"].to_numpy()
        bounds = np.stack([stamps, stamps], axis=1)
    return overlaps(cells.edges, bounds)


def _blocks(steps: Any, sparse: Any, weights: Any, n_cells: int, mode: int) -> da.Array:
    """Return value and count (2, time, cell) as lazy blocks of windows.

    A window of more steps than a task may read is summed in parts.
    """
    n_windows = weights.shape[0]
    step_bytes = steps.dtype.itemsize * steps.shape[1] * steps.shape[2]
    per_window = max(1.0, weights.nnz / n_windows)
    per_task = max(1, BLOCK_BYTES // step_bytes)
    size = max(1, math.floor(min(per_task / per_window, BLOCK_BYTES / (24 * n_cells))))
    add = dask.delayed(_add_steps, pure=True)
    divide = dask.delayed(_divide, pure=True)
    parts = []
    for begin in range(0, n_windows, size):
        block = weights[begin : begin + size]
        used = _span(np.unique(block.indices))
        sums = [
            add(steps[part], sparse, block[:, part].toarray(), n_cells, mode)
            for low in range(used.start, used.stop, per_task)
            for part in [slice(low, min(low + per_task, used.stop))]
        ]
        shape = (2, block.shape[0], n_cells)
        parts.append(da.from_delayed(divide(sums, mode), shape, dtype=np.float64))
    return da.concatenate(parts, axis=1)


def _add_steps(
    steps: NDArray[Any],
    sparse: tuple[NDArray[Any], NDArray[Any], NDArray[Any]],
    weights: NDArray[np.float64],
    n_cells: int,
    mode: int,
) -> NDArray[np.float64]:
    """Return sum or greatest value, weight and count (3, window, cell) of some steps."""
    result = np.zeros((3, weights.shape[0], n_cells))
    total, weight, count = result
    if mode == MODES["max"]:
        total[:] = -np.inf
    for step in np.flatnonzero(weights.any(axis=0)):
        values = np.ascontiguousarray(steps[step].reshape(-1), dtype=np.float64)
        sums, areas, numbers, largest = _gather(values, *sparse, mode == MODES["linear"])
        for window in np.flatnonzero(weights[:, step] > 0):
            share = weights[window, step]
            if mode == MODES["max"]:
                np.maximum(total[window], largest, out=total[window])
            else:
                total[window] += share * sums
            weight[window] += share * areas
            count[window] += numbers
    return result


def _divide(parts: list[NDArray[np.float64]], mode: int) -> NDArray[np.float64]:
    """Return value and count (2, window, cell) of all steps together."""
    total, weight, count = parts[0]
    for part in parts[1:]:
        total = np.maximum(total, part[0]) if mode == MODES["max"] else total + part[0]
        weight, count = weight + part[1], count + part[2]
    with np.errstate(invalid="ignore"):
        value = total / weight if mode <= MODES["linear"] else total
    return np.stack([np.where(count > 0, value, np.nan), count])


@njit(nogil=True, cache=True)
def _gather(
    values: np.ndarray, starts: np.ndarray, pixels: np.ndarray, areas: np.ndarray, whole: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return weighted sum, weight, number and largest of the valid values of each cell.

    With ``whole`` a cell with one missing value has none.
    """
    n = starts.size - 1
    sums, weights, numbers, largest = np.zeros(n), np.zeros(n), np.zeros(n), np.full(n, -np.inf)
    for cell in range(n):
        for entry in range(starts[cell], starts[cell + 1]):
            value = values[pixels[entry]]
            if not np.isnan(value):
                sums[cell] += areas[entry] * value
                weights[cell] += areas[entry]
                numbers[cell] += 1
                largest[cell] = max(largest[cell], value)
        if whole and numbers[cell] < starts[cell + 1] - starts[cell]:
            sums[cell], weights[cell], numbers[cell] = 0.0, 0.0, 0.0
    return sums, weights, numbers, largest
