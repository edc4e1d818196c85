"""Fields over the cells that change as time goes on: events near by, and past events smoothed."""

from __future__ import annotations

from typing import Any, Final

import numba as nb
import numpy as np
from numpy.typing import NDArray

from analysis.cells.cells import EARTH_RADIUS_KM
from analysis.cells.lattice import Lattice
from analysis.learning.spread import spread

_BLOCK: Final = 256
"""Events that are smoothed together: a field depends on how many are known, not on the steps."""


class Rings:
    """Sums of whole numbers of the events in rings round the middle of each cell.

    Whole numbers can be taken away again exactly, so that a field at a time does not depend on
    the issue times before it.

    Attributes
    ----------
    values
        Sums (number, ring, cell).

    Parameters
    ----------
    lattice : Lattice
        Cells.
    edges : tuple of float
        Outer radii of the rings, km, ascending; the first ring begins at 0.
    numbers : int
        How many numbers each event adds.

    Examples
    --------
    Every cell of the globe is in one ring, and what is taken away again leaves nothing:

    >>> globe = Lattice.from_bounds((-180, -90, 180, 90), 10)
    >>> rings = Rings(globe, (500.0, 20100.0), 1)
    >>> event = np.array([179.9]), np.array([-10.0]), np.array([[3]])
    >>> rings.add(*event, 1)
    >>> int(rings.values.sum()) == 3 * 648, bool((rings.values[0].sum(axis=0) == 3).all())
    (True, True)
    >>> rings.add(*event, -1)
    >>> int(np.abs(rings.values).sum())
    0
    """

    def __init__(self, lattice: Lattice, edges: tuple[float, ...], numbers: int) -> None:
        self.values = np.zeros((numbers, len(edges), lattice.size), np.int64)
        self._edges = np.asarray(edges, dtype=np.float64) / EARTH_RADIUS_KM
        self._half = lattice.per_half_turn
        self._block = np.array([lattice.column, lattice.row, lattice.columns, lattice.rows])
        middles = np.radians((np.arange(2 * self._half) + 0.5) * lattice.resolution - 180)
        self._columns = np.stack([np.cos(middles), np.sin(middles)])

    def add(self, longitude: Any, latitude: Any, amounts: NDArray[np.int64], sign: int) -> None:
        """Add events, or take them away.

        Parameters
        ----------
        longitude, latitude
            Places (event,), degrees.
        amounts
            Whole numbers that each event adds (event, number).
        sign
            1 to add, -1 to take away.
        """
        east, north = np.asarray(longitude, np.float64), np.asarray(latitude, np.float64)
        edges, block = self._edges, self._block
        _add_rings(east, north, amounts * sign, edges, self._columns, block, self.values)


@nb.njit(nogil=True, cache=True)
def _add_rings(
    longitude: Any, latitude: Any, amounts: Any, edges: Any, columns: Any, block: Any, out: Any
) -> None:
    """Add amounts to the ring of every cell whose middle lies within the last edge."""
    half = columns.shape[1] // 2
    size = np.pi / half
    middles = (np.arange(block[3]) + block[1] + 0.5) * size - np.pi / 2
    sines, cosines = np.sin(middles), np.cos(middles)
    widest = edges[-1]
    least = np.cos(np.minimum(edges, np.pi))
    for event in range(longitude.size):
        east, north = np.deg2rad(longitude[event]), np.deg2rad(latitude[event])
        sine, cosine = np.sin(north), np.cos(north)
        along, beside = np.cos(east), np.sin(east)
        low = max(0, int(np.floor((north - widest + np.pi / 2) / size - 0.5)) - block[1])
        high = min(block[3] - 1, int(np.ceil((north + widest + np.pi / 2) / size)) - block[1])
        own = int(np.floor((east + np.pi) / size))
        for row in range(low, high + 1):
            across, base = cosines[row] * cosine, sines[row] * sine
            # a column is within reach where cos(turn) >= (cos(reach) - base) / across
            lean = (least[-1] - base) / across if across > 1e-12 else -2.0
            if lean > 1:
                continue
            side = half if lean <= -1 else min(half, int(np.arccos(lean) / size) + 1)
            for step in range(-side, min(side, half - 1) + 1):
                column = (own + step) % (2 * half)
                place = column - block[0]
                if place < 0:
                    place += 2 * half
                if place >= block[2]:
                    continue
                near = base + across * (columns[0, column] * along + columns[1, column] * beside)
                for ring in range(edges.size):
                    if near >= least[ring]:
                        for number in range(amounts.shape[1]):
                            out[number, ring, row * block[2] + place] += amounts[event, number]
                        break


class Smoothed:
    """Past events, each spread by a kernel; grows only.

    Parameters
    ----------
    lattice : Lattice
        Cells.
    longitude, latitude : numpy.ndarray
        All events in order of time (event,), degrees.
    width_km : float
        Width of the kernel.

    Examples
    --------
    A field does not depend on when it was asked for before:

    >>> globe = Lattice.from_bounds((-180, -90, 180, 90), 10)
    >>> east, north = np.linspace(-170, 170, 600), np.linspace(-60, 60, 600)
    >>> step_by_step, at_once = (Smoothed(globe, east, north, 200.0) for _ in range(2))
    >>> for known in (5, 255, 300):
    ...     field = step_by_step.at(known)
    >>> bool((step_by_step.at(600) == at_once.at(600)).all()), round(float(field.sum()), 9)
    (True, 300.0)
    """

    def __init__(self, lattice: Lattice, longitude: Any, latitude: Any, width_km: float) -> None:
        self._lattice, self._width = lattice, float(width_km)
        self._places = longitude, latitude
        self._field, self._done = np.zeros(lattice.size), 0

    def at(self, known: int) -> NDArray[np.float64]:
        """Return the field (cell,) of the first events; the number must not fall.

        Parameters
        ----------
        known
            How many of the events are known.

        Returns
        -------
        numpy.ndarray
            Events in each cell (cell,).

        Raises
        ------
        ValueError
            More events were known before.
        """
        if known < self._done:
            raise ValueError(f"{known} events are known now, and {self._done} were before.")
        while self._done + _BLOCK <= known:
            self._field += self._spread(self._done, self._done + _BLOCK)
            self._done += _BLOCK
        rest: NDArray[np.float64] = self._field + self._spread(self._done, known)
        return rest

    def _spread(self, begin: int, end: int) -> NDArray[np.float64]:
        east, north = (one[begin:end] for one in self._places)
        return spread(east, north, np.ones(end - begin), self._width, self._lattice)
