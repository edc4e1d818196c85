"""Vegetation indices of MODIS: MOD13 and MYD13 in HDF4-EOS (Q1, A1, A2, A3 tiles; C1, C2 grids).

Layers after the file specification MOD13 of LAADS (collection 6). Two traps: the file states the
inverse of its factor (10000), and the day at which a composite begins is not the day of any one of
its values, which ``composite_day`` holds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

import xarray as xr
from intake.readers import datatypes
from intake.readers.readers import FileReader

from analysis.sources.surface import bits, hdf4, modis, packing, screening, tiles
from analysis.sources.surface.packing import Packing
from analysis.spelling import did_you_mean

_PRODUCTS: Final = re.compile(r"M[OY]D13(Q1|A1|A2|A3|C1|C2)")
_DAY: Final = Packing("1", (1.0,), 0.0, (-1,), (1, 366))
LAYERS: Final[Mapping[str, tuple[str, str, Packing]]] = {
    "ndvi": (" NDVI", "Vegetation index NDVI", packing.INDEX),
    "evi": (" EVI", "Enhanced vegetation index EVI", packing.INDEX),
    "red": (" red reflectance", "Red reflectance", packing.REFLECTANCE),
    "nir": (" NIR reflectance", "Near-infrared reflectance", packing.REFLECTANCE),
    "blue": (" blue reflectance", "Blue reflectance", packing.REFLECTANCE),
    "swir22": (" MIR reflectance", "Short-wave infrared reflectance", packing.REFLECTANCE),
    "composite_day": (" composite day of the year", "Day of the year of the value", _DAY),
}
"""Name here -> end of the name in the file, label, packing."""


def open_modis_vegetation(
    paths: tiles.Paths, quality: str = "good", layers: Sequence[str] | str = ("ndvi",)
) -> xr.Dataset:
    """Open vegetation indices of MODIS, tiles and composites in one lazy cube.

    Parameters
    ----------
    paths : path, or sequence of paths
        HDF files, folders or patterns; all of one product.
    quality : {"good", "best", "all"}, optional
        What is kept by the pixel reliability. ``best``: 0. ``good``: 0 and 1 (marginal). ``all``:
        every value, those of snow and cloud too.
    layers : sequence of str, or "all"
        Of :data:`LAYERS`.

    Returns
    -------
    xarray.Dataset
        (time, y, x), or (time, latitude, longitude) of climate grids; time is when the composite
        begins, ``time_bounds`` has its end; ``<name>_quality`` is the pixel reliability.

    Raises
    ------
    ValueError
        Files are missing, damaged, of other or several products, or have no such layer.
    """
    bits.check_level(quality)
    wanted = [*LAYERS] if layers == "all" else [layers] if isinstance(layers, str) else [*layers]
    for name in wanted:
        if name not in LAYERS:
            raise ValueError(f"There is no layer {name!r}. {did_you_mean(name, LAYERS)}")
    files = tiles.local_files(paths, (".hdf",))
    found = [modis.read_tile(path, _PRODUCTS, "MOD13 and MYD13") for path in files]
    products = sorted({product for product, _ in found})
    if len(products) > 1:
        raise ValueError(f"The files are of several products, {', '.join(products)}: open each.")
    mosaic = tiles.arrange([tile for _, tile in found])
    stored = [*hdf4.contents(files[0]).layers]
    flags = _ending(stored, " pixel reliability", files[0])
    variables: dict[str, Any] = {}
    for name in wanted:
        ending, label, kind = LAYERS[name]
        screened = name != "composite_day"
        load = partial(
            screening.load_layer,
            read=hdf4.read,
            layer=_ending(stored, ending, files[0]),
            kind=kind,
            flags=flags if screened else None,
            table=bits.MOD13,
            level=quality,
        )
        dims, values = tiles.lay_out(mosaic, load, name)
        attrs = {"long_name": label, "units": kind.units}
        variables[name] = (dims, values, attrs | ({"screening": quality} if screened else {}))
        if screened:
            raw = partial(screening.load_flags, read=hdf4.read, layer=flags)
            dims, values = tiles.lay_out(mosaic, raw, f"{name}-flags")
            variables[f"{name}_quality"] = (dims, values, bits.MOD13.attrs())
    title = f"{products[0]} vegetation indices"
    return tiles.dataset(mosaic, variables, {"title": title, "product": products[0]})


def _ending(names: list[str], ending: str, path: str) -> str:
    found = [name for name in names if name.endswith(ending)]
    if len(found) != 1:
        told = ", ".join(names) or "none"
        raise ValueError(f"{path} has {len(found)} layers ending in {ending!r}; it has {told}.")
    return found[0]


class ModisVegetationReader(FileReader):
    """MOD13 and MYD13 in HDF4."""

    output_instance = "xarray:Dataset"
    implements = {datatypes.HDF5}  # noqa: RUF012 - Intake's own way to say what a reader opens
    func = "analysis.sources.surface.vegetation:open_modis_vegetation"

    def _read(
        self, data: Any, quality: str = "good", layers: Sequence[str] | str = ("ndvi",), **_: Any
    ) -> xr.Dataset:
        return open_modis_vegetation(data.url, quality, layers)
