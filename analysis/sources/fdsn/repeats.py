"""The same event told twice: one row stays."""

from __future__ import annotations

import numpy as np
import pandas as pd


def drop_repeats(events: pd.DataFrame) -> pd.DataFrame:
    """Keep one row of each event: rows of an agency that share any of their ids are one event.

    Parameters
    ----------
    events : pandas.DataFrame
        Table of events with ``agency``, ``ids`` (",a,b,") and ``updated``.

    Returns
    -------
    pandas.DataFrame
        In the order given with a new index; of each event the row that was updated last, at the
        place of its first row.

    Examples
    --------
    >>> told = pd.DataFrame(
    ...     {
    ...         "agency": "usgs",
    ...         "ids": [",a,", ",c,", ",b,a,"],
    ...         "updated": pd.to_datetime(["2020", "2020", "2021"]),
    ...     }
    ... )
    >>> drop_repeats(told)["ids"].tolist()
    [',b,a,', ',c,']
    """
    groups = _groups(events)
    if len(np.unique(groups)) == len(events):
        return events.reset_index(drop=True)
    updated = events["updated"].to_numpy().astype("datetime64[us]").view(np.int64)
    rows = np.arange(len(events))
    best = rows[np.lexsort((-rows, updated, groups))]  # within a group the latest comes last
    last = np.append(groups[best][1:] != groups[best][:-1], True)
    return events.iloc[best[last]].reset_index(drop=True)


def _groups(events: pd.DataFrame) -> np.ndarray:
    """Return for each row the position of the first row of its event."""
    agencies, told = (events[name].astype("str").fillna("") for name in ("agency", "ids"))
    names = (agencies + "\n" + told).tolist() if len(events) else []
    found = np.arange(len(names))
    if len(set(names)) == len(names) and all(name.count(",") == 2 for name in names):
        return found  # every event has one id, and no other event has it
    owner: dict[str, int] = {}

    def first(row: int) -> int:
        while found[row] != row:
            found[row] = found[found[row]]
            row = int(found[row])
        return row

    for row, text in enumerate(names):
        agency, _, ids = text.partition("\n")
        for one in ids.split(","):
            if one:
                other = owner.setdefault(f"{agency}\n{one}", row)
                low, high = sorted((first(other), first(row)))
                found[high] = low
    return np.array([first(row) for row in range(len(names))], dtype=np.int64)
