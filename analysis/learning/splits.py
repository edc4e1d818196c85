"""Parts of a table to learn from, to choose with and to judge by: in time, with a gap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.learning.rowaxes import find_axes, read_times
from analysis.notes import mark as _
from analysis.notes import note

Positions = NDArray[np.intp]
PARTS: Final = ("train", "validation", "test")
LEAKY: Final = _(
    "Rows of the same window and of overlapping histories stand in every part: scores on this "
    "split are inflated. It is here to be compared with a split in time, never to be reported."
)


@dataclass(frozen=True, eq=False)
class Split:
    """Three parts of a table, none of which knows another.

    Attributes
    ----------
    train, validation, test
        Positions (row,) in the table, ascending.
    bounds
        First and last issue time of each part.
    gap
        Least time from the last issue time of a part to the first of the next.
    dropped
        Rows in no part: their target windows reach into the next part.
    leaky
        True for a split that lets the future into the past; see `notes`.
    notes
        What a reader of the scores must know: a part without positives, a leaky split.
    """

    train: Positions
    validation: Positions
    test: Positions
    bounds: dict[str, tuple[pd.Timestamp, pd.Timestamp]]
    gap: pd.Timedelta
    dropped: int
    leaky: bool = False
    notes: tuple[str, ...] = ()

    def describe(self, table: Any = None, target: str = "target") -> pd.DataFrame:
        """Return one row for each part: rows, first and last issue time, positives.

        Parameters
        ----------
        table
            The table that was split, for the number of positives; None leaves them out.
        target
            Its column of outcomes.

        Returns
        -------
        pandas.DataFrame
            Indexed by the names of the parts.
        """
        rows = {
            name: {
                "rows": getattr(self, name).size,
                "first": self.bounds[name][0],
                "last": self.bounds[name][1],
            }
            for name in PARTS
        }
        result = pd.DataFrame.from_dict(rows, orient="index")
        if table is not None:
            outcome = np.asarray(table[target])
            result["positives"] = [int((outcome[getattr(self, name)] > 0).sum()) for name in PARTS]
        return result


def temporal_split(
    table: Any,
    *,
    shares: tuple[float, float, float] | None = None,
    dates: tuple[Any, Any] | None = None,
    gap: Any = "30D",
    horizon: Any = None,
    target: str = "target",
) -> Split:
    """Split a table by issue time; no target window of a part reaches into the next part.

    The issue time of a row is the moment at which its forecast is made: its features know nothing
    later, its target lies in the window that follows. A row whose issue time is nearer than `gap`
    to the first issue time of the next part is left out.

    Parameters
    ----------
    table
        Table with ``time`` (a level of the index or a column), or the issue times (row,) alone;
        in any order, with any number of rows for each time.
    shares
        Shares of the issue times (not of the rows) of train, validation and test; without `dates`
        they are 0.70, 0.15 and 0.15.
    dates
        First issue time of validation and first of test, instead of shares; with a zone or in UTC.
    gap
        Least time between issue times of different parts, at least as long as the target window.
    horizon
        Length of the target window, if it is to be checked against the gap; else that of
        ``table.attrs["horizon"]`` if it is there.
    target
        Column of outcomes; a part in which all are 0 is told in the notes.

    Returns
    -------
    Split
        Positions of the rows.

    Raises
    ------
    ValueError
        Shares, dates or gap are impossible, the gap is shorter than the target window, a time is
        missing, or a part is empty.

    Examples
    --------
    Target windows of 30 days, issued each 10 days: none of train ends after validation begins.

    >>> times = pd.date_range("2010-01-01", periods=100, freq="10D")
    >>> split = temporal_split(times.repeat(3), gap="30D")
    >>> ends = times.repeat(3)[split.train] + pd.Timedelta("30D")
    >>> bool((ends <= split.bounds["validation"][0]).all())
    True
    >>> split.train.size, split.validation.size, split.test.size, split.dropped
    (204, 39, 45, 12)
    """
    times = issue_times(table)
    wait = length_of_time(gap, "gap")
    _check_horizon(table, horizon, wait)
    if shares is not None and dates is not None:
        raise ValueError("Both shares and dates are given; give one of them.")
    if dates is None:
        starts = _by_share(times, _check_shares(shares or (0.70, 0.15, 0.15)))
    else:
        starts = _by_date(dates)
    first, second = starts
    wait_ns = wait.to_timedelta64()
    masks = {
        "train": (times < first) & (times <= first - wait_ns),
        "validation": (times >= first) & (times < second) & (times <= second - wait_ns),
        "test": times >= second,
    }
    return _make(table, times, masks, wait, target)


def leaky_random_split(
    table: Any,
    *,
    shares: tuple[float, float, float] = (0.70, 0.15, 0.15),
    seed: int = 0,
    target: str = "target",
) -> Split:
    """Split a table at random, as it must not be done: for teaching what leakage does to scores.

    Neighbouring windows share most of their history and the same sequences of events, and every
    place stands in all three parts, so a model is judged on what it has seen (Kaufman et al. 2012,
    doi:10.1145/2382577.2382579).

    Parameters
    ----------
    table
        As for :func:`temporal_split`.
    shares
        Shares of the rows.
    seed
        Start of the random numbers.
    target
        Column of outcomes.

    Returns
    -------
    Split
        With `leaky` True, a gap of nothing, and the warning in its notes.

    Raises
    ------
    ValueError
        Shares are impossible or a part is empty.

    Examples
    --------
    Train knows times after the whole of the test part began:

    >>> split = leaky_random_split(pd.date_range("2010-01-01", periods=100))
    >>> split.leaky, bool(split.bounds["train"][1] > split.bounds["test"][0])
    (True, True)
    """
    times = issue_times(table)
    train, validation, _ = _check_shares(shares)
    order = np.random.default_rng(seed).permutation(times.size)
    ends = np.round(np.cumsum([train, validation]) * times.size).astype(int)
    masks = {name: np.zeros(times.size, bool) for name in PARTS}
    for name, rows in zip(PARTS, np.split(order, ends), strict=True):
        masks[name][rows] = True
    return _make(table, times, masks, pd.Timedelta(0), target, leaky=True)


def issue_times(table: Any) -> NDArray[np.datetime64]:
    """Return the issue time of every row.

    Parameters
    ----------
    table
        Table with ``time`` as a level of its index or a column, or the times alone.

    Returns
    -------
    numpy.ndarray
        datetime64[ns] (row,).

    Raises
    ------
    ValueError
        There are no times, no rows, or a time is missing or cannot be read.

    Examples
    --------
    >>> pairs = pd.MultiIndex.from_product([pd.to_datetime(["2020-01-01"]), [7, 8]])
    >>> table = pd.DataFrame({"x": [1, 2]}, index=pairs.set_names(["time", "cell"]))
    >>> issue_times(table).astype("datetime64[D]").astype(str).tolist()
    ['2020-01-01', '2020-01-01']
    """
    found = table
    if isinstance(table, (pd.DataFrame, pd.Series)):
        found = find_axes(table).time
        if found is None and isinstance(table, pd.DataFrame):
            raise ValueError(
                f"The table has no time: its columns are {', '.join(map(str, table.columns))}; "
                "the issue times belong in its index or in a column named 'time'."
            )
        found = table if found is None else found
    times = read_times(found)
    if not times.size:
        raise ValueError("The table has no rows, so it cannot be split.")
    if np.isnat(times).any():
        raise ValueError(f"{int(np.isnat(times).sum())} rows have no issue time; drop them first.")
    return times


def length_of_time(value: Any, what: str) -> pd.Timedelta:
    """Return a length of time that is not negative.

    Parameters
    ----------
    value
        Anything that ``pandas.Timedelta`` reads: "30D", "12h".
    what
        What it is, for the message.

    Returns
    -------
    pandas.Timedelta
        Length.

    Raises
    ------
    ValueError
        It is no length of time, or negative.

    Examples
    --------
    >>> length_of_time("36h", "gap") == length_of_time("1.5D", "gap")
    True
    """
    bare = isinstance(value, int | float | np.number) and not isinstance(value, np.timedelta64)
    try:
        if (bare and value != 0) or (isinstance(value, str) and value.strip().isdigit()):
            raise TypeError("a number without a unit")  # of nanoseconds, or of days?
        length = pd.Timedelta(value)
    except (ValueError, TypeError) as error:
        raise ValueError(f"The {what} is {value!r}; give a length such as '30D'.") from error
    if pd.isna(length) or length < pd.Timedelta(0):
        raise ValueError(f"The {what} is {value!r}; it must not be negative.")
    return length


def _check_horizon(table: Any, horizon: Any, gap: pd.Timedelta) -> None:
    stated = horizon if horizon is not None else getattr(table, "attrs", {}).get("horizon")
    window = gap if stated is None else length_of_time(stated, "horizon")
    if gap < window:
        raise ValueError(
            f"The gap is {gap}, shorter than the target window of {window}: "
            "outcomes of train would lie in validation. Give a gap at least as long."
        )


def _check_shares(shares: tuple[float, float, float]) -> tuple[float, float, float]:
    try:
        values = np.asarray(shares, dtype=np.float64)
    except (ValueError, TypeError):
        values = np.zeros(0)
    if values.shape != (3,) or not (values > 0).all() or abs(values.sum() - 1) > 1e-9:
        raise ValueError(f"The shares are {shares}; give three positive numbers with the sum 1.")
    return float(values[0]), float(values[1]), float(values[2])


def _by_share(
    times: NDArray[np.datetime64], shares: tuple[float, float, float]
) -> tuple[np.datetime64, np.datetime64]:
    """Return the first issue times of validation and test."""
    distinct = np.unique(times)
    if distinct.size < 3:
        raise ValueError(f"There are {distinct.size} issue times; three parts need at least 3.")
    ends = np.round(np.cumsum(shares[:2]) * distinct.size).astype(int)
    first = min(max(int(ends[0]), 1), distinct.size - 2)
    second = min(max(int(ends[1]), first + 1), distinct.size - 1)
    return distinct[first], distinct[second]


def _by_date(dates: tuple[Any, Any]) -> tuple[np.datetime64, np.datetime64]:
    words = f"The dates are {dates!r}; give two, such as ('2020-01-01', '2022-01-01')."
    try:
        given = [] if isinstance(dates, str) else list(dates)
        if any(isinstance(one, int | float | np.number) for one in given):
            raise TypeError("a year alone is read as nanoseconds")
        first, second = (pd.Timestamp(one) for one in given)
    except (ValueError, TypeError) as error:
        raise ValueError(words) from error
    first, second = (one.tz_convert(None) if one.tz else one for one in (first, second))
    if pd.isna(first) or pd.isna(second) or not first < second:
        raise ValueError(f"{words[:-1]}, in ascending order.")
    return first.to_datetime64(), second.to_datetime64()


def _make(
    table: Any,
    times: NDArray[np.datetime64],
    masks: dict[str, NDArray[np.bool_]],
    gap: pd.Timedelta,
    target: str,
    leaky: bool = False,
) -> Split:
    """Return the split, having told of empty parts (error) and parts without positives (note)."""
    empty = [name for name in PARTS if not masks[name].any()]
    if empty:
        raise ValueError(
            f"No row is left for {' and '.join(empty)}: the issue times go from "
            f"{pd.Timestamp(times.min())} to {pd.Timestamp(times.max())} and the gap is {gap}; "
            "give other shares or dates, a shorter gap or a longer period."
        )
    notes = [note(LEAKY)] if leaky else []
    if isinstance(table, pd.DataFrame) and target in table.columns:
        positive = np.asarray(table[target]) > 0
        text = _("There are no positives in {name}: scores of detection are undefined there.")
        notes += [note(text, name=name) for name in PARTS if not positive[masks[name]].any()]
    rows = {name: np.flatnonzero(masks[name]) for name in PARTS}
    bounds = {
        name: (pd.Timestamp(times[at].min()), pd.Timestamp(times[at].max()))
        for name, at in rows.items()
    }
    dropped = times.size - sum(at.size for at in rows.values())
    return Split(**rows, bounds=bounds, gap=gap, dropped=dropped, leaky=leaky, notes=tuple(notes))
