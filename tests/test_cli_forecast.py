"""``qazcube train`` and ``qazcube forecast``."""

from __future__ import annotations

import pandas as pd
import pytest
from typer.testing import CliRunner

from analysis import cli
from analysis.seismic.forecasting import Settings, list_runs, statement

CHOSEN = Settings(
    name="first",
    region="japan",
    resolution=2.0,
    since="1996-01-01",
    period=("2006-01-01", "2011-01-01"),
    magnitude=5.5,
    completeness=5.4,
    keep_empty=0.1,
    baselines=("uniform", "smoothed"),
    models=("LogisticRegression",),
    draws=20,
)


@pytest.fixture(scope="module", autouse=True)
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QAZCUBE_CACHE", str(place))
        patch.setenv("QAZCUBE_LANGUAGE", "en")
        yield place


def run(*arguments, code=0):
    result = CliRunner().invoke(cli.app, [*map(str, arguments)])
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result.output


@pytest.fixture(scope="module")
def trained(folder):
    file = folder / "own.yml"
    file.write_text(CHOSEN.to_yaml(), encoding="utf-8")
    return run("train", file)


def test_training_shows_models_beside_baselines_and_stores_them(trained, folder):
    assert statement("en") in trained
    assert "Base rate: " in trained
    assert "cells and windows, " in trained
    assert trained.index("rate_smoothed") > 0
    assert "LogisticRegression" in trained
    assert (folder / "models" / "first" / "card.md").is_file()
    assert list_runs()["name"].tolist() == ["first"]


def test_own_forecasts_join_the_comparison(trained, folder):
    rows = []
    for when in CHOSEN.issue_times:
        for cell in CHOSEN.lattice.ids:
            rows.append((when, cell, 0.01))
    table = pd.DataFrame(rows, columns=["time", "cell", "probability"])
    table.to_csv(folder / "mine.csv", index=False)
    told = run("train", folder / "own.yml", "--own", f"mine={folder / 'mine.csv'}")
    assert "mine" in told
    assert "nothing was stored" in told
    assert "give NAME=FILE" in run("train", folder / "own.yml", "--own", "mine.csv", code=2)


def test_forecast_prints_and_writes(trained, folder):
    told = run("forecast", "first", "--out", folder / "map.csv", "--cells", 3)
    assert statement("en") in told
    assert "gain over the base rate" in told
    table = pd.read_csv(folder / "map.csv", comment="#")
    assert len(table) == CHOSEN.lattice.size
    assert "give --overwrite" in run("forecast", "first", "--out", folder / "map.csv", code=2)
    assert "first" in run("forecast")
    told = run("forecast", "first", "--out", folder / "map.png", code=2)
    assert "ending must be" in told
    assert statement("en") not in told


def test_a_run_of_another_computer_is_refused_until_it_is_trusted(trained, folder):
    (folder / "seal.key").unlink()
    (folder / "models/first/forecasts").rename(folder / "forecasts")
    told = run("forecast", "first", code=2)
    assert "not written by this installation" in told
    told = run("forecast", "first", "--trust")
    assert "2 files of first that can run code are trusted" in told
    assert statement("en") in told
    assert "There is no stored run" in run("forecast", "nothing", "--trust", code=2)


def test_settings_are_shown_to_be_changed():
    told = run("train", "--region", "japan", "--show")
    assert Settings.from_yaml(told).region == "japan"


def test_wrong_input_is_one_line(folder):
    assert "There is no settings file" in run("train", folder / "none.yml", code=2)
    assert "There is no stored run" in run("forecast", "nothing", code=2)
    (folder / "bad.yml").write_text("magnitud: 5\n", encoding="utf-8")
    assert "Did you mean 'magnitude'" in run("train", folder / "bad.yml", code=2)
