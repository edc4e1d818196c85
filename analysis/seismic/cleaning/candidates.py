"""Pairs of events that may be one earthquake: near in time, distance and magnitude."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numba import njit
from numpy.typing import NDArray

from analysis.seismic.distances import EARTH_RADIUS_KM, _haversine

# one unit of the score: 5 s, 25 km and 0.3 of magnitude weigh the same
SCALE_S = 5.0
SCALE_KM = 25.0
SCALE_MAGNITUDE = 0.3
WIDE_MAGNITUDE = 6.0

MOST_PAIRS = 10_000_000
"""Most candidates that are compared at once: they and their assignment take 1.6 GB."""


@dataclass(frozen=True)
class Windows:
    """How far apart two reports of one earthquake may be; the edges count as inside.

    Parameters
    ----------
    time_s, distance_km
        Difference of time in seconds and distance of the epicentres in km.
    magnitude, same_type
        Difference of magnitude, and the same where both magnitudes are of one type.
    wide_time_s, wide_distance_km
        Time and distance where one of the two has magnitude 6 or more or an automatic solution.
    """

    time_s: float = 16.0
    distance_km: float = 100.0
    magnitude: float = 1.0
    same_type: float = 0.5
    wide_time_s: float = 60.0
    wide_distance_km: float = 150.0

    def __post_init__(self) -> None:
        """Refuse a window that is not a number of 0 or more."""
        for name, value in vars(self).items():
            if not (math.isfinite(value) and value >= 0):
                msg = f"The window {name} is {value}; it must be a number of 0 or more."
                raise ValueError(msg)


class Pairs(NamedTuple):
    """Candidates: rows of the one and the other table, and how far apart they are, (n) each."""

    a: NDArray[np.int64]
    b: NDArray[np.int64]
    seconds: NDArray[np.float64]
    km: NDArray[np.float64]
    dmag: NDArray[np.float64]
    score: NDArray[np.float64]

    def take(self, which: NDArray[np.bool_] | NDArray[np.intp]) -> Pairs:
        """Return some of the pairs."""
        chosen: Any = [values[which] for values in self]
        return Pairs(*chosen)


class _Columns(NamedTuple):
    """What matching needs of a table, ordered by time, without rows that cannot match."""

    row: NDArray[np.int64]
    seconds: NDArray[np.float64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    mag: NDArray[np.float64]
    kind: NDArray[np.int64]
    wide: NDArray[np.bool_]
    group: NDArray[np.int64]


def candidates_between(a: pd.DataFrame, b: pd.DataFrame, windows: Windows) -> Pairs:
    """Return all pairs of one event of `a` and one of `b` inside the windows.

    Parameters
    ----------
    a, b : pandas.DataFrame
        Events as `analysis.seismic.columns.as_events` gives them. A row without time or place
        has no pair.
    windows : Windows
        How far apart they may be.

    Returns
    -------
    Pairs
        (n) candidates by time of the event of `a`: positions, time and magnitude of `b` minus
        `a`, distance in km, and score ``(dt/5)^2 + (d/25)^2 + (dM/0.3)^2``. An unknown magnitude
        is never too far; its part of the score is 1.

    Raises
    ------
    ValueError
        There are more than `MOST_PAIRS`, as where thousands of events carry one time.

    Examples
    --------
    >>> a = pd.DataFrame({"time": pd.to_datetime(["2020-01-01"]), "longitude": [179.9]})
    >>> a = a.assign(latitude=0.0, mag=5.0, magType="mb", status="")
    >>> b = a.assign(time=a["time"] + pd.Timedelta("5s"), longitude=-179.9)
    >>> candidates_between(a, b, Windows()).km
    array([22.24])
    """
    kinds = pd.concat([a["magType"], b["magType"]]).astype("category").cat.codes.to_numpy()
    origin = min(_start(a), _start(b))
    one = _columns(a, kinds[: len(a)], origin, np.zeros(len(a), np.int64))
    two = _columns(b, kinds[len(a) :], origin, np.zeros(len(b), np.int64))
    return _search(one, two, windows, within=False)


def candidates_within(events: pd.DataFrame, group: NDArray[np.int64], windows: Windows) -> Pairs:
    """Return all pairs of two different events of one group inside the windows, each pair once.

    Parameters
    ----------
    events : pandas.DataFrame
        (n) events as `analysis.seismic.columns.as_events` gives them.
    group : numpy.ndarray
        (n) numbers; only events of the same number are paired.
    windows : Windows
        How far apart they may be.

    Returns
    -------
    Pairs
        As from `candidates_between`; `a` is not later than `b`.

    Raises
    ------
    ValueError
        There are more than `MOST_PAIRS`.

    Examples
    --------
    >>> events = pd.DataFrame({"time": pd.to_datetime(["2020-01-01"] * 3), "longitude": 10.0})
    >>> events = events.assign(latitude=50.0, mag=5.0, magType="mb", status="")
    >>> len(candidates_within(events, np.array([0, 0, 1]), Windows()).a)
    1
    """
    kinds = events["magType"].astype("category").cat.codes.to_numpy()
    one = _columns(events, kinds, _start(events), group)
    return _search(one, one, windows, within=True)


def _start(events: pd.DataFrame) -> pd.Timestamp:
    first = events["time"].min()
    return pd.Timestamp.max if first is pd.NaT else first


def _columns(
    events: pd.DataFrame, kinds: NDArray[Any], origin: pd.Timestamp, group: NDArray[np.int64]
) -> _Columns:
    """Order the usable rows by time; seconds since `origin` keep microseconds for 100 years."""
    elapsed = (events["time"] - origin).to_numpy() / np.timedelta64(1, "s")
    lon = events["longitude"].to_numpy(np.float64)
    lat = events["latitude"].to_numpy(np.float64)
    usable = np.isfinite(elapsed) & np.isfinite(lon) & (np.abs(lat) <= 90)
    rows = np.flatnonzero(usable)
    rows = rows[np.argsort(elapsed[rows], kind="stable")]
    mag = events["mag"].to_numpy(np.float64)
    wide = (mag >= WIDE_MAGNITUDE) | (events["status"] == "automatic").to_numpy(bool)
    return _Columns(
        rows.astype(np.int64),
        elapsed[rows].astype(np.float64),
        lon[rows],
        lat[rows],
        mag[rows],
        kinds[rows].astype(np.int64),
        wide[rows],
        group[rows],
    )


def _search(one: _Columns, two: _Columns, windows: Windows, *, within: bool) -> Pairs:
    """Look through a window of time that slides over both tables."""
    reach = max(windows.time_s, windows.wide_time_s) + 1e-6
    first = np.searchsorted(two.seconds, one.seconds - reach, "left")
    last = np.searchsorted(two.seconds, one.seconds + reach, "right")
    if within:
        first = np.arange(1, one.seconds.size + 1)
    limits = np.array(
        [
            windows.time_s + 1e-6,
            windows.distance_km,
            max(windows.wide_time_s, windows.time_s) + 1e-6,
            max(windows.wide_distance_km, windows.distance_km),
            windows.magnitude + 1e-9,  # 5.5 - 5.0 is a little more than 0.5 in binary
            windows.same_type + 1e-9,
        ]
    )
    empty = np.empty(0, np.int64), np.empty(0, np.int64), np.empty((0, 4))
    count = _pairs(*one[1:], *two[1:], first, last, limits, MOST_PAIRS, *empty)
    if count > MOST_PAIRS:
        crowd = int((last - first).max())
        msg = (
            f"More than {MOST_PAIRS:,} pairs of events lie inside the windows of time and place, "
            f"too many to compare in memory; one event has {crowd:,} others within {reach:g} s. "
            "Times without a time of day do this. Give smaller windows, or take such events, or "
            "regions, apart; clean(skip=[...]) leaves out the steps near-repeat and other-agency."
        )
        raise ValueError(msg)
    found = np.empty(count, np.int64), np.empty(count, np.int64), np.empty((count, 4))
    _pairs(*one[1:], *two[1:], first, last, limits, count, *found)
    rows_a, rows_b, values = found
    return Pairs(one.row[rows_a], two.row[rows_b], *np.ascontiguousarray(values.T))


@njit(nogil=True, cache=True)
def _pairs(  # noqa: PLR0913 - numba takes arrays one by one
    time_a: np.ndarray,
    lon_a: np.ndarray,
    lat_a: np.ndarray,
    mag_a: np.ndarray,
    kind_a: np.ndarray,
    wide_a: np.ndarray,
    group_a: np.ndarray,
    time_b: np.ndarray,
    lon_b: np.ndarray,
    lat_b: np.ndarray,
    mag_b: np.ndarray,
    kind_b: np.ndarray,
    wide_b: np.ndarray,
    group_b: np.ndarray,
    first: np.ndarray,
    last: np.ndarray,
    limits: np.ndarray,
    most: int,
    out_a: np.ndarray,
    out_b: np.ndarray,
    out: np.ndarray,
) -> int:
    """Write the pairs inside the limits; with empty outputs only count them, up to the most."""
    n = 0
    store = out_a.size > 0
    for i in range(time_a.size):
        cos_lat = math.cos(math.radians(lat_a[i]))
        for j in range(first[i], last[i]):
            if group_a[i] != group_b[j]:
                continue
            seconds = time_b[j] - time_a[i]
            wide = wide_a[i] or wide_b[j]
            reach = limits[3] if wide else limits[1]
            if abs(seconds) > (limits[2] if wide else limits[0]):
                continue
            if math.radians(abs(lat_a[i] - lat_b[j])) * EARTH_RADIUS_KM > reach + 1e-6:
                continue
            dmag = mag_b[j] - mag_a[i]
            same = kind_a[i] == kind_b[j] and kind_a[i] >= 0
            if abs(dmag) > (min(limits[5], limits[4]) if same else limits[4]):
                continue  # False for an unknown magnitude
            km = _haversine(lon_a[i], lat_a[i], cos_lat, lon_b[j], lat_b[j])
            if km > reach:
                continue
            if store:
                part = 1.0 if math.isnan(dmag) else (dmag / SCALE_MAGNITUDE) ** 2
                out_a[n] = i
                out_b[n] = j
                out[n, 0] = seconds
                out[n, 1] = km
                out[n, 2] = dmag
                out[n, 3] = (seconds / SCALE_S) ** 2 + (km / SCALE_KM) ** 2 + part
            n += 1
        if n > most:
            break
    return n
