"""One catalogue of several agencies: preferred origin, preferred magnitude, all ids, provenance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.seismic.cleaning.agencies import (
    AGENCIES,
    agency_names,
    agency_order,
    agency_words,
    find_partners,
    id_words,
)
from analysis.seismic.cleaning.candidates import Windows
from analysis.seismic.cleaning.moment import preferred_magnitudes
from analysis.seismic.columns import as_events

_MAGNITUDE: Final = ["mag", "magType", "magError", "magNst", "magSource"]
_REPORT: Final = ["agency", "id", "time", "longitude", "latitude", "depth", "mag", "magType"]


def merge_catalogues(
    catalogues: Mapping[str, pd.DataFrame],
    *,
    agencies: str | Iterable[str] = AGENCIES,
    windows: Windows | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Merge catalogues of several agencies to one with each earthquake once.

    Each catalogue is matched one to one to the events of those before it (`match_catalogues`).
    Clean each first: a repeat within a catalogue stays a second event.

    Preferred origin (time, place, depth, status, and all columns not named below): of the solutions
    that are not automatic, or else of all, the one of the agency that stands first in `agencies`.
    Preferred magnitude (``mag``, ``magType``, ``magError``, ``magNst``, ``magSource``): the best
    type among all agencies (`preferred_magnitudes`: Mw, Ms, mb, ML, Md); of equal types that of the
    preferred origin, then in the order of the agencies.

    Parameters
    ----------
    catalogues : mapping of str to pandas.DataFrame
        Agency -> its events, in any form that `as_events` takes. Names of agencies are brought to
        lower case.
    agencies : str or iterable of str
        Whose origin is preferred, best first; others follow by name.
    windows : Windows, optional
        How far apart two reports of one earthquake may be.

    Returns
    -------
    events : pandas.DataFrame
        (m) earthquakes by time, numbered from 0, in the columns of `as_events` and those that the
        catalogues have besides. ``agency`` and ``id`` are those of the preferred origin, ``ids``
        holds the ids of all; and ``mag_agency``, ``agencies`` (",usgs,emsc,") and ``reports`` (how
        many agencies have it).
    provenance : pandas.DataFrame
        (n) one row for each row given: ``event`` (label in `events`), ``agency``, ``id``,
        ``label`` (index of the caller), ``origin`` and ``magnitude`` (True where it is the
        preferred one), its own ``time``, ``longitude``, ``latitude``, ``depth``, ``mag``,
        ``magType``; and ``dt`` (s), ``distance`` (km), ``dmag`` against the first agency that has
        the event.

    Raises
    ------
    ValueError
        There is no catalogue, two have names that differ by case only, or one lacks time,
        longitude or latitude.

    Examples
    --------
    >>> usgs = pd.DataFrame({"id": ["us1"], "time": ["2020-01-01T00:00:00"], "lon": 76.9})
    >>> usgs = usgs.assign(lat=43.2, mag=5.0, magType="mb")
    >>> emsc = usgs.assign(id="20200101_1", time="2020-01-01T00:00:02", mag=5.2, magType="mw")
    >>> events, provenance = merge_catalogues({"usgs": usgs, "emsc": emsc})
    >>> events[["id", "ids", "mag", "mag_agency"]].to_numpy().tolist()
    [['us1', ',us1,20200101_1,', 5.2, 'emsc']]
    >>> len(provenance) == len(usgs) + len(emsc)
    True
    """
    if not catalogues:
        raise ValueError("There is no catalogue to merge; give one or more.")
    names, preferred = agency_words(catalogues), agency_words(agencies)
    if len(set(names)) < len(names):
        msg = f"Two of the agencies {', '.join(catalogues)} are the same but for case; join them."
        raise ValueError(msg)
    tables = [
        as_events(table, agency=name).assign(agency=name)
        for name, table in zip(names, catalogues.values(), strict=True)
    ]
    labels = [label for table in tables for label in table.index]
    reports = pd.concat(tables, ignore_index=True)
    order = agency_order(agency_names(reports).to_numpy(), preferred)
    rows = np.arange(len(reports), dtype=np.int64)
    found = find_partners(reports, rows, preferred, windows or Windows())
    event = rows.copy()
    event[found.row] = found.partner
    places = {name: number for number, name in enumerate(order)}
    place = np.asarray(reports["agency"].map(places), dtype=np.int64)
    origin = _preferred_origins(event, place, reports["status"])
    mag = preferred_magnitudes(
        event, reports["mag"], reports["magType"], np.where(np.isin(rows, origin), -1, place)
    )
    _, number = np.unique(event, return_inverse=True)
    events = _events(reports, number, origin, mag, place)
    by_time = events["time"].argsort(kind="stable").to_numpy()
    new = np.empty(len(events), np.int64)
    new[by_time] = np.arange(len(events))
    events = events.take(by_time).reset_index(drop=True)
    provenance = _provenance(reports, labels, new[number], origin, mag)
    for name, values in zip(("dt", "distance", "dmag"), found[2:], strict=True):
        provenance[name] = np.nan
        provenance.loc[found.row, name] = values
    order_of_rows = np.lexsort((place, provenance["event"]))
    return events, provenance.take(order_of_rows).reset_index(drop=True)


def _preferred_origins(
    event: NDArray[np.int64], place: NDArray[np.int64], status: pd.Series
) -> NDArray[np.int64]:
    """Return the row of the preferred origin of each event, by the number of the event."""
    automatic = (status == "automatic").to_numpy(bool)
    order = np.lexsort((np.arange(event.size), place, automatic, event))
    first = np.ones(event.size, bool)
    first[1:] = event[order][1:] != event[order][:-1]
    return order[first].astype(np.int64)


def _events(
    reports: pd.DataFrame,
    number: NDArray[np.int64],
    origin: NDArray[np.int64],
    mag: NDArray[np.int64],
    place: NDArray[np.int64],
) -> pd.DataFrame:
    """Put origins and magnitudes together, and join ids and agencies."""
    events = reports.take(origin).reset_index(drop=True)
    chosen = reports.take(mag).reset_index(drop=True)
    events[_MAGNITUDE] = chosen[_MAGNITUDE]
    preferred = np.isin(np.arange(len(reports)), origin)
    order = np.lexsort((place, ~preferred, number))
    owner, words = id_words(reports.take(order))
    events["ids"] = _joined(words, number[order][owner], len(events))
    events["agencies"] = _joined(reports["agency"].to_numpy()[order], number[order], len(events))
    events["mag_agency"] = chosen["agency"].where(events["mag"].notna())
    events["reports"] = np.bincount(number, minlength=len(events))
    return events


def _joined(words: NDArray[np.object_], number: NDArray[np.int64], size: int) -> pd.Series:
    """Join the words of each event with a comma round each, every word once, in their order."""
    table = pd.DataFrame({"event": number, "word": words}).drop_duplicates()
    several = table["event"].duplicated(keep=False).to_numpy()
    joined = np.full(size, None, dtype=object)
    alone = table[~several]
    joined[alone["event"]] = ("," + alone["word"] + ",").to_numpy(object)
    rest = table[several].to_numpy(object).tolist()
    for event, same in groupby(rest, key=itemgetter(0)):
        joined[event] = "," + ",".join(word for _, word in same) + ","
    return pd.Series(joined, dtype="str")


def _provenance(
    reports: pd.DataFrame,
    labels: list[object],
    event: NDArray[np.int64],
    origin: NDArray[np.int64],
    mag: NDArray[np.int64],
) -> pd.DataFrame:
    """Say of every row given which event it is and what was taken from it."""
    rows = np.arange(len(reports))
    table = pd.DataFrame({"event": event})
    for name in _REPORT:
        table[name] = reports[name]
    table.insert(3, "label", pd.Series(labels, dtype=object))
    table.insert(4, "origin", np.isin(rows, origin))
    table.insert(5, "magnitude", np.isin(rows, mag) & reports["mag"].notna().to_numpy())
    return table
