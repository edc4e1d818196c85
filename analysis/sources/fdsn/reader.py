"""Readers by which ``catalog.yml`` opens the earthquake services: nothing is asked until needed."""

from __future__ import annotations

from typing import Any, Final

import dask.dataframe as dd
import pandas as pd
from intake.readers.readers import BaseReader

from analysis.sources.fdsn.live import LiveFeed
from analysis.sources.fdsn.query import EventQuery, event_query, read_moment
from analysis.sources.fdsn.repeats import drop_repeats
from analysis.sources.fdsn.services import no_events, service
from analysis.sources.fdsn.windows import iter_windows

_DAYS: Final = pd.Timedelta(days=30)
_PIECE: Final = pd.Timedelta(days=366)


class EventReader(BaseReader):
    """Reader for the catalogue: events of a service as a lazy table, a piece for each year.

    ``agency``, ``base_url`` and ``form`` are those of `service`; ``start``, ``end``, ``region``,
    ``magnitude`` and ``depth`` those of `event_query`. Without ``end`` it is now, without
    ``start`` thirty days before the end.
    """

    output_instance = "dask.dataframe:DataFrame"

    def _read(
        self,
        agency: str = "usgs",
        base_url: str | None = None,
        form: str | None = None,
        start: Any = None,
        end: Any = None,
        **where: Any,
    ) -> dd.DataFrame:
        last = pd.Timestamp.now("UTC").floor("s") if end is None else read_moment(end, "end")
        asked: dict[str, Any] = {name: where.get(name) for name in ("region", "magnitude", "depth")}
        query = event_query(last - _DAYS if start is None else start, last, **asked)
        service(agency, base_url=base_url, form=form)  # an error comes now and not when computed
        starts = pd.date_range(query.start, query.end, freq=_PIECE, inclusive="left").tolist()
        pieces = list(zip(starts, [*starts[1:], query.end], strict=True))
        about = {"agency": agency, "base_url": base_url, "form": form, **asked}
        return dd.from_map(_piece, pieces, about=about, meta=no_events())


class LiveReader(BaseReader):
    """Reader for the catalogue: the newest events; ``period`` and ``level`` as in `LiveFeed`."""

    output_instance = "dask.dataframe:DataFrame"

    def _read(
        self, period: str = "day", level: str = "all", base_url: str | None = None, **_: Any
    ) -> dd.DataFrame:
        LiveFeed(period, level, base_url=base_url)
        about = {"level": level, "base_url": base_url}
        return dd.from_map(_live, [period], about=about, meta=no_events())


def _piece(piece: tuple[pd.Timestamp, pd.Timestamp], about: dict[str, Any]) -> pd.DataFrame:
    """Fetch the events of a piece of time."""
    given = dict(about)
    asked = {name: given.pop(name) for name in ("agency", "base_url", "form")}
    query: EventQuery = event_query(*piece, **given)
    parts = [window.events for window in iter_windows(service(**asked), query)]
    filled = [part for part in parts if len(part)]
    return drop_repeats(pd.concat(filled, ignore_index=True)) if filled else no_events()


def _live(period: str, about: dict[str, Any]) -> pd.DataFrame:
    """Read a feed."""
    return LiveFeed(period, about["level"], base_url=about["base_url"]).refresh().events
