"""Forecasts for every cell at an issue time, from a run that is stored or at hand."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from analysis.cells.lattice import Lattice
from analysis.learning import probability
from analysis.learning.splits import length_of_time
from analysis.seismic.events import utc_moment
from analysis.seismic.forecasting.choices import CATALOGUE, Settings
from analysis.seismic.forecasting.mapfiles import keep_forecast, read_kept
from analysis.seismic.forecasting.rates import baseline_rates, near_events
from analysis.seismic.forecasting.records import Record, read_record
from analysis.seismic.forecasting.rows import RATE_FEATURES, add_columns, part_of, with_components
from analysis.seismic.forecasting.statement import statement
from analysis.seismic.forecasting.store import Stored
from analysis.seismic.history import catalogue_grid

BASELINE: Final = "rate_smoothed"
"""What a cell's gain is counted over, beside the base rate."""
_ISSUE: Final = "Issue time, the beginning of the window, UTC"
LATE: Final = pd.Timedelta("31D")
"""How long after the last event of the record a forecast may be issued without a note."""


def forecast(run: Any, issue_time: Any = None) -> xr.Dataset:
    """Return the probability of an event in every cell in the window after an issue time.

    Parameters
    ----------
    run
        A `Run`, or the name of a stored one.
    issue_time
        When the forecast is made, UTC; None for the end of the period of the settings. Events
        and satellite steps known before it are used, nothing else.

    Returns
    -------
    xarray.Dataset
        ``probability`` (model, latitude, longitude), of the models and of the rates by past
        events; ``gain``, its ratio to the base rate, and ``gain_over_smoothed``, its ratio to
        smoothed seismicity, of the same shape; ``base_rate``, one number: the share of cells and
        windows of the train part with an event. Cells outside a region that crosses the date line
        are missing. Attributes: statement in three languages, target, settings, simulated, notes.

    Raises
    ------
    ValueError
        There is no such run, or the issue time is before the record or long after its end.
    """
    stored = run if isinstance(run, Stored) else _stored(run)
    settings, fits = stored.settings, _fits(run, stored)
    record = read_record(settings.events)
    when, notes = issue_of(settings, record, issue_time)
    lattice = settings.lattice
    table = grid_features(record, settings, stored.attrs, lattice, when)
    lagged = max((one.lags.steps for one in fits.values() if one.lags is not None), default=1)
    before = [
        grid_features(record, settings, stored.attrs, lattice, one)
        for one in _earlier(stored, when, lagged)
    ]
    whole = pd.concat([*before, table]) if before else table
    chances = {
        name: one.predict_probability(table if one.lags is None else whole)[-len(table) :]
        for name, one in fits.items()
    }
    for name in table.columns:
        if name.startswith("rate_"):
            chances[name] = probability(table[name].to_numpy(np.float64))
    return _dataset(chances, stored, lattice, when, notes)


def baseline_forecast(settings: Settings, issue_time: Any = None) -> xr.Dataset:
    """Return what smoothed seismicity alone says, at once: it needs past events and no model.

    Parameters
    ----------
    settings
        The choices; nothing needs to be stored.
    issue_time
        As for `forecast`.

    Returns
    -------
    xarray.Dataset
        ``probability`` (latitude, longitude) by smoothed seismicity, with ``time``,
        ``window_end``, and attributes ``statement``, ``target``, ``baseline`` True.

    Raises
    ------
    ValueError
        The issue time is before the record or long after its end.
    """
    record = read_record(settings.events)
    when, _notes = issue_of(settings, record, issue_time)
    lattice = settings.lattice
    near = near_events(record.events, settings.bounds)
    issue = pd.DatetimeIndex([when]).as_unit("ns")
    only = settings.replace(baselines=("smoothed",))
    rate = baseline_rates(near[near["time"] < when], only, lattice, issue)["smoothed"]()
    longitude, columns = columns_of(lattice)
    grid = np.full((lattice.rows, longitude.size), np.nan, np.float32)
    grid[:, columns] = probability(rate[0]).reshape(lattice.rows, lattice.columns)
    edges = lattice.latitude_edges
    attrs: dict[str, Any] = {
        "units": "1",
        "long_name": "Probability by smoothed seismicity",
        "source": "Qazcube",
    }
    if record.about["simulated"]:
        attrs["simulated"] = True
    found = xr.Dataset(
        {"probability": (("latitude", "longitude"), grid, attrs)},
        coords={
            "latitude": ("latitude", (edges[:-1] + edges[1:]) / 2, {"units": "degrees_north"}),
            "longitude": ("longitude", longitude, {"units": "degrees_east"}),
            "time": when.to_datetime64(),
            "window_end": (when + pd.Timedelta(settings.horizon)).to_datetime64(),
        },
    )
    target = f"magnitude >= {settings.magnitude:g} within {settings.horizon}"
    found.attrs = {"baseline": True, "target": target, "statement": statement("en")}
    return found


def stored_forecast(name: str, issue_time: Any = None) -> xr.Dataset:
    """Return a forecast of a stored run, kept since it was made, or made and kept now.

    Parameters
    ----------
    name
        Of the run.
    issue_time
        As for `forecast`.

    Returns
    -------
    xarray.Dataset
        As `forecast` gives it.

    Raises
    ------
    ValueError
        As for `forecast`.
    """
    stored = Stored.load(name, comparison=False)
    when, _notes = issue_of(stored.settings, read_record(stored.settings.events), issue_time)
    path = stored.folder / "forecasts" / f"{when:%Y-%m-%dT%H%M%S}.nc"
    if path.is_file():
        kept = read_kept(path)
        if kept.attrs["made"] == stored.card["made"]:
            return kept
    made = forecast(stored, when)
    path.parent.mkdir(exist_ok=True)
    keep_forecast(made, path)
    return made


def issue_of(settings: Settings, record: Record, issue_time: Any) -> tuple[pd.Timestamp, list[str]]:
    """Return the issue time of a forecast, and what is to be said of it.

    Parameters
    ----------
    settings
        The choices.
    record
        Events.
    issue_time
        Wanted; None for the end of the last window of the settings.

    Returns
    -------
    tuple
        Issue time, UTC, and notes.

    Raises
    ------
    ValueError
        It is before the record allows, or later than its end by more than the history.
    """
    if issue_time is None:
        when = settings.issue_times[-1] + length_of_time(settings.horizon, "horizon")
    else:
        when = utc_moment(issue_time, "issue time")
    first = pd.Timestamp(settings.since) + length_of_time(settings.history, "history")
    last = pd.Timestamp(record.about["last"])
    limit = last + length_of_time(settings.history, "history")
    if not first <= when <= limit:
        raise ValueError(
            f"The issue time is {when:%Y-%m-%d}; the record of {settings.events} allows "
            f"{first.ceil('D'):%Y-%m-%d} to {limit:%Y-%m-%d}: a history before it, and events "
            "until it."
        )
    notes = []
    if when > last + LATE:
        notes.append(
            f"The record ends {last}, {(when - last).days} days before the issue time: later "
            "events are missing from this forecast."
        )
    begin = settings.issue_times
    if when < begin[-1] + length_of_time(settings.horizon, "horizon"):
        notes.append("The issue time lies within the period that the run has learnt from or was "
                     "judged in: no independent forecast.")  # fmt: skip
    return when, notes


def grid_features(
    record: Record,
    settings: Settings,
    attrs: dict[str, Any],
    lattice: Lattice,
    when: pd.Timestamp,
) -> pd.DataFrame:
    """Return the features and the rates of all cells at one issue time.

    Parameters
    ----------
    record
        Events; those from the issue time on are not looked at.
    settings
        The choices.
    attrs
        Those of the table that was learnt from.
    lattice
        Cells.
    when
        Issue time.

    Returns
    -------
    pandas.DataFrame
        (time, cell), in the order of the lattice: the values that the row would have in a table.
    """
    near = near_events(record.events, settings.bounds)
    near = near[near["time"] < when]
    names = [name for name, one in attrs["features"].items() if one["group"] == CATALOGUE]
    own = [name for name in names if name.removesuffix("_rate") not in RATE_FEATURES]
    issue = pd.DatetimeIndex([when]).as_unit("ns")
    table = catalogue_grid(
        near,
        lattice,
        when,
        completeness=attrs["completeness"],
        since=attrs["since"],
        features=own or ["count"],
        **attrs["recipe"],
    )
    part = part_of(table, issue, lattice)
    part.columns["events"] = np.zeros(lattice.size, np.int16)  # not known yet; all rates are made
    add_columns([part], near, settings, lattice, issue, lambda _text: None)
    whole = part.finish()
    return with_components(whole, attrs) if "components" in attrs else whole


def _earlier(stored: Stored, when: pd.Timestamp, steps: int) -> list[pd.Timestamp]:
    """Return the issue times before one that a model of sequences looks back at, ascending.

    In the test part those of the test part, as when it was judged.
    """
    settings = stored.settings
    step = length_of_time(settings.horizon, "horizon")
    first = pd.Timestamp(settings.since) + length_of_time(settings.history, "history")
    test = pd.Timestamp(next(one["first"] for one in stored.card["parts"] if one["part"] == "test"))
    if when >= test and when in settings.issue_times:
        first = max(first, test)
    moments = [when - back * step for back in range(steps - 1, 0, -1)]
    return [one for one in moments if one >= first]


def _stored(run: Any) -> Stored:
    name = run if isinstance(run, str) else run.name
    return Stored.load(name, comparison=False)


def _fits(run: Any, stored: Stored) -> dict[str, Any]:
    comparison = getattr(run, "comparison", None)
    return dict(comparison.fitted) if comparison is not None else stored.fits()


def _dataset(
    chances: dict[str, NDArray[np.float64]],
    stored: Stored,
    lattice: Lattice,
    when: pd.Timestamp,
    notes: list[str],
) -> xr.Dataset:
    """Return the probabilities on their grid, with gains and attributes."""
    values = np.stack([one.reshape(lattice.rows, lattice.columns) for one in chances.values()])
    longitude, columns = columns_of(lattice)
    edges = lattice.latitude_edges
    grid = np.full((len(chances), lattice.rows, longitude.size), np.nan, np.float32)
    grid[:, :, columns] = values
    base = float(stored.attrs["base_rate"])
    names = list(chances)
    axes = ("model", "latitude", "longitude")
    simulated = {"simulated": True} if stored.card["simulated"] else {}
    source = f"Qazcube, run {stored.name}"

    def variable(numbers: Any, long_name: str) -> tuple[Any, ...]:
        attrs = {"units": "1", "long_name": long_name, "source": source, **simulated}
        return axes, numbers.astype(np.float32), attrs

    found = {
        "probability": variable(grid, "Probability of an event in the window"),
        "base_rate": ((), base, {"units": "1", "long_name": "Base rate", "source": source}),
    }
    if base > 0:
        found["gain"] = variable(grid / base, "Gain over the base rate")
    if BASELINE in names:
        below = grid[names.index(BASELINE)]
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(below > 0, grid / below, np.nan)
        found["gain_over_smoothed"] = variable(ratio, "Gain over smoothed seismicity")
    end = when + length_of_time(stored.settings.horizon, "horizon")
    dataset = xr.Dataset(
        found,
        coords={
            "model": names,
            "latitude": ("latitude", (edges[:-1] + edges[1:]) / 2, _axis("latitude", "north")),
            "longitude": ("longitude", longitude, _axis("longitude", "east")),
            "time": ((), when.to_datetime64(), {"standard_name": "time", "long_name": _ISSUE}),
            "window_end": ((), end.to_datetime64(), {"long_name": "End of the window, UTC"}),
        },
    )
    leaky = stored.card.get("leaky") or {}
    mark = " (split at random, for teaching)" if leaky else ""
    dataset.attrs = {
        "Conventions": "CF-1.8",
        "title": f"Earthquake forecast {stored.card['title']}{mark}",
        "statement": statement("en"),
        "statement_ru": statement("ru"),
        "statement_kk": statement("kk"),
        **{f"leaky_{language}": text for language, text in leaky.items()},
        "target": stored.card["target"],
        "run": stored.name,
        "made": stored.card["made"],
        "events": stored.card["events"]["citation"] or stored.card["events"]["title"],
        "licence": stored.card["events"]["licence"],
        "settings": stored.settings.to_yaml(),
        "notes": " ".join([*notes, *stored.card["notes"]]),
        **simulated,
    }
    return dataset


def _axis(name: str, side: str) -> dict[str, str]:
    """Return the attributes of an axis of middles of cells, as CF wants them."""
    return {"standard_name": name, "long_name": f"Middle of the cell, {name}",
            "units": f"degrees_{side}"}  # fmt: skip


def columns_of(lattice: Lattice) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Return longitudes in [-180, 180), ascending, and where the columns of cells lie among them.

    Parameters
    ----------
    lattice
        Cells; where they cross the date line, the longitudes are those of the whole globe.

    Returns
    -------
    tuple of numpy.ndarray
        Longitudes (x,), degrees, and positions (column,).
    """
    edges = lattice.longitude_edges
    middles = (edges[:-1] + edges[1:]) / 2
    if edges[-1] <= 180:
        return middles, np.arange(middles.size)
    globe = Lattice.from_bounds((-180, -90, 180, 90), lattice.resolution)
    every = globe.longitude_edges
    place = (np.arange(lattice.columns) + lattice.column) % (2 * lattice.per_half_turn)
    return (every[:-1] + every[1:]) / 2, place
