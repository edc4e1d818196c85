"""Suggestions for a name that was probably misspelt."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


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
    """
    names = sorted(set(known))
    folded = {one.casefold(): one for one in names}
    close = get_close_matches(name.casefold(), list(folded), n=3, cutoff=0.6)
    if not close:
        return f"Allowed: {', '.join(names)}."
    return f"Did you mean {' or '.join(repr(folded[one]) for one in close)}?"
