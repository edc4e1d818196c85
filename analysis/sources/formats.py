"""File formats: which Intake reader opens each, and what is wrong with a file that does not open.

The one table of formats serves hand-written catalogues (a user writes only ``url``) and
``qazcube sources add``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from analysis.spelling import did_you_mean


@dataclass(frozen=True)
class Format:
    """One format: its suffixes, Intake data type and reader, reader options, kind of entry."""

    name: str
    suffixes: tuple[str, ...]
    datatype: str
    reader: str
    output: str
    kind: str
    options: Mapping[str, Any] = field(default_factory=dict)


_DATA: Final = "intake.readers.datatypes:"
_READERS: Final = "intake.readers.readers:"
_OWN: Final = "analysis.sources.readers:"

FORMATS: Final[Mapping[str, Format]] = {
    one.name: one
    for one in (
        Format(
            "netcdf",
            (".nc", ".nc4", ".cdf", ".netcdf", ".grd"),
            _DATA + "HDF5",
            _READERS + "XArrayDatasetReader",
            "xarray:Dataset",
            "grid",
            {"engine": "netcdf4", "open_local": True, "chunks": "auto"},
        ),
        Format(
            "hdf5",
            (".h5", ".hdf5", ".he5"),
            _DATA + "HDF5",
            _OWN + "HDF5Reader",
            "xarray:Dataset",
            "grid",
            {"chunks": "auto"},
        ),
        Format(
            "zarr",
            (".zarr",),
            _DATA + "Zarr",
            _READERS + "XArrayDatasetReader",
            "xarray:Dataset",
            "grid",
            {"chunks": "auto"},
        ),
        Format(
            "geotiff",
            (".tif", ".tiff", ".jp2", ".vrt"),
            _DATA + "TIFF",
            _OWN + "RasterReader",
            "xarray:Dataset",
            "grid",
            {"chunks": "auto"},
        ),
        Format(
            "csv",
            (".csv", ".tsv", ".txt"),
            _DATA + "CSV",
            _READERS + "DaskCSV",
            "dask.dataframe:DataFrame",
            "table",
        ),
        Format(
            "parquet",
            (".parquet", ".pq"),
            _DATA + "Parquet",
            _READERS + "DaskParquet",
            "dask.dataframe:DataFrame",
            "table",
        ),
        Format(
            "geoparquet",
            (".geoparquet",),
            _DATA + "Parquet",
            _READERS + "GeoPandasTabular",
            "geopandas:GeoDataFrame",
            "polygons",
        ),
        Format(
            "geojson",
            (".geojson", ".json"),
            _DATA + "GeoJSON",
            _READERS + "GeoPandasReader",
            "geopandas:GeoDataFrame",
            "polygons",
        ),
        Format(
            "geopackage",
            (".gpkg",),
            _DATA + "GeoPackage",
            _READERS + "GeoPandasReader",
            "geopandas:GeoDataFrame",
            "polygons",
        ),
        Format(
            "shapefile",
            (".shp", ".zip"),
            _DATA + "Shapefile",
            _READERS + "GeoPandasReader",
            "geopandas:GeoDataFrame",
            "polygons",
        ),
    )
}

_HDF5_MAGIC: Final = b"\x89HDF\r\n\x1a\n"
_CLASSIC_MAGIC: Final = (b"CDF\x01", b"CDF\x02", b"CDF\x05")


def find_format(url: str, given: str | None = None) -> Format:
    """Format of a file, by name or by the suffix of its address.

    Parameters
    ----------
    url : str
        Path or address.
    given : str, optional
        Name of the format, which overrides the suffix.

    Returns
    -------
    Format
        Its row in the table.

    Raises
    ------
    ValueError
        The name or the suffix is unknown.

    Examples
    --------
    >>> find_format("data/wells.CSV").name, find_format("https://x.org/a", "netcdf").name
    ('csv', 'netcdf')
    """
    if given is not None:
        if given not in FORMATS:
            raise ValueError(f"There is no format {given!r}. {did_you_mean(given, FORMATS)}")
        return FORMATS[given]
    suffix = Path(url.rstrip("/")).suffix.lower()
    for one in FORMATS.values():
        if suffix in one.suffixes:
            return one
    known = " ".join(suffix for one in FORMATS.values() for suffix in one.suffixes)
    raise ValueError(
        f"The format of {url!r} is unknown. Known suffixes: {known}; "
        f"or write format: {', '.join(FORMATS)}."
    )


def local_path(url: str) -> Path | None:
    """Path of a local file, None for an address or a pattern of several files.

    Examples
    --------
    >>> local_path("file:///data/a.nc"), local_path("https://x.org/a.nc"), local_path("a*.nc")
    (PosixPath('/data/a.nc'), None, None)
    """
    text = url.removeprefix("file://")
    if "://" in text or "::" in text or "*" in text:
        return None
    return Path(text)


def check_file(url: str, format_name: str) -> None:
    """Refuse a file that is missing, is something else, or ends too early.

    Parameters
    ----------
    url : str
        Path or address; only local files are looked at.
    format_name : str
        What it is said to be.

    Raises
    ------
    ValueError
        Saying which of the three it is.
    """
    path = local_path(url)
    if path is None:
        return
    if not path.exists():
        raise ValueError(f"There is no file {path}.")
    if path.is_dir() or format_name not in ("netcdf", "hdf5"):
        return
    with path.open("rb") as file:
        head = file.read(8)
    if head == _HDF5_MAGIC:
        _check_hdf5(path)
    elif format_name == "netcdf" and head[:4] in _CLASSIC_MAGIC:
        _check_classic(path, head[3])
    else:
        label = {"netcdf": "NetCDF", "hdf5": "HDF5"}[format_name]
        start = "it is empty" if not head else f"it starts with {head!r}"
        raise ValueError(f"{path} is no {label} file: {start}.")


def _check_hdf5(path: Path) -> None:
    import h5py  # only where a file is looked at: every command imports this module

    try:
        with h5py.File(path, "r"):
            pass
    except OSError as error:
        reason = "it is truncated" if "truncated" in str(error) else "it is damaged"
        raise ValueError(f"{path} cannot be read: {reason}. Copy or download it again.") from error


def _check_classic(path: Path, version: int) -> None:
    """NetCDF classic has no end mark: mapping every variable into memory needs them all whole."""
    import scipy.io

    if version == 5:  # CDF-5 is beyond scipy; the NetCDF library will speak for itself
        return
    try:
        with scipy.io.netcdf_file(path, "r", mmap=True) as file:
            for variable in file.variables.values():
                variable.data = None  # lets go of the map before the file closes
    except (OSError, ValueError, TypeError, IndexError, OverflowError) as error:
        reason = error.with_traceback(None)  # lets go of it here, too
        message = f"{path} cannot be read: it is truncated or damaged. Copy or download it again."
        raise ValueError(message) from reason
