"""Tables as a reader makes them by hand: names, kinds of columns, times, what is said of them."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from analysis.language import LANGUAGES
from analysis.learning import MODELS, compare, temporal_folds, temporal_split
from analysis.learning.given import named_models
from analysis.learning.rowaxes import read_times
from analysis.learning.sheet import read_sheet
from analysis.notes import Note, in_language

DAYS = pd.date_range("2010-01-01", periods=40, freq="30D")


def made(cells=range(12)):
    index = pd.MultiIndex.from_product([DAYS, cells], names=["time", "cell"])
    random = np.random.default_rng(0)
    table = pd.DataFrame(random.normal(size=(len(index), 2)), index, ["depth", "heat"])
    table["target"] = (table["depth"] + random.normal(size=len(index)) > 1.5).astype(int)
    return table


def same(one, other):
    one, other = read_sheet(one), read_sheet(other)
    np.testing.assert_array_equal(one.times, other.times)
    cells = (list(sheet.index.get_level_values(1)) for sheet in (one, other))
    assert next(cells) == next(cells)
    assert one.names == other.names


@pytest.mark.parametrize(
    "names", [("Time", "Cell"), (None, None), ("when", "where"), ("issue_time", "cell_id")]
)
def test_time_and_cell_are_found_whatever_they_are_called(names):
    table = made()
    same(table, table.set_axis(table.index.set_names(names)))
    if names[0] is not None:
        same(table, table.swaplevel().set_axis(table.swaplevel().index.set_names(names[::-1])))
    if names[0] in ("Time", "issue_time"):
        same(table, table.set_axis(table.index.set_names(names)).reset_index())


def test_places_are_cells_where_there_are_no_others():
    table = made(range(6)).reset_index()
    table["latitude"], table["longitude"] = 40 + table["cell"] // 3, 60 + table["cell"] % 3
    placed = table.drop(columns="cell").set_index(["time", "latitude", "longitude"])
    found = read_sheet(placed)
    assert found.celled
    assert found.index[4][1] == (61, 41)
    assert len(found.index.levels[1]) == 6
    bare = read_sheet(table.drop(columns=["cell", "latitude", "longitude"]))
    assert any("names no cells" in note for note in bare.notes)
    placed = placed.reset_index()
    placed.loc[3, "latitude"] = np.nan
    with pytest.raises(ValueError, match="1 rows of the table have no longitude or latitude"):
        read_sheet(placed)


def test_missing_cells_and_times_that_are_numbers_are_refused():
    table = made().reset_index()
    table["cell"] = table["cell"].astype(float)
    table.loc[3, "cell"] = np.nan
    with pytest.raises(ValueError, match="1 rows of the table have no cell"):
        read_sheet(table)
    years = made().reset_index()
    years["time"] = years["time"].dt.year
    for read in (read_sheet, temporal_split):
        with pytest.raises(ValueError, match="numbers, first 2010"):
            read(years)
    with pytest.raises(ValueError, match="periods"):
        read_times(pd.period_range("2010", periods=3, freq="M"))
    with pytest.raises(ValueError, match="which number is the day"):
        read_times(["01.02.2020"])


def test_numbers_among_objects_are_learnt_from_and_words_are_told():
    table = made()
    table["mixed"] = pd.Series([1, 2.5, None, Decimal("3.5")] * 120, table.index, dtype=object)
    table["flag"] = pd.Series([True, None] * 240, table.index, dtype=object)
    table["words"] = pd.Series(["one", 2] * 240, table.index, dtype=object)
    table["wave"] = 1j
    found = read_sheet(table)
    assert found.names == ("depth", "heat", "mixed", "flag")
    assert found.values[:4, 2].tolist()[:2] == [1.0, 2.5]
    assert np.isnan(found.values[2, 2])
    assert found.values[3, 2] == 3.5
    assert "No numbers, so not learnt from: words, wave." in found.notes
    with pytest.raises(ValueError, match=r"'words' has 240 values that are no number, first 'one'"):
        read_sheet(table, ["words"])


def test_columns_without_plain_names():
    table = made().rename(columns={"depth": 0})
    assert read_sheet(table).names == ("0", "heat")
    table.columns = pd.MultiIndex.from_product([["a"], table.columns])
    with pytest.raises(ValueError, match="columns have 2 levels"):
        read_sheet(table)


def test_row_numbers_of_a_file_are_no_feature(tmp_path):
    made().reset_index().to_csv(tmp_path / "table.csv")
    found = read_sheet(pd.read_csv(tmp_path / "table.csv"))
    assert found.names == ("depth", "heat")
    assert any("Unnamed: 0" in note for note in found.notes)


def test_numbers_that_cannot_be_kept_are_told():
    table = made()
    table["stamp"] = 1e12 + table["depth"] * 1000
    assert any("stamp differ by less" in note for note in read_sheet(table).notes)


@pytest.mark.parametrize(
    "times",
    [
        DAYS.astype(str),
        DAYS.tz_localize("UTC").tz_convert("Asia/Almaty"),
        np.array([one.date() for one in DAYS]),
    ],
    ids=["text", "zone", "dates"],
)
def test_times_in_other_forms_are_split_alike(times):
    expected = temporal_split(DAYS)
    for given in (times, pd.DataFrame({"time": times})):
        split = temporal_split(given)
        np.testing.assert_array_equal(split.test, expected.test)
    zone = [pd.Timestamp(one, tz="UTC") for one in ("2011-06-01", "2012-06-01")]
    found = temporal_split(DAYS, dates=zone).bounds
    assert found == temporal_split(DAYS, dates=("2011-06-01", "2012-06-01")).bounds


@pytest.mark.parametrize("gap", [30, 30.0, "30"])
def test_lengths_without_a_unit_are_refused(gap):
    with pytest.raises(ValueError, match="give a length such as '30D'"):
        temporal_split(DAYS, gap=gap)


@pytest.mark.parametrize("dates", [(2011, 2012), "2011-06-01", ("2011",), ("2012", "2011"), 5])
def test_dates_that_are_none_are_refused(dates):
    with pytest.raises(ValueError, match="give two, such as"):
        temporal_split(DAYS, dates=dates)


class Broken:
    """A model that raises what a careless one might."""

    def __init__(self, error=None):
        self.error = error

    def get_params(self, deep=True):
        return {"error": self.error}

    def set_params(self, **params):
        return self

    def fit(self, values, outcome):
        raise self.error

    def predict_proba(self, values):
        raise NotImplementedError


@pytest.mark.parametrize(
    "error", [KeyError("depth"), AttributeError("no coef_"), IndexError(), Exception("odd")]
)
def test_whatever_a_model_raises_the_others_go_on(error):
    def nothing(table):
        raise error

    found = compare(
        made(), {"bad": Broken(error)}, {"none": nothing, "tenth": lambda _: 0.1}, draws=0
    )
    assert list(found.scores.index) == ["tenth"]
    assert set(found.failures) == {"bad", "none"}
    assert all(one.startswith(type(error).__name__) for one in found.failures.values())


def test_two_models_of_one_class_are_both_compared():
    from sklearn.linear_model import LogisticRegression

    names = list(named_models([LogisticRegression(C=0.1), LogisticRegression(C=9), "SVM", "SVM"]))
    assert names == ["LogisticRegression", "LogisticRegression 2", "SVM"]

    def tenth(table):
        return 0.1

    assert list(compare(made(), [], ["base_rate", tenth], draws=0).kinds) == ["base_rate", "tenth"]
    with pytest.raises(ValueError, match="without a name; give a mapping"):
        compare(made(), [], [np.zeros(3)])


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ({"threshold": "high"}, "threshold is 'high'"),
        ({"workers": "x"}, "workers='x'"),
        ({"cache": 5}, "cache is a int"),
        ({"predictions": 5}, "predictions is a int"),
        ({"progress": 5}, "progress is 5"),
        ({"split": 5}, "split is 5"),
        ({"models": 5}, "models are 5"),
        ({"split": (0.5, 0.2, 0.2, 0.1)}, "split is"),
    ],
)
def test_nonsense_is_refused_by_name(option, words):
    with pytest.raises(ValueError, match=words):
        compare(made(), **{"models": [], **option})


def test_nonsense_for_folds_and_thresholds_is_refused():
    for folds in ("x", 2.5, None):
        with pytest.raises(ValueError, match="folds="):
            temporal_folds(DAYS, folds=folds)
    found = compare(made(), [], ["base_rate"], draws=0)
    for threshold in ("x", None, [0.1]):
        with pytest.raises(ValueError, match="give a number"):
            found.at(threshold)
    for shares in ("abc", (0.7, 0.15, "x")):
        with pytest.raises(ValueError, match="three positive numbers"):
            temporal_split(DAYS, shares=shares)


def test_a_length_without_a_unit_in_the_table_is_named():
    table = made()
    table.attrs["horizon"] = 30
    with pytest.raises(ValueError, match=r"target window \(attrs\['horizon'\]\) is 30"):
        compare(table, [])


def test_own_predictions_with_other_cells_are_told():
    table = made()
    own = table.reset_index()[["time", "cell"]].assign(probability=0.1)
    own["cell"] = own["cell"].astype(str)
    found = compare(table, [], ["base_rate"], predictions={"mine": own}, draws=0)
    assert "their cells are str, such as '0'" in found.failures["mine"]


def test_own_predictions_keep_the_names_of_cells(tmp_path):
    table = made([f"{number:03d}" for number in range(12)])
    test = temporal_split(table).test
    own = table.iloc[test].reset_index()[["time", "cell"]].assign(probability="0.25")
    own.to_csv(tmp_path / "own.csv", index=False)
    found = compare(table, [], ["base_rate"], predictions={"mine": tmp_path / "own.csv"}, draws=0)
    assert found.failures == {}
    assert (found.predictions["mine"] == 0.25).all()
    own.loc[2, "probability"] = "10%"
    own.to_csv(tmp_path / "own.csv", index=False)
    found = compare(table, [], ["base_rate"], predictions={"mine": tmp_path / "own.csv"}, draws=0)
    assert "first '10%'" in found.failures["mine"]
    assert "cell 002" in found.failures["mine"]


def test_notes_and_failures_can_be_said_in_every_language():
    table = made()
    table.iloc[:, -1] = 0
    table["soil"] = "clay"
    found = compare(table, {"L": MODELS["LogisticRegression"]}, draws=20)
    assert len(found.notes) >= 4
    for told in (*found.notes, found.failures["L"]):
        assert isinstance(told, Note)
        assert len({in_language(told, language) for language in LANGUAGES}) == 3


def test_intervals_of_few_blocks_are_told():
    days = pd.date_range("2000-01-01", periods=120, freq="30D")
    table = pd.DataFrame({"time": np.repeat(days, 3), "cell": np.tile(range(3), 120)})
    table["target"] = np.arange(360) % 7 == 0
    found = compare(table, [], ["base_rate"], draws=20)
    assert 10 <= found.grid.windows < 30
    assert any("somewhat too narrow" in note for note in found.notes)
