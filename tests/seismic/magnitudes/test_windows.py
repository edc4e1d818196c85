"""b-value and completeness through time."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.seismic.magnitudes import b_in_time, b_value, completeness, completeness_in_time
from tests.seismic.magnitudes.catalogues import gutenberg_richter, load


def series(n, seed=0, b=1.0, mc=4.0, start="2000-01-01", days=3000):
    random = np.random.default_rng(seed)
    times = pd.Timestamp(start) + pd.to_timedelta(np.sort(random.uniform(0, days, n)), unit="D")
    return pd.DataFrame({"time": times, "mag": gutenberg_richter(n, b, mc, seed)})


@settings(max_examples=30)
@given(st.integers(2, 400), st.integers(5, 200), st.integers(0, 50))
def test_windows_of_events_have_as_many_events(each, step, seed):
    events = series(300, seed)
    table = b_in_time(events, events_each=each, step=step, mc=4.0)
    assert (table["n"] == min(each, 300)).all()
    assert len(table) == max(0, 300 - each) // step + 1
    for i in range(0, len(table), 7):
        part = events.iloc[i * step : i * step + each]
        expected = b_value(part["mag"], 4.0)
        np.testing.assert_equal(
            table.loc[i, ["n", "b", "std"]].tolist(), [expected.n, *expected[:2]]
        )
        assert table["start"][i] == part["time"].iloc[0].as_unit("us")
        assert table["end"][i] == part["time"].iloc[-1].as_unit("us")


def test_windows_of_years_are_half_open_and_whole():
    events = series(500)
    table = completeness_in_time(events, years=2, step=0.5)
    assert (table["end"] - table["start"] == pd.Timedelta(days=730.5)).all()
    assert table["start"].diff().dropna().eq(pd.Timedelta(days=182.625)).all()
    assert table["end"].max() <= events["time"].max() + pd.Timedelta(1, "us")
    for row in table.itertuples():
        inside = events[(events["time"] >= row.start) & (events["time"] < row.end)]
        assert row.n == len(inside)
        assert row.mc == completeness(inside["mag"])


def test_order_of_rows_and_missing_values_do_not_matter():
    events = series(400)
    mixed = pd.concat([events, pd.DataFrame({"time": [pd.NaT], "mag": [5.0]})])
    mixed = mixed.sample(frac=1, random_state=1)
    for method in ("tinti-mulargia", "b-positive"):
        expected = b_in_time(events, events_each=100, mc=4.0, method=method)
        assert b_in_time(mixed, events_each=100, mc=4.0, method=method).equals(expected)


def test_a_change_of_b_is_seen_where_it_happens():
    first, second = series(3000, 1, b=0.8), series(3000, 2, b=1.3, start="2010-01-01")
    table = b_in_time(pd.concat([second, first]), years=2, mc=4.0)
    early = table[table["end"] < "2008"]
    late = table[table["start"] > "2010"]
    assert np.abs((early["b"] - 0.8) / early["std"]).max() < 3.5
    assert np.abs((late["b"] - 1.3) / late["std"]).max() < 3.5


def test_each_window_has_its_own_completeness_if_asked():
    first, second = series(2000, 1, mc=4.0), series(2000, 2, mc=3.0, start="2010-01-01")
    table = b_in_time(pd.concat([first, second]), years=2, step=2)
    filled = table.dropna()
    assert filled["mc"].iloc[0] == 4.2
    assert filled["mc"].iloc[-1] == 3.2
    stable = completeness_in_time(second, years=4, method="b-stability")
    assert stable["mc"].between(3.0, 3.3).all()


def test_few_events_are_one_window_and_none_are_none():
    few = series(5)
    assert len(b_in_time(few, events_each=100, mc=4.0)) == 1
    assert len(completeness_in_time(few, years=100)) == 1
    empty = series(0)
    assert b_in_time(empty, years=1).shape == (0, 7)
    assert completeness_in_time(empty, events_each=10)["mc"].dtype == float


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "give one of the two"),
        ({"years": 1, "events_each": 5}, "give one of the two"),
        ({"years": 0}, "window is 0"),
        ({"years": 1, "step": -1}, "step is -1"),
        ({"years": 1, "step": 1e-7}, "more than a million windows"),
        ({"years": 1, "mc": "guess"}, "'guess'; it must be one of maxc"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        b_in_time(series(50), **arguments)


def test_raw_tables_are_understood(real_data):
    raw = pd.read_csv(real_data / "seismic" / "usgs_m45_global_2020.csv")
    raw = raw[raw["type"] == "earthquake"]
    table = b_in_time(raw, events_each=1000, step=500)
    usual = b_in_time(load(real_data, "usgs_m45_2020"), events_each=1000, step=500)
    assert table.equals(usual)
    assert table["b"].between(0.9, 1.5).all()
