"""Events told as features of JSON: by the USGS and by EMSC."""

from __future__ import annotations

import json
from typing import Any, Final

import pandas as pd

from analysis.sources.fdsn.errors import IncompleteAnswerError, UnreadableAnswerError
from analysis.sources.fdsn.rows import Judge

Parsed = tuple[pd.DataFrame, pd.DataFrame]

_USGS: Final = (
    *("mag", "time", "updated", "magType", "place", "type", "status", "alert", "tsunami", "net"),
    *("code", "ids", "sources", "felt", "cdi", "mmi", "nst", "dmin", "rms", "gap", "url"),
)


def parse_usgs_geojson(
    body: bytes | str | dict[str, Any],
    *,
    source: str = "earthquakes_usgs",
    tombstones: bool = False,
) -> Parsed:
    """Read GeoJSON of the USGS: an answer of its event service, or a summary feed.

    Parameters
    ----------
    body : bytes, str or dict
        A FeatureCollection, or one Feature as the service tells it for an ``eventid``; a dict is
        read JSON.
    source : str
        For the column ``source``.
    tombstones : bool
        The features tell deleted events: they need an id and nothing else, and have the status
        ``deleted``.

    Returns
    -------
    events, rejected : pandas.DataFrame
        Events in the columns of `EVENT_COLUMNS`; rejected rows with row, id, reason, value, raw.

    Raises
    ------
    UnreadableAnswerError
        It is no GeoJSON, for example a page of HTML.
    IncompleteAnswerError
        It ends before its end.

    Examples
    --------
    >>> feature = {
    ...     "id": "us1",
    ...     "properties": {"mag": 5.1, "time": 0, "type": ""},
    ...     "geometry": {"coordinates": [76.9, 43.2, 10.0]},
    ... }
    >>> broken = {**feature, "geometry": {"coordinates": [76.9, 143.2, 10.0]}}
    >>> told = json.dumps({"type": "FeatureCollection", "features": [broken, feature]})
    >>> events, rejected = parse_usgs_geojson(told)
    >>> events["type"].tolist(), rejected[["row", "reason"]].values.tolist()
    (['earthquake'], [[0, 'latitude out of range']])
    """
    judge = Judge(tombstones=tombstones)
    document = body if isinstance(body, dict) else load_json(body)
    for feature in features(document, body if not isinstance(body, dict) else str(body)):
        read = _parts(feature)
        if read is None:
            about = feature.get("id") if isinstance(feature, dict) else None
            judge.refuse("not an event", feature, event=about)
            continue
        properties, place = read
        record = {name: properties.get(name) for name in _USGS}
        record["significance"] = properties.get("sig")
        record["id"] = feature.get("id")
        record |= dict(zip(("longitude", "latitude", "depth"), place, strict=False))
        record["type"] = properties.get("type") or "earthquake"
        if tombstones:
            record["status"] = "deleted"
        judge.add(record, feature)
    return judge.verdict(agency="usgs", source=source)


def parse_emsc_json(body: bytes | str, *, source: str = "earthquakes_emsc") -> Parsed:
    """Read JSON of EMSC: an answer of its event service, one event, or a message of its socket.

    The depth is that of the properties: in the geometry it is negative. Totals of the answer are
    not looked at, for they are often wrong.

    Parameters
    ----------
    body : bytes or str
        A FeatureCollection, a Feature, or ``{"action": ..., "data": Feature}``.
    source : str
        For the column ``source``.

    Returns
    -------
    events, rejected : pandas.DataFrame
        As `parse_usgs_geojson`.

    Raises
    ------
    UnreadableAnswerError, IncompleteAnswerError
        As `parse_usgs_geojson`.

    Examples
    --------
    >>> told = {
    ...     "unid": "20250305_0000090",
    ...     "time": "2025-03-05T09:45:07.0Z",
    ...     "mag": 1.4,
    ...     "lon": 28.5,
    ...     "lat": 40.1,
    ...     "depth": 7.0,
    ...     "evtype": "ke",
    ...     "magtype": "ML",
    ... }
    >>> where = {"coordinates": [28.5, 40.1, -7.0]}
    >>> events, _ = parse_emsc_json(
    ...     json.dumps({"type": "Feature", "properties": told, "geometry": where})
    ... )
    >>> float(events.loc[0, "depth"]), events.loc[0, "type"], events.loc[0, "magType"]
    (7.0, 'earthquake', 'ml')
    """
    document = load_json(body)
    if isinstance(document, dict) and isinstance(document.get("data"), dict):
        document = document["data"]
    judge = Judge()
    for feature in features(document, body):
        properties = feature.get("properties") if isinstance(feature, dict) else None
        if not isinstance(properties, dict):
            about = feature.get("id") if isinstance(feature, dict) else None
            judge.refuse("not an event", feature, event=about)
            continue
        judge.add(_emsc(feature, properties), feature)
    return judge.verdict(agency="emsc", source=source)


def _emsc(feature: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    where = (_parts(feature) or ({}, []))[1] + [None] * 3
    depth = told.get("depth")
    if depth is None and isinstance(where[2], int | float):
        depth = -where[2]
    who = told.get("auth")
    low = str(who).lower() if who else None
    return {
        "id": told.get("unid") or feature.get("id"),
        "time": told.get("time"),
        "updated": told.get("lastupdate"),
        "longitude": told["lon"] if told.get("lon") is not None else where[0],
        "latitude": told["lat"] if told.get("lat") is not None else where[1],
        "depth": depth,
        "mag": told.get("mag"),
        "magType": told.get("magtype"),
        "place": told.get("flynn_region"),
        "type": told.get("evtype"),
        "net": low,
        "code": told.get("source_id"),
        "sources": f",{low}," if low else None,
        "locationSource": low,
        "magSource": low,
    }


def load_json(body: bytes | str) -> Any:
    """Read JSON, and say what came instead where it is none.

    Parameters
    ----------
    body : bytes or str
        As it came.

    Returns
    -------
    object
        What stands in it.

    Raises
    ------
    UnreadableAnswerError
        It is something else, for example HTML; the message has its first words.
    IncompleteAnswerError
        It is empty or breaks off.

    Examples
    --------
    >>> load_json(b'{"count": 1}')
    {'count': 1}
    >>> load_json("<html>Log in</html>")
    Traceback (most recent call last):
    ...
    analysis.sources.fdsn.errors.UnreadableAnswerError: The answer is no JSON. ('Log in')
    """
    try:
        text = body.decode("utf-8-sig") if isinstance(body, bytes) else body
        return json.loads(text)
    except RecursionError:
        raise UnreadableAnswerError("The answer is no JSON of events.", text=_head(body)) from None
    except ValueError as error:
        plain = _head(body).strip()
        if not plain or (plain[0] in "{[" and _tail(body) not in ("}", "]")):
            raise IncompleteAnswerError("The answer broke off.", text=plain) from error
        raise UnreadableAnswerError("The answer is no JSON.", text=plain) from error


def features(document: Any, body: bytes | str) -> list[Any]:
    """Return the features of a collection, or the one feature that a document is.

    Parameters
    ----------
    document : object
        As `load_json` gives it.
    body : bytes or str
        For the message.

    Returns
    -------
    list
        Features, whatever they are.

    Raises
    ------
    UnreadableAnswerError
        The document is neither a collection nor a feature.
    """
    if isinstance(document, dict):
        found = document.get("features")
        if isinstance(found, list):
            return found
        if document.get("type") == "Feature":
            return [document]
    raise UnreadableAnswerError("The answer is no collection of events.", text=_head(body))


def _parts(feature: Any) -> tuple[dict[str, Any], list[Any]] | None:
    """Return properties and coordinates, or None where a feature has none."""
    if not isinstance(feature, dict):
        return None
    properties, geometry = feature.get("properties"), feature.get("geometry")
    where = geometry.get("coordinates") if isinstance(geometry, dict) else None
    if not isinstance(properties, dict):
        return None
    return properties, list(where) if isinstance(where, list) else []


def _head(body: bytes | str) -> str:
    return body[:4000].decode("utf-8", "replace") if isinstance(body, bytes) else body[:4000]


def _tail(body: bytes | str) -> str:
    end = body[-100:]
    return (end.decode("utf-8", "replace") if isinstance(end, bytes) else end).strip()[-1:]
