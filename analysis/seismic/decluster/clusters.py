"""Clusters of a declustered catalogue: which events stay, and a table of the clusters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.seismic.columns import as_events
from analysis.seismic.decluster.grid import apart, points


def mainshocks(ids: ArrayLike) -> NDArray[np.bool_]:
    """Return which events are mainshocks or stand alone: the declustered catalogue.

    Parameters
    ----------
    ids : array_like
        Position of the mainshock of each event, (n), from `gardner_knopoff`, `reasenberg` or
        `zaliapin`.

    Returns
    -------
    numpy.ndarray
        True for those that stay, (n).

    Raises
    ------
    ValueError
        A number is no position of 0 to n - 1.

    Examples
    --------
    >>> mainshocks([0, 0, 2, 2, 4])
    array([ True, False,  True, False,  True])
    """
    positions = _positions(ids)
    kept: NDArray[np.bool_] = positions == np.arange(positions.size)
    return kept


def cluster_table(events: Any, ids: ArrayLike, *, smallest: int = 2) -> pd.DataFrame:
    """Return one row for each cluster.

    Parameters
    ----------
    events : pandas.DataFrame
        Events (n), as the ids were made from.
    ids : array_like
        Position of the mainshock of each event, (n).
    smallest : int
        Events that a cluster must have to be in the table; 1 takes those that stand alone too.

    Returns
    -------
    pandas.DataFrame
        In order of time of the first event: ``mainshock`` (position of its row), ``size``,
        ``before`` and ``after`` (events before and after the mainshock), ``start``, ``end``,
        ``duration`` (days), ``time``, ``mag``, ``longitude``, ``latitude``, ``depth`` of the
        mainshock, and ``extent`` (largest epicentral distance from it, km).

    Raises
    ------
    ValueError
        The ids are not as many as the events, or are no positions among them.

    Examples
    --------
    >>> table = pd.DataFrame(
    ...     {
    ...         "time": ["2020-01-01", "2020-01-03", "2020-01-02"],
    ...         "lon": [0, 0, 50],
    ...         "lat": [0, 1, 0],
    ...         "mag": [5.0, 4.0, 4.5],
    ...     }
    ... )
    >>> found = cluster_table(table, [0, 0, 2])
    >>> found[["mainshock", "size", "after", "duration"]].to_numpy().tolist()
    [[0.0, 2.0, 1.0, 2.0]]
    >>> round(float(found["extent"][0]))
    111
    """
    positions = _positions(ids)
    table = as_events(events, fill=False)
    if len(table) != positions.size:
        msg = f"There are {positions.size} ids for {len(table)} events; give one for each."
        raise ValueError(msg)
    place = points(*(table[name].to_numpy(np.float64) for name in ("longitude", "latitude")))
    time = table["time"]
    late = time.to_numpy() - time.to_numpy()[positions]
    rows = pd.DataFrame(
        {
            "mainshock": positions,
            "time": time.to_numpy(),
            "before": late < np.timedelta64(0),
            "after": (late >= np.timedelta64(0)) & ~mainshocks(positions),
            "extent": apart(place, place[positions]),
        }
    )
    found = rows.groupby("mainshock", as_index=False).agg(
        size=("time", "size"),
        before=("before", "sum"),
        after=("after", "sum"),
        start=("time", "min"),
        end=("time", "max"),
        extent=("extent", "max"),
    )
    found = found[found["size"] >= smallest]
    found.insert(6, "duration", (found["end"] - found["start"]).dt.total_seconds() / 86_400)
    main = table.iloc[found["mainshock"]]
    for name in ("time", "mag", "longitude", "latitude", "depth"):
        found[name] = main[name].to_numpy() if name in main.columns else np.nan
    found["extent"] = found.pop("extent")
    return found.sort_values(["start", "mainshock"], ignore_index=True)


def _positions(ids: ArrayLike) -> NDArray[np.int64]:
    """Return ids as positions, or refuse them."""
    positions = np.asarray(ids)
    if positions.ndim != 1 or (positions.size and positions.dtype.kind not in "iu"):
        msg = f"The ids have shape {positions.shape} and type {positions.dtype}; give (n) integers."
        raise ValueError(msg)
    wrong = (positions < 0) | (positions >= positions.size)
    if wrong.any():
        msg = f"{positions[wrong][0]} is no position among {positions.size} events."
        raise ValueError(msg)
    return positions.astype(np.int64)
