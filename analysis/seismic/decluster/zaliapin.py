"""Declustering by nearest neighbours in time, space and magnitude (Zaliapin and Ben-Zion)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from numba import njit
from numpy.typing import NDArray

from analysis.seismic.decluster.catalogue import Catalogue, read_catalogue
from analysis.seismic.decluster.grid import apart, points
from analysis.seismic.decluster.mixture import FEWEST, two_normals
from analysis.seismic.decluster.tree import YEAR, Proximity, find_parents
from analysis.seismic.decluster.union import larger


def zaliapin(
    events: Any,
    b: float = 1.0,
    df: float = 1.6,
    *,
    threshold: float | None = None,
    nearest_km: float = 0.1,
    three_dimensional: bool = False,
    causal: bool = False,
) -> NDArray[np.int64]:
    """Group events into trees of nearest neighbours.

    Zaliapin and Ben-Zion (2013), J. Geophys. Res. 118:2847. The parent of an event is the earlier
    one of smallest proximity eta = t r^df 10^(-b M), t in years, r in km, M of the earlier one;
    a link is kept where log10(eta) is below the threshold, by default where the two normal
    distributions fitted to log10(eta) cross (`two_normals`). The events of a tree are a cluster,
    and its largest (the earliest of equals) is the mainshock.

    Parameters
    ----------
    events : pandas.DataFrame
        Events (n) as `analysis.seismic.columns.as_events` reads them. Any longitude. An event
        without time, place or magnitude belongs to no cluster and stands alone.
    b : float
        b-value of the catalogue.
    df : float
        Fractal dimension of the epicentres (1.6) or hypocentres, positive.
    threshold : float, optional
        log10(eta) below which a link is kept.
    nearest_km : float
        Distances below this count as this, km, positive: nothing is known better.
    three_dimensional : bool
        True takes distances between hypocentres, False between epicentres.
    causal : bool
        True gives each event the largest event, up to itself, of its tree as it was strictly
        before it; the threshold must be given, as a fit to the whole catalogue looks ahead.

    Returns
    -------
    numpy.ndarray
        Position of the mainshock of each row's cluster, int64 (n). A mainshock and an event that
        stands alone carry their own position.

    Raises
    ------
    ValueError
        A parameter is outside its range; no threshold can be fitted; a causal run has none; or
        the table lacks a column.

    Examples
    --------
    A pair an hour and a kilometre apart is a cluster, a pair a continent apart is none:

    >>> table = pd.DataFrame(
    ...     {
    ...         "time": ["2020-01-01T00", "2020-01-01T01", "2020-01-01T02"],
    ...         "lon": [70.0, 70.01, -70.0],
    ...         "lat": [43.0] * 3,
    ...         "mag": [4.0, 5, 4],
    ...     }
    ... )
    >>> zaliapin(table, threshold=-4)
    array([1, 1, 2])
    >>> zaliapin(table, threshold=-4, causal=True)
    array([0, 1, 2])
    """
    if causal and threshold is None:
        msg = (
            "A causal run needs a threshold: one fitted to the whole catalogue knows later "
            "events. Fit it to earlier ones with two_normals and give threshold=."
        )
        raise ValueError(msg)
    if threshold is not None and not math.isfinite(threshold):
        msg = f"The threshold is {threshold}; give log10(eta), or None to have it fitted."
        raise ValueError(msg)
    catalogue = read_catalogue(events)
    parents, log_time, log_distance = _links(catalogue, b, df, nearest_km, three_dimensional)
    if not parents.size:
        return catalogue.in_table(parents)
    eta = log_time + log_distance
    if threshold is None:
        links = int(np.isfinite(eta).sum())
        if links < FEWEST:
            msg = (
                f"{parents.size} events have {links} links to an earlier one; to fit a threshold "
                f"at least {FEWEST} are needed. Give threshold=, log10(eta) of the longest link."
            )
            raise ValueError(msg)
        threshold = two_normals(eta).threshold
    kept = np.where(eta < threshold, parents, -1)
    if causal:
        return catalogue.in_table(_trees_causal(kept, catalogue.days, catalogue.magnitude))
    return catalogue.in_table(_trees(kept, catalogue.magnitude))


def nearest_neighbours(
    events: Any,
    b: float = 1.0,
    df: float = 1.6,
    *,
    nearest_km: float = 0.1,
    three_dimensional: bool = False,
) -> pd.DataFrame:
    """Return the nearest earlier event of each, and how near it is.

    Parameters
    ----------
    events : pandas.DataFrame
        Events (n).
    b, df, nearest_km, three_dimensional
        As in `zaliapin`.

    Returns
    -------
    pandas.DataFrame
        (n) rows with the index of the events: ``parent`` (position of its row, -1 where nothing
        is earlier), ``log_time`` = log10(t 10^(-b M / 2)), ``log_distance`` =
        log10(r^df 10^(-b M / 2)) and ``log_eta``, their sum; NaN where there is no parent.

    Raises
    ------
    ValueError
        A parameter is outside its range, or the table lacks a column.

    Examples
    --------
    >>> table = pd.DataFrame(
    ...     {
    ...         "time": ["2020-01-01", "2020-01-02", "2020-01-03"],
    ...         "lon": [0.0, 90.0, 1.0],
    ...         "lat": [0.0] * 3,
    ...         "mag": [6.0, 6.0, 4.0],
    ...     }
    ... )
    >>> nearest_neighbours(table)["parent"].tolist()
    [-1, 0, 0]
    """
    catalogue = read_catalogue(events)
    parents, log_time, log_distance = _links(catalogue, b, df, nearest_km, three_dimensional)
    result = pd.DataFrame(
        {"parent": -1, "log_time": np.nan, "log_distance": np.nan, "log_eta": np.nan},
        index=events.index if isinstance(events, pd.DataFrame) else range(catalogue.size),
    )
    result.iloc[catalogue.rows, 0] = np.where(parents >= 0, catalogue.rows[parents], -1)
    for column, values in enumerate((log_time, log_distance, log_time + log_distance), start=1):
        result.iloc[catalogue.rows, column] = values
    return result


def _links(
    catalogue: Catalogue, b: float, df: float, nearest_km: float, three_dimensional: bool
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Parents in order of time, and log10 of the rescaled time and distance."""
    if not math.isfinite(b) or b < 0:
        msg = f"b is {b}; give a number of 0 or more."
        raise ValueError(msg)
    for name, value in (("df", df), ("nearest_km", nearest_km)):
        if not (math.isfinite(value) and value > 0):
            msg = f"{name} is {value}; give a positive number."
            raise ValueError(msg)
    place = points(catalogue.longitude, catalogue.latitude, catalogue.depth)
    days, magnitude = catalogue.days, catalogue.magnitude
    if not days.size:
        return np.empty(0, np.int64), np.empty(0), np.empty(0)
    parents = find_parents(place, days, magnitude, Proximity(b, df, nearest_km, three_dimensional))
    km = apart(place, place[parents])
    if three_dimensional:
        km = np.hypot(km, np.nan_to_num(place[:, 3] - place[parents, 3]))
    years = np.where(parents >= 0, days - days[parents], np.nan) / YEAR
    half = b * magnitude[parents] / 2
    log_distance = df * np.log10(np.maximum(km, nearest_km)) - half
    log_distance[parents < 0] = np.nan
    return parents, np.log10(years) - half, log_distance


@njit(nogil=True, cache=True)
def _trees(parents: np.ndarray, magnitude: np.ndarray) -> np.ndarray:
    """Return the largest event of the tree of each; parents stand before their children."""
    n = parents.size
    root, main = np.arange(n), np.arange(n)
    for j in range(n):
        if parents[j] >= 0:
            root[j] = root[parents[j]]
            main[root[j]] = larger(magnitude, main[root[j]], j)
    return main[root]


@njit(nogil=True, cache=True)
def _trees_causal(parents: np.ndarray, days: np.ndarray, magnitude: np.ndarray) -> np.ndarray:
    """Return the largest of each event and of its tree as it was strictly before it."""
    n = parents.size
    ids, root, main = np.arange(n), np.arange(n), np.arange(n)
    start = 0
    while start < n:
        end = start + 1
        while end < n and days[end] == days[start]:
            end += 1
        for j in range(start, end):
            if parents[j] >= 0:
                root[j] = root[parents[j]]
                ids[j] = larger(magnitude, main[root[j]], j)
        for j in range(start, end):
            main[root[j]] = larger(magnitude, main[root[j]], j)
        start = end
    return ids
