"""A hypothesis of the register, and what its entries must be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

ANY: Final = "*"
"""Stands for all variables or all groups."""
DIRECTIONS: Final = ("two-sided", "greater", "less")


@dataclass(frozen=True)
class Hypothesis:
    """What somebody expects.

    Attributes
    ----------
    number
        Its number in the register.
    time
        When it was written, UTC.
    author
        A pseudonym.
    text
        In the author's words.
    variables, groups
        What it speaks of; "*" for all.
    direction
        "greater", "less" or "two-sided": how anomalies before events are expected to differ.
    first_lag_days, last_lag_days
        When, in days from the event.
    radius_km
        How near.
    looked_before
        When the data that it speaks of had been looked at first by anybody, if that was before it
        was written; None if it was written beforehand.
    own_look_before
        The same for looks of the author alone.
    """

    number: int
    time: pd.Timestamp
    author: str
    text: str
    variables: tuple[str, ...]
    groups: tuple[str, ...]
    direction: str
    first_lag_days: float
    last_lag_days: float
    radius_km: float
    looked_before: pd.Timestamp | None
    own_look_before: pd.Timestamp | None

    @property
    def beforehand(self) -> bool:
        """Whether it was written before anybody here looked at these data."""
        return self.looked_before is None


def pseudonym(name: str) -> str:
    """Return a pseudonym, tidied; refuse what tells who somebody is.

    Parameters
    ----------
    name
        2 to 40 characters.

    Returns
    -------
    str
        The name without needless blanks.

    Raises
    ------
    ValueError
        It is too short or too long, an address or a number of a telephone.

    Examples
    --------
    >>> pseudonym("  Snow   leopard ")
    'Snow leopard'
    """
    found = " ".join(str(name).split())
    if not 2 <= len(found) <= 40:
        raise ValueError(f"The pseudonym has {len(found)} characters; choose 2 to 40.")
    if "@" in found or sum(one.isdigit() for one in found) > 4:
        raise ValueError("The pseudonym looks like an address or a telephone number; choose words.")
    return found


def check_names(names: Sequence[str], what: str) -> list[str]:
    """Return names, sorted, each once.

    Raises
    ------
    ValueError
        There is none.
    """
    several = [names] if isinstance(names, str) else [str(one) for one in names]
    if not several or not all(one.strip() for one in several):
        raise ValueError(f"No {what} is named; name one, or {ANY!r} for all.")
    return sorted(set(several))


def meets(look: Mapping[str, Any], told: Mapping[str, Any]) -> bool:
    """Return whether a look was at data that a hypothesis speaks of."""
    return all(
        ANY in look[name] or ANY in told[name] or bool(set(look[name]) & set(told[name]))
        for name in ("variables", "groups")
    )
