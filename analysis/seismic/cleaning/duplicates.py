"""Rows of one agency that are the same event: exact repeats, shared ids, near repeats."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from numba import njit
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from analysis.seismic.cleaning.agencies import agency_names, id_words
from analysis.seismic.cleaning.candidates import Windows, candidates_within
from analysis.seismic.cleaning.report import finding

_SAME: Final = ["time", "longitude", "latitude", "depth", "mag"]
NEAR: Final = Windows(2.0, 20.0, 1.0, 1.0, 2.0, 20.0)
"""Windows within one agency: 2 s, 20 km, difference of magnitude 1."""


def exact_repeats(
    events: pd.DataFrame, rows: NDArray[np.int64], *, overrule: bool = False
) -> pd.DataFrame:
    """Find rows whose agency, time, place, depth and magnitude are all equal to those of another.

    Parameters
    ----------
    events : pandas.DataFrame
        (n) events.
    rows : numpy.ndarray
        Positions to look at.
    overrule : bool
        True sets a row aside also where the agency has reviewed both and gives them two ids;
        False only suspects it.

    Returns
    -------
    pandas.DataFrame
        What is set aside, as `finding`; the best row of each group is kept (`preference`).
        Missing depths and magnitudes are equal to missing ones; a row without time or place
        repeats nothing.
    """
    part = events.take(rows)
    located = part[_SAME[:3]].notna().all(axis=1).to_numpy()
    rows, part = rows[located], part[located]
    keys = [agency_names(part), *(part[name] for name in _SAME)]
    numbers = part.groupby(keys, dropna=False, sort=False).ngroup()
    group = np.asarray(numbers, dtype=np.int64)
    found = _all_but_the_best(part, rows, group, "exact-repeat", newest_first=False)
    if not overrule:
        found["aside"] = ~_two_by_review(events, found["position"], found["partner"])
    return found


def same_ids(events: pd.DataFrame, rows: NDArray[np.int64]) -> pd.DataFrame:
    """Find rows of one agency that share an id, also through a third row.

    The ids are those of the columns ``id`` and ``ids``: the USGS lists there all ids that the
    event ever had, so rows that share one are one event by the word of the agency.

    Parameters
    ----------
    events : pandas.DataFrame
        (n) events.
    rows : numpy.ndarray
        Positions to look at.

    Returns
    -------
    pandas.DataFrame
        What is set aside, as `finding`; of each event the row updated last is kept.
    """
    part = events.take(rows)
    agency = agency_names(part).to_numpy()
    owner, words = id_words(part)
    if owner.size == 0:
        return finding([], "")
    who, which = pd.factorize(agency)[0][owner], pd.factorize(words)[0]
    codes, _ = pd.factorize(who * (which.max() + 1) + which)
    shape = (len(part) + codes.max() + 1,) * 2
    graph = coo_array((np.ones(codes.size, bool), (owner, len(part) + codes)), shape)
    _, label = connected_components(graph, directed=False)
    found = _all_but_the_best(part, rows, label[: len(part)], "same-id", newest_first=True)
    found["value"] = events["id"].take(found["partner"].to_numpy()).to_numpy()
    return found


def near_repeats(
    events: pd.DataFrame,
    rows: NDArray[np.int64],
    windows: Windows = NEAR,
    *,
    overrule: bool = False,
) -> pd.DataFrame:
    """Find rows of one agency within 2 s and 20 km of a better one.

    The best row keeps its place and takes those inside the windows round itself; then the best
    of the rest does the same. So no row is set aside through a third one. Two rows at exactly
    midnight carry a date and no time of day; they are only suspected.

    Parameters
    ----------
    events : pandas.DataFrame
        (n) events.
    rows : numpy.ndarray
        Positions to look at.
    windows : Windows
        How far apart two rows of one event may be.
    overrule : bool
        As in `exact_repeats`.

    Returns
    -------
    pandas.DataFrame
        What is set aside, as `finding`.
    """
    part = events.take(rows)
    group = pd.factorize(agency_names(part))[0].astype(np.int64)
    pairs = candidates_within(part, group, windows)
    rank = preference(part, newest_first=False)
    flip = rank[pairs.b] < rank[pairs.a]
    leader = np.where(flip, pairs.b, pairs.a)
    other = np.where(flip, pairs.a, pairs.b)
    open_to = ~(_dates(part)[leader] & _dates(part)[other])
    if not overrule:
        open_to &= ~_two_by_review(events, rows[leader], rows[other])
    order = np.lexsort((pairs.score, rank[other], rank[leader]))
    order = order[open_to[order]]
    taken = order[_stars(leader[order], other[order], len(part))]
    gone = np.zeros(len(part), bool)
    gone[other[taken]] = True
    suspected = np.flatnonzero(~open_to & ~gone[leader] & ~gone[other])
    suspected = suspected[np.unique(other[suspected], return_index=True)[1]]
    taken = np.concatenate([taken, suspected])
    sign = np.where(flip, -1.0, 1.0)[taken]
    return finding(
        rows[other[taken]],
        "near-repeat",
        partner=rows[leader[taken]],
        dt=pairs.seconds[taken] * sign,
        distance=pairs.km[taken],
        dmag=pairs.dmag[taken] * sign,
        aside=open_to[taken],
    )


def preference(events: pd.DataFrame, *, newest_first: bool) -> NDArray[np.int64]:
    """Rank rows of one event: 0 is the best of the table.

    Parameters
    ----------
    events : pandas.DataFrame
        (n) events.
    newest_first : bool
        True ranks by the time of the last update before the status.

    Returns
    -------
    numpy.ndarray
        (n) ranks: reviewed before unknown before automatic status, later updated before earlier,
        more stations before fewer, earlier row before later.
    """
    status = events["status"].map({"reviewed": 0, "automatic": 2}).fillna(1).to_numpy()
    updated = events["updated"].to_numpy("datetime64[us]")
    age = -np.where(np.isnat(updated), np.iinfo(np.int64).min + 1, updated.astype(np.int64))
    stations = -events["nst"].fillna(-1.0).to_numpy(np.float64)
    first, second = (age, status) if newest_first else (status, age)
    order = np.lexsort((np.arange(len(events)), stations, second, first))
    rank = np.empty(len(events), np.int64)
    rank[order] = np.arange(len(events))
    return rank


def _dates(events: pd.DataFrame) -> NDArray[np.bool_]:
    """Say which times are a date only: midnight to the microsecond."""
    return (events["time"] == events["time"].dt.normalize()).to_numpy(bool)


def _two_by_review(
    events: pd.DataFrame, one: NDArray[np.int64] | pd.Series, two: NDArray[np.int64] | pd.Series
) -> NDArray[np.bool_]:
    """Say of which pairs the agency has reviewed both and gives them different ids."""
    id_one, id_two = (events["id"].take(np.asarray(rows)).to_numpy() for rows in (one, two))
    reviewed = (events["status"] == "reviewed").to_numpy(bool)
    named = ~(pd.isna(id_one) | pd.isna(id_two)) & (id_one != id_two)
    return reviewed[np.asarray(one)] & reviewed[np.asarray(two)] & named


def _all_but_the_best(
    part: pd.DataFrame,
    rows: NDArray[np.int64],
    group: NDArray[np.int64],
    reason: str,
    *,
    newest_first: bool,
) -> pd.DataFrame:
    """Set aside all rows of each group but the one with the best rank."""
    if group.size == 0:
        return finding([], reason)
    rank = preference(part, newest_first=newest_first)
    order = np.argsort(rank)
    best = np.empty(group.max() + 1, np.int64)
    best[group[order[::-1]]] = order[::-1]  # the last one written is the best
    aside = np.flatnonzero(best[group] != np.arange(group.size))
    return finding(rows[aside], reason, partner=rows[best[group[aside]]])


@njit(nogil=True, cache=True)
def _stars(leader: np.ndarray, other: np.ndarray, n: int) -> np.ndarray:
    """Return which pairs set their second row aside; pairs come by the rank of the leader."""
    gone = np.zeros(n, dtype=np.bool_)
    taken = np.zeros(leader.size, dtype=np.bool_)
    for k in range(leader.size):
        if not gone[leader[k]] and not gone[other[k]]:
            gone[other[k]] = True
            taken[k] = True
    return np.flatnonzero(taken)
