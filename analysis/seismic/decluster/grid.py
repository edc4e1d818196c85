"""Events in small cells of the sphere, so that neighbours are found without looking at all."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from analysis.seismic.distances import EARTH_RADIUS_KM

MOST_CELLS = 4_000_000


class Grid(NamedTuple):
    """Bands of latitude cut into cells of about the same width everywhere, poles included.

    Parameters
    ----------
    south, size : float
        Southern edge of the first band and height of a band, degrees.
    first : numpy.ndarray
        First cell of each band, (bands + 1).
    start : numpy.ndarray
        Where the events of a cell start in `events`, (cells + 1).
    events : numpy.ndarray
        Events in order of cells, and in the order given within a cell, (k).
    cell : numpy.ndarray
        Cell of each event, (k), in the order given.
    """

    south: float
    size: float
    first: NDArray[np.int64]
    start: NDArray[np.int64]
    events: NDArray[np.int64]
    cell: NDArray[np.int64]


def build_grid(longitude: NDArray[np.float64], latitude: NDArray[np.float64], km: float) -> Grid:
    """Sort events into cells.

    Parameters
    ----------
    longitude, latitude : numpy.ndarray
        Degrees, (k); any longitude.
    km : float
        Wanted width of a cell; wider where there would be more than four million cells, or more
        than 64 for each event.

    Returns
    -------
    Grid
        The cells.

    Examples
    --------
    Every event is in one cell, near the pole as well:

    >>> grid = build_grid(np.array([0.0, 179.9, -180.0]), np.array([90.0, 0.0, 0.0]), 50)
    >>> sorted(grid.events.tolist()), len(grid.first) - 1
    ([0, 1, 2], 40)
    """
    south, north = float(latitude.min()), float(latitude.max())
    belt = 2 * math.pi * (math.sin(math.radians(north)) - math.sin(math.radians(south)))
    most = min(MOST_CELLS, max(4096, 64 * longitude.size))
    smallest = max(math.sqrt(belt / most), 2 * math.pi / most)
    wanted = math.degrees(max(km / EARTH_RADIUS_KM, smallest))
    height = max(north - south, 1e-6)
    bands = max(1, int(height / wanted))
    size = height / bands
    edges = np.abs(np.linspace(south, north, bands + 1))
    narrow = np.maximum(edges[:-1], edges[1:])  # the shorter edge: no cell is wider than wanted
    width = max(size, wanted)
    counts = np.maximum(1, (360 * np.cos(np.radians(narrow)) / width).astype(np.int64))
    first = np.concatenate([[0], np.cumsum(counts)])
    cell, start, events = _fill(longitude, latitude, south, size, first)
    return Grid(south, size, first, start, events, cell)


@njit(nogil=True, cache=True)
def _fill(
    longitude: np.ndarray, latitude: np.ndarray, south: float, size: float, first: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sort events by cell, keeping the order within a cell."""
    bands = first.size - 1
    cell = np.empty(longitude.size, np.int64)
    start = np.zeros(first[bands] + 1, np.int64)
    for i in range(longitude.size):
        band = min(int((latitude[i] - south) / size), bands - 1)
        count = first[band + 1] - first[band]
        turn = (longitude[i] + 180) / 360
        column = int((turn - math.floor(turn)) * count)
        cell[i] = first[band] + min(column, count - 1)
        start[cell[i] + 1] += 1
    for c in range(first[bands]):
        start[c + 1] += start[c]
    place = start[:-1].copy()
    events = np.empty(longitude.size, np.int64)
    for i in range(longitude.size):
        events[place[cell[i]]] = i
        place[cell[i]] += 1
    return cell, start, events


@njit(nogil=True, cache=True)
def cells_within(grid: Grid, longitude: float, latitude: float, km: float, runs: np.ndarray) -> int:
    """Write the runs of cells that a circle may touch, and return how many there are.

    A run is a first cell and the one after the last; a band gives two where the circle crosses
    the date line; `room_for_runs` makes room for them.
    """
    size, first = grid.size, grid.first
    bands = first.size - 1
    angle = km / EARTH_RADIUS_KM + 1e-9
    reach = math.degrees(angle)
    low = min(max(0, math.floor((latitude - reach - grid.south) / size)), bands - 1)
    high = min(bands - 1, math.floor((latitude + reach - grid.south) / size))
    half = 180.0  # a circle that holds a pole meets every longitude
    if abs(latitude) + reach < 90:
        ratio = math.sin(angle) / math.cos(math.radians(latitude))
        if ratio < 1:
            half = math.degrees(math.asin(ratio)) + 1e-9
    found = 0
    for band in range(low, high + 1):
        count = first[band + 1] - first[band]
        west = math.floor((longitude - half + 180) / 360 * count)
        east = math.floor((longitude + half + 180) / 360 * count)
        if east - west + 1 >= count:
            runs[found, 0], runs[found, 1] = first[band], first[band + 1]
            found += 1
            continue
        west, east = west % count, east % count
        if west <= east:
            runs[found, 0], runs[found, 1] = first[band] + west, first[band] + east + 1
            found += 1
        else:
            runs[found, 0], runs[found, 1] = first[band], first[band] + east + 1
            runs[found + 1, 0], runs[found + 1, 1] = first[band] + west, first[band + 1]
            found += 2
    return found


@njit(nogil=True, cache=True)
def room_for_runs(grid: Grid) -> np.ndarray:
    """Make room for all runs of cells that a circle can have."""
    return np.empty((2 * grid.first.size, 2), np.int64)


@njit(nogil=True, cache=True)
def half_sine(km: float) -> float:
    """Square of the sine of half the angle of a distance: the haversine of it."""
    half = km / (2 * EARTH_RADIUS_KM)
    if half >= math.pi / 2:
        return 2.0
    return math.sin(half) ** 2


@njit(nogil=True, cache=True)
def haversine(a: np.ndarray, b: np.ndarray) -> float:
    """Haversine of the angle between two unit vectors; of full precision at small angles."""
    return ((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2) / 4


@njit(nogil=True, cache=True)
def apart_km(a: np.ndarray, b: np.ndarray, with_depth: bool) -> float:
    """Distance between two points (x, y, z, depth), km.

    With depth it is the root of the squares of the great-circle distance and of the difference of
    depth; where one depth is not known, that difference counts as 0.
    """
    km = 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(haversine(a, b))))
    if with_depth:
        down = a[3] - b[3]
        if not math.isnan(down):
            km = math.sqrt(km * km + down * down)
    return km


def points(
    longitude: NDArray[np.float64],
    latitude: NDArray[np.float64],
    depth: NDArray[np.float64] | float = 0.0,
) -> NDArray[np.float64]:
    """Return unit vectors and depths.

    Parameters
    ----------
    longitude, latitude : numpy.ndarray
        Degrees, (k) each.
    depth : numpy.ndarray or float
        km, (k).

    Returns
    -------
    numpy.ndarray
        x, y, z and depth, (k, 4).
    """
    lon, lat = np.radians(longitude), np.radians(latitude)
    across = np.cos(lat)
    down = np.broadcast_to(depth, lon.shape)
    return np.column_stack([across * np.cos(lon), across * np.sin(lon), np.sin(lat), down])


def apart(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the great-circle distances between points in pairs.

    Parameters
    ----------
    a, b : numpy.ndarray
        Of `points`, (k, 4) each.

    Returns
    -------
    numpy.ndarray
        km, (k).
    """
    chord = np.sqrt(((a[:, :3] - b[:, :3]) ** 2).sum(axis=1)) / 2
    km: NDArray[np.float64] = 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(chord, 1.0))
    return km
