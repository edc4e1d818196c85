"""Grids in a map projection, resampled to longitude and latitude block by block.

Nearest neighbour, so that every value is one that stands in the file; nothing is read before
someone asks for values.
"""

from __future__ import annotations

from collections.abc import Hashable
from itertools import pairwise
from typing import Any

import dask
import dask.array as da
import numpy as np
import pyproj
import xarray as xr
from numpy.typing import NDArray

from analysis.sources.axes import Axes
from analysis.sources.circle import wrap_longitude

_BLOCK = 1024
_PROBE = 65  # points along each side on which a window of the source is found
_WORLD = "EPSG:4326"


def find_crs(ds: xr.Dataset, given: str | None = None) -> pyproj.CRS | None:
    """Coordinate reference system of a grid, as its file states it.

    Parameters
    ----------
    ds : xarray.Dataset
        Grid, with a ``grid_mapping`` variable or a ``spatial_ref`` coordinate where it has one.
    given : str, optional
        Overrides the file, for example ``"EPSG:32642"``.

    Returns
    -------
    pyproj.CRS or None
        None where the file says nothing.

    Raises
    ------
    ValueError
        The system cannot be understood.

    Examples
    --------
    >>> find_crs(xr.Dataset(), "EPSG:32642").name
    'WGS 84 / UTM zone 42N'
    """
    try:
        if given:
            return pyproj.CRS.from_user_input(given)
        for attrs in _mappings(ds):
            text = attrs.get("crs_wkt") or attrs.get("spatial_ref")
            if text and not str(attrs.get("grid_mapping_name", "")).startswith("rotated"):
                return pyproj.CRS.from_wkt(str(text))
            if "grid_mapping_name" in attrs:
                return pyproj.CRS.from_cf({k: v for k, v in attrs.items() if str(v)})
    except (pyproj.exceptions.CRSError, KeyError) as error:
        raise ValueError(f"The grid's coordinate reference system is unreadable: {error}") from None
    return None


def _mappings(ds: xr.Dataset) -> list[dict[Hashable, Any]]:
    names = [one.attrs.get("grid_mapping") or one.encoding.get("grid_mapping") for one in _vars(ds)]
    wanted = [name for name in (*names, "spatial_ref", "crs") if name in ds.variables]
    return [ds[name].attrs for name in dict.fromkeys(wanted)]


def _vars(ds: xr.Dataset) -> list[xr.DataArray]:
    return [ds[name] for name in ds.data_vars]


def to_geographic(ds: xr.Dataset, axes: Axes, crs: pyproj.CRS) -> tuple[xr.Dataset, Axes]:
    """Resample a projected grid to a regular one in longitude and latitude.

    Parameters
    ----------
    ds : xarray.Dataset
        Grid with one-dimensional x and y.
    axes : Axes
        Its dimensions.
    crs : pyproj.CRS
        Its coordinate reference system.

    Returns
    -------
    ds : xarray.Dataset
        The variables that have x and y, lazily resampled; NaN outside the source.
    axes : Axes
        The new dimensions.

    Raises
    ------
    ValueError
        The grid lies outside the domain of its projection, or that leads to no longitudes.
    """
    xs, ys = np.asarray(ds[axes.x], dtype=float), np.asarray(ds[axes.y], dtype=float)
    try:
        forward = pyproj.Transformer.from_crs(crs, _WORLD, always_xy=True)
    except pyproj.exceptions.ProjError as error:
        raise ValueError(
            f"The grid's coordinate reference system {crs.name!r} leads to no longitudes and "
            f"latitudes: {error}"
        ) from error
    longitudes, latitudes = _target(xs, ys, forward)
    sampler = _Sampler(xs, ys, longitudes, latitudes, crs)
    out = {}
    for name, data in ds.data_vars.items():
        if axes.x not in data.dims or axes.y not in data.dims:
            continue
        ordered = data.transpose(..., axes.y, axes.x)
        dims = (*ordered.dims[:-2], "latitude", "longitude")
        out[name] = xr.DataArray(sampler.apply(ordered), dims=dims, attrs=data.attrs)
        out[name].encoding = dict(data.encoding)  # how it was packed, which fill was stated
    kept = {str(n): ds[n] for n in ds.coords if {axes.x, axes.y}.isdisjoint(ds[n].dims)}
    result = xr.Dataset(out, coords=kept)
    result = result.assign_coords(longitude=longitudes, latitude=latitudes)
    result.attrs = {**ds.attrs, "native_crs": crs.to_string()}
    for name, data in ds.data_vars.items():
        if {axes.x, axes.y}.isdisjoint(data.dims):
            result[name] = data
    return result, Axes("longitude", "latitude", axes.time, True)


def _target(
    xs: NDArray[Any], ys: NDArray[Any], forward: pyproj.Transformer
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Regular longitudes and latitudes that cover the source at its own resolution."""
    px = np.interp(np.linspace(0, xs.size - 1, _PROBE), np.arange(xs.size), xs)
    py = np.interp(np.linspace(0, ys.size - 1, _PROBE), np.arange(ys.size), ys)
    grid_x, grid_y = np.meshgrid(px, py)
    lon, lat = forward.transform(grid_x, grid_y)
    good = np.isfinite(lon) & np.isfinite(lat) & _on_the_globe(grid_x, lon, lat, forward)
    if not good.any():
        raise ValueError("The grid lies outside the domain of its coordinate reference system.")
    middle = float(lon[good][good.sum() // 2])
    lon = np.where(good, wrap_longitude(lon - middle), np.nan)
    lat = np.where(good, lat, np.nan)
    per_x, per_y = (_PROBE - 1) / max(xs.size - 1, 1), (_PROBE - 1) / max(ys.size - 1, 1)
    dlon, dlat = _spacing(lon, lat, per_x, per_y)
    west, east = np.nanmin(lon), np.nanmax(lon)
    south, north = np.nanmin(lat), np.nanmax(lat)
    columns = min(round((east - west) / dlon) + 1, round(360.0 / dlon))
    rows = round((north - south) / dlat) + 1
    longitudes = middle + west + dlon * np.arange(columns)
    latitudes = np.clip(south + dlat * np.arange(rows), -90.0, 90.0)
    return longitudes, np.unique(latitudes)


def _on_the_globe(
    x: NDArray[Any], lon: NDArray[Any], lat: NDArray[Any], forward: pyproj.Transformer
) -> NDArray[Any]:
    """Whether points lie inside the outline of the map; beyond it PROJ goes round the globe."""
    back = forward.transform(lon, lat, direction="INVERSE")[0]
    width = 1e-6 * max(float(np.ptp(x)), 1.0)
    return np.isfinite(back) & (np.abs(back - x) <= width)


def _spacing(
    lon: NDArray[Any], lat: NDArray[Any], per_x: float, per_y: float
) -> tuple[float, float]:
    """Degrees between columns and between rows at which each cell of the source is met about once.

    Rows are as far apart as the cells reach in latitude; columns so that a cell here is as large
    as one of the source. In a sheared grid, sinusoidal far from its meridian, the longitude
    changes along y too, which must not make the columns coarser.
    """
    lon_x, lat_x = (np.diff(one, axis=1)[:-1] * per_x for one in (lon, lat))
    lon_y, lat_y = (np.diff(one, axis=0)[:, :-1] * per_y for one in (lon, lat))
    rows = np.maximum(np.abs(lat_x), np.abs(lat_y))
    reach = np.maximum(np.abs(lon_x), np.abs(lon_y))
    area = np.abs(lon_x * lat_y - lon_y * lat_x)
    columns = np.divide(area, rows, out=reach.copy(), where=(area > 0) & (rows > 0))
    return max(float(np.nanmedian(columns)), 1e-9), max(float(np.nanmedian(rows)), 1e-9)


class _Sampler:
    """Nearest cell of a projected grid for blocks of a geographic one."""

    def __init__(
        self,
        xs: NDArray[Any],
        ys: NDArray[Any],
        longitudes: NDArray[Any],
        latitudes: NDArray[Any],
        crs: pyproj.CRS,
    ) -> None:
        self.xs, self.ys = xs, ys
        self.longitudes, self.latitudes = longitudes, latitudes
        self.crs = crs.to_wkt()
        self.found: dict[tuple[int, int], tuple[slice, slice, Any] | None] = {}

    def apply(self, data: xr.DataArray) -> da.Array:
        """Lazy blocks of ``data`` (..., y, x) on the geographic grid."""
        source = data.chunk() if data.chunks is None else data
        array = source.data
        rows = [*range(0, self.latitudes.size, _BLOCK), self.latitudes.size]
        columns = [*range(0, self.longitudes.size, _BLOCK), self.longitudes.size]
        blocks = [
            [self._block(array, slice(*r), slice(*c)) for c in pairwise(columns)]
            for r in pairwise(rows)
        ]
        return da.block(blocks)

    def _block(self, array: da.Array, rows: slice, columns: slice) -> da.Array:
        shape = (rows.stop - rows.start, columns.stop - columns.start)
        place = (rows.start, columns.start)
        if place not in self.found:
            self.found[place] = self._find(rows, columns)
        found = self.found[place]
        if found is None:
            whole = (*array.shape[:-2], *shape)
            chunks = (*array.chunks[:-2], *shape)
            return da.full(whole, np.nan, dtype=np.float32, chunks=chunks)
        y, x, places = found
        window = array[..., y, x]
        window = window.rechunk({window.ndim - 2: -1, window.ndim - 1: -1})
        return da.map_blocks(
            _sample,
            window,
            places=places,
            dtype=np.float32,
            chunks=(*window.chunks[:-2], (shape[0],), (shape[1],)),
            meta=np.empty((0,) * window.ndim, dtype=np.float32),
        )

    def _find(self, rows: slice, columns: slice) -> tuple[slice, slice, Any] | None:
        """Window of the source for a block, and where its cells lie in it; None: outside."""
        lon, lat = self.longitudes[columns], self.latitudes[rows]
        probe_lon = np.interp(np.linspace(0, lon.size - 1, _PROBE), np.arange(lon.size), lon)
        probe_lat = np.interp(np.linspace(0, lat.size - 1, _PROBE), np.arange(lat.size), lat)
        iy, ix, inside = _nearest(self.xs, self.ys, probe_lon, probe_lat, self.crs)
        if not inside.any():
            return None
        margin_y, margin_x = 2 + self.ys.size // _PROBE, 2 + self.xs.size // _PROBE
        y = slice(max(iy[inside].min() - margin_y, 0), iy[inside].max() + margin_y + 1)
        x = slice(max(ix[inside].min() - margin_x, 0), ix[inside].max() + margin_x + 1)
        # found once for a block, used by all its time steps and variables
        places = dask.delayed(_nearest, pure=True)(self.xs[x], self.ys[y], lon, lat, self.crs)
        return y, x, places


def _sample(
    window: NDArray[Any], places: tuple[NDArray[Any], NDArray[Any], NDArray[Any]]
) -> NDArray[np.float32]:
    iy, ix, inside = places
    values = window[..., iy, ix].astype(np.float32)
    return np.where(inside, values, np.float32(np.nan))


def _nearest(
    xs: NDArray[Any], ys: NDArray[Any], lon: NDArray[Any], lat: NDArray[Any], crs: str
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Row, column and whether inside, for every point of a geographic block."""
    back = pyproj.Transformer.from_crs(_WORLD, crs, always_xy=True)
    x, y = back.transform(*np.meshgrid(wrap_longitude(lon), lat))
    ix, inside_x = _index(xs, np.asarray(x))
    iy, inside_y = _index(ys, np.asarray(y))
    return iy, ix, inside_x & inside_y


def _index(centres: NDArray[Any], values: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    order = np.argsort(centres)
    ascending = centres[order]
    if ascending.size == 1:
        edges = np.array([-np.inf, np.inf])
    else:
        middles = (ascending[1:] + ascending[:-1]) / 2
        first, last = ascending[0] * 2 - middles[0], ascending[-1] * 2 - middles[-1]
        edges = np.concatenate([[first], middles, [last]])
    finite = np.where(np.isfinite(values), values, edges[0] - 1)
    index = np.searchsorted(edges, finite, side="right") - 1
    inside = (index >= 0) & (index < ascending.size)
    return order[np.clip(index, 0, ascending.size - 1)], inside
