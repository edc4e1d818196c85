"""Cells of a lattice as they lie in the window of a Mercator map."""

from __future__ import annotations

from typing import Any

import contourpy
import numpy as np
import numpy.typing as npt

from analysis.cells.lattice import Lattice
from apps.views.geometry import to_degrees, to_mercator
from apps.views.state import Bounds

LEAST_CORNERS = 4


def picture(
    values: npt.NDArray[Any], lattice: Lattice, window: Bounds, width: int, height: int
) -> npt.NDArray[Any]:
    """Return the cells (y, x) that the pixels of a window lie in, row 0 in the south.

    Parameters
    ----------
    values
        (row, column) of the lattice.
    lattice
        The cells.
    window
        West, south, east, north in Mercator metres; it may lie beyond the world.
    width, height
        Size of the picture, pixels.

    Returns
    -------
    numpy.ndarray
        (height, width) of the type of `values`; NaN (0 for whole numbers) outside the lattice.

    Examples
    --------
    >>> lattice = Lattice.from_bounds((0, 0, 2, 1), 1)
    >>> from apps.views.geometry import mercator_bounds
    >>> shown = picture(np.array([[1.0, 2.0]]), lattice, mercator_bounds((0, 0, 4, 1)), 4, 1)
    >>> shown.tolist()
    [[1.0, 2.0, nan, nan]]
    """
    west, south, east, north = window
    x = west + (np.arange(width) + 0.5) * (east - west) / width
    y = south + (np.arange(height) + 0.5) * (north - south) / height
    longitude, _latitude = to_degrees(x, np.zeros(width))
    _longitude, latitude = to_degrees(np.zeros(height), y)
    size, edge = lattice.resolution, lattice.longitude_edges[0]
    columns = np.floor(((longitude - edge) % 360.0) / size).astype(np.intp)
    rows = np.floor((latitude - lattice.latitude_edges[0]) / size).astype(np.intp)
    across = (columns >= 0) & (columns < lattice.columns)
    along = (rows >= 0) & (rows < lattice.rows)
    empty = np.nan if values.dtype.kind == "f" else 0
    shown = np.full((height, width), empty, values.dtype)
    shown[np.ix_(along, across)] = values[np.ix_(rows[along], columns[across])]
    return shown


def contours(
    values: npt.NDArray[Any], lattice: Lattice, levels: list[float], centre: float
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], list[tuple[float, float, float]]]:
    """Return contours through the middles of the cells as NaN-joined Mercator lines.

    Parameters
    ----------
    values
        (row, column) of the lattice.
    lattice
        The cells.
    levels
        Values of the contours.
    centre
        x of the middle of the window, metres: the world is taken that is nearest to it.

    Returns
    -------
    tuple
        x, y (vertex), and a place with its level for each level drawn.
    """
    lons, lats = lattice.longitude_edges, lattice.latitude_edges
    x, _ = to_mercator((lons[:-1] + lons[1:]) / 2, np.zeros(lattice.columns))
    _, y = to_mercator(np.zeros(lattice.rows), (lats[:-1] + lats[1:]) / 2)
    turn = to_mercator(360.0, 0.0)[0]
    x = x + np.round((centre - x.mean()) / turn) * turn
    nothing = np.empty(0)
    if lattice.rows < 2 or lattice.columns < 2:
        return nothing, nothing, []
    generator = contourpy.contour_generator(x, y, np.ma.masked_invalid(values))
    xs: list[Any] = []
    ys: list[Any] = []
    labels = []
    for level in levels:
        parts = [part for part in generator.lines(level) if len(part) >= LEAST_CORNERS]
        for part in parts:
            xs += [part[:, 0], [np.nan]]
            ys += [part[:, 1], [np.nan]]
        if parts:
            longest = max(parts, key=len)
            middle = longest[len(longest) // 2]
            labels.append((float(middle[0]), float(middle[1]), level))
    if not xs:
        return nothing, nothing, []
    return np.concatenate(xs), np.concatenate(ys), labels
