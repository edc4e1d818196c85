"""A grid much larger than the memory: opened and aligned at once, nothing read."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import sys
import dask.array as da, numpy as np, pandas as pd, xarray as xr
from analysis.cells import Cells, align
from analysis.features import departure, trend, zscore

class Unread:
    dtype, ndim, shape = np.dtype("float32"), 3, (24837, 720, 1440)
    def __getitem__(self, key):
        raise AssertionError("something was read")

chunks = tuple(int(one) for one in sys.argv[1].split(","))
meta = np.empty((0, 0, 0), "float32")
lazy = da.from_array(Unread(), chunks=chunks, asarray=False, meta=meta)
times = pd.date_range("1950-01-01", periods=24837)
bounds = np.stack([times, times + pd.Timedelta("1D")], axis=1)
axes = {"time": times, "latitude": np.arange(-89.875, 90, 0.25)}
axes["longitude"] = np.arange(-179.875, 180, 0.25)
cube = xr.Dataset({"lst": (("time", "latitude", "longitude"), lazy, {"units": "degC"})}, axes)
cube["time_bounds"] = (("time", "bnds"), bounds)
assert cube["lst"].nbytes > 100e9
cells = Cells.from_grid(start="1990-01-01", end="2010-01-01")
aligned = align(cube, cells)
assert aligned["lst"].shape == (243, 259200)
judged = [departure(aligned["lst"]).nbytes]
if chunks[0] < 0:
    judged += [zscore(cube["lst"]).nbytes, trend(cube["lst"])["slope"].nbytes]
with open("/proc/self/status") as status:
    peak = next(line for line in status if line.startswith("VmHWM"))
print(int(peak.split()[1]) // 1024)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the peak of memory is read from /proc")
@pytest.mark.parametrize("chunks", ["1,720,1440", "30,360,360", "-1,30,30"])
def test_100_gb_are_opened_and_aligned_in_less_than_500_mb(chunks):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, chunks],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    peak = int(done.stdout)
    assert peak < 500, f"{peak} MB"
