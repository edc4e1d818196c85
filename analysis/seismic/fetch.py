"""Events of an earthquake service as one table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from analysis.sources.fdsn.query import Range, event_query
from analysis.sources.fdsn.repeats import drop_repeats
from analysis.sources.fdsn.rows import rejected_table
from analysis.sources.fdsn.services import no_events, service
from analysis.sources.fdsn.transport import Transport
from analysis.sources.fdsn.windows import iter_windows

FetchProgress = Callable[[float, int], None]


def fetch_events(  # noqa: PLR0913 - one question with all its sides
    start: Any,
    end: Any,
    *,
    region: str | Sequence[float] | None = None,
    magnitude: float | Range | None = None,
    depth: float | Range | None = None,
    agency: str = "usgs",
    base_url: str | None = None,
    form: str | None = None,
    updated_after: Any = None,
    progress: FetchProgress | None = None,
    transport: Transport | None = None,
) -> pd.DataFrame:
    """Ask an earthquake service for all events of a time, a place, a magnitude and a depth.

    The question is cut into windows that the service answers whole, it is asked again after
    passing troubles, and at most once a second.

    Parameters
    ----------
    start, end : time
        Half-open, ``start <= time < end``; anything that ``pandas.Timestamp`` reads, UTC where no
        zone is given; a whole number is a year.
    region : str or sequence of float, optional
        Name of a packaged region in any language; west, south, east, north in degrees, where west
        beyond east crosses the date line; or longitude, latitude and radius in km of a circle.
    magnitude : number or (low, high), optional
        A number is the smallest magnitude.
    depth : number or (low, high), optional
        Km; a number is the greatest depth.
    agency : str
        ``usgs``, ``emsc``, any FDSN centre that ObsPy knows (``gfz``, ``ingv``, ...), or the
        address of one.
    base_url : str, optional
        Where the service is found instead.
    form : str, optional
        Format to ask for: ``geojson`` (the default of the USGS: it has all fields but the errors),
        ``csv`` (with the errors of place, depth and magnitude), ``json``, ``text``, ``quakeml``.
    updated_after : time, optional
        Only events that changed since.
    progress : callable, optional
        Called after each window with the share of time done, 0 to 1, and the events so far.
    transport : Transport, optional
        How to ask, where the pauses or the patience should be others.

    Returns
    -------
    pandas.DataFrame
        Events (n) in order of time, each once, in the columns of `EVENT_COLUMNS`.
        ``attrs["summary"]`` is what `summarise` tells, ``attrs["rejected"]`` a list of the rows
        that could not be used (row, id, reason, value, raw).

    Raises
    ------
    ValueError
        A value is impossible, or there is no such region or agency.
    ServiceError
        The service could not be asked, or refuses the question (a ``ValueError`` too).
    """
    asked = service(agency, base_url=base_url, form=form, transport=transport)
    query = event_query(
        start,
        end,
        region=region,
        magnitude=magnitude,
        depth=depth,
        updated_after=updated_after,
    )
    parts, refused, count = [], [], 0
    for window in iter_windows(asked, query):
        parts += [window.events] if len(window.events) else []
        refused += [window.rejected] if len(window.rejected) else []
        count += len(window.events)
        if progress is not None:
            progress((window.end - query.start) / (query.end - query.start), count)
    events = drop_repeats(pd.concat(parts, ignore_index=True)) if parts else no_events()
    rejected = pd.concat(refused, ignore_index=True) if refused else rejected_table()
    rejected = rejected.drop_duplicates(["id", "reason", "raw"])
    events.attrs["summary"] = {**summarise(events), "rejected": len(rejected)}
    events.attrs["rejected"] = rejected.to_dict("records")
    return events


def fetch_event(
    name: str,
    *,
    agency: str = "usgs",
    base_url: str | None = None,
    form: str | None = None,
    transport: Transport | None = None,
) -> pd.DataFrame:
    """Ask an earthquake service for one event.

    Parameters
    ----------
    name : str
        Id of the event; for the USGS any of its ids.
    agency, base_url, form, transport
        As `fetch_events`.

    Returns
    -------
    pandas.DataFrame
        One row, in the columns of `EVENT_COLUMNS`.

    Raises
    ------
    NoSuchEventError, DeletedEventError
        There is no such event, or no longer (``ValueError`` too).
    ServiceError
        As `fetch_events`; or the row cannot be used.
    """
    asked = service(agency, base_url=base_url, form=form, transport=transport)
    events, rejected = asked.event(name)
    if not len(events):
        reason = rejected["reason"].iloc[0]
        raise ValueError(f"The event {name!r} of {agency} cannot be used: {reason}.")
    return events


def summarise(events: pd.DataFrame) -> dict[str, float]:
    """Count events, and tell their least, mean and largest magnitude.

    Parameters
    ----------
    events : pandas.DataFrame
        With the column ``mag``.

    Returns
    -------
    dict
        ``count`` of all rows; ``least``, ``mean`` and ``largest`` of the magnitudes there are,
        NaN where there is none.

    Raises
    ------
    ValueError
        There is no column ``mag``.

    Examples
    --------
    The mean lies between the two ends:

    >>> told = summarise(pd.DataFrame({"mag": [5.0, 6.5, 5.0, None]}))
    >>> told["count"], told["least"] <= told["mean"] <= told["largest"]
    (4, True)
    >>> told["largest"]
    6.5
    """
    if "mag" not in events:
        names = ", ".join(map(str, events.columns)) or "none"
        raise ValueError(f"The table of events has no column 'mag'; its columns: {names}.")
    mags = pd.to_numeric(events["mag"])
    return {
        "count": len(events),
        "least": float(mags.min()),
        "mean": float(mags.mean()),
        "largest": float(mags.max()),
    }
