"""Displacement that SNAP made: BEAM-DIMAP (``.dim`` with its ``.data`` folder) and GeoTIFF.

``displacement`` of SNAP is ``-wavelength / (4 pi) * phase`` in metres, from the first to the second
date of the pair: toward the satellite positive. Products must be geocoded (Terrain Correction).
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import rasterio
import xarray as xr
from intake.readers import datatypes
from intake.readers.readers import FileReader

from analysis.sources.filelists import Paths, list_files, told
from analysis.sources.guarded import FAULTS, open_band, silent
from analysis.sources.plausible import plausible
from analysis.sources.projection import find_crs

_LIGHT: Final = 299_792_458.0
_PAIR: Final = re.compile(r"(\d{2}[A-Z][a-z]{2}\d{4})_(\d{2}[A-Z][a-z]{2}\d{4})")
_LONGEST: Final = 50_000_000  # bytes of a header
_KINDS: Final = (  # beginning of a band's name -> name here
    ("displacement", "los_displacement"),
    ("unw_phase", "unwrapped_phase"),
    ("unwphase", "unwrapped_phase"),
    ("coh", "coherence"),
)
_CHUNKS: Final = {"x": 2048, "y": 512}


@dataclass(frozen=True)
class _Band:
    name: str
    file: Path
    units: str
    scale: float
    offset: float
    missing: float | None


@dataclass(frozen=True)
class _Product:
    bands: list[_Band]
    crs: str
    xs: Any
    ys: Any
    wavelength: float | None


def open_snap(paths: Paths, *, bands: dict[str, str] | None = None) -> xr.Dataset:
    """Open geocoded interferometric products of SNAP, one time step for each pair.

    Parameters
    ----------
    paths : str, pathlib.Path, or a sequence of them
        ``.dim`` files or ``.tif`` files; a folder or a pattern of them.
    bands : mapping of str to str, optional
        Name of a band in the file -> ``los_displacement``, ``unwrapped_phase`` or ``coherence``;
        without it the names that SNAP gives are known (``displacement*``, ``Unw_Phase_*``,
        ``coh_*``).

    Returns
    -------
    xarray.Dataset
        Lazy, ``(time, y, x)``; the time is the second date, ``time_bounds`` are both.
        ``los_displacement`` in m between the two, made from ``unwrapped_phase`` where the product
        has no band of it.

    Raises
    ------
    ValueError
        No geocoded bands that are known, no dates of the pair, a damaged file.
    """
    files = list_files(paths, (".dim", ".tif", ".tiff"), "products of SNAP")
    dims = [path for path in files if path.suffix.lower() == ".dim"]
    inside = {path.with_suffix(".data") for path in dims}
    rasters = [p for p in files if p.suffix.lower() != ".dim" and p.parent not in inside]
    parts = [_dimap(path, bands) for path in dims] + [_tiff(path, bands) for path in rasters]
    ordered = sorted(parts, key=lambda one: one["time"].values[0])
    for one in ordered[1:]:
        same = all(np.array_equal(one[a].values, ordered[0][a].values) for a in ("x", "y"))
        if not same:
            raise ValueError("The products lie on different grids; open them one by one.")
    ordered = [plausible(one) for one in ordered]
    whole = ordered[0]
    if len(ordered) > 1:
        whole = xr.concat(ordered, dim="time", join="exact", combine_attrs="drop_conflicts")
    return whole


def _dimap(path: Path, bands: dict[str, str] | None) -> xr.Dataset:
    product = _header(path)
    known = _known([band.name for band in product.bands], bands, path)
    data = {}
    for band in product.bands:
        if band.name in known:
            data[known[band.name]] = _read(band, product, path)
    return _assemble(data, [*known, path.stem], product, path)


def _header(path: Path) -> _Product:
    """Read the header: bands, places, wavelength."""
    text = path.read_bytes()
    if len(text) > _LONGEST or b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise ValueError(f"{path.name} is no header of SNAP.")
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - entities are refused above
    except (ElementTree.ParseError, LookupError, ValueError) as error:  # an unknown encoding
        raise ValueError(f"{path.name} is no header of SNAP: {error}.") from None
    if root.tag != "Dimap_Document":
        raise ValueError(f"{path.name} is no header of SNAP (BEAM-DIMAP): it holds {root.tag}.")
    columns, rows = (_count(root, key, path) for key in ("NCOLS", "NROWS"))
    transform = (root.findtext(".//IMAGE_TO_MODEL_TRANSFORM") or "").strip()
    crs = (root.findtext(".//Coordinate_Reference_System/WKT") or "").strip()
    if not transform or not crs:
        raise ValueError(
            f"{path.name} is not geocoded; run Range-Doppler Terrain Correction in SNAP first."
        )
    try:
        scale_x, shear_y, shear_x, scale_y, x, y = (float(one) for one in transform.split(","))
    except ValueError:
        raise ValueError(f"{path.name} has no usable place of its grid: {transform!r}.") from None
    if (
        shear_x
        or shear_y
        or not np.isfinite([scale_x, scale_y, x, y]).all()
        or not scale_x * scale_y
    ):
        raise ValueError(f"{path.name} has a grid that is turned or empty: {transform!r}.")
    return _Product(
        _bands(root, path),
        crs,
        x + scale_x * (np.arange(columns) + 0.5),
        y + scale_y * (np.arange(rows) + 0.5),
        _wavelength(root),
    )


def _count(root: Any, key: str, path: Path) -> int:
    text = (root.findtext(f".//Raster_Dimensions/{key}") or "").strip()
    if not text.isdigit() or not 0 < int(text) <= 200_000:
        raise ValueError(f"{path.name} states {key} {text!r}.")
    return int(text)


def _bands(root: Any, path: Path) -> list[_Band]:
    files = {}
    for row in root.iter("Data_File"):
        link = row.find("DATA_FILE_PATH")
        index = (row.findtext("BAND_INDEX") or "").strip()
        if link is not None and index:
            files[index] = (path.parent / str(link.get("href", ""))).with_suffix(".img")
    found = []
    for row in root.iter("Spectral_Band_Info"):
        values = {child.tag: (child.text or "").strip() for child in row}
        file = files.get(values.get("BAND_INDEX", ""))
        if file is None:
            continue
        if not Path(os.path.normpath(file)).is_relative_to(os.path.normpath(path.parent)):
            raise ValueError(f"{path.name} names a file outside its own folder: {file}.")
        used = values.get("NO_DATA_VALUE_USED") == "true"
        found.append(
            _Band(
                values.get("BAND_NAME", ""),
                file,
                values.get("PHYSICAL_UNIT", ""),
                _number(values.get("SCALING_FACTOR"), 1.0, path),
                _number(values.get("SCALING_OFFSET"), 0.0, path),
                _number(values.get("NO_DATA_VALUE"), 0.0, path) if used else None,
            )
        )
    return found


def _number(text: str | None, default: float, path: Path) -> float:
    try:
        return float(text) if text else default
    except ValueError:
        raise ValueError(f"{path.name} has {text!r} where a number belongs.") from None


def _wavelength(root: Any) -> float | None:
    for one in root.iter("MDATTR"):
        if one.get("name") == "radar_frequency":  # MHz
            try:
                frequency = float(one.text or "")
            except ValueError:
                return None
            return _LIGHT / (frequency * 1e6) if 500 < frequency < 40_000 else None
    return None


def _known(names: list[str], given: dict[str, str] | None, path: Path) -> dict[str, str]:
    """Bands that are wanted -> name here."""
    if given is not None:
        lost = [name for name in given if name not in names]
        if lost:
            raise ValueError(f"{path.name} has no band {lost[0]!r}; it has {', '.join(names)}.")
        return dict(given)
    found: dict[str, str] = {}
    for name in names:
        for start, target in _KINDS:
            if name.lower().startswith(start) and target not in found.values():
                found[name] = target
    if not {"los_displacement", "unwrapped_phase"} & set(found.values()):
        raise ValueError(
            f"{path.name} has no displacement and no unwrapped phase ({', '.join(names)}); "
            "name them: bands={'my_band': 'los_displacement'}."
        )
    return found


def _read(band: _Band, product: _Product, path: Path) -> xr.DataArray:
    if not band.file.is_file():
        raise ValueError(f"{path.name} names the band {band.file.name}, which is not there.")
    try:
        with silent(), rasterio.open(band.file) as file:
            shape, width = file.shape, np.dtype(file.dtypes[0]).itemsize
    except FAULTS as error:
        raise told(band.file, error) from error
    if shape != (product.ys.size, product.xs.size):
        raise ValueError(f"{band.file.name} is {shape} cells; {path.name} says otherwise.")
    size = band.file.stat().st_size
    if size < shape[0] * shape[1] * width:
        raise ValueError(f"{band.file} is cut off: {size} bytes. Copy it again.")
    values = xr.DataArray(open_band(band.file, 1, _CHUNKS), dims=("y", "x"))
    if band.missing is not None:
        values = values.where(values != np.float32(band.missing))
    return (values * band.scale + band.offset).astype(np.float32)


def _tiff(path: Path, bands: dict[str, str] | None) -> xr.Dataset:
    """GeoTIFF of SNAP: names of bands are their descriptions, else the name of the file."""
    try:
        with silent(), rasterio.open(path) as file:
            count, place, shape = file.count, file.transform, file.shape
            names = [one or "" for one in file.descriptions]
            crs = "" if file.crs is None else file.crs.to_wkt()
    except FAULTS as error:
        raise told(path, error) from error
    if not all(names):
        names = [path.stem] if count == 1 else [f"band_{k + 1}" for k in range(count)]
    if place.b or place.d or not np.isfinite(np.array(place)).all() or not place.a * place.e:
        raise ValueError(f"{path.name} has a grid that is turned or empty.")
    if not crs:
        raise ValueError(f"{path.name} has no coordinate reference system; geocode it in SNAP.")
    known = _known(names, bands, path)
    data = {}
    for k, name in enumerate(names):
        if name in known:
            values = xr.DataArray(open_band(path, k + 1, _CHUNKS), dims=("y", "x"))
            data[known[name]] = values.where(values != 0)  # SNAP writes 0 where there is nothing
    xs = place.c + place.a * (np.arange(shape[1]) + 0.5)
    ys = place.f + place.e * (np.arange(shape[0]) + 0.5)
    product = _Product([], crs, xs, ys, None)
    return _assemble(data, [*names, path.stem], product, path)


def _assemble(
    data: dict[str, xr.DataArray], texts: list[str], product: _Product, path: Path
) -> xr.Dataset:
    first, second = _dates(texts, path)
    if "los_displacement" not in data:
        if product.wavelength is None:
            raise ValueError(
                f"{path.name} has a phase and no radar frequency; run Phase to Displacement."
            )
        factor = -product.wavelength / (4 * np.pi)
        data["los_displacement"] = data["unwrapped_phase"] * np.float32(factor)
    if second < first:  # the change from the later to the earlier date
        first, second = second, first
        data["los_displacement"] = -data["los_displacement"]
    about = {
        "los_displacement": ("m", "Line-of-sight displacement, toward the satellite positive"),
        "unwrapped_phase": ("rad", "Unwrapped phase"),
        "coherence": ("1", "Coherence"),
    }
    variables: dict[str, Any] = {
        name: (
            ("time", "y", "x"),
            values.data[None],
            {"units": about[name][0], "long_name": about[name][1], "grid_mapping": "spatial_ref"},
        )
        for name, values in data.items()
    }
    variables["time_bounds"] = (("time", "bnds"), np.array([[first, second]]))
    out = xr.Dataset(
        variables, coords={"time": np.array([second]), "y": product.ys, "x": product.xs}
    )
    out = out.assign_coords(spatial_ref=xr.Variable((), 0, {"crs_wkt": product.crs}))
    crs = find_crs(out)
    if crs is not None and crs.is_geographic:
        out["x"].attrs, out["y"].attrs = {"units": "degrees_east"}, {"units": "degrees_north"}
    return out


def _dates(texts: list[str], path: Path) -> tuple[Any, Any]:
    """Dates of the pair: ``06Jan2018_30Jan2018`` in the name of a band or of the file."""
    for text in texts:
        match = _PAIR.search(text)
        if match:
            moments = pd.to_datetime(pd.Series(match.groups()), format="%d%b%Y", errors="coerce")
            if not moments.isna().any() and moments[0] != moments[1]:
                first, second = moments.to_numpy().astype("datetime64[ns]")
                return first, second
    raise ValueError(
        f"{path.name} names no pair of dates (06Jan2018_30Jan2018) in its bands or its name."
    )


class SnapReader(FileReader):
    """Reader for the catalogue: `open_snap`."""

    output_instance = "xarray:Dataset"
    implements = {datatypes.XML, datatypes.TIFF}  # noqa: RUF012 - Intake's own way
    func = "xarray:open_dataset"

    def _read(self, data: Any, bands: dict[str, str] | None = None, **_: Any) -> xr.Dataset:
        return open_snap(data.url, bands=bands)
