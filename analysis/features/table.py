"""The feature table: what was known at an issue time, and what followed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from analysis.features.derivatives import length_in_days, text_of_days
from analysis.features.tableblock import Block, Rows
from analysis.features.tablecomponents import add_components
from analysis.features.tablecube import as_cube
from analysis.features.tablekinds import describe
from analysis.features.tableplan import Plan, choose_columns, declare, delay_of
from analysis.features.tablerelations import read_relations
from analysis.features.tablerows import check_share
from analysis.features.tabletarget import read_target, with_outcome
from analysis.features.tablewindows import DAY, Windows, as_text, find_windows

WHOLE: Final = 200_000
"""Rows of a grid up to which it is kept whole where nothing else is asked for."""
_BLOCK: Final = 32 * 1024**2
"""Numbers of a block of cells."""


def build_table(  # noqa: PLR0913
    cube: Any,
    history: str = "180D",
    target: str | Sequence[str] | xr.DataArray | Callable[..., Any] | None = None,
    *,
    horizon: str | None = None,
    period: str | None = None,
    features: Any = None,
    delays: Any = None,
    relations: Any = (),
    components: int = 0,
    keep_empty: float | Literal["auto"] | None = "auto",
    seed: int = 0,
    dask: bool = False,
) -> Any:
    """Return features of the past of each cell, and whether the target came true after it.

    The issue time of a row is the end of a window of the cube. What ended by then, and was
    published by then, is known; the target is sought in the windows that follow.

    Parameters
    ----------
    cube
        Variables (time, cell), as :func:`analysis.cells.align` gives them: ``time`` is the
        beginning of a window, ``time_bounds`` its beginning and end where they are stated. Other
        orders of axes, (time, latitude, longitude), ``time`` alone, one DataArray and values in
        Dask are taken too. Variables without ``cell`` hold everywhere, those without ``time``
        always. Used attributes: units, long_name, simulated, latency (length until a window is
        published), group, known_from.
    history
        How far back features look.
    target
        Name of a variable ("count": above 0) or conditions ("largest_magnitude >= 5", "count > 2
        and heat > 1.5 sigma"). Counts and energies are summed over the horizon, of others the
        largest (>, >=) or least (<, <=) counts. Or an array on the axes of the cube, or a function
        of the cube that returns one: True (above 0) where it happened, NaN where that is not known;
        it is a target only, no feature. None gives features only, up to the last window,
        as a forecast needs them.
    horizon
        How far the target lies ahead; None for the windows nearest to 30 days, at least one.
    period
        Length of a window ("30D", "MS") where the cube does not state it; None for the distance
        to the next one.
    features
        Names of features, or of variables for all of theirs; None for all.
    delays
        Length of time from the end of a window to its publication, for all variables or by name;
        None for what the variables state.
    relations
        Further features: "pearson(a, b)", "spearman(a, b)", pairs of names, or conditions.
    components
        Principal components to add, learnt from the first 70 % of the issue times
        (:func:`~analysis.features.tablecomponents.add_components`).
    keep_empty
        Share of the rows without target and without anything in the history that is kept, with
        the weight 1 / share; None keeps all; "auto" keeps all of up to 200,000 rows, and a tenth
        of the empty rows of more.
    seed
        Of the sample.
    dask
        True returns a lazy Dask table, in parts by cells; its columns ``time`` and ``cell`` are
        the index of the other.

    Returns
    -------
    pandas.DataFrame or dask.dataframe.DataFrame
        (time, cell) in order; features float32, ``target`` int8, ``weight`` float32. ``attrs``:
        horizon, history, features (group, units, known, delay, simulated, title), kept_share,
        target, cells, simulated, notes.

    Raises
    ------
    ValueError
        A name is unknown, no row has history and outcome, or a parameter is impossible.

    Examples
    --------
    What happens in a window is the target of the row before it, and a feature of those after it:

    >>> times = pd.date_range("2020-01-01", periods=9, freq="30D")
    >>> count = xr.DataArray(np.zeros((9, 2)), {"time": times, "cell": [7, 8]}, ("time", "cell"))
    >>> count[4, 1] = 3
    >>> table = build_table(count.to_dataset(name="count"), history="90D", target="count >= 1")
    >>> [positive] = table.index[table["target"] == 1]
    >>> positive == (times[4], 8), table["count_sum"][table["count_sum"] > 0].tolist()
    (True, [3.0, 3.0, 3.0])
    >>> table.loc[positive, "count_sum"].item(), table.attrs["horizon"]
    (0.0, '30D')
    """
    cube, target = with_outcome(cube, target)
    ready = as_cube(cube)
    history = as_text(history, "history")
    plan, attrs = _prepare(
        ready, history, target, horizon, period, features, delays, relations, keep_empty, seed
    )
    if dask:
        if components:
            raise ValueError(
                "Principal components need the rows of all cells: build the table without dask, "
                "or add them with analysis.features.tablecomponents.add_components."
            )
        from analysis.features.tabledask import lazy_table

        return lazy_table(ready, list(_blocks(ready, plan, lazy=True)), plan, attrs)
    parts, begins = [], []
    for cells in _blocks(ready, plan):
        names = [*plan.variables]
        parts.append(Block(ready[names].isel(cell=cells).load(), plan).rows())
        begins.append(cells.start)
    table = _join(ready, plan, parts, begins)
    unknown = sum(part.unknown for part in parts)
    if unknown:
        attrs["notes"].append(
            f"{unknown} rows are left out: the values of their outcome are missing."
        )
    attrs["notes"] += _missing(table, list(attrs["features"]))
    table.attrs.update(attrs)
    if plan.target is not None and not len(table):
        raise ValueError(
            f"No row is left: the outcome of '{plan.target}' is missing everywhere, or nothing "
            "happened and keep_empty is 0."
        )
    return add_components(table, components) if components else table


def _prepare(  # noqa: PLR0913
    cube: xr.Dataset,
    history: str,
    target: Any,
    horizon: str | None,
    period: str | None,
    features: Any,
    delays: Any,
    relations: Any,
    keep_empty: Any,
    seed: int,
) -> tuple[Plan, dict[str, Any]]:
    """Return the plan of a table and what is to be told of it; no value is computed."""
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer):
        raise ValueError(f"The seed is {seed!r}; give a whole number.")
    variables, notes = describe(cube, delays)
    wanted = read_target(target, variables) if target is not None else None
    found = read_relations(relations, variables)
    columns = choose_columns(cube, variables, found, features)
    windows = find_windows(cube, period)
    first, usable = windows.history(history)
    following = (first, first)
    ahead = None
    if wanted is not None:
        low, high, there = windows.following(horizon)
        if not (usable & there).any():
            raise ValueError(
                f"No issue time has a history of {history} and an outcome"
                f"{f' of {horizon}' if horizon else ''} in the cube, which has {usable.size} "
                f"windows of {windows.typical / DAY:g} days."
            )
        usable &= there
        following = low[usable], high[usable]
        ahead = (windows.end[high[usable] - 1] - windows.end[usable]).max() / DAY
    issue = np.flatnonzero(usable)
    rows = issue.size * cube.sizes["cell"]
    share: Any = keep_empty
    if isinstance(keep_empty, str):
        if keep_empty != "auto":
            raise ValueError(f"keep_empty={keep_empty!r}; give a share, None or 'auto'.")
        share = 0.1 if rows > WHOLE else None
    share = check_share(share) if wanted is not None else None
    used = {name for one in columns for name in (one.relation.variables if one.relation else
            (one.variable,))}  # fmt: skip
    used |= set(wanted.variables) if wanted else set()
    if share is not None:
        used |= {name for name, one in variables.items() if one.kind != "measured"}
    plan = Plan(
        windows,
        issue,
        first[issue],
        _span(windows, first, history)[issue],
        history,
        following,
        {name: one for name, one in variables.items() if name in used},
        tuple(columns),
        wanted,
        share,
        int(seed),
    )
    back = length_in_days(history, "history")
    late = {one.name for one in columns if delay_of(one, variables) / DAY >= back}
    if late:
        notes.append(
            f"Published too late to be known within the history of {history}, so missing in all "
            f"rows: {', '.join(sorted(late))}."
        )
    told = declare(columns, variables, cube)
    attrs: dict[str, Any] = {
        "history": history,
        "features": told,
        "cells": _place(cube),
        "simulated": any(one["simulated"] for one in told.values()),
        "notes": notes,
        "kept_share": 1.0 if share is None else share,
    }
    if wanted is not None and ahead is not None:
        text = text_of_days(ahead)
        attrs |= {"horizon": text, "target": f"{wanted} within {text}"}
        attrs["simulated"] |= any(variables[name].simulated for name in wanted.variables)
    return plan, attrs


def _span(windows: Windows, first: NDArray[np.int64], history: str) -> NDArray[np.float64]:
    """Return the length of each history, days: of its windows, or as asked for if some lack."""
    length = (windows.end - windows.begin) / DAY
    total = np.concatenate([[0.0], np.cumsum(length)])
    covered = total[1:] - total[first]
    asked = length_in_days(history, "history")
    near = np.abs(covered - asked) <= length.max() / 2
    return np.where(near, covered, np.maximum(covered, asked))


def _blocks(cube: xr.Dataset, plan: Plan, *, lazy: bool = False) -> Iterator[slice]:
    """Cut the cells into blocks that fit into memory; a lazy cube where it is cut already."""
    size = cube.sizes["cell"]
    numbers = plan.issue.size * (len(plan.columns) + 1)
    numbers += plan.windows.end.size * 2 * len(plan.variables) + 9 * plan.issue.size
    each = max(1, min(size, _BLOCK // max(numbers, 1)))
    chunks = {
        chunk
        for name in plan.variables
        for chunk in (cube[name].chunksizes.get("cell", ()) if cube[name].chunks else ())[:1]
    }
    if chunks:
        chunk = min(chunks)
        each = min(size, chunk * max(1, 1 if lazy else each // chunk))
    for begin in range(0, size, each):
        yield slice(begin, min(begin + each, size))


def _join(cube: xr.Dataset, plan: Plan, parts: list[Rows], begins: list[int]) -> pd.DataFrame:
    """Return the rows of all blocks in order of time, then of cell."""
    step = np.concatenate([part.step for part in parts])
    cell = np.concatenate([part.cell + begin for part, begin in zip(parts, begins, strict=True)])
    names = list(parts[0].columns)
    columns = {name: np.concatenate([part.columns[name] for part in parts]) for name in names}
    if len(parts) > 1:
        order = np.argsort(step, kind="stable")
        step, cell = step[order], cell[order]
        columns = {name: values[order] for name, values in columns.items()}
    if plan.target is None:
        columns.pop("weight")
    levels: Any = [pd.DatetimeIndex(plan.windows.issue[plan.issue]), cube.indexes["cell"]]
    codes: Any = [step, cell]
    index = pd.MultiIndex(levels, codes, names=["time", "cell"], verify_integrity=False)
    return pd.DataFrame(columns, copy=False).set_axis(index)


def _place(cube: xr.Dataset) -> dict[str, Any]:
    """Return where the cells are, as far as the cube says."""
    told: dict[str, Any] = {"number": cube.sizes["cell"]}
    if {"longitude", "latitude"} <= set(cube.coords):
        lons, lats = (np.asarray(cube[name]) for name in ("longitude", "latitude"))
        if lons.size and np.isfinite(lons).all() and np.isfinite(lats).all():
            told["centres"] = [float(v) for v in (lons.min(), lats.min(), lons.max(), lats.max())]
    return told


def _missing(table: pd.DataFrame, names: list[str]) -> list[str]:
    """Return a note of features without any value."""
    empty = [name for name in names if len(table) and np.isnan(table[name].to_numpy()).all()]
    return [f"Without any value: {', '.join(empty)}."] if empty else []
