"""Smoothing and joining of maps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from analysis.agrarian.mapping import classify, mosaic, smooth
from analysis.agrarian.mapping.smoothing import bayes, majority
from analysis.learning import Cancelled
from tests.agrarian.mapping import mapkit

LAYERS = ("class", "probability", "entropy", "margin")


@pytest.fixture(scope="module")
def land() -> xr.Dataset:
    return classify(mapkit.cube(), mapkit.forest())


def same(one: xr.Dataset, other: xr.Dataset) -> None:
    for layer in LAYERS:
        np.testing.assert_array_equal(one[layer].to_numpy(), other[layer].to_numpy())


def test_a_single_pixel_gives_way_and_an_edge_stays() -> None:
    codes = np.ones((9, 12), np.uint8)
    codes[:, 6:] = 2
    noisy = codes.copy()
    noisy[4, 2] = 2
    noisy[0, 0] = 0
    found = majority(noisy, 1)
    codes[0, 0] = 0
    np.testing.assert_array_equal(found, codes)


def test_a_tie_changes_nothing_and_rejected_pixels_have_no_vote() -> None:
    assert majority(np.array([[1, 2]], np.uint8), 1).tolist() == [[1, 2]]
    assert majority(np.array([[255, 255, 3]], np.uint8), 1).tolist() == [[255, 3, 3]]


def test_bayes_by_its_formula() -> None:
    rng = np.random.default_rng(2)
    chance = rng.dirichlet([1.0, 2.0, 3.0], (5, 5)).transpose(2, 0, 1)
    known = np.ones((5, 5), bool)
    strength = np.array([20.0, 5.0, 1.0])
    found = bayes(chance, known, 1, strength, 0.5, (2, 3, 2, 3))[:, 0, 0]
    logit = np.log(chance / (1 - chance))
    wanted = []
    for k in range(3):
        top = np.sort(logit[k, 1:4, 1:4].ravel())[-5:]
        mean, variance = top.mean(), top.var()
        wanted.append((variance * logit[k, 2, 2] + strength[k] * mean) / (variance + strength[k]))
    p = 1 / (1 + np.exp(-np.array(wanted)))
    np.testing.assert_allclose(found, p / p.sum(), rtol=1e-10)


def test_an_even_field_stays_as_it_is() -> None:
    chance = np.tile(np.array([0.2, 0.3, 0.5])[:, None, None], (1, 6, 7))
    made = bayes(chance, np.ones((6, 7), bool), 2, np.full(3, 20.0), 0.5, (0, 6, 0, 7))
    np.testing.assert_allclose(made, chance, atol=1e-12)


def test_smoothing_makes_the_map_better_and_tiles_change_nothing(
    land: xr.Dataset, tmp_path: Path
) -> None:
    truth = mapkit.truth() + 1
    noise = mapkit.cube(seed=4).copy(deep=True)
    noise["ndvi"] += np.random.default_rng(0).normal(0, 0.2, noise["ndvi"].shape).astype("float32")
    raw = classify(noise, mapkit.forest())
    before = (raw["class"] == truth).mean()
    for method in ("bayes", "majority"):
        made = smooth(raw, method=method, radius=2)
        assert (made["class"] == truth).mean() > before + 0.005
        stored = classify(noise, mapkit.forest(), tmp_path / "raw", tile=16)
        same(smooth(stored, tmp_path / method, method=method, radius=2, workers=2), made)
    assert made.attrs["smoothed"] == "majority, radius 2 pixels"
    assert made.attrs["simulated"]


def test_no_data_stays_and_is_silent(land: xr.Dataset) -> None:
    ds = mapkit.cube()
    ds["ndvi"][:, 10:14, 10:14] = np.nan
    made = smooth(classify(ds, mapkit.forest()))
    gone = made["class"].to_numpy() == 0
    assert gone[10:14, 10:14].all()
    assert gone.sum() == 16


@pytest.mark.parametrize(
    ("more", "match"),
    [
        ({"method": "gauss"}, "'bayes' or 'majority'"),
        ({"radius": 0}, "1 to 7"),
        ({"share": 0.0}, "above 0"),
        ({"smoothness": -1.0}, "above 0"),
        ({"smoothness": {"frost": 3.0}}, "no class 'frost'"),
    ],
)
def test_wrong_choices_are_refused(land: xr.Dataset, more: dict, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        smooth(land, **more)


def test_smoothing_can_be_stopped(land: xr.Dataset) -> None:
    with pytest.raises(Cancelled):
        smooth(land, cancel=lambda: True)


def test_parts_of_a_map_join_to_the_whole(land: xr.Dataset, tmp_path: Path) -> None:
    parts = [
        land.isel(latitude=slice(0, 22), longitude=slice(0, 30)),
        land.isel(latitude=slice(0, 22), longitude=slice(25, 60)),
        land.isel(latitude=slice(18, 40)),
    ]
    for order in (parts, parts[::-1]):
        made = mosaic(order, tmp_path / f"{len(order[0].longitude)}", workers=2)
        same(made, land)
        np.testing.assert_allclose(made["longitude"], land["longitude"], atol=1e-9)


def test_overlaps_are_decided_as_asked(land: xr.Dataset) -> None:
    other = land.copy(deep=True)
    other["class"][:] = 3
    other["margin"][:] = 5_000
    assert (mosaic([land, other], overlap="last")["class"] == 3).all()
    same(mosaic([land, other], overlap="first"), land)
    surest = mosaic([land, other])["class"]
    expected = xr.where(land["margin"] >= 5_000, land["class"], 3)
    np.testing.assert_array_equal(surest, expected)


def test_classes_are_joined_by_name(land: xr.Dataset) -> None:
    other = land.assign_coords(longitude=land["longitude"] + 0.6)
    other = other.assign_coords(label=["water", "ice", "forest"])
    other.attrs = {k: v for k, v in land.attrs.items() if k != "legend"}
    other.attrs["classes"] = ["water", "ice", "forest"]
    made = mosaic([land, other])
    assert made.attrs["classes"] == ["arable", "forest", "water", "ice"]
    right = made["class"].to_numpy()[:, 60:]
    np.testing.assert_array_equal(right, np.array([0, 3, 4, 2])[land["class"].to_numpy()])
    np.testing.assert_array_equal(
        made["probability"].to_numpy()[3, :, 60:], land["probability"].to_numpy()[1]
    )
    assert (made["probability"].to_numpy()[0, :, 60:] == 0).all()


def test_maps_in_other_projections_are_brought_in(land: xr.Dataset) -> None:
    import pyproj

    x = np.arange(350_000.0, 400_000.0, 500.0)
    y = np.arange(5_765_000.0, 5_800_000.0, 500.0)
    way = pyproj.Transformer.from_crs("EPSG:32642", "EPSG:4326", always_xy=True)
    lon, lat = way.transform(*np.meshgrid(x, y))
    shift = mapkit.cube().rename(latitude="y", longitude="x").isel(y=[0], x=[0])
    values = np.broadcast_to((lon > 67.2)[None] * 0.6, (3, *lon.shape)).astype("float32")
    ds = xr.Dataset(
        dict.fromkeys(("ndvi", "nir"), (("time", "y", "x"), values)),
        {"time": shift["time"], "y": y, "x": x},
    )
    utm = classify(ds, mapkit.forest(), crs="EPSG:32642")
    east = land.assign_coords(longitude=land["longitude"] + 1.9)
    made = mosaic([east, utm], overlap="last")
    column = int(np.argmin(np.abs(made["longitude"].to_numpy() - 67.0)))
    row = int(np.argmin(np.abs(made["latitude"].to_numpy() - float(lat.mean()))))
    assert lat.min() < made["latitude"][row] < lat.max()
    dark = made["class"].to_numpy()[row, column]
    wanted = utm["class"].to_numpy()[lon < 67.1]
    assert set(np.unique(wanted)) == {dark}


def test_what_cannot_be_joined_is_refused(land: xr.Dataset) -> None:
    with pytest.raises(ValueError, match="no map"):
        mosaic([])
    with pytest.raises(ValueError, match="'first', 'last'"):
        mosaic([land], overlap="mean")
    far = land.isel(latitude=slice(0, 2), longitude=slice(0, 2))
    with pytest.raises(ValueError, match="would have"):
        mosaic(
            [
                far,
                far.assign_coords(longitude=far["longitude"] - 200, latitude=far["latitude"] - 90),
            ]
        )
