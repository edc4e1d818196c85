"""The one table of events, as every function on events takes and gives it."""

from analysis.sources.fdsn.columns import EVENT_COLUMNS, as_events, event_frame, event_types

__all__ = ["EVENT_COLUMNS", "as_events", "event_frame", "event_types"]
