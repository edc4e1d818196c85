"""Reasenberg's way through the events, in order of time, with clusters as growing sets."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from analysis.seismic.decluster.grid import (
    Grid,
    apart_km,
    cells_within,
    half_sine,
    haversine,
    room_for_runs,
)
from analysis.seismic.decluster.union import grown, join, larger, root


class Placed(NamedTuple):
    """Events in order of time, (k) each; `point` alone is in the order of cells, (k, 4).

    `crack` is the radius of the crack, km, and `cutoff` the magnitude of completeness.
    """

    longitude: NDArray[np.float64]
    latitude: NDArray[np.float64]
    point: NDArray[np.float64]
    days: NDArray[np.float64]
    magnitude: NDArray[np.float64]
    crack: NDArray[np.float64]
    cutoff: NDArray[np.float64]


class Rules(NamedTuple):
    """Parameters of the method; `log` is -ln(1 - p)."""

    rfact: float
    xk: float
    taumin: float
    taumax: float
    log: float
    depth: bool


class Sweep(NamedTuple):
    """What is known on the way: where each event lies in its cell, and what is still to come."""

    place: NDArray[np.int64]
    later: NDArray[np.int64]
    runs: NDArray[np.int64]
    found: NDArray[np.int64]


@njit(nogil=True, cache=True)
def sweep(events: Placed, rules: Rules, grid: Grid) -> np.ndarray:
    """Return the mainshock of each event, all clusters known."""
    n = events.days.size
    parent, main = np.arange(n), np.arange(n)
    state = _state(grid, n)
    for i in range(n):
        _pass(state, grid, i)
        mid = main[root(parent, i)]
        for k in range(_reach(events, rules, grid, state, i, mid)):
            join(parent, main, events.magnitude, i, state.found[k])
    ids = np.empty(n, np.int64)
    for i in range(n):
        ids[i] = main[root(parent, i)]
    return ids


@njit(nogil=True, cache=True)
def sweep_causal(events: Placed, rules: Rules, grid: Grid) -> np.ndarray:
    """Return the mainshock known when each event came.

    A link to an event that is still to come waits in the list of that event (one from each
    cluster is enough); clusters become one when the event that links them is there. Events of
    the same moment know nothing of each other.
    """
    n = events.days.size
    ids, parent, main = np.arange(n), np.arange(n), np.arange(n)
    state = _state(grid, n)
    newest = np.full(n, -1, np.int64)  # last link that waits for each event
    source, before, links = np.empty(1024, np.int64), np.empty(1024, np.int64), 0
    start = 0
    while start < n:
        end = _same_moment(events.days, start)
        for i in range(start, end):
            ids[i] = _largest_waiting(events.magnitude, parent, main, newest[i], source, before, i)
        for i in range(start, end):
            _pass(state, grid, i)
            _join_waiting(events.magnitude, parent, main, newest[i], source, before, i)
        for i in range(start, end):
            own = root(parent, i)
            for k in range(_reach(events, rules, grid, state, i, main[own])):
                j = state.found[k]
                if j < end or _waits(parent, newest[j], source, before, own):
                    continue
                if links == source.size:
                    source, before = grown(source), grown(before)
                source[links], before[links] = i, newest[j]
                newest[j] = links
                links += 1
        start = end
    return ids


@njit(nogil=True, cache=True)
def _reach(events: Placed, rules: Rules, grid: Grid, state: Sweep, i: int, mid: int) -> int:
    """Find the later events that i links to; they stand in `state.found`, maybe twice."""
    tau = rules.taumin
    if mid < i:
        t = events.days[i] - events.days[mid]
        excess = max((1 - rules.xk) * events.magnitude[mid] - events.cutoff[i], 0.0)
        tau = rules.log * t / 10 ** ((excess - 1) * 2 / 3)
        tau = min(max(tau, rules.taumin), rules.taumax)
    km = rules.rfact * events.crack[i]
    count = _near(events, rules, grid, state, i, km, events.days[i] + tau, 0)
    if tau > rules.taumin:
        count = _near(
            events, rules, grid, state, mid, events.crack[mid], events.days[i] + tau, count
        )
    return count


@njit(nogil=True, cache=True)
def _near(
    events: Placed,
    rules: Rules,
    grid: Grid,
    state: Sweep,
    centre: int,
    km: float,
    until: float,
    count: int,
) -> int:
    """Add the events to come that are nearer than a distance to the centre; return how many."""
    near, here = half_sine(km), events.point[state.place[centre]]
    runs = cells_within(grid, events.longitude[centre], events.latitude[centre], km, state.runs)
    for run in range(runs):
        for cell in range(state.runs[run, 0], state.runs[run, 1]):
            for k in range(state.later[cell], grid.start[cell + 1]):
                j = grid.events[k]
                if events.days[j] >= until:
                    break
                if haversine(here, events.point[k]) < near and (
                    not rules.depth or apart_km(here, events.point[k], True) < km
                ):
                    state.found[count] = j
                    count += 1
    return count


@njit(nogil=True, cache=True)
def _state(grid: Grid, n: int) -> Sweep:
    """Return the beginning: all events are still to come."""
    later = grid.start[:-1].copy()
    return Sweep(np.empty(n, np.int64), later, room_for_runs(grid), np.empty(2 * n, np.int64))


@njit(nogil=True, cache=True)
def _pass(state: Sweep, grid: Grid, i: int) -> None:
    """Note that i has come."""
    cell = grid.cell[i]
    state.place[i] = state.later[cell]
    state.later[cell] += 1


@njit(nogil=True, cache=True)
def _same_moment(days: np.ndarray, start: int) -> int:
    """Return the first event that is later than the one given."""
    end = start + 1
    while end < days.size and days[end] == days[start]:
        end += 1
    return end


@njit(nogil=True, cache=True)
def _largest_waiting(
    magnitude: np.ndarray,
    parent: np.ndarray,
    main: np.ndarray,
    link: int,
    source: np.ndarray,
    before: np.ndarray,
    i: int,
) -> int:
    """Return the largest of i and of the clusters that are linked to it."""
    best = i
    while link >= 0:
        best = larger(magnitude, best, main[root(parent, source[link])])
        link = before[link]
    return best


@njit(nogil=True, cache=True)
def _join_waiting(
    magnitude: np.ndarray,
    parent: np.ndarray,
    main: np.ndarray,
    link: int,
    source: np.ndarray,
    before: np.ndarray,
    i: int,
) -> None:
    """Make one cluster of i and all that is linked to it."""
    while link >= 0:
        join(parent, main, magnitude, source[link], i)
        link = before[link]


@njit(nogil=True, cache=True)
def _waits(parent: np.ndarray, link: int, source: np.ndarray, before: np.ndarray, own: int) -> bool:
    """Whether a link from the cluster `own` waits already."""
    while link >= 0:
        if root(parent, source[link]) == own:
            return True
        link = before[link]
    return False
