"""Where a table has the time and the cell of its rows, and the times read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

TIMES: Final = ("time", "issue_time", "date", "datetime")
CELLS: Final = ("cell", "cell_id")
_PLACE: Final = (("longitude", "lon"), ("latitude", "lat"))
_VAGUE: Final = re.compile(r"\s*\d{1,2}[./-]\d{1,2}[./-]\d{2,4}(\D|$)")


@dataclass(frozen=True, eq=False)
class Axes:
    """Time and cell of the rows of a table, as they were found.

    Attributes
    ----------
    time, cell
        Values (row,); None where the table has none.
    columns
        Names of the columns among them, which are no features.
    """

    time: Any
    cell: Any
    columns: tuple[Any, ...] = ()


def find_axes(table: pd.DataFrame | pd.Series[Any]) -> Axes:
    """Return time and cell of the rows of a table.

    They are sought by name in the index, then among the columns, whatever the case of the letters;
    a level of dates without such a name is the time, and what is beside it in an index of two
    levels is the cell. Longitude and latitude make a cell where there is no other.

    Parameters
    ----------
    table
        Table or series.

    Returns
    -------
    Axes
        What was found.

    Examples
    --------
    >>> days = pd.date_range("2020-01-01", periods=2)
    >>> index = pd.MultiIndex.from_product([["a", "b"], days], names=["Cell", "Time"])
    >>> found = find_axes(pd.DataFrame({"x": range(4)}, index=index))
    >>> list(found.cell), found.time[0] == days[0]
    (['a', 'a', 'b', 'b'], True)
    """
    index = table.index
    levels = [index.get_level_values(number) for number in range(index.nlevels)]
    time, column = _sought(table, levels, TIMES[:1])
    dated = [one for one in levels if one.dtype.kind == "M"]
    if time is None and len(dated) == 1:
        time = dated[0]
    if time is None:
        time, column = _sought(table, levels, TIMES[1:])
    cell, other = _sought(table, levels, CELLS)
    at = [number for number, one in enumerate(levels) if one is time]
    if cell is None and at and len(levels) == 2:
        beside = levels[1 - at[0]]
        cell = None if _plain(beside.name) in (*_PLACE[0], *_PLACE[1]) else beside
    if cell is None:
        both = [_sought(table, levels, one)[0] for one in _PLACE]  # a place is a feature too
        cell = None if any(one is None for one in both) else _pairs(*both)
    return Axes(time, cell, (*column, *other))


def _sought(
    table: pd.DataFrame | pd.Series[Any], levels: list[Any], wanted: tuple[str, ...]
) -> tuple[Any, tuple[Any, ...]]:
    """Return a level or column of one of these names, and the name of the column."""
    names = [_plain(one.name) for one in levels]
    for name in wanted:
        if name in names:
            return levels[names.index(name)], ()
    columns = list(table.columns) if isinstance(table, pd.DataFrame) else []
    for name in wanted:
        for one in sorted((one for one in columns if _plain(one) == name), key=lambda x: x != name):
            return table[one], (one,)
    return None, ()


def read_times(values: Any, what: str = "issue times") -> NDArray[np.datetime64]:
    """Return times in UTC from whatever they are written in.

    Parameters
    ----------
    values
        Times (row,): datetime64, with a zone or without, dates of Python, or texts such as
        "2020-01-31".
    what
        What they are, for the messages.

    Returns
    -------
    numpy.ndarray
        datetime64[ns] (row,), NaT where missing.

    Raises
    ------
    ValueError
        They are numbers or periods, cannot be read, or say not which number is the month.

    Examples
    --------
    >>> str(read_times(["2020-01-01T05:00+05:00"])[0])[:16]
    '2020-01-01T00:00'
    >>> read_times([2010, 2011])
    Traceback (most recent call last):
    ValueError: The issue times are numbers, first 2010; give dates such as '2010-01-01'.
    """
    kind = getattr(values, "dtype", None)
    if isinstance(kind, pd.PeriodDtype):
        raise ValueError(
            f"The {what} are periods ({kind}); give the moments of the forecasts, such as "
            "their beginnings: times.to_timestamp()."
        )
    if not isinstance(kind, pd.DatetimeTZDtype):
        values = np.asarray(values)
        if values.ndim != 1:
            raise ValueError(f"The {what} have {values.ndim} axes; give one time for a row.")
        if values.dtype.kind != "M":
            values = _of_words(values, what)
    try:
        times = pd.DatetimeIndex(pd.to_datetime(values))
    except (ValueError, TypeError, OverflowError) as error:
        raise ValueError(f"The {what} cannot be read: {error}") from error
    if times.tz is not None:
        times = times.tz_convert("UTC").tz_localize(None)
    return np.asarray(times.as_unit("ns"))


def _of_words(values: NDArray[Any], what: str) -> Any:
    """Return texts or dates of Python (row,), after a look at what could be read in two ways."""
    if not values.size:
        return values.astype("datetime64[ns]")
    known = values[~pd.isna(values)]
    if known.size and (
        values.dtype.kind in "iufcb" or isinstance(known[0], (int, float, np.number))
    ):
        raise ValueError(
            f"The {what} are numbers, first {known[0]}; give dates such as '2010-01-01'."
        )
    for one in pd.unique(known):
        if isinstance(one, str) and _VAGUE.match(one):
            raise ValueError(
                f"The time {one!r} does not say which number is the day and which the month; "
                "write year-month-day, such as 2020-02-01."
            )
    return values


def _plain(name: Any) -> str:
    return str(name).strip().casefold() if isinstance(name, str) else ""


def _pairs(longitude: Any, latitude: Any) -> pd.Index[Any]:
    """Return a cell (longitude, latitude) for each row."""
    places = [np.asarray(longitude), np.asarray(latitude)]
    if missing := int((pd.isna(places[0]) | pd.isna(places[1])).sum()):
        raise ValueError(f"{missing} rows of the table have no longitude or latitude; drop them.")
    both = pd.MultiIndex.from_arrays(places)
    codes, every = both.factorize()
    return pd.Index(list(every), tupleize_cols=False).take(codes)
