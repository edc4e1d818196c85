"""What all measurements share: synthetic grids, timing, the machine's name, tables."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dask.array as da
import numpy as np
import pandas as pd
import psutil
import xarray as xr


def machine() -> str:
    """One line that names the machine and says how busy it was; called before the measurement."""
    names = Path("/proc/cpuinfo")
    model = platform.processor()
    if names.is_file():
        lines = [line for line in names.read_text().splitlines() if line.startswith("model name")]
        model = lines[0].split(":")[1].strip() if lines else model
    memory = psutil.virtual_memory().total / 2**30
    loads, processors = os.getloadavg(), psutil.cpu_count() or 1
    load = "/".join(f"{value:.1f}" for value in loads)
    crowded = " (other programs kept the processors busy: the times are upper bounds)"
    return (
        f"{model}, {processors} processors, {memory:.0f} GiB, {platform.system()}, "
        f"Python {platform.python_version()}, {pd.Timestamp.now('UTC'):%Y-%m-%d}, "
        f"load before it {load}{crowded * (loads[0] > 0.8 * processors)}"
    )


def timed(work: Callable[..., Any], *args: object, **named: object) -> tuple[float, Any]:
    """Milliseconds that one call takes, and its result."""
    begin = time.perf_counter()
    result = work(*args, **named)
    return 1e3 * (time.perf_counter() - begin), result


def silent(done: int, total: int) -> None:
    """Progress that nobody watches."""


def middle_and_tail(times: list[float]) -> tuple[float, float]:
    """Median and 95th percentile."""
    return float(np.median(times)), float(np.percentile(times, 95))


def print_table(head: list[str], rows: list[list[object]]) -> None:
    """Table in Markdown."""
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for row in rows:
        cells = [f"{cell:.2f}" if isinstance(cell, float) else str(cell) for cell in row]
        print("| " + " | ".join(cells) + " |")
    print(flush=True)


@contextmanager
def work_folder(given: str | None) -> Iterator[Path]:
    """Folder for large files, which are deleted at the end; it becomes the cache."""
    parent = Path(given).absolute() if given else None
    if parent is not None:
        parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="qazcube-bench-", dir=parent))
    os.environ["QAZCUBE_CACHE"] = str(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def synthetic(times: int, rows: int, columns: int, band: int | None = None) -> xr.Dataset:
    """Lazy grid of smooth waves and noise, float32, nothing in memory.

    Parameters
    ----------
    times, rows, columns : int
    band : int, optional
        Rows that are made together; all if not given.
    """
    lat = (np.arange(rows) + 0.5) * 180 / rows - 90
    lon = (np.arange(columns) + 0.5) * 360 / columns - 180
    wave = np.sin(np.radians(lon * 3)).astype(np.float32)

    def block(block_info: dict) -> np.ndarray:
        (first, last), (south, north), _ = block_info[None]["array-location"]
        rng = np.random.default_rng([first, south])
        shape = (last - first, north - south, columns)
        values = rng.standard_normal(shape, dtype=np.float32)
        values += 10 * np.cos(np.radians(lat[south:north], dtype=np.float32))[:, None] * wave
        return values

    heights = tuple(min(band or rows, rows - start) for start in range(0, rows, band or rows))
    chunks = ((1,) * times, heights, (columns,))
    meta = np.empty((0, 0, 0), np.float32)
    values = da.map_blocks(block, chunks=chunks, dtype=np.float32, meta=meta)
    attrs = {"units": "1", "long_name": "Waves", "source": "Made up", "simulated": True}
    return xr.Dataset(
        {"waves": (("time", "latitude", "longitude"), values, attrs)},
        {
            "time": pd.date_range("2000", periods=times, freq="MS").as_unit("ns"),
            "latitude": lat,
            "longitude": lon,
        },
        {"static": True} if times == 1 else {},
    )
