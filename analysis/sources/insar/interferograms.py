"""Stacks of unwrapped interferograms in GeoTIFF: LiCSAR frames, PyRate, and their like.

A stack is what :func:`analysis.seismic.sbas` inverts. Phases stay as they are in the files; the
stack says what they mean: with `sign` -1 a positive phase is motion away from the satellite
(GAMMA, LiCSAR, ROI_PAC and ISCE with the earlier date first), so that
``los_displacement = sign * wavelength / (4 pi) * phase`` is positive toward the satellite.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import dask.array as da
import numpy as np
import rasterio
import xarray as xr

from analysis.sources.circle import wrap_longitude
from analysis.sources.filelists import Paths, list_files, told
from analysis.sources.guarded import FAULTS, open_band, silent
from analysis.sources.insar.pairs import pair_dates
from analysis.sources.plausible import plausible

SENTINEL1: Final = 299_792_458.0 / 5.405e9
"""Wavelength of Sentinel-1 in metres (5.405 GHz); LiCSAR files do not state it."""

Pair = tuple[Any, Any]
"""First and second date, numpy.datetime64."""

_COHERENCE: Final = re.compile(r"(^|[._-])(cc|coh|corr|coherence)([._-]|$)", re.IGNORECASE)
_PHASE: Final = re.compile(r"(^|[._-])(unw|unw_phase|unwrapped)([._-]|$)", re.IGNORECASE)
_VECTOR: Final = re.compile(r"\.geo\.([ENU])\.tif$")
_VECTOR_NAMES: Final = {"E": "los_east", "N": "los_north", "U": "los_up"}
_SAME: Final = 1e-3  # of a cell: how far the corners of two files may differ
_CELLS: Final = 16_000_000  # values of one variable in a chunk: all pairs of some rows


def open_interferograms(
    paths: Paths,
    *,
    wavelength: float | None = None,
    sign: int = -1,
    chunks: Any = None,
) -> xr.Dataset:
    """Open a stack of unwrapped interferograms, with their coherence where it is there.

    Parameters
    ----------
    paths : str, pathlib.Path, or a sequence of them
        Folder (of a LiCSAR frame, for example), pattern, or files. By name (``unw``, ``cc``,
        ``coh``) a file is phase or coherence; others are left alone. The dates of a pair stand
        in its name or in the tags ``FIRST_DATE`` and ``SECOND_DATE``.
    wavelength : float, optional
        Of the radar, metres; else the tag ``WAVELENGTH_METRES``, else that of Sentinel-1 for
        names of LiCSAR (``yyyymmdd_yyyymmdd.geo.unw.tif``).
    sign : int, optional
        -1 where positive phase is motion away from the satellite, 1 where it is toward it.
    chunks : mapping, optional
        As in xarray.

    Returns
    -------
    xarray.Dataset
        Lazy. ``unwrapped_phase`` (pair, latitude, longitude) rad, ``coherence`` the same, 0 to 1;
        ``reference`` and ``secondary`` (pair) are the dates. ``los_east``, ``los_north``,
        ``los_up`` (latitude, longitude) of a LiCSAR frame: unit vector to the satellite. A phase
        of exactly 0 is missing. Attributes ``wavelength`` (m), ``sign``.

    Raises
    ------
    ValueError
        No pair, the same pair twice, files on different grids, no wavelength, a damaged file.
    """
    if sign not in (-1, 1):
        raise ValueError(f"sign is {sign!r}; allowed are -1 and 1.")
    files = list_files(paths, (".tif", ".tiff"), "interferograms")
    phases = [path for path in files if _PHASE.search(path.stem) and not path.stem.endswith("_dem")]
    if not phases:
        raise ValueError(
            f"None of the {len(files)} files is an unwrapped interferogram by its name "
            f"(unw); the first is {files[0].name}."
        )
    described = {path: _describe(path) for path in phases}
    pairs = _pairs(described)
    length = _wavelength(described, wavelength)
    grid = described[phases[0]]
    data = {"unwrapped_phase": _stack(list(pairs.values()), "unwrapped_phase", grid, chunks)}
    coherent = _coherence(files, pairs)
    if coherent:
        data["coherence"] = _stack(coherent, "coherence", grid, chunks)
    ds = xr.Dataset(data | _vectors(files, grid, chunks))
    reference, secondary = zip(*pairs, strict=True)
    ds = ds.assign_coords(
        reference=("pair", np.array(reference)), secondary=("pair", np.array(secondary))
    )
    ds.attrs = {"wavelength": length, "sign": sign, **_metadata(files)}
    ds.encoding["source"] = str(phases[0])
    return plausible(_ascending(ds))


def _describe(path: Path) -> dict[str, Any]:
    """Tags and grid of a file."""
    try:
        with silent(), rasterio.open(path) as file:
            found = {"tags": file.tags(), "shape": file.shape, "transform": file.transform}
            found["dtype"] = file.dtypes[0]
            crs, place = file.crs, file.transform
            geographic = crs is not None and crs.is_geographic
    except FAULTS as error:
        raise told(path, error) from error
    if not geographic:
        raise ValueError(
            f"{path.name} is not in longitude and latitude (it states {crs}); geocoded "
            "interferograms are wanted."
        )
    if place.b or place.d or not np.isfinite(np.array(place)).all() or not place.a * place.e:
        raise ValueError(f"{path.name} has a grid that is turned or empty.")
    return found


def _dates(path: Path, tags: Mapping[str, str]) -> Pair:
    given = tags.get("FIRST_DATE"), tags.get("SECOND_DATE")
    if all(given):
        try:
            return (np.datetime64(given[0], "ns"), np.datetime64(given[1], "ns"))
        except ValueError:
            raise ValueError(f"{path.name} has the dates {given}, which are none.") from None
    return pair_dates(path.name)


def _pairs(
    described: Mapping[Path, Mapping[str, Any]],
) -> dict[Pair, Path]:
    """Dates of each pair -> its file; sorted by date."""
    found: dict[Pair, Path] = {}
    for path, about in described.items():
        pair = _dates(path, about["tags"])
        days = [str(one)[:10] for one in pair]
        if pair in found:
            raise ValueError(
                f"The pair {' - '.join(days)} is there twice: {found[pair].name} and {path.name}."
            )
        if pair[0] == pair[1]:
            raise ValueError(f"{path.name} joins {days[0]} with itself.")
        found[pair] = path
    return dict(sorted(found.items()))


def _wavelength(described: Mapping[Path, Mapping[str, Any]], given: float | None) -> float:
    """Wavelength in metres; files that state different ones are no stack."""
    stated = {}
    for path, about in described.items():
        text = about["tags"].get("WAVELENGTH_METRES")
        if text:
            stated[path.name] = float(text)
    if given is None and stated:
        low, high = min(stated.values()), max(stated.values())
        if high - low > 1e-5 * high:
            raise ValueError(f"The files state wavelengths from {low} to {high} m: not one radar.")
        given = high
    if given is None and all(".geo.unw" in path.name for path in described):
        given = SENTINEL1
    if given is None:
        raise ValueError("The files state no wavelength; give wavelength in metres.")
    if not 0.01 < given < 1.0:
        raise ValueError(f"The wavelength is {given!r} m; radars have 0.01 to 1.")
    return float(given)


def _coherence(files: list[Path], pairs: Mapping[Pair, Path]) -> list[Path]:
    """File of coherence of each pair; none at all, or one of each."""
    found = {}
    for path in files:
        if _COHERENCE.search(path.stem) and not _PHASE.search(path.stem):
            found[pair_dates(path.name)] = path
    short = {tuple(pair_dates(path.name)): path for path in pairs.values() if found}
    missing = [path.name for pair, path in short.items() if pair not in found]
    if found and missing:
        raise ValueError(
            f"{len(missing)} of {len(pairs)} interferograms have no file of coherence, "
            f"the first of them is {missing[0]}."
        )
    return [found[pair] for pair in short]


def _stack(paths: list[Path], name: str, grid: Mapping[str, Any], chunks: Any) -> xr.DataArray:
    rows, columns = grid["shape"]
    cut = chunks or {"y": min(rows, max(1, _CELLS // (len(paths) * columns))), "x": columns}
    layers = [_layer(path, name, grid, cut) for path in paths]
    stacked = da.stack(layers)
    stacked = stacked.rechunk({0: -1})
    if name == "unwrapped_phase":
        stacked = da.where(stacked == 0, np.float32(np.nan), stacked)
        attrs = {"units": "rad", "long_name": "Unwrapped phase"}
    else:
        attrs = {"units": "1", "long_name": "Coherence"}
    place = grid["transform"]
    coords = {
        "latitude": place.f + place.e * (np.arange(rows) + 0.5),
        "longitude": place.c + place.a * (np.arange(columns) + 0.5),
    }
    return xr.DataArray(
        stacked, dims=("pair", "latitude", "longitude"), coords=coords, name=name, attrs=attrs
    )


def _layer(path: Path, name: str, grid: Mapping[str, Any], chunks: Any) -> da.Array:
    """One file, checked to lie on the grid of the first."""
    about = _describe(path)
    cell = max(abs(grid["transform"].a), abs(grid["transform"].e))
    apart = np.abs(np.array(about["transform"]) - np.array(grid["transform"])).max()
    if about["shape"] != grid["shape"] or not apart <= _SAME * cell:
        raise ValueError(
            f"{path.name} lies on another grid ({about['shape'][0]} x {about['shape'][1]} cells) "
            f"than the first file ({grid['shape'][0]} x {grid['shape'][1]})."
        )
    values = open_band(path, 1, chunks)
    if about["dtype"] == "uint8":  # 0 to 255; the fill value 0 is masked by now
        values = values / np.float32(255.0)
    if name == "coherence":
        values = da.clip(da.nan_to_num(values), 0.0, 1.0)
    return values.astype(np.float32)


def _vectors(files: list[Path], grid: Mapping[str, Any], chunks: Any) -> dict[str, xr.DataArray]:
    found = {}
    for path in files:
        match = _VECTOR.search(path.name)
        if match:
            name = _VECTOR_NAMES[match[1]]
            layer = _layer(path, name, grid, chunks)
            found[name] = xr.DataArray(
                layer,
                dims=("latitude", "longitude"),
                attrs={"units": "1", "long_name": f"Unit vector to the satellite, {match[1]}"},
            )
    return found


def _metadata(files: list[Path]) -> dict[str, str]:
    """Lines ``key=value`` of the ``metadata.txt`` of a LiCSAR frame."""
    folders = {parent for path in files[:1] for parent in (path.parent, *path.parents[:3])}
    for folder in sorted(folders, key=lambda one: -len(one.parts)):
        for path in (folder / "metadata.txt", folder / "metadata" / "metadata.txt"):
            if path.is_file():
                lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
                rows = (line.split("=", 1) for line in lines if "=" in line)
                return {f"licsar_{key.strip()}": value.strip() for key, value in rows}
    return {}


def _ascending(ds: xr.Dataset) -> xr.Dataset:
    """Latitude and longitude ascending, longitude in [-180, 180)."""
    if ds.latitude.size > 1 and ds.latitude[0] > ds.latitude[-1]:
        ds = ds.isel(latitude=slice(None, None, -1))
    longitude = wrap_longitude(ds["longitude"].values)
    if np.any(np.diff(longitude) <= 0):
        raise ValueError("A stack across the date line is not read; cut it there.")
    ds = ds.assign_coords(longitude=longitude)
    ds["longitude"].attrs = {"units": "degrees_east", "standard_name": "longitude"}
    ds["latitude"].attrs = {"units": "degrees_north", "standard_name": "latitude"}
    return ds
