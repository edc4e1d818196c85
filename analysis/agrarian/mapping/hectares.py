"""Hectares of every class in every unit of land, which add up, with intervals."""

from __future__ import annotations

from collections.abc import Callable
from statistics import NormalDist
from typing import Any, Final

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from analysis.agrarian.accuracy.checking import NOT_DRAWN
from analysis.agrarian.accuracy.limits import of_sums
from analysis.agrarian.accuracy.matrix import as_matrix
from analysis.agrarian.accuracy.olofsson import Accuracy
from analysis.agrarian.legends import Legend
from analysis.agrarian.mapping.grid import Grid
from analysis.agrarian.mapping.layers import REJECTED
from analysis.agrarian.mapping.shares import outlines_on, strips
from analysis.agrarian.mapping.store import LAND, legend_of_map, map_grid
from analysis.agrarian.units import areas_km2
from analysis.notes import Note, note
from analysis.notes import mark as _

Floats = NDArray[np.float64]
WHOLE: Final = "map"
"""Id of the whole map, where no units are given."""
ASSUMPTION: Final = note(
    _(
        "Intervals hold if the map is as right in each unit as in the whole area of the sample "
        "(synthetic estimate); they say nothing of a unit where it is worse."
    )
)


def areas(
    land: xr.Dataset,
    units: Any = None,
    matrix: Any = None,
    *,
    level: float = 0.95,
    progress: Callable[[int, int, str], None] | None = None,
) -> pd.DataFrame:
    """Measure the area of every class in every unit, in hectares on the ellipsoid.

    A pixel on an outline counts with the part that lies in the unit. So the districts of an oblast
    add up to the oblast for every class, and what a map does not say is told apart.

    Parameters
    ----------
    land : xarray.Dataset
        Of :func:`analysis.agrarian.mapping.classify`; read in strips.
    units : geopandas.GeoDataFrame, optional
        Polygons with a column ``id``; without them the whole map is one unit, "map".
    matrix : Accuracy, pandas.DataFrame or array_like, optional
        What :func:`analysis.agrarian.accuracy.judge_map` found, or an error matrix (rows map,
        columns reference, counts) of a sample drawn on the whole map: adds what the area is when
        the errors of the map are taken into account, with an interval. A note says where nothing
        is known of how the places of a matrix were drawn.
    level : float
        Of the interval.
    progress : callable, optional
        Told the units done, all units, and the id.

    Returns
    -------
    pandas.DataFrame
        A row for each unit and class: ``unit``, ``class``, ``area_ha`` (as mapped) and
        ``share`` of the land that the map shows there; with a matrix ``estimate_ha``,
        ``error_ha``, ``low_ha``, ``high_ha``. ``attrs["units"]``: id -> ``unit_ha``, ``mapped_ha``,
        ``rejected_ha``, ``nodata_ha`` and ``outside_ha`` (beside the map), which
        together are the unit; ``attrs["notes"]``; ``attrs["drawn"]``: whether the places of the
        matrix are known to have been drawn on the map.

    Raises
    ------
    ValueError
        The units are no polygons, the map has no areas, or the matrix does not fit its classes.
    """
    legend, grid = legend_of_map(land), map_grid(land)
    codes = land[LAND].transpose(*grid.dims)
    found: dict[str, Floats] = {}
    if units is None:
        found[WHOLE] = _whole(codes, grid, progress)
        sizes = {WHOLE: float(found[WHOLE].sum())}
    else:
        ids, shapes = outlines_on(units, grid)
        sizes = _sizes(units)
        for number, (name, shape) in enumerate(zip(ids, shapes, strict=True)):
            _tell(progress, number, len(ids), name)
            found[name] = _unit(codes, grid, shape)
        _tell(progress, len(ids), len(ids), "")
    table = _table(found, legend)
    notes: list[Note] = []
    drawn = isinstance(matrix, Accuracy) and matrix.drawn
    if matrix is not None:
        table = pd.concat([table, _estimates(found, legend, matrix, level)], axis=1)
        notes += [ASSUMPTION] if drawn else [NOT_DRAWN, ASSUMPTION]
    known = np.array([one.code for one in legend.classes])
    about = {
        name: _told(sizes[name], counts[known].sum(), counts[REJECTED], counts[0])
        for name, counts in found.items()
    }
    simulated = bool(land.attrs.get("simulated"))
    table.attrs = {"units": about, "notes": notes, "drawn": drawn, "simulated": simulated}
    return table


def _told(size: float, mapped: float, rejected: float, nodata: float) -> dict[str, float]:
    """Share the area of a unit out among what the map says of it."""
    beside = size - mapped - rejected - nodata
    beside = beside if beside > 1e-3 * size else 0.0  # less is rounding of outlines
    return {
        "unit_ha": float(size),
        "mapped_ha": float(mapped),
        "rejected_ha": float(rejected),
        "nodata_ha": float(nodata),
        "outside_ha": float(beside),
    }


def add_up(table: pd.DataFrame, parents: Any) -> pd.DataFrame:
    """Sum mapped and estimated hectares of units up to their parents: farms to districts.

    Parameters
    ----------
    table : pandas.DataFrame
        Of :func:`areas`.
    parents : mapping or pandas.Series
        Id of the unit -> id of its parent.

    Returns
    -------
    pandas.DataFrame
        ``unit`` (the parent), ``class``, ``area_ha``, ``share`` and ``estimate_ha`` where the
        table has it. Intervals are not summed: errors of neighbours are not independent.

    Raises
    ------
    ValueError
        A unit has no parent.

    Examples
    --------
    >>> rows = [("a", "water", 3.0), ("b", "water", 4.0)]
    >>> table = pd.DataFrame(rows, columns=["unit", "class", "area_ha"])
    >>> add_up(table, {"a": "x", "b": "x"})["area_ha"].tolist()
    [7.0]
    """
    above = pd.Series(parents)
    missing = [one for one in table["unit"].unique() if one not in above.index]
    if missing:
        raise ValueError(f"The unit {missing[0]!r} has no parent ({len(missing)} in all).")
    columns = [name for name in ("area_ha", "estimate_ha") if name in table]
    out = table.assign(unit=table["unit"].map(above))
    out = out.groupby(["unit", "class"], sort=False, observed=True)[columns].sum().reset_index()
    whole = out.groupby("unit", observed=True)["area_ha"].transform("sum")
    return out.assign(share=out["area_ha"] / whole.where(whole > 0))


def _whole(codes: xr.DataArray, grid: Grid, progress: Any) -> Floats:
    counts = np.zeros(256)
    step = max(1, 4_000_000 // grid.shape[1])
    for top in range(0, grid.shape[0], step):
        rows = slice(top, min(top + step, grid.shape[0]))
        _tell(progress, top, grid.shape[0], "")
        counts += _sum(codes[rows].to_numpy(), grid.hectares(rows, slice(None)), 1.0)
    _tell(progress, grid.shape[0], grid.shape[0], "")
    return counts


def _unit(codes: xr.DataArray, grid: Grid, shape: Any) -> Floats:
    counts = np.zeros(256)
    for strip in strips(shape, grid):
        values = codes[strip.rows, strip.columns].to_numpy()
        counts += _sum(values, grid.hectares(strip.rows, strip.columns), strip.share)
    return counts


def _sum(values: Any, hectares: Floats, share: Any) -> Floats:
    weight = np.broadcast_to(hectares * share, values.shape)
    counted = np.bincount(values.ravel(), weights=weight.ravel(), minlength=256)
    return counted.astype(np.float64)


def _sizes(units: Any) -> dict[str, float]:
    from analysis.agrarian.byunit import as_polygons

    series = as_polygons(units)
    hectares = areas_km2(series.to_numpy()) * 100.0
    return dict(zip(map(str, series.index), hectares.tolist(), strict=True))


def _table(found: dict[str, Floats], legend: Legend) -> pd.DataFrame:
    rows = []
    for name, counts in found.items():
        values = np.array([counts[one.code] for one in legend.classes])
        total = values.sum()
        for one, value in zip(legend.classes, values, strict=True):
            rows.append((name, one.key, value, value / total if total > 0 else np.nan))
    return pd.DataFrame(rows, columns=["unit", "class", "area_ha", "share"])


def _estimates(found: dict[str, Floats], legend: Legend, matrix: Any, level: float) -> pd.DataFrame:
    """Areas by the shares of the reference classes within each class of the map."""
    if not 0.0 < level < 1.0:
        raise ValueError(f"The level of the intervals is {level}; it is between 0 and 1.")
    judged = matrix if isinstance(matrix, Accuracy) else None
    given = matrix if judged is None else judged.counts
    labels = legend.keys if not isinstance(given, pd.DataFrame) else None
    counts = as_matrix(given, labels)
    unknown = [str(one) for one in counts.index if str(one) not in legend.keys]
    if unknown and not judged:
        text = _("The error matrix has the class {name}, which the map has not; it has {names}.")
        raise ValueError(note(text, name=repr(unknown[0]), names=legend.keys))
    counts.index, counts.columns = counts.index.astype(str), counts.columns.astype(str)
    rows = counts.reindex(index=legend.keys, fill_value=0.0).to_numpy().sum(axis=1)
    n = counts.reindex(index=legend.keys, columns=legend.keys, fill_value=0.0).to_numpy()
    mapped = np.array([[values[one.code] for one in legend.classes] for values in found.values()])
    blind = (rows == 0) & (mapped.sum(axis=0) > 0)
    if blind.any():
        names = np.array(legend.keys)[blind].tolist()
        text = _("The error matrix has no sample of {names}, which the map shows.")
        raise ValueError(note(text, names=names))
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(rows[:, None] > 0, n / rows[:, None], 0.0)
        variance = np.where(rows[:, None] > 0, share * (1 - share) / (rows[:, None] - 1), 0.0)
    estimate = mapped @ share
    error = np.sqrt(np.where(mapped[:, :, None] > 0, mapped[:, :, None] ** 2 * variance, 0).sum(1))
    z = round(NormalDist().inv_cdf(0.5 + level / 2), 2)
    low, high = np.maximum(estimate - z * error, 0.0), estimate + z * error
    if judged is not None and judged.interval == "jeffreys":
        low, high = of_sums(mapped, share, rows, level)
    return pd.DataFrame(
        {
            "estimate_ha": estimate.ravel(),
            "error_ha": error.ravel(),
            "low_ha": low.ravel(),
            "high_ha": high.ravel(),
        }
    )


def _tell(progress: Any, done: int, total: int, text: str) -> None:
    if progress is not None:
        progress(done, total, text)
