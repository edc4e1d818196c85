"""Traps of real files, one by one, on grids of a few cells."""

from __future__ import annotations

import cftime
import dask.array as da
import numpy as np
import pyproj
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.sources.normalise import STATIC_TIME, Hints, normalise


def grid(lon, lat, *, units="cm", name="lwe_thickness", time=None, **attrs) -> xr.Dataset:
    """Values that tell where they come from: longitude on the circle plus 1000 x latitude."""
    lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    values = marks(lon, lat)
    dims: tuple[str, ...] = ("lat", "lon")
    coords = {"lat": lat, "lon": lon}
    if time is not None:
        values = np.stack([values + step / 8 for step in range(len(time))])
        dims = ("time", *dims)
        coords["time"] = time
    units_attr = {} if units is None else {"units": units}
    return xr.Dataset({name: (dims, values, {**units_attr, **attrs})}, coords=coords)


def marks(lon, lat):
    """Cosine and sine separate all meridians, whatever turn they are written in."""
    angle = np.radians(lon)
    return np.cos(angle)[None, :] + 10 * np.sin(angle)[None, :] + 1000 * lat[:, None]


def check_places(out: xr.Dataset, name="lwe_thickness") -> None:
    wanted = marks(out.longitude.values, out.latitude.values)
    np.testing.assert_allclose(out[name].isel(time=0).values, wanted, rtol=1e-6, atol=1e-3)
    assert np.all(np.diff(out.longitude) > 0)
    assert np.all(np.diff(out.latitude) > 0)
    assert out.longitude[0] >= -180
    assert out.longitude[-1] < 180


LONGITUDES = {
    "0..360": np.arange(0.25, 360, 0.5),
    "-180..180 with both ends": np.arange(-180.0, 180.1, 5),
    "0..360 with both ends": np.arange(0.0, 360.1, 2.5),
    "20..377.5": np.arange(20.0, 378, 2.5),
    "20.17..380.17 with both ends": np.linspace(20 + 1 / 6, 380 + 1 / 6, 1081),
    "-268.9": np.arange(-268.9, -260, 0.1),
    "over the date line": np.arange(170.0, 191, 1),
    "descending": np.arange(179.5, -180, -1),
    "float32": np.arange(0, 360, 5 / 6, dtype=np.float32),
}


@pytest.mark.parametrize("lat", [[10.0, 0.0, -10.0], [-10.0, 0.0, 10.0]], ids=["down", "up"])
@pytest.mark.parametrize("lon", LONGITUDES.values(), ids=LONGITUDES.keys())
def test_every_value_stays_at_its_place(lon, lat):
    out = normalise(grid(lon, lat), source="test")
    check_places(out)
    turns = {round(float(value) % 360, 3) % 360 for value in lon}
    assert out.sizes["longitude"] == len(turns)


@settings(max_examples=30)
@given(
    first=st.floats(-360, 200, allow_nan=False),
    step=st.sampled_from([0.25, 0.5, 1.0, 2.5, 7.0]),
    count=st.integers(1, 500),
)
def test_longitude_wrap_has_an_inverse(first, step, count):
    count = min(count, int(360 / step))
    lon = first + step * np.arange(count)
    out = normalise(grid(lon, [0.0, 1.0]), source="test")
    check_places(out)
    assert out.sizes["longitude"] == count
    # turning them back gives the same set of meridians
    back = np.sort((out.longitude.values - first) % 360)
    expected = np.sort((lon - first) % 360)
    gap = np.abs(np.exp(1j * np.radians(back)) - np.exp(1j * np.radians(expected)))
    assert gap.max() < 1e-3


@settings(max_examples=20)
@given(shift=st.integers(0, 143))
def test_rolling_the_file_changes_nothing(shift):
    lon = np.arange(0, 360, 2.5)
    whole = grid(lon, [-1.0, 1.0])
    rolled = whole.roll(lon=shift, roll_coords=True)
    xr.testing.assert_equal(
        normalise(whole, source="test").drop_attrs(), normalise(rolled, source="test").drop_attrs()
    )


def test_normalising_twice_is_normalising_once():
    times = np.array(["2001-03-16", "2001-02-15", "2001-01-16"], dtype="datetime64[ns]")
    once = normalise(grid([350, 0, 10], [1, 0, -1], time=times, units="m"), source="test")
    twice = normalise(once, source="test")
    xr.testing.assert_identical(once, twice)
    static = normalise(grid([0, 1], [0, 1]), source="test")
    xr.testing.assert_identical(static, normalise(static, source="test"))


def test_everything_stays_lazy(refuse_compute):
    ds = xr.Dataset(
        {
            "tec": (
                ("time", "lat", "lon"),
                da.ones((3, 71, 73), chunks=(1, 71, 73)),
                {"units": "TECU"},
            )
        },
        coords={
            "time": np.array(["2020-01-01", "2020-01-02", "2020-01-03"], dtype="datetime64[ns]"),
            "lat": np.arange(87.5, -88, -2.5),
            "lon": np.arange(-180, 181, 5),
        },
    )
    out = normalise(ds, source="test")
    assert out.tec.chunks is not None
    assert out.tec.shape == (3, 71, 72)
    assert out.tec.dtype == np.float32


def test_projected_grid_stays_lazy(refuse_compute):
    ds = xr.Dataset(
        {"red": (("y", "x"), da.ones((2000, 3000), chunks=1000), {"units": "1"})},
        coords={"x": 300000.0 + 30 * np.arange(3000), "y": 5500000.0 - 30 * np.arange(2000)},
    )
    out = normalise(ds, source="test", hints=Hints(crs="EPSG:32642"))
    assert out.red.chunks is not None
    assert 65 < float(out.longitude.mean()) < 69


@pytest.mark.parametrize("crs", ["EPSG:32642", "+proj=sinu +R=6371007.181 +units=m", "EPSG:6933"])
def test_projected_values_are_those_of_the_nearest_cell(crs):
    forward = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    x0, y0 = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(67.2, 49.1)
    xs, ys = x0 + 500.0 * np.arange(60), y0 - 500.0 * np.arange(40)
    lon, lat = forward.transform(*np.meshgrid(xs, ys))
    ds = xr.Dataset(
        {
            name: (("y", "x"), field, {"units": "degree"})
            for name, field in (("a", lon), ("b", lat))
        },
        coords={"x": xs, "y": ys},
    )
    out = normalise(ds, source="test", hints=Hints(crs=crs)).isel(time=0)
    # each cell holds the coordinates of the source cell it was taken from: half a cell away at most
    metres_x = (out.a - out.longitude) * 111_320 * np.cos(np.radians(49.1))
    metres_y = (out.b - out.latitude) * 111_200
    assert float(abs(metres_x).max()) < 700
    assert float(abs(metres_y).max()) < 700
    assert float(np.isfinite(out.a).mean()) > 0.6
    assert out.attrs["native_crs"]


def test_grid_of_metres_without_a_system_is_refused():
    ds = xr.Dataset(
        {"red": (("y", "x"), np.ones((2, 2)), {"units": "1"})},
        coords={"x": [300000.0, 300030.0], "y": [5500000.0, 5500030.0]},
    )
    with pytest.raises(ValueError, match="State one, for example crs: EPSG:32642"):
        normalise(ds, source="test")


@pytest.mark.parametrize("calendar", ["360_day", "noleap", "all_leap", "julian"])
def test_no_step_of_a_calendar_is_lost(calendar):
    days = xr.date_range("2000-01-01", periods=800, freq="D", calendar=calendar, use_cftime=True)
    out = normalise(grid([0, 1], [0, 1], time=days), source="test")
    assert out.sizes["time"] == 800
    assert np.all(np.diff(out.time.values) > np.timedelta64(0))
    assert out.attrs["native_calendar"] == calendar
    months = out.indexes["time"]
    assert [(d.year, d.month) for d in days] == list(zip(months.year, months.month, strict=True))


def test_hours_of_a_calendar_are_kept():
    moments = [cftime.datetime(2001, 3, 1, hour, 30, calendar="noleap") for hour in (0, 6, 18)]
    out = normalise(grid([0, 1], [0, 1], time=moments), source="test")
    hours = out.time.values.astype("datetime64[m]").astype(str).tolist()
    assert hours == ["2001-03-01T00:30", "2001-03-01T06:30", "2001-03-01T18:30"]


def test_undecoded_file_is_decoded_once():
    raw = xr.Dataset(
        {
            "lst": (
                ("time", "lat", "lon"),
                np.array([[[0, 7500], [15000, 14000]]], dtype=np.uint16),
                {"units": "K", "scale_factor": 0.02, "_FillValue": np.uint16(0)},
            )
        },
        coords={
            "time": ("time", [10], {"units": "days since 2000-01-01"}),
            "lat": [0.0, 1.0],
            "lon": [0.0, 1.0],
        },
    )
    out = normalise(raw, source="test")
    np.testing.assert_allclose(
        out.lst.values[0], [[np.nan, 150 - 273.15], [300 - 273.15, 280 - 273.15]], rtol=1e-6
    )
    assert str(out.time.values[0])[:10] == "2000-01-11"
    again = normalise(xr.decode_cf(raw), source="test")
    np.testing.assert_array_equal(again.lst.values, out.lst.values)


def test_library_fill_without_a_declaration_is_blank():
    ds = grid([0, 1], [0, 1])
    ds.lwe_thickness[0, 0] = 9.969209968386869e36
    out = normalise(ds, source="test").lwe_thickness.values
    assert np.isnan(out[0, 0, 0])
    assert np.isfinite(out).sum() == 3


@pytest.mark.parametrize(
    ("name", "given", "value", "wanted", "units"),
    [
        ("lst", "Kelvin", 300.0, 26.85, "degC"),
        ("sst", "degF", 50.0, 10.0, "degC"),
        ("lwe_thickness", "m", 0.25, 25.0, "cm"),
        ("lwe_thickness", "mm", 250.0, 25.0, "cm"),
        ("lwe_thickness", "kg m-2", 250.0, 25.0, "cm"),
        ("displacement", "m", 0.004, 4.0, "mm"),
        ("displacement", "cm", 4.0, 40.0, "mm"),
        ("tec", "1E16 e/m^2", 12.0, 12.0, "TECU"),
        ("wind_speed", "km/h", 36.0, 10.0, "m/s"),
        ("elevation", "KILOMETERS", 1.5, 1500.0, "m"),
        ("elevation", "METERS", 1.5, 1.5, "m"),
    ],
)
def test_units_become_those_of_the_vocabulary(name, given, value, wanted, units):
    ds = grid([0, 1], [0, 1], name=name, units=given)
    ds[name][:] = value
    out = normalise(ds, source="test")[name]
    np.testing.assert_allclose(out.values, wanted, rtol=1e-6)
    assert out.attrs["units"] == units
    assert out.attrs["native_units"] == given


def test_units_that_cannot_be_converted_name_the_variable():
    with pytest.raises(
        ValueError, match=r"'lst': Values in 'furlong' cannot be converted to 'degC'"
    ):
        normalise(grid([0, 1], [0, 1], name="lst", units="furlong"), source="test")


def test_missing_units_name_the_variable():
    with pytest.raises(ValueError, match=r"'salinity' states no units"):
        normalise(grid([0, 1], [0, 1], name="salinity", units=None), source="test")
    told = Hints(units={"salinity": "g/kg"})
    out = normalise(grid([0, 1], [0, 1], name="salinity", units=None), source="test", hints=told)
    assert out.salinity.attrs["units"] == "g/kg"


def test_known_variable_without_units_has_those_of_the_vocabulary():
    out = normalise(grid([0, 1], [0, 1], name="ndvi", units=None), source="test")
    assert out.ndvi.attrs["units"] == "1"


def test_static_grid_has_one_step():
    out = normalise(grid([0, 1], [0, 1], name="elevation", units="m"), source="relief")
    assert out.elevation.dims == ("time", "latitude", "longitude")
    assert out.attrs["static"] is True
    assert out.time.values.tolist() == [STATIC_TIME.astype("int64")]
    assert out.elevation.attrs["source"] == "relief"


def test_single_moment_is_a_time_and_not_static():
    ds = grid([0, 1], [0, 1]).assign_coords(day=np.datetime64("2019-01-21", "ns"))
    out = normalise(ds, source="test")
    assert "static" not in out.attrs
    assert str(out.time.values[0])[:10] == "2019-01-21"


def test_time_bounds_of_the_file_are_kept_and_follow_the_order():
    times = np.array(["2002-06-01", "2002-04-17"], dtype="datetime64[ns]")
    ends = np.array([["2002-05-20", "2002-06-15"], ["2002-04-05", "2002-04-30"]], "datetime64[ns]")
    ds = grid([0, 1], [0, 1], time=times)
    ds["time_bnds"] = (("time", "bnds"), ends)
    out = normalise(ds, source="test")
    np.testing.assert_array_equal(out.time_bounds.values, ends[::-1])
    np.testing.assert_array_equal(out.time.values, times[::-1])
    values = out.lwe_thickness.values
    np.testing.assert_allclose(values[0] - values[1], 1 / 8, atol=1e-4)


def test_derived_bounds_cover_stamps_and_never_overlap():
    for stamps in (
        ["2001-01-16", "2001-02-15", "2001-03-16", "2002-06-16"],
        ["2001-01-01", "2001-01-17", "2001-02-02", "2001-06-26"],
        ["2001-01-01T06", "2001-01-01T12", "2001-01-01T18", "2001-01-03T18"],
        ["2001-01-01", "2002-01-01", "2003-01-01"],
    ):
        times = np.array(stamps, dtype="datetime64[ns]")
        bounds = normalise(grid([0, 1], [0, 1], time=times), source="test").time_bounds.values
        assert np.all(bounds[:, 0] <= times)
        assert np.all(times < bounds[:, 1])
        assert np.all(bounds[:-1, 1] <= bounds[1:, 0])


def test_a_gap_is_not_covered_by_bounds():
    times = np.array(["2017-04-16", "2017-05-16", "2017-06-16", "2018-06-16"], "datetime64[ns]")
    bounds = normalise(grid([0, 1], [0, 1], time=times), source="test").time_bounds.values
    assert bounds[2, 1] == np.datetime64("2017-07-01")
    assert bounds[3, 0] == np.datetime64("2018-06-01")


def test_duplicate_times_are_refused():
    times = np.array(["2020-01-01", "2020-01-02", "2020-01-02"], dtype="datetime64[ns]")
    with pytest.raises(ValueError, match="2020-01-02T00:00:00 appears twice"):
        normalise(grid([0, 1], [0, 1], time=times), source="test")


def test_year_zero_is_refused():
    ds = grid([0.0, 1.0], [0.0, 1.0], time=[366.0, 400.0])
    ds.time.attrs.update(units="days since 0000-01-01", calendar="noleap")
    with pytest.raises(ValueError, match=r"year 1; allowed are 1678 to 2261"):
        normalise(ds, source="test")


def test_latitude_of_91_is_refused():
    with pytest.raises(ValueError, match="latitude of 91; allowed are -90 to 90"):
        normalise(grid([0, 1], [89, 90, 91]), source="test")


def test_latitude_twice_is_refused():
    with pytest.raises(ValueError, match="latitude 5 twice"):
        normalise(grid([0, 1], [5, 5, 6]), source="test")


def test_longitude_in_metres_is_refused():
    with pytest.raises(ValueError, match="longitude of 300000"):
        normalise(grid([300000, 300030], [0, 1]), source="test")


def test_long_extra_dimension_says_which_to_choose():
    ds = grid([0, 1], [0, 1]).expand_dims(depth=[0.0, 10.0, 50.0])
    with pytest.raises(
        ValueError, match=r"dimension 'depth' of 3 values.*select=\{'depth': value\}"
    ):
        normalise(ds, source="test")
    check_places(normalise(ds, source="test", hints=Hints(select={"depth": 9})))


def test_extra_dimension_of_one_value_is_dropped():
    check_places(normalise(grid([0, 1], [0, 1]).expand_dims(band=[1]), source="test"))


def test_unknown_selection_gets_a_suggestion():
    ds = grid([0, 1], [0, 1]).expand_dims(depth=[0.0, 10.0])
    with pytest.raises(ValueError, match="Did you mean 'depth'"):
        normalise(ds, source="test", hints=Hints(select={"dept": 0}))


@pytest.mark.parametrize("lazy", [False, True], ids=["in memory", "lazy"])
def test_infinite_values_and_those_that_float32_cannot_hold_are_missing(lazy):
    values = np.array([[np.inf, 290.15, -np.inf, 1e300, 0.0]])
    ds = grid([0, 10, 20, 30, 40], [5.0], units="K", name="sst")
    ds["sst"] = (("lat", "lon"), values, {"units": "K", "_FillValue": 0.0})
    out = normalise(ds.chunk() if lazy else ds).sst
    assert isinstance(out.data, da.Array)
    np.testing.assert_allclose(out.values.ravel(), [np.nan, 17, np.nan, np.nan, np.nan], rtol=1e-6)


def test_values_that_become_infinite_by_their_unit_are_missing():
    ds = grid([0.0, 10.0], [5.0], name="lwe_thickness", units="m")
    ds["lwe_thickness"] = (("lat", "lon"), np.array([[3e38, 1.5]], np.float32), {"units": "m"})
    np.testing.assert_array_equal(normalise(ds).lwe_thickness.values.ravel(), [np.nan, 150])
