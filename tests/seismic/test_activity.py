"""Activity around a point."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.seismic.activity import events_near, monthly_activity, nearest_event
from analysis.seismic.distances import distance_km
from analysis.seismic.energy import energy_joules, log10_energy


@pytest.fixture
def events():
    generator = np.random.default_rng(3)
    n = 4000
    seconds = generator.integers(946_684_800, 1_104_537_600, n)  # 2000 to 2004
    return pd.DataFrame(
        {
            "time": pd.to_datetime(seconds, unit="s"),
            "longitude": generator.uniform(-180, 180, n),
            "latitude": np.degrees(np.arcsin(generator.uniform(-1, 1, n))),
            "mag": np.round(generator.exponential(0.4, n) + 4, 1),
        },
        index=np.arange(n) * 10,
    )


def test_events_near_keep_their_order_and_index(events):
    near = events_near(events, 180, 10, 2000)
    every = distance_km(180, 10, events["longitude"], events["latitude"])
    assert list(near.index) == list(events.index[every <= 2000])
    assert near["distance_km"].max() <= 2000
    assert {True, False} == set(near["longitude"] > 0)  # both sides of the date line


def test_all_events_are_near_with_half_the_circumference(events):
    assert len(events_near(events, 12, -34, 20016)) == len(events)


def test_months_agree_with_a_plain_group_by(events):
    table = monthly_activity(events, 70, 45, 3000, "2000-01-01", "2005-01-01")
    near = events_near(events, 70, 45, 3000)
    groups = near.groupby(near["time"].dt.to_period("M").dt.to_timestamp())["mag"]
    assert len(table) == 60
    assert table["count"].sum() == len(near) > 0
    full = table[table["count"] > 0]
    np.testing.assert_array_equal(full["count"], groups.size())
    np.testing.assert_array_equal(full["max_mag"], groups.max())
    np.testing.assert_allclose(
        full["log10_energy"], log10_energy(groups.apply(lambda mags: energy_joules(mags).sum()))
    )


def test_a_quiet_place_has_zeros_and_no_largest(events):
    table = monthly_activity(events.head(0), 70, 45, 100, "2000-01-01", "2000-04-01")
    assert table["count"].tolist() == [0, 0, 0]
    assert table["log10_energy"].tolist() == [0.0, 0.0, 0.0]
    assert table["max_mag"].isna().all()
    assert table.index.name == "month"


def test_the_window_is_half_open(events):
    moment = pd.Timestamp("2001-02-01")
    table = events.head(1).assign(time=moment)
    place = table["longitude"].iloc[0], table["latitude"].iloc[0]
    assert monthly_activity(table, *place, 10, "2001-01-01", moment)["count"].tolist() == [0]
    after = monthly_activity(table, *place, 10, moment, "2001-03-01")
    assert after["count"].tolist() == [1]


def test_an_event_without_magnitude_counts_but_adds_no_energy(events):
    table = events.head(1).assign(mag=np.nan, time=pd.Timestamp("2001-02-03"))
    place = table["longitude"].iloc[0], table["latitude"].iloc[0]
    row = monthly_activity(table, *place, 10, "2001-02-01", "2001-03-01").iloc[0]
    assert row["count"] == 1
    assert np.isnan(row["max_mag"])
    assert row["log10_energy"] == 0


def test_events_of_long_ago_do_not_turn_up_in_our_days(events):
    old = pd.DataFrame({"time": np.array(["1411-07-01"], "datetime64[s]"), "mag": [8.0]})
    old = pd.concat([events, old.assign(longitude=10.0, latitude=20.0)])
    window = (10, 20, 3000, "1990-01-01", "2001-01-01")
    pd.testing.assert_frame_equal(monthly_activity(old, *window), monthly_activity(events, *window))


def test_the_window_may_state_its_zone(events):
    plain = monthly_activity(events, 10, 20, 3000, "2000-02-01", "2001-01-01")
    zoned = monthly_activity(events, 10, 20, 3000, "2000-02-01T06:00+06:00", "2001-01-01")
    pd.testing.assert_frame_equal(plain, zoned)
    local = events.assign(time=events["time"].dt.tz_localize("UTC").dt.tz_convert("Asia/Almaty"))
    there = monthly_activity(local, 10, 20, 3000, "2000-02-01", "2001-01-01")
    pd.testing.assert_frame_equal(plain, there)


def test_an_empty_window_is_refused(events):
    with pytest.raises(ValueError, match="is empty"):
        monthly_activity(events, 0, 0, 100, "2001-02-01", "2001-02-01")


def test_the_nearest_event(events):
    found = nearest_event(events, -179.9, 3)
    every = distance_km(-179.9, 3, events["longitude"], events["latitude"])
    assert found is not None
    assert found.name == events.index[every.argmin()]
    assert found["distance_km"] == every.min()
    assert nearest_event(events.head(0), 0, 0) is None
    assert nearest_event(events, -179.9, 3, within=every.min() / 2) is None
