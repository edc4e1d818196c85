"""Kill an ingest at random moments and report what was left: run by test_kills.py.

The process imports everything once and forks for each attempt, so that a kill falls into the work
and not into the imports.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from analysis.cubes import ingest, layout, open_cube
from analysis.cubes.kernels import extent, halve

LIMIT = 2_000_000


def grid(seed: int, times: int = 16) -> xr.Dataset:
    """Lazy dataset of 16 maps."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(times, 450, 480)).astype(np.float32)
    values[rng.random(values.shape) < 0.1] = np.nan
    attrs = {"units": "m", "long_name": "Height", "source": "Test"}
    data = xr.Dataset(
        {"height": (("time", "latitude", "longitude"), values, attrs)},
        {
            "time": pd.date_range("2001", periods=times, freq="MS").as_unit("ns"),
            "latitude": (np.arange(450) + 0.5) * 0.4 - 90,
            "longitude": (np.arange(480) + 0.5) * 0.75 - 180,
        },
    )
    return data.chunk({"time": 1})


def digest(folder: Path) -> str:
    """Hash of all chunks of a cube and of what its description says of the values."""
    meta = json.loads((folder / "meta.json").read_text())
    data = folder / meta.pop("data")
    meta.pop("name")
    found = hashlib.sha256(json.dumps(meta, sort_keys=True).encode())
    for path in sorted(data.rglob("*")):
        if path.is_file() and path.name != "meta.json":
            found.update(str(path.relative_to(data)).encode() + path.read_bytes())
    return found.hexdigest()


def fork(work: Callable[[], None]) -> int:
    """Start the work in a child process."""
    child = os.fork()
    if child:
        return child
    try:
        work()
    except BaseException:  # the child must not return into the parent's code
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def finish(child: int) -> int:
    """Exit code of a child."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def check(name: str, ds: xr.Dataset) -> None:
    """The cube opens and holds the dataset's values."""
    stored = open_cube(name).series(0.2, 0.2).to_numpy()
    expected = ds["height"].sel(longitude=0.2, latitude=0.2, method="nearest").to_numpy()
    np.testing.assert_array_equal(stored, expected)


def lines(journal: Path) -> int:
    """Lines of the journal: pieces of work on record, and one."""
    try:
        return journal.read_bytes().count(b"\n")
    except FileNotFoundError:
        return 0


def wait_for(journal: Path, count: int) -> None:
    """Wait until the journal has so many lines, but not for ever: the ingest may have ended."""
    end = time.monotonic() + 10
    while lines(journal) < count and time.monotonic() < end:
        time.sleep(0.002)


def main(kills: int, seed: int) -> dict[str, object]:
    """Kill `kills` ingests that replace a cube, then let one end."""
    old, new = grid(1), grid(2)
    extent(halve(np.zeros((2, 2), np.float32)).reshape(-1))  # compile before the first fork
    chance = random.Random(seed)  # noqa: S311
    cubes = Path(os.environ["QAZCUBE_CACHE"]) / "cubes"
    assert finish(fork(lambda: ingest(old, "killed", memory_limit=LIMIT))) == 0
    assert finish(fork(lambda: ingest(new, "whole", memory_limit=LIMIT))) == 0
    readable, moments = 0, []
    journal = cubes / "killed.building" / "journal.jsonl"
    for _ in range(kills):
        child = fork(lambda: ingest(new, "killed", overwrite=True, memory_limit=LIMIT))
        wait_for(journal, lines(journal) + chance.randint(0, 5))
        time.sleep(chance.uniform(0, 0.05))
        os.kill(child, signal.SIGKILL)
        finish(child)
        moments.append(lines(journal))
        if finish(fork(lambda: check("killed", old))) == 0:
            readable += 1
        elif finish(fork(lambda: check("killed", new))) == 0:  # killed after the swap
            readable += 1
            assert finish(fork(lambda: ingest(old, "killed", overwrite=True))) == 0
    ended = finish(fork(lambda: ingest(new, "killed", overwrite=True, memory_limit=LIMIT)))
    same = digest(cubes / "killed") == digest(cubes / "whole")
    return {"readable": readable, "ended": ended, "same": same, "moments": moments}


if __name__ == "__main__":
    layout._FILE_BYTES = 1_000_000  # small files: many pieces to be killed between
    print(json.dumps(main(int(sys.argv[1]), int(sys.argv[2]))))  # noqa: T201
