"""A classified map as pictures of any window: classes, probabilities, uncertainty as indices."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from apps.views.geometry import to_degrees
from apps.views.state import Bounds

Indices = npt.NDArray[np.uint8]
EMPTY: Indices = np.zeros((1, 1), np.uint8)


def places(axis: Any, wanted: Any) -> npt.NDArray[np.int64]:
    """Return the position of the cell that holds each coordinate; -1 outside.

    Parameters
    ----------
    axis : array
        Centres of the cells, ascending.
    wanted : array
        Coordinates, any order.

    Examples
    --------
    >>> places([0.5, 1.5, 2.5], [-0.1, 0.0, 1.2, 2.9, 3.1]).tolist()
    [-1, 0, 1, 2, -1]
    """
    centres, where = np.asarray(axis, float), np.asarray(wanted, float)
    if len(centres) == 1:
        return np.where(np.abs(where - centres[0]) <= 0.5, 0, -1)
    middle = (centres[1:] + centres[:-1]) / 2
    first = centres[0] - (middle[0] - centres[0])
    last = centres[-1] + (centres[-1] - middle[-1])
    found = np.searchsorted(middle, where, side="right")
    return np.where((where >= first) & (where <= last), found, -1)


def picture(
    values: Any, longitudes: Any, latitudes: Any, window: Bounds, width: int, height: int
) -> Indices:
    """Cut a window of Web Mercator out of indices by the cell at each pixel's centre.

    Parameters
    ----------
    values : array of uint8
        (latitude, longitude), both ascending; 0 is nothing.
    longitudes, latitudes : array
        Centres of the cells, degrees.
    window : tuple of float
        West, south, east, north, metres of EPSG:3857.
    width, height : int
        Pixels.

    Returns
    -------
    numpy.ndarray
        uint8, (height, width), row 0 in the south; 0 outside.
    """
    west, south, east, north = window
    x = west + (np.arange(width) + 0.5) * (east - west) / width
    y = south + (np.arange(height) + 0.5) * (north - south) / height
    columns = places(longitudes, to_degrees(x, np.zeros(width))[0])
    rows = places(latitudes, to_degrees(np.zeros(height), y)[1])
    inside_x, inside_y = np.flatnonzero(columns >= 0), np.flatnonzero(rows >= 0)
    out = np.zeros((height, width), np.uint8)
    if len(inside_x) and len(inside_y):
        cut = np.asarray(values[rows[inside_y]][:, columns[inside_x]], np.uint8)
        out[np.ix_(inside_y, inside_x)] = cut
    return out


def shares(values: Any, known: Any) -> Indices:
    """Turn shares between 0 and 1 into indices 1 to 255, 0 where nothing is known.

    >>> shares(np.array([0.0, 0.5, 1.0, 0.7]), np.array([True, True, True, False])).tolist()
    [1, 128, 255, 0]
    """
    scaled = np.clip(np.asarray(values, np.float32), 0, 1) * np.float32(254) + np.float32(1.5)
    return np.where(known, np.nan_to_num(scaled), 0).astype(np.uint8)
