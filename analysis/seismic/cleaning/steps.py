"""The steps of cleaning: each finds rows to set aside and leaves the table as it is."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.seismic.cleaning.agencies import AGENCIES, agency_names, find_partners
from analysis.seismic.cleaning.candidates import Windows
from analysis.seismic.cleaning.duplicates import NEAR, exact_repeats, near_repeats, same_ids
from analysis.seismic.cleaning.kinds import INDUCED, NON_TECTONIC, UNKNOWN, event_kinds
from analysis.seismic.cleaning.report import finding

READ: Final = ("time", "longitude", "latitude", "depth", "mag")
"""Columns that a value must be readable in."""

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Rules:
    """What the steps of cleaning go by.

    Parameters
    ----------
    induced : bool
        Keep induced and triggered earthquakes.
    unknown_magnitude : bool
        Keep events without a magnitude.
    overrule_reviewed : bool
        Set repeats within an agency aside also where it has reviewed both rows and gives them two
        ids; False only lists them as suspects.
    magnitude, depth : tuple of float
        Smallest and largest possible magnitude and depth (km, positive down).
    near : Windows
        Repeats within one agency.
    between : Windows
        The same event of two agencies.
    agencies : tuple of str
        Preferred agencies, best first; others follow by name.
    unreadable : mapping of str to mapping of int to str
        Column -> position -> the value that is not readable.
    """

    induced: bool = False
    unknown_magnitude: bool = False
    overrule_reviewed: bool = False
    magnitude: tuple[float, float] = (-5.0, 10.5)
    depth: tuple[float, float] = (-15.0, 1000.0)
    near: Windows = NEAR
    between: Windows = field(default_factory=Windows)
    agencies: tuple[str, ...] = AGENCIES
    unreadable: Mapping[str, Mapping[int, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a range that holds nothing."""
        for name in ("magnitude", "depth"):
            low, high = getattr(self, name)
            if math.isnan(low) or math.isnan(high) or low > high:
                msg = f"The range of {name} is {(low, high)}; give a smaller and a larger number."
                raise ValueError(msg)


def deleted(events: pd.DataFrame, rows: Rows, rules: Rules) -> pd.DataFrame:  # noqa: ARG001
    """Events with the status ``deleted``, and earlier rows of the same id and agency.

    Parameters
    ----------
    events : pandas.DataFrame
        (n) events.
    rows : numpy.ndarray
        Positions to look at.
    rules : Rules
        Not used.

    Returns
    -------
    pandas.DataFrame
        What is set aside, as `finding`.
    """
    part = events.take(rows)
    dead = (part["status"] == "deleted").to_numpy(bool)
    tombs = finding(rows[dead], "deleted")
    if not dead.any() or dead.all():
        return tombs
    keys = pd.MultiIndex.from_arrays([agency_names(part), part["id"]])
    grave = pd.Series(rows[dead], index=keys[dead]).groupby(level=[0, 1]).last()
    owner = grave.reindex(keys[~dead]).to_numpy(np.float64, copy=True)
    owner[part.loc[~dead, "id"].isna().to_numpy()] = np.nan
    hit = np.flatnonzero(np.isfinite(owner))
    living, grave_rows = rows[~dead][hit], owner[hit].astype(np.int64)
    updated = events["updated"].to_numpy()
    later = updated[living] > updated[grave_rows]  # False where one of them is unknown
    living, grave_rows = living[~later], grave_rows[~later]
    return pd.concat(
        [tombs, finding(living, "deleted-later", partner=grave_rows)], ignore_index=True
    )


def invalid(events: pd.DataFrame, rows: Rows, rules: Rules) -> pd.DataFrame:
    """Rows without a readable, possible time, place or magnitude, or of an impossible depth.

    Parameters
    ----------
    events : pandas.DataFrame
        (n) events.
    rows : numpy.ndarray
        Positions to look at.
    rules : Rules
        Limits, and whether an event needs a magnitude. An unknown depth is no fault.

    Returns
    -------
    pandas.DataFrame
        What is set aside, as `finding`; of several faults the first of `REASONS`.
    """
    part = events.take(rows)
    numbers = {name: part[name].to_numpy(np.float64) for name in READ[1:]}
    lon, lat, mag, depth = (numbers[name] for name in ("longitude", "latitude", "mag", "depth"))
    unreadable = {
        p: f"{name} {v}" for name in READ for p, v in rules.unreadable.get(name, {}).items()
    }
    unread = np.isin(rows, np.fromiter(unreadable, np.int64))
    checks: list[tuple[str, NDArray[np.bool_], NDArray[np.float64] | None]] = [
        ("unreadable", unread, None),
        ("no-time", part["time"].isna().to_numpy(), None),
        ("no-place", np.isnan(lon) | np.isnan(lat), None),
        ("bad-latitude", ~(np.abs(lat) <= 90), lat),
        ("bad-longitude", ~((lon >= -180) & (lon < 180)), lon),
        ("no-magnitude", np.isnan(mag) & (not rules.unknown_magnitude), None),
        ("bad-magnitude", (mag < rules.magnitude[0]) | (mag > rules.magnitude[1]), mag),
        ("bad-depth", (depth < rules.depth[0]) | (depth > rules.depth[1]), depth),
    ]
    reason = np.full(rows.size, "", dtype="<U16")
    value = np.full(rows.size, "", dtype=object)
    for name, wrong, numbers_of in checks:
        new = wrong & (reason == "")
        reason[new] = name
        if name == "unreadable":
            value[new] = [unreadable[int(row)] for row in rows[new]]
        elif numbers_of is not None:
            value[new] = [f"{one:g}" for one in numbers_of[new]]
    wrong = reason != ""
    return finding(rows[wrong], reason[wrong], value[wrong])


def event_type(events: pd.DataFrame, rows: Rows, rules: Rules) -> pd.DataFrame:
    """Events that are no tectonic earthquakes by their type, and those of an unknown type.

    Parameters
    ----------
    events : pandas.DataFrame
        (n) events.
    rows : numpy.ndarray
        Positions to look at.
    rules : Rules
        Whether induced earthquakes stay.

    Returns
    -------
    pandas.DataFrame
        What is set aside, as `finding`. An event whose source states no type stays.
    """
    words = events["type"].take(rows)
    kinds = event_kinds(words)
    reason = np.full(rows.size, "", dtype="<U16")
    reason[kinds == NON_TECTONIC] = "non-tectonic"
    reason[kinds == UNKNOWN] = "unknown-type"
    if not rules.induced:
        reason[kinds == INDUCED] = "induced"
    wrong = reason != ""
    return finding(rows[wrong], reason[wrong], words[wrong].to_numpy())


def other_agency(events: pd.DataFrame, rows: Rows, rules: Rules) -> pd.DataFrame:
    """Events that a preferred agency has too.

    The catalogues are taken in the order of the agencies; each is matched one to one to all that
    was kept of those before it (`match_catalogues`).

    Parameters
    ----------
    events : pandas.DataFrame
        (n) events.
    rows : numpy.ndarray
        Positions to look at.
    rules : Rules
        Order of the agencies, and windows.

    Returns
    -------
    pandas.DataFrame
        What is set aside, as `finding`.
    """
    found = find_partners(events, rows, rules.agencies, rules.between)
    who = agency_names(events.take(found.partner)).to_numpy()
    return finding(
        found.row, "other-agency", who, found.partner, found.seconds, found.km, found.dmag
    )


STEPS: Final[Mapping[str, Callable[[pd.DataFrame, Rows, Rules], pd.DataFrame]]] = MappingProxyType(
    {
        "deleted": deleted,
        "invalid": invalid,
        "event-type": event_type,
        "exact-repeat": lambda events, rows, rules: exact_repeats(
            events, rows, overrule=rules.overrule_reviewed
        ),
        "same-id": lambda events, rows, _: same_ids(events, rows),
        "near-repeat": lambda events, rows, rules: near_repeats(
            events, rows, rules.near, overrule=rules.overrule_reviewed
        ),
        "other-agency": other_agency,
    }
)
"""Name of a step -> the function that finds what it sets aside, in the order in which they run."""
