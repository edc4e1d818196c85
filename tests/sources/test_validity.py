"""Valid ranges, names, marks and attributes that a normalised grid carries."""

from __future__ import annotations

import dask
import dask.array as da
import numpy as np
import pyproj
import pytest
import xarray as xr

from analysis.sources.normalise import Hints, normalise
from tests.sources.test_normalise import grid


@pytest.mark.parametrize(
    "limits",
    [
        {"valid_range": np.array([0, 2000], "int16")},
        {"valid_min": np.int16(0), "valid_max": np.int16(2000)},
        {"valid_range": np.array([270.0, 290.0])},
    ],
)
@pytest.mark.parametrize("decoded", [True, False])
def test_values_outside_the_valid_range_are_missing(limits, decoded):
    packed = np.array([[-1, 0], [2000, 32000]], dtype="int16")  # the last is no measurement
    attrs = {"units": "K", "scale_factor": 0.01, "add_offset": 270.0, **limits}
    ds = xr.Dataset({"t": (("lat", "lon"), packed, attrs)}, {"lat": [0.0, 1.0], "lon": [0.0, 1.0]})
    out = normalise(xr.decode_cf(ds) if decoded else ds, source="test")
    wanted = np.array([[np.nan, 270], [290, np.nan]])
    np.testing.assert_allclose(out["t"][0], wanted, rtol=1e-6)
    assert not [key for key in out["t"].attrs if key.startswith("valid")]


def test_the_valid_range_of_a_packed_projected_grid_is_unpacked():
    packed = np.array([[100, 200], [300, 32000]], dtype="int16")
    attrs = {"units": "K", "scale_factor": 0.01, "add_offset": 270.0, "grid_mapping": "crs"}
    attrs["valid_range"] = np.array([0, 2000], "int16")
    axes = {"y": [5e6, 4.9e6], "x": [4e5, 5e5]}
    ds = xr.Dataset({"t": (("y", "x"), packed, attrs)}, axes)
    ds["crs"] = ((), 0, pyproj.CRS(32642).to_cf())
    values = normalise(xr.decode_cf(ds), source="test")["t"].to_numpy()
    assert set(np.unique(values[np.isfinite(values)]).round(2).tolist()) == {271, 272, 273}


@pytest.mark.parametrize(
    "limits",
    [
        {"valid_range": "0, 1"},
        {"valid_min": np.nan},
        {"valid_range": [2.0, 1.0]},
        {"valid_range": [0, 1]},
    ],
)
def test_a_valid_range_that_says_nothing_blanks_nothing(limits):
    ds = grid([0.0, 90.0], [0.0, 1.0], **limits)
    assert not np.isnan(normalise(ds)["lwe_thickness"]).any()


def test_a_field_without_time_holds_at_every_step(refuse_compute):
    times = np.array(["2001-03-01", "2001-01-01", "2001-02-01"], dtype="datetime64[ns]")
    ds = grid([10.0, 20.0, 30.0], [2.0, 1.0], time=times)
    ds["mask"] = (("lon", "lat"), da.from_array(np.arange(6.0).reshape(3, 2)), {"units": "1"})
    out = normalise(ds)
    with dask.config.set(scheduler="sync"):
        for step in range(3):
            np.testing.assert_array_equal(out["mask"][step], ds["mask"].values.T[::-1])


def test_names_are_changed_and_others_left_out():
    ds = grid([0, 1], [0, 1], name="UWND", units="M/S")
    ds["quality"] = ds.UWND * 0
    out = normalise(ds, variable_names={"UWND": "u_wind"}, source="test")
    assert set(out.data_vars) == {"u_wind", "time_bounds"}
    with pytest.raises(ValueError, match="Did you mean 'UWND'"):
        normalise(ds, variable_names={"UWDN": "u_wind"}, source="test")


@pytest.mark.parametrize("how", ["variable", "dataset", "hint"])
def test_simulated_data_are_marked(how):
    ds = grid([0, 1], [0, 1])
    if how == "variable":
        ds.lwe_thickness.attrs["simulated"] = 1
    elif how == "dataset":
        ds.attrs["simulated"] = "true"
    out = normalise(ds, source="test", hints=Hints(simulated=how == "hint"))
    assert out.lwe_thickness.attrs["simulated"] is True


def test_observations_are_not_marked():
    ds = grid([0, 1], [0, 1], simulated=0)
    assert "simulated" not in normalise(ds, source="test").lwe_thickness.attrs


def test_native_attributes_remember_the_file():
    times = xr.date_range("2000-01-01", periods=2, freq="YS", calendar="360_day", use_cftime=True)
    out = normalise(grid([0, 90, 180, 270], [10, -10], units="m", time=times), source="test")
    assert out.attrs["native_longitude"] == "0..270"
    assert out.attrs["native_latitude"] == "10..-10"
    assert out.attrs["native_calendar"] == "360_day"
    assert out.lwe_thickness.attrs["native_units"] == "m"
    assert out.lwe_thickness.attrs["units"] == "cm"


def test_a_table_is_no_grid():
    with pytest.raises(ValueError, match="No longitude and latitude dimensions"):
        normalise(xr.Dataset({"a": ("time", [1.0, 2.0])}), source="test")
