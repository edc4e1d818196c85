"""Feature tables of a forecast: past events, baselines, satellites, relations, components."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.cells.lattice import Lattice
from analysis.features import principal_components
from analysis.notes import mark as _
from analysis.notes import note
from analysis.seismic.forecasting.choices import CATALOGUE, STATIC, Settings, split_times
from analysis.seismic.forecasting.grids import read_steps, relief, step_features
from analysis.seismic.forecasting.rates import baseline_rates, near_events
from analysis.seismic.forecasting.records import Record
from analysis.seismic.forecasting.relations import relation_features
from analysis.seismic.history import catalogue_table
from analysis.seismic.magnitudes import completeness

RATE_FEATURES: Final = ("mixture",)
"""Baselines whose logarithm is also a feature; the smoothed one is `long_rate_target`."""
LEAST_RATE: Final = 1e-9
"""Events per window below which the logarithm of a rate does not fall."""
_TITLES: Final = {
    "mixture": {
        "kk": "Көпжылдық және соңғы айлардағы жиілік (лог.)",
        "ru": "Частота многолетняя и последних месяцев (лог.)",
        "en": "Lasting and recent rate (log)",
    },
}

Step = Callable[[str], None]


@dataclass(eq=False)
class Part:
    """A table in the making, and where its rows lie.

    Attributes
    ----------
    table
        (time, cell); columns are added to it.
    time, cell
        Positions of the rows among issue times and in the lattice (row,).
    """

    table: pd.DataFrame
    time: NDArray[np.intp]
    cell: NDArray[np.intp]
    columns: dict[str, Any] = field(default_factory=dict)

    def put(self, name: str, values: NDArray[Any]) -> None:
        """Add a column from values (issue, cell) or (cell,)."""
        at = values[self.cell] if values.ndim == 1 else values[self.time, self.cell]
        self.columns[name] = at.astype(np.float32)

    def finish(self) -> pd.DataFrame:
        """Return the table with its columns."""
        whole = pd.concat([self.table, pd.DataFrame(self.columns, self.table.index)], axis=1)
        whole.attrs.clear()
        return whole


def feature_tables(
    record: Record,
    settings: Settings,
    lattice: Lattice,
    issue: pd.DatetimeIndex,
    test: pd.DatetimeIndex,
    counts: NDArray[np.int16],
    tell: Step,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the table to learn from and the full grid to be judged by.

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
    test
        Those of the test part.
    counts
        Events of the target (time, cell).
    tell
        Told what is done, may raise to stop.

    Returns
    -------
    tuple of pandas.DataFrame
        Feature tables; the second has ``events`` besides.

    Raises
    ------
    ValueError
        A group of features or a relation is unknown, or the target is below the completeness.
    """
    plan: dict[str, Any] = {
        "history": settings.history,
        "horizon": settings.horizon,
        "magnitude": settings.magnitude,
        "completeness": settings.completeness,
        "allow_incomplete": settings.allow_incomplete,
        "since": settings.since,
        "until": settings.period[1],
        "seed": settings.seed,
        "features": None if CATALOGUE in settings.features else ["count"],
    }
    wide = settings.learning_lattice
    around = near_events(record.events, settings.learning_bounds)
    near = near_events(record.events, settings.bounds)
    if plan["completeness"] is None:
        plan["completeness"] = _completeness(around, settings)
    tell("rows")
    learn = catalogue_table(around, wide, issue, keep_empty=settings.keep_empty, **plan)
    tell("test")
    judge = catalogue_table(near, lattice, test, keep_empty=None, **plan)
    parts = [part_of(learn, issue, wide), part_of(judge, issue, lattice)]
    parts[1].columns["events"] = counts[parts[1].time, parts[1].cell]
    about = learn.attrs["features"] if CATALOGUE in settings.features else {}
    if wide == lattice:
        about |= add_columns(parts, near, settings, lattice, issue, tell)
    else:
        add_columns(parts[:1], around, settings, wide, issue, tell)
        about |= add_columns(parts[1:], near, settings, lattice, issue, tell)
    attrs = {
        **learn.attrs,
        "features": about,
        "notes": [*learn.attrs["notes"], *(() if wide == lattice else (_wide(settings),))],
        "kept_share": settings.keep_empty,
        "cells": {"bounds": list(settings.bounds), "resolution": settings.resolution},
        "base_rate": _base_rate(counts, issue, settings),
    }
    tables = [one.finish() for one in parts]
    for table in tables:
        if CATALOGUE not in settings.features:
            table.pop("count")
        table.attrs.update(attrs)
    return add_components(tables[0], tables[1], settings)


def _base_rate(counts: NDArray[np.int16], issue: pd.DatetimeIndex, settings: Settings) -> float:
    """Return the share of cells and windows of the train part with an event, in the region."""
    train = issue <= split_times(settings)["validation"] - pd.Timedelta(settings.gap)
    return float((counts[train] > 0).mean())


def _wide(settings: Settings) -> str:
    if settings.leaky:
        text = _("The models learn from {wide}, and are judged by its rows.")
        return note(text, wide=str(settings.learn_from))
    text = _("The models learn from {wide}, and are judged in {region} only.")
    return note(text, wide=str(settings.learn_from), region=str(settings.region))


def _completeness(events: pd.DataFrame, settings: Settings) -> float:
    """Return the magnitude from which events before the first issue time are complete."""
    before = events[events["time"] < settings.period[0]]
    return completeness(before["mag"].to_numpy(np.float64))


def part_of(table: pd.DataFrame, issue: pd.DatetimeIndex, lattice: Lattice) -> Part:
    """Return a table with the positions of its rows.

    Parameters
    ----------
    table
        (time, cell).
    issue
        Issue times among which its own are.
    lattice
        Cells.

    Returns
    -------
    Part
        The table and positions.
    """
    times: Any = table.index.levels[0]  # type: ignore[attr-defined]
    cells: Any = table.index.levels[1]  # type: ignore[attr-defined]
    codes: Any = table.index.codes  # type: ignore[attr-defined]
    order = np.argsort(lattice.ids, kind="stable")
    place = order[np.searchsorted(lattice.ids[order], np.asarray(cells))]
    steps = np.searchsorted(issue.to_numpy(), times.to_numpy())
    return Part(table, steps[np.asarray(codes[0])], place[np.asarray(codes[1])])


def add_columns(
    parts: list[Part],
    events: pd.DataFrame,
    settings: Settings,
    lattice: Lattice,
    issue: pd.DatetimeIndex,
    tell: Step,
) -> dict[str, Any]:
    """Add baselines, satellites, relief and relations; each is computed once for all parts.

    Parameters
    ----------
    parts
        Tables in the making.
    events
        Of the region and round it, all magnitudes.
    settings, lattice, issue
        As for `feature_tables`; cells and issue times to which the positions of the parts refer.
    tell
        Told what is done.

    Returns
    -------
    dict
        What is to be known of the new features.
    """
    about: dict[str, Any] = {}
    learnt = CATALOGUE in settings.features
    for name, make in _rates(events, settings, lattice, issue, parts).items():
        tell(f"rate_{name}")
        rate = make()
        for part in parts:
            part.put(f"rate_{name}", rate)
        if name in RATE_FEATURES and learnt:
            own = f"{name}_rate"
            for part in parts:
                part.columns[own] = np.log10(part.columns[f"rate_{name}"] + np.float32(LEAST_RATE))
            about[own] = {
                "group": CATALOGUE,
                "units": "log10(1/window)",
                "known": "at the issue time: events strictly before it",
                "delay": "0D",
                "simulated": bool((events["simulated"] == 1).any()),
                "title": _TITLES[name],
            }
    if STATIC in settings.features:
        values, about["elevation"] = relief(lattice)
        for part in parts:
            part.put("elevation", values)
    steps = read_steps(settings, lattice)
    for one in steps:
        tell(one.source)
        for name, (numbers, known) in step_features(one, issue, settings.history).items():
            about[name] = known
            for part in parts:
                part.put(name, numbers)
    about |= relation_features(parts, settings, steps, issue, about)
    return about


def _rates(
    events: pd.DataFrame,
    settings: Settings,
    lattice: Lattice,
    issue: pd.DatetimeIndex,
    parts: list[Part],
) -> dict[str, Any]:
    """Return the makers of baselines; rows that are only learnt from need those of features."""
    makers = baseline_rates(events, settings, lattice, issue)
    judged = settings.leaky or any("events" in part.columns for part in parts)
    return {name: one for name, one in makers.items() if judged or name in RATE_FEATURES}


def add_components(
    table: pd.DataFrame, judged: pd.DataFrame, settings: Settings
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Add principal components of the features, learnt from the train part only.

    Parameters
    ----------
    table, judged
        Feature tables.
    settings
        Number of components; 0 adds none.

    Returns
    -------
    tuple of pandas.DataFrame
        The tables; what the components were learnt from stands in ``attrs["components"]``.
    """
    if not settings.components:
        return table, judged
    begin = split_times(settings)["validation"] - pd.Timedelta(settings.gap)
    features = list(table.attrs["features"])
    train = np.asarray(table.index.get_level_values("time") <= begin)
    filled = _filled(table, features, table[train][features].median())
    moving = [name for name in features if filled.loc[train, name].std() > 0]
    found = principal_components(filled[moving], most=settings.components, share=1.0, fit=train)
    names = [f"component_{number + 1}" for number in range(found.loadings.shape[1])]
    loadings = found.loadings.set_axis(names, axis=1)
    median = table.loc[train, moving].median().fillna(0.0)
    attrs: dict[str, Any] = dict(table.attrs)  # type: ignore[arg-type]
    simulated = any(one["simulated"] for one in attrs["features"].values())
    attrs["components"] = {
        "median": median.to_dict(),
        "mean": found.mean.to_dict(),
        "scale": found.scale.to_dict(),
        "loadings": {name: column.to_dict() for name, column in loadings.items()},
    }
    for number, name in enumerate(names, 1):
        attrs["features"][name] = {
            "group": "component",
            "units": "1",
            "known": "with the features; directions by the train part",
            "delay": "0D",
            "simulated": simulated,
            "title": {
                "kk": f"{number}-басты құраушы",
                "ru": f"Главная компонента {number}",
                "en": f"Principal component {number}",
            },
        }
    return with_components(table, attrs), with_components(judged, attrs)


def with_components(table: pd.DataFrame, attrs: dict[str, Any]) -> pd.DataFrame:
    """Return a table with the components that were learnt before.

    Parameters
    ----------
    table
        Features (time, cell).
    attrs
        Those of the table of learning.

    Returns
    -------
    pandas.DataFrame
        The same rows; missing values count as the median of the train part.
    """
    learnt = attrs["components"]
    names = list(learnt["mean"])
    filled = _filled(table, names, pd.Series(learnt["median"]))
    plain = (filled - pd.Series(learnt["mean"])[names]) / pd.Series(learnt["scale"])[names]
    columns = {
        name: (plain.to_numpy() @ pd.Series(one)[names].to_numpy()).astype(np.float32)
        for name, one in learnt["loadings"].items()
    }
    whole = pd.concat([table, pd.DataFrame(columns, table.index)], axis=1)
    whole.attrs.update(attrs)
    return whole


def _filled(table: pd.DataFrame, names: list[str], median: pd.Series) -> pd.DataFrame:
    return table[names].astype(np.float64).fillna(median.fillna(0.0))
