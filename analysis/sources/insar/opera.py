"""OPERA DISP-S1: displacement of frames of North and Central America, NetCDF-4.

Each file holds the displacement between a reference and a secondary date; the reference date moves
forward every dozen files or so. A stack is brought to the first reference date here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import dask.array as da
import numpy as np
import pandas as pd
import xarray as xr
from intake.readers import datatypes
from intake.readers.readers import FileReader

from analysis.sources.filelists import Paths, list_files, told
from analysis.sources.guarded import FAULTS, open_guarded
from analysis.sources.plausible import plausible
from analysis.sources.projection import find_crs

LAYERS: Final = ("displacement", "short_wavelength_displacement")
QUALITY: Final = ("good", "all")
_NAME: Final = re.compile(
    r"OPERA_L3_DISP-S1_IW_F(?P<frame>\d{5})_(?P<pol>[VH]{2})_(?P<reference>\d{8}T\d{6})Z_"
    r"(?P<secondary>\d{8}T\d{6})Z_v(?P<version>[\d.]+)_(?P<made>\d{8}T\d{6})Z"
)
_CHUNKS: Final = {"y": 1024, "x": 1024}


@dataclass(frozen=True)
class Granule:
    """What the name of a DISP-S1 file says: frame, times (UTC), when it was made."""

    path: Path
    frame: str
    reference: Any
    secondary: Any
    made: Any


def granule(path: Path) -> Granule:
    """Read the name of a DISP-S1 file.

    Parameters
    ----------
    path : pathlib.Path
        ``OPERA_L3_DISP-S1_IW_F11116_VV_<reference>_<secondary>_v1.0_<made>.nc``.

    Returns
    -------
    Granule

    Raises
    ------
    ValueError
        Another name, or a secondary date that does not follow the reference date.
    """
    match = _NAME.match(path.name)
    if not match:
        raise ValueError(f"{path.name} is no name of an OPERA DISP-S1 file.")
    stamps = [match[key] for key in ("reference", "secondary", "made")]
    moments = pd.to_datetime(pd.Series(stamps), format="%Y%m%dT%H%M%S", errors="coerce")
    if moments.isna().any() or moments[1] <= moments[0]:
        raise ValueError(f"{path.name} has dates that are none, or in the wrong order.")
    reference, secondary, made = moments.to_numpy().astype("datetime64[ns]")
    return Granule(path, match["frame"], reference, secondary, made)


def open_disp(
    paths: Paths,
    *,
    layer: str = "displacement",
    quality: str = "good",
    frame: str | int | None = None,
    chunks: Any = None,
) -> xr.Dataset:
    """Open DISP-S1 files of one frame as displacement since the first reference date.

    Parameters
    ----------
    paths : str, pathlib.Path, or a sequence of them
        Files, folder or pattern.
    layer : {"displacement", "short_wavelength_displacement"}, optional
        The second has lost what is wider than about 25 km (the atmosphere, plates).
    quality : {"good", "all"}, optional
        ``good`` keeps cells with ``recommended_mask`` 1.
    frame : str or int, optional
        Number of the frame, where the files are of several.
    chunks : mapping, optional
        As in xarray, of y and x.

    Returns
    -------
    xarray.Dataset
        Lazy, on the grid of the frame. ``los_displacement`` (time, y, x) in metres, toward the
        satellite positive, 0 at the first reference date; ``los_displacement_quality`` the
        recommended mask; ``temporal_coherence``. Where the file at which a later reference date
        ends has no value, what follows has none either.

    Raises
    ------
    ValueError
        Several frames, a secondary date that is there twice, a reference date that is none of
        the dates of the stack, a file without the layer or on another grid.
    """
    if layer not in LAYERS:
        raise ValueError(f"layer is {layer!r}; allowed are {', '.join(LAYERS)}.")
    if quality not in QUALITY:
        raise ValueError(f"quality is {quality!r}; allowed are {', '.join(QUALITY)}.")
    granules = _granules(list_files(paths, (".nc",), "OPERA DISP-S1 files"), frame)
    parts = [_open(one.path, layer, chunks or _CHUNKS) for one in granules]
    _same_grid(parts, granules)
    try:
        find_crs(parts[0])
    except FAULTS as error:
        raise told(granules[0].path, error) from error
    moved, masks = _rebase(granules, parts, quality == "good", layer)
    first = granules[0].reference
    times = np.array([first, *(one.secondary for one in granules)], dtype="datetime64[ns]")
    template = parts[0]
    dims = ("time", "y", "x")
    attrs = {
        "units": "m",
        "long_name": "Line-of-sight displacement, toward the satellite positive",
        "grid_mapping": "spatial_ref",
    }
    data: dict[str, Any] = {"los_displacement": (dims, da.stack(moved), attrs)}
    if masks:
        flags = {
            "role": "quality",
            "long_name": "Recommended mask",
            "flag_values": [0, 1, 255],
            "flag_meanings": "not_recommended recommended no_data",
            "grid_mapping": "spatial_ref",
        }
        data["los_displacement_quality"] = (dims, da.stack(masks), flags)
    if all("temporal_coherence" in part for part in parts):
        raw = [da.asarray(part["temporal_coherence"].data) for part in parts]
        layers = [one.reshape(one.shape[-2:]).astype(np.float32) for one in raw]
        attrs = {"units": "1", "long_name": "Temporal coherence", "grid_mapping": "spatial_ref"}
        none = da.full_like(layers[0], np.nan)
        data["temporal_coherence"] = (dims, da.stack([none, *layers]), attrs)
    out = xr.Dataset(data, coords={"time": times, "y": template["y"], "x": template["x"]})
    out = out.assign_coords(spatial_ref=template["spatial_ref"])
    out["time"].attrs["long_name"] = "Date of the pass"
    out.attrs = {
        "source": f"OPERA DISP-S1, frame {granules[0].frame}",
        "reference_date": str(first),
    }
    return plausible(out)


def _granules(files: list[Path], frame: str | int | None) -> list[Granule]:
    """In order of time; of one pair that was made twice the newer file."""
    every = sorted((granule(path) for path in files), key=lambda one: one.made)
    frames = sorted({one.frame for one in every})
    if frame is not None:
        every = [one for one in every if one.frame == str(frame).upper().removeprefix("F").zfill(5)]
        if not every:
            raise ValueError(f"No file is of the frame {frame}; there are {', '.join(frames)}.")
    elif len(frames) > 1:
        raise ValueError(
            f"The files are of {len(frames)} frames; choose one: frame={frames[0]!r} "
            f"({', '.join(frames)})."
        )
    newest = {(one.reference, one.secondary): one for one in every}
    found = sorted(newest.values(), key=lambda one: one.secondary)
    for one, following in pairwise(found):
        if one.secondary == following.secondary:
            raise ValueError(
                f"{str(one.secondary)[:10]} is reached from two reference dates: "
                f"{one.path.name} and {following.path.name}; leave one out."
            )
    return found


def _open(path: Path, layer: str, chunks: Any) -> xr.Dataset:
    ds = open_guarded(path, engine="h5netcdf", chunks=chunks, decode_coords="all")
    wanted = (layer, "recommended_mask", "temporal_coherence")
    numbers = all(ds[name].dtype.kind in "fiu" for name in wanted if name in ds)
    if layer not in ds or ds[layer].dims[-2:] != ("y", "x") or not numbers:
        have = ", ".join(str(one) for one in ds.data_vars) or "nothing"
        raise ValueError(f"{path.name} has no {layer!r} (y, x); it has {have}.")
    for name in ("x", "y", "spatial_ref"):
        if name not in ds.variables:
            raise ValueError(f"{path.name} has no {name!r}.")
    for name in wanted:
        if name in ds and (*ds[name].shape[-2:], ds[name].size) != (
            ds.sizes["y"],
            ds.sizes["x"],
            ds.sizes["y"] * ds.sizes["x"],
        ):
            raise ValueError(f"{path.name}: {name} is {ds[name].shape}, not (y, x).")
    return ds


def _same_grid(parts: list[xr.Dataset], granules: list[Granule]) -> None:
    for part, one in zip(parts, granules, strict=True):
        for axis in ("x", "y"):
            if part[axis].dtype.kind not in "fiu":
                raise ValueError(f"{one.path.name}: {axis} holds no numbers.")
            same = part[axis].size == parts[0][axis].size
            if not same or not np.array_equal(part[axis].values, parts[0][axis].values):
                raise ValueError(f"{one.path.name} lies on another grid than the first file.")


def _rebase(
    granules: list[Granule], parts: list[xr.Dataset], screen: bool, layer: str
) -> tuple[list[da.Array], list[da.Array]]:
    """Displacement since the first reference date, and the masks, a zero step before them."""
    shape = parts[0][layer].shape[-2:]
    blocks = da.asarray(parts[0][layer].data).chunks[-2:]
    known = {granules[0].reference: da.zeros(shape, chunks=blocks, dtype=np.float32)}
    masks: list[da.Array] = []
    for one, part in zip(granules, parts, strict=True):
        if one.reference not in known:
            raise ValueError(
                f"{one.path.name} starts at {str(one.reference)[:10]}, which no file of the stack "
                "reaches: the displacement before it is unknown. Open the files before it too, or "
                "only those from it on."
            )
        moved = da.asarray(part[layer].data).reshape(shape).astype(np.float32)
        if "recommended_mask" in part:
            mask = _flags(da.asarray(part["recommended_mask"].data).reshape(shape))
            masks.append(mask)
            if screen:
                moved = da.where(mask == 1, moved, np.float32(np.nan))
        elif screen:
            raise ValueError(f"{one.path.name} has no recommended_mask; give quality='all'.")
        known[one.secondary] = known[one.reference] + moved
    whole = bool(masks) and len(masks) == len(parts)
    return list(known.values()), [da.ones_like(masks[0]), *masks] if whole else []


def _flags(mask: da.Array) -> da.Array:
    """Whole numbers again: fill values had made fractions of them."""
    if mask.dtype.kind == "f":
        mask = da.where(da.isfinite(mask), mask, 255)
    return mask.astype(np.uint8)


class DispReader(FileReader):
    """Reader for the catalogue: `open_disp`."""

    output_instance = "xarray:Dataset"
    implements = {datatypes.HDF5}  # noqa: RUF012 - Intake's own way to say what a reader opens
    func = "xarray:open_dataset"

    def _read(
        self,
        data: Any,
        layer: str = "displacement",
        quality: str = "good",
        frame: str | int | None = None,
        chunks: Any = None,
        **_: Any,
    ) -> xr.Dataset:
        given = chunks if isinstance(chunks, dict) else None
        return open_disp(data.url, layer=layer, quality=quality, frame=frame, chunks=given)
