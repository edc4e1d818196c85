"""Random and blocked side by side; zones of samples."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from sklearn.neighbors import KNeighborsClassifier

from analysis.agrarian.landcover import compare_ways, cross_validate
from analysis.agrarian.samples import add_zones

MODELS = {"memory": KNeighborsClassifier(1), "lda": "LinearDiscriminant"}


def patchy(places=40, each=6, seed=0, apart=1e-3):
    rng = np.random.default_rng(seed)
    place = np.repeat(np.arange(places), each)
    table = gpd.pd.DataFrame(rng.normal(size=(places, 5))[place], columns=list("abcde"))
    table["label"] = np.array(["егін", "су"])[rng.integers(0, 2, places)][place]
    table["longitude"] = rng.uniform(60, 75, places)[place] + apart * rng.normal(size=place.size)
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


def test_copies_of_one_place_are_held_back_together():
    table = patchy(apart=0)
    random = {}
    for together in ("copies", "nothing"):
        found = compare_ways(table, MODELS, block_degrees=1.0, together=together)
        random[together] = found.loc["memory", "random"]
    assert random["nothing"] == 1.0
    assert random["copies"] < 0.7
    notes = cross_validate(table, MODELS).attrs["notes"]
    assert "240 samples are copies: they lie at 40 places" in notes[0]
    folds = cross_validate(table, MODELS).attrs["predictions"]["fold"]
    assert (folds.groupby(table["longitude"].to_numpy()).nunique() == 1).all()
    years = table.assign(start=[f"{2015 + one % 6}-04-01" for one in range(len(table))])
    apart = cross_validate(years, MODELS).loc["memory", "overall_accuracy"]
    assert apart == 1.0  # another year of a place is another sample, unless it is asked for
    whole = cross_validate(years, MODELS, together="places")
    assert whole.loc["memory", "overall_accuracy"] == random["copies"]
    assert "in any period" in whole.attrs["notes"][0]


def test_samples_of_one_pixel_are_copies():
    table = patchy().assign(pixel=np.repeat(np.arange(40), 6))
    found = cross_validate(table, MODELS)
    assert found.loc["memory", "overall_accuracy"] < 0.7
    alone = table.drop_duplicates("pixel")
    same = cross_validate(alone, MODELS), cross_validate(alone, MODELS, together="nothing")
    assert same[0].attrs["predictions"].equals(same[1].attrs["predictions"])


def test_a_buffer_keeps_neighbours_across_an_edge_from_telling():
    table = patchy(places=30, each=8)
    middle = table["longitude"].round(1)
    table["longitude"] = np.round(middle) + np.tile([-0.004, 0.004], len(table) // 2)
    leaking = cross_validate(table, MODELS, "block", block_degrees=1.0)
    assert leaking.loc["memory", "overall_accuracy"] > 0.9  # every place lies on an edge
    apart = cross_validate(table, MODELS, "block", block_degrees=1.0, buffer_km=5)
    assert apart.loc["memory", "overall_accuracy"] < 0.75
    assert apart.attrs["predictions"]["fold"].equals(leaking.attrs["predictions"]["fold"])
    assert any("Samples within 5 km" in note for note in apart.attrs["notes"])
    both = compare_ways(table, MODELS, block_degrees=1.0, buffer_km=5)
    assert both.loc["memory", "random"] > 0.9


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
