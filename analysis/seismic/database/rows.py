"""Between a table of events and the rows of the file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from analysis.seismic.cleaning.procedure import readable
from analysis.seismic.database.filters import agency_name
from analysis.sources.fdsn.columns import (
    EVENT_COLUMNS,
    FLAG,
    MOMENT,
    NUMBER,
    TEXT,
    as_events,
    event_frame,
)

OWN: Final = {"event": "int64", "origin": "int64", "state": TEXT, "change": "int64"}
"""Columns that a question may ask for besides those of the table of events."""

STORED: Final = tuple(name for name in EVENT_COLUMNS if name not in ("id", "agency"))
"""Columns of the table of events that every version of a solution has."""

_MEANT: Final = ("time", "updated", "longitude", "latitude", "depth", "mag")
_DEPTHS: Final = (-100.0, 1000.0)
_MAGNITUDES: Final = (-10.0, 12.0)


@dataclass(frozen=True)
class Batch:
    """Rows of one agency, ready for the file: (n) of each."""

    agency: str
    given: pd.DataFrame
    identities: list[str]
    ids: list[frozenset[str]]
    updated: list[int | None]
    deleted: list[bool]
    columns: tuple[str, ...]
    values: list[tuple[Any, ...]]
    complete: bool

    def lines(self, rows: Sequence[int]) -> list[str]:
        """Write some rows as they came, each as a line of JSON."""
        return as_lines(self.given.iloc[list(rows)])


def as_lines(frame: pd.DataFrame) -> list[str]:
    """Write each row of a table as a line of JSON.

    Examples
    --------
    >>> as_lines(pd.DataFrame({"id": ["a"], "mag": [5.1]}))
    ['{"id":"a","mag":5.1}']
    """
    if frame.empty:
        return []
    text: str = frame.to_json(
        orient="records",
        lines=True,
        date_format="iso",
        date_unit="us",
        double_precision=15,
        force_ascii=False,
        default_handler=str,
    )
    return text.rstrip("\n").split("\n")


def batches(
    events: Any, agency: str | None, size: int, complete: bool | None = None
) -> Iterator[tuple[Batch, list[tuple[str | None, str, str]]]]:
    """Cut a table into batches of one agency each, and set the impossible rows aside.

    Parameters
    ----------
    events : pandas.DataFrame, mapping of columns, or another table
        Anything that `as_events` takes. A row with a value that cannot be read is set aside.
    agency : str, optional
        Whose events they are, where the table does not say; "usgs" if nobody does.
    size : int
        Rows of a batch.
    complete : bool, optional
        Whether ``ids`` names all ids of each event; if not given, where any row names several.

    Yields
    ------
    tuple
        The batch, and the id, reason and row of each that was set aside.
    """
    given = event_frame(events).reset_index(drop=True)
    owner = "usgs" if agency is None else agency_name(agency)
    frame, unreadable = readable(given)
    with np.errstate(invalid="ignore"):  # an infinite longitude is a row to set aside
        table = as_events(frame, agency=owner, fill=False)
    if "agency" not in table:
        table["agency"] = owner
    table["agency"] = table["agency"].str.strip().str.lower().fillna(owner)
    if agency is not None and (table["agency"] != owner).any():
        other = table.loc[table["agency"] != owner, "agency"].iloc[0]
        raise ValueError(f"The events are of the agency {other!r}, not of {agency!r}.")
    if "id" not in table:
        raise ValueError("The table of events has no column 'id': nothing tells its rows apart.")
    if complete is None:
        complete = "ids" in table and bool((table["ids"].str.count(",") > 2).any())
    reasons = _reasons(table, unreadable)
    good = table[reasons == ""]
    bad = np.flatnonzero(reasons != "")
    for name, part in good.groupby("agency", sort=True):
        for begin in range(0, len(part), size):
            yield _batch(str(name), part.iloc[begin : begin + size], given, complete), []
    for name, part in table.iloc[bad].groupby("agency", sort=True):
        rows = part.index.to_numpy()
        lines = as_lines(given.iloc[rows])
        names = [None if pd.isna(one) else str(one) for one in part["id"]]
        aside = list(zip(names, reasons[rows].tolist(), lines, strict=True))
        yield _batch(str(name), part.iloc[:0], given, complete), aside


def _batch(agency: str, part: pd.DataFrame, given: pd.DataFrame, complete: bool) -> Batch:
    columns = tuple(name for name in STORED if name in part.columns)
    values = [_stored(part[name], EVENT_COLUMNS[name]) for name in columns]
    identities = part["id"].tolist()
    stated = part["ids"].tolist() if "ids" in part else [None] * len(part)
    updated = _stored(part["updated"], MOMENT) if "updated" in part else [None] * len(part)
    status = part["status"] == "deleted" if "status" in part else pd.Series(False, part.index)
    return Batch(
        agency,
        given.iloc[part.index.to_numpy()],
        identities,
        [id_set(text, identity) for text, identity in zip(stated, identities, strict=True)],
        updated,
        status.tolist(),
        columns,
        list(zip(*values, strict=True)),
        complete,
    )


def id_set(text: Any, identity: str) -> frozenset[str]:
    """Return the ids in a list such as ",us1,ci2,", the preferred one always among them.

    Examples
    --------
    >>> sorted(id_set(",us1,ci2,", "us1")), sorted(id_set(None, "us1"))
    (['ci2', 'us1'], ['us1'])
    """
    if not isinstance(text, str):
        return frozenset((identity,))
    return frozenset((identity, *(part for one in text.split(",") if (part := one.strip()))))


def _reasons(table: pd.DataFrame, unreadable: Mapping[str, Mapping[int, str]]) -> np.ndarray:
    """Why a row cannot be an event; "" for those that can."""
    reasons = np.full(len(table), "", dtype=object)
    for column, cells in unreadable.items():
        if column not in _MEANT:  # raw rows keep the word
            continue
        word = "not readable" if EVENT_COLUMNS[column] == MOMENT else "not a number"
        reasons[list(cells)] = f"{column} {word}"

    def refuse(wrong: Any, reason: str) -> None:
        reasons[np.asarray(wrong, dtype=bool) & (reasons == "")] = reason

    refuse(table["id"].isna(), "no id")
    refuse(table["time"].isna(), "no time")
    refuse(table["longitude"].isna() | table["latitude"].isna(), "no coordinates")
    refuse(table["latitude"].abs() > 90, "latitude beyond a pole")
    refuse(~table["longitude"].between(-180, 180), "longitude beyond -360 to 720")
    for name, (low, high) in {"depth": _DEPTHS, "mag": _MAGNITUDES}.items():
        if name in table:
            wrong = table[name].notna() & ~table[name].between(low, high)
            refuse(wrong, f"{name} beyond {low:g} to {high:g}")
    return reasons


def _stored(values: pd.Series, kind: str) -> list[Any]:
    """Values as the file keeps them; a missing one is None."""
    if kind == MOMENT:
        return moments(values)
    if kind == NUMBER:
        return values.tolist()  # SQLite keeps NaN as NULL
    if kind == FLAG:
        return values.astype("int64").tolist()
    return values.astype(object).where(values.notna(), None).tolist()


def moments(values: pd.Series) -> list[int | None]:
    """Return times as microseconds since 1970, None where there is none."""
    numbers = values.to_numpy("datetime64[us]").astype("int64")
    found = numbers.astype(object)
    found[values.isna().to_numpy()] = None
    listed: list[int | None] = found.tolist()
    return listed


def expression(name: str, words: Sequence[str]) -> str:
    """How a column is read from a solution, called ``o`` in the statement."""
    if name == "state":
        cases = " ".join(f"WHEN {number} THEN '{word}'" for number, word in enumerate(words))
        return f"CASE o.state {cases} END"
    if name == "ids":
        return "coalesce(o.ids, ',' || o.id || ',')"
    if name == "status":
        return "CASE WHEN o.state = 1 THEN 'deleted' ELSE coalesce(o.status, '') END"
    return f"o.{name}"


def dtype_of(name: str) -> str:
    """Type of a column of an answer."""
    return EVENT_COLUMNS.get(name) or OWN[name]


def as_frame(rows: Sequence[tuple[Any, ...]], columns: Sequence[str]) -> pd.DataFrame:
    """Make a table of rows of the file.

    Parameters
    ----------
    rows : sequence of tuple
        (n) rows, the columns in their order.
    columns : sequence of str
        Names in `EVENT_COLUMNS` or `OWN`.

    Returns
    -------
    pandas.DataFrame
        (n) rows with the types of the table of events.
    """
    parts: Iterable[Sequence[Any]] = zip(*rows, strict=True) if rows else ([] for _ in columns)
    return pd.DataFrame(
        {name: _read(values, dtype_of(name)) for name, values in zip(columns, parts, strict=True)}
    )


def _read(values: Sequence[Any], kind: str) -> Any:
    if kind == MOMENT:
        known = [_NOT_A_TIME if one is None else one for one in values]
        return np.array(known, dtype="int64").view("datetime64[us]")
    if kind == NUMBER:
        return np.array(values, dtype="float64")
    if kind == FLAG:
        return np.array(values, dtype="float64") == 1
    if kind == TEXT:
        return pd.array(pa.array(values, pa.large_string()), dtype=_TEXTS)  # 3 x faster
    return np.array(values, dtype=kind)


_NOT_A_TIME: Final = np.iinfo("int64").min
_TEXTS: Final = pd.StringDtype(na_value=np.nan)


def parse(line: str) -> dict[str, Any]:
    """Read one kept row."""
    found: dict[str, Any] = json.loads(line)
    return found


def as_moments(values: pd.Series) -> pd.Series:
    """Bring times of any form to UTC without a zone, as `as_events` does."""
    table = pd.DataFrame({"time": values, "longitude": 0.0, "latitude": 0.0})
    return as_events(table)["time"]


def rejections(given: Iterable[Any]) -> list[tuple[str | None, str, str]]:
    """Bring rows that were set aside before to id, reason and text.

    Examples
    --------
    >>> rejections([("no time", {"id": "a"})])
    [('a', 'no time', '{"id": "a"}')]
    """
    if isinstance(given, pd.DataFrame):
        if "reason" not in given:
            raise ValueError("The table of rejected rows has no column 'reason'.")
        reasons = given["reason"].astype(str).tolist()
        rest = given.drop(columns=["reason", "row"], errors="ignore").reset_index(drop=True)
        lines = rest["raw"].map(_text).tolist() if "raw" in rest else as_lines(rest)
        names = rest["id"].tolist() if "id" in rest else [None] * len(rest)
        found = zip(names, reasons, lines, strict=True)
        return [(str(one) if isinstance(one, str) else None, why, line) for one, why, line in found]
    listed: list[tuple[str | None, str, str]] = []
    for reason, row in given:
        identity = row.get("id") if isinstance(row, dict) else None
        listed.append((None if identity is None else str(identity), str(reason), _text(row)))
    return listed


def _text(row: Any) -> str:
    return row if isinstance(row, str) else json.dumps(row, default=str, ensure_ascii=False)
