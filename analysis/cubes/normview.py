"""Pictures of departures and Z from the levels of a cube and of its norm."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from analysis.cubes.kernels import halve
from analysis.cubes.normstore import MOST_CELLS, STATISTICS, NormKey
from analysis.cubes.projected import projected_view
from analysis.cubes.separable import separable_view
from analysis.cubes.snapshot import Moment, Snapshot
from analysis.cubes.window import Window

ReadArray = Callable[[str, int], Any]
"""``array(name, level)`` gives an open array (slot, latitude, longitude) of a norm."""


def norm_view(
    judged: JudgedLevels, time: Moment, window: Window, *, mean: bool
) -> tuple[npt.NDArray[np.float32], dict[str, Any]]:
    """Picture of a window at one time.

    Parameters
    ----------
    judged
        What is judged, and by what.
    time
        As in :meth:`analysis.cubes.Cube.time_index`.
    window
        The picture.
    mean
        Average the cells under each pixel rather than take the one at its centre.

    Returns
    -------
    tuple
        Array of float32, shape (y, x), NaN outside; and the attributes of the picture.
    """
    snapshot = judged.snapshot
    step = snapshot.time_index(time)
    read, levels = judged.at(step), len(judged.maps)
    axes = (snapshot.latitude, snapshot.longitude)
    if window.separable:
        picture, level = separable_view(window, *axes, levels, read, mean=mean)
    else:
        picture, level = projected_view(window, *axes, levels, read)
    attrs = {"crs": window.crs, "level": level, "time": snapshot.meta.times[step]}
    return picture, {**attrs, "time_index": step}


class JudgedLevels:
    """Cells of all levels of a cube, judged by its norm.

    Cells are judged first and averaged then, so that a block of which some cells are missing is
    not compared with the norm of others; where a window holds too many cells for that, means of
    blocks are judged by the means of their norms.

    Parameters
    ----------
    snapshot
        State of the cube.
    key
        What the norm is made of.
    array
        Opens its arrays.
    levels
        The coarsest level of the norm.
    standard
        True for Z, False for departures.
    """

    def __init__(
        self, snapshot: Snapshot, key: NormKey, array: ReadArray, levels: int, *, standard: bool
    ) -> None:
        self.snapshot, self.key, self.array, self.levels = snapshot, key, array, levels
        self.maps = snapshot.map_arrays(key.variable)
        self.names = STATISTICS[:2] if standard else STATISTICS[:1]

    def at(self, step: int) -> Callable[[int, slice, slice], npt.NDArray[np.float32]]:
        """Reader of the judged cells at one time step.

        Parameters
        ----------
        step
            Position in time.

        Returns
        -------
        callable
            ``read(level, rows, columns)``.
        """
        slot = int(self.key.season.slots(self.snapshot.meta.times[step : step + 1])[0])

        def read(level: int, rows: slice, columns: slice) -> npt.NDArray[np.float32]:
            cells = (rows.stop - rows.start) * (columns.stop - columns.start)
            up = 0
            while up < level and cells << 2 * (up + 1) <= MOST_CELLS:
                up += 1
            up = max(up, level - self.levels)
            judged = self._judge(level - up, rows, columns, up, step, slot)
            for _ in range(up):
                judged = halve(judged)
            return judged

        return read

    def _judge(
        self, level: int, rows: slice, columns: slice, up: int, step: int, slot: int
    ) -> npt.NDArray[np.float32]:
        """Judge the cells of a level that lie under some cells of a level further up."""
        _, height, width = self.maps[level].shape
        part = (
            slice(rows.start << up, min(rows.stop << up, height)),
            slice(columns.start << up, min(columns.stop << up, width)),
        )
        reads = [self.maps[level][step, *part].read()]
        reads += [self.array(name, level)[slot, *part].read() for name in self.names]
        value, mean, *spread = (np.asarray(one.result()) for one in reads)
        apart = value - mean
        if spread:
            apart /= np.where(spread[0] > 0, spread[0], np.float32(np.nan))
        return np.ascontiguousarray(apart)
