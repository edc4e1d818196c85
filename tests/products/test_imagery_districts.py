"""Monthly NDVI of the districts of one oblast from a STAC service, lazily, without the clouds."""

from __future__ import annotations

import dask
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from analysis.cells import Cells, align
from analysis.sources import open_source
from analysis.sources.imagery.scenes import open_imagery
from tests.products.imagery_files import write_catalogue, write_sentinel2
from tests.products.stacserver import StacServer

OBLAST = "KZ-11"  # Akmola, in 8 demonstration districts
MONTHS = {"start": "2022-01-01", "end": "2022-07-01", "period": "MS"}
DATES = [f"2022-0{month}-{day}" for month in (1, 6) for day in ("05", "25")]
TILES = (
    {"crs": "EPSG:32642", "corner": (270_000.0, 5_960_000.0), "shape": (470, 440), "tile": "42U"},
    {"crs": "EPSG:32643", "corner": (230_000.0, 5_960_000.0), "shape": (470, 200), "tile": "43U"},
)


def truth(lon, lat, when):
    """NDVI that grows with the season, from the dry south to the north."""
    season = {1: 0.05, 6: 0.55}[when.month]
    return season + 0.04 * (lat - 51.5) + 0.02 * np.sin(np.radians(60 * lon))


def cloud(lon, lat, when):
    """A band of clouds that is elsewhere on each day."""
    west = 66.0 + 2.6 * (when.day // 10)
    return (lon > west) & (lon < west + 2.0) & (lat > 50.5)


@pytest.fixture(scope="module")
def districts():
    table = open_source("demo_districts").set_index("id")
    return table[table["oblast_id"] == OBLAST]


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stac")
    items = []
    for tile in TILES:
        items += write_sentinel2(folder, DATES, truth, clouds=cloud, size=1000.0, noise=60, **tile)
    write_catalogue(folder, items)
    with StacServer(folder, items, page=5) as server:
        yield server


def series(url, districts, only=None, **options):
    """NDVI (month, district) of a box round all districts, lazily."""
    asked = {"index": "ndvi", "composite": "median", "resolution": 0.025, **options}
    west, south, east, north = districts.total_bounds
    ds = open_imagery(
        url, "sentinel-2-l2a", bbox=(west, south, east, north), start="2022", end="2022", **asked
    )
    ds = ds[["ndvi", "time_bounds"]]  # not the counts: align counts itself
    return align(ds, Cells.from_polygons(districts if only is None else only, **MONTHS), "mean")


def expected(districts):
    """The same from the formula on a grid twice as fine."""
    west, south, east, north = districts.total_bounds
    lon, lat = np.arange(west, east + 0.01, 0.01), np.arange(south, north + 0.01, 0.01)
    stamps = pd.DatetimeIndex([f"2022-0{month}-01" for month in (1, 6)])
    fields = [truth(*np.meshgrid(lon, lat), when) for when in stamps]
    bounds = np.stack([stamps, stamps + pd.offsets.MonthBegin()], axis=1)
    ds = xr.Dataset(
        {"ndvi": (("time", "latitude", "longitude"), fields)},
        {"time": stamps, "latitude": lat, "longitude": lon},
    )
    ds["time_bounds"] = (("time", "bnds"), bounds.astype("datetime64[ns]"))
    ds = ds[["ndvi", "time_bounds"]]  # not the counts: align counts itself
    return align(ds, Cells.from_polygons(districts, **MONTHS), "mean").ndvi.values


def test_series_of_districts_without_clouds(service, districts):
    out = series(service.api, districts).compute()
    assert out.ndvi.shape == (6, 8)
    filled = [0, 5]
    np.testing.assert_allclose(out.ndvi[filled], expected(districts)[filled], atol=0.004)
    assert np.isnan(out.ndvi[1:5]).all()  # no scene from February to May, nothing filled in
    assert (out.ndvi_count[filled] > 50).all()
    # without the mask the clouds pull the districts under them far down
    raw = series(service.api, districts, quality="all", composite="mean").compute()
    assert float(np.abs(raw.ndvi[filled] - expected(districts)[filled]).max()) > 0.1


def test_static_catalogue_gives_the_same(service, districts):
    api = series(service.api, districts).compute()
    static = series(service.folder / "catalog.json", districts).compute()
    xr.testing.assert_identical(api, static)


def test_nothing_is_read_before_and_little_after(service, districts, refuse_compute):
    farms = open_source("demo_farms").set_index("id")
    farm = farms[farms["district_id"] == districts.bounds["maxx"].idxmin()].iloc[[0]]
    service.requests.clear()
    whole = series(service.api, districts, chunk=64)
    one = series(service.api, districts, only=farm, chunk=64)
    assert whole.ndvi.chunks is not None
    assert {asked.path for asked in service.requests} == {"/stac", "/stac/search"}
    with dask.config.set(scheduler="threads", num_workers=2):
        values = one.compute()
    lon, lat = values.longitude.values, values.latitude.values
    wanted = [truth(lon, lat, pd.Timestamp(f"2022-0{month}-15")) for month in (1, 6)]
    np.testing.assert_allclose(values.ndvi[[0, 5]], wanted, atol=0.02)
    touched = {asked.path.split("/")[2] for asked in service.requests if "/files/" in asked.path}
    assert len(touched) == len(DATES)
    assert all("_42U_" in name for name in touched), "the tile in the east was opened"
    stored = sum(path.stat().st_size for path in service.folder.rglob("*.tif"))
    assert 0 < service.sent() < 0.25 * stored
