"""Forecasts of earthquakes as one job: settings, tables, models, store, maps.

A forecast here is an educational experiment: `statement` says so, and stands beside every one.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

from analysis.seismic.forecasting.statement import statement

if TYPE_CHECKING:
    from analysis.learning import Cancelled
    from analysis.seismic.forecasting.choicechecks import BASELINES
    from analysis.seismic.forecasting.choices import DEFAULT_MODELS, Settings
    from analysis.seismic.forecasting.defaults import defaults_for
    from analysis.seismic.forecasting.grids import feature_groups
    from analysis.seismic.forecasting.layers import layer_of, make_layer, remove_layer
    from analysis.seismic.forecasting.mapfiles import forecast_csv, write_forecast
    from analysis.seismic.forecasting.maps import (
        baseline_forecast,
        forecast,
        stored_forecast,
    )
    from analysis.seismic.forecasting.preparing import Prepared, prepare
    from analysis.seismic.forecasting.records import Record, read_record
    from analysis.seismic.forecasting.running import Run, cached, iterate, run
    from analysis.seismic.forecasting.store import list_runs, remove_run

__all__ = [
    "BASELINES",
    "DEFAULT_MODELS",
    "Cancelled",
    "Prepared",
    "Record",
    "Run",
    "Settings",
    "baseline_forecast",
    "cached",
    "defaults_for",
    "feature_groups",
    "forecast",
    "forecast_csv",
    "iterate",
    "layer_of",
    "list_runs",
    "make_layer",
    "prepare",
    "read_record",
    "remove_layer",
    "remove_run",
    "run",
    "statement",
    "stored_forecast",
    "write_forecast",
]

_DOORS: Final = {
    "BASELINES": "analysis.seismic.forecasting.choicechecks",
    "Cancelled": "analysis.learning",
    "DEFAULT_MODELS": "analysis.seismic.forecasting.choices",
    "Prepared": "analysis.seismic.forecasting.preparing",
    "Record": "analysis.seismic.forecasting.records",
    "Run": "analysis.seismic.forecasting.running",
    "Settings": "analysis.seismic.forecasting.choices",
    "baseline_forecast": "analysis.seismic.forecasting.maps",
    "cached": "analysis.seismic.forecasting.running",
    "defaults_for": "analysis.seismic.forecasting.defaults",
    "feature_groups": "analysis.seismic.forecasting.grids",
    "forecast": "analysis.seismic.forecasting.maps",
    "forecast_csv": "analysis.seismic.forecasting.mapfiles",
    "iterate": "analysis.seismic.forecasting.running",
    "layer_of": "analysis.seismic.forecasting.layers",
    "list_runs": "analysis.seismic.forecasting.store",
    "make_layer": "analysis.seismic.forecasting.layers",
    "prepare": "analysis.seismic.forecasting.preparing",
    "read_record": "analysis.seismic.forecasting.records",
    "remove_layer": "analysis.seismic.forecasting.layers",
    "remove_run": "analysis.seismic.forecasting.store",
    "run": "analysis.seismic.forecasting.running",
    "stored_forecast": "analysis.seismic.forecasting.maps",
    "write_forecast": "analysis.seismic.forecasting.mapfiles",
}


def __getattr__(name: str) -> Any:
    """Return a door; its module is imported when it is first asked for."""
    if name not in _DOORS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_DOORS[name]), name)
