"""Match two catalogues of the same earthquakes, one event to one event."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, min_weight_full_bipartite_matching

from analysis.seismic.cleaning.candidates import Pairs, Windows, candidates_between
from analysis.seismic.columns import as_events

PAIR_COLUMNS = ("a", "b", "id_a", "id_b", "dt", "distance", "dmag", "score")
_DENSE = 250_000  # cells of a cost matrix that is solved dense


def match_catalogues(
    a: pd.DataFrame,
    b: pd.DataFrame,
    *,
    time_s: float = 16.0,
    distance_km: float = 100.0,
    magnitude: float = 1.0,
    same_type: float = 0.5,
    wide_time_s: float = 60.0,
    wide_distance_km: float = 150.0,
) -> pd.DataFrame:
    """Pair the events of two catalogues that are the same earthquake, one to one.

    Candidates lie inside windows of time, distance and magnitude; depth does not count, because
    many catalogues fix it. Each candidate has the score ``(dt/5 s)^2 + (d/25 km)^2 +
    (dM/0.3)^2``, and each group of events that compete for each other gets the assignment with
    the smallest sum of scores (Hungarian method; Crouse 2016, doi:10.1109/TAES.2016.140952).
    An event has at most one partner, so nothing chains: of two aftershocks within seconds, each
    keeps its own. A pair that fits well is not given up so that two that fit badly come about:
    one more pair must cost less than the worst candidate of its group.

    The windows of 16 s and 100 km are those of Weatherill, Pagani and Garcia (2016,
    doi:10.1093/gji/ggw232) for global bulletins.

    Parameters
    ----------
    a, b : pandas.DataFrame
        Catalogues in any form that `as_events` takes, in any order. Rows without time or place
        stay without a partner.
    time_s, distance_km : float
        Largest difference of time, s, and distance of the epicentres, km.
    magnitude, same_type : float
        Largest difference of magnitude, and the same for two magnitudes of one type. An unknown
        magnitude fits every other; its part of the score is 1.
    wide_time_s, wide_distance_km : float
        The windows where one of the two has magnitude 6 or more or the status ``automatic``.

    Returns
    -------
    pandas.DataFrame
        One row for each pair, in the order of `a`: ``a`` and ``b`` (labels of the two indexes),
        ``id_a``, ``id_b``, ``dt`` (s, b minus a), ``distance`` (km), ``dmag`` (b minus a),
        ``score``, and ``row_a``, ``row_b`` (positions). Events without a partner:
        ``a.drop(pairs["a"])`` and ``b.drop(pairs["b"])``, or `unmatched`.

    Raises
    ------
    ValueError
        A window is negative or not finite, a table lacks time, longitude or latitude, or more than
        10 million pairs lie inside the windows.

    Examples
    --------
    Every event finds itself, across midnight and the date line too, and the order of the
    catalogues only changes signs:

    >>> a = pd.DataFrame(
    ...     {
    ...         "time": ["2020-01-01T00:00:01Z", "2020-01-01T00:00:09Z"],
    ...         "longitude": [-179.99, 179.5],
    ...         "latitude": [10.0, 10.2],
    ...         "mag": [5.1, 4.8],
    ...     }
    ... )
    >>> b = a.assign(time=["2019-12-31T23:59:59Z", "2020-01-01T00:00:11Z"], longitude=179.9)
    >>> pairs = match_catalogues(a, b)
    >>> pairs[["a", "b", "dt"]].to_numpy().tolist()
    [[0.0, 0.0, -2.0], [1.0, 1.0, 2.0]]
    >>> match_catalogues(b, a)["dt"].tolist()
    [2.0, -2.0]
    """
    windows = Windows(time_s, distance_km, magnitude, same_type, wide_time_s, wide_distance_km)
    one, two = as_events(a), as_events(b)
    pairs = assign(candidates_between(one, two, windows), len(one), len(two))
    return pd.DataFrame(
        {
            "a": one.index.take(pairs.a),
            "b": two.index.take(pairs.b),
            "id_a": one["id"].to_numpy()[pairs.a],
            "id_b": two["id"].to_numpy()[pairs.b],
            "dt": pairs.seconds,
            "distance": pairs.km,
            "dmag": pairs.dmag,
            "score": pairs.score,
            "row_a": pairs.a,
            "row_b": pairs.b,
        }
    )


def unmatched(
    a: pd.DataFrame, b: pd.DataFrame, pairs: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the events of both catalogues that have no partner.

    Parameters
    ----------
    a, b : pandas.DataFrame
        The catalogues given to `match_catalogues`.
    pairs : pandas.DataFrame
        What it returned.

    Returns
    -------
    tuple of pandas.DataFrame
        Rows of `a` and rows of `b`, in their order. Repeated labels of an index do no harm.

    Examples
    --------
    >>> a = pd.DataFrame({"time": ["2020-01-01", "2020-02-01"], "lon": 0, "lat": 0, "mag": 5})
    >>> pairs = match_catalogues(a, a.iloc[1:])
    >>> [len(rest) for rest in unmatched(a, a.iloc[1:], pairs)]
    [1, 0]
    """
    alone_a = np.ones(len(a), bool)
    alone_b = np.ones(len(b), bool)
    alone_a[pairs["row_a"]] = False
    alone_b[pairs["row_b"]] = False
    return a[alone_a], b[alone_b]


def assign(pairs: Pairs, n_a: int, n_b: int) -> Pairs:
    """Choose among candidates so that no event has two partners and the sum of scores is least.

    Parameters
    ----------
    pairs : Pairs
        (n) candidates.
    n_a, n_b : int
        Lengths of the two tables.

    Returns
    -------
    Pairs
        The chosen pairs, by position in the first table.
    """
    if pairs.a.size == 0:
        return pairs
    graph = coo_array((np.ones(pairs.a.size, bool), (pairs.a, pairs.b + n_a)), (n_a + n_b,) * 2)
    _, labels = connected_components(graph, directed=False)
    component = labels[pairs.a]
    alone = (np.bincount(pairs.a, minlength=n_a)[pairs.a] == 1) & (
        np.bincount(pairs.b, minlength=n_b)[pairs.b] == 1
    )
    chosen = alone.copy()
    contested = np.flatnonzero(~alone)
    contested = contested[np.argsort(component[contested], kind="stable")]
    if contested.size:
        cuts = np.flatnonzero(np.diff(component[contested])) + 1
        for members in np.split(contested, cuts):
            chosen[members[_best(pairs, members)]] = True
    kept = np.flatnonzero(chosen)
    return pairs.take(kept[np.argsort(pairs.a[kept], kind="stable")])


def _best(pairs: Pairs, members: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return which candidates of one component the best assignment takes.

    Each event of `a` may also stay alone, in a column of its own, at a cost just above that of
    the worst candidate. So a free pair is always made.
    """
    rows = np.unique(pairs.a[members], return_inverse=True)[1]
    columns = np.unique(pairs.b[members], return_inverse=True)[1]
    score = pairs.score[members]
    height, width = rows.max() + 1, columns.max() + 1
    alone = score.max() + 1e-6 * (1 + score.max())
    if height * (width + height) <= _DENSE:
        cost = np.full((height, width + height), np.inf)
        cost[rows, columns] = score
        cost[np.arange(height), width + np.arange(height)] = alone
        taken_rows, taken = linear_sum_assignment(cost)
    else:
        # a stored zero would be no edge; one more for every row changes no comparison
        own = np.arange(height)
        cells = np.concatenate([score, np.full(height, alone)]) + 1.0
        places = np.concatenate([rows, own]), np.concatenate([columns, width + own])
        sparse = coo_array((cells, places), (height, width + height)).tocsr()
        taken_rows, taken = min_weight_full_bipartite_matching(sparse)
    partner = np.full(height, -1)
    partner[taken_rows] = taken
    return np.flatnonzero(partner[rows] == columns)
