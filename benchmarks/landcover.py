"""Classify a made-up cube by random forest: ours, bare `predict`, plain rasterio windows.

Each method runs in a process of its own, so that its peak of memory is its own; methods take turns,
so that a busy machine disturbs all alike, and their processor time is told beside the time on the
clock. `bare` is only the time inside `predict` on the same pixels, read beforehand. Then a run is
killed (SIGKILL) half-way and resumed, and the maps are compared.

    python benchmarks/landcover.py                         # 1500 x 1500 pixels, 24 steps
    python benchmarks/landcover.py --side 10000 --only bare,ours2 --kill    # all of it
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[:] = [one for one in sys.path if Path(one).resolve() != HERE]  # click.py is a package too
sys.path.insert(0, str(HERE.parent))

STEPS = 24
TILE = 512
LABELS = ("arable", "fallow", "pasture", "hayfield", "forest", "water")
METHODS = {
    "bare": "bare `predict`, pixels in memory",
    "ours": "`classify`, 1 worker",
    "ours2": "`classify`, 2 workers",
    "windows": "plain rasterio windows, class only",
}


def courses() -> Any:
    """NDVI of each class through a season, (class, step)."""
    days = np.linspace(0, 1, STEPS)
    peaks = [(0.55, 0.15, 0.75), (0.5, 0.25, 0.3), (0.35, 0.2, 0.45), (0.4, 0.18, 0.65)]
    peaks += [(0.5, 0.3, 0.85), (0.5, 0.3, -0.1)]
    return np.array([0.15 + (top - 0.15) * np.exp(-(((days - m) / w) ** 2)) for m, w, top in peaks])


def block(rows: slice, columns: slice) -> Any:
    """Made-up NDVI of a block: int16 of 10,000, (step, row, column)."""
    rng = np.random.default_rng([rows.start, columns.start])
    down, across = np.mgrid[rows, columns]
    kinds = ((down // 37) * 7 + (across // 53) * 3) % len(LABELS)
    values = np.moveaxis(courses().astype(np.float32)[kinds], -1, 0) * np.float32(10_000)
    values = values + np.float32(1_200) * rng.standard_normal(values.shape, np.float32)
    return np.clip(values, -3_000, 10_000).astype(np.int16)


def make(folder: Path, side: int, tif: bool) -> None:
    """Write the cube as Zarr, and as a GeoTIFF of 24 bands for the peer; fit the forest."""
    import rasterio
    import zarr
    from rasterio.transform import from_origin

    group = zarr.open_group(folder / "cube.zarr", mode="w")
    shape, dims = (STEPS, side, side), ("time", "y", "x")
    ndvi = group.create_array(
        "ndvi", shape=shape, chunks=(STEPS, TILE, TILE), dtype="i2", dimension_names=dims
    )
    ndvi.attrs.update({"scale_factor": 1e-4, "simulated": True})
    for name, axis in (
        ("y", 5_900_000 - 10.0 * np.arange(side)),
        ("x", 3e5 + 10.0 * np.arange(side)),
    ):
        group.create_array(name, data=axis, dimension_names=(name,))
    group.create_array("time", data=np.arange(STEPS), dimension_names=("time",))
    profile = {
        "driver": "GTiff",
        **{"count": STEPS, "height": side, "width": side, "dtype": "int16", "tiled": True},
        **{"blockxsize": TILE, "blockysize": TILE, "compress": "zstd", "bigtiff": "yes"},
        **{"crs": "EPSG:32642", "transform": from_origin(3e5, 5_900_000, 10, 10)},
    }
    file = rasterio.open(folder / "cube.tif", "w", **profile) if tif else None
    for top in range(0, side, TILE):
        for left in range(0, side, TILE):
            rows, columns = (slice(a, min(a + TILE, side)) for a in (top, left))
            values = block(rows, columns)
            ndvi[:, rows, columns] = values
            if file is not None:
                window = rasterio.windows.Window(left, top, values.shape[2], values.shape[1])
                file.write(values, window=window)
    if file is not None:
        file.close()


def fit(folder: Path, trees: int) -> None:
    """Fit a random forest to 1,218 samples of the same land."""
    import joblib
    from sklearn.ensemble import RandomForestClassifier

    rng = np.random.default_rng(3)
    kinds = rng.integers(0, len(LABELS), 1218)
    values = (courses()[kinds] + rng.normal(0, 0.12, (1218, STEPS))).astype(np.float32)
    model = RandomForestClassifier(trees, random_state=0, n_jobs=1)
    joblib.dump(model.fit(values, np.array(LABELS)[kinds]), folder / "model.joblib")


def run(method: str, folder: Path) -> dict[str, Any]:
    """Do one method in this process and tell its time, its memory and what came out."""
    import joblib

    model = joblib.load(folder / "model.joblib")
    start = {"start_mb": peak(), **dict(zip(("wall", "cpu"), clocks(), strict=True))}
    work = {"bare": bare, "windows": windows, "ours": ours, "ours2": ours}[method]
    out = work(folder, model, 2 if method == "ours2" else 1)
    wall, cpu = clocks()
    found = {"seconds": wall - start["wall"], "cpu": cpu - start["cpu"], "peak_mb": peak()}
    return found | out | {"start_mb": start["start_mb"]}


def clocks() -> tuple[float, float]:
    """Seconds on the clock and of the processor."""
    return time.perf_counter(), time.process_time()


def peak() -> float:
    """Greatest memory of this process so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def bare(folder: Path, model: Any, _workers: int) -> dict[str, Any]:
    """Time inside `predict` alone, a tile at a time; of a large cube 36 tiles spread over it."""
    import zarr

    ndvi = zarr.open_group(folder / "cube.zarr", mode="r")["ndvi"]
    seconds = cpu = 0.0
    pixels = 0
    starts = np.arange(0, ndvi.shape[1], TILE)
    starts = starts[np.unique(np.linspace(0, starts.size - 1, 6).astype(int))]
    for top in starts:
        for left in starts:
            values = ndvi[:, top : top + TILE, left : left + TILE]
            flat = np.ascontiguousarray(values.reshape(STEPS, -1).T * np.float32(1e-4))
            wall, used = clocks()
            model.predict(flat)
            after = clocks()
            seconds, cpu = seconds + after[0] - wall, cpu + after[1] - used
            pixels += len(flat)
    return {"seconds": seconds, "cpu": cpu, "pixels": pixels, "check": ""}


def windows(folder: Path, model: Any, _workers: int) -> dict[str, Any]:
    """Read, predict and write the class with rasterio alone."""
    import rasterio

    codes = {label: number for number, label in enumerate(model.classes_, start=1)}
    with rasterio.open(folder / "cube.tif") as file:
        profile = file.profile | {"count": 1, "dtype": "uint8", "nodata": 0}
        with rasterio.open(folder / "windows.tif", "w", **profile) as out:
            for _, window in file.block_windows(1):
                values = file.read(window=window)
                flat = values.reshape(STEPS, -1).T * np.float32(1e-4)
                found = model.predict(flat)
                land = np.vectorize(codes.get, otypes=["u1"])(found)
                out.write(land.reshape(values.shape[1:]), 1, window=window)
    with rasterio.open(folder / "windows.tif") as out:
        return {"check": hashlib.sha256(out.read(1).tobytes()).hexdigest()[:12]}


def ours(folder: Path, model: Any, workers: int) -> dict[str, Any]:
    """Classify with everything: class, probabilities, entropy, margin, resume."""
    import xarray as xr

    from analysis.agrarian.mapping import classify

    cube = xr.open_zarr(folder / "cube.zarr", consolidated=False, decode_times=False)
    out = folder / f"map{workers}"
    begin = clocks()
    classify(cube[["ndvi"]], model, out, crs="EPSG:32642", workers=workers)
    end = clocks()
    used = {"seconds": end[0] - begin[0], "cpu": end[1] - begin[1], "peak_mb": peak()}
    return used | {"check": check(out)}


def check(out: Path) -> str:
    """Fingerprint of the classes of a map, read in strips."""
    from analysis.agrarian.mapping import open_map

    land, found = open_map(out)["class"], hashlib.sha256()
    for top in range(0, land.shape[0], TILE):
        found.update(land[top : top + TILE].to_numpy().tobytes())
    return found.hexdigest()[:12]


def child(method: str, folder: Path, *, wait: bool = True) -> Any:
    """Start one method in a process of its own."""
    command = [sys.executable, __file__, "--child", method, "--folder", str(folder)]
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    env = os.environ | threads
    if not wait:
        return subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL)
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def kill_and_resume(folder: Path, side: int, method: str) -> dict[str, Any]:
    """Kill a run at half of its tiles, start it again; tell how much was kept."""
    name = "map2" if method == "ours2" else "map1"
    shutil.rmtree(folder / name, ignore_errors=True)
    journal = folder / f"{name}.part" / "journal.jsonl"
    tiles = (-(-side // TILE)) ** 2
    begin = time.perf_counter()
    process = child(method, folder, wait=False)
    first = 0.0
    while process.poll() is None:
        first = max(first, _high_water(process.pid))
        if journal.is_file() and len(journal.read_text().splitlines()) > tiles // 2:
            process.send_signal(signal.SIGKILL)
            break
        time.sleep(0.05)
    process.wait()
    spent = time.perf_counter() - begin
    kept = len(journal.read_text().splitlines()) - 1
    again = child(method, folder)
    return {"kept": kept, "tiles": tiles, "before": spent, "first_mb": first} | again


def _high_water(process: int) -> float:
    """Greatest memory of a running process, MB."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0.0
    found = [int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")]
    return found[0] if found else 0.0


def report(found: dict[str, list[dict[str, Any]]], side: int) -> None:
    """Print the table; speeds in thousands of pixels a second, shares of the bare one."""
    from benchmarks.measure import print_table

    rows = []
    speed = {
        method: {
            key: float(np.median([one.get("pixels", side**2) / one[key] for one in runs])) / 1e3
            for key in ("seconds", "cpu")
        }
        for method, runs in found.items()
    }
    for method, runs in found.items():
        own, base = speed[method], speed.get("bare", {"seconds": np.nan, "cpu": np.nan})
        share = [own[key] / base[key] for key in ("seconds", "cpu")]
        memory = max(one["peak_mb"] for one in runs)
        seconds = float(np.median([one["seconds"] for one in runs]))
        first = [METHODS[method], seconds, own["seconds"], share[0], own["cpu"], share[1]]
        rows.append([*first, f"{memory:.0f}", f"{runs[0]['start_mb']:.0f}", runs[0]["check"]])
    head = ["method", "s", "1000 pixels/s", "of bare", "1000 pixels/CPU s", "of bare"]
    print_table([*head, "peak MB", "MB at start", "check"], rows)


def main() -> None:
    """Make the cube, run the methods in turns, print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--side", type=int, default=1500, help="rows and columns")
    parser.add_argument("--trees", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default=",".join(METHODS))
    parser.add_argument("--kill", action="store_true", help="kill and resume, too")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--child")
    given = parser.parse_args()
    if given.child:
        print(json.dumps(run(given.child, given.folder)))
        return
    from benchmarks.measure import machine

    methods = [one for one in given.only.split(",") if one in METHODS]
    with tempfile.TemporaryDirectory(dir=given.folder) as scratch:
        folder = Path(scratch)
        make(folder, given.side, "windows" in methods)
        fit(folder, given.trees)
        print(machine())
        print(f"{given.side} x {given.side} x {STEPS}, random forest of {given.trees} trees\n")
        found: dict[str, list[dict[str, Any]]] = {one: [] for one in methods}
        for _ in range(given.rounds):
            for method in methods:
                for old in ("map1", "map2"):
                    shutil.rmtree(folder / old, ignore_errors=True)
                found[method].append(child(method, folder))
        if given.rounds:
            report(found, given.side)
        if given.kill:
            method = "ours2" if "ours2" in methods else "ours"
            again = kill_and_resume(folder, given.side, method)
            checks = {run["check"] for one in ("ours", "ours2") for run in found.get(one, [])}
            same = "the same map" if {again["check"]} == checks else "no run to compare with"
            same = same if not checks or {again["check"]} == checks else "ANOTHER MAP"
            print(
                f"Killed after {again['kept']} of {again['tiles']} tiles ({again['before']:.0f} s, "
                f"peak {again['first_mb']:.0f} MB) and resumed: {again['seconds']:.0f} s for the "
                f"rest, peak {again['peak_mb']:.0f} MB; {same} ({again['check']})."
            )
        print(machine())


if __name__ == "__main__":
    main()
