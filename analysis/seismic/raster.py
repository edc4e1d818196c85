"""Images of events: one small number per pixel, the class of the largest magnitude there."""

from __future__ import annotations

import math
from typing import Any

import datashader as ds
import numpy as np
import pandas as pd
from numba import njit
from numpy.typing import ArrayLike, NDArray

Bounds = tuple[float, float, float, float]

MERCATOR_WORLD = 2 * math.pi * 6378137.0
"""Width of the world in Web Mercator, m."""

CLASS_EDGES: tuple[float, ...] = (4.0, 5.0, 6.0, 7.0, 8.0)
"""Magnitudes where the next class begins: class 1 is below the first, class 6 from 8.0 up."""

CLASS_RADII: tuple[float, ...] = (1.0, 1.5, 2.0, 3.5, 5.5, 8.0)
"""Radius of the dot of each class, pixels."""


def magnitude_classes(magnitude: ArrayLike) -> NDArray[np.uint8]:
    """Return the class of each magnitude, from 1 (small or unknown) to 6 (8.0 and more).

    Parameters
    ----------
    magnitude
        Magnitudes, any shape.

    Returns
    -------
    numpy.ndarray
        Classes, uint8, the same shape.

    Examples
    --------
    >>> magnitude_classes([3.9, 4.0, 7.99, 8.0, float("nan")])
    array([1, 2, 5, 6, 1], dtype=uint8)
    """
    values = np.nan_to_num(np.asarray(magnitude, dtype=np.float64), nan=-np.inf)
    return np.asarray(np.digitize(values, CLASS_EDGES) + 1, dtype=np.uint8)


def event_classes(
    x: ArrayLike,
    y: ArrayLike,
    magnitude: ArrayLike,
    bounds: Bounds,
    width: int,
    height: int,
    *,
    period: float | None = MERCATOR_WORLD,
) -> NDArray[np.uint8]:
    """Return the image of events as magnitude classes; dots grow with the magnitude.

    Datashader keeps the largest magnitude of each pixel; every such pixel then gets a round dot
    of its class, larger classes on top. The cost hardly depends on the number of events.

    Parameters
    ----------
    x, y
        Positions (n): Web Mercator metres, or any other plane.
    magnitude
        Magnitudes (n); an event without one is drawn in the lowest class.
    bounds
        West, south, east, north of the image in the units of x and y. West and east may lie beyond
        the world, which then repeats.
    width, height
        Size of the image, pixels.
    period
        Width of the world in the units of x; 360 for degrees, None for a plane that does not
        repeat.

    Returns
    -------
    numpy.ndarray
        Classes (y, x), uint8, row 0 in the south: 0 no event, 1 to 6 the class of
        :func:`magnitude_classes`.

    Raises
    ------
    ValueError
        If the bounds are empty or not finite, or the image has no pixel.

    Examples
    --------
    The image one world further east is the same image:

    >>> here = event_classes([10.0], [0.0], [7.5], (0, -50, 100, 50), 50, 50, period=360)
    >>> there = event_classes([10.0], [0.0], [7.5], (360, -50, 460, 50), 50, 50, period=360)
    >>> int(here.max()), bool((here == there).all())
    (5, True)
    """
    west, south, east, north = check_view(bounds, width, height)
    margin = math.ceil(max(CLASS_RADII))
    pad_x, pad_y = margin * (east - west) / width, margin * (north - south) / height
    view = (west - pad_x, south - pad_y, east + pad_x, north + pad_y)
    xs, ys = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    rows, shifted = copies(xs, ys, view, period)
    if rows.size == 0:
        return np.zeros((height, width), dtype=np.uint8)
    classes = magnitude_classes(np.asarray(magnitude, dtype=np.float64)[rows])
    points = pd.DataFrame({"x": shifted, "y": ys[rows], "class": classes.astype(np.float32)})
    canvas = ds.Canvas(
        plot_width=width + 2 * margin,
        plot_height=height + 2 * margin,
        x_range=(view[0], view[2]),
        y_range=(view[1], view[3]),
    )
    largest = canvas.points(points, "x", "y", agg=ds.max("class")).to_numpy()
    dots = _spread(np.nan_to_num(largest).astype(np.uint8), np.asarray(CLASS_RADII))
    return dots[margin : margin + height, margin : margin + width].copy()


def largest_in_view(
    events: pd.DataFrame,
    bounds: Bounds,
    n: int = 1500,
    *,
    x: str = "longitude",
    y: str = "latitude",
    period: float | None = 360.0,
) -> pd.DataFrame:
    """Return the largest events in a view, placed where the view shows them.

    Parameters
    ----------
    events
        Events with ``mag`` and the two columns of positions.
    bounds
        West, south, east, north in the units of the positions. West greater than east crosses the
        date line; west and east may lie beyond the world.
    n
        The most rows to return.
    x, y
        Names of the columns of positions.
    period
        Width of the world in the units of x: 360 for degrees, :data:`MERCATOR_WORLD` for Web
        Mercator, None for a plane that does not repeat.

    Returns
    -------
    pandas.DataFrame
        At most n rows, largest magnitude first. The column x is moved by whole worlds into the
        view; an event that the view shows twice has two rows.

    Raises
    ------
    ValueError
        If n is negative or the bounds are empty or not finite.

    Examples
    --------
    >>> events = pd.DataFrame(
    ...     {"longitude": [-179.0, 5.0], "latitude": [0.0, 0.0], "mag": [6.0, 9.0]}
    ... )
    >>> largest_in_view(events, (170, -10, 190, 10))["longitude"].to_list()
    [181.0]
    """
    if n < 0:
        msg = f"The number of events is {n}; it must be 0 or more."
        raise ValueError(msg)
    west, south, east, north = bounds
    if period is not None and west > east:
        east += period
    view = check_view((west, south, east, north), 1, 1)
    xs = events[x].to_numpy(dtype=np.float64)
    rows, shifted = copies(xs, events[y].to_numpy(dtype=np.float64), view, period)
    magnitudes = np.nan_to_num(events["mag"].to_numpy(dtype=np.float64)[rows], nan=-np.inf)
    if rows.size > n:
        best = np.argpartition(-magnitudes, n)[:n] if n else np.empty(0, dtype=np.intp)
    else:
        best = np.arange(rows.size)
    best = best[np.argsort(-magnitudes[best], kind="stable")]
    return events.iloc[rows[best]].assign(**{x: shifted[best]})


def check_view(bounds: Bounds, width: int, height: int) -> Bounds:
    """Return the bounds as floats, or say what is wrong."""
    west, south, east, north = (float(value) for value in bounds)
    if not all(map(math.isfinite, (west, south, east, north))) or west >= east or south >= north:
        msg = f"The bounds are {bounds}; give finite west < east and south < north."
        raise ValueError(msg)
    if width < 1 or height < 1:
        msg = f"The image is {width} x {height} pixels; it needs at least 1 x 1."
        raise ValueError(msg)
    return west, south, east, north


def copies(
    x: NDArray[np.float64], y: NDArray[np.float64], view: Bounds, period: float | None
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return the rows seen in a view and their x there, for every world that the view shows."""
    west, south, east, north = view
    in_band = np.flatnonzero((y >= south) & (y <= north) & np.isfinite(x))
    band = x[in_band]
    if band.size == 0:
        return in_band, band
    if period is None:
        turns: Any = (0,)
    else:
        first = math.floor((west - band.max()) / period)
        turns = range(first, math.ceil((east - band.min()) / period) + 1)
    rows, places = [], []
    for turn in turns:
        moved = band + turn * period if turn else band
        seen = (moved >= west) & (moved <= east)
        rows.append(in_band[seen])
        places.append(moved[seen])
    return np.concatenate(rows), np.concatenate(places)


@njit(nogil=True, cache=True)
def _spread(classes: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """Return the image with a dot of the class's radius round every coloured pixel."""
    height, width = classes.shape
    result = classes.copy()
    for row in range(height):
        for column in range(width):
            value = classes[row, column]
            if value == 0:
                continue
            reach = radii[value - 1]
            steps = int(reach)
            for r in range(max(0, row - steps), min(height, row + steps + 1)):
                for c in range(max(0, column - steps), min(width, column + steps + 1)):
                    near = (r - row) ** 2 + (c - column) ** 2 <= reach * reach
                    if near and result[r, c] < value:
                        result[r, c] = value
    return result
