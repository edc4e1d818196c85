"""Samples held back at random, by block, zone and time; what the scores prove."""

from __future__ import annotations

import copy

import numpy as np
import pandas as pd
import pytest
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import LinearSVC

from analysis.agrarian import CLASSIFIERS, cross_validate
from analysis.agrarian.samples import variogram
from analysis.agrarian.samples.semivariance import block_size
from analysis.learning import Cancelled
from analysis.notes import in_language

LIGHT = ["LinearDiscriminant", "MinimumDistance", "NearestNeighbours"]


def patchy(places=40, each=8, seed=0):
    """Samples in clusters: those of a place share what its neighbours do not tell."""
    rng = np.random.default_rng(seed)
    place = np.repeat(np.arange(places), each)
    labels = np.array(["егін даласы", "жайылым", "су"])[rng.integers(0, 3, places)]
    own = rng.normal(size=(places, 6))
    signal = (labels[:, None] == np.unique(labels)[None, :]) * 0.7
    values = own + np.concatenate([signal, np.zeros((places, 3))], axis=1)
    table = pd.DataFrame(values[place] + 0.1 * rng.normal(size=(place.size, 6)))
    table.columns = [f"ndvi_{k}" for k in range(1, 7)]
    where = rng.uniform([60, 48], [75, 55], (places, 2))[place]
    table[["longitude", "latitude"]] = where + rng.normal(0, 0.02, where.shape)
    table["label"] = labels[place]
    table["zone"] = np.where(table["longitude"] > 67, "құрғақ дала", "орманды дала")
    table["start"] = pd.to_datetime([f"{2015 + one % 4}-01-01" for one in place])
    return table


def test_at_random_a_model_that_only_remembers_seems_good():
    memory = {"memory": KNeighborsClassifier(1)}
    random = cross_validate(patchy(), memory)
    block = cross_validate(patchy(), memory, "block", block_degrees=1.0)
    assert random.loc["memory", "overall_accuracy"] > 0.95
    assert block.loc["memory", "overall_accuracy"] < 0.7
    assert block.attrs["block_degrees"] == 1.0


def test_blocks_as_large_as_the_variogram_says():
    table = patchy()
    found = variogram(table, [f"ndvi_{k}" for k in range(1, 7)])
    assert found.semivariance[0] < 0.2 < 0.8 < found.semivariance[-1]
    assert 2 < found.range_km < 150
    side, why = block_size(table, table["label"], [], folds=5)
    assert 0.01 < side < 3
    assert "km" in why
    result = cross_validate(table, LIGHT, "block")
    assert result.attrs["block_degrees"] == pytest.approx(
        block_size(table, table["label"].to_numpy(), [f"ndvi_{k}" for k in range(1, 7)])[0]
    )
    with pytest.raises(ValueError, match="fewer than 10 places"):
        variogram(table.iloc[:8])


@pytest.mark.parametrize("by", ["random", "block", "zone", "time"])
def test_every_scheme_judges_and_the_numbers_agree(by):
    table = patchy()
    result = cross_validate(table, LIGHT, by, block_degrees=1.0, seed=3)
    given = result.attrs["predictions"]
    judged = given["fold"].notna()
    for name in LIGHT:
        right = (given[name] == given["label"])[judged]
        assert result.loc[name, "overall_accuracy"] == pytest.approx(right.mean())
        matrix = result.attrs["matrices"][name]
        assert matrix.to_numpy().trace() / matrix.to_numpy().sum() == pytest.approx(right.mean())
        assert (matrix.index.name, matrix.columns.name) == ("map (rows)", "reference (columns)")
        low, high = result.loc[name, ["overall_accuracy_low", "overall_accuracy_high"]]
        assert low <= right.mean() <= high
        folds = [result.loc[name, f"fold_{k + 1}"] for k in range(len(result.attrs["folds"]))]
        assert result.loc[name, "worst_fold"] == min(folds)
        chance = result.attrs["probabilities"][name][judged]
        np.testing.assert_allclose(chance.sum(axis=1), 1, atol=1e-5)
    again = cross_validate(table, LIGHT, by, block_degrees=1.0, seed=3)
    pd.testing.assert_frame_equal(
        result.drop(columns="seconds"), again.drop(columns="seconds").loc[result.index]
    )


def test_zones_and_years_are_held_back_whole():
    table = patchy()
    zones = cross_validate(table, LIGHT, "zone").attrs["predictions"]
    assert zones["fold"].tolist() == table["zone"].tolist()
    years = cross_validate(table, LIGHT, "time").attrs["predictions"]
    assert years["fold"].isna().equals(table["start"] == "2015-01-01")
    by_number = table.drop(columns="start").assign(year=table["start"].dt.year)
    found = cross_validate(by_number, LIGHT, "time", features=["ndvi"])
    assert found.attrs["folds"] == ("2016-2016", "2017-2017", "2018-2018")


def test_a_class_in_one_fold_only_counts_as_errors_and_is_told():
    table = patchy()
    table.loc[table["zone"] == "құрғақ дала", "label"] = "тұз"
    table.loc[table.index[:8], ["label", "zone"]] = ["орман", "құрғақ дала"]
    table.loc[table.index[8:16], ["label", "zone"]] = ["су", "құрғақ дала"]
    result = cross_validate(table, ["LinearDiscriminant"], "zone")
    assert any("тұз" in one and "errors" in one for one in result.attrs["notes"])
    assert result.attrs["matrices"]["LinearDiscriminant"].loc["тұз", "тұз"] == 0


def test_own_estimators_and_failing_ones_stand_beside():
    class Broken(KNeighborsClassifier):
        def fit(self, X, y):
            raise ValueError("it does not like samples")

    mine = {"менің моделім": LinearSVC(), "broken": Broken(), "lda": "LinearDiscriminant"}
    result = cross_validate(patchy(), mine)
    assert result.loc["broken", "failure"] == "it does not like samples"
    assert np.isnan(result.loc["broken", "overall_accuracy"])
    assert result.index[-1] == "broken"
    assert result.loc["менің моделім", "family"] == "own"
    assert np.isnan(result.attrs["probabilities"]["менің моделім"]).all()
    assert result.loc["lda", "overall_accuracy"] > result.loc["lda", "always_commonest"]


def test_probabilities_above_the_accuracy_are_told():
    found = cross_validate(patchy(), {"memory": KNeighborsClassifier(1)}, "zone")
    assert found.loc["memory", "confidence"] == 1.0  # one neighbour is always sure
    told = [one for one in found.attrs["notes"] if "too high" in one]
    assert any(one.startswith("memory gives its answers a probability of 1 on") for one in told)
    assert np.isnan(cross_validate(patchy(), {"svm": LinearSVC()}).loc["svm", "confidence"])
    rng = np.random.default_rng(1)  # two overlapping classes, truly normal: probabilities are right
    table = pd.DataFrame({"label": np.repeat(["егін", "су"], 300)})
    table["ndvi_1"] = rng.normal(np.repeat([0.0, 1.0], 300), 1)
    honest = cross_validate(table, ["LinearDiscriminant"])
    assert not any("too high" in one for one in honest.attrs["notes"])
    gap = honest["confidence"] - honest["overall_accuracy"]
    assert abs(gap.iloc[0]) < 0.03


def test_labels_that_say_nothing_are_not_learnt():
    table = patchy()
    table["label"] = np.random.default_rng(5).permutation(table["label"].to_numpy())
    result = cross_validate(table, LIGHT, "block", block_degrees=1.0)
    assert (result["overall_accuracy_low"] < result["always_commonest"] + 0.1).all()


def test_random_folds_without_places_and_whole_numbers_as_labels():
    table = patchy()[["ndvi_1", "ndvi_2", "ndvi_3", "label"]]
    table["label"] = table["label"].map({"егін даласы": 1, "жайылым": 2, "су": 7})
    result = cross_validate(table, LIGHT)
    assert result.attrs["classes"] == [1, 2, 7]
    assert set(result.attrs["predictions"]["LinearDiscriminant"]) <= {1, 2, 7}
    for by, words in (("block", "longitude"), ("zone", "column zone"), ("time", "column start")):
        with pytest.raises(ValueError, match=words):
            cross_validate(table, LIGHT, by)


def test_progress_and_cancel():
    told = []
    cross_validate(patchy(), LIGHT, progress=lambda *one: told.append(one))
    assert [one[0] for one in told] == list(range(16))
    assert told[0] == (0, 15, "LinearDiscriminant, 1")
    with pytest.raises(Cancelled):
        cross_validate(patchy(), LIGHT, cancel=lambda: len(told) > 3)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"by": "blocks"}, "Did you mean 'block'"),
        ({"folds": 1}, "impossible"),
        ({"classifiers": []}, "No classifier"),
        ({"classifiers": ["Forest"]}, "no classifier 'Forest'"),
        ({"by": "block", "block_degrees": 80.0}, "smaller blocks"),
        ({"by": "block", "block_degrees": -1}, "side of a block"),
        ({"folds": 2.5}, "folds is 2.5; it is a whole number"),
        ({"folds": True}, "folds is True"),
        ({"together": "place"}, "Did you mean 'places'"),
        ({"params": {"SVN": {"C": 1}}, "classifiers": ["SVM"]}, "not judged. Did you mean 'SVM'"),
        ({"by": "time", "buffer_km": 5}, "none in time"),
        ({"by": "block", "block_degrees": 1.0, "buffer_km": -5}, "distance of 0 or more"),
        ({"by": "block", "block_degrees": 1.0, "buffer_km": 9000}, "narrower buffer"),
    ],
)
def test_bad_wishes_say_why(options, words):
    with pytest.raises(ValueError, match=words):
        cross_validate(patchy(), **({"classifiers": LIGHT} | options))


@pytest.mark.parametrize("by", ["random", "block"])
def test_places_beyond_the_globe_are_refused(by):
    table = patchy()
    table.loc[3, "longitude"] = 999.0
    with pytest.raises(ValueError, match="longitude is 999"):
        cross_validate(table, LIGHT, by)


def test_notes_are_said_in_three_languages():
    table = patchy()
    table["zone"] = np.where(np.arange(len(table)) % 2, "дала", "тау")
    told = copy.deepcopy(cross_validate(table, LIGHT, "zone").attrs["notes"])
    said = {language: in_language(told[-1], language) for language in ("kk", "ru", "en")}
    assert len(set(said.values())) == 3
    assert all("2" in one for one in said.values())
    assert said["en"] == told[-1]


def test_the_classifiers_are_of_three_families():
    families = pd.Series({name: one.family for name, one in CLASSIFIERS.items()})
    assert families.value_counts().to_dict() == {"parametric": 6, "ml": 5, "dl": 3}
    assert all(set(one.title) == {"kk", "ru", "en"} for one in CLASSIFIERS.values())


def test_one_year_to_judge_by_has_no_interval():
    table = patchy()
    table["start"] = np.where(np.arange(len(table)) % 2, "2019-04-01", "2020-04-01")
    result = cross_validate(table, LIGHT, "time")
    assert result["overall_accuracy"].notna().all()
    assert result[["overall_accuracy_low", "overall_accuracy_high"]].isna().all(axis=None)
    assert any("of one year" in note for note in result.attrs["notes"])


def test_intervals_of_few_zones_are_told_to_be_too_narrow():
    table = patchy()
    table["zone"] = np.where(np.arange(len(table)) % 2, "дала", "тау")
    notes = cross_validate(table, LIGHT, "zone").attrs["notes"]
    assert "The intervals rest on 2 zones only; they are too narrow." in notes
