"""The event database: every earthquake once, with all that was ever said of it, in one file."""

from analysis.seismic.database.filters import Circle
from analysis.seismic.database.store import EventDatabase
from analysis.seismic.database.table import EventTable
from analysis.seismic.database.writing import Applied

__all__ = ["Applied", "Circle", "EventDatabase", "EventTable"]
