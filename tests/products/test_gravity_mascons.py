"""Monthly grids of equivalent water height."""

from __future__ import annotations

import netCDF4
import numpy as np
import pytest
import xarray as xr

from analysis.sources.gravity.mascons import MasconReader, open_mascons
from analysis.sources.normalise import normalise
from tests.products.gravity_files import (
    MONTHS,
    wave,
    write_csr_mascons,
    write_jpl_mascons,
    write_level3,
)

SPANS = np.array(MONTHS, dtype="datetime64[ns]")


def expected(step=15.0):
    """Field with longitudes from -180 on."""
    return np.roll(wave(step), int(180 / step), axis=2)


@pytest.mark.parametrize("write", [write_jpl_mascons, write_csr_mascons])
def test_mascons_open_lazily_with_their_true_spans(tmp_path, write, refuse_compute):
    out = normalise(open_mascons(write(tmp_path / "m.nc")))
    assert out.lwe_thickness.chunks is not None
    assert out.lwe_thickness.attrs["units"] == "cm"
    np.testing.assert_array_equal(out.time_bounds.values, SPANS)
    assert out.time.size == 3  # June and July 2002 have no solution: no step
    assert out.longitude.values[0] == -172.5


@pytest.mark.parametrize("write", [write_jpl_mascons, write_csr_mascons])
def test_values_keep_their_places(tmp_path, write):
    out = normalise(open_mascons(write(tmp_path / "m.nc")))
    np.testing.assert_allclose(out.lwe_thickness, expected(), rtol=1e-6, atol=1e-5)


def test_uncertainty_of_jpl(tmp_path):
    out = normalise(open_mascons(write_jpl_mascons(tmp_path / "m.nc")))
    np.testing.assert_allclose(out.lwe_uncertainty, np.abs(expected()) * 0.1, rtol=1e-6, atol=1e-5)
    assert out.lwe_uncertainty.attrs["units"] == "cm"
    assert set(out.data_vars) == {"lwe_thickness", "lwe_uncertainty", "time_bounds"}


def test_gains_and_land(tmp_path):
    lat, lon = 12, 24
    gain = np.full((lat, lon), 2.0)
    land = np.zeros((lat, lon))
    land[:, :12] = 1.0
    path = write_jpl_mascons(tmp_path / "m.nc", gain=gain, land=land)
    plain = open_mascons(path).compute()
    scaled = open_mascons(path, gains=True, land_only=True).compute()
    np.testing.assert_allclose(scaled.lwe_thickness[..., :12], plain.lwe_thickness[..., :12] * 2)
    assert np.isnan(scaled.lwe_thickness[..., 12:]).all()
    assert scaled.lwe_thickness.attrs["units"] == "cm"
    with pytest.raises(ValueError, match="has no gain"):
        open_mascons(write_csr_mascons(tmp_path / "c.nc"), gains=True)


def test_fill_is_missing(tmp_path):
    values = wave(15.0)
    values[1, 2, 3] = -99999.0
    out = open_mascons(write_jpl_mascons(tmp_path / "m.nc", values)).compute()
    assert np.isnan(out.lwe_thickness[1, 2, 3])
    assert np.isfinite(out.lwe_thickness).sum() == values.size - 1


def test_monthly_files_of_level_3_join_in_centimetres(tmp_path):
    paths = write_level3(tmp_path)
    assert paths[0].name.startswith("GRD-3_2002095-2002120_GRAC_GFZOP")
    out = normalise(open_mascons(tmp_path))
    np.testing.assert_array_equal(out.time_bounds.values, SPANS)
    np.testing.assert_allclose(out.lwe_thickness[:, 6:], expected()[:, 6:], rtol=1e-5, atol=1e-5)
    assert np.isnan(out.lwe_thickness[:, :4]).all()
    with pytest.raises(ValueError, match="appears twice"):
        normalise(open_mascons([*paths, write_level3(tmp_path, centre="UTCSR")[0]]))


def test_spans_come_from_the_name_where_the_file_has_none(tmp_path):
    path = write_level3(tmp_path)[0]
    with xr.open_dataset(path, decode_times=False) as ds:
        bare = ds.drop_vars("time_bounds").load()
    bare.time.attrs.pop("bounds")
    bare.to_netcdf(path)
    np.testing.assert_array_equal(open_mascons(path).time_bounds.values, SPANS[:1])
    other = tmp_path / "grid.nc"
    bare.to_netcdf(other)
    with pytest.raises(ValueError, match="does not say from when to when"):
        open_mascons(other)


def test_of_a_growing_file_the_latest_is_read(tmp_path):
    for end, months in (("200205", MONTHS[:2]), ("200208", MONTHS)):
        name = f"GRCTellus.JPL.200204_{end}.GLO.RL06.3M.MSCNv04CRI.nc"
        write_jpl_mascons(tmp_path / name, months=months)
    assert open_mascons(tmp_path / "GRCTellus.JPL.*.nc").time.size == 3


def test_wrong_files_are_refused_in_words(tmp_path):
    with pytest.raises(ValueError, match="There is no file or folder"):
        open_mascons(tmp_path / "none.nc")
    bad = tmp_path / "bad.nc"
    bad.write_bytes(b"not a file of NetCDF")
    with pytest.raises(ValueError, match=r"bad.nc cannot be read"):
        open_mascons(bad)
    other = tmp_path / "other.nc"
    xr.Dataset({"sst": ("lat", [1.0])}).to_netcdf(other)
    with pytest.raises(ValueError, match=r"no equivalent water height \(sst\)"):
        open_mascons(other)


@pytest.mark.parametrize(
    ("name", "values", "attrs", "match"),
    [
        ("time_bounds", 3.0, {}, "bounds of time that end before"),
        ("time", 148.0, {}, "has the time 2002-05-29 outside"),
        ("lwe_thickness", 0.1, {"units": None}, "lwe_thickness has the unit None"),
        ("lwe_thickness", 0.1, {"units": 0.0}, r"has the unit .*0\.0"),
        ("lon", 3.0, {}, "lon neither rises nor falls"),
    ],
)
def test_damage_that_would_pass_for_data_is_refused(tmp_path, name, values, attrs, match):
    """Without its unit, metres would be read as centimetres; months would have no length."""
    path = write_level3(tmp_path)[0]
    with netCDF4.Dataset(path, "r+") as file:
        file[name][:] = values
        for key, value in attrs.items():
            file[name].delncattr(key)
            if value is not None:
                file[name].setncattr(key, value)
    with pytest.raises(ValueError, match=match):
        open_mascons(path)


def test_water_of_a_model_on_another_grid_leaves_the_rest(tmp_path):
    months = [
        (f"{year}-{month:02d}-01", f"{year + month // 12}-{month % 12 + 1:02d}-01")
        for year in (2004, 2005)
        for month in range(1, 13)
    ]
    season = np.sin(2 * np.pi * np.arange(24) / 12)
    slow = 0.3 * np.arange(24)
    shape = np.ones((24, 12, 24))
    water = season - season.mean()
    mass = (water + slow - slow.mean())[:, None, None] * shape
    path = write_jpl_mascons(tmp_path / "m.nc", mass, months=months)
    times = np.arange("2003-06", "2006-06", dtype="datetime64[M]").astype("datetime64[ns]")
    phase = (np.arange(36) - 7) % 12
    model = xr.Dataset(
        {
            "tws": (
                ("time", "lat", "lon"),
                10 * np.sin(2 * np.pi * phase / 12)[:, None, None] * np.ones((36, 90, 180)),
                {"units": "mm"},
            )
        },
        coords={"time": times, "lat": np.arange(-89.0, 90, 2), "lon": np.arange(-179.0, 180, 2)},
    )
    model.to_netcdf(tmp_path / "model.nc")
    from intake.readers import datatypes

    data = datatypes.HDF5(url=str(path))
    left = MasconReader(data, hydrology=str(tmp_path / "model.nc")).read()
    assert left.lwe_thickness.chunks is not None
    level = left.lwe_thickness.values[:, 3, 5]
    np.testing.assert_allclose(level, slow - slow.mean(), atol=2e-5)
    late = MasconReader(
        data, hydrology=str(tmp_path / "model.nc"), base=("1990-01-01", "1991-01-01")
    )
    with pytest.raises(ValueError, match="no month of gravity between 1990"):
        late.read()


def test_real_grids_keep_their_gap_and_cycle(real_data):
    folder = real_data / "grids" / "gravity"
    path = folder / "grace_gracefo_jpl_rl06_sh_ewh_global_2deg_lon360_2002_2022.nc"
    out = normalise(open_mascons(path))
    assert out.time.size == 196
    gaps = np.diff(out.time.values) / np.timedelta64(1, "D")
    assert gaps.max() == pytest.approx(370, abs=1)
    assert (np.diff(out.time_bounds.values, axis=1) / np.timedelta64(1, "D")).max() < 45
    amazon = out.lwe_thickness.sel(latitude=-2.5, longitude=-59.5, method="nearest")
    year = amazon.groupby("time.month").mean().compute()
    assert int(year.idxmax()) in (5, 6)
    assert int(year.idxmin()) in (10, 11)
    assert 25 < float(year.max()) < 45
    assert -40 < float(year.min()) < -20
