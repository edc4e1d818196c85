"""What a grid file says of itself before it is opened as a source: variables, units, system."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import rasterio
import rasterio.errors
import xarray as xr

from analysis.sources.filelists import reason
from analysis.sources.guardedfiles import GuardedNetCDF, path_outside
from analysis.sources.guardedprocess import Unreadable
from analysis.sources.vocabulary import known
from analysis.uploads.refusals import Refused

MOST_CELLS: Final = 200_000_000
MOST_OBJECTS: Final = 10_000
_HDF5: Final = b"\x89HDF\r\n\x1a\n"
_ERRORS: Final = (
    OSError,
    ValueError,
    RuntimeError,
    KeyError,
    TypeError,
    AttributeError,
    ArithmeticError,
)


def look_netcdf(path: Path, name: str) -> list[dict[str, Any]]:
    """List the variables of a NetCDF file that may be grids.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    name : str
        What it is called in messages.

    Returns
    -------
    list of dict
        ``name`` and ``unit`` ("" where neither the file nor the vocabulary states one).

    Raises
    ------
    Refused
        It cannot be read, points to other files, or holds no grid or too large ones.
    """
    with path.open("rb") as file:
        head = file.read(8)
    if head == _HDF5:
        refuse_outside(path, name)
    try:
        with xr.open_dataset(path, decode_times=False, chunks={}, engine=GuardedNetCDF) as data:
            grids = {n: one for n, one in data.data_vars.items() if one.ndim >= 2}
            check_cells(sum(one.size for one in grids.values()))
            found = [_variable(str(n), one.attrs.get("units")) for n, one in grids.items()]
    except Refused:
        raise
    except _ERRORS as error:
        raise Refused("broken", name=name, detail=plain_detail(error)) from error
    found = [one for one in found if not one["name"].endswith(("_bnds", "_bounds"))]
    if not found:
        raise Refused("nothing", name=name, detail="no variable has two dimensions")
    return found


def look_geotiff(path: Path, name: str) -> tuple[list[dict[str, Any]], str, str]:
    """List the bands of a GeoTIFF file.

    Returns
    -------
    list of dict
        ``name`` and ``unit`` of each band.
    str
        Coordinate reference system; "" where the file states none.
    str
        What it seems to be where the file states none; "" where nothing is to be guessed.

    Raises
    ------
    Refused
        It cannot be read, or is too large.
    """
    try:
        with rasterio.open(path, driver="GTiff") as file:
            check_cells(file.width * file.height * file.count)
            crs = file.crs.to_string() if file.crs else ""
            west, south, east, north = file.bounds
            units = list(file.units or ())
            count = file.count
    except (rasterio.errors.RasterioError, *_ERRORS) as error:
        if isinstance(error, Refused):
            raise
        raise Refused("broken", name=name, detail=str(error)[:200]) from error
    stem = path.stem
    names = [stem] if count == 1 else [f"{stem}_{place}" for place in range(1, count + 1)]
    bands = [
        _variable(band, units[place] if place < len(units) else None)
        for place, band in enumerate(names)
    ]
    degrees = -360 <= west < east <= 360 and -90 <= south < north <= 90
    pixels = (west, north) == (0, 0) or (west, south) == (0, 0)
    return bands, crs, "EPSG:4326" if degrees and not pixels else ""


def plain_detail(error: Exception) -> str:
    """Return what is wrong with a file; the visitor does not know its path here.

    Examples
    --------
    >>> plain_detail(KeyError("nv"))
    'it is damaged'
    """
    return error.reason if isinstance(error, Unreadable) else reason(error)[:200]


def _variable(name: str, unit: Any) -> dict[str, Any]:
    row = known(name)
    text = str(unit).strip() if unit is not None else ""
    return {"name": name, "unit": text or (row.units if row else "")}


def check_cells(count: int) -> None:
    """Refuse more values than can be made into a cube for one visitor.

    Raises
    ------
    Refused
        There are more than `MOST_CELLS`.
    """
    if count > MOST_CELLS:
        raise Refused("cells", count=count, limit=MOST_CELLS)


def refuse_outside(path: Path, name: str) -> None:
    """Refuse an HDF5 file that would make the library read other files of this machine.

    External links, virtual datasets and raw data kept outside name any path; all three would be
    followed without a word.

    Raises
    ------
    Refused
        There is one of them, or the file is damaged or has too many objects.
    """
    try:
        outside = path_outside(path, MOST_OBJECTS)
    except Unreadable as error:
        raise Refused("broken", name=name, detail=error.reason) from error
    if outside:
        raise Refused("outside", name=name, path=outside[:120])
