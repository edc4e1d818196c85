"""What happened in each cell in the time before each issue time: only where something happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numba as nb
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.cells.windows import nanoseconds
from analysis.features.derivatives import length_in_days
from analysis.seismic.energy import energy_joules

METHODS: Final = ("numba", "numpy")
_DAY: Final = 86_400_000_000_000
_SHORT: Final = 32_000  # issue times that a 16-bit number can count

Whole = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Swept:
    """Rows (row,) in order of issue time, then of cell; cells without an event have none.

    Attributes
    ----------
    step
        Position of the issue time.
    cell
        Position of the cell.
    count
        Number of events.
    largest
        Largest magnitude.
    energy
        Sum of the radiated energy, J.
    magnitudes
        Sum of the magnitudes.
    last
        Time of the latest event, datetime64[ns].
    """

    step: NDArray[np.int32]
    cell: NDArray[np.int32]
    count: NDArray[np.int32]
    largest: NDArray[np.float64]
    energy: NDArray[np.float64]
    magnitudes: NDArray[np.float64]
    last: NDArray[np.datetime64]


def sweep(
    cell: ArrayLike,
    times: Any,
    magnitude: ArrayLike,
    issue: Any,
    history: Any = "180D",
    *,
    delay: Any = None,
    method: str = "numba",
) -> Swept:
    """Sum up the events of each cell in the time before each issue time.

    An event counts at the issue times T with ``T - history <= time < T - delay``: never one at the
    issue time itself or after it. The work grows with the number of events and of rows that
    come out, not with the number of cells times issue times.

    Parameters
    ----------
    cell
        Position of the cell of each event (event,), whole numbers; -1 for events outside.
    times
        Times (event,), UTC, in any order.
    magnitude
        Magnitudes (event,), finite.
    issue
        Issue times (time,), strictly ascending; they need not be regular.
    history
        How far back, such as "180D".
    delay
        How long after it happened an event becomes known ("2D"); None for at once.
    method
        "numba", or "numpy" (no compiler, three to four times slower): equal to the last bit.

    Returns
    -------
    Swept
        Rows of the cells and issue times that know an event.

    Raises
    ------
    ValueError
        Lengths differ, a time or magnitude is missing, issue times do not ascend, or a length of
        time is impossible.

    Examples
    --------
    An event at the issue time is not known, one at the beginning of the history is:

    >>> days = np.array(["2020-01-01", "2020-01-31"], "datetime64[ns]")
    >>> rows = sweep([7, 7], days, [5.0, 6.0], days, "30D")
    >>> rows.step.tolist(), rows.count.tolist(), rows.largest.tolist()
    ([1], [1], [5.0])
    """
    if method not in METHODS:
        raise ValueError(f"method={method!r} is unknown; it is one of {', '.join(METHODS)}.")
    moments, places, sizes = _check_events(cell, times, magnitude)
    steps = check_issue(issue).astype(np.int64)
    back = round(length_in_days(history, "history") * _DAY)
    wait = 0 if delay is None else round(length_in_days(delay, "delay") * _DAY)
    if wait >= back:
        raise ValueError(f"The delay {delay} is not shorter than the history {history}.")
    low = np.searchsorted(steps, moments + wait, side="right")
    high = np.searchsorted(steps, moments + back, side="right")
    return sum_ranges(places, moments, sizes, low, high, steps.size, method=method)


def outcomes(cell: ArrayLike, times: Any, issue: Any, horizon: Any) -> Swept:
    """Count the events of each cell in the window that begins at each issue time.

    Parameters
    ----------
    cell, times, issue
        As for :func:`sweep`.
    horizon
        Length of the window: ``T <= time < T + horizon``.

    Returns
    -------
    Swept
        Rows of the cells and issue times that an event follows; only `step`, `cell`, `count` and
        `last` mean something.

    Raises
    ------
    ValueError
        As for :func:`sweep`.

    Examples
    --------
    What is past at an issue time is no outcome of it, what happens at that moment is:

    >>> days = np.array(["2020-01-01", "2020-01-31"], "datetime64[ns]")
    >>> outcomes([7, 7], days, days, "30D").count.tolist()
    [1, 1]
    """
    moments, places, sizes = _check_events(cell, times, np.zeros(np.shape(cell)))
    steps = check_issue(issue).astype(np.int64)
    ahead = round(length_in_days(horizon, "horizon") * _DAY)
    low = np.searchsorted(steps, moments - ahead, side="right")
    high = np.searchsorted(steps, moments, side="right")
    return sum_ranges(places, moments, sizes, low, high, steps.size)


def sum_ranges(
    cell: Whole,
    moments: Whole,
    magnitude: NDArray[np.float64],
    low: Whole,
    high: Whole,
    steps: int,
    *,
    method: str = "numba",
) -> Swept:
    """Sum up events that count at a range of issue times each.

    Parameters
    ----------
    cell, moments, magnitude
        Cell, time (ns since 1970, ascending) and magnitude of each event (event,).
    low, high
        First issue time at which it counts, and the first after these (event,); both ascend.
    steps
        Number of issue times.
    method
        As for :func:`sweep`.

    Returns
    -------
    Swept
        Rows.
    """
    energy = energy_joules(magnitude)
    compiled = method == "numba"
    order = (
        _count_cells(cell) if compiled and cell.size * 64 > cell.max(initial=0) else _by_cell(cell)
    )
    inputs = [one[order] for one in (cell, moments, magnitude, energy, low, high)]
    kernel: Any = _sum_compiled if compiled else _sum_plain
    columns = kernel(*inputs, steps)
    step, place, count, largest, joules, total, last = columns
    return Swept(step, place, count, largest, joules, total, last.view("datetime64[ns]"))


def check_issue(issue: Any) -> NDArray[np.datetime64]:
    """Return issue times as nanoseconds, or say what is wrong with them.

    Parameters
    ----------
    issue
        Times (time,), anything that ``pandas.to_datetime`` reads.

    Returns
    -------
    numpy.ndarray
        datetime64[ns] (time,).

    Raises
    ------
    ValueError
        There is none, one is missing, or they do not ascend.
    """
    many = issue if np.ndim(issue) else [issue]
    first = next(iter(many), None)
    if isinstance(first, int | float | np.integer | np.floating) and not np.isnan(first):
        raise ValueError(f"An issue time is {first}; give dates such as '2010-01-01'.")
    found = pd.DatetimeIndex(pd.to_datetime(many))
    if found.tz is not None:
        found = found.tz_convert("UTC").tz_localize(None)
    times = nanoseconds(found.to_numpy())
    if times.ndim != 1 or not times.size or np.isnat(times).any():
        raise ValueError(f"Issue times {times.shape} must be (time,), at least one, none missing.")
    if not (np.diff(times) > np.timedelta64(0)).all():
        raise ValueError("Issue times must ascend, none twice; sort them first.")
    return times


def _check_events(
    cell: ArrayLike, times: Any, magnitude: ArrayLike
) -> tuple[Whole, Whole, NDArray[np.float64]]:
    """Return times, cells and magnitudes of the events inside, in order of time."""
    places = np.asarray(cell)
    moments = nanoseconds(np.asarray(times))
    sizes = np.asarray(magnitude, dtype=np.float64)
    if not moments.shape == places.shape == sizes.shape or places.ndim != 1:
        shapes = f"{places.shape}, {moments.shape}, {sizes.shape}"
        raise ValueError(f"Cells, times and magnitudes {shapes} of the events must be (event,).")
    if places.size and places.dtype.kind not in "iu":
        raise ValueError(f"Cells are {places.dtype}; give positions, whole numbers.")
    if np.isnat(moments).any() or not np.isfinite(sizes).all():
        raise ValueError("A time or magnitude of an event is missing; drop the event first.")
    stamps = moments.astype(np.int64)
    inside = places >= 0
    if not inside.all():
        stamps, places, sizes = stamps[inside], places[inside], sizes[inside]
    if (np.diff(stamps) < 0).any():
        order = np.argsort(stamps, kind="stable")
        stamps, places, sizes = stamps[order], places[order], sizes[order]
    return stamps, places.astype(np.int64), sizes


def _by_cell(cell: Whole) -> Whole:
    """Return the stable order by cell; sixteen bits at a time numpy sorts by counting."""
    low = np.argsort((cell & 0xFFFF).astype(np.uint16), kind="stable")
    if not cell.size or cell.max() < 2**16:
        return low
    rest = (cell >> 16)[low]
    wide = rest.astype(np.uint16) if rest.max() < 2**16 else rest
    return low[np.argsort(wide, kind="stable")]


@nb.njit(nogil=True, cache=True)
def _count_cells(cell: Any) -> Any:
    """Return the stable order by cell, by counting."""
    starts = np.zeros(cell.max() + 2 if cell.size else 1, np.int64)
    for here in cell:
        starts[here + 1] += 1
    starts = np.cumsum(starts)
    order = np.empty(cell.size, np.int64)
    for i in range(cell.size):
        order[starts[cell[i]]] = i
        starts[cell[i]] += 1
    return order


def _sum_plain(
    cell: Whole, moments: Whole, magnitude: Any, energy: Any, low: Whole, high: Whole, steps: int
) -> tuple[Any, ...]:
    """Sum by plain numpy: one pair of event and row at a time, in the order of time."""
    length = high - low
    before = np.zeros_like(high)
    same = cell[1:] == cell[:-1]
    before[1:][same] = high[:-1][same]
    fresh = np.maximum(high - np.maximum(low, before), 0)
    ends = np.cumsum(fresh)
    total = int(ends[-1]) if ends.size else 0
    pair_ends = np.cumsum(length)
    rows = np.arange(int(pair_ends[-1]) if pair_ends.size else 0)
    rows += np.repeat(ends - pair_ends, length)  # rows of an event are neighbours
    count = np.bincount(rows, minlength=total)
    joules = np.bincount(rows, np.repeat(energy, length), total)
    sums = np.bincount(rows, np.repeat(magnitude, length), total)
    largest = np.full(total, -np.inf)
    np.maximum.at(largest, rows, np.repeat(magnitude, length))
    last = np.full(total, np.iinfo(np.int64).min)
    np.maximum.at(last, rows, np.repeat(moments, length))
    place = np.repeat(cell, fresh)
    step = np.arange(total) + np.repeat(high - ends, fresh)
    short = step.astype(np.int16) if steps < _SHORT else step
    order = np.argsort(short, kind="stable")
    kinds = (np.int32, np.int32, np.int32, np.float64, np.float64, np.float64, np.int64)
    found = (step, place, count, largest, joules, sums, last)
    return tuple(one[order].astype(kind) for one, kind in zip(found, kinds, strict=True))


@nb.njit(nogil=True, cache=True)
def _sum_compiled(
    cell: Any, moments: Any, magnitude: Any, energy: Any, low: Any, high: Any, steps: int
) -> Any:
    """Sum cell by cell in small arrays over issue times; rows are written where they belong."""
    n = cell.size
    starts = np.zeros(steps + 1, np.int64)
    for i in range(n):
        first = low[i]
        if i > 0 and cell[i] == cell[i - 1] and high[i - 1] > first:
            first = high[i - 1]
        if high[i] > first:
            starts[first] += 1
            starts[high[i]] -= 1
    running, total = 0, 0
    for k in range(steps + 1):
        running += starts[k]
        starts[k] = total
        total += running
    step, place = np.empty(total, np.int32), np.empty(total, np.int32)
    count, last = np.empty(total, np.int32), np.empty(total, np.int64)
    largest, joules, sums = np.empty(total), np.empty(total), np.empty(total)
    n_of, top_of = np.zeros(steps, np.int32), np.zeros(steps)
    joules_of, sums_of, last_of = np.zeros(steps), np.zeros(steps), np.zeros(steps, np.int64)
    i = 0
    while i < n:
        begin, known = low[i], low[i]
        here = cell[i]
        while i < n and cell[i] == here and low[i] <= known:  # issue times without a hole
            for k in range(known, high[i]):
                n_of[k], top_of[k], joules_of[k], sums_of[k] = 0, -np.inf, 0.0, 0.0
            known = max(known, high[i])
            for k in range(low[i], high[i]):
                n_of[k] += 1
                top_of[k] = max(top_of[k], magnitude[i])
                joules_of[k] += energy[i]
                sums_of[k] += magnitude[i]
                last_of[k] = moments[i]
            i += 1
        for k in range(begin, known):
            row = starts[k]
            starts[k] = row + 1
            step[row], place[row], count[row] = k, here, n_of[k]
            largest[row], joules[row], sums[row] = top_of[k], joules_of[k], sums_of[k]
            last[row] = last_of[k]
    return step, place, count, largest, joules, sums, last
