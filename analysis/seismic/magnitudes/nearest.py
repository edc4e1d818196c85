"""The N nearest events of many places: buckets in latitude and longitude, in numba.

Distances are compared as squared chords of the unit sphere, so no trigonometry is needed for a
pair. For each place only the buckets that a circle touches are looked at. The circle is no larger
than it must be: N events that lie within R of one place lie within R + d of another one d away.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from analysis.seismic.distances import EARTH_RADIUS_KM

ROWS = 360
COLUMNS = 720
"""Buckets of half a degree."""
SIZE = math.pi / ROWS

Floats = NDArray[np.float64]


class Buckets(NamedTuple):
    """Events in the order of their buckets.

    Attributes
    ----------
    starts
        Position of the first event of each bucket, (buckets + 1); row by row from the south.
    points
        Places on the unit sphere, (n, 3).
    steps
        Numbers of the bins of magnitude, (n).
    order
        Position of each event in the table, (n).
    """

    starts: NDArray[np.int64]
    points: Floats
    steps: NDArray[np.int64]
    order: NDArray[np.int64]


def make_buckets(longitude: Floats, latitude: Floats, steps: NDArray[np.int64]) -> Buckets:
    """Sort events into buckets.

    Parameters
    ----------
    longitude, latitude
        Degrees, (n) each, finite; any longitude.
    steps
        Numbers of the bins of magnitude, (n).

    Returns
    -------
    Buckets
        The events, sorted.
    """
    row = np.clip(((latitude + 90) * (ROWS / 180)).astype(np.int64), 0, ROWS - 1)
    turned = np.mod(longitude + 180, 360)
    column = np.clip((turned * (COLUMNS / 360)).astype(np.int64), 0, COLUMNS - 1)
    bucket = (row * COLUMNS + column).astype(np.int32)
    order = np.argsort(bucket, kind="stable")
    starts = np.zeros(ROWS * COLUMNS + 1, dtype=np.int64)
    np.cumsum(np.bincount(bucket, minlength=ROWS * COLUMNS), out=starts[1:])
    points = unit_vectors(longitude[order], latitude[order])
    return Buckets(starts, points, steps[order], order)


def unit_vectors(longitude: Floats, latitude: Floats) -> Floats:
    """Return places on the unit sphere.

    Parameters
    ----------
    longitude, latitude
        Degrees, (n) each.

    Returns
    -------
    numpy.ndarray
        (n, 3).

    Examples
    --------
    >>> np.abs(unit_vectors(np.array([90.0]), np.array([0.0]))).round(9)
    array([[0., 1., 0.]])
    """
    lon, lat = np.radians(longitude), np.radians(latitude)
    flat = np.cos(lat)
    return np.stack([flat * np.cos(lon), flat * np.sin(lon), np.sin(lat)], axis=1)


@njit(nogil=True, cache=True)
def nearest_steps(
    buckets: Buckets, lons: Floats, lats: Floats, n: int, radius_km: float, out: np.ndarray
) -> tuple[np.ndarray, Floats]:
    """Find the N nearest events of places and put the bins of their magnitudes into a table.

    Among events equally far the first ones of the table count.

    Parameters
    ----------
    buckets
        The events.
    lons, lats
        The places, degrees, (places) each; neighbours in a row cost least.
    n
        Events to find for each place.
    radius_km
        How far to look, km.
    out
        Table (places, n) for the bins of magnitude; rows with fewer events stay as they are.

    Returns
    -------
    tuple of numpy.ndarray
        Events found within the radius, `n` at most, (places); distance of the last one, km,
        (places), NaN where there are fewer.
    """
    starts, points, steps, order = buckets
    found = np.zeros(lons.size, dtype=np.int64)
    radii = np.full(lons.size, math.nan)
    room = np.empty(steps.size)
    places = np.empty(steps.size, dtype=np.int64)
    widest = min(radius_km / EARTH_RADIUS_KM, math.pi)
    reach = widest
    here = np.zeros(3)
    for i in range(lons.size):
        lon, lat = math.radians(lons[i]), math.radians(lats[i])
        before = here.copy()
        here[0], here[1] = math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon)
        here[2] = math.sin(lat)
        if i > 0 and not math.isnan(radii[i - 1]):
            reach = min(widest, reach + _angle(_square(before, here)) + 1e-12)
        else:
            reach = widest
        count = _gather(starts, points, lon, lat, here, reach, room, places)
        found[i] = min(count, n)
        if count >= n:
            _select(room, places, order, count, n)
            far = 0.0
            for k in range(n):
                out[i, k] = steps[places[k]]
                far = max(far, room[k])
            reach = _angle(far)
            radii[i] = reach * EARTH_RADIUS_KM
    return found, radii


@njit(nogil=True, cache=True)
def _square(a: Floats, b: Floats) -> float:
    """Return the squared chord between two points of the unit sphere."""
    return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2


@njit(nogil=True, cache=True)
def _angle(square: float) -> float:
    """Return the angle of a squared chord, radians."""
    return 2 * math.asin(min(1.0, math.sqrt(square) / 2))


@njit(nogil=True, cache=True)
def _gather(
    starts: np.ndarray,
    points: Floats,
    lon: float,
    lat: float,
    here: Floats,
    reach: float,
    room: Floats,
    places: np.ndarray,
) -> int:
    """Collect the events within an angle of a place; return how many there are."""
    limit = 4.0 if reach >= math.pi else 4 * math.sin(reach / 2) ** 2
    limit *= 1 + 1e-13
    first = max(0, math.floor((lat - reach + math.pi / 2) / SIZE - 1e-9))
    last = min(ROWS - 1, math.floor((lat + reach + math.pi / 2) / SIZE + 1e-9))
    # the circle is widest where sin(latitude) = sin(lat) / cos(reach)
    lean = math.sin(lat) / math.cos(reach) if reach < math.pi / 2 else math.inf
    widest = math.asin(lean) if abs(lean) < 1 else math.copysign(math.pi / 2, lat)
    x, y, z = here[0], here[1], here[2]
    count = 0
    for row in range(first, last + 1):
        south = row * SIZE - math.pi / 2
        half = _half_width(lat, min(max(widest, south), south + SIZE), reach)
        if half < 0:
            continue
        west = math.floor((lon - half + math.pi) / SIZE - 1e-9)
        east = math.floor((lon + half + math.pi) / SIZE + 1e-9)
        if half >= math.pi - SIZE or east - west >= COLUMNS - 1:
            west, east = 0, COLUMNS - 1
        else:
            turn = west // COLUMNS * COLUMNS
            west, east = west - turn, east - turn
        for part in range(2):  # the second part lies beyond the date line
            low = west if part == 0 else 0
            high = min(east, COLUMNS - 1) if part == 0 else east - COLUMNS
            if high < low:
                continue
            for k in range(starts[row * COLUMNS + low], starts[row * COLUMNS + high + 1]):
                square = (points[k, 0] - x) ** 2 + (points[k, 1] - y) ** 2 + (points[k, 2] - z) ** 2
                if square <= limit:
                    room[count] = square
                    places[count] = k
                    count += 1
    return count


@njit(nogil=True, cache=True)
def _half_width(lat: float, other: float, reach: float) -> float:
    """Return how far in longitude a circle reaches at a latitude, radians; -1 for nowhere."""
    wide = min(math.pi, reach * (1 + 1e-9) + 1e-12)
    share = math.sin(wide / 2) ** 2 - math.sin((lat - other) / 2) ** 2
    if share < 0:
        return -1.0
    share /= max(math.cos(lat) * math.cos(other), 1e-300)
    return math.pi if share >= 1 else 2 * math.asin(math.sqrt(share))


@njit(nogil=True, cache=True)
def _less(room: Floats, places: np.ndarray, order: np.ndarray, a: int, far: float, at: int) -> bool:
    """Tell whether one event comes before another: nearer, or as near and earlier in the table."""
    return room[a] < far or (room[a] == far and order[places[a]] < at)


@njit(nogil=True, cache=True)
def _select(room: Floats, places: np.ndarray, order: np.ndarray, count: int, n: int) -> None:
    """Bring the n first of `count` events to the front (Hoare 1961, quickselect)."""
    low, high = 0, count - 1
    while low < high:
        middle = (low + high) // 2
        far, at = room[middle], order[places[middle]]
        i, j = low, high
        while i <= j:
            while _less(room, places, order, i, far, at):
                i += 1
            while room[j] > far or (room[j] == far and order[places[j]] > at):
                j -= 1
            if i <= j:
                room[i], room[j] = room[j], room[i]
                places[i], places[j] = places[j], places[i]
                i += 1
                j -= 1
        if n - 1 <= j:
            high = j
        elif n - 1 >= i:
            low = i
        else:
            return
