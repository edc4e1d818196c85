"""An ingest that is killed leaves the old cube, and the next one takes up its work."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_ten_kills_at_random_moments_lose_nothing(cache):
    kills = 10
    run = subprocess.run(
        [sys.executable, str(ROOT / "tests/cubes/kills.py"), str(kills), "20260101"],
        capture_output=True,
        text=True,
        timeout=240,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    assert found["readable"] == kills
    assert found["ended"] == 0
    assert found["same"], found
    assert len(set(found["moments"])) > 3, "the kills fell into few different moments"
