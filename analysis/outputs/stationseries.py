"""The series of a station or a track out of a table of points, as values or judged by a norm.

Rows belong together by the station or the orbit that they name; without such a column by their
place, and by their name where they have one.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from analysis.features import departure, zscore
from analysis.uploads.csvfile import ROLES, as_points, guess_role, read_csv

TOGETHER = ("station", "orbit")
"""Columns whose equal values are one series wherever its rows lie: a station moves, a track too."""

NAMES = ("id", "code", "site", "name", "title", "скважина", "станция", "бекет")
BESIDE_ENDS = ("_sigma", "_std", "_rms", "_count", "_quality")
BESIDE = ("longitude", "latitude", "elevation", "altitude", "magnetic_latitude", "local_time")
MOST_COLUMNS = 6
MOST_ROWS = 2_000_000
"""Rows that are read of a table."""

LEAST_YEARS = 5
"""Years with values from which a norm is made."""

MOST_VALUES = 20_000
"""Rows of a station that are kept as they are; of more, means over days."""

NEAR = 6e-5
"""Degrees that the coordinates of one place may differ, by rounding in an address."""

STATISTICS = ("value", "departure", "zscore")


def key_column(columns: Any) -> str:
    """Return the column that names the rows of a table; "" where none does.

    >>> key_column(["time", "name", "Station"])
    'Station'
    """
    known_names = {str(one).casefold(): str(one) for one in columns}
    return next((known_names[one] for one in (*TOGETHER, *NAMES) if one in known_names), "")


def ident_of(row: pd.Series) -> str:
    """Return what names the station of a row within its table.

    >>> ident_of(pd.Series({"station": "ALMT", "longitude": 76.9, "latitude": 43.2}))
    'ALMT'
    >>> ident_of(pd.Series({"name": "Well 1", "longitude": 76.9, "latitude": 43.25}))
    'Well 1@76.9000,43.2500'
    >>> ident_of(pd.Series({"longitude": 76.9, "latitude": 43.25}))
    '@76.9000,43.2500'
    """
    column = key_column(row.index)
    value = str(row[column]) if column else ""
    if column.casefold() in TOGETHER:
        return value
    return f"{value}@{float(row['longitude']):.4f},{float(row['latitude']):.4f}"


def rows_of(table: pd.DataFrame, ident: str) -> pd.DataFrame:
    """Return the rows of a station.

    Raises
    ------
    ValueError
        The table has no such station.
    """
    column = key_column(table.columns)
    if column.casefold() in TOGETHER:
        named = [one for one in table[column].unique() if str(one) == ident]
        found = table[table[column].isin(named)]
    else:
        name, _at, place = ident.rpartition("@")
        try:
            longitude, latitude = (float(part) for part in place.split(","))
        except ValueError:
            raise ValueError(f"{ident[:60]!r} does not end in @longitude,latitude.") from None
        near = (table["longitude"] - longitude).abs().le(NEAR)
        near &= (table["latitude"] - latitude).abs().le(NEAR)
        found = table[near]
        if column:
            found = found[found[column].astype(str) == name]
    if not len(found):
        raise ValueError(f"There is no station {ident[:60]!r}.")
    return found


def columns_of(table: pd.DataFrame, units: Mapping[str, str]) -> list[str]:
    """Return the columns with values that are variables: those with a unit first."""
    numbers = [
        str(name)
        for name in table
        if pd.api.types.is_numeric_dtype(table[name])
        and not pd.api.types.is_bool_dtype(table[name])
        and table[name].notna().any()
    ]
    stated = [name for name in units if name in numbers and name not in BESIDE]
    rest = [
        name
        for name in numbers
        if name not in (*BESIDE, *stated, key_column(table.columns))
        and not name.endswith(BESIDE_ENDS)
    ]
    return [*stated, *rest][:MOST_COLUMNS]


def points_table(opened: Any) -> Any:
    """Return a table of points as the explorer reads it: in memory, its times called ``time``.

    Parameters
    ----------
    opened : dask.dataframe.DataFrame, pandas.DataFrame or geopandas.GeoDataFrame
        From :func:`analysis.sources.open_source`.

    Returns
    -------
    pandas.DataFrame or geopandas.GeoDataFrame
        The first two million rows; shapes as they are.

    Examples
    --------
    >>> table = pd.DataFrame({"date": pd.to_datetime(["2020-01-01"]), "level": [1]})
    >>> points_table(table).columns.tolist()
    ['time', 'level']
    """
    if hasattr(opened, "geometry"):
        return opened
    whole = {"npartitions": -1} if hasattr(opened, "compute") else {}
    table = opened.head(MOST_ROWS, **whole)
    dates = [name for name in table if pd.api.types.is_datetime64_any_dtype(table[name])]
    return table if "time" in table or not dates else table.rename(columns={dates[0]: "time"})


def own_points(path: str | Path, columns: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Read a table of points that the reader keeps as CSV, as the sources page does.

    Parameters
    ----------
    path : str or pathlib.Path
        Separator, decimal mark and encoding are found out.
    columns : mapping of str to str, optional
        Heads of the columns ``longitude``, ``latitude`` and ``time``; those left out are known by
        their heads.

    Returns
    -------
    pandas.DataFrame
        With ``longitude``, ``latitude`` and, where the file has times, ``time`` (UTC).

    Raises
    ------
    analysis.uploads.Refused
        It is no table, or has no places. A ValueError.
    """
    raw = read_csv(Path(path), Path(path).name)
    given, heads = dict(columns or {}), [str(head) for head in raw.columns]
    return as_points(raw, {role: given.get(role, guess_role(heads, role)) for role in ROLES})[0]


def station_values(
    rows: Any, ident: str, units: Mapping[str, str] | None = None, *, name: str = ""
) -> tuple[pd.DataFrame, bool]:
    """Take the values of a station out of its table.

    Parameters
    ----------
    rows : pandas.DataFrame
        The table, with ``time``, ``longitude`` and ``latitude``.
    ident : str
        From `ident_of`.
    units : mapping of str to str, optional
        Unit of each column; columns with a unit come first.
    name : str, optional
        Of the table, for messages.

    Returns
    -------
    pandas.DataFrame
        (time, variable), in order of time, UTC; rows of the same time are their mean.
    bool
        Whether they are means over days, because there are more than `MOST_VALUES`.

    Raises
    ------
    ValueError
        There is no such station, or the table has no times or no numbers.
    """
    if "time" not in rows or hasattr(rows, "geometry"):
        raise ValueError(f"The table {name} has no times.")
    found = rows_of(rows, ident)
    found = found[found["time"].notna()]
    names = columns_of(found, units or {})
    if not names:
        raise ValueError(f"The table {name} has no numbers there.")
    times = pd.DatetimeIndex(found["time"])
    times = times.tz_convert("UTC").tz_localize(None) if times.tz is not None else times
    values = found[names].astype(float).set_axis(times.as_unit("ns"), axis=0)
    daily = len(values) > MOST_VALUES
    if daily:
        times = times.floor("D")
    values = values.groupby(times.as_unit("ns")).mean().rename_axis("time").dropna(how="all")
    return values, daily


def judged_values(
    values: pd.DataFrame, statistic: str, base: tuple[int, int] | None
) -> tuple[pd.DataFrame, str]:
    """Judge the values of a station by what is usual at that time of the year.

    Parameters
    ----------
    values : pandas.DataFrame
        (time, variable).
    statistic : {"value", "departure", "zscore"}
        What is wanted.
    base : tuple of int or None
        Years of the norm; where the station has none of these, all its years are taken.

    Returns
    -------
    pandas.DataFrame
        As `values`; missing where the years are too few for a norm.
    str
        Years of the norm; "" for values.

    Raises
    ------
    ValueError
        An unknown statistic.
    """
    if statistic not in STATISTICS:
        raise ValueError(f"There is no statistic {statistic!r}: allowed are {STATISTICS}.")
    if statistic == "value" or not len(values):
        return values, ""
    years = pd.DatetimeIndex(values.index).year
    first, last = int(years.min()), int(years.max())
    if base is not None and not ((years >= base[0]) & (years <= base[1])).any():
        base = None
    judge = departure if statistic == "departure" else zscore
    data = xr.DataArray(values.to_numpy(), {"time": values.index}, ("time", "variable"))
    begin, end = base or (first, last)
    found = np.full(values.shape, np.nan)
    if len(np.unique(years[(years >= begin) & (years <= end)])) >= LEAST_YEARS:
        found = judge(data, base=base).to_numpy()
    columns = dict(zip(values.columns, found.T, strict=True))
    return values.copy(deep=False).assign(**columns), f"{begin}–{end}"


def station_series(
    table: Any,
    ident: str,
    units: Mapping[str, str] | None = None,
    *,
    statistic: str = "value",
    base: tuple[int, int] | None = None,
) -> pd.DataFrame:
    """Return the series of a station as the explorer shows them.

    Parameters
    ----------
    table : dask.dataframe.DataFrame or pandas.DataFrame
        From :func:`analysis.sources.open_source` or `own_points`.
    ident : str
        The station or the orbit; of places that name neither, ``name@longitude,latitude``.
    units : mapping of str to str, optional
        Unit of each column.
    statistic : {"value", "departure", "zscore"}, optional
        Values, or how they depart from what is usual at that time of the year.
    base : tuple of int, optional
        Years of the norm; all where left out, and where the station has none of them.

    Returns
    -------
    pandas.DataFrame
        (time, variable), times in UTC.

    Raises
    ------
    ValueError
        There is no such station, or no times, no numbers, no such statistic.

    Examples
    --------
    >>> days = pd.date_range("2020-01-01", periods=2)
    >>> rows = {"time": days, "station": "A", "longitude": 70, "latitude": 45, "level": [1.0, 2.0]}
    >>> station_series(pd.DataFrame(rows), "A")["level"].tolist()
    [1.0, 2.0]
    """
    values, _daily = station_values(points_table(table), ident, units)
    return judged_values(values, statistic, base)[0]
