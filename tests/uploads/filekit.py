"""Files as visitors bring them: good ones in every format, and such as are made to do harm."""

from __future__ import annotations

import zipfile
from pathlib import Path

import geopandas as gpd
import h5py
import numpy as np
import pandas as pd
import rasterio
import shapely
import xarray as xr
from rasterio.transform import from_origin


def netcdf(path: Path, *, units: str | None = "mm", name: str = "rain") -> Path:
    """Two years of months on 8 x 12 cells round Kazakhstan; value = longitude."""
    longitude, latitude = np.arange(60.0, 72.0), np.arange(42.0, 50.0)
    values = np.broadcast_to(longitude, (24, 8, 12)).astype("float32")
    data = xr.Dataset(
        {name: (("time", "lat", "lon"), values, {"units": units} if units else {})},
        {
            "time": pd.date_range("2020-01-01", periods=24, freq="MS"),
            "lat": ("lat", latitude, {"units": "degrees_north"}),
            "lon": ("lon", longitude, {"units": "degrees_east"}),
        },
    )
    data.to_netcdf(path, engine="h5netcdf")
    return path


def geotiff(path: Path, *, crs: str | None = "EPSG:4326", step: float = 0.5) -> Path:
    """A raster of 20 x 10 cells; value = number of the column."""
    values = np.broadcast_to(np.arange(20, dtype="float32"), (10, 20))
    origin = (
        from_origin(60.0, 50.0, step, step) if step < 1 else from_origin(5e5, 5.5e6, step, step)
    )
    options = {"width": 20, "height": 10, "count": 1, "dtype": "float32", "transform": origin}
    with rasterio.open(path, "w", driver="GTiff", crs=crs, **options) as file:
        file.write(values, 1)
    return path


def csv(path: Path, *, encoding: str = "utf-8", rows: int = 40) -> Path:
    """Wells: five places through time, semicolons, decimal commas, Russian heads, units in one."""
    lines = ["скважина;долгота;широта;дата;уровень (м);соль"]
    for row in range(rows):
        place = row % 5
        day = pd.Timestamp("2020-01-15") + pd.DateOffset(months=row // 5)
        salt = f"{row / 2:.1f}".replace(".", ",")
        lines.append(f"№{place};7{place},5;45,{place}5;{day:%d.%m.%Y};{row},25;{salt}")
    path.write_text("\n".join(lines), encoding=encoding)
    return path


def shapefile(path: Path, *, crs: str | None = "EPSG:4326", encoding: str = "utf-8") -> Path:
    """Two fields with names in Cyrillic, zipped."""
    frame = gpd.GeoDataFrame(
        {"name": ["Бірінші" if encoding == "utf-8" else "Первое", "Второе"], "yield": [1.5, 2.5]},
        geometry=[shapely.box(70, 50, 70.2, 50.1), shapely.box(70.3, 50, 70.4, 50.1)],
        crs=crs,
    )
    folder = path.with_suffix(".parts")
    folder.mkdir()
    frame.to_file(folder / "Егістік.shp", encoding=encoding)
    if encoding != "utf-8":
        (folder / "Егістік.cpg").unlink(missing_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in sorted(folder.iterdir()):
            archive.write(part, f"поля/{part.name}")
    return path


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return path


def leaking_netcdf(path: Path, way: str, target: Path) -> Path:
    """HDF5 that asks the library to read another file of the machine."""
    netcdf(path)
    with h5py.File(path, "a") as file:
        if way == "link":
            file["stolen"] = h5py.ExternalLink(str(target), "/")
        elif way == "raw":
            file.create_dataset(
                "stolen", (4, 4), "u1", external=[(str(target), 0, h5py.h5f.UNLIMITED)]
            )
        else:
            layout = h5py.VirtualLayout((4, 4), "f4")
            layout[:] = h5py.VirtualSource(str(target), "x", (4, 4))
            file.create_virtual_dataset("stolen", layout)
    return path
