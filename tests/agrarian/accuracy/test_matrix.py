"""The error matrix and the plan of a sample."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from analysis.agrarian.accuracy import (
    area_adjusted_accuracy,
    draw_samples,
    error_matrix,
    sampling_design,
)
from analysis.agrarian.accuracy.matrix import as_matrix
from analysis.agrarian.legends import legend_of


def test_rows_are_the_map_and_columns_the_reference() -> None:
    found = error_matrix(["crop"] * 5, ["crop", "crop", "crop", "water", "Орман алқабы"])
    assert (found.index.name, found.columns.name) == ("map", "reference")
    assert found.loc["crop", "water"] == 1
    assert found.loc["water", "crop"] == 0
    assert found.loc["crop"].tolist() == [3, 1, 1]


def test_codes_become_names_and_empty_classes_stay() -> None:
    names = {1: "crop", 2: "water", 3: "bog"}
    found = error_matrix(np.array([[1, 2], [1, 0]]), [[1, 1], [1, 2]], labels=names, nodata=0)
    assert found.loc["bog"].tolist() == [0, 0, 0]
    assert found.to_numpy().sum() == 3
    assert found.attrs == {
        "nodata_map": 1,
        "nodata_reference": 0,
        "nodata_both": 0,
        "compared": 3,
    }


def test_no_data_is_counted_on_either_side() -> None:
    found = error_matrix([1, 255, 0, 2, 255], [1, 1, 2, np.nan, np.nan], nodata=[0, 255])
    assert found.attrs["nodata_map"] == 2
    assert found.attrs["nodata_reference"] == 1
    assert found.attrs["nodata_both"] == 1
    assert found.to_numpy().sum() == 1


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(ValueError, match="same places"):
        error_matrix([1, 2], [1])
    with pytest.raises(ValueError, match="of 2, none has both a class on the map and a label"):
        error_matrix([0, 0], [1, 2], nodata=0)
    with pytest.raises(ValueError, match=r"reference holds the unknown class 'watr' at 1 of 2"):
        error_matrix(["water", "crop"], ["watr", "crop"], labels=["crop", "water"])
    with pytest.raises(ValueError, match="twice"):
        error_matrix([1], [1], labels=[1, 1])


def test_numbers_and_texts_of_a_file_are_the_same_classes() -> None:
    read = pd.read_csv(io.StringIO("map,1, 2\n1,50,3\n2,4,43\n"), index_col=0)
    found = as_matrix(read)
    assert found.to_numpy().tolist() == [[50.0, 3.0], [4.0, 43.0]]
    assert area_adjusted_accuracy(read, {1: 10, 2: 10}).overall > 0.9
    with pytest.raises(ValueError, match="class 1, the reference '1'"):
        error_matrix([1, 2, 1], ["1", "2", "1"])


def test_classes_without_an_error_are_told() -> None:
    found = area_adjusted_accuracy([[59, 0], [5, 50]], [10, 10], labels=["crop", "water"])
    assert found.classes.loc["crop", "users_low"] == 1.0
    # 59 samples without an error: 0.95 that less than 5 in 100 are wrong
    assert "crop (of 59 samples; up to 5 % may still be wrong)" in found.notes[0]
    assert "water" not in found.notes[0]


@pytest.mark.parametrize(
    "table",
    [
        "map,crop,water,Total\ncrop,50,3,53\nwater,4,43,47\n",
        "map,crop,water,Барлығы\ncrop,50,3,53\nwater,4,43,47\nБарлығы,54,46,100\n",
        "map,crop,water\ncrop,50,3\nwater,4,43\nИтого,54,46\n",
        "map,crop,water,soil,n i\ncrop,50,3,2,55\nwater,4,43,1,48\nsoil,0,1,30,31\n",
        "map,crop,water,Sum\ncrop,50,3,53\nwater,0,0,0\n",
    ],
)
def test_margins_of_a_spreadsheet_are_no_classes(table: str) -> None:
    read = pd.read_csv(io.StringIO(table), index_col=0)
    with pytest.raises(ValueError, match="is the sum of the others: leave totals out"):
        area_adjusted_accuracy(read, {"crop": 10, "water": 10, "soil": 10})
    with pytest.raises(ValueError, match=r"shape \(2,\); there are 3 classes"):
        area_adjusted_accuracy([[50, 3, 53], [4, 43, 47], [54, 46, 100]], [10, 10])


def test_classes_that_happen_to_be_sums_are_classes() -> None:
    assert as_matrix([[5, 5], [4, 4]]).to_numpy().sum() == 18
    assert as_matrix([[5, 5], [5, 5]]).to_numpy().sum() == 20
    assert as_matrix([[2, 1, 1], [0, 5, 5], [3, 0, 3]]).to_numpy().sum() == 20
    named = pd.DataFrame([[60, 30, 30], [30, 30, 0], [30, 0, 30]], list("abc"), list("abc"))
    assert area_adjusted_accuracy(named, dict.fromkeys("abc", 10)).overall == pytest.approx(0.5)
    last = area_adjusted_accuracy([[10, 20, 30], [5, 5, 10], [15, 25, 40]], [1, 2, 3])
    assert last.classes["area"].sum() == pytest.approx(6)
    constant = pd.DataFrame([[10, 20, 30]], index=["crop"], columns=["crop", "water", "soil"])
    assert as_matrix(constant).shape == (3, 3)
    pair = pd.DataFrame([[10, 10]], index=["crop"], columns=["crop", "water"])
    assert as_matrix(pair).to_numpy().sum() == 20


def test_a_legend_knows_codes_and_names() -> None:
    known = legend_of(["forest", "water"])
    found = error_matrix([1, 2, 0, 1], ["Орман", "вода", "лес", "Солончак"], labels=known, nodata=0)
    assert found.columns.tolist() == ["forest", "water", "saline"]
    assert found.to_numpy().tolist() == [[1, 0, 1], [0, 1, 0], [0, 0, 0]]
    assert found.attrs["nodata_map"] == 1
    with pytest.raises(ValueError, match="Did you mean 'forest'"):
        error_matrix([1, 2], ["forst", "water"], labels=known)
    notes = area_adjusted_accuracy(found, {"forest": 10, "water": 10}).notes
    assert "does not show saline, which the reference has: 1 samples" in notes[0]


def test_design_shares_out_all_samples() -> None:
    area = {"loss": 2.0, "gain": 1.5, "forest": 32.0, "other": 64.5, "none": 0.0}
    plan = sampling_design(area, 0.85, size=640, minimum=75)
    for name in ("proportional", "equal", "neyman", "rare"):
        assert plan[name].sum() == 640
        assert (plan[name] >= 2).all()
    assert plan["equal"].tolist() == [160] * 4
    assert plan.loc[["loss", "gain"], "rare"].tolist() == [75, 75]
    assert "none" not in plan.index
    errors = plan.attrs["overall_error"]
    assert errors["neyman"] <= min(errors["equal"], errors["rare"]) + 1e-12


@pytest.mark.parametrize(
    ("area", "users", "more", "match"),
    [
        ({}, 0.8, {}, "0 or more"),
        ({"a": -1.0}, 0.8, {}, "0 or more"),
        ({"a": 1.0}, 1.8, {}, "between 0 and 1"),
        ({"a": 1.0}, {"b": 0.8}, {}, "'a'"),
        ({"a": 1.0, "b": 1.0}, 0.8, {"size": 3}, "at least two"),
        ({"a": 1.0}, 0.8, {"error": 0.0}, "above 0"),
    ],
)
def test_impossible_designs(area: dict, users: object, more: dict, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        sampling_design(area, users, **more)


def test_places_are_drawn_from_their_class() -> None:
    values = np.random.default_rng(1).integers(1, 4, (60, 50))
    land = xr.DataArray(values, {"y": np.arange(60.0), "x": np.arange(50.0)})
    places = draw_samples(land, {1: 20, 3: 5}, seed=4)
    pd.testing.assert_frame_equal(places, draw_samples(land, {1: 20, 3: 5}, seed=4))
    assert places["map"].value_counts().to_dict() == {1: 20, 3: 5}
    assert not places.duplicated(["row", "column"]).any()
    assert (values[places["row"], places["column"]] == places["map"]).all()
    assert (places["y"] == places["row"]).all()
    with pytest.raises(ValueError, match="are asked for"):
        draw_samples(land, {2: 100_000})
