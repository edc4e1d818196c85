"""Raw rows judged one by one: events that can be used, and the others with the reason."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd

from analysis.sources.fdsn.columns import EVENT_COLUMNS, FLAG, MOMENT, NUMBER, TEXT, as_events
from analysis.sources.fdsn.values import FLAG_WORDS, whole_signs

REJECTED_COLUMNS: Final = ("row", "id", "reason", "value", "raw")
REASONS: Final = (
    "not an event",
    "wrong number of fields",
    "no id",
    "id not readable",
    "no time",
    "time not readable",
    "time without a zone",
    "no coordinates",
    "longitude out of range",
    "latitude out of range",
    "no magnitude",
    "magnitude out of range",
    "depth out of range",
    "value not a number",
)
"""Every reason for which a row is rejected."""

RANGES: Final[Mapping[str, tuple[float, float, str]]] = {
    "longitude": (-180.0, 360.0, "longitude out of range"),
    "latitude": (-90.0, 90.0, "latitude out of range"),
    "depth": (-100.0, 1000.0, "depth out of range"),
    "mag": (-10.0, 11.0, "magnitude out of range"),
}
"""Smallest and largest value that is taken: degrees, km, magnitude."""

_MISSING: Final = {
    "longitude": "no coordinates",
    "latitude": "no coordinates",
    "mag": "no magnitude",
}
_NUMBERS: Final = tuple(name for name, kind in EVENT_COLUMNS.items() if kind in (NUMBER, FLAG))
_MOMENT: Final = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?(Z|z|[+-]\d\d:?\d\d)?"
)
_LONGEST: Final = 20_000  # signs of a raw row that are kept


@dataclass
class Judge:
    """Collects the rows of one answer.

    Attributes
    ----------
    zone : bool
        Whether a time in words needs a zone; otherwise it is UTC without one.
    tombstones : bool
        The rows tell deleted events: they need an id and nothing else.
    """

    zone: bool = True
    tombstones: bool = False
    records: list[dict[str, Any]] = field(default_factory=list)
    raws: list[Any] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    rejected: list[tuple[int, Any, str, Any, Any]] = field(default_factory=list)
    count: int = 0

    def add(self, record: dict[str, Any], raw: Any) -> None:
        """Take in one row by the names of the table of events."""
        self.records.append(record)
        self.raws.append(raw)
        self.rows.append(self.count)
        self.count += 1

    def refuse(self, reason: str, raw: Any, *, event: Any = None, value: Any = None) -> None:
        """Refuse a row that has no fields to look at."""
        self.rejected.append((self.count, event, reason, value, raw))
        self.count += 1

    def verdict(self, *, agency: str, source: str) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return the events and the rejected rows.

        Parameters
        ----------
        agency, source : str
            Who told the events, and the name of the catalogue's entry.

        Returns
        -------
        events, rejected : pandas.DataFrame
            In the order of the answer. `rejected` has the columns row (position in the answer),
            id, reason (one of `REASONS`), value and raw (text of JSON).
        """
        wrong: dict[int, tuple[str, Any]] = {}
        told = set().union(*self.records)
        columns = {
            name: [record.get(name) for record in self.records]
            for name in EVENT_COLUMNS
            if name in told
        }
        for name in ("id", "time", "longitude", "latitude", "mag"):
            columns.setdefault(name, [None] * len(self.records))
        _judge_ids(columns["id"], wrong)
        for name in columns:
            if EVENT_COLUMNS[name] == TEXT:
                columns[name] = [whole_signs(value) for value in columns[name]]
        for name in ("time", "updated"):
            if name in columns:
                columns[name] = self._times(columns[name], name, wrong)
        for name in _NUMBERS:
            if name in columns:
                columns[name] = self._numbers(columns[name], name, wrong)
        frame = pd.DataFrame(columns)
        keep = np.ones(len(frame), dtype=bool)
        keep[list(wrong)] = False
        events = as_events(
            frame[keep].reset_index(drop=True), agency=agency, source=source, simulated=False
        )
        for row, (reason, value) in wrong.items():
            about = self.records[row].get("id")
            self.rejected.append((self.rows[row], about, reason, value, self.raws[row]))
        return events, rejected_table(self.rejected)

    def _times(self, values: list[Any], name: str, wrong: dict[int, tuple[str, Any]]) -> Any:
        """Read times: numbers are milliseconds since 1970, words are ISO 8601."""
        texts: list[Any] = [None] * len(values)
        micro = np.full(len(values), np.iinfo(np.int64).min)
        for row, value in enumerate(values):
            reason = ""
            if value is None or value == "":
                reason = "no time" if name == "time" else ""
            elif isinstance(value, str):
                found = _MOMENT.fullmatch(value.strip())
                texts[row] = value.strip()
                if found is None:
                    reason, texts[row] = "time not readable", None
                elif self.zone and found[1] is None:
                    reason, texts[row] = "time without a zone", None
            elif _is_number(value) and abs(value) < 1e14:
                micro[row] = round(value * 1000)
            else:
                reason = "time not readable"
            if reason and not self.tombstones:
                wrong.setdefault(row, (reason, value))
        moments = micro.view(MOMENT)
        said = [row for row, text in enumerate(texts) if text is not None]
        read = pd.to_datetime(
            [texts[row] for row in said], utc=True, format="ISO8601", errors="coerce"
        )
        moments[said] = read.tz_localize(None).to_numpy().astype(MOMENT)
        for row, moment in zip(said, moments[said], strict=True):
            if np.isnat(moment) and not self.tombstones:
                wrong.setdefault(row, ("time not readable", values[row]))
        return moments

    def _numbers(self, values: list[Any], name: str, wrong: dict[int, tuple[str, Any]]) -> Any:
        read = np.full(len(values), np.nan)
        low, high, beyond = RANGES.get(name, (-math.inf, math.inf, ""))
        missing = "" if self.tombstones else _MISSING.get(name, "")
        for row, value in enumerate(values):
            reason = ""
            number = _flag(value) if EVENT_COLUMNS[name] == FLAG else _number(value)
            if number is None:
                reason = "value not a number"
            elif math.isnan(number):
                reason = missing
            elif not low <= number <= high:
                reason = beyond
            elif math.isinf(number):
                reason = "value not a number"
            else:
                read[row] = number
            if reason and not self.tombstones:
                shown = f"{name}: {value}" if reason == "value not a number" else value
                wrong.setdefault(row, (reason, shown))
        return read


def rejected_table(rows: Iterable[tuple[int, Any, str, Any, Any]] = ()) -> pd.DataFrame:
    """Return a table of rejected rows.

    Parameters
    ----------
    rows : iterable of tuple
        Position in the answer, id, reason, value and raw row; possibly none.

    Returns
    -------
    pandas.DataFrame
        With the columns `REJECTED_COLUMNS`, in the order of the answer.

    Examples
    --------
    >>> told = rejected_table([(4, "us1", "no magnitude", None, {"id": "us1"})])
    >>> told.loc[0, ["id", "reason", "raw"]].tolist()
    ['us1', 'no magnitude', '{"id": "us1"}']
    """
    told = [
        (
            row,
            None if event is None else whole_signs(str(event)),
            reason,
            None if value is None else whole_signs(str(value)[:_LONGEST]),
            whole_signs(json.dumps(raw, ensure_ascii=False, default=str)[:_LONGEST]),
        )
        for row, event, reason, value, raw in sorted(rows, key=lambda one: one[0])
    ]
    table = pd.DataFrame(told, columns=list(REJECTED_COLUMNS))
    kinds = {name: "int64" if name == "row" else "str" for name in REJECTED_COLUMNS}
    return table.astype(kinds)


def _number(value: Any) -> float | None:
    """Read a number; NaN where there is none, None where something else stands."""
    if value is None or value == "":
        return math.nan
    if isinstance(value, bool):
        return None
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _flag(value: Any) -> float | None:
    """Read a flag as 0 or 1, as `_number`."""
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        value = FLAG_WORDS.get(value.strip().lower(), value)
    return _number(value)


def _judge_ids(values: list[Any], wrong: dict[int, tuple[str, Any]]) -> None:
    for row, value in enumerate(values):
        if value is None or (isinstance(value, str) and not value.strip()):
            wrong.setdefault(row, ("no id", value))
        elif not _is_name(value):
            wrong.setdefault(row, ("id not readable", value))


def _is_name(value: Any) -> bool:
    """Whether a value can be an id: a whole number, or text of whole signs."""
    if isinstance(value, str):
        return whole_signs(value) == value
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value
