"""A variable of a cube for every unit of land: mean and spread at every date, kept on disk."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
import xarray as xr

from analysis import settings
from analysis.cells import Cells
from analysis.cells.cells import EARTH_RADIUS_KM
from analysis.cells.weights import cell_weights
from analysis.cubes import Cube, OutsideGridError
from analysis.cubes.names import META

Floats = npt.NDArray[np.float64]
Progress = Callable[[int, int], None]

VERSION = 1
"""Of the stored form; another number makes the files anew."""

MOST_PIXELS = 400_000
"""A unit whose box holds more pixels counts those whose middle it covers: the edge is nothing."""

_VALUES = 24_000_000
_WINDOW = ("2000-01-01", "2000-01-31")  # cells ask for one; areas do not depend on it
_SUMS = ("mean", "std", "count")


def unit_series(
    cube: Cube,
    units: Any,
    variable: str | None = None,
    *,
    progress: Progress | None = None,
    keep: bool = True,
) -> xr.Dataset:
    """Give the mean and the spread of a variable over every unit at every date.

    Each pixel counts with the area that it shares with the unit, so the means of the districts of
    an oblast, weighted by their areas, are the mean of the oblast. The result is kept in the
    cache, in a file that names the cube as it is now and the outlines.

    Parameters
    ----------
    cube : analysis.cubes.Cube
        The grid.
    units : geopandas.GeoDataFrame
        Polygons with a unique column ``id``, else a unique index; any coordinate system.
    variable : str, optional
        The first of the cube if not given.
    progress : callable, optional
        Told the steps done and all steps; what it raises ends the work and is raised again.
    keep : bool
        Whether the cache is read and written.

    Returns
    -------
    xarray.Dataset
        (unit, time): ``mean`` and ``std`` (both in the variable's unit, weighted by area; ``std``
        is that of the pixels in the unit) and ``count``, the number of valid pixels. By unit:
        ``area_km2``, ``covered`` (share of the area that the grid covers) and ``selection``
        ("area" or "cell centres"). Coordinate ``start, end`` of every step where the cube has
        them. NaN and a count of 0 where no pixel is valid.

    Raises
    ------
    ValueError
        There are no units, an id is double, an outline is no polygon, or there is no such variable.
    OSError
        The cache cannot be written.

    Notes
    -----
    The figures of a block of steps are those of :func:`area_statistics`.
    """
    shapes = as_polygons(units)
    name = variable or cube.variables[0]
    about = cube.attrs(name)
    file = _file(cube, shapes, name) if keep else None
    found = _read(file) if file is not None else None
    if found is None:
        found = _compute(cube, shapes, name, progress)
        if file is not None:
            _write(file, found)
    return _dataset(cube, shapes, name, about, found)


def stored(cube: Cube, units: Any, variable: str | None = None) -> bool:
    """Tell whether the series of these units are in the cache, so that they come at once.

    Parameters
    ----------
    cube, units, variable
        As in :func:`unit_series`.

    Returns
    -------
    bool

    Raises
    ------
    ValueError
        As :func:`unit_series`.
    """
    return _file(cube, as_polygons(units), variable or cube.variables[0]).is_file()


def as_polygons(units: Any) -> Any:
    """Give the outlines of units in degrees, mended where a ring crosses itself, by id.

    Parameters
    ----------
    units : geopandas.GeoDataFrame or geopandas.GeoSeries
        With a column ``id``, else the index names them.

    Returns
    -------
    geopandas.GeoSeries
        Polygons in longitude and latitude; the index holds the ids as text.

    Raises
    ------
    ValueError
        There are none, an id is double or an outline is no polygon.

    Examples
    --------
    >>> import geopandas as gpd
    >>> bow = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    >>> table = gpd.GeoDataFrame({"id": [7]}, geometry=[bow], crs="EPSG:4326")
    >>> bool(as_polygons(table).is_valid.all()), as_polygons(table).index.tolist()
    (True, ['7'])
    """
    if not len(units):
        raise ValueError("The table has no polygon.")
    series = units.geometry
    if series.crs is not None and not series.crs.is_geographic:
        series = series.to_crs("EPSG:4326")
    names = units["id"] if "id" in getattr(units, "columns", ()) else units.index
    series = series.set_axis(pd.Index(np.asarray(names).astype(str), dtype=object, name="unit"))
    broken = ~series.is_valid & series.notna()
    if broken.any():
        mended = series[broken].make_valid().to_numpy()
        series = series.copy()
        series[broken.to_numpy()] = np.array([_areas_of(one) for one in mended], dtype=object)
    Cells.from_polygons(series, *_WINDOW)  # says what is wrong with ids and outlines
    return series


def _areas_of(shape: Any) -> Any:
    """Return the polygons of a mended outline without the lines that mending may leave."""
    parts = [one for one in shapely.get_parts(shape) if "Polygon" in one.geom_type]
    return shapely.union_all(parts) if parts else shape


def covered_share(series: xr.Dataset, least: float = 0.5) -> npt.NDArray[np.bool_]:
    """Tell which units the grid covers well enough to speak of them.

    Parameters
    ----------
    series : xarray.Dataset
        Of :func:`unit_series`.
    least : float
        Least share of the unit's area, 0 to 1.

    Returns
    -------
    numpy.ndarray
        One flag a unit.

    Raises
    ------
    ValueError
        The share is not between 0 and 1.

    Examples
    --------
    >>> ds = xr.Dataset({"covered": ("unit", [1.0, 0.2])})
    >>> covered_share(ds).tolist(), covered_share(ds, 0.1).tolist()
    ([True, False], [True, True])
    """
    if not 0.0 <= least <= 1.0:
        raise ValueError(f"The least share is {least}; it must be between 0 and 1.")
    return np.asarray(series["covered"].to_numpy() >= least)


def area_statistics(values: Any, weights: Any) -> tuple[Floats, Floats, Floats]:
    """Give mean, spread and number of valid pixels of areas at every step.

    Parameters
    ----------
    values : array of float, shape (pixel, time)
        NaN marks a missing value.
    weights : scipy.sparse array, shape (unit, pixel)
        Common area of unit and pixel, any unit, positive.

    Returns
    -------
    tuple of numpy.ndarray, shape (unit, time)
        Mean and standard deviation weighted by area, in the values' unit, and the count; NaN and 0
        where no pixel is valid.

    Examples
    --------
    Two districts of 3 and 1 pixels; weighted by these areas their means are that of the oblast:

    >>> import scipy.sparse
    >>> pixels = np.array([[1.0], [2.0], [3.0], [10.0]])
    >>> areas = scipy.sparse.csr_array([[1, 1, 1, 0], [0, 0, 0, 1], [1, 1, 1, 1]])
    >>> mean, std, count = area_statistics(pixels, areas)
    >>> bool(np.isclose((3 * mean[0] + mean[1]) / 4, mean[2])[0]), count[:, 0].tolist()
    (True, [3.0, 1.0, 4.0])
    """
    raw = np.asarray(values, np.float64)
    known = np.isfinite(raw)
    valid = known.astype(np.float64)
    ones = weights.tocsr(copy=True)
    ones.data = np.ones_like(ones.data, np.float64)
    count = np.asarray(ones @ valid)
    shift = float(raw[known].mean()) if known.any() else 0.0  # so that squares lose no digits
    moved = np.where(known, raw - shift, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        total = np.where(count > 0, weights @ valid, np.nan)
        middle = (weights @ moved) / total
        square = (weights @ moved**2) / total - middle**2
    return middle + shift, np.sqrt(np.maximum(square, 0.0)), count


# numbers -----------------------------------------------------------------------------------------


def _compute(cube: Cube, shapes: Any, name: str, progress: Progress | None) -> dict[str, Any]:
    """Compute mean, std and count (unit, time) and share and way (unit)."""
    cells = Cells.from_polygons(shapes, *_WINDOW)
    size, steps = len(shapes), len(cube.times)
    sums = {key: np.full((size, steps), np.nan) for key in _SUMS}
    sums["count"][:] = 0
    covered, centres = np.zeros(size), _too_many(cube, shapes)
    few = np.flatnonzero(~centres)
    total = steps + int(centres.sum())
    if few.size:
        part = Cells(cells.ids[few], cells.polygons[few], cells.edges)
        weights = cell_weights(part, cube.longitudes, cube.latitudes, "mean")
        areas = np.asarray(weights.sum(axis=1)).ravel() * EARTH_RADIUS_KM**2
        covered[few] = np.clip(areas / part.areas_km2, 0.0, 1.0)
        found = _weighted(cube, name, weights, lambda done: _tell(progress, done, total))
        for key, values in zip(_SUMS, found, strict=True):
            sums[key][few] = values
    for number, place in enumerate(np.flatnonzero(centres), start=1):
        share = _zonal(cube, name, cells.polygons[place], int(place), sums)
        covered[place] = share / cells.areas_km2[place]
        _tell(progress, steps + number, total)
    return sums | {"covered": np.minimum(covered, 1.0), "centres": centres}


def _tell(progress: Progress | None, done: int, total: int) -> None:
    if progress is not None:
        progress(done, total)


def _too_many(cube: Cube, shapes: Any) -> npt.NDArray[np.bool_]:
    """Tell which units hold so many pixels that their edges need no cutting."""
    box = shapes.bounds
    step = [
        float(np.median(np.abs(np.diff(axis)))) if axis.size > 1 else 1.0
        for axis in (cube.longitudes, cube.latitudes)
    ]
    pixels = (box["maxx"] - box["minx"]) / step[0] * (box["maxy"] - box["miny"]) / step[1]
    return np.asarray(pixels.to_numpy() > MOST_PIXELS)


def _zonal(cube: Cube, name: str, shape: Any, place: int, sums: dict[str, Any]) -> float:
    """Fill one row from the pixels whose middles a unit covers; return their area, km2."""
    try:
        found = cube.zonal(shape, name)
    except OutsideGridError:
        return 0.0
    for key in _SUMS:
        sums[key][place] = found[key].to_numpy()
    return float(found.attrs["area_km2"])


def _weighted(
    cube: Cube, name: str, weights: Any, tell: Callable[[int], None]
) -> tuple[Floats, Floats, Floats]:
    """Return mean, std and count (unit, time) for weights (unit, pixel)."""
    steps, width = len(cube.times), cube.longitudes.size
    size = weights.shape[0]
    mean, std = np.full((size, steps), np.nan), np.full((size, steps), np.nan)
    count = np.zeros((size, steps))
    used = np.unique(weights.indices)
    if not used.size:
        return mean, std, count
    rows, columns = used // width, used % width
    window = (
        slice(int(rows.min()), int(rows.max()) + 1),
        slice(int(columns.min()), int(columns.max()) + 1),
    )
    inside = (rows - window[0].start, columns - window[1].start)
    part = weights[:, used].tocsr()
    grid = cube.dataset("map")[name]
    area = (window[0].stop - window[0].start) * (window[1].stop - window[1].start)
    block = max(1, _VALUES // area)
    for start in range(0, steps, block):
        end = min(start + block, steps)
        cut = grid[start:end, window[0], window[1]].to_numpy()
        found = area_statistics(cut[:, inside[0], inside[1]].T, part)
        mean[:, start:end], std[:, start:end], count[:, start:end] = found
        tell(end)
    return mean, std, count


def _dataset(
    cube: Cube, shapes: Any, name: str, about: dict[str, Any], found: dict[str, Any]
) -> xr.Dataset:
    units, label = about.get("units", "1"), about.get("long_name", name)
    way = np.where(found["centres"], "cell centres", "area")
    areas = Cells.from_polygons(shapes, *_WINDOW).areas_km2
    simulated = {"simulated": True} if about.get("simulated") else {}
    both = ("unit", "time")
    made = xr.Dataset(
        {
            "mean": (both, found["mean"], {"units": units, "long_name": label} | simulated),
            "std": (both, found["std"], {"units": units, "long_name": f"Spread of {label}"}),
            "count": (both, found["count"].astype(np.int64), {"units": "1"}),
            "area_km2": ("unit", areas, {"units": "km2"}),
            "covered": ("unit", found["covered"], {"units": "1"}),
            "selection": ("unit", way.astype(object)),
        },
        {"unit": shapes.index.to_numpy(), "time": cube.times},
        {"cube": cube.name, "variable": name, "source": about.get("source", "")} | simulated,
    )
    if cube.time_bounds is not None:
        bounds = np.asarray(cube.time_bounds)
        made = made.assign_coords(start=("time", bounds[:, 0]), end=("time", bounds[:, 1]))
    return made


# the file ----------------------------------------------------------------------------------------


def _file(cube: Cube, shapes: Any, name: str) -> Path:
    """Name the file of one cube as it is now, one variable and these outlines."""
    state = (cube.path / META).stat()
    cube_key = f"{VERSION} {state.st_ino} {state.st_mtime_ns} {state.st_size}"
    outline = hashlib.sha256("\n".join(shapes.index).encode())
    for shape in shapes.to_numpy():
        outline.update(shapely.to_wkb(shape))
    plain = re.sub(r"[^A-Za-z0-9_-]", "_", f"{cube.name}-{name}")
    what = hashlib.sha256(cube_key.encode()).hexdigest()[:12]
    return settings.cache_dir() / "units" / f"{plain}-{outline.hexdigest()[:16]}-{what}.npz"


def _read(file: Path) -> dict[str, Any] | None:
    """Read what was stored; None where there is nothing, or nothing whole."""
    try:
        with file.open("rb") as opened, np.load(opened, allow_pickle=False) as held:
            return {key: held[key] for key in (*_SUMS, "covered", "centres")}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def _write(file: Path, found: dict[str, Any]) -> None:
    """Write beside and rename; drop what was stored of the cube before it was replaced."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(suffix=".part", dir=file.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as open_file:
            np.savez_compressed(open_file, **found)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    for old in file.parent.glob(f"{file.stem.rsplit('-', 1)[0]}-*.npz"):
        if old != file:
            old.unlink(missing_ok=True)
