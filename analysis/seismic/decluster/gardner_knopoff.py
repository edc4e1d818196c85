"""Declustering by windows in space and time (Gardner and Knopoff 1974)."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from analysis.seismic.decluster.catalogue import read_catalogue
from analysis.seismic.decluster.grid import (
    Grid,
    apart_km,
    build_grid,
    cells_within,
    half_sine,
    haversine,
    points,
    room_for_runs,
)
from analysis.seismic.decluster.windows import window_size
from analysis.spelling import did_you_mean

LINKING: Final = ("mainshock", "every")
"""Rules that say whose windows count."""


class Placed(NamedTuple):
    """Events in order of cells, and of time within a cell, with their windows; (k) each."""

    longitude: NDArray[np.float64]
    latitude: NDArray[np.float64]
    point: NDArray[np.float64]
    time: NDArray[np.float64]
    magnitude: NDArray[np.float64]
    km: NDArray[np.float64]
    days: NDArray[np.float64]


class Rules(NamedTuple):
    """What the caller chose."""

    foreshocks: float
    every: bool
    causal: bool
    depth: bool


def gardner_knopoff(
    events: Any,
    window: str = "gardner-knopoff",
    *,
    linking: str = "mainshock",
    foreshocks: float = 0.0,
    three_dimensional: bool = False,
    causal: bool = False,
) -> NDArray[np.int64]:
    """Group events by windows round the larger ones.

    Events are taken from the largest to the smallest (of two equal ones the earlier first), and
    each gathers the smaller events in its window (`window_size`), edges included. Which windows
    count is the linking rule, by which published programs differ:

    - ``"mainshock"``: only events that are in no cluster yet have a window; an equal magnitude is
      gathered too (Gardner and Knopoff 1974, in the form of van Stiphout et al. 2012).
    - ``"every"``: aftershocks have windows as well, so that clusters grow along chains; only
      strictly smaller events are gathered. An event in several windows belongs to the largest.

    Parameters
    ----------
    events : pandas.DataFrame
        Events (n) as `analysis.seismic.columns.as_events` reads them. Any longitude. An event
        without time, place or magnitude belongs to no cluster and stands alone.
    window : str
        ``"gardner-knopoff"``, ``"gruenthal"`` or ``"uhrhammer"``.
    linking : str
        ``"mainshock"`` or ``"every"``.
    foreshocks : float
        Length of the window before an event as a share of that after it, 0 to 1. At 0 a smaller
        event before a larger one is no part of its cluster.
    three_dimensional : bool
        True takes distances between hypocentres, False between epicentres (great circle). A
        difference of depth that is not known counts as 0.
    causal : bool
        True uses for each event only those strictly before it, so that no later event changes an
        earlier id; `foreshocks` must be 0.

    Returns
    -------
    numpy.ndarray
        Position of the mainshock of each row's cluster, int64 (n). A mainshock and an event that
        stands alone carry their own position: ``ids == np.arange(n)`` is the declustered
        catalogue.

    Raises
    ------
    ValueError
        An unknown window or linking rule, a share outside 0 to 1, foreshocks in a causal run, or
        a table without the columns.

    Examples
    --------
    The mainshock of 6.0 keeps its aftershocks, on both sides of the date line, in any order:

    >>> import pandas as pd
    >>> table = pd.DataFrame(
    ...     {
    ...         "time": pd.date_range("2020-01-01", periods=5),
    ...         "mag": [6.0, 4, 5, 4, 4],
    ...         "longitude": [179.9, -179.9, 179.8, 180.0, 20.0],
    ...         "latitude": [0.0] * 5,
    ...     }
    ... )
    >>> gardner_knopoff(table)
    array([0, 0, 0, 0, 4])
    >>> gardner_knopoff(table[::-1])
    array([0, 4, 4, 4, 4])
    """
    if linking not in LINKING:
        msg = f"There is no linking rule {linking!r}. {did_you_mean(str(linking), LINKING)}"
        raise ValueError(msg)
    if not 0 <= foreshocks <= 1:
        msg = f"The share of the window before an event is {foreshocks}; give 0 to 1."
        raise ValueError(msg)
    if causal and foreshocks:
        msg = (
            f"A causal run knows no foreshocks, but their share of the window is {foreshocks}: "
            "an event cannot be a foreshock before the larger one has come. Give foreshocks=0."
        )
        raise ValueError(msg)
    catalogue = read_catalogue(events)
    km, days = window_size(catalogue.magnitude, window)
    if not km.size:
        return catalogue.in_table(np.empty(0, np.int64))
    grid = build_grid(catalogue.longitude, catalogue.latitude, float(np.median(km)))
    order = grid.events
    place = np.empty_like(order)
    place[order] = np.arange(order.size)
    placed = Placed(
        catalogue.longitude[order],
        catalogue.latitude[order],
        points(catalogue.longitude, catalogue.latitude, catalogue.depth)[order],
        catalogue.days[order],
        catalogue.magnitude[order],
        km[order],
        days[order],
    )
    rules = Rules(float(foreshocks), linking == "every", causal, three_dimensional)
    found = _gather(place[catalogue.ranks], placed, rules, grid)
    ids = np.empty_like(order)
    ids[order] = order[found]
    return catalogue.in_table(ids)


@njit(nogil=True, cache=True)
def _gather(ranked: np.ndarray, events: Placed, rules: Rules, grid: Grid) -> np.ndarray:
    """Return the mainshock of each event.

    An event that has been gathered, or whose turn has passed, can be gathered no more: `ahead`
    leads over it to the next that can (union-find), so that no event is looked at twice in vain.
    """
    time, n = events.time, events.time.size
    ids, ahead = np.arange(n), np.arange(n + 1)
    runs = room_for_runs(grid)
    for turn in range(n):
        i = ranked[turn]
        ahead[i] = i + 1
        if ids[i] != i and not rules.every:
            continue
        earliest = time[i] - rules.foreshocks * events.days[i]
        latest = time[i] + events.days[i]
        near = half_sine(events.km[i])
        found = cells_within(grid, events.longitude[i], events.latitude[i], events.km[i], runs)
        for run in range(found):
            for cell in range(runs[run, 0], runs[run, 1]):
                end = grid.start[cell + 1]
                if grid.start[cell] == end or time[end - 1] < earliest:
                    continue
                j = _alive(ahead, _lower(time, grid.start[cell], end, earliest))
                while j < end and time[j] <= latest:
                    if _gathers(events, rules, i, j, near):
                        ids[j] = ids[i]
                        ahead[j] = j + 1
                    j = _alive(ahead, j + 1)
    return ids


@njit(nogil=True, cache=True)
def _gathers(events: Placed, rules: Rules, i: int, j: int, near: float) -> bool:
    """Whether j, within the time of the window of i, is gathered by i."""
    if haversine(events.point[i], events.point[j]) > near:
        return False
    if rules.causal and events.time[j] <= events.time[i]:
        return False
    if rules.every and events.magnitude[j] >= events.magnitude[i]:
        return False
    return not rules.depth or apart_km(events.point[i], events.point[j], True) <= events.km[i]


@njit(nogil=True, cache=True)
def _lower(time: np.ndarray, low: int, high: int, value: float) -> int:
    """First position whose time is not below the value."""
    while low < high:
        middle = (low + high) // 2
        if time[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low


@njit(nogil=True, cache=True)
def _alive(ahead: np.ndarray, j: int) -> int:
    """Next event from j on that can still be gathered; the way is shortened as it is gone."""
    while ahead[j] != j:
        ahead[j] = ahead[ahead[j]]
        j = ahead[j]
    return j
