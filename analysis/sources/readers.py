"""Readers of our own for Intake: rasters in files, and HDF5 without named dimensions."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pandas as pd
import rasterio
import rioxarray
import xarray as xr
from intake.readers import datatypes
from intake.readers.readers import FileReader

from analysis.sources.guardedfiles import engine_for

_CHUNK = 2048  # cells along a side of a chunk
_DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)[-_.]?(\d\d)[-_.]?(\d\d)(?!\d)")
_DAY_OF_YEAR = re.compile(r"(?<!\d)(?:doy|[A-Z])?((?:19|20)\d\d)[-_]?([0-3]\d\d)(?!\d)")


class RasterReader(FileReader):
    """GeoTIFF and its kin: one file, or a pattern of files of which each is a time step."""

    output_instance = "xarray:Dataset"
    implements = {datatypes.TIFF}  # noqa: RUF012 - Intake's own way to say what a reader opens
    func = "rioxarray:open_rasterio"

    def _read(
        self, data: Any, bands: list[str] | None = None, chunks: Any = None, **_: Any
    ) -> xr.Dataset:
        url = data.url.removeprefix("file://")
        paths = sorted(fsspec.open_local(url)) if "*" in url else [url]
        if not paths:
            raise ValueError(f"No file matches {url}.")
        if len(paths) == 1:
            return open_raster(paths[0], bands, chunks)
        _check_same_numbers(paths)
        times = [file_date(path) for path in paths]
        steps = [open_raster(path, bands, chunks) for path in paths]
        axis = pd.DatetimeIndex(times, name="time")
        return xr.concat(steps, dim=axis, join="exact", combine_attrs="drop_conflicts")


def open_raster(path: str, bands: list[str] | None = None, chunks: Any = None) -> xr.Dataset:
    """Open a raster file lazily, one variable for each band.

    Parameters
    ----------
    path : str
        GeoTIFF or another raster that GDAL reads.
    bands : list of str, optional
        Names of the bands; without them the name of the file, numbered if there are several.
    chunks : mapping or "auto", optional
        As in xarray; without them about 2048 x 2048 cells, in whole blocks of the file.

    Returns
    -------
    xarray.Dataset
        ``(y, x)`` with the coordinate reference system of the file; fill values are NaN.

    Raises
    ------
    ValueError
        The file is damaged, or has another number of bands.
    """
    pieces = _check_and_cut(path)
    given = None if chunks == "auto" else chunks
    raw = rioxarray.open_rasterio(path, chunks=given or pieces, mask_and_scale=True)
    if not isinstance(raw, xr.DataArray):
        raise ValueError(f"{path} holds several rasters; name one of them as the address.")
    count = raw.sizes["band"]
    stem = re.sub(r"\W+", "_", Path(path).stem).strip("_").lower()
    names = bands or ([stem] if count == 1 else [f"{stem}_{k + 1}" for k in range(count)])
    if len(names) != count:
        raise ValueError(f"{path} has {count} bands, but {len(names)} names: {', '.join(names)}.")
    variables = {
        name: raw.isel(band=k, drop=True).rename(name).assign_attrs(_units(raw.attrs, k))
        for k, name in enumerate(names)
    }
    return xr.Dataset(variables)


def _check_same_numbers(paths: list[str]) -> None:
    """Refuse a series of which some files hold integers (multiples) and others fractions."""
    kinds: dict[str, list[str]] = {}
    for path in paths:
        with rasterio.open(path) as file:
            kinds.setdefault(np.dtype(file.dtypes[0]).kind, []).append(Path(path).name)
    if "f" in kinds and len(kinds) > 1:
        whole = next(names for kind, names in kinds.items() if kind != "f")
        raise ValueError(
            f"the units change inside the series: {kinds['f'][0]} (of {len(kinds['f'])}) holds "
            f"fractions, {whole[0]} (of {len(whole)}) whole numbers. Make them alike first."
        )


def _units(attrs: dict[str, Any], band: int) -> dict[str, str]:
    units = attrs.get("units")
    if isinstance(units, (list, tuple)):
        units = units[band]
    return {"units": str(units)} if units else {}


def _check_and_cut(path: str) -> dict[str, int]:
    """Read the last block, for a truncated raster fails only there; chunks of whole blocks."""
    with rasterio.open(path) as file:
        height, width = file.block_shapes[0]
        rows, columns = (file.height - 1) // height, (file.width - 1) // width
        file.read(window=file.block_window(1, rows, columns))
        return {
            "y": height * max(1, _CHUNK // height),
            "x": min(width * max(1, _CHUNK // width), file.width),
        }


def file_date(path: str) -> np.datetime64:
    """Date that stands in the name of a file: ``20160101``, ``2016-01-01`` or ``2016001``.

    Parameters
    ----------
    path : str
        Path of the file.

    Returns
    -------
    numpy.datetime64
        Nanoseconds.

    Raises
    ------
    ValueError
        There is no date.

    Examples
    --------
    >>> str(file_date("MOD13_NDVI_2016033.tif"))[:10], str(file_date("x_2018-07-17.tif"))[:10]
    ('2016-02-02', '2018-07-17')
    """
    name = Path(path).stem
    for pattern, form in ((_DATE, "%Y%m%d"), (_DAY_OF_YEAR, "%Y%j")):
        for match in pattern.finditer(name):
            moment = pd.to_datetime("".join(match.groups()), format=form, errors="coerce")
            if not pd.isna(moment):
                return np.datetime64(moment, "ns")
    raise ValueError(f"No date stands in the name of {path}; several rasters need one each.")


class HDF5Reader(FileReader):
    """HDF5 whose dimensions may have no names: one-dimensional datasets name them."""

    output_instance = "xarray:Dataset"
    implements = {datatypes.HDF5}  # noqa: RUF012 - Intake's own way to say what a reader opens
    func = "xarray:open_dataset"

    def _read(
        self, data: Any, chunks: Any = None, group: str | None = None, **_: Any
    ) -> xr.Dataset:
        url = data.url.removeprefix("file://")
        engine = engine_for(url, "h5netcdf")
        ds = xr.open_dataset(
            url, engine=engine, group=group, chunks=chunks or {}, phony_dims="sort"
        )
        return name_dimensions(ds)


def name_dimensions(ds: xr.Dataset) -> xr.Dataset:
    """Name each nameless dimension after the one-dimensional dataset that runs along it.

    Parameters
    ----------
    ds : xarray.Dataset
        As opened by h5netcdf with phony dimensions.

    Returns
    -------
    xarray.Dataset
        With coordinates where a name could be given.

    Examples
    --------
    >>> ds = xr.Dataset({"lat": ("phony_dim_0", [1.0, 2.0]), "v": ("phony_dim_0", [3.0, 4.0])})
    >>> list(name_dimensions(ds).dims)
    ['lat']
    """
    names: dict[str, str] = {}
    wanted = ("lon", "lat", "time", "x", "y")
    lines = [str(n) for n in ds.data_vars if ds[n].ndim == 1]
    lines.sort(key=lambda n: not any(word in n.lower() for word in wanted))
    for name in lines:
        dim = str(ds[name].dims[0])
        if dim.startswith("phony_dim") and dim not in names:
            names[dim] = name
    return ds.set_coords(list(names.values())).swap_dims(names)
