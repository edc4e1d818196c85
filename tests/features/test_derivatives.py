"""Rates of change: straight and bent lines, uneven steps, gaps."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from analysis.features import derivative

UNEVEN = pd.to_datetime(["2020-01-01", "2020-01-03", "2020-01-04", "2020-02-20", "2020-02-21"])


def line(values: list[float] | np.ndarray, times: pd.DatetimeIndex = UNEVEN) -> xr.DataArray:
    array = np.asarray(values, dtype=float)[:, None]
    attrs = {"units": "cm", "long_name": "Height", "simulated": True}
    return xr.DataArray(array, {"time": times}, ("time", "cell"), "height", attrs)


def test_a_parabola_has_its_slope_at_each_step_however_uneven():
    days = (UNEVEN - UNEVEN[0]).days.to_numpy()
    found = derivative(line(3 + 2 * days + 0.5 * days**2), centred=True)
    np.testing.assert_allclose(found[1:-1, 0], (2 + days)[1:-1])
    assert np.isnan(found[[0, -1], 0]).all()


def test_the_feature_knows_no_later_value():
    before = derivative(line([0, 1, 2, 3, 4]))
    changed = derivative(line([0, 1, 2, 99, 99]))
    np.testing.assert_array_equal(before[:3], changed[:3])


def test_units_follow_the_unit_of_time():
    times = pd.date_range("2000-01-01", periods=5, freq="365D")
    found = derivative(line(np.arange(5.0), times), per="year")
    np.testing.assert_allclose(found[1:, 0], 365.2425 / 365)
    assert found.attrs["units"] == "cm/year"
    assert found.attrs["simulated"] is True


def test_gaps_have_no_rate_where_that_is_wished():
    data = line([0, 2, 3, 50, 51])
    assert float(derivative(data)[3, 0]) == 1
    assert np.isnan(derivative(data, longest="40D")[3, 0])
    missing = line([0, np.nan, 3, 50, 51])
    assert np.isnan(derivative(missing)[:3]).all()


def test_it_stays_lazy_and_equal(refuse_compute):
    data = line([0, 2, 3, 50, 51]).expand_dims(latitude=4).transpose("time", "latitude", "cell")
    lazy = derivative(data.chunk(latitude=1))
    assert isinstance(lazy.data, da.Array)
    np.testing.assert_array_equal(lazy.compute(scheduler="synchronous"), derivative(data))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"per": "week"}, "one of hour, day, month, year"),
        ({"longest": "-2D"}, "longer than nothing"),
        ({"longest": "soon"}, "give a length such as '30D'"),
    ],
)
def test_impossible_parameters_are_named(options, words):
    with pytest.raises(ValueError, match=words):
        derivative(line([0, 1, 2, 3, 4]), **options)
    with pytest.raises(ValueError, match="do not ascend"):
        derivative(line([0, 1, 2, 3, 4])[::-1])
