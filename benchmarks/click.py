"""A click: Cube.series against the least that any reader must do, and against xarray with Dask.

    python benchmarks/click.py [--work FOLDER] [--times 240 --rows 1800 --columns 3600]

Writes about 8 GB into FOLDER and deletes it at the end.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

# The folder of a script comes first on the path, where this file would stand for the package click.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

import numpy as np  # noqa: E402
import xarray as xr  # noqa: E402
from numcodecs import blosc  # noqa: E402

from analysis.cubes import Cube, ingest  # noqa: E402
from benchmarks.measure import (  # noqa: E402
    machine,
    middle_and_tail,
    print_table,
    silent,
    synthetic,
    timed,
    work_folder,
)

FLOOR = "floor: open, index, read, decompress"


class Floor:
    """The least work for one series: open the file, find the piece, read it, decompress it."""

    def __init__(self, cube: Cube) -> None:
        snapshot = cube._snapshot()
        layout = snapshot.meta.layout
        self.folder = snapshot.data / "series" / "waves" / "c" / "0"
        self.side, self.inner, self.times = layout.series_file, layout.inner, layout.shape[0]
        self.pieces = (self.side // self.inner) ** 2

    def file(self, row: int, column: int) -> Path:
        """File that holds a cell."""
        return self.folder / str(row // self.side) / str(column // self.side)

    def read(self, row: int, column: int) -> np.ndarray:
        """Series of a cell; the index at the end of a zarr v3 shard gives the piece's place."""
        y, x = row % self.side, column % self.side
        piece = (y // self.inner) * (self.side // self.inner) + x // self.inner
        descriptor = os.open(self.file(row, column), os.O_RDONLY)
        try:
            size = os.fstat(descriptor).st_size
            place = size - 4 - 16 * (self.pieces - piece)
            offset, length = np.frombuffer(os.pread(descriptor, 16, place), "<u8")
            packed = os.pread(descriptor, int(length), int(offset))
        finally:
            os.close(descriptor)
        values = np.frombuffer(blosc.decompress(packed), "<f4")
        cells = values.reshape(self.times, self.inner, self.inner)
        return cells[:, y % self.inner, x % self.inner]

    def forget(self, row: int, column: int) -> None:
        """Drop the cell's file from the page cache of the system."""
        descriptor = os.open(self.file(row, column), os.O_RDONLY)
        try:
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(descriptor)


def as_xarray(cube: Cube, folder: Path, chunks: dict | None) -> xr.Dataset:
    """Open the cube's own series copy with xarray."""
    stored = folder / "view.zarr"
    if not stored.exists():
        coords = {"time": cube.times, "latitude": cube.latitudes, "longitude": cube.longitudes}
        xr.Dataset(coords=coords).to_zarr(stored, zarr_format=3, consolidated=False)
        (stored / "waves").symlink_to(cube._snapshot().data / "series" / "waves")
    return xr.open_zarr(stored, consolidated=False, chunks=chunks)


def run(cube: Cube, folder: Path, clicks: int) -> list[list[object]]:
    """Measure all readers; rows of the table."""
    floor = Floor(cube)
    lazy, tasks = as_xarray(cube, folder, None), as_xarray(cube, folder, {})
    lons, lats = cube.longitudes, cube.latitudes

    def nearest(ds: xr.Dataset) -> Callable[[int, int], np.ndarray]:
        def read(row: int, column: int) -> np.ndarray:
            point = ds["waves"].sel(longitude=lons[column], latitude=lats[row], method="nearest")
            return point.load().to_numpy()

        return read

    readers: dict[str, Callable[[int, int], np.ndarray]] = {
        FLOOR: floor.read,
        "Cube.series": lambda row, column: cube.series(lons[column], lats[row]).to_numpy(),
        "xarray without Dask": nearest(lazy),
        "xarray with Dask": nearest(tasks),
    }
    rng = np.random.default_rng(0)
    rows: list[list[object]] = []
    for name, read in readers.items():
        row: list[object] = [name]
        for cold in (False, True):
            own, least = [], []
            for _ in range(clicks):
                place = int(rng.integers(lats.size)), int(rng.integers(lons.size))
                spent, expected = pair(floor, floor.read, place, cold)
                least.append(spent)
                spent, found = pair(floor, read, place, cold)
                own.append(spent)
                if not np.array_equal(found, expected):
                    raise RuntimeError(f"{name} read something else than the floor at {place}")
            tail = middle_and_tail(own[5:])  # the first ones open files
            row += [*tail, tail[0] / middle_and_tail(least[5:])[0]]
        rows.append(row)
    return rows


def pair(
    floor: Floor, read: Callable[[int, int], np.ndarray], place: tuple[int, int], cold: bool
) -> tuple[float, np.ndarray]:
    """Time one read, with the page cache as it should be: warm, or without the cell's file."""
    if cold:
        floor.forget(*place)
    else:
        floor.read(*place)
    return timed(read, *place)


def main() -> None:
    """Make the cube, measure, print, delete."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", help="folder with 10 GB of free space")
    for name, default in (("times", 240), ("rows", 1800), ("columns", 3600), ("clicks", 300)):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    print(machine())
    with work_folder(given.work) as folder:
        begin = time.perf_counter()
        ds = synthetic(given.times, given.rows, given.columns)
        cube = ingest(ds, "click", progress=silent)
        size = 4 * given.times * given.rows * given.columns
        spent = time.perf_counter() - begin
        rate = size / 1e6 / spent
        print(f"ingest of {size / 1e9:.1f} GB, made on the way: {spent:.0f} s, {rate:.0f} MB/s")
        print(
            f"most memory so far: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f} MB"
        )
        head = ["reader", "warm median ms", "p95", "x floor", "cold median ms", "p95", "x floor"]
        print_table(head, run(cube, folder, given.clicks))
        print(machine())


if __name__ == "__main__":
    main()
