"""Events told as lines of text: CSV of the USGS, and the text of FDSN."""

from __future__ import annotations

import csv
import io
from typing import Any, Final

from analysis.sources.fdsn.errors import IncompleteAnswerError, UnreadableAnswerError
from analysis.sources.fdsn.features import Parsed
from analysis.sources.fdsn.rows import Judge

_NEEDED: Final = ("id", "time", "latitude", "longitude", "mag")
_TEXT: Final = (
    "EventID|Time|Latitude|Longitude|Depth/km|Author|Catalog|Contributor|ContributorID|MagType|"
    "Magnitude|MagAuthor|EventLocationName"
)
_NAMES: Final = {
    "eventid": "id",
    "time": "time",
    "latitude": "latitude",
    "longitude": "longitude",
    "depth/km": "depth",
    "author": "locationSource",
    "catalog": "catalog",
    "contributor": "net",
    "contributorid": "code",
    "magtype": "magType",
    "magnitude": "mag",
    "magauthor": "magSource",
    "eventlocationname": "place",
    "eventtype": "type",
}


def parse_usgs_csv(
    body: bytes | str, *, source: str = "earthquakes_usgs", tombstones: bool = False
) -> Parsed:
    """Read CSV of the USGS: 22 columns, with or without a byte order mark.

    Parameters
    ----------
    body : bytes or str
        With the line of names.
    source, tombstones
        As `parse_usgs_geojson`.

    Returns
    -------
    events, rejected : pandas.DataFrame
        As `parse_usgs_geojson`. CSV tells the errors of place, depth and magnitude, and not
        ``ids``, ``alert``, ``tsunami``, ``significance``, ``felt``, ``cdi``, ``mmi``.

    Raises
    ------
    UnreadableAnswerError, IncompleteAnswerError
        As `parse_usgs_geojson`.

    Examples
    --------
    >>> names = "time,latitude,longitude,depth,mag,magType,net,id,type"
    >>> good = "2013-01-01T03:51:13.000Z,-20.8,-69.7,56.1,5.1,mb,us,us1,earthquake"
    >>> events, rejected = parse_usgs_csv(names + chr(10) + good + chr(10) + good[:50])
    >>> events["code"].tolist(), rejected["reason"].tolist()
    (['1'], ['wrong number of fields'])
    """
    text = _plain(body)
    reader = csv.reader(io.StringIO(text, newline=""))
    judge = Judge(tombstones=tombstones)
    try:
        names = [name.strip() for name in next(reader, [])]
        if any(name not in names for name in _NEEDED):
            raise UnreadableAnswerError("The answer is no CSV of events.", text=text)
        for fields in reader:
            if not fields:
                continue
            if len(fields) != len(names):
                value = f"{len(fields)} of {len(names)}"
                judge.refuse("wrong number of fields", fields, value=value)
                continue
            raw = dict(zip(names, fields, strict=True))
            judge.add(_usgs(raw, tombstones), raw)
    except csv.Error as error:
        raise UnreadableAnswerError(f"The answer is no CSV: {error}.", text=text) from error
    return judge.verdict(agency="usgs", source=source)


def _usgs(raw: dict[str, str], tombstones: bool) -> dict[str, Any]:
    net, name = raw.get("net", ""), raw["id"]
    code = name.removeprefix(net) if net else None
    record: dict[str, Any] = {**raw, "code": code, "type": raw.get("type") or "earthquake"}
    return {**record, "status": "deleted"} if tombstones else record


def parse_fdsn_text(body: bytes | str, *, agency: str = "", source: str = "") -> Parsed:
    """Read the text of FDSN, with or without blanks round the bars; times without zone are UTC.

    Parameters
    ----------
    body : bytes or str
        With or without the line of names.
    agency : str
        Who told it.
    source : str
        For the column ``source``.

    Returns
    -------
    events, rejected : pandas.DataFrame
        As `parse_usgs_geojson`. The text has neither ``updated`` nor, mostly, the type.

    Raises
    ------
    UnreadableAnswerError, IncompleteAnswerError
        As `parse_usgs_geojson`.

    Examples
    --------
    >>> line = "2844986|2010-02-27T06:35:14|-35.98|-73.15|23.2|GCMT|GCMT||C20|MW|8.8||CHILE | COAST"
    >>> events, _ = parse_fdsn_text(line, agency="iris")
    >>> events.loc[0, ["id", "magType", "place"]].tolist()
    ['2844986', 'mw', 'CHILE | COAST']
    """
    text = _plain(body)
    lines = [line.rstrip("\r") for line in text.strip("\r\n").split("\n")]
    names = _TEXT.split("|")
    if "|" not in lines[0]:
        raise UnreadableAnswerError("The answer is no FDSN text.", text=text)
    if lines[0].startswith("#") or "latitude" in lines[0].lower():
        names, lines = lines[0].lstrip("#").split("|"), lines[1:]
    known = [_NAMES.get(name.strip().lower(), "") for name in names]
    if "id" not in known or "time" not in known:
        raise UnreadableAnswerError("The answer is no FDSN text.", text=text)
    last = known[-1] == "place"
    judge = Judge(zone=False)
    for line in lines:
        if not line.strip() or line.startswith("#"):
            continue
        # a name of a place may have bars of its own
        fields = [one.strip() for one in line.split("|", len(known) - 1 if last else -1)]
        if len(fields) != len(known):
            value = f"{len(fields)} of {len(known)}"
            judge.refuse("wrong number of fields", line, value=value)
            continue
        record = {name: one for name, one in zip(known, fields, strict=True) if name}
        judge.add(record, dict(zip(names, fields, strict=True)))
    return judge.verdict(agency=agency, source=source)


def _plain(body: bytes | str) -> str:
    text = body.decode("utf-8-sig", "replace") if isinstance(body, bytes) else body
    text = text.removeprefix("﻿")
    if not text.strip():
        raise IncompleteAnswerError("The answer broke off.")
    if text.lstrip().startswith(("<", "{")):
        raise UnreadableAnswerError("The answer is no text of events.", text=text)
    return text
