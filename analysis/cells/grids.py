"""A gridded cube aligned to cells, lazily."""

from __future__ import annotations

from typing import Any

import dask.array as da
import numpy as np
import scipy.sparse
import xarray as xr
from numpy.typing import NDArray

from analysis.cells.cells import Cells
from analysis.cells.gridblocks import MODES, aligned_blocks
from analysis.cells.weights import cell_weights
from analysis.cells.windows import overlaps
from analysis.sources.roles import COUNT


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
        If an axis is missing or impossible, or a variable without a role has the name of the
        count of another.
    """
    for name in cube.data_vars:
        if f"{name}_count" in cube.data_vars and not cube[f"{name}_count"].attrs.get("role"):
            raise ValueError(
                f"The grid holds {name} and {name}_count, which would be overwritten by the count "
                f"of {name}. Set attrs['role'] = 'count' where it is that, else rename it."
            )
    longitude = np.asarray(cube["longitude"].to_numpy(), dtype=np.float64)
    latitude = np.asarray(cube["latitude"].to_numpy(), dtype=np.float64)
    matrix = cell_weights(cells, longitude, latitude, how)
    used = np.unique(matrix.indices)
    rows = _span(used // longitude.size)
    columns = _span(used % longitude.size)
    inside = _window(matrix, longitude.size, rows, columns)
    days, shares = _step_weights(cube, cells)
    weights = shares if how == "sum" else days
    result: dict[str, Any] = {}
    for name, variable in cube.data_vars.items():
        if not {"latitude", "longitude"} <= set(variable.dims) or variable.attrs.get("role"):
            continue
        values = _lazy(variable, rows, columns)
        beside = cube.get(f"{name}_count")
        counts = None
        if beside is not None and beside.attrs.get("role") == "count":
            counts = _lazy(beside, rows, columns).rechunk(values.chunks)
        both = aligned_blocks(values, counts, inside, weights, MODES[how])
        result.update(_named(str(name), variable.attrs, both, how))
    if not result:
        raise ValueError("The grid holds no variable on latitude and longitude.")
    return result


def _lazy(variable: xr.DataArray, rows: slice, columns: slice) -> da.Array:
    """Return the part of a variable that cells touch (time, row, column), as a Dask array."""
    steps = variable.transpose(..., "latitude", "longitude")
    if "time" not in steps.dims:
        steps = steps.expand_dims("time")
    part = steps.transpose("time", "latitude", "longitude")[:, rows, columns]
    data = part.data
    return data if isinstance(data, da.Array) else da.from_array(data, chunks=-1)


def _named(name: str, attrs: dict[str, Any], both: Any, how: str) -> dict[str, Any]:
    """Return the value and the count of a variable with their attributes."""
    count_attrs = {
        "units": "1",
        "long_name": f"Number of values of {attrs.get('long_name', name)}",
        "source": attrs.get("source", ""),
    }
    if attrs.get("simulated"):
        count_attrs["simulated"] = True
    numbers = both[1].astype(np.int32)
    if how == "count":
        return {name: (("time", "cell"), numbers, count_attrs)}
    counts = (("time", "cell"), numbers, {**count_attrs, "role": COUNT})
    value = (("time", "cell"), both[0], {**attrs, "cell_methods": f"area: time: {how}"})
    return {name: value, f"{name}_count": counts}


def _span(indices: NDArray[Any]) -> slice:
    """Return the slice from the least to the greatest index."""
    return slice(int(indices.min()), int(indices.max()) + 1) if indices.size else slice(0, 1)


def _window(matrix: Any, width: int, rows: slice, columns: slice) -> Any:
    """Return the weights with pixels counted within a part of the grid."""
    row, column = matrix.indices // width - rows.start, matrix.indices % width - columns.start
    wide = columns.stop - columns.start
    shape = (matrix.shape[0], (rows.stop - rows.start) * wide)
    pixels = row.astype(np.int64) * wide + column
    return scipy.sparse.csr_array((matrix.data, pixels, matrix.indptr.astype(np.int64)), shape)


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
