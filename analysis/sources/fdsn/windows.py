"""A long time asked for in windows that a service can answer whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pandas as pd

from analysis.sources.fdsn.errors import NoSuchEventError, TooManyEventsError
from analysis.sources.fdsn.features import Parsed
from analysis.sources.fdsn.query import Box, EventQuery
from analysis.sources.fdsn.repeats import drop_repeats
from analysis.sources.fdsn.rows import rejected_table
from analysis.sources.fdsn.services import Service, no_events

_FIRST_STEP: Final = pd.Timedelta(days=30)
_LONGEST_STEP: Final = pd.Timedelta(days=3650)
_SHORTEST: Final = pd.Timedelta(seconds=1)
_ROWS: Final = 1000  # of a window, where the service tells no count
_FULL: Final = 0.9  # share of the rows asked for from which on an answer may have been cut


@dataclass(frozen=True)
class Window:
    """A finished piece of time.

    Attributes
    ----------
    start, end : pandas.Timestamp
        UTC, half-open; windows follow one another without gap or overlap.
    events : pandas.DataFrame
        Events of the window in order of time, each once, in the columns of `EVENT_COLUMNS`. For a
        query of deleted events: what is left of them.
    rejected : pandas.DataFrame
        Rows that could not be used: row, id, reason, value, raw.
    requests : int
        How often the service was asked.
    """

    start: pd.Timestamp
    end: pd.Timestamp
    events: pd.DataFrame
    rejected: pd.DataFrame
    requests: int


def iter_windows(service: Service, query: EventQuery) -> Iterator[Window]:
    """Ask a service for a query, window by window in order of time.

    The USGS is asked for the count first, and a window with more events than it gives at once is
    halved; a copy of its service that does not count is asked at once, and what it refuses is
    halved. Other services tell no count, or a wrong one: their windows grow and shrink with what
    came, and an answer that is nearly full is asked for again in halves, for pages of EMSC have
    holes. Both ends of a time are included in the answers; the event on the border of two windows
    is kept in the later one.

    Whoever stores each window as it comes can go on after an interruption with a query from the
    end of the last one.

    Parameters
    ----------
    service : Service
        Whom to ask.
    query : EventQuery
        What to ask.

    Yields
    ------
    Window
        From ``query.start`` to ``query.end`` without a gap.

    Raises
    ------
    ValueError
        The service tells no deleted events.
    TooManyEventsError
        More events fall in one second than the service gives.
    ServiceError
        The service could not be asked; windows given before stay valid.
    """
    if query.deleted and (service.protocol != "usgs" or service.form not in ("geojson", "csv")):
        raise ValueError(f"{service.agency} does not tell which events were deleted.")
    return _counted(service, query) if service.protocol == "usgs" else _stepped(service, query)


def _counted(service: Service, query: EventQuery) -> Iterator[Window]:
    """Ask for counts first, and halve."""
    waiting, counts = [(query.start, query.end)], True
    before = service.transport.requests
    while waiting:
        start, end = waiting.pop()
        pieces: list[tuple[Box | None, int]] = []
        allowed = query.most or 10**9
        for box in query.boxes or (None,):
            count, most = _count(service, query, start, end, box) if counts else (-1, allowed)
            counts = counts and count >= 0
            pieces.append((box, count))
            allowed = min(allowed, most)
        try:
            if sum(count for _, count in pieces) > allowed:
                raise TooManyEventsError("Counted.")
            answers = [_whole(service, query, start, end, *piece) for piece in pieces if piece[1]]
        except TooManyEventsError:
            _check_length(service, start, end)
            middle = _middle(start, end)
            waiting += [(middle, end), (start, middle)]
            continue
        yield _window(query, start, end, answers, service.transport.requests - before)
        before = service.transport.requests


def _count(
    service: Service,
    query: EventQuery,
    start: pd.Timestamp,
    end: pd.Timestamp,
    box: Box | None,
) -> tuple[int, int]:
    """Ask for the count; -1 where the place of a service of this kind does not count."""
    try:
        return service.count(query, start, end, box)
    except NoSuchEventError:
        return -1, query.most or 10**9


def _whole(
    service: Service,
    query: EventQuery,
    start: pd.Timestamp,
    end: pd.Timestamp,
    box: Box | None,
    count: int,
) -> Parsed:
    """Ask until as many rows have come as were counted, or the same number comes twice."""
    best = service.ask(query, start, end, box)
    while _rows(best) < count:
        again = service.ask(query, start, end, box)
        if _rows(again) <= _rows(best):
            return best
        best = again
    return best


def _stepped(service: Service, query: EventQuery) -> Iterator[Window]:
    """Feel the way forward with windows of a changing length."""
    start, step = query.start, _FIRST_STEP
    before = service.transport.requests
    full = int(_FULL * (service.rows or 2 * _ROWS))
    target = max(1, min(2 * full // 3, query.most or full))
    while start < query.end:
        end = min(start + step, query.end)
        answers: list[Parsed] = []
        try:
            for box in query.boxes or (None,):
                answers.append(service.ask(query, start, end, box))
                if service.rows is not None and _rows(answers[-1]) >= full:
                    raise TooManyEventsError("The answer may have holes.")
        except TooManyEventsError:
            _check_length(service, start, end)
            step = _shorter(start, end, answers) - start
            continue
        rows = sum(map(_rows, answers))
        yield _window(query, start, end, answers, service.transport.requests - before)
        before, start = service.transport.requests, end
        step = step * min(4.0, max(0.25, target / rows)) if rows else step * 4
        step = max(_SHORTEST, min(step, _LONGEST_STEP)).ceil("s")


def _window(
    query: EventQuery,
    start: pd.Timestamp,
    end: pd.Timestamp,
    answers: list[Parsed],
    requests: int,
) -> Window:
    told = [events for events, _ in answers if len(events)]
    events = pd.concat(told, ignore_index=True) if told else no_events()
    events = drop_repeats(query.wanted(events, start, end))
    events = events.sort_values(["time", "id"], kind="stable", ignore_index=True)
    refused = [rejected for _, rejected in answers if len(rejected)]
    rejected = pd.concat(refused, ignore_index=True) if refused else rejected_table()
    return Window(start, end, events, rejected, requests)


def _rows(answer: Parsed) -> int:
    """Count the distinct rows of an answer."""
    events, rejected = answer
    return int(events["id"].nunique()) + len(rejected)


def _middle(start: pd.Timestamp, end: pd.Timestamp) -> pd.Timestamp:
    """Return a whole second near the middle, strictly inside."""
    middle = (start + (end - start) / 2).floor("s")
    return middle if middle > start else start.floor("s") + _SHORTEST


def _shorter(start: pd.Timestamp, end: pd.Timestamp, answers: list[Parsed]) -> pd.Timestamp:
    """Return an earlier end: half of how far a full answer in order of time reaches, or half."""
    middle = _middle(start, end)
    reached = answers[-1][0]["time"].max() if answers else pd.NaT
    if pd.isna(reached) or not start < reached < end:
        return middle
    return min(middle, _middle(start, reached))


def _check_length(service: Service, start: pd.Timestamp, end: pd.Timestamp) -> None:
    if end - start <= 2 * _SHORTEST:
        message = f"More events than the service gives at once fall between {start} and {end}."
        raise TooManyEventsError(message, service.url)
