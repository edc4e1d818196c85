"""Times of any calendar, and the bounds of steps."""

from __future__ import annotations

import cftime
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.sources.calendars import check_increasing, derive_bounds, to_datetime64

CALENDARS = ["360_day", "noleap", "all_leap", "julian", "standard", "proleptic_gregorian"]


@given(
    st.sampled_from(CALENDARS),
    st.lists(st.integers(0, 40_000), min_size=2, max_size=30, unique=True),
)
def test_order_is_kept_in_every_calendar(calendar, hours):
    hours = sorted(hours)
    native = cftime.num2date(hours, "hours since 1999-01-01", calendar=calendar)
    times, name = to_datetime64(np.array(native))
    assert np.all(np.diff(times) > np.timedelta64(0))
    assert name == calendar
    months = times.astype("datetime64[M]").astype(str).tolist()
    assert months == [f"{t.year:04d}-{t.month:02d}" for t in native]


@given(st.integers(0, 100_000))
def test_our_own_calendar_keeps_the_minute(minutes):
    native = cftime.num2date(minutes, "minutes since 1999-12-25", calendar="proleptic_gregorian")
    times, _ = to_datetime64(np.array([native], dtype=object))
    assert times[0] == np.datetime64("1999-12-25") + np.timedelta64(minutes, "m")


@pytest.mark.parametrize("unit", ["s", "ms", "us", "D"])
def test_other_precisions_become_nanoseconds(unit):
    times, _ = to_datetime64(np.array(["1950-02-03", "2200-01-01"], dtype=f"datetime64[{unit}]"))
    assert times.dtype == np.dtype("datetime64[ns]")
    assert times.astype("datetime64[D]").astype(str).tolist() == ["1950-02-03", "2200-01-01"]


@pytest.mark.parametrize("year", ["0001", "1500", "2300", "9999"])
def test_years_that_do_not_fit_are_refused(year):
    with pytest.raises(ValueError, match="allowed are 1678 to 2261"):
        to_datetime64(np.array([f"{year}-01-01"], dtype="datetime64[s]"))


def test_numbers_are_no_times():
    with pytest.raises(ValueError, match="CF units such as"):
        to_datetime64(np.array([1.0, 2.0]))


def test_a_step_without_a_time_is_refused():
    with pytest.raises(ValueError, match="without a time"):
        check_increasing(np.array(["2000-01-01", "NaT"], dtype="datetime64[ns]"))


@given(st.lists(st.integers(1, 400), min_size=2, max_size=40))
def test_bounds_hold_their_stamp_and_never_overlap(gaps):
    times = np.datetime64("1990-01-05T07", "ns") + np.cumsum(gaps).astype("timedelta64[D]")
    bounds, _ = derive_bounds(times)
    assert np.all(bounds[:, 0] <= times)
    assert np.all(times < bounds[:, 1])
    assert np.all(bounds[:-1, 1] <= bounds[1:, 0])


@pytest.mark.parametrize(
    ("stamps", "rule"),
    [
        (["2001-01-31", "2001-02-28", "2001-03-31"], "calendar months"),
        (["2001-01-01", "2001-02-01", "2001-03-01"], "calendar months"),
        (["2001-01-01", "2002-01-01", "2004-01-01"], "calendar years"),
        (["2001-01-01", "2001-01-02", "2001-01-03"], "from the stamp on"),
        (["2001-01-01T12", "2001-01-02T12", "2001-01-03T12"], "round the stamp"),
        (["2001-01-01"], "one moment"),
    ],
)
def test_rules_of_bounds(stamps, rule):
    assert derive_bounds(np.array(stamps, dtype="datetime64[ns]"))[1] == rule
