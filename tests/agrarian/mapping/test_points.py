"""A map at places that somebody has looked at."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from analysis.agrarian.mapping import classify, compare_points
from analysis.notes import in_language
from tests.agrarian.mapping import mapkit


@pytest.fixture(scope="module")
def land() -> xr.Dataset:
    return classify(mapkit.cube(), mapkit.forest())


def places(count: int = 60) -> pd.DataFrame:
    """Places on the map, each in a pixel of its own, with the true label."""
    rng = np.random.default_rng(5)
    rows, columns = np.unravel_index(rng.permutation(40 * 60)[:count], (40, 60))
    table = pd.DataFrame({"longitude": 65 + 0.01 * columns, "latitude": 52 + 0.01 * rows})
    return table.assign(label=np.array(mapkit.LABELS)[mapkit.truth()[rows, columns]])


def test_labels_codes_and_names_in_three_languages_are_one_class(land: xr.Dataset) -> None:
    table = places()
    plain = compare_points(land, table)
    assert plain.attrs["compared"] == 60
    assert plain.attrs["notes"] == []
    ways = {
        "arable": ["Егістік", "Пашня (посевы)", "ARABLE", 1],
        "forest": ["Орман", "лес", " forest ", "2"],
        "water": ["Су", "Вода", "Water", 3.0],
    }
    said = table.assign(label=[ways[one][k % 4] for k, one in enumerate(table["label"])])
    pd.testing.assert_frame_equal(compare_points(land, said), plain)


def test_unknown_labels_are_refused_and_classes_beyond_the_map_are_not(land: xr.Dataset) -> None:
    table = places()
    table.loc[[3, 7], "label"] = "forrest"
    with pytest.raises(ValueError, match=r"'forrest' \(2 of 60\).*Did you mean 'forest'"):
        compare_points(land, table)
    table.loc[[3, 7], "label"] = ["Солончак", "Soy_Corn"]
    with pytest.raises(ValueError, match="Soy_Corn"):
        compare_points(land, table)
    found = compare_points(land, table, also=["Soy_Corn"])
    assert found.columns.tolist() == [*mapkit.LABELS, "Soy_Corn", "saline"]
    assert found["saline"].sum() == 1
    assert found.loc["saline"].sum() == 0


def test_a_place_counts_once(land: xr.Dataset) -> None:
    table = places()
    again = pd.concat([table, table.iloc[:9].assign(longitude=lambda one: one["longitude"] + 1e-3)])
    found = compare_points(land, again)
    pd.testing.assert_frame_equal(found, compare_points(land, table), check_flags=False)
    assert "9 points lie in a pixel of another point" in found.attrs["notes"][0]
    assert "9" in in_language(found.attrs["notes"][0], "kk") != found.attrs["notes"][0]
    other = again.assign(label=[*table["label"], *["water"] * 8, "arable"])
    with pytest.raises(ValueError, match=r"has several labels \(.*such pixels: \d"):
        compare_points(land, other)


def test_points_beside_the_map_and_without_a_label_are_told(land: xr.Dataset) -> None:
    table = places()
    table.loc[:4, "latitude"] = 10.0
    table.loc[5:6, "label"] = None
    found = compare_points(land, table)
    assert found.attrs["compared"] == 53
    assert [note[:2] for note in found.attrs["notes"]] == ["5 ", "2 "]
    for wrong, words in (
        (table.assign(longitude=999.0), "longitude is 999"),
        (table.drop(columns="label"), "lack the column label"),
        (table.assign(latitude=10.0), "No place can be compared"),
    ):
        with pytest.raises(ValueError, match=words):
            compare_points(land, wrong)
