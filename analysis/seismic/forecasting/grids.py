"""What satellites and relief say of the cells at issue times, as far as it was published then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from analysis.cells import Cells, align
from analysis.cells.lattice import Lattice
from analysis.cubes import list_cubes, open_cube
from analysis.features import departure, derivative, zscore
from analysis.features.derivatives import rate_units
from analysis.learning.splits import length_of_time
from analysis.seismic.forecasting.choices import CATALOGUE, STATIC, Settings
from analysis.sources import entry, list_sources, open_source
from analysis.sources.vocabulary import known as in_vocabulary

DELAY: Final = "60D"
"""Publication delay where neither settings nor catalogue state one: that of monthly gravity."""
RATE_DAYS: Final = 1096
"""Days of known steps that make a mean rate: whole years, so that seasons cancel."""
RELIEF: Final = "relief"
GROUP_TITLES: Final = {
    CATALOGUE: {"kk": "Өткен оқиғалар", "ru": "Прошлые события", "en": "Past events"},
    STATIC: {"kk": "Жер бедері", "ru": "Рельеф", "en": "Relief"},
}
KINDS: Final[Mapping[str, Mapping[str, str]]] = {
    "": {"kk": "соңғы белгілі мән", "ru": "последнее известное", "en": "last known"},
    "departure": {"kk": "нормадан ауытқу", "ru": "отклонение от нормы", "en": "departure"},
    "z": {"kk": "Z-ауытқу", "ru": "отклонение в Z", "en": "Z-score"},
    "extreme": {
        "kk": "тарихтағы ең үлкен ауытқу",
        "ru": "наибольшее отклонение за историю",
        "en": "largest departure in the history",
    },
    "change": {"kk": "соңғы өзгеріс", "ru": "последнее изменение", "en": "last change"},
    "rate": {
        "kk": "үш жылдағы орташа жылдамдық",
        "ru": "средняя скорость за три года",
        "en": "mean rate of three years",
    },
}


@dataclass(frozen=True, eq=False)
class Steps:
    """A variable of a source in the cells, step by step.

    Attributes
    ----------
    name
        Of its features.
    values
        (time, cell), with units and `simulated`.
    ends, known
        When each step ended, and when its value was published (time,).
    source, delay
        Where it comes from, and the publication delay.
    """

    name: str
    values: xr.DataArray
    ends: NDArray[np.datetime64]
    known: NDArray[np.datetime64]
    source: str
    delay: str


def feature_groups() -> dict[str, dict[str, str]]:
    """Return the groups of features that may be chosen here, with their titles.

    Returns
    -------
    dict
        Key of the group -> title by language: past events, relief, and every gridded source with
        times that is packaged or has a cube.

    Examples
    --------
    >>> list(feature_groups())[:2], "gravity_simulated" in feature_groups()
    (['catalogue', 'static'], True)
    """
    found = {key: dict(titles) for key, titles in GROUP_TITLES.items()}
    cubes = set(list_cubes())
    table = list_sources()
    for name in table.loc[table["kind"] == "grid", "name"].astype(str):
        about = entry(name)
        here = about.access in ("packaged", "user") or name in cubes
        wide = about.coverage.east - about.coverage.west >= 10
        if here and wide and about.cadence != "static":
            found[name] = dict(about.title)
    return found


def read_steps(settings: Settings, lattice: Lattice) -> list[Steps]:
    """Return the variables of the chosen sources in the cells; nothing is computed yet.

    Parameters
    ----------
    settings
        Groups of features, and delays.
    lattice
        Cells.

    Returns
    -------
    list of Steps
        One for each variable, in the order of the groups.

    Raises
    ------
    ValueError
        A source has no times.
    """
    found: list[Steps] = []
    for source in settings.features:
        if source in (CATALOGUE, STATIC):
            continue
        grid = open_grid(source)
        bounds = grid["time_bounds"].to_numpy().astype("datetime64[ns]")
        if grid.attrs.get("static"):
            raise ValueError(f"{source} does not change in time; take the group {STATIC!r}.")
        delay = publication_delay(source, settings)
        aligned = align(grid, Cells(lattice.ids, lattice, _edges(bounds)))
        steps = aligned.isel(time=np.searchsorted(aligned["time"].to_numpy(), bounds[:, 0]))
        for name, own in _own_names(source, grid, {one.name for one in found}).items():
            wait = length_of_time(delay, "delay").to_timedelta64()
            known: NDArray[np.datetime64] = np.asarray(bounds[:, 1] + wait)
            found.append(Steps(own, steps[name], bounds[:, 1], known, source, delay))
    return found


def source_variables(settings: Settings) -> list[tuple[str, str, str]]:
    """Return the variables of the chosen gridded sources.

    Parameters
    ----------
    settings
        Groups of features.

    Returns
    -------
    list of tuple
        Source, name in the source, and the name of its features here, which another source has not.

    Examples
    --------
    >>> source_variables(Settings(features=("catalogue", "gravity_simulated")))
    [('gravity_simulated', 'lwe_thickness', 'lwe_thickness')]
    """
    found: list[tuple[str, str, str]] = []
    for source in settings.features:
        if source not in (CATALOGUE, STATIC):
            taken = {own for _source, _name, own in found}
            own_names = _own_names(source, open_grid(source), taken)
            found += [(source, name, own) for name, own in own_names.items()]
    return found


def _own_names(source: str, grid: xr.Dataset, taken: set[str]) -> dict[str, str]:
    """Return the variables of a source with the names of their features."""
    names = [str(name) for name in grid.data_vars if name != "time_bounds"]
    plain = [name for name in names if not grid[name].attrs.get("role")]
    return {name: f"{source}_{name}" if name in taken else name for name in plain}


def feature_of(variable: str, kind: str) -> str:
    """Return the name of a feature of a variable: one of `KINDS` of it."""
    return f"{variable}_{kind}" if kind else variable


def publication_delay(source: str, settings: Settings) -> str:
    """Return how long after a step of a source its value is there.

    Parameters
    ----------
    source
        Name.
    settings
        Whose `delays` go before what the catalogue states; without both it is 60 days.

    Returns
    -------
    str
        Length of time.

    Examples
    --------
    >>> publication_delay("gravity_simulated", Settings())
    '60D'
    """
    stated = settings.delays.get(source) or entry(source).latency or DELAY
    return str(stated).removeprefix("P") if str(stated).startswith("P") else str(stated)


def open_grid(source: str) -> xr.Dataset:
    """Return a gridded source, lazily: its cube where there is one."""
    if source in list_cubes():
        return open_cube(source).dataset("map")
    grid: xr.Dataset = open_source(source)
    return grid


def step_features(
    steps: Steps, issue: pd.DatetimeIndex, history: str
) -> dict[str, tuple[NDArray[np.float32], dict[str, Any]]]:
    """Return the features of a variable at issue times, of what was published then.

    Parameters
    ----------
    steps
        The variable, (time, cell).
    issue
        Issue times (issue,).
    history
        A last step that ended earlier than this before the issue time is too old: missing.

    Returns
    -------
    dict
        Name -> values (issue, cell) float32, and what is known of the feature: last value,
        departure and Z of it by earlier years only, departure of greatest size in the history,
        change since the step before, and linear rate of the last three years, per year.
    """
    data = steps.values.compute()
    data = data.assign_coords(time=steps.ends).drop_vars("time_bounds", errors="ignore")
    away = departure(data, causal=True).to_numpy()
    score = zscore(data, causal=True).to_numpy()
    change = derivative(data, per="month").to_numpy()
    values = data.to_numpy()
    shape = (len(issue), values.shape[1])
    kinds = {kind: np.full(shape, np.nan, np.float32) for kind in KINDS}
    back = length_of_time(history, "history").to_timedelta64()
    days = (steps.ends - steps.ends[0]) / np.timedelta64(1, "D")
    for at, when in enumerate(issue.to_numpy()):
        last = int(np.searchsorted(steps.known, when, side="right")) - 1
        first = int(np.searchsorted(steps.ends, when - back))
        if last < first:
            continue
        kinds[""][at], kinds["departure"][at] = values[last], away[last]
        kinds["z"][at], kinds["change"][at] = score[last], change[last]
        kinds["extreme"][at] = _extreme(away[first : last + 1])
        long = int(np.searchsorted(steps.ends, when - np.timedelta64(RATE_DAYS, "D")))
        kinds["rate"][at] = _slope(days[long : last + 1], values[long : last + 1])
    units = str(data.attrs.get("units", ""))
    changed = {
        "z": "1",
        "change": rate_units(data, "month"),
        "rate": rate_units(data, "year"),
    }
    found = {}
    for kind, numbers in kinds.items():
        found[feature_of(steps.name, kind)] = (
            numbers,
            {
                "group": steps.source,
                "units": changed.get(kind, units),
                "known": f"{steps.delay} after the end of the step",
                "delay": steps.delay,
                "simulated": bool(data.attrs.get("simulated", False)),
                "title": _title(str(steps.values.name), kind),
            },
        )
    return found


def relief(lattice: Lattice) -> tuple[NDArray[np.float32], dict[str, Any]]:
    """Return the mean elevation of the cells (cell,), and what is known of it."""
    grid = open_grid(RELIEF)
    stamp = grid["time"].to_numpy()[0].astype("datetime64[ns]")
    edges = np.array([stamp, stamp + np.timedelta64(1, "D")])
    aligned = align(grid, Cells(lattice.ids, lattice, edges))
    values = aligned["elevation"].to_numpy()[0].astype(np.float32)
    about = {
        "group": STATIC,
        "units": str(grid["elevation"].attrs.get("units", "m")),
        "known": "always",
        "delay": "0D",
        "simulated": bool(grid["elevation"].attrs.get("simulated", False)),
        "title": {"kk": "Биіктік", "ru": "Высота", "en": "Elevation"},
    }
    return values, about


def grids_digest(settings: Settings) -> str:
    """Return a text that changes when a chosen source gets other steps."""
    parts = []
    for source in settings.features:
        if source not in (CATALOGUE, STATIC):
            times = open_grid(source)["time"].to_numpy().astype("datetime64[s]").astype(str)
            parts.append(f"{source}:{times.size}:{times[0]}:{times[-1]}")
    return ",".join(parts)


def _edges(bounds: NDArray[np.datetime64]) -> NDArray[np.datetime64]:
    """Return the edges of windows of which each step is one."""
    return np.unique(bounds.ravel())


def _extreme(values: NDArray[Any]) -> NDArray[Any]:
    """Return of each column the value of greatest size, NaN where there is none."""
    sizes = np.where(np.isnan(values), -1.0, np.abs(values))
    return np.take_along_axis(values, sizes.argmax(axis=0)[np.newaxis], axis=0)[0]


def _slope(days: NDArray[Any], values: NDArray[Any]) -> NDArray[Any]:
    """Return the slope of each column by least squares, per year; NaN below 12 values."""
    there = np.isfinite(values)
    count = there.sum(axis=0)
    years = (days / 365.25)[:, np.newaxis]
    with np.errstate(invalid="ignore", divide="ignore"):
        middle = (years * there).sum(axis=0) / count
        mean = np.where(there, values, 0).sum(axis=0) / count
        away = np.where(there, years - middle, 0)
        slope = (away * np.where(there, values - mean, 0)).sum(axis=0) / (away**2).sum(axis=0)
    return np.where(count >= 12, slope, np.nan)


def _title(variable: str, kind: str) -> dict[str, str]:
    found = in_vocabulary(variable)
    names = dict(found.names) if found else {}
    words = KINDS[kind]
    return {one: f"{names.get(one, variable)}: {words[one]}" for one in ("kk", "ru", "en")}
