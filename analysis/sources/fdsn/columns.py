"""The one table of events: its columns, and any reasonable table brought to it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import pandas as pd

from analysis.sources.fdsn.frames import placed, plain_frame
from analysis.sources.fdsn.values import (
    FLAG,
    MOMENT,
    NUMBER,
    TEXT,
    read_flags,
    read_numbers,
    read_text,
    read_times,
    readable_text,
    wrapped,
)

__all__ = [
    "EVENT_COLUMNS",
    "FLAG",
    "MOMENT",
    "NUMBER",
    "TEXT",
    "as_events",
    "event_frame",
    "event_types",
]


EVENT_COLUMNS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "id": TEXT,
        "agency": TEXT,
        "time": MOMENT,
        "updated": MOMENT,
        "longitude": NUMBER,
        "latitude": NUMBER,
        "depth": NUMBER,
        "mag": NUMBER,
        "magType": TEXT,
        "place": TEXT,
        "type": TEXT,
        "status": TEXT,
        "alert": TEXT,
        "tsunami": FLAG,
        "significance": NUMBER,
        "net": TEXT,
        "code": TEXT,
        "ids": TEXT,
        "sources": TEXT,
        "felt": NUMBER,
        "cdi": NUMBER,
        "mmi": NUMBER,
        "nst": NUMBER,
        "dmin": NUMBER,
        "rms": NUMBER,
        "gap": NUMBER,
        "horizontalError": NUMBER,
        "depthError": NUMBER,
        "magError": NUMBER,
        "magNst": NUMBER,
        "locationSource": TEXT,
        "magSource": TEXT,
        "url": TEXT,
        "source": TEXT,
        "simulated": FLAG,
    }
)
"""Column -> its dtype, in the order of the table. Depth and horizontal error are in km, the
errors of depth in km too, `dmin` in degrees, `rms` in seconds, `gap` in degrees."""

# other spellings, without case, blanks and signs
_ALIASES: Final = {
    "eventid": "id",
    "unid": "id",
    "origintime": "time",
    "timestring": "time",
    "timeutc": "time",
    "datetime": "time",
    "lastupdate": "updated",
    "lon": "longitude",
    "long": "longitude",
    "lat": "latitude",
    "depthkm": "depth",
    "magnitude": "mag",
    "m": "mag",
    "magnitudetype": "magType",
    "flynnregion": "place",
    "eventlocationname": "place",
    "eventtype": "type",
    "evtype": "type",
    "sig": "significance",
    "author": "locationSource",
    "auth": "locationSource",
    "magauthor": "magSource",
}
_PLAIN: Final = {name.lower(): name for name in EVENT_COLUMNS}
_NEEDED: Final = ("time", "longitude", "latitude")

# second letters of the types of ISF and EMSC (Storchak et al. 2012); the first is how sure it is
_LETTERS: Final = {
    "e": "earthquake",
    "r": "rock burst",
    "i": "induced or triggered event",
    "m": "mining explosion",
    "h": "chemical explosion",
    "x": "experimental explosion",
    "n": "nuclear explosion",
}
_CODES: Final = {
    **{sure + kind: name for sure in "ksfdu" for kind, name in _LETTERS.items()},
    "ls": "landslide",
}
_CODES.pop("ue")  # nobody knows whether it is one


def as_events(
    table: Any,
    *,
    agency: str | None = None,
    source: str | None = None,
    simulated: bool | None = None,
    fill: bool = True,
) -> pd.DataFrame:
    """Bring any reasonable table of earthquakes to the columns and types of `EVENT_COLUMNS`.

    Parameters
    ----------
    table : pandas.DataFrame, mapping of columns, or another table
        (n) rows, for example a CSV of the USGS as ``pandas.read_csv`` reads it, the columns of
        FDSN text, or events of a database. Other spellings are understood, whatever their case:
        ``lon``, ``lat``, ``magnitude``, ``sig``, ``magtype``, ``eventtype``, ``evtype``,
        ``EventID``, ``Depth/km``, ... The time may stand in the columns year, month, day, hour,
        minute and second. A name of the table itself goes before another spelling. Also points
        of geopandas, GeoJSON with or without ``pandas.json_normalize``, tables of dask (they are
        computed) and of `EventDatabase`; a named index may hold the time, the place or the id.
    agency, source : str, optional
        What to write where the table says nothing in these columns.
    simulated : bool, optional
        The same for a table without the column ``simulated``; otherwise False.
    fill : bool
        False leaves out the columns that the table lacks.

    Returns
    -------
    pandas.DataFrame
        (n) rows in the order given with the index given: the columns of `EVENT_COLUMNS`, then
        all others untouched. Times are UTC without a zone: a zone is converted, text without one
        is UTC, numbers are milliseconds since 1970. Longitudes are in [-180, 180); one beyond
        -360 to 720 is no longitude and stays as it is. ``agency`` and ``magType`` are in lower
        case, ``type`` in
        words of QuakeML in lower case, ``ids`` with commas round each. Missing: NaN, NaT, and
        "" for an unknown ``status``.

    Raises
    ------
    ValueError
        It is no table, the columns time, longitude or latitude are absent, a name stands twice,
        or a value is no time or no number, as years and seconds since 1970 in a column of
        numbers are none; the message names it.

    Examples
    --------
    Rows are neither lost nor moved, and what has been done once changes nothing when done again:

    >>> raw = pd.DataFrame(
    ...     {"time": ["2020-01-01T06:00:00+06:00"], "lat": [43.2], "lon": [-283.5], "mag": ["5.1"]},
    ...     index=["almaty"],
    ... )
    >>> events = as_events(raw)
    >>> str(events.loc["almaty", "time"]), float(events.loc["almaty", "longitude"])
    ('2020-01-01 00:00:00', 76.5)
    >>> as_events(events).equals(events)
    True
    """
    frame = event_frame(table)
    found = _spelling(frame)
    columns: dict[Any, Any] = {}
    who = None if agency is None else agency.strip().lower()
    defaults = {"agency": who, "source": source, "simulated": simulated}
    for name, kind in EVENT_COLUMNS.items():
        if name in found:
            values = _convert(frame[found[name]], name, kind)
            if defaults.get(name) is not None and kind == TEXT:
                values = values.fillna(defaults[name])
            columns[name] = values
        elif fill or defaults.get(name) is not None:
            columns[name] = _absent(name, kind, defaults.get(name), columns, frame.index)
    taken = set(found.values())
    columns |= {name: frame[name] for name in frame.columns if name not in taken}
    events = pd.DataFrame(columns, index=frame.index)
    events.attrs = dict(frame.attrs)
    return events


def event_frame(table: Any) -> pd.DataFrame:
    """Bring any reasonable table of earthquakes to one with columns of time and place.

    No value is read: what `as_events` finds in a table it finds in this one, and every value of
    events stands in a column.

    Parameters
    ----------
    table : pandas.DataFrame, mapping of columns, or another table
        (n) rows, as `as_events` takes them.

    Returns
    -------
    pandas.DataFrame
        (n) rows with the index given.

    Raises
    ------
    ValueError
        It is no table, has no time or place, or a name stands twice.

    Examples
    --------
    >>> raw = pd.DataFrame({"lon": [1.0], "lat": [2.0]}, index=pd.Index(["2020"], name="Time"))
    >>> event_frame(raw).columns.tolist()
    ['lon', 'lat', 'Time']
    """
    frame = plain_frame(table)
    found = _spelling(frame)
    if "longitude" not in found and "latitude" not in found:
        frame = placed(frame, depth="depth" not in found)
        found = _spelling(frame)
    for level, label in enumerate(frame.index.names):
        name = None if label is None else _known(label)
        if name in (*_NEEDED, "id") and name not in found and label not in frame.columns:
            values = frame.index.get_level_values(level)
            frame = frame.assign(**{str(label): pd.Series(values, index=frame.index)})
            found = _spelling(frame)
    if "time" not in found:
        frame = _dated(frame)
        found = _spelling(frame)
    absent = [name for name in _NEEDED if name not in found]
    if absent:
        names = ", ".join(map(str, frame.columns)) or "none"
        msg = f"The table of events has no column {' and '.join(absent)}; its columns: {names}."
        raise ValueError(msg)
    return frame


def event_types(values: pd.Series) -> pd.Series:
    """Bring event types to the words of QuakeML in lower case; unknown ones stay as they are.

    Parameters
    ----------
    values : pandas.Series
        Words ("Quarry_Blast") or the two letters of ISF and EMSC ("ke", "sm").

    Returns
    -------
    pandas.Series
        Text; NaN where nothing stands.

    Examples
    --------
    >>> event_types(pd.Series(["Quarry_Blast", "ke", "sm", "uk", ""])).tolist()
    ['quarry blast', 'earthquake', 'mining explosion', 'uk', nan]
    """
    words = readable_text(values).str.lower().str.replace("_", " ").str.strip()
    known = set(words.dropna().unique())
    codes: Any = {code: _CODES[code] for code in known & set(_CODES)}
    return words.mask(words == "").replace(codes)


def _spelling(frame: pd.DataFrame) -> dict[str, Any]:
    """Name in the table of events -> name in the frame."""
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        msg = f"The column {twice[0]!r} stands twice in the table of events."
        raise ValueError(msg)
    found: dict[str, Any] = {name: name for name in EVENT_COLUMNS if name in frame.columns}
    for column in frame.columns:
        if column in found:
            continue
        name = _known(column)
        if name:
            found.setdefault(name, column)
    return found


def _known(label: Any) -> str | None:
    plain = "".join(sign for sign in str(label).lower() if sign.isalnum())
    return _PLAIN.get(plain) or _ALIASES.get(plain)


def _dated(frame: pd.DataFrame) -> pd.DataFrame:
    """Put a time together from the columns year, month, day, and hour, minute, second if any."""
    parts = {str(name).lower(): frame[name] for name in frame.columns}
    if not {"year", "month", "day"} <= set(parts):
        return frame
    known = [name for name in ("year", "month", "day", "hour", "minute", "second") if name in parts]
    given = pd.DataFrame(
        {name: read_numbers(parts[name], name) for name in known}, index=frame.index
    )
    seconds = given.pop("second").fillna(0.0) if "second" in given else 0.0
    try:
        whole: Any = pd.to_datetime(given)
    except ValueError as error:
        raise ValueError(
            f"The columns {', '.join(known)} of events are no dates: {error}"
        ) from None
    return frame.assign(time=whole.astype(MOMENT) + pd.to_timedelta(seconds, unit="s"))


def _convert(values: pd.Series, name: str, kind: str) -> Any:
    """Bring one column to its type."""
    if kind == MOMENT:
        return read_times(values, name)
    if kind == FLAG:
        return read_flags(values, name)
    if kind == NUMBER:
        numbers = read_numbers(values, name)
        return wrapped(numbers) if name == "longitude" else numbers
    if name == "type":
        return event_types(values)
    text = read_text(values)
    if name in ("magType", "agency"):
        text = text.str.lower()
    if name == "status":
        text = text.str.lower().fillna("")
    return text


def _absent(
    name: str, kind: str, default: Any, columns: Mapping[str, Any], index: pd.Index
) -> pd.Series:
    """Make a column that the table lacks."""
    if name == "ids" and "id" in columns:
        return "," + columns["id"] + ","
    if default is None:
        default = {TEXT: np.nan, NUMBER: np.nan, MOMENT: pd.NaT, FLAG: False}[kind]
        default = "" if name == "status" else default
    return pd.Series(default, index=index, dtype=kind)
