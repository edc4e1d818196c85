"""The network that reads the windows of a cell; needs PyTorch."""

from __future__ import annotations

import copy
import sys

import numpy as np
import pandas as pd
import pytest

from analysis.learning import compare
from analysis.learning.lags import Lags
from analysis.learning.recurrent import pytorch
from analysis.learning.sheet import read_sheet


def remembered(windows: int = 60, cells: int = 40) -> pd.DataFrame:
    """A table whose outcome follows the feature of two windows before, not the present one."""
    generator = np.random.default_rng(0)
    days = pd.date_range("2010-01-01", periods=windows, freq="30D")
    index = pd.MultiIndex.from_product([days, range(cells)], names=["time", "cell"])
    signal = generator.normal(size=(windows, cells))
    before = np.vstack([np.zeros((2, cells)), signal[:-2]])
    outcome = generator.random(before.shape) < 1 / (1 + np.exp(2 - 3 * before))
    table = pd.DataFrame({"signal": signal.ravel()}, index=index)
    table["height"] = np.tile(generator.normal(size=cells), windows)
    table["target"] = outcome.ravel().astype(int)
    table.attrs["horizon"] = "30D"
    return table


def test_sequences_hold_the_past_of_the_cell_and_nothing_later():
    table = remembered(10, 3)
    sheet = read_sheet(table)
    lags = Lags.of(sheet, 3)
    assert lags.static.tolist() == [False, True]
    found = lags.of_rows(sheet)(slice(0, 30)).reshape(30, 3, 2)
    wide = table["signal"].to_numpy(np.float32).reshape(10, 3)
    assert np.array_equal(found[2 * 3 :, 0, 0].reshape(8, 3), wide[:8])
    assert np.array_equal(found[:, 2, 0].reshape(10, 3), wide)
    assert (found[:3, 0, 0] == lags.empty[0]).all()  # nothing was before
    assert (found[:, 0, 1] == found[:, 2, 1]).all()  # what never changes is known always
    later = table.copy()
    later.iloc[15:, 0] = 99.0
    other = lags.of_rows(read_sheet(later))(slice(0, 15))
    assert np.array_equal(other, found[:15].reshape(15, -1))


def test_a_forecast_after_the_table_sees_its_last_windows():
    table = remembered(10, 3)
    lags = Lags.of(read_sheet(table.iloc[:27]), 3)
    last = read_sheet(table.iloc[27:])
    whole = lags.of_rows(read_sheet(table))(slice(27, 30))
    assert np.array_equal(lags.of_rows(last)(slice(0, 3)), whole)
    gone = read_sheet(table.iloc[27:].drop((table.index[27][0], 1)))
    assert np.array_equal(lags.of_rows(gone)(slice(0, 2)), whole[[0, 2]])


@pytest.mark.slow  # PyTorch alone takes seconds to load
@pytest.mark.parametrize("kind", ["recurrent", "convolutional"])
def test_it_finds_what_models_of_one_window_cannot(kind):
    pytest.importorskip("torch")
    params = {"Recurrent": {"kind": kind, "steps": 3, "epochs": 25, "learning_rate": 0.02}}
    names = ["Recurrent", "LogisticRegression"]
    table = remembered()
    found, again = (compare(table, names, params=params, draws=50) for _ in range(2))
    assert not found.failures
    gap = found.difference("Recurrent", "LogisticRegression").loc["average_precision"]
    assert gap["low"] > 0.1
    assert found.predictions.equals(again.predictions)
    row = found.scores.loc["Recurrent"]
    assert row["mean_forecast"] == pytest.approx(row["observed_rate"], rel=0.25)
    assert found.importance.loc["Recurrent", "signal"] > 0.9
    copied = copy.deepcopy(found.fitted["Recurrent"])
    rows = table.loc[found.predictions.index]
    told = copied.predict_probability(rows).astype(np.float32)
    assert np.allclose(told, found.predictions["Recurrent"], rtol=1e-6)


def test_without_pytorch_the_message_is_plain(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ValueError, match=r"pip install -e"):
        pytorch()
