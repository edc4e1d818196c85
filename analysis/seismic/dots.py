"""Images of events as round dots: size by magnitude, colour by a class of anything."""

from __future__ import annotations

import math

import datashader as ds
import numpy as np
import pandas as pd
from numba import njit
from numpy.typing import ArrayLike, NDArray

from analysis.seismic.raster import MERCATOR_WORLD, Bounds, check_view, copies, magnitude_classes

DOT_RADII: tuple[float, ...] = (1.0, 1.5, 2.3, 3.6, 5.6, 8.5)
"""Radius of the dot of each class of magnitude, pixels."""

RING = 7
"""Number of the dark rim of a dot."""

FAINT = 8
"""Number of the pixels of events that are shown faintly."""

SHADES = 6
"""Classes of colour, from 1."""

_RIMMED = 1.6  # pixels: smaller dots have no rim


def event_dots(  # noqa: PLR0913 - positions, two looks, and the view
    x: ArrayLike,
    y: ArrayLike,
    magnitude: ArrayLike,
    shade: ArrayLike,
    bounds: Bounds,
    width: int,
    height: int,
    *,
    period: float | None = MERCATOR_WORLD,
    faint: tuple[ArrayLike, ArrayLike] | None = None,
) -> NDArray[np.uint8]:
    """Return the image of events: a dot each, larger magnitudes larger and on top.

    Datashader keeps one event of each pixel, the one of the highest class of magnitude and among
    these of the highest shade; every such pixel then gets its dot. The cost hardly depends on the
    number of events.

    Parameters
    ----------
    x, y
        Positions, (n): Web Mercator metres, or any other plane.
    magnitude
        Magnitudes, (n); an event without one gets the smallest dot.
    shade
        Classes of colour, (n), whole numbers from 1 to 6.
    bounds
        West, south, east, north of the image in the units of x and y.
    width, height
        Size of the image, pixels.
    period
        Width of the world in the units of x; None for a plane that does not repeat.
    faint
        x and y of further events, (m) each, shown as faint specks where no dot is.

    Returns
    -------
    numpy.ndarray
        (y, x), uint8, row 0 in the south: 0 nothing, 1 to 6 the shade, 7 the rim of a dot, 8 a
        faint event.

    Raises
    ------
    ValueError
        If the bounds are empty or not finite, the image has no pixel, or a shade is not 1 to 6.

    Examples
    --------
    A large event covers a small one at the same place, whatever their order:

    >>> view = ((0, 0, 20, 20), 20, 20)
    >>> one = event_dots([10, 10], [10, 10], [3.0, 8.0], [1, 5], *view, period=None)
    >>> two = event_dots([10, 10], [10, 10], [8.0, 3.0], [5, 1], *view, period=None)
    >>> bool((one == two).all()), int(one[10, 10]), 1 in one
    (True, 5, False)
    """
    view = check_view(bounds, width, height)
    shades = np.asarray(shade)
    if shades.size and not (shades.min() >= 1 and shades.max() <= SHADES):
        msg = f"The shades go from {shades.min()} to {shades.max()}; 1 to {SHADES} are allowed."
        raise ValueError(msg)
    sizes = magnitude_classes(magnitude)
    code = sizes.astype(np.float32) * 16 + shades.astype(np.float32)
    largest = _largest(x, y, code, view, (width, height), period)
    dots = _paint(largest, np.asarray(DOT_RADII))
    if faint is not None:
        here = _largest(*faint, None, view, (width, height), period)
        dots[(dots == 0) & (_fattened(here) > 0)] = FAINT
    margin = _margin()
    return dots[margin : margin + height, margin : margin + width].copy()


def _margin() -> int:
    """Pixels round the image from which a dot may reach into it."""
    return math.ceil(max(DOT_RADII))


def _largest(
    x: ArrayLike,
    y: ArrayLike,
    code: NDArray[np.float32] | None,
    bounds: Bounds,
    size: tuple[int, int],
    period: float | None,
) -> NDArray[np.uint8]:
    """Return the highest code of each pixel (1 without codes), with a margin on every side."""
    west, south, east, north = bounds
    (width, height), margin = size, _margin()
    pad_x, pad_y = margin * (east - west) / width, margin * (north - south) / height
    view = (west - pad_x, south - pad_y, east + pad_x, north + pad_y)
    shape = (height + 2 * margin, width + 2 * margin)
    xs, ys = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    rows, shifted = copies(xs, ys, view, period)
    if rows.size == 0:
        return np.zeros(shape, dtype=np.uint8)
    codes = np.ones(rows.size, dtype=np.float32) if code is None else code[rows]
    points = pd.DataFrame({"x": shifted, "y": ys[rows], "code": codes})
    canvas = ds.Canvas(
        plot_width=shape[1],
        plot_height=shape[0],
        x_range=(view[0], view[2]),
        y_range=(view[1], view[3]),
    )
    found = canvas.points(points, "x", "y", agg=ds.max("code")).to_numpy()
    return np.nan_to_num(found).astype(np.uint8)


def _fattened(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the image with every speck two pixels wide and high."""
    fat = image.copy()
    fat[1:] |= image[:-1]
    fat[:, 1:] |= fat[:, :-1].copy()
    return fat


@njit(nogil=True, cache=True)
def _paint(codes: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """Return shades and rims: a dot round every coloured pixel, higher codes on top."""
    height, width = codes.shape
    top = np.zeros((height, width), np.uint8)
    result = np.zeros((height, width), np.uint8)
    for row in range(height):
        for column in range(width):
            code = codes[row, column]
            if code == 0:
                continue
            reach = radii[(code >> 4) - 1]
            steps = int(reach)
            inner = (reach - 1.0) * (reach - 1.0) if reach >= _RIMMED else reach * reach
            for r in range(max(0, row - steps), min(height, row + steps + 1)):
                for c in range(max(0, column - steps), min(width, column + steps + 1)):
                    far = (r - row) ** 2 + (c - column) ** 2
                    if far > reach * reach:
                        continue
                    fill = far <= inner
                    over = code > top[r, c] or (code == top[r, c] and fill)
                    if over:
                        top[r, c] = code
                        result[r, c] = code & 15 if fill else 7
    return result
