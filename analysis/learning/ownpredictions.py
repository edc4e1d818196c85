"""A user's own forecasts: a table or CSV file of time, cell and probability."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from analysis.learning.sheet import Floats

_TIMES: Final = ("time", "issue_time", "date", "datetime")
_CELLS: Final = ("cell", "cell_id", "id")
_VALUES: Final = ("probability", "prediction", "forecast", "p", "score", "value")
_VAGUE: Final = r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}(\D|$)"
_UNREADABLE: Final = (
    OSError,
    UnicodeDecodeError,
    csv.Error,
    pd.errors.ParserError,
    pd.errors.EmptyDataError,
)


def read_predictions(given: Any, index: pd.MultiIndex) -> Floats:
    r"""Return a user's probabilities in the order of the rows to judge by.

    Parameters
    ----------
    given
        Path of a CSV file (or an open file) with the columns time, cell, probability; a table with
        these as columns or index; a Series indexed by (time, cell); or plain numbers (row,).
    index
        (time, cell) of the rows to judge by.

    Returns
    -------
    numpy.ndarray
        float32 (row,).

    Raises
    ------
    ValueError
        Columns are missing, rows are missing or there twice, or a value is no probability.

    Examples
    --------
    The order of the file does not matter:

    >>> import io
    >>> days = pd.to_datetime(["2020-01-01", "2020-01-31"])
    >>> index = pd.MultiIndex.from_product([days, [7]], names=["time", "cell"])
    >>> text = "time,cell,probability\n2020-01-31,7,0.5\n2020-01-01,7,0.25"
    >>> read_predictions(io.StringIO(text), index).tolist()
    [0.25, 0.5]
    """
    if isinstance(given, (str, Path)) or hasattr(given, "read"):
        given = _read(given)
        if pd.api.types.is_numeric_dtype(index.levels[1].dtype):  # else "007" stays as it is
            given = _numbered(given)
    if isinstance(given, pd.DataFrame):
        given = _series(given)
    if isinstance(given, pd.Series) and isinstance(given.index, pd.MultiIndex):
        return _values(_aligned(given, index))
    values = np.asarray(given, dtype=np.float64).ravel()
    if values.size != len(index):
        raise ValueError(
            f"There are {values.size} numbers for {len(index)} rows; give time and cell with them."
        )
    return _values(values)


def _read(path: Any) -> pd.DataFrame:
    try:
        return pd.read_csv(path, sep=None, engine="python", encoding="utf-8-sig", dtype=str)
    except _UNREADABLE as error:
        raise ValueError(f"The file of predictions cannot be read: {error}") from error


def _numbered(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of texts with the numbers of its cells."""
    cells = [one for one in table.columns if str(one).strip().casefold() in _CELLS]
    for name in cells[:1]:
        numbers = pd.to_numeric(table[name], errors="coerce")
        if numbers.notna().all():
            return table.assign(**{name: numbers})
    return table


def _series(table: pd.DataFrame) -> pd.Series[Any]:
    """Return the probabilities indexed by (time, cell)."""
    if set(table.index.names) & {*_TIMES, *_CELLS}:
        table = table.reset_index()
    names = {str(one).strip().casefold(): one for one in table.columns}

    def pick(wanted: tuple[str, ...]) -> Any:
        for one in wanted:
            if one in names:
                return names[one]
        return None

    time, cell, value = pick(_TIMES), pick(_CELLS), pick(_VALUES)
    rest = [one for one in table.columns if one not in (time, cell)]
    if value is None and len(rest) == 1:
        value = rest[0]
    if time is None or cell is None or value is None:
        raise ValueError(
            f"Its columns are {', '.join(map(str, table.columns))}; it needs time, cell and "
            "probability."
        )
    _plain_dates(table[time], str(time))
    try:
        stamps = pd.DatetimeIndex(pd.to_datetime(table[time].to_numpy()))
    except (ValueError, TypeError) as error:
        raise ValueError(f"Its column {time!r} has times that cannot be read: {error}") from error
    if stamps.tz is not None:
        stamps = stamps.tz_convert("UTC").tz_localize(None)
    both = pd.MultiIndex.from_arrays([stamps.as_unit("ns"), table[cell].to_numpy()])
    return pd.Series(table[value].to_numpy(), index=both)


def _aligned(given: pd.Series[Any], index: pd.MultiIndex) -> Any:
    """Return the numbers in the order of the rows, each once."""
    if given.index.has_duplicates:
        twice = given.index[given.index.duplicated()][0]
        raise ValueError(f"The row {twice[0]}, cell {twice[1]} is there twice.")
    numbers = pd.to_numeric(given, errors="coerce")
    _words(given, numbers)
    found = numbers.reindex(index)
    if missing := int(found.isna().sum()):
        first = index[int(np.flatnonzero(found.isna())[0])]
        both = (given.index, index) if len(given) else (index, index)
        own, wanted = (type(one[0][1]).__name__ for one in both)
        if missing == len(index) and own != wanted:
            raise ValueError(
                f"No row of the forecasts is one to judge by: their cells are {own}, such as "
                f"{given.index[0][1]!r}, those to judge by {wanted}, such as {first[1]!r}."
            )
        raise ValueError(
            f"{missing} of {len(index)} rows to judge by have no probability, first "
            f"{first[0]}, cell {first[1]}: a score of the others could not be compared."
        )
    return found.to_numpy(np.float64)


def _plain_dates(column: pd.Series[Any], name: str) -> None:
    """Raise where a date may be read in two ways."""
    if column.dtype.kind in "Mmiuf" or isinstance(column.dtype, pd.DatetimeTZDtype):
        return
    text = column.astype(str).str.strip()
    vague = text[text.str.match(_VAGUE)]
    if len(vague):
        raise ValueError(
            f"The time {vague.iloc[0]!r} in the column {name!r} does not say which number is the "
            "day and which the month; write year-month-day, such as 2020-02-01."
        )


def _words(given: pd.Series[Any], numbers: pd.Series[Any]) -> None:
    """Raise where a probability is written in a way that is no number."""
    bad = given[numbers.isna() & given.notna()]
    if not len(bad):
        return
    (when, cell), word = bad.index[0], str(bad.iloc[0]).strip()
    if word.endswith("%"):
        why = "is written in per cent; write a number from 0 to 1, such as 0.1 for 10%"
    elif re.fullmatch(r"[-+]?\d*,\d+([eE][-+]?\d+)?", word):
        why = f"has a decimal comma; write {word.replace(',', '.')}"
    else:
        why = "is no number; write one from 0 to 1"
    raise ValueError(
        f"{len(bad)} of {len(given)} probabilities cannot be read, first {word!r} ({when}, cell "
        f"{cell}): it {why}."
    )


def _values(values: Any) -> Floats:
    if missing := int(np.isnan(values).sum()):
        raise ValueError(f"{missing} of {values.size} probabilities are missing.")
    if not ((values >= 0) & (values <= 1)).all():
        raise ValueError(
            f"Values go from {np.nanmin(values):g} to {np.nanmax(values):g}; probabilities lie "
            "from 0 to 1."
        )
    return np.asarray(values, dtype=np.float32)
