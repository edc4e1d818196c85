"""Whether the whole chain finds a planted precursor, and finds none where none was planted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pandas as pd
import xarray as xr

from analysis.cells import Cells
from analysis.learning.contribution import contribution
from analysis.learning.splits import Split, temporal_split
from analysis.seismic.forecasting.choices import Settings
from analysis.seismic.forecasting.grids import Steps, step_features
from analysis.seismic.forecasting.rates import count_events
from analysis.seismic.forecasting.records import Record
from analysis.seismic.forecasting.rows import feature_tables, part_of
from analysis.seismic.planted import ANOMALY, plant
from analysis.seismic.plantedevents import uneven_rates

BOUNDS: Final = (60.0, 36.0, 90.0, 50.0)
START: Final = "1990-01-01"
FIRST: Final = "1996-01-01"
YEARS: Final = 20
STEP: Final = "10D"
PER_STEP: Final = 2.0
GROUP: Final = "planted"
MODELS: Final = ("LogisticRegression", "XGBoost", "GradientBoosting", "SVM", "RandomForest")
Progress = Callable[[int, int, str], Any]


@dataclass(frozen=True, eq=False)
class World:
    """A simulated world and what is learnt from it.

    Attributes
    ----------
    strength, seed
        Of the precursor, and of everything.
    events
        Simulated earthquakes.
    cube
        Anomaly and counts (time, cell), every ten days.
    cells
        Boxes and windows of the cube.
    table, evaluation
        Rows to learn from, and all cells of the test part.
    split
        Parts of `table`.
    """

    strength: float
    seed: int
    events: pd.DataFrame
    cube: xr.Dataset
    cells: Cells
    table: pd.DataFrame
    evaluation: pd.DataFrame
    split: Split


@dataclass(frozen=True, eq=False)
class Recovery:
    """What the models found.

    Attributes
    ----------
    world
        What was looked at.
    table
        A row for each model: `base` and `whole` (information gain of the model on past events
        alone, and with the anomaly, over a uniform forecast, nats per event), `gain` with
        `gain_low`, `gain_high` (what the anomaly adds), `placebo_gain` with limits (what it adds
        over the same features shuffled), `precision_gain` with limits (of average precision),
        `found` (both intervals above zero), `seconds`.
    failures
        Why a model is missing, by name.
    """

    world: World
    table: pd.DataFrame
    failures: dict[str, str] = field(default_factory=dict)


def make_world(
    strength: float,
    seed: int = 0,
    *,
    lead: Any = "20D",
    radius_km: float = 200.0,
    years: int = YEARS,
) -> World:
    """Return a simulated world, with the tables that forecasts learn from.

    30 by 14 degrees in boxes of 1 degree; on average six background earthquakes of magnitude 5 and
    more in 30 days, unevenly in space, and their aftershocks; the anomaly every 10 days. The
    tables are made by the same functions as those of real earthquakes
    (:mod:`analysis.seismic.forecasting`): past events with all their features, and of the anomaly
    what is made of any gridded source, published at the end of each step.

    Parameters
    ----------
    strength
        Of the precursor, standard deviations of the noise; 0 for none.
    seed
        Same seed, same earthquakes and noise.
    lead, radius_km
        As for :func:`~analysis.seismic.planted.plant`.
    years
        Years of forecasts, 3 or more; six years of record come before.

    Returns
    -------
    World
        Events, cube and tables.

    Raises
    ------
    ValueError
        A parameter is impossible.
    """
    if years < 3:
        raise ValueError(f"There are {years} years of forecasts; give 3 or more.")
    end = str((pd.Timestamp(FIRST) + pd.DateOffset(years=years)).date())
    cells = Cells.from_grid(BOUNDS, 1.0, START, end, STEP)
    rates = uneven_rates(cells, PER_STEP, seed=seed)
    events, cube = plant(cells, rates, strength=strength, lead=lead, radius_km=radius_km, seed=seed)
    settings = Settings(
        events="simulated", region=BOUNDS, resolution=1.0, since=START, period=(FIRST, end),
        magnitude=5.0, completeness=5.0, keep_empty=0.2, seed=seed,
        baselines=("uniform", "smoothed", "mixture"),
    )  # fmt: skip
    record = Record(events, {"digest": f"planted-{seed}", "simulated": True})
    lattice, issue = settings.lattice, settings.issue_times
    split = temporal_split(issue, gap=settings.gap)
    starts = [split.bounds[part][0] for part in ("validation", "test")]
    counts = count_events(events, settings, lattice, issue)
    test = issue[issue >= starts[1]]
    both = feature_tables(record, settings, lattice, issue, test, counts, lambda _text: None)
    table, evaluation = (_with_anomaly(one, cube, issue, lattice) for one in both)
    parts = temporal_split(table, dates=(starts[0], starts[1]), gap=settings.gap)
    return World(float(strength), int(seed), events, cube, cells, table, evaluation, parts)


def recover(strength: float, seed: int = 0, models: Any = None, **options: Any) -> Recovery:
    """Return what models find of a precursor that was planted, or was not.

    Parameters
    ----------
    strength
        Of the precursor, standard deviations of the noise; 0 for none.
    seed
        Same seed, same numbers.
    models
        Names of models; None for five.
    **options
        As for :func:`iterate_recovery`.

    Returns
    -------
    Recovery
        A row for each model.

    Raises
    ------
    ValueError
        A parameter is impossible, or no model could learn.
    """
    *_, found = iterate_recovery(strength, seed, models, **options)
    if found.table.empty:
        reasons = "; ".join(f"{name}: {why}" for name, why in found.failures.items())
        raise ValueError(f"No model could learn. {reasons}")
    return found


def iterate_recovery(  # noqa: PLR0913
    strength: float,
    seed: int = 0,
    models: Any = None,
    *,
    world: World | None = None,
    lead: Any = "20D",
    radius_km: float = 200.0,
    years: int = YEARS,
    params: Mapping[str, Mapping[str, Any]] | None = None,
    draws: int = 400,
    progress: Progress | None = None,
    cancel: Callable[[], bool] | None = None,
    cache: Any = None,
) -> Iterator[Recovery]:
    """Yield what was found so far, first with no model, then after each.

    Each model learns three times: from past events alone, from them and the anomaly, and from them
    and a placebo (the features of the anomaly with their rows shuffled), by
    :func:`~analysis.learning.contribution`.

    Parameters
    ----------
    strength, seed, lead, radius_km, years
        As for :func:`make_world`.
    models
        Names; None for five.
    world
        The world, if it is made already.
    params
        Settings by model.
    draws
        Draws of windows for the intervals.
    progress
        Told (done, total, text).
    cancel
        Asked whether to stop.
    cache
        As for :func:`~analysis.learning.compare`.

    Yields
    ------
    Recovery
        With a row for each finished model.
    """
    names = [models] if isinstance(models, str) else list(models or MODELS)
    total = 3 * len(names) + 1
    _tell(progress, 0, total, "world")
    if world is None:
        world = make_world(strength, seed, lead=lead, radius_km=radius_km, years=years)
    rows: dict[str, dict[str, Any]] = {}
    failures: dict[str, str] = {}
    yield Recovery(world, _rows(rows), {})
    for number, name in enumerate(names):

        def step(done: int, _of: int, _text: str, name: str = name, number: int = number) -> None:
            _tell(progress, 1 + 3 * number + min(done, 2), total, name)

        try:
            found = contribution(
                world.table, name, [GROUP], split=world.split, evaluation=world.evaluation,
                params=(params or {}).get(name), placebo=True, draws=draws, seed=seed,
                progress=step, cancel=cancel, cache=cache,
            )  # fmt: skip
        except ValueError as error:
            failures[name] = str(error)
        else:
            rows[name] = _row(found)
        yield Recovery(world, _rows(rows), dict(failures))
    _tell(progress, total, total, "")


def _with_anomaly(
    table: pd.DataFrame, cube: xr.Dataset, issue: pd.DatetimeIndex, lattice: Any
) -> pd.DataFrame:
    """Return the table with the features of the anomaly, as of any gridded source."""
    bounds = cube["time_bounds"].to_numpy().astype("datetime64[ns]")
    steps = Steps(ANOMALY, cube[ANOMALY], bounds[:, 1], bounds[:, 1], GROUP, "0D")
    part = part_of(table, issue, lattice)
    about = {}
    for name, (values, told) in step_features(steps, issue, "30D").items():
        part.put(name, values)
        about[name] = told
    whole = part.finish()
    whole.attrs = dict(table.attrs) | {"features": {**table.attrs["features"], **about}}
    return whole


def _row(found: pd.DataFrame) -> dict[str, Any]:
    """Return the numbers of one model."""
    added: Any = found.loc[(GROUP, "added")]
    placebo: Any = found.loc[(GROUP, "placebo")]
    scores = found.attrs["scores"]["information_gain"]
    row = {"base": float(scores["base"]), "whole": float(scores[f"+{GROUP}"])}
    for name, source, score in (
        ("gain", added, "information_gain"),
        ("placebo_gain", placebo, "information_gain"),
        ("precision_gain", added, "average_precision"),
    ):
        for end in ("", "_low", "_high"):
            row[f"{name}{end}"] = float(source[f"{score}{end}"])
    row["found"] = row["gain_low"] > 0 and row["placebo_gain_low"] > 0
    row["positives"] = found.attrs["positives"]
    return row


def _rows(rows: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame.from_dict(dict(rows), orient="index").rename_axis("model")


def _tell(progress: Progress | None, done: int, total: int, text: str) -> None:
    if progress is not None:
        progress(done, total, text)
