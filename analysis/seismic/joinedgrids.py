"""Gridded variables as a join needs them: steps before a moment, maps of a step, its norm."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from analysis.cubes import Cube, CubeBusyError, CubeNotFoundError, norms, open_cube
from analysis.features import climatology
from analysis.seismic.discs import DiscGrid
from analysis.sources import open_source
from analysis.sources.calendars import derive_bounds
from analysis.yearly import Base, Season, season_of

Source = str | Cube | xr.Dataset
_BLOCK_BYTES = 64_000_000
_PATIENCE = 600  # seconds for a norm that another process makes
_lock = threading.Lock()


class JoinedVariable:
    """One gridded variable of a join.

    Parameters
    ----------
    name
        Its columns begin with this.
    data
        Lazy values (time, latitude, longitude).
    bounds
        Beginning and end of each step (time, 2), or None.
    cube
        The cube that the values are from, for its stored norm; None for a dataset.
    base
        Base period of the norm.
    """

    def __init__(
        self, name: str, data: xr.DataArray, bounds: Any, cube: Cube | None, base: Base
    ) -> None:
        self.name, self.data, self.base = name, data, base
        self.path = None if cube is None else cube.path  # opened where it is read
        self.times = data["time"].to_numpy().astype("datetime64[ns]")
        self.static = bool(data.attrs.get("static", False)) or self.times.size == 1
        found = derive_bounds(self.times)[0] if bounds is None else np.asarray(bounds)
        self.bounds = found.astype("datetime64[ns]")
        self.grid = DiscGrid(data["latitude"].to_numpy(), data["longitude"].to_numpy())
        self.season: Season = season_of(self.times)
        self._norm: tuple[NDArray[Any], NDArray[Any]] | None = None

    def __dask_tokenize__(self) -> Any:
        from dask.base import normalize_token

        return normalize_token((self.name, self.data.data, str(self.base)))

    def steps(
        self, moments: NDArray[Any], *, ended: bool, tolerance: np.timedelta64 | None
    ) -> NDArray[np.intp]:
        """Return the last step that had begun, or ended, at each moment.

        Parameters
        ----------
        moments
            datetime64 (n,).
        ended
            Only steps that had ended.
        tolerance
            Longest time from the end of a step to the moment; None for a typical step.

        Returns
        -------
        numpy.ndarray
            Places (n,) in time, -1 where there is none.
        """
        if self.static:
            return np.zeros(moments.size, dtype=np.intp)
        edge = self.bounds[:, 1] if ended else self.bounds[:, 0]
        found = np.searchsorted(edge, moments, side="right") - 1
        lengths = np.diff(self.bounds, axis=1).astype(np.int64)
        longest = np.timedelta64(int(np.median(lengths)), "ns") if tolerance is None else tolerance
        late = moments - self.bounds[np.maximum(found, 0), 1] > longest
        return np.where((found < 0) | late, -1, found)

    def maps(self, steps: NDArray[np.intp]) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """Yield the map (latitude, longitude) of each of some steps, read in blocks of time.

        Parameters
        ----------
        steps
            Places in time, ascending, each once.

        Yields
        ------
        tuple
            Place in time, and values.
        """
        ordered = self.data.transpose("time", "latitude", "longitude")
        chunk = ordered.chunksizes.get("time", (1,))[0]
        plane = 4 * ordered.shape[1] * ordered.shape[2]
        length = max(1, min(chunk, _BLOCK_BYTES // plane))
        for block in np.unique(steps // length):
            wanted = steps[steps // length == block]
            part = ordered.isel(time=wanted).compute(scheduler="synchronous").to_numpy()
            yield from zip(wanted.tolist(), part.astype(np.float32, copy=False), strict=True)

    def norm(self, step: int) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return mean and deviation (latitude, longitude) of the time of the year of a step.

        Parameters
        ----------
        step
            Place in time.

        Returns
        -------
        tuple of numpy.ndarray
        """
        slot = int(self.season.slots(self.times[step : step + 1])[0])
        if self.path is not None:
            norm = self._of_cube(self.path)
            mean, spread = (norm.array(name, 0)[slot].read().result() for name in ("mean", "std"))
            return np.asarray(mean), np.asarray(spread)
        with _lock:
            if self._norm is None:
                found = climatology(self.data, self.base).compute(scheduler="synchronous")
                shape = (-1, *self.grid_shape)
                mean, spread = (found[name].to_numpy().reshape(shape) for name in ("mean", "std"))
                self._norm = mean.astype(np.float32), spread.astype(np.float32)
        return self._norm[0][slot], self._norm[1][slot]

    @property
    def grid_shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.grid.latitude.size, self.grid.longitude.size

    def _of_cube(self, path: Path) -> norms.Norm:
        """Return the stored norm of the cube; wait where another process makes it."""
        deadline = time.monotonic() + _PATIENCE
        with _lock:
            while True:
                try:
                    return norms.of(open_cube(path), str(self.data.name), self.base)
                except CubeBusyError:
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(1)


def find_variables(sources: Source | Sequence[Source], base: Base) -> list[JoinedVariable]:
    """Return the variables of some sources.

    Parameters
    ----------
    sources
        Cubes, normalised datasets, or names: of a cube, else of a source of the catalogue;
        "name/variable" takes one variable of it.
    base
        Base period of the norms.

    Returns
    -------
    list of JoinedVariable
        Named as the variables; where two have one name, "source_variable".

    Raises
    ------
    ValueError
        Nothing of that name exists, or it is no grid.
    """
    several = [sources] if isinstance(sources, str | Cube | xr.Dataset) else list(sources)
    strange = [
        type(one).__name__ for one in several if not isinstance(one, str | Cube | xr.Dataset)
    ]
    if strange or not several:
        kind = strange[0] if strange else "nothing"
        raise ValueError(f"Cubes, datasets or their names are needed, not {kind}.")
    found: list[tuple[str, str, xr.DataArray, Any, Cube | None]] = []
    for number, source in enumerate(several):
        name, dataset, cube, wanted = _opened(source, number)
        bounds = dataset["time_bounds"].to_numpy() if "time_bounds" in dataset else None
        gridded = [
            str(one)
            for one in dataset.data_vars
            if {"time", "latitude", "longitude"} <= set(dataset[one].dims)
            and not dataset[one].attrs.get("role")
        ]
        if wanted is not None and wanted not in gridded:
            known = ", ".join(gridded) or "none"
            raise ValueError(f"{name!r} has no gridded variable {wanted!r}; it has {known}.")
        if not gridded:
            raise ValueError(f"{name!r} holds no variable on time, latitude and longitude.")
        for one in gridded if wanted is None else [wanted]:
            data = dataset[one].assign_attrs(static=bool(dataset.attrs.get("static", False)))
            found.append((name, one, data, bounds, cube))
    names = [one[1] for one in found]
    return [
        JoinedVariable(
            variable if names.count(variable) == 1 else f"{name}_{variable}",
            data, bounds, cube, base,
        )
        for name, variable, data, bounds, cube in found
    ]  # fmt: skip


def _opened(source: Source, number: int) -> tuple[str, xr.Dataset, Cube | None, str | None]:
    """Return name, lazy dataset, cube and chosen variable of a source."""
    if isinstance(source, xr.Dataset):
        return f"dataset{number + 1}", source, None, None
    if isinstance(source, Cube):
        return source.name, _of_cube(source), source, None
    name, _, variable = source.partition("/")
    try:
        cube = open_cube(name)
    except CubeNotFoundError:
        opened = open_source(name)
        if not isinstance(opened, xr.Dataset):
            message = f"The source {name!r} is no grid; align its points to cells first."
            raise ValueError(message) from None
        return name, opened, None, variable or None
    return name, _of_cube(cube), cube, variable or None


def _of_cube(cube: Cube) -> xr.Dataset:
    dataset = cube.dataset("map")
    return dataset.assign_attrs(static=cube.static)
