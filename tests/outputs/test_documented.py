"""The example of docs/downloads.md runs as it stands."""

import io
import re

import pandas as pd
import pytest
import rasterio.io

from analysis.cubes import ingest
from analysis.settings import ROOT


def test_example_runs(cache):
    ingest("wind", "wind", progress=lambda done, total: None)
    text = (ROOT / "docs" / "downloads.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    names: dict = {}
    exec(compile(example, "downloads.md", "exec"), names)  # noqa: S102 - our own text
    assert names["page"].startswith(b"%PDF")
    with rasterio.io.MemoryFile(names["grid"]) as file, file.open() as raster:
        (value,) = next(raster.sample([(67.05, 48.05)]))
    assert value == pytest.approx(names["view"].sel(x=67.05, y=48.05, method="nearest").item())
    back = pd.read_csv(io.BytesIO(names["table"]), comment="#", parse_dates=["time_utc"])
    assert len(back) == names["cube"].times.size
    assert "u_wind [m/s]" in back
