"""Z-scores of a daily cube from Zarr to Zarr: ours, a plain copy, xarray's groupby, flox.

Each method runs in a process of its own, so that its peak of memory is its own; methods take turns,
so that a busy machine disturbs all alike, and their processor time is told beside the time on the
clock. Also norms of cubes, clicks, maps, and 50,000 events joined with a cube.

    python benchmarks/anomaly.py            # 20 years, 0.25 degree, a part of the world
    python benchmarks/anomaly.py --rows 720 --columns 1440 --only copy,ours   # all of it: 60 GB
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[:] = [one for one in sys.path if Path(one).resolve() != HERE]  # click.py is a package too

STEPS = 7305
SIDE = 30
METHODS = {
    "copy": "plain lazy copy",
    "ours": "zscore, days alone",
    "window": "zscore, window of 15 days",
    "causal": "zscore, earlier years only",
    "flox": "xarray groupby with flox",
    "groupby": "xarray groupby without flox",
}
LIMIT = 150  # seconds
MONTHS = 60


def axes(rows: int, columns: int) -> dict[str, Any]:
    """Coordinates of a part of the world on a grid of a quarter of a degree."""
    import pandas as pd

    times = pd.date_range("2003-01-01", periods=STEPS)
    latitude = np.arange(rows) * 0.25 - (rows - 1) * 0.125
    longitude = np.arange(columns) * 0.25 - (columns - 1) * 0.125
    return {"time": times, "latitude": latitude, "longitude": longitude}


def make(store: Path, rows: int, columns: int) -> None:
    """Write a cube of a yearly course and noise, a tenth of it missing, in chunks of all times."""
    import zarr

    shape, chunks = (STEPS, rows, columns), (STEPS, SIDE, SIDE)
    array = zarr.create_array(store, shape=shape, chunks=chunks, dtype="f4", fill_value=np.nan)
    course = 15 * np.sin(2 * np.pi * np.arange(STEPS) / 365.2425)
    for row in range(0, rows, SIDE):
        generator = np.random.default_rng(row)
        for column in range(0, columns, SIDE):
            block = generator.normal(10, 4, (STEPS, SIDE, SIDE)).astype("f4")
            block += course.astype("f4")[:, None, None]
            block[generator.random(block.shape, dtype="f4") < 0.1] = np.nan
            array[:, row : row + SIDE, column : column + SIDE] = block[:, : rows - row]


def run(method: str, store: Path, target: Path, rows: int, columns: int) -> dict[str, float]:
    """Run one method; seconds, peak of memory over the start, and a checksum."""
    import dask.array as da
    import xarray as xr
    import zarr

    from analysis.features import zscore
    from analysis.yearly import Season

    dims = ("time", "latitude", "longitude")
    warm = xr.DataArray(np.ones((STEPS, 1, 1), "f4"), axes(1, 1), dims)
    zscore(warm, by="dayofyear")
    zscore(warm, window=1, by="dayofyear", causal=True)
    lazy = da.from_zarr(store)
    cube = xr.DataArray(lazy, axes(rows, columns), dims)
    before = peak()
    begin, work = time.perf_counter(), time.process_time()
    if method == "copy":
        result = cube
    elif method in ("ours", "window", "causal"):
        window = 15 if method == "window" else 1
        result = zscore(cube, window=window, by="dayofyear", minimum=2, causal=method == "causal")
    else:
        day = Season("dayofyear").slots(cube["time"].to_numpy())  # the same days as ours
        cube = cube.assign_coords(day=("time", day))
        with xr.set_options(use_flox=method == "flox"):
            groups = cube.groupby("day")
            apart = (groups - groups.mean()).groupby("day")
            result = (apart / groups.std(ddof=1)).transpose(*dims).drop_vars("day")
    written = result.data.rechunk(lazy.chunks).astype("f4")
    out = zarr.create_array(target, shape=lazy.shape, chunks=lazy.chunksize, dtype="f4")
    da.store(written, out, lock=False)
    taken, work = time.perf_counter() - begin, time.process_time() - work
    sample = np.asarray(out[:, 0, 0], dtype="f8")
    return {
        "seconds": taken,
        "cpu": work,
        "peak": peak() - before,
        "total": peak(),
        "sum": np.nansum(sample**2),
    }


def peak() -> float:
    """Peak of the memory of this process, MB."""
    with Path("/proc/self/status").open() as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024


def _quiet(done: int, total: int) -> None:
    """Show no bar."""


def clicks_and_maps(folder: Path, rows: int, columns: int, store: Path) -> dict[str, float]:
    """Make the norm of the daily cube; how long it takes, and a click."""
    import dask.array as da
    import xarray as xr

    os.environ["QAZCUBE_CACHE"] = str(folder)
    from analysis.cubes import ingest, norms

    attrs = {"units": "degC", "long_name": "LST", "source": "benchmark", "simulated": True}
    dims = ("time", "latitude", "longitude")
    data = xr.Dataset({"lst": (dims, da.from_zarr(store), attrs)}, axes(rows, columns))
    cube = ingest(data, "days", overwrite=True, progress=_quiet)
    begin = time.perf_counter()
    norm = norms.of(cube)
    found = {"daily cube: norm, s": time.perf_counter() - begin}
    size = sum(one.stat().st_size for one in norm.folder.parent.rglob("*") if one.is_file())
    whole = sum(one.stat().st_size for one in cube.path.rglob("*") if one.is_file())
    found["daily cube: size of the norm, % of the cube"] = 100 * size / (whole - size)
    places = np.random.default_rng(0).uniform(size=(40, 2))
    west, south, east, north = cube.bounds
    points = [west, south] + places * [east - west, north - south]
    found |= timed("daily cube: click, ms", lambda turn: norms.series(cube, *points[turn]), 40)
    return found


def timed(name: str, work: Any, turns: int) -> dict[str, float]:
    """Median and 95th percentile of some turns, ms; the first one is not counted."""
    work(0)
    taken, used = [], []
    for turn in range(turns):
        begin, before = time.perf_counter(), time.process_time()
        work(turn)
        taken.append(1e3 * (time.perf_counter() - begin))
        used.append(1e3 * (time.process_time() - before))
    return {
        name: float(np.median(taken)),
        f"{name} (p95)": float(np.percentile(taken, 95)),
        f"{name} (processor)": float(np.median(used)),
    }


def world(folder: Path) -> dict[str, float]:
    """Months of the whole world on a quarter of a degree: maps of it, and 50,000 events joined."""
    import pandas as pd
    import xarray as xr

    os.environ["QAZCUBE_CACHE"] = str(folder)
    from analysis.cubes import ingest, norms
    from analysis.seismic.joined import join_satellites

    months = pd.date_range("2015-01-01", periods=MONTHS, freq="MS")
    places = {"latitude": np.arange(-89.875, 90, 0.25), "longitude": np.arange(-179.875, 180, 0.25)}
    generator = np.random.default_rng(0)
    values = generator.normal(10, 4, (MONTHS, 720, 1440)).astype("f4")
    attrs = {"units": "degC", "long_name": "LST", "source": "benchmark", "simulated": True}
    dims = ("time", "latitude", "longitude")
    data = xr.Dataset({"lst": (dims, values, attrs)}, {"time": months, **places})
    cube = ingest(data, "world", overwrite=True, progress=_quiet)
    begin = time.perf_counter()
    norm = norms.of(cube)
    found = {"world: norm, s": time.perf_counter() - begin}
    steps = generator.integers(0, MONTHS, 30)
    whole = (-180.0, -90.0, 180.0, 90.0)
    found |= timed(
        "world: map of values, ms", lambda n: cube.view(int(steps[n]), whole, 1200, 600), 30
    )
    for kind in ("departure", "zscore"):
        found |= timed(
            f"world: map of {kind}, ms",
            lambda n, kind=kind: norm.view(int(steps[n]), whole, 1200, 600, kind=kind),
            30,
        )
    near = (60.0, 35.0, 90.0, 50.0)
    found |= timed(
        "world: map of a region (zscore), ms",
        lambda n: norm.view(int(steps[n]), near, 1200, 600, kind="zscore"),
        30,
    )
    count = 50_000
    seconds = generator.integers(0, MONTHS * 30 * 86400, count)
    events = pd.DataFrame(
        {
            "time": months[0] + pd.to_timedelta(seconds, unit="s"),
            "longitude": generator.uniform(-180, 180, count),
            "latitude": np.degrees(np.arcsin(generator.uniform(-1, 1, count))),
        }
    )
    begin = time.perf_counter()
    table = join_satellites(events, cube, lags=("0D", "-10D", "-30D"), radii=(0, 100, 300))
    found["50,000 events x 3 lags x 3 radii: lazy table, s"] = time.perf_counter() - begin
    begin, before = time.perf_counter(), time.process_time()
    rows = len(table.compute())
    found["50,000 events x 3 lags x 3 radii: computed, s"] = time.perf_counter() - begin
    found["50,000 events x 3 lags x 3 radii: processor, s"] = time.process_time() - before
    found["50,000 events x 3 lags x 3 radii: rows"] = rows
    return found


def child(arguments: list[str]) -> dict[str, float] | None:
    """Run a part of this program in a process of its own."""
    command = [sys.executable, __file__, *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=False)
    except subprocess.TimeoutExpired:
        return None
    if done.returncode:
        print(done.stderr[-800:])
        return None
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Make the cube, run the methods in turn, print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=120)
    parser.add_argument("--columns", type=int, default=240)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default=",".join(METHODS))
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--child", nargs=3, metavar=("METHOD", "STORE", "TARGET"))
    chosen = parser.parse_args()
    size = chosen.rows, chosen.columns
    if chosen.child:
        method, store, target = chosen.child
        if method == "world":
            found = world(Path(target))
        elif method == "cube":
            found = clicks_and_maps(Path(target), *size, Path(store))
        else:
            found = run(method, Path(store), Path(target), *size)
        print(json.dumps({key: float(value) for key, value in found.items()}))
        return
    folder = Path(tempfile.mkdtemp(prefix="anomaly-", dir=chosen.folder))
    try:
        compare(folder, size, chosen.only.split(","), chosen.rounds)
    finally:
        shutil.rmtree(folder)


def compare(folder: Path, size: tuple[int, int], methods: list[str], rounds: int) -> None:
    """Run the methods in turn and print their table."""
    rows, columns = size
    needed = 4 * STEPS * rows * columns * 2.2
    free = shutil.disk_usage(folder).free
    if needed > 0.8 * free:
        sys.exit(f"{needed / 1e9:.0f} GB are needed, {free / 1e9:.0f} GB are free in {folder}.")
    store = folder / "cube.zarr"
    make(store, rows, columns)
    raw = 4 * STEPS * rows * columns / 1e9
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, load {load}")
    print(f"{STEPS} x {rows} x {columns} float32, {raw:.2f} GB, chunks {STEPS} x {SIDE} x {SIDE}\n")
    extent = ["--rows", str(rows), "--columns", str(columns)]
    results: dict[str, list[dict[str, float]]] = {method: [] for method in methods}
    for _ in range(rounds):
        for method in list(methods):
            target = folder / "target.zarr"
            shutil.rmtree(target, ignore_errors=True)
            found = child([*extent, "--child", method, str(store), str(target)])
            if found is None:
                methods = [one for one in methods if one != method]  # once is enough
            else:
                results[method].append(found)
    copies = results.get("copy") or [{"seconds": np.nan, "cpu": np.nan}]
    floor = {key: float(np.median([one[key] for one in copies])) for key in ("seconds", "cpu")}
    print("| method | s | times a copy | CPU s | times a copy | peak MB | over the start | check |")
    print("|---|---|---|---|---|---|---|---|")
    for method, found in results.items():
        if not found:
            print(f"| {METHODS[method]} | more than {LIMIT}, stopped | | | | | | |")
            continue
        over, most = (max(one[key] for one in found) for key in ("peak", "total"))
        cells = ""
        for key, least in floor.items():
            middle = float(np.median([one[key] for one in found]))
            cells += f"{middle:.2f} | {middle / least:.2f} | "
        cells += f"{most:.0f} | {over:.0f}"
        print(f"| {METHODS[method]} | {cells} | {found[0]['sum']:.3f} |")
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    print(f"\nLoad at the end: {load}. Rounds: {rounds}.")
    for part in ("cube", "world"):
        found_here = child([*extent, "--child", part, str(store), str(folder / part)])
        for key, value in (found_here or {}).items():
            print(f"- {key}: {value:,.2f}")


if __name__ == "__main__":
    main()
