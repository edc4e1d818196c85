"""Web Mercator arithmetic and line layers that are cut to the window they are drawn in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from apps.views.state import LATITUDE_LIMIT, Bounds

Floats = npt.NDArray[np.float64]

RADIUS = 6378137.0  # metres, the sphere of EPSG:3857
HALF_WORLD = float(np.pi * RADIUS)
WORLD_WIDTH = 2 * HALF_WORLD


def to_mercator(longitude: npt.ArrayLike, latitude: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Project degrees to EPSG:3857 metres; latitudes are held within +-85 degrees.

    >>> x, y = to_mercator([0.0, 180.0], [0.0, 0.0])
    >>> bool(np.allclose(x, [0.0, HALF_WORLD]) and np.allclose(y, 0.0))
    True
    """
    held = np.clip(np.asarray(latitude, float), -LATITUDE_LIMIT, LATITUDE_LIMIT)
    x = np.radians(np.asarray(longitude, float)) * RADIUS
    return x, RADIUS * np.log(np.tan(np.pi / 4 + np.radians(held) / 2))


def to_degrees(x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Invert :func:`to_mercator`; x beyond the world gives longitudes beyond 180.

    >>> lon, lat = to_degrees(*to_mercator([299.0, 76.95], [-3.0, 43.24]))
    >>> bool(np.allclose(lon, [299.0, 76.95]) and np.allclose(lat, [-3.0, 43.24]))
    True
    """
    longitude = np.degrees(np.asarray(x, float) / RADIUS)
    return longitude, np.degrees(2 * np.arctan(np.exp(np.asarray(y, float) / RADIUS)) - np.pi / 2)


def mercator_bounds(bounds: Bounds) -> Bounds:
    """Return west, south, east, north in metres for bounds in degrees."""
    x, y = to_mercator([bounds[0], bounds[2]], [bounds[1], bounds[3]])
    return float(x[0]), float(y[0]), float(x[1]), float(y[1])


def degree_bounds(bounds: Bounds) -> Bounds:
    """Return west, south, east, north in degrees for bounds in metres."""
    longitude, latitude = to_degrees([bounds[0], bounds[2]], [bounds[1], bounds[3]])
    return float(longitude[0]), float(latitude[0]), float(longitude[1]), float(latitude[1])


def fit_bounds(bounds: Bounds, width: float, height: float) -> Bounds:
    """Widen Mercator bounds around their centre to the shape of the frame, in pixels."""
    west, south, east, north = bounds
    scale = max((east - west) / max(width, 1), (north - south) / max(height, 1))
    half_x, half_y = scale * width / 2, scale * height / 2
    x, y = (west + east) / 2, (south + north) / 2
    return x - half_x, y - half_y, x + half_x, y + half_y


def graticule(step: float = 10.0) -> list[Any]:
    """Return meridians and parallels as shapely lines, every `step` degrees."""
    meridians = [
        shapely.LineString([(lon, -LATITUDE_LIMIT), (lon, LATITUDE_LIMIT)])
        for lon in np.arange(-180.0, 180.0, step)
    ]
    top = step * np.floor(LATITUDE_LIMIT / step)
    parallels = [
        shapely.LineString([(-180.0, lat), (180.0, lat)]) for lat in np.arange(-top, top + 1, step)
    ]
    return meridians + parallels


@dataclass(frozen=True)
class LineLayer:
    """Lines in Mercator metres, cut to a window on request.

    ``x, y`` hold all vertices, ``first`` the start of each line (with the end of the last one
    appended) and ``boxes`` the west, south, east, north of each line, shape (line, 4).
    """

    x: Floats
    y: Floats
    first: npt.NDArray[np.int64]
    boxes: Floats

    @classmethod
    def from_geometries(cls, geometries: Iterable[Any], piece: int = 64) -> LineLayer:
        """Build from shapely lines or polygons (their outlines) in degrees.

        Long lines are stored in pieces of `piece` vertices, so that a window takes few of them.
        """
        parts = []
        for geometry in geometries:
            if geometry is None or geometry.is_empty:
                continue
            line = geometry if geometry.geom_type.endswith("LineString") else geometry.boundary
            for single in shapely.get_parts(line):
                corners = shapely.get_coordinates(single)
                parts += [
                    corners[start : start + piece + 1]
                    for start in range(0, max(len(corners) - 1, 0), piece)
                ]
        parts = [part for part in parts if len(part) > 1]
        if not parts:
            empty = np.empty(0)
            return cls(empty, empty, np.zeros(1, np.int64), np.empty((0, 4)))
        corners = np.concatenate(parts)
        x, y = to_mercator(corners[:, 0], corners[:, 1])
        first = np.concatenate([[0], np.cumsum([len(part) for part in parts])]).astype(np.int64)
        starts = first[:-1]
        boxes = np.stack(
            [
                np.minimum.reduceat(x, starts),
                np.minimum.reduceat(y, starts),
                np.maximum.reduceat(x, starts),
                np.maximum.reduceat(y, starts),
            ],
            axis=1,
        )
        return cls(x, y, first, boxes)

    def within(self, bounds: Bounds) -> tuple[Floats, Floats]:
        """Return NaN-joined x and y of the lines that touch the window (metres, any world copy)."""
        west, south, east, north = bounds
        pieces_x: list[Floats] = []
        pieces_y: list[Floats] = []
        gap = np.array([np.nan])
        low = int(np.floor((west + HALF_WORLD) / WORLD_WIDTH))
        high = int(np.floor((east + HALF_WORLD) / WORLD_WIDTH))
        for world in range(low, high + 1):
            shift = world * WORLD_WIDTH
            hit = np.flatnonzero(
                (self.boxes[:, 0] <= east - shift)
                & (self.boxes[:, 2] >= west - shift)
                & (self.boxes[:, 1] <= north)
                & (self.boxes[:, 3] >= south)
            )
            for line in hit:
                part = slice(self.first[line], self.first[line + 1])
                pieces_x += [self.x[part] + shift, gap]
                pieces_y += [self.y[part], gap]
        if not pieces_x:
            return np.empty(0), np.empty(0)
        return np.concatenate(pieces_x), np.concatenate(pieces_y)
