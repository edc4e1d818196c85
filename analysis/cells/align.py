"""Anything to cells: grids, tables of points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import xarray as xr

from analysis.cells.cells import Cells
from analysis.cells.gridblocks import MODES
from analysis.cells.grids import align_grid
from analysis.cells.points import HOW, align_points


def align(
    data: Any, cells: Cells, how: str = "mean", *, column: str | Sequence[str] | None = None
) -> xr.Dataset:
    """Return data as one value for each cell and window, lazily.

    Nothing is read or computed before the values are asked for. A cell and window without a valid
    value is NaN; nothing is interpolated over a gap. Beside each variable stands the number of
    values that made it.

    Parameters
    ----------
    data
        A grid: Dataset or DataArray (time, latitude, longitude), with ``time_bounds`` where its
        steps have a length; or points, such as the rows of a satellite's tracks: a pandas or
        Dask table with ``time``, ``longitude``, ``latitude``.
    cells
        The cells: boxes or polygons, with windows of time.
    how
        Grids: "mean" (weighted by the common area and time), "nearest" (the pixel that holds the
        middle of the cell), "linear" (bilinear at the middle; missing if a corner is), "sum"
        (each pixel divided among cells and windows, so that totals are kept), "count" (valid
        values), "max". In time, "nearest" and "linear" average over the window.
        Points: "count", or "sum", "mean", "median", "min", "max" of columns. Without points the
        count and the sum are 0, and there is no other statistic.
    column
        The column of the points, or several.

    Returns
    -------
    xarray.Dataset
        Variables (time, cell), and ``<name>_count`` (time, cell). Coordinates: ``time`` (beginning
        of the window), ``time_bounds``, ``cell`` (id), ``longitude`` and ``latitude`` of its
        middle, degrees. Variables with the attribute ``role`` are not aligned themselves: flags
        of quality have no mean, and numbers of values (``<name>_count``, role "count") are added
        up in the count of their variable.

    Raises
    ------
    ValueError
        If ``how`` is unknown, or the data have not the axes or columns that are needed.

    Notes
    -----
    A monthly step spreads over every window that it touches. A window may therefore hold values
    measured up to one step after its end; features for forecasts must take earlier windows.

    Examples
    --------
    The sum of a grid is the same before and after:

    >>> import numpy as np
    >>> axes = {
    ...     "time": np.array(["2020-01-05"], "datetime64[ns]"),
    ...     "latitude": np.arange(-75, 90, 30.0),
    ...     "longitude": np.arange(15, 360, 30.0),
    ... }
    >>> grid = xr.DataArray(np.ones((1, 6, 12)), axes, tuple(axes), name="rain")
    >>> cells = Cells.from_grid(resolution=20, start="2020-01-01", end="2020-01-31")
    >>> float(align(grid, cells, "sum")["rain"].sum())
    72.0
    >>> import pandas as pd
    >>> events = pd.DataFrame(
    ...     {
    ...         "time": pd.to_datetime(["2020-01-02"] * 2),
    ...         "mag": [5.0, 6.1],
    ...         "longitude": [180.0, -180.0],
    ...         "latitude": [10.0, 10.0],
    ...     }
    ... )
    >>> float(align(events, cells, "max", column="mag")["mag"].max())
    6.1
    """
    if isinstance(data, xr.DataArray):
        data = data.to_dataset(name=data.name or "value")
    if isinstance(data, xr.Dataset):
        _check_how(how, tuple(MODES), "a grid")
        missing = {"latitude", "longitude"} - set(data.dims)
        if missing:
            axes = ", ".join(map(str, data.dims))
            msg = f"The grid has no axis {', '.join(sorted(missing))}; it has {axes}."
            raise ValueError(msg)
        variables = align_grid(data, cells, how)
    elif hasattr(data, "columns"):
        _check_how(how, HOW, "points")
        variables = align_points(data, cells, how, column)
    else:
        msg = f"A {type(data).__name__} is neither a grid (xarray) nor a table of points."
        raise ValueError(msg)
    longitude, latitude = cells.centres
    return xr.Dataset(
        variables,
        coords={
            "time": ("time", cells.times),
            "time_bounds": (("time", "bnds"), cells.time_bounds),
            "cell": ("cell", cells.ids),
            "longitude": ("cell", longitude, {"units": "degrees_east"}),
            "latitude": ("cell", latitude, {"units": "degrees_north"}),
        },
    )


def _check_how(how: str, allowed: tuple[str, ...], what: str) -> None:
    """Refuse an unknown way to align."""
    if how not in allowed:
        msg = f"how={how!r} is unknown for {what}; it is one of {', '.join(allowed)}."
        raise ValueError(msg)
