"""Forecasts of earthquakes as one job: settings, tables, models, store, maps.

A forecast here is an educational experiment: `statement` says so, and stands beside every one.
"""

from analysis.learning import Cancelled
from analysis.seismic.forecasting.choicechecks import BASELINES
from analysis.seismic.forecasting.choices import DEFAULT_MODELS, Settings
from analysis.seismic.forecasting.defaults import defaults_for
from analysis.seismic.forecasting.grids import feature_groups
from analysis.seismic.forecasting.maps import (
    forecast,
    forecast_csv,
    stored_forecast,
    write_forecast,
)
from analysis.seismic.forecasting.preparing import Prepared, prepare
from analysis.seismic.forecasting.records import Record, read_record
from analysis.seismic.forecasting.running import Run, cached, iterate, run
from analysis.seismic.forecasting.statement import statement
from analysis.seismic.forecasting.store import list_runs, remove_run

__all__ = [
    "BASELINES",
    "DEFAULT_MODELS",
    "Cancelled",
    "Prepared",
    "Record",
    "Run",
    "Settings",
    "cached",
    "defaults_for",
    "feature_groups",
    "forecast",
    "forecast_csv",
    "iterate",
    "list_runs",
    "prepare",
    "read_record",
    "remove_run",
    "run",
    "statement",
    "stored_forecast",
    "write_forecast",
]
