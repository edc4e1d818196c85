"""Outgoing longwave radiation: NOAA climate data records and CERES EBAF, in NetCDF.

NOAA: ``olr(time, lat, lon)``, daily on 1 degree (``olr-daily_v01r02_20200101_20201231.nc``, the
newest months as ``olr-daily_v01r02-preliminary_...``) and monthly on 2.5 degrees
(``olr-monthly_v02r07_197901_202311.nc``); also NOAA PSL (``olr.day.mean.nc``). CERES EBAF:
``toa_lw_all_mon``. Longitudes run from 0 to 360 in all of them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import xarray as xr
from intake.readers import datatypes
from intake.readers.readers import FileReader

from analysis.sources.filelists import told
from analysis.sources.formats import check_file
from analysis.sources.guardedfiles import engine_for
from analysis.sources.guardedprocess import Unreadable
from analysis.sources.surface import tiles

_NAMES: Final = ("olr", "toa_lw_all_mon", "outgoing_longwave")
_PROBLEMS: Final = (
    OSError,
    ValueError,
    LookupError,
    TypeError,
    RuntimeError,
    AttributeError,
    ArithmeticError,
)
"""What the libraries say of a damaged file."""

_CHUNK: Final = {"time": 128}
_LEAST: Final = 50.0  # W m-2, below what any place on the globe sends out
_MOST: Final = 450.0


def open_longwave(paths: tiles.Paths, variable: str | None = None) -> xr.Dataset:
    """Open outgoing longwave radiation of one or several files.

    Parameters
    ----------
    paths : path, or sequence of paths
        NetCDF files, folders or patterns. Where files hold the same time, a final one counts
        before a preliminary one, and a later file before an earlier one.
    variable : str, optional
        Name in the file; without it ``olr`` or ``toa_lw_all_mon``.

    Returns
    -------
    xarray.Dataset
        (time, lat, lon), outgoing_longwave in the units of the file (W m-2); values that no place
        on the globe sends out (below 50 or above 450 W m-2) are missing.

    Raises
    ------
    ValueError
        A file is missing, damaged, or has no such variable.
    """
    files = tiles.local_files(paths, (".nc", ".nc4"))
    ordered = sorted(files, key=lambda path: ("prelim" not in Path(path).name.lower(), path))
    steps = [_open(path, variable) for path in ordered]
    ds = steps[0] if len(steps) == 1 else xr.concat(steps, dim="time", join="exact")
    times = ds.indexes["time"]
    kept = ~times.duplicated(keep="last")
    if not kept.all():
        ds = ds.isel(time=np.flatnonzero(kept))
    ds = ds.sortby("time")
    values = ds["outgoing_longwave"]
    plausible = (values >= _LEAST) & (values <= _MOST)
    return ds.assign(outgoing_longwave=values.where(plausible).assign_attrs(values.attrs))


def _open(path: str, variable: str | None) -> xr.Dataset:
    check_file(path, "netcdf")
    try:
        with Path(path).open("rb") as file:
            engine = "scipy" if file.read(3) == b"CDF" else "h5netcdf"
        raw = xr.open_dataset(
            path,
            engine=engine_for(path, engine),
            chunks=_CHUNK,
            mask_and_scale=False,
            decode_timedelta=False,
        )
    except Unreadable:
        raise
    except _PROBLEMS as error:
        raise told(Path(path), error) from error
    name = variable or next((one for one in _NAMES if one in raw.data_vars), None)
    if name not in raw.data_vars:
        have = ", ".join(map(str, raw.data_vars)) or "none"
        raise ValueError(
            f"{path} has no variable {variable or ' or '.join(_NAMES)}; it has {have}."
        )
    data = raw[str(name)]
    if set(data.dims) != {"time", "lat", "lon"}:
        raise ValueError(f"{name} of {path} has the dimensions {data.dims}; time, lat, lon fit.")
    missing = [axis for axis in ("time", "lat", "lon") if axis not in raw.indexes]
    if missing:
        raise ValueError(f"{path} has no axis {' and '.join(missing)}.")
    if not np.issubdtype(raw["time"].dtype, np.datetime64):
        raise ValueError(f"The times of {path} are {raw['time'].dtype}, which are no dates.")
    if not np.issubdtype(data.dtype, np.number):
        raise ValueError(f"{name} of {path} holds {data.dtype}; numbers fit.")
    if str(data.attrs.get("units", "")).strip() == "":
        data.attrs["units"] = "W m-2"
    data = _unpacked(data, path)
    out = data.transpose("time", "lat", "lon").rename("outgoing_longwave").to_dataset()
    bounds = raw["time"].attrs.get("bounds", "")
    if bounds in raw and raw[bounds].ndim == 2 and raw[bounds].dims[0] == "time":
        out["time_bounds"] = (("time", "bnds"), raw[bounds].values)
    out["time"].attrs = {}
    return out.reset_coords(drop=True)


def _unpacked(data: xr.DataArray, path: str) -> xr.DataArray:
    """Values with scale and offset applied and fill values missing, if these are numbers."""
    stated: dict[str, float] = {"scale_factor": 1.0, "add_offset": 0.0}
    for key in (*stated, "_FillValue", "missing_value"):
        if key not in data.attrs:
            continue
        value = np.asarray(data.attrs[key]).ravel()
        if value.size != 1 or value.dtype.kind not in "iuf":
            raise ValueError(f"{data.name} of {path} states {key}={data.attrs[key]!r}, no number.")
        stated[key] = float(value[0])
    fills = [stated[key] for key in ("_FillValue", "missing_value") if key in stated]
    kept = {k: v for k, v in data.attrs.items() if k in ("units", "long_name", "cell_methods")}
    plain = data.astype(np.float32)
    good = ~data.isin(np.array(fills, dtype=data.dtype)) if fills else True
    return (plain * stated["scale_factor"] + stated["add_offset"]).where(good).assign_attrs(kept)


class LongwaveReader(FileReader):
    """NOAA and CERES files of outgoing longwave radiation."""

    output_instance = "xarray:Dataset"
    implements = {datatypes.HDF5}  # noqa: RUF012 - Intake's own way to say what a reader opens
    func = "analysis.sources.surface.longwave:open_longwave"

    def _read(self, data: Any, variable: str | None = None, **_: Any) -> xr.Dataset:
        return open_longwave(data.url, variable)
