"""Measure what a question to the event database costs beside the least any reader must do.

A million events in one file; boxes of place, time and magnitude that hold 1,000 events each. The
floor reads the same 1,000 rows by their keys; the naive way reads the whole table. Every answer is
checked against the events in memory.
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
import time
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).resolve().parent.parent)  # as in click.py

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

from analysis.seismic.database import EventDatabase  # noqa: E402
from analysis.seismic.database.filters import STATES  # noqa: E402
from analysis.seismic.database.rows import as_frame, expression  # noqa: E402
from analysis.sources.fdsn.columns import EVENT_COLUMNS  # noqa: E402
from benchmarks.measure import (  # noqa: E402
    machine,
    middle_and_tail,
    print_table,
    timed,
    work_folder,
)

WANTED = 1000


def catalogue(count: int, seed: int = 0) -> pd.DataFrame:
    """Make events of fifty years in clusters along belts, Gutenberg-Richter from magnitude 3."""
    rng = np.random.default_rng(seed)
    belts = rng.uniform([-180, -60], [180, 70], (400, 2))
    weight = rng.pareto(1.2, 400) + 0.1
    belt = rng.choice(400, count, p=weight / weight.sum())
    longitude = (belts[belt, 0] + rng.normal(0, 2, count) + 180) % 360 - 180
    times = np.datetime64("1976-01-01", "us") + np.sort(rng.integers(0, 50 * 31_557_600, count)) * (
        np.timedelta64(1, "s")
    )
    updated = times + np.timedelta64(60, "D")
    ids = np.char.add("us", np.arange(count).astype(str))
    return pd.DataFrame(
        {
            "id": ids,
            "time": times,
            "updated": updated,
            "longitude": longitude.round(4),
            "latitude": np.clip(belts[belt, 1] + rng.normal(0, 2, count), -90, 90).round(4),
            "depth": rng.gamma(2, 25, count).round(2),
            "mag": (3 + rng.exponential(1 / np.log(10), count)).round(1),
            "magType": rng.choice(["mb", "mww", "ml"], count),
            "place": np.char.add(rng.integers(1, 300, count).astype(str), " km N of Somewhere"),
            "type": "earthquake",
            "status": rng.choice(["reviewed", "automatic"], count),
            "ids": np.char.add(np.char.add(",", ids), ","),
            "net": "us",
            "nst": rng.integers(4, 300, count).astype(float),
            "gap": rng.integers(15, 300, count).astype(float),
            "rms": rng.uniform(0, 2, count).round(2),
            "source": "made_up",
            "simulated": True,
        }
    )


def boxes(events: pd.DataFrame, count: int, seed: int = 1) -> list[dict[str, Any]]:
    """Make questions that 1,000 events answer: a box round an event, a least magnitude, a time."""
    rng = np.random.default_rng(seed)
    longitude, latitude = events["longitude"].to_numpy(), events["latitude"].to_numpy()
    mag, times = events["mag"].to_numpy(), events["time"].to_numpy()
    found: list[dict[str, Any]] = []
    while len(found) < count:
        one, half = rng.integers(len(events)), rng.uniform(2, 20)
        least = float(rng.choice([3.0, 3.5, 4.0]))
        west, east = longitude[one] - half, longitude[one] + half
        south, north = max(latitude[one] - half, -90), min(latitude[one] + half, 90)
        inside = (latitude >= south) & (latitude <= north) & (mag >= least)
        inside &= np.abs((longitude - longitude[one] + 180) % 360 - 180) <= half
        rows = np.flatnonzero(inside)
        place = int(np.searchsorted(rows, one))
        first = max(0, min(place - WANTED // 2, len(rows) - WANTED - 1))
        if len(rows) <= WANTED + 1 or times[rows[first]] == times[rows[first + WANTED]]:
            continue
        start, end = times[rows[first]], times[rows[first + WANTED]]
        region = (float(west), float(south), float(east), float(north))
        wanted = {"region": region, "magnitude": (least, None), "start": start, "end": end}
        chosen = inside & (times >= start) & (times < end)
        if abs(int(chosen.sum()) - WANTED) <= 5:
            found.append({**wanted, "expected": set(events["id"].to_numpy()[chosen])})
    return found


def main() -> None:
    """Load, ask, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", help="folder for the file, deleted at the end")
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--boxes", type=int, default=60)
    given = parser.parse_args()
    print(machine(), flush=True)
    events = catalogue(given.events)
    with work_folder(given.work) as folder, EventDatabase(folder / "events.sqlite") as database:
        took, _ = timed(database.apply, events)
        again, applied = timed(database.apply, events)
        assert applied.unchanged == len(events)  # noqa: S101
        size = database.path.stat().st_size / 1e6
        print(f"\nLoading {len(events):,} events: {took / 1e3:.0f} s, {size:.0f} MB; ", end="")
        print(f"the same list again, nothing new: {again / 1e3:.0f} s\n")
        questions = boxes(events, given.boxes)
        raw = sqlite3.connect(f"file:{database.path}?mode=ro", uri=True)
        ask(database, raw, questions[:10])  # the page cache is warm
        print_table(*ask(database, raw, questions))
        print_table(*others(database))
        raw.close()
    print(machine())


def ask(
    database: EventDatabase, raw: sqlite3.Connection, questions: list[dict[str, Any]]
) -> tuple[list[str], list[list[object]]]:
    """Ask every question in every way."""
    what = ", ".join(expression(name, STATES) for name in EVENT_COLUMNS)
    times: dict[str, list[float]] = {}

    def note(name: str, took: float) -> None:
        times.setdefault(name, []).append(took)

    for question in questions:
        asked = {key: value for key, value in question.items() if key != "expected"}
        table = database.query(**asked)
        took, frame = timed(table.to_frame)
        assert set(frame["id"]) == question["expected"]  # noqa: S101
        note("`query(...).to_frame()`, all 35 columns", took)
        few = database.query(**asked, columns=["time", "longitude", "latitude", "mag"])
        note("the same, 4 columns", timed(few.to_frame)[0])
        note("`query(...).count()`", timed(table.count)[0])
        keys = database.query(**asked, columns=["origin"], order="").to_frame()["origin"].tolist()
        marks = ", ".join("?" * len(keys))
        by_key = f"SELECT {what} FROM origins AS o WHERE origin IN ({marks})"  # noqa: S608

        def floor(text: str = by_key, values: list[int] = keys) -> pd.DataFrame:
            return as_frame(raw.execute(text, values).fetchall(), tuple(EVENT_COLUMNS))

        note("floor: the same rows by their keys", timed(floor)[0])
        if len(times.get("naive: the whole table", [])) < 10:
            west, south, east, north = question["region"]
            naive = (
                f"SELECT {what} FROM origins AS o NOT INDEXED WHERE mag >= ? AND time >= ? "  # noqa: S608
                "AND time < ? AND latitude BETWEEN ? AND ? AND longitude BETWEEN ? AND ?"
            )
            moments = [int(question[key].astype("int64")) for key in ("start", "end")]
            values = [question["magnitude"][0], *moments, south, north, west, east]
            begin = time.perf_counter()
            as_frame(raw.execute(naive, values).fetchall(), tuple(EVENT_COLUMNS))
            note("naive: the whole table", 1e3 * (time.perf_counter() - begin))
    least = float(np.median(times["floor: the same rows by their keys"]))
    rows: list[list[object]] = []
    for name, taken in times.items():
        middle, tail = middle_and_tail(taken)
        rows.append([name, middle, tail, middle / least])
    return ["1,000 of the events", "median ms", "p95 ms", "x floor"], rows


def others(database: EventDatabase) -> tuple[list[str], list[list[object]]]:
    """Ask what a page asks for besides."""
    world = {"start": "2010-01-01", "end": "2011-01-01"}
    questions: dict[str, Any] = {
        "count of all": lambda: database.count(),
        "count of a year": lambda: database.count(**world),
        "the 100 largest of all": lambda: database.query(order="-mag", limit=100).to_frame(),
        "the 100 latest": lambda: database.query(order="-time", limit=100).to_frame(),
        "a year of the world, 4 columns": lambda: database.query(
            **world, columns=["time", "longitude", "latitude", "mag"]
        ).to_frame(),
        "magnitude 6 and more, all times": lambda: database.query(magnitude=6).to_frame(),
        "a circle of 300 km": lambda: database.query(region=(140, 38, 300)).to_frame(),
        "extent of all": lambda: database.extent(),
        "all events, 4 columns": lambda: database.query(
            columns=["time", "longitude", "latitude", "mag"]
        ).to_frame(),
    }
    rows: list[list[object]] = []
    for name, question in questions.items():
        took = [timed(question) for _ in range(3)]
        answer = took[-1][1]
        size = len(answer) if isinstance(answer, pd.DataFrame) else ""
        rows.append([name, float(np.median([one for one, _ in took])), size])
    return ["question", "median ms", "rows"], rows


if __name__ == "__main__":
    main()
