"""Earthquakes: filters, activity around a point, energy, event images."""

from analysis.seismic.activity import events_near, monthly_activity, nearest_event
from analysis.seismic.cleaning import (
    CleaningReport,
    add_moment_magnitudes,
    clean,
    match_catalogues,
    merge_catalogues,
    rate_changes,
)
from analysis.seismic.columns import EVENT_COLUMNS, as_events
from analysis.seismic.database import Applied, EventDatabase, EventTable
from analysis.seismic.decluster import (
    cluster_table,
    gardner_knopoff,
    mainshocks,
    nearest_neighbours,
    reasenberg,
    zaliapin,
)
from analysis.seismic.distances import distance_km
from analysis.seismic.energy import energy_joules
from analysis.seismic.events import select_events
from analysis.seismic.fetch import fetch_event, fetch_events, summarise
from analysis.seismic.magnitudes import (
    BValue,
    a_value,
    b_difference,
    b_in_time,
    b_map,
    b_nearest,
    b_value,
    bin_magnitudes,
    completeness,
    completeness_details,
    completeness_error,
    completeness_in_time,
    frequency_magnitude,
    stepp,
)
from analysis.seismic.raster import event_classes, largest_in_view
from analysis.seismic.regimes import tectonic_regimes
from analysis.seismic.sbas import sbas
from analysis.seismic.section import Section, events_along

__all__ = [
    "EVENT_COLUMNS",
    "Applied",
    "BValue",
    "CleaningReport",
    "EventDatabase",
    "EventTable",
    "Section",
    "a_value",
    "add_moment_magnitudes",
    "as_events",
    "b_difference",
    "b_in_time",
    "b_map",
    "b_nearest",
    "b_value",
    "bin_magnitudes",
    "clean",
    "cluster_table",
    "completeness",
    "completeness_details",
    "completeness_error",
    "completeness_in_time",
    "distance_km",
    "energy_joules",
    "event_classes",
    "events_along",
    "events_near",
    "fetch_event",
    "fetch_events",
    "frequency_magnitude",
    "gardner_knopoff",
    "largest_in_view",
    "mainshocks",
    "match_catalogues",
    "merge_catalogues",
    "monthly_activity",
    "nearest_event",
    "nearest_neighbours",
    "rate_changes",
    "reasenberg",
    "sbas",
    "select_events",
    "stepp",
    "summarise",
    "tectonic_regimes",
    "zaliapin",
]
