"""ARIA S1-GUNW: unwrapped interferograms in longitude and latitude, NetCDF-4, as a stack.

The reference of a pair is the later date there; a positive phase is motion toward the satellite.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import dask.array as da
import numpy as np
import pandas as pd
import xarray as xr

from analysis.sources.filelists import Paths, list_files, told
from analysis.sources.guarded import FAULTS, open_guarded
from analysis.sources.guardedfiles import open_hdf5
from analysis.sources.guardedprocess import Unreadable
from analysis.sources.insar.interferograms import SENTINEL1
from analysis.sources.plausible import plausible

_NAME: Final = re.compile(r"^S1-GUNW-(?P<look>[AD])-R-(?P<track>\d{3})-\w+-(\d{8})_(\d{8})-")
_DATA: Final = "science/grids/data"
_WAVE: Final = "science/radarMetaData/wavelength"


def open_gunw(paths: Paths, *, chunks: Any = None) -> xr.Dataset:
    """Open S1-GUNW files of one track as a stack for :func:`analysis.seismic.sbas`.

    Parameters
    ----------
    paths : str, pathlib.Path, or a sequence of them
        Files, folder or pattern.
    chunks : mapping, optional
        As in xarray, of latitude and longitude.

    Returns
    -------
    xarray.Dataset
        Lazy, on the part of the grid that all files have. ``unwrapped_phase`` (pair, latitude,
        longitude) rad, as in the files; ``coherence``; ``reference`` (the earlier date) and
        ``secondary`` (pair); attributes ``wavelength`` (m) and ``sign`` 1. The corrections that
        the files hold (tides, troposphere, ionosphere) are not applied.

    Raises
    ------
    ValueError
        Another name, several tracks, no such groups, grids that do not fit, the same pair twice.
    """
    files = list_files(paths, (".nc",), "S1-GUNW files")
    names = [_NAME.match(path.name) for path in files]
    for path, match in zip(files, names, strict=True):
        if match is None:
            raise ValueError(f"{path.name} is no name of an S1-GUNW file.")
    tracks = sorted({f"{match['look']}{match['track']}" for match in names if match})
    if len(tracks) > 1:
        raise ValueError(f"The files are of {len(tracks)} tracks ({', '.join(tracks)}); open one.")
    pairs = [
        sorted(_dates(match.group(4), match.group(3), path)) for match, path in _both(names, files)
    ]
    if len({tuple(map(str, pair)) for pair in pairs}) < len(pairs):
        raise ValueError("The same pair is there twice; of several frames open one at a time.")
    parts = [_open(path, chunks or {"latitude": 512, "longitude": 512}) for path in files]
    shared = _crop(parts, files)
    order = sorted(range(len(files)), key=lambda k: tuple(pairs[k]))
    data = {
        name: (
            ("pair", "latitude", "longitude"),
            da.stack([da.asarray(shared[k][name].data) for k in order]).rechunk({0: -1}),
            {"units": units, "long_name": label},
        )
        for name, units, label in (
            ("unwrapped_phase", "rad", "Unwrapped phase"),
            ("coherence", "1", "Coherence"),
        )
        if all(name in part for part in shared)
    }
    out = xr.Dataset(
        data,
        coords={
            "reference": ("pair", np.array([pairs[k][0] for k in order])),
            "secondary": ("pair", np.array([pairs[k][1] for k in order])),
            "latitude": shared[0]["latitude"],
            "longitude": shared[0]["longitude"],
        },
    )
    out.attrs = {"wavelength": _wavelength(files[0]), "sign": 1, "track": tracks[0]}
    return plausible(out)


def _both(names: list[Any], files: list[Path]) -> list[tuple[Any, Path]]:
    return list(zip(names, files, strict=True))


def _dates(early: str, late: str, path: Path) -> list[Any]:
    moments = pd.to_datetime(pd.Series([early, late]), format="%Y%m%d", errors="coerce")
    if moments.isna().any() or moments[0] == moments[1]:
        raise ValueError(f"{path.name} has dates that are none, or one and the same.")
    return list(moments.to_numpy().astype("datetime64[ns]"))


def _wavelength(path: Path) -> float:
    try:
        file = open_hdf5(path)
        given = float(np.asarray(file[_WAVE]).ravel()[0]) if _WAVE in file else SENTINEL1
    except Unreadable:
        raise
    except FAULTS as error:
        raise told(path, error) from error
    if not 0.01 < given < 1.0:
        raise ValueError(f"{path.name} states the wavelength {given} m; radars have 0.01 to 1.")
    return given


def _open(path: Path, chunks: Any) -> xr.Dataset:
    ds = open_guarded(path, engine="h5netcdf", group=_DATA, chunks=chunks)
    if "unwrappedPhase" not in ds or ds["unwrappedPhase"].dims != ("latitude", "longitude"):
        raise ValueError(f"{path.name} has no unwrappedPhase (latitude, longitude) in {_DATA}.")
    for axis in ("latitude", "longitude"):
        values = ds[axis].values if axis in ds.coords else np.zeros(0)
        even = values.size > 1 and np.allclose(np.diff(values), values[1] - values[0], rtol=1e-3)
        if not even or values[0] == values[1]:
            raise ValueError(f"{path.name} has no even {axis}.")
    if "coherence" in ds and ds["coherence"].dims != ("latitude", "longitude"):
        raise ValueError(f"{path.name}: the coherence is not on the axes of the phase.")
    if any(ds[n].dtype.kind not in "fiu" for n in ("unwrappedPhase", "coherence") if n in ds):
        raise ValueError(f"{path.name}: the phase or the coherence holds no numbers.")
    phase = ds["unwrappedPhase"].astype(np.float32)
    out = xr.Dataset({"unwrapped_phase": phase.where(phase != 0)})
    if "coherence" in ds:
        out["coherence"] = ds["coherence"].astype(np.float32).fillna(0.0).clip(0.0, 1.0)
    for axis in ("latitude", "longitude"):
        if out[axis][0] > out[axis][-1]:
            out = out.isel({axis: slice(None, None, -1)})
    return out


def _crop(parts: list[xr.Dataset], files: list[Path]) -> list[xr.Dataset]:
    """Part of the grid that all files have; their cells must coincide."""
    for axis in ("latitude", "longitude"):
        step = float(parts[0][axis][1] - parts[0][axis][0])
        low = max(float(part[axis][0]) for part in parts)
        high = min(float(part[axis][-1]) for part in parts)
        count = round((high - low) / step) + 1
        if count < 2:
            raise ValueError(f"The files share no {axis}; open those of one frame.")
        cut = []
        for part, path in zip(parts, files, strict=True):
            own = float(part[axis][1] - part[axis][0])
            start = (low - float(part[axis][0])) / step
            if abs(own / step - 1) > 1e-3 or abs(start - round(start)) > 0.05:
                raise ValueError(f"The cells of {path.name} do not coincide with the others.")
            cut.append(part.isel({axis: slice(round(start), round(start) + count)}))
        parts = [one.assign_coords({axis: cut[0][axis]}) for one in cut]
    return parts
