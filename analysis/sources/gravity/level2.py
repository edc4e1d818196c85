"""Gravity coefficients of GRACE and GRACE-FO (level 2, GSM) as monthly equivalent water height."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import dask
import dask.array as da
import numpy as np
import xarray as xr
from intake.readers import datatypes
from intake.readers.readers import FileReader
from numpy.typing import NDArray

from analysis.sources.filelists import Paths, list_files
from analysis.sources.gravity.coefficients import (
    RADIUS,
    Month,
    low_degrees_of,
    month_of,
    read_coefficients,
)
from analysis.sources.gravity.harmonics import MAX_DEGREE, synthesis, water_factors
from analysis.sources.gravity.mascons import without_water
from analysis.sources.plausible import plausible

Floats = NDArray[np.float64]


def open_level2(
    paths: Paths,
    *,
    degree: int = 60,
    radius: float = 300.0,
    resolution: float = 1.0,
    base: tuple[str, str] | None = None,
    degree1: str | Path | None = None,
    low_degrees: str | Path | None = None,
) -> xr.Dataset:
    """Open months of gravity coefficients as a grid of equivalent water height.

    Parameters
    ----------
    paths : str, pathlib.Path, or a sequence of them
        GSM files (``GSM-2_*``), a folder or a pattern, of one centre.
    degree : int, optional
        Greatest degree that is summed up; BA01 files hold 60, BB01 files 96.
    radius : float, optional
        Of the Gaussian smoothing, km; 0 leaves the stripes in.
    resolution : float, optional
        Degrees of a cell; a divisor of 180.
    base : (str, str), optional
        First and last day of the period whose mean is taken off; without it all months.
    degree1 : path, optional
        Technical Note 13 of the centre: without it degree 1 (which GRACE does not see) is 0.
    low_degrees : path, optional
        Technical Note 14: C20, and C30 where it has one, in place of those of GRACE.

    Returns
    -------
    xarray.Dataset
        Lazy. ``lwe_thickness`` (time, latitude, longitude) in cm, departure from the base;
        ``time_bounds`` from the names of the files. No correction for the slow rise of land
        after the ice age, no removal of stripes but the smoothing, latitude taken as geocentric.

    Raises
    ------
    ValueError
        No such files, several centres or kinds among them, a month twice, options out of range;
        when values are computed: damaged files.
    """
    if not 1 <= degree <= MAX_DEGREE:
        raise ValueError(f"degree is {degree!r}; allowed are 1 to {MAX_DEGREE}.")
    count = 180.0 / resolution if resolution > 0 else 0.0
    if abs(count - round(count)) > 1e-9 or not 2 <= round(count) <= 1800:
        raise ValueError(f"resolution is {resolution!r}; a divisor of 180 from 0.1 on is wanted.")
    months = _months(paths)
    read_coefficients(months[0].path, degree)  # a wrong degree or kind of file is told now
    notes = [None if one is None else _note(one) for one in (degree1, low_degrees)]
    replaced = low_degrees_of(months, *notes)
    shape = (2, degree + 1, degree + 1)
    read = dask.delayed(_read, pure=True)
    parts = [
        da.from_delayed(read(month.path, degree, values), shape, dtype=np.float64)
        for month, values in zip(months, replaced, strict=True)
    ]
    change = da.stack(parts)
    change = change - change[_inside(months, base)].mean(axis=0)[None]
    latitude = _centres(-90.0, 180.0, round(count))
    longitude = _centres(-180.0, 360.0, 2 * round(count))
    grid = change.rechunk({0: 1, 1: -1, 2: -1, 3: -1}).map_blocks(
        _grid,
        latitude=latitude,
        longitude=longitude,
        factors=water_factors(degree, radius, RADIUS),
        dtype=np.float32,
        drop_axis=3,
        chunks=((1,) * len(months), latitude.size, longitude.size),
        meta=np.empty((0, 0, 0), np.float32),
    )
    return _dataset(grid, months, latitude, longitude, {"degree": degree, "radius_km": radius})


def _centres(start: float, length: float, count: int) -> Floats:
    return start + length / count * (np.arange(count, dtype=np.float64) + 0.5)


def _note(path: str | Path) -> Path:
    found = Path(path).expanduser()
    if not found.is_file():
        raise ValueError(f"There is no file {found} (a technical note wanted).")
    return found


def _months(paths: Paths) -> list[Month]:
    files = list_files(paths, (".gz", "_0600", "_0601", "_0602", "_0603"), "gravity coefficients")
    months = sorted((month_of(path) for path in files), key=lambda one: one.start)
    kinds = sorted({f"{one.centre} {one.kind}" for one in months})
    if len(kinds) > 1:
        raise ValueError(f"The files are of several solutions: {', '.join(kinds)}. Open one.")
    for one, following in pairwise(months):
        if following.start == one.start:
            raise ValueError(f"A month is there twice: {one.path.name}, {following.path.name}.")
    return months


def _inside(months: list[Month], base: tuple[str, str] | None) -> NDArray[np.intp]:
    if base is None:
        if len(months) < 2:
            raise ValueError("One month has no mean to depart from; open more, or give a base.")
        return np.arange(len(months))
    first, last = (np.datetime64(day, "ns") for day in base)
    found = [
        k for k, one in enumerate(months) if first <= one.middle < last + np.timedelta64(1, "D")
    ]
    if not found:
        raise ValueError(f"No month lies between {base[0]} and {base[1]}.")
    return np.array(found)


def _read(path: Path, degree: int, replaced: dict[tuple[int, int, int], float]) -> Floats:
    found = read_coefficients(path, degree)
    found[:, 0] = 0.0
    found[:, 1] = 0.0
    for (part, n, m), value in replaced.items():
        if n <= degree:
            found[part, n, m] = value
    return found


def _grid(change: Floats, *, latitude: Floats, longitude: Floats, factors: Floats) -> Any:
    return synthesis(change * factors[:, None], latitude, longitude).astype(np.float32)


def _dataset(
    grid: da.Array, months: list[Month], latitude: Floats, longitude: Floats, how: dict[str, Any]
) -> xr.Dataset:
    attrs = {"units": "cm", "long_name": "Equivalent water height", **how}
    bounds = np.array([[one.start, one.end] for one in months], dtype="datetime64[ns]")
    out = xr.Dataset(
        {
            "lwe_thickness": (("time", "latitude", "longitude"), grid, attrs),
            "time_bounds": (("time", "bnds"), bounds),
        },
        coords={
            "time": ("time", np.array([one.middle for one in months], dtype="datetime64[ns]")),
            "latitude": ("latitude", latitude, {"units": "degrees_north"}),
            "longitude": ("longitude", longitude, {"units": "degrees_east"}),
        },
    )
    out.attrs["source"] = f"GSM {months[0].centre} {months[0].kind}"
    return plausible(out)


class Level2Reader(FileReader):
    """Reader for the catalogue: `open_level2`, with a model of the water taken off if wanted."""

    output_instance = "xarray:Dataset"
    implements = {datatypes.Text}  # noqa: RUF012 - Intake's own way to say what a reader opens
    func = "xarray:open_dataset"

    def _read(self, data: Any, hydrology: Any = None, **options: Any) -> xr.Dataset:
        wanted = ("degree", "radius", "resolution", "base", "degree1", "low_degrees")
        given = {key: value for key, value in options.items() if key in wanted}
        return without_water(open_level2(data.url, **given), hydrology, given.get("base"))
