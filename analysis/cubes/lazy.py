"""All values of a cube as a lazy dataset."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dask.array as da
import numpy as np
import numpy.typing as npt
import xarray as xr

from analysis.cubes.layout import map_path, series_path
from analysis.cubes.snapshot import Snapshot
from analysis.cubes.storage import open_array
from analysis.spelling import did_you_mean

_CHUNK_BYTES = 64_000_000


class StoredArray:
    """Array on disk that is opened where it is read: it travels to Dask's workers as a path.

    Parameters
    ----------
    folder : pathlib.Path
        Folder of the array.
    shape : tuple of int
    """

    dtype = np.dtype(np.float32)
    ndim = 3

    def __init__(self, folder: Path, shape: tuple[int, int, int]) -> None:
        self.folder, self.shape = folder, shape

    def __getitem__(self, key: Any) -> npt.NDArray[np.float32]:
        self._check()
        values = np.asarray(open_array(self.folder)[key].read().result())
        self._check()  # a piece that has just been deleted reads as missing values
        return values

    def _check(self) -> None:
        if not self.folder.is_dir():
            message = f"The cube at {self.folder} was replaced or deleted after it was opened; "
            raise ValueError(message + "open it again.")

    def __dask_tokenize__(self) -> tuple[str, str]:
        return type(self).__name__, str(self.folder)


def lazy_dataset(snapshot: Snapshot, layout: str) -> xr.Dataset:
    """All values of a cube; see :meth:`analysis.cubes.Cube.dataset`."""
    if layout not in ("map", "series"):
        raise ValueError(
            f"There is no layout {layout!r}. {did_you_mean(layout, ['map', 'series'])}"
        )
    meta = snapshot.meta
    from_series = layout == "series" and meta.layout.has_series
    chunks = _series_chunks(snapshot) if layout == "series" else _map_chunks(snapshot)
    coords: dict[str, Any] = {
        "time": ("time", meta.times, {"standard_name": "time"}),
        "latitude": ("latitude", meta.latitudes, {"units": "degrees_north"}),
        "longitude": ("longitude", meta.longitudes, {"units": "degrees_east"}),
    }
    variables: dict[str, Any] = {}
    for name in meta.variables:
        path = series_path(name) if from_series else map_path(name, 0)
        stored = StoredArray(snapshot.data / path, meta.layout.shape)
        lazy = da.from_array(stored, chunks=chunks, asarray=False, lock=False)
        attrs = dict(snapshot.variable_attrs[name])
        variables[name] = (("time", "latitude", "longitude"), lazy, attrs)
    if meta.time_bounds is not None:
        variables["time_bounds"] = (("time", "bnds"), meta.time_bounds)
    return xr.Dataset(variables, coords, dict(meta.attrs))


def _map_chunks(snapshot: Snapshot) -> tuple[int, int, int]:
    """Whole files, joined until a chunk is large enough to be worth a task."""
    layout = snapshot.meta.layout
    times, rows, columns = layout.shape
    unit, height, width = layout.map_file
    height, width = min(height, rows), min(width, columns)
    plane = 4 * height * width
    steps = max(unit, _CHUNK_BYTES // plane // unit * unit)
    return min(steps, times), height, width


def _series_chunks(snapshot: Snapshot) -> tuple[int, int, int]:
    layout = snapshot.meta.layout
    times, rows, columns = layout.shape
    side = layout.series_file
    return times, min(side, rows), min(side, columns)
