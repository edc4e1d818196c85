"""Intake readers of images: STAC services and catalogues, folders of bands."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import fsspec
from intake.readers import datatypes
from intake.readers.readers import FileReader

from analysis.sources.imagery import stac
from analysis.sources.imagery.files import items_of_files
from analysis.sources.imagery.products import PRODUCTS, Product
from analysis.sources.imagery.scenes import SceneOptions, compose_scenes, signer
from analysis.sources.imagery.worldcover import WORLDCOVER, land_cover
from analysis.spelling import did_you_mean

if TYPE_CHECKING:
    import pystac
    import xarray as xr

_JSON: Final = (".json", ".geojson")
_MANY: Final = 100_000  # items of one file, before they are sifted by place and time


class ImageryReader(FileReader):
    """Sentinel-2, Landsat and WorldCover: a STAC service or catalogue, or files of bands."""

    output_instance = "xarray:Dataset"
    implements = {datatypes.STACJSON, datatypes.TIFF}  # noqa: RUF012 - Intake's own way
    func = "odc.stac:load"

    def _read(self, data: Any, **options: Any) -> Any:
        options.pop("chunks", None)
        return open_images(data.url, **options)


def open_images(  # noqa: PLR0913 - the question, one argument a side
    url: str | Path | Sequence[str | Path],
    *,
    product: str | None = None,
    collection: str | None = None,
    bbox: Sequence[float] | None = None,
    region: str | None = None,
    start: Any = None,
    end: Any = None,
    cloud_cover: float | None = None,
    limit: int | None = None,
    sign: str | None = None,
    year: int | None = None,
    **options: Any,
) -> xr.Dataset:
    """Open images from wherever they are: a service, a static catalogue, files of bands.

    Parameters
    ----------
    url : str, pathlib.Path or sequence of them
        Address of a STAC API; path or address of STAC JSON; files or a pattern of bands.
    product : str, optional
        "sentinel2", "landsat" or "worldcover", where the collection does not tell.
    collection, start, end, cloud_cover, limit
        As in :func:`analysis.sources.imagery.stac.search`.
    bbox : sequence of float, optional
        West, south, east, north, degrees; or
    region : str, optional
        name of a packaged region. Files need neither: all that they cover is opened.
    sign : str, optional
        "planetary-computer".
    year : int, optional
        Of WorldCover: 2020 or 2021.
    **options
        Of :class:`analysis.sources.imagery.scenes.SceneOptions`; None is the default.

    Returns
    -------
    xarray.Dataset
        As :func:`analysis.sources.imagery.scenes.compose_scenes`, or land cover.

    Raises
    ------
    ValueError
        Nothing is found, or something asked for is impossible.
    """
    about = _product(product, collection)
    box = _box(bbox, region)
    remote = isinstance(url, str) and url.startswith(("http://", "https://"))
    if remote and box is None:
        raise ValueError("Say where: bbox=(west, south, east, north) in degrees, or region=...")
    wish, way = SceneOptions.of(**options), signer(sign)
    if box is not None and about is not WORLDCOVER:
        wish.plan(about, box)
    asked = (box, start, end)
    if remote:
        most = limit or stac.LIMIT
        found = stac.search(str(url), collection, *asked, cloud_cover=cloud_cover, limit=most)
    else:
        first, last = stac.period(start, end)
        rest = (None, box, first, last, cloud_cover)
        found = [item for item in _local(url, about) if stac.matches(item, *rest)]
    if not found:
        raise ValueError(f"There is no image of {about.name} there and then in {url}.")
    area = box or _cover(found)
    if about is WORLDCOVER:
        return land_cover(
            found,
            area,
            year=year,
            resolution=wish.resolution,
            crs=wish.crs,
            sign=way,
            chunk=wish.chunk,
        )
    return compose_scenes(found, about, area, wish, way)


def _product(name: str | None, collection: str | None) -> Product:
    everything = {**PRODUCTS, WORLDCOVER.name: WORLDCOVER}
    if name is not None:
        if name not in everything:
            raise ValueError(f"There is no product {name!r}. {did_you_mean(name, everything)}")
        return everything[name]
    for one in everything.values():
        if collection in one.collections:
            return one
    raise ValueError(f"Say of what the images are: product={' or '.join(everything)}.")


def _box(bbox: Sequence[float] | None, region: str | None) -> stac.Bounds | None:
    if bbox is not None and region is not None:
        raise ValueError("Say bbox or region, not both.")
    if region is not None:
        from analysis.sources.regions import region as find

        return find(region).bounds
    if bbox is None:
        return None
    if len(bbox) != 4:
        raise ValueError(f"bbox={bbox!r}; write four numbers: west, south, east, north.")
    west, south, east, north = (float(one) for one in bbox)
    return west, south, east, north


def _local(url: Any, about: Product) -> list[pystac.Item]:
    """Items of files of bands, or of JSON files."""
    given = [url] if isinstance(url, (str, Path)) else list(url)
    paths: list[str] = []
    for one in given:
        text = str(one).removeprefix("file://")
        paths += sorted(fsspec.open_local(text)) if "*" in text else [text]
    missing = [path for path in paths if not Path(path).exists()]
    if missing or not paths:
        raise ValueError(f"There is no file {missing[0] if missing else url}.")
    rows = [path for path in paths if path.lower().endswith(_JSON)]
    rasters = [path for path in paths if path not in rows]
    if rasters:
        return items_of_files(rasters, about)
    return [item for path in rows for item in stac.search(path, limit=_MANY)]


def _cover(items: Sequence[pystac.Item]) -> stac.Bounds:
    boxes = [box for item in items if (box := stac.footprint(item)) is not None]
    if not boxes:
        raise ValueError("The items state no box; say where: bbox=(west, south, east, north).")
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)
