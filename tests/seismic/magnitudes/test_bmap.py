"""Maps of the b-value, against a search of all pairs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.seismic.distances import distance_km
from analysis.seismic.magnitudes import b_value, completeness
from analysis.seismic.magnitudes.bmap import b_map, b_nearest

WORLD = (-180.0, -90.0, 180.0, 90.0)


def globe(n, seed, region=WORLD, twice=0):
    """Events spread evenly over a region; `twice` of them share the place of another."""
    random = np.random.default_rng(seed)
    west, south, east, north = region
    low, high = np.sin(np.radians([south, north]))
    lons = random.uniform(west, east, n)
    lats = np.degrees(np.arcsin(random.uniform(low, high, n)))
    lons[:twice], lats[:twice] = lons[-1:], lats[-1:]
    mags = 4.0 + random.geometric(0.2, n) * 0.1 - 0.1
    return pd.DataFrame({"longitude": lons, "latitude": lats, "mag": mags})


def brute(events, lon, lat, n, radius_km, mc, method="tinti-mulargia"):
    """One place, all events: the N nearest, then the b-value of the tested function."""
    if mc != "maxc":
        events = events[events["mag"] > mc - 0.05]
    distances = distance_km(lon, lat, events["longitude"], events["latitude"])
    order = np.lexsort((np.arange(len(events)), distances))
    order = order[distances[order] <= radius_km][:n]
    if len(order) < n:
        return [np.nan, np.nan, len(order), np.nan, np.nan]
    mags = events["mag"].to_numpy()[order]
    limit = completeness(mags) if mc == "maxc" else mc
    found = b_value(mags, limit, method=method)
    if np.isnan(found.b) or 2 * found.n < n:
        return [np.nan, np.nan, n, np.nan, np.nan]
    return [*found, distances[order[-1]]]


CASES = [
    ("globe", globe(20_000, 1), 50, 300.0),
    ("far", globe(300, 2), 20, 5000.0),
    ("everything", globe(60, 3), 60, 20_100.0),
    ("hemisphere", globe(400, 4), 100, 10_100.0),
    ("north pole", globe(3000, 5, (-180, 80, 180, 90)), 30, 200.0),
    ("south pole", globe(500, 6, (-180, -90, 180, -86)), 30, 400.0),
    ("date line", globe(3000, 7, (175, -5, 185, 5)), 25, 100.0),
    ("one place", globe(400, 8, (10, 10, 12, 12), twice=200), 50, 60.0),
    ("two", globe(5000, 9), 2, 150.0),
]


@pytest.mark.parametrize(
    ("events", "n", "radius"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
@pytest.mark.parametrize("mc", [4.2, "maxc"])
def test_every_place_equals_a_search_of_all_events(events, n, radius, mc):
    random = np.random.default_rng(n)
    near = events.iloc[random.integers(0, len(events), 60)]
    lons = np.concatenate([near["longitude"] + random.normal(0, 0.3, 60), np.arange(-200, 400, 40)])
    lats = np.concatenate([near["latitude"] + random.normal(0, 0.3, 60), np.linspace(-90, 90, 15)])
    lats = np.clip(lats, -90, 90)
    order = np.argsort(lats) if n % 2 else np.arange(lons.size)
    for method in ("tinti-mulargia", "aki-utsu"):
        found = b_nearest(
            events, lons[order], lats[order], n=n, radius_km=radius, mc=mc, method=method
        )
        expected = [
            brute(events, lon, lat, n, radius, mc, method)
            for lon, lat in zip(lons[order], lats[order], strict=True)
        ]
        np.testing.assert_allclose(found.to_numpy(), expected, rtol=1e-9, atol=1e-9)
    assert (found["n"] >= 0).all()


def test_nodes_in_rows_equal_single_places():
    # a row uses what its neighbour knows; a single place does not
    events = globe(30_000, 11)
    grid = b_map(events, (-180, 60, 180, 90), 5.0, n=30, radius_km=900, mc=4.0)
    for lat in grid["latitude"].values:
        for lon in grid["longitude"].values[::7]:
            alone = b_nearest(events, lon, lat, n=30, radius_km=900, mc=4.0).iloc[0]
            there = grid.sel(longitude=lon, latitude=lat)
            assert [there[name].item() for name in alone.index] == pytest.approx(
                alone.to_list(), rel=1e-9, nan_ok=True
            )


def test_a_map_has_the_nodes_units_and_rules_it_was_asked_for():
    grid = b_map(globe(500, 1), (170, -10, -170, 10), 2.5, mc=4.0, n=10, radius_km=900)
    assert dict(grid.sizes) == {"latitude": 8, "longitude": 8}
    assert grid["longitude"].values.tolist() == [
        -178.75, -176.25, -173.75, -171.25, 171.25, 173.75, 176.25, 178.75,
    ]  # fmt: skip
    assert grid["latitude"].values.tolist() == (np.arange(8) * 2.5 - 8.75).tolist()
    assert {name: grid[name].attrs["units"] for name in grid} == {
        "b": "1", "std": "1", "n": "1", "mc": "1", "radius": "km",
    }  # fmt: skip
    assert grid.attrs["nearest"] == 10
    whole = b_map(globe(500, 1), mc=4.0)
    assert dict(whole.sizes) == {"latitude": 360, "longitude": 720}


def test_a_map_says_whose_events_it_shows_and_whether_they_are_simulated():
    events = globe(100, 1).assign(source=["usgs", "emsc"] * 50, simulated=False)
    observed = b_map(events, resolution=30, mc=4.0)["b"].attrs
    assert observed["source"] == "Qazcube from emsc, usgs"
    assert "simulated" not in observed
    events.loc[3, "simulated"] = True
    assert b_map(events, resolution=30, mc=4.0)["n"].attrs["simulated"] is True


def test_missing_values_and_other_spellings():
    events = globe(2000, 3)
    expected = b_map(events, resolution=30, mc=4.0, radius_km=3000)
    gaps = pd.DataFrame(
        {"longitude": [0, np.nan, 0], "latitude": [np.nan, 0, 0], "mag": [5, 5, np.nan]}
    )
    assert b_map(pd.concat([gaps, events]), resolution=30, mc=4.0, radius_km=3000).equals(expected)
    raw = events.rename(columns={"longitude": "lon", "latitude": "lat", "mag": "Magnitude"})
    raw["time"] = "2020-01-01T00:00:00Z"
    assert b_map(raw, resolution=30, mc=4.0, radius_km=3000).equals(expected)
    turned = events.assign(longitude=events["longitude"] + 360)
    close = b_map(turned, resolution=30, mc=4.0, radius_km=3000)
    np.testing.assert_allclose(close["b"], expected["b"], rtol=1e-12)


def test_completeness_of_the_whole_catalogue_is_the_default():
    events = globe(2000, 3)
    limit = completeness(events["mag"])
    grid = b_map(events, resolution=30, radius_km=3000)
    assert grid["mc"].max() == limit
    assert grid.equals(b_map(events, resolution=30, radius_km=3000, mc=limit))


def test_no_events_are_a_map_without_values():
    for mc in (4.0, None, "maxc"):
        grid = b_map(globe(0, 1), resolution=30, mc=mc)
        assert np.isnan(grid["b"]).all()
        assert (grid["n"] == 0).all()


def test_the_error_of_a_map_covers_the_truth():
    grid = b_map(globe(400_000, 12), resolution=10, mc=4.0, n=100)
    far_apart = grid.sel(latitude=slice(-60, 60))
    truth = -np.log10(0.8) / 0.1
    pulls = ((far_apart["b"] - truth) / far_apart["std"]).values
    assert np.isfinite(pulls).all()
    assert np.mean(np.abs(pulls) < 2) == pytest.approx(0.954, abs=0.03)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n": 1}, "1 events were asked for"),
        ({"n": 10.5}, "10.5 events were asked for"),
        ({"radius_km": 0}, "radius is 0 km"),
        ({"mc": "ks"}, "completeness is 'ks'"),
        ({"mc": np.nan}, "completeness is nan"),
        ({"method": "b-positive"}, "for a map it must be tinti-mulargia or aki-utsu"),
        ({"bin_width": 0}, "bin width is 0"),
        ({"resolution": 0}, "resolution is 0 degrees"),
        ({"region": (0, 0, 0.1, 0.1)}, "smaller than a box of 0.5 degrees"),
        ({"region": (0, 10, 1, 0)}, "south 10.0 and north 0.0"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        b_map(globe(10, 1), **arguments)


def test_places_off_the_earth_are_refused():
    for place in ((0, 91), (np.nan, 0)):
        with pytest.raises(ValueError, match="is not on the Earth"):
            b_nearest(globe(10, 1), *place)
    with pytest.raises(ValueError, match="must have one same length"):
        b_nearest(globe(10, 1), [0, 1], [0])
    with pytest.raises(ValueError, match="no column"):
        b_map(pd.DataFrame({"longitude": [0.0], "latitude": [0.0], "time": ["2020-01-01"]}))


def test_real_b_values_are_plausible(real_data):
    events = pd.read_csv(real_data / "seismic" / "usgs_m5_global_2013_2023.csv")
    grid = b_map(events[events["type"] == "earthquake"], resolution=2.0)
    assert grid["mc"].max() == 5.2
    known = grid["b"].values[np.isfinite(grid["b"].values)]
    assert known.size > 300
    assert 0.9 < np.median(known) < 1.2
    assert grid["radius"].max() <= 300
