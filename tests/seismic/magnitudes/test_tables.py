"""Columns of a table of events, as arrays."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.seismic.magnitudes.tables import take

MOMENTS = np.array(["2020-01-01T00:00", "2020-06-01T12:30"], dtype="datetime64[us]")


@pytest.mark.parametrize(
    "times",
    [
        pd.Series(MOMENTS),
        pd.Series(MOMENTS.astype("datetime64[ns]")),
        pd.Series(MOMENTS).dt.tz_localize("UTC").dt.tz_convert("Asia/Almaty"),
        pd.Series(["2020-01-01T00:00:00.000Z", "2020-06-01T12:30:00.000Z"]),
        pd.Series(MOMENTS.astype("datetime64[ms]").astype("int64")),
    ],
    ids=["us", "ns", "zone", "text", "milliseconds"],
)
def test_times_of_any_kind_are_utc(times):
    table = pd.DataFrame({"time": times, "lon": [1.0, 2.0], "lat": [3.0, 4.0], "Magnitude": [5, 6]})
    found, mags = take(table, "time", "mag")
    np.testing.assert_array_equal(found, MOMENTS)
    assert mags.tolist() == [5.0, 6.0]


@pytest.mark.parametrize(
    "kind", ["float32", "float64", "Float64", "int64", "Int64", "object", "str"]
)
def test_numbers_of_any_kind_are_floats_and_missing_ones_nan(kind):
    values = pd.Series([5, 6]).astype(kind)
    if kind in ("Float64", "Int64", "object"):
        values = pd.concat([values, pd.Series([pd.NA], dtype=kind)], ignore_index=True)
    table = pd.DataFrame({"mag": values, "time": "2020-01-01", "longitude": 0.0, "latitude": 0.0})
    (mags,) = take(table, "mag")
    assert mags.dtype == np.float64
    assert mags[:2].tolist() == [5.0, 6.0]
    assert np.isnan(mags[2:]).all()


def test_an_absent_column_is_named():
    table = pd.DataFrame({"time": MOMENTS, "longitude": [0, 0], "latitude": [0, 0]})
    with pytest.raises(ValueError, match="no column mag; its columns: time, longitude, latitude"):
        take(table, "mag")
