"""The series of a station or of a track, and what is known of them.

No Panel here: the address names a station by its table and its ident, and from these its series
come again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.language import translator
from analysis.outputs.stationseries import judged_values, station_values
from analysis.sources.vocabulary import known
from apps.views.pointtables import PointTable
from apps.views.seriesdata import Curve, with_gaps
from apps.views.state import Base


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


def title_of(ident: str) -> str:
    """Return what a station is called: its name, or else its place.

    >>> title_of("Well 1@76.9000,43.2500"), title_of("@76.9000,43.2500")
    ('Well 1', '76.9000,43.2500')
    """
    name, _at, place = ident.rpartition("@") if "@" in ident else (ident, "", "")
    return name or place


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
    values, daily = station_values(rows, ident, table.units, name=table.name)
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
    return judged_values(station.values, statistic, base)


def curve_of(values: pd.Series) -> Curve:
    """Return a series as the dock draws it: a gap stays a gap."""
    times, numbers = with_gaps(
        values.index.to_numpy().astype("datetime64[ns]"), values.to_numpy(float), factor=3.0
    )
    return Curve(times, numbers)
