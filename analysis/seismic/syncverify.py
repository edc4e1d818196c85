"""Whether the service counts what the database holds, and where it does not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from analysis.seismic.database import EventDatabase
from analysis.seismic.database.filters import as_time
from analysis.seismic.database.synclog import Refused
from analysis.sources.fdsn import EventQuery, Service, Window, iter_windows
from analysis.sources.fdsn.query import Box

_LISTED: Final = 2000  # events of a window that is listed anew rather than counted in halves
_MOST_COUNTS: Final = 200
_SHORTEST: Final = 2_000_000


@dataclass(frozen=True)
class Verified:
    """What a comparison of numbers found.

    ``surplus`` is how many more events the service counts than the database holds; ``unexplained``
    is that without the rows of the service that can be no event. A comparison starts from the
    ``unexplained`` of the one before: only where it is another something changed.
    """

    surplus: int
    unexplained: int


@dataclass(frozen=True)
class Comparison:
    """Numbers of events of a service and of a database.

    Parameters
    ----------
    database : EventDatabase
        What is held.
    asked : Service
        Who counts.
    query : EventQuery
        All that is asked for.
    scope : mapping
        The same for the database, but for the time.
    take : callable
        Takes in the complete list of a window.
    """

    database: EventDatabase
    asked: Service
    query: EventQuery
    scope: Mapping[str, Any]
    take: Callable[[Window], None]

    def measure(self, start: int, end: int) -> Verified:
        """Compare a time, both ends included, microseconds."""
        return self._measure(start, end, self._refused())

    def search(self, start: int, end: int, known: int) -> Verified:
        """List anew where the numbers differ from what is known, with few requests.

        Times are halved. A half is right where the service counts what is held and the rows that
        it is known to tell and that can be no event: so such a row hides no event that is gone.
        """
        found = self.measure(start, end)
        if found.unexplained == known:
            return found
        refused, waiting, counted = self._refused(), [(start, end)], 1
        while waiting and counted < _MOST_COUNTS:
            first, last = waiting.pop()
            here = found if (first, last) == (start, end) else self._measure(first, last, refused)
            counted += 1
            if here.unexplained == 0 and (first, last) != (start, end):
                continue
            held = self._held(first, last)
            if held + max(here.surplus, 0) > _LISTED and last - first > _SHORTEST:
                middle = (first + last) // 2_000_000 * 1_000_000
                waiting += [(middle, last), (first, middle)]
                continue
            part = replace(self.query, start=as_time(first), end=as_time(last))
            for window in iter_windows(self.asked, part):
                self.take(window)
        found = self.measure(start, end)
        # what was not reached is searched by the next sync
        return replace(found, unexplained=known) if waiting else found

    def _surplus(self, start: int, end: int) -> int:
        boxes: Sequence[Box | None] = self.query.boxes or (None,)
        counted = sum(
            self.asked.count(self.query, as_time(start), as_time(end), box)[0] for box in boxes
        )
        return counted - self._held(start, end + 1)  # the service counts the end too

    def _held(self, start: int, end: int) -> int:
        return self.database.count(
            start=as_time(start), end=as_time(end), agency=self.asked.agency, **self.scope
        )

    def _measure(self, start: int, end: int, refused: Sequence[Refused]) -> Verified:
        surplus = self._surplus(start, end)
        return Verified(surplus, surplus - sum(one.overlaps(start, end) for one in refused))

    def _refused(self) -> list[Refused]:
        """Rows that the service counts: one without a magnitude is in no range of them."""
        told = self.database.syncs.refused(self.asked.agency)
        everything = self.query.magnitude == (None, None)
        return [row for row in told if everything or row.reason != "no magnitude"]
