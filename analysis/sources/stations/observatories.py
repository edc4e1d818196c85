"""Geomagnetic observatories: the IAGA-2002 exchange format, minutes, hours or days.

Layout: NOAA NCEI, "IAGA 2002 Data Exchange Format" (V-DAT working group). Header lines of label and
value that end in ``|``, then DATE TIME DOY and four elements; 99999 is missing, 88888 not measured.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import dask.dataframe as dd
import numpy as np
import pandas as pd
from intake.readers import datatypes
from intake.readers.readers import FileReader

from analysis.sources.ionosphere.lazytables import empty_table, limited, open_tables
from analysis.sources.ionosphere.packed import unpack
from analysis.sources.stations.places import check_place

_ELEMENTS: Final = {
    "X": "magnetic_x",
    "Y": "magnetic_y",
    "Z": "magnetic_z",
    "H": "magnetic_h",
    "F": "magnetic_total",
    "S": "magnetic_total",
    "D": "declination",
    "I": "inclination",
}
"""Letter of an element -> column; G (difference of two totals) is not read."""

NO_FIELD: Final = empty_table(
    time="datetime64[ns]",
    station="object",
    longitude="float64",
    latitude="float64",
    elevation="float64",
    magnetic_x="float64",
    magnetic_y="float64",
    magnetic_z="float64",
    magnetic_h="float64",
    magnetic_total="float64",
    declination="float64",
    inclination="float64",
)
"""Columns: elevation in m, the field in nT, angles in degrees."""

_MISSING: Final = 88888.0  # and whatever is larger: 99999, 999999
_LABEL: Final = re.compile(r"^ (\S[^|]*?)\s{2,}([^|]*?)\s*\|?\s*$")


class ObservatoryReader(FileReader):
    """Reader for the catalogue: geomagnetic observatories, see `open_observatories`."""

    output_instance = "dask.dataframe:DataFrame"
    implements = {datatypes.Text}  # noqa: RUF012 - Intake's own way to say what a reader opens

    def _read(self, data: Any, **_: Any) -> dd.DataFrame:
        return open_observatories(data.url)


def open_observatories(paths: str | Path | Sequence[str | Path]) -> dd.DataFrame:
    """Open files of observatories.

    Parameters
    ----------
    paths : path, pattern, folder or sequence of them
        IAGA-2002, for example ``aaa20240101dmin.min``.

    Returns
    -------
    dask.dataframe.DataFrame
        A partition for each file, columns as in `NO_FIELD`; elements that the file does not report
        are NaN. ``time`` is that of the file (means over a minute or an hour have its beginning or
        its middle: 00:30 of an hour).

    Raises
    ------
    ValueError
        There is no file; when values are asked for, also: it is of another kind, or damaged.

    Examples
    --------
    >>> open_observatories("nowhere/*.min")
    Traceback (most recent call last):
    ...
    ValueError: No file matches nowhere/*.min.
    """
    return open_tables(paths, read_observatory, NO_FIELD)


def read_observatory(path: str | Path) -> pd.DataFrame:
    r"""Read one file at once.

    Parameters
    ----------
    path : str or pathlib.Path
        File.

    Returns
    -------
    pandas.DataFrame
        As `open_observatories`; units in ``attrs["units"]``, the header in ``attrs["header"]``.

    Raises
    ------
    ValueError
        As `open_observatories`.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "aaa.min"
    >>> head = " Format                 IAGA-2002    |\n IAGA CODE              AAA   |\n"
    >>> head += " Geodetic Latitude      43.2  |\n Geodetic Longitude     76.9  |\n"
    >>> data = "DATE       TIME         DOY     AAAH      AAAD  |\n"
    >>> data += "2020-01-01 00:00:00.000 001  25000.00    300.00\n"
    >>> size = path.write_text(head + data)
    >>> read_observatory(path)[["magnetic_h", "declination"]].values.tolist()
    [[25000.0, 5.0]]
    """
    lines = unpack(path).decode("latin-1").splitlines()
    start = next((k for k, line in enumerate(lines) if line.startswith("DATE ")), -1)
    header = _header(lines[:start]) if start > 0 else {}
    if header.get("format", "").upper() not in ("IAGA-2002", "IAGA2002"):
        raise ValueError("it is no IAGA-2002 file: no header says so, or no line begins with DATE.")
    station = header.get("iaga code", "").upper()
    try:
        longitude, latitude = (float(header[f"geodetic {k}"]) for k in ("longitude", "latitude"))
    except (KeyError, ValueError):
        raise ValueError("its header does not say where the observatory stands.") from None
    longitude, latitude = check_place(longitude, latitude)
    names = lines[start].rstrip("| ").split()[3:]
    rows = [line.split() for line in lines[start + 1 :] if line.strip()]
    if not rows or not names or any(len(row) != 3 + len(names) for row in rows):
        raise ValueError(f"a line has not the {3 + len(names)} columns of its head; it is damaged.")
    table = pd.DataFrame({"time": _times(rows), "station": station})
    table["longitude"], table["latitude"] = longitude, latitude
    table["elevation"] = _elevation(header.get("elevation", ""))
    for name in NO_FIELD.columns[5:]:
        table[name] = np.nan
    values = _numbers(rows)
    for k, name in enumerate(names):
        element = _ELEMENTS.get(name[-1].upper())
        if element is None:
            continue
        column = np.where(np.abs(values[:, k]) >= _MISSING, np.nan, values[:, k])
        angle = element in ("declination", "inclination")  # minutes of arc in the file
        limit = 360.0 if angle else 80000.0
        table[element] = limited(column / 60 if angle else column, -limit, limit, f"The {element}")
    table.attrs["units"] = dict.fromkeys(NO_FIELD.columns[5:10], "nT") | {
        **dict.fromkeys(("declination", "inclination"), "degrees"),
        "elevation": "m",
    }
    table.attrs["header"] = header
    return table


def _header(lines: list[str]) -> dict[str, str]:
    """Labels, in small letters, and values; comments begin with #."""
    found = (_LABEL.match(line) for line in lines if not line.startswith(" #"))
    return {one.group(1).strip().lower(): one.group(2).strip() for one in found if one}


def _times(rows: list[list[str]]) -> Any:
    texts = pd.Series([f"{row[0]}T{row[1]}" for row in rows])
    moments = pd.to_datetime(texts, format="ISO8601", errors="coerce")
    if moments.isna().any():
        raise ValueError(f"{texts[moments.isna()].iloc[0]!r} is no time; the file is damaged.")
    if not moments.is_monotonic_increasing or moments.duplicated().any():
        raise ValueError("its lines are not in order of time; the file is damaged.")
    years = moments.dt.year
    if not years.between(1800, 2200).all():
        raise ValueError("a year is none; the file is damaged.")
    return moments.astype("datetime64[ns]")


def _numbers(rows: list[list[str]]) -> Any:
    try:
        return np.array([row[3:] for row in rows]).astype(np.float64)
    except ValueError as error:
        raise ValueError(f"{error}; the file is damaged.") from None


def _elevation(text: str) -> float:
    try:
        height = float(text.split()[0]) if text.split() else np.nan
    except ValueError:
        return np.nan
    return height if abs(height) < 9000 else np.nan
