"""Tectonic regimes of events."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from analysis.seismic.regimes import PRIORITY, SETTINGS, fault_type, tectonic_regimes
from analysis.sources import open_source


def table(lon, lat, depth=10.0, **columns):
    frame = pd.DataFrame({"longitude": lon, "latitude": lat}, dtype=float).assign(**columns)
    return frame.assign(time=pd.Timestamp("2020-01-01"), depth=depth, mag=5.0)


def squares(*rows):
    """Polygons of given regimes side by side: (regime, oceanic, west, east)."""
    return gpd.GeoDataFrame(
        {
            "regime": [row[0] for row in rows],
            "oceanic": [row[1] for row in rows],
            "geometry": [shapely.box(row[2], -90, row[3], 90) for row in rows],
        },
        crs=4326,
    )


@pytest.fixture(scope="module")
def gcmt():
    return open_source("events_gcmt").compute()


def test_real_events_agree_with_the_regimes_they_were_packaged_with(gcmt):
    found = tectonic_regimes(gcmt)
    # Of 50,282 events 3 lie on borders, where the packaged column took any of the two.
    assert (found["polygon"].to_numpy() != gcmt["regime"].to_numpy()).sum() <= 3
    changed = found["polygon"] != found["regime"]
    assert (found["regime"][changed] == "subduction").all()
    assert (gcmt["depth"][changed] >= 70).all()
    assert 0 < changed.sum() < 200
    assert set(found["setting"]) == set(SETTINGS)


def test_mechanisms_are_those_of_the_settings(gcmt):
    """Thrusts dominate shallow subduction, and no thrust is called a ridge or a transform."""
    found = tectonic_regimes(gcmt)
    kind = pd.Series(fault_type(gcmt["rake1"], gcmt["rake2"]), index=gcmt.index)
    assert (kind[found["setting"] == "subduction"] > 0.5).mean() > 0.5
    assert (kind[found["setting"] == "ridge"] < -0.5).all()
    assert (kind[found["setting"] == "transform"].abs() <= 0.5).all()
    rift = found["setting"] == "rift"
    assert not found["oceanic"][rift].any()
    assert found["oceanic"][found["setting"].isin(["ridge", "transform"])].all()


def test_without_mechanisms_the_sea_floor_is_either():
    found = tectonic_regimes(table([-113.0], [-20.0]))
    assert found.loc[0].tolist() == ["active", "active", "ridge or transform", True]
    slip = tectonic_regimes(
        table([-113.0] * 3, [-20.0] * 3, rake1=[-90, 0, 90], rake2=[-90, 0, 90])
    )
    assert slip["setting"].tolist() == ["ridge", "transform", "ridge or transform"]


def test_on_a_border_the_first_of_the_priority_counts_in_any_order_of_polygons():
    rows = [(name, False, 10 * k, 10 * k + 10) for k, name in enumerate(PRIORITY[::-1])]
    for order in (rows, rows[::-1]):
        found = tectonic_regimes(table([5, 10, 20, 30, 35], [0] * 5), squares(*order))
        assert found["regime"].tolist() == [
            "stable",
            "active",
            "volcanic",
            "subduction",
            "subduction",
        ]
    both = squares(("active", True, 0, 10), ("active", False, 10, 20))
    assert tectonic_regimes(table([10], [0]), both)["oceanic"].tolist() == [False]


def test_the_date_line_is_one_line_from_both_sides():
    polygons = squares(("stable", True, -180, 0), ("subduction", True, 0, 180))
    found = tectonic_regimes(table([-180.0, 180.0, 540.0, 179.99, -179.99], [0] * 5), polygons)
    assert found["regime"].tolist() == ["subduction"] * 4 + ["stable"]


def test_whole_turns_and_the_order_of_rows_do_not_matter(gcmt):
    events = gcmt[["time", "longitude", "latitude", "depth", "mag"]][:2000]
    expected = tectonic_regimes(events)
    turned = events.assign(longitude=events["longitude"] % 360)[::-1]
    assert tectonic_regimes(turned)[::-1].equals(expected)


def test_between_polygons_the_nearest_counts():
    gap = squares(("stable", False, -180, 0), ("active", False, 0.2, 180))
    found = tectonic_regimes(table([0.05, 0.15], [0, 0]), gap)
    assert found["regime"].tolist() == ["stable", "active"]


def test_depth_says_slab_and_the_rule_can_be_switched_off():
    deep = table([67.0] * 4, [49.0] * 4, depth=[69.9, 70.0, 600.0, np.nan])
    assert tectonic_regimes(deep)["regime"].tolist() == ["stable", *["subduction"] * 2, "stable"]
    assert tectonic_regimes(deep)["setting"].tolist()[1:3] == ["slab", "slab"]
    flat = tectonic_regimes(deep, slab_km=np.inf)
    assert (flat["setting"] == "stable continental").all()


def test_events_without_a_place_have_no_regime():
    found = tectonic_regimes(table([np.nan, 0.0, 67.0], [0.0, 91.0, 49.0]))
    assert found["regime"].isna().tolist() == [True, True, False]
    assert found["setting"].isna().tolist() == [True, True, False]
    assert not found["oceanic"][:2].any()
    assert len(tectonic_regimes(table([], []))) == 0


def test_unknown_regimes_and_depths_are_refused():
    with pytest.raises(ValueError, match="Unknown regime 'lava'"):
        tectonic_regimes(table([0], [0]), squares(("lava", False, 0, 10)))
    with pytest.raises(ValueError, match="is 0 km"):
        tectonic_regimes(table([0], [0]), slab_km=0)


def test_fault_type_does_not_care_for_turns_or_for_which_plane_is_first():
    rng = np.random.default_rng(1)
    one, other = rng.uniform(-180, 180, (2, 500))
    found = fault_type(one, other)
    assert np.array_equal(found, fault_type(other, one))
    assert fault_type(one + 360, other - 360) == pytest.approx(found)
    assert (np.abs(found) <= 1).all()
    assert np.isnan(fault_type([np.nan], [0])).all()
