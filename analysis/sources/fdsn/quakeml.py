"""Events told in QuakeML, read by ObsPy."""

from __future__ import annotations

import io
import re
import warnings
from typing import Any
from urllib.parse import parse_qs, urlsplit

from analysis.sources.fdsn.errors import IncompleteAnswerError, UnreadableAnswerError
from analysis.sources.fdsn.features import Parsed
from analysis.sources.fdsn.rows import Judge


def parse_quakeml(body: bytes | str, *, agency: str = "", source: str = "") -> Parsed:
    """Read QuakeML 1.2: of each event the preferred origin and magnitude, else the first ones.

    Parameters
    ----------
    body : bytes or str
        As it came. Declarations of document types and entities are refused.
    agency : str
        Who told it.
    source : str
        For the column ``source``.

    Returns
    -------
    events, rejected : pandas.DataFrame
        As `parse_usgs_geojson`. ``id`` is the last part of the event's resource name.

    Raises
    ------
    UnreadableAnswerError, IncompleteAnswerError
        As `parse_usgs_geojson`.
    """
    data = body.encode() if isinstance(body, str) else body
    start = data[:4000].lstrip().lower()
    if not start:
        raise IncompleteAnswerError("The answer broke off.")
    if b"quakeml" not in start or b"<!doctype" in data.lower() or b"<!entity" in data.lower():
        raise UnreadableAnswerError("The answer is no QuakeML.", text=_words(data))
    if b"quakeml>" not in data[-200:].lower():
        raise IncompleteAnswerError("The answer broke off.", text=_words(data))
    import obspy

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of single values: they are judged here
            catalog = obspy.read_events(io.BytesIO(data), format="QUAKEML")
    except Exception as error:  # whatever a reader of foreign files raises
        message = f"The answer cannot be read as QuakeML: {error}."
        raise UnreadableAnswerError(message, text=_words(data)) from error
    judge = Judge(zone=False)
    for event in catalog:
        record = _record(event)
        judge.add(record, {name: value for name, value in record.items() if value is not None})
    return judge.verdict(agency=agency, source=source)


def event_name(resource: str) -> str:
    """Return the id of an event within the resource name of QuakeML.

    Parameters
    ----------
    resource : str
        For example ``smi:org.gfz-potsdam.de/geofon/gfz2020abcd``.

    Returns
    -------
    str
        The value of ``eventid`` or ``evid``, else what stands after the last slash.

    Examples
    --------
    >>> event_name("smi:org.gfz-potsdam.de/geofon/gfz2020abcd")
    'gfz2020abcd'
    >>> event_name("quakeml:earthquake.usgs.gov/fdsnws/event/1/query?eventid=us1&format=quakeml")
    'us1'
    >>> event_name("smi:ISC/evid=600123")
    '600123'
    """
    asked = parse_qs(urlsplit(resource).query)
    for name in ("eventid", "evid", "eventId"):
        if asked.get(name):
            return asked[name][0]
    return re.split(r"[/=]", resource.rstrip("/"))[-1]


def _record(event: Any) -> dict[str, Any]:
    origin = event.preferred_origin() or (event.origins[0] if event.origins else None)
    magnitude = event.preferred_magnitude()
    if magnitude is None and event.magnitudes:
        magnitude = event.magnitudes[0]
    return {
        "id": event_name(str(event.resource_id.id)) if event.resource_id else None,
        "type": str(event.event_type) if event.event_type else None,
        "place": next((one.text for one in event.event_descriptions if one.text), None),
        "updated": _latest(event, origin, magnitude),
        **_origin(origin),
        "mag": getattr(magnitude, "mag", None),
        "magType": getattr(magnitude, "magnitude_type", None),
        "magError": _get(magnitude, "mag_errors", "uncertainty"),
        "magNst": getattr(magnitude, "station_count", None),
        "magSource": _get(magnitude, "creation_info", "agency_id"),
    }


def _origin(origin: Any) -> dict[str, Any]:
    who = _get(origin, "creation_info", "agency_id")
    time = getattr(origin, "time", None)
    stations = _get(origin, "quality", "used_station_count")
    phases = _get(origin, "quality", "used_phase_count")
    return {
        "time": str(time) if time is not None else None,
        "longitude": getattr(origin, "longitude", None),
        "latitude": getattr(origin, "latitude", None),
        "depth": _km(getattr(origin, "depth", None)),
        "status": _status(origin),
        "depthError": _km(_get(origin, "depth_errors", "uncertainty")),
        "horizontalError": _km(_get(origin, "origin_uncertainty", "horizontal_uncertainty")),
        "nst": phases if stations is None else stations,
        "rms": _get(origin, "quality", "standard_error"),
        "gap": _get(origin, "quality", "azimuthal_gap"),
        "dmin": _get(origin, "quality", "minimum_distance"),
        "net": str(who).lower() if who else None,
        "locationSource": who,
    }


def _status(origin: Any) -> str:
    stage = str(getattr(origin, "evaluation_status", None) or "")
    if stage in ("reviewed", "final", "confirmed"):
        return "reviewed"
    mode = str(getattr(origin, "evaluation_mode", None) or "")
    return {"manual": "reviewed", "automatic": "automatic"}.get(mode, "")


def _latest(*parts: Any) -> str | None:
    moments = [_get(part, "creation_info", "creation_time") for part in parts]
    known = [moment for moment in moments if moment is not None]
    return str(max(known)) if known else None


def _get(thing: Any, *names: str) -> Any:
    for name in names:
        thing = getattr(thing, name, None)
        if thing is None:
            return None
    return thing


def _km(metres: Any) -> Any:
    return metres / 1000.0 if isinstance(metres, int | float) else metres


def _words(data: bytes) -> str:
    return data[:4000].decode("utf-8", "replace")
