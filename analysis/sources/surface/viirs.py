"""Land surface temperature of VIIRS: VNP21A1D/N (Suomi NPP) and VJ121A1D/N (NOAA-20), HDF-EOS5.

Layout after the file specification VNP21A1D of LAADS: ``LST_1KM``, ``QC``, ``Emis_14`` to
``Emis_16``, ``View_Angle`` and ``View_Time`` in ``/HDFEOS/GRIDS/<grid>/Data Fields``, the place in
``/HDFEOS INFORMATION/StructMetadata.0``. Factors are those of the file, compared with the
specification.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

import numpy as np
import xarray as xr
from intake.readers import datatypes
from intake.readers.readers import FileReader
from numpy.typing import NDArray

from analysis.sources.guardedfiles import Array, Group, open_hdf5
from analysis.sources.guardedprocess import Unreadable
from analysis.sources.surface import bits, packing, screening, tiles
from analysis.sources.surface.eosmetadata import read_grids, read_period
from analysis.sources.surface.packing import Packing
from analysis.spelling import did_you_mean

_PRODUCT: Final = re.compile(r"V(NP|J1|J2)21A1([DN])")
_NAME: Final = re.compile(r"(V(?:NP|J1|J2)21A1[DN])(?:_NRT)?\.A\d{7}\.h\d\dv\d\d\.\d{3}\.(\d{13})")
_ROOT: Final = "HDFEOS/GRIDS"
_PROBLEMS: Final = (OSError, LookupError, RuntimeError, TypeError, ValueError, ArithmeticError)
_STATED: Final = {
    "RANGEBEGINNINGDATE": "RangeBeginningDate",
    "RANGEBEGINNINGTIME": "RangeBeginningTime",
    "RANGEENDINGDATE": "RangeEndingDate",
    "RANGEENDINGTIME": "RangeEndingTime",
}
LAYERS: Final[Mapping[str, tuple[str, str, Packing]]] = {
    "lst": ("LST_1KM", "Land surface temperature", packing.TEMPERATURE),
    "view_time": ("View_Time", "Time of observation", packing.VIEW_TIME),
    "view_angle": ("View_Angle", "View zenith angle", packing.VIEW_ANGLE),
    "emissivity_14": ("Emis_14", "Emissivity of band M14", packing.EMISSIVITY),
    "emissivity_15": ("Emis_15", "Emissivity of band M15", packing.EMISSIVITY),
    "emissivity_16": ("Emis_16", "Emissivity of band M16", packing.EMISSIVITY),
}
"""Name here -> name in the file, label, packing; ``lst`` becomes ``lst_day`` or ``lst_night``."""


def open_viirs_lst(
    paths: tiles.Paths, quality: str = "good", layers: Sequence[str] | str = ("lst",)
) -> xr.Dataset:
    """Open land surface temperature of VIIRS, tiles and days in one lazy cube.

    Parameters
    ----------
    paths : path, or sequence of paths
        HDF5 files, folders or patterns; all of one product (day or night, one satellite).
    quality : {"good", "best", "all"}, optional
        What is kept. ``best``: mandatory flag 00. ``good``: that, and 01 where the cloud flag is
        00 and the stated accuracy at most 2 K. ``all``: every value that the file has.
    layers : sequence of str, or "all"
        Of :data:`LAYERS`.

    Returns
    -------
    xarray.Dataset
        (time, y, x); ``lst_day`` or ``lst_night`` in K, NaN where screened; its flags bit for bit
        as ``lst_day_quality``.

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
    files = tiles.local_files(paths, (".h5", ".hdf5", ".he5"))
    found = [_tile(path) for path in files]
    products = sorted({product for product, _ in found})
    if len(products) > 1:
        raise ValueError(f"The files are of several products, {', '.join(products)}: open each.")
    mosaic = tiles.arrange([tile for _, tile in found])
    side = "lst_day" if products[0].endswith("D") else "lst_night"
    variables: dict[str, Any] = {}
    for key in wanted:
        stored, label, kind = LAYERS[key]
        name = side if key == "lst" else f"{side}_{key}" if key.startswith("view") else key
        flags = "QC" if key == "lst" else None
        load = partial(
            screening.load_layer,
            read=read,
            layer=stored,
            kind=kind,
            flags=flags,
            table=bits.VNP21,
            level=quality,
        )
        dims, values = tiles.lay_out(mosaic, load, name)
        attrs = {"long_name": label, "units": kind.units}
        if key == "view_time":
            attrs["time_system"] = "local solar time"
        if flags:
            attrs["screening"] = quality
        variables[name] = (dims, values, attrs)
        if flags:
            raw = partial(screening.load_flags, read=read, layer=flags)
            dims, values = tiles.lay_out(mosaic, raw, f"{name}-flags")
            variables[f"{name}_quality"] = (dims, values, bits.VNP21.attrs())
    title = f"{products[0]} land surface temperature"
    return tiles.dataset(mosaic, variables, {"title": title, "product": products[0]})


class _WrongFileError(ValueError):
    """What is wrong with a file that the library itself reads without complaint."""


@contextmanager
def _opened(path: str) -> Iterator[Group]:
    """Open a file; whatever the library says of a damaged one becomes one error."""
    try:
        yield open_hdf5(path)
    except (_WrongFileError, Unreadable):
        raise
    except _PROBLEMS as error:
        raise ValueError(f"{path} cannot be read ({error}). Copy or download it again.") from error


def _fields(file: Group, path: str) -> Group:
    grids: Any = file.get(_ROOT)
    for name in grids if isinstance(grids, Group) else ():
        group = grids.get(f"{name}/Data Fields")
        if isinstance(group, Group):
            return group
    raise _WrongFileError(
        f"{path} has no group {_ROOT}/<grid>/Data Fields, so it is no VNP21A1 file."
    )


def read(path: str, layer: str) -> tuple[NDArray[Any], dict[str, Any]]:
    """Read one layer as it is stored.

    Parameters
    ----------
    path : str
        Local file.
    layer : str
        Name in ``Data Fields``.

    Returns
    -------
    values : array, (row, column)
    attrs : dict
        Attributes of the layer.

    Raises
    ------
    ValueError
        The file is damaged or has no such layer.
    """
    with _opened(path) as file:
        array = _fields(file, path).get(layer)
        if not isinstance(array, Array):
            raise _WrongFileError(f"{path} has no layer {layer!r}.")
        if array.ndim != 2 or array.size > 10**9:
            raise _WrongFileError(
                f"{layer} of {path} has the shape {array.shape}; rows and columns fit."
            )
        return np.asarray(array[...]), dict(array.attrs)


def _tile(path: str) -> tuple[str, tiles.Tile]:
    with _opened(path) as file:
        metadata = file.get("HDFEOS INFORMATION/StructMetadata.0")
        if not isinstance(metadata, Array):
            raise _WrongFileError(f"{path} has no HDFEOS INFORMATION/StructMetadata.0.")
        structure = _text(metadata[()])
        stated = {**dict(file.attrs), **dict(file["HDFEOS"].attrs if "HDFEOS" in file else {})}
        told = {key: _text(stated.get(name, "")) for key, name in _STATED.items()}
        granule = _text(stated.get("LocalGranuleID", "")) or path.rsplit("/", 1)[-1]
        short = _text(stated.get("ShortName", ""))
    name = _NAME.search(granule)
    product = short.removesuffix("_NRT") or (name.group(1) if name else "")
    if not _PRODUCT.fullmatch(product):
        raise ValueError(
            f"{path} is of the product {product or 'that it does not name'}; "
            "VNP21A1D, VNP21A1N, VJ121A1D and VJ121A1N are read."
        )
    period = read_period("".join(f'OBJECT={k} VALUE="{v}" ' for k, v in told.items()))
    if period is None:
        raise ValueError(f"{path} does not say when its values begin and end (RangeBeginningDate).")
    grid = read_grids(structure)[0]
    return product, tiles.Tile(path, grid, *period, name.group(2) if name else "")


def _text(value: Any) -> str:
    one = np.asarray(value).ravel()
    first = one[0] if one.size else ""
    return (first.decode("latin-1") if isinstance(first, bytes) else str(first)).strip("\x00 ")


class ViirsTemperatureReader(FileReader):
    """VNP21A1 and VJ121A1 in HDF5."""

    output_instance = "xarray:Dataset"
    implements = {datatypes.HDF5}  # noqa: RUF012 - Intake's own way to say what a reader opens
    func = "analysis.sources.surface.viirs:open_viirs_lst"

    def _read(
        self, data: Any, quality: str = "good", layers: Sequence[str] | str = ("lst",), **_: Any
    ) -> xr.Dataset:
        return open_viirs_lst(data.url, quality, layers)
