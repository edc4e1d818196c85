"""Write small rasters in the layouts in which providers deliver scenes and cut-outs."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import xarray as xr
from numpy.typing import NDArray
from rasterio.transform import from_origin

SINUSOIDAL = "+proj=sinu +lon_0=0 +x_0=0 +y_0=0 +R=6371007.181 +units=m +no_defs"


def write_raster(
    path: Path,
    values: NDArray[Any],
    *,
    west: float = 500_000.0,
    north: float = 5_000_000.0,
    step: float = 30.0,
    crs: str = "EPSG:32642",
    nodata: float | None = None,
    descriptions: tuple[str, ...] = (),
) -> Path:
    """GeoTIFF of one or several bands."""
    bands = values[None] if values.ndim == 2 else values
    profile = {
        "driver": "GTiff",
        "count": bands.shape[0],
        "height": bands.shape[1],
        "width": bands.shape[2],
        "dtype": bands.dtype.name,
        "crs": crs,
        "transform": from_origin(west, north, step, step),
        "nodata": nodata,
    }
    with rasterio.open(path, "w", **profile) as file:
        file.write(bands)
        for number, text in enumerate(descriptions, 1):
            file.set_band_description(number, text)
    return path


def write_landsat(
    folder: Path,
    date: str = "20200715",
    *,
    temperature: NDArray[Any],
    flags: NDArray[Any],
    uncertainty: NDArray[Any] | None = None,
    packed: bool = False,
    time: str = "05:43:21.1234560",
    **where: Any,
) -> Path:
    """Delivery of Landsat 8 level 2: a folder, or a tar archive where `packed`."""
    scene = f"LC08_L2SP_155028_{date}_20200911_02_T1"
    inside = folder / scene
    inside.mkdir(parents=True)
    write_raster(inside / f"{scene}_ST_B10.TIF", temperature.astype("uint16"), nodata=0, **where)
    write_raster(inside / f"{scene}_QA_PIXEL.TIF", flags.astype("uint16"), nodata=1, **where)
    if uncertainty is not None:
        doubt = uncertainty.astype("int16")
        write_raster(inside / f"{scene}_ST_QA.TIF", doubt, nodata=-9999, **where)
    day = f"{date[:4]}-{date[4:6]}-{date[6:]}"
    (inside / f"{scene}_MTL.txt").write_text(
        "GROUP = LANDSAT_METADATA_FILE\n  GROUP = IMAGE_ATTRIBUTES\n"
        f'    DATE_ACQUIRED = {day}\n    SCENE_CENTER_TIME = "{time}Z"\n'
        "  END_GROUP = IMAGE_ATTRIBUTES\nEND_GROUP = LANDSAT_METADATA_FILE\nEND\n"
    )
    if not packed:
        return inside
    archive = folder / f"{scene}.tar"
    with tarfile.open(archive, "w") as file:
        for one in sorted(inside.iterdir()):
            file.add(one, one.name)
            one.unlink()
    inside.rmdir()
    return archive


def write_appeears(
    folder: Path, layer: str, doy: str, values: NDArray[Any], product: str = "MOD11A2.061"
) -> Path:
    """One file of a request to AppEEARS, in degrees."""
    path = folder / f"{product}_{layer}_doy{doy}_aid0001.tif"
    where = {"west": 60.0, "north": 50.0, "step": 0.01, "crs": "EPSG:4326"}
    return write_raster(path, values, **where)


def write_planet(folder: Path, values: NDArray[Any], *, product: str = "AnalyticMS_SR") -> Path:
    """Scene of Planet: raster, mask of usable data, metadata in JSON and XML."""
    item = "20210603_061244_1003"
    path = write_raster(folder / f"{item}_3B_{product}.tif", values, step=3.0)
    write_raster(folder / f"{item}_3B_udm2.tif", np.ones((8, *values.shape[1:]), "uint8"), step=3.0)
    properties = {"acquired": "2021-06-03T06:12:44.219812Z", "cloud_cover": 0.01}
    (folder / f"{item}_metadata.json").write_text(
        json.dumps({"id": item, "properties": properties})
    )
    bands = "".join(
        f"<ps:bandSpecificMetadata><ps:bandNumber>{k}</ps:bandNumber>"
        f"<ps:reflectanceCoefficient>{2e-5 * k}</ps:reflectanceCoefficient>"
        "</ps:bandSpecificMetadata>"
        for k in range(1, values.shape[0] + 1)
    )
    (folder / f"{item}_3B_AnalyticMS_metadata.xml").write_text(
        '<?xml version="1.0"?><ps:EarthObservation xmlns:ps="http://schemas.planet.com/ps/v1" '
        'xmlns:eop="http://earth.esa.int/eop"><ps:Acquisition>'
        "<eop:acquisitionDate>2021-06-03T06:12:44+00:00</eop:acquisitionDate></ps:Acquisition>"
        f"{bands}</ps:EarthObservation>"
    )
    return path


def write_kazeosat(folder: Path, values: NDArray[Any]) -> Path:
    """Scene with DIMAP metadata, as those of the builder of KazEOSat-1."""
    path = write_raster(folder / "DS_DZHR1_scene.tif", values, step=4.0)
    (folder / "DS_DZHR1_scene.xml").write_text(
        "<Dimap_Document><Dataset_Sources><Source_Information><Scene_Source>"
        "<MISSION>KazEOSat</MISSION><IMAGING_DATE>2019-08-20</IMAGING_DATE>"
        "<IMAGING_TIME>06:01:12.5</IMAGING_TIME>"
        "</Scene_Source></Source_Information></Dataset_Sources></Dimap_Document>"
    )
    return path


def write_olr(path: Path, times: Any, *, name: str = "olr", offset: float = 0.0) -> Path:
    """Outgoing longwave radiation as in the daily record of NOAA, on 15 degrees."""
    lat, lon = np.arange(-82.5, 90, 15.0), np.arange(7.5, 360, 15.0)
    days = np.asarray(times, dtype="datetime64[ns]")
    field = 240.0 + 60.0 * np.cos(np.radians(lat))[:, None] * np.cos(np.radians(lon))[None]
    values = (field[None] + offset + np.arange(days.size)[:, None, None]).astype("float32")
    values[:, 0, 0] = -999.0
    ds = xr.Dataset(
        {name: (("time", "lat", "lon"), values, {"units": "W m-2", "_FillValue": -999.0})},
        coords={
            "time": ("time", days, {"bounds": "time_bounds"}),
            "lat": ("lat", lat.astype("float32"), {"units": "degrees_north"}),
            "lon": ("lon", lon.astype("float32"), {"units": "degrees_east"}),
        },
    )
    bounds = np.stack([days, days + np.timedelta64(1, "D")], axis=1)
    ds["time_bounds"] = (("time", "nv"), bounds)
    ds.to_netcdf(path)
    return path


def twin(folder: Path) -> None:
    """Write the files of the twin catalogue of the tests."""
    appeears = folder / "lst_appeears"
    appeears.mkdir()
    warm = np.full((4, 5), 15000, "uint16")
    write_appeears(appeears, "LST_Day_1km", "2023145", warm)
    write_appeears(appeears, "QC_Day", "2023145", np.zeros((4, 5), "uint8"))
    landsat = folder / "landsat_surface_temperature"
    clear = np.full((8, 8), 21824)
    write_landsat(landsat, temperature=np.full((8, 8), 44000), flags=clear, packed=True)
    scenes = folder / "scenes_purchased"
    scenes.mkdir()
    write_planet(scenes, np.full((4, 6, 6), 2000, "uint16"))
    for name in ("olr_daily", "olr_monthly", "olr_ceres"):
        (folder / name).mkdir()
    days = np.arange("2020-01-01", "2020-01-11", dtype="datetime64[D]")
    write_olr(folder / "olr_daily" / "olr-daily_v01r02_20200101_20201231.nc", days)
    months = np.arange("2020-01", "2020-07", dtype="datetime64[M]")
    write_olr(folder / "olr_monthly" / "olr-monthly_v02r07_197901_202006.nc", months)
    ceres = folder / "olr_ceres" / "CERES_EBAF-TOA_Ed4.2.1_Subset_200003-202411.nc"
    write_olr(ceres, months, name="toa_lw_all_mon")
