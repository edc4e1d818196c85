"""Write small files in the exact layouts of the providers of land surface products.

MODIS: groups and attributes as in the real MOD11A1 and MOD11B2 granules of 2017 and 2019, and as in
the file specification of MOD13 (LAADS, collection 6). Tiles have `size` cells a side instead of
1200, so that their place stays that of the real tile and only the cells grow.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray
from pyhdf.SD import SD, SDC

RADIUS = 6371007.181
TILE = 2 * np.pi * RADIUS / 36  # metres along a side
_SDC = {
    "uint8": SDC.UINT8,
    "int8": SDC.INT8,
    "uint16": SDC.UINT16,
    "int16": SDC.INT16,
    "uint32": SDC.UINT32,
    "float32": SDC.FLOAT32,
}
LST = {"units": "K", "valid_range": (7500, 65535), "_FillValue": 0, "scale_factor": 0.02}
VIEW_TIME = {"units": "hrs", "valid_range": (0, 240), "_FillValue": 255, "scale_factor": 0.1}
VIEW_ANGLE = {"valid_range": (0, 130), "_FillValue": 255, "scale_factor": 1.0, "add_offset": -65.0}
EMISSIVITY = {"valid_range": (1, 255), "_FillValue": 0, "scale_factor": 0.002, "add_offset": 0.49}
INDEX = {"units": "NDVI", "valid_range": (-2000, 10000), "_FillValue": -3000, "scale_factor": 1e4}


def write_hdf4(
    path: Path,
    layers: Mapping[str, tuple[NDArray[Any], Mapping[str, Any]]],
    texts: Mapping[str, str],
) -> Path:
    """HDF4 file with compressed arrays and long text attributes."""
    file = SD(str(path), SDC.WRITE | SDC.CREATE | SDC.TRUNC)
    for name, text in texts.items():
        file.attr(name).set(SDC.CHAR, text)
    for name, (values, attrs) in layers.items():
        array = file.create(name, _SDC[values.dtype.name], values.shape)
        array.setcompress(SDC.COMP_DEFLATE, 5)
        for key, value in attrs.items():
            kind = SDC.CHAR if isinstance(value, str) else SDC.FLOAT64
            if key in ("valid_range", "_FillValue"):
                kind = _SDC[values.dtype.name]
            array.attr(key).set(kind, list(value) if isinstance(value, tuple) else value)
        array[:] = values
        array.endaccess()
    file.end()
    return path


def struct_metadata(name: str, size: int, h: int, v: int, fields: list[str]) -> str:
    """Describe a tile of the sinusoidal grid as HDF-EOS does."""
    west, north = (h - 18) * TILE, (9 - v) * TILE
    rows = "".join(
        f'\t\t\tOBJECT=DataField_{k}\n\t\t\t\tDataFieldName="{one}"\n'
        f'\t\t\t\tDataType=DFNT_UINT16\n\t\t\t\tDimList=("YDim","XDim")\n'
        f"\t\t\tEND_OBJECT=DataField_{k}\n"
        for k, one in enumerate(fields, 1)
    )
    return (
        "GROUP=SwathStructure\nEND_GROUP=SwathStructure\nGROUP=GridStructure\n\tGROUP=GRID_1\n"
        f'\t\tGridName="{name}"\n\t\tXDim={size}\n\t\tYDim={size}\n'
        f"\t\tUpperLeftPointMtrs=({west:.6f},{north:.6f})\n"
        f"\t\tLowerRightMtrs=({west + TILE:.6f},{north - TILE:.6f})\n"
        "\t\tProjection=GCTP_SNSOID\n"
        "\t\tProjParams=(6371007.181000,0,0,0,0,0,0,0,86400,0,0,0,0)\n\t\tSphereCode=-1\n"
        "\t\tGridOrigin=HDFE_GD_UL\n\t\tGROUP=DataField\n"
        f"{rows}\t\tEND_GROUP=DataField\n\tEND_GROUP=GRID_1\nEND_GROUP=GridStructure\nEND\n"
    ).ljust(32000, "\x00")


def geographic_metadata(name: str, columns: int, rows: int) -> str:
    """Describe a global climate grid: packed degrees, minutes and seconds."""
    return (
        "GROUP=GridStructure\n\tGROUP=GRID_1\n"
        f'\t\tGridName="{name}"\n\t\tXDim={columns}\n\t\tYDim={rows}\n'
        "\t\tUpperLeftPointMtrs=(-180000000.000000,90000000.000000)\n"
        "\t\tLowerRightMtrs=(180000000.000000,-90000000.000000)\n"
        "\t\tProjection=GCTP_GEO\n\t\tGridOrigin=HDFE_GD_UL\n"
        "\tEND_GROUP=GRID_1\nEND_GROUP=GridStructure\nEND\n"
    )


def core_metadata(product: str, granule: str, first: date, last: date) -> str:
    """Inventory metadata: name, period, granule."""
    rows = {
        "LOCALGRANULEID": granule,
        "SHORTNAME": product,
        "RANGEBEGINNINGDATE": first.isoformat(),
        "RANGEBEGINNINGTIME": "00:00:00",
        "RANGEENDINGDATE": last.isoformat(),
        "RANGEENDINGTIME": "23:59:59",
    }
    return "\nGROUP                  = INVENTORYMETADATA\n" + "".join(
        f"\n    OBJECT                 = {key}\n      NUM_VAL              = 1\n"
        f'      VALUE                = "{value}"\n    END_OBJECT             = {key}\n'
        for key, value in rows.items()
    )


def granule_name(product: str, day: date, h: int, v: int, made: str, end: str = "hdf") -> str:
    """Name of a granule as the provider writes it."""
    return f"{product}.A{day:%Y%j}.h{h:02d}v{v:02d}.061.{made}.{end}"


def write_mod11(
    folder: Path,
    day: date = date(2019, 7, 1),
    h: int = 22,
    v: int = 4,
    *,
    product: str = "MOD11A1",
    size: int = 12,
    days: int = 1,
    made: str = "2019184120000",
    layers: Mapping[str, NDArray[Any]] | None = None,
    seed: int = 0,
    fill_flag: bool = False,
) -> Path:
    """MOD11A1, MOD11A2 or MOD11B2 of one tile; `layers` replace values by their names in the file.

    `fill_flag` declares 0 the fill value of the flags, as real MOD11B2 files do.
    """
    rng = np.random.default_rng(seed)
    shape = (size, size)
    word = "6km" if product[3:5] == "11" and product[5] == "B" else "1km"
    grid = f"MODIS_Grid_{'Daily' if days == 1 else '8Day'}_{word}_LST"
    flag = {"valid_range": (0, 255)} | ({"_FillValue": 0} if fill_flag else {})
    about: dict[str, tuple[NDArray[Any], Mapping[str, Any]]] = {}
    for side in ("Day", "Night"):
        about[f"LST_{side}_{word}"] = (rng.integers(13500, 16000, shape).astype("uint16"), LST)
        about[f"QC_{side}"] = (np.zeros(shape, "uint8"), flag)
        about[f"{side}_view_time"] = (np.full(shape, 110, "uint8"), VIEW_TIME)
        about[f"{side}_view_angl"] = (np.full(shape, 95, "uint8"), VIEW_ANGLE)
    for band in (31, 32):
        about[f"Emis_{band}"] = (np.full(shape, 245, "uint8"), EMISSIVITY)
    if days > 1:
        for word in ("days", "nights"):
            clear = rng.integers(0, 256, shape).astype("uint8")
            about[f"Clear_sky_{word}"] = (clear, {"valid_range": (1, 255), "_FillValue": 0})
    about |= {name: (values, about[name][1]) for name, values in (layers or {}).items()}
    name = granule_name(product, day, h, v, made)
    texts = {
        "StructMetadata.0": struct_metadata(grid, size, h, v, list(about)),
        "CoreMetadata.0": core_metadata(product, name, day, day + timedelta(days=days - 1)),
    }
    return write_hdf4(folder / name, about, texts)


def write_mod11c(folder: Path, day: date = date(2020, 6, 1), *, rows: int = 36) -> Path:
    """MOD11C3: monthly means on the global climate grid, coarser than the real 0.05 degrees."""
    rng = np.random.default_rng(1)
    shape = (rows, 2 * rows)
    about: dict[str, tuple[NDArray[Any], Mapping[str, Any]]] = {}
    for side, plural in (("Day", "days"), ("Night", "nights")):
        about[f"LST_{side}_CMG"] = (rng.integers(12500, 16000, shape).astype("uint16"), LST)
        about[f"QC_{side}"] = (np.zeros(shape, "uint8"), {"valid_range": (0, 255)})
        time = VIEW_TIME | {"scale_factor": 0.2, "long_name": "Averaged time of LST (UTC)"}
        about[f"{side}_view_time"] = (np.full(shape, 30, "uint8"), time)
        about[f"{side}_view_angle"] = (np.full(shape, 65, "uint8"), VIEW_ANGLE)
        about[f"Clear_sky_{plural}"] = (np.full(shape, 2**31 + 5, "uint32"), {"_FillValue": 0})
    name = f"MOD11C3.A{day:%Y%j}.061.2020190000000.hdf"
    last = (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    texts = {
        "StructMetadata.0": geographic_metadata("MODIS_MONTHLY_LST", 2 * rows, rows),
        "CoreMetadata.0": core_metadata("MOD11C3", name, day, last),
    }
    return write_hdf4(folder / name, about, texts)


def write_mod13(
    folder: Path,
    day: date = date(2016, 1, 1),
    h: int = 22,
    v: int = 4,
    *,
    product: str = "MOD13A1",
    size: int = 12,
    ndvi: NDArray[Any] | None = None,
    reliability: NDArray[Any] | None = None,
    seed: int = 0,
) -> Path:
    """MOD13A1 or MOD13Q1 of one tile; the file states the inverse of its factor."""
    rng = np.random.default_rng(seed)
    shape = (size, size)
    lead = {"Q1": "250m 16 days", "A1": "500m 16 days", "A2": "1 km 16 days"}[product[5:]]
    about: dict[str, tuple[NDArray[Any], Mapping[str, Any]]] = {}
    for name in ("NDVI", "EVI"):
        about[f"{lead} {name}"] = (rng.integers(500, 9000, shape).astype("int16"), INDEX)
    flags = {"valid_range": (0, 65534), "_FillValue": 65535, "units": "bit field"}
    about[f"{lead} VI Quality"] = (np.zeros(shape, "uint16"), flags)
    bands = {"valid_range": (0, 10000), "_FillValue": -1000, "scale_factor": 1e4}
    for name in ("red", "NIR", "blue", "MIR"):
        about[f"{lead} {name} reflectance"] = (np.full(shape, 1234, "int16"), bands)
    days = {"valid_range": (1, 366), "_FillValue": -1}
    about[f"{lead} composite day of the year"] = (np.full(shape, 9, "int16"), days)
    rank = {"valid_range": (0, 3), "_FillValue": -1}
    about[f"{lead} pixel reliability"] = (np.zeros(shape, "int8"), rank)
    if ndvi is not None:
        about[f"{lead} NDVI"] = (ndvi.astype("int16"), INDEX)
    if reliability is not None:
        about[f"{lead} pixel reliability"] = (reliability.astype("int8"), rank)
    name = granule_name(product, day, h, v, "2016029065757")
    texts = {
        "StructMetadata.0": struct_metadata(f"MODIS_Grid_16DAY_{lead}", size, h, v, list(about)),
        "CoreMetadata.0": core_metadata(product, name, day, day + timedelta(days=15)),
    }
    return write_hdf4(folder / name, about, texts)


def write_vnp21(
    folder: Path,
    day: date = date(2020, 7, 1),
    h: int = 22,
    v: int = 4,
    *,
    product: str = "VNP21A1D",
    size: int = 12,
    flags: NDArray[Any] | None = None,
    lst: NDArray[Any] | None = None,
) -> Path:
    """VNP21A1D/N or VJ121A1D/N of one tile, after the file specification of LAADS."""
    rng = np.random.default_rng(2)
    shape = (size, size)
    grid = "VIIRS_Grid_Daily_1km_LST21"
    about: dict[str, tuple[NDArray[Any], dict[str, Any]]] = {
        "LST_1KM": (
            rng.integers(13500, 16000, shape).astype("uint16") if lst is None else lst,
            {"_FillValue": np.uint16(0), "scale_factor": 0.02, "add_offset": 0.0, "units": b"K"},
        ),
        "QC": (np.zeros(shape, "uint16") if flags is None else flags, {"units": b"n/a"}),
        "View_Angle": (
            np.full(shape, 95, "uint8"),
            {"_FillValue": np.uint8(255), "scale_factor": 1.0, "add_offset": -65.0},
        ),
        "View_Time": (
            np.full(shape, 133, "uint8"),
            {"_FillValue": np.uint8(255), "scale_factor": 0.1, "add_offset": 0.0},
        ),
    }
    for band in (14, 15, 16):
        attrs = {"_FillValue": np.uint8(0), "scale_factor": 0.002, "add_offset": 0.49}
        about[f"Emis_{band}"] = (np.full(shape, 240, "uint8"), attrs)
    name = granule_name(product, day, h, v, "2021012345678", "h5").replace(".061.", ".002.")
    path = folder / name
    with h5py.File(path, "w") as file:
        for key, value in {
            "ShortName": product,
            "LocalGranuleID": name,
            "RangeBeginningDate": day.isoformat(),
            "RangeBeginningTime": "00:00:00.000000",
            "RangeEndingDate": day.isoformat(),
            "RangeEndingTime": "23:59:59.000000",
        }.items():
            file.attrs[key] = np.bytes_(value)
        structure = struct_metadata(grid, size, h, v, list(about))
        file["HDFEOS INFORMATION/StructMetadata.0"] = np.bytes_(structure)
        for key, (values, attrs) in about.items():
            array = file.create_dataset(
                f"HDFEOS/GRIDS/{grid}/Data Fields/{key}", data=values, compression="gzip"
            )
            array.attrs.update({**attrs, "long_name": np.bytes_(key)})
    return path


def twin(folder: Path) -> None:
    """Write the files of the twin catalogue of the tests."""
    for name, product in (("lst_modis_terra", "MOD11A1"), ("lst_modis_aqua", "MYD11A1")):
        (folder / name).mkdir()
        for day in (1, 2):
            write_mod11(folder / name, date(2019, 7, day), product=product)
    (folder / "lst_modis_8day").mkdir()
    write_mod11(folder / "lst_modis_8day", product="MOD11A2", days=8)
    (folder / "lst_modis_monthly").mkdir()
    write_mod11c(folder / "lst_modis_monthly")
    for name, product in (
        ("lst_viirs_day", "VNP21A1D"),
        ("lst_viirs_night", "VNP21A1N"),
        ("lst_viirs_noaa20_day", "VJ121A1D"),
        ("lst_viirs_noaa20_night", "VJ121A1N"),
    ):
        (folder / name).mkdir()
        write_vnp21(folder / name, product=product)
    for name, product in (("ndvi_modis_250m", "MOD13Q1"), ("ndvi_modis_500m", "MOD13A1")):
        (folder / name).mkdir()
        write_mod13(folder / name, product=product)
