"""Tables as people keep them: encoding, separator, decimal mark, units in heads, columns found."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from analysis.sources.vocabulary import known
from analysis.uploads.refusals import Refused

MOST_ROWS: Final = 2_000_000
MOST_COLUMNS: Final = 200
SEPARATORS: Final = (";", ",", "\t", "|")
ROLES: Final = {
    "longitude": ("longitude", "lon", "long", "lng", "x", "долгота", "бойлық"),
    "latitude": ("latitude", "lat", "y", "широта", "ендік"),
    "time": (
        "time", "datetime", "date", "timestamp", "utc", "day", "дата", "время", "уақыт", "күні",
        "time_utc", "year",
    ),
}  # fmt: skip
"""Role -> heads by which the column is known."""

_HEAD: Final = re.compile(r"^(.*?)\s*(?:[\[(]\s*([^\])]*?)\s*[\])]|,\s*(\S{1,12}))$")
_NUMBER: Final = re.compile(r"[-+]?\d+([.,]\d+)?([eE][-+]?\d+)?$")
_UNIT_WORDS: Final = re.compile(r"[\W_]+(deg|degrees|east|north|utc)?$")
_BAD: Final = 0.2
"""Share of times that may be missing or unreadable before a column is no column of times."""

_ERRORS: Final = (ValueError, OverflowError, UnicodeError, pd.errors.ParserError)


def split_head(head: str) -> tuple[str, str]:
    """Take the unit out of the head of a column.

    >>> split_head("Level (m)"), split_head("Деңгей, м"), split_head("depth_km")
    (('Level', 'm'), ('Деңгей', 'м'), ('depth_km', ''))
    """
    text = " ".join(str(head).replace("\ufeff", "").split())
    found = _HEAD.match(text)
    if found and found[1]:
        return found[1], found[2] or found[3] or ""
    return text, ""


def guess_role(heads: list[str], role: str) -> str:
    """Return the head that is known for a role, else "".

    >>> guess_role(["id", "Lon", "Широта"], "latitude")
    'Широта'
    """
    plain = {_UNIT_WORDS.sub("", one.casefold()): one for one in heads}
    return next((plain[word] for word in ROLES[role] if word in plain), "")


def read_text(path: Path) -> str:
    """Name the encoding of a text: UTF-8 or UTF-16 by its mark, UTF-8, else Windows Cyrillic."""
    with path.open("rb") as raw:
        head = raw.read(4)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        with path.open(encoding="utf-8") as file:
            while file.read(1 << 20):
                pass
    except UnicodeDecodeError:
        return "cp1251"
    return "utf-8-sig"


def layout(lines: list[str]) -> tuple[str, str]:
    """Find separator and decimal mark of a table from its first lines.

    >>> layout(["a;b", "1,5;2,5", "2,5;3,5"]), layout(["a,b", "1.5,2"])
    ((';', ','), (',', '.'))
    """

    def even(separator: str) -> tuple[int, int]:
        counts = [line.count(separator) for line in lines]
        return (int(min(counts) > 0 and len(set(counts)) == 1), min(counts))

    separator = max(SEPARATORS, key=even) if lines else ","
    if separator == ",":
        return separator, "."
    cells = [cell.strip() for line in lines[1:] for cell in line.split(separator)]
    numbers = [cell for cell in cells if _NUMBER.match(cell)]
    commas = sum("," in cell for cell in numbers)
    return separator, "," if commas > len(numbers) / 4 else "."


def first_lines(path: Path, encoding: str) -> tuple[int, list[str]]:
    """Count the lines of comments at the top, and return up to fifty lines after them."""
    comments = 0
    lines: list[str] = []
    with path.open(encoding=encoding) as file:
        for line in file:
            if not lines and (line.startswith("#") or not line.strip()):
                comments += 1
            elif line.strip():
                lines.append(line.rstrip("\n")[:20_000])
            if len(lines) >= 50 or comments > 1000:
                break
    return comments, lines


def read_csv(path: Path, name: str) -> pd.DataFrame:
    """Read a table as it is.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    name : str
        What it is called in messages.

    Returns
    -------
    pandas.DataFrame
        Heads are texts; ``attrs["units"]`` holds what the heads say of units.

    Raises
    ------
    Refused
        It is no table, or a too large one.
    """
    encoding = read_text(path)
    try:
        comments, lines = first_lines(path, encoding)
        separator, decimal = layout(lines)
        if lines and lines[0].count(separator) >= MOST_COLUMNS:
            count = lines[0].count(separator) + 1
            raise Refused("columns", count=count, limit=MOST_COLUMNS)
        table = pd.read_csv(
            path, sep=separator, decimal=decimal, encoding=encoding, skiprows=comments,
            nrows=MOST_ROWS + 1, low_memory=False, index_col=False,
        )  # fmt: skip
    except Refused:
        raise
    except _ERRORS as error:
        raise Refused("broken", name=name, detail=str(error)[:200]) from error
    if len(table) > MOST_ROWS:
        raise Refused("rows", count=f"more than {MOST_ROWS}", limit=MOST_ROWS)
    if table.empty or len(table.columns) < 2:
        raise Refused("nothing", name=name, detail="there is no table with two columns or more")
    return named(table)


def named(table: pd.DataFrame) -> pd.DataFrame:
    """Give plain, different heads to a table, and take the units out of them."""
    heads = [split_head(head) for head in map(str, table.columns)]
    names = [head for head, _unit in heads]
    if len(set(names)) != len(names) or not all(names):
        names = [f"{head or 'column'}_{place}" for place, head in enumerate(names, start=1)]
    table.columns = pd.Index(names)
    table.attrs["units"] = {n: unit for n, (_h, unit) in zip(names, heads, strict=True) if unit}
    return table


def as_points(table: pd.DataFrame, columns: dict[str, str]) -> tuple[pd.DataFrame, int]:
    """Give a table its columns longitude, latitude and time.

    Parameters
    ----------
    table : pandas.DataFrame
        As read.
    columns : dict of str to str
        Role -> head; "" for none.

    Returns
    -------
    pandas.DataFrame
        Places and times first; rows without a place are left out.
    int
        Number of rows left out.

    Raises
    ------
    Refused
        A column is missing or holds no numbers, or no row has a place.
    """
    out: dict[str, Any] = {}
    for role in ("longitude", "latitude"):
        head = columns.get(role, "")
        if head not in table:
            raise Refused("answer", detail=f"There is no column {head!r} for the {role}.")
        out[role] = pd.to_numeric(table[head], errors="coerce").to_numpy(float)
    known_place = (np.abs(out["latitude"]) <= 90) & (np.abs(out["longitude"]) <= 360)
    if not known_place.any():
        raise Refused("place")
    out["longitude"] = (out["longitude"] + 180.0) % 360.0 - 180.0
    if columns.get("time"):
        out = {"time": read_times(table, columns["time"]), **out}
    used = set(columns.values())
    rest = {name: table[name].to_numpy() for name in table.columns if name not in used}
    made = pd.DataFrame({**out, **{k: v for k, v in rest.items() if k not in out}})
    return made[known_place].reset_index(drop=True), int((~known_place).sum())


def read_times(table: pd.DataFrame, head: str) -> Any:
    """Read a column of times, UTC: ISO, day first with points or slashes, or years.

    Raises
    ------
    Refused
        There is no such column, or more than a fifth of it are no times.
    """
    if head not in table:
        raise Refused("answer", detail=f"There is no column {head!r} for the time.")
    column = table[head]
    if pd.api.types.is_numeric_dtype(column):
        years = column.where(column.between(1700, 2200) & (column % 1 == 0))
        if years.isna().mean() > _BAD:
            raise Refused("answer", detail=f"The column {head!r} holds numbers that are no years.")
        texts = years.map("{:.0f}".format, na_action="ignore")
        found = pd.to_datetime(texts, format="%Y", errors="coerce")
        return found.to_numpy().astype("datetime64[ns]")
    best = None
    for options in ({"format": "ISO8601"}, {"format": "mixed", "dayfirst": True}):
        try:
            found = pd.to_datetime(column, utc=True, errors="coerce", **options)
        except _ERRORS:
            continue
        if best is None or found.notna().sum() > best.notna().sum():
            best = found
    if best is None or best.isna().mean() > _BAD:
        raise Refused("answer", detail=f"The column {head!r} holds no times that can be read.")
    return best.dt.tz_localize(None).to_numpy().astype("datetime64[ns]")


def unit_of(name: str, units: dict[str, str]) -> str:
    """Return the unit that a head states, else the one of the vocabulary, else ""."""
    row = known(name)
    return units.get(name) or (row.units if row else "")
