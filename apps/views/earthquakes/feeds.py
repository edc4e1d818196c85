"""The live feeds of a process: all sessions share them, and they are asked once a minute."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

import pandas as pd

from analysis.sources.fdsn.live import Feed, LiveFeed
from analysis.sources.fdsn.transport import Transport

EVERY = 60.0
"""Seconds from one question to the next."""

STALE = pd.Timedelta(minutes=5)
"""Age of the data from which they are called old; the service renews them every minute."""


@dataclass(frozen=True)
class Snapshot:
    """What is known of a feed: its last list, if any, and the last trouble, if it has not passed.

    ``asked`` counts the questions so far.
    """

    feed: Feed | None
    trouble: Exception | None
    asked: int

    def state(self, now: pd.Timestamp | None = None) -> str:
        """Return ``loading``, ``offline`` (nothing at hand), ``stale`` or ``fresh``."""
        if self.feed is None:
            return "loading" if self.trouble is None else "offline"
        return "stale" if self.feed.age(now) > STALE else "fresh"


class SharedFeed:
    """One feed for all sessions of the process.

    Parameters
    ----------
    period, level, base_url
        As `analysis.sources.fdsn.live.LiveFeed`.
    """

    def __init__(self, period: str, level: str, base_url: str | None = None):
        transport = Transport(patience=15.0, connect=5.0, read=10.0)
        self._feed = LiveFeed(period, level, base_url=base_url, transport=transport)
        self._lock = threading.Lock()
        self._last: float | None = None
        self._trouble: Exception | None = None
        self._asked = 0

    @property
    def snapshot(self) -> Snapshot:
        """What is known, without a question."""
        return Snapshot(self._feed.latest, self._trouble, self._asked)

    def due(self) -> bool:
        """Whether a minute has passed since the last question, or none was asked."""
        return self._last is None or time.monotonic() - self._last >= EVERY

    def renew(self, *, now: bool = False) -> Snapshot:
        """Ask if it is time to; sessions that come at the same moment wait for one answer.

        Parameters
        ----------
        now : bool
            Ask even if a minute has not passed.

        Returns
        -------
        Snapshot
            With the trouble, when the question failed; the last list stays.
        """
        asked = self._asked
        with self._lock:
            if self._asked != asked or not (now or self.due()):
                return self.snapshot
            try:
                self._feed.refresh()
                self._trouble = None
            except (ValueError, OSError) as error:
                self._trouble = error
            self._last = time.monotonic()
            self._asked += 1
            return self.snapshot


_feeds: dict[tuple[str, str, str | None], SharedFeed] = {}
_guard = threading.Lock()


def shared_feed(period: str, level: str, base_url: str | None = None) -> SharedFeed:
    """Return the feed that all sessions share.

    Raises
    ------
    ValueError
        There is no such period, level or address.
    """
    key = (period, level, base_url)
    with _guard:
        if key not in _feeds:
            _feeds[key] = SharedFeed(period, level, base_url)
        return _feeds[key]
