"""Damaged files of visitors are refused in words or understood with places on the globe."""

from pathlib import Path

import pandas as pd
import pytest

from analysis.uploads.understanding import understand
from tests.products.mutations import check_survives, mutations
from tests.uploads.filekit import csv, geotiff, netcdf, shapefile

MAKERS = {
    "csv": (csv, "wells.csv"),
    "geotiff": (geotiff, "height.tif"),
    "netcdf": (netcdf, "rain.nc"),
    "shapefile": (shapefile, "fields.zip"),
}
ANSWERS = {"units": {"rain": "mm", "height": "m"}}


def opener(form):
    def look(path: Path) -> pd.DataFrame:
        found = understand(path, form, path.name, ANSWERS)
        west, south, east, north = found["box"] or (0.0, 0.0, 0.0, 0.0)
        return pd.DataFrame({"longitude": [west, east], "latitude": [south, north]})

    return look


def survive(form, folder, count, seed):
    make, name = MAKERS[form]
    path = make(folder / name)
    made = mutations(path, count, seed, folder=folder / "copies")
    counts = check_survives(opener(form), made)
    assert counts["refused"] + counts["opened"] == count
    return counts


@pytest.mark.parametrize("form", MAKERS)
def test_damaged_files_are_refused_in_words(form, tmp_path):
    counts = survive(form, tmp_path, 12, seed=4)
    assert counts["refused"] > 0


@pytest.mark.slow
@pytest.mark.parametrize("form", MAKERS)
def test_many_damaged_files_are_refused_in_words(form, tmp_path):
    survive(form, tmp_path, 250, seed=5)
