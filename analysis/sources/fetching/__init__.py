"""Download the files of a source that a region and a period need: plan first, then fetch."""

from analysis.sources.fetching.errors import (
    AccountError,
    CancelledError,
    FetchError,
    NotCoveredError,
    NotThereError,
)
from analysis.sources.fetching.fetcher import Progress, Report, fetch
from analysis.sources.fetching.items import Item
from analysis.sources.fetching.wishes import Plan, plan

__all__ = [
    "AccountError",
    "CancelledError",
    "FetchError",
    "Item",
    "NotCoveredError",
    "NotThereError",
    "Plan",
    "Progress",
    "Report",
    "fetch",
    "plan",
]
