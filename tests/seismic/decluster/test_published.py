"""Counts of published programs on real catalogues, each by its own variant.

Measured with bruces 0.5.0 and seismostats 1.0.1 on Python 3.11: how many events stay.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.seismic.decluster import WINDOWS, gardner_knopoff, mainshocks, reasenberg
from tests.seismic.decluster.reference import Table, reasenberg_by_all

BRUCES = {"linking": "every", "three_dimensional": True}
EPICENTRES = {"linking": "mainshock", "foreshocks": 0.0}
BOTH_SIDES = {"linking": "mainshock", "foreshocks": 1.0}


@pytest.fixture(scope="module")
def oklahoma(real_data):
    return pd.read_csv(real_data / "seismic" / "comcat_oklahoma_2016_m3.csv")


@pytest.fixture(scope="module")
def ridgecrest(real_data):
    table = pd.read_csv(real_data / "seismic" / "comcat_ridgecrest_2019.csv")
    return table.rename(columns={"M": "mag", "time_string": "time"})


@pytest.fixture(scope="module")
def world(real_data):
    table = pd.read_csv(real_data / "seismic" / "usgs_m5_global_2013_2023.csv")
    return table[table["type"] == "earthquake"]


def kept(table, **variant):
    return [int(mainshocks(gardner_knopoff(table, name, **variant)).sum()) for name in WINDOWS]


def test_oklahoma(oklahoma):
    assert kept(oklahoma, **EPICENTRES) == [161, 72, 418]  # seismostats, fs_time_prop 0
    assert kept(oklahoma, **BOTH_SIDES) == [72, 23, 355]  # seismostats, fs_time_prop 1
    assert kept(oklahoma, **BRUCES)[1:] == [52, 430]  # bruces


def test_ridgecrest(ridgecrest):
    assert kept(ridgecrest, **EPICENTRES) == [9, 6, 28]
    assert kept(ridgecrest, **BOTH_SIDES) == [5, 5, 15]
    assert kept(ridgecrest, **BRUCES) == [7, 5, 26]


def test_oklahoma_in_bruces_years(oklahoma):
    """bruces counts a day of 2016, a leap year, as 365.25/366 of a day: so 154 stay, not 155."""
    time = pd.to_datetime(oklahoma["Origin time"], format="ISO8601", utc=True)
    year = pd.Timestamp("2016-01-01", tz="UTC")
    shorter = oklahoma.assign(**{"Origin time": year + (time - year) * (365.25 / 366)})
    assert kept(shorter, **BRUCES) == [154, 52, 430]
    assert kept(oklahoma, **BRUCES) == [155, 52, 430]


def test_world(world):
    assert kept(world, **BOTH_SIDES) == [7708, 6387, 9918]


def test_world_in_whole_seconds(world):
    """seismostats cuts times to seconds, so that two events of one second come at once."""
    time = pd.to_datetime(world["time"], utc=True)
    assert kept(world.assign(time=time.dt.floor("s")), **EPICENTRES) == [9636, 8387, 11437]
    assert kept(world, **EPICENTRES) == [9637, 8388, 11438]


@pytest.mark.parametrize(
    ("name", "ours", "published"), [("oklahoma", 445, 442), ("ridgecrest", 73, 99)]
)
def test_reasenberg_differs_from_bruces_by_its_merge_alone(name, ours, published, request):
    table = request.getfixturevalue(name)
    ids = reasenberg(table, three_dimensional=True)
    assert mainshocks(ids).sum() == ours
    table = table.rename(columns=str.lower).rename(
        columns={"lon": "longitude", "lat": "latitude", "magnitude": "mag", "origin time": "time"}
    )
    table["time"] = pd.to_datetime(table["time"], format="ISO8601", utc=True)
    assert np.array_equal(ids, reasenberg_by_all(Table(table), three_dimensional=True))
    theirs = reasenberg_by_all(Table(table), three_dimensional=True, smaller_on_merge=True)
    assert len(np.unique(theirs)) == published
    largest = table["mag"].to_numpy()[np.unique(theirs)].max()
    assert table["mag"].to_numpy()[mainshocks(ids)].max() == table["mag"].max() >= largest
