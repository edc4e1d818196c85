"""Equal settings give equal numbers: in other processes, with other threads, from the disk."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from analysis.seismic.forecasting import Settings

CHOSEN = Settings(
    name="again",
    region="japan",
    resolution=2.0,
    period=("2004-01-01", "2011-01-01"),
    magnitude=5.5,
    completeness=5.4,
    keep_empty=0.1,
    draws=20,
)
WORK = """
import hashlib, sys
import numpy as np
from analysis.seismic.forecasting import Settings, forecast, run, stored_forecast

def digest(values):
    return hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()

made = run(Settings.from_yaml(sys.stdin.read()))
assert not made.comparison.failures, made.comparison.failures
for name, column in made.comparison.predictions.items():
    print(name, digest(column.to_numpy()))
print("scores", digest(made.comparison.scores.drop(columns="kind").to_numpy(float)))
print("differences", digest(made.comparison.differences.select_dtypes("number").to_numpy()))
told = forecast(made)
assert told.identical(stored_forecast("again")), "stored"
assert told.identical(forecast("again")), "of the stored models"
print("forecast", digest(told["probability"].to_numpy()))
"""


def numbers(folder, threads: int) -> list[str]:
    """Digests of all numbers of a run in a process of its own with so many threads."""
    own = {"QAZCUBE_CACHE": str(folder), "OMP_WAIT_POLICY": "PASSIVE"}
    own |= {f"{one}_NUM_THREADS": str(threads) for one in ("OMP", "OPENBLAS", "NUMBA")}
    own |= {"CPU_LIMIT": str(threads), "PYTHONHASHSEED": str(threads)}
    done = subprocess.run(
        [sys.executable, "-c", WORK],
        input=CHOSEN.to_yaml(),
        env={**os.environ, **own},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_five_models_are_the_same_whatever_the_threads(tmp_path):
    first = numbers(tmp_path / "first", 1)
    assert {line.split()[0] for line in first} >= {*CHOSEN.models, "rate_smoothed", "forecast"}
    assert numbers(tmp_path / "second", 2) == first
    assert numbers(tmp_path / "first", 2) == first  # found on disk
