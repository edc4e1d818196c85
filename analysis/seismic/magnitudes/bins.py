"""Magnitudes counted in bins, robust in floating point."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.seismic.columns import as_events

TIE = 1e-5
"""Share of a bin by which a value may miss an edge by rounding (float32 included)."""


class Histogram(NamedTuple):
    """Events counted in bins of magnitude.

    Attributes
    ----------
    first
        Number of the first bin; its centre is ``first * width``.
    counts
        Events in each bin, (bins); the first and the last are not empty.
    width
        Width of a bin.
    """

    first: int
    counts: NDArray[np.int64]
    width: float

    @property
    def centres(self) -> NDArray[np.float64]:
        """Centres of the bins, (bins)."""
        return centres(self.first + np.arange(self.counts.size), self.width)


def centres(numbers: ArrayLike, width: float) -> NDArray[np.float64]:
    """Return the centres of bins by their numbers, without noise in the last digits.

    Parameters
    ----------
    numbers
        Numbers of bins, any shape.
    width
        Width of a bin.

    Returns
    -------
    numpy.ndarray
        Number times width, rounded to ten decimals.

    Examples
    --------
    >>> 3 * 0.1
    0.30000000000000004
    >>> centres([3], 0.1).tolist()
    [0.3]
    """
    return np.round(np.asarray(numbers, dtype=np.float64) * width, 10)


def as_magnitudes(mags: ArrayLike | pd.DataFrame) -> NDArray[np.float64]:
    """Return magnitudes as numbers, without those that are missing.

    Parameters
    ----------
    mags
        Magnitudes, (n), or a table of events whose magnitudes are taken; None and NaN are missing.

    Returns
    -------
    numpy.ndarray
        The magnitudes that are there, in the order given.

    Raises
    ------
    ValueError
        If they are not a list of numbers, one is infinite, or the table has no magnitudes.

    Examples
    --------
    >>> as_magnitudes([5.1, None, 4.9]).tolist()
    [5.1, 4.9]
    >>> as_magnitudes(pd.DataFrame({"Magnitude": ["5.1"]})).tolist()
    [5.1]
    """
    if isinstance(mags, pd.DataFrame):
        mags = _magnitude_column(mags)
    if not isinstance(mags, pd.Series):
        mags = np.asarray(mags)
        if mags.ndim > 1:
            msg = (
                f"Magnitudes of shape {mags.shape} were given; they must be one list, or a pandas "
                "table of events."
            )
            raise ValueError(msg)
    table = mags if isinstance(mags, pd.Series) else pd.Series(np.atleast_1d(mags))
    try:
        values = table.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        msg = f"Magnitudes must be numbers; there is something else: {error}."
        raise ValueError(msg) from error
    values = values[~np.isnan(values)]
    if np.isinf(values).any():
        msg = f"{int(np.isinf(values).sum())} magnitudes are infinite; they must be finite numbers."
        raise ValueError(msg)
    return values


def _magnitude_column(events: pd.DataFrame) -> pd.Series:
    """Return the magnitudes of a table of events, which needs no other column."""
    plain = {
        "".join(sign for sign in str(name).lower() if sign.isalnum()): name
        for name in reversed(events.columns)
    }
    plain |= {str(name): name for name in events.columns}
    for name in ("mag", "magnitude", "m"):
        if name in plain:
            return events[plain[name]]
    table = as_events(events, fill=False)
    if "mag" not in table.columns:
        names = ", ".join(map(str, events.columns)) or "none"
        raise ValueError(f"The table of events has no column mag; its columns: {names}.")
    return table["mag"]


def check_width(bin_width: float, *, zero: bool = False) -> float:
    """Return the width of a bin as a float, or say what is wrong with it.

    Parameters
    ----------
    bin_width
        Width in units of magnitude.
    zero
        Whether 0 (magnitudes that are not rounded) is allowed.

    Returns
    -------
    float
        The width.

    Raises
    ------
    ValueError
        If it is not a positive number (or 0 where that is allowed).
    """
    width = float(bin_width)
    if not math.isfinite(width) or width < 0 or (width == 0 and not zero):
        allowed = "0 or a positive number" if zero else "a positive number, usually 0.1"
        msg = f"The bin width is {bin_width}; it must be {allowed}."
        raise ValueError(msg)
    return width


def bin_numbers(mags: ArrayLike, bin_width: float, origin: float = 0.0) -> NDArray[np.int64]:
    """Return the number of the bin of each magnitude; halves go up.

    Parameters
    ----------
    mags
        Magnitudes, (n); the missing ones are left out.
    bin_width
        Width of a bin.
    origin
        Centre of bin number 0.

    Returns
    -------
    numpy.ndarray
        Whole numbers, (n without the missing).

    Raises
    ------
    ValueError
        If the width is not positive or a magnitude is infinite.

    Examples
    --------
    What is a tie in decimals is a tie here, whatever the binary digits say:

    >>> 1.15 / 0.1 < 11.5
    True
    >>> bin_numbers([1.15, 1.05, -0.05], 0.1).tolist()
    [12, 11, 0]
    """
    width = check_width(bin_width)
    scaled = (as_magnitudes(mags) - origin) / width
    numbers: NDArray[np.int64] = np.floor(scaled + (0.5 + TIE)).astype(np.int64)
    return numbers


def bin_magnitudes(mags: ArrayLike, bin_width: float = 0.1) -> NDArray[np.float64]:
    """Return magnitudes rounded to the centres of bins; halves go up.

    Parameters
    ----------
    mags
        Magnitudes, (n); the missing ones are left out.
    bin_width
        Width of a bin; the centres are its multiples.

    Returns
    -------
    numpy.ndarray
        Rounded magnitudes, (n without the missing).

    Raises
    ------
    ValueError
        If the width is not positive or a magnitude is infinite.

    Examples
    --------
    Rounding twice is rounding once:

    >>> once = bin_magnitudes([4.96, 5.04, 5.05])
    >>> once.tolist(), bool((bin_magnitudes(once) == once).all())
    ([5.0, 5.0, 5.1], True)
    """
    width = check_width(bin_width)
    return centres(bin_numbers(mags, width), width)


def count_magnitudes(mags: ArrayLike, bin_width: float = 0.1) -> Histogram:
    """Count events in bins of magnitude.

    Parameters
    ----------
    mags
        Magnitudes, (n); the missing ones are left out.
    bin_width
        Width of a bin; the centres are its multiples.

    Returns
    -------
    Histogram
        From the bin of the least to the bin of the greatest; no bin where there is no event.

    Raises
    ------
    ValueError
        If the width is not positive or a magnitude is infinite.

    Examples
    --------
    >>> found = count_magnitudes([5.2, 5.0, 5.0])
    >>> found.centres.tolist(), found.counts.tolist()
    ([5.0, 5.1, 5.2], [2, 0, 1])
    """
    width = check_width(bin_width)
    numbers = bin_numbers(mags, width)
    if not numbers.size:
        return Histogram(0, np.zeros(0, dtype=np.int64), width)
    first = int(numbers.min())
    span = int(numbers.max()) - first + 1
    if span > 1_000_000:
        msg = f"Magnitudes span {span} bins of {width}; at most 1000000 are counted."
        raise ValueError(msg)
    return Histogram(first, np.bincount(numbers - first), width)
