"""What keeps a reader from being misled: as many alarms, a nought, settings that are left out."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from analysis.language import translator
from analysis.learning.judging import judge
from analysis.outputs import table_csv
from apps.views.forecast.page import ForecastPage
from apps.views.visitor import Session
from tests.apps.forecast import forecastkit

RUN = forecastkit.finished


def test_a_baseline_is_given_as_many_alarms_as_the_model(page: ForecastPage) -> None:
    first, second = page.selection.names
    page.state.tab = "alarms"
    mine = page.selection.at(first)
    alarms = int(mine.hits + mine.false_alarms)
    told, grid = RUN().comparison.forecasts, RUN().comparison.grid
    assert page.selection.hits_of(first, alarms) == pytest.approx(mine.hits)
    order = np.argsort(-told[second], kind="stable")
    low, high = told[second][order[alarms - 1]], told[second][order[:alarms]].max()
    sure = int(grid.outcome[told[second] > low].sum())
    most = int(grid.outcome[told[second] >= low].sum())
    assert low <= high
    assert sure <= page.selection.hits_of(second, alarms) <= most
    assert page.selection.hits_of("base_rate", len(grid) / 2) == pytest.approx(27)
    assert grid.outcome.sum() == 54
    words = page.tabs.panel("alarms").words
    assert f"With as many alarms ({alarms:,})" in words.object
    page.state.baseline = first
    assert "With as many alarms" not in words.object


def test_a_probability_of_nought_is_not_left_without_a_word(page: ForecastPage) -> None:
    page.state.tab = "cell"
    panel = page.tabs.panel("cell")
    assert "no past can show" not in panel.words.object
    found = RUN().comparison
    never = {**found.forecasts, "rate_uniform": np.zeros_like(found.forecasts["rate_uniform"])}
    page._take(dataclasses.replace(RUN(), comparison=dataclasses.replace(found, forecasts=never)))
    assert "no past can show: Uniform by area." in panel.words.object


def test_a_setting_that_a_model_does_not_have_is_told(
    small: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = {"set": [b"LogisticRegression.max_iter=1;LogisticRegression.C=0.1"]}
    monkeypatch.setattr("apps.views.forecast.page.pn.state", SimpleNamespace(
        session_args=link, onload=lambda _call: None, curdoc=None, notifications=None
    ))  # fmt: skip
    page = ForecastPage(Session("en", translator("en")))
    assert page.problems == ["set=LogisticRegression.max_iter: allowed are C"]
    assert page.state.parameters == {"LogisticRegression": {"C": 0.1}}


def test_a_region_without_an_event_is_told_and_what_to_do(page: ForecastPage) -> None:
    found = RUN().comparison
    quiet = dataclasses.replace(found.grid, outcome=np.zeros_like(found.grid.outcome), events=None)
    judged = {name: judge(quiet, told, 0.1, None) for name, told in found.forecasts.items()}
    none = dataclasses.replace(found, grid=quiet, judged=judged)
    page._take(dataclasses.replace(RUN(), comparison=none))
    said = "No earthquake of M ≥ 5.0 came in these cells during the test"
    assert said in page.cards.panel.object
    assert "longer period" in page.cards.panel.object
    assert "no difference shown" not in page.cards.panel.object
    for name in ("scores", "curves", "alarms", "cell", "importance", "own", "files"):
        page.state.tab = name
        page.tabs.panel(name)
    assert page.tabs.panel("scores").told.object.count("<li>") == 1
    assert said in page.tabs.panel("scores").told.object


def test_heads_of_a_file_are_in_its_language(page: ForecastPage) -> None:
    panel = page.tabs.panel("scores")
    heads = {"kk": "# Түсініктеме: ", "ru": "# Пояснение: ", "en": "# Statement: "}
    for language, head in heads.items():
        written = table_csv(panel.table(), panel.about(), language=language).decode()
        assert head in written
        assert "# statement" not in written
        assert "# settings" not in written


@pytest.mark.parametrize("name", ["search", "adds", "leak", "planted", "epochs"])
def test_the_focus_goes_from_the_cancel_button_to_the_one_that_starts(
    page: ForecastPage, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    page.state.tab = name
    panel = page.tabs.panel(name)
    focused: list[Any] = []
    monkeypatch.setattr(type(panel.start), "focus", lambda one: focused.append(one))
    panel.wait[1].clicks += 1
    assert focused == [panel.start]
    assert not panel.start.disabled
