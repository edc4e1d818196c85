"""NetCDF and GeoTIFF files of a view, read back by netCDF4, xarray and rasterio."""

import io

import netCDF4
import numpy as np
import pandas as pd
import pytest
import rasterio
import rasterio.io
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.outputs.grids import edges, standard_view, view_geotiff, view_netcdf, view_time


def make_view(
    bounds=(40.0, 35.0, 90.0, 60.0), width=100, height=50, crs="EPSG:4326", time="2010-01-16"
):
    west, south, east, north = bounds
    x = west + (np.arange(width) + 0.5) * (east - west) / width
    y = south + (np.arange(height) + 0.5) * (north - south) / height
    values = (np.sin(x / 9)[None, :] + np.cos(y / 7)[:, None]).astype("float32")
    values[3, 4] = np.nan
    coords = {"y": y, "x": x}
    if time:
        coords["time"] = np.datetime64(time, "ns")
    return xr.DataArray(
        values,
        coords=coords,
        dims=("y", "x"),
        name="lst",
        attrs={
            "units": "degC",
            "long_name": "land surface temperature",
            "source": "Simulator",
            "simulated": True,
            "native_longitude": "0..360",
            "percentiles": (1.0, 2.0),
            "crs": crs,
        },
    )


METADATA = {"title": "Temperature", "licence": "CC0-1.0", "citation": "Made up, 2026"}


def test_netcdf_reads_the_same_values_and_says_what_they_are(tmp_path):
    view = make_view()
    path = tmp_path / "view.nc"
    path.write_bytes(view_netcdf(view, METADATA))
    with netCDF4.Dataset(path) as file:
        assert file.variables["lst"].dimensions == ("time", "latitude", "longitude")
        assert file.variables["lst"].units == "degC"
        assert file.variables["lst"].simulated == 1
        assert file.variables["lst"].native_longitude == "0..360"
        assert file.variables["lst"].grid_mapping == "crs"
        assert file.variables["crs"].grid_mapping_name == "latitude_longitude"
        assert file.variables["time"].units == "seconds since 1970-01-01"
        assert file.Conventions.startswith("CF-1.")
        assert file.simulated == 1
        assert file.license == "CC0-1.0"
        assert file.references == "Made up, 2026"
    with xr.open_dataset(path, engine="netcdf4") as back:
        np.testing.assert_array_equal(back["lst"].isel(time=0).to_numpy(), view.to_numpy())
        assert back["time"].to_numpy()[0] == np.datetime64("2010-01-16")
        np.testing.assert_allclose(back["longitude"], view["x"])
        np.testing.assert_allclose(back["latitude"], view["y"])


def test_netcdf_without_time_has_no_time():
    back = xr.load_dataset(io.BytesIO(view_netcdf(make_view(time=None))), engine="h5netcdf")
    assert set(back["lst"].dims) == {"latitude", "longitude"}


def test_netcdf_of_an_observation_is_not_marked_simulated():
    view = make_view()
    del view.attrs["simulated"]
    back = xr.load_dataset(io.BytesIO(view_netcdf(view)), engine="h5netcdf")
    assert "simulated" not in back.attrs
    assert "simulated" not in back["lst"].attrs


def test_netcdf_in_mercator_is_in_metres():
    view = make_view(bounds=(4e6, 4e6, 9e6, 7e6), crs="EPSG:3857")
    back = xr.load_dataset(io.BytesIO(view_netcdf(view)), engine="h5netcdf")
    assert back["lst"].dims == ("time", "y", "x")
    assert back["x"].attrs["units"] == "m"
    assert "3857" in back["crs"].attrs["crs_wkt"]


@settings(max_examples=25, deadline=None)
@given(
    west=st.floats(-180, 170),
    south=st.floats(-89, 60),
    wide=st.floats(1, 60),
    tall=st.floats(1, 25),
    fx=st.floats(0, 0.999),
    fy=st.floats(0, 0.999),
)
def test_geotiff_has_the_value_of_the_view_at_every_place(west, south, wide, tall, fx, fy):
    view = make_view(bounds=(west, south, west + wide, south + tall), width=37, height=23)
    lon = view["x"].to_numpy()[int(fx * 37)]
    lat = view["y"].to_numpy()[int(fy * 23)]
    with rasterio.io.MemoryFile(view_geotiff(view)) as file, file.open() as raster:
        (value,) = next(raster.sample([(lon, lat)]))
        np.testing.assert_equal(value, view.sel(x=lon, y=lat).to_numpy())
        np.testing.assert_allclose(
            raster.bounds, (west, south, west + wide, south + tall), atol=1e-6
        )


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:3857"])
def test_geotiff_says_what_it_holds(crs):
    view = make_view(
        crs=crs, bounds=(40, 35, 90, 60) if crs == "EPSG:4326" else (4e6, 4e6, 9e6, 7e6)
    )
    with rasterio.io.MemoryFile(view_geotiff(view, METADATA)) as file, file.open() as raster:
        assert raster.crs.to_string() == crs
        assert np.isnan(raster.nodata)
        assert np.isnan(raster.read(1)[-4, 4])
        assert raster.units == ("degC",)
        tags = raster.tags()
        assert tags["units"] == "degC"
        assert tags["source"] == "Simulator"
        assert tags["simulated"] == "1"
        assert tags["time"] == "2010-01-16T00:00:00Z"
        assert tags["licence"] == "CC0-1.0"
        assert raster.transform.e < 0, "north up"


def test_geotiff_is_cloud_optimised():
    view = make_view(width=1500, height=1100)
    with rasterio.io.MemoryFile(view_geotiff(view)) as file, file.open() as raster:
        assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert raster.block_shapes == [(512, 512)]
        assert raster.overviews(1)
        np.testing.assert_array_equal(raster.read(1)[::-1], view.to_numpy())


def test_view_across_the_date_line_keeps_its_place():
    view = make_view(bounds=(170, -20, 200, 10), width=30, height=30)
    with rasterio.io.MemoryFile(view_geotiff(view)) as file, file.open() as raster:
        assert raster.bounds.left == pytest.approx(170)
        assert raster.bounds.right == pytest.approx(200)


def test_descending_rows_are_turned():
    view = make_view()
    xr.testing.assert_identical(standard_view(view[::-1]), standard_view(view))


@pytest.mark.parametrize(
    ("view", "message"),
    [
        (make_view().rename(x="column"), "dimensions"),
        (make_view()[:1], "at least two"),
        (make_view().assign_coords(x=np.geomspace(1, 90, 100)), "even steps"),
        (make_view(crs="EPSG:32642"), "allowed are"),
    ],
)
def test_what_is_no_regular_view_is_refused(view, message):
    with pytest.raises(ValueError, match=message):
        view_geotiff(view)


def test_edges_are_half_a_cell_outside():
    assert edges(make_view()) == pytest.approx((40, 35, 90, 60))


def test_time_may_be_an_attribute():
    view = make_view(time=None)
    assert view_time(view) is None
    view.attrs["time"] = "2010-01-16T06:00:00Z"
    assert view_time(view) == pd.Timestamp("2010-01-16 06:00")
