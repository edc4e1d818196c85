"""A cube in any of its usual shapes brought to (time, cell)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr


def as_cube(cube: Any) -> xr.Dataset:
    """Return a cube with the axes ``time`` and ``cell``, both in ascending order.

    Parameters
    ----------
    cube
        Dataset or DataArray with ``time`` and ``cell``, in any order of axes; with ``time``,
        ``latitude`` and ``longitude``; or with ``time`` alone, which is one cell.

    Returns
    -------
    xarray.Dataset
        The same values, lazy where they were. Cells made here of a grid are numbered from 0, row
        by row.

    Raises
    ------
    ValueError
        There are no times or cells, a time is missing or twice, or an id is twice.

    Examples
    --------
    >>> times = np.array(["2020-01-31", "2020-01-01"], "datetime64[ns]")
    >>> series = xr.DataArray([2.0, 1.0], {"time": times}, ("time",), name="rain")
    >>> cube = as_cube(series)
    >>> dict(cube.sizes), cube["rain"].values.ravel().tolist()
    ({'time': 2, 'cell': 1}, [1.0, 2.0])
    """
    if isinstance(cube, xr.DataArray):
        cube = cube.to_dataset(name=cube.name or "value")
    if not isinstance(cube, xr.Dataset):
        raise ValueError(
            f"The cube is a {type(cube).__name__}; give an xarray Dataset (time, cell), as "
            "analysis.cells.align makes it."
        )
    if "time" not in cube.dims or "time" not in cube.coords:
        axes = ", ".join(map(str, cube.dims)) or "no axes"
        raise ValueError(f"The cube has no times: it has {axes}; it needs (time, cell).")
    cube = cube.rename({name: str(name) for name in cube.data_vars if not isinstance(name, str)})
    cube = _with_cells(cube)
    _check_times(cube["time"])
    if not cube.indexes["time"].is_monotonic_increasing:
        cube = cube.sortby("time")
    if not cube.indexes["time"].is_unique:
        times = cube.indexes["time"]
        raise ValueError(f"The time {times[times.duplicated()][0]} is there twice.")
    cube = cube.assign_coords(time=cube["time"].astype("datetime64[ns]"))
    ids = cube.indexes["cell"]
    if not ids.is_unique:
        raise ValueError(f"The cell {ids[ids.duplicated()][0]!r} is there twice.")
    return cube if ids.is_monotonic_increasing else cube.sortby("cell")


def _with_cells(cube: xr.Dataset) -> xr.Dataset:
    """Return a cube with an axis of cells."""
    short = {"lat": "latitude", "lon": "longitude"}
    cube = cube.rename({a: b for a, b in short.items() if a in cube.dims and b not in cube.dims})
    if "cell" in cube.dims and isinstance(cube.indexes.get("cell"), pd.MultiIndex):
        cube = cube.reset_index("cell")
    if "cell" not in cube.dims and {"latitude", "longitude"} <= set(cube.dims):
        grid = [name for name, one in cube.data_vars.items() if "latitude" in one.dims]
        lats, lons = np.meshgrid(cube["latitude"], cube["longitude"], indexing="ij")
        cube = cube.stack(cell=("latitude", "longitude"), create_index=False)  # noqa: PD013
        cube = cube.drop_vars(["latitude", "longitude"], errors="ignore")
        cube = cube.assign_coords(latitude=("cell", lats.ravel()), longitude=("cell", lons.ravel()))
        if not grid:
            raise ValueError("The cube has a grid, but no variable lies on it.")
    elif "cell" not in cube.dims:
        cube = cube.drop_vars("cell", errors="ignore")
        only_time = [name for name, one in cube.data_vars.items() if one.dims == ("time",)]
        numbers = [name for name in only_time if cube[name].dtype.kind in "fiub"]
        cube = cube.assign({name: cube[name].expand_dims(cell=1, axis=1) for name in numbers})
        if not numbers:
            raise ValueError("The cube has no variable (time, cell).")
    if not cube.sizes["cell"]:
        raise ValueError("The cube has no cells.")
    if "cell" not in cube.indexes:
        cube = cube.assign_coords(cell=np.arange(cube.sizes["cell"]))
    return cube


def _check_times(times: xr.DataArray) -> None:
    if not times.size:
        raise ValueError("The cube has no times.")
    if times.dtype.kind != "M":
        raise ValueError(f"The times of the cube are {times.dtype}; they must be datetime64, UTC.")
    if np.isnat(times.to_numpy()).any():
        raise ValueError("A time of the cube is missing.")
