"""A feature table as plain arrays: times, cells, features, outcomes, weights, rates."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.learning.columnnumbers import is_numeric, numbers_of
from analysis.learning.rowaxes import Axes, find_axes, read_times
from analysis.learning.splits import Positions
from analysis.notes import mark as _
from analysis.notes import note
from analysis.spelling import did_you_mean

Floats = NDArray[np.float32]
RATE: Final = "rate_"
"""Columns of this beginning are forecasts of others, never features unless named."""
_NAMELESS: Final = re.compile(r"Unnamed: \d+(_level_\d+)?")
_NO_CELLS: Final = _(
    "The table names no cells (a level or column 'cell'), so all rows count as of one cell."
)


@dataclass(frozen=True, eq=False)
class Sheet:
    """Rows of a feature table.

    Attributes
    ----------
    index
        (time, cell) of every row.
    times
        Issue times (row,), datetime64[ns].
    values
        Features (row, feature), float32, NaN where missing.
    names
        Names of the features.
    outcome
        0 or 1 (row,), uint8.
    weights
        Weights (row,), float32.
    rates
        Expected numbers (row,) by column.
    events
        Numbers of events (row,), from a column `events` that is no feature; else None.
    attrs
        What the table says of itself.
    notes
        What a reader must know.
    celled
        The table names its cells; without, all rows count as of one.
    """

    index: pd.MultiIndex
    times: NDArray[np.datetime64]
    values: Floats
    names: tuple[str, ...]
    outcome: NDArray[np.uint8]
    weights: Floats
    rates: dict[str, Floats]
    attrs: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    events: Floats | None = None
    celled: bool = True

    def __len__(self) -> int:
        return len(self.index)

    def take(self, rows: Positions | slice) -> Sheet:
        """Return some of the rows."""
        return Sheet(
            self.index[rows],
            self.times[rows],
            self.values[rows],
            self.names,
            self.outcome[rows],
            self.weights[rows],
            {name: one[rows] for name, one in self.rates.items()},
            self.attrs,
            self.notes,
            None if self.events is None else self.events[rows],
            self.celled,
        )


def read_sheet(
    table: Any,
    features: Sequence[str] | None = None,
    *,
    target: str = "target",
    outcomes: bool = True,
) -> Sheet:
    """Return a feature table as arrays.

    Parameters
    ----------
    table
        Table with `time` and `cell` in its index or as columns, features, `target`, and perhaps
        `weight` and `rate_...`.
    features
        Which columns to learn from; None for those of ``table.attrs["features"]``, else all
        columns of numbers but target, weight and rates.
    target
        Column of outcomes; more than 0 is 1.
    outcomes
        False where the table may lack outcomes: a forecast of what is to come.

    Returns
    -------
    Sheet
        The arrays.

    Raises
    ------
    ValueError
        Times, outcomes or named features are missing or impossible.

    Examples
    --------
    Time and cell may be columns or index, to the same rows:

    >>> days = pd.date_range("2020-01-01", periods=2)
    >>> table = pd.DataFrame({"time": days, "cell": [3, 3], "depth": [1, 2], "target": [0, 1]})
    >>> one, other = read_sheet(table), read_sheet(table.set_index(["time", "cell"]))
    >>> one.names, one.index.equals(other.index), one.outcome.tolist()
    (('depth',), True, [0, 1])
    """
    frame = _frame(table)
    axes = find_axes(frame)
    index = _index(frame, axes)
    notes: list[str] = []
    if axes.cell is None and len(frame) > index.levels[0].size:
        notes.append(note(_NO_CELLS))
    names = _features(frame, features, {target, *axes.columns}, target, notes)
    values = np.empty((len(frame), len(names)), np.float32)
    for column, name in enumerate(names):
        values[:, column] = numbers_of(frame[name], name, notes)
    if infinite := int(np.isinf(values).sum()):
        values[np.isinf(values)] = np.nan
        notes.append(
            note(
                _("{count} values of features are infinite; they are taken for missing."),
                count=infinite,
            )
        )
    outcome = _outcome(frame, target, outcomes)
    events = _events(frame, names, outcome, notes)
    rates = {
        str(name): np.asarray(frame[name], dtype=np.float32)
        for name in frame.columns
        if str(name).startswith(RATE)
    }
    return Sheet(
        index,
        np.asarray(index.get_level_values(0)).astype("datetime64[ns]"),
        values,
        tuple(names),
        outcome,
        _weights(frame),
        rates,
        {str(key): value for key, value in frame.attrs.items()},
        tuple(notes),
        events,
        axes.cell is not None,
    )


def rows_of(table: Any, rows: Positions) -> pd.DataFrame:
    """Return some of the rows of a table as it was given, in memory.

    Parameters
    ----------
    table
        Table.
    rows
        Positions.

    Returns
    -------
    pandas.DataFrame
        Rows.
    """
    return _frame(table).iloc[rows]


def _frame(table: Any) -> pd.DataFrame:
    """Return the table in memory."""
    if not isinstance(table, pd.DataFrame) and hasattr(table, "compute"):
        table = table.compute()
    if not isinstance(table, pd.DataFrame):
        raise ValueError(
            f"The table is a {type(table).__name__}; give a DataFrame with the index (time, cell)."
        )
    if not len(table):
        raise ValueError("The table has no rows.")
    if isinstance(table.columns, pd.MultiIndex):
        raise ValueError(
            f"The columns have {table.columns.nlevels} levels; give plain names, such as "
            f"{'_'.join(map(str, table.columns[0]))}."
        )
    if not all(isinstance(one, str) for one in table.columns):
        table = table.rename(columns=str)
    if len(set(table.columns)) != len(table.columns):
        twice = sorted({str(one) for one in table.columns[table.columns.duplicated()]})
        raise ValueError(f"The table has columns twice: {', '.join(twice)}.")
    return table


def _index(frame: pd.DataFrame, axes: Axes) -> pd.MultiIndex:
    """Return (time, cell) of every row, wherever the table has them."""
    index: Any = frame.index
    ready = isinstance(index, pd.MultiIndex) and list(index.names) == ["time", "cell"]
    if ready and index.levels[0].dtype == np.dtype("datetime64[ns]"):
        if any((codes < 0).any() for codes in index.codes):
            raise ValueError("Rows of the table have no time or no cell; drop them first.")
        return pd.MultiIndex(index.levels, index.codes, names=index.names)
    if axes.time is None:
        raise ValueError(
            f"The table has no time: its columns are {', '.join(map(str, frame.columns))}; the "
            "issue times belong in its index or in a column named 'time'."
        )
    times = pd.DatetimeIndex(read_times(axes.time))
    if times.hasnans:
        raise ValueError(
            f"{int(np.asarray(times.isna()).sum())} rows have no issue time; drop them first."
        )
    cells: Any = np.zeros(len(frame), np.int64) if axes.cell is None else axes.cell
    if missing := int(pd.isna(cells).sum()):
        raise ValueError(f"{missing} rows of the table have no cell; drop them first.")
    return pd.MultiIndex.from_arrays([np.asarray(times), np.asarray(cells)], names=["time", "cell"])


def _features(
    frame: pd.DataFrame,
    features: Sequence[str] | None,
    apart: set[Any],
    target: str,
    notes: list[str],
) -> list[str]:
    if isinstance(features, str):
        features = [features]
    if features is not None:
        known = [str(one) for one in frame.columns]
        for name in features:
            if name not in frame.columns:
                raise ValueError(
                    f"The table has no feature {name!r}. {did_you_mean(str(name), known)}"
                )
        if target in features:
            raise ValueError(f"{target!r} is what is to be forecast; it cannot be a feature.")
        return list(dict.fromkeys(features))
    stated = frame.attrs.get("features")
    apart = {*apart, "weight", "time", "cell"}
    found = [
        str(name) for name in frame.columns if name not in apart and not str(name).startswith(RATE)
    ]
    if stated:
        silent = [name for name in found if name not in stated and name != "events"]
        found = [name for name in found if name in stated]
        if silent:
            text = _(
                "The table does not say when these were known (attrs['features']), so they are "
                "not learnt from: {names}."
            )
            notes.append(note(text, names=silent))
    if nameless := [one for one in found if _NAMELESS.fullmatch(one)]:
        found = [one for one in found if one not in nameless]
        text = _("Columns without a name (row numbers of a file?), so not learnt from: {names}.")
        notes.append(note(text, names=nameless))
    plain = [one for one in found if is_numeric(frame[one])]
    if other := [one for one in found if one not in plain]:
        notes.append(note(_("No numbers, so not learnt from: {names}."), names=other))
    return plain


def _outcome(frame: pd.DataFrame, target: str, needed: bool) -> NDArray[np.uint8]:
    if target not in frame.columns:
        if not needed:
            return np.zeros(len(frame), np.uint8)
        names = [str(one) for one in frame.columns]
        raise ValueError(f"The table has no column {target!r}. {did_you_mean(target, names)}")
    seen = numbers_of(frame[target], target)
    if not np.isfinite(seen).all() and needed:
        raise ValueError(
            f"{int((~np.isfinite(seen)).sum())} outcomes ({target}) are missing or infinite; leave "
            "these rows out."
        )
    odd = seen[np.isfinite(seen) & ((seen < 0) | (seen != np.floor(seen)))]
    if odd.size:
        raise ValueError(
            f"An outcome ({target}) is {odd[0]:g}; give 0 and 1, or numbers of events."
        )
    return np.asarray(seen > 0, dtype=np.uint8)


def _events(
    frame: pd.DataFrame, names: Sequence[str], outcome: NDArray[np.uint8], notes: list[str]
) -> Floats | None:
    """Return numbers of events, if the table has them and they agree with the outcomes."""
    if "events" not in frame.columns or "events" in names:
        return None
    numbers = numbers_of(frame["events"], "events")
    if not ((numbers >= 0) & (numbers == np.floor(numbers))).all():
        raise ValueError("The column 'events' has numbers that are missing, negative or no whole.")
    if not np.array_equal(numbers > 0, outcome > 0):
        text = _("The column 'events' is not of the target, so a positive counts as one event.")
        notes.append(note(text))
        return None
    return numbers


def _weights(frame: pd.DataFrame) -> Floats:
    if "weight" not in frame.columns:
        return np.ones(len(frame), np.float32)
    weights = numbers_of(frame["weight"], "weight")
    if not (np.isfinite(weights) & (weights >= 0)).all():
        raise ValueError("A weight is missing, infinite or negative; it is 1 / share kept.")
    if not weights.any():
        raise ValueError("All weights are 0, so no row counts; a weight is 1 / share kept.")
    return weights
