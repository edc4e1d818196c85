"""Events as a QuakeML file, the exchange format of seismological services."""

from __future__ import annotations

import io
import math
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

MOST = 20_000
"""Events in one file; the event services of the FDSN give as many at once."""

SIMULATED = "SIMULATED: made by a simulator, not an observation."
UNKNOWN = "type as given: "
NAME = re.compile(r"[^A-Za-z0-9.\-*()_~']+")


def events_quakeml(events: pd.DataFrame, metadata: Mapping[str, Any] | None = None) -> bytes:
    """Events as a QuakeML 1.2 document, one event a row, in the order given.

    Each event has its preferred origin (time, place, depth in metres, errors in degrees and
    metres, quality, review), its magnitude with type and author, its type, its place as the name
    of the region, and its agency. A type that QuakeML does not know becomes ``other event`` with
    the given word in a comment. A simulated event says so in its description and in a comment. A
    row without time or place has no origin.

    Parameters
    ----------
    events : pandas.DataFrame
        Event table with at least ``time`` (UTC), ``longitude`` and ``latitude``.
    metadata : mapping, optional
        ``title, source, licence, citation`` and the like, written into the description of the
        catalogue.

    Returns
    -------
    bytes
        The file; obspy's ``read_events`` reads it.

    Raises
    ------
    ValueError
        If a column is missing, or there are more than 20,000 events.

    References
    ----------
    Schorlemmer et al. (2011), QuakeML: status of the XML-based seismological data exchange
    format, Annals of Geophysics 54(1); obspy: Krischer et al. (2015).

    Examples
    --------
    >>> table = pd.DataFrame(
    ...     {
    ...         "time": pd.to_datetime(["2024-01-22 18:09"]),
    ...         "longitude": [78.7],
    ...         "latitude": [41.3],
    ...         "depth": [13.0],
    ...         "mag": [7.0],
    ...         "magType": ["mww"],
    ...     }
    ... )
    >>> import obspy
    >>> event = obspy.read_events(io.BytesIO(events_quakeml(table)))[0]
    >>> event.preferred_origin().depth, event.preferred_magnitude().magnitude_type
    (13000.0, 'mww')
    """
    missing = [name for name in ("time", "longitude", "latitude") if name not in events]
    if missing:
        raise ValueError(f"The events have no column {', '.join(missing)}.")
    if len(events) > MOST:
        raise ValueError(
            f"There are {len(events):,} events; a QuakeML file holds at most {MOST:,}. "
            "Choose fewer, or CSV or GeoJSON."
        )
    from obspy.core.event import Catalog, CreationInfo

    seen: Counter[str] = Counter()
    catalogue = Catalog(
        events=[_event(row, seen) for row in events.to_dict("records")],
        description="; ".join(
            f"{key}: {value}"
            for key, value in (metadata or {}).items()
            if isinstance(value, str | int | float) and value != ""
        ),
        creation_info=CreationInfo(agency_id="qazcube"),
    )
    buffer = io.BytesIO()
    catalogue.write(buffer, format="QUAKEML")
    return buffer.getvalue()


def _event(row: Mapping[Any, Any], seen: Counter[str]) -> Any:
    """Make the event of one row."""
    from obspy.core.event import Comment, CreationInfo, Event, EventDescription

    agency = _text(row, "agency") or _text(row, "source") or "unknown"
    ident = _unique(f"{_name(agency)}/{_name(_text(row, 'id') or 'event')}", seen)
    event = Event(
        resource_id=f"smi:local/event/{ident}",
        creation_info=CreationInfo(agency_id=agency, creation_time=_moment(row.get("updated"))),
    )
    event.event_type, word = _type(_text(row, "type"))
    if word:
        event.comments.append(
            Comment(resource_id=f"smi:local/comment/{ident}/type", text=f"{UNKNOWN}{word}")
        )
    if _text(row, "place"):
        event.event_descriptions.append(
            EventDescription(text=_text(row, "place"), type="region name")
        )
    if row.get("simulated") is True or row.get("simulated") is np.True_:
        event.event_descriptions.append(EventDescription(text=SIMULATED))
        event.comments.append(
            Comment(resource_id=f"smi:local/comment/{ident}/simulated", text=SIMULATED)
        )
    origin = _origin(row, ident, agency)
    if origin is not None:
        event.origins.append(origin)
        event.preferred_origin_id = origin.resource_id
    magnitude = _magnitude(row, ident, agency)
    if magnitude is not None:
        if origin is not None:
            magnitude.origin_id = origin.resource_id
        event.magnitudes.append(magnitude)
        event.preferred_magnitude_id = magnitude.resource_id
    return event


def _origin(row: Mapping[Any, Any], ident: str, agency: str) -> Any:
    """Make the origin; None where time or place is unknown."""
    from obspy.core.event import CreationInfo, Origin, OriginQuality, QuantityError

    moment = _moment(row.get("time"))
    longitude, latitude = _float(row, "longitude"), _float(row, "latitude")
    if moment is None or longitude is None or latitude is None or abs(latitude) > 90:
        return None
    depth, spread = _float(row, "depth"), _float(row, "depthError")
    origin = Origin(
        resource_id=f"smi:local/origin/{ident}",
        time=moment,
        longitude=longitude if -180 <= longitude < 180 else (longitude + 180) % 360 - 180,
        latitude=latitude,
        creation_info=CreationInfo(agency_id=_text(row, "locationSource") or agency),
    )
    if depth is not None:
        origin.depth = round(1000 * depth, 3)
        if spread is not None:
            origin.depth_errors = QuantityError(uncertainty=round(1000 * spread, 3))
    _uncertain(origin, _float(row, "horizontalError"))
    nst, gap = _float(row, "nst"), _float(row, "gap")
    if any(_float(row, name) is not None for name in ("nst", "gap", "rms", "dmin")):
        origin.quality = OriginQuality(
            used_station_count=None if nst is None else int(nst),
            azimuthal_gap=gap,
            standard_error=_float(row, "rms"),
            minimum_distance=_float(row, "dmin"),
        )
    status = _text(row, "status")
    if status in ("automatic", "reviewed"):
        origin.evaluation_mode = "automatic" if status == "automatic" else "manual"
    if status in ("reviewed", "deleted"):
        origin.evaluation_status = "reviewed" if status == "reviewed" else "rejected"
    return origin


def _uncertain(origin: Any, kilometres: float | None) -> None:
    """Say how well the epicentre is known, in metres."""
    from obspy.core.event import OriginUncertainty

    if kilometres is not None:
        origin.origin_uncertainty = OriginUncertainty(
            horizontal_uncertainty=round(1000 * kilometres, 3),
            preferred_description="horizontal uncertainty",
        )


def _magnitude(row: Mapping[Any, Any], ident: str, agency: str) -> Any:
    """Make the magnitude; None where it is unknown."""
    from obspy.core.event import CreationInfo, Magnitude, QuantityError

    size, spread, count = _float(row, "mag"), _float(row, "magError"), _float(row, "magNst")
    if size is None:
        return None
    magnitude = Magnitude(
        resource_id=f"smi:local/magnitude/{ident}",
        mag=size,
        magnitude_type=_text(row, "magType") or None,
        station_count=None if count is None else int(count),
        creation_info=CreationInfo(agency_id=_text(row, "magSource") or agency),
    )
    if spread is not None:
        magnitude.mag_errors = QuantityError(uncertainty=spread)
    return magnitude


def _type(given: str) -> tuple[str, str]:
    """Type of QuakeML, and the given word where QuakeML does not know it.

    >>> _type("Quarry_Blast"), _type(""), _type("kaboom")
    (('quarry blast', ''), ('earthquake', ''), ('other event', 'kaboom'))
    """
    from obspy.core.event.header import EventType

    word = given.strip().lower().replace("_", " ") or "earthquake"
    known = word in {str(kind) for kind in EventType}
    return (word, "") if known else ("other event", given)


def _unique(name: str, seen: Counter[str]) -> str:
    """Give a name that no other event of the file has."""
    seen[name] += 1
    if seen[name] == 1:
        return name
    return _unique(f"{name}_{seen[name]}", seen)


def _name(text: str) -> str:
    """Write an identifier with the letters that QuakeML allows in one."""
    return NAME.sub("_", text)[:80] or "_"


def _text(row: Mapping[Any, Any], name: str) -> str:
    value = row.get(name)
    return value if isinstance(value, str) else ""


def _float(row: Mapping[Any, Any], name: str) -> float | None:
    value = row.get(name)
    if value is None or pd.isna(value) or not math.isfinite(value):
        return None
    return float(str(value)) if isinstance(value, np.float32) else float(value)


def _moment(value: Any) -> Any:
    """Moment of obspy; None where it is missing."""
    from obspy import UTCDateTime

    if value is None or pd.isna(value):
        return None
    stamp = pd.Timestamp(value)
    stamp = stamp if stamp.tz is None else stamp.tz_convert("UTC").tz_localize(None)
    microseconds = stamp.to_datetime64().astype("datetime64[us]").astype(np.int64)
    return UTCDateTime(ns=1000 * int(microseconds))  # years long ago do not fit nanoseconds
