"""Windows on a map: which cells a picture of a given size and projection shows."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analysis.cubes.axis import Floats

Bounds = tuple[float, float, float, float]
_RADIUS = 6378137.0
_WORLD = math.pi * _RADIUS
"""Half the width of the world in Web Mercator, metres."""
_MOST_PIXELS = 64_000_000


@dataclass(frozen=True)
class Window:
    """A picture: its place, size and projection.

    Parameters
    ----------
    bounds : tuple of float
        (west, south, east, north) in the units of `crs`; in degrees, west > east crosses the date
        line, and x may run beyond the world.
    width, height : int
        Pixels.
    crs : str
        ``"EPSG:4326"``, ``"EPSG:3857"`` or anything that pyproj knows.

    Raises
    ------
    ValueError
        The window is empty or its size is not a positive number of pixels.
    """

    bounds: Bounds
    width: int
    height: int
    crs: str = "EPSG:4326"

    def __post_init__(self) -> None:
        west, south, east, north = (float(one) for one in self.bounds)
        if self.crs == "EPSG:4326" and west > east:
            east += 360.0
        if (
            not all(map(math.isfinite, (west, south, east, north, east - west, north - south)))
            or west >= east
            or south >= north
        ):
            message = f"The window {self.bounds} is empty; "
            raise ValueError(message + "give (west, south, east, north) with south < north.")
        if self.width < 1 or self.height < 1 or self.width * self.height > _MOST_PIXELS:
            message = f"A picture of {self.width} x {self.height} pixels cannot be made; "
            raise ValueError(message + f"it needs at least one and at most {_MOST_PIXELS}.")
        object.__setattr__(self, "bounds", (west, south, east, north))

    @property
    def x(self) -> Floats:
        """Centres of the pixel columns, shape (x,), in the units of the projection."""
        return _centres(self.bounds[0], self.bounds[2], self.width)

    @property
    def y(self) -> Floats:
        """Centres of the pixel rows, shape (y,), southernmost first."""
        return _centres(self.bounds[1], self.bounds[3], self.height)

    def degrees(self) -> Bounds:
        """(west, south, east, north) in degrees, east >= west.

        Raises
        ------
        ValueError
            The projection's rows are not latitudes.
        """
        if not self.separable:
            raise ValueError(f"Bounds in EPSG:4326 or EPSG:3857 are needed, not {self.crs!r}.")
        to_longitude, to_latitude = SEPARABLE[self.crs]
        west, east = (float(one) for one in to_longitude(np.array(self.bounds[0::2])))
        south, north = (float(one) for one in to_latitude(np.array(self.bounds[1::2])))
        return west, south, east, north

    @property
    def separable(self) -> bool:
        """Whether longitude depends on x alone and latitude on y alone."""
        return self.crs in SEPARABLE


def _centres(start: float, stop: float, count: int) -> Floats:
    step = (stop - start) / count
    return np.asarray(start + step * (np.arange(count) + 0.5))


def _mercator_latitude(y: Floats) -> Floats:
    return np.asarray(np.degrees(2 * np.arctan(np.exp(y / _RADIUS)) - math.pi / 2))


def _mercator_longitude(x: Floats) -> Floats:
    return np.asarray(x * (180.0 / _WORLD))


def _same(values: Floats) -> Floats:
    return values


SEPARABLE: dict[str, tuple[Callable[[Floats], Floats], Callable[[Floats], Floats]]] = {
    "EPSG:4326": (_same, _same),
    "EPSG:3857": (_mercator_longitude, _mercator_latitude),
}
