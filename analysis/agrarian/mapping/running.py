"""Work through the tiles of a map with some threads, into memory or into a folder that resumes."""

from __future__ import annotations

import itertools
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from analysis.agrarian.legends import Legend
from analysis.agrarian.mapping.files import write_cog
from analysis.agrarian.mapping.grid import Grid
from analysis.agrarian.mapping.layers import Layers
from analysis.agrarian.mapping.store import (
    LAND,
    LAYERS,
    as_dataset,
    create_map,
    open_map,
    write_tile,
)
from analysis.cubes.journal import Journal, exclusive
from analysis.learning import Cancelled

Progress = Callable[[int, int, str], None]
Tile = tuple[slice, slice]


@dataclass(frozen=True)
class Work:
    """A map to be made: what of, how, and a fingerprint of both.

    Attributes
    ----------
    grid : Grid
    legend : Legend
    size : tuple of int
        Rows and columns of a tile.
    one : callable
        Makes the layers of a tile; called from several threads.
    key : str
        Equal for equal work, so that an interrupted map is known again.
    attrs : mapping
        About the map.
    """

    grid: Grid
    legend: Legend
    size: tuple[int, int]
    one: Callable[[Tile], Layers]
    key: str
    attrs: Mapping[str, Any]


def make_map(
    work: Work,
    out: Any = None,
    *,
    workers: int = 1,
    resume: bool = True,
    overwrite: bool = False,
    progress: Progress | None = None,
    cancel: Callable[[], bool] | None = None,
) -> xr.Dataset:
    """Make a map in memory, in a folder, or as GeoTIFF files beside a folder.

    Parameters
    ----------
    work : Work
        What to do.
    out, workers, resume, overwrite, progress, cancel
        As in :func:`analysis.agrarian.mapping.classify`.

    Returns
    -------
    xarray.Dataset
        The map.

    Raises
    ------
    ValueError, Cancelled, analysis.cubes.CubeBusyError
        As :func:`analysis.agrarian.mapping.classify`.
    """
    if workers < 1:
        raise ValueError(f"workers={workers}; it is 1 or more.")
    if out is None:
        return _in_memory(work, workers, progress, cancel)
    target = Path(out)
    cloud = target.suffix.lower() in (".tif", ".tiff")
    folder = target.with_suffix(".zarr") if cloud else target
    _Run(folder, work).make(workers, resume, overwrite, progress, cancel)
    made = open_map(folder)
    for layer in LAYERS if cloud else ():
        end = "" if layer == LAND else f"_{layer}"
        write_cog(made, target.with_name(f"{target.stem}{end}{target.suffix}"), layer)
    return made


class _Run:
    """A map being written: beside its place, with a journal, then moved in one step."""

    def __init__(self, folder: Path, work: Work) -> None:
        self.folder, self.work = folder, work
        self.part = folder.with_name(folder.name + ".part")

    def make(
        self,
        workers: int,
        resume: bool,
        overwrite: bool,
        progress: Progress | None,
        cancel: Callable[[], bool] | None,
    ) -> None:
        """Write what is lacking, then put the map into its place."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        lock = self.folder.with_name(f".{self.folder.name}.lock")
        with exclusive(lock, self.folder.name):
            if self.folder.exists() and self._is_done(resume, overwrite):
                return
            group, journal = self._open(resume)
            done = {tuple(one["tile"]) for one in journal.entries}
            tiles = list(tiles_of(self.work.grid.shape, self.work.size))
            todo = [one for one in tiles if (one[0].start, one[1].start) not in done]
            guard = threading.Lock()

            def write(place: Tile, layers: Layers) -> None:
                write_tile(group, *place, layers)
                with guard:
                    journal.add({"tile": [place[0].start, place[1].start]})

            _do(self.work, todo, len(tiles), workers, write, progress, cancel)
            if self.folder.exists():
                shutil.rmtree(self.folder)
            self.part.rename(self.folder)  # killed before this, the next run has nothing to do
            (self.folder / "journal.jsonl").unlink()
        lock.unlink(missing_ok=True)

    def _is_done(self, resume: bool, overwrite: bool) -> bool:
        """Whether the map that is there is the one wanted."""
        if not (self.folder / "zarr.json").is_file():
            raise ValueError(f"{self.folder} is there and is no map; choose another place.")
        there = open_map(self.folder).attrs.get("key")
        if there == self.work.key and resume and not overwrite:
            return True
        if there != self.work.key and not overwrite:
            raise ValueError(
                f"{self.folder} holds the map of another cube, model or choice; choose another "
                "place or give overwrite=True."
            )
        return False

    def _open(self, resume: bool) -> tuple[Any, Journal]:
        """Open what an interrupted run left, or begin."""
        import zarr

        journal = Journal(self.part / "journal.jsonl")
        if resume and journal.header == {"key": self.work.key}:
            journal.mend()
            return zarr.open_group(self.part, mode="r+"), journal
        if self.part.exists():
            shutil.rmtree(self.part)
        work = self.work
        attrs = dict(work.attrs) | {"key": work.key}
        group = create_map(self.part, work.grid, work.legend, work.size, attrs)
        journal.start({"key": self.work.key})
        return group, journal


def _in_memory(
    work: Work,
    workers: int,
    progress: Progress | None,
    cancel: Callable[[], bool] | None,
) -> xr.Dataset:
    """Make all tiles into a map in memory."""
    shape = work.grid.shape
    whole = Layers(
        np.zeros(shape, np.uint8),
        np.zeros((len(work.legend), *shape), np.uint16),
        *(np.zeros(shape, np.uint16) for _ in range(2)),
    )

    def write(place: Tile, layers: Layers) -> None:
        for name in ("land", "probability", "entropy", "margin"):
            getattr(whole, name)[(..., *place)] = getattr(layers, name)

    every = list(tiles_of(work.grid.shape, work.size))
    _do(work, every, len(every), workers, write, progress, cancel)
    return as_dataset(work.grid, work.legend, whole, work.attrs)


def _do(
    work: Work,
    todo: list[Tile],
    total: int,
    workers: int,
    write: Callable[[Tile, Layers], None],
    progress: Progress | None,
    cancel: Callable[[], bool] | None,
) -> None:
    """Do all tiles with some threads; at most two tiles a thread are under way."""
    done = total - len(todo)

    def tell() -> None:
        if progress is not None:
            progress(done, total, "")

    def one(place: Tile) -> None:
        write(place, work.one(place))

    tell()
    left = iter(todo)
    running: set[Future[None]] = set()
    with ThreadPoolExecutor(workers) as pool:
        try:
            while True:
                if cancel is not None and cancel():
                    raise Cancelled(f"Stopped after {done} of {total} tiles; they are kept.")
                for place in itertools.islice(left, 2 * workers - len(running)):
                    running.add(pool.submit(one, place))
                if not running:
                    return
                finished, running = wait(running, return_when=FIRST_COMPLETED)
                for future in finished:
                    future.result()
                    done += 1
                tell()
        finally:
            for future in running:
                future.cancel()


def tiles_of(shape: tuple[int, int], size: tuple[int, int]) -> Iterator[Tile]:
    """Yield the tiles of a grid, row by row."""
    for top in range(0, shape[0], size[0]):
        for left in range(0, shape[1], size[1]):
            yield (
                slice(top, min(top + size[0], shape[0])),
                slice(left, min(left + size[1], shape[1])),
            )
