"""Simulated global monthly grids: gravity, land temperature, ionosphere, deformation.

No package ships real ones, so that a class without network works on these. They have season,
trend, correlated noise, gaps and the steps of real earthquakes, and they carry
``simulated = True``. No value is a measurement and none shows a precursor: nothing in them
depends on an earthquake that has not happened yet.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr
from intake.readers.readers import BaseReader

from analysis.seismic import backdrop
from analysis.sources.noise import coefficients, global_field, lazy_grid, white
from analysis.spelling import did_you_mean

SEED = 2002
MONTHS = pd.date_range("2002-01-01", "2017-12-01", freq="MS")
CHUNKS = (24, -1, -1)
# Months without data, as in GRACE: start of the mission, battery saving, the gap at the end.
GRAVITY_GAPS = (
    "2002-06 2002-07 2003-06 2011-01 2011-06 2012-05 2012-10 2013-03 2013-08 2013-09 2014-02 "
    "2014-07 2014-12 2015-06 2015-10 2015-11 2016-04 2016-09 2016-10 2017-02 2017-07 2017-08 "
    "2017-09 2017-10"
)
Grid = npt.NDArray[np.float32]


def gravity(*, seed: int = SEED, chunks: Any = CHUNKS) -> xr.Dataset:
    """Equivalent water height like that of GRACE, 1 degree, with the mission's missing months.

    Parameters
    ----------
    seed : int
        Same seed, same values.
    chunks : chunks of Dask
        They change the pieces, never the values; cut in time (a piece in space costs as much as
        the whole map).

    Returns
    -------
    xarray.Dataset
        ``lwe_thickness`` in cm, (time, latitude, longitude), lazy.

    Examples
    --------
    >>> ds = gravity()
    >>> ds.sizes["time"], ds["lwe_thickness"].attrs["simulated"]
    (168, True)
    """
    months = MONTHS[~MONTHS.strftime("%Y-%m").isin(GRAVITY_GAPS.split(" "))]
    label = "Equivalent water height (simulated)"
    return _dataset("lwe_thickness", "cm", label, months, 1.0, 1.0, _gravity, seed, chunks)


def temperature(*, seed: int = SEED, chunks: Any = CHUNKS) -> xr.Dataset:
    """Land surface temperature, monthly mean, 1 degree; the sea has no value.

    Parameters
    ----------
    seed, chunks
        As in `gravity`.

    Returns
    -------
    xarray.Dataset
        ``lst`` in degC, (time, latitude, longitude), lazy.

    Examples
    --------
    >>> temperature().sizes["time"]
    192
    """
    label = "Land surface temperature (simulated)"
    return _dataset("lst", "degC", label, MONTHS, 1.0, 1.0, _temperature, seed, chunks)


def ionosphere(*, seed: int = SEED, chunks: Any = CHUNKS) -> xr.Dataset:
    """Total electron content, monthly mean at 14 h local time, 2.5 x 5 degrees (IONEX grid).

    Parameters
    ----------
    seed, chunks
        As in `gravity`.

    Returns
    -------
    xarray.Dataset
        ``tec`` in TECU, (time, latitude, longitude), lazy.

    Examples
    --------
    >>> ionosphere().sizes["latitude"], ionosphere().sizes["longitude"]
    (71, 72)
    """
    label = "Total electron content, 14 h local time (simulated)"
    return _dataset("tec", "TECU", label, MONTHS, 2.5, 5.0, _ionosphere, seed, chunks)


def deformation(*, seed: int = SEED, chunks: Any = CHUNKS) -> xr.Dataset:
    """Vertical displacement of the land since January 2002, up positive, 1 degree.

    Parameters
    ----------
    seed, chunks
        As in `gravity`.

    Returns
    -------
    xarray.Dataset
        ``displacement`` in mm, (time, latitude, longitude), lazy; the sea has no value.

    Examples
    --------
    >>> deformation()["displacement"].attrs["units"]
    'mm'
    """
    label = "Vertical displacement since 2002 (simulated)"
    return _dataset("displacement", "mm", label, MONTHS, 1.0, 1.0, _deformation, seed, chunks)


GRIDS: dict[str, Callable[..., xr.Dataset]] = {
    "gravity": gravity,
    "temperature": temperature,
    "ionosphere": ionosphere,
    "deformation": deformation,
}
"""Name of a simulated grid -> the function that makes it."""


class SimulatedGrid(BaseReader):
    """Reader for the catalogue: ``variable`` names one of `GRIDS`, ``seed`` is optional."""

    output_instance = "xarray:Dataset"

    def _read(
        self, variable: str = "gravity", seed: int = SEED, chunks: Any = CHUNKS, **_: Any
    ) -> xr.Dataset:
        if variable not in GRIDS:
            hint = did_you_mean(variable, GRIDS)
            raise ValueError(f"There is no simulated grid {variable!r}. {hint}")
        return GRIDS[variable](seed=seed, chunks=chunks)


def _dataset(  # noqa: PLR0913 - one row of a table
    name: str,
    units: str,
    long_name: str,
    months: pd.DatetimeIndex,
    rows: float,
    columns: float,
    function: Callable[..., Grid],
    seed: int,
    chunks: Any,
) -> xr.Dataset:
    latitude = np.arange(-90.0 + rows / 2.0, 90.0, rows)
    longitude = np.arange(-180.0 + columns / 2.0, 180.0, columns)
    if columns > 1.0:  # the grid of IONEX has its nodes on round degrees
        latitude, longitude = np.arange(-87.5, 90.0, rows), np.arange(-180.0, 180.0, columns)
    start, end = months, months + pd.offsets.MonthBegin(1)
    index = tuple(int(i) for i in MONTHS.get_indexer(months))
    data = lazy_grid(
        function,
        (len(months), len(latitude), len(longitude)),
        chunks,
        index,
        (rows, columns),
        seed,
    )
    attrs = {
        "units": units,
        "long_name": long_name,
        "source": f"Qazcube simulator, seed {seed}",
        "simulated": True,
    }
    ds = xr.Dataset(
        {name: (("time", "latitude", "longitude"), data, attrs)},
        coords={
            "time": (start + (end - start) / 2).to_numpy("datetime64[ns]"),
            "latitude": ("latitude", latitude, {"units": "degrees_north"}),
            "longitude": ("longitude", longitude, {"units": "degrees_east"}),
        },
    )
    bounds = np.stack([start.to_numpy(), end.to_numpy()], axis=1).astype("datetime64[ns]")
    ds["time_bounds"] = (("time", "bnds"), bounds)
    ds["time"].attrs = {"standard_name": "time", "bounds": "time_bounds"}
    ds.attrs = {
        "title": long_name,
        "simulated": True,
        "licence": "CC0-1.0",
        "comment": "Made by a simulator; no value is a measurement.",
    }
    return ds


def _years(index: tuple[int, ...], steps: slice) -> tuple[list[int], Grid, Grid]:
    """Month numbers of a block, years since 2002 and phase of the year in radians."""
    number = list(index[steps])
    years = (np.array(number, np.float32) + 0.5) / 12.0
    phase = 2.0 * np.pi * (years % 1.0)
    return number, years[:, None, None], phase.astype(np.float32)[:, None, None]


def _field(seed: int, scene: backdrop.Scene, number: list[int], memory: float) -> Grid:
    amplitudes = coefficients(seed, len(MONTHS), (25, 16), memory=memory, scale=5.0, circle=True)
    return global_field(amplitudes[number], scene.latitude, scene.longitude).astype(np.float32)


def _still(seed: int, scene: backdrop.Scene) -> Grid:
    """One smooth pattern that does not change, shape (latitude, longitude)."""
    amplitudes = coefficients(seed, 1, (25, 16), memory=0.0, scale=4.0, circle=True)
    return global_field(amplitudes, scene.latitude, scene.longitude)[0].astype(np.float32)


def _high_water(phase: Grid, latitude: Any, shift: Any) -> Any:
    """Wave of one year with its crest in spring of the hemisphere, smooth over the equator."""
    north = 1.0 / (1.0 + np.exp(-latitude / 5.0))
    return north * np.cos(phase - 1.4 - shift) + (1.0 - north) * np.cos(phase - 1.9 - shift - 1.2)


def _gravity(
    steps: slice,
    rows: slice,
    columns: slice,
    index: tuple[int, ...],
    cell: tuple[float, float],
    seed: int,
) -> Grid:
    scene = backdrop.scene(*cell)
    number, years, phase = _years(index, steps)
    land, lat = scene.land, scene.latitude[:, None]
    wet = np.exp(-(((np.abs(lat) - 7.0) / 9.0) ** 2))
    pattern = _still(seed + 11, scene)
    amplitude = np.where(land, 2.5 + 11.0 * wet * np.clip(1.0 + 0.5 * pattern, 0.2, 2.0), 0.8)
    ice = backdrop.ice_loss(scene)
    trend = np.where(land, 0.35, 0.1) * _still(seed + 12, scene) - ice
    noise = _field(seed + 13, scene, number, 0.7) * np.where(land, 2.2, 0.9)
    noise += (
        0.6
        * white(seed + 14, slice(number[0], number[-1] + 1), land.shape)[
            np.array(number) - number[0]
        ]
    )
    out = amplitude * _high_water(phase, lat, 0.4 * pattern) + trend * (years - 8.0) + noise
    out += backdrop.steps_of_events(scene, number, kind="gravity")
    return out[:, rows, columns].astype(np.float32)


def _temperature(
    steps: slice,
    rows: slice,
    columns: slice,
    index: tuple[int, ...],
    cell: tuple[float, float],
    seed: int,
) -> Grid:
    scene = backdrop.scene(*cell)
    number, years, phase = _years(index, steps)
    lat = np.radians(scene.latitude)[:, None]
    height = np.clip(scene.elevation, 0.0, None) / 1000.0
    mean = 29.0 - 48.0 * np.abs(np.sin(lat)) ** 2.2 - 5.5 * height
    mean = mean + 1.5 * _still(seed + 21, scene)
    swing = 1.0 + 26.0 * np.abs(np.sin(lat)) ** 1.3 * scene.inland
    season = -np.cos(phase - 0.45) * np.sign(lat) * swing
    trend = 0.018 + 0.045 * np.clip(np.sin(lat), 0.0, 1.0) ** 2
    noise = _field(seed + 23, scene, number, 0.35) * (0.5 + 1.8 * np.abs(np.sin(lat)))
    out = mean + season + trend * (years - 8.0) + noise
    out = np.where(scene.land, out, np.nan)
    return out[:, rows, columns].astype(np.float32)


def solar_activity(years: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Activity of the Sun between 0 and about 1: cycles 23 and 24, years since January 2002.

    Examples
    --------
    >>> solar_activity(np.array([0.0, 6.9, 12.3])).round(1).tolist()  # 2002, end of 2008, 2014
    [1.0, 0.0, 0.7]
    """
    old = np.exp(-((np.clip(years, 0.0, None) / 3.4) ** 2))
    new = 0.66 * np.exp(-(((years - 12.1) / 2.4) ** 2))
    return old + new


def _ionosphere(
    steps: slice,
    rows: slice,
    columns: slice,
    index: tuple[int, ...],
    cell: tuple[float, float],
    seed: int,
) -> Grid:
    scene = backdrop.scene(*cell)
    number, years, phase = _years(index, steps)
    magnetic = scene.magnetic_latitude
    crests = np.exp(-(((np.abs(magnetic) - 14.0) / 11.0) ** 2))
    shape = 0.30 + 0.45 * np.exp(-((magnetic / 38.0) ** 2)) + 0.45 * crests
    equinox = 1.0 + 0.16 * np.cos(2.0 * phase - 0.9)
    season = 1.0 - 0.22 * np.cos(phase) * np.sin(np.radians(scene.latitude))[:, None]
    sun = 12.0 + 62.0 * solar_activity(years)
    noise = 1.0 + 0.07 * _field(seed + 31, scene, number, 0.4)
    out = np.clip(sun * shape * equinox * season * noise, 0.5, None)
    return out[:, rows, columns].astype(np.float32)


def _deformation(
    steps: slice,
    rows: slice,
    columns: slice,
    index: tuple[int, ...],
    cell: tuple[float, float],
    seed: int,
) -> Grid:
    scene = backdrop.scene(*cell)
    number, years, phase = _years(index, steps)
    lat = scene.latitude[:, None]
    wet = np.exp(-(((np.abs(lat) - 7.0) / 9.0) ** 2))
    rate = 1.2 * _still(seed + 41, scene) + backdrop.rebound(scene) + 0.5 * backdrop.ice_loss(scene)
    load = -(1.5 + 5.0 * wet) * _high_water(phase, lat, 0.0)
    noise = 1.8 * _field(seed + 43, scene, number, 0.6)
    out = rate * years + load + noise
    out += backdrop.steps_of_events(scene, number, kind="deformation")
    out = np.where(scene.land, out, np.nan)
    return out[:, rows, columns].astype(np.float32)
