"""Landsat as delivered, purchased scenes with their licence flag, and longwave radiation."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from analysis.cubes import ingest
from analysis.sources import open_source
from analysis.sources.normalise import normalise
from analysis.sources.surface.landsat import open_landsat_temperature
from analysis.sources.surface.longwave import open_longwave
from analysis.sources.surface.scenes import may_be_public, open_scenes
from tests.products.surface_raster_files import (
    write_kazeosat,
    write_landsat,
    write_olr,
    write_planet,
    write_raster,
)

CLEAR = 21824  # clear, low confidence of everything: the commonest flag of a cloud-free scene


@pytest.mark.parametrize("packed", [False, True])
def test_landsat_temperature_of_folders_and_archives(tmp_path, packed):
    stored = np.array([[0, 44177, 44177, 44177, 44177, 44177]], "uint16")
    cloud, shadow, snow = CLEAR | 8, CLEAR | 16, CLEAR | 32
    flags = np.array([[1, CLEAR, cloud, shadow, snow, CLEAR | 2]], "uint16")
    doubt = np.array([[-9999, 150, 150, 150, 150, 150]])
    path = write_landsat(
        tmp_path, temperature=stored, flags=flags, uncertainty=doubt, packed=packed
    )
    ds = open_landsat_temperature(path)
    kelvin = 44177 * 0.00341802 + 149.0
    nan = np.nan
    np.testing.assert_allclose(
        ds.surface_temperature.values[0], [[nan, kelvin, nan, nan, kelvin, nan]], rtol=1e-6
    )
    np.testing.assert_array_equal(ds.surface_temperature_quality.values[0], flags)
    best = open_landsat_temperature(path, "best").surface_temperature.values
    assert np.isfinite(best[0]).tolist() == [[False, True, False, False, False, False]]
    np.testing.assert_allclose(ds.surface_temperature_uncertainty.values[0, 0, 1:], 1.5)
    assert np.isnan(open_landsat_temperature(path, uncertainty=1.0).surface_temperature).all()
    assert str(ds.time.values[0]) == "2020-07-15T05:43:21.123456000"
    out = normalise(ds)
    assert out.surface_temperature.attrs["units"] == "degC"
    assert np.nanmax(out.surface_temperature) == pytest.approx(kelvin - 273.15, abs=1e-3)


def test_landsat_scenes_of_different_extent_lie_on_one_lattice(tmp_path):
    rng = np.random.default_rng(0)
    first = rng.integers(30000, 50000, (20, 30))
    second = rng.integers(30000, 50000, (18, 31))
    for date, values, west, north in (
        ("20200715", first, 500_000.0, 5_000_000.0),
        ("20200731", second, 500_000.0 - 5 * 30, 5_000_000.0 + 2 * 30),
    ):
        write_landsat(tmp_path, date, temperature=values, flags=np.full(values.shape, CLEAR),
                      west=west, north=north)  # fmt: skip
    ds = open_landsat_temperature(tmp_path)
    assert ds.surface_temperature.shape == (2, 22, 35)
    values = (ds.surface_temperature.values - 149.0) / 0.00341802
    np.testing.assert_allclose(values[0, 2:22, 5:35], first, atol=0.02)
    np.testing.assert_allclose(values[1, :18, :31], second, atol=0.02)
    assert np.isfinite(values[0]).sum() == first.size


def test_landsat_needs_its_flags(tmp_path):
    folder = write_landsat(tmp_path, temperature=np.ones((2, 2)), flags=np.full((2, 2), CLEAR))
    band = next(folder.glob("*ST_B10.TIF"))
    assert open_landsat_temperature(band).sizes["time"] == 1  # the other bands lie beside it
    next(folder.glob("*QA_PIXEL.TIF")).unlink()
    with pytest.raises(ValueError, match="has no QA_PIXEL"):
        open_landsat_temperature(folder)
    (tmp_path / "x.tar").write_bytes(b"no archive")
    with pytest.raises(ValueError, match="no whole tar archive"):
        open_landsat_temperature(tmp_path / "x.tar")


def test_planet_scene_and_its_licence(tmp_path, refuse_compute):
    values = np.full((4, 5, 6), 3000, "uint16")
    write_planet(tmp_path, values)
    ds = open_scenes(tmp_path)
    assert list(ds.data_vars)[:4] == ["blue", "green", "red", "nir"]
    assert str(ds.time.values[0]) == "2021-06-03T06:12:44.219812000"
    assert not may_be_public(ds.attrs)
    assert not may_be_public(normalise(ds).attrs)


def test_planet_radiance_becomes_reflectance_by_its_metadata(tmp_path):
    values = np.full((4, 5, 6), 10000, "uint16")
    values[:, 0] = 0
    path = write_planet(tmp_path, values, product="AnalyticMS")
    ds = open_scenes(path)
    np.testing.assert_allclose(ds.blue.values[0, 1:], 0.2, rtol=1e-6)
    np.testing.assert_allclose(ds.nir.values[0, 1:], 0.8, rtol=1e-6)
    assert np.isnan(ds.blue.values[0, 0]).all()


def test_scene_with_dimap_metadata(tmp_path):
    write_kazeosat(tmp_path, np.full((4, 5, 6), 300, "uint16"))
    ds = open_scenes(tmp_path)
    assert str(ds.time.values[0]) == "2019-08-20T06:01:12.500000000"
    assert "IMAGING_DATE" in ds.attrs["time_told_by"]
    assert list(ds.data_vars)[:4] == [f"dn_band_{k}" for k in range(1, 5)]
    named = open_scenes(tmp_path, bands=["blue", "green", "red", "nir"], scale=0.001)
    np.testing.assert_allclose(named.red.values, 0.3, rtol=1e-6)


def test_scene_that_nothing_dates_is_refused(tmp_path):
    path = write_raster(tmp_path / "scene.tif", np.ones((1, 4, 4), "uint16"))
    with pytest.raises(ValueError, match="Nothing tells when"):
        open_scenes(path)
    assert open_scenes(path, time="2020-05-06T07:08:09").sizes["time"] == 1
    (tmp_path / "scene.xml").write_text("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>")
    with pytest.raises(ValueError, match="defines entities"):
        open_scenes(path)
    (tmp_path / "scene.xml").write_text("<a><beginPosition>yesterday-ish</beginPosition></a>")
    with pytest.raises(ValueError, match="which is no time"):
        open_scenes(path)


def test_longwave_radiation_prefers_the_final_record(tmp_path):
    days = np.arange("2020-01-01", "2020-01-05", dtype="datetime64[D]")
    write_olr(tmp_path / "olr-daily_v01r02_20200101_20200104.nc", days)
    later = np.arange("2020-01-04", "2020-01-07", dtype="datetime64[D]")
    write_olr(tmp_path / "olr-daily_v01r02-preliminary_20200104_20200106.nc", later, offset=-50.0)
    ds = normalise(open_longwave(tmp_path))
    assert ds.sizes["time"] == 6
    at_equator = ds.outgoing_longwave.sel(latitude=7.5, longitude=7.5)
    fourth, fifth = at_equator.values[3:5]
    assert fourth > fifth + 40  # 4 January is that of the final record
    assert ds.longitude.values[0] == -172.5
    assert np.isnan(ds.outgoing_longwave.values).sum() == 6  # one filled cell for each step
    np.testing.assert_array_equal(ds.time_bounds.values[:, 0], ds.time.values)
    assert ds.outgoing_longwave.attrs["units"] == "W m-2"


def test_ceres_and_wrong_files(tmp_path):
    months = np.array(["2020-01-15", "2020-02-15"], dtype="datetime64[ns]")
    write_olr(tmp_path / "CERES_EBAF-TOA_Ed4.2.1_Subset_200003-202411.nc", months,
              name="toa_lw_all_mon")  # fmt: skip
    assert open_longwave(tmp_path).sizes["time"] == 2
    xr.Dataset({"x": 1}).to_netcdf(tmp_path / "other.nc")
    with pytest.raises(ValueError, match="no variable olr"):
        open_longwave(tmp_path / "other.nc")


def test_the_licence_of_an_entry_stays_with_its_data(tmp_path, monkeypatch, cache):
    """A grid of any format from an entry that is not public, and the cube made of it."""
    values = np.ones((3, 4), "float32")
    axes = {"lat": [40.0, 41.0, 42.0], "lon": [60.0, 61.0, 62.0, 63.0]}
    grid = xr.Dataset({"ndvi": (("lat", "lon"), values, {"units": "1"})}, coords=axes)
    grid.to_netcdf(tmp_path / "bought.nc")
    rows = "entries:\n  bought: {url: bought.nc, public: false}\n  free: {url: bought.nc}\n"
    (tmp_path / "catalog.yml").write_text(rows)
    monkeypatch.setenv("QAZCUBE_CATALOG", str(tmp_path / "catalog.yml"))
    bought, free = open_source("bought"), open_source("free")
    assert not may_be_public(bought.attrs)
    assert may_be_public(free.attrs)
    assert not may_be_public(ingest(bought, "bought").dataset().attrs)
