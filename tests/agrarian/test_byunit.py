"""A cube by farm, district and oblast: areas, agreement of levels, the file in the cache."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr

from analysis.agrarian import unit_series as door
from analysis.agrarian.byunit import as_polygons, covered_share, stored
from analysis.cubes import Cube, ingest
from analysis.sources import open_source

WEST, SOUTH = 60.0, 50.0


def grid(shift: float = 0.0) -> xr.Dataset:
    """Cube of 12 steps, 60-70 E, 50-56 N at 0.1 degree; a block is missing in the third."""
    lon = np.round(WEST + 0.1 * (np.arange(100) + 0.5), 3)
    lat = np.round(SOUTH + 0.1 * (np.arange(60) + 0.5), 3)
    time = pd.date_range("2020-01-01", periods=12, freq="MS", unit="ns")
    rng = np.random.default_rng(9)
    values = rng.random((12, 60, 100)) + shift
    values[2, :30] = np.nan
    attrs = {"units": "1", "long_name": "NDVI", "source": "made for the tests", "simulated": True}
    dims = ("time", "latitude", "longitude")
    axes = {"time": time, "latitude": lat, "longitude": lon}
    return xr.Dataset({"ndvi": (dims, values.astype("float32"), attrs)}, axes)


@pytest.fixture
def cube(cache: Path) -> Cube:
    assert cache.is_dir()
    return ingest(grid(), "small", progress=lambda done, total: None)


def table(shapes: dict[str, Any]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"id": list(shapes)}, geometry=list(shapes.values()), crs="EPSG:4326")


def test_a_box_of_whole_pixels_is_their_mean_by_area(cube: Cube) -> None:
    units = table({"box": shapely.box(62.0, 51.0, 64.0, 55.0)})
    found = door(cube, units, "ndvi")
    part = grid()["ndvi"].sel(longitude=slice(62, 64), latitude=slice(51, 55)).astype(float)
    edges = np.round(np.arange(51.0, 55.05, 0.1), 3)
    weight = xr.DataArray(
        np.diff(np.sin(np.radians(edges))), {"latitude": part["latitude"]}, ("latitude",)
    )
    expected = part.weighted(weight)
    axes = ["latitude", "longitude"]
    np.testing.assert_allclose(found["mean"].sel(unit="box"), expected.mean(axes), rtol=1e-6)
    np.testing.assert_allclose(found["std"].sel(unit="box"), expected.std(axes), rtol=1e-6)
    np.testing.assert_array_equal(found["count"].sel(unit="box"), np.isfinite(part).sum(axes))
    assert float(found["covered"][0]) == pytest.approx(1.0)
    assert found.attrs["simulated"] is True


def test_a_pixel_cut_in_halves_counts_by_halves(cube: Cube) -> None:
    found = door(cube, table({"cut": shapely.box(62.05, 54.0, 62.2, 54.1)}), "ndvi")
    row = grid()["ndvi"].sel(latitude=54.05, method="nearest").astype(float)
    half, whole = row.sel(longitude=[62.05, 62.15], method="nearest").to_numpy().T
    np.testing.assert_allclose(found["mean"][0], (half / 2 + whole) / 1.5, rtol=1e-6)


def test_the_three_levels_agree_by_area(cube: Cube) -> None:
    rng = np.random.default_rng(1)
    seeds = shapely.MultiPoint(np.c_[rng.uniform(61, 69, 40), rng.uniform(51, 55, 40)])
    oblast = shapely.box(61, 51, 69, 55)
    farms = [shapely.intersection(one, oblast) for one in shapely.voronoi_polygons(seeds).geoms]
    farms = [one for one in farms if one.area > 0]
    west = [shapely.intersection(one, shapely.box(0, 0, 65, 90)) for one in farms]
    districts = {"west": shapely.union_all(west), "east": shapely.box(65, 51, 69, 55)}
    means = []
    for units in (
        table({str(n): one for n, one in enumerate(farms)}),
        table(districts),
        table({"oblast": oblast}),
    ):
        found = door(cube, units, "ndvi")
        kept = found["count"].isel(time=slice(3, None)) > 0
        area = found["area_km2"].where(kept.all("time"), drop=True)
        means.append(found["mean"].isel(time=slice(3, None)).weighted(area).mean("unit"))
    np.testing.assert_allclose(means[0], means[2], rtol=1e-5)
    np.testing.assert_allclose(means[1], means[2], rtol=1e-5)


def test_units_beyond_the_grid_are_missing_and_said_to_be(cube: Cube) -> None:
    units = table({"out": shapely.box(0, 0, 1, 1), "half": shapely.box(69, 52, 71, 53)})
    found = door(cube, units, "ndvi")
    assert np.isnan(found["mean"].sel(unit="out")).all()
    assert (found["count"].sel(unit="out") == 0).all()
    np.testing.assert_allclose(found["covered"], [0.0, 0.5], atol=1e-6)
    assert covered_share(found).tolist() == [False, bool(found["covered"][1] >= 0.5)]
    with pytest.raises(ValueError, match="between 0 and 1"):
        covered_share(found, 2.0)


def test_large_units_take_the_cells_whose_middles_they_cover(
    cube: Cube, monkeypatch: pytest.MonkeyPatch
) -> None:
    units = table({"box": shapely.box(62.0, 51.0, 64.0, 55.0), "out": shapely.box(0, 0, 9, 9)})
    exact = door(cube, units, "ndvi", keep=False)
    monkeypatch.setattr("analysis.agrarian.byunit.MOST_PIXELS", 100)
    found = door(cube, units, "ndvi", keep=False)
    assert found["selection"].to_numpy().tolist() == ["cell centres", "cell centres"]
    np.testing.assert_allclose(found["mean"], exact["mean"], rtol=1e-5)
    np.testing.assert_allclose(found["covered"], [1.0, 0.0], atol=1e-3)


def test_the_second_reading_comes_from_the_file_and_a_new_cube_makes_it_anew(
    cube: Cube, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    units = table({"box": shapely.box(62.0, 51.0, 64.0, 55.0)})
    assert not stored(cube, units, "ndvi")
    first = door(cube, units, "ndvi")
    assert stored(cube, units, "ndvi")
    files = list((cache / "units").iterdir())
    assert [one.suffix for one in files] == [".npz"]
    with monkeypatch.context() as patch:
        patch.setattr("analysis.agrarian.byunit._compute", None)  # not to be called
        xr.testing.assert_identical(door(cube, units, "ndvi"), first)
    ingest(grid(1.0), "small", overwrite=True, progress=lambda done, total: None)
    again = door(cube, units, "ndvi")
    np.testing.assert_allclose(again["mean"], first["mean"] + 1, rtol=1e-5)
    assert len(list((cache / "units").iterdir())) == 1


def test_a_damaged_file_is_made_anew_and_a_stopped_work_leaves_none(
    cube: Cube, cache: Path
) -> None:
    units = table({"box": shapely.box(62.0, 51.0, 64.0, 55.0)})

    def stop(done: int, total: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        door(cube, units, "ndvi", progress=stop)
    assert not list((cache / "units").glob("*")) if (cache / "units").exists() else True
    first = door(cube, units, "ndvi")
    file = next((cache / "units").iterdir())
    file.write_bytes(file.read_bytes()[:200])
    xr.testing.assert_identical(door(cube, units, "ndvi"), first)


def test_outlines_are_mended_and_what_is_no_unit_is_refused() -> None:
    bow = shapely.Polygon([(60, 50), (61, 51), (61, 50), (60, 51)])
    mended = as_polygons(table({"bow": bow}))
    assert mended.is_valid.all()
    assert mended.iloc[0].area == pytest.approx(0.5)
    with pytest.raises(ValueError, match="no polygon"):
        as_polygons(table({}))
    one = shapely.box(0, 0, 1, 1)
    twice = gpd.GeoDataFrame({"id": ["a", "a"]}, geometry=[one, one], crs="EPSG:4326")
    with pytest.raises(ValueError, match="must be unique"):
        as_polygons(twice)
    with pytest.raises(ValueError, match="must be a polygon"):
        as_polygons(table({"dot": shapely.Point(0, 0)}))
    metres = table({"a": shapely.box(62, 51, 63, 52)}).to_crs("EPSG:3857")
    np.testing.assert_allclose(as_polygons(metres).total_bounds, [62, 51, 63, 52])


def test_every_packaged_unit_has_an_outline_that_can_be_used() -> None:
    for name in ("kz_oblasts", "demo_districts", "demo_farms"):
        units = open_source(name)
        assert as_polygons(units).index.tolist() == units["id"].tolist()


def test_the_districts_of_2018_and_2024_have_the_same_ndvi_in_all(
    cube: Cube, real_data: Path
) -> None:
    means = []
    box = shapely.box(62, 51, 68, 54)
    for year in (2018, 2024):
        units = gpd.read_file(real_data / "agrarian" / f"kaz_adm2_{year}.geojson")
        shapes = as_polygons(units.set_index("ADM2_PCODE" if year == 2018 else units.index))
        cut = shapes.intersection(box)
        cut = cut[shapely.area(cut.to_numpy()) > 1e-6]
        kept = cut[cut.geom_type.isin(["Polygon", "MultiPolygon"])]
        found = door(cube, kept.to_frame("geometry").set_geometry("geometry"), "ndvi")
        part = found.isel(time=slice(3, None)).dropna("unit", subset=["mean"])
        means.append(part["mean"].weighted(part["area_km2"]).mean("unit").to_numpy())
    np.testing.assert_allclose(means[0], means[1], atol=2e-3)
