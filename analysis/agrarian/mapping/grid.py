"""The grid of a map: its axes, its coordinate reference system, the area of its pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyproj
import xarray as xr
from numpy.typing import NDArray

from analysis.sources.projection import find_crs

Floats = NDArray[np.float64]
HECTARE: Final = 1e4  # m2
WORLD: Final = "EPSG:4326"
_ACROSS: Final = ("longitude", "lon", "x", "easting")
_DOWN: Final = ("latitude", "lat", "y", "northing")
_DEGREES: Final = ("longitude", "latitude", "lon", "lat")
_EVEN: Final = 1e-3  # of a step
_KNOT: Final = 64  # pixels between places at which the scale of a projection is computed
_WGS84: Final = (6378137.0, 0.0818191908426215)


@dataclass(frozen=True)
class Grid:
    """Axes of a map.

    Attributes
    ----------
    x, y : numpy.ndarray
        Middles of the columns and rows, in the units of the system; evenly spaced.
    dims : tuple of str
        Names of the rows and of the columns.
    crs : pyproj.CRS
        Coordinate reference system.
    """

    x: Floats
    y: Floats
    dims: tuple[str, str]
    crs: pyproj.CRS

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.y.size, self.x.size

    @property
    def geographic(self) -> bool:
        """Whether the axes are degrees."""
        return bool(self.crs.is_geographic)

    @property
    def steps(self) -> tuple[float, float]:
        """Signed distance between columns and between rows."""
        return _step(self.x), _step(self.y)

    @property
    def transform(self) -> tuple[float, float, float, float, float, float]:
        """Affine transform (a, b, c, d, e, f) of the grid as its rows lie."""
        dx, dy = self.steps
        return dx, 0.0, float(self.x[0] - dx / 2), 0.0, dy, float(self.y[0] - dy / 2)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Outer edges: least x, least y, greatest x, greatest y."""
        dx, dy = (abs(one) / 2 for one in self.steps)
        low, high = (self.x.min() - dx, self.y.min() - dy), (self.x.max() + dx, self.y.max() + dy)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])

    def hectares(self, rows: slice, columns: slice) -> Floats:
        """Area of pixels on the ellipsoid.

        Parameters
        ----------
        rows, columns : slice
            Part of the grid, without a step.

        Returns
        -------
        numpy.ndarray
            ha, (row, column); one column where all columns are alike.
        """
        dx, dy = (abs(one) for one in self.steps)
        y = self.y[rows]
        if self.geographic:
            zone = _zone(y + dy / 2) - _zone(y - dy / 2)
            return np.asarray(np.radians(dx) * zone / HECTARE)[:, None]
        if not self.crs.is_projected:
            raise ValueError(f"The system {self.crs.name!r} has no areas; it is no map projection.")
        unit = float(self.crs.axis_info[0].unit_conversion_factor)
        return np.asarray(dx * dy * unit**2 / HECTARE / self._scale(y, self.x[columns]))

    def _scale(self, y: Floats, x: Floats) -> Floats:
        """Areal scale of the projection, computed at knots and interpolated."""
        down, across = _knots(y.size), _knots(x.size)
        back = pyproj.Transformer.from_crs(self.crs, WORLD, always_xy=True)
        lon, lat = back.transform(*np.meshgrid(x[across], y[down]))
        scale = np.asarray(pyproj.Proj(self.crs).get_factors(lon, lat).areal_scale)
        if not np.isfinite(scale).all() or (scale <= 0).any():
            raise ValueError("Some pixels lie outside the domain of the map projection.")
        rows = np.stack([np.interp(np.arange(y.size), down, one) for one in scale.T], axis=1)
        return np.stack([np.interp(np.arange(x.size), across, one) for one in rows])


def grid_of(data: xr.Dataset | xr.DataArray, crs: Any = None) -> Grid:
    """Find the grid of a cube or a map.

    Parameters
    ----------
    data : xarray.Dataset or xarray.DataArray
        With a dimension of rows (latitude, lat, y) and one of columns (longitude, lon, x).
    crs : optional
        Coordinate reference system, where the data do not state it.

    Returns
    -------
    Grid

    Raises
    ------
    ValueError
        There are no such axes, they are not even, or nobody says what system they are in.

    Examples
    --------
    A hectare is a hectare in any projection: a degree at 52 N in pieces.

    >>> axes = {"y": 52 + (np.arange(50) + 0.5) / 50, "x": 70 + (np.arange(50) + 0.5) / 50}
    >>> grid = grid_of(xr.DataArray(np.zeros((50, 50)), axes, ("y", "x")), "EPSG:4326")
    >>> ha = float((grid.hectares(slice(None), slice(None)) * np.ones((50, 50))).sum())
    >>> geod = pyproj.Geod(ellps="WGS84")
    >>> ring = [70.0, 71.0, 71.0, 70.0], [52.0, 52.0, 53.0, 53.0]
    >>> abs(ha / (geod.polygon_area_perimeter(*ring)[0] / 1e4) - 1) < 1e-3
    True
    """
    across = next((str(one) for one in data.dims if str(one).lower() in _ACROSS), None)
    down = next((str(one) for one in data.dims if str(one).lower() in _DOWN), None)
    if across is None or down is None:
        raise ValueError(
            f"The data have the dimensions {', '.join(map(str, data.dims))}; a map has rows "
            "(latitude, lat or y) and columns (longitude, lon or x)."
        )
    if across not in data.coords or down not in data.coords:
        raise ValueError(f"The data have no coordinates along {across} and {down}.")
    x, y = (np.asarray(data[name].to_numpy(), np.float64) for name in (across, down))
    for name, axis in ((across, x), (down, y)):
        _check_even(name, axis)
    given = data if isinstance(data, xr.Dataset) else data.to_dataset(name="map")
    found = find_crs(given, crs)
    if found is None and across.lower() in _DEGREES and down.lower() in _DEGREES:
        found = pyproj.CRS.from_user_input(WORLD)
    if found is None:
        raise ValueError(
            f"The data lie on {across} and {down} without a coordinate reference system, so "
            "nobody knows where they are. Give it: crs='EPSG:32642'."
        )
    return Grid(x, y, (down, across), found)


def _check_even(name: str, axis: Floats) -> None:
    if axis.size < 2:
        raise ValueError(f"The axis {name} has {axis.size} values; a map has two or more.")
    steps = np.diff(axis)
    if not np.isfinite(steps).all() or steps.mean() == 0:
        raise ValueError(f"The axis {name} is no axis: it stands still or has missing values.")
    if np.ptp(steps) > _EVEN * abs(steps.mean()):
        raise ValueError(
            f"The steps of the axis {name} are uneven, between {steps.min():g} and "
            f"{steps.max():g}; a map has even ones."
        )


def _step(axis: Floats) -> float:
    return float((axis[-1] - axis[0]) / (axis.size - 1))


def _knots(size: int) -> NDArray[np.int64]:
    return np.unique(np.append(np.arange(0, size, _KNOT), size - 1))


def _zone(latitude: Floats) -> Floats:
    """Area between the equator and a latitude over a radian of longitude, m2 (Snyder 3-12)."""
    a, e = _WGS84
    sine = np.sin(np.radians(np.clip(latitude, -90.0, 90.0)))
    ratio = np.log((1 - e * sine) / (1 + e * sine)) / (2 * e)
    return np.asarray(a**2 / 2 * (1 - e**2) * (sine / (1 - (e * sine) ** 2) - ratio))
