"""Axes of a grid: from a coordinate to the index of its cell, by arithmetic where it is regular."""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]

_TOLERANCE = 1e-3
"""Share of a step by which coordinates (often float32) may miss a regular axis."""
_GAP = 2.0
"""A distance this many times the one on the other side of a cell is a hole in the coverage."""


class Axis:
    """Latitudes or longitudes of a grid's cell centres.

    A cell reaches half-way to its neighbours; next to a hole, and at the ends, it is symmetric.

    Parameters
    ----------
    values : array of float, shape (cell,)
        Centres in degrees, strictly ascending; longitudes in [-180, 180).
    circular : bool
        True for longitudes: any longitude is brought onto the axis by whole turns, and the first
        and last cells are neighbours if the axis goes round the globe.

    Raises
    ------
    ValueError
        Fewer than two cells, centres that are not ascending, or outside of the range.

    Examples
    --------
    A grid that goes round the globe has no edge at the date line:

    >>> axis = Axis([-180.0, -90.0, 0.0, 90.0], circular=True)
    >>> axis.periodic, axis.index(179.0), axis.index(-179.0), axis.index(450.0)
    (True, 0, 0, 3)
    """

    def __init__(self, values: npt.ArrayLike, *, circular: bool = False) -> None:
        self.values: Floats = np.array(values, dtype=np.float64)
        self.circular = circular
        kind = "longitudes" if circular else "latitudes"
        _check(self.values, kind, (-180.0, 180.0) if circular else (-90.0, 90.0))
        self.values.setflags(write=False)
        count = self.values.size
        self.step = float((self.values[-1] - self.values[0]) / (count - 1))
        line = self.values[0] + self.step * np.arange(count)
        self.regular = bool(np.abs(self.values - line).max() <= _TOLERANCE * self.step)
        self.periodic = circular and self._closes()
        self._start = float(self.values[0]) - self.step / 2
        if self.regular and self.periodic:
            self.step = 360.0 / count

    def _closes(self) -> bool:
        if self.regular:
            return abs(self.size * self.step - 360.0) <= 10 * _TOLERANCE * self.step
        closing = self.values[0] + 360.0 - self.values[-1]
        gaps = np.append(np.diff(self.values), closing)
        return bool(gaps.max() <= 1.5 * np.median(gaps))

    @property
    def size(self) -> int:
        """Number of cells."""
        return int(self.values.size)

    @cached_property
    def edges(self) -> tuple[Floats, Floats]:
        """Lower and upper edge of every cell, two arrays of shape (cell,), in degrees."""
        gaps = np.diff(self.values)
        ends = (360.0 - (self.values[-1] - self.values[0]),) * 2 if self.circular else (np.inf,) * 2
        before = np.concatenate([[ends[0]], gaps])
        after = np.concatenate([gaps, [ends[1]]])
        lower = np.where(before > _GAP * after, after, before) / 2
        upper = np.where(after > _GAP * before, before, after) / 2
        low, high = self.values - lower, self.values + upper
        return (low, high) if self.circular else (np.maximum(low, -90.0), np.minimum(high, 90.0))

    @cached_property
    def coverage(self) -> tuple[float, float]:
        """Lowest and highest coordinate covered, degrees; (-180, 180) for a periodic axis."""
        if self.periodic:
            return -180.0, 180.0
        low, high = self.edges
        gaps = np.diff(self.values)
        widest = int(np.argmax(gaps))
        if self.circular and gaps[widest] > 360.0 - (self.values[-1] - self.values[0]):
            return float(low[widest + 1]), float(high[widest])  # crosses the date line
        return float(low[0]), float(high[-1])

    @cached_property
    def _search(self) -> tuple[Floats, Floats, Floats]:
        values = self.values
        if self.circular:
            values = np.concatenate([[values[-1] - 360.0], values, [values[0] + 360.0]])
        low, high = self.edges
        return (values[:-1] + values[1:]) / 2, low, high

    def index(self, coordinate: float) -> int:
        """Find the cell that holds one coordinate, -1 outside the axis.

        Parameters
        ----------
        coordinate : float
            Degrees; any longitude on a circular axis.

        Returns
        -------
        int
            Position along the axis, or -1.
        """
        if not self.regular:
            return int(self.indices(np.array([coordinate]))[0])
        if not math.isfinite(coordinate) or (not self.circular and abs(coordinate) > 90.0):
            return -1
        offset = coordinate - self._start
        if self.circular:
            offset %= 360.0
        position = math.floor(offset / self.step)
        if 0 <= position < self.size:
            return position
        if self.periodic:
            return position % self.size
        on_last_edge = position == self.size and offset == self.size * self.step
        return self.size - 1 if on_last_edge else -1

    def indices(self, coordinates: npt.ArrayLike) -> Indices:
        """Find the cells that hold many coordinates, -1 outside the axis.

        Parameters
        ----------
        coordinates : array of float, any shape
            Degrees; any longitude on a circular axis. NaN is outside.

        Returns
        -------
        array of int, same shape
            Positions along the axis, or -1.
        """
        x = np.asarray(coordinates, dtype=np.float64)
        found = self._regular_indices(x) if self.regular else self._searched_indices(x)
        found[~np.isfinite(x)] = -1
        if not self.circular:
            found[np.abs(x) > 90.0] = -1
        return found

    def between(self, low: Floats, high: Floats) -> tuple[Indices, Indices]:
        """First and last cell whose centres lie in each range ``low <= centre < high``.

        Parameters
        ----------
        low, high : array of float, shape (range,)
            Degrees, low < high; of a range that crosses the seam of a circular axis only the side
            that holds its middle is meant.

        Returns
        -------
        tuple of arrays of int, shape (range,)
            The last is less than the first where there is no centre.
        """
        if self.circular:
            start = self.edges[0][0]  # not the first centre: a range may begin at the cell's edge
            turns = np.floor(((low + high) / 2 - start) / 360.0) * 360.0
            low, high = low - turns, high - turns
        first = np.searchsorted(self.values, low, side="left").astype(np.intp)
        last = np.searchsorted(self.values, high, side="left").astype(np.intp) - 1
        return first, last

    def _regular_indices(self, x: Floats) -> Indices:
        offset = np.nan_to_num(x - self._start, nan=-1.0, posinf=-1.0, neginf=-1.0)
        if self.circular:
            offset = offset % 360.0
        found = np.floor(offset / self.step).astype(np.intp)
        if self.periodic:
            return found % self.size
        found[(found == self.size) & (offset == self.size * self.step)] = self.size - 1
        found[(found < 0) | (found >= self.size)] = -1
        return found

    def _searched_indices(self, x: Floats) -> Indices:
        middles, low, high = self._search
        x = np.nan_to_num(x, nan=0.0, posinf=0.0, neginf=0.0)
        if not self.circular:
            found = np.searchsorted(middles, x, side="right").astype(np.intp)
            found[(x < low[found]) | (x > high[found])] = -1
            return found
        x = (x + 180.0) % 360.0 - 180.0
        found = (np.searchsorted(middles, x, side="right").astype(np.intp) - 1) % self.size
        off = (x - self.values[found] + 180.0) % 360.0 - 180.0
        outside = (off < low[found] - self.values[found]) | (off > high[found] - self.values[found])
        found[outside] = -1
        return found


def _check(values: Floats, kind: str, limits: tuple[float, float]) -> None:
    if values.ndim != 1 or values.size < 2:
        message = f"A grid needs at least two {kind}, but there are {values.size}."
        raise ValueError(message)
    if not np.isfinite(values).all() or not (np.diff(values) > 0).all():
        raise ValueError(f"The {kind} must be finite and strictly ascending.")
    low, high = limits
    if values[0] < low or values[-1] > high:
        message = f"The {kind} run from {values[0]:g} to {values[-1]:g}, "
        raise ValueError(message + f"but must lie between {low:g} and {high:g} degrees.")
