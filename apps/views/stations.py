"""The series of a station or of a track: which rows belong together, and what is known of them.

No Panel here: the address names a station by its table and its ident, and from these its series
come again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from analysis.features import departure, zscore
from analysis.language import translator
from analysis.sources.vocabulary import known
from apps.views.pointtables import PointTable
from apps.views.seriesdata import Curve, with_gaps
from apps.views.state import Base

TOGETHER = ("station", "orbit")
"""Columns whose equal values are one series wherever its rows lie: a station moves, a track too."""

NAMES = ("id", "code", "site", "name", "title", "скважина", "станция", "бекет")
BESIDE_ENDS = ("_sigma", "_std", "_rms", "_count", "_quality")
BESIDE = ("longitude", "latitude", "elevation", "altitude", "magnetic_latitude", "local_time")
MOST_COLUMNS = 6
LEAST_YEARS = 5
"""Years with values from which a norm is made."""

MOST_VALUES = 20_000
"""Rows of a station that are shown as they are; of more, means over days."""

NEAR = 6e-5
"""Degrees that the coordinates of one place may differ, by rounding in an address."""


@dataclass(frozen=True)
class Station:
    """One station, well or track with its values.

    Attributes
    ----------
    key : str
        Name of the table, ``:``, ident.
    title : str
        What it is called.
    table : PointTable
        Where it comes from.
    values : pandas.DataFrame
        (time, variable): one row a time, in order; times in UTC.
    daily : bool
        Whether the values are means over days because there are so many.
    """

    key: str
    title: str
    table: PointTable
    values: pd.DataFrame
    daily: bool

    def name(self, variable: str, language: str) -> str:
        """Return the name of a variable in the reader's language; the column's where unknown."""
        about = known(variable)
        beside = _names(translator(language))
        return about.names[language] if about is not None else beside.get(variable, variable)

    def unit(self, variable: str) -> str:
        """Return the unit of a variable as the catalogue writes it."""
        return str(self.table.units.get(variable, ""))


def _names(_: Callable[[str], str]) -> dict[str, str]:
    """Name what the readers of stations give beside the variables of grids."""
    return {
        "east": _("Position, to the east"),
        "north": _("Position, to the north"),
        "up": _("Position, upward"),
        "height": _("Height"),
        "stage": _("Stage of the river"),
        "water_depth": _("Depth to the water"),
        "magnetic_h": _("Horizontal component of the magnetic field"),
        "declination": _("Magnetic declination"),
        "inclination": _("Magnetic inclination"),
    }


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


def title_of(ident: str) -> str:
    """Return what a station is called: its name, or else its place.

    >>> title_of("Well 1@76.9000,43.2500"), title_of("@76.9000,43.2500")
    ('Well 1', '76.9000,43.2500')
    """
    name, _at, place = ident.rpartition("@") if "@" in ident else (ident, "", "")
    return name or place


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


def read_station(table: PointTable, rows: Any, ident: str) -> Station:
    """Take the values of a station out of its table.

    Parameters
    ----------
    table : PointTable
        What is known of the table.
    rows : pandas.DataFrame
        The table itself, with ``time``, ``longitude`` and ``latitude``.
    ident : str
        From `ident_of`.

    Returns
    -------
    Station
        Rows of the same time become their mean; of more than `MOST_VALUES`, means over days.

    Raises
    ------
    ValueError
        There is no such station, or the table has no times or no numbers.
    """
    if "time" not in rows or hasattr(rows, "geometry"):
        raise ValueError(f"The table {table.name} has no times.")
    found = rows_of(rows, ident)
    found = found[found["time"].notna()]
    names = columns_of(found, table.units)
    if not names:
        raise ValueError(f"The table {table.name} has no numbers there.")
    times = pd.DatetimeIndex(found["time"])
    times = times.tz_convert("UTC").tz_localize(None) if times.tz is not None else times
    values = found[names].astype(float).set_axis(times.as_unit("ns"), axis=0)
    daily = len(values) > MOST_VALUES
    if daily:
        times = times.floor("D")
    values = values.groupby(times.as_unit("ns")).mean().rename_axis("time").dropna(how="all")
    return Station(f"{table.name}:{ident}", title_of(ident), table, values, daily)


def judged(station: Station, statistic: str, base: Base) -> tuple[pd.DataFrame, str]:
    """Judge the values of a station by what is usual at that time of the year.

    Parameters
    ----------
    station : Station
        With its values.
    statistic : {"value", "departure", "zscore"}
        What is wanted.
    base : tuple of int or None
        Years of the norm; where the station has none of these, all its years are taken.

    Returns
    -------
    pandas.DataFrame
        As ``station.values``; missing where the years are too few for a norm.
    str
        Years of the norm; "" for values.
    """
    if statistic == "value" or not len(station.values):
        return station.values, ""
    years = pd.DatetimeIndex(station.values.index).year
    first, last = int(years.min()), int(years.max())
    if base is not None and not ((years >= base[0]) & (years <= base[1])).any():
        base = None
    judge = departure if statistic == "departure" else zscore
    data = xr.DataArray(
        station.values.to_numpy(), {"time": station.values.index}, ("time", "variable")
    )
    begin, end = base or (first, last)
    found = np.full(station.values.shape, np.nan)
    if len(np.unique(years[(years >= begin) & (years <= end)])) >= LEAST_YEARS:
        found = judge(data, base=base).to_numpy()
    return station.values.copy(deep=False).assign(
        **dict(zip(station.values.columns, found.T, strict=True))
    ), f"{begin}–{end}"


def curve_of(values: pd.Series) -> Curve:
    """Return a series as the dock draws it: a gap stays a gap."""
    times, numbers = with_gaps(
        values.index.to_numpy().astype("datetime64[ns]"), values.to_numpy(float), factor=3.0
    )
    return Curve(times, numbers)
