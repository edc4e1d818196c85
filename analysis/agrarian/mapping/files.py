"""A map for other programs: GeoTIFF with colours and names, STAC item."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import rasterio
import rasterio.shutil
import shapely
import xarray as xr
from rasterio.transform import Affine

from analysis.agrarian.legends import Legend
from analysis.agrarian.mapping.grid import WORLD, grid_of
from analysis.agrarian.mapping.layers import NONE, REJECTED, SCALE
from analysis.agrarian.mapping.store import LAND, LAYERS, legend_of_map, map_grid

BLOCK: Final = 512
CLASSIFICATION: Final = "https://stac-extensions.github.io/classification/v2.0.0/schema.json"
PROJECTION: Final = "https://stac-extensions.github.io/projection/v2.0.0/schema.json"
_REJECTED_NAME: Final = {"kk": "Класы анықталмаған", "ru": "Класс не определён", "en": "Rejected"}
_GREY: Final = (80, 80, 80, 255)


def write_cog(land: xr.Dataset, path: Any, layer: str = LAND, *, language: str = "en") -> Path:
    """Write a layer of a map as a cloud-optimised GeoTIFF.

    The classes carry their colours (colour table) and their names and numbers of pixels (raster
    attribute table and category names, in the file ``.aux.xml`` beside it), which QGIS and other
    programs on GDAL show as the legend; a style for QGIS (``.qml``) lists the classes alone.

    Parameters
    ----------
    land : xarray.Dataset
        Of :func:`analysis.agrarian.mapping.classify`; lazy maps are read in strips.
    path : path
        File ``.tif``; it appears when it is whole.
    layer : str
        class, probability (a band for each class), entropy or margin.
    language : str
        Of the names of the classes: kk, ru or en; the table has all three.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    ValueError
        There is no such layer or language.
    """
    if layer not in LAYERS or layer not in land:
        have = ", ".join(one for one in LAYERS if one in land)
        raise ValueError(f"The map has no layer {layer!r}; it has {have}.")
    legend = legend_of_map(land)
    names = legend.names(language)
    grid, target = map_grid(land), Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    north_up = grid.steps[1] < 0
    data = land[layer] if north_up else land[layer].isel({grid.dims[0]: slice(None, None, -1)})
    stacked = data if layer == "probability" else data.expand_dims("band")
    up = grid_of(data, grid.crs)
    profile = {
        "driver": "GTiff",
        "height": up.shape[0],
        "width": up.shape[1],
        "count": stacked.shape[0],
        "dtype": str(stacked.dtype),
        "nodata": 0 if layer == LAND else NONE,
        "crs": rasterio.CRS.from_wkt(grid.crs.to_wkt()),
        "transform": Affine(*up.transform),
        "tiled": True,
        "blockxsize": BLOCK,
        "blockysize": BLOCK,
        "compress": "zstd",
        "bigtiff": "if_safer",
    }
    counts = np.zeros(256, np.int64)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.stem}-") as scratch:
        plain, cloud = Path(scratch) / "plain.tif", Path(scratch) / "cloud.tif"
        with rasterio.open(plain, "w", **profile) as file:
            if layer == LAND:
                colours = legend.colormap() | {REJECTED: _GREY}
                file.write_colormap(1, colours)
            else:
                file.scales = (1.0 / SCALE,) * file.count
            for number, name in enumerate(legend.keys if file.count > 1 else (), start=1):
                file.set_band_description(number, name)
            file.update_tags(**_tags(land, layer, legend))
            for top in range(0, up.shape[0], BLOCK):
                strip = stacked[:, top : top + BLOCK].to_numpy()
                window = rasterio.windows.Window(0, top, up.shape[1], strip.shape[1])
                file.write(strip, window=window)
                if layer == LAND:
                    counts += np.bincount(strip.ravel(), minlength=256)
        how = "mode" if layer == LAND else "average"
        options = {"COMPRESS": "DEFLATE", "OVERVIEW_RESAMPLING": how, "BIGTIFF": "IF_SAFER"}
        rasterio.shutil.copy(plain, cloud, driver="COG", **options)
        cloud.replace(target)
    if layer == LAND:
        text = _attribute_table(legend, names, counts)
        beside = target.with_name(f"{target.name}.aux.xml")
        beside.write_text(text, encoding="utf-8")
        style = _style(legend, names, rejected=bool(counts[REJECTED]))
        target.with_suffix(".qml").write_text(style, encoding="utf-8")
    return target


def _style(legend: Legend, names: Mapping[str, str], *, rejected: bool) -> str:
    """Style of QGIS: a colour and a name for each class. A file's own palette has 256 of them."""
    rows = [(one.code, one.colour, names[one.key]) for one in legend.classes]
    if rejected:
        rows.append((REJECTED, "#{:02x}{:02x}{:02x}".format(*_GREY), _REJECTED_NAME["en"]))
    entries = "\n".join(
        f'{" " * 8}<paletteEntry value="{code}" color="{colour}" alpha="255" '
        f"label={quoteattr(name)}/>"
        for code, colour, name in rows
    )
    return f"""<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<qgis version="3.16" styleCategories="Symbology">
  <pipe>
    <rasterrenderer type="paletted" band="1" opacity="1" alphaBand="-1" nodataColor="">
      <rasterTransparency/>
      <colorPalette>
{entries}
      </colorPalette>
    </rasterrenderer>
  </pipe>
  <blendMode>0</blendMode>
</qgis>
"""


def stac_item(
    land: xr.Dataset,
    files: Mapping[str, Any],
    *,
    name: str = "",
    when: Any = None,
    properties: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Describe a map as an item of the SpatioTemporal Asset Catalog, version 1.1.

    Parameters
    ----------
    land : xarray.Dataset
        Of :func:`analysis.agrarian.mapping.classify`.
    files : mapping
        Layer (class, probability, entropy, margin, or any word) -> address of the file.
    name : str
        Id of the item; the name of the file of classes if not given.
    when : optional
        Date of the map; by default the period of its imagery (``attrs["dates"]``).
    properties : mapping, optional
        Further properties, such as ``license``.

    Returns
    -------
    dict
        GeoJSON; the classes stand in ``classification:classes`` of the asset "class".

    Raises
    ------
    ValueError
        There is no file, or neither a date nor the dates of the imagery.
    """
    if not files:
        raise ValueError("A STAC item needs a file at least: files={'class': 'map.tif'}.")
    grid, legend = map_grid(land), legend_of_map(land)
    outline = _outline(grid)
    bounds = [round(one, 8) for one in outline.bounds]
    about: dict[str, Any] = dict(properties or {}) | _period(land, when)
    about |= {"title": str(land.attrs.get("title", "Land cover")), "proj:code": _code(grid.crs)}
    about |= {"proj:shape": list(grid.shape), "created": datetime.now(UTC).strftime("%FT%TZ")}
    if about["proj:code"] is None:
        about["proj:wkt2"] = grid.crs.to_wkt()
    if land.attrs.get("simulated"):
        about |= {"simulated": True, "description": "Made from simulated imagery."}
    classes = [
        {
            "value": one.code,
            "name": one.key,
            "title": one.names["en"],
            "color_hint": one.colour.removeprefix("#").upper(),
        }
        for one in legend.classes
    ]
    assets: dict[str, Any] = {}
    for layer, address in files.items():
        cloud = str(address).lower().endswith((".tif", ".tiff"))
        kind = "image/tiff; application=geotiff; profile=cloud-optimized"
        assets[layer] = {
            "href": str(address),
            "type": kind if cloud else "application/vnd.zarr; version=3",
            "roles": ["data"],
            "title": str(land[layer].attrs.get("long_name", layer)) if layer in land else layer,
        }
        if layer == LAND:
            nodata = {"value": 0, "name": "nodata", "nodata": True}
            assets[layer]["classification:classes"] = [nodata, *classes]
    return {
        "type": "Feature",
        "stac_version": "1.1.0",
        "stac_extensions": [CLASSIFICATION, PROJECTION],
        "id": name or Path(str(next(iter(files.values())))).stem,
        "bbox": bounds,
        "geometry": json.loads(shapely.to_geojson(outline)),
        "properties": about,
        "links": [],
        "assets": assets,
    }


def _outline(grid: Any) -> Any:
    """Outline of a grid in longitude and latitude."""
    import pyproj

    box = shapely.box(*grid.bounds)
    if grid.geographic:
        return box
    fine = shapely.segmentize(box, max(abs(one) for one in grid.steps) * 16)
    way = pyproj.Transformer.from_crs(grid.crs, WORLD, always_xy=True)
    return shapely.transform(fine, lambda xy: np.column_stack(way.transform(xy[:, 0], xy[:, 1])))


def _period(land: xr.Dataset, when: Any) -> dict[str, Any]:
    import pandas as pd

    if when is not None:
        return {"datetime": f"{pd.Timestamp(when):%Y-%m-%dT%H:%M:%SZ}"}
    dates = [str(one) for one in np.atleast_1d(land.attrs.get("dates", []))]
    if not dates:
        raise ValueError("Nobody knows when the map holds: give when='2021-07-01'.")
    first, last = (f"{one}T00:00:00Z" for one in (min(dates), max(dates)))
    return {"datetime": None, "start_datetime": first, "end_datetime": last}


def _code(crs: Any) -> str | None:
    authority = crs.to_authority()
    return None if authority is None else ":".join(authority)


def _tags(land: xr.Dataset, layer: str, legend: Legend) -> dict[str, str]:
    out = {"layer": layer, "classes": ", ".join(legend.keys)}
    for name in ("model", "source", "title"):
        if name in land.attrs:
            out[name] = str(land.attrs[name])
    if land.attrs.get("simulated"):
        out["simulated"] = "1"
    return out


def _attribute_table(legend: Legend, names: Mapping[str, str], counts: Any) -> str:
    """Names and attributes of the codes as GDAL keeps them beside a file (PAM)."""
    known = {one.code: one for one in legend.classes}
    last = REJECTED if counts[REJECTED] else max(known)
    fields = [("Value", 0, 5), ("Class", 2, 2), ("Count", 0, 1), ("Red", 0, 6), ("Green", 0, 7)]
    fields += [("Blue", 0, 8), ("Alpha", 0, 9), ("label", 2, 0)]
    fields += [(f"name_{language}", 2, 0) for language in ("kk", "ru", "en")]
    rows, categories = [], [""]
    colours = legend.colormap() | {REJECTED: _GREY}
    for code in range(1, last + 1):
        one = known.get(code)
        if one is None and code != REJECTED:
            categories.append("")
            continue
        words = _REJECTED_NAME if one is None else one.names
        key = "rejected" if one is None else one.key
        shown = words["en"] if one is None else names[one.key]
        categories.append(shown)
        rows.append([code, shown, counts[code], *colours[code], key, *(words[k] for k in words)])
    lines = ["<PAMDataset>", '  <PAMRasterBand band="1">', "    <CategoryNames>"]
    lines += [f"      <Category>{escape(one)}</Category>" for one in categories]
    lines += ["    </CategoryNames>", '    <GDALRasterAttributeTable tableType="thematic">']
    for place, (name, kind, usage) in enumerate(fields):
        lines.append(
            f'      <FieldDefn index="{place}"><Name>{name}</Name><Type>{kind}</Type>'
            f"<Usage>{usage}</Usage></FieldDefn>"
        )
    for place, row in enumerate(rows):
        cells = "".join(f"<F>{escape(str(one))}</F>" for one in row)
        lines.append(f'      <Row index="{place}">{cells}</Row>')
    lines += ["    </GDALRasterAttributeTable>", "  </PAMRasterBand>", "</PAMDataset>", ""]
    return "\n".join(lines)
