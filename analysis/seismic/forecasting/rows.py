"""Rows of a feature table: which of them, and their features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.cells.lattice import Lattice
from analysis.seismic.forecasting.choices import CATALOGUE, Settings
from analysis.seismic.forecasting.rates import baseline_rates
from analysis.seismic.forecasting.records import Record
from analysis.spelling import did_you_mean

RATE_FEATURES: Final = ("cell", "smoothed", "adaptive", "recent")
"""Baselines whose logarithm is also a feature."""
LEAST_RATE: Final = 1e-9
"""Events per window below which the logarithm of a rate does not fall."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Positions of rows: of issue times and of cells (row,), and weights (row,)."""

    time: NDArray[np.intp]
    cell: NDArray[np.intp]
    weight: NDArray[np.float32]


def full_rows(counts: NDArray[np.int16], steps: NDArray[np.intp]) -> Rows:
    """Return every cell of some issue times, in order of time."""
    cells = counts.shape[1]
    time = np.repeat(steps, cells)
    cell = np.tile(np.arange(cells), steps.size)
    return Rows(time, cell, np.ones(time.size, np.float32))


def empty_sample(
    counts: NDArray[np.int16],
    events: pd.DataFrame,
    settings: Settings,
    lattice: Lattice,
    issue: pd.DatetimeIndex,
) -> Rows:
    """Return all positives, all rows with an event in their history, and a share of the others."""
    kept = counts > 0
    times = events["time"].to_numpy()
    cell = lattice.index(events["longitude"].to_numpy(), events["latitude"].to_numpy())
    back = pd.Timedelta(settings.history).to_timedelta64()
    for step, when in enumerate(issue.to_numpy()):
        rows = slice(np.searchsorted(times, when - back), np.searchsorted(times, when))
        near = cell[rows]
        kept[step, near[near >= 0]] = True
    draw = np.random.default_rng(settings.seed).random(counts.shape, dtype=np.float32)
    sampled = ~kept & (draw < settings.keep_empty)
    time, place = np.nonzero(kept | sampled)
    weight = np.where(sampled[time, place], 1 / settings.keep_empty, 1.0)
    return Rows(time, place, weight.astype(np.float32))


def feature_tables(
    record: Record,
    settings: Settings,
    lattice: Lattice,
    issue: pd.DatetimeIndex,
    wanted: list[Rows],
    counts: NDArray[np.int16] | None = None,
) -> list[pd.DataFrame]:
    """Return feature tables of several sets of rows, each rate computed once for all.

    Parameters
    ----------
    record
        Events.
    settings
        The choices.
    lattice
        Cells.
    issue
        Issue times (time,).
    wanted
        Sets of rows.
    counts
        Events of the target (time, cell), for the outcomes; None where they are not known yet.

    Returns
    -------
    list of pandas.DataFrame
        A feature table for each set, float32.

    Raises
    ------
    ValueError
        A group of features is unknown.
    """
    unknown = [name for name in settings.features if name != CATALOGUE]
    if unknown:
        raise ValueError(
            f"There is no group of features {unknown[0]!r}. {did_you_mean(unknown[0], [CATALOGUE])}"
        )
    columns: list[dict[str, Any]] = [{} for _rows in wanted]
    about: dict[str, Any] = {}
    makers = baseline_rates(record.events, settings, lattice, issue)
    for name, make in makers.items():
        rate = make()
        for one, rows in zip(columns, wanted, strict=True):
            one[f"rate_{name}"] = rate[rows.time, rows.cell].astype(np.float32)
    for name in RATE_FEATURES:
        if name in makers:
            for one in columns:
                one[f"{name}_rate"] = np.log10(one[f"rate_{name}"] + np.float32(LEAST_RATE))
            about[f"{name}_rate"] = {
                "group": CATALOGUE,
                "units": "log10(1/window)",
                "known": "at the issue time",
                "simulated": bool(record.about["simulated"]),
            }
    tables = []
    for one, rows in zip(columns, wanted, strict=True):
        if counts is not None:
            found = counts[rows.time, rows.cell]
            one["target"] = (found > 0).astype(np.int8)
            one["events"] = found
        one["weight"] = rows.weight
        table = pd.DataFrame(one, index=_index(rows, lattice, issue))
        table.attrs.update(_about(settings, about))
        tables.append(table)
    return tables


def _index(rows: Rows, lattice: Lattice, issue: pd.DatetimeIndex) -> pd.MultiIndex:
    levels: Any = [issue, pd.Index(lattice.ids)]
    codes: Any = [rows.time, rows.cell]
    return pd.MultiIndex(
        levels=levels,
        codes=codes,
        names=["time", "cell"],
        verify_integrity=False,
    )


def _about(settings: Settings, features: dict[str, Any]) -> dict[str, Any]:
    return {
        "horizon": settings.horizon,
        "history": settings.history,
        "features": features,
        "kept_share": settings.keep_empty,
        "target": f"M >= {settings.magnitude:g}, {settings.horizon}",
        "cells": {"bounds": list(settings.bounds), "resolution": settings.resolution},
        "notes": [],
    }
