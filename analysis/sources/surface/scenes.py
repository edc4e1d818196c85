"""Purchased scenes as delivered: KazEOSat-1 and 2, Planet and others, GeoTIFF with metadata.

Their licences rarely allow showing them in public, so every dataset carries ``public`` = ``false``
until its owner says otherwise; :func:`may_be_public` is what a page or an export asks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import rasterio
import xarray as xr
from intake.readers import datatypes
from intake.readers.readers import FileReader
from numpy.typing import NDArray

from analysis.sources.surface import rasters, tiles
from analysis.sources.surface.delivery import Delivery, read_delivery
from analysis.sources.vocabulary import known

_PLANET: Final = {
    3: ("blue", "green", "red"),
    4: ("blue", "green", "red", "nir"),
    5: ("blue", "green", "red", "red_edge", "nir"),
    8: ("coastal_blue", "blue", "green_1", "green", "yellow", "red", "red_edge", "nir"),
}
"""Bands of Planet's ``Analytic`` rasters by their number (5: RapidEye)."""

_SURFACE: Final = 0.0001  # factor of Planet's surface reflectance
_BRIGHTEST: Final = 1.6  # reflectance, as in the vocabulary
_MASKS: Final = ("_udm2", "_udm", "_mask", "_cloud", "_preview", "_browse", "_thumb")


def may_be_public(attrs: Mapping[str, Any]) -> bool:
    """Tell whether data may be shown on public pages and given away.

    Parameters
    ----------
    attrs : mapping
        Attributes of a dataset, or metadata of a catalogue entry.

    Returns
    -------
    bool
        False where ``public`` says so; data that say nothing may be shown.

    Examples
    --------
    >>> may_be_public({"public": "false"}), may_be_public({"public": False}), may_be_public({})
    (False, False, True)
    """
    return str(attrs.get("public", True)).strip().lower() not in ("false", "0", "no")


def open_scenes(
    paths: tiles.Paths,
    bands: Sequence[str] | None = None,
    scale: float | None = None,
    time: str | None = None,
) -> xr.Dataset:
    """Open scenes as their supplier delivered them.

    Parameters
    ----------
    paths : path, or sequence of paths
        Rasters, folders or patterns; masks and previews among them are left out.
    bands : sequence of str, optional
        Names of the bands. Without them those that the raster states, those of Planet's
        ``Analytic`` rasters, or ``band_1``, ``band_2``, ...
    scale : float, optional
        Factor to reflectance. Without it 0.0001 where the name says surface reflectance
        (``_SR``), the factors in Planet's metadata, or 1: digital numbers.
    time : str, optional
        When the scene was taken, where no metadata say it.

    Returns
    -------
    xarray.Dataset
        (time, y, x), a variable for each band; ``public`` is ``false``, ``time_told_by`` says
        which file told the time.

    Raises
    ------
    ValueError
        No raster is there, one is damaged, nothing tells its time, or rasters do not fit on one
        lattice.
    """
    files = tiles.local_files(paths, (".tif", ".tiff", ".jp2"))
    images = [f for f in files if not any(one in Path(f).stem.lower() for one in _MASKS)]
    if not images:
        raise ValueError(f"Of {len(files)} rasters all are masks or previews, none is a scene.")
    told = {path: read_delivery(path, time) for path in images}
    frames = [rasters.read_frame(path, told[path].time) for path in images]
    names = list(bands) if bands else _names(frames[0])
    for one in frames:
        if one.bands != len(names):
            raise ValueError(
                f"{one.path} has {one.bands} bands, but {len(names)} names: {', '.join(names)}."
            )
    variables: dict[str, tuple[rasters.MakeLoad, dict[str, Any]]] = {}
    reflectance = all(_scales(one, told[one.path], scale) is not None for one in frames)
    for number, name in enumerate(names, 1):
        found = known(name)
        label = found.names["en"] if found and reflectance else f"Band {name.replace('_', ' ')}"
        unit = "1"
        variables[name if reflectance else f"dn_{name.removeprefix('dn_')}"] = (
            partial(_reader, told=told, scale=scale, band=number, reflectance=reflectance),
            {"long_name": label, "units": unit},
        )
    ds = rasters.dataset(frames, variables, {"title": "Scenes as delivered"})
    sources = "; ".join(dict.fromkeys(one.told_by for one in told.values()))
    return ds.assign_attrs(public="false", time_told_by=sources)


def _names(frame: rasters.Frame) -> list[str]:
    with rasterio.open(frame.path) as file:
        stated = [str(one).strip().lower().replace(" ", "_") for one in file.descriptions if one]
    if len(set(stated)) == frame.bands and all(one.isidentifier() for one in stated):
        return stated
    if "analytic" in Path(frame.path).name.lower() and frame.bands in _PLANET:
        return list(_PLANET[frame.bands])
    return [f"band_{number}" for number in range(1, frame.bands + 1)]


def _scales(frame: rasters.Frame, told: Delivery, scale: float | None) -> dict[int, float] | None:
    """Factor to reflectance of each band, None where the values are digital numbers."""
    every = range(1, frame.bands + 1)
    if scale is not None:
        return dict.fromkeys(every, float(scale))
    if np.dtype(frame.dtype).kind == "f":
        return dict.fromkeys(every, 1.0)
    if "_sr" in Path(frame.path).stem.lower():
        return dict.fromkeys(every, _SURFACE)
    if set(every) <= set(told.coefficients):
        return {number: told.coefficients[number] for number in every}
    return None


def _reader(
    frame: rasters.Frame,
    told: Mapping[str, Delivery],
    scale: float | None,
    band: int,
    reflectance: bool,
) -> rasters.Load:
    scales = _scales(frame, told[frame.path], scale) if reflectance else None
    factor = scales[band] if scales else 1.0
    most = _BRIGHTEST if reflectance else np.inf
    return partial(load_band, band=band, factor=factor, nodata=frame.nodata, most=most)


def load_band(
    path: str, cut: rasters.Cut, band: int, factor: float, nodata: float | None, most: float
) -> NDArray[np.float32]:
    """Read a part of a band.

    Parameters
    ----------
    path : str
        Raster.
    cut : tuple of int
        The part.
    band : int
        Counted from 1.
    factor : float
        To reflectance.
    nodata : float or None
        Fill value; 0 where the file states none, as suppliers fill the edges of a scene with 0.

    most : float
        Greatest value that is kept; no surface reflects more than 1.6.

    Returns
    -------
    array of float32, (row, column)
        NaN where there is no value.

    Raises
    ------
    ValueError
        The file is damaged.
    """
    stored = rasters.read_window(path, cut, band).astype(np.float64)
    empty = ~np.isfinite(stored) | (stored == (0.0 if nodata is None else nodata))
    plain = stored * factor
    return np.where(empty | (plain < 0.0) | (plain > most), np.nan, plain).astype(np.float32)


class SceneReader(FileReader):
    """Purchased scenes as delivered."""

    output_instance = "xarray:Dataset"
    implements = {datatypes.TIFF}  # noqa: RUF012 - Intake's own way to say what a reader opens
    func = "analysis.sources.surface.scenes:open_scenes"

    def _read(
        self,
        data: Any,
        bands: Sequence[str] | None = None,
        scale: float | None = None,
        time: str | None = None,
        **_: Any,
    ) -> xr.Dataset:
        return open_scenes(data.url, bands, scale, time)
