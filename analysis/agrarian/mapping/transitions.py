"""Change between two maps: what became of each class, in hectares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import xarray as xr

from analysis.agrarian.legends import Legend
from analysis.agrarian.mapping.grid import Grid
from analysis.agrarian.mapping.layers import REJECTED
from analysis.agrarian.mapping.shares import outlines_on, strips
from analysis.agrarian.mapping.store import LAND, legend_of_map, map_grid
from analysis.notes import Note, note
from analysis.notes import mark as _

BEFORE, AFTER = "before", "after"
CAUTION: Final = note(
    _(
        "Errors of both maps look like change: a pixel that is right in both with 90 % each seems "
        "to change in up to 19 %. Judge the change by a sample of its own "
        "(`change_map`, `sampling_design`, `area_adjusted_accuracy`)."
    )
)


@dataclass(frozen=True)
class Change:
    """What became of each class.

    Attributes
    ----------
    transitions : pandas.DataFrame
        (class before, class after): hectares; the diagonal stayed.
    classes : pandas.DataFrame
        By class: ``before_ha``, ``after_ha``, ``stayed_ha``, ``gain_ha``, ``loss_ha``, ``net_ha``.
    unknown_ha : float
        Area that one of the maps does not know (no data or rejected).
    by_unit : pandas.DataFrame or None
        ``unit``, ``before``, ``after``, ``area_ha``: transitions of each unit, those that occur.
    note : Note
        Why the change of two maps is no measurement of change.
    """

    transitions: pd.DataFrame
    classes: pd.DataFrame
    unknown_ha: float
    by_unit: pd.DataFrame | None
    note: Note = CAUTION


def change(
    before: xr.Dataset,
    after: xr.Dataset,
    units: Any = None,
    *,
    progress: Callable[[int, int, str], None] | None = None,
) -> Change:
    """Compare two maps of the same grid, class by class.

    Parameters
    ----------
    before, after : xarray.Dataset
        Of :func:`analysis.agrarian.mapping.classify`, on one grid; their classes may differ, they
        are matched by name.
    units : geopandas.GeoDataFrame, optional
        Polygons with a column ``id``.
    progress : callable, optional
        Told what is done, all there is, and a text.

    Returns
    -------
    Change

    Raises
    ------
    ValueError
        The maps lie on different grids, or the units are no polygons.
    """
    grid = _same_grid(before, after)
    keys = _keys(before, after)
    size = len(keys) + 1  # 0: unknown
    tables = [_table(legend_of_map(one), keys) for one in (before, after)]
    maps = [one[LAND].transpose(*grid.dims) for one in (before, after)]

    def count(rows: slice, columns: slice, share: Any) -> Any:
        first, second = (
            table[one[rows, columns].to_numpy()] for table, one in zip(tables, maps, strict=True)
        )
        weight = np.broadcast_to(grid.hectares(rows, columns) * share, first.shape)
        return np.bincount(
            (first * size + second).ravel(), weights=weight.ravel(), minlength=size * size
        ).reshape(size, size)

    step = max(1, 4_000_000 // grid.shape[1])
    total = np.zeros((size, size))
    for top in range(0, grid.shape[0], step):
        total += count(slice(top, min(top + step, grid.shape[0])), slice(0, grid.shape[1]), 1.0)
    by_unit = None if units is None else _by_unit(units, grid, keys, count, progress)
    known = total[1:, 1:]
    table = pd.DataFrame(known, pd.Index(keys, name=BEFORE), pd.Index(keys, name=AFTER))
    stayed = np.diag(known)
    classes = pd.DataFrame(
        {
            "before_ha": known.sum(axis=1),
            "after_ha": known.sum(axis=0),
            "stayed_ha": stayed,
            "gain_ha": known.sum(axis=0) - stayed,
            "loss_ha": known.sum(axis=1) - stayed,
            "net_ha": known.sum(axis=0) - known.sum(axis=1),
        },
        index=pd.Index(keys, name="class"),
    )
    return Change(table, classes, float(total.sum() - known.sum()), by_unit)


def change_map(before: xr.Dataset, after: xr.Dataset) -> xr.DataArray:
    """Map the transitions: codes for sampling them and for showing them.

    Parameters
    ----------
    before, after : xarray.Dataset
        As in :func:`change`.

    Returns
    -------
    xarray.DataArray
        uint16, (row, column), lazy where the maps are: 1 + place of the class before x number of
        classes + place of the class after, 0 where one is unknown; ``attrs["transitions"]`` names
        the codes.

    Raises
    ------
    ValueError
        The maps lie on different grids.
    """
    grid = _same_grid(before, after)
    keys = _keys(before, after)
    tables = [_table(legend_of_map(one), keys) for one in (before, after)]

    def codes(first: Any, second: Any) -> Any:
        one, other = tables[0][first], tables[1][second]
        known = (one > 0) & (other > 0)
        return np.where(known, 1 + (one - 1) * len(keys) + other - 1, 0).astype(np.uint16)

    maps = [one[LAND].transpose(*grid.dims) for one in (before, after)]
    shared = maps[1].assign_coords({dim: maps[0][dim] for dim in grid.dims})
    out = xr.apply_ufunc(codes, maps[0], shared, dask="parallelized", output_dtypes=[np.uint16])
    names = {
        1 + i * len(keys) + j: f"{one} -> {other}"
        for i, one in enumerate(keys)
        for j, other in enumerate(keys)
    }
    out.attrs = {"long_name": "Change of class", "units": "1", "transitions": names}
    return out.rename("change")


def _same_grid(before: xr.Dataset, after: xr.Dataset) -> Grid:
    one, other = map_grid(before), map_grid(after)
    same = one.shape == other.shape and one.dims == other.dims and one.crs == other.crs
    if same:
        near = 1e-3 * min(abs(step) for step in one.steps)
        same = np.allclose(one.x, other.x, rtol=0, atol=near)
        same = same and np.allclose(one.y, other.y, rtol=0, atol=near)
    if not same:
        raise ValueError(
            f"The maps lie on different grids: {one.shape} in {one.crs.name!r} from "
            f"{one.bounds}, and {other.shape} in {other.crs.name!r} from {other.bounds}. Classify "
            "both on one grid, or bring one onto the other with mosaic([before, after])."
        )
    return one


def _keys(before: xr.Dataset, after: xr.Dataset) -> list[str]:
    return list(dict.fromkeys([*legend_of_map(before).keys, *legend_of_map(after).keys]))


def _table(legend: Legend, keys: list[str]) -> Any:
    """Code -> place among the classes from 1, 0 for what is unknown."""
    table = np.zeros(256, np.int64)
    for one in legend.classes:
        table[one.code] = keys.index(one.key) + 1
    table[REJECTED] = 0
    return table


def _by_unit(units: Any, grid: Grid, keys: list[str], count: Any, progress: Any) -> pd.DataFrame:
    ids, shapes = outlines_on(units, grid)
    rows = []
    for number, (name, shape) in enumerate(zip(ids, shapes, strict=True)):
        if progress is not None:
            progress(number, len(ids), name)
        total = sum(count(strip.rows, strip.columns, strip.share) for strip in strips(shape, grid))
        found = np.argwhere(np.atleast_2d(total)[1:, 1:] > 0)
        rows += [(name, keys[i], keys[j], total[i + 1, j + 1]) for i, j in found]
    if progress is not None:
        progress(len(ids), len(ids), "")
    return pd.DataFrame(rows, columns=["unit", BEFORE, AFTER, "area_ha"])
