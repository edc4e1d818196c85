"""Image files in a folder as STAC items: what their names and headers tell."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import shapely

from analysis.sources.imagery.products import SENTINEL2, Product

if TYPE_CHECKING:
    import pystac

_MOMENT: Final = re.compile(r"(?<!\d)(20\d{6})T(\d{6})")
_DAY: Final = re.compile(r"(?<!\d)((?:19|20)\d{6})(?!\d)")
_TILE: Final = re.compile(r"(?:^|_)T?(\d{2}[A-Z]{3})(?=[_.]|$)")
_BASELINE: Final = re.compile(r"_N(\d{2})(\d{2})_")
_PATH_ROW: Final = re.compile(r"^L\w{3}_\w{4}_(\d{3})(\d{3})_(\d{8})_\d{8}_\d{2}_(T1|T2|RT)")
_COVER: Final = re.compile(r"ESA_WorldCover_10m_(\d{4})_v(\d)(\d)(\d)_([NS]\d{2}[EW]\d{3})", re.I)


def items_of_files(paths: Sequence[str | Path], product: Product) -> list[pystac.Item]:
    """Put the bands of scenes together that stand in files of their own.

    Names of Sentinel-2 (``T42UXB_20220126T061141_B04_10m.jp2``, ``<item>.B04.tif``), of Landsat
    bundles (``LC09_L2SP_160024_20220129_20220131_02_T1_SR_B4.TIF``) and of WorldCover
    (``ESA_WorldCover_10m_2021_v200_N51E066_Map.tif``) are known. The baseline of Sentinel-2 is
    taken from a folder with ``_N0400_`` in its name, or from the item's own JSON beside the file.

    Parameters
    ----------
    paths : sequence of str or pathlib.Path
        GeoTIFF or JPEG 2000 files.
    product : Product
        What they are of.

    Returns
    -------
    list of pystac.Item
        One a scene, ordered by time; an asset is a band.

    Raises
    ------
    ValueError
        A name says no date, or a file cannot be opened.
    """
    scenes: dict[str, dict[str, Path]] = {}
    for path in map(Path, paths):
        found = _band_of(path, product)
        if found is not None:
            stem, band = found
            scenes.setdefault(stem, {})[band] = path
    if not scenes:
        names = ", ".join(names[0] for names in (*product.bands.values(), product.flag) if names)
        raise ValueError(
            f"None of the {len(paths)} files is a band of {product.name} ({names}) by its name."
        )
    items = [_item(stem, assets, product) for stem, assets in scenes.items()]
    return sorted(items, key=lambda one: (one.properties["start_datetime"], one.id))


def _band_of(path: Path, product: Product) -> tuple[str, str] | None:
    """Name of the scene and of the asset that a file holds."""
    wanted = {*product.flag, *(name for names in product.bands.values() for name in names)}
    for name in sorted(wanted, key=len, reverse=True):
        for mark in (f"_{name}", f".{name}"):
            if path.stem.lower().endswith(mark.lower()):
                return path.stem[: -len(mark)], name
    return None


def _item(stem: str, assets: dict[str, Path], product: Product) -> pystac.Item:
    import pystac

    first = next(iter(assets.values()))
    properties = _properties(stem, first, product)
    beside = first.with_name(f"{stem}.json")
    if beside.is_file():
        properties |= _stated(beside)
    west, south, east, north, code = _common_extent(assets)
    item = pystac.Item(
        id=stem,
        geometry=shapely.geometry.mapping(shapely.box(west, south, east, north)),
        bbox=[west, south, east, north],
        datetime=None,
        start_datetime=pd.Timestamp(properties.pop("begin"), tz="UTC").to_pydatetime(),
        end_datetime=pd.Timestamp(properties.pop("end"), tz="UTC").to_pydatetime(),
        properties=properties | ({"proj:epsg": code} if code else {}),
        collection=product.collections[0],
    )
    if "s2:mgrs_tile" in properties or "landsat:wrs_path" in properties:
        item.datetime = pd.Timestamp(item.properties["start_datetime"]).to_pydatetime()
    for band, path in sorted(assets.items()):
        item.add_asset(band, pystac.Asset(href=str(path.resolve()), roles=["data"]))
    return item


def _properties(stem: str, path: Path, product: Product) -> dict[str, Any]:
    out: dict[str, Any] = {}
    cover = _COVER.search(stem)
    if cover is not None:
        year = int(cover.group(1))
        version = ".".join(cover.group(2, 3, 4))
        out = {"begin": f"{year}-01-01", "end": f"{year}-12-31T23:59:59"}
        return out | {"esa_worldcover:product_version": version}
    moment, day = _MOMENT.search(stem), _DAY.search(stem)
    if moment is not None:
        text = "T".join(moment.groups())
    elif day is not None:
        text = f"{day.group(1)}T000000"
    else:
        raise ValueError(f"The name of {path.name} says no date.")
    stamp = pd.to_datetime(text, format="%Y%m%dT%H%M%S", errors="coerce")
    if pd.isna(stamp):
        raise ValueError(f"The name of {path.name} says the impossible date {text}.")
    out = {"begin": stamp.isoformat(), "end": stamp.isoformat()}
    scene = _PATH_ROW.match(stem)
    if product.bits and scene is not None:
        out |= {"landsat:wrs_path": scene.group(1), "landsat:wrs_row": scene.group(2)}
        out["landsat:collection_category"] = scene.group(4)
    if product is SENTINEL2:
        tile = _TILE.search(stem)
        if tile is not None:
            out["s2:mgrs_tile"] = tile.group(1)
        for name in (stem, *(part.name for part in path.resolve().parents)):
            number = _BASELINE.search(name)
            if number is not None:
                out["s2:processing_baseline"] = ".".join(number.groups())
                break
    return out


def _stated(path: Path) -> dict[str, Any]:
    """Properties that the item's own JSON states of its processing."""
    try:
        given = json.loads(path.read_text(encoding="utf-8"))["properties"]
        keys = [key for key in given if "baseline" in key or "boa_offset" in key]
        return {key: given[key] for key in (*keys, "eo:cloud_cover", "platform") if key in given}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path.name} is no STAC item: {error}") from error


def _common_extent(assets: dict[str, Path]) -> tuple[float, float, float, float, int | None]:
    """Box and code of a scene; each file of it is looked at, for one may be damaged."""
    first, *others = [(path, _extent(path)) for _, path in sorted(assets.items())]
    for path, extent in others:
        apart = max(abs(a - b) for a, b in zip(first[1][:4], extent[:4], strict=True))
        if extent[4] != first[1][4] or apart > 1e-2:
            raise ValueError(f"{path.name} lies elsewhere than {first[0].name} of the same scene.")
    return first[1]


def _extent(path: Path) -> tuple[float, float, float, float, int | None]:
    """Box in degrees and code of the coordinate system; the last block is read, for truncation."""
    import rasterio
    from rasterio._err import CPLE_BaseError
    from rasterio.errors import CRSError, RasterioError
    from rasterio.warp import transform_bounds

    try:
        with rasterio.open(path) as file:
            if file.crs is None:
                raise ValueError(f"{path.name} states no coordinate reference system.")
            height, width = file.block_shapes[0]
            last = ((file.height - 1) // height, (file.width - 1) // width)
            file.read(1, window=file.block_window(1, *last))
            box = transform_bounds(file.crs, "EPSG:4326", *file.bounds)
            code = file.crs.to_epsg()
    except (RasterioError, CRSError, CPLE_BaseError, IndexError) as error:
        raise ValueError(f"{path.name} cannot be read: {error}") from error
    west, south, east, north = (float(one) for one in box)
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise ValueError(f"{path.name} lies outside the Earth, or over the date line: {box}.")
    return west, south, east, north, code
