"""Points spread over the boxes of a lattice by a kernel on the sphere, nothing lost."""

from __future__ import annotations

from typing import Any, Final

import numba as nb
import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.cells.cells import EARTH_RADIUS_KM
from analysis.cells.lattice import Lattice

KERNELS: Final = {"gaussian": 4.0, "power": 20.0}
"""Kernels, and how many widths they reach."""
_FINEST = 5  # sides of a box are cut into at most so many parts


def spread(
    longitude: ArrayLike,
    latitude: ArrayLike,
    weights: ArrayLike,
    widths: ArrayLike,
    places: Lattice,
    kernel: str = "gaussian",
) -> NDArray[np.float64]:
    """Spread weights of points over boxes, each point by a kernel of its own width.

    With r the distance along the great circle and d the width, "gaussian" is
    ``exp(-r**2 / (2 d**2))`` to 4 d, "power" is ``(r**2 + d**2)**-1.5`` (Helmstetter, Kagan and
    Jackson 2007, doi:10.1785/gssrl.78.1.78) to 20 d. A box takes the kernel's mean over the box
    times its area; boxes near the point are sampled more finely where the kernel is narrow. The
    boxes of the whole globe, also those outside the block, share a point's weight to the last bit:
    what a region does not get lies outside the region.

    Parameters
    ----------
    longitude, latitude
        Points (event,), degrees.
    weights
        Weights (event,).
    widths
        Widths (event,), km.
    places
        Boxes.
    kernel
        "gaussian" or "power".

    Returns
    -------
    numpy.ndarray
        Weight in each box (cell,).

    Raises
    ------
    ValueError
        The kernel is unknown, a width is not positive, or a point is impossible.

    Examples
    --------
    On the globe the sum is kept, also at a pole and at the date line:

    >>> globe = Lattice.from_bounds((-180, -90, 180, 90), 2)
    >>> field = spread([180, 20], [10, 89.9], [1, 3], [300, 500], globe)
    >>> round(float(field.sum()), 12), bool(field.min() >= 0)
    (4.0, True)
    """
    if kernel not in KERNELS:
        raise ValueError(f"kernel={kernel!r} is unknown; it is one of {', '.join(KERNELS)}.")
    points = [np.asarray(one, dtype=np.float64) for one in (longitude, latitude, weights)]
    widths = np.asarray(np.broadcast_to(np.asarray(widths, np.float64), points[0].shape))
    if not np.isfinite(widths).all() or (widths <= 0).any():
        raise ValueError("A width of a kernel is not a positive number of km.")
    if not np.isfinite(points).all() or (np.abs(points[1]) > 90).any():
        raise ValueError("A place or weight of an event is missing or impossible; drop it first.")
    out = np.zeros(places.size)
    block = np.array([places.column, places.row, places.columns, places.rows], dtype=np.int64)
    _spread(*points, widths, kernel == "power", KERNELS[kernel], places.per_half_turn, block, out)
    return out


def area_shares(places: Lattice) -> NDArray[np.float64]:
    """Return the share of every box in the area of its block, on the sphere.

    Parameters
    ----------
    places
        Boxes.

    Returns
    -------
    numpy.ndarray
        Shares (cell,), which sum to 1.

    Examples
    --------
    Half of the globe lies within 30 degrees of the equator:

    >>> globe = Lattice.from_bounds((-180, -90, 180, 90), 0.5)
    >>> shares = area_shares(globe).reshape(globe.rows, globe.columns)
    >>> round(float(shares[120:240].sum()), 12)
    0.5
    """
    heights = np.diff(np.sin(np.deg2rad(places.latitude_edges)))
    shares = np.repeat(heights, places.columns)
    return np.asarray(shares / shares.sum())


@nb.njit(nogil=True, cache=True)
def _value(chord2: float, width: float, power: bool) -> float:
    """Return the kernel at a squared chord of the unit sphere."""
    if chord2 < 0.1:  # the arc by its series, right to 1e-5
        arc2 = chord2 * (1 + chord2 / 12 + chord2 * chord2 / 90)
    else:
        arc2 = (2 * np.arcsin(min(np.sqrt(chord2) / 2, 1.0))) ** 2
    ratio = arc2 * (EARTH_RADIUS_KM / width) ** 2
    return 1 / ((ratio + 1) * np.sqrt(ratio + 1)) if power else np.exp(-ratio / 2)


@nb.njit(nogil=True, cache=True)
def _mean(  # noqa: PLR0913
    east: float, sine: float, cosine: float, west: float, south: float, size: float, parts: int,
    width: float, power: bool,
) -> float:  # fmt: skip
    """Return the mean of the kernel over a box, sampled at the middles of equal parts."""
    total = 0.0
    step = size / parts
    for i in range(parts):
        north = np.deg2rad(south + (i + 0.5) * step)
        s, c = np.sin(north), np.cos(north)
        base = (s - sine) ** 2 + (c - cosine) ** 2
        for j in range(parts):
            turn = np.cos(np.deg2rad(west + (j + 0.5) * step - east))
            total += _value(base + 2 * c * cosine * (1 - turn), width, power)
    return total / parts**2


@nb.njit(nogil=True, cache=True)
def _side(cos_angle: float, sines: float, cosines: float, size: float, half: int) -> int:
    """Return how many columns on each side lie within an angle of a point in one row, or -1."""
    turn = (cos_angle - sines) / max(cosines, 1e-300)
    if turn > 1:
        return -1
    if turn <= -1:
        return half
    return min(int(np.rad2deg(np.arccos(turn)) / size) + 1, half)


@nb.njit(nogil=True, cache=True)
def _sample(  # noqa: PLR0913
    east: float, north: float, width: float, power: bool, reach: float, half: int, found: Any,
    values: Any, turns: Any,
) -> tuple[int, float]:  # fmt: skip
    """Fill in the boxes round a point and what the kernel gives them; return number and sum."""
    size = 180.0 / half
    height = np.deg2rad(size) * EARTH_RADIUS_KM
    sine, cosine = np.sin(np.deg2rad(north)), np.cos(np.deg2rad(north))
    angle = min(reach * width / EARTH_RADIUS_KM, np.pi)
    parts = min(_FINEST, int(np.ceil(height / width)))
    near2 = (2.5 * height / EARTH_RADIUS_KM) ** 2 if parts > 1 else -1.0
    low = max(0, int(np.floor((north - np.rad2deg(angle) + 90) / size)))
    high = min(half - 1, int(np.floor((north + np.rad2deg(angle) + 90) / size)))
    own = int(np.floor((east + 180) / size))
    number, total, known = 0, 0.0, -1
    for row in range(low, high + 1):
        south = row * size - 90
        s, c = np.sin(np.deg2rad(south + size / 2)), np.cos(np.deg2rad(south + size / 2))
        area = np.sin(np.deg2rad(south + size)) - np.sin(np.deg2rad(south))
        side = _side(np.cos(angle), s * sine, c * cosine, size, half)
        if side < 0 and abs(south + size / 2 - north) < 1.5 * size:
            side = 1  # the middles are out of reach, parts of the boxes need not be
        for step in range(known + 1, side + 1):  # 1 - cos of the difference of longitude
            turns[half + step] = 1 - np.cos(np.deg2rad((own + step + 0.5) * size - 180 - east))
            turns[half - step] = 1 - np.cos(np.deg2rad((own - step + 0.5) * size - 180 - east))
        known = max(known, side)
        base = (s - sine) ** 2 + (c - cosine) ** 2
        for step in range(-side, min(side, half - 1) + 1):
            chord2 = base + 2 * c * cosine * turns[half + step]
            if chord2 < near2:
                west = (own + step) * size - 180
                value = _mean(east, sine, cosine, west, south, size, parts, width, power)
            else:
                value = _value(chord2, width, power)
            found[number] = row * 2 * half + (own + step) % (2 * half)
            values[number] = value * area
            total += values[number]
            number += 1
    return number, total


@nb.njit(nogil=True, cache=True)
def _spread(  # noqa: PLR0913
    longitude: Any, latitude: Any, weights: Any, widths: Any, power: bool, reach: float, half: int,
    block: Any, out: Any,
) -> None:  # fmt: skip
    """Add the share of every box in every point."""
    found, values = np.empty(2 * half * half, np.int64), np.empty(2 * half * half)
    turns = np.empty(2 * half + 1)
    for event in range(longitude.size):
        east, north, width = longitude[event], latitude[event], widths[event]
        number, total = _sample(east, north, width, power, reach, half, found, values, turns)
        if total <= 1e-280:  # narrower than anything sampled: all in the box of the point
            column = int(np.floor((east + 180) / 180 * half)) % (2 * half)
            found[0] = min(half - 1, int((north + 90) / 180 * half)) * 2 * half + column
            number, total, values[0] = 1, 1.0, 1.0
        for one in range(number):
            row = found[one] // (2 * half) - block[1]
            column = (found[one] % (2 * half) - block[0]) % (2 * half)
            if 0 <= row < block[3] and column < block[2]:
                out[row * block[2] + column] += weights[event] * values[one] / total
