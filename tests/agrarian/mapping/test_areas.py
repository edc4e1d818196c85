"""Hectares by unit: exact, adding up, with intervals; change between maps."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
import xarray as xr

from analysis.agrarian import area_adjusted_accuracy
from analysis.agrarian.legends import legend, legend_of
from analysis.agrarian.mapping import add_up, areas, change, change_map, classify, mosaic
from analysis.agrarian.mapping.grid import grid_of
from analysis.agrarian.mapping.layers import Layers
from analysis.agrarian.mapping.store import as_dataset
from analysis.agrarian.simulatedland import land_truth
from analysis.agrarian.units import areas_km2
from analysis.settings import ROOT
from tests.agrarian.mapping import mapkit

STARTER = ROOT / "analysis" / "starter"


def as_map(codes: np.ndarray, labels: list[str], like: xr.Dataset) -> xr.Dataset:
    """A map of given codes; probabilities are not used here."""
    rest = [np.zeros(codes.shape, np.uint16) for _ in range(2)]
    layers = Layers(codes.astype(np.uint8), np.zeros((len(labels), *codes.shape), np.uint16), *rest)
    return as_dataset(grid_of(like), legend_of(labels), layers, {"simulated": True})


def truth_map(year: int) -> xr.Dataset:
    """The simulated land as a map of ten classes."""
    land = land_truth(year)
    keys = [one.key for one in legend().classes if (land == one.code).any()]
    table = np.zeros(256, np.uint8)
    for number, key in enumerate(keys, start=1):
        table[legend().codes[key]] = number
    return as_map(table[land.to_numpy()], keys, land.to_dataset())


@pytest.fixture(scope="module")
def land() -> xr.Dataset:
    return classify(mapkit.cube(), mapkit.forest())


def boxes(*corners: tuple[float, float, float, float]) -> gpd.GeoDataFrame:
    names = [f"u{number}" for number in range(len(corners))]
    return gpd.GeoDataFrame({"id": names}, geometry=[shapely.box(*c) for c in corners], crs=4326)


def test_the_whole_map_has_the_area_of_its_outline(land: xr.Dataset) -> None:
    table = areas(land)
    assert set(table["unit"]) == {"map"}
    outline = shapely.box(64.995, 51.995, 65.595, 52.395)
    assert table["area_ha"].sum() == pytest.approx(float(areas_km2([outline])[0]) * 100, rel=1e-6)
    assert table["share"].sum() == pytest.approx(1.0)


def test_parts_add_up_to_the_whole_for_every_class(land: xr.Dataset) -> None:
    parts = boxes((64, 51, 65.1234, 53), (65.1234, 51, 66, 52.0777), (65.1234, 52.0777, 66, 53))
    table = areas(land, parts)
    whole = areas(land).set_index("class")["area_ha"]
    total = table.groupby("class")["area_ha"].sum()
    np.testing.assert_allclose(total[whole.index], whole, rtol=1e-6)
    up = add_up(table, dict.fromkeys(parts["id"], "oblast"))
    np.testing.assert_allclose(up.set_index("class")["area_ha"][whole.index], whole, rtol=1e-6)
    with pytest.raises(ValueError, match="'u0' has no parent"):
        add_up(table, {})


def test_a_unit_of_a_part_of_a_pixel(land: xr.Dataset) -> None:
    small = boxes((65.1021, 52.1012, 65.1044, 52.1039))
    table = areas(land, small)
    exact = float(areas_km2(small.geometry.to_numpy())[0]) * 100
    assert table["area_ha"].sum() == pytest.approx(exact, rel=1e-4)
    assert (table["area_ha"] > 0).sum() == 1


def test_what_the_map_does_not_say_is_told_apart() -> None:
    ds = mapkit.cube()
    ds["ndvi"][0, :10] = np.nan
    land = classify(ds, mapkit.forest(), least=0.8)
    table = areas(land, boxes((64.895, 51.995, 65.595, 52.395)))
    about = table.attrs["units"]["u0"]
    assert about["nodata_ha"] > 0
    assert about["rejected_ha"] > 0
    assert about["outside_ha"] == pytest.approx(about["unit_ha"] / 7, rel=1e-3)
    told = sum(about[name] for name in ("mapped_ha", "rejected_ha", "nodata_ha", "outside_ha"))
    assert told == pytest.approx(about["unit_ha"], rel=1e-6)
    assert table["area_ha"].sum() == pytest.approx(about["mapped_ha"])
    assert table.attrs["simulated"]


def test_a_unit_beside_the_map_has_nothing(land: xr.Dataset) -> None:
    table = areas(land, boxes((70, 51, 71, 52)))
    assert table["area_ha"].sum() == 0.0
    assert table["share"].isna().all()
    about = table.attrs["units"]["u0"]
    assert about["outside_ha"] == about["unit_ha"]


def test_a_map_in_a_projection_gives_the_same_hectares() -> None:
    x, y = 500_000 + 1_000.0 * np.arange(40), 5_800_000 - 1_000.0 * np.arange(30)
    codes = np.ones((30, 40), np.uint8)
    codes[:, 25:] = 2
    for crs in ("EPSG:32641", "ESRI:102025", "EPSG:6933"):
        corner = pyproj.Transformer.from_crs("EPSG:32641", crs, always_xy=True)
        east, north = corner.transform(x[0], y[0])
        axes = {"y": north - 1_000.0 * np.arange(30), "x": east + 1_000.0 * np.arange(40)}
        like = xr.Dataset({"a": (("y", "x"), codes)}, axes)
        layers = Layers(codes, np.zeros((2, 30, 40), np.uint16), *([np.zeros((30, 40), "u2")] * 2))
        made = as_dataset(grid_of(like, crs), legend_of(["a", "b"]), layers, {})
        back = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
        lon, lat = back.transform(axes["x"].mean(), axes["y"].mean())
        unit = boxes((lon - 0.1, lat - 0.08, lon + 0.1, lat + 0.08))
        exact = float(areas_km2(unit.geometry.to_numpy())[0]) * 100
        assert areas(made, unit)["area_ha"].sum() == pytest.approx(exact, rel=2e-4)


def test_demonstration_farms_districts_and_oblasts_add_up() -> None:
    land = truth_map(2021)
    farms, districts = (
        gpd.read_parquet(STARTER / f"demo_{name}.parquet") for name in ("farms", "districts")
    )
    oblasts = gpd.read_parquet(STARTER / "kz_oblasts.parquet")
    oblasts = oblasts[oblasts["id"].isin(districts["oblast_id"])]
    by_district, by_oblast = areas(land, districts), areas(land, oblasts)
    up = add_up(by_district, districts.set_index("id")["oblast_id"])
    both = up.merge(by_oblast, on=["unit", "class"], suffixes=("", "_oblast"))
    assert len(both) == 3 * 10
    # The districts are a partition of the oblasts, drawn with rounded corners (1e-4).
    np.testing.assert_allclose(both["area_ha"], both["area_ha_oblast"], rtol=1e-3, atol=5.0)
    inside = farms[farms.within(shapely.box(64.4, 51.5, 66.8, 53.0))]
    by_farm = areas(land, inside)
    totals = by_farm.groupby("unit")["area_ha"].sum()
    exact = areas_km2(inside.geometry.to_numpy()) * 100
    np.testing.assert_allclose(totals[inside["id"].to_numpy()], exact, rtol=1e-4)


def test_estimates_of_parts_add_up_to_those_of_the_map(land: xr.Dataset) -> None:
    matrix = pd.DataFrame([[45, 4, 1], [3, 46, 1], [0, 2, 28]], mapkit.LABELS, mapkit.LABELS)
    whole = areas(land, matrix=matrix).set_index("class")
    mapped = whole["area_ha"].to_dict()
    wanted = area_adjusted_accuracy(matrix, mapped).classes
    np.testing.assert_allclose(whole["estimate_ha"], wanted["area"], rtol=1e-9)
    np.testing.assert_allclose(whole["error_ha"], wanted["area_error"], rtol=1e-9)
    np.testing.assert_allclose(whole["low_ha"], wanted["area_low"], rtol=1e-9)
    halves = areas(land, boxes((64, 51, 65.2, 53), (65.2, 51, 66, 53)), matrix)
    total = halves.groupby("class")["estimate_ha"].sum()
    np.testing.assert_allclose(total[whole.index], whole["estimate_ha"], rtol=1e-6)
    assert "drawn at random in each class of this map" in halves.attrs["notes"][0]
    assert "synthetic" in halves.attrs["notes"][1]
    with pytest.raises(ValueError, match="class 'bog'"):
        areas(land, matrix=matrix.rename(index={"water": "bog"}, columns={"water": "bog"}))
    with pytest.raises(ValueError, match="no sample of water"):
        areas(land, matrix=matrix.drop(index="water"))
    with pytest.raises(ValueError, match="swapped"):
        areas(land, matrix=matrix.rename_axis(index="reference", columns="map"))


def test_bad_units_are_refused_and_crossed_ones_mended(land: xr.Dataset) -> None:
    bow = shapely.Polygon([(65.1, 52.1), (65.3, 52.3), (65.3, 52.1), (65.1, 52.3)])
    table = areas(land, gpd.GeoDataFrame({"id": ["bow"]}, geometry=[bow], crs=4326))
    both = shapely.make_valid(bow)
    assert table["area_ha"].sum() == pytest.approx(float(areas_km2([both])[0]) * 100, rel=1e-4)
    lines = gpd.GeoDataFrame({"id": ["x"]}, geometry=[shapely.LineString([(0, 0), (1, 1)])])
    with pytest.raises(ValueError, match="polygon"):
        areas(land, lines)


def test_change_between_years() -> None:
    before, after = truth_map(2021), truth_map(2022)
    found = change(before, after, boxes((64.4, 51.5, 65.6, 53.0), (65.6, 51.5, 66.8, 53.0)))
    mapped = areas(before).set_index("class")["area_ha"]
    np.testing.assert_allclose(found.transitions.sum(axis=1)[mapped.index], mapped)
    assert found.transitions.index.name == "before"
    assert found.unknown_ha == 0.0
    assert found.classes["net_ha"].sum() == pytest.approx(0.0, abs=1e-6)
    assert found.transitions.loc["bare_fallow", "arable"] > 0
    assert found.transitions.loc["water", "forest"] == 0
    assert found.classes.loc["built", "net_ha"] > 0
    assert found.by_unit is not None
    total = found.by_unit.groupby(["before", "after"])["area_ha"].sum()
    for (one, other), hectares in total.items():
        assert hectares == pytest.approx(found.transitions.loc[one, other], rel=1e-6)
    codes = change_map(before, after)
    names = codes.attrs["transitions"]
    moved = int((codes == next(k for k, v in names.items() if v == "bare_fallow -> arable")).sum())
    assert moved > 100


def test_a_map_compared_with_itself_does_not_change(land: xr.Dataset) -> None:
    found = change(land, land)
    assert found.classes["gain_ha"].sum() == 0.0
    assert np.count_nonzero(found.transitions.to_numpy() - np.diag(np.diag(found.transitions))) == 0


def test_classes_are_matched_by_name_and_the_unknown_is_told(land: xr.Dataset) -> None:
    other = land.copy(deep=True)
    other["class"].data = np.array([0, 3, 2, 1], np.uint8)[land["class"].to_numpy()]
    other["class"][0, :5] = 0
    other["class"][1, :5] = 255
    other.attrs = {k: v for k, v in land.attrs.items() if k != "legend"}
    other.attrs["classes"] = mapkit.LABELS[::-1]
    found = change(land, other)
    assert found.classes["gain_ha"].sum() == 0.0
    hectares = grid_of(land).hectares(slice(0, 2), slice(None))
    assert found.unknown_ha == pytest.approx(5 * float(hectares.sum()))


def test_maps_on_other_grids_are_refused(land: xr.Dataset) -> None:
    moved = land.assign_coords(longitude=land["longitude"] + 0.005)
    with pytest.raises(ValueError, match="different grids"):
        change(land, moved)
    again = mosaic([land, moved], overlap="first")
    assert change(again, again).classes["gain_ha"].sum() == 0.0
