"""Flags and counts pass the door bit for bit; quantities beside them are treated as ever."""

from __future__ import annotations

import dask
import dask.array as da
import numpy as np
import pyproj
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.sources import roles
from analysis.sources.normalise import Hints, normalise

QUALITY = {"role": "quality", "flag_meanings": "good other"}


def flagged(flags, **attrs) -> xr.Dataset:
    """Temperature with its flags and counts, three cells."""
    flags = np.asarray(flags)
    return xr.Dataset(
        {
            "lst": (("lat", "lon"), [[290.0, 300.0, 0.0]], {"units": "K", "_FillValue": 0.0}),
            "lst_quality": (("lat", "lon"), flags.reshape(1, 3), {**QUALITY, **attrs}),
            "lst_count": (("lat", "lon"), np.array([[0, 3, 900]], "int32"), {"role": "count"}),
        },
        coords={"lat": [50.0], "lon": [70.0, 71.0, 72.0]},
    )


@settings(max_examples=20)
@given(st.lists(st.integers(0, 2**16 - 1), min_size=3, max_size=3))
def test_all_sixteen_bits_survive_whatever_the_file_calls_fill(flags):
    attrs = {"_FillValue": np.uint16(flags[0]), "valid_range": np.array([7, 9], "uint16")}
    ds = flagged(np.array(flags, "uint16"), **attrs, scale_factor=0.5, units="bit field")
    out = normalise(ds)
    assert out.lst_quality.values.ravel().astype(int).tolist() == flags
    assert out.lst_quality.attrs["units"] == "1"
    assert out.lst_quality.attrs["role"] == "quality"
    assert out.lst_quality.attrs["native_fill"] == flags[0]
    assert out.lst_quality.attrs["flag_meanings"] == "good other"


def test_a_count_of_nothing_is_nought_and_no_gap():
    out = normalise(flagged(np.zeros(3, "uint8")), hints=Hints(scale={"lst_count": 7.0}))
    assert out.lst_count.values.ravel().tolist() == [0, 3, 900]
    np.testing.assert_allclose(out.lst.values.ravel(), [16.85, 26.85, np.nan], atol=1e-4)


def test_a_flag_named_like_a_quantity_is_not_converted():
    ds = flagged(np.array([0, 1, 2], "uint8"))[["lst", "lst_quality"]]
    out = normalise(ds.rename(lst_quality="sst"))  # the vocabulary knows sst in degC
    assert out.sst.attrs["units"] == "1"
    assert out.sst.values.ravel().tolist() == [0, 1, 2]


def test_flags_follow_the_new_name_of_their_variable():
    out = normalise(flagged(np.arange(3, dtype="uint8")), variable_names={"lst": "lst_day"})
    assert set(out.data_vars) == {"lst_day", "lst_day_quality", "lst_day_count", "time_bounds"}
    assert roles.companions(out, "lst_day") == ["lst_day_quality", "lst_day_count"]
    assert roles.physical(out.drop_vars("time_bounds")) == ["lst_day"]


def test_more_bits_than_are_kept_are_refused_and_nothing_is_rounded():
    fits = normalise(flagged(np.array([2**24, 1, 2], "uint32")))
    assert fits.lst_quality.values.ravel()[0] == 2**24
    with pytest.raises(ValueError, match="24 bits"):
        normalise(flagged(np.array([2**24 + 1, 1, 2], "uint32"))).compute()


def test_projected_flags_are_those_of_the_cell_around_each_point(refuse_compute):
    """The flag beside a resampled value is the flag of that very value."""
    crs = pyproj.CRS.from_proj4("+proj=sinu +R=6371007.181 +units=m")
    x = 5_000_000.0 + 1000 * np.arange(60)
    y = 5_500_000.0 - 1000 * np.arange(50)
    numbers = da.arange(3000, chunks=-1).reshape(50, 60)
    ds = xr.Dataset(
        {
            "lst": (("y", "x"), numbers.astype("float32"), {"units": "1"}),
            "lst_quality": (("y", "x"), numbers.astype("uint16"), QUALITY),
        },
        coords={"x": x, "y": y},
    )
    out = normalise(ds.rename(lst="a", lst_quality="a_quality"), hints=Hints(crs=crs.to_wkt()))
    with dask.config.set(scheduler="synchronous"):
        values, flags = out.a.values, out.a_quality.values
    np.testing.assert_array_equal(values, flags)
    assert np.isnan(values).any()
    assert np.unique(values[np.isfinite(values)]).size > 0.6 * 3000
