"""Baselines of a feature table: its rate columns, base rate, cell rate, persistence, one's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.learning.baselines import probability
from analysis.learning.sheet import RATE, Floats, Sheet
from analysis.learning.splits import Positions, Split
from analysis.spelling import did_you_mean

_ROUNDING = 1e-6  # by which a probability may be above 1
_FLOOR = 0.01  # share of a cell's rate that is the mean of all: no cell has a rate of 0
PLAIN: Final = ("base_rate", "cell_rate", "persistence")
"""Baselines that need nothing but the table."""


@dataclass(frozen=True, eq=False)
class Known:
    """What a baseline may use: all rows, the rows to judge by, and the parts.

    Attributes
    ----------
    sheet
        All rows that were given to learn from.
    judged
        Rows to judge by.
    split
        Parts of `sheet`.
    table, judged_table
        The same as the tables that were given.
    """

    sheet: Sheet
    judged: Sheet
    split: Split
    table: Any
    judged_table: Any

    @property
    def train(self) -> Sheet:
        """The train part."""
        return self.sheet.take(self.split.train)


def named_baselines(baselines: Any, known: Known) -> dict[str, Any]:
    """Return baselines by name from names, a mapping, or nothing (all).

    Parameters
    ----------
    baselines
        None, a name, names, or a mapping from names to forecasts (row,), Series, functions of the
        table, or names.
    known
        What they may use.

    Returns
    -------
    dict
        What to forecast by, by name.

    Raises
    ------
    ValueError
        A name is unknown.
    """
    rates = list(known.judged.rates)
    if baselines is None:
        return {name: name for name in (*rates, *PLAIN)}
    if isinstance(baselines, str):
        baselines = [baselines]
    if isinstance(baselines, Mapping):
        return {
            str(name): _alias(one, rates) if isinstance(one, str) else one
            for name, one in baselines.items()
        }
    found: dict[str, Any] = {}
    for one in [baselines] if callable(baselines) else baselines:
        if isinstance(one, str):
            found[_alias(one, rates)] = _alias(one, rates)
        elif callable(one):
            found[getattr(one, "__name__", type(one).__name__)] = one
        else:
            raise ValueError(
                f"A baseline is a {type(one).__name__} without a name; give a mapping, such as "
                "{'mine': numbers}."
            )
    return found


def _alias(name: str, rates: list[str]) -> str:
    """Return the name of a baseline for one of the ways in which it is written."""
    plain = name.strip().casefold().replace(" ", "_").replace("-", "_")
    for one in (name, plain, f"{RATE}{plain}", plain.removeprefix(RATE)):
        if one in rates or one in PLAIN:
            return one
    known = (*rates, *PLAIN)
    raise ValueError(f"There is no baseline {name!r}. {did_you_mean(name, known)}")


def forecast_baseline(one: Any, known: Known, name: str = "") -> Floats:
    """Return the probabilities (row,) of a baseline for the rows to judge by.

    A user's numbers are probabilities, unless its name begins with `rate_`, or they are a Series
    or a column named `rate` or `rate_...`: those are expected numbers of events.

    Parameters
    ----------
    one
        As :func:`named_baselines` gives it.
    known
        What it may use.
    name
        What the baseline is called.

    Returns
    -------
    numpy.ndarray
        float32 (row,).

    Raises
    ------
    ValueError
        Its numbers do not fit the rows or are impossible.
    """
    if isinstance(one, str):
        if one in known.judged.rates:
            return _rate(known.judged.rates[one], one)
        maker: dict[str, Callable[[Known], Floats]] = {
            "base_rate": base_rate,
            "cell_rate": cell_rate_of_train,
            "persistence": persistence,
        }
        return maker[one](known)
    if callable(one):
        one = one(known.judged_table)
    return _chances(_aligned(one, known), name.startswith(RATE) or _rates(one))


def _rates(one: Any) -> bool:
    """Return whether a user's numbers say by their name that they are expected numbers."""
    if isinstance(one, pd.DataFrame):
        return "probability" not in one and "rate" in one
    name = getattr(one, "name", None)
    return isinstance(name, str) and (name == "rate" or name.startswith(RATE))


def _rate(values: Floats, name: str) -> Floats:
    """Return probabilities from expected numbers."""
    if missing := int(np.isnan(values).sum()):
        raise ValueError(f"{missing} values of {name} are missing in the rows to judge by.")
    return np.asarray(probability(values), dtype=np.float32)


def _aligned(one: Any, known: Known) -> NDArray[np.float64]:
    """Return a user's numbers in the order of the rows to judge by."""
    if isinstance(one, pd.DataFrame):
        columns = [name for name in ("probability", "rate") if name in one.columns]
        if not columns and one.shape[1] != 1:
            raise ValueError(f"Its columns are {list(one.columns)}; name one 'probability'.")
        one = one[columns[0] if columns else one.columns[0]]
    index = known.judged.index
    if isinstance(one, pd.Series) and isinstance(one.index, pd.MultiIndex):
        if one.index.has_duplicates:
            raise ValueError("It has rows of one time and cell twice.")
        return one.reindex(index).to_numpy(np.float64)
    values = np.asarray(one, dtype=np.float64)
    if values.ndim == 2 and values.shape[1] == 2:
        values = values[:, 1]  # as predict_proba gives it
    values = np.full(len(index), values) if values.ndim == 0 else values.ravel()
    if values.size == len(index):
        return values
    test = known.split.test
    if values.size == len(known.sheet) and index.equals(known.sheet.index[test]):
        return values[test]
    raise ValueError(
        f"It has {values.size} numbers; the rows to judge by are {len(index)}, the table has "
        f"{len(known.sheet)}."
    )


def _chances(values: NDArray[np.float64], rates: bool) -> Floats:
    """Return probabilities from probabilities, or from expected numbers of events."""
    if missing := int(np.isnan(values).sum()):
        raise ValueError(f"{missing} of {values.size} forecasts are missing; forecast all rows.")
    if (values < 0).any():
        raise ValueError(f"A forecast is {values.min():g}; it must not be negative.")
    if rates:
        return np.asarray(probability(values), dtype=np.float32)
    if (values > 1 + _ROUNDING).any():
        raise ValueError(
            f"A forecast is {values.max():g}; a probability is at most 1. Expected numbers of "
            "events are declared by the name: a baseline 'rate_...', or a column 'rate'."
        )
    return np.minimum(values, 1.0).astype(np.float32)


def base_rate(known: Known) -> Floats:
    """Return the share of positives in the train part, for every row."""
    train = known.train
    share = train.weights @ train.outcome / train.weights.sum(dtype=np.float64)
    return np.full(len(known.judged), share, np.float32)


def cell_rate_of_train(known: Known) -> Floats:
    """Return the share of windows of the train part in which the cell had a positive.

    All positives are in the table, so the share is that of all windows even if empty rows are not.
    One per cent of it is the mean of all cells.
    """
    train = known.train
    windows = np.unique(train.times).size
    cells = pd.Index(known.judged.index.get_level_values(1))
    own = pd.Index(train.index.get_level_values(1)[train.outcome > 0]).value_counts()
    share = own.reindex(cells.unique()).fillna(0.0) / windows
    found = share.reindex(cells).to_numpy(np.float64)
    return ((1 - _FLOOR) * found + _FLOOR * base_rate(known)).astype(np.float32)


def persistence(known: Known) -> Floats:
    """Return how often it happens where it happened last, and where it did not.

    The last outcome of a cell is that of the latest issue time whose window has ended; both shares
    are those of the train part.
    """
    train = known.train
    both = [known.sheet, known.judged]
    times = np.unique(np.concatenate([one.times for one in both]))
    cells = pd.Index(known.judged.index.get_level_values(1).unique())
    cells = cells.union(pd.Index(known.sheet.index.get_level_values(1).unique()))
    horizon = horizon_of(known)
    before = np.searchsorted(times, times - horizon.to_timedelta64(), side="right") - 1

    def key(sheet: Sheet, rows: Any, shift: bool) -> NDArray[np.int64]:
        step = np.searchsorted(times, sheet.times[rows])
        step = before[step] if shift else step
        where = cells.get_indexer(sheet.index.get_level_values(1)[rows]).astype(np.int64)
        return np.where(step >= 0, step * len(cells) + where, -1)

    hits = np.unique(np.concatenate([key(one, one.outcome > 0, False) for one in both]))
    again = np.isin(key(train, slice(None), True), hits)
    base = float(train.weights @ train.outcome / train.weights.sum(dtype=np.float64))
    shares = []
    for same in (again, ~again):
        weight = float(train.weights[same].sum(dtype=np.float64))
        happened = float(train.weights[same] @ train.outcome[same])
        shares.append((happened + base) / (weight + 1))  # one row of doubt
    after = np.isin(key(known.judged, slice(None), True), hits)
    return np.where(after, shares[0], shares[1]).astype(np.float32)


def horizon_of(known: Known) -> pd.Timedelta:
    """Return the length of the target window: that of the table, else the usual step of time."""
    stated = known.sheet.attrs.get("horizon")
    if stated is not None:
        return pd.Timedelta(stated)
    return typical_step(known.sheet.times)


def typical_step(times: NDArray[np.datetime64]) -> pd.Timedelta:
    """Return the median step between issue times; nothing if there is one only.

    Parameters
    ----------
    times
        Issue times (row,).

    Returns
    -------
    pandas.Timedelta
        Step.

    Examples
    --------
    >>> str(typical_step(pd.date_range("2020-01-01", periods=5, freq="30D").to_numpy()))
    '30 days 00:00:00'
    """
    steps = np.diff(np.unique(times))
    return pd.Timedelta(0) if not steps.size else pd.Timedelta(np.sort(steps)[steps.size // 2])


def positions_after(sheet: Sheet, first: pd.Timestamp) -> Positions:
    """Return the rows issued at a time or later."""
    return np.flatnonzero(sheet.times >= first.to_datetime64())
