"""Small images in the layouts of Sentinel-2 L2A, Landsat C2 L2 and ESA WorldCover, with STAC.

``write_sentinel2(folder, ...)`` makes cloud-optimised GeoTIFFs in UTM with the assets, digital
numbers and properties of Planetary Computer or Earth Search; ``write_catalogue`` a static STAC
catalogue of any items.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyproj
import rasterio
import shapely
import xarray as xr
from rasterio.transform import from_origin
from rasterio.warp import transform_bounds

Field = Callable[[np.ndarray, np.ndarray, pd.Timestamp], np.ndarray]
S2_KEYS = {
    "planetary": {"blue": "B02", "green": "B03", "red": "B04", "nir": "B08", "scl": "SCL"},
    "earthsearch": {"blue": "blue", "green": "green", "red": "red", "nir": "nir", "scl": "scl"},
}
EXTRA = {"green": 0.9, "blue": 0.6}  # of red


def write_cog(path: Path, values: np.ndarray, crs: str, west: float, north: float, size: float):
    """Write a cloud-optimised GeoTIFF of one band with overviews; 0 is no data."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with rasterio.open(
        path,
        "w",
        driver="COG",
        height=values.shape[0],
        width=values.shape[1],
        count=1,
        dtype=values.dtype,
        crs=crs,
        transform=from_origin(west, north, size, size),
        nodata=0,
        BLOCKSIZE=128,
        COMPRESS="DEFLATE",
        OVERVIEW_RESAMPLING="NEAREST",
    ) as file:
        file.write(values, 1)
    return path


def centres(crs: str, west: float, north: float, size: float, shape: tuple[int, int]):
    """Longitude and latitude of the middles of the pixels."""
    x = west + size * (np.arange(shape[1]) + 0.5)
    y = north - size * (np.arange(shape[0]) + 0.5)
    back = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    return back.transform(*np.meshgrid(x, y))


def item(
    name: str,
    collection: str,
    when: Any,
    bounds: Sequence[float],
    assets: dict[str, Any],
    **more: Any,
) -> dict[str, Any]:
    """One STAC item as JSON."""
    moment = pd.Timestamp(when)
    return {
        "type": "Feature",
        "stac_version": "1.0.0",
        "stac_extensions": [],
        "id": name,
        "collection": collection,
        "geometry": shapely.geometry.mapping(shapely.box(*bounds)),
        "bbox": list(bounds),
        "properties": {"datetime": moment.isoformat() + "Z", **more},
        "links": [],
        "assets": assets,
    }


def asset(path: Path, **more: Any) -> dict[str, Any]:
    """One asset as JSON."""
    kind = "image/tiff; application=geotiff; profile=cloud-optimized"
    return {"href": str(path), "type": kind, "roles": ["data"], **more}


def write_sentinel2(
    folder: Path,
    dates: Sequence[str],
    ndvi: Field,
    *,
    style: str = "planetary",
    clouds: Callable[[np.ndarray, np.ndarray, pd.Timestamp], np.ndarray] | None = None,
    crs: str = "EPSG:32642",
    corner: tuple[float, float] = (300_000.0, 5_800_000.0),
    size: float = 500.0,
    shape: tuple[int, int] = (400, 400),
    tile: str = "42UUV",
    baseline: Callable[[pd.Timestamp], str] | None = None,
    offset_removed: bool | None = None,
    suffix: str = "",
    extra: Sequence[str] = (),
    noise: int = 0,
) -> list[dict[str, Any]]:
    """Write a scene for each date; red + nir reflectance is 0.5, clouds are bright and white.

    Digital numbers are reflectance * 10000, plus 1000 from baseline 04.00 on, unless the offset
    is removed. ``noise`` (of digital numbers, mean 0) makes files as large as real ones.
    """
    rng = np.random.default_rng(7)
    west, north = corner
    lon, lat = centres(crs, west, north, size, shape)
    bounds = transform_bounds(
        crs, "EPSG:4326", west, north - size * shape[0], west + size * shape[1], north
    )
    collection = "sentinel-2-l2a"
    items = []
    for date in dates:
        when = pd.Timestamp(date)
        number = (
            baseline(when)
            if baseline
            else ("04.00" if when >= pd.Timestamp("2022-01-25") else "03.01")
        )
        truth = ndvi(lon, lat, when)
        nir, red = 0.25 * (1 + truth), 0.25 * (1 - truth)
        cloudy = clouds(lon, lat, when) if clouds else np.zeros(shape, dtype=bool)
        added = 1000 if float(number) >= 4 and not offset_removed else 0
        bands = {"red": red, "nir": nir}
        bands |= {band: red * share for band, share in EXTRA.items() if band in extra}
        name = f"S2A_{tile}_{when:%Y%m%d}{suffix}"
        assets = {}
        for band, values in bands.items():
            numbers = np.where(cloudy, 0.8, values) * 10_000 + added
            numbers = numbers + rng.integers(-noise, noise + 1, shape)
            key = S2_KEYS[style][band]
            path = folder / name / f"{key}.tif"
            write_cog(path, numbers.round().astype("uint16"), crs, west, north, size)
            assets[key] = asset(path)
        scl = np.where(cloudy, 9, 4).astype("uint8")[::2, ::2]
        key = S2_KEYS[style]["scl"]
        assets[key] = asset(
            write_cog(folder / name / f"{key}.tif", scl, crs, west, north, 2 * size)
        )
        more: dict[str, Any] = {"s2:processing_baseline": number, "platform": "Sentinel-2A"}
        if style == "earthsearch":
            more["earthsearch:boa_offset_applied"] = bool(offset_removed)
        more["eo:cloud_cover"] = round(float(cloudy.mean() * 100), 3)
        more["s2:mgrs_tile"] = tile
        more["proj:epsg"] = int(crs.split(":")[1])
        items.append(item(name, collection, when + pd.Timedelta("6h10min"), bounds, assets, **more))
    return items


def write_catalogue(folder: Path, items: list[dict[str, Any]]) -> Path:
    """Write a static STAC catalogue: catalogue, collections, items, hrefs relative to each."""
    links = []
    for collection in sorted({one["collection"] for one in items}):
        mine = [one for one in items if one["collection"] == collection]
        path = folder / collection / "collection.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        children = []
        for one in mine:
            target = path.parent / f"{one['id']}.json"
            row = {**one, "links": [{"rel": "collection", "href": "./collection.json"}]}
            row["assets"] = {
                key: {**value, "href": _relative(Path(value["href"]), path.parent)}
                for key, value in one["assets"].items()
            }
            target.write_text(json.dumps(row))
            children.append({"rel": "item", "href": f"./{target.name}"})
        path.write_text(json.dumps(collection_row(collection, mine) | {"links": children}))
        links.append({"rel": "child", "href": f"./{collection}/collection.json"})
    root = {"type": "Catalog", "id": "tests", "stac_version": "1.0.0", "description": "Tests"}
    (folder / "catalog.json").write_text(json.dumps(root | {"links": links}))
    return folder / "catalog.json"


def collection_row(name: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    """A STAC collection as JSON, without links."""
    boxes = np.array([one["bbox"] for one in items])
    times = sorted(one["properties"]["datetime"] for one in items)
    whole = [*boxes[:, :2].min(axis=0).tolist(), *boxes[:, 2:].max(axis=0).tolist()]
    return {
        "type": "Collection",
        "id": name,
        "stac_version": "1.0.0",
        "description": name,
        "license": "CC0-1.0",
        "extent": {
            "spatial": {"bbox": [whole]},
            "temporal": {"interval": [[times[0], times[-1]]]},
        },
        "links": [],
    }


def _relative(path: Path, start: Path) -> str:
    import os

    return os.path.relpath(path, start)


def write_landsat(
    folder: Path,
    dates: Sequence[str],
    ndvi: Field,
    flag: Callable[[pd.Timestamp], int],
    *,
    crs: str = "EPSG:32642",
    corner: tuple[float, float] = (350_000.0, 5_710_000.0),
    size: float = 500.0,
    shape: tuple[int, int] = (128, 128),
) -> list[dict[str, Any]]:
    """Write Landsat 9 Collection 2 Level 2 scenes: reflectance = DN * 0.0000275 - 0.2.

    The sum of red and nir is 0.5, the surface is at 300 K, every pixel has the same QA_PIXEL.
    """
    west, north = corner
    lon, lat = centres(crs, west, north, size, shape)
    bounds = transform_bounds(
        crs, "EPSG:4326", west, north - size * shape[0], west + size * shape[1], north
    )
    items = []
    for date in dates:
        when = pd.Timestamp(date)
        truth = ndvi(lon, lat, when)
        name = f"LC09_L2SP_160024_{when:%Y%m%d}_02_T1"
        assets = {}
        for key, values in {"nir08": 0.25 * (1 + truth), "red": 0.25 * (1 - truth)}.items():
            numbers = np.clip((values + 0.2) / 2.75e-5, 1, 65535).round().astype("uint16")
            assets[key] = asset(
                write_cog(folder / name / f"{key}.TIF", numbers, crs, west, north, size)
            )
        warm = np.full(shape, round((300 - 149) / 0.00341802), dtype="uint16")
        flags = np.full(shape, flag(when), dtype="uint16")
        for key, values in {"lwir11": warm, "qa_pixel": flags}.items():
            path = write_cog(folder / name / f"{key}.TIF", values, crs, west, north, size)
            assets[key] = asset(path)
        more: dict[str, Any] = {
            "eo:cloud_cover": 10.0,
            "platform": "landsat-9",
            "landsat:wrs_path": "160",
            "landsat:wrs_row": "024",
            "landsat:collection_category": "T1",
        }
        moment = when + pd.Timedelta("6h20min")
        items.append(item(name, "landsat-c2-l2", moment, bounds, assets, **more))
    return items


def write_worldcover(
    folder: Path, tile: str = "N51E066", year: int = 2021, size: float = 0.01, count: int = 300
) -> Path:
    """Write one tile of WorldCover: classes in stripes, no data in the first column."""
    version = {2020: "v100", 2021: "v200"}[year]
    south = int(tile[1:3]) * (1 if tile[0] == "N" else -1)
    west = int(tile[4:7]) * (1 if tile[3] == "E" else -1)
    values = np.array([10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 100], dtype="uint8")
    stripes = values[np.arange(count) * values.size // count]
    numbers = np.repeat(stripes[None, :], count, axis=0)
    numbers[:, 0] = 0
    name = f"ESA_WorldCover_10m_{year}_{version}_{tile}_Map.tif"
    return write_cog(folder / name, numbers, "EPSG:4326", west, south + count * size, size)


def write_files(
    folder: Path, items: list[dict[str, Any]], name: Callable[[str, str], str] | None = None
) -> list[Path]:
    """Copy the assets of scenes into one folder, under the names of downloaded files."""
    import shutil

    folder.mkdir(parents=True, exist_ok=True)
    out = []
    for one in items:
        for key, value in one["assets"].items():
            source = Path(value["href"])
            target = name(one["id"], key) if name else f"{one['id']}.{source.name}"
            out.append(Path(shutil.copy(source, folder / target)))
    return out


def twin(folder: Path) -> None:
    """Write the files of the twin catalogue of the tests."""
    import shutil

    small = {"corner": (350_000.0, 5_710_000.0), "shape": (16, 16), "size": 1000.0}
    scratch = folder / "imagery-scratch"

    def ndvi(lon: np.ndarray, lat: np.ndarray, when: pd.Timestamp) -> np.ndarray:
        return 0.4 + 0 * lon

    items = write_sentinel2(
        scratch, ["2023-06-10", "2023-06-20"], ndvi, style="earthsearch", **small
    )
    write_files(folder / "sentinel2_l2a", items, _earth_search)
    scenes = write_landsat(scratch, ["2023-06-10"], ndvi, lambda when: 21824, **small)
    write_files(folder / "landsat_c2_l2", scenes, _landsat_bundle)
    for year in (2020, 2021):
        (folder / f"worldcover_{year}").mkdir()
        write_worldcover(folder / f"worldcover_{year}", year=year, count=30, size=0.1)
    shutil.rmtree(scratch)
    axes = {"time": pd.to_datetime(["2023-06-10"]), "lat": [50.0, 51.0], "lon": [60.0, 61.0]}
    values = np.full((1, 2, 2), 0.5, "float32")
    ds = xr.Dataset({"ndvi": (tuple(axes), values, {"units": "1"})}, axes)
    ds.lat.attrs["units"], ds.lon.attrs["units"] = "degrees_north", "degrees_east"
    ds.to_netcdf(folder / "earthengine_ndvi.nc")
    for name, level in (("kz_units_oblasts", "ADM1"), ("kz_units_districts", "ADM2")):
        (folder / name).mkdir()
        write_geoboundaries(folder / name / f"geoBoundaries-KAZ-{level}.geojson", level)
    (folder / "kz_units_cod").mkdir()
    write_cod(folder / "kz_units_cod" / "kaz_admbnda_adm2_2023.geojson")


def _earth_search(name: str, key: str) -> str:
    """Name of a file downloaded from Earth Search: item of Collection 1, name of the asset."""
    date = name.split("_")[2]
    band = {"red": "B04", "nir": "B08", "scl": "SCL"}[key]
    return f"S2A_T42UUV_{date}T061142_L2A.{band}.tif"


def _landsat_bundle(name: str, key: str) -> str:
    parts = name.split("_")
    band = {"red": "SR_B4", "nir08": "SR_B5", "lwir11": "ST_B10", "qa_pixel": "QA_PIXEL"}[key]
    return "_".join([*parts[:4], "20230615", *parts[4:], band]) + ".TIF"


def write_geoboundaries(path: Path, level: str = "ADM1", count: int = 3) -> Path:
    """Write units in the layout of geoBoundaries (gbOpen)."""
    features = [
        {
            "type": "Feature",
            "properties": {
                "shapeName": f"Unit {k}",
                "shapeISO": f"KZ-{k:03d}" if level == "ADM1" else "",
                "shapeID": f"{k}B{level}",
                "shapeGroup": "KAZ",
                "shapeType": level,
            },
            "geometry": shapely.geometry.mapping(shapely.box(60 + k, 50, 61 + k, 51)),
        }
        for k in range(count)
    ]
    rows = {"type": "FeatureCollection", "features": features}
    path.write_text(json.dumps(rows), encoding="utf-8")
    return path


def write_cod(path: Path, count: int = 3) -> Path:
    """Write districts in the layout of OCHA COD-AB."""
    features = [
        {
            "type": "Feature",
            "properties": {
                "ADM2_EN": f"District {k}",
                "ADM2_RU": f"Район {k}",
                "ADM2_PCODE": f"KZ11{k}000",
                "ADM1_EN": "Akmola",
                "ADM1_PCODE": "KZ11",
                "date": "2023-01-01",
            },
            "geometry": shapely.geometry.mapping(shapely.box(60 + k, 50, 61 + k, 51)),
        }
        for k in range(count)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    return path
