"""Suggestions for a name that was probably misspelt."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher

_CLOSE = 0.65


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Sentence that proposes the closest known names, or lists all of them.

    Parameters
    ----------
    name : str
        What was given.
    known : iterable of str
        What is allowed.

    Returns
    -------
    str
        ``"Did you mean 'x'?"``, or ``"Allowed: ..."`` where nothing comes close.

    Examples
    --------
    >>> did_you_mean("gravty", ["wind", "gravity"])
    "Did you mean 'gravity'?"
    >>> did_you_mean("zzz", ["wind", "gravity"])
    'Allowed: gravity, wind.'
    >>> did_you_mean("gravty", ["wind", "gravity_simulated"])
    "Did you mean 'gravity_simulated'?"
    """
    names = sorted(set(known))
    scores = {one: _likeness(name.casefold(), one.casefold()) for one in names}
    close = sorted((one for one in names if scores[one] >= _CLOSE), key=lambda one: -scores[one])
    if not close:
        return f"Allowed: {', '.join(names)}."
    return f"Did you mean {' or '.join(map(repr, close[:3]))}?"


def _likeness(given: str, known: str) -> float:
    """Likeness to the whole name, or to its first word: gravty is meant for gravity_simulated."""
    whole = SequenceMatcher(None, given, known).ratio()
    first = SequenceMatcher(None, given, known.split("_")[0]).ratio()
    return max(whole, 0.95 * first)
