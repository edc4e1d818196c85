"""The one table of events: its columns, and any reasonable table brought to it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import pandas as pd

from analysis.sources.circle import wrap_longitude

TEXT: Final = "str"
NUMBER: Final = "float64"
FLAG: Final = "bool"
MOMENT: Final = "datetime64[us]"

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
    table : pandas.DataFrame or mapping of columns
        (n) rows, for example a CSV of the USGS as ``pandas.read_csv`` reads it, the columns of
        FDSN text, or events of a database. Other spellings are understood, whatever their case:
        ``lon``, ``lat``, ``magnitude``, ``sig``, ``magtype``, ``eventtype``, ``evtype``,
        ``EventID``, ``Depth/km``, ... The time may stand in the columns year, month, day, hour,
        minute and second. A name of the table itself goes before another spelling.
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
        -360 to 720 is no longitude and stays as it is. ``magType`` is in lower case, ``type`` in
        words of QuakeML in lower case, ``ids`` with commas round each. Missing: NaN, NaT, and
        "" for an unknown ``status``.

    Raises
    ------
    ValueError
        The columns time, longitude or latitude are absent, a name stands twice, or a value is no
        time or no number; the message names it.

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
    frame = table if isinstance(table, pd.DataFrame) else pd.DataFrame(table)
    found = _spelling(frame)
    if "time" not in found:
        frame = _dated(frame)
        found = _spelling(frame)
    absent = [name for name in _NEEDED if name not in found]
    if absent:
        names = ", ".join(map(str, frame.columns)) or "none"
        msg = f"The table of events has no column {' and '.join(absent)}; its columns: {names}."
        raise ValueError(msg)
    columns: dict[Any, Any] = {}
    defaults = {"agency": agency, "source": source, "simulated": simulated}
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
    words = values.astype(TEXT).str.lower().str.replace("_", " ").str.strip()
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
        plain = "".join(sign for sign in str(column).lower() if sign.isalnum())
        name = _PLAIN.get(plain) or _ALIASES.get(plain)
        if name:
            found.setdefault(name, column)
    return found


def _dated(frame: pd.DataFrame) -> pd.DataFrame:
    """Put a time together from the columns year, month, day, and hour, minute, second if any."""
    parts = {str(name).lower(): frame[name] for name in frame.columns}
    if not {"year", "month", "day"} <= set(parts):
        return frame
    known = [name for name in ("year", "month", "day", "hour", "minute", "second") if name in parts]
    given = pd.DataFrame({name: _numbers(parts[name], name) for name in known}, index=frame.index)
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
        return _times(values, name)
    if kind == FLAG:
        return _flags(values, name)
    if kind == NUMBER:
        numbers = _numbers(values, name)
        return _wrapped(numbers) if name == "longitude" else numbers
    if name == "type":
        return event_types(values)
    text = _text(values)
    if name == "magType":
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


def _times(values: pd.Series, name: str) -> pd.Series:
    if pd.api.types.is_numeric_dtype(values.dtype):
        moments = pd.to_datetime(values.astype(NUMBER).round(), unit="ms")
        return moments.astype(MOMENT)
    if values.dtype.kind == "M":
        if values.dt.tz is not None:
            values = values.dt.tz_convert("UTC").dt.tz_localize(None)
        return values.astype(MOMENT)
    blank = _blank(values)
    read = pd.to_datetime(values.mask(blank), utc=True, format="ISO8601", errors="coerce")
    _refuse(values, read.isna() & ~blank, name, "a time such as 2020-01-01T00:00:00Z")
    return read.dt.tz_localize(None).astype(MOMENT)


def _numbers(values: pd.Series, name: str) -> pd.Series:
    if values.dtype == NUMBER:
        return values
    read = pd.to_numeric(values, errors="coerce")
    _refuse(values, read.isna() & ~_blank(values), name, "a number")
    return read.astype(NUMBER)


def _flags(values: pd.Series, name: str) -> pd.Series:
    if values.dtype == bool:
        return values
    words = {"true": 1.0, "yes": 1.0, "t": 1.0, "false": 0.0, "no": 0.0, "f": 0.0}
    if not pd.api.types.is_numeric_dtype(values.dtype):
        values = values.map(lambda one: words.get(str(one).strip().lower(), one))
    return _numbers(values, name).fillna(0.0).ne(0.0)


def _text(values: pd.Series) -> pd.Series:
    if pd.api.types.is_float_dtype(values.dtype) and (values.dropna() % 1 == 0).all():
        values = values.astype("Int64")  # whole numbers beside gaps: an id of 7 is no 7.0
    text = values.astype(TEXT).str.strip()
    return text.mask(text == "")


def _blank(values: pd.Series) -> pd.Series:
    return values.isna() | (values.astype(TEXT).str.strip() == "")


def _wrapped(longitude: pd.Series) -> pd.Series:
    turned = (longitude < -180) | (longitude >= 180)
    turned &= longitude.between(-360, 720)
    if not turned.any():
        return longitude
    return longitude.mask(turned, pd.Series(wrap_longitude(longitude), index=longitude.index))


def _refuse(values: pd.Series, wrong: pd.Series, name: str, allowed: str) -> None:
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        msg = (
            f"The column {name!r} of events holds {values.iloc[row]!r} in row {row}, "
            f"and {int(wrong.sum())} such values in all; give {allowed}."
        )
        raise ValueError(msg)
