"""Forecasts of earthquakes as one job: settings, tables, models, store, maps.

A forecast here is an educational experiment: `statement` says so, and stands beside every one.
"""

from analysis.seismic.forecasting.choices import BASELINES, DEFAULT_MODELS, Settings
from analysis.seismic.forecasting.defaults import defaults_for
from analysis.seismic.forecasting.preparing import Cancelled, Prepared, prepare
from analysis.seismic.forecasting.records import Record, read_record
from analysis.seismic.forecasting.statement import statement

__all__ = [
    "BASELINES",
    "DEFAULT_MODELS",
    "Cancelled",
    "Prepared",
    "Record",
    "Settings",
    "defaults_for",
    "prepare",
    "read_record",
    "statement",
]
