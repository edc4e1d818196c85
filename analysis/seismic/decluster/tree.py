"""Nearest neighbour in time, space and magnitude, by a tree of boxes that fills as time goes on.

The proximity of Zaliapin and Ben-Zion is no metric: time goes one way, and a large event is near
to much. So the boxes divide space alone, and each knows for every class of magnitude its latest
event so far. From these follows how near any of its events can be at best; a box that cannot hold
the nearest is left out whole.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from analysis.seismic.decluster.grid import apart_km
from analysis.seismic.distances import EARTH_RADIUS_KM

LEAF = 8
CLASSES = 16
YEAR = 365.25


class Proximity(NamedTuple):
    """Parameters: b, fractal dimension, smallest distance (km), and whether depth counts."""

    b: float
    df: float
    nearest_km: float
    depth: bool


class Tree(NamedTuple):
    """Boxes; the children of box k are 2k + 1 and 2k + 2.

    `low` and `high` are its bounds in x, y and z, (boxes, 3); `first` and `last` its part of
    `order`, the positions of the events, earlier ones first in each leaf; `latest` the day of
    its latest event so far of each class of magnitude, (boxes, classes); `known` how many events
    of a leaf have come.
    """

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    order: NDArray[np.int64]
    latest: NDArray[np.float64]
    known: NDArray[np.int64]


class Events(NamedTuple):
    """Events in order of time, (k) each: `weight` is 10^(-b M), `kind` the class of magnitude.

    `least` is the smallest weight that a class can have, (classes).
    """

    point: NDArray[np.float64]
    days: NDArray[np.float64]
    weight: NDArray[np.float64]
    kind: NDArray[np.int64]
    least: NDArray[np.float64]


@njit(nogil=True, cache=True)
def find_parents(
    point: np.ndarray, days: np.ndarray, magnitude: np.ndarray, rules: Proximity
) -> np.ndarray:
    """Return the nearest earlier event of each, -1 where nothing is earlier.

    Proximity: years * km^df * 10^(-b M); of equally near ones the first.
    """
    n = days.size
    step = max((magnitude.max() - magnitude.min()) / CLASSES, 0.1)
    kind = np.empty(n, np.int64)
    for i in range(n):
        kind[i] = min(int((magnitude[i] - magnitude.min()) / step), CLASSES - 1)
    edges = magnitude.min() + (np.arange(CLASSES) + 1) * step + 1e-9
    events = Events(point, days, 10 ** (-rules.b * magnitude), kind, 10 ** (-rules.b * edges))
    tree, leaf = _build(point)
    parents = np.full(n, -1, np.int64)
    boxes, bounds = np.empty(128, np.int64), np.empty(128)
    start = 0
    for j in range(n):
        while days[start] < days[j]:  # what came before this moment is known now
            _take_in(tree, events, leaf[start], start)
            start += 1
        parents[j] = _nearest(tree, events, rules, j, boxes, bounds)
    return parents


@njit(nogil=True, cache=True)
def _take_in(tree: Tree, events: Events, leaf: int, i: int) -> None:
    """Let the boxes of an event know of it."""
    tree.known[leaf] += 1
    box = leaf
    while True:
        tree.latest[box, events.kind[i]] = events.days[i]
        if box == 0:
            return
        box = (box - 1) // 2


@njit(nogil=True, cache=True)
def _nearest(
    tree: Tree,
    events: Events,
    rules: Proximity,
    j: int,
    boxes: np.ndarray,
    bounds: np.ndarray,
) -> int:
    """Return the nearest known event of j."""
    best, parent = math.inf, -1
    boxes[0], bounds[0], waiting = 0, 0.0, 1
    leaves = tree.first.size // 2
    while waiting:
        waiting -= 1
        box = boxes[waiting]
        if bounds[waiting] > best:
            continue
        if box >= leaves:
            for k in range(tree.first[box] + tree.known[box] - 1, tree.first[box] - 1, -1):
                i = tree.order[k]
                km = max(apart_km(events.point[i], events.point[j], rules.depth), rules.nearest_km)
                eta = (events.days[j] - events.days[i]) / YEAR * km**rules.df * events.weight[i]
                if eta < best or (eta == best and i < parent):
                    best, parent = eta, i
            continue
        one, other = 2 * box + 1, 2 * box + 2
        near = _bound(tree, events, rules, one, j)
        far = _bound(tree, events, rules, other, j)
        if near > far:
            one, other, near, far = other, one, far, near
        if far <= best and far < math.inf:
            boxes[waiting], bounds[waiting] = other, far
            waiting += 1
        if near <= best and near < math.inf:
            boxes[waiting], bounds[waiting] = one, near
            waiting += 1
    return parent


@njit(nogil=True, cache=True)
def _bound(tree: Tree, events: Events, rules: Proximity, box: int, j: int) -> float:
    """Return how near a known event of the box can be to j at best; infinite where none is."""
    least = math.inf
    for kind in range(CLASSES):
        least = min(least, (events.days[j] - tree.latest[box, kind]) * events.least[kind])
    if least == math.inf:
        return math.inf
    chord = 0.0
    for axis in range(3):
        value = events.point[j, axis]
        gap = max(tree.low[box, axis] - value, value - tree.high[box, axis])
        if gap > 0:
            chord += gap * gap
    km = max(EARTH_RADIUS_KM * math.sqrt(chord), rules.nearest_km)
    return least / YEAR * km**rules.df * (1 - 1e-9)


@njit(nogil=True, cache=True)
def _build(point: np.ndarray) -> tuple[Tree, np.ndarray]:
    """Halve the events again and again, along the axis on which they lie widest apart."""
    n = point.shape[0]
    depth = 0
    while (n >> depth) > LEAF:
        depth += 1
    boxes = 2 ** (depth + 1) - 1
    low, high = np.full((boxes, 3), np.inf), np.full((boxes, 3), -np.inf)
    first, last = np.zeros(boxes, np.int64), np.zeros(boxes, np.int64)
    order, leaf = np.arange(n), np.empty(n, np.int64)
    last[0] = n
    for box in range(boxes):
        for k in range(first[box], last[box]):
            for axis in range(3):
                value = point[order[k], axis]
                low[box, axis] = min(low[box, axis], value)
                high[box, axis] = max(high[box, axis], value)
        if 2 * box + 1 >= boxes:
            order[first[box] : last[box]].sort()
            leaf[order[first[box] : last[box]]] = box
            continue
        widest = np.argmax(high[box] - low[box])
        middle = (first[box] + last[box]) // 2
        _split(order, point[:, widest], first[box], last[box], middle)
        first[2 * box + 1], last[2 * box + 1] = first[box], middle
        first[2 * box + 2], last[2 * box + 2] = middle, last[box]
    latest = np.full((boxes, CLASSES), -np.inf)
    return Tree(low, high, first, last, order, latest, np.zeros(boxes, np.int64)), leaf


@njit(nogil=True, cache=True)
def _split(order: np.ndarray, values: np.ndarray, first: int, last: int, middle: int) -> None:
    """Bring those with the smaller values before the middle (Hoare's selection)."""
    low, high = first, last - 1
    while low < high:
        pivot = values[order[(low + high) // 2]]
        i, j = low, high
        while i <= j:
            while values[order[i]] < pivot:
                i += 1
            while values[order[j]] > pivot:
                j -= 1
            if i <= j:
                order[i], order[j] = order[j], order[i]
                i += 1
                j -= 1
        if middle <= j:
            high = j
        elif middle >= i:
            low = i
        else:
            return
