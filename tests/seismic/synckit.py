"""What the tests of the sync share: a polite client in a hurry, and two databases compared."""

from __future__ import annotations

import pandas as pd

from analysis.seismic.database import EventDatabase
from analysis.seismic.sync import sync
from analysis.sources.fdsn import Transport


def hurried(**options):
    """A client that waits for nothing."""
    return Transport(**{"pause": 0.0, "backoff": 0.01, "read": 60.0, **options})


def synced(database, server, agency="usgs", start="2014", end="2024", **options):
    """Sync a database with the local server."""
    url = server.usgs_url if agency == "usgs" else server.emsc_url
    way = hurried(read=options.pop("read", 60.0))
    try:
        return sync(database, agency, start, end, base_url=url, transport=way, **options)
    finally:
        way.close()


def contents(database: EventDatabase) -> pd.DataFrame:
    """All that a database says of the events, without the numbers that tell how it came to it."""
    table = database.query(deleted=True, order="").to_frame()
    return table.sort_values(["agency", "id"], ignore_index=True)


def same(one: EventDatabase, other: EventDatabase) -> None:
    """Check that two databases hold the same events, each once."""
    pd.testing.assert_frame_equal(contents(one), contents(other))
    assert one.check() == other.check() == []


def listed(database: EventDatabase, agency: str) -> pd.DataFrame:
    """Ids and values that a server can tell too."""
    columns = ["id", "time", "longitude", "latitude", "mag"]
    table = database.query(agency=agency, columns=columns).to_frame()
    return table.sort_values("id", ignore_index=True)


def told(book) -> pd.DataFrame:
    """What the local server has."""
    table = book.kept()[["id", "time", "longitude", "latitude", "mag"]]
    table = table.astype({"id": "str", "time": "datetime64[us]"})
    return table.sort_values("id", ignore_index=True)


def every_fault(server, times=2, hang=30):
    """Let everything go wrong that a service can do wrong."""
    slow = {"Retry-After": "1"}
    server.inject("status", status=503, times=times)
    server.inject("status", status=429, headers=slow, body="Slow down", times=1, after=3)
    server.inject("status", status=500, times=1, after=5)
    for after, kind in enumerate(("truncate", "cut", "drop", "html", "empty")):
        server.inject(kind, times=times, method="query", after=after)
    server.inject("hang", seconds=hang, times=1, after=4)
