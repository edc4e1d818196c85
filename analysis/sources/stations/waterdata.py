"""Rivers and wells of the U.S. Geological Survey: tab-delimited files (RDB) of its water data.

Layout: help.waterdata.usgs.gov/faq/about-tab-delimited-output. Comments begin with #, then a line
of names, a line of widths (5s, 15s, 20d), and the data. Feet become metres.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import dask.dataframe as dd
import numpy as np
import pandas as pd
from intake.readers import datatypes
from intake.readers.readers import FileReader

from analysis.sources.ionosphere.lazytables import empty_table, limited, open_tables
from analysis.sources.ionosphere.packed import unpack
from analysis.sources.stations.places import check_place, find_place

NO_WATER: Final = empty_table(
    time="datetime64[ns]",
    station="object",
    longitude="float64",
    latitude="float64",
    discharge="float64",
    stage="float64",
    water_depth="float64",
    water_level="float64",
    approved="bool",
)
"""Columns: discharge in m3/s; stage (above the gauge), water_depth (below the land surface) and
water_level (above the datum of the well) in m."""

_FOOT: Final = 0.3048
_CODES: Final = {
    "00060": ("discharge", _FOOT**3, 1e6),
    "00065": ("stage", _FOOT, 500.0),
    "72019": ("water_depth", _FOOT, 5000.0),
    "62610": ("water_level", _FOOT, 9000.0),
    "62611": ("water_level", _FOOT, 9000.0),
    "72020": ("water_level", _FOOT, 9000.0),
    "lev_va": ("water_depth", _FOOT, 5000.0),
    "sl_lev_va": ("water_level", _FOOT, 9000.0),
}
"""Parameter -> column, factor to our unit, largest magnitude in it."""

_WORDS: Final = frozenset(
    (
        "ice",
        "eqp",
        "bkw",
        "dis",
        "rat",
        "ssn",
        "***",
        "mnt",
        "fld",
        "zfl",
        "tst",
        "--",
        "prp",
        "dry",
    )
)
"""Words that stand for no value."""

_ZONES: Final = {
    **{"UTC": 0, "GMT": 0, "": 0, "AST": -4, "ADT": -3, "EST": -5, "EDT": -4, "CST": -6},
    **{"CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8},
    **{"HST": -10, "HDT": -9, "SST": -11, "CHST": 10, "GST": 10},
}
"""Zone of time -> hours from UTC."""


class WaterReader(FileReader):
    """Reader for the catalogue: rivers and wells of the USGS, see `open_water`."""

    output_instance = "dask.dataframe:DataFrame"
    implements = {datatypes.Text}  # noqa: RUF012 - Intake's own way to say what a reader opens

    def _read(self, data: Any, **options: Any) -> dd.DataFrame:
        known = {"places", "sites"}
        return open_water(data.url, **{k: v for k, v in options.items() if k in known})


def open_water(
    paths: str | Path | Sequence[str | Path],
    *,
    places: Mapping[str, tuple[float, float]] | None = None,
    sites: str | Path | None = None,
) -> dd.DataFrame:
    """Open files of discharge, stage or level of wells.

    Parameters
    ----------
    paths : path, pattern, folder or sequence of them
        RDB: daily or instantaneous values (``1234_00060_00003``), or groundwater levels
        (``lev_va``).
    places : mapping, optional
        Site -> longitude, latitude, for these files do not tell.
    sites : path, optional
        RDB of sites (``dec_long_va``, ``dec_lat_va``), which tells.

    Returns
    -------
    dask.dataframe.DataFrame
        Columns as in `NO_WATER`, UTC; a date without a time is midnight. ``approved`` where the
        survey has approved the value (code A).

    Raises
    ------
    ValueError
        There is no file, or nothing says where a site is; when values are asked for, also: it is
        of another kind, or damaged.

    Examples
    --------
    >>> open_water("nowhere/*.rdb")
    Traceback (most recent call last):
    ...
    ValueError: No file matches nowhere/*.rdb.
    """
    known = {**(read_sites(sites) if sites is not None else {}), **(places or {})}
    return open_tables(paths, read_water, NO_WATER, places=known)


def read_sites(path: str | Path) -> dict[str, tuple[float, float]]:
    r"""Read where sites are.

    Parameters
    ----------
    path : str or pathlib.Path
        RDB of sites.

    Returns
    -------
    dict
        Site -> longitude, latitude.

    Raises
    ------
    ValueError
        It has not the columns that are needed.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "sites.rdb"
    >>> size = path.write_text("site_no\tdec_lat_va\tdec_long_va\n15s\t16s\t16s\n1\t45.5\t-122.5\n")
    >>> read_sites(path)
    {'1': (-122.5, 45.5)}
    """
    names, rows = _table(path)
    try:
        keys = [names.index(one) for one in ("site_no", "dec_long_va", "dec_lat_va")]
        return {row[keys[0]]: check_place(float(row[keys[1]]), float(row[keys[2]])) for row in rows}
    except ValueError as error:
        raise ValueError(f"{path} is no table of sites: {error}") from None


def read_water(
    path: str | Path, *, places: Mapping[str, tuple[float, float]] | None = None
) -> pd.DataFrame:
    r"""Read one file at once.

    Parameters
    ----------
    path, places
        As `open_water`.

    Returns
    -------
    pandas.DataFrame
        As `open_water`; units in ``attrs["units"]``.

    Raises
    ------
    ValueError
        As `open_water`.

    Examples
    --------
    A foot is 0.3048 m:

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "a.rdb"
    >>> size = path.write_text("site_no\tlev_dt\tlev_va\n15s\t10d\t12s\n1\t1988-03-14\t10\n")
    >>> float(read_water(path, places={"1": (-122.5, 45.5)})["water_depth"][0])
    3.048
    """
    names, rows = _table(path)
    if "site_no" not in names:
        raise ValueError("it is no RDB of water data: it has no column site_no.")
    columns = _best([(k, name) for k, name in enumerate(names) if _code(name)])
    if not columns:
        raise ValueError(
            f"it has none of the known parameters ({', '.join(_CODES)}); it has {', '.join(names)}."
        )
    station = [row[names.index("site_no")] for row in rows]
    table = pd.DataFrame({"time": _times(names, rows), "station": station})
    where = {one: find_place(one, places) for one in dict.fromkeys(station)}
    table["longitude"] = [where[one][0] for one in station]
    table["latitude"] = [where[one][1] for one in station]
    for name in NO_WATER.columns[4:8]:
        table[name] = np.nan
    approved = np.zeros(len(rows), bool)
    for k, name in columns:
        target, factor, largest = _CODES[_code(name)]
        values = np.array([_value(row[k]) for row in rows]) * factor
        values = limited(values, -largest, largest, f"The {target}")
        table[target] = table[target].where(table[target].notna(), values)
        mark = "lev_age_cd" if name.endswith("lev_va") else f"{name}_cd"
        if mark in names:
            approved |= np.array([row[names.index(mark)][:1] == "A" for row in rows])
    table["approved"] = approved
    table = table.sort_values(["station", "time"], kind="stable", ignore_index=True)
    table.attrs["units"] = {
        "discharge": "m3/s",
        "stage": "m",
        "water_depth": "m",
        "water_level": "m",
    }
    return table


def _table(path: str | Path) -> tuple[list[str], list[list[str]]]:
    """Names of the columns, and the rows."""
    text = unpack(path).decode("latin-1")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    rows = [line.split("\t") for line in lines]
    if len(rows) < 3 or not all(re.fullmatch(r"\d+[sdn]", one.strip()) for one in rows[1]):
        raise ValueError("it is no RDB: no line of names, of widths (5s, 15s) and of data.")
    names = [name.strip() for name in rows[0]]
    width = len(names)
    if any(len(row) != width for row in rows):
        raise ValueError(f"a line has not the {width} columns of the first; the file is damaged.")
    return names, [[one.strip() for one in row] for row in rows[2:]]


def _code(name: str) -> str:
    """Parameter of a column: lev_va, or the five digits of 1234_00060_00003; none of a mark."""
    if name in _CODES:
        return name
    found = re.fullmatch(r"\d+_(\d{5})(_\d{5})?", name)
    return found.group(1) if found and found.group(1) in _CODES else ""


def _best(columns: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """Of several statistics of a quantity take the mean (00003), or values without a statistic."""
    ranks: dict[str, int] = {}
    for _, name in columns:
        target = _CODES[_code(name)][0]
        ranks[target] = min(ranks.get(target, 9), _rank(name))
    return [(k, n) for k, n in columns if _rank(n) == ranks[_CODES[_code(n)][0]]]


def _rank(name: str) -> int:
    if name.endswith("_00003"):
        return 0
    return 1 if name.count("_") == 1 else 2


def _value(text: str) -> float:
    word = text.strip().lower()
    if not word or word in _WORDS:
        return np.nan
    try:
        value = float(word)
    except ValueError:
        raise ValueError(f"{text!r} stands for a number; the file is damaged.") from None
    return np.nan if value <= -999999 else value


def _times(names: list[str], rows: list[list[str]]) -> Any:
    """Decode dates and times, and bring them to UTC by the zone that stands beside."""
    date = next((n for n in ("datetime", "lev_dt", "dv_dt") if n in names), None)
    if date is None:
        raise ValueError(f"it has no column of dates; it has {', '.join(names)}.")
    texts = [row[names.index(date)] for row in rows]
    if "lev_tm" in names:
        clock = [row[names.index("lev_tm")] for row in rows]
        texts = [f"{one} {time}".strip() for one, time in zip(texts, clock, strict=True)]
    zone = next((n for n in ("tz_cd", "lev_tz_cd") if n in names), None)
    zones = [row[names.index(zone)].upper() for row in rows] if zone else [""] * len(rows)
    unknown = set(zones) - set(_ZONES)
    if unknown:
        raise ValueError(f"the zone of time {min(unknown)!r} is unknown.")
    moments = pd.to_datetime(pd.Series(texts, dtype=object), format="ISO8601", errors="coerce")
    if moments.isna().any() or not moments.dt.year.between(1800, 2200).all():
        wrong = pd.Series(texts)[moments.isna().to_numpy()]
        raise ValueError(f"{wrong.iloc[0] if len(wrong) else texts[0]!r} is no time here.")
    away = pd.to_timedelta(
        [-_ZONES[one] if " " in t else 0 for one, t in zip(zones, texts, strict=True)], "h"
    )
    return (moments + away).astype("datetime64[ns]")
