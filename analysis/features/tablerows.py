"""Which rows of the full grid stand in a table, and with what weight."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def cell_numbers(ids: Any) -> NDArray[np.uint64]:
    """Return a number for each id that depends on nothing but the id.

    Parameters
    ----------
    ids
        Ids (cell,): whole numbers or texts.

    Returns
    -------
    numpy.ndarray
        (cell,).
    """
    values = np.asarray(ids)
    if values.dtype.kind in "OUS":
        values = values.astype(object)
        values = np.array([str(one) for one in values], dtype=object)
    return np.asarray(pd.util.hash_array(values, categorize=False))


def is_drawn(
    moment: NDArray[np.datetime64], numbers: NDArray[np.uint64], share: float, seed: int
) -> NDArray[np.bool_]:
    """Draw places and times, each on its own: the same ones however a table is cut into parts.

    Parameters
    ----------
    moment
        Issue times, datetime64[ns], any shape that fits to the numbers.
    numbers
        From :func:`cell_numbers`.
    share
        Share that is drawn, 0 to 1.
    seed
        Another seed draws others.

    Returns
    -------
    numpy.ndarray
        True where drawn, in the common shape.

    Examples
    --------
    Each row is drawn by itself, and about as often as it was asked for:

    >>> times = np.array(["2020-01-01"], "datetime64[ns]")
    >>> drawn = is_drawn(times, cell_numbers(np.arange(100_000)), 0.1, seed=0)
    >>> bool((drawn[500:600] == is_drawn(times, cell_numbers(np.arange(500, 600)), 0.1, 0)).all())
    True
    >>> bool(abs(drawn.mean() - 0.1) < 0.005)
    True
    """
    start = np.uint64((seed + 0x9E3779B97F4A7C15) % 2**64)
    stamps = np.asarray(moment, dtype="datetime64[ns]").astype(np.int64).view(np.uint64)
    mixed = _mix(_mix(_mix(start) ^ stamps) ^ numbers)
    return np.asarray((mixed >> np.uint64(11)) < np.uint64(math.floor(share * 2**53)))


def check_share(share: float | None, what: str = "keep_empty") -> float | None:
    """Return a share of rows as a number from 0 to 1, or None for all.

    Parameters
    ----------
    share
        As given.
    what
        Its name, for the message.

    Returns
    -------
    float or None
        The share.

    Raises
    ------
    ValueError
        It is no share.
    """
    if share is None:
        return None
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
        raise ValueError(f"{what}={share!r}; give a share of the empty rows, 0 to 1, or None.")
    return float(share)


def _mix(value: Any) -> Any:
    """Scramble 64 bits (Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195)."""
    with np.errstate(over="ignore"):
        value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))
