"""Discharge of rivers: files of the Global Runoff Data Centre.

Layout: header of the files of grdc.bafg.de (``*_Q_Day.Cmd.txt``, ``*_Q_Month.txt``): lines of label
and value that begin with #, then dates and values parted by semicolons; -999 is missing.
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

from analysis.sources.ionosphere.lazytables import dates, empty_table, limited, open_tables
from analysis.sources.ionosphere.packed import unpack
from analysis.sources.stations.places import check_place

NO_DISCHARGE: Final = empty_table(
    time="datetime64[ns]",
    station="object",
    river="object",
    longitude="float64",
    latitude="float64",
    discharge="float64",
)
"""Columns: discharge in m3/s."""

_MISSING: Final = (-999.0, -9999.0, -99.0)
_LARGEST: Final = 1e6  # m3/s; the Amazon has carried 370,000
_VALUES: Final = ("value", "calculated", "original")


class GrdcReader(FileReader):
    """Reader for the catalogue: discharge of rivers, see `open_grdc`."""

    output_instance = "dask.dataframe:DataFrame"
    implements = {datatypes.Text}  # noqa: RUF012 - Intake's own way to say what a reader opens

    def _read(self, data: Any, **_: Any) -> dd.DataFrame:
        return open_grdc(data.url)


def open_grdc(paths: str | Path | Sequence[str | Path]) -> dd.DataFrame:
    """Open files of daily or monthly discharge.

    Parameters
    ----------
    paths : path, pattern, folder or sequence of them
        A station each.

    Returns
    -------
    dask.dataframe.DataFrame
        A partition for each station, columns as in `NO_DISCHARGE`; ``time`` is the day, or the
        first of the month. Of a monthly file the values that the centre calculated are taken, and
        where there are none the original ones.

    Raises
    ------
    ValueError
        There is no file; when values are asked for, also: it is of another kind, or damaged.

    Examples
    --------
    >>> open_grdc("nowhere/*_Q_*.txt")
    Traceback (most recent call last):
    ...
    ValueError: No file matches nowhere/*_Q_*.txt.
    """
    return open_tables(paths, read_grdc, NO_DISCHARGE)


def read_grdc(path: str | Path) -> pd.DataFrame:
    r"""Read one station at once.

    Parameters
    ----------
    path : str or pathlib.Path
        File.

    Returns
    -------
    pandas.DataFrame
        As `open_grdc`; units in ``attrs["units"]``.

    Raises
    ------
    ValueError
        As `open_grdc`.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "1_Q_Day.txt"
    >>> head = "# GRDC-No.: 2908305\n# Latitude (DD): 44.1\n# Longitude (DD): 76.8\n"
    >>> head += "# Unit of measure: m3/s\nYYYY-MM-DD;hh:mm; Value\n"
    >>> size = path.write_text(head + "1970-01-01;--:--; 389.0\n1970-01-02;--:--; -999.0\n")
    >>> read_grdc(path)["discharge"].tolist()
    [389.0, nan]
    """
    text = unpack(path).decode("latin-1")
    lines = text.splitlines()
    head = {}
    for line in lines:
        found = re.match(r"^#\s*([^:#*]+?)\s*:\s*(.*?)\s*$", line)
        if found:
            head[re.sub(r"\W.*", "", found.group(1)).lower()] = found.group(2)
    start = next((k for k, line in enumerate(lines) if line.upper().startswith("YYYY-MM-DD")), -1)
    if "grdc" not in head or start < 0:
        raise ValueError("it is no file of the Global Runoff Data Centre: no GRDC-No. or no table.")
    unit = head.get("unit", "").lower()
    if not re.fullmatch(r"m.{0,3}/?s", unit):
        raise ValueError(f"its unit is {unit!r}, not m3/s.")
    try:
        longitude, latitude = float(head["longitude"]), float(head["latitude"])
    except (KeyError, ValueError):
        raise ValueError("its header does not say where the station stands.") from None
    longitude, latitude = check_place(longitude, latitude)
    names = [name.strip().lower() for name in lines[start].split(";")]
    rows = [
        [part.strip() for part in line.split(";")] for line in lines[start + 1 :] if line.strip()
    ]
    columns = [names.index(name) for name in _VALUES if name in names]
    if not rows or not columns or any(len(row) != len(names) for row in rows):
        raise ValueError(f"a line has not the {len(names)} columns of the table; it is damaged.")
    table = pd.DataFrame({"time": _days([row[0] for row in rows]), "station": head["grdc"]})
    values = np.full(len(rows), np.nan)
    for column in columns:
        here = _column([row[column] for row in rows])
        values = np.where(np.isnan(values), here, values)
    table["discharge"] = limited(values, -_LARGEST, _LARGEST, "The discharge")
    table = table.assign(river=head.get("river", ""), longitude=longitude, latitude=latitude)
    if not table["time"].is_monotonic_increasing or table["time"].duplicated().any():
        raise ValueError("its lines are not in order of time; the file is damaged.")
    table.attrs["units"] = {"discharge": "m3/s"}
    return table


def _days(texts: list[str]) -> Any:
    """Decode dates; a day of 00 is that of a month."""
    found = [re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", text) for text in texts]
    if not all(found):
        wrong = next(text for text, one in zip(texts, found, strict=True) if not one)
        raise ValueError(f"{wrong!r} is no date; the file is damaged.")
    parts = np.array([[int(k) for k in one.groups()] for one in found if one])
    return dates(parts[:, 0], parts[:, 1], np.maximum(parts[:, 2], 1))


def _column(texts: list[str]) -> Any:
    try:
        values = np.array(texts).astype(np.float64)
    except ValueError as error:
        raise ValueError(f"{error}; the file is damaged.") from None
    return np.where(np.isin(values, _MISSING), np.nan, values)
