"""Tables, models, scores and store in one go; what was run before is found."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from analysis.learning import Comparison, iterate_comparison
from analysis.seismic.forecasting.card import make_card
from analysis.seismic.forecasting.choices import Settings
from analysis.seismic.forecasting.fits import Fits
from analysis.seismic.forecasting.maps import stored_forecast
from analysis.seismic.forecasting.preparing import PREPARING, Prepared, prepare
from analysis.seismic.forecasting.store import Stored, find_run, refuse_other, run_name, store_run
from analysis.spelling import did_you_mean

Progress = Callable[[int, int, str], None]
Cancel = Callable[[], bool]
REMEMBERED: Final = 4
"""Runs that a process keeps in memory."""
log = logging.getLogger(__name__)
_lock = threading.Lock()
_memory: OrderedDict[str, Run] = OrderedDict()


@dataclass(frozen=True, eq=False)
class Run:
    """Models and baselines compared on the tables of some settings.

    Attributes
    ----------
    name
        Under which it is stored.
    settings
        The choices.
    prepared
        The tables.
    comparison
        Scores, forecasts, fits.
    finished
        All models are done, and the run is stored.
    card
        The model card: data, settings, scores, versions, statement.
    """

    name: str
    settings: Settings
    prepared: Prepared
    comparison: Comparison
    finished: bool = False
    card: dict[str, Any] = field(default_factory=dict)


def run(settings: Settings, progress: Progress | None = None, cancel: Cancel | None = None) -> Run:
    """Make tables, fit and judge all models, store the result; or find it.

    Parameters
    ----------
    settings
        The choices.
    progress
        Told ``(done, total, text)``.
    cancel
        Asked between steps; True stops.

    Returns
    -------
    Run
        Finished and stored.

    Raises
    ------
    ValueError
        Settings and data do not fit.
    Cancelled
        `cancel` said so; finished tables and fits are kept.
    """
    return list(iterate(settings, progress, cancel))[-1]


def iterate(
    settings: Settings,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
    *,
    predictions: Any = None,
) -> Iterator[Run]:
    """Yield the run so far: with the baselines, then after each model; at last stored.

    Parameters
    ----------
    settings, progress, cancel
        As for `run`.
    predictions
        A user's own forecasts by name, as `analysis.learning.compare` takes them; such a run is
        compared and not stored.

    Yields
    ------
    Run
        The last one is finished.

    Raises
    ------
    ValueError, Cancelled
        As for `run`.
    """
    found = None if predictions else cached(settings)
    if found is not None:
        yield found
        return
    if not predictions:
        refuse_other(settings)
    tell = progress or _silent
    more = PREPARING  # learning and judging take about as long as making the tables
    prepared = prepare(settings, lambda done, total, text: tell(done, total + more, text), cancel)
    comparison = None
    for comparison in iterate_comparison(
        prepared.table,
        list(settings.models),
        _baselines(prepared),
        split=prepared.split,
        evaluation=None if settings.leaky else prepared.evaluation,  # else by its own test rows
        features=_features(prepared),
        seed=settings.seed,
        params={name: dict(one) for name, one in settings.params.items()},
        calibrate=settings.calibrate or None,
        threshold=settings.threshold,
        draws=settings.draws,
        progress=lambda done, total, text: tell(
            PREPARING + more * done // total, PREPARING + more, text
        ),
        cancel=cancel,
        cache=Fits(),
        workers=None,
        predictions=predictions,
    ):
        yield Run(run_name(settings), settings, prepared, comparison)
    if comparison is None or predictions:
        return
    card = make_card(run_name(settings), settings, prepared, comparison)
    store_run(Stored(run_name(settings), settings, card, prepared.attrs, comparison))
    stored_forecast(run_name(settings))
    whole = Run(run_name(settings), settings, prepared, comparison, finished=True, card=card)
    _remember(whole)
    tell(PREPARING + more, PREPARING + more, "")
    yield whole


def cached(settings: Settings) -> Run | None:
    """Return the run of equal settings over equal data, None where there is none.

    Parameters
    ----------
    settings
        The choices.

    Returns
    -------
    Run or None
        Finished; its tables are read when they are asked for.
    """
    with _lock:
        known = _memory.get(settings.key())
    stored = find_run(settings)
    if stored is None:
        return None
    if known is not None and known.card["made"] == stored["made"]:
        return known
    try:
        prepared = prepare(settings, cancel=None) if _tables_lie(settings) else None
    except ValueError:
        return None
    if prepared is None or prepared.record.digest != stored["events"]["digest"]:
        return None
    try:
        found = Stored.load(run_name(settings))
    except ValueError as error:  # damaged, or of another installation: it is trained anew
        log.warning("%s", error)
        return None
    whole = Run(found.name, settings, prepared, found.comparison, finished=True, card=found.card)
    _remember(whole)
    return whole


def _tables_lie(settings: Settings) -> bool:
    """Return whether the tables need not be made anew."""
    from analysis.seismic.forecasting.preparing import ABOUT, tables_folder
    from analysis.seismic.forecasting.records import read_record

    return (tables_folder(settings, read_record(settings.events)) / ABOUT).is_file()


def _features(prepared: Prepared) -> list[str]:
    """Return the names of the features to learn from."""
    known, only = list(prepared.attrs["features"]), prepared.settings.only
    for name in only:
        if name not in known:
            raise ValueError(f"There is no feature {name!r} to learn from. "
                             f"{did_you_mean(name, known)}")  # fmt: skip
    return [name for name in known if name in only or not only]


def _baselines(prepared: Prepared) -> dict[str, Any]:
    """Return the baselines: rates, the region's own base rate, and what the table gives."""
    rates = [f"rate_{name}" for name in prepared.settings.baselines]
    leaky = prepared.settings.leaky  # then rows of all regions learnt from are judged
    share = "base_rate" if leaky else np.float64(prepared.base_rate)
    return {
        **{name: name for name in rates},
        "base_rate": share,
        "cell_rate": "cell_rate",
        "persistence": "persistence",
    }


def _remember(one: Run) -> None:
    with _lock:
        _memory[one.settings.key()] = one
        _memory.move_to_end(one.settings.key())
        while len(_memory) > REMEMBERED:
            _memory.popitem(last=False)


def _silent(_done: int, _total: int, _text: str) -> None:
    """Tell nobody."""
