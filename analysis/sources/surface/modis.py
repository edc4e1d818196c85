"""Land surface temperature of MODIS: MOD11 and MYD11, tiles and climate grids, in HDF4-EOS.

Layers, factors and flags after the MODIS Land Surface Temperature Products Users' Guide (Wan,
collections 5 and 6). Tiles: ``LST_Day_1km`` (A1, A2), ``LST_Day_6km`` (B2); climate grids of 0.05
degrees (C1, C3): ``LST_Day_CMG``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import xarray as xr
from intake.readers import datatypes
from intake.readers.readers import FileReader

from analysis.sources.surface import bits, hdf4, packing, screening, tiles
from analysis.sources.surface.eosmetadata import read_grids, read_period
from analysis.sources.surface.packing import Packing
from analysis.spelling import did_you_mean

_SHORT_NAME: Final = re.compile(
    r'OBJECT\s*=\s*SHORTNAME\b.{0,200}?VALUE\s*=\s*"([^"]+)"', re.DOTALL
)
_GRANULE: Final = re.compile(
    r'OBJECT\s*=\s*LOCALGRANULEID\b.{0,200}?VALUE\s*=\s*"([^"]+)"', re.DOTALL
)
_PRODUCTS: Final = re.compile(r"M[OY]D11(A1|A2|B1|B2|B3|C1|C2|C3)(?!\w)")
_MADE: Final = re.compile(r"\.(\d{13})\.")
_SIDES: Final = {"day": ("Day", "days"), "night": ("Night", "nights")}
DEFAULT: Final = ("lst_day", "lst_night")


@dataclass(frozen=True)
class Layer:
    """A layer of the product under its name here."""

    name: str
    stored: re.Pattern[str]
    label: str
    packing: Packing | None  # None: bits that are counted


def _layers() -> dict[str, Layer]:
    rows = []
    for side, (word, plural) in _SIDES.items():
        lst = f"lst_{side}"
        rows += [
            Layer(
                lst,
                re.compile(rf"LST_{word}_(1km|6km|CMG)"),
                f"Land surface temperature, {side}",
                packing.TEMPERATURE,
            ),
            Layer(
                f"{lst}_view_time",
                re.compile(rf"{word}_view_time"),
                "Time of observation",
                packing.VIEW_TIME,
            ),
            Layer(
                f"{lst}_view_angle",
                re.compile(rf"{word}_view_angle?"),
                "View zenith angle",
                packing.VIEW_ANGLE,
            ),
            Layer(f"{lst}_count", re.compile(rf"Clear_sky_{plural}"), f"Clear {plural}", None),
        ]
    for band in (20, 22, 23, 29, 31, 32):
        rows.append(
            Layer(
                f"emissivity_{band}",
                re.compile(f"Emis_{band}"),
                f"Emissivity of band {band}",
                packing.EMISSIVITY,
            )
        )
    return {one.name: one for one in rows}


LAYERS: Final[Mapping[str, Layer]] = _layers()


def open_modis_lst(
    paths: tiles.Paths, quality: str = "good", layers: Sequence[str] | str = DEFAULT
) -> xr.Dataset:
    """Open land surface temperature of MODIS, tiles and days in one lazy cube.

    Parameters
    ----------
    paths : path, or sequence of paths
        HDF files, folders or patterns; all of one product, in any order.
    quality : {"good", "best", "all"}, optional
        What is kept. ``best``: mandatory flag 00. ``good``: that, and 01 where the stated error
        is at most 2 K. ``all``: every value that the file has.
    layers : sequence of str, or "all"
        Of :data:`LAYERS`; ``lst_day`` and ``lst_night`` bring their flags and, where values are
        averages of several days, the number of clear days.

    Returns
    -------
    xarray.Dataset
        (time, y, x), or (time, latitude, longitude) of climate grids; temperature in K, NaN where
        screened; ``lst_day_quality`` bit for bit.

    Raises
    ------
    ValueError
        Files are missing, damaged, of other or several products, or have no such layer.
    """
    bits.check_level(quality)
    files = tiles.local_files(paths, (".hdf",))
    found = [read_tile(path, _PRODUCTS, "MOD11 and MYD11 A1, A2, B1-B3, C1-C3") for path in files]
    products = sorted({product for product, _ in found})
    if len(products) > 1:
        raise ValueError(f"The files are of several products, {', '.join(products)}: open each.")
    mosaic = tiles.arrange([tile for _, tile in found])
    stored = hdf4.contents(files[0]).layers
    variables: dict[str, Any] = {}
    for name in _chosen(layers, stored):
        layer = LAYERS[name]
        source = _find(layer, stored)
        if source is None:
            continue
        flags = _flags(name, stored)
        load = partial(
            screening.load_layer,
            read=hdf4.read,
            layer=source,
            kind=layer.packing,
            flags=flags,
            table=bits.MOD11,
            level=quality,
        )
        dims, values = tiles.lay_out(mosaic, load, name)
        variables[name] = (dims, values, _attrs(layer, stored[source], flags, quality))
        if flags:
            dims, values = tiles.lay_out(
                mosaic, partial(screening.load_flags, read=hdf4.read, layer=flags), f"{name}-flags"
            )
            variables[f"{name}_quality"] = (dims, values, bits.MOD11.attrs())
    title = f"{products[0]} land surface temperature"
    return tiles.dataset(mosaic, variables, {"title": title, "product": products[0]})


def read_tile(path: str, products: re.Pattern[str], label: str) -> tuple[str, tiles.Tile]:
    """Product and place of a MODIS file, from what it says of itself rather than from its name.

    Parameters
    ----------
    path : str
        HDF4 file.
    products : re.Pattern
        Short names that are read.
    label : str
        The same for people.

    Returns
    -------
    product : str
        Short name, for example ``MOD11A1``.
    tile : Tile
        Place, period and moment of production.

    Raises
    ------
    ValueError
        The file is damaged, of another product, or does not say where or when its values lie.
    """
    core, structure = hdf4.texts(path, "CoreMetadata", "StructMetadata")
    name, granule = _SHORT_NAME.search(core), _GRANULE.search(core)
    product = name.group(1).strip() if name else ""
    if not products.fullmatch(product):
        told = f"of the product {product}" if product else "of no product that it names"
        raise ValueError(f"{path} is {told}; {label} are read.")
    period = read_period(core)
    if period is None:
        raise ValueError(f"{path} does not say when its values begin and end (RANGEBEGINNINGDATE).")
    made = _MADE.search(f".{granule.group(1)}." if granule else "")
    grid = read_grids(structure)[0]
    return product, tiles.Tile(path, grid, *period, made.group(1) if made else "")


def _chosen(layers: Sequence[str] | str, stored: Mapping[str, Any]) -> list[str]:
    wanted = list(LAYERS) if layers == "all" else [layers] if isinstance(layers, str) else [*layers]
    for name in wanted:
        if name not in LAYERS:
            raise ValueError(f"There is no layer {name!r}. {did_you_mean(name, LAYERS)}")
        if layers != "all" and _find(LAYERS[name], stored) is None:
            raise ValueError(f"The product has no layer {name!r}; it has {', '.join(stored)}.")
    counts = [f"{name}_count" for name in wanted if name in DEFAULT]
    return list(dict.fromkeys([*wanted, *counts]))


def _find(layer: Layer, stored: Mapping[str, Any]) -> str | None:
    return next((name for name in stored if layer.stored.fullmatch(name)), None)


def _flags(name: str, stored: Mapping[str, Any]) -> str | None:
    if name not in DEFAULT:
        return None
    flags = "QC_Day" if name == "lst_day" else "QC_Night"
    if flags not in stored:
        raise ValueError(f"The file has no {flags}, so that nothing can be screened.")
    return flags


def _attrs(layer: Layer, stored: hdf4.Layer, flags: str | None, level: str) -> dict[str, Any]:
    about: dict[str, Any] = {"long_name": layer.label}
    if layer.packing is None:
        return about | {"units": "1", "role": "count"}
    about["units"] = layer.packing.units
    if flags:
        about["screening"] = level
    if layer.packing is packing.VIEW_TIME:
        told = str(stored.attrs.get("long_name", ""))
        about["time_system"] = "UTC" if "UTC" in told else "local solar time"
    return about


class ModisTemperatureReader(FileReader):
    """MOD11 and MYD11 in HDF4."""

    output_instance = "xarray:Dataset"
    implements = {datatypes.HDF5}  # noqa: RUF012 - Intake's own way to say what a reader opens
    func = "analysis.sources.surface.modis:open_modis_lst"

    def _read(
        self, data: Any, quality: str = "good", layers: Sequence[str] | str = DEFAULT, **_: Any
    ) -> xr.Dataset:
        return open_modis_lst(data.url, quality, layers)
