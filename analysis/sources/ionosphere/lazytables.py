"""Files of which each becomes a piece of one lazy table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import dask.dataframe as dd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.sources.ionosphere.packed import find_files


def open_tables(
    paths: str | Path | Sequence[str | Path],
    read: Callable[..., pd.DataFrame],
    empty: pd.DataFrame,
    **options: Any,
) -> dd.DataFrame:
    """One lazy table of many files, a partition for each.

    Parameters
    ----------
    paths : path, pattern, folder or sequence of them
        The files, joined in order of their names.
    read : callable
        Path and options -> table of that file, with the columns of `empty`.
    empty : pandas.DataFrame
        No rows, all columns with their types.
    **options
        Given to `read`.

    Returns
    -------
    dask.dataframe.DataFrame
        Nothing is read before values are asked for.

    Raises
    ------
    ValueError
        There is no file.

    Examples
    --------
    >>> open_tables("nowhere/*.txt", pd.read_csv, empty_table(a="int64"))
    Traceback (most recent call last):
    ...
    ValueError: No file matches nowhere/*.txt.
    """
    files = [str(path) for path in find_files(paths)]
    for file in files:
        if not Path(file).is_file():
            raise ValueError(f"There is no file {file}.")
    return dd.from_map(_piece, files, read=read, empty=empty, options=options, meta=empty)


def _piece(
    path: str, read: Callable[..., pd.DataFrame], empty: pd.DataFrame, options: dict[str, Any]
) -> pd.DataFrame:
    """Read a file; what is wrong with it is told with its name, in one kind of error."""
    try:
        table = read(path, **options)
    except ValueError as error:
        text = str(error)
        told = text if path in text else f"{path} cannot be read: {text}"
        raise ValueError(told) from None
    lost = [str(name) for name in empty.columns if name not in table]
    if lost:
        raise ValueError(
            f"{path} has no {', '.join(lost)}, which the first file has. Open files of one kind "
            "at a time."
        )
    return table[list(empty.columns)].astype(empty.dtypes.to_dict())


def empty_table(**columns: str) -> pd.DataFrame:
    """Table without rows.

    Parameters
    ----------
    **columns : str
        Name of a column -> its type.

    Returns
    -------
    pandas.DataFrame

    Examples
    --------
    >>> list(empty_table(time="datetime64[ns]", kp="float32").dtypes.astype(str))
    ['datetime64[ns]', 'float32']
    """
    return pd.DataFrame({name: pd.Series([], dtype=kind) for name, kind in columns.items()})


def limited(values: Any, low: float, high: float, what: str) -> NDArray[np.float64]:
    """Numbers that lie in a range; others are a sign of damage.

    Parameters
    ----------
    values : array-like of float
        NaN is missing.
    low, high : float
        Limits, both allowed.
    what : str
        What the numbers are, for the message.

    Returns
    -------
    numpy.ndarray

    Raises
    ------
    ValueError
        One of them lies outside.

    Examples
    --------
    >>> limited([3.0, float("nan")], 0, 9, "Kp")
    array([ 3., nan])
    """
    array = np.asarray(values, np.float64)
    wrong = ~((array >= low) & (array <= high)) & ~np.isnan(array)
    if np.any(wrong):
        first = array[wrong].ravel()[0]
        raise ValueError(f"{what} is {first:g}, not {low:g} to {high:g}; the file is damaged.")
    return array


def dates(year: Any, month: Any, day: Any) -> NDArray[np.datetime64]:
    """Midnights of dates given in parts.

    Parameters
    ----------
    year, month, day : array-like of int
        Parts of the dates.

    Returns
    -------
    numpy.ndarray
        Nanoseconds.

    Raises
    ------
    ValueError
        One of them is no date between 1800 and 2200.

    Examples
    --------
    >>> dates([2024], [2], [29])
    array(['2024-02-29T00:00:00.000000000'], dtype='datetime64[ns]')
    >>> dates([2023], [2], [29])
    Traceback (most recent call last):
    ...
    ValueError: 2023-2-29 is no date; the file is damaged.
    """
    parts = [np.asarray(one, np.float64) for one in (year, month, day)]
    whole = all(np.isfinite(one).all() and (one == np.floor(one)).all() for one in parts)
    y, m, d = (np.where(np.isfinite(one), one, -1).astype(np.int64) for one in parts)
    good = (y >= 1800) & (y <= 2200) & (m >= 1) & (m <= 12) & (d >= 1) & (d <= 31)
    first = np.where(good, (y - 1970) * 12 + m - 1, 0).astype("datetime64[M]")
    days = first.astype("datetime64[D]") + (d - 1).astype("timedelta64[D]")
    good &= days.astype("datetime64[M]") == first
    if not (whole and good.all()):
        k = int(np.argmin(good))
        raise ValueError(f"{y[k]}-{m[k]}-{d[k]} is no date; the file is damaged.")
    return days.astype("datetime64[ns]")


def numbers(text: str, columns: Sequence[str], *, what: str) -> pd.DataFrame:
    r"""Table of numbers parted by blanks; lines that begin with ``#`` or ``:`` are skipped.

    Parameters
    ----------
    text : str
        The file.
    columns : sequence of str
        Names of the columns; each line must have as many numbers.
    what : str
        Kind of file, for the message.

    Returns
    -------
    pandas.DataFrame
        Floats.

    Raises
    ------
    ValueError
        A line has another number of columns, or something that is no number.

    Examples
    --------
    >>> numbers("# a b\n1 2\n3 4\n", ["a", "b"], what="a table")["b"].tolist()
    [2.0, 4.0]
    """
    rows = [line.split() for line in text.splitlines() if line.strip() and line[0] not in "#:"]
    if not rows:
        raise ValueError(f"it is no {what}: it has no line of data.")
    width = len(columns)
    for row in rows:
        if len(row) != width:
            raise ValueError(f"it is no {what}: a line has {len(row)} columns, not {width}.")
    try:
        values = np.array(rows).astype(np.float64)
    except ValueError as error:
        raise ValueError(f"it is no {what}, or damaged: {error}.") from None
    return pd.DataFrame(values, columns=list(columns))
