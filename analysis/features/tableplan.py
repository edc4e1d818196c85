"""What a feature table will hold: its columns, where each is from, when it is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from analysis.features.derivatives import text_of_days
from analysis.features.tablefacts import Facts
from analysis.features.tablekinds import EVENTS, RESERVED, Variable, is_companion
from analysis.features.tablerelations import Relation
from analysis.features.tabletarget import Target
from analysis.features.tablewindows import DAY, Windows
from analysis.spelling import did_you_mean

_ALWAYS: Final = ("last", "mean", "max", "trend", "zscore", "derivative", "missing")
_MORE: Final = {
    "count": ("sum", "days_since"),
    "energy": ("sum", "log_sum", "days_since"),
    "largest": ("days_since",),
}
_WORDS: Final = {
    "last": ("соңғы мән", "последнее значение", "last value"),
    "mean": ("орташа", "среднее", "mean"),
    "max": ("ең үлкені", "наибольшее", "largest"),
    "trend": ("үрдіс", "тренд", "trend"),
    "zscore": ("нормадан ауытқу (Z)", "отклонение от нормы (Z)", "departure from the norm (Z)"),
    "derivative": ("өзгеру жылдамдығы", "скорость изменения", "rate of change"),
    "missing": ("жетіспейтін мәндер үлесі", "доля пропусков", "share of missing values"),
    "sum": ("қосынды", "сумма", "sum"),
    "log_sum": ("қосындының логарифмі", "логарифм суммы", "logarithm of the sum"),
    "days_since": ("соңғысынан бері", "время с последнего", "time since the last"),
    "share": ("шарт орындалған терезелер үлесі", "доля окон, где выполнено",
              "share of windows where it held"),
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """One feature.

    Attributes
    ----------
    name
        Of the column.
    variable, statistic
        A number of the history of a variable; the statistic is "" for one that does not change.
    relation
        Or a relation; then the statistic is "last", "share" or "".
    """

    name: str
    variable: str
    statistic: str
    relation: Relation | None = None


@dataclass(frozen=True, eq=False)
class Plan:
    """All that a block of cells needs to become rows.

    Attributes
    ----------
    windows
        Of the cube.
    issue
        Positions of the issue times (row of the grid,) among the windows.
    first, span
        First window of the history and its length, days (issue,).
    history
        Length of the history.
    following
        First window of the outcome and the first after these (issue,).
    variables
        By name.
    columns
        Wanted features.
    target
        None for features only.
    share, seed
        Of the sample of empty rows.
    """

    windows: Windows
    issue: NDArray[np.int64]
    first: NDArray[np.int64]
    span: NDArray[np.float64]
    history: str
    following: tuple[NDArray[np.int64], NDArray[np.int64]]
    variables: Mapping[str, Variable]
    columns: tuple[Column, ...]
    target: Target | None
    share: float | None
    seed: int


def choose_columns(
    cube: xr.Dataset,
    variables: Mapping[str, Variable],
    relations: list[Relation],
    features: Any,
) -> list[Column]:
    """Return the wanted features.

    Parameters
    ----------
    cube
        The cube.
    variables
        Its variables.
    relations
        Relations; all that are asked for are wanted.
    features
        Names of features or of variables (all features of these); None for all, without those of
        numbers of values (``<name>_count``).

    Returns
    -------
    list of Column
        In the order of the cube.

    Raises
    ------
    ValueError
        A name is unknown, or two features have one name.
    """
    every: list[Column] = []
    for one in variables.values():
        if one.axes == "cell":
            name = f"{one.name}_static" if one.name in RESERVED else one.name
            every.append(Column(name, one.name, ""))
        else:
            kinds = (*_ALWAYS, *_MORE.get(one.kind, ()))
            every += [Column(f"{one.name}_{kind}", one.name, kind) for kind in kinds]
    names = [one.name for one in every]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"Two features would be named {sorted(twice)[0]!r}; rename a variable.")
    if features is None:
        chosen = [one for one in every if not is_companion(one.variable, cube)]
    else:
        wanted = _wanted(features, [*names, *variables])
        chosen = [one for one in every if one.name in wanted or one.variable in wanted]
    for relation in relations:
        if relation.ranked is None:
            chosen += [
                Column(f"{relation.name}{tail}", relation.name, kind, relation)
                for tail, kind in (("", "last"), ("_share", "share"))
            ]
        else:
            chosen.append(Column(relation.name, relation.name, "", relation))
    if not chosen:
        raise ValueError("No feature is named; leave features out to have all.")
    return chosen


def _wanted(features: Any, known: list[str]) -> list[str]:
    """Return the names that were asked for."""
    if not isinstance(features, Iterable):
        raise ValueError(f"The features are {features!r}; give names, or None for all.")
    wanted = [features] if isinstance(features, str) else [str(one) for one in features]
    for name in wanted:
        if name not in known:
            raise ValueError(f"There is no feature {name!r}. {did_you_mean(name, known)}")
    return wanted


def delay_of(column: Column, variables: Mapping[str, Variable]) -> int:
    """Return the delay of publication of all that a feature needs, ns."""
    names = column.relation.variables if column.relation else (column.variable,)
    return max(variables[name].delay for name in names)


def declare(
    columns: list[Column], variables: Mapping[str, Variable], cube: xr.Dataset
) -> dict[str, Facts]:
    """Return what is to be known of each feature.

    Parameters
    ----------
    columns
        Features.
    variables
        The variables.
    cube
        The cube, for groups that its variables state (``attrs["group"]``).

    Returns
    -------
    dict
        Name to group, units, known, delay, simulated and title.
    """
    return {one.name: _declare_one(one, variables, cube) for one in columns}


def _declare_one(column: Column, variables: Mapping[str, Variable], cube: xr.Dataset) -> Facts:
    days = delay_of(column, variables) / DAY
    known = "at the end of the last window, the issue time"
    if days:
        known = f"{days:g} days after the end of each window, before or at the issue time"
    relation = column.relation
    if relation is not None:
        simulated = any(variables[name].simulated for name in relation.variables)
        base, units, group = relation.text, "1", "relation"
        more: dict[str, Any] = {"expression": relation.text}
    else:
        one = variables[column.variable]
        simulated, base, more = one.simulated, one.title, {}
        units, group = _units(one.units, column.statistic), _group(one, cube)
        if one.axes == "cell":
            known = "does not change in time"
            if one.since is not None:
                known = f"from {np.int64(one.since).view('M8[ns]').astype('M8[D]')} on"
    words = _WORDS.get(column.statistic, ("", "", ""))
    titles = {
        language: f"{base}: {word}" if word else base
        for language, word in zip(("kk", "ru", "en"), words, strict=True)
    }
    return Facts(
        group=group,
        units=units,
        known=known,
        delay=text_of_days(days),
        simulated=simulated,
        title=titles,
        **more,
    )


def _units(units: str, statistic: str) -> str:
    """Return the units of a feature."""
    if statistic in ("zscore", "missing"):
        return "1"
    if statistic == "days_since":
        return "day"
    if statistic == "log_sum":
        return f"log10({units or '1'})"
    return (units or "1") + {"trend": "/year", "derivative": "/day"}.get(statistic, "")


def _group(one: Variable, cube: xr.Dataset) -> str:
    """Return the group of a variable: stated, or by what it is."""
    stated = cube[one.name].attrs.get("group")
    if stated:
        return str(stated)
    if one.axes == "cell":
        return "static"
    return "catalogue" if one.kind in EVENTS else one.name
