"""MODIS layers as AppEEARS delivers them: one GeoTIFF for each layer and date.

File names tell product, layer and date: ``MOD11A2.061_LST_Day_1km_doy2023145_aid0001.tif``,
``MOD13Q1.061__250m_16_days_NDVI_doy2020001_aid0001.tif``; newer requests write the time behind the
day (13 digits). The values are packed as in the HDF files.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import xarray as xr
from intake.readers import datatypes
from intake.readers.readers import FileReader
from numpy.typing import NDArray

from analysis.sources.surface import bits, packing, rasters, tiles
from analysis.sources.surface.packing import Packing

_NAME: Final = re.compile(
    r"(?P<product>M[OY]D1[13]\w{2})\.(?P<version>\d{3})_(?P<layer>\w+?)_doy(?P<date>\d{7})(?:\d{6})?"
    r"_aid(?P<area>\d{4})\.tiff?",
    re.IGNORECASE,
)
_LAYERS: Final[Mapping[str, tuple[str, Packing, str, bits.Flag]]] = {
    r"LST_Day_(1km|6km|CMG)": ("lst_day", packing.TEMPERATURE, "QC_Day", bits.MOD11),
    r"LST_Night_(1km|6km|CMG)": ("lst_night", packing.TEMPERATURE, "QC_Night", bits.MOD11),
    r"_?\w*_NDVI": ("ndvi", packing.INDEX, r"_?\w*_pixel_reliability", bits.MOD13),
    r"_?\w*_EVI": ("evi", packing.INDEX, r"_?\w*_pixel_reliability", bits.MOD13),
}


def open_appeears(paths: tiles.Paths, quality: str = "good") -> xr.Dataset:
    """Open GeoTIFF files of AppEEARS as one lazy cube, screened by the flag files among them.

    Parameters
    ----------
    paths : path, or sequence of paths
        Files, folders or patterns; of one product and one area.
    quality : {"good", "best", "all"}, optional
        As for the HDF files. Only ``all`` works without the files of the flags.

    Returns
    -------
    xarray.Dataset
        lst_day, lst_night (K), ndvi, evi, as far as there are files, and their flags.

    Raises
    ------
    ValueError
        No file is of AppEEARS, files are of several products or areas, or flags are missing.
    """
    bits.check_level(quality)
    found: dict[str, dict[np.datetime64, str]] = {}
    groups: set[tuple[str, str]] = set()
    for path in tiles.local_files(paths, (".tif", ".tiff")):
        told = _NAME.fullmatch(Path(path).name)
        if told is None:
            continue
        moment = pd.to_datetime(told["date"], format="%Y%j", errors="coerce")
        if pd.isna(moment):
            raise ValueError(f"{path} has no date in its name: doy{told['date']}.")
        groups.add((f"{told['product'].upper()}.{told['version']}", told["area"]))
        found.setdefault(told["layer"], {})[np.datetime64(moment, "ns")] = path
    if not found:
        raise ValueError(
            "None of the files is named as AppEEARS names them (PRODUCT.VERSION_LAYER_"
            "doyYYYYDDD_aidNNNN.tif)."
        )
    if len(groups) > 1:
        told_groups = ", ".join(f"{product} area {area}" for product, area in sorted(groups))
        raise ValueError(f"The files are of several requests ({told_groups}): open each.")
    product = next(iter(groups))[0]
    parts = [
        _variable(found, layer, row, quality)
        for pattern, row in _LAYERS.items()
        for layer in found
        if re.fullmatch(pattern, layer)
    ]
    if not parts:
        raise ValueError(
            f"There is no layer of temperature or vegetation; only {', '.join(found)}."
        )
    ds = xr.merge(parts, join="outer", combine_attrs="drop_conflicts")
    return ds.assign_attrs(title=f"{product} through AppEEARS", product=product)


def _variable(
    found: Mapping[str, Mapping[np.datetime64, str]],
    layer: str,
    row: tuple[str, Packing, str, bits.Flag],
    quality: str,
) -> xr.Dataset:
    name, kind, flag_pattern, table = row
    files = found[layer]
    told = next((found[one] for one in found if re.fullmatch(flag_pattern, one)), {})
    missing = sorted(set(files) - set(told))
    if missing and quality != "all":
        raise ValueError(
            f"There is no flag file of {layer} for {str(missing[0])[:10]} ({len(missing)} of "
            f"{len(files)} dates), so that nothing can be screened. Download it too, or take "
            "quality: all."
        )
    frames = [rasters.read_frame(path, time) for time, path in files.items()]
    beside = {path: told[time] for time, path in files.items() if time in told}
    label = {"long_name": name.replace("_", " "), "units": kind.units, "screening": quality}

    def load(frame: rasters.Frame) -> rasters.Load:
        flags = beside.get(frame.path, "")
        return partial(load_layer, kind=kind, flags=flags, table=table, level=quality)

    def load_beside(frame: rasters.Frame) -> rasters.Load:
        return partial(load_flags, flags=beside.get(frame.path, ""))

    variables: dict[str, tuple[rasters.MakeLoad, dict[str, Any]]] = {name: (load, label)}
    if beside:
        variables[f"{name}_quality"] = (load_beside, table.attrs())
    return rasters.dataset(frames, variables, {})


def load_layer(
    path: str,
    cut: rasters.Cut,
    kind: Packing,
    flags: str,
    table: bits.Flag,
    level: str,
) -> NDArray[np.float32]:
    """Read a part of a layer, screened by the file of its flags.

    Parameters
    ----------
    path : str
        File of the layer.
    cut : tuple of int
        The part.
    kind : Packing
        How it is packed.
    flags : str
        File of its flags, empty where there is none.
    table : Flag
        What the flags mean.
    level : str
        Level of screening.

    Returns
    -------
    array of float32, (row, column)

    Raises
    ------
    ValueError
        A file is damaged.
    """
    values = packing.unpack(rasters.read_window(path, cut), {}, kind, path)
    if level == "all":
        return values
    kept = bits.keep(table, rasters.read_window(flags, cut), level)
    return np.where(kept, values, np.float32(np.nan))


def load_flags(_: str, cut: rasters.Cut, flags: str) -> NDArray[np.float32]:
    """Read a part of the flags of a layer, bit for bit; missing where it has no file of flags.

    Parameters
    ----------
    _ : str
        File of the layer, which is not read.
    cut : tuple of int
        The part.
    flags : str
        File of its flags, empty where there is none.

    Returns
    -------
    array of float32, (row, column)
    """
    if not flags:
        return np.full((cut[1] - cut[0], cut[3] - cut[2]), np.nan, dtype=np.float32)
    return rasters.read_window(flags, cut).astype(np.float32)


class AppeearsReader(FileReader):
    """GeoTIFF files of AppEEARS."""

    output_instance = "xarray:Dataset"
    implements = {datatypes.TIFF}  # noqa: RUF012 - Intake's own way to say what a reader opens
    func = "analysis.sources.surface.appeears:open_appeears"

    def _read(self, data: Any, quality: str = "good", **_: Any) -> xr.Dataset:
        return open_appeears(data.url, quality)
