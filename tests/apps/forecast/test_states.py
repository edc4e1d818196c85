"""What the page shows of a split at random, of a quiet window, and of panels without a table."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any

import pytest

from analysis.language import translator
from analysis.notes import note
from analysis.seismic.forecasting.statement import leaky_statement
from apps.views.forecast.choices import settings_of
from apps.views.forecast.leakpanel import both_splits
from apps.views.forecast.own import COLUMNS, template
from apps.views.forecast.page import ForecastPage
from apps.views.forecast.panel import forecast_colours
from apps.views.forecast.preview import Preview
from apps.views.forecast.searchbase import RATE, fold_scores
from apps.views.forecast.state import ForecastState
from apps.views.visitor import Session
from tests.apps.forecast import forecastkit

RUN = forecastkit.finished


def test_a_split_at_random_is_a_choice_that_is_marked_and_makes_no_map(
    small: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert settings_of(ForecastState(leaky=True)).leaky
    assert not settings_of(ForecastState()).leaky
    leaky = forecastkit.settings(split="random")
    run = dataclasses.replace(forecastkit.finished(), settings=leaky)
    monkeypatch.setattr(small, "_cached", lambda _settings: run)
    monkeypatch.setattr("apps.views.forecast.trainbar.settings_of", lambda _state: leaky)
    page = ForecastPage(Session("kk", translator("kk")))
    said = leaky_statement("kk")
    assert said in page.cards.panel.object
    assert said in page.train.words.object
    assert page.map.shown is None or isinstance(page.map.shown, Preview)
    assert not page.issues.slider.visible
    page.state.tab = "scores"
    assert "<table" in page.tabs.panel("scores").rows.html
    for name in ("cell", "files"):
        page.state.tab = name
        assert said in page.tabs.panel(name).message.pane.object
    page._tapped(70.3, 38.2)
    assert page.state.cell == []


def test_a_window_without_an_event_says_so(
    page: ForecastPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = page.selection.shown
    assert shown is not None
    assert "earthquakes that came" in page.legend.object
    nothing = forecastkit.events().iloc[:0]
    monkeypatch.setattr(type(shown), "happened", lambda *_a: nothing)
    page.state.issue = f"{shown.times[0]:%Y-%m-%d}"
    assert "no such earthquake came in this window" in page.legend.object


def test_a_table_is_offered_where_there_is_one(page: ForecastPage) -> None:
    for name, there in (("scores", True), ("search", False), ("leak", False), ("files", False)):
        page.state.tab = name
        assert page.tabs.panel(name).downloads.panel.visible == there, name


def test_no_two_forecasts_have_the_same_line() -> None:
    looks = forecast_colours([f"forecast {number}" for number in range(40)])
    assert len(set(looks.values())) == 40


def test_both_maps_are_fitted_again_when_one_becomes_two(page: ForecastPage) -> None:
    view = page.map
    view.go_to((60.0, 30.0, 80.0, 45.0))
    view.plot.client.data = {**view.plot.client.data, "width": [700], "height": [440]}
    turn = view.plot.box.data["turn"][0]
    west, south, east, north = view.plot.box.data["box"][0]
    scale = max((east - west) / 700, (north - south) / 440)
    middle = (west + east) / 2, (south + north) / 2
    view.plot.figure.x_range.update(start=middle[0] - 350 * scale, end=middle[0] + 350 * scale)
    view.plot.figure.y_range.update(start=middle[1] - 220 * scale, end=middle[1] + 220 * scale)
    page.state.show = "one" if len(view.pane) > 1 else "beside"
    view.plot.client.data = {**view.plot.client.data, "width": [348]}
    assert view.plot.box.data["turn"][0] > turn  # the browser fits the same place anew
    turn = view.plot.box.data["turn"][0]
    view.plot.figure.x_range.update(start=0, end=1e5)  # now somebody has moved it
    page.state.show = "one" if len(view.pane) > 1 else "beside"
    view.plot.client.data = {**view.plot.client.data, "width": [700]}
    assert view.plot.box.data["turn"][0] == turn


def test_gains_count_from_the_rate_before_the_test(
    small: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = forecastkit.finished()
    known = SimpleNamespace(**vars(run.prepared), base_rate=0.0123)
    changed = dataclasses.replace(run, prepared=known)
    monkeypatch.setattr(small, "_cached", lambda _settings: changed)
    page = ForecastPage(Session("en", translator("en")))
    shown = page.selection.shown
    assert shown is not None
    assert shown.base_rate() == 0.0123
    assert "before the test, 1.2 % of the cells" in page.cards.panel.object
    assert template(page.selection).decode().splitlines()[1].endswith(",0.0123")
    events = int(run.prepared.evaluation["target"].sum())
    page.state.tab = "scores"
    assert f"{events} cells and windows with an event" in page.tabs.panel("scores").told.object


def test_a_baseline_without_an_alarm_is_told_so(page: ForecastPage) -> None:
    _first, second = page.selection.names
    predictions = RUN().comparison.predictions
    page.state.threshold = float(predictions[second].max()) * 1.001
    assert page.selection.at(second).alarmed == 0
    assert page.cards.panel.object.count("the baseline gives no alarm from here on") == 1
    page.state.threshold = float(predictions[second].min())
    assert "no alarm" not in page.cards.panel.object


def test_a_figure_is_sent_when_it_has_something_to_show(page: ForecastPage) -> None:
    page.state.tab = "importance"
    panel = page.tabs.panel("importance")
    assert panel.box.visible
    assert len(panel.box) == 1
    assert len(page.tabs.panel("search").view)
    assert not len(page.tabs.panel("search").box)
    assert "95" not in panel.rows.object  # what a model says of itself has no interval
    page.state.model = page.selection.names[1]
    assert not panel.box.visible


def test_a_failed_judgement_of_leakage_can_be_tried_again(page: ForecastPage) -> None:
    page.state.tab = "leak"
    panel = page.tabs.panel("leak")
    panel.start.visible = False
    panel._failed(ValueError("no"))
    assert panel.start.visible
    bare = page.selection.run.prepared.table.drop(columns="rate_smoothed")
    bare.attrs = page.selection.run.prepared.table.attrs
    ready = dataclasses.replace(page.selection.run.prepared, table=bare)
    run = dataclasses.replace(page.selection.run, prepared=ready)
    found = both_splits(run, "LogisticRegression", lambda *_a: None)
    assert {"time", "random"} == set(found.index.get_level_values("split"))
    assert "base_rate" in found.index.get_level_values("name")


def test_a_search_has_what_its_folds_give_without_a_model() -> None:
    prepared = forecastkit.prepared()
    found = fold_scores(prepared.table, prepared.split)
    assert 0 < found[RATE] < found["rate_smoothed"] < 1
    assert fold_scores(prepared.table.drop(columns="rate_smoothed"), prepared.split).keys() == {
        RATE
    }


def test_a_note_is_said_in_the_language_of_the_page(page: ForecastPage) -> None:
    page.state.tab = "scores"
    panel = page.tabs.panel("scores")
    told = note(COLUMNS, names=["a", "b"])
    assert panel._said(told).startswith("The file has the columns a, b")
    named = note("{model}: {names} in {where}.", model="SVM", names=["XGBoost"], where="japan")
    assert panel._said(named) == "Support vector machine, linear: XGBoost in Japan."
    assert panel._said("plain & old") == '<span lang="en">plain &amp; old</span>'
