"""A view of a grid as a NetCDF or a GeoTIFF file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pyproj
import rasterio
import rasterio.io
import rasterio.shutil
import xarray as xr

GEOGRAPHIC = "EPSG:4326"
MERCATOR = "EPSG:3857"
CRS_ALLOWED = (GEOGRAPHIC, MERCATOR)
SPACING_TOLERANCE = 1e-3  # of a step: a view is regular, its coordinates may be float32
TILE = 512
NOT_WRITTEN = (
    "crs",
    "time",
    "time_text",
    "time_index",
    "level",
    "grid_mapping",
)  # belong to the picture


def view_crs(view: xr.DataArray) -> str:
    """Coordinate reference system of a view: its attribute ``crs``, else longitude/latitude.

    Parameters
    ----------
    view : xarray.DataArray
        Dimensions ``(y, x)`` or ``(latitude, longitude)``.

    Returns
    -------
    str
        ``"EPSG:4326"`` or ``"EPSG:3857"``.

    Raises
    ------
    ValueError
        If it is another one.

    Examples
    --------
    >>> view_crs(xr.DataArray(np.zeros((2, 2)), dims=("y", "x"), attrs={"crs": "EPSG:3857"}))
    'EPSG:3857'
    """
    crs = str(view.attrs.get("crs", GEOGRAPHIC)).upper()
    if crs not in CRS_ALLOWED:
        raise ValueError(f"A view in {crs!r} cannot be written: allowed are {CRS_ALLOWED}.")
    return crs


def standard_view(view: xr.DataArray) -> xr.DataArray:
    """View with dimensions ``(y, x)``, both ascending, checked to be regular.

    Parameters
    ----------
    view : xarray.DataArray
        Dimensions ``(y, x)`` or ``(latitude, longitude)`` in any order and direction.

    Returns
    -------
    xarray.DataArray
        The same values, float32, dimensions ``(y, x)``.

    Raises
    ------
    ValueError
        If the view has other dimensions, fewer than two rows or columns, or uneven steps.

    Examples
    --------
    >>> view = xr.DataArray(
    ...     [[1.0, 2.0], [3.0, 4.0]],
    ...     coords={"latitude": [10.0, 0.0], "longitude": [5.0, 6.0]},
    ...     dims=("latitude", "longitude"),
    ... )
    >>> standard_view(view).y.values.tolist()
    [0.0, 10.0]
    """
    names = {"latitude": "y", "longitude": "x", "lat": "y", "lon": "x"}
    renamed = view.rename({old: new for old, new in names.items() if old in view.dims})
    if set(renamed.dims) != {"y", "x"}:
        raise ValueError(
            f"A view has the dimensions (y, x) or (latitude, longitude), not {view.dims}."
        )
    for axis in ("y", "x"):
        if axis not in renamed.coords or renamed.sizes[axis] < 2:
            raise ValueError(
                f"A view needs at least two {axis} coordinates, it has {renamed.sizes[axis]}."
            )
    regular = renamed.transpose("y", "x").sortby(["y", "x"]).astype("float32")
    for axis in ("y", "x"):
        steps = np.diff(regular[axis].to_numpy().astype(float))
        if np.ptp(steps) > SPACING_TOLERANCE * abs(steps.mean()):
            raise ValueError(
                f"The {axis} coordinates of a view must have even steps; "
                f"they are between {steps.min():g} and {steps.max():g}."
            )
    return regular


def edges(view: xr.DataArray) -> tuple[float, float, float, float]:
    """Outer edges of a standard view.

    Parameters
    ----------
    view : xarray.DataArray
        ``(y, x)``, ascending and regular.

    Returns
    -------
    tuple of float
        West, south, east, north, half a cell outside the outer cell centres.

    Examples
    --------
    >>> edges(xr.DataArray(np.zeros((2, 3)), coords={"y": [0.0, 1.0], "x": [0.0, 2.0, 4.0]}))
    (-1.0, -0.5, 5.0, 1.5)
    """
    sides: dict[str, tuple[float, float]] = {}
    for axis in ("x", "y"):
        values = view[axis].to_numpy().astype(float)
        half = (values[-1] - values[0]) / (len(values) - 1) / 2
        sides[axis] = (float(values[0] - half), float(values[-1] + half))
    return sides["x"][0], sides["y"][0], sides["x"][1], sides["y"][1]


def view_time(view: xr.DataArray) -> pd.Timestamp | None:
    """Time of a view (UTC), or None for a grid without time."""
    if "time" in view.coords and view["time"].ndim == 0:
        value = view["time"].to_numpy()
        text = "" if np.isnat(value) else str(value)
    else:
        text = str(view.attrs.get("time") or "")
    return pd.to_datetime(text, utc=True).tz_localize(None) if text else None


def plain_attrs(attrs: Mapping[Any, Any]) -> dict[str, Any]:
    """Attributes that a file can hold: flags as 0/1, sequences of text joined, the rest dropped."""
    result: dict[str, Any] = {}
    for key, value in attrs.items():
        if value is None or isinstance(value, dict) or key in NOT_WRITTEN:
            continue
        if isinstance(value, bool | np.bool_):
            result[str(key)] = np.int32(value)
        elif isinstance(value, int | float | np.integer | np.floating | np.ndarray):
            result[str(key)] = value
        elif isinstance(value, list | tuple) and all(
            isinstance(item, int | float) and not isinstance(item, bool) for item in value
        ):
            result[str(key)] = np.asarray(value)
        elif isinstance(value, list | tuple):
            result[str(key)] = "; ".join(str(item) for item in value)
        else:
            result[str(key)] = str(value)
    return result


def _global_attrs(view: xr.DataArray, metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Global attributes by CF and ACDD."""
    merged = {**view.attrs, **metadata}
    names = {
        "title": "title",
        "source": "source",
        "licence": "license",
        "citation": "references",
        "name": "id",
    }
    attrs: dict[str, Any] = {new: str(merged[old]) for old, new in names.items() if merged.get(old)}
    attrs["Conventions"] = "CF-1.11, ACDD-1.3"
    attrs["history"] = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}: view written by Qazcube"
    if merged.get("simulated"):
        attrs["simulated"] = np.int32(1)
        attrs["comment"] = "Values made by a simulator: they are not observations."
    return attrs


def view_netcdf(view: xr.DataArray, metadata: Mapping[str, Any] | None = None) -> bytes:
    """View as a NetCDF-4 file by the CF conventions.

    Parameters
    ----------
    view : xarray.DataArray
        ``(y, x)`` or ``(latitude, longitude)``; attributes ``units, long_name, source,
        simulated, native_*, crs``; time as a scalar coordinate or attribute.
    metadata : mapping, optional
        ``title, source, licence, citation, simulated`` of the source, for the whole file.

    Returns
    -------
    bytes
        The file: one variable ``(time, latitude, longitude)`` (``(time, y, x)`` in metres when
        the view is in EPSG:3857), without ``time`` when the view has none, and its ``crs``.

    Raises
    ------
    ValueError
        If the view is not a regular grid in a known reference system.

    References
    ----------
    CF conventions 1.11, cfconventions.org.

    Examples
    --------
    >>> view = xr.DataArray(
    ...     np.eye(2), coords={"y": [0.0, 1.0], "x": [5.0, 6.0]}, attrs={"units": "cm"}, name="v"
    ... )
    >>> import io
    >>> xr.load_dataset(io.BytesIO(view_netcdf(view)), engine="h5netcdf")["v"].dims
    ('latitude', 'longitude')
    """
    crs = view_crs(view)
    grid = standard_view(view)
    name = str(view.name or "value")
    attrs = plain_attrs(view.attrs)
    data = grid.drop_vars([key for key in grid.coords if key not in ("x", "y")])
    data.attrs = {**attrs, "grid_mapping": "crs"}
    data = data.rename(name)
    if crs == GEOGRAPHIC:
        data = data.rename({"x": "longitude", "y": "latitude"})
        data["longitude"].attrs = {"standard_name": "longitude", "units": "degrees_east"}
        data["latitude"].attrs = {"standard_name": "latitude", "units": "degrees_north"}
    else:
        for axis in ("x", "y"):
            data[axis].attrs = {"standard_name": f"projection_{axis}_coordinate", "units": "m"}
    time = view_time(view)
    if time is not None:
        data = data.expand_dims(time=pd.DatetimeIndex([time]).as_unit("ns"))
        data["time"].attrs = {"standard_name": "time", "long_name": "time (UTC)"}
        data["time"].encoding = {"units": "seconds since 1970-01-01", "calendar": "standard"}
    dataset = data.to_dataset()
    dataset["crs"] = ((), np.int32(0), pyproj.CRS.from_user_input(crs).to_cf())
    dataset.attrs = _global_attrs(view, metadata or {})
    dataset[name].encoding = {"zlib": True, "complevel": 4, "_FillValue": np.float32(np.nan)}
    return bytes(dataset.to_netcdf(engine="h5netcdf"))


def view_geotiff(view: xr.DataArray, metadata: Mapping[str, Any] | None = None) -> bytes:
    """View as a Cloud-Optimised GeoTIFF, north up, missing values NaN.

    Parameters
    ----------
    view, metadata
        As in `view_netcdf`. The file is in the reference system of the view.

    Returns
    -------
    bytes
        The file; tags ``units, long_name, source, simulated, time, licence, citation``.

    Raises
    ------
    ValueError
        If the view is not a regular grid in EPSG:4326 or EPSG:3857.

    References
    ----------
    OGC 21-026, *Cloud Optimized GeoTIFF Standard*.

    Examples
    --------
    >>> view = xr.DataArray(np.eye(2), coords={"y": [0.0, 1.0], "x": [5.0, 6.0]})
    >>> view_geotiff(view)[:2] in (b"II", b"MM")
    True
    """
    crs = view_crs(view)
    grid = standard_view(view)
    west, south, east, north = edges(grid)
    height, width = grid.shape
    time = view_time(view)
    tags = {
        key: str(int(value) if isinstance(value, bool | np.bool_) else value)
        for key, value in {**view.attrs, **(metadata or {})}.items()
        if value is not None and not isinstance(value, dict) and key not in NOT_WRITTEN
    }
    if time is not None:
        tags["time"] = f"{time.isoformat()}Z"
    profile = {
        "driver": "GTiff",
        "width": width,
        "height": height,
        "count": 1,
        "dtype": "float32",
        "crs": crs,
        "transform": rasterio.Affine(
            (east - west) / width, 0, west, 0, -(north - south) / height, north
        ),
        "nodata": np.nan,
    }
    with rasterio.io.MemoryFile() as plain, rasterio.io.MemoryFile() as cloud:
        with plain.open(**profile) as raster:
            raster.write(grid.to_numpy()[::-1], 1)
            raster.update_tags(**tags)
            raster.set_band_description(1, str(view.attrs.get("long_name") or view.name or "value"))
            raster.set_band_unit(1, str(view.attrs.get("units", "")))
        with plain.open() as raster:
            rasterio.shutil.copy(
                raster,
                cloud.name,
                driver="COG",
                compress="DEFLATE",
                predictor="YES",
                blocksize=TILE,
                overview_resampling="AVERAGE",
            )
        return bytes(cloud.read())
