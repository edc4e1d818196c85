"""Reference of quiet days: what the same place had at the same time of day on the days before.

Median and spread (1.4826 times the median of the distances from it) of up to `days` quiet days
before, at the same universal time and so, in a cell, at the same local time. The time judged and
everything after it are never part of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numba as nb
import numpy as np
from numpy.typing import NDArray

MAD_TO_SIGMA: Final = 1.4826


@dataclass(frozen=True)
class QuietDays:
    """Which days make the reference.

    Attributes
    ----------
    days : int
        Most quiet days that count, the newest; 15 and 27 (a turn of the sun) are usual.
    least : int
        Fewest; with less there is no reference.
    reach : int
        How many days back they may lie.
    floor : tuple of float
        Least spread: part of the reference, and value in the units of the data. The larger counts,
        so that a calm place does not make an anomaly of nothing.
    """

    days: int = 15
    least: int = 7
    reach: int = 45
    floor: tuple[float, float] = (0.05, 0.5)

    def __post_init__(self) -> None:
        """Refuse numbers that cannot be met."""
        if not 2 <= self.least <= self.days <= self.reach:
            raise ValueError(
                f"Of {self.days} quiet days at least {self.least} within {self.reach} days cannot "
                "be; needed is 2 <= least <= days <= reach."
            )
        if len(self.floor) != 2 or min(self.floor) < 0:
            raise ValueError(f"The floor is {self.floor}; write (part of the reference, value).")

    def words(self) -> str:
        """Say in words what the reference is.

        Returns
        -------
        str

        Examples
        --------
        >>> QuietDays(days=27, least=10, reach=60).words()[:64]
        'median of the 27 quiet days before at the same time of day (at l'
        """
        return (
            f"median of the {self.days} quiet days before at the same time of day (at least "
            f"{self.least}, from the {self.reach} days before); the day judged is never in it"
        )


def quiet_steps(
    times: NDArray[np.datetime64], quiet: NDArray[np.bool_], wanted: QuietDays
) -> NDArray[np.int32]:
    """For each time, the steps of earlier quiet days at its time of day, newest first.

    Parameters
    ----------
    times : numpy.ndarray of datetime64
        UTC, ascending.
    quiet : numpy.ndarray of bool
        Which of them were quiet.
    wanted : QuietDays
        How far to look.

    Returns
    -------
    numpy.ndarray
        (time, reach); -1 where there are no more.

    Examples
    --------
    >>> times = np.arange("2020-01-01", "2020-01-06", dtype="datetime64[D]")
    >>> quiet = np.array([True, True, False, True, True])
    >>> quiet_steps(times, quiet, QuietDays(2, 2, 3))[4]
    array([ 3,  1, -1], dtype=int32)
    """
    stamps = times.astype("datetime64[s]").astype(np.int64)
    minutes = (stamps + 30) // 60
    days, slots = minutes // 1440, minutes % 1440
    out = np.full((times.size, wanted.reach), -1, np.int32)
    for slot in np.unique(slots):
        steps = np.flatnonzero(slots == slot)
        good = steps[quiet[steps]]
        for step in steps:
            stop = np.searchsorted(days[good], days[step], side="left")
            start = np.searchsorted(days[good], days[step] - wanted.reach, side="left")
            earlier = good[start:stop][::-1][: wanted.reach]
            out[step, : earlier.size] = earlier
    return out


@nb.njit(cache=True, nogil=True)
def _median(buffer: NDArray[np.float32], count: int) -> float:
    """Sort the first values in place, by insertion, for they are few; return their median."""
    for k in range(1, count):
        value = buffer[k]
        place = k
        while place > 0 and buffer[place - 1] > value:
            buffer[place] = buffer[place - 1]
            place -= 1
        buffer[place] = value
    return 0.5 * (buffer[(count - 1) // 2] + buffer[count // 2])


@nb.njit(cache=True, nogil=True)
def judge(
    values: NDArray[np.float32], earlier: NDArray[np.int32], days: int, least: int
) -> NDArray[np.float32]:
    """Median, spread and number of the quiet days before, for each time and cell.

    Parameters
    ----------
    values : numpy.ndarray of float32
        (time, cell).
    earlier : numpy.ndarray of int32
        (time, most), from `quiet_steps`.
    days, least : int
        Most and fewest values that make a reference.

    Returns
    -------
    numpy.ndarray of float32
        (3, time, cell); the first two are NaN where there are fewer than `least` values.

    Examples
    --------
    The median of earlier days, whatever the value of the day itself:

    >>> values = np.array([[10.0], [12.0], [11.0], [99.0]], np.float32)
    >>> earlier = np.array([[-1, -1, -1]] * 3 + [[2, 1, 0]], np.int32)
    >>> judge(values, earlier, 3, 3)[:, 3, 0].round(4).tolist()
    [11.0, 1.4826, 3.0]
    """
    n_times, n_cells = values.shape
    out = np.full((3, n_times, n_cells), np.nan, np.float32)
    buffer = np.empty(days, np.float32)
    for cell in range(n_cells):
        series = values[:, cell].copy()
        for time in range(n_times):
            count = 0
            for k in range(earlier.shape[1]):
                step = earlier[time, k]
                if step < 0 or count == days:
                    break
                value = series[step]
                if np.isfinite(value):
                    buffer[count] = value
                    count += 1
            out[2, time, cell] = count
            if count < least:
                continue
            middle = _median(buffer, count)
            for k in range(count):
                buffer[k] = abs(buffer[k] - middle)
            out[0, time, cell] = middle
            out[1, time, cell] = MAD_TO_SIGMA * _median(buffer, count)
    return out
