"""The lazy table that a question to the event database gives."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from analysis.seismic.database import statements as sql
from analysis.seismic.database.connection import DatabaseFile
from analysis.seismic.database.filters import STATES, Filter, as_time, is_whole
from analysis.seismic.database.rows import OWN, as_frame, expression
from analysis.sources.fdsn.columns import EVENT_COLUMNS
from analysis.spelling import did_you_mean

if TYPE_CHECKING:
    import dask.dataframe as dd

ORDERS: Final = {
    "time": "o.time, o.origin",
    "-time": "o.time DESC, o.origin DESC",
    "mag": "o.mag, o.time, o.origin",
    "-mag": "o.mag DESC, o.time, o.origin",
    "": "",
}
"""Orders of an answer: oldest first, latest first, smallest first, largest first, none."""


@dataclass(frozen=True)
class EventTable:
    """Events that answer a question; nothing is read before it is asked for.

    Made by `EventDatabase.query`. Asked again, it reads again: it shows what the file holds then.

    Examples
    --------
    >>> import tempfile
    >>> from analysis.seismic.database import EventDatabase
    >>> database = EventDatabase(Path(tempfile.mkdtemp()) / "events.sqlite")
    >>> rows = {"id": ["a", "b"], "time": ["2020-01-01", "2021-01-01"], "mag": [5.0, 6.0]}
    >>> applied = database.apply(pd.DataFrame({**rows, "longitude": [0, 1], "latitude": [0, 1]}))
    >>> strong = database.query(magnitude=(5.5, None))
    >>> len(strong), strong.to_frame()["id"].tolist()
    (1, ['b'])
    >>> sum(len(chunk) for chunk in strong.chunks(1)) == len(strong)
    True
    >>> database.close()
    """

    file: DatabaseFile
    wanted: Filter
    columns: tuple[str, ...]
    order: str = "time"
    limit: int | None = None

    def __len__(self) -> int:
        """Count the events."""
        return self.count()

    def __bool__(self) -> bool:
        """Whether there is any event."""
        return bool(self._rows("1", limit=1))

    def __iter__(self) -> Iterator[pd.DataFrame]:
        """Go through the events in tables of at most 50,000 rows."""
        return self.chunks()

    def __repr__(self) -> str:
        """Say what is asked, without asking."""
        given = (
            f"{field.name}={getattr(self.wanted, field.name)!r}"
            for field in dataclasses.fields(self.wanted)
            if getattr(self.wanted, field.name) != field.default
        )
        return f"EventTable({', '.join(given)}; {len(self.columns)} columns, lazy)"

    def count(self) -> int:
        """Count the events without reading them."""
        found: int = self._rows("count(*)", order="", limit=None)[0][0]
        return found if self.limit is None else min(found, self.limit)

    def chunks(self, size: int = 50_000) -> Iterator[pd.DataFrame]:
        """Go through the events in tables of at most `size` rows.

        All come from one state of the file, however long it takes and whoever writes meanwhile.

        Parameters
        ----------
        size : int
            Rows of a table.

        Yields
        ------
        pandas.DataFrame
            (up to `size`) rows in the order of the question.
        """
        if size < 1:
            raise ValueError(f"The size of a chunk is {size}; it must be at least 1.")
        what = ", ".join(expression(name, STATES) for name in self.columns)
        text, values = sql.select(what, self.wanted, order=ORDERS[self.order], limit=self.limit)
        with self.file.plainly():
            cursor = self.file.reader().execute(text, values)
            while rows := cursor.fetchmany(size):
                yield as_frame(rows, self.columns)

    def to_frame(self) -> pd.DataFrame:
        """Read all events.

        Returns
        -------
        pandas.DataFrame
            (n) rows with the columns asked for, index from 0.
        """
        parts = list(self.chunks())
        if not parts:
            return as_frame([], self.columns)
        return parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True)

    def to_dask(self, rows: int = 100_000) -> dd.DataFrame:
        """Return a Dask table whose pieces read themselves, in any process.

        Parameters
        ----------
        rows : int
            About so many events in a piece; pieces are cut in time.

        Returns
        -------
        dask.dataframe.DataFrame
            Nothing is read but the times where to cut.
        """
        import dask.dataframe as dd

        pieces = self._pieces(rows)
        path, meta = self.file.path.absolute(), as_frame([], self.columns)
        order, limit = self.order, self.limit
        return dd.from_map(
            _read_piece, pieces, path=path, columns=self.columns, order=order, limit=limit,
            meta=meta, label="events",
        )  # fmt: skip

    def head(self, count: int = 5) -> pd.DataFrame:
        """Read the first events."""
        least = count if self.limit is None else min(count, self.limit)
        return dataclasses.replace(self, limit=least).to_frame()

    def extent(self) -> dict[str, Any] | None:
        """Return the bounds of the events: west, south, east, north, start, end.

        Returns
        -------
        dict or None
            Degrees and times; None where there is no event. West and east are the smallest and
            the largest longitude: events on both sides of the date line span the globe.
        """
        what = (
            "min(o.longitude), min(o.latitude), max(o.longitude), max(o.latitude), "
            "min(o.time), max(o.time)"
        )
        west, south, east, north, start, end = self._rows(what, order="", limit=None)[0]
        if west is None:
            return None
        bounds = {"west": west, "south": south, "east": east, "north": north}
        return {**bounds, "start": as_time(start), "end": as_time(end)}

    def statistics(self) -> pd.DataFrame:
        """Count, mean, spread and quartiles of magnitude and depth.

        Returns
        -------
        pandas.DataFrame
            Rows as of ``DataFrame.describe``, columns ``mag`` and ``depth`` (km).
        """
        numbers = dataclasses.replace(self, columns=("mag", "depth"))
        return numbers.to_frame().describe()

    def counts(self, column: str) -> pd.Series:
        """Count the events by the values of a column of text, the most frequent first."""
        check_columns((column,))
        what = f"{expression(column, STATES)}, count(*)"
        text, values = sql.select(what, self.wanted)
        with self.file.plainly():
            found = self.file.reader().execute(text + " GROUP BY 1 ORDER BY 2 DESC, 1", values)
            pairs = found.fetchall()
        index = pd.Index([name for name, _ in pairs], name=column)
        return pd.Series([number for _, number in pairs], index, name="count", dtype="int64")

    def _rows(self, what: str, **named: Any) -> list[tuple[Any, ...]]:
        order = ORDERS[named.get("order", self.order)]
        limit = named.get("limit", self.limit)
        text, values = sql.select(what, self.wanted, order=order, limit=limit)
        with self.file.plainly():
            return self.file.reader().execute(text, values).fetchall()

    def _pieces(self, rows: int) -> list[Filter]:
        """Cut the question into windows of time."""
        if rows < 1:
            raise ValueError(f"The rows of a piece are {rows}; give at least 1.")
        if self.limit is not None:
            return [self.wanted]
        times = [time for (time,) in self._rows("o.time", order="time")]
        cuts = sorted({time for time in times[rows::rows] if time > times[0]})
        edges = [self.wanted.start, *cuts, self.wanted.end]
        pieces = [
            dataclasses.replace(self.wanted, start=first, end=last)
            for first, last in pairwise(edges)
        ]
        return pieces[::-1] if self.order.startswith("-") else pieces


def check_limit(limit: Any) -> int | None:
    """Return the most events of an answer as a number; None for no limit.

    Raises
    ------
    ValueError
        It is no whole number, or negative.

    Examples
    --------
    >>> check_limit(5), check_limit(None)
    (5, None)
    """
    if limit is None:
        return None
    if not is_whole(limit) or limit < 0:
        raise ValueError(f"The limit is {limit!r}; give a whole number, 0 or more.")
    return int(limit)


def check_columns(columns: Iterable[str]) -> tuple[str, ...]:
    """Return the names of columns when all are known.

    Raises
    ------
    ValueError
        One is not, or stands twice.
    """
    names = (columns,) if isinstance(columns, str) else tuple(columns)
    known = [*EVENT_COLUMNS, *OWN]
    for name in names:
        if name not in known:
            raise ValueError(f"Events have no column {name!r}. {did_you_mean(name, known)}")
    if not names or len(set(names)) < len(names):
        raise ValueError(f"The columns are {names}; give each once, and at least one.")
    return names


def _read_piece(
    wanted: Filter, path: Path, columns: tuple[str, ...], order: str, limit: int | None
) -> pd.DataFrame:
    """Read one piece of a Dask table."""
    file = DatabaseFile(path, read_only=True)
    try:
        return EventTable(file, wanted, columns, order, limit).to_frame()
    finally:
        file.close()
