"""The feature table of a million events on the globe: beside a sort of the keys, pandas, loops.

python benchmarks/features.py [--quick]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).resolve().parent.parent)  # as in click.py

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import xarray as xr  # noqa: E402

from analysis.cells.lattice import Lattice  # noqa: E402
from analysis.features import build_table  # noqa: E402
from analysis.seismic.energy import energy_joules  # noqa: E402
from analysis.seismic.history import Swept, catalogue_grid, catalogue_table, sweep  # noqa: E402
from benchmarks.measure import machine, print_table  # noqa: E402

EVENTS = 1_000_000
PERIODS = 240
HISTORY = 6
DAYS = 30
GLOBE = Lattice.from_bounds((-180, -90, 180, 90), 0.5)
START = np.datetime64("2000-01-01", "ns")
STEP = np.timedelta64(DAYS, "D")
ISSUE = START + np.arange(1, PERIODS + 1) * STEP


def simulated(n: int = EVENTS, seed: int = 1) -> pd.DataFrame:
    """Simulate events, most of them in few of the cells, some of them in sequences."""
    random = np.random.default_rng(seed)
    heavy = random.pareto(1.2, GLOBE.size) + 0.05
    cell = random.choice(GLOBE.size, n, p=heavy / heavy.sum())
    lons, lats = GLOBE.centres
    second = random.integers(0, PERIODS * DAYS * 86_400, n)
    again = random.random(n) < 0.4  # aftershocks: in the cell of another, soon after it
    parent = random.integers(0, n, n)
    cell[again] = cell[parent[again]]
    wait = (86_400 * random.pareto(0.6, n)).clip(max=1e7).astype(np.int64)
    second[again] = (second[parent[again]] + wait[again]) % (PERIODS * DAYS * 86_400)
    order = np.argsort(second)
    return pd.DataFrame(
        {
            "time": START + second[order].astype("m8[s]"),
            "longitude": lons[cell[order]] + random.uniform(-0.24, 0.24, n),
            "latitude": lats[cell[order]] + random.uniform(-0.24, 0.24, n),
            "mag": np.round(3 + random.exponential(1 / np.log(10), n), 1),
            "simulated": True,
        }
    )


def arrays(events: pd.DataFrame) -> tuple[Any, Any, Any]:
    """Cells, times and magnitudes."""
    cell = GLOBE.index(events["longitude"], events["latitude"])
    return cell, events["time"].to_numpy(), events["mag"].to_numpy()


def by_pandas(cell: Any, times: Any, magnitude: Any) -> pd.DataFrame:
    """Vectorised pandas: sums of each cell and period, six shifted copies, sums of these."""
    period = (times - START) // STEP
    frame = pd.DataFrame(
        {"cell": cell, "step": period, "mag": magnitude, "energy": energy_joules(magnitude)}
    )
    once = frame.groupby(["step", "cell"], sort=False).agg(
        count=("mag", "size"), largest=("mag", "max"), energy=("energy", "sum"), mags=("mag", "sum")
    )
    copies = []
    for back in range(HISTORY):
        copy = once.reset_index()
        copy["step"] += back
        copies.append(copy)
    every = pd.concat(copies)
    every = every[every["step"] < PERIODS]
    return every.groupby(["step", "cell"]).agg(
        {"count": "sum", "largest": "max", "energy": "sum", "mags": "sum"}
    )


def check(rows: Swept, table: pd.DataFrame) -> None:
    """Stop where pandas finds something else."""
    index = table.index
    same = np.array_equal(rows.step, index.get_level_values(0))
    same &= np.array_equal(rows.cell, index.get_level_values(1))
    same &= np.array_equal(rows.count, table["count"])
    same &= np.array_equal(rows.largest, table["largest"])
    same &= np.allclose(rows.energy, table["energy"], rtol=1e-9)
    if not same:
        raise SystemExit("pandas finds other sums.")


def naive_masks(cell: Any, times: Any, magnitude: Any, some: int) -> float:
    """Seconds for some cells: all events are compared for each cell and issue time."""
    begin = time.process_time()
    for here in range(0, GLOBE.size, GLOBE.size // some)[:some]:
        for when in ISSUE:
            inside = (cell == here) & (times < when) & (times >= when - HISTORY * STEP)
            sizes = magnitude[inside]
            if sizes.size:
                sizes.max(), energy_joules(sizes).sum()
    return time.process_time() - begin


def naive_groups(cell: Any, times: Any, magnitude: Any, some: int) -> tuple[float, int]:
    """Seconds for some of the cells with events: the events of each cell, masks in time."""
    frame = pd.DataFrame({"cell": cell, "time": times, "mag": magnitude})
    groups = frame.groupby("cell")
    names = list(groups.groups)
    begin = time.process_time()
    for name in names[:: len(names) // some][:some]:
        own = groups.get_group(name)
        for when in ISSUE:
            inside = (own["time"] < when) & (own["time"] >= when - HISTORY * STEP)
            sizes = own["mag"][inside]
            if len(sizes):
                sizes.max(), energy_joules(sizes).sum()
    return time.process_time() - begin, len(names)


def in_turn(works: dict[str, Callable[[], Any]], times: int) -> dict[str, tuple[float, float]]:
    """Least seconds of the processor and by the clock; all works take turns."""
    best = dict.fromkeys(works, (np.inf, np.inf))
    for _ in range(times):
        for name, work in works.items():
            begin, spent = time.perf_counter(), time.process_time()
            work()
            now = (time.process_time() - spent, time.perf_counter() - begin)
            best[name] = tuple(map(min, best[name], now))  # type: ignore[assignment]
    return best


def measure_sweep(times: int) -> None:
    """Measure sums of the history of every cell, by all ways."""
    cell, moments, magnitude = arrays(simulated())
    key = cell.astype(np.int64) * PERIODS + (moments - START) // STEP
    rows = sweep(cell, moments, magnitude, ISSUE, f"{HISTORY * DAYS}D")
    plain = sweep(cell, moments, magnitude, ISSUE, f"{HISTORY * DAYS}D", method="numpy")
    for name in Swept.__dataclass_fields__:
        if not np.array_equal(getattr(rows, name), getattr(plain, name)):
            raise SystemExit(f"numpy finds another {name}.")
    check(rows, by_pandas(cell, moments, magnitude))
    given = (cell, moments, magnitude, ISSUE, f"{HISTORY * DAYS}D")
    works: dict[str, Callable[[], Any]] = {
        "argsort of the keys": lambda: np.argsort(key),
        "`sweep`, numba": lambda: sweep(*given),
        "`sweep`, numpy": lambda: sweep(*given, method="numpy"),
        "pandas, vectorised": lambda: by_pandas(cell, moments, magnitude),
    }
    found = in_turn(works, times)
    floor, own = found["argsort of the keys"][0], found["`sweep`, numba"][0]
    aims = {"`sweep`, numba": "3", "`sweep`, numpy": "8"}
    table: list[list[object]] = [
        [name, spent, clock, spent / floor, aims.get(name, ""), spent / own]
        for name, (spent, clock) in found.items()
    ]
    few, many = 30, 2
    groups, occupied = naive_groups(cell, moments, magnitude, few)
    masks = naive_masks(cell, moments, magnitude, many)
    for name, seconds in (
        (f"loop over cells with events (from {few})", groups / few * occupied),
        (f"masks for each cell and time (from {many})", masks / many * GLOBE.size),
    ):
        table.append(
            [name, round(seconds), "", f"{seconds / floor:,.0f}", "", f"{seconds / own:,.0f}"]
        )
    dense = GLOBE.size * PERIODS
    print(f"{EVENTS:,} simulated events, {GLOBE.size:,} cells x {PERIODS} issue times, history of")
    print(
        f"{HISTORY} x {DAYS} days: {rows.step.size:,} rows of {dense:,}; least of {times} in turn\n"
    )
    head = ["way", "seconds of the processor", "by the clock", "x argsort", "aim", "x `sweep`"]
    print_table(head, table)


def peak(work: str) -> tuple[float, float]:
    """GB before and at most, of a process of its own."""
    code = f"""
import resource, sys
sys.path[0] = {sys.path[0]!r}
from benchmarks.features import *
few = simulated(2000)
{work.replace("EVENTS_HERE", "few")}
events = simulated()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
{work.replace("EVENTS_HERE", "events")}
print(before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    before, most = map(int, done.stdout.split())
    return before / 1e6, most / 1e6


def measure_memory() -> None:
    """Memory of the sweep and of the whole table."""
    works = {
        "`sweep`, numba": "sweep(*arrays(EVENTS_HERE), ISSUE, '180D')",
        "`sweep`, numpy": "sweep(*arrays(EVENTS_HERE), ISSUE, '180D', method='numpy')",
        "`catalogue_table`, sums only": (
            "catalogue_table(EVENTS_HERE, GLOBE, ISSUE, completeness=3.0, until=ISSUE[-1] + STEP,"
            " since=START, features=['count', 'log10_energy', 'largest_magnitude'])"
        ),
    }
    table: list[list[object]] = [[name, *peak(work)] for name, work in works.items()]
    print("Memory of a process, GB: with the events made, and at most\n")
    print_table(["work", "before", "at most"], table)


def measure_tables() -> None:
    """Whole tables: of events, with all features; of a cube, eager and lazy."""
    events = simulated()
    few = simulated(3000)
    given: dict[str, Any] = {"completeness": 3.0, "since": START, "until": ISSUE[-1] + STEP}
    from analysis.seismic.history import Recipe, feature_names

    slow = ("clustered_share_300_km", "mean_log_eta_300_km")
    names = [name for name in feature_names(Recipe()) if name not in slow]
    sums = ["count", "count_recent", "log10_energy", "largest_magnitude", "energy_rate"]
    rows: list[list[object]] = []
    for label, wanted in (("sums of the own cell", sums), ("17 features", names)):
        catalogue_table(few, GLOBE, ISSUE[:20], features=wanted, **given)
        spent, clock = time.process_time(), time.perf_counter()
        table = catalogue_table(events, GLOBE, ISSUE, features=wanted, **given)
        found = time.process_time() - spent, time.perf_counter() - clock
        rows.append([f"`catalogue_table`, {label}", f"{len(table):,}", *found])
    spent, clock = time.process_time(), time.perf_counter()
    grid = catalogue_grid(events, GLOBE, ISSUE[-1], completeness=3.0, since=START, features=names)
    found = time.process_time() - spent, time.perf_counter() - clock
    rows.append(["`catalogue_grid`, 17 features", f"{len(grid):,}", *found])
    random = np.random.default_rng(0)
    shape = (120, 5000)
    cube = xr.Dataset(
        {
            "count": (("time", "cell"), random.poisson(0.05, shape)),
            "gravity": (("time", "cell"), random.normal(size=shape)),
        },
        {"time": START + np.arange(120) * STEP, "cell": np.arange(5000)},
    )
    for label, one in (("in memory", cube), ("in 5 chunks of Dask", cube.chunk(cell=1000))):
        build_table(one.isel(cell=slice(9)), "180D", "count", keep_empty=None)
        spent, clock = time.process_time(), time.perf_counter()
        table = build_table(one, "180D", "count", keep_empty=None)
        found = time.process_time() - spent, time.perf_counter() - clock
        rows.append([f"`build_table`, 16 features, {label}", f"{len(table):,}", *found])
    print("Whole tables\n")
    print_table(["work", "rows", "seconds of the processor", "by the clock"], rows)


def main() -> None:
    """Measure all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="the sums only, three times")
    quick = parser.parse_args().quick
    print(machine(), end="\n\n")
    measure_sweep(3 if quick else 7)
    if not quick:
        measure_memory()
        measure_tables()
    print(f"Load at the end: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
