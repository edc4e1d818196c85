"""A record of events in order of time, and how complete it is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.cells.windows import nanoseconds
from analysis.notes import mark as _
from analysis.notes import note
from analysis.seismic.columns import as_events
from analysis.seismic.decluster.catalogue import USED, read_catalogue
from analysis.seismic.magnitudes import bin_magnitudes, completeness

FEWEST: Final = 100
"""Events before the first issue time from which completeness is estimated."""
_TIE: Final = 1e-6

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Record:
    """Complete events, in order of time.

    Attributes
    ----------
    times
        datetime64[ns] (event,), UTC.
    longitude, latitude, magnitude
        (event,).
    since, until
        From when to when the record is complete, datetime64[ns].
    completeness
        Magnitude from which it is complete.
    simulated
        Whether an event is no observation.
    notes
        What a reader must know: events left out, how completeness was found.
    """

    times: NDArray[np.datetime64]
    longitude: Floats
    latitude: Floats
    magnitude: Floats
    since: np.datetime64
    until: np.datetime64
    completeness: float
    simulated: bool
    notes: tuple[str, ...]

    def before(self, when: np.datetime64) -> int:
        """Return how many events lie strictly before a time."""
        return int(np.searchsorted(self.times, when, side="left"))

    def frame(self, rows: slice) -> pd.DataFrame:
        """Return some of the events as a table."""
        return pd.DataFrame(
            {
                "time": self.times[rows],
                "longitude": self.longitude[rows],
                "latitude": self.latitude[rows],
                "mag": self.magnitude[rows],
            }
        )


def read_record(
    events: Any,
    first_issue: np.datetime64,
    *,
    completeness: float | None = None,
    since: Any = None,
    until: Any = None,
) -> Record:
    """Make a table of events ready.

    Parameters
    ----------
    events
        Events as :func:`analysis.seismic.columns.as_events` reads them, (n), also of Dask; those
        without time, place or magnitude are left out.
    first_issue
        The earliest issue time: what is not stated is found from the events before it alone, so
        that nothing later changes a value.
    completeness
        Magnitude from which the events are complete, smaller ones are left out; None for an
        estimate by maximum curvature of the events before the first issue time.
    since, until
        From when to when the record is complete; None for the first and the last event.

    Returns
    -------
    Record
        Events.

    Raises
    ------
    ValueError
        There are no events, too few for an estimate, or a number or time is impossible.
    """
    events = _in_memory(events)
    table = as_events(_needed(events), fill=False)
    simulated = _is_simulated(events)
    catalogue = read_catalogue(table)
    times = nanoseconds(table["time"].to_numpy("datetime64[us]")[catalogue.rows])
    there = ~np.isnat(times)
    notes: list[str] = []
    if len(table) > int(there.sum()):
        text = _("{count} events without time, place or magnitude.")
        notes.append(note(text, count=len(table) - int(there.sum())))
    times = times[there]
    begin = _moment(since, "since") if since is not None else times[0] if times.size else None
    end = _moment(until, "until") if until is not None else times[-1] if times.size else None
    if begin is None or end is None or not begin < end:
        raise ValueError(f"{times.size} events from {begin} to {end} are no record of events.")
    known = int(np.searchsorted(times, first_issue))
    magnitude = catalogue.magnitude[there]
    limit, how = _limit(magnitude[:known], completeness)
    notes += [how] if how else []
    kept = (bin_magnitudes(magnitude) >= limit - _TIE) & (times >= begin) & (times <= end)
    return Record(
        times[kept],
        catalogue.longitude[there][kept],
        catalogue.latitude[there][kept],
        magnitude[kept],
        begin,
        end,
        limit,
        simulated,
        tuple(notes),
    )


def check_target(record: Record, magnitude: float, *, allow_incomplete: bool) -> str | None:
    """Refuse a target below completeness, or return a note about it.

    Parameters
    ----------
    record
        Events.
    magnitude
        Magnitude of the target.
    allow_incomplete
        True makes a note instead of an error.

    Returns
    -------
    str or None
        The note.

    Raises
    ------
    ValueError
        The magnitude is no number, or below completeness.
    """
    if not math.isfinite(magnitude):
        raise ValueError(f"The magnitude of the target is {magnitude}; give a number such as 5.0.")
    if magnitude >= record.completeness - _TIE:
        return None
    if allow_incomplete:
        text = _(
            "The target is magnitude {size} and more, but the events are complete from {limit} on: "
            "what is not in the record counts as nothing."
        )
        return note(text, size=float(magnitude), limit=float(record.completeness))
    raise ValueError(
        f"The target is magnitude {magnitude:g} and more, but the events are complete from "
        f"{record.completeness:g} on: missing events would be learnt as quiet. Take magnitude="
        f"{record.completeness:g} or more, or allow_incomplete=True."
    )


def _in_memory(events: Any) -> Any:
    """Return a table of Dask as one of pandas, with the columns that are needed."""
    if not hasattr(events, "dask") or not hasattr(events, "columns"):
        return events
    names = [name for name in (*USED, "simulated") if name in events.columns]
    told = dict(getattr(events, "attrs", {}))
    table = (events[names] if set(names) > {"time", "mag"} else events).compute()
    table.attrs.update(told)
    return table


def _needed(events: Any) -> pd.DataFrame:
    frame = events if isinstance(events, pd.DataFrame) else pd.DataFrame(events)
    names = [name for name in USED if name in frame.columns]
    return frame[names] if {"time", "longitude", "latitude", "mag"} <= set(names) else frame


def _is_simulated(events: Any) -> bool:
    if not isinstance(events, pd.DataFrame):
        return False
    marked = "simulated" in events.columns and bool((events["simulated"] == 1).any())
    return marked or bool(events.attrs.get("simulated", False))


def _moment(value: Any, name: str) -> np.datetime64:
    try:
        stamp = pd.Timestamp(value)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{name}={value!r} is no time; give one such as '1976-01-01'.") from error
    if pd.isna(stamp):
        raise ValueError(f"{name}={value!r} is no time; give one such as '1976-01-01'.")
    if stamp.tzinfo is not None:
        stamp = stamp.tz_convert("UTC").tz_localize(None)
    return stamp.as_unit("ns").to_datetime64()


def _limit(magnitude: Floats, given: float | None) -> tuple[float, str | None]:
    """Return the magnitude of completeness, and how it was found."""
    if given is not None:
        if not math.isfinite(given):
            raise ValueError(f"The completeness is {given}; give a magnitude, or None.")
        return float(given), None
    if magnitude.size < FEWEST:
        raise ValueError(
            f"{magnitude.size} events lie before the first issue time; {FEWEST} are needed to "
            "estimate from which magnitude on they are complete. Give completeness=."
        )
    found = completeness(magnitude)
    text = _("Complete from magnitude {size} on, by maximum curvature before the first issue time.")
    return found, note(text, size=float(found))
