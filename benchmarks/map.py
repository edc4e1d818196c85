"""A map: Cube.view at every zoom of a large grid and of a small one, and the memory it takes.

    python benchmarks/map.py [--work FOLDER] [--places 40]

Writes about 3 GB into FOLDER and deletes it at the end.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import time
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)  # as in click.py

import numpy as np  # noqa: E402
import psutil  # noqa: E402

from analysis.cubes import Cube, ingest, open_cube  # noqa: E402
from benchmarks.measure import (  # noqa: E402
    machine,
    middle_and_tail,
    print_table,
    silent,
    synthetic,
    timed,
    work_folder,
)

WIDTH, HEIGHT = 1200, 600
WORLD = 20037508.342789244
METHODS = ("nearest", "mean")
GRIDS = {"large": (18000, 36000), "small": (1800, 3600)}


def window(zoom: int, x: float, y: float) -> tuple[float, float, float, float]:
    """Window in Web Mercator around a point; at zoom 0 it is as wide as the world."""
    half = WORLD / 2**zoom
    return x - half, y - half * HEIGHT / WIDTH, x + half, y + half * HEIGHT / WIDTH


def show(cube: Cube, zoom: int, x: float, y: float, method: str) -> tuple[float, int]:
    """Milliseconds that a picture takes, and the level it was made from."""
    spent, picture = timed(
        cube.view, 0, window(zoom, x, y), WIDTH, HEIGHT, crs="EPSG:3857", method=method
    )
    return spent, int(picture.attrs["level"])


def measure(name: str, zooms: int, places: int) -> dict[str, object]:
    """Measure new places and panning at each zoom in this process, and its memory."""
    rng = np.random.default_rng(0)
    cube = open_cube(name)
    for method in METHODS:  # load the compiled code before the clock starts
        show(cube, zooms, 0, 0, method)
    before = psutil.Process().memory_info().rss
    results: list[list[object]] = []
    most = 0
    for method in METHODS:
        for zoom in range(zooms):
            new, panning, levels = [], [], set()
            for _ in range(places):
                x, y = rng.uniform(-WORLD, WORLD), rng.uniform(-0.8, 0.8) * WORLD
                spent, level = show(cube, zoom, x, y, method)
                new.append(spent)
                levels.add(level)
                for step in range(1, 4):
                    east = x + 0.1 * step * WORLD / 2**zoom
                    panning.append(show(cube, zoom, east, y, method)[0])
            most = max(most, psutil.Process().memory_info().rss)
            row = [method, zoom, sorted(levels), *middle_and_tail(new), *middle_and_tail(panning)]
            results.append(row)
    return {"results": results, "memory_mb": (most - before) / 1e6}


def main() -> None:
    """Make the grids, measure each in a process of its own, print, delete."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", help="folder with 6 GB of free space")
    parser.add_argument("--places", type=int, default=40)
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        name, zooms = given.child
        print(json.dumps(measure(name, int(zooms), given.places)))
        return
    print(machine())
    with work_folder(given.work):
        worst: dict[tuple[str, str], float] = {}
        for name, (rows, columns) in GRIDS.items():
            begin = time.perf_counter()
            ingest(synthetic(1, rows, columns, band=1000), name, progress=silent)
            print(f"{columns} x {rows}: ingest {time.perf_counter() - begin:.0f} s")
            zooms = 2 + math.ceil(math.log2(columns / WIDTH))
            command = [sys.executable, __file__, "--child", name, str(zooms)]
            command += ["--places", str(given.places)]
            run = subprocess.run(
                command, capture_output=True, text=True, check=True, env=os.environ
            )
            found = json.loads(run.stdout)
            head = [
                "method",
                "zoom",
                "levels",
                "new place median ms",
                "p95",
                "panning median ms",
                "p95",
            ]
            print_table(head, found["results"])
            print(f"memory grew by {found['memory_mb']:.0f} MB\n")
            for method in METHODS:
                mine = [row for row in found["results"] if row[0] == method]
                worst[name, method] = max(row[4] for row in mine)
        for method in METHODS:
            large, small = worst["large", method], worst["small", method]
            print(f"{method}: worst p95 at a new place {large:.1f} ms on the large grid,")
            print(f"  {small:.1f} ms on the small one: {large / small:.2f} times")
        print(machine())


if __name__ == "__main__":
    main()
