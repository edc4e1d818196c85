"""Past events as arrays, and what of them is known at an issue time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.cells.lattice import Lattice
from analysis.learning.rowaxes import read_times
from analysis.learning.splits import length_of_time
from analysis.learning.spread import spread


@dataclass(frozen=True, eq=False)
class Past:
    """Events in order of time; a forecast uses those strictly before its issue time.

    Attributes
    ----------
    times
        datetime64[ns] (event,), ascending, UTC.
    longitude, latitude
        Degrees (event,).
    weights
        How much each event counts (event,).
    since
        From when on the record is complete; rates are per time since then.

    Examples
    --------
    >>> past = Past.of(["2020-02-01", "2020-01-01"], [10, 20], [0, 5], since="2019-01-01")
    >>> past.longitude.tolist(), past.before("2020-02-01")
    ([20.0, 10.0], 1)
    """

    times: NDArray[np.datetime64]
    longitude: NDArray[np.float64]
    latitude: NDArray[np.float64]
    weights: NDArray[np.float64]
    since: np.datetime64

    @classmethod
    def of(
        cls,
        times: Any,
        longitude: ArrayLike,
        latitude: ArrayLike,
        weights: ArrayLike | None = None,
        *,
        since: Any,
    ) -> Past:
        """Return events, sorted; those before `since` are left out.

        Parameters
        ----------
        times, longitude, latitude
            When, UTC or with a zone, and where, degrees (event,).
        weights
            How much each counts, 0 or more; None for 1 each. A weight computed from later events
            (declustering) brings the future in.
        since
            From when on the record is complete. It is asked for, for a rate per time since the
            first event is too high.

        Returns
        -------
        Past
            Events.

        Raises
        ------
        ValueError
            Lengths differ, or a time, place or weight is missing or impossible.
        """
        stamps = read_times(times, "times of the events")
        ones = np.ones(stamps.shape) if weights is None else weights
        numbers = [np.asarray(one, dtype=np.float64) for one in (longitude, latitude, ones)]
        start = _moment(since, "start of the record")
        if any(one.shape != stamps.shape for one in numbers):
            raise ValueError(
                f"Times {stamps.shape}, longitudes, latitudes and weights "
                f"{[one.shape for one in numbers]} of the events must all be (event,)."
            )
        wrong = ~np.isfinite(numbers).all(axis=0) | (np.abs(numbers[1]) > 90) | (numbers[2] < 0)
        wrong |= np.isnat(stamps)
        if wrong.any():
            raise ValueError(
                f"{int(wrong.sum())} events have a missing time or place, a latitude beyond a pole "
                "or a negative weight; drop them first."
            )
        order = np.argsort(stamps, kind="stable")
        order = order[stamps[order] >= start]
        east, north, heavy = (one[order] for one in numbers)
        return cls(stamps[order], east, north, heavy, start)

    def before(self, when: Any) -> int:
        """Return how many events lie strictly before a time."""
        return int(np.searchsorted(self.times, _moment(when, "time")))

    def spread(
        self, rows: slice, places: Lattice, widths: ArrayLike, kernel: str
    ) -> NDArray[np.float64]:
        """Return the weight (cell,) of some of the events, spread by a kernel."""
        at = self.longitude[rows], self.latitude[rows], self.weights[rows]
        return spread(*at, np.asarray(widths, np.float64), places, kernel)


def _moment(value: Any, what: str) -> np.datetime64:
    """Return a moment in UTC."""
    try:
        if isinstance(value, int | float | np.number):
            raise TypeError("a number is read as nanoseconds")
        found = pd.Timestamp(value)
    except (ValueError, TypeError) as error:
        raise ValueError(f"The {what} is {value!r}; give a date such as '1976-01-01'.") from error
    if pd.isna(found):
        raise ValueError(f"The {what} is {value!r}; give a date such as '1976-01-01'.")
    return (found.tz_convert(None) if found.tz else found).as_unit("ns").to_datetime64()


def frame(
    past: Past, issue: Any, window: Any
) -> tuple[NDArray[np.datetime64], NDArray[np.float64], float]:
    """Return issue times, days of record before each, and days of the window.

    Parameters
    ----------
    past
        Events.
    issue
        Issue times (time,).
    window
        Length of the target window.

    Returns
    -------
    tuple
        Issue times (time,), days since the start of the record (time,), days of the window.

    Raises
    ------
    ValueError
        Issue times do not ascend or are not after the start of the record, or the window is
        impossible.
    """
    times = read_times(issue)
    if not times.size or not (np.diff(times) > np.timedelta64(0)).all():
        raise ValueError(f"Issue times {times.shape} must be (time,), ascending, none twice.")
    days = (times - past.since) / np.timedelta64(1, "D")
    if not days[0] > 0:
        raise ValueError(
            f"The first issue time {times[0]} is not after the start of the record, {past.since}."
        )
    length = length_of_time(window, "window") / pd.Timedelta("1D")
    if not length > 0:
        raise ValueError(f"The window is {window!r}; it must be longer than nothing.")
    return times, days, float(length)
