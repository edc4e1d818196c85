"""Earthquake catalogues of the FDSN event services: USGS, EMSC and every other centre."""

from analysis.sources.fdsn.errors import (
    DeletedEventError,
    NoSuchEventError,
    ServiceError,
    TooManyEventsError,
    UnreadableAnswerError,
)
from analysis.sources.fdsn.features import parse_emsc_json, parse_usgs_geojson
from analysis.sources.fdsn.lines import parse_fdsn_text, parse_usgs_csv
from analysis.sources.fdsn.live import Feed, LiveFeed, read_live
from analysis.sources.fdsn.quakeml import parse_quakeml
from analysis.sources.fdsn.query import EventQuery, event_query
from analysis.sources.fdsn.repeats import drop_repeats
from analysis.sources.fdsn.rows import REASONS
from analysis.sources.fdsn.services import Service, no_events, service
from analysis.sources.fdsn.transport import Transport
from analysis.sources.fdsn.windows import Window, iter_windows

__all__ = [
    "REASONS",
    "DeletedEventError",
    "EventQuery",
    "Feed",
    "LiveFeed",
    "NoSuchEventError",
    "Service",
    "ServiceError",
    "TooManyEventsError",
    "Transport",
    "UnreadableAnswerError",
    "Window",
    "drop_repeats",
    "event_query",
    "iter_windows",
    "no_events",
    "parse_emsc_json",
    "parse_fdsn_text",
    "parse_quakeml",
    "parse_usgs_csv",
    "parse_usgs_geojson",
    "read_live",
    "service",
]
