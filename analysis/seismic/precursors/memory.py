"""How long anomalies last, so that events of one anomaly are not counted as many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from analysis.learning.splits import length_of_time
from analysis.seismic.precursors.surroundings import Surroundings, lagged, mean_between

LEAST: Final = np.timedelta64(30, "D").astype("timedelta64[ns]")
"""Blocks are not shorter, however soon anomalies are over."""
_SMALL: Final = 0.2  # a correlation below this is taken for none
_PLACES: Final = 50


def block_length(
    block: Any, several: Sequence[Surroundings], reference: np.timedelta64
) -> np.timedelta64:
    """Return the length of the blocks of time in which events are drawn together.

    Parameters
    ----------
    block
        Length asked for; None for as long as the anomalies of the variables last
        (:func:`memory`), not less than 30 days.
    several
        Variables round places.
    reference
        Length of the time before that values are compared with.

    Returns
    -------
    numpy.timedelta64
        Length, ns.

    Raises
    ------
    ValueError
        It is no length of time, or nothing.
    """
    if block is None:
        return max([LEAST, *(memory(one, reference) for one in several)])
    length = length_of_time(block, "block").to_timedelta64().astype("timedelta64[ns]")
    if not length > np.timedelta64(0):
        raise ValueError(f"block={block!r}: longer than nothing.")
    return length


def memory(one: Surroundings, reference: np.timedelta64) -> np.timedelta64:
    """Return how long the anomalies of a variable last, beside the time before them.

    Z less its mean of the reference time before is correlated with itself some steps later, over
    all places together (50 of them where there are more); the first lag at which the correlation
    is below 0.2 is the length.

    Parameters
    ----------
    one
        History of the variable round places.
    reference
        Length of the time before, which a lasting anomaly is no departure from.

    Returns
    -------
    numpy.timedelta64
        Length, ns, at most the reference; nothing where neighbouring steps are not correlated, or
        too few are valid.
    """
    places = np.unique(np.linspace(0, one.z.shape[1] - 1, _PLACES).astype(np.intp))
    series = one.z[:, places]
    ends = np.broadcast_to(one.ends, (places.size, one.ends.size))
    typical = np.timedelta64(int(np.median(np.diff(one.ends).astype(np.int64))), "ns")
    before = mean_between(series, one, ends - typical - reference, ends - typical)
    apart = (lagged(series, one, ends) - before).transpose(1, 0, 2).reshape(one.ends.size, -1)
    known = np.isfinite(apart)
    apart = np.where(known, apart, 0.0)
    most = min(int(reference / typical), one.ends.size - 2)
    for lag in range(1, most + 1):
        pairs = known[lag:] & known[:-lag]
        early, late = apart[:-lag][pairs], apart[lag:][pairs]
        spread = np.sqrt((early @ early) * (late @ late))
        if not spread > 0 or (early @ late) / spread < _SMALL:
            return np.timedelta64(0, "ns") if lag == 1 else lag * typical
    return max(most, 0) * typical


def days_of(length: np.timedelta64) -> float:
    """Return a length in days.

    Examples
    --------
    >>> days_of(np.timedelta64(36, "h"))
    1.5
    """
    return float(pd.Timedelta(length) / pd.Timedelta("1D"))
