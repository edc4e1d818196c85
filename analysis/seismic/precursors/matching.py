"""Matched times of events: the same place and season in other years, away from other events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from analysis.learning.splits import length_of_time
from analysis.seismic.distances import EARTH_RADIUS_KM

YEAR: Final = np.timedelta64(31_556_952, "s").astype("timedelta64[ns]")
"""The mean year of the calendar, 365.2425 days."""
_MONTH: Final = np.timedelta64(30, "D")


@dataclass(frozen=True, eq=False)
class Matched:
    """Events that stand alone, and times to compare them with.

    Attributes
    ----------
    times
        Times (event,) of the kept events, ascending.
    kept
        Which of the events given are kept (given,).
    lags
        Lags (lag,), timedelta64, none positive.
    reference
        Length of the time before the first lag.
    blocks
        Block of time of each kept event (event,), counted from 0 without holes.
    pairs
        Kept event and time of an event nearby, itself included: (pair,) each.
    """

    times: NDArray[np.datetime64]
    kept: NDArray[np.bool_]
    lags: NDArray[np.timedelta64]
    reference: np.timedelta64
    blocks: NDArray[np.intp]
    pairs: tuple[NDArray[np.intp], NDArray[np.datetime64]]

    @property
    def lag_days(self) -> list[float]:
        """Lags in days."""
        return [float(one / np.timedelta64(1, "D")) for one in self.lags]

    def shifted(self, years: int) -> NDArray[np.datetime64]:
        """Return the times (event, shift) moved by -years to +years."""
        shifts = np.arange(-years, years + 1)
        return np.asarray(self.times[:, np.newaxis] + shifts * YEAR)

    def open(self, years: int) -> NDArray[np.bool_]:
        """Return which moved times (event, shift) are free of events nearby; the true ones are.

        A time is taken where an event nearby came within the lags and the reference before it, or
        comes within the lags after it.
        """
        moved = self.shifted(years)
        back = self.reference - self.lags.min()
        ahead = np.maximum(-self.lags.min(), np.timedelta64(1, "D").astype("timedelta64[ns]"))
        event, when = self.pairs
        apart = moved[event] - when[:, np.newaxis]
        taken = (apart < back) & (apart > -ahead)
        out = np.ones(moved.shape, bool)
        row, column = np.nonzero(taken)
        out[event[row], column] = False
        out[:, years] = True
        return out

    def in_blocks(self, length: np.timedelta64) -> Matched:
        """Return the same with blocks of time of another length."""
        if not self.times.size:
            return self
        number = ((self.times - self.times[0]) // length).astype(np.int64)
        blocks = np.unique(number, return_inverse=True)[1]
        return replace(self, blocks=blocks.astype(np.intp))

    def by_block(self, values: NDArray[np.float64]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return sums and numbers (block, ...) of the valid values (event, ...)."""
        known = np.isfinite(values)
        shape = (int(self.blocks.max()) + 1, *values.shape[1:])
        sums, numbers = np.zeros(shape), np.zeros(shape)
        np.add.at(sums, self.blocks, np.where(known, values, 0.0))
        np.add.at(numbers, self.blocks, known)
        return sums, numbers


def match(
    events: pd.DataFrame,
    lags: Sequence[Any],
    *,
    reference: Any = "365D",
    apart_km: float = 300.0,
    block: np.timedelta64 = _MONTH,
) -> Matched:
    """Return the events that no other preceded nearby, with what their matched times need.

    Parameters
    ----------
    events
        time, longitude, latitude, in order of time, none missing.
    lags
        Times relative to the event, none after it.
    reference
        Length of the time before the first lag.
    apart_km
        How near another event must be to count.
    block
        Length of the blocks of time.

    Returns
    -------
    Matched
        Kept events and their surroundings in time.

    Raises
    ------
    ValueError
        A lag lies after the event, or a length is impossible.

    Examples
    --------
    Of two events at one place in one month the second is left out:

    >>> times = pd.to_datetime(["2010-01-01", "2010-01-20", "2014-01-01"])
    >>> events = pd.DataFrame({"time": times, "longitude": 70.0, "latitude": 43.0})
    >>> found = match(events, ["-30D", "0D"])
    >>> found.kept.tolist(), found.blocks.tolist()
    ([True, False, True], [0, 1])

    The year after an event is no matched time, the year before it is:

    >>> found.open(1)[0].tolist()
    [True, True, False]
    """
    when = np.array([_lag(one) for one in lags], dtype="timedelta64[ns]")
    if not when.size or (when > np.timedelta64(0)).any():
        raise ValueError(f"The lags are {list(lags)}; give some, none after the event.")
    when = np.unique(when)
    length = length_of_time(reference, "reference").to_timedelta64().astype("timedelta64[ns]")
    if not length > np.timedelta64(0):
        raise ValueError(f"reference={reference!r}: longer than nothing.")
    if not 0 < apart_km <= 5000:
        raise ValueError(f"apart_km is {apart_km}; give a number above 0, up to 5000.")
    times = events["time"].to_numpy().astype("datetime64[ns]")
    lon, lat = (np.radians(events[name].to_numpy(float)) for name in ("longitude", "latitude"))
    points = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)
    chord = 2 * np.sin(apart_km / EARTH_RADIUS_KM / 2)
    both = cKDTree(points).query_pairs(chord, output_type="ndarray")  # the first is the earlier row
    back = length - when.min()
    kept = np.ones(times.size, bool)
    soon = times[both[:, 1]] - times[both[:, 0]] < back
    kept[both[soon, 1]] = False
    number = np.cumsum(kept) - 1
    own = np.flatnonzero(kept)
    one = np.concatenate([both[:, 0], both[:, 1], own])
    other = np.concatenate([both[:, 1], both[:, 0], own])
    use = kept[one]
    found = Matched(
        times[kept], kept, when, length, np.zeros(own.size, np.intp),
        (number[one[use]], times[other[use]]),
    )  # fmt: skip
    return found.in_blocks(block)


def _lag(value: Any) -> np.timedelta64:
    try:
        bare = isinstance(value, int | float | np.number) and not isinstance(value, np.timedelta64)
        unitless = isinstance(value, str) and value.strip().lstrip("+-").isdigit()
        if unitless or (bare and value != 0):
            raise TypeError("a number without a unit")  # of nanoseconds, or of days?
        found = pd.Timedelta(value)
    except (ValueError, TypeError) as error:
        raise ValueError(f"The lag is {value!r}; give a length such as '-30D'.") from error
    if pd.isna(found):
        raise ValueError(f"The lag is {value!r}; give a length such as '-30D'.")
    return found.to_timedelta64().astype("timedelta64[ns]")
