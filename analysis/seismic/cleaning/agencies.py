"""Agencies: who a row is from, whose location is preferred, the same event of several of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.seismic.cleaning.candidates import Windows, candidates_between
from analysis.seismic.cleaning.matching import assign

AGENCIES: Final = ("isc-gem", "isc", "usgs", "emsc", "gcmt")
"""Whose location is preferred, best first: reviewed bulletins, then bulletins within hours, and
last the Global CMT project, whose time and place are the centroid, not the beginning."""


class Partners(NamedTuple):
    """Rows that an agency before them has too, (k) each: this row minus its partner."""

    row: NDArray[np.int64]
    partner: NDArray[np.int64]
    seconds: NDArray[np.float64]
    km: NDArray[np.float64]
    dmag: NDArray[np.float64]


def agency_names(events: pd.DataFrame) -> pd.Series:
    """Return who each row is from, in lower case: the agency, or else the source, or else "".

    Parameters
    ----------
    events : pandas.DataFrame
        (n) events.

    Returns
    -------
    pandas.Series
        (n) text.

    Examples
    --------
    >>> agency_names(pd.DataFrame({"agency": ["USGS", None], "source": ["a", "b "]})).tolist()
    ['usgs', 'b']
    """
    names = events["agency"].fillna(events["source"]).fillna("")
    plain = {name: str(name).strip().lower() for name in names.unique()}
    other: dict[object, str] = {name: word for name, word in plain.items() if name != word}
    return names.replace(other) if other else names


def agency_words(agencies: str | Iterable[object]) -> tuple[str, ...]:
    """Return names of agencies as they are compared: without case and blanks at the ends.

    Parameters
    ----------
    agencies : str or iterable of str
        Names, best first; a text is one name.

    Returns
    -------
    tuple of str
        The same names in lower case, in their order.

    Raises
    ------
    ValueError
        Something given is no text.

    Examples
    --------
    >>> agency_words("USGS"), agency_words(["EMSC ", "usgs"])
    (('usgs',), ('emsc', 'usgs'))
    """
    names = (agencies,) if isinstance(agencies, str) else tuple(agencies)
    words = tuple(name.strip().lower() for name in names if isinstance(name, str))
    if len(words) < len(names):
        wrong = next(name for name in names if not isinstance(name, str))
        raise ValueError(f"An agency is {wrong!r}; give names such as 'usgs', best first.")
    return words


def id_words(events: pd.DataFrame) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    """Return all ids of the columns ``ids`` and ``id``, one by one.

    Parameters
    ----------
    events : pandas.DataFrame
        (n) events.

    Returns
    -------
    tuple of numpy.ndarray
        Position of the row of each id, ascending, and the id; some stand twice.

    Examples
    --------
    >>> events = pd.DataFrame({"id": ["us1", "ci2", None], "ids": [",ci1,us1,", ",ci2,", None]})
    >>> [words.tolist() for words in id_words(events)]
    [[0, 0, 0, 1], ['ci1', 'us1', 'us1', 'ci2']]
    """
    own = events["id"].fillna("").astype("str")
    ids = events["ids"].fillna("").astype("str")
    single = (ids == "") | (ids == own) | (ids == "," + own + ",")
    plain = (single & ~own.str.contains(",", regex=False)).to_numpy(bool)
    rows = np.flatnonzero(~plain)
    more = pd.Series((ids + "," + own).to_numpy()[rows], index=rows, dtype="str")
    more = more.str.split(",").explode().str.strip()
    place = np.concatenate([np.flatnonzero(plain), more.index.to_numpy(np.int64)])
    words = np.concatenate([own.to_numpy(object)[plain], more.to_numpy(object)])
    filled = words != ""
    order = np.argsort(place[filled], kind="stable")
    return place[filled][order].astype(np.int64), words[filled][order]


def agency_order(names: NDArray[np.object_], preferred: tuple[str, ...]) -> list[str]:
    """Return the agencies that occur, preferred ones first, the others by name.

    Parameters
    ----------
    names : numpy.ndarray
        Agencies of the rows.
    preferred : tuple of str
        Best first, in lower case.

    Returns
    -------
    list of str
        Each once.

    Examples
    --------
    >>> agency_order(np.array(["kndc", "emsc", "usgs", "emsc"]), AGENCIES)
    ['usgs', 'emsc', 'kndc']
    """
    place = {name: number for number, name in enumerate(preferred)}
    return sorted({str(name) for name in names}, key=lambda one: (place.get(one, len(place)), one))


def find_partners(
    events: pd.DataFrame, rows: NDArray[np.int64], preferred: tuple[str, ...], windows: Windows
) -> Partners:
    """Match each agency one to one to all events of the agencies before it.

    Parameters
    ----------
    events : pandas.DataFrame
        (n) events of several agencies.
    rows : numpy.ndarray
        Positions to look at.
    preferred : tuple of str
        Agencies, best first; others follow by name.
    windows : Windows
        How far apart two reports of one event may be.

    Returns
    -------
    Partners
        The rows matched and their partners. A partner has none itself: it is the row of the first
        agency that has the event, and has at most one of each other agency.
    """
    names = agency_names(events.take(rows)).to_numpy()
    first = np.empty(0, np.int64)
    found = []
    for agency in agency_order(names, preferred):
        own = rows[names == agency]
        pairs = candidates_between(events.take(first), events.take(own), windows)
        pairs = assign(pairs, first.size, own.size)
        found.append((own[pairs.b], first[pairs.a], pairs.seconds, pairs.km, pairs.dmag))
        first = np.concatenate([first, np.delete(own, pairs.b)])
    if not found:
        none, nothing = np.empty(0, np.int64), np.empty(0)
        return Partners(none, none, nothing, nothing, nothing)
    row, partner, seconds, km, dmag = (np.concatenate(part) for part in zip(*found, strict=True))
    return Partners(row, partner, seconds, km, dmag)
