"""A cube much larger than the memory goes through whole, block by block."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import sys, threading, time
import dask, dask.array as da, numpy as np, pandas as pd, xarray as xr
from analysis.features import zscore

ROWS, COLUMNS, STEPS = int(sys.argv[1]), int(sys.argv[2]), 7305
block = np.random.default_rng(0).normal(10, 4, (STEPS, 30, 30)).astype("float32")
block[np.random.default_rng(1).random(block.shape) < 0.1] = np.nan

class Generated:
    '''Blocks of one cube, each shifted by its place; nothing is kept.'''
    dtype, ndim, shape = np.dtype("float32"), 3, (STEPS, ROWS, COLUMNS)
    def __getitem__(self, key):
        time, rows, columns = key
        height, width = rows.stop - rows.start, columns.stop - columns.start
        return block[time, :height, :width] + np.float32(rows.start + columns.start)

class Sink:
    '''Takes blocks and keeps the sums of some days.'''
    values, squares, lock = 0, 0.0, threading.Lock()
    def __setitem__(self, key, value):
        known = value[::37]
        known = known[np.isfinite(known)].astype("float64")
        with self.lock:
            self.values += known.size
            self.squares += float((known**2).sum())

meta = np.empty((0, 0, 0), "float32")
lazy = da.from_array(Generated(), chunks=(-1, 30, 30), asarray=False, meta=meta)
dims = ("time", "latitude", "longitude")
cube = xr.DataArray(lazy, {"time": pd.date_range("2003-01-01", periods=STEPS)}, dims)
sink, begin = Sink(), time.perf_counter()
with dask.config.set(pool=None, num_workers=2):
    da.store(zscore(cube, by="dayofyear").data, sink, lock=False)
with open("/proc/self/status") as status:
    peak = next(line for line in status if line.startswith("VmHWM"))
taken = time.perf_counter() - begin
print(int(peak.split()[1]) // 1024, sink.values, sink.squares / sink.values, round(taken, 1))
"""


@pytest.mark.slow
@pytest.mark.timeout(3000)
@pytest.mark.skipif(sys.platform != "linux", reason="the peak of memory is read from /proc")
def test_20_years_of_days_on_a_quarter_of_a_degree_need_less_than_2_gb():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "720", "1440"],
        capture_output=True,
        text=True,
        timeout=2900,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    peak, values, squares, _ = map(float, done.stdout.split())
    assert values == pytest.approx(0.9 * 198 * 720 * 1440, rel=0.01)
    assert squares == pytest.approx(1, abs=0.02), "the mean of the squares of Z"
    assert peak < 2000, f"{peak} MB"
