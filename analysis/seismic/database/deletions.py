"""What a request to delete means: ids, times, and how strictly an id stands for its event."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pandas as pd

from analysis.seismic.database import writing
from analysis.seismic.database.filters import agency_name, is_whole
from analysis.seismic.database.rows import as_moments, id_set, moments

Grave = tuple[frozenset[str], int, str | None]


def graves(
    ids: Any, when: int | None, agency: str | None, agencies_of: Callable[[str], list[str]]
) -> dict[str, list[Grave]]:
    """Bring ids, or the rows of a list of deletions, to records.

    Parameters
    ----------
    ids : str or int, iterable of these, or pandas.DataFrame
        As in `EventDatabase.delete`.
    when : int, optional
        Time of the deletion, microseconds.
    agency : str, optional
        Whose ids they are.
    agencies_of : callable
        Which agencies know an id.

    Returns
    -------
    dict
        Agency -> ids of an event, time of its deletion, and the id that the agency prefers where
        a row of its own tells it.

    Raises
    ------
    ValueError
        The table has no column ``id``, or something given is no id.
    """
    if isinstance(ids, pd.DataFrame):
        return _of_rows(ids.reset_index(drop=True), when, agency)
    moment = writing.now() if when is None else when
    found: dict[str, list[Grave]] = {}
    for identity in id_list(ids):
        known = [agency] if agency else agencies_of(identity)
        for name in known or ["usgs"]:
            found.setdefault(name, []).append((frozenset((identity,)), moment, None))
    return found


def id_list(ids: Any) -> list[str]:
    """Return one or several ids as text.

    Raises
    ------
    ValueError
        Something given is no id.

    Examples
    --------
    >>> id_list("us1"), id_list([5, "us2"])
    (['us1'], ['5', 'us2'])
    """
    one = isinstance(ids, str) or not isinstance(ids, Iterable)
    listed = [ids] if one else list(ids)
    for given in listed:
        if not (is_whole(given) or (isinstance(given, str) and given)):
            raise ValueError(f"{given!r} is no id of an event; give text, or a whole number.")
    return [str(given) for given in listed]


def _of_rows(rows: pd.DataFrame, when: int | None, agency: str | None) -> dict[str, list[Grave]]:
    """Read the rows of a list of deletions."""
    if "id" not in rows:
        raise ValueError("The table of deletions has no column 'id'.")
    nothing = [None] * len(rows)
    updated = moments(as_moments(rows["updated"])) if "updated" in rows else nothing
    stated = rows["ids"].tolist() if "ids" in rows else nothing
    names = rows["agency"].tolist() if "agency" in rows else nothing
    found: dict[str, list[Grave]] = {}
    identities = rows["id"].astype(str).tolist()
    for identity, known, gone, name in zip(identities, stated, updated, names, strict=True):
        owner = agency or (agency_name(name) if isinstance(name, str) and name.strip() else "usgs")
        moment = when if when is not None else (gone or writing.now())
        found.setdefault(owner, []).append((id_set(known, identity), moment, identity))
    return found
