"""Declustering and maps of the b-value: large simulated catalogues, brute force, other packages.

    python benchmarks/seismic.py [--packages PYTHON]

PYTHON is the interpreter of another environment that can import bruces or seismostats.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).resolve().parent.parent)  # as in click.py

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

from analysis.seismic import (  # noqa: E402
    b_map,
    distance_km,
    gardner_knopoff,
    mainshocks,
    reasenberg,
    zaliapin,
)
from analysis.seismic.decluster import window_size  # noqa: E402
from benchmarks.measure import machine, print_table  # noqa: E402

LARGE = 1_000_000
SMALL = 4_000
PACKAGES = """
import json, sys, time, warnings
import numpy as np, pandas as pd
warnings.filterwarnings("ignore")
events = pd.read_parquet(sys.argv[1])
found = {}
def best(name, work, times):
    spent = []
    for _ in range(times):
        begin = time.perf_counter()
        kept = len(work())
        spent.append(time.perf_counter() - begin)
    found[name] = [min(spent), kept]
try:
    import bruces
    catalogue = bruces.Catalog(
        events["time"].dt.to_pydatetime(), latitudes=events["latitude"].to_numpy(),
        longitudes=events["longitude"].to_numpy(), depths=events["depth"].to_numpy(),
        magnitudes=events["mag"].to_numpy())
    best("bruces 0.5.0, Gardner-Knopoff", lambda: catalogue.decluster("gardner-knopoff"), 3)
    best("bruces 0.5.0, Reasenberg", lambda: catalogue.decluster("reasenberg"), 3)
except ImportError:
    pass
try:
    from seismostats import Catalog
    from seismostats.analysis import GardnerKnopoffType1, GardnerKnopoffWindow
    theirs = Catalog(events.rename(columns={"mag": "magnitude"}))
    method = GardnerKnopoffType1(GardnerKnopoffWindow(), fs_time_prop=0)
    best("seismostats, Gardner-Knopoff", lambda: np.flatnonzero(method(theirs)), 1)
except ImportError:
    pass
print(json.dumps(found))
"""


def simulated_catalogue(n: int, seed: int = 1, *, years: float = 40.0) -> pd.DataFrame:
    """Simulate events along 80 arcs of the globe, half of them aftershocks of others.

    Magnitudes of Gutenberg and Richter with b = 1 from 3.0 up; aftershocks of aftershocks too, by
    the law of Omori in time and a power law in distance.
    """
    rng = np.random.default_rng(seed)
    first = n // 2
    ends = rng.normal(size=(2, 80, 3))
    start = ends[0] / np.linalg.norm(ends[0], axis=1, keepdims=True)
    across = np.cross(start, ends[1])
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    rate = rng.pareto(1.2, 80) + 0.2
    arc, along = rng.choice(80, first, p=rate / rate.sum()), rng.uniform(0, 0.8, first)
    mag = np.minimum(3 + rng.exponential(1 / np.log(10), n), 9.0)
    place, day = np.empty((n, 3)), np.empty(n)
    place[:first] = np.cos(along)[:, None] * start[arc] + np.sin(along)[:, None] * across[arc]
    place[:first] += rng.normal(scale=50 / 6371, size=(first, 3))
    day[:first] = rng.uniform(0, years * 365.25, first)
    known = first
    while known < n:
        more = slice(known, min(n, 2 * known))
        count = more.stop - known
        weight = 10 ** (0.8 * (mag[:known] - 3))
        parent = rng.choice(known, count, p=weight / weight.sum())
        wait = 0.01 * (rng.random(count) ** (-1 / 0.15) - 1)
        day[more] = day[parent] + np.where(wait < 3000, wait, rng.uniform(0, 3000, count))
        km = 0.02 * 10 ** (0.45 * mag[parent]) * rng.random(count) ** (-1 / 1.5)
        way = rng.normal(size=(count, 3))
        way *= np.minimum(km, 500)[:, None] / 6371 / np.linalg.norm(way, axis=1, keepdims=True)
        place[more] = place[parent] + way
        known = more.stop
    place /= np.linalg.norm(place, axis=1, keepdims=True)
    order = np.argsort(day)
    x, y, z = place[order].T
    return pd.DataFrame(
        {
            "time": (pd.Timestamp("1980-01-01") + pd.to_timedelta(day[order], "D")).floor("ms"),
            "longitude": np.degrees(np.arctan2(y, x)),
            "latitude": np.degrees(np.arcsin(z)),
            "depth": rng.exponential(30, n),
            "mag": np.round(mag[order], 1),
            "simulated": True,
        }
    )


def brute_force(events: pd.DataFrame) -> np.ndarray:
    """Gardner-Knopoff with each mainshock against the whole table."""
    days = (events["time"] - events["time"].min()).dt.total_seconds().to_numpy() / 86_400
    lon, lat, mag = (events[name].to_numpy() for name in ("longitude", "latitude", "mag"))
    km, length = window_size(mag)
    ids, done = np.arange(len(events)), np.zeros(len(events), dtype=bool)
    for i in np.lexsort((lon, days, -mag)):
        if done[i]:
            continue
        done[i] = True
        late = days - days[i]
        near = distance_km(lon[i], lat[i], lon, lat) <= km[i]
        inside = near & ~done & (late >= 0) & (late <= length[i])
        ids[inside], done[inside] = i, True
    return ids


def best(work: Callable[[], Any], times: int = 3) -> tuple[float, float, Any]:
    """Least seconds by the clock, least seconds of the processor, and the result."""
    clock, processor = [], []
    for _ in range(times):
        begin, spent = time.perf_counter(), time.process_time()
        result = work()
        clock.append(time.perf_counter() - begin)
        processor.append(time.process_time() - spent)
    return min(clock), min(processor), result


def large() -> None:
    """Measure a million events."""
    events = simulated_catalogue(LARGE)
    few = simulated_catalogue(SMALL)
    world = (-180.0, -90.0, 180.0, 90.0)
    works: list[tuple[str, str, Callable[[pd.DataFrame], Any]]] = [
        ("Gardner-Knopoff", "4", gardner_knopoff),
        ("the same, with foreshocks", "", lambda t: gardner_knopoff(t, foreshocks=1)),
        ("the same, every event links", "", lambda t: gardner_knopoff(t, linking="every")),
        ("the same, causal", "", lambda t: gardner_knopoff(t, causal=True)),
        ("Reasenberg", "2", reasenberg),
        ("the same, hypocentres", "", lambda t: reasenberg(t, three_dimensional=True)),
        ("the same, causal", "", lambda t: reasenberg(t, causal=True)),
        (
            "b-values at 259,200 nodes, 50 within 100 km",
            "4",
            lambda t: b_map(t, world, 0.5, n=50, radius_km=100.0, mc=3.0),
        ),
    ]
    rows: list[list[object]] = []
    for name, aim, work in works:
        work(few)  # compiled here
        clock, processor, result = best(lambda work=work: work(events))
        kept = f"{mainshocks(result).mean():.1%}" if isinstance(result, np.ndarray) else ""
        rows.append([name, clock, processor, aim, kept])
        del result
    print(f"{LARGE:,} simulated events on the globe; least of 3\n")
    print_table(["work", "seconds", "of the processor", "aim", "kept"], rows)


def small() -> None:
    """Brute force on a few events, and what it would need for more."""
    events = simulated_catalogue(SMALL)
    clock, _, ids = best(lambda: gardner_knopoff(events), 5)
    naive, _, expected = best(lambda: brute_force(events), 1)
    if not np.array_equal(ids, expected):
        raise SystemExit("Brute force finds other clusters.")
    near, _, _ = best(lambda: zaliapin(events), 3)
    rows: list[list[object]] = [
        ["Gardner-Knopoff", clock, naive, f"{naive / clock:.0f}"],
        ["nearest neighbours", near, "", ""],
    ]
    print(f"{SMALL:,} simulated events; brute force finds the same ids\n")
    print_table(["work", "seconds", "brute force", "ratio"], rows)
    hours = naive * (LARGE / SMALL) ** 2 / 3600
    print(f"Extrapolated, not measured: brute force on {LARGE:,} events, {hours:.0f} h.\n")


def others(python: str) -> None:
    """Other packages, in their own environment, on 10,000 events of one region."""
    events = simulated_catalogue(10_000)
    events["longitude"] = 72 + events["longitude"] / 120  # one zone: bruces knows no globe
    events["latitude"] = 43 + events["latitude"] / 60
    ours = {
        "Gardner-Knopoff": best(lambda: gardner_knopoff(events))[0],
        "Reasenberg": best(lambda: reasenberg(events))[0],
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.parquet"
        events.to_parquet(path)
        done = subprocess.run(
            [python, "-c", PACKAGES, str(path)], check=True, capture_output=True, text=True
        )
    rows: list[list[object]] = []
    for name, (seconds, kept) in json.loads(done.stdout.splitlines()[-1]).items():
        own = ours[name.split(", ")[1]]
        rows.append([name, seconds, 1e3 * own, f"{seconds / own:.0f}", kept])
    print("10,000 simulated events in one region\n")
    print_table(["package", "seconds", "ours, ms", "ratio", "kept by it"], rows)


def main() -> None:
    """Measure all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--packages", help="interpreter that imports bruces or seismostats")
    arguments = parser.parse_args()
    print(machine(), end="\n\n")
    small()
    if arguments.packages:
        others(arguments.packages)
    large()
    print(f"Load at the end: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
