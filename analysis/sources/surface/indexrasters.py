"""Series of rasters of a vegetation index whose files may be packed differently.

Real series change their units in the middle: 21 files of one year hold whole numbers (x 10000), two
hold fractions. Each file is judged by its type and by a look at its values; all come out on one
scale, and what was found is written down.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import numpy as np
import rasterio
import rasterio.errors
import xarray as xr
from intake.readers import datatypes
from intake.readers.readers import FileReader
from numpy.typing import NDArray

from analysis.sources.readers import file_date
from analysis.sources.surface import rasters, tiles
from analysis.sources.vocabulary import known

_LOOK: Final = 256  # cells along a side at which a file is looked at
_FILLS: Final = (-3000.0, -28672.0, 32767.0, -9999.0)
_LOW: Final = -0.2  # valid range of NDVI and EVI (MOD13)
_HIGH: Final = 1.0
_PACKED: Final = 0.0001
_SPARE: Final = 0.05  # share of values that may lie outside of the range: lossy JPEG 2000


def open_index_rasters(
    paths: tiles.Paths, name: str = "ndvi", scale: float | Sequence[float] | None = None
) -> xr.Dataset:
    """Open a series of rasters of a vegetation index as fractions.

    Parameters
    ----------
    paths : path, or sequence of paths
        GeoTIFF or JPEG 2000 files, folders or patterns, each with a date in its name.
    name : str, optional
        Name of the variable: ndvi or evi.
    scale : float, optional
        Factor of all files, where neither type nor values tell.

    Returns
    -------
    xarray.Dataset
        (time, y, x) from -0.2 to 1; NaN for fill values and outside of that range. The attribute
        ``packing`` tells how many files held whole numbers and which held fractions.

    Raises
    ------
    ValueError
        A file has no date, is damaged, or its values fit neither -0.2 to 1 nor that times 10000.
    """
    files = tiles.local_files(paths, (".tif", ".tiff", ".jp2"))
    frames = [rasters.read_frame(path, file_date(path)) for path in files]
    given = None if scale is None else float(np.asarray(scale).item())
    scales = {one.path: given or judge(one) for one in frames}
    found = known(name)
    attrs: dict[str, Any] = {"units": "1", "packing": _told(scales)}
    attrs["long_name"] = found.names["en"] if found else name

    def load(frame: rasters.Frame) -> rasters.Load:
        return partial(load_index, scale=scales[frame.path], nodata=frame.nodata)

    return rasters.dataset(frames, {name: (load, attrs)}, {"title": attrs["long_name"]})


def judge(frame: rasters.Frame) -> float:
    """Factor of one file, by its type and a look at some of its values.

    Parameters
    ----------
    frame : Frame
        Header of the file.

    Returns
    -------
    float
        0.0001 or 1.

    Raises
    ------
    ValueError
        The values fit neither.
    """
    shape = (min(frame.rows, _LOOK), min(frame.columns, _LOOK))
    try:
        with rasterio.open(frame.path) as file:
            values = file.read(1, out_shape=shape).astype(float)
    except (rasterio.errors.RasterioError, OSError) as error:
        raise ValueError(f"{frame.path} cannot be read: {error}") from error
    values = values[np.isfinite(values) & ~np.isin(values, [*_FILLS, frame.nodata or np.nan])]
    whole = np.dtype(frame.dtype).kind in "iu"
    if values.size == 0:
        return _PACKED if whole else 1.0
    for scale in (_PACKED,) if whole else (1.0, _PACKED):
        plain = values * scale
        share = np.mean((plain < _LOW - 1e-6) | (plain > _HIGH + 1e-6))
        packed = np.abs(values).max() > 2.0 and bool((values == np.round(values)).all())
        if share <= _SPARE and (scale == 1.0 or packed):
            return scale
    raise ValueError(
        f"{frame.path} holds values from {values.min():g} to {values.max():g}; a vegetation index "
        "lies from -0.2 to 1, or in whole numbers from -2000 to 10000. State its scale, or make "
        "the series alike first."
    )


def _told(scales: dict[str, float]) -> str:
    plain = [path.rsplit("/", 1)[-1] for path, scale in scales.items() if scale == 1.0]
    packed = len(scales) - len(plain)
    if not plain:
        return f"all {packed} files held whole numbers (x 10000)"
    if not packed:
        return f"all {len(plain)} files held fractions"
    names = ", ".join(plain)
    return f"{packed} files held whole numbers (x 10000), {len(plain)} fractions: {names}"


def load_index(
    path: str, cut: rasters.Cut, scale: float, nodata: float | None
) -> NDArray[np.float32]:
    """Read a part of a file as fractions.

    Parameters
    ----------
    path : str
        The file.
    cut : tuple of int
        The part.
    scale : float
        Factor of the file.
    nodata : float or None
        Fill value that the file states, besides those of MOD13.

    Returns
    -------
    array of float32, (row, column)
        NaN for fill values and outside of -0.2 to 1.

    Raises
    ------
    ValueError
        The file is damaged, or most of the part fits not the scale of the file.
    """
    stored = rasters.read_window(path, cut).astype(np.float64)
    fill = ~np.isfinite(stored) | np.isin(stored, [*_FILLS, nodata or np.nan])
    plain = stored * scale
    outside = ~fill & ((plain < _LOW - 1e-6) | (plain > _HIGH + 1e-6))
    if outside.sum() > 0.5 * max((~fill).sum(), 1) and outside.sum() > 100:
        raise ValueError(
            f"{path} holds values up to {np.abs(stored[outside]).max():g} where its scale is "
            f"{scale:g}: the units change inside the file."
        )
    return np.where(fill | outside, np.nan, plain).astype(np.float32)


class IndexRasterReader(FileReader):
    """Series of rasters of a vegetation index."""

    output_instance = "xarray:Dataset"
    implements = {datatypes.TIFF}  # noqa: RUF012 - Intake's own way to say what a reader opens
    func = "analysis.sources.surface.indexrasters:open_index_rasters"

    def _read(
        self, data: Any, name: str = "ndvi", scale: float | None = None, **_: Any
    ) -> xr.Dataset:
        return open_index_rasters(data.url, name, scale)
