"""Jumps of the rate of a catalogue, and what else changes there: networks, magnitudes, status."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.seismic.cleaning.changepoints import (
    calibrate,
    dispersion_of,
    interval,
    ratios,
    segment,
)
from analysis.seismic.columns import as_events

PERIODS: Final = MappingProxyType({"year": "YS", "month": "MS", "week": "W-MON", "day": "D"})
SHARED: Final = ("agency", "net", "magType", "status", "locationSource", "magSource", "type")
MOST_BINS: Final = 1000
_CONTEXT: Final = 5  # bins on each side of a change whose events are compared
_YEAR: Final = np.timedelta64(31_557_600, "s")
_CHANGES: Final = [
    "time",
    "earliest",
    "latest",
    "rate_before",
    "rate_after",
    "ratio",
    "statistic",
    "p_value",
]
_SHARES: Final = [
    "time",
    "column",
    "value",
    "before",
    "after",
    "rate_before",
    "rate_after",
    "part",
    "distance",
]


@dataclass(frozen=True)
class RateChanges:
    """Jumps of the rate of a catalogue.

    Parameters
    ----------
    changes : pandas.DataFrame
        One row for each: ``time`` (start of the first bin after it), ``earliest`` and ``latest``
        (95 %), ``rate_before`` and ``rate_after`` (events a year on the whole segments beside
        it), ``ratio``, ``statistic`` (twice the log-likelihood ratio over the dispersion) and
        ``p_value`` (of so large a jump somewhere in a series of a constant rate).
    shares : pandas.DataFrame
        What changes there, for the five bins on each side (fewer where the segment is shorter),
        largest change first: ``time``, ``column``, ``value``, ``before`` and ``after`` (shares of
        the events), ``rate_before`` and ``rate_after`` (events a year), ``part`` (of the change
        of the rate; all values of a column add to 1) and ``distance`` (half the sum of the
        changes of share in the column: 0 nothing changes, 1 everything).
    counts : pandas.DataFrame
        The bins: ``time``, ``count``, ``years`` (length), ``rate``, ``level`` (rate of the
        segment), events a year.
    period : str
        Length of a bin.
    false_alarm : float
        Probability of a change in a stationary Poisson catalogue of this length.
    dispersion : float
        Variance of the counts over their mean, 1 for a Poisson process.
    penalty : float
        What a change must be worth in ``statistic``.
    """

    changes: pd.DataFrame
    shares: pd.DataFrame
    counts: pd.DataFrame
    period: str
    false_alarm: float
    dispersion: float
    penalty: float

    def __len__(self) -> int:
        """Return the number of changes."""
        return len(self.changes)

    def __str__(self) -> str:
        """Return the changes in English, one a line."""
        lines = [
            f"{len(self)} changes of rate in {len(self.counts)} bins of one {self.period}, "
            f"false alarms {self.false_alarm:g}, dispersion {self.dispersion:.1f}"
        ]
        for change in self.changes.itertuples():
            beside = self.shares[self.shares["time"] == change.time]
            top = beside.drop_duplicates("column")
            what = ", ".join(
                f"{one.column} {one.value} {one.before:.0%} -> {one.after:.0%}"
                for one in top[top["distance"] >= 0.1].itertuples()
            )
            lines.append(
                f"  {change.time:%Y-%m-%d}: {change.rate_before:.0f} -> {change.rate_after:.0f} "
                f"a year{'; ' + what if what else ''}"
            )
        return "\n".join(lines)


def rate_changes(
    events: pd.DataFrame,
    *,
    period: str | None = None,
    false_alarm: float = 0.01,
    columns: Iterable[str] = SHARED,
    min_bins: int = 3,
    dispersion: float | None = None,
    seed: int = 0,
) -> RateChanges:
    """Find jumps of the rate of a catalogue, and which networks or magnitudes change there.

    A jump with a change of network, agency or magnitude type is one of the catalogue, not of the
    Earth: rates before and after it are not to be compared. The counts are parted into segments
    of constant rate so that the Poisson log-likelihood minus a penalty for each change is largest
    (Killick, Fearnhead and Eckley 2012, doi:10.1080/01621459.2012.737745). The penalty is
    calibrated on simulated series of a constant rate with the same bins and the same number of
    events: with the probability `false_alarm` one of them shows one or more changes. Aftershocks
    scatter counts more than a Poisson process does; the log-likelihood is divided by the
    dispersion of neighbouring bins (quasi-likelihood), so a jump must stand out from the scatter
    of the catalogue itself. Decluster first to see smaller ones.

    Parameters
    ----------
    events : pandas.DataFrame
        (n) events in any form that `as_events` takes; those without a time do not count. Choose a
        magnitude above which the catalogue should be complete.
    period : str, optional
        Length of a bin: ``year``, ``month``, ``week`` or ``day``; by default the longest that
        gives 20 bins. The first and last bin last from the first and to the last event.
    false_alarm : float
        Between 0.001 and 0.5.
    columns : iterable of str
        Columns whose shares are compared; those that say nothing are left out.
    min_bins : int
        Fewest bins between two changes. One bin makes a change of every large aftershock sequence.
    dispersion : float, optional
        1 for a Poisson process; estimated from the counts if not given.
    seed : int
        Seed of the simulated series.

    Returns
    -------
    RateChanges
        The changes, what changes with them, and the bins.

    Raises
    ------
    ValueError
        A number is outside its range, the period is unknown, or there are more than 1,000 bins.

    Examples
    --------
    A network that reports three times as many events from 2010 on:

    >>> rng = np.random.default_rng(0)
    >>> days = np.concatenate([rng.uniform(0, 3653, 500), rng.uniform(3653, 7305, 1500)])
    >>> events = pd.DataFrame({"time": pd.Timestamp("2000") + pd.to_timedelta(days, "D")})
    >>> events = events.assign(lon=70.0, lat=43.0, net=np.where(days < 3653, "old", "new"))
    >>> print(rate_changes(events))
    1 changes of rate in 20 bins of one year, false alarms 0.01, dispersion 1.0
      2010-01-01: 50 -> 150 a year; net new 0% -> 100%
    """
    if not 0.001 <= false_alarm <= 0.5:
        msg = f"The probability of a false alarm is {false_alarm}; give one of 0.001 to 0.5."
        raise ValueError(msg)
    if min_bins < 1:
        msg = f"The fewest bins between changes are {min_bins}; give 1 or more."
        raise ValueError(msg)
    if dispersion is not None and not dispersion >= 1:
        msg = f"The dispersion is {dispersion}; it is 1 for a Poisson process, or more."
        raise ValueError(msg)
    table = as_events(events)
    table = table[table["time"].notna()]
    name, starts, exposure = _bins(table["time"], period)
    where = np.searchsorted(starts, table["time"].to_numpy("datetime64[us]"), "right") - 1
    counts = np.bincount(where, minlength=starts.size).astype(np.float64)
    first: NDArray[np.int64] = np.empty(0, np.int64)
    scatter = dispersion_of(counts, exposure) if dispersion is None else float(dispersion)
    penalty, maxima = np.inf, np.empty(0)
    if starts.size >= 2 * min_bins:
        runs = 1000 if starts.size <= 300 else 500
        runs = max(runs, int(np.ceil(10 / false_alarm))) if starts.size <= 300 else runs
        penalty, maxima = calibrate(
            len(table),
            exposure,
            false_alarm=false_alarm,
            min_bins=min_bins,
            runs=runs,
            seed=seed,
        )
        first = segment(counts, exposure, penalty, min_bins=min_bins, dispersion=scatter)
    edges = np.unique([0, *first, starts.size])
    changes = _changes(starts, counts, exposure, edges, min_bins, scatter, maxima)
    level = np.empty(starts.size)
    for begin, end in pairwise(edges):
        level[begin:end] = counts[begin:end].sum() / exposure[begin:end].sum()
    bins = pd.DataFrame({"time": starts, "count": counts.astype(np.int64), "years": exposure})
    bins = bins.assign(rate=counts / exposure, level=level)
    shares = _shares(table, where, starts, exposure, edges, tuple(columns))
    return RateChanges(changes, shares, bins, name, false_alarm, scatter, penalty)


def _bins(
    times: pd.Series, period: str | None
) -> tuple[str, NDArray[np.datetime64], NDArray[np.float64]]:
    """Return the period, the starts of the bins and their lengths in years."""
    if period is not None and period not in PERIODS:
        msg = f"The period is {period!r}; give one of {', '.join(PERIODS)}."
        raise ValueError(msg)
    if times.empty:
        return period or "year", np.empty(0, "datetime64[us]"), np.empty(0)
    first, last = times.min(), times.max()
    for name, frequency in PERIODS.items():
        if period in (None, name):
            back = pd.tseries.frequencies.to_offset(frequency).rollback(first.normalize())
            starts = pd.date_range(back, last, freq=frequency).to_numpy("datetime64[us]")
            if period == name or starts.size >= 20 or name == "day":
                break
    if starts.size > MOST_BINS:
        msg = (
            f"There are {starts.size} bins of one {name}; choose a period with {MOST_BINS} at most."
        )
        raise ValueError(msg)
    edges = np.append(starts, np.datetime64(last, "us"))
    edges[0] = max(edges[0], np.datetime64(first, "us"))
    lengths = np.diff(edges) / _YEAR
    return name, starts, np.maximum(lengths, 1e-6)


def _changes(
    starts: NDArray[np.datetime64],
    counts: NDArray[np.float64],
    exposure: NDArray[np.float64],
    edges: NDArray[np.int64],
    min_bins: int,
    dispersion: float,
    maxima: NDArray[np.float64],
) -> pd.DataFrame:
    """Measure each change against the two segments beside it."""
    rows = []
    for left, at, right in zip(edges[:-2], edges[1:-1], edges[2:], strict=True):
        both = slice(left, right)
        statistic = ratios(counts[both], exposure[both], min_bins) / dispersion
        low, high = interval(statistic, at - left)
        before = counts[left:at].sum() / exposure[left:at].sum()
        after = counts[at:right].sum() / exposure[at:right].sum()
        value = statistic[at - left]
        rows.append(
            {
                "time": starts[at],
                "earliest": starts[left + low],
                "latest": starts[left + high],
                "rate_before": before,
                "rate_after": after,
                "ratio": after / before if before else np.inf,
                "statistic": value,
                "p_value": (1 + (maxima >= value).sum()) / (1 + maxima.size),
            }
        )
    return pd.DataFrame(rows, columns=_CHANGES)


def _shares(
    table: pd.DataFrame,
    where: NDArray[np.intp],
    starts: NDArray[np.datetime64],
    exposure: NDArray[np.float64],
    edges: NDArray[np.int64],
    columns: tuple[str, ...],
) -> pd.DataFrame:
    """Compare the events of the bins on both sides of each change, column by column."""
    known = [name for name in columns if name in table and (table[name].fillna("") != "").any()]
    parts = []
    for left, at, right in zip(edges[:-2], edges[1:-1], edges[2:], strict=True):
        early, late = max(left, at - _CONTEXT), min(right, at + _CONTEXT)
        sides = [(where >= early) & (where < at), (where >= at) & (where < late)]
        years = [exposure[early:at].sum(), exposure[at:late].sum()]
        for name in known:
            values = table[name].fillna("")
            numbers = [values[side].value_counts() for side in sides]
            found = pd.concat(numbers, axis=1, keys=["before", "after"]).fillna(0.0)
            share = found / found.sum().clip(lower=1)
            rate = found / years
            change = rate["after"] - rate["before"]
            moved = (share["after"] - share["before"]).abs()
            one = pd.DataFrame(
                {
                    "time": starts[at],
                    "column": name,
                    "value": found.index,
                    "before": share["before"].to_numpy(),
                    "after": share["after"].to_numpy(),
                    "rate_before": rate["before"].to_numpy(),
                    "rate_after": rate["after"].to_numpy(),
                    "part": (change / change.sum()).to_numpy() if change.sum() else np.nan,
                    "distance": moved.sum() / 2,
                }
            )
            one["_moved"] = moved.round(9).to_numpy()
            parts.append(one)
    if not parts:
        return pd.DataFrame(columns=_SHARES)
    found = pd.concat(parts, ignore_index=True)
    found = found.sort_values(
        ["time", "distance", "column", "_moved", "after"],
        ascending=[True, False, True, False, False],
        kind="stable",
    )
    return found[_SHARES].reset_index(drop=True)
