"""The feature table of a record of events: what was known of each cell at each issue time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.cells.lattice import Lattice
from analysis.features.derivatives import length_in_days
from analysis.features.tablefacts import Facts
from analysis.features.tablerows import cell_numbers, check_share, is_drawn
from analysis.features.tablewindows import as_text
from analysis.notes import mark as _
from analysis.notes import note
from analysis.seismic.history.columns import fill
from analysis.seismic.history.recipe import Recipe, choose, feature_names
from analysis.seismic.history.record import Record, check_target, read_record
from analysis.seismic.history.sweeping import check_issue, outcomes, sweep

Keys = NDArray[np.int64]


def catalogue_table(  # noqa: PLR0913
    events: Any,
    lattice: Lattice,
    issue_times: Any,
    *,
    history: str = "180D",
    horizon: str = "30D",
    magnitude: float = 5.0,
    completeness: float | None = None,
    keep_empty: float | None = 0.02,
    seed: int = 0,
    allow_incomplete: bool = False,
    since: Any = None,
    until: Any = None,
    features: Any = None,
    progress: Callable[[int, int], None] | None = None,
    **recipe: Any,
) -> pd.DataFrame:
    """Return features of past events and the outcome that followed, for cells and issue times.

    Rows: every cell that an event of the target follows, every cell with an event in its history,
    and a sample of the empty rest, which carries the weight of what it stands for.

    Parameters
    ----------
    events
        Events as :func:`analysis.seismic.columns.as_events` reads them, (n).
    lattice
        Cells.
    issue_times
        Moments of forecast (time,), ascending, UTC. An event counts as history if it lies
        strictly before.
    history
        How far back events count.
    horizon
        Length of the window after the issue time in which the target is sought.
    magnitude
        The target is 1 if an event of this magnitude or larger follows within the horizon.
    completeness
        Magnitude from which the events are complete; None for an estimate from the events before
        the first issue time.
    keep_empty
        Share of the rows without history and without target that is kept, each on its own and
        reproducibly; None keeps the full grid.
    seed
        Of the sample.
    allow_incomplete
        True makes a note of a target below completeness, which is refused otherwise.
    since, until
        From when to when the record is complete; None for the first and the last event.
        Issue times whose history or outcome lies beyond are left out, with a note.
    features
        Names of the wanted features; None for all.
    progress
        Called with issue times done and to do.
    **recipe
        Further settings of :class:`~analysis.seismic.history.recipe.Recipe`: recent, rings_km,
        width_km, b_events, b_radius_km, b_refresh, link, delay.

    Returns
    -------
    pandas.DataFrame
        (time, cell), float32, ``target`` int8, ``weight`` float32. ``attrs`` hold horizon,
        history, features (group, units, when known, titles), kept_share, target, completeness,
        recipe, cells, simulated and notes.

    Raises
    ------
    ValueError
        The target is below completeness, no issue time has history and outcome in the record, a
        name is unknown or a setting impossible.

    Examples
    --------
    What happens after an issue time changes nothing of what was known then:

    >>> days = pd.date_range("2000-01-01", periods=400, freq="9D")
    >>> events = pd.DataFrame(
    ...     {"time": days, "longitude": 70.0, "latitude": 43.0, "mag": np.tile([4.5, 5.5], 200)}
    ... )
    >>> cells = Lattice.from_bounds((69, 42, 71, 44), 0.5)
    >>> issue = ["2004-01-01", "2004-02-01"]
    >>> past = events[events["time"] < "2004-01-01"]
    >>> both = [
    ...     catalogue_table(one, cells, issue, completeness=4.5, until="2009-01-01")
    ...     for one in (events, past)
    ... ]
    >>> at = [table.loc["2004-01-01"].drop(columns=["target", "weight"]) for table in both]
    >>> at[0].loc[at[1].index].equals(at[1])
    True
    """
    plan = Recipe(history=history, magnitude=float(magnitude), **recipe)
    share = check_share(keep_empty)
    names = choose(features, feature_names(plan))
    horizon = as_text(horizon, "horizon")
    ahead = length_in_days(horizon, "horizon")
    issue = check_issue(issue_times)
    record = read_record(events, issue[0], completeness=completeness, since=since, until=until)
    remarks = [*record.notes]
    told = check_target(record, plan.magnitude, allow_incomplete=allow_incomplete)
    remarks += [told] if told else []
    issue, left = _usable(record, issue, plan, ahead)
    remarks += left
    place = lattice.index(record.longitude, record.latitude)
    big = record.magnitude >= plan.magnitude - 1e-6
    follows = outcomes(place[big], record.times[big], issue, horizon)
    past = sweep(
        place, record.times, record.magnitude, issue, plan.history, delay=plan.delay
    )  # known in its own cell
    size = lattice.size
    positive = follows.step.astype(np.int64) * size + follows.cell
    behind = past.step.astype(np.int64) * size + past.cell
    keys = _rows(issue, lattice, positive, behind, share, seed)
    step, cell = np.divmod(keys, size)
    columns = fill(record, lattice, issue, step, cell, plan, names, progress)
    target = np.zeros(keys.size, np.int8)
    target[np.searchsorted(keys, positive)] = 1
    weight = np.ones(keys.size, np.float32)
    if share:
        weight[:] = 1 / share
        weight[np.searchsorted(keys, positive)] = 1
        weight[np.searchsorted(keys, behind)] = 1
    table = _assemble(columns | {"target": target, "weight": weight}, issue, lattice, step, cell)
    table.attrs.update(_attrs(record, lattice, plan, names))
    table.attrs |= {
        "horizon": horizon,
        "kept_share": 1.0 if share is None else share,
        "target": f"magnitude >= {plan.magnitude:g} within {horizon}",
        "notes": remarks,
    }
    return table


def catalogue_grid(
    events: Any,
    lattice: Lattice,
    issue_time: Any,
    *,
    completeness: float,
    since: Any = None,
    features: Any = None,
    **recipe: Any,
) -> pd.DataFrame:
    """Return the features of every cell at one issue time, for a forecast.

    The values are those of :func:`catalogue_table` for the same events and settings, to the last
    bit; take the settings from there: ``**table.attrs["recipe"]``.

    Parameters
    ----------
    events
        Events, (n); those from the issue time on are not looked at.
    lattice
        Cells.
    issue_time
        The moment of the forecast, UTC.
    completeness
        Magnitude from which the events are complete: ``table.attrs["completeness"]``.
    since
        From when on the record is complete; None for the first event.
    features
        Names; None for all.
    **recipe
        Settings of :class:`~analysis.seismic.history.recipe.Recipe`.

    Returns
    -------
    pandas.DataFrame
        (time, cell) with one time and all cells, float32, without target and weight.

    Raises
    ------
    ValueError
        No event is before the issue time, a name is unknown or a setting impossible.
    """
    plan = Recipe(**recipe)
    names = choose(features, feature_names(plan))
    issue = check_issue(issue_time)
    if issue.size != 1:
        raise ValueError(f"{issue.size} issue times; a grid is of one. Take catalogue_table.")
    record = read_record(events, issue[0], completeness=completeness, since=since, until=issue[0])
    cell = np.arange(lattice.size)
    step = np.zeros_like(cell)
    columns = fill(record, lattice, issue, step, cell, plan, names, None)
    table = _assemble(columns, issue, lattice, step, cell)
    table.attrs.update(_attrs(record, lattice, plan, names))
    table.attrs["notes"] = [*record.notes]
    return table


def _usable(
    record: Record, issue: NDArray[np.datetime64], plan: Recipe, ahead: float
) -> tuple[NDArray[np.datetime64], list[str]]:
    """Return the issue times whose history and outcome lie in the record, and notes."""
    day = np.timedelta64(86_400_000_000_000, "ns")
    back = length_in_days(plan.history, "history")
    early = issue - back * day < record.since
    late = issue + ahead * day > record.until
    notes: list[str] = []
    if early.any():
        text = _("{count} issue times have no full history in the record.")
        notes.append(note(text, count=int(early.sum())))
    if late.any():
        text = _("The outcome of {count} issue times is not in the record yet.")
        notes.append(note(text, count=int(late.sum())))
    found = issue[~(early | late)]
    if not found.size:
        raise ValueError(
            f"No issue time from {issue[0]} to {issue[-1]} has its history of {back:g} days and "
            f"its outcome of {ahead:g} days in the record, {record.since} to {record.until}."
        )
    return found, notes


def _rows(
    issue: NDArray[np.datetime64],
    lattice: Lattice,
    positive: Keys,
    behind: Keys,
    share: float | None,
    seed: int,
) -> Keys:
    """Return the keys (issue time, cell) of the rows of a table, ascending."""
    size = lattice.size
    if share is None:
        return np.arange(issue.size * size, dtype=np.int64)
    numbers = cell_numbers(lattice.ids)
    drawn = [
        np.flatnonzero(is_drawn(when, numbers, share, seed)) + step * size
        for step, when in enumerate(issue)
    ]
    keys = np.sort(np.concatenate([positive, behind, *drawn]))
    return keys[np.concatenate([[True], keys[1:] != keys[:-1]])] if keys.size else keys


def _assemble(
    columns: dict[str, Any],
    issue: NDArray[np.datetime64],
    lattice: Lattice,
    step: Keys,
    cell: Keys,
) -> pd.DataFrame:
    """Return columns as a table with the index (time, cell), in order."""
    ids = lattice.ids
    order = np.argsort(ids, kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(order.size)
    levels: Any = [pd.DatetimeIndex(issue), ids[order]]
    codes: Any = [step, rank[cell]]
    index = pd.MultiIndex(levels, codes, names=["time", "cell"], verify_integrity=False)
    table = pd.DataFrame(columns, copy=False).set_axis(index)
    crosses = (np.diff(ids) < 0).any()  # the ids of a block over the date line do not ascend
    return table.sort_index() if crosses else table


def _attrs(record: Record, lattice: Lattice, plan: Recipe, names: list[str]) -> dict[str, Any]:
    """Return what is to be known of a table."""
    known = "at the issue time: events strictly before it"
    if plan.delay is not None:
        known = f"{plan.delay} after each event, which must end before the issue time"
    every = feature_names(plan)
    lons, lats = lattice.longitude_edges, lattice.latitude_edges
    bounds = [float(one) for one in (lons[0], lats[0], lons[-1], lats[-1])]
    return {
        "history": plan.history,
        "features": {
            name: Facts(
                group="catalogue",
                units=every[name][0],
                known=known,
                delay=plan.delay or "0D",
                simulated=record.simulated,
                title=every[name][1],
            )
            for name in names
        },
        "cells": {"bounds": bounds, "resolution": lattice.resolution},
        "completeness": record.completeness,
        "since": str(record.since),
        "simulated": record.simulated,
        "recipe": plan.written(),
    }
