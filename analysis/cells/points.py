"""A table of points in space and time aligned to cells, lazily."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import dask
import dask.array as da
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.cells.cells import Cells
from analysis.sources.roles import COUNT

BLOCK_BYTES = 64 * 1024**2
"""Size of one block of the result, bytes; at least one window."""

HOW = ("count", "sum", "mean", "median", "min", "max")
_JOIN: Any = {"max": np.maximum, "min": np.minimum}
Sparse = tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]


def align_points(
    table: Any, cells: Cells, how: str, column: str | Sequence[str] | None
) -> dict[str, Any]:
    """Return the count of the points in each cell, or a statistic of some of their columns.

    Each partition of a Dask table is reduced to its occupied cells before anything is put
    together, so the memory needed does not grow with the number of points (but for medians, which
    need the values of one block of windows).

    Parameters
    ----------
    table
        A pandas, geopandas or Dask table with ``time``, ``longitude``, ``latitude``.
    cells
        The cells.
    how
        One of :data:`HOW`.
    column
        The column, or several, for a statistic; not used by "count".

    Returns
    -------
    dict
        Lazy arrays (time, cell) with their attributes, by name.

    Raises
    ------
    ValueError
        If a column is missing, or is no number, or has the name of the count of another.
    """
    columns = [] if how == "count" else _need(column, how)
    wanted = ["time", "longitude", "latitude", *columns]
    missing = [name for name in wanted if name not in table.columns]
    if missing:
        names = ", ".join(map(str, table.columns))
        msg = f"The table of points has no column {', '.join(missing)}; it has {names}."
        raise ValueError(msg)
    for name in columns:
        if table.dtypes[name].kind not in "fiub":
            raise ValueError(f"The column {name!r} holds {table.dtypes[name]} and no numbers.")
        if f"{name}_count" in columns:
            raise ValueError(
                f"The columns {name} and {name}_count cannot be taken together: the number of "
                f"values of {name} has the second name. Rename that column."
            )
    part = table[wanted]
    partitions = part.to_delayed() if hasattr(part, "to_delayed") else [dask.delayed(part)]
    shared = dask.delayed(cells, traverse=False)
    reduce = dask.delayed(_reduce_part, pure=True)
    units = getattr(table, "attrs", {}).get("units", {})
    result: dict[str, Any] = {}
    for name in columns or [""]:
        sparse = [reduce(partition, shared, how, name) for partition in partitions]
        both = _blocks(sparse, cells.shape, how)
        count = both[1].astype(np.int64)
        told = {"units": "1", "long_name": "Number of points"}
        if name:
            unit = {"units": str(units[name])} if isinstance(units, dict) and name in units else {}
            result[name] = (("time", "cell"), both[0], {"long_name": f"{how} of {name}", **unit})
            told["role"] = COUNT
        result[f"{name}_count" if name else "count"] = (("time", "cell"), count, told)
    return result


def _need(column: str | Sequence[str] | None, how: str) -> list[str]:
    """Return the columns, or ask for one."""
    columns = [column] if isinstance(column, str) else list(column or [])
    if not columns:
        msg = f"how={how!r} needs a column of the points, for example column='mag'."
        raise ValueError(msg)
    return columns


def _reduce_part(part: Any, cells: Cells, how: str, column: str) -> Sparse:
    """Return occupied cells (flat index, value, count) of one partition."""
    frame: pd.DataFrame = part.to_pandas() if hasattr(part, "to_pandas") else part
    windows = cells.find_time(frame["time"].to_numpy())
    points, areas = cells.contains(frame["longitude"].to_numpy(), frame["latitude"].to_numpy())
    timely = windows[points] >= 0
    points, areas = points[timely], areas[timely]
    flat = windows[points].astype(np.int64) * cells.ids.size + areas
    if how == "count":
        values = np.ones(points.size)
    else:
        values = frame[column].to_numpy(dtype=np.float64)[points]
        known = ~np.isnan(values)
        flat, values = flat[known], values[known]
    return _merge(flat, values, np.ones(values.size), how)


def _merge(
    flat: NDArray[np.int64], values: NDArray[np.float64], counts: NDArray[np.float64], how: str
) -> Sparse:
    """Return one row for each cell: the sum, least or largest of the values, the sum of counts.

    For medians all values stay, sorted by cell.
    """
    if flat.size == 0:
        return flat, values, counts
    order = np.argsort(flat, kind="stable")
    flat, values, counts = flat[order], values[order], counts[order]
    if how == "median":
        return flat, values, counts
    begin = np.flatnonzero(np.concatenate([[True], flat[1:] != flat[:-1]]))
    join = _JOIN.get(how, np.add)
    return flat[begin], join.reduceat(values, begin), np.add.reduceat(counts, begin)


def _medians(flat: NDArray[np.int64], values: NDArray[np.float64]) -> Sparse:
    """Return the median and the number of the values of each cell."""
    order = np.lexsort((values, flat))
    flat, values = flat[order], values[order]
    found, begin, counts = np.unique(flat, return_index=True, return_counts=True)
    middle = (values[begin + (counts - 1) // 2] + values[begin + counts // 2]) / 2
    return found, middle, counts.astype(np.float64)


def _blocks(sparse: Sequence[Any], shape: tuple[int, int], how: str) -> da.Array:
    """Return value and count (2, time, cell) as lazy blocks of windows."""
    n_windows, n_cells = shape
    size = max(1, math.floor(BLOCK_BYTES / (16 * n_cells)))
    dense = dask.delayed(_dense, pure=True)
    parts = []
    for begin in range(0, n_windows, size):
        n = min(size, n_windows - begin)
        task = dense(list(sparse), begin, n, n_cells, how)
        parts.append(da.from_delayed(task, (2, n, n_cells), dtype=np.float64))
    return da.concatenate(parts, axis=1)


def _dense(
    sparse: list[Sparse], begin: int, n_windows: int, n_cells: int, how: str
) -> NDArray[np.float64]:
    """Return value and count (2, window, cell) of one block of windows.

    A cell without points has the count 0 and the sum 0; it has no other statistic.
    """
    low, high = begin * n_cells, (begin + n_windows) * n_cells
    inside = []
    for flat, values, counts in sparse:
        part = slice(*np.searchsorted(flat, [low, high]))
        inside.append((flat[part] - low, values[part], counts[part]))
    joined = [np.concatenate(arrays) for arrays in zip(*inside, strict=True)]
    if how == "median":
        flat, values, counts = _medians(joined[0], joined[1])
    else:
        flat, values, counts = _merge(joined[0], joined[1], joined[2], how)
    result = np.zeros((2, n_windows * n_cells))
    if how not in ("count", "sum"):
        result[0] = np.nan
    result[0, flat] = values / counts if how == "mean" else values
    result[1, flat] = counts
    return result.reshape(2, n_windows, n_cells)
