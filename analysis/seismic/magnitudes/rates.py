"""Since when each class of magnitude is complete: the test of Stepp."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import xlogy

from analysis.seismic.events import utc_moment
from analysis.seismic.magnitudes.bins import bin_numbers, centres, check_width
from analysis.seismic.magnitudes.tables import take
from analysis.seismic.magnitudes.windows import YEAR

GAIN = 10.0
"""Gain of twice the log-likelihood that a break needs; Schwarz's criterion asks for 9.2 for the
rate and the place of a break among 100 steps."""
SHORTEST = 3
"""Fewest steps on either side of a break."""


class Stepp(NamedTuple):
    """Completeness of classes of magnitude.

    Attributes
    ----------
    classes
        One row for each class: `magnitude` and `upper` (events from the first on, below the
        second), `since` (UTC) and `years` of completeness, `n` events in them, and their yearly
        `rate` with its standard error `std`.
    lines
        What Stepp plots, one row for each class and number of years back from the end: `n`,
        `rate`, `std`, and `poisson`, the line that falls with the square root of the years.
    """

    classes: pd.DataFrame
    lines: pd.DataFrame


def stepp(
    events: pd.DataFrame,
    *,
    width: float = 0.5,
    step: float = 1.0,
    end: Any = None,
    drop: float = 0.5,
    bin_width: float = 0.1,
) -> Stepp:
    """Find since when the events of each class of magnitude are complete.

    Where events happen at a constant rate, the standard error of the rate of the last T years,
    ``sqrt(n) / T``, falls as ``1 / sqrt(T)``; farther back than a class is complete, it falls
    faster (Stepp 1972; also as NOAA report ERL 267-ESL 30 of 1973). Stepp reads the break from
    the plot. Here it is the place where two Poisson rates, the older one less than `drop` of the
    younger, fit the counts of the steps best, if they gain more than 10 in twice the
    log-likelihood over one rate, divided by the dispersion of the counts where that is above 1;
    the younger part is searched again until no break is left. The fullest younger step is left
    out of the comparison with `drop`: one burst is no break. All the same, decluster the
    catalogue first, since aftershocks are no constant rate. A class above the one with most
    events is complete at least as long as the class below it.

    Parameters
    ----------
    events
        Table of events, (n), in any order: `time` (UTC) and `mag`; rows where one is missing are
        left out.
    width
        Width of a class of magnitude; a multiple of `bin_width`. Classes start at its multiples.
    step
        Step back in time, years of 365.25 days.
    end
        End of the catalogue, anything that ``pandas.Timestamp`` reads; the last event if not
        given.
    drop
        Share of the younger rate, up to 1, below which an older one is incomplete. True rates
        of large regions vary by a third over decades, so 1 finds more than networks.
    bin_width
        Step to which magnitudes are rounded.

    Returns
    -------
    Stepp
        Classes and lines. The oldest step that the catalogue does not fill is left out.

    Raises
    ------
    ValueError
        If a width or the step makes no sense, or a column is absent.

    Examples
    --------
    Ten events a year from 1990 on, one a year before:

    >>> old = pd.date_range("1960-07-01", "1989-07-01", freq="365.25D")
    >>> young = pd.date_range("1990-01-01", "2019-12-31", periods=300)
    >>> events = pd.DataFrame({"time": [*old, *young], "mag": 4.2})
    >>> found = stepp(events, end="2020-01-02").classes.iloc[0]
    >>> found["since"].year, round(found["rate"])
    (1990, 10)
    """
    bins = check_width(width) / check_width(bin_width)
    if abs(bins - round(bins)) > 1e-6 or round(bins) < 1:
        msg = (
            f"The width of a class is {width}; it must be a multiple of the bin width {bin_width}."
        )
        raise ValueError(msg)
    if not (math.isfinite(step) and step > 0):
        msg = f"The step is {step} years; it must be a positive number."
        raise ValueError(msg)
    if not 0 < drop <= 1:
        msg = f"The drop is {drop}; it must be above 0 and at most 1."
        raise ValueError(msg)
    times, mags = take(events, "time", "mag")
    there = ~np.isnat(times) & np.isfinite(mags)
    times, mags = times[there], mags[there]
    if not times.size:
        return Stepp(_classes([], last=np.datetime64(0, "us")), _line(0.0, [], step, 0.0))
    last = times.max() if end is None else np.datetime64(utc_moment(end, "end"), "us")
    ago = (last - times) / (YEAR * step)
    mags, ago = mags[ago >= 0], ago[ago >= 0]
    steps = math.floor(ago.max(initial=0.0) + 1e-9)
    if steps > 100_000:
        msg = f"{steps} steps of {step} years back to the first event; take a longer step."
        raise ValueError(msg)
    groups = bin_numbers(mags, bin_width) // round(bins)
    counted = {
        group: np.bincount(ago[groups == group].astype(np.int64), minlength=steps)[:steps]
        for group in np.unique(groups)
    }
    counted = {group: counts for group, counts in counted.items() if counts.any()}
    sizes = [_complete_steps(counts, drop) for counts in counted.values()]
    fullest = int(np.argmax([counts.sum() for counts in counted.values()])) if counted else 0
    sizes[fullest:] = np.maximum.accumulate(sizes[fullest:], dtype=np.int64).tolist()
    rows, lines = [], []
    for (group, counts), size in zip(counted.items(), sizes, strict=True):
        low, high = centres([group, group + 1], width)
        rows.append((low, high, size * step, int(counts[:size].sum())))
        lines.append(_line(float(low), counts, step, rows[-1][3] / rows[-1][2]))
    lines = lines or [_line(0.0, [], step, 0.0)]
    return Stepp(_classes(rows, last), pd.concat(lines, ignore_index=True))


def _classes(rows: list[tuple[Any, ...]], last: np.datetime64) -> pd.DataFrame:
    """Return the table of classes from their edges, years and events."""
    table = pd.DataFrame(rows, columns=["magnitude", "upper", "years", "n"]).astype(np.float64)
    years, n = table["years"], table["n"]
    since = pd.Timestamp(last) - pd.to_timedelta(365.25 * years, unit="D")
    table.insert(2, "since", since.astype("datetime64[us]"))
    return table.assign(n=n.astype(np.int64), rate=n / years, std=np.sqrt(n) / years)


def _line(low: float, counts: Any, step: float, rate: float) -> pd.DataFrame:
    """Return rates of the last T years and their errors."""
    years = np.arange(1, len(counts) + 1) * step
    n = np.cumsum(np.asarray(counts, dtype=np.int64))
    return pd.DataFrame(
        {
            "magnitude": low,
            "years": years,
            "n": n,
            "rate": n / years,
            "std": np.sqrt(n) / years,
            "poisson": np.sqrt(rate / years),
        }
    )


def _complete_steps(counts: NDArray[np.int64], drop: float) -> int:
    """Return how many of the youngest steps have one rate."""
    size = counts.size
    while size >= 2 * SHORTEST:
        found = _break(counts[:size].astype(np.float64), drop)
        if found is None:
            break
        size = found
    return size


def _break(counts: NDArray[np.float64], drop: float) -> int | None:
    """Return the steps before the best break to a lower rate, None where none is good enough."""
    size, total = counts.size, counts.sum()
    young = np.arange(SHORTEST, size - SHORTEST + 1)
    n = counts.cumsum()[young - 1]
    rate, old = n / young, (total - n) / (size - young)
    gain = 2 * (xlogy(n, rate) + xlogy(total - n, old) - xlogy(total, total / size))
    without_burst = (n - np.maximum.accumulate(counts)[young - 1]) / (young - 1)
    gain[old >= drop * without_burst] = 0.0
    best = int(gain.argmax())
    fitted = np.where(np.arange(size) < young[best], rate[best], old[best])
    fitted = np.maximum(fitted, 1e-9)
    dispersion = max(1.0, float(((counts - fitted) ** 2 / fitted).sum()) / (size - 2))
    return int(young[best]) if gain[best] / dispersion > GAIN else None
