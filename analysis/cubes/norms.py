"""What is usual in a cube, and how far its values are from that: series and pictures at once.

The norms of a variable are small arrays beside its data (number, mean and squared deviations of
each day of the year or month). They are made once, appear in one step, and go when the data are
replaced. A clicked series needs none: its own values make its norm in microseconds.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any, Final

import dask.array as da
import numpy as np
import xarray as xr

from analysis.cubes.cube import Cube
from analysis.cubes.errors import NormNotFoundError
from analysis.cubes.lazy import StoredArray
from analysis.cubes.normbuild import build, level_folder
from analysis.cubes.normseries import judged_series, prepare
from analysis.cubes.normstore import STATISTICS, NormKey, Progress, norms_folder, read_norm_meta
from analysis.cubes.normview import JudgedLevels, norm_view
from analysis.cubes.reading import read_series
from analysis.cubes.snapshot import Moment, Snapshot
from analysis.cubes.storage import open_array
from analysis.cubes.window import Window
from analysis.yearly import MINIMUM, Base

KINDS: Final = ("departure", "zscore")
_KEPT = 64

_lock = threading.Lock()
_opened: OrderedDict[Path, Norm] = OrderedDict()


class Norm:
    """A finished norm of one variable of a cube: :func:`of` makes it, :func:`find` finds it.

    Parameters
    ----------
    cube : Cube
        The cube.
    folder : pathlib.Path
        Folder of the arrays.
    key : NormKey
        What it is made of.
    stored : dict
        Its description.
    """

    def __init__(self, cube: Cube, folder: Path, key: NormKey, stored: dict[str, Any]) -> None:
        self.cube, self.folder, self.key = cube, folder, key
        self.levels = int(stored["levels"])
        self.shape: tuple[int, int, int] = tuple(stored["shape"])
        self.attrs = {name: stored[name] for name in ("base_period", "norm", "minimum")}
        self._limits = stored["limits"]
        self._arrays: dict[tuple[str, int], Any] = {}

    def limits(self, kind: str) -> tuple[float, float] | None:
        """Limits for colours, symmetric about 0, the same at every time and zoom.

        Parameters
        ----------
        kind : {"departure", "zscore"}

        Returns
        -------
        tuple of float or None
            From a sample of cells: 96 per cent of their values lie inside. None without values.
        """
        found = self._limits.get(_check_kind(kind))
        if found is None:
            return None
        widest = max(abs(found[0]), abs(found[1]))
        return -widest, widest

    def view(
        self,
        time: Moment,
        bounds: tuple[float, float, float, float],
        width: int,
        height: int,
        *,
        kind: str = "departure",
        crs: str = "EPSG:4326",
        method: str = "nearest",
    ) -> xr.DataArray:
        """Picture of departures or Z in a window at one time.

        Cells are judged first and averaged then; where a window holds more than 1.5 million
        cells, means of blocks are judged by the means of their norms.

        Parameters
        ----------
        time, bounds, width, height, crs, method
            As in :meth:`Cube.view`.
        kind : {"departure", "zscore"}

        Returns
        -------
        xarray.DataArray
            Dimensions (y, x), y ascending. Attributes as those of :meth:`Cube.view`, with limits
            (for colours, symmetric), statistic, base_period, norm and minimum.

        Raises
        ------
        NormNotFoundError
            The data of the cube have been replaced since; :func:`of` makes the norm anew.
        ValueError
            The window is empty, or the time, kind, projection or method is not known.
        """
        _check_kind(kind)
        window = Window(bounds, width, height, crs)
        if method not in ("nearest", "mean"):
            raise ValueError(f"The method {method!r} is not known. Allowed: nearest, mean.")
        if method == "mean" and not window.separable:
            message = f"The method 'mean' needs EPSG:4326 or EPSG:3857, not {crs!r}; "
            raise ValueError(message + "use 'nearest' for other projections.")

        def read(snapshot: Snapshot) -> xr.DataArray:
            if snapshot.data not in self.folder.parents:
                message = f"The data of the cube {snapshot.meta.name!r} have been replaced since "
                raise NormNotFoundError(message + "its norm was made; norms.of makes it anew.")
            standard = kind == "zscore"
            judged = JudgedLevels(snapshot, self.key, self.array, self.levels, standard=standard)
            picture, attrs = norm_view(judged, time, window, mean=method == "mean")
            described = self._described(snapshot.variable_attrs[self.key.variable], kind)
            coords = {"y": window.y, "x": window.x}
            name = self.key.variable
            return xr.DataArray(picture, coords, ("y", "x"), name, {**described, **attrs})

        return self.cube._consistent(read)

    def _described(self, variable: dict[str, Any], kind: str) -> dict[str, Any]:
        """Attributes of departures or Z of a variable."""
        name, limits = variable.get("long_name", self.key.variable), self.limits(kind)
        if kind == "zscore":
            own = {"long_name": f"Z-score of {name}", "units": "1"}
        else:
            own = {"long_name": f"Departure of {name} from its norm"}
        coloured = {} if limits is None else {"limits": limits}
        return {**variable, **own, **self.attrs, **coloured, "statistic": kind}

    def array(self, name: str, level: int) -> Any:
        """Array (slot, latitude, longitude) of one level, for reading."""
        found = self._arrays.get((name, level))
        if found is None:
            found = open_array(level_folder(self.folder, name, level))
            self._arrays[name, level] = found
        return found


def of(
    cube: Cube,
    variable: str | None = None,
    base: Base = None,
    *,
    by: str | None = None,
    window: int | None = None,
    minimum: int = MINIMUM,
    progress: Progress | None = None,
) -> Norm:
    """Return the norm of a variable; it is made and stored if it is not there yet.

    Parameters
    ----------
    cube : Cube
    variable : str, optional
        The first one if not given.
    base : tuple, optional
        First and last year, month or day, both included: (1991, 2020). None for all times.
    by : {"dayofyear", "month", "hour"}, optional
        Division of the year; by the typical step if not given.
    window : int, optional
        Days or months that make one norm, odd; 15 days or 1 month if not given.
    minimum : int
        Values below which there is no norm.
    progress : callable, optional
        Called with (done, total).

    Returns
    -------
    Norm

    Raises
    ------
    CubeBusyError
        Another process makes the same norm.
    DiskFullError
        The disk is full.
    ValueError
        The cube has one step only, the base holds no step, or a parameter is impossible.
    """
    while True:
        snapshot = cube._snapshot()
        key = prepare(snapshot, variable, base, by, window, minimum).key
        try:
            build(snapshot, key, progress)
        except (OSError, ValueError):
            if cube._snapshot() is snapshot:
                raise
            continue
        found = _open(cube, snapshot, key)
        if found is not None:
            return found


def find(
    cube: Cube,
    variable: str | None = None,
    base: Base = None,
    *,
    by: str | None = None,
    window: int | None = None,
    minimum: int = MINIMUM,
) -> Norm | None:
    """Return the norm of a variable if it has been made of the data as they are now.

    Parameters
    ----------
    cube, variable, base, by, window, minimum
        As in :func:`of`.

    Returns
    -------
    Norm or None
    """
    snapshot = cube._snapshot()
    return _open(cube, snapshot, prepare(snapshot, variable, base, by, window, minimum).key)


def series(
    cube: Cube,
    lon: float,
    lat: float,
    variable: str | None = None,
    base: Base = None,
    *,
    by: str | None = None,
    window: int | None = None,
    minimum: int = MINIMUM,
) -> xr.Dataset:
    """Values of the cell that holds a point, with their norm; no stored norm is needed.

    Parameters
    ----------
    cube : Cube
    lon, lat : float
        Degrees; any longitude.
    variable, base, by, window, minimum
        As in :func:`of`.

    Returns
    -------
    xarray.Dataset
        Dimension (time,): ``value``, ``mean`` and ``std`` of its time of the year, ``departure``
        (in the units of the variable) and ``zscore``; NaN where there is no norm. Attributes as
        those of :meth:`Cube.series`, with base_period and norm.

    Raises
    ------
    OutsideGridError
        The point lies outside the area that the cube covers.
    ValueError
        The base holds no step, or a parameter is impossible.
    """

    def read(snapshot: Snapshot) -> xr.Dataset:
        known = prepare(snapshot, variable, base, by, window, minimum)
        return judged_series(read_series(snapshot, lon, lat, known.key.variable), known)

    return cube._consistent(read)


def climatology(
    cube: Cube,
    variable: str | None = None,
    base: Base = None,
    *,
    by: str | None = None,
    window: int | None = None,
    minimum: int = MINIMUM,
) -> xr.Dataset:
    """Return a stored norm as a lazy dataset, as :func:`analysis.features.climatology` gives it.

    Parameters
    ----------
    cube, variable, base, by, window, minimum
        As in :func:`of`; the norm is made if it is not there.

    Returns
    -------
    xarray.Dataset
        ``mean``, ``std``, ``count`` (dayofyear or month, latitude, longitude), with hours
        (dayofyear, hour, latitude, longitude).

    Raises
    ------
    ValueError
        As in :func:`of`.
    """
    norm = of(cube, variable, base, by=by, window=window, minimum=minimum)
    season, meta = norm.key.season, cube._snapshot().meta
    days = np.arange(1, season.length + 1)
    coords: dict[str, Any] = {"month" if season.by == "month" else "dayofyear": days}
    if season.by == "hour":
        coords["hour"] = np.arange(season.hours) * 24 / season.hours
    sizes = tuple(one.size for one in coords.values())
    dims = (*coords, "latitude", "longitude")
    coords |= {"latitude": meta.latitudes, "longitude": meta.longitudes}
    described = meta.variables[norm.key.variable]
    variables = {}
    for name in STATISTICS:
        stored = StoredArray(norm.folder / name, norm.shape)
        chunks = (-1, "auto", "auto")
        lazy = da.from_array(stored, chunks=chunks, asarray=False, lock=False)
        units = "1" if name == "count" else described["units"]
        values = lazy.reshape(*sizes, *norm.shape[1:])
        variables[name] = (dims, values, {"units": units, **norm.attrs})
    return xr.Dataset(variables, coords, {**norm.attrs, "variable": norm.key.variable})


def _open(cube: Cube, snapshot: Snapshot, key: NormKey) -> Norm | None:
    """Return a norm that is there; its folder is never used again for another one."""
    folder = norms_folder(snapshot, key.variable) / key.name
    with _lock:
        found = _opened.get(folder)
        if found is not None and folder.is_dir():
            _opened.move_to_end(folder)
            return found
    stored = read_norm_meta(folder)
    if stored is None:
        return None
    norm = Norm(cube, folder, key, stored)
    with _lock:
        _opened[folder] = norm
        while len(_opened) > _KEPT:
            _opened.popitem(last=False)
    return norm


def _check_kind(kind: str) -> str:
    if kind not in KINDS:
        raise ValueError(f"The kind {kind!r} is not known. Allowed: {', '.join(KINDS)}.")
    return kind
