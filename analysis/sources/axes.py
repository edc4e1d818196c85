"""Which dimension of a gridded file is longitude, latitude and time, whatever they are called.

What the file says (CF ``standard_name``, ``units``, ``axis``) counts first, common names second.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

_EAST = {"degrees_east", "degree_east", "degree_e", "degrees_e", "degreee", "degreese"}
_NORTH = {"degrees_north", "degree_north", "degree_n", "degrees_n", "degreen", "degreesn"}
_LONGITUDE_NAMES = {"longitude", "lon", "long", "lons", "longitudes", "nav_lon"}
_LATITUDE_NAMES = {"latitude", "lat", "lats", "latitudes", "nav_lat"}
_X_STANDARD = {"projection_x_coordinate", "grid_longitude"}
_Y_STANDARD = {"projection_y_coordinate", "grid_latitude"}
_X_NAMES = {"x", "xc", "easting", "eastings", "rlon", "grid_longitude", "cols", "xdim"}
_Y_NAMES = {"y", "yc", "northing", "northings", "rlat", "grid_latitude", "rows", "ydim"}
_TIME_NAMES = {"time", "t", "date", "datetime", "valid_time", "times"}


@dataclass(frozen=True)
class Axes:
    """Names of the dimensions of a grid; ``geographic`` is True where x and y are degrees."""

    x: str
    y: str
    time: str | None
    geographic: bool


def find_axes(ds: xr.Dataset) -> Axes:
    """Find the horizontal dimensions and the time dimension of a dataset.

    Parameters
    ----------
    ds : xarray.Dataset
        Any gridded dataset with one-dimensional coordinates.

    Returns
    -------
    Axes
        Dimension names; ``time`` is None for a static grid.

    Raises
    ------
    ValueError
        A dimension is missing or ambiguous, or the grid is curvilinear without a projection.

    Examples
    --------
    >>> import xarray as xr
    >>> ds = xr.Dataset(coords={"FNOCX": ("FNOCX", [1.0], {"units": "degrees_east"}), "lat": [2.0]})
    >>> find_axes(ds)
    Axes(x='FNOCX', y='lat', time=None, geographic=True)
    """
    kinds = {str(dim): _kind(ds, str(dim)) for dim in ds.dims}
    time = _one(kinds, "time", ds)
    for x_kind, y_kind, geographic in (
        ("longitude", "latitude", True),
        ("x", "y", False),
    ):
        x, y = _one(kinds, x_kind, ds), _one(kinds, y_kind, ds)
        if x and y:
            return Axes(x, y, time, geographic)
    found = ", ".join(f"{dim} ({size})" for dim, size in ds.sizes.items()) or "none"
    raise ValueError(
        f"No longitude and latitude dimensions with coordinates were found; dimensions: {found}. "
        "Name them lon and lat, or give them the units degrees_east and degrees_north."
    )


def _one(kinds: dict[str, str], wanted: str, ds: xr.Dataset) -> str | None:
    names = [dim for dim, kind in kinds.items() if kind == wanted]
    if len(names) > 1:
        used = [n for n in names if any(n in v.dims and v.ndim > 1 for v in ds.data_vars.values())]
        names = used or names
    if len(names) > 1:
        raise ValueError(
            f"Several dimensions look like {wanted}: {', '.join(names)}. "
            "Keep the variables of one of them (variable_names)."
        )
    return names[0] if names else None


def _kind(ds: xr.Dataset, dim: str) -> str:
    """Kind of a dimension: longitude, latitude, x, y, time, or other."""
    if dim not in ds.coords:
        return "other"
    coord = ds[dim]
    standard = str(coord.attrs.get("standard_name", "")).lower()
    units = str(coord.attrs.get("units", "")).strip().lower().replace(" ", "_")
    name = dim.lower()
    if is_time(coord) or standard == "time" or name in _TIME_NAMES:
        return "time"
    if standard in _X_STANDARD or standard in _Y_STANDARD:
        return "x" if standard in _X_STANDARD else "y"
    if standard == "longitude" or units in _EAST:
        return "longitude"
    if standard == "latitude" or units in _NORTH:
        return "latitude"
    return _kind_by_name(name, str(coord.attrs.get("axis", "")).upper())


def _kind_by_name(name: str, axis: str) -> str:
    for kind, names in (
        ("longitude", _LONGITUDE_NAMES),
        ("latitude", _LATITUDE_NAMES),
        ("x", _X_NAMES),
        ("y", _Y_NAMES),
    ):
        if name in names:
            return kind
    return {"X": "x", "Y": "y", "T": "time"}.get(axis, "other")


def is_time(coord: xr.DataArray) -> bool:
    """Whether a coordinate holds decoded times (datetime64 or cftime).

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> is_time(xr.DataArray(np.array(["2000-01-01"], dtype="datetime64[ns]")))
    True
    >>> is_time(xr.DataArray([1.0]))
    False
    """
    if np.issubdtype(coord.dtype, np.datetime64):
        return True
    if coord.dtype != object or coord.size == 0:
        return False
    first = coord.isel(dict.fromkeys(coord.dims, 0)).compute(scheduler="synchronous")
    return hasattr(first.item(), "calendar")
