"""From what was chosen on the page to the settings of the library; what there is to choose from."""

from __future__ import annotations

import functools
import json
import threading
from typing import Any

from analysis.seismic.forecasting.choices import CATALOGUE, DEFAULT_MODELS, STATIC, Settings
from analysis.seismic.forecasting.defaults import defaults_for
from analysis.seismic.forecasting.records import Record, read_record
from apps.views import atlas
from apps.views.forecast.selection import PACKAGED
from apps.views.forecast.state import ForecastState

_lock = threading.RLock()


def settings_of(state: ForecastState) -> Settings:
    """Return complete settings: what was chosen, and for the rest what suits the data.

    Parameters
    ----------
    state
        What the visitor chose.

    Returns
    -------
    analysis.seismic.forecasting.Settings
        Settings, as `qazcube train` takes them.

    Raises
    ------
    ValueError
        The choices contradict each other or the data.
    """
    changes: dict[str, Any] = {}
    if state.period is not None:
        changes["period"] = list(state.period)
    if state.learn:
        changes["learn_from"] = "" if state.learn == "region" else state.learn
    if state.resolution:
        changes["resolution"] = state.resolution
    if state.magnitude:
        changes["magnitude"] = state.magnitude
    if state.history != state.param.history.default:
        changes["history"] = f"{state.history}D"
    if state.horizon != state.param.horizon.default:
        changes["horizon"] = f"{state.horizon}D"
        changes["gap"] = f"{max(state.horizon, 30)}D"
    changes |= _of_models(state)
    source = state.events or PACKAGED
    return _settings(source, _region(state), json.dumps(changes), leaky=state.leaky)


def _of_models(state: ForecastState) -> dict[str, Any]:
    """Return what is chosen of features, models and their hyperparameters."""
    changes: dict[str, Any] = {}
    if state.groups != [CATALOGUE]:
        changes["features"] = list(state.groups)
    if state.models:
        changes["models"] = list(state.models)
    chosen = state.models or DEFAULT_MODELS
    params = {name: state.parameters[name] for name in chosen if name in state.parameters}
    if params:
        changes["params"] = params
    if state.seed:
        changes["seed"] = state.seed
    return changes


def _region(state: ForecastState) -> Any:
    return state.region if "," not in state.region else state.box


@functools.lru_cache(maxsize=64)
def _settings(source: str, region: Any, changes: str, *, leaky: bool) -> Settings:
    found = defaults_for(record(source).events, region, source=source, **json.loads(changes))
    return found.replace(split="random") if leaky else found


def record(source: str) -> Record:
    """Return events and where they come from; read once."""
    with _lock:
        return _record(source)


@functools.lru_cache(maxsize=4)
def _record(source: str) -> Record:
    return read_record(source)


def feature_groups(visit: Any) -> dict[str, str]:
    """Return group of features -> its name: past earthquakes, relief, the grids that are at hand.

    Simulated grids are named so.
    """
    _, language = visit._, visit.language
    found = {CATALOGUE: _("Past earthquakes"), STATIC: _("Relief")}
    for layer in atlas.grid_layers().values():
        name = layer.cube.name
        if layer.cube.static or name in found:
            continue
        title = layer.title(language)
        told = any(part in title.casefold() for part in ("simul", "симул", "синтет"))
        mark = f" ({_('simulated')})" if layer.simulated and not told else ""
        found[name] = f"{title}{mark}"
    return found


@functools.lru_cache(maxsize=256)
def no_values(group: str, settings: str) -> str:
    """Return why a group has nothing to learn from, in English; "" where it has.

    Parameters
    ----------
    group
        Name of a group of features.
    settings
        Text of the settings.

    Returns
    -------
    str
        The reason.
    """
    from analysis.seismic.forecasting.groupchecks import without_values

    return without_values(group, Settings.from_yaml(settings))
