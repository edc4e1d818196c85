"""Scenes of a STAC collection: searched, downloaded, and opened with their offset."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import yaml

from analysis.sources import open_source
from analysis.sources.fetching import fetch
from tests.products.imagery_files import write_sentinel2
from tests.sources.fetching.conftest import QUICK

pytestmark = pytest.mark.slow
BOX = "66.9,51.3,67.3,51.5"
CORNER = {"corner": (350_000.0, 5_720_000.0), "shape": (48, 48), "size": 1000.0}


@pytest.fixture
def scenes(server, tmp_path, monkeypatch, cache):
    """Two scenes of baselines 03.01 and 04.00 on a server, and their entry."""
    items = write_sentinel2(
        tmp_path / "made",
        ["2021-06-10", "2022-06-10"],
        lambda lon, lat, when: 0.4 + 0 * lon,
        style="earthsearch",
        **CORNER,
    )
    for item in items:
        for asset in item["assets"].values():
            path = f"{item['id']}/{Path(asset['href']).name}"
            server.files[path] = Path(asset["href"]).read_bytes()
            asset["href"] = server.url(path)
        item["links"] = [{"rel": "self", "href": server.url(f"items/{item['id']}")}]
        server.files[f"items/{item['id']}"] = json.dumps(item).encode()
    found = tmp_path / "items.json"
    found.write_text(json.dumps({"type": "FeatureCollection", "features": items}))
    way = {"how": "stac", "url": str(found), "collection": "sentinel-2-l2a"}
    row = {
        "reader": "analysis.sources.imagery.readers:ImageryReader",
        "kwargs": {"args": ["{data(files)}"], "product": "sentinel2", "bands": ["red", "nir"]},
        "output_instance": "xarray:Dataset",
        "metadata": {"kind": "grid", "fetch": {**way, "bands": ["red", "nir", "scl"]}},
    }
    data = {"datatype": "intake.readers.datatypes:TIFF", "url": "{DOWNLOADS}/scenes/*.tif"}
    path = tmp_path / "mine.yml"
    path.write_text(yaml.safe_dump({"data": {"files": data}, "entries": {"scenes": row}}))
    monkeypatch.setenv("QAZCUBE_CATALOG", str(path))
    return cache / "downloads" / "scenes"


def test_scenes_are_fetched_and_open_with_the_offset_of_their_baseline(scenes):
    report = fetch("scenes", BOX, "2021", "2022", **QUICK)
    assert len(report.fetched) == 8  # three bands and the item of each scene
    opened = open_source("scenes")
    assert opened.sizes["time"] == 2
    for when in range(2):
        red = opened.red.isel(time=when).values
        assert np.nanmedian(red) == pytest.approx(0.15, abs=1e-3)
    (scenes / "S2A_42UUV_20220610.json").unlink()
    with pytest.raises(ValueError, match="does not say its processing baseline"):
        open_source("scenes")


def test_scenes_of_a_year(scenes):
    assert len(fetch("scenes", BOX, "2021", "2021", **QUICK).fetched) == 4
    assert open_source("scenes").sizes["time"] == 1
