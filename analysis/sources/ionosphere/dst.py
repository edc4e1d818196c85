"""Hourly Dst of the World Data Center for Geomagnetism, Kyoto: its files and its web pages.

Layout of the files: https://wdc.kugi.kyoto-u.ac.jp/dstae/format/dstformat.html (records of 120
bytes). The pages hold the same numbers as text between ``<pre>`` marks.
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

NO_DST: Final = empty_table(time="datetime64[ns]", dst="float32", version="int8")
"""Columns of the table: Dst in nT; version 0 real-time, 1 provisional, 2 and up final."""

RANGE: Final = (-2000.0, 500.0)
"""Dst that can be true, nT; the lowest so far estimated is that of 1859, about -1,700 nT."""

_MISSING: Final = 9999
_RECORD: Final = re.compile(
    r"^DST(\d\d)(\d\d|\d | \d)\*(\d\d|\d | \d)(..)(.)([\d ])(\d\d|  )(.{4})"
)
_MONTHS: Final = (
    *("JANUARY", "FEBRUARY", "MARCH", "APRIL", "MAY", "JUNE", "JULY"),
    *("AUGUST", "SEPTEMBER", "OCTOBER", "NOVEMBER", "DECEMBER"),
)
_KINDS: Final = {"REAL-TIME": 0, "QUICKLOOK": 0, "PROVISIONAL": 1, "FINAL": 2}
_TITLE: Final = re.compile(r"EQUATORIAL DST VALUES\s*\((\S+?)\s*\)", re.IGNORECASE)
_WHEN: Final = re.compile(rf"\b({'|'.join(_MONTHS)})\s+(\d{{4}})\b", re.IGNORECASE)
_NUMBERED: Final = [str(hour) for hour in range(1, 25)]
_TAG: Final = re.compile(r"<[^>]*>")


class DstReader(FileReader):
    """Reader for the catalogue: hourly Dst, see `open_dst`."""

    output_instance = "dask.dataframe:DataFrame"
    implements = {datatypes.Text}  # noqa: RUF012 - Intake's own way to say what a reader opens

    def _read(self, data: Any, **_: Any) -> dd.DataFrame:
        return open_dst(data.url)


def open_dst(paths: str | Path | Sequence[str | Path]) -> dd.DataFrame:
    """Open files or saved web pages of hourly Dst.

    Parameters
    ----------
    paths : path, pattern, folder or sequence of them
        Files of records of 120 bytes, or pages of a month.

    Returns
    -------
    dask.dataframe.DataFrame
        ``time`` (beginning of the hour, UTC), ``dst`` (nT, NaN where there is none), ``version``.

    Raises
    ------
    ValueError
        There is no file; when values are asked for, also: it holds no Dst, or is damaged.

    Examples
    --------
    >>> open_dst("nowhere/dst*.html")
    Traceback (most recent call last):
    ...
    ValueError: No file matches nowhere/dst*.html.
    """
    return open_tables(paths, read_dst, NO_DST)


def read_dst(path: str | Path) -> pd.DataFrame:
    """Read one file or page at once.

    Parameters
    ----------
    path : str or pathlib.Path
        File or page.

    Returns
    -------
    pandas.DataFrame
        As `open_dst`; units in ``attrs["units"]``.

    Raises
    ------
    ValueError
        As `open_dst`.

    Examples
    --------
    The base, in 100 nT, is added to each hour:

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "dst.txt"
    >>> size = path.write_text("DST2405*11  X120  -1" + " -50" * 25)
    >>> table = read_dst(path)
    >>> len(table), float(table["dst"][23]), int(table["version"][0])
    (24, -150.0, 1)
    """
    text = unpack(path).decode("latin-1")
    lines = [line.rstrip("\r") for line in text.split("\n")]
    records = [line for line in lines if line.startswith("DST")]
    days = _records(records) if records else _page(lines)
    midnight = dates(*(np.array([day[k] for day in days]) for k in range(3)))
    values = np.array([day[4] for day in days], np.float64)
    hours = np.arange(24).astype("timedelta64[h]")
    table = pd.DataFrame(
        {
            "time": (midnight[:, None] + hours).ravel(),
            "dst": limited(values, *RANGE, "Dst").ravel(),
            "version": np.repeat([day[3] for day in days], 24).astype(np.int8),
        }
    )
    table = table.sort_values("time", kind="stable", ignore_index=True)
    if table["time"].duplicated().any():
        raise ValueError("it has a day twice; the file is damaged.")
    table["dst"] = table["dst"].astype(np.float32)
    table.attrs["units"] = {"dst": "nT"}
    return table


_Day = tuple[int, int, int, int, list[float]]


def _records(lines: list[str]) -> list[_Day]:
    """Read records of 120 bytes; the hourly numbers are added to a base in 100 nT."""
    out: list[_Day] = []
    for line in lines:
        found = _RECORD.match(line)
        if not found or len(line) < 116:
            raise ValueError(f"the record {line[:20]!r} is no record of Dst; the file is damaged.")
        year, month, day, _, _, version, century, base = found.groups()
        whole = int(century or 19) if century.strip() else 19
        tens = _integer(base) if base.strip() else 0
        row = [_integer(line[k : k + 4]) for k in range(20, 116, 4)]
        values = [np.nan if one == _MISSING else one + 100.0 * tens for one in row]
        kind = int(version) if version.strip() else 2
        out.append((whole * 100 + int(year), int(month), int(day), kind, values))
    return out


def _page(lines: list[str]) -> list[_Day]:
    """Read pages of months, one or several: days of 24 numbers in three groups of eight."""
    out: list[_Day] = []
    kind: int | None = None
    month: tuple[int, int] | None = None
    for raw in lines:
        line = _TAG.sub("", raw).rstrip()
        title = _TITLE.search(line)
        if title:
            kind = _KINDS.get(title.group(1).upper().removesuffix(")"))
            if kind is None:
                raise ValueError(
                    f"it calls its Dst {title.group(1)!r}; known: {', '.join(_KINDS)}."
                )
            month = None
            continue
        when = _WHEN.search(line)
        if when and kind is not None and month is None:
            month = (int(when.group(2)), _MONTHS.index(when.group(1).upper()) + 1)
            continue
        if kind is not None and month is not None and re.match(r"^ ?\d{1,2}\s*[-\d]", line):
            day = _integer(line[:2])
            if not 1 <= day <= 31 or len(line) < 20:
                continue
            values = _hours(line)
            if values is not None:
                out.append((*month, day, kind, values))
    if not out:
        raise ValueError("it holds no Dst: neither records that begin with DST nor a page of them.")
    return out


def _hours(line: str) -> list[float] | None:
    """Numbers of a day of a page, by their columns: 4 wide, a blank more after 8 and 16."""
    if line.split() == _NUMBERED:
        return None  # the line that numbers the hours
    starts = [3 + 4 * k + k // 8 for k in range(24)]
    fields = [line[k : k + 4] for k in starts]
    row = [_MISSING if not field.strip() else _integer(field) for field in fields]
    return [np.nan if one == _MISSING else float(one) for one in row]


def _integer(text: str) -> int:
    if not re.fullmatch(r"\s*-?\s*\d+\s*", text):
        raise ValueError(f"{text!r} stands for a number; the file is damaged.")
    return int(text.replace(" ", ""))
