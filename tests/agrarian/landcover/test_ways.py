"""Random and blocked side by side; zones of samples."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from sklearn.neighbors import KNeighborsClassifier

from analysis.agrarian.landcover import compare_ways
from analysis.agrarian.samples import add_zones

MODELS = {"memory": KNeighborsClassifier(1), "lda": "LinearDiscriminant"}


def patchy(places=40, each=6, seed=0):
    rng = np.random.default_rng(seed)
    place = np.repeat(np.arange(places), each)
    table = gpd.pd.DataFrame(rng.normal(size=(places, 5))[place], columns=list("abcde"))
    table["label"] = np.array(["егін", "су"])[rng.integers(0, 2, places)][place]
    table["longitude"] = rng.uniform(60, 75, places)[place]
    table["latitude"] = rng.uniform(48, 55, places)[place]
    return table


def test_the_difference_is_the_headline():
    told = []
    found = compare_ways(patchy(), MODELS, block_degrees=1.0, progress=lambda *a: told.append(a))
    row = found.loc["memory"]
    assert row["random"] == 1.0
    assert row["flattery"] == pytest.approx(row["random"] - row["block"])
    assert 0.2 < row["flattery_low"] <= row["flattery"] <= row["flattery_high"]
    assert found.loc["lda", "flattery"] < row["flattery"]
    assert found.attrs["block"].attrs["block_degrees"] == 1.0
    assert [one[0] for one in told] == sorted(one[0] for one in told)
    assert told[-1][:2] == (20, 20)
    with pytest.raises(ValueError, match="two different"):
        compare_ways(patchy(), MODELS, ("block", "block"))


def test_zones_of_samples_are_held_back_one_by_one():
    zones = gpd.GeoDataFrame(
        {"ZONE_KK": ["дала", "орманды дала", "дала"]},
        geometry=[
            shapely.box(60, 45, 66, 60),
            shapely.box(66, 45, 70, 60),
            shapely.box(70, 45, 73, 60),
        ],
        crs=4326,
    )
    table = patchy()
    found = add_zones(table, zones.to_crs(3857), "ZONE_KK")
    assert len(found) + len(found.attrs["outside"]) == len(table)
    assert (table["longitude"].iloc[found.attrs["outside"]] > 73).all()
    assert (found["zone"] == "орманды дала").equals(found["longitude"].between(66, 70))
    result = compare_ways(found, MODELS, ("random", "zone"))
    assert result.attrs["zone"].attrs["folds"] == ("дала", "орманды дала")
    for wrong, words in (
        (zones.set_crs(None, allow_override=True), "no coordinate reference system"),
        (zones.iloc[:0], "No sample lies"),
        (zones.rename(columns={"ZONE_KK": "zone"}), "no column 'ZONE_KK'"),
    ):
        with pytest.raises(ValueError, match=words):
            add_zones(table, wrong, "ZONE_KK")
