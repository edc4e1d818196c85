"""Events of the last hour, day, week and month, as the USGS tells them by itself."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import pandas as pd

from analysis.sources import catalogue
from analysis.sources.fdsn.features import load_json, parse_usgs_geojson
from analysis.sources.fdsn.transport import Answer, Transport
from analysis.spelling import did_you_mean

PERIODS: Final = ("hour", "day", "week", "month")
LEVELS: Final = ("all", "1.0", "2.5", "4.5", "significant")
_PATH: Final = "/earthquakes/feed/v1.0/summary"


@dataclass(frozen=True)
class Feed:
    """A feed at one moment.

    Attributes
    ----------
    events : pandas.DataFrame
        In the columns of `EVENT_COLUMNS`, newest first.
    rejected : pandas.DataFrame
        Rows that could not be used: row, id, reason, value, raw.
    generated : pandas.Timestamp
        When the service made the list, UTC.
    current : pandas.Timestamp
        The last moment at which the service said that this is its newest list, UTC.
    changed : bool
        Whether the list differs from the one before.
    url : str
        Where it was read.
    etag, modified : str
        Marks by which the service knows the list again.
    """

    events: pd.DataFrame
    rejected: pd.DataFrame
    generated: pd.Timestamp
    current: pd.Timestamp
    changed: bool
    url: str
    etag: str = ""
    modified: str = ""

    def age(self, now: pd.Timestamp | None = None) -> pd.Timedelta:
        """Return how old the data are: the time since `current`, never below zero."""
        moment = _now() if now is None else now
        return max(moment - self.current, pd.Timedelta(0))


class LiveFeed:
    """One feed, read again only where it has changed.

    Parameters
    ----------
    period : str
        One of `PERIODS`.
    level : str
        Least magnitude, one of `LEVELS`.
    base_url : str, optional
        Host of the feeds; by default that of the entry ``earthquakes_live``.
    transport : Transport, optional
        How to ask.

    Attributes
    ----------
    latest : Feed or None
        The last list; it stays when a later question fails.

    Raises
    ------
    ValueError
        There is no such period, level or address.
    """

    def __init__(
        self,
        period: str = "day",
        level: str = "all",
        *,
        base_url: str | None = None,
        transport: Transport | None = None,
    ) -> None:
        for name, value, allowed in (("period", period, PERIODS), ("level", level, LEVELS)):
            if value not in allowed:
                hint = did_you_mean(str(value), allowed)
                raise ValueError(f"There is no {name} {value!r} of live events. {hint}")
        base = base_url or catalogue.options("earthquakes_live").get("base_url")
        if not base:
            raise ValueError("The entry 'earthquakes_live' states no base_url; give one.")
        self.url = f"{_address(str(base))}/{level}_{period}.geojson"
        self.latest: Feed | None = None
        self._transport = transport or Transport(patience=30.0, read=15.0)
        self._lock = threading.Lock()

    def refresh(self) -> Feed:
        """Ask whether there is something new.

        Returns
        -------
        Feed
            Also in `latest`. Where nothing is new, the events are the same object as before.

        Raises
        ------
        ServiceError
            The feed cannot be read now; `latest` stays as it was.
        """
        with self._lock:
            known = self.latest
            headers = {}
            if known is not None and known.etag:
                headers["If-None-Match"] = known.etag
            if known is not None and known.modified:
                headers["If-Modified-Since"] = known.modified
            self.latest = self._transport.get(
                self.url, headers=headers, read=lambda answer: _read(answer, known)
            )
            return self.latest


def read_live(period: str = "day", level: str = "all", *, base_url: str | None = None) -> Feed:
    """Read the newest events once.

    Parameters
    ----------
    period, level, base_url
        As `LiveFeed`.

    Returns
    -------
    Feed

    Raises
    ------
    ValueError, ServiceError
        As `LiveFeed`.
    """
    return LiveFeed(period, level, base_url=base_url).refresh()


def _read(answer: Answer, known: Feed | None) -> Feed:
    if answer.status == 304 and known is not None:
        return replace(known, current=max(_now(), known.current), changed=False)
    document = load_json(answer.body)
    events, rejected = parse_usgs_geojson(document, source="earthquakes_live")
    metadata = document.get("metadata")
    told: Any = metadata.get("generated") if isinstance(metadata, dict) else None
    number = isinstance(told, int | float) and not isinstance(told, bool) and 0 < told < 1e14
    generated = pd.Timestamp(told, unit="ms") if number else _now()
    return Feed(
        events=events,
        rejected=rejected,
        generated=generated,
        current=generated,
        changed=known is None or not events.equals(known.events),
        url=answer.url,
        etag=answer.headers.get("etag", ""),
        modified=answer.headers.get("last-modified", ""),
    )


def _address(base: str) -> str:
    parts = urlsplit(base.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{base!r} is no address of a service; give https://host.")
    path = parts.path.rstrip("/")
    path = path if path.endswith("/summary") else path + _PATH
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))


def _now() -> pd.Timestamp:
    return pd.Timestamp.now("UTC").tz_localize(None)
