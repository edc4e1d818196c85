"""Indices: together, through time, and where they are not known; sun and magnetic latitude."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.seismic.ionosphere import (
    REASONS,
    Limits,
    activity,
    dipole_latitude,
    dipole_pole,
    disturbed,
    local_time,
    solar_zenith,
)
from analysis.sources import open_source

HOURS = pd.date_range("2024-01-01", periods=24 * 20, freq="h")
ONLY_KP = Limits(kp=(3.0, 24.0), dst=None, f107=None)


def kp_series(values: dict[str, float]) -> dict[str, pd.Series]:
    series = pd.Series(1.0, pd.date_range("2024-01-01", periods=8 * 20, freq="3h"))
    for when, value in values.items():
        series[pd.Timestamp(when)] = value
    return {"kp": series}


def test_kp_counts_through_its_three_hours_and_the_hours_after() -> None:
    bits = disturbed(HOURS, kp_series({"2024-01-10T06:00": 5.0}), ONLY_KP)
    found = HOURS[(bits & REASONS["kp"]) != 0]
    assert found[0] == pd.Timestamp("2024-01-10T06:00")
    assert found[-1] == pd.Timestamp("2024-01-11T08:00")  # the value ends at 9, a day before 9


def test_the_limit_itself_is_quiet_and_thirds_above_are_not() -> None:
    assert not disturbed(HOURS, kp_series({"2024-01-10": 3.0}), ONLY_KP)[48:].any()
    assert disturbed(HOURS, kp_series({"2024-01-10": 3.333}), ONLY_KP)[48:].any()


def test_unknown_indices_are_not_quiet() -> None:
    gap = kp_series({})
    gap["kp"]["2024-01-10":"2024-01-12"] = np.nan  # type: ignore[misc]
    bits = disturbed(HOURS, gap, ONLY_KP)
    unknown = HOURS[(bits & REASONS["activity_unknown"]) != 0]
    assert pd.Timestamp("2024-01-12T23:00") in unknown
    assert pd.Timestamp("2024-01-15") not in unknown
    beyond = disturbed(pd.date_range("2025-01-01", periods=3), kp_series({}), ONLY_KP)
    assert (beyond & REASONS["activity_unknown"] != 0).all()


def test_first_table_that_knows_a_value_counts() -> None:
    final = pd.DataFrame({"time": HOURS[:3], "dst": [-10.0, np.nan, -30.0]})
    newest = pd.DataFrame({"time": HOURS[:5], "dst": [0.0, -20.0, 0.0, -40.0, -50.0]})
    assert activity(final, newest)["dst"].tolist() == [-10.0, -20.0, -30.0, -40.0, -50.0]
    with pytest.raises(ValueError, match="No table has an index"):
        activity(pd.DataFrame({"time": HOURS[:1], "speed": [400.0]}))
    with pytest.raises(ValueError, match="no column time"):
        activity(pd.DataFrame({"kp": [1.0]}))


def test_each_index_has_its_own_bit() -> None:
    quiet = pd.Series(-5.0, HOURS)
    storm, flux = quiet.copy(), pd.Series(100.0, HOURS)
    storm.iloc[100], flux.iloc[200] = -80.0, 300.0
    found = {"kp": pd.Series(1.0, HOURS), "dst": storm, "f107": flux}
    limits = Limits(kp=(3, 0), dst=(-30, 0), f107=(250, 0))
    bits = disturbed(HOURS, found, limits)
    assert np.flatnonzero(bits).tolist() == [100, 200]
    assert (bits[100], bits[200]) == (REASONS["dst"], REASONS["f107"])


def test_pole_of_the_dipole_agrees_with_the_published_one() -> None:
    # WDC Kyoto, IGRF: 80.1 N 72.2 W in 2010, 80.4 N 72.6 W in 2015 (geographic latitude)
    for when, north, west in (("2010-01-01", 80.1, -72.2), ("2015-01-01", 80.4, -72.6)):
        latitude, longitude = dipole_pole(when)
        assert latitude == pytest.approx(north, abs=0.15)
        assert longitude == pytest.approx(west, abs=0.1)
    with pytest.raises(ValueError, match="1900-01-01 to 2030-01-01"):
        dipole_pole("2040-01-01")


def test_magnetic_latitude_of_opposite_places_is_opposite() -> None:
    rng = np.random.default_rng(2)
    lat, lon = rng.uniform(-89, 89, 50), rng.uniform(-180, 180, 50)
    there = dipole_latitude(-lat, lon + 180, "2020-01-01")
    np.testing.assert_allclose(dipole_latitude(lat, lon, "2020-01-01"), -there, atol=1e-9)


def test_sun_stands_highest_at_noon_and_its_height_is_that_of_the_season() -> None:
    day = pd.date_range("2024-06-20T20:00", periods=1440, freq="min").to_numpy()
    zenith = solar_zenith(day, 43.25, 76.9)
    noon = day[np.argmin(zenith)]
    assert zenith.min() == pytest.approx(43.25 - 23.436, abs=0.02)
    assert local_time(noon, 76.9) == pytest.approx(12.03, abs=0.03)  # equation of time: 2 minutes
    winter = solar_zenith(np.datetime64("2023-12-22T06:51"), 43.25, 76.9)
    assert winter == pytest.approx(43.25 + 23.436, abs=0.05)


def test_indices_of_the_catalogue_go_in_as_they_open(twin: Path) -> None:
    found = activity(open_source("kp_ap_f107"), open_source("dst_kyoto"), open_source("kp_newest"))
    assert set(found) == {"kp", "dst", "f107"}
    bits = disturbed(pd.to_datetime(["2001-01-03", "2001-01-31"]), found)
    assert bits[0] & REASONS["dst"]  # Dst begins at -40 nT
    assert bits[1] & REASONS["activity_unknown"]  # Kp ends on the fifth of January
