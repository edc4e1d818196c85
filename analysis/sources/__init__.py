"""Raw data as ``catalog.yml`` describes them, opened lazily and brought into one shape."""

from analysis.sources.additions import add_entry
from analysis.sources.catalogue import entry, list_sources, open_source
from analysis.sources.entries import Coverage, Entry

__all__ = ["Coverage", "Entry", "add_entry", "entry", "list_sources", "open_source"]
