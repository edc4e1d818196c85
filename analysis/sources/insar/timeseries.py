"""Displacement series that other programs made of a stack: LiCSBAS ``cum.h5`` and MintPy HDF5."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyproj
import xarray as xr
from intake.readers import datatypes
from intake.readers.readers import FileReader

from analysis.sources.filelists import Paths, list_files
from analysis.sources.guarded import open_guarded
from analysis.sources.plausible import plausible

_COARSEST: Final = 0.1  # degrees; cells of radar have some metres to some hundred
_LOS: Final = "Line-of-sight displacement, toward the satellite positive"
_RATE: Final = "Line-of-sight velocity, toward the satellite positive"


def open_licsbas(paths: Paths) -> xr.Dataset:
    """Open ``cum.h5`` or ``cum_filt.h5`` of LiCSBAS.

    Parameters
    ----------
    paths : str or pathlib.Path
        The file.

    Returns
    -------
    xarray.Dataset
        Lazy. ``los_displacement`` (time, lat, lon) in mm since the first date, and ``velocity``
        (lat, lon) in mm/year where the file has it; toward the satellite positive, relative to
        ``refarea`` (in the attributes). The corner that the file states is the centre of the
        first cell.

    Raises
    ------
    ValueError
        Damaged, or no such datasets; several files; in radar coordinates.
    """
    path = _one(paths, "LiCSBAS cum.h5")
    ds = _raw(path)
    for name in ("imdates", "cum"):
        if name not in ds:
            raise ValueError(f"{path.name} has no {name!r}: it is no cum.h5 of LiCSBAS.")
    if ds["cum"].ndim != 3 or ds["imdates"].size != ds["cum"].shape[0]:
        raise ValueError(f"{path.name}: imdates and cum do not fit ({ds['cum'].shape}).")
    corners = {}
    for name in ("corner_lat", "corner_lon", "post_lat", "post_lon"):
        if name not in ds:
            raise ValueError(f"{path.name} has no {name!r}: it is not geocoded.")
        corners[name] = _number(ds[name].values, name, path)
    days = [str(one) for one in np.asarray(ds["imdates"].values).ravel()]
    out = _grid(
        ds["cum"],
        _axis(corners["corner_lat"], corners["post_lat"], ds["cum"].shape[1], path),
        _axis(corners["corner_lon"], corners["post_lon"], ds["cum"].shape[2], path),
        _days(days, path),
        {"units": "mm", "long_name": _LOS},
    )
    if "vel" in ds and ds["vel"].shape == ds["cum"].shape[1:]:
        attrs = {"units": "mm/year", "long_name": _RATE}
        out["velocity"] = (("lat", "lon"), ds["vel"].data, attrs)
    out.attrs = {"source": "LiCSBAS"}
    if "refarea" in ds:
        out.attrs["reference_area"] = _text(ds["refarea"].values)
    return plausible(out)


def open_mintpy(paths: Paths) -> xr.Dataset:
    """Open a geocoded ``timeseries*.h5`` or ``velocity*.h5`` of MintPy.

    Parameters
    ----------
    paths : str or pathlib.Path
        The file.

    Returns
    -------
    xarray.Dataset
        Lazy. ``los_displacement`` (time, lat, lon) in m, or ``velocity`` and ``velocity_std``
        (lat, lon) in m/year; toward the satellite positive. In metres of a projection where the
        file has one (``EPSG``).

    Raises
    ------
    ValueError
        Damaged, no such dataset, in radar coordinates, attributes that are none.
    """
    path = _one(paths, "MintPy HDF5")
    ds = _raw(path)
    attrs = {str(key): _text(value) for key, value in ds.attrs.items()}
    name = next((n for n in ("timeseries", "velocity") if n in ds), None)
    if name is None:
        have = ", ".join(str(one) for one in ds.variables) or "nothing"
        raise ValueError(f"{path.name} has neither timeseries nor velocity; it has {have}.")
    if "X_FIRST" not in attrs or "Y_FIRST" not in attrs:
        raise ValueError(f"{path.name} is in radar coordinates; geocode it first (geocode.py).")
    if ds[name].ndim not in (2, 3):
        raise ValueError(f"{path.name}: {name} has {ds[name].ndim} dimensions.")
    in_degrees = attrs.get("X_UNIT", "degrees").lower().startswith("deg")
    sides = tuple(attrs.get(key, "") for key in ("LENGTH", "WIDTH"))
    if sides != tuple(str(one) for one in ds[name].shape[-2:]):
        raise ValueError(
            f"{path.name}: {name} has the shape {ds[name].shape}, but the file states the LENGTH "
            f"{sides[0] or 'of nothing'} and the WIDTH {sides[1] or 'of nothing'}."
        )
    x, y = (
        _axis(first + step / 2, step, size, path, in_degrees)
        for first, step, size in (
            (_attr(attrs, f"{letter}_FIRST", path), _attr(attrs, f"{letter}_STEP", path), size)
            for letter, size in (("X", ds[name].shape[-1]), ("Y", ds[name].shape[-2]))
        )
    )
    if name == "timeseries":
        if "date" not in ds or ds["date"].size != ds[name].shape[0] or ds[name].ndim != 3:
            raise ValueError(f"{path.name}: date and timeseries do not fit.")
        days = _days([_text(one) for one in np.asarray(ds["date"].values).ravel()], path)
        told_attrs = {"units": _unit(attrs, "m", path), "long_name": _LOS}
        out = _grid(ds[name], y, x, days, told_attrs)
    else:
        units = _unit(attrs, "m/year", path)
        out = _grid(ds[name], y, x, None, {"units": units, "long_name": _RATE})
        if "velocityStd" in ds and ds["velocityStd"].shape == ds[name].shape:
            if ds["velocityStd"].dtype.kind not in "fiu":
                raise ValueError(f"{path.name}: velocityStd holds no numbers.")
            label = "Standard error of the line-of-sight velocity"
            out["velocity_std"] = (
                ("lat", "lon"),
                ds["velocityStd"].data.astype(np.float32),
                {"units": units, "long_name": label},
            )
    out.attrs = {"source": "MintPy", "reference_date": attrs.get("REF_DATE", "")}
    return _projected(plausible(out), attrs, path)


def _projected(out: xr.Dataset, attrs: dict[str, str], path: Path) -> xr.Dataset:
    if attrs.get("X_UNIT", "degrees").lower().startswith("deg"):
        return out
    code = attrs.get("EPSG", "")
    if not code.isdigit():
        raise ValueError(f"{path.name} is in {attrs.get('X_UNIT')} and states no EPSG code.")
    try:
        crs = pyproj.CRS.from_epsg(int(code))
    except pyproj.exceptions.CRSError:
        raise ValueError(f"{path.name} states the EPSG code {code}, which is none.") from None
    out = out.rename({"lat": "y", "lon": "x"})
    for axis in ("x", "y"):
        out[axis].attrs = {"units": "m", "standard_name": f"projection_{axis}_coordinate"}
    return out.assign_coords(spatial_ref=xr.Variable((), 0, {"crs_wkt": crs.to_wkt()}))


def _one(paths: Paths, what: str) -> Path:
    files = list_files(paths, (".h5", ".hdf5", ".he5"), what)
    if len(files) > 1:
        raise ValueError(f"{len(files)} files match ({files[0].name}, ...); name one.")
    return files[0]


def _raw(path: Path) -> xr.Dataset:
    return open_guarded(path, engine="h5netcdf", phony_dims="sort", decode_cf=False)


def _grid(data: xr.DataArray, lat: Any, lon: Any, days: Any, attrs: dict[str, str]) -> xr.Dataset:
    """Dataset of the one variable; a value of exactly 0 stays, fill values are NaN."""
    coords = {
        "lat": ("lat", lat, {"units": "degrees_north"}),
        "lon": ("lon", lon, {"units": "degrees_east"}),
    }
    if data.dtype.kind != "f":
        raise ValueError(f"{data.name!r} holds {data.dtype} and no fractions.")
    if days is None:
        return xr.Dataset({"velocity": (("lat", "lon"), data.data, attrs)}, coords=coords)
    return xr.Dataset(
        {"los_displacement": (("time", "lat", "lon"), data.data, attrs)},
        coords={"time": ("time", days), **coords},
    )


def _axis(first: float, step: float, count: int, path: Path, degrees: bool = True) -> Any:
    if not np.isfinite([first, step]).all() or step == 0:
        raise ValueError(f"{path.name} has an axis from {first} in steps of {step}.")
    if degrees and abs(step) > _COARSEST:
        raise ValueError(
            f"{path.name} has cells of {abs(step):g} degrees; those of radar have at most "
            f"{_COARSEST:g}. Copy or download it again."
        )
    return first + step * np.arange(count)


def _days(texts: list[str], path: Path) -> Any:
    moments = pd.to_datetime(pd.Series(texts, dtype=str), format="%Y%m%d", errors="coerce")
    if moments.isna().any():
        raise ValueError(f"{path.name} has the date {texts[int(moments.isna().argmax())]!r}.")
    return moments.to_numpy().astype("datetime64[ns]")


def _number(value: Any, name: str, path: Path) -> float:
    array = np.asarray(value)
    if array.size != 1 or array.dtype.kind not in "iuf":
        raise ValueError(f"{path.name}: {name} is no number.")
    return float(array.ravel()[0])


def _attr(attrs: dict[str, str], name: str, path: Path) -> float:
    try:
        return float(attrs[name])
    except (KeyError, ValueError):
        raise ValueError(f"{path.name}: the attribute {name} is {attrs.get(name)!r}.") from None


def _unit(attrs: dict[str, str], wanted: str, path: Path) -> str:
    stated = attrs.get("UNIT", wanted)
    if stated not in {"m", "cm", "mm", "m/year", "cm/year", "mm/year"}:
        raise ValueError(f"{path.name} is in {stated!r}; metres wanted.")
    return stated


def _text(value: Any) -> str:
    plain = np.asarray(value).ravel()
    if plain.size != 1:
        return " ".join(_text(one) for one in plain[:10])
    one = plain[0]
    return one.decode("utf-8", "replace") if isinstance(one, bytes) else str(one)


class LicsbasReader(FileReader):
    """Reader for the catalogue: `open_licsbas`."""

    output_instance = "xarray:Dataset"
    implements = {datatypes.HDF5}  # noqa: RUF012 - Intake's own way to say what a reader opens
    func = "xarray:open_dataset"

    def _read(self, data: Any, **_: Any) -> xr.Dataset:
        return open_licsbas(data.url)


class MintpyReader(FileReader):
    """Reader for the catalogue: `open_mintpy`."""

    output_instance = "xarray:Dataset"
    implements = {datatypes.HDF5}  # noqa: RUF012 - Intake's own way to say what a reader opens
    func = "xarray:open_dataset"

    def _read(self, data: Any, **_: Any) -> xr.Dataset:
        return open_mintpy(data.url)
