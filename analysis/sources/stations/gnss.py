"""Daily positions of GNSS stations: tenv3 and tenv8 of the Nevada Geodetic Laboratory, .pos of PBO.

Layouts: README_tenv3.txt of the laboratory (geodesy.unr.edu); the header of the .pos files; tenv8
(gridded series, eight columns, millimetres) as the public reader geepers 0.3.0 knows it.
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
from numpy.typing import NDArray

from analysis.sources.ionosphere.lazytables import empty_table, limited, numbers, open_tables
from analysis.sources.ionosphere.packed import find_files, unpack
from analysis.sources.stations.places import check_place, find_place

NO_POSITIONS: Final = empty_table(
    time="datetime64[ns]",
    station="object",
    longitude="float64",
    latitude="float64",
    height="float64",
    east="float64",
    north="float64",
    up="float64",
    east_sigma="float64",
    north_sigma="float64",
    up_sigma="float64",
)
"""Columns: height in m, displacement and its standard deviation in mm."""

_UNITS: Final = {"height": "m", **dict.fromkeys(NO_POSITIONS.columns[5:], "mm")}
_MONTHS: Final = [
    "JAN",
    "FEB",
    "MAR",
    "APR",
    "MAY",
    "JUN",
    "JUL",
    "AUG",
    "SEP",
    "OCT",
    "NOV",
    "DEC",
]
_DAY_ZERO: Final = np.datetime64("1858-11-17", "ns")  # of the modified Julian day
_NOON: Final = np.timedelta64(12, "h")
_LOOKUP: Final = "grid_latlon_lookup.txt"
_POS: Final = 25  # columns of a line of a .pos file
_FARTHEST: Final = 1e6  # mm that a station moves at most; ice streams go 10 m in a year
Places = Mapping[str, tuple[float, float]]


class GnssReader(FileReader):
    """Reader for the catalogue: daily positions of GNSS stations, see `open_gnss`."""

    output_instance = "dask.dataframe:DataFrame"
    implements = {datatypes.Text}  # noqa: RUF012 - Intake's own way to say what a reader opens

    def _read(self, data: Any, places: Places | None = None, **_: Any) -> dd.DataFrame:
        return open_gnss(data.url, places=places)


def open_gnss(
    paths: str | Path | Sequence[str | Path], *, places: Places | None = None
) -> dd.DataFrame:
    """Open files of daily positions, a station each.

    Parameters
    ----------
    paths : path, pattern, folder or sequence of them
        ``*.tenv3``, ``*.tenv8``, ``*.pos``; of a folder, those with these suffixes.
    places : mapping, optional
        Station -> longitude, latitude, for files that do not tell: tenv3 of 20 columns, and tenv8
        without ``grid_latlon_lookup.txt`` beside it.

    Returns
    -------
    dask.dataframe.DataFrame
        A partition for each station, columns as in `NO_POSITIONS`. ``time`` is noon of the day,
        UTC. East, north and up are displacements in mm since the first day of the file (tenv3,
        tenv8) or from its reference position (.pos); place and height are those of the first day.

    Raises
    ------
    ValueError
        There is no file; when values are asked for, also: it is of another kind, or damaged.

    Examples
    --------
    >>> open_gnss("nowhere/*.tenv3")
    Traceback (most recent call last):
    ...
    ValueError: No file matches nowhere/*.tenv3.
    """
    files = [path for path in find_files(paths) if _is_folder_file(path, paths)]
    if not files:
        raise ValueError(f"{paths} holds no file that ends in .tenv3, .tenv8 or .pos.")
    return open_tables(files, read_gnss, NO_POSITIONS, places=places)


def _is_folder_file(path: Path, paths: Any) -> bool:
    """Tell whether a file counts: of a folder only those of our kinds do."""
    whole = isinstance(paths, (str, Path)) and Path(paths).is_dir()
    return not whole or path.suffix.lower() in (".tenv3", ".tenv8", ".pos")


def read_gnss(path: str | Path, *, places: Places | None = None) -> pd.DataFrame:
    r"""Read the positions of one station at once.

    Parameters
    ----------
    path, places
        As `open_gnss`.

    Returns
    -------
    pandas.DataFrame
        As `open_gnss`, in order of time; units in ``attrs["units"]``.

    Raises
    ------
    ValueError
        As `open_gnss`.

    Examples
    --------
    Displacements count from the first day:

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "000007_NA.tenv8"
    >>> lines = "2020.0000 5.0 7.0 1.0 1 1 3 0\n2020.0027 5.5 7.0 1.0 1 1 3 0\n"
    >>> size = path.write_text(lines)
    >>> read_gnss(path, places={"000007": (236.1, 40.0)})[["longitude", "east"]].values.tolist()
    [[-123.9, 0.0], [-123.9, 0.5]]
    """
    file = Path(path)
    text = unpack(file).decode("latin-1")
    if text.startswith("PBO Station Position"):
        table = _read_pos(text)
    elif file.suffix.lower() == ".tenv8":
        table = _read_tenv8(text, file, places)
    else:
        table = _read_tenv3(text, places)
    for axis in ("east", "north", "up"):
        table[axis] = limited(table[axis], -_FARTHEST, _FARTHEST, f"The displacement {axis}, mm,")
        sigma = table[f"{axis}_sigma"]
        table[f"{axis}_sigma"] = limited(sigma, 0, _FARTHEST, f"The sigma {axis}, mm,")
    table = table.sort_values("time", kind="stable", ignore_index=True)
    if table["time"].duplicated().any():
        when = table.loc[table["time"].duplicated(), "time"].iloc[0]
        raise ValueError(f"it has the day {when:%Y-%m-%d} twice; the file is damaged.")
    table.attrs["units"] = dict(_UNITS)
    return table[list(NO_POSITIONS.columns)]


def _read_tenv3(text: str, places: Places | None) -> pd.DataFrame:
    """Read columns of tenv3: metres in a whole and a fractional part, which belong together."""
    rows = [line.split() for line in text.splitlines() if line.strip()]
    rows = rows[1:] if rows and rows[0][0].lower() == "site" else rows
    if not rows or len(rows[0]) not in (20, 23) or not re.fullmatch(r"\w{4,9}", rows[0][0]):
        width = len(rows[0]) if rows else 0
        raise ValueError(f"it is no tenv3 file: its lines have {width} columns, not 20 or 23.")
    width = len(rows[0])
    for row in rows:
        if len(row) != width:
            raise ValueError(f"a line has {len(row)} columns, not {width}; the file is damaged.")
        if row[0] != rows[0][0]:
            raise ValueError(
                f"it holds the stations {rows[0][0]} and {row[0]}; give one to a file."
            )
    try:
        values = np.array([row[2:] for row in rows]).astype(np.float64)
    except ValueError as error:
        raise ValueError(f"{error}; the file is damaged.") from None
    order = np.argsort(values[:, 1], kind="stable")  # by day: displacements count from the first
    column = values[order].T  # decimal year, MJD, week, day, meridian, east, ... (README_tenv3)
    table = pd.DataFrame({"time": _mjd(column[1]), "station": rows[0][0]})
    _check_dates([rows[k][1] for k in order], table["time"])
    if np.unique(column[4]).size > 1:
        raise ValueError("its reference meridian changes, and with it the zero of the eastings.")
    for axis, first, sigma in (("east", 5, 12), ("north", 7, 13), ("up", 9, 14)):
        whole, part = column[first], column[first + 1]
        table[axis] = ((whole - whole[0]) + (part - part[0])) * 1e3
        table[f"{axis}_sigma"] = column[sigma] * 1e3
    if width == 23:
        longitude, latitude = check_place(column[19][0], column[18][0])
        height = column[20][0]
    else:
        longitude, latitude = find_place(rows[0][0], places)
        height = column[9][0] + column[10][0]
    return table.assign(longitude=longitude, latitude=latitude, height=float(height))


def _mjd(days: NDArray[np.float64]) -> NDArray[np.datetime64]:
    """Noon of modified Julian days."""
    whole = limited(days, 15020, 110000, "The modified Julian day")
    if np.isnan(whole).any():
        raise ValueError("a modified Julian day is missing; the file is damaged.")
    return _DAY_ZERO + np.floor(whole).astype("timedelta64[D]") + _NOON


def _check_dates(texts: list[str], times: pd.Series) -> None:
    """Compare dates such as 95MAY19 with the modified Julian day."""
    for text, time in zip(texts, times, strict=True):
        told = f"{time.year % 100:02d}{_MONTHS[time.month - 1]}{time.day:02d}"
        if text.upper() != told:
            raise ValueError(f"a line is of {text} and of {told} at once; the file is damaged.")


def _read_tenv8(text: str, file: Path, places: Places | None) -> pd.DataFrame:
    """Read columns of tenv8: decimal year, east, north, up, their sigmas, mm, rapid or final."""
    names = ("year", "east", "north", "up", "east_sigma", "north_sigma", "up_sigma", "rapid")
    raw = numbers(text, names, what="tenv8 file")
    year = limited(raw["year"], 1990, 2100, "The decimal year")
    if np.isnan(raw.to_numpy()).any():
        raise ValueError("a number is missing; the file is damaged.")
    # as in tenv3: the decimal year is 2000 + (modified Julian day - 51544) / 365.25
    days = np.rint((year - 2000.0) * 365.25).astype("timedelta64[D]")
    table = raw.drop(columns=["year", "rapid"])
    table["time"] = np.datetime64("2000-01-01T12", "ns") + days
    for axis in ("east", "north", "up"):
        table[axis] -= table[axis].iloc[int(np.argmin(days))]
    station = file.name.split("_")[0].split(".")[0]
    longitude, latitude = _grid_place(file, station, places)
    return table.assign(station=station, longitude=longitude, latitude=latitude, height=np.nan)


def _grid_place(file: Path, station: str, places: Places | None) -> tuple[float, float]:
    """Place of a point of the grid: told, or in the table beside the file."""
    beside = file.with_name(_LOOKUP)
    if places is None and beside.is_file():
        raw = numbers(beside.read_text("latin-1"), ("id", "longitude", "latitude"), what="lookup")
        found = raw[raw["id"] == int(station)] if station.isdigit() else raw.iloc[:0]
        if len(found):
            return check_place(*found[["longitude", "latitude"]].iloc[0])
    return find_place(station, places)


def _read_pos(text: str) -> pd.DataFrame:
    """Read a .pos file: its header names the station and the reference position."""
    head, _, body = text.partition("End Field Description")
    station = re.search(r"^4-character ID: *(\w+)", head, re.MULTILINE)
    place = re.search(r"^NEU Reference position *: *(\S+) +(\S+) +(\S+)", head, re.MULTILINE)
    if not station or not place or not body:
        raise ValueError("its header has no station or no reference position; it is damaged.")
    try:
        latitude, longitude, height = (float(one) for one in place.groups())
    except ValueError:
        raise ValueError("its reference position is none; the file is damaged.") from None
    rows = [line.split() for line in body.splitlines() if line.strip() and line[0] != "*"]
    for row in rows:
        if len(row) != _POS:
            raise ValueError(f"a line has {len(row)} columns, not {_POS}; the file is damaged.")
    if not rows:
        raise ValueError("it has no line of data.")
    try:
        values = np.array([row[2:24] for row in rows]).astype(np.float64)
    except ValueError as error:
        raise ValueError(f"{error}; the file is damaged.") from None
    column = values.T  # MJD, X, Y, Z, ..., dN (13), dE, dU, Sn, Se, Su
    table = pd.DataFrame({"time": _mjd(column[0]), "station": station.group(1)})
    told = table["time"].dt.strftime("%Y%m%d").tolist()
    if told != [row[0] for row in rows]:
        raise ValueError("a date and its modified Julian day differ; the file is damaged.")
    for axis, index in (("north", 13), ("east", 14), ("up", 15)):
        table[axis] = column[index] * 1e3
        table[f"{axis}_sigma"] = column[index + 3] * 1e3
    longitude, latitude = check_place(longitude, latitude)
    return table.assign(longitude=longitude, latitude=latitude, height=height)
