"""Newest indices of NOAA's Space Weather Prediction Center: its JSON and its daily texts.

Layouts as the files at services.swpc.noaa.gov have them: ``products/noaa-planetary-k-index.json``,
``products/kyoto-dst.json``, ``json/f107_cm_flux.json``, ``products/10cm-flux-30-day.json`` (each a
table whose first row names the columns, or a list of objects), ``text/daily-geomagnetic-indices``
and ``text/daily-solar-indices``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import dask.dataframe as dd
import numpy as np
import pandas as pd
from intake.readers import datatypes
from intake.readers.readers import FileReader

from analysis.sources.ionosphere.dst import RANGE
from analysis.sources.ionosphere.lazytables import dates, empty_table, limited, open_tables
from analysis.sources.ionosphere.packed import unpack

NO_NEWEST: Final = empty_table(
    time="datetime64[ns]",
    kp="float32",
    ap_daily="float32",
    dst="float32",
    f107_observed="float32",
    sunspot_number="float32",
)
"""Columns of the table; those that a file does not tell are NaN. nT for Dst, sfu for F10.7."""

_NAMES: Final = {
    "kp": "kp",
    "kp_index": "kp",
    "estimated_kp": "kp",
    "dst": "dst",
    "flux": "f107_observed",
}
_BEST: Final = ("kp", "estimated_kp", "kp_index")
_LIMITS: Final = {
    "kp": (0.0, 9.0),
    "ap_daily": (0.0, 400.0),
    "dst": RANGE,
    "f107_observed": (30.0, 2000.0),
    "sunspot_number": (0.0, 1000.0),
}
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?|\*")


class SwpcReader(FileReader):
    """Reader for the catalogue: newest indices of NOAA, see `open_swpc`."""

    output_instance = "dask.dataframe:DataFrame"
    implements = {datatypes.JSONFile}  # noqa: RUF012 - Intake's way to say what a reader opens

    def _read(self, data: Any, **_: Any) -> dd.DataFrame:
        return open_swpc(data.url)


def open_swpc(paths: str | Path | Sequence[str | Path]) -> dd.DataFrame:
    """Open files of the newest Kp, Dst and F10.7.

    Parameters
    ----------
    paths : path, pattern, folder or sequence of them
        JSON or text, each of one kind.

    Returns
    -------
    dask.dataframe.DataFrame
        Columns as in `NO_NEWEST`; ``time`` is the beginning of the three hours (Kp), of the hour
        (Dst) or of the day.

    Raises
    ------
    ValueError
        There is no file; when values are asked for, also: the layout is unknown, or damaged.

    Notes
    -----
    These are estimates of the hour, replaced later by those of GFZ and Kyoto.

    Examples
    --------
    >>> open_swpc("nowhere/*.json")
    Traceback (most recent call last):
    ...
    ValueError: No file matches nowhere/*.json.
    """
    return open_tables(paths, read_swpc, NO_NEWEST)


def read_swpc(path: str | Path) -> pd.DataFrame:
    """Read one file at once.

    Parameters
    ----------
    path : str or pathlib.Path
        JSON or text.

    Returns
    -------
    pandas.DataFrame
        As `open_swpc`; units in ``attrs["units"]``.

    Raises
    ------
    ValueError
        As `open_swpc`.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "k.json"
    >>> size = path.write_text('[["time_tag", "Kp"], ["2024-05-11 00:00:00.000", "9.00"]]')
    >>> float(read_swpc(path)["kp"][0])
    9.0
    """
    text = unpack(path).decode("utf-8", errors="replace").lstrip("\ufeff \r\n")
    raw = _json(text) if text[:1] in "[{" else _text(text)
    table = pd.DataFrame({"time": raw["time"]})
    for name in NO_NEWEST.columns[1:]:
        values = raw[name] if name in raw else np.full(len(table), np.nan)
        table[name] = limited(values, *_LIMITS[name], name).astype(np.float32)
    table = table.sort_values("time", kind="stable", ignore_index=True)
    if table["time"].duplicated().any():
        table = table.drop_duplicates("time", keep="last", ignore_index=True)
    table.attrs["units"] = {"dst": "nT", "f107_observed": "sfu", "kp": "1"}
    return table


def _json(text: str) -> dict[str, Any]:
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"it is no JSON: {error}.") from None
    if isinstance(rows, list) and rows and isinstance(rows[0], list):
        head = [str(name) for name in rows[0]]
        if any(not isinstance(row, list) or len(row) != len(head) for row in rows):
            raise ValueError("a row has another length than the first; the file is damaged.")
        rows = [dict(zip(head, row, strict=True)) for row in rows[1:]]
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise ValueError("it is no table of NOAA: neither rows nor objects.")
    keys = {str(key).lower(): key for key in rows[0]}
    found = [name for name in _NAMES if name in keys]
    if "time_tag" not in keys or not found:
        raise ValueError(
            f"it has the columns {', '.join(map(str, rows[0])) or 'none'}; needed are time_tag and "
            "one of Kp, dst, flux."
        )
    out: dict[str, Any] = {"time": _times([row.get(keys["time_tag"]) for row in rows])}
    for name in found:
        if _NAMES[name] == "kp" and name != next(one for one in _BEST if one in keys):
            continue
        values = [row.get(keys[name]) for row in rows]
        out[_NAMES[name]] = np.array([_value(one) for one in values])
    return out


def _times(texts: Sequence[Any]) -> pd.DatetimeIndex:
    if not all(isinstance(one, str) for one in texts):
        raise ValueError("a time_tag is missing; the file is damaged.")
    try:
        moments = pd.to_datetime(pd.Series(texts, dtype=object), utc=True, format="ISO8601")
    except (ValueError, OverflowError) as error:
        raise ValueError(f"a time_tag is no time: {error}.") from None
    if moments.isna().any():
        raise ValueError("a time_tag is empty; the file is damaged.")
    return pd.DatetimeIndex(moments).tz_localize(None).as_unit("ns")


def _value(given: Any) -> float:
    """Make a number of a JSON value; null and the marks of NOAA for no value are NaN."""
    if given is None or isinstance(given, bool):
        return np.nan
    try:
        value = float(given)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{given!r} stands for a number; the file is damaged.") from None
    return np.nan if value in (-1.0, -999.0, 9999.0, -9999.0, -99999.0) else value


def _text(text: str) -> dict[str, Any]:
    """Read the daily texts; their first line says which of the two it is."""
    head = text[:2000].lower()
    rows = [line for line in text.splitlines() if re.match(r"^\d{4} \d\d \d\d\s", line)]
    if "daily geomagnetic data" in head:
        return _geomagnetic(rows)
    if "daily solar data" in head:
        return _solar(rows)
    raise ValueError(
        "it is no file of NOAA's indices: neither JSON, nor Daily Geomagnetic or Daily Solar Data."
    )


def _geomagnetic(rows: list[str]) -> dict[str, Any]:
    """Date, then for two stations and the planet: A, and K of eight parts of the day."""
    fields = [_fields(row, 30) for row in rows]
    midnight = _midnights(fields)
    hours = np.arange(0, 24, 3).astype("timedelta64[h]")
    planet = np.array([row[21:] for row in fields])
    return {
        "time": pd.DatetimeIndex((midnight[:, None] + hours).ravel()),
        "kp": planet[:, 1:].ravel(),
        "ap_daily": np.repeat(planet[:, 0], 8),
    }


def _solar(rows: list[str]) -> dict[str, Any]:
    """Date, radio flux, sunspot number; the rest is not read."""
    fields = [_fields(row, 5) for row in rows]
    table = np.array([row[:5] for row in fields])
    flux = np.where(table[:, 3] > 0, table[:, 3], np.nan)
    return {
        "time": pd.DatetimeIndex(_midnights(fields)),
        "f107_observed": flux,
        "sunspot_number": table[:, 4],
    }


def _midnights(fields: list[list[float]]) -> Any:
    if not fields:
        raise ValueError("it has no line of data.")
    return dates(*(np.array([row[k] for row in fields]) for k in range(3)))


def _fields(row: str, least: int) -> list[float]:
    """Numbers of a line; -1 may stick to its neighbour, * is no value."""
    words = _NUMBER.findall(row[:4] + " " + row[5:7] + " " + row[8:10]) + _NUMBER.findall(row[10:])
    if len(words) < least:
        raise ValueError(f"the line {row[:30]!r} has {len(words)} numbers, not {least}.")
    return [np.nan if word == "*" or float(word) < 0 else float(word) for word in words]
