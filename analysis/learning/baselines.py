"""Rates that every model must beat: from past events alone, known at the issue time.

All return the expected number of events (time, cell) in the window after each issue time.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from analysis.cells.cells import EARTH_RADIUS_KM
from analysis.cells.lattice import Lattice
from analysis.learning.past import Past, frame
from analysis.learning.splits import length_of_time
from analysis.learning.spread import area_shares

Rates = NDArray[np.float32]


def uniform_rate(past: Past, places: Lattice, issue: Any, *, window: Any = "30D") -> Rates:
    """Return the rate that is the same everywhere: past events of the block, shared by area.

    Parameters
    ----------
    past
        Events.
    places
        Boxes.
    issue
        Issue times (time,), ascending.
    window
        Length of the target window.

    Returns
    -------
    numpy.ndarray
        Expected numbers (time, cell).

    Raises
    ------
    ValueError
        Issue times do not ascend, or are not after the start of the record.

    Examples
    --------
    Ten events in 300 days are one in 30 days:

    >>> globe = Lattice.from_bounds((-180, -90, 180, 90), 10)
    >>> days = pd.date_range("2020-01-01", periods=10)
    >>> past = Past.of(days, np.zeros(10), np.zeros(10), since="2020-01-01")
    >>> rate = uniform_rate(past, globe, ["2020-10-27"])
    >>> round(float(rate.sum()), 5), rate.shape
    (1.0, (1, 648))
    """
    return _grow(past, places, issue, window, None, floor=1.0)


def cell_rate(
    past: Past, places: Lattice, issue: Any, *, window: Any = "30D", floor: float = 0.01
) -> Rates:
    """Return the rate of each cell's own past events.

    Parameters
    ----------
    past, places, issue, window
        As for :func:`uniform_rate`.
    floor
        Share of the events spread evenly by area, so that no cell has a rate of 0.

    Returns
    -------
    numpy.ndarray
        Expected numbers (time, cell).

    Raises
    ------
    ValueError
        As for :func:`uniform_rate`, or the floor is no share.
    """
    return _grow(past, places, issue, window, None, floor=floor)


def smoothed_rate(
    past: Past,
    places: Lattice,
    issue: Any,
    *,
    window: Any = "30D",
    width_km: float = 50.0,
    kernel: str = "gaussian",
    floor: float = 0.01,
) -> Rates:
    """Return past events smoothed by a kernel of one width.

    This is the baseline a model must beat: where events were, events will be (Frankel 1995,
    doi:10.1785/gssrl.66.4.8).

    Parameters
    ----------
    past, places, issue, window, floor
        As for :func:`cell_rate`.
    width_km
        Width of the kernel: the standard deviation of "gaussian" in each direction.
    kernel
        "gaussian" or "power": see :func:`~analysis.learning.spread.spread`.

    Returns
    -------
    numpy.ndarray
        Expected numbers (time, cell).

    Raises
    ------
    ValueError
        As for :func:`cell_rate`, or width or kernel are impossible.

    Examples
    --------
    An event after the issue time changes nothing:

    >>> globe = Lattice.from_bounds((-180, -90, 180, 90), 5)
    >>> known = Past.of(["2020-01-01"], [70], [43], since="2019-01-01")
    >>> later = Past.of(["2020-01-01", "2020-06-01"], [70, 10], [43, 0], since="2019-01-01")
    >>> one, other = (smoothed_rate(past, globe, ["2020-06-01"]) for past in (known, later))
    >>> bool((one == other).all())
    True
    """
    return _grow(past, places, issue, window, width_km, kernel=kernel, floor=floor)


def adaptive_rate(  # noqa: PLR0913
    past: Past,
    places: Lattice,
    issue: Any,
    *,
    window: Any = "30D",
    neighbour: int = 5,
    limits_km: tuple[float, float] = (15.0, 500.0),
    kernel: str = "power",
    floor: float = 0.01,
    refresh: int = 1,
) -> Rates:
    """Return past events smoothed by kernels as wide as the distance to the n-th neighbour.

    Narrow where events are many, wide where they are few (Helmstetter, Kagan and Jackson 2007,
    doi:10.1785/gssrl.78.1.78). Neighbours are sought among the events before the issue time only.

    Parameters
    ----------
    past, places, issue, window, kernel, floor
        As for :func:`smoothed_rate`.
    neighbour
        Which neighbour.
    limits_km
        Least and greatest width, km.
    refresh
        All is computed anew at every so many issue times; between, the rate of the last is kept.

    Returns
    -------
    numpy.ndarray
        Expected numbers (time, cell).

    Raises
    ------
    ValueError
        As for :func:`smoothed_rate`, or neighbour, limits or refresh are impossible.
    """
    times, days, length = frame(past, issue, window)
    if neighbour < 1 or refresh < 1 or not 0 < limits_km[0] <= limits_km[1]:
        raise ValueError(
            f"neighbour={neighbour}, refresh={refresh}, limits_km={limits_km}: give whole numbers "
            "from 1 on and two ascending positive widths."
        )
    out = np.empty((times.size, places.size), np.float32)
    for step, when in enumerate(times):
        if step % refresh == 0:
            rows = slice(0, past.before(when))
            field = past.spread(rows, places, _widths(past, rows, neighbour, limits_km), kernel)
            field = _floored(field, places, floor) * length / days[step]
        out[step] = field
    return out


def recent_rate(
    past: Past,
    places: Lattice,
    issue: Any,
    *,
    window: Any = "30D",
    history: Any = "180D",
    width_km: float = 50.0,
    kernel: str = "gaussian",
) -> Rates:
    """Return the events of the last while, smoothed: sequences that go on.

    Parameters
    ----------
    past, places, issue, window, width_km, kernel
        As for :func:`smoothed_rate`.
    history
        How far back.

    Returns
    -------
    numpy.ndarray
        Expected numbers (time, cell); 0 where nothing happened near: mix it with a lasting rate.

    Raises
    ------
    ValueError
        As for :func:`smoothed_rate`, or the history is impossible or longer than the record.
    """
    times, days, length = frame(past, issue, window)
    back = length_of_time(history, "history")
    span = back / pd.Timedelta("1D")
    if not 0 < span <= days[0]:
        raise ValueError(
            f"The history is {back}; it must be longer than nothing and at most {days[0]:g} days, "
            "the record before the first issue time."
        )
    out = np.empty((times.size, places.size), np.float32)
    for step, when in enumerate(times):
        rows = slice(past.before(when - back.to_timedelta64()), past.before(when))
        widths = np.full(rows.stop - rows.start, float(width_km))
        out[step] = past.spread(rows, places, widths, kernel) * (length / span)
    return out


def mixture(rates: list[Rates], shares: ArrayLike) -> Rates:
    """Return a weighted mean of rates, such as 0.7 of the lasting and 0.3 of the recent one.

    Parameters
    ----------
    rates
        Rates (time, cell) of one shape.
    shares
        Share of each, 0 or more, with the sum 1.

    Returns
    -------
    numpy.ndarray
        Expected numbers (time, cell).

    Raises
    ------
    ValueError
        Numbers of rates and shares differ, shapes differ, or the shares are impossible.

    Examples
    --------
    >>> mixture([np.ones((1, 2)), np.full((1, 2), 3.0)], [0.5, 0.5]).tolist()
    [[2.0, 2.0]]
    """
    parts = np.asarray(shares, dtype=np.float64)
    shapes = {np.shape(one) for one in rates}
    if parts.shape != (len(rates),) or len(shapes) != 1:
        raise ValueError(f"{parts.size} shares of {len(rates)} rates with the shapes {shapes}.")
    if not (parts >= 0).all() or abs(parts.sum() - 1) > 1e-9:
        raise ValueError(f"The shares are {parts.tolist()}; none may be negative, the sum is 1.")
    total = np.zeros(shapes.pop(), np.float32)
    for share, rate in zip(parts, rates, strict=True):
        total += np.float32(share) * rate
    return total


def probability(rate: ArrayLike) -> NDArray[Any]:
    """Return the probability of one event or more: ``1 - exp(-rate)`` (Poisson).

    Parameters
    ----------
    rate
        Expected numbers, any shape.

    Returns
    -------
    numpy.ndarray
        Probabilities, same shape.

    Raises
    ------
    ValueError
        A rate is negative or missing.

    Examples
    --------
    Rare events have as much probability as rate:

    >>> probability([0.0, 1e-9]).tolist()
    [0.0, 1e-09]
    """
    rates = np.asarray(rate)
    if not (rates >= 0).all():
        raise ValueError("A rate is negative or missing, so it has no probability.")
    return np.asarray(-np.expm1(-rates))


def _grow(
    past: Past,
    places: Lattice,
    issue: Any,
    window: Any,
    width_km: float | None,
    kernel: str = "gaussian",
    floor: float = 0.01,
) -> Rates:
    """Return the mean rate since the start; each event is spread once, at the issue after it."""
    times, days, length = frame(past, issue, window)
    field, done = np.zeros(places.size), 0
    out = np.empty((times.size, places.size), np.float32)
    for step, when in enumerate(times):
        rows = slice(done, past.before(when))
        if width_km is None:
            at = places.index(past.longitude[rows], past.latitude[rows])
            inside = at >= 0
            field += np.bincount(at[inside], past.weights[rows][inside], places.size)
        else:
            widths = np.full(rows.stop - rows.start, float(width_km))
            field += past.spread(rows, places, widths, kernel)
        done = rows.stop
        out[step] = _floored(field, places, floor) * (length / days[step])
    return out


def _floored(field: NDArray[np.float64], places: Lattice, floor: float) -> NDArray[np.float64]:
    """Return the field with a share of it spread evenly by area over its block."""
    if not 0 <= floor <= 1:
        raise ValueError(f"The floor is {floor}; it is a share of the events, from 0 to 1.")
    return np.asarray((1 - floor) * field + floor * field.sum() * area_shares(places))


def _widths(
    past: Past, rows: slice, neighbour: int, limits: tuple[float, float]
) -> NDArray[np.float64]:
    """Return the distance (event,) to the n-th other event, km."""
    east, north = np.deg2rad(past.longitude[rows]), np.deg2rad(past.latitude[rows])
    if east.size <= neighbour:
        return np.full(east.size, float(limits[1]))
    flat = np.cos(north)
    points = np.column_stack([flat * np.cos(east), flat * np.sin(east), np.sin(north)])
    chord = cKDTree(points).query(points, k=[neighbour + 1])[0][:, 0]
    return np.asarray(np.clip(2 * EARTH_RADIUS_KM * np.arcsin(chord / 2), *limits))
