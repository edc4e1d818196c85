"""A feature table that is made part by part, when it is asked for."""

from __future__ import annotations

from typing import Any

import dask
import dask.dataframe as dd
import numpy as np
import pandas as pd
import xarray as xr

from analysis.features.tableblock import Block
from analysis.features.tableplan import Plan


def lazy_table(cube: xr.Dataset, blocks: list[slice], plan: Plan, attrs: dict[str, Any]) -> Any:
    """Return a Dask table; each part holds all rows of some cells, in order of time and cell.

    Parameters
    ----------
    cube
        With the axes time and cell.
    blocks
        Cells of each part.
    plan
        What is wanted.
    attrs
        What is to be told of each part.

    Returns
    -------
    dask.dataframe.DataFrame
        Columns ``time`` and ``cell``, the features, ``target`` and ``weight``.
    """
    names = [*plan.variables]
    make = dask.delayed(_make, pure=True)
    shared = dask.delayed(plan, traverse=False)
    told = dask.delayed(attrs, traverse=False)
    parts = [make(cube[names].isel(cell=one), shared, told) for one in blocks]
    kinds: dict[str, Any] = {
        "time": "datetime64[ns]",
        "cell": cube.indexes["cell"].dtype,
        **{one.name: np.float32 for one in plan.columns},
    }
    if plan.target is not None:
        kinds |= {"target": np.int8, "weight": np.float32}
    meta = pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})
    return dd.from_delayed(parts, meta=meta, verify_meta=False, prefix="feature-table")


def _make(cube: xr.Dataset, plan: Plan, attrs: dict[str, Any]) -> pd.DataFrame:
    """Return the rows of one part."""
    rows = Block(cube, plan).rows()
    columns = dict(rows.columns)
    if plan.target is None:
        columns.pop("weight")
    times = plan.windows.issue[plan.issue]
    ids = cube.indexes["cell"].to_numpy()
    table = pd.DataFrame({"time": times[rows.step], "cell": ids[rows.cell], **columns})
    table.attrs.update(attrs)
    return table
