"""Wells, gauges and other stations as people keep them: a table in a text file, units in its head.

A column ``level (m)`` or ``discharge [l/s]`` states its unit; metres, cubic metres to a second and
degrees Celsius come out. Comma, semicolon or tabulator between columns; point or comma in numbers;
UTF-8 or the Cyrillic code page of Windows.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import dask.dataframe as dd
import numpy as np
import pandas as pd
from intake.readers import datatypes
from intake.readers.readers import FileReader

from analysis.sources.ionosphere.lazytables import open_tables
from analysis.sources.ionosphere.packed import find_files, unpack
from analysis.sources.stations.places import find_place, wrap

_ROLES: Final = {
    "time": ("time", "date", "datetime", "timestamp", "дата", "время", "күні", "уақыты", "уақыт"),
    "longitude": ("longitude", "lon", "долгота", "бойлық", "x"),
    "latitude": ("latitude", "lat", "широта", "ендік", "y"),
    "station": ("station", "site", "well", "id", "станция", "скважина", "пост", "бекет", "ұңғыма"),
}
_FACTORS: Final = {
    **{"m": ("m", 1.0), "м": ("m", 1.0), "cm": ("m", 0.01), "см": ("m", 0.01)},
    **{"mm": ("m", 0.001), "мм": ("m", 0.001), "ft": ("m", 0.3048)},
    **{"m3/s": ("m3/s", 1.0), "м3/с": ("m3/s", 1.0), "м³/с": ("m3/s", 1.0)},
    **{"m³/s": ("m3/s", 1.0), "l/s": ("m3/s", 0.001), "л/с": ("m3/s", 0.001)},
    **{"degc": ("degC", 1.0), "°c": ("degC", 1.0), "°с": ("degC", 1.0), "c": ("degC", 1.0)},
}
_HEAD: Final = re.compile(r"^(.*?)\s*[\[(,]\s*([^\])]+?)\s*[\])]?\s*$")
_MISSING: Final = frozenset(
    {"", "-", "--", "na", "nan", "null", "none", "нет", "жоқ", "-999", "-9999"}
)


class StationReader(FileReader):
    """Reader for the catalogue: a table of stations, see `open_stations`."""

    output_instance = "dask.dataframe:DataFrame"
    implements = {datatypes.CSV}  # noqa: RUF012 - Intake's own way to say what a reader opens

    def _read(self, data: Any, **options: Any) -> dd.DataFrame:
        known = {"units", "places", "dayfirst"}
        return open_stations(data.url, **{k: v for k, v in options.items() if k in known})


def open_stations(
    paths: str | Path | Sequence[str | Path],
    *,
    units: Mapping[str, str] | None = None,
    places: Mapping[str, tuple[float, float]] | None = None,
    dayfirst: bool = True,
) -> dd.DataFrame:
    """Open tables of stations that share their columns.

    Parameters
    ----------
    paths : path, pattern, folder or sequence of them
        Text files with a head.
    units : mapping, optional
        Column -> unit, where the head states none ("1" for a number without a unit).
    places : mapping, optional
        Station -> longitude, latitude, where the file has no such columns.
    dayfirst : bool, optional
        Whether 03.04.2020 is the third of April; dates such as 2020-04-03 are always understood.

    Returns
    -------
    dask.dataframe.DataFrame
        ``time`` (UTC as it stands, without a zone), ``station``, ``longitude``, ``latitude``, and
        the other columns as numbers in m, m3/s, degC or as stated.

    Raises
    ------
    ValueError
        No time, no place, no unit, or text where numbers stand; the message says what to tell.

    Examples
    --------
    >>> open_stations("nowhere/*.csv")
    Traceback (most recent call last):
    ...
    ValueError: No file matches nowhere/*.csv.
    """
    options: dict[str, Any] = {"units": units, "places": places, "dayfirst": dayfirst}
    first = find_files(paths)[0]
    try:
        empty = read_stations(first, **options).iloc[:0]
    except ValueError as error:
        raise ValueError(f"{first} cannot be read: {error}") from None
    return open_tables(paths, read_stations, empty, **options)


def read_stations(
    path: str | Path,
    *,
    units: Mapping[str, str] | None = None,
    places: Mapping[str, tuple[float, float]] | None = None,
    dayfirst: bool = True,
) -> pd.DataFrame:
    r"""Read one table at once.

    Parameters
    ----------
    path, units, places, dayfirst
        As `open_stations`.

    Returns
    -------
    pandas.DataFrame
        As `open_stations`; units in ``attrs["units"]``.

    Raises
    ------
    ValueError
        As `open_stations`.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "a.csv"
    >>> size = path.write_text("time,lon,lat,discharge (l/s)\n2020-04-03,76.9,43.2,1500\n")
    >>> float(read_stations(path)["discharge"][0])
    1.5
    """
    raw = _raw(path)
    heads = {column: _split(column) for column in raw.columns}
    roles = _roles(heads)
    if "time" not in roles:
        raise ValueError(f"it has no column of times; it has {', '.join(raw.columns)}.")
    table = pd.DataFrame({"time": _times(raw[roles["time"]], dayfirst)})
    name = raw[roles["station"]] if "station" in roles else pd.Series(Path(path).stem, raw.index)
    table["station"] = name.astype(object)
    if {"longitude", "latitude"} <= set(roles):
        for axis, largest in (("longitude", 360), ("latitude", 90)):
            values = _numbers(raw[roles[axis]])
            if not (np.abs(values) <= largest).all():
                raise ValueError(f"the column {roles[axis]!r} has values that are no {axis}.")
            table[axis] = wrap(values) if axis == "longitude" else values
    else:
        where = {one: find_place(str(one), places) for one in table["station"].unique()}
        table["longitude"] = [where[one][0] for one in table["station"]]
        table["latitude"] = [where[one][1] for one in table["station"]]
    told: dict[str, str] = {}
    for column in raw.columns:
        if column in roles.values():
            continue
        label, stated = heads[column]
        unit, factor = _unit(label, stated or (units or {}).get(label, ""))
        table[label] = _numbers(raw[column]) * factor
        told[label] = unit
    if not told:
        raise ValueError("it has no column of values beside time, station and place.")
    table.attrs["units"] = told
    return table


def _raw(path: str | Path) -> pd.DataFrame:
    """Cells as text."""
    data = unpack(path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1251", errors="replace")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if len(lines) < 2:
        raise ValueError("it has no head and lines of data.")
    mark = next((one for one in ";\t" if one in lines[0]), ",")
    rows = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=mark))
    width = len(rows[0])
    if any(len(row) != width for row in rows):
        raise ValueError(f"a line has not the {width} columns of the head.")
    heads = [one.strip() for one in rows[0]]
    if len(set(heads)) < width or not all(heads):
        raise ValueError(f"its head has a column without a name, or a name twice: {heads}.")
    return pd.DataFrame([[one.strip() for one in row] for row in rows[1:]], columns=heads)


def _split(head: str) -> tuple[str, str]:
    """Part a head into the name in our spelling and the unit.

    Examples
    --------
    >>> _split("Water level (cm)"), _split("Расход, м3/с"), _split("code")
    (('water_level', 'cm'), ('расход', 'м3/с'), ('code', ''))
    """
    found = _HEAD.match(head)
    label, unit = found.groups() if found else (head, "")
    return re.sub(r"\W+", "_", label.strip().lower()).strip("_"), unit.strip()


def _roles(heads: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    out: dict[str, str] = {}
    for role, words in _ROLES.items():
        for word in words:
            hit = next((column for column, (label, _) in heads.items() if label == word), None)
            if hit is not None:
                out[role] = hit
                break
    return out


def _unit(label: str, stated: str) -> tuple[str, float]:
    if not stated:
        raise ValueError(
            f"the column {label!r} states no unit. Write it in the head, as '{label} (m)', or tell "
            f"it: units={{{label!r}: 'm'}} ('1' for a number without a unit)."
        )
    return _FACTORS.get(stated.lower().replace(" ", ""), (stated, 1.0))


def _numbers(cells: pd.Series) -> Any:
    texts = cells.str.replace("\u00a0", "").str.replace(" ", "").str.replace(",", ".")
    known = ~texts.str.lower().isin(_MISSING)
    values = pd.to_numeric(texts.where(known), errors="coerce").to_numpy(np.float64)
    wrong = known.to_numpy() & ~np.isfinite(values)
    if wrong.any():
        raise ValueError(f"{cells[wrong].iloc[0]!r} in the column {cells.name!r} is no number.")
    return values


def _times(cells: pd.Series, dayfirst: bool) -> Any:
    plain = cells.str.match(r"^\d{4}-\d\d")
    if plain.all():
        moments = pd.to_datetime(cells, errors="coerce", utc=True, format="ISO8601")
    else:
        moments = pd.to_datetime(
            cells, errors="coerce", utc=True, format="mixed", dayfirst=dayfirst
        )
    if moments.isna().any() or not moments.dt.year.between(1800, 2200).all():
        wrong = cells[moments.isna() | ~moments.dt.year.between(1800, 2200)]
        raise ValueError(f"{wrong.iloc[0]!r} in the column {cells.name!r} is no time.")
    return moments.dt.tz_localize(None).astype("datetime64[ns]")
