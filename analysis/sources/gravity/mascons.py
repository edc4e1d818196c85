"""Monthly grids of equivalent water height: mascons of JPL and CSR, level-3 grids of JPL, CSR, GFZ.

The months are irregular: each is from when to when its `time_bounds` say, and a month without a
solution is no step at all. Nothing here fills a gap.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import numpy as np
import xarray as xr
from intake.readers import datatypes
from intake.readers.readers import FileReader

from analysis.sources.filelists import Paths, list_files, told
from analysis.sources.gravity.hydrology import remove_hydrology
from analysis.sources.guarded import FAULTS, open_guarded
from analysis.sources.guardedfiles import engine_for
from analysis.sources.guardedprocess import Unreadable
from analysis.sources.normalise import Hints, normalise
from analysis.sources.plausible import plausible

NAMES: Final = {
    "lwe_thickness": "lwe_thickness",
    "uncertainty": "lwe_uncertainty",
    "tws": "lwe_thickness",
    "std_tws": "lwe_uncertainty",
}
"""Name in the files -> name here."""

GAIN: Final = "scale_factor"
"""Gain that JPL gives beside its filtered mascons: a variable of the grid, not an attribute."""

_LEVEL3: Final = re.compile(r"GRD-3_(\d{7})-(\d{7})_")
_GROWING: Final = re.compile(r"^(GRCTellus\.\w+\.\d{6})_\d{6}(\..+)$")
_CHUNKS: Final = {"time": 48}


def open_mascons(
    paths: Paths, *, gains: bool = False, land_only: bool = False, chunks: Any = None
) -> xr.Dataset:
    """Open monthly grids of equivalent water height.

    Parameters
    ----------
    paths : str, pathlib.Path, or a sequence of them
        The one growing file of a mascon product (of several ages of it the latest), or the
        monthly files of a level-3 product (``GRD-3_*.nc``): file, folder or pattern.
    gains : bool, optional
        Multiply by the gain that the file has for each cell (``scale_factor``; JPL, CRI): it
        restores what the mascons of 3 degrees lose of the hydrological signal on land.
    land_only : bool, optional
        Keep the cells that the file's ``land_mask`` calls land.
    chunks : mapping, optional
        As in xarray.

    Returns
    -------
    xarray.Dataset
        Lazy. ``lwe_thickness`` and, where it is there, ``lwe_uncertainty`` (time, lat, lon), as
        in the file, and ``time_bounds`` (time, bounds). The uncertainty of JPL is one sigma of a
        mascon of 3 degrees, not of the cell.

    Raises
    ------
    ValueError
        No such variable, no times, months that are there twice, another grid in one of the
        files, no gain or mask where one is asked for.
    """
    files = _newest(list_files(paths, (".nc", ".nc4"), "monthly gravity grids"))
    parts = [_open(path, chunks or _CHUNKS) for path in files]
    ds = parts[0] if len(parts) == 1 else _join(parts, files)
    if gains:
        if GAIN not in ds:
            raise ValueError(f"{files[0].name} has no gain ({GAIN}); leave gains out.")
        for name in _values(ds):
            attrs = ds[name].attrs
            ds[name] = (ds[name] * ds[GAIN]).assign_attrs(attrs)
    if land_only:
        if "land_mask" not in ds:
            raise ValueError(f"{files[0].name} has no land_mask; leave land_only out.")
        for name in _values(ds):
            ds[name] = ds[name].where(ds["land_mask"] > 0.5)
    kept = plausible(ds[[*_values(ds), "time_bounds"]])
    return kept.assign_attrs(title=str(ds.attrs.get("title", "")), source=_source(ds))


def _newest(files: list[Path]) -> list[Path]:
    """Of a file that grows, and is renamed each month, the latest."""
    found: dict[tuple[str, ...], Path] = {}
    for path in sorted(files, key=lambda one: one.name):
        match = _GROWING.match(path.name)
        found[match.groups() if match else (path.name, str(path.parent))] = path
    return list(found.values())


def _values(ds: xr.Dataset) -> list[str]:
    return [name for name in dict.fromkeys(NAMES.values()) if name in ds]


def _source(ds: xr.Dataset) -> str:
    words = [str(ds.attrs.get(key, "")).strip() for key in ("institution", "title")]
    return "; ".join(word for word in words if word)


def _open(path: Path, chunks: Any) -> xr.Dataset:
    """One file with decoded times and bounds."""
    raw = open_guarded(path, engine="netcdf4", chunks=chunks, decode_times=False)
    found = {old: new for old, new in NAMES.items() if old in raw.data_vars}
    if "lwe_thickness" not in found.values():
        have = ", ".join(str(one) for one in raw.data_vars) or "none"
        raise ValueError(f"{path.name} has no equivalent water height ({have}).")
    raw = raw.rename({old: new for old, new in found.items() if old != new})
    for name in raw.variables:  # CSR writes Units
        attrs = raw[name].attrs
        if "units" not in attrs and "Units" in attrs:
            attrs["units"] = attrs["Units"]
    for axis in ("lat", "lon"):
        steps = np.diff(raw[axis].values) if axis in raw.dims and axis in raw.variables else None
        if steps is not None and not ((steps > 0).all() or (steps < 0).all()):
            raise ValueError(
                f"{path.name}: {axis} neither rises nor falls all along; it is damaged."
            )
    for name in _values(raw):
        if raw[name].dtype.kind not in "fiu" or raw[name].ndim != 3:
            raise ValueError(f"{path.name}: {name} holds no numbers (time, lat, lon).")
        unit = raw[name].attrs.get("units")
        if not isinstance(unit, str) or not unit.strip():  # cm of some, m of others: no guess
            raise ValueError(
                f"{path.name}: {name} has the unit {unit!r}; a length as cm or m is wanted. "
                "Copy or download it again."
            )
    return _decode(raw, path)


def _decode(raw: xr.Dataset, path: Path) -> xr.Dataset:
    if "time" not in raw.dims or "time" not in raw.variables:
        raise ValueError(f"{path.name} has no time axis.")
    units = str(raw["time"].attrs.get("units", ""))
    name = str(raw["time"].attrs.get("bounds", "time_bounds"))
    bounds = next((n for n in (name, "time_bounds", "time_bnds") if n in raw.variables), None)
    if bounds is not None:
        told_bounds = raw[bounds].compute(scheduler="synchronous")
        raw[bounds] = told_bounds.assign_attrs(units=units)  # they inherit those of their axis
    try:
        ds = xr.decode_cf(raw, mask_and_scale=False)  # once, when it was opened
    except FAULTS as error:
        raise ValueError(
            f"The times of {path.name} cannot be decoded (units {units!r})."
        ) from error
    if not np.issubdtype(ds["time"].dtype, np.datetime64):
        raise ValueError(f"The times of {path.name} have the units {units!r}; days since wanted.")
    spans = _spans(ds, bounds, path)
    kept = ds.drop_vars([n for n in {bounds, "bounds"} if n in ds.variables])
    kept["time"].attrs.pop("bounds", None)
    return kept.assign(time_bounds=(("time", "bounds"), spans))


def _spans(ds: xr.Dataset, bounds: str | None, path: Path) -> Any:
    """From when to when each month is: as the file says, else as its name says."""
    if bounds is not None:
        spans = ds[bounds].compute(scheduler="synchronous").values.astype("datetime64[ns]")
        if spans.shape != (ds.sizes["time"], 2) or not (spans[:, 0] < spans[:, 1]).all():
            raise ValueError(f"{path.name} has bounds of time that end before they begin.")
        times = ds["time"].values.astype("datetime64[ns]")
        beside = (times < spans[:, 0]) | (times > spans[:, 1])
        if beside.any():
            raise ValueError(
                f"{path.name} has the time {str(times[beside][0])[:10]} outside of its bounds, "
                f"{str(spans[beside][0, 0])[:10]} to {str(spans[beside][0, 1])[:10]}. "
                "Copy or download it again."
            )
        return spans
    match = _LEVEL3.search(path.name)
    if match and ds.sizes["time"] == 1:
        return np.array([[day_of_year(match[1]), day_of_year(match[2]) + np.timedelta64(1, "D")]])
    raise ValueError(
        f"{path.name} does not say from when to when its months are (time_bounds); "
        "a month of GRACE is not a calendar month."
    )


def day_of_year(text: str) -> np.datetime64:
    """Date of ``yyyyddd``.

    Examples
    --------
    >>> str(day_of_year("2002095"))[:10]
    '2002-04-05'
    """
    year, day = int(text[:4]), int(text[4:])
    if not (1900 < year < 2200 and 1 <= day <= 366):
        raise ValueError(f"{text!r} is no year and day of the year.")
    return np.datetime64(f"{year:04d}-01-01", "ns") + np.timedelta64(day - 1, "D")


def _join(parts: list[xr.Dataset], files: list[Path]) -> xr.Dataset:
    first = parts[0]
    for part, path in zip(parts, files, strict=True):
        for axis in ("lat", "lon"):
            same = axis in part and axis in first and part[axis].equals(first[axis])
            if not same:
                raise ValueError(f"{path.name} has another {axis} than {files[0].name}.")
    still = [n for n in (GAIN, "land_mask") if n in first]
    moving = []
    for part in parts:
        kept = {*_values(part), "time_bounds", "time", "lat", "lon"} - set(still)
        moving.append(part.drop_vars([name for name in part.variables if name not in kept]))
    joined = xr.concat(
        moving, dim="time", data_vars="minimal", coords="minimal", compat="override", join="exact"
    ).sortby("time")
    return joined.assign({name: first[name] for name in still})


class MasconReader(FileReader):
    """Reader for the catalogue: `open_mascons`, with a model of the water taken off if wanted.

    ``hydrology`` is a dataset, or the path of a NetCDF file or Zarr store, of water on land in a
    unit of height; see `remove_hydrology`.
    """

    output_instance = "xarray:Dataset"
    implements = {datatypes.HDF5}  # noqa: RUF012 - Intake's own way to say what a reader opens
    func = "xarray:open_dataset"

    def _read(
        self,
        data: Any,
        gains: bool = False,
        land_only: bool = False,
        hydrology: Any = None,
        base: Any = None,
        chunks: Any = None,
        **_: Any,
    ) -> xr.Dataset:
        given = chunks if isinstance(chunks, dict) else None
        ds = open_mascons(data.url, gains=gains, land_only=land_only, chunks=given)
        return without_water(ds, hydrology, base)


def without_water(ds: xr.Dataset, hydrology: Any, base: Any) -> xr.Dataset:
    """Take a model of the water off gravity, where one is given.

    Parameters
    ----------
    ds : xarray.Dataset
        Gravity as opened.
    hydrology : xarray.Dataset, str, pathlib.Path or None
        Model, or the file that holds it.
    base : tuple of two dates, or None
        As in `remove_hydrology`.

    Returns
    -------
    xarray.Dataset
        `ds` itself where `hydrology` is None.
    """
    if hydrology is None:
        return ds
    if not isinstance(hydrology, xr.Dataset):
        path = Path(str(hydrology)).expanduser()
        if not path.exists():
            raise ValueError(f"There is no file {path} (a model of the water on land wanted).")
        try:
            engine = engine_for(path, "zarr" if path.suffix == ".zarr" else "netcdf4")
            hydrology = xr.open_dataset(path, chunks={}, engine=engine)
        except Unreadable:
            raise
        except FAULTS as error:
            raise told(path, error) from error
    model = normalise(hydrology, source="model of the water on land")
    gravity = normalise(ds, hints=Hints())
    options = {} if base is None else {"base": base}
    return remove_hydrology(gravity, model, **options)
