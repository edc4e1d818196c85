"""Damaged files of land surface products: a clear error or plausible values, nothing else."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from analysis.sources.normalise import normalise
from analysis.sources.surface.appeears import open_appeears
from analysis.sources.surface.delivery import read_delivery
from analysis.sources.surface.indexrasters import open_index_rasters
from analysis.sources.surface.landsat import open_landsat_temperature
from analysis.sources.surface.longwave import open_longwave
from analysis.sources.surface.modis import open_modis_lst
from analysis.sources.surface.scenes import open_scenes
from analysis.sources.surface.vegetation import open_modis_vegetation
from analysis.sources.surface.viirs import open_viirs_lst
from tests.products.mutations import check_survives, mutations
from tests.products.surface_files import write_mod11, write_mod13, write_vnp21
from tests.products.surface_raster_files import (
    write_appeears,
    write_landsat,
    write_olr,
    write_planet,
    write_raster,
)

CLEAR = np.full((16, 16), 21824)


def modis(path: Path, **options: Any) -> xr.Dataset:
    return normalise(open_modis_lst(path, **options))


def viirs(path: Path, **options: Any) -> xr.Dataset:
    return normalise(open_viirs_lst(path, **options))


def vegetation(path: Path, **options: Any) -> xr.Dataset:
    return normalise(open_modis_vegetation(path, **options))


def landsat(path: Path) -> xr.Dataset:
    return normalise(open_landsat_temperature(path))


def longwave(path: Path) -> xr.Dataset:
    return normalise(open_longwave(path))


def index(path: Path) -> xr.Dataset:
    return normalise(open_index_rasters(path))


def appeears(path: Path) -> xr.Dataset:
    return normalise(open_appeears(path, "all"))


def scene(path: Path) -> xr.Dataset:
    return normalise(open_scenes(path, time="2020-01-01"))


def delivery(path: Path) -> Any:
    """Time that damaged metadata tell, for a scene that has none other."""
    image = path.parent / "20210603_061244_1003_3B_AnalyticMS.tif"
    told = read_delivery(str(image))
    return xr.Dataset({"x": ("time", [0.0])}, coords={"time": [told.time]})


def whole_file(kind: str, folder: Path) -> Path:
    """Write one whole file of a product."""
    warm = np.full((16, 16), 15000, "uint16")
    if kind == "modis":
        return write_mod11(folder, product="MOD11A2", days=8, size=16)
    if kind == "viirs":
        return write_vnp21(folder, size=16)
    if kind == "vegetation":
        return write_mod13(folder, size=16)
    if kind == "landsat":
        return write_landsat(folder, temperature=np.full((16, 16), 44000), flags=CLEAR, packed=True)
    if kind == "longwave":
        days = np.arange("2020-01-01", "2020-01-06", dtype="datetime64[D]")
        return write_olr(folder / "olr-daily_v01r02_20200101_20200105.nc", days)
    if kind == "index":
        ramp = np.arange(-2000, 10000, 47, dtype="int16")[:256].reshape(16, 16)
        return write_raster(folder / "NDVI_2016_001.tif", ramp, nodata=-3000)
    if kind == "appeears":
        return write_appeears(folder, "LST_Day_1km", "2023145", warm)
    if kind == "scene":
        return write_planet(folder, np.full((4, 16, 16), 3000, "uint16"))
    write_planet(folder, np.full((4, 4, 4), 3000, "uint16"))
    return next(folder.glob("*.xml")) if kind == "xml" else next(folder.glob("*.json"))


OPENERS: dict[str, Callable[[Path], Any]] = {
    "modis": modis,
    "viirs": viirs,
    "vegetation": vegetation,
    "landsat": landsat,
    "longwave": longwave,
    "index": index,
    "appeears": appeears,
    "scene": scene,
    "xml": delivery,
    "json": delivery,
}


LAYERED = ("modis", "viirs", "vegetation")


def survive(kind: str, folder: Path, count: int, seed: int, **options: Any) -> dict[str, int]:
    path = whole_file(kind, folder)
    return check_survives(partial(OPENERS[kind], **options), mutations(path, count, seed))


@pytest.mark.parametrize("kind", OPENERS)
def test_thirty_damaged_files(kind, tmp_path):
    counts = survive(kind, tmp_path, 30, seed=3)
    assert sum(counts.values()) == 30
    assert counts["refused"] > 0


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kind", OPENERS)
def test_a_thousand_damaged_files(kind, tmp_path):
    options = {"layers": "all"} if kind in LAYERED else {}
    counts = survive(kind, tmp_path, 1000, seed=2, **options)
    assert sum(counts.values()) == 1000
