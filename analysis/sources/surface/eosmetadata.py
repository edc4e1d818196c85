"""Grids of HDF-EOS files (HDF4 and HDF5): place and projection as ``StructMetadata`` states them.

The text is in ODL: ``key=value`` in nested groups. Only upper-left-origin grids in the sinusoidal
(``GCTP_SNSOID``) and geographic (``GCTP_GEO``) projections occur in the products read here.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
import pandas as pd
import pyproj
from numpy.typing import NDArray

_GRID: Final = re.compile(r"GROUP\s*=\s*GRID_\d+\s(.*?)END_GROUP\s*=\s*GRID_\d+", re.DOTALL)
_FIELD: Final = re.compile(r'DataFieldName\s*=\s*"([^"\n]*)"')
_RANGE: Final = re.compile(
    r"(?<!END_)OBJECT\s*=\s*RANGE(BEGINNING|ENDING)(DATE|TIME)\b.{0,200}?VALUE\s*=\s*\"([^\"]*)\"",
    re.DOTALL,
)
_STAMP: Final = re.compile(r"\d{4}-\d\d-\d\d(?: \d\d:\d\d:\d\d(?:\.\d{1,9})?)?")
_LONGEST: Final = pd.Timedelta(366, "D")
_MOST_CELLS: Final = 100_000  # along a side


@dataclass(frozen=True)
class Grid:
    """A regular grid, as its file places it.

    Attributes
    ----------
    name : str
        Name in the file.
    columns, rows : int
        Cells along x and y.
    west, north, east, south : float
        Outer edges: metres, degrees where `geographic`.
    crs : str
        Coordinate reference system as WKT.
    geographic : bool
        The axes are longitude and latitude.
    fields : tuple of str
        Names of its data fields.
    """

    name: str
    columns: int
    rows: int
    west: float
    north: float
    east: float
    south: float
    crs: str
    geographic: bool
    fields: tuple[str, ...]

    @property
    def step(self) -> tuple[float, float]:
        """Width and height of a cell."""
        return (self.east - self.west) / self.columns, (self.north - self.south) / self.rows


def centres(start: float, step: float, count: int) -> NDArray[np.floating[Any]]:
    """Coordinates of the middles of cells.

    Parameters
    ----------
    start : float
        Outer edge of the first cell.
    step : float
        From one cell to the next, negative southward.
    count : int
        Cells.

    Returns
    -------
    array of float, (count,)

    Examples
    --------
    >>> centres(90.0, -0.05, 3600)[[0, -1]].round(3).tolist()
    [89.975, -89.975]
    """
    return start + step * (np.arange(count) + 0.5)


def read_grids(text: str) -> list[Grid]:
    """Grids that a ``StructMetadata`` text describes.

    Parameters
    ----------
    text : str
        All its parts, joined.

    Returns
    -------
    list of Grid
        In the order of the file; at least one.

    Raises
    ------
    ValueError
        There is no grid, or one has a size, place or projection that cannot be.

    Examples
    --------
    Tile h14v09 of the MODIS grid; a tile is 10 degrees of the meridian high:

    >>> text = '''GROUP=GRID_1
    ... GridName="MODIS_Grid_Daily_1km_LST"
    ... XDim=1200
    ... YDim=1200
    ... UpperLeftPointMtrs=(-4447802.079066,0.000000)
    ... LowerRightMtrs=(-3335851.559300,-1111950.519767)
    ... Projection=GCTP_SNSOID
    ... ProjParams=(6371007.181000,0,0,0,0,0,0,0,86400,0,0,0,0)
    ... DataFieldName="LST_Day_1km"
    ... END_GROUP=GRID_1'''
    >>> (grid,) = read_grids(text)
    >>> round(grid.step[0], 6), grid.fields
    (926.625433, ('LST_Day_1km',))
    """
    grids = [_grid(part) for part in _GRID.findall(text)]
    if not grids:
        raise ValueError("The file describes no grid (StructMetadata has no GROUP=GRID_...).")
    return grids


def _grid(text: str) -> Grid:
    name = _word(text, "GridName").strip('"')
    columns, rows = (_whole(text, key) for key in ("XDim", "YDim"))
    projection = _word(text, "Projection")
    origin = _word(text, "GridOrigin", "HDFE_GD_UL")
    registration = _word(text, "PixelRegistration", "HDFE_CENTER")
    if origin != "HDFE_GD_UL" or registration != "HDFE_CENTER":
        raise ValueError(
            f"The grid {name!r} has its origin at {origin}, {registration}; "
            "only HDFE_GD_UL with HDFE_CENTER is read."
        )
    west, north = _numbers(text, "UpperLeftPointMtrs", 2)
    east, south = _numbers(text, "LowerRightMtrs", 2)
    if projection == "GCTP_GEO":
        west, north, east, south = (_degrees(one) for one in (west, north, east, south))
        crs, limit = "EPSG:4326", 360.0
    elif projection == "GCTP_SNSOID":
        crs, limit = _sinusoidal(text, name), 2.1e7
    else:
        raise ValueError(
            f"The grid {name!r} is in the projection {projection!r}; "
            "GCTP_SNSOID and GCTP_GEO are read."
        )
    if not (west < east and south < north and max(map(abs, (west, north, east, south))) <= limit):
        raise ValueError(
            f"The grid {name!r} cannot lie from {west:g}, {south:g} to {east:g}, {north:g}."
        )
    geographic = projection == "GCTP_GEO"
    fields = tuple(_FIELD.findall(text))
    return Grid(name, columns, rows, west, north, east, south, _wkt(crs), geographic, fields)


@lru_cache(maxsize=64)
def _wkt(crs: str) -> str:
    return str(pyproj.CRS.from_user_input(crs).to_wkt())


def _word(text: str, key: str, default: str | None = None) -> str:
    found = re.search(rf"\b{key}\s*=\s*(\S+)", text)
    if found is None:
        if default is None:
            raise ValueError(f"The description of a grid has no {key}.")
        return default
    return found.group(1)


def _whole(text: str, key: str) -> int:
    word = _word(text, key)
    if not word.isdecimal() or not 1 <= int(word) <= _MOST_CELLS:
        raise ValueError(f"A grid has {key}={word}; from 1 to {_MOST_CELLS} is allowed.")
    return int(word)


def _numbers(text: str, key: str, count: int) -> list[float]:
    found = re.search(rf"\b{key}\s*=\s*\(([^)]*)\)", text)
    try:
        values = [float(part) for part in found.group(1).split(",")] if found else []
    except ValueError:
        values = []
    if len(values) < count or not all(map(math.isfinite, values[:count])):
        told = found.group(0) if found else "nothing"
        raise ValueError(f"A grid needs {count} numbers as {key}; the file has {told!r}.")
    return values[:count]


def _degrees(value: float) -> float:
    """Degrees from packed degrees, minutes and seconds (DDDMMMSSS.SS), or from plain ones."""
    if abs(value) <= 360.0:
        return value
    rest = abs(value)
    degrees, rest = divmod(rest, 1e6)
    minutes, seconds = divmod(rest, 1e3)
    return math.copysign(degrees + minutes / 60 + seconds / 3600, value)


def _sinusoidal(text: str, name: str) -> str:
    values = _numbers(text, "ProjParams", 8)
    radius, meridian, east, north = values[0], _degrees(values[4]), values[6], values[7]
    if not 6.2e6 < radius < 6.5e6 or abs(meridian) > 180:
        raise ValueError(
            f"The grid {name!r} has a sphere of {radius:g} m and the meridian {meridian:g}; "
            "MODIS uses 6371007.181 m and 0."
        )
    return f"+proj=sinu +lon_0={meridian!r} +x_0={east!r} +y_0={north!r} +R={radius!r} +units=m"


def read_period(text: str) -> tuple[np.datetime64, np.datetime64] | None:
    """Period that a ``CoreMetadata`` text states.

    Parameters
    ----------
    text : str
        The inventory metadata.

    Returns
    -------
    start, end : numpy.datetime64 or None
        UTC; a last second of a day becomes the next midnight. None where the text says nothing
        usable, or a period longer than a year, which no product has.

    Examples
    --------
    >>> part = 'OBJECT=RANGE{}{} NUM_VAL=1 VALUE="{}" END_OBJECT '
    >>> rows = [("BEGINNING", "DATE", "2017-01-01"), ("BEGINNING", "TIME", "00:00:00")]
    >>> rows += [("ENDING", "DATE", "2017-01-08"), ("ENDING", "TIME", "23:59:59")]
    >>> start, end = read_period("".join(part.format(*row) for row in rows))
    >>> float((end - start) / np.timedelta64(1, "D"))
    8.0
    """
    found: dict[tuple[str, str], str] = {(a, b): value for a, b, value in _RANGE.findall(text)}
    moments: list[Any] = []
    for which in ("BEGINNING", "ENDING"):
        stamp = f"{found.get((which, 'DATE'), '')} {found.get((which, 'TIME'), '')}".strip()
        if not _STAMP.fullmatch(stamp):  # half of a stamp, pandas takes for a time of today
            return None
        moments.append(pd.to_datetime(stamp, errors="coerce", format="ISO8601"))
    start, end = moments
    if pd.isna(start) or pd.isna(end):
        return None
    end = end.ceil("min") if end.second >= 59 else end
    fits = pd.Timedelta(0) < end - start <= _LONGEST
    return (start.to_datetime64(), end.to_datetime64()) if fits else None
