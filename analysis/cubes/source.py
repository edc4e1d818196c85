"""What an ingest reads: a normalised dataset, checked, with a fingerprint to know it again."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import dask
import numpy as np
import numpy.typing as npt
import xarray as xr

from analysis.cubes.axis import Axis

DIMENSIONS = ("time", "latitude", "longitude")
_NAME = re.compile(r"[^\W\d][\w.-]{0,79}")
_PROBE = 16
"""Rows and columns of each window that is read to know a source again."""
_WINDOWS = 8
"""Such windows along each axis, spread over the map."""


class GridSource:
    """A normalised, lazy dataset that is about to become a cube.

    Parameters
    ----------
    dataset : xarray.Dataset
        Dimensions (time, latitude, longitude), as :mod:`analysis.sources.normalise` returns it.

    Raises
    ------
    ValueError
        The dataset is not normalised, or a variable has no units.
    """

    def __init__(self, dataset: xr.Dataset) -> None:
        gridded = [name for name, one in dataset.data_vars.items() if name != "time_bounds"]
        for name in gridded:
            _check_variable(str(name), dataset[name])
        if not gridded:
            raise ValueError("The dataset holds no variable on (time, latitude, longitude).")
        self.dataset = dataset
        self.variables = [str(name) for name in gridded]
        self.latitude = Axis(dataset["latitude"].to_numpy())
        self.longitude = Axis(dataset["longitude"].to_numpy(), circular=True)
        self.times = _times(dataset)
        self.shape = (self.times.size, self.latitude.size, self.longitude.size)
        self.static = bool(dataset.attrs.get("static", False))

    @property
    def time_bounds(self) -> npt.NDArray[np.int64] | None:
        """Start and end of every step, shape (time, 2), nanoseconds; None where not known."""
        if "time_bounds" not in self.dataset:
            return None
        bounds = self.dataset["time_bounds"].to_numpy().astype("datetime64[ns]")
        return np.asarray(bounds.astype(np.int64))

    @property
    def steps_together(self) -> int:
        """Time steps that the source decodes together, so that no chunk is read twice."""
        together = 1
        for name in self.variables:
            variable = self.dataset[name].variable
            preferred = variable.encoding.get("preferred_chunks", {}).get("time", 1)
            blocks = variable.chunksizes.get("time", (preferred,))
            together = max(together, int(blocks[0]))
        return min(together, self.shape[0])

    def read(self, variable: str, steps: slice, rows: slice) -> npt.NDArray[np.float32]:
        """Values of some time steps and rows.

        Parameters
        ----------
        variable : str
        steps, rows : slice
            Positions in time and latitude.

        Returns
        -------
        array of float32, shape (time, latitude, longitude)
            What is infinite in the source is missing.
        """
        part = self.dataset[variable].isel(time=steps, latitude=rows).transpose(*DIMENSIONS)
        values = np.ascontiguousarray(part.to_numpy(), dtype=np.float32)
        infinite = np.isinf(values)
        return np.where(infinite, np.float32(np.nan), values) if infinite.any() else values

    def fingerprint(self) -> str:
        """Hash of coordinates, attributes, source files and some values.

        A source with the same fingerprint continues an interrupted ingest; another one starts
        afresh.

        Returns
        -------
        str
            40 hexadecimal digits.
        """
        digest = hashlib.sha256()
        described: dict[str, Any] = {"shape": self.shape, "attrs": plain(self.dataset.attrs)}
        for name in self.variables:
            variable = self.dataset[name]
            files = variable.encoding.get("source") or self.dataset.encoding.get("source") or []
            described[name] = [plain(variable.attrs), _file_states(files)]
        digest.update(json.dumps(described, sort_keys=True).encode())
        for values in (self.latitude.values, self.longitude.values, self.times, self.time_bounds):
            digest.update(b"-" if values is None else np.ascontiguousarray(values).tobytes())
        for name in self.variables:
            digest.update(self._probe(name).tobytes())
        return digest.hexdigest()[:40]

    def _probe(self, variable: str) -> npt.NDArray[np.float32]:
        """Read small windows spread over the map and the times; few chunks, each once."""
        times, rows, columns = self.shape
        last = _WINDOWS - 1
        parts = []
        for turn, step in enumerate(np.linspace(0, times - 1, 4).astype(int)):
            for band in range(_WINDOWS):
                row = max(0, rows - _PROBE) * band // last
                column = max(0, columns - _PROBE) * ((3 * band + 2 * turn) % _WINDOWS) // last
                window = {
                    "time": int(step),
                    "latitude": slice(row, row + _PROBE),
                    "longitude": slice(column, column + _PROBE),
                }
                parts.append(self.dataset[variable].isel(window).transpose(*DIMENSIONS[1:]))
        found = [part.to_numpy().ravel() for part in dask.compute(*parts)]
        return np.ascontiguousarray(np.concatenate(found), dtype=np.float32)


def plain(attrs: Any) -> dict[str, Any]:
    """Attributes as values that JSON can hold.

    Parameters
    ----------
    attrs : mapping
        Attributes of a dataset or variable.

    Returns
    -------
    dict

    Examples
    --------
    >>> plain({"scale": np.float32(0.5), "valid": np.array([0, 1])})
    {'scale': 0.5, 'valid': [0, 1]}
    """
    return {str(key): _plain_value(value) for key, value in attrs.items()}


def _plain_value(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [_plain_value(one) for one in value]
    if isinstance(value, dict):
        return plain(value)
    return value if isinstance(value, str | bool | int | float | None) else str(value)


def _check_variable(name: str, variable: xr.DataArray) -> None:
    if set(variable.dims) != set(DIMENSIONS):
        message = f"The variable {name!r} has dimensions {tuple(map(str, variable.dims))}, "
        raise ValueError(message + "but a cube needs time, latitude and longitude.")
    if not _NAME.fullmatch(name):
        message = f"The variable name {name!r} cannot be used: "
        raise ValueError(message + "letters, digits, '_', '-' and '.' are allowed.")
    if not variable.attrs.get("units"):
        message = f"The variable {name!r} has no units; "
        raise ValueError(message + "set its attribute 'units' ('1' for a plain number).")


def _times(dataset: xr.Dataset) -> npt.NDArray[np.int64]:
    values = dataset["time"].to_numpy()
    if values.dtype.kind != "M":
        message = f"The time axis holds {values.dtype}, but must hold datetime64; "
        raise ValueError(message + "normalise the dataset first.")
    years = values.astype("datetime64[Y]").astype(np.int64) + 1970
    if not ((years >= 1678) & (years <= 2261)).all():  # nor is NaT
        raise ValueError("The times must be valid and between the years 1678 and 2261.")
    times = values.astype("datetime64[ns]").astype(np.int64)
    if times.size == 0 or (np.diff(times) <= 0).any():
        raise ValueError("The times must be at least one, valid and strictly increasing.")
    return np.asarray(times)


def _file_states(files: Any) -> list[Any]:
    """Name, size and time of each file, and of each file inside a folder (Zarr)."""
    found: list[Any] = []
    for path in map(Path, files if isinstance(files, list) else [str(files)]):
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        for one in inside:
            state = one.stat() if one.is_file() else None
            found.append([str(one), *((state.st_size, state.st_mtime_ns) if state else ())])
    return found
