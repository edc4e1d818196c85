"""Surface temperature of Landsat 8 and 9 (Collection 2, Level 2) as the USGS delivers it.

A delivery is a tar archive or a folder with a GeoTIFF for each band and the metadata ``_MTL.txt``.
``ST_B10`` holds K = DN * 0.00341802 + 149.0, 0 is fill; ``QA_PIXEL`` has 16 bits of flags;
``ST_QA`` the uncertainty in 0.01 K, -9999 is fill. Source: Landsat 8-9 Collection 2 Level 2 Science
Product Guide (USGS, LSDS-1619).
"""

from __future__ import annotations

import os
import re
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import xarray as xr
from intake.readers import datatypes
from intake.readers.readers import FileReader
from numpy.typing import NDArray

from analysis.sources.surface import bits, rasters, tiles

_NAME: Final = re.compile(
    r"(?P<scene>L[CT]0[89]_L2SP_\d{6}_(?P<date>\d{8})_\d{8}_\d{2}_\w{2})_"
    r"(?P<band>ST_B10|QA_PIXEL|ST_QA|MTL)\.(?:TIF|tif|txt)"
)
SCALE: Final = 0.00341802
"""K for one step of ``ST_B10``."""
OFFSET: Final = 149.0
"""K at 0."""
_COLDEST: Final = 178.15  # K; no land or sea is colder than -95 degC
_HOTTEST: Final = 358.15  # K; or hotter than 85 degC
_UNCERTAINTY: Final = 0.01
_FILL_UNCERTAINTY: Final = -9999


@dataclass(frozen=True)
class Scene:
    """One delivered scene: when it was taken, and the paths of its bands."""

    name: str
    time: np.datetime64
    bands: Mapping[str, str]


def open_landsat_temperature(
    paths: tiles.Paths, quality: str = "good", uncertainty: float | None = None
) -> xr.Dataset:
    """Open surface temperature of Landsat 8 and 9, several scenes in one lazy cube.

    Parameters
    ----------
    paths : path, or sequence of paths
        Tar archives, folders of deliveries (also folders of such folders), band files or patterns;
        all in one UTM zone.
    quality : {"good", "best", "all"}, optional
        What is kept. ``good``: no cloud, dilated cloud, cirrus or cloud shadow. ``best``: that,
        and at most low confidence of cloud, and no snow. ``all``: every value but fill.
    uncertainty : float, optional
        Greatest uncertainty in K (``ST_QA``) that is kept.

    Returns
    -------
    xarray.Dataset
        (time, y, x); surface_temperature in K, surface_temperature_quality bit for bit, and
        surface_temperature_uncertainty in K where delivered. Time is the middle of the scene.

    Raises
    ------
    ValueError
        No scene is there, a band is missing or damaged, or scenes are of several zones.
    """
    bits.check_level(quality)
    scenes = find_scenes(paths)
    beside: dict[str, Scene] = {}
    frames = []
    for scene in scenes:
        for band in ("ST_B10", "QA_PIXEL"):
            if band not in scene.bands:
                raise ValueError(
                    f"The delivery of {scene.name} has no {band}; order level 2 (L2SP)."
                )
        frame = rasters.read_frame(scene.bands["ST_B10"], scene.time)
        if frame.dtype != "uint16":
            raise ValueError(f"{frame.path} holds {frame.dtype}; delivered bands hold uint16.")
        beside[frame.path] = scene
        frames.append(frame)

    def temperature(frame: rasters.Frame) -> rasters.Load:
        scene = beside[frame.path]
        return partial(load_temperature, bands=scene.bands, level=quality, most=uncertainty)

    def flags(frame: rasters.Frame) -> rasters.Load:
        return partial(load_flags, flags=beside[frame.path].bands["QA_PIXEL"])

    def doubt(frame: rasters.Frame) -> rasters.Load:
        return partial(load_uncertainty, band=beside[frame.path].bands.get("ST_QA", ""))

    name = "surface_temperature"
    label = {"long_name": "Surface temperature", "units": "K", "screening": quality}
    variables: dict[str, tuple[rasters.MakeLoad, dict[str, Any]]] = {
        name: (temperature, label),
        f"{name}_quality": (flags, bits.LANDSAT.attrs()),
    }
    if any("ST_QA" in scene.bands for scene in scenes):
        about = {"long_name": "Uncertainty of surface temperature", "units": "K"}
        variables[f"{name}_uncertainty"] = (doubt, about)
    elif uncertainty is not None:
        raise ValueError("No ST_QA was delivered, so that the uncertainty is not known.")
    title = "Landsat 8 and 9 surface temperature"
    return rasters.dataset(frames, variables, {"title": title})


def find_scenes(paths: tiles.Paths) -> list[Scene]:
    """Find the scenes in archives, folders and files.

    Parameters
    ----------
    paths : path, or sequence of paths
        As for :func:`open_landsat_temperature`.

    Returns
    -------
    list of Scene
        In order of time.

    Raises
    ------
    ValueError
        Nothing is there that is named as the USGS names level 2 products, or the date in a name
        or in metadata cannot be.
    """
    bands: dict[str, dict[str, str]] = {}
    dates: dict[str, str] = {}
    for path in _members(paths):
        told = _NAME.fullmatch(path.rsplit("/", 1)[-1])
        if told:
            bands.setdefault(told["scene"], {})[told["band"]] = path
            dates[told["scene"]] = told["date"]
    if not bands:
        raise ValueError(
            "There is no Landsat 8 or 9 product of level 2 (LC08_L2SP_..._ST_B10.TIF or a tar "
            "archive of it)."
        )
    scenes = [Scene(name, _taken(dates[name], own), own) for name, own in bands.items()]
    return sorted(scenes, key=lambda one: one.time)


def _members(paths: tiles.Paths) -> Iterator[str]:
    """All files in question; those in archives by the address under which GDAL reads them."""
    given = [paths] if isinstance(paths, (str, os.PathLike)) else [*paths]
    for one in given:
        text = os.fspath(one).removeprefix("file://")
        if Path(text).is_dir():
            for inside in sorted(Path(text).rglob("*")):
                if inside.is_file():
                    yield from _unpacked(str(inside))
        else:
            for file in tiles.local_files(text, (".tif", ".tar")):
                told = _NAME.fullmatch(Path(file).name)
                beside = Path(file).parent.glob(f"{told['scene']}_*") if told else [Path(file)]
                for other in sorted(beside):
                    yield from _unpacked(str(other))


def _unpacked(path: str) -> Iterator[str]:
    if not path.lower().endswith((".tar", ".tar.gz", ".tgz")):
        yield path
        return
    try:
        with tarfile.open(path) as archive:
            names = [one.name for one in archive.getmembers() if one.isfile()]
    except (tarfile.TarError, OSError, EOFError) as error:
        raise ValueError(f"{path} is no whole tar archive: {error}. Download it again.") from error
    yield from (f"/vsitar/{path}/{name}" for name in names)


def _taken(date: str, bands: Mapping[str, str]) -> np.datetime64:
    """Middle of a scene from its metadata, else noon of the day in its name."""
    text = _read_text(bands["MTL"]) if "MTL" in bands else ""
    day = re.search(r'DATE_ACQUIRED\s*=\s*"?([\d-]+)', text)
    hour = re.search(r'SCENE_CENTER_TIME\s*=\s*"?([\d:.]+)Z?', text)
    stamp = f"{day.group(1)} {hour.group(1)[:15]}" if day and hour else f"{date} 12:00"
    moment = pd.to_datetime(stamp, errors="coerce")
    if pd.isna(moment) or f"{moment:%Y%m%d}" != date:
        raise ValueError(f"The scene of {date} says that it was taken at {stamp!r}.")
    return np.datetime64(moment, "ns")


def _read_text(path: str) -> str:
    if not path.startswith("/vsitar/"):
        return Path(path).read_text(encoding="latin-1")
    end = re.search(r"\.(tar\.gz|tar|tgz)/", path, re.IGNORECASE)
    if end is None:
        raise ValueError(f"{path} lies in no archive.")
    archive, member = path[len("/vsitar/") : end.end() - 1], path[end.end() :]
    with tarfile.open(archive) as file:
        inside = file.extractfile(member)
        return inside.read(2_000_000).decode("latin-1") if inside else ""


def load_temperature(
    path: str, cut: rasters.Cut, bands: Mapping[str, str], level: str, most: float | None
) -> NDArray[np.float32]:
    """Read a part of the temperature, screened.

    Parameters
    ----------
    path : str
        File of ``ST_B10``.
    cut : tuple of int
        The part.
    bands : mapping
        Files of the other bands.
    level : str
        Level of screening.
    most : float or None
        Greatest uncertainty, K.

    Returns
    -------
    array of float32, (row, column)
        K; NaN where there is no value or it is screened.

    Raises
    ------
    ValueError
        A file is damaged, or the bands are of different sizes.
    """
    stored = rasters.read_window(path, cut)
    flags = rasters.read_window(bands["QA_PIXEL"], cut)
    kept = (stored > 0) & bits.keep(bits.LANDSAT, flags, level)
    if most is not None:
        kept &= load_uncertainty(path, cut, bands.get("ST_QA", "")) <= most
    plain = stored.astype(np.float64) * SCALE + OFFSET
    kept &= (plain >= _COLDEST) & (plain <= _HOTTEST)
    return np.where(kept, plain, np.nan).astype(np.float32)


def load_flags(_: str, cut: rasters.Cut, flags: str) -> NDArray[np.float32]:
    """Read a part of the flags, bit for bit.

    Parameters
    ----------
    _ : str
        File of the temperature, which is not read.
    cut : tuple of int
        The part.
    flags : str
        File of the flags.

    Returns
    -------
    array of float32, (row, column)
    """
    return rasters.read_window(flags, cut).astype(np.float32)


def load_uncertainty(_: str, cut: rasters.Cut, band: str) -> NDArray[np.float32]:
    """Read a part of the uncertainty.

    Parameters
    ----------
    _ : str
        File of the temperature, which is not read.
    cut : tuple of int
        The part.
    band : str
        File of ``ST_QA``, empty where it was not delivered.

    Returns
    -------
    array of float32, (row, column)
        K; NaN where unknown.
    """
    if not band:
        return np.full((cut[1] - cut[0], cut[3] - cut[2]), np.nan, dtype=np.float32)
    stored = rasters.read_window(band, cut)
    return np.where(stored < 0, np.nan, stored * _UNCERTAINTY).astype(np.float32)


class LandsatTemperatureReader(FileReader):
    """Landsat 8 and 9 surface temperature as delivered."""

    output_instance = "xarray:Dataset"
    implements = {datatypes.TIFF}  # noqa: RUF012 - Intake's own way to say what a reader opens
    func = "analysis.sources.surface.landsat:open_landsat_temperature"

    def _read(
        self, data: Any, quality: str = "good", uncertainty: float | None = None, **_: Any
    ) -> xr.Dataset:
        return open_landsat_temperature(data.url, quality, uncertainty)
