"""Map projections: their extents, and places and lines projected into them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import cartopy.crs as ccrs
import numpy as np
import numpy.typing as npt
import pyproj

Floats = npt.NDArray[np.float64]
Bounds = tuple[float, float, float, float]
DEGREES = "EPSG:4326"
SEAMLESS = ("kazakhstan", "north", "south")  # the other edge of the world is not on the map


@dataclass(frozen=True)
class Projection:
    """A map projection with the part of the world that it is used for.

    Attributes
    ----------
    key : str
        Name in a share link.
    crs : cartopy.crs.CRS
        The projection.
    bounds : tuple of float
        West, south, east, north of the map, in the units of the projection.
    latitudes : tuple of float
        Lowest and highest latitude drawn, degrees.
    reach : float
        Largest distance from the central meridian that is drawn, degrees.
    """

    key: str
    crs: Any
    bounds: Bounds
    latitudes: tuple[float, float]
    reach: float = 180.0

    @property
    def proj(self) -> str:
        """Definition that `Cube.view` and PROJ take."""
        return DEGREES if self.key == "platecarree" else str(self.crs.proj4_init)

    @property
    def longitude(self) -> float:
        """Central meridian, degrees."""
        return float(self.crs.proj4_params.get("lon_0", 0.0))


@cache
def projections() -> dict[str, Projection]:
    """All projections by key.

    Returns
    -------
    dict of str to Projection
        ``kazakhstan`` (Albers equal-area conic, 67 E, 43 and 53 N), ``north`` and ``south``
        (polar stereographic), ``platecarree``, ``equalearth``.

    References
    ----------
    Snyder (1987), *Map Projections: A Working Manual*, USGS Professional Paper 1395;
    Savric, Patterson & Jenny (2019), *The Equal Earth map projection*, doi:10/gfrsw7.

    Examples
    --------
    >>> sorted(projections())
    ['equalearth', 'kazakhstan', 'north', 'platecarree', 'south']
    """
    albers = ccrs.AlbersEqualArea(67, 48, standard_parallels=(43, 53))
    north, south = ccrs.NorthPolarStereo(67), ccrs.SouthPolarStereo(0)
    earth = ccrs.EqualEarth()
    edge = 5.4e6  # m from the pole: about 43 degrees of latitude
    square = (-edge, -edge, edge, edge)
    half, top = (float(limits[1]) for limits in (earth.x_limits, earth.y_limits))
    found = (
        Projection("kazakhstan", albers, (-1.85e6, -1.05e6, 1.85e6, 1.15e6), (25, 70), 60),
        Projection("north", north, square, (35, 90)),
        Projection("south", south, square, (-90, -35)),
        Projection("platecarree", ccrs.PlateCarree(), (-180, -90, 180, 90), (-90, 90)),
        Projection("equalearth", earth, (-half, -top, half, top), (-90, 90)),
    )
    return {projection.key: projection for projection in found}


def projection(key: str) -> Projection:
    """Projection by its key.

    Parameters
    ----------
    key : str
        One of `projections`.

    Returns
    -------
    Projection

    Raises
    ------
    ValueError
        There is no such projection.

    Examples
    --------
    >>> projection("kazakhstan").longitude
    67.0
    """
    known = projections()
    if key not in known:
        raise ValueError(f"Unknown projection {key!r}; allowed are {', '.join(known)}.")
    return known[key]


@cache
def _forward(key: str) -> Any:
    return pyproj.Transformer.from_crs(DEGREES, projection(key).proj, always_xy=True)


def project_line(key: str, line: npt.ArrayLike) -> Floats:
    """Project lines joined by NaN; they break where they leave the map or cross its seam.

    Parameters
    ----------
    key : str
        Projection.
    line : array_like
        ``(point, 2)`` longitude and latitude in degrees, NaN between the parts.

    Returns
    -------
    numpy.ndarray
        ``(point, 2)`` in the units of the projection, NaN between the parts.

    Examples
    --------
    A line over the seam of the map of the world is not drawn across the whole map:

    >>> across = project_line("equalearth", [(179.0, 0.0), (-179.0, 0.0)])
    >>> bool(np.isnan(across[1]).all())
    True
    """
    target = projection(key)
    points = np.asarray(line, dtype=float).reshape(-1, 2)
    offset = points[:, 0] - target.longitude
    offset -= 360.0 * np.round(offset / 360.0)
    drawn = (np.abs(offset) <= target.reach) & (points[:, 1] >= target.latitudes[0])
    drawn &= points[:, 1] <= target.latitudes[1]
    longitude = target.longitude + offset
    x, y = _forward(key).transform(longitude, points[:, 1], errcheck=False)
    drawn &= np.isfinite(x) & np.isfinite(y)
    projected = np.where(drawn[:, None], np.stack([x, y], axis=1), np.nan)
    if key not in SEAMLESS:
        half = (target.bounds[2] - target.bounds[0]) / 2
        seam = np.flatnonzero(np.abs(np.diff(projected[:, 0])) > half) + 1
        projected = np.insert(projected, seam, np.nan, axis=0)
    return projected


def project_points(key: str, longitude: npt.ArrayLike, latitude: npt.ArrayLike) -> Floats:
    """Project places; those that are not on the map become NaN.

    Parameters
    ----------
    key : str
        Projection.
    longitude, latitude : array_like
        Degrees, ``(point,)``.

    Returns
    -------
    numpy.ndarray
        ``(point, 2)`` in the units of the projection.

    Examples
    --------
    >>> bool(np.allclose(project_points("north", [67.0], [90.0]), 0.0))
    True
    """
    x, y = _forward(key).transform(np.asarray(longitude, float), np.asarray(latitude, float))
    west, south, east, north = projection(key).bounds
    with np.errstate(invalid="ignore"):
        inside = (x >= west) & (x <= east) & (y >= south) & (y <= north)
    return np.where(inside[:, None], np.stack([x, y], axis=1), np.nan)


def place(key: str, x: float, y: float) -> tuple[float, float] | None:
    """Longitude and latitude of a place on the map; None beside the world.

    Parameters
    ----------
    key : str
        Projection.
    x, y : float
        In the units of the projection.

    Returns
    -------
    tuple of float or None
        Degrees, longitude in [-180, 180).

    Examples
    --------
    >>> place("equalearth", 1.7e7, 8.3e6) is None
    True
    """
    if key == "platecarree":
        return (x, y) if abs(x) <= 180 and abs(y) <= 90 else None
    lon, lat = _forward(key).transform(x, y, direction="INVERSE")
    if not (np.isfinite(lon) and np.isfinite(lat)):
        return None
    again = _forward(key).transform(lon, lat)
    if np.hypot(again[0] - x, again[1] - y) > 1000.0:
        return None
    return float((lon + 180.0) % 360.0 - 180.0), float(lat)


@cache
def beside(key: str, width: int, height: int) -> npt.NDArray[np.bool_]:
    """Pixels that lie beside the world, where an inverse projection starts anew."""
    west, south, east, north = projection(key).bounds
    x = west + (np.arange(width) + 0.5) * (east - west) / width
    y = south + (np.arange(height) + 0.5) * (north - south) / height
    grid_x, grid_y = np.meshgrid(x, y)
    lon, lat = _forward(key).transform(grid_x, grid_y, direction="INVERSE", errcheck=False)
    again_x, again_y = _forward(key).transform(lon, lat, errcheck=False)
    with np.errstate(invalid="ignore"):
        return ~(np.hypot(again_x - grid_x, again_y - grid_y) < 1000.0)


def graticule(key: str) -> Floats:
    """Meridians and parallels of a projection, joined by NaN, ``(point, 2)`` projected."""
    target = projection(key)
    step = 5 if key == "kazakhstan" else 30
    low, high = target.latitudes
    gap = [(np.nan, np.nan)]
    lines: list[Any] = []
    latitudes = np.linspace(max(low, -89.9), min(high, 89.9), 181)
    offsets = np.arange(-180.0, 180.0 if target.reach < 180 else 181.0, step)
    for offset in offsets:
        turn = np.clip(offset, -179.9999, 179.9999)
        lines += [*((target.longitude + turn, lat) for lat in latitudes), *gap]
    around = np.linspace(-179.9999, 179.9999, 361) + target.longitude
    first = int(np.ceil(low / step)) * step
    for latitude in np.arange(first, high + 1, step):
        if abs(latitude) < 90:
            lines += [*((lon, float(latitude)) for lon in around), *gap]
    return project_line(key, lines)
