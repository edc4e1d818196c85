"""Norms, departures and Z against plain xarray, and their laws."""

from __future__ import annotations

import warnings

import dask.array as da
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from analysis.features import climatology, departure, zscore

DAYS = pd.date_range("1999-11-05", "2012-03-20", freq="D")
MONTHS = pd.date_range("2001-01-01", "2012-12-31", freq="MS")


def cube(times: pd.DatetimeIndex, *, gaps: float = 0.15, kind: str = "float64") -> xr.DataArray:
    generator = np.random.default_rng(7)
    phase = 2 * np.pi * times.day_of_year.to_numpy() / 365.25
    values = 280 + 15 * np.sin(phase)[:, None, None] + generator.normal(size=(times.size, 3, 4))
    values[generator.random(values.shape) < gaps] = np.nan
    values[:, 0, 0] = np.nan
    values[:, 0, 1] = 5.0
    return xr.DataArray(
        values.astype(kind),
        {"time": times, "latitude": [40.0, 41, 42], "longitude": [60.0, 61, 62, 63]},
        ("time", "latitude", "longitude"),
        "lst",
        {"units": "degC", "long_name": "Surface temperature", "source": "made", "simulated": True},
    )


def dates(data: xr.DataArray) -> xr.DataArray:
    """Day of a leap year by way of text, so by another road than the product."""
    texts = data["time"].dt.strftime("%m-%d").to_numpy()
    days = {f"{one:%m-%d}": one.day_of_year for one in pd.date_range("2000-01-01", "2000-12-31")}
    return xr.DataArray([days[text] for text in texts], {"time": data["time"]}, ("time",), "day")


def naive_window(
    data: xr.DataArray, window: int, minimum: int, steps: slice
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation of the norms of some steps, one after the other."""
    day, values = dates(data).to_numpy(), data.to_numpy()
    means, deviations = [], []
    for one in day[steps]:
        apart = np.abs(day - one)
        part = values[np.minimum(apart, 366 - apart) <= window // 2]
        enough = np.isfinite(part).sum(axis=0) >= minimum
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            means.append(np.where(enough, np.nanmean(part, axis=0), np.nan))
            deviations.append(np.where(enough, np.nanstd(part, axis=0, ddof=1), np.nan))
    return np.stack(means), np.stack(deviations)


def test_months_equal_a_plain_group_by():
    data = cube(MONTHS)
    norm = climatology(data, by="month", minimum=2)
    groups = data.groupby("time.month")
    np.testing.assert_allclose(norm["mean"], groups.mean().transpose("month", ...))
    np.testing.assert_allclose(norm["std"], groups.std(ddof=1).transpose("month", ...), atol=1e-12)
    np.testing.assert_array_equal(norm["count"], groups.count().transpose("month", ...))
    expected = (groups - groups.mean()).groupby("time.month") / groups.std(ddof=1)
    expected = expected.transpose(*data.dims).where(data.std("time") > 0)
    np.testing.assert_allclose(zscore(data, minimum=2), expected, atol=1e-9)


def test_days_equal_a_plain_group_by():
    data = cube(DAYS)
    norm = climatology(data, window=1, by="dayofyear", minimum=2)
    groups = data.groupby(dates(data))
    expected = groups.mean().transpose("day", ...).where(groups.count().transpose("day", ...) > 1)
    np.testing.assert_allclose(norm["mean"], expected)
    assert int(norm["count"].sel(dayofyear=60).max()) <= 4, "29 February of four leap years"
    np.testing.assert_allclose(
        departure(data, window=1, minimum=2), groups - expected.rename(day="day"), atol=1e-9
    )


@pytest.mark.parametrize("window", [3, 15])
def test_a_window_equals_all_values_near_the_date(window):
    data, some = cube(DAYS)[::3], slice(None, None, 7)
    mean, deviation = naive_window(data, window, 5, some)
    apart = departure(data, window=window, by="dayofyear")
    np.testing.assert_allclose(apart[some], data.to_numpy()[some] - mean, atol=1e-9)
    z = zscore(data, window=window, by="dayofyear").to_numpy()
    with np.errstate(invalid="ignore", divide="ignore"):
        expected = np.where(deviation > 1e-9, (data.to_numpy()[some] - mean) / deviation, np.nan)
    np.testing.assert_allclose(z[some], expected, rtol=1e-7, atol=1e-9)


def test_the_base_period_is_kept_and_stated():
    data = cube(DAYS)
    norm = climatology(data, (2001, "2005-06"), window=31)
    plain = climatology(data.sel(time=slice("2001-01-01", "2005-06-30")), window=31)
    xr.testing.assert_allclose(norm, plain)
    assert norm.attrs["base_period"] == "2001-01-01/2005-06-30"
    assert norm["mean"].attrs["norm"] == "day of year, window of 31 days"
    z = zscore(data, base=(2001, 2005))
    assert z.attrs["base_period"] == "2001-01-01/2005-12-31"
    assert (z.attrs["units"], z.attrs["simulated"], z.attrs["source"]) == ("1", True, "made")
    assert departure(data).attrs["units"] == "degC"
    assert norm["count"].attrs["units"] == "1"


def test_a_norm_made_before_gives_the_same():
    data = cube(DAYS, kind="float32")
    for by, window in (("month", 1), ("dayofyear", 15)):
        norm = climatology(data, (2001, 2008), by=by, window=window)
        np.testing.assert_allclose(
            zscore(data, norm), zscore(data, base=(2001, 2008), by=by, window=window), rtol=1e-5
        )
    other = norm.isel(latitude=slice(None, None, -1))
    with pytest.raises(ValueError, match="another axis 'latitude'"):
        zscore(data, other)


def test_parts_of_the_day_have_norms_of_their_own():
    times = pd.date_range("2001-01-01", "2007-12-31 22:00", freq="2h")
    values = 10 * np.sin(2 * np.pi * times.hour.to_numpy() / 24)
    data = xr.DataArray(values[:, None], {"time": times}, ("time", "cell"), "tec")
    norm = climatology(data, window=1)
    assert norm["mean"].dims == ("dayofyear", "hour", "cell")
    np.testing.assert_allclose(norm["mean"][0, :, 0], values[:12])
    assert float(abs(departure(data, window=1)).max()) < 1e-9
    apart = departure(data, norm)
    np.testing.assert_allclose(apart.fillna(0), 0, atol=1e-9)
    assert int(np.isnan(apart).sum()) == 12, "one 29 February is too few for a norm"


def test_the_axes_keep_their_order_and_coordinates():
    data = cube(DAYS, kind="float32").assign_coords(season=("time", DAYS.month // 3))
    turned = zscore(data.transpose("longitude", "time", "latitude"))
    assert turned.dims == ("longitude", "time", "latitude")
    assert turned.dtype == np.float32
    assert set(turned.coords) == set(data.coords)
    xr.testing.assert_allclose(turned.transpose(*data.dims), zscore(data))


@pytest.mark.parametrize("chunks", [(-1, 2, 3), (100, 3, 4), (1, 1, 4)])
def test_blocks_change_nothing(chunks):
    data = cube(MONTHS)
    lazy = data.copy(data=da.from_array(data.to_numpy(), chunks=chunks))
    for causal in (False, True):
        xr.testing.assert_identical(
            zscore(lazy, causal=causal).compute(), zscore(data, causal=causal)
        )
    xr.testing.assert_identical(climatology(lazy).compute(), climatology(data))
    norm = climatology(lazy)
    xr.testing.assert_allclose(zscore(lazy, norm).compute(), zscore(data))


def test_nothing_is_computed_before_it_is_asked_for(refuse_compute):
    lazy = cube(DAYS).chunk(time=-1, latitude=1)
    assert isinstance(zscore(lazy).data, da.Array)
    assert isinstance(departure(lazy, climatology(lazy)).data, da.Array)
    assert isinstance(departure(lazy, causal=True, years=5).data, da.Array)


def test_maps_that_do_not_fit_into_memory_are_refused():
    times = pd.date_range("2001-01-01", periods=7305)
    huge = da.zeros((7305, 3600, 7200), chunks=(1, 3600, 7200), dtype="float32")
    data = xr.DataArray(huge, {"time": times}, ("time", "latitude", "longitude"), "lst")
    with pytest.raises(ValueError, match=r"757\.4 GB, stored map by map.*dataset\('series'\)"):
        zscore(data)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"base": (1950, 1960)}, r"holds none of the 144 steps from 2001-01-01 to 2012-12-01"),
        ({"base": (2005, 2001)}, "ends before it begins"),
        ({"base": "2001"}, "give its first and last"),
        ({"base": (None, 2005)}, "None.*is no time"),
        ({"window": 4}, "window is 4 months; it is odd, from 1 to 11"),
        ({"window": 13}, "from 1 to 11"),
        ({"by": "week"}, "one of dayofyear, month, hour"),
        ({"minimum": 1}, "2 or more"),
        ({"years": 5}, "needs causal=True"),
        ({"causal": True, "years": 0}, "1 or more"),
    ],
)
def test_impossible_parameters_are_named(parameters, words):
    with pytest.raises(ValueError, match=words):
        zscore(cube(MONTHS), **parameters)


def test_data_without_times_are_refused():
    data = cube(MONTHS)
    with pytest.raises(ValueError, match="datetime64"):
        climatology(data.assign_coords(time=np.arange(144)))
    with pytest.raises(ValueError, match="'time' must be an axis"):
        climatology(data.isel(time=0, drop=True))


@pytest.mark.parametrize("wild", [1e7, 1e12, 1e30, np.inf, -np.inf])
def test_a_wild_value_is_felt_only_at_its_time_of_the_year(wild):
    data = cube(DAYS, gaps=0)[:, 2, 2]
    spoilt = data.copy()
    spoilt[0] = wild  # 5 November, and the first value of all
    far = (DAYS.month > 1) & (DAYS.month < 10)
    for judge in (zscore, departure):
        expected, found = judge(data)[far], judge(spoilt)[far]
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)


def test_infinite_values_are_not_part_of_a_norm():
    data = cube(DAYS)
    spoilt = data.where(~np.isnan(data), np.inf)
    xr.testing.assert_allclose(climatology(spoilt), climatology(data))


@pytest.mark.parametrize("lazy", [False, True], ids=["in memory", "lazy"])
@pytest.mark.parametrize("axis", ["time", "latitude"])
def test_no_steps_and_no_places_give_empty_results(axis, lazy):
    nothing = cube(MONTHS).isel({axis: slice(0, 0)})
    nothing = nothing.chunk() if lazy else nothing
    assert zscore(nothing).compute().shape == nothing.shape
    assert zscore(nothing, causal=True).compute().shape == nothing.shape
    assert climatology(nothing, by="month")["mean"].compute().shape[1:] == nothing.shape[1:]
