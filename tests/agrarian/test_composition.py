"""The same cube composed by farms, districts and oblasts: totals agree."""

from __future__ import annotations

import dask
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr

from analysis.agrarian.composition import compose, roll_up
from analysis.agrarian.units import areas_km2, read_units
from analysis.sources import open_source

SEASON = {"start": "2021-05-01", "end": "2021-09-01"}


@pytest.fixture(scope="module")
def cube():
    """Four months of the simulated NDVI with a hole, in memory."""
    ds = open_source("vegetation_simulated")[["ndvi", "time_bounds"]]
    ds = ds.sel(time=slice("2021-04-15", "2021-09-15"))
    ds = ds.sel(latitude=slice(51.0, 55.5), longitude=slice(63.0, 75.0)).load()
    hole = (
        (ds.longitude > 70) & (ds.longitude < 70.4) & (ds.latitude > 52) & (ds.time.dt.month == 6)
    )
    return ds.assign(ndvi=ds.ndvi.where(~hole))


@pytest.fixture(scope="module")
def farms():
    table = open_source("demo_farms")
    return table[table["oblast_id"] == "KZ-59"]


@pytest.fixture(scope="module")
def districts():
    table = open_source("demo_districts")
    return table[table["oblast_id"] == "KZ-59"]


def outline(districts):
    """The oblast as the union of its districts."""
    whole = shapely.union_all(districts.geometry.to_numpy())
    return gpd.GeoDataFrame({"id": ["KZ-59"]}, geometry=[whole], crs=4326)


def test_districts_add_up_to_their_oblast(cube, districts):
    parts = compose(cube, districts, "ndvi", **SEASON)
    whole = compose(cube, outline(districts), "ndvi", **SEASON)
    summed = roll_up(parts, dict.fromkeys(districts["id"], "KZ-59"), "ndvi")
    np.testing.assert_allclose(summed.ndvi, whole.ndvi, rtol=1e-6)
    np.testing.assert_allclose(summed.area_km2, whole.area_km2, rtol=1e-6)
    assert float(parts.ndvi.std("unit").min()) > 0.005  # the districts differ


def test_farms_and_the_rest_add_up_to_their_district(cube, farms, districts):
    district = districts[districts["id"] == farms["district_id"].iloc[0]]
    mine = farms[farms["district_id"] == district["id"].iloc[0]]
    inside = mine.geometry.intersection(district.geometry.iloc[0])
    rest = district.geometry.iloc[0].difference(shapely.union_all(inside.to_numpy()))
    pieces = gpd.GeoDataFrame(
        {"id": [*mine["id"], "rest"]}, geometry=[*inside.to_numpy(), rest], crs=4326
    )
    parts = compose(cube, pieces, "ndvi", **SEASON)
    whole = compose(cube, district, "ndvi", **SEASON)
    summed = roll_up(parts, dict.fromkeys(pieces["id"], "d"), "ndvi")
    np.testing.assert_allclose(summed.ndvi, whole.ndvi.values, rtol=1e-6)
    np.testing.assert_allclose(summed.area_km2, whole.area_km2.values, rtol=1e-6)
    assert len(mine) > 3


def test_area_is_that_of_the_unit_where_all_is_valid(cube, districts):
    full = cube.assign(ndvi=cube.ndvi.fillna(0.5))
    inside = districts[districts.geometry.within(shapely.box(63.1, 51.1, 74.9, 55.4))]
    out = compose(full, inside, "ndvi", start="2021-07-01", end="2021-08-01")
    np.testing.assert_allclose(out.area_km2[0], areas_km2(inside.geometry), rtol=1e-4)
    assert len(inside) > 2


def test_hole_is_no_zero_and_counts_for_less(cube, districts):
    with_hole = compose(cube, districts, "ndvi", **SEASON)
    even = cube.assign(ndvi=xr.where(np.isfinite(cube.ndvi), 0.25, np.nan))
    flat = compose(even, districts, "ndvi", **SEASON)
    np.testing.assert_allclose(flat.ndvi.values, 0.25, rtol=1e-6)
    months = with_hole.area_km2.sel(unit=districts["id"].to_numpy()).values
    assert (months[1] < months[0] * 0.999).any()
    assert np.allclose(months[3], months[0], rtol=1e-9)  # a step of June reaches into July


def test_steps_count_with_their_time(districts):
    """A step of 8 days beside one of 16: the mean of the month is weighted by days."""
    times = pd.to_datetime(["2021-06-03", "2021-06-19"])
    bounds = np.array(
        [["2021-06-03", "2021-06-19"], ["2021-06-19", "2021-06-27"]], "datetime64[ns]"
    )
    axes = {"time": times, "latitude": np.arange(51, 56, 0.5), "longitude": np.arange(63, 75, 0.5)}
    values = np.array([0.3, 0.6])[:, None, None] * np.ones((2, 10, 24))
    ds = xr.Dataset(
        {"ndvi": (tuple(axes), values), "time_bounds": (("time", "bnds"), bounds)}, axes
    )
    out = compose(ds, districts, "ndvi", start="2021-06-01", end="2021-07-01")
    np.testing.assert_allclose(out.ndvi.values, (16 * 0.3 + 8 * 0.6) / 24, rtol=1e-6)


def test_nothing_is_computed_before_it_is_asked_for(districts, refuse_compute):
    out = compose(open_source("vegetation_simulated"), districts, "ndvi", **SEASON)
    assert out.ndvi.chunks is not None
    assert out.ndvi.dims == ("time", "unit")
    assert out.ndvi.attrs["units"] == "1"


def test_faults_are_named(cube, districts):
    with pytest.raises(ValueError, match="no variable 'evi'; they have ndvi"):
        compose(cube, districts, "evi", **SEASON)
    with pytest.raises(ValueError, match="no column id"):
        compose(cube, districts.drop(columns="id"), "ndvi", **SEASON)
    parts = compose(cube, districts, "ndvi", **SEASON)
    with pytest.raises(ValueError, match="has no parent"):
        roll_up(parts, {districts["id"].iloc[0]: "x"}, "ndvi")


@pytest.mark.parametrize("year", [2018, 2024])
def test_real_districts_add_up_to_the_real_oblasts(real_data, cube, year):
    """North Kazakhstan lies whole inside the simulated cube; district and oblast outlines differ.

    Measured: they agree to 4e-8 in both years.
    """
    folder = real_data / "agrarian"
    oblasts = read_units(folder / f"kaz_adm1_{year}.geojson")
    districts = read_units(folder / f"kaz_adm2_{year}.geojson")
    oblasts = oblasts[oblasts["kato"] == "590000000"]
    districts = districts[districts["parent"] == "590000000"]
    assert len(districts) == 14
    with dask.config.set(scheduler="threads"):
        parts = compose(cube, districts, "ndvi", **SEASON).compute()
        whole = compose(cube, oblasts, "ndvi", **SEASON).compute()
    summed = roll_up(parts, dict(zip(districts["id"], districts["parent"], strict=True)), "ndvi")
    np.testing.assert_allclose(summed.ndvi[:, 0], whole.ndvi[:, 0], rtol=1e-6)
    np.testing.assert_allclose(summed.area_km2[:, 0], whole.area_km2[:, 0], rtol=1e-6)
    union = gpd.GeoDataFrame(
        {"id": ["union"]}, geometry=[shapely.union_all(districts.geometry.to_numpy())], crs=4326
    )
    exact = compose(cube, union, "ndvi", **SEASON)
    np.testing.assert_allclose(summed.ndvi[:, 0], exact.ndvi[:, 0], rtol=1e-6)
