"""What a comparison is given: tables, baselines, forecasts of one's own, and impossible things."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest

from analysis.learning import Cancelled, compare, iterate_comparison, leaky_random_split
from analysis.learning.ownpredictions import read_predictions
from tests.learning.tables import made

LR = ["LogisticRegression"]


@pytest.fixture(scope="module")
def table():
    return made(40, 30, level=-2.0)[0]


@pytest.mark.parametrize("form", ["columns", "unnamed", "text", "zone", "shuffled", "bool"])
def test_forms_of_one_table_have_one_result(table, form):
    times, cells = (table.index.get_level_values(at) for at in (0, 1))
    other = table.copy()
    if form == "columns":
        other = table.reset_index()
    elif form == "unnamed":
        other.index = pd.MultiIndex.from_arrays([times, cells])
    elif form == "text":
        other = table.reset_index(drop=True).assign(time=times.astype(str), cell=cells)
    elif form == "zone":
        other.index = pd.MultiIndex.from_arrays(
            [times.tz_localize("UTC"), cells], names=["time", "cell"]
        )
    elif form == "shuffled":
        other = table.sample(frac=1, random_state=0)
    else:
        other["target"] = other["target"] > 0
    other.attrs = table.attrs
    first, second = (compare(one, LR, draws=20).scores for one in (table, other))
    pd.testing.assert_frame_equal(first, second, rtol=1e-5)


def test_baselines_by_name_number_and_function(table):
    found = compare(
        table,
        [],
        {
            "mine": "smoothed",
            "series": table["rate_smoothed"],
            "array": np.full(len(table), 0.1),
            "function": lambda rows: np.full(len(rows), 0.2),
            "number": 0.3,
            "counts": table["rate_smoothed"] * 20,
            "short": [0.1, 0.2],
            "negative": -1.0,
        },
        draws=0,
    )
    assert set(found.failures) == {"short", "negative"}
    assert "2 numbers" in found.failures["short"]
    told = found.predictions
    assert np.allclose(told["mine"], told["series"], rtol=0.3)
    assert told["counts"].max() <= 1
    assert (told["function"] == np.float32(0.2)).all()
    assert (found.scores["kind"] == "baseline").all()
    names = compare(table, [], ["smoothed", "base rate", "persistence"], draws=0).scores.index
    assert set(names) == {"rate_smoothed", "base_rate", "persistence"}
    with pytest.raises(ValueError, match="Did you mean 'rate_smoothed'"):
        compare(table, [], ["smothed"])


def test_persistence_and_cell_rate_know_the_past_only():
    days = pd.date_range("2010-01-01", periods=40, freq="30D")
    index = pd.MultiIndex.from_product([days, [5, 6]], names=["time", "cell"])
    outcome = np.zeros((40, 2), np.int8)
    outcome[::2, 0] = 1  # every other window in one cell, never in the other
    table = pd.DataFrame({"target": outcome.ravel()}, index=index)
    found = compare(table, [], ["persistence", "cell_rate"], draws=0)
    told = found.predictions.reset_index()
    seen = found.outcome.to_numpy()
    assert told.loc[told["cell"] == 5, "cell_rate"].to_numpy() == pytest.approx(0.5, abs=0.05)
    assert (told.loc[told["cell"] == 6, "cell_rate"] < 0.01).all()
    after = told.loc[told["cell"] == 5]
    happened = seen[told["cell"] == 5]
    assert (after["persistence"].to_numpy()[happened > 0] > 0.3).all()
    assert (after["persistence"].to_numpy()[happened == 0] < 0.1).all()


def test_forecasts_of_ones_own_from_a_file(table, tmp_path):
    found = compare(table, [], draws=0)
    rows = found.predictions[["rate_smoothed"]].rename(columns={"rate_smoothed": "probability"})
    path = tmp_path / "mine.csv"
    rows.sample(frac=1, random_state=1).reset_index().to_csv(path, index=False)
    few = rows.iloc[3:]
    twice = pd.concat([rows, rows.iloc[:1]])
    given = {
        "file": path,
        "series": rows["probability"],
        "few": few,
        "twice": twice,
        "wild": rows * 100,
        "nowhere": tmp_path / "none.csv",
    }
    joined = compare(table, [], predictions=given, draws=20)
    scores = joined.scores
    assert scores.loc["file", "kind"] == "own"
    numbers = scores.columns.drop("kind")
    for name in ("file", "series"):
        same = scores.loc[[name, "rate_smoothed"], numbers].astype(float)
        assert np.allclose(same.iloc[0], same.iloc[1], equal_nan=True, rtol=1e-5)
    assert set(joined.failures) == {"few", "twice", "wild", "nowhere"}
    assert "3 of" in joined.failures["few"]
    assert "twice" in joined.failures["twice"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (io.StringIO(""), "cannot be read"),
        (io.StringIO("time,cell,probability\n2020-01-01,7,=1+1"), "'=1\\+1'.*no number"),
        (io.StringIO("time,cell,probability\n2020-01-01,7,10%"), "'10%'.*per cent"),
        (io.StringIO("time;cell;probability\n2020-01-01;7;0,5"), "'0,5'.*comma; write 0.5"),
        (io.StringIO("time,cell,probability\n01.02.2020,7,0.1"), "'01.02.2020'.*2020-02-01"),
        ([float("nan")], "1 of 1 probabilities are missing"),
    ],
)
def test_forecasts_of_ones_own_without_numbers(given, words):
    index = pd.MultiIndex.from_arrays([pd.to_datetime(["2020-01-01"]), [7]])
    with pytest.raises(ValueError, match=words):
        read_predictions(given, index)


def test_intervals_of_few_windows_are_told_to_be_too_narrow(table):
    found = compare(table, [], draws=20)
    windows = found.predictions.index.get_level_values("time").nunique()
    assert f"The intervals rest on {windows} windows" in " ".join(found.notes)
    assert windows < 10


@pytest.mark.parametrize("outcome", [0, 1])
def test_one_class_is_told_and_baselines_go_on(table, outcome):
    found = compare(table.assign(target=outcome), ["LogisticRegression", "XGBoost"], draws=20)
    assert set(found.failures) == {"LogisticRegression", "XGBoost"}
    assert "one class" in found.failures["XGBoost"]
    assert "rate_smoothed" in found.scores.index
    assert found.importance.empty
    assert len(found.curves["rate_smoothed"]["roc"]) > 1
    assert len(found.at(0.1)) == len(found.scores)


def test_features_without_values_words_and_infinities_are_told(table):
    other = table.assign(
        empty=np.nan, word="a", wild=table["quake"].where(table["quake"] < 1, np.inf)
    )
    found = compare(other, LR, draws=0)
    assert found.settings["features"] == ["quake", "noise", "place", "wild"]
    text = " ".join(found.notes)
    assert "empty" in text
    assert "word" in text
    assert "infinite" in text
    alone = compare(other, LR, features=["empty"], draws=0)
    assert "no feature" in alone.failures["LogisticRegression"]
    assert "base_rate" in alone.scores.index


def test_two_cells_are_enough(table):
    two = table[table.index.get_level_values("cell") < 2]
    found = compare(two, ["LogisticRegression", "KernelSVM"], draws=20)
    assert not found.failures
    assert len(found.predictions) == len(found.split.test)


def test_a_model_that_does_not_converge_is_told(table):
    found = compare(
        table,
        ["LogisticRegression", "SVM"],
        params={"LogisticRegression": {"max_iter": 1}},
        draws=0,
    )
    assert "did not converge in 1" in found.failures["LogisticRegression"]
    assert "SVM" in found.scores.index


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda table: table.reset_index(drop=True), "no time"),
        (lambda table: table.iloc[:0], "no rows"),
        (lambda table: table.drop(columns="target"), "no column 'target'"),
        (lambda table: table.assign(target=np.nan), "missing"),
        (lambda table: table.assign(target=-1), "give 0 and 1"),
        (lambda table: table.assign(target=table["target"] * 0.5), "is 0.5; give 0 and 1"),
        (lambda table: table.assign(weight=-1.0), "weight"),
        (lambda table: table.iloc[:30], "issue times"),
    ],
)
def test_impossible_tables_say_why(table, change, words):
    with pytest.raises(ValueError, match=words):
        compare(change(table), LR)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"models": ["LogisticRegresion"]}, "Did you mean 'LogisticRegression'"),
        ({"features": ["quak"]}, "Did you mean 'quake'"),
        ({"features": ["target"]}, "cannot be a feature"),
        ({"params": {"SVM": {}}}, "params names SVM"),
        ({"threshold": np.nan}, "threshold"),
        ({"against": "nothing"}, "against"),
        ({"models": [], "baselines": []}, "no models and no baselines"),
    ],
)
def test_impossible_settings_say_why(table, options, words):
    with pytest.raises(ValueError, match=words):
        compare(table, **{"models": LR, **options})


def test_stopping_keeps_what_is_finished(table):
    cache: dict[str, object] = {}
    steps = iterate_comparison(
        table, ["SVM", *LR], draws=0, cache=cache, cancel=lambda: len(cache) > 0
    )
    assert "base_rate" in next(steps).scores.index
    assert "LogisticRegression" in next(steps).scores.index
    with pytest.raises(Cancelled):
        next(steps)
    assert len(cache) == 2


@pytest.mark.slow  # two forests of whole trees
def test_a_random_split_inflates_the_score_and_says_so():
    generator = np.random.default_rng(0)
    days = pd.date_range("2010-01-01", periods=80, freq="30D")
    index = pd.MultiIndex.from_product([days, range(60)], names=["time", "cell"])
    mood = generator.normal(size=(16, 60)).repeat(5, axis=0)  # lasts five windows, then anew
    outcome = generator.random((80, 60)) < 1 / (1 + np.exp(4 - 3 * mood))
    table = pd.DataFrame({"target": outcome.ravel().astype(int)}, index=index)
    table["when"] = np.arange(80).repeat(60)
    table["where"] = np.tile(np.arange(60), 80)
    forest = {"RandomForest": {"n_estimators": 40, "min_samples_leaf": 1, "max_features": None}}
    honest, leaky = (
        compare(table, ["RandomForest"], [], params=forest, draws=0, split=split)
        for split in (None, leaky_random_split(table))
    )
    scores = [one.scores.loc["RandomForest", "average_precision"] for one in (honest, leaky)]
    assert scores[1] > 1.5 * scores[0]
    assert "inflated" in " ".join(leaky.notes)


def test_a_feature_from_the_future_is_left_out_or_told(table):
    planted = table.assign(outcome_itself=table["target"] + 0.5)
    planted.attrs = {**table.attrs, "features": {"quake": {}, "place": {}}}
    honest = compare(planted, LR, draws=0)
    assert honest.settings["features"] == ["quake", "place"]
    assert "outcome_itself" in " ".join(honest.notes)
    plain = compare(table, LR, features=["quake", "place"], draws=0)
    assert honest.scores.equals(plain.scores)
    planted.attrs = table.attrs
    told = compare(planted, LR, draws=0)
    assert "outcome_itself alone tells nearly every outcome" in " ".join(told.notes)
    assert "alone tells" not in " ".join(plain.notes)


def test_scores_by_region(table):
    found = compare(table, LR, draws=20)
    cells = found.predictions.index.get_level_values("cell")
    assert any("a ranking at random has" in one for one in found.notes)  # few rows
    by_row = found.by(np.where(cells < 10, "west", "east"), draws=20)
    by_cell = found.by({cell: "west" if cell < 10 else "east" for cell in range(30)}, draws=20)
    pd.testing.assert_frame_equal(by_row.sort_index(), by_cell.sort_index())
    assert by_row.xs("LogisticRegression", level="name")["rows"].sum() == len(cells)
    with pytest.raises(ValueError, match="labels"):
        found.by(["west"])
    with pytest.raises(ValueError, match="No row that was judged has a label"):
        found.by(dict.fromkeys(range(1000, 1005), "west"))
    few = found.by({cell: "west" if cell else "one" for cell in range(30)}, draws=20).loc["one"]
    assert few["average_precision_low"].isna().all()  # its positives lie in too few windows
