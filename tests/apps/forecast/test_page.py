"""The forecast page without a browser: numbers, links between its parts, states, files."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
import xarray as xr
from PIL import Image

from analysis.language import translator
from analysis.learning.compare import compare
from analysis.seismic.forecasting import Settings, statement
from apps.views.forecast import own
from apps.views.forecast.choices import settings_of
from apps.views.forecast.page import ForecastPage
from apps.views.forecast.summary import sentences
from apps.views.forecast.words import forecast_name, number, percent
from apps.views.geometry import to_mercator
from apps.views.visitor import Session
from tests.apps.forecast import forecastkit

RUN = forecastkit.finished


class Tap:
    """A tap on the map."""

    def __init__(self, longitude: float, latitude: float):
        x, y = to_mercator(longitude, latitude)
        self.x, self.y = float(x), float(y)


def opened(page: ForecastPage, name: str) -> Any:
    page.state.tab = name
    return page.tabs.panel(name)


def test_scores_curves_and_cards_are_those_of_the_library(page: ForecastPage) -> None:
    comparison = RUN().comparison
    scores = opened(page, "scores")
    html = scores.rows.html
    order = [forecast_name(str(name), page.visit) for name in comparison.scores.index]
    assert sorted(order, key=html.index) == order
    assert (np.diff(comparison.scores["average_precision"]) <= 0).all()
    assert {"model", "baseline"} <= set(comparison.scores["kind"])
    first, second = page.selection.names
    assert (first, second) == (comparison.scores.index[comparison.scores["kind"] == "model"][0],
                               "rate_smoothed")  # fmt: skip
    cards = page.cards.panel.object
    for name in ("average_precision", "brier_skill"):
        assert number(float(comparison.scores.loc[first, name]), name, "en") in cards
    found = comparison.difference(first, second).loc["average_precision"]
    assert f"{abs(found['value']):.4f}" in cards or f"{abs(found['value']):.3f}" in cards
    curves = opened(page, "curves")
    drawn = curves.data["molchan"].data
    place = drawn["name"].index(forecast_name(first, page.visit))
    table = comparison.curves[first]["molchan"]
    assert drawn["ys"][place][0] == table["miss"].iloc[0]
    assert drawn["width"][place] > 3
    assert curves.base.location == pytest.approx(1 - comparison.scores["always_no"].iloc[0])
    assert len(curves.table()) > 20


def test_what_holds_between_the_best_models_is_said_above_the_table(
    page: ForecastPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = opened(page, "scores")
    told = sentences(page.visit, page.selection)
    for first, second in (("LogisticRegression", "XGBoost"), page.selection.names):
        found = RUN().comparison.difference(first, second).loc["average_precision"]
        parts = [forecast_name(name, page.visit) for name in (first, second)]
        parts += [number(abs(found[end]), "average_precision", "en") for end in ("value", "high")]
        assert len([one for one in told if all(part in one for part in parts)]) == 1
    assert panel.parts.index(panel.told) < panel.parts.index(panel.rows)
    assert panel.told.object.count("<li>") == len(told)
    monkeypatch.setattr(page.selection, "difference", lambda *_a: (-0.001, -0.004, 0.002))
    noise = {
        "kk": "«XGBoost» және «Логистикалық регрессия»: айырмашылық шу шегінде, орташа дәлдік "
        "айырмасы +0,0010 (−0,0020 … +0,0040).",
        "ru": "«XGBoost» и «Логистическая регрессия»: разница в пределах шума, разность средней "
        "точности +0,0010 (−0,0020 … +0,0040).",
        "en": "XGBoost and Logistic regression are within noise of each other: the difference in "
        "average precision is +0.0010 (−0.0020 to +0.0040).",
    }
    for language, text in noise.items():
        assert text in sentences(Session(language, translator(language)), page.selection)


def test_a_click_in_the_table_chooses_what_map_and_cards_show(page: ForecastPage) -> None:
    panel = opened(page, "scores")
    panel._pressed("model:rate_uniform")
    panel._pressed("against:base_rate")
    assert page.selection.names == ("rate_uniform", "base_rate")
    assert page.map.names == ("rate_uniform", "base_rate")
    assert "Uniform by area" in page.cards.panel.object
    panel._pressed("model:nothing")
    assert page.state.model == "rate_uniform"


def test_the_map_shows_the_forecast_of_each_cell_and_the_events_that_came(
    page: ForecastPage,
) -> None:
    shown = page.selection.shown
    assert shown is not None
    page.state.show = "one"
    window = len(shown.times) - 1
    first = page.selection.names[0]
    expected = RUN().comparison.predictions[first].xs(shown.times[window])
    grid = shown.grid(first, window)
    assert grid.shape == (shown.lattice.rows, shown.lattice.columns)
    np.testing.assert_array_equal(grid.ravel(), expected.reindex(shown.lattice.ids).to_numpy())
    start, end = shown.span(window)
    events = forecastkit.events()
    inside = events[(events["time"] >= start) & (events["time"] < end)]
    assert len(page.map.first.rings.data["x"]) == len(inside) > 0
    target = RUN().prepared.evaluation["target"].xs(start).reindex(shown.lattice.ids)
    np.testing.assert_array_equal(shown.cells_of(inside), np.flatnonzero(target))
    np.testing.assert_allclose(page.map.values(0), np.log10(grid), rtol=1e-5)
    page.state.show = "ratio"
    second = shown.grid(page.selection.names[1], window)
    np.testing.assert_allclose(page.map.values(0), np.log10(grid / second), rtol=1e-4)
    page.state.show = "difference"
    np.testing.assert_allclose(page.map.values(0), 100 * (grid - second), rtol=1e-4)
    levels = dict(page.map._levels(-3.0, 3.0))  # none round what is noise about 0
    assert list(levels.values()) == ["−3.0", "−2.0", "−1.0", "+1.0", "+2.0", "+3.0"]
    page.state.style = "contours"
    page.state.show = "beside"
    assert len(page.map.layers) == 2
    assert len(page.map.first.plot.source("contours").data["x"]) > 0
    page.state.param.update(style="heat", show="swipe", swipe=30)
    west, _s, east, _n = page.map.plot.window()
    assert page.map.first.edge.data["xs"][0][0] == pytest.approx(west + 0.3 * (east - west))
    page.issues.step(-1)
    assert page.state.issue == f"{shown.times[window - 1]:%Y-%m-%d}"


def test_a_tapped_cell_is_explained(page: ForecastPage) -> None:
    shown = page.selection.shown
    assert shown is not None
    page.map._on_tap(70.3, 38.2)
    assert page.state.cell == [(70.5, 38.5)]
    assert page.state.tab == "cell"
    panel = page.tabs.panel("cell")
    cell = page.selection.cell
    assert cell is not None
    first = page.selection.names[0]
    value = float(shown.grid(first, len(shown.times) - 1).ravel()[cell])
    assert percent(value, "en") in panel.words.object
    for name in shown.names():
        assert forecast_name(name, page.visit) in panel.rows.object
    series = panel.data.data
    assert len(series["xs"]) == len(shown.names())
    np.testing.assert_allclose(series["ys"][-1], shown.series(cell)[first], rtol=1e-5)
    moved = page.selection.explain(first, cell, len(shown.times) - 1)
    assert moved is not None
    assert moved["change"].abs().idxmax() in ("log_rate", "count")
    assert abs(moved.loc["gravity", "change"]) < moved["change"].abs().max()
    assert list(panel.moved.data["feature"])[-1] in ("Log of the rate", "N")
    page.state.model = "rate_uniform"
    assert "not of Uniform by area" in panel.why.object
    panel.longitude.value, panel.latitude.value = "72,5", "40.5"
    panel._typed(None)
    assert page.state.cell == [(72.5, 40.5)]
    assert len(panel.table()) == len(shown.times)


def test_the_threshold_counts_alarms(page: ForecastPage) -> None:
    panel = opened(page, "alarms")
    page.state.threshold = 0.2
    found = RUN().comparison.at(0.2)
    first = page.selection.names[0]
    row = found.loc[first]
    mine = page.selection.at(first)
    assert (mine.hits, mine.false_alarms) == (row["hits"], row["false_alarms"])
    assert f"Of {int(row['hits'] + row['false_alarms'])} alarms {int(row['hits'])}" in (
        panel.words.object.replace(",", "")
    )
    steps = panel._steps()
    assert steps[panel.slider.value] == pytest.approx(0.2, rel=0.1)
    panel.slider.value = 100
    assert page.state.threshold == pytest.approx(steps[100], rel=0.01)
    assert "Precision" in page.cards.panel.object
    panel.own.value = "12,5 %"
    assert page.state.threshold == 0.125
    panel.own.value = "many"
    assert panel.own.error_state
    assert len(panel.table()) == len(RUN().comparison.scores)


def test_an_own_forecast_joins_and_a_bad_one_says_why(page: ForecastPage) -> None:
    panel = opened(page, "own")
    template = pd.read_csv(io.BytesIO(own.template(page.selection)))
    assert len(template) == len(RUN().comparison.predictions)
    truth = RUN().prepared.evaluation["target"].to_numpy()
    perfect = template.assign(probability=np.where(truth > 0, 0.9, 0.01)).drop(columns="cell")
    panel.label.value = "Мой прогноз"
    panel.file.param.update(filename="mine.csv", value=perfect.to_csv(index=False).encode())
    panel.job.wait()
    assert page.selection.names[0] == "Мой прогноз"
    assert page.selection.scores.index[0] == "Мой прогноз"
    assert page.selection.scores["kind"].iloc[0] == "own"
    assert page.selection.scores["average_precision"].iloc[0] == 1.0
    panel.file.value = perfect.iloc[:-5].to_csv(index=False).encode()
    panel.job.wait()
    assert panel.message.kind == "error"
    assert f"5 of the {len(template):,} cells and windows" in panel.message.pane.object
    panel.file.value = b"a,b\n1,2"
    panel.job.wait()
    assert "columns a, b;" in panel.message.pane.object
    panel.file.value = perfect.assign(probability=2).to_csv(index=False).encode()
    panel.job.wait()
    assert "no numbers from 0 to 1, the first: 2" in panel.message.pane.object
    assert len(panel.table()) == len(template)


def test_a_random_split_flatters(page: ForecastPage) -> None:
    panel = opened(page, "leak")
    panel._pressed(None)
    panel.job.wait()
    first = page.selection.names[0]
    assert set(panel.found.index.get_level_values("split")) == {"time", "random"}
    honest = panel.found.loc[(first, "time"), "average_precision"]
    direct = compare(
        forecastkit.prepared().table, [first], ["rate_smoothed"],
        split=forecastkit.prepared().split, draws=50,
    )  # fmt: skip
    assert honest == direct.scores.loc[first, "average_precision"]
    assert "at random (leaked)" in panel.rows.object


def test_importance_names_the_features(page: ForecastPage) -> None:
    panel = opened(page, "importance")
    table = panel.table()
    assert set(table["feature"]) == {"log_rate", "count", "gravity"}
    assert panel.range.factors[-1] in ("Log of the rate", "N")
    assert "G ~" in panel.rows.object  # a simulated feature is marked
    panel.kind.value = "permutation"
    panel.job.wait()
    assert np.isfinite(panel.found["low"]).any()
    page.state.model = "rate_uniform"
    assert "has no features" in panel.words.object


def test_every_file_holds_the_statement(page: ForecastPage) -> None:
    panel = opened(page, "files")
    said = statement("en")[:40]
    assert said in panel.csv().decode("utf-8-sig")
    book = openpyxl.load_workbook(io.BytesIO(panel.xlsx()))
    texts = [str(cell.value) for sheet in book for row in sheet for cell in row]
    assert any(said in text for text in texts)
    grid = xr.load_dataset(io.BytesIO(panel.netcdf()), engine="h5netcdf")
    assert said in grid["probability"].attrs["statement"]
    shown = page.selection.shown
    assert shown is not None
    np.testing.assert_array_equal(
        grid["probability"].isel(time=0), shown.grid(page.selection.names[0], len(shown.times) - 1)
    )
    assert panel.geotiff()[:2] in (b"II", b"MM")
    assert said.encode() in panel.geotiff()
    assert Image.open(io.BytesIO(panel.picture())).size[0] > 1500
    assert panel.report()[:5] == b"%PDF-"
    assert "Settings.from_yaml" in panel.code()
    assert Settings.from_yaml(panel.settings()) == settings_of(page.state)
    scores = page.tabs.panel("scores")
    assert said in str(scores.about()["statement"])
    assert statement("en").partition(". ")[0] in page.known.object


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_simulated_data_are_marked_and_every_language_has_its_words(
    language: str, small: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = forecastkit.finished(simulated=True)
    monkeypatch.setattr(small, "_cached", lambda _settings: run)
    page = ForecastPage(Session(language, translator(language)))
    mark = {"kk": "Симуляцияланған деректер", "ru": "Синтетические данные", "en": "Simulated data"}
    for text in (page.cards.panel.object, page.legend.object, page.status.object):
        assert "qc-simulated" in text
        assert mark[language] in text
    assert "simulated" in page.tabs.panel("files").filename("csv")
    for name in page.tabs.names:
        page.state.tab = name
    head = {"kk": "Бағалар", "ru": "Оценки", "en": "Scores"}
    assert page.tabs.panel("scores").title == head[language]


def test_before_a_training_the_page_says_what_to_do_and_then_shows_it_step_by_step(
    small: Any,
) -> None:
    page = ForecastPage(Session("en", translator("en")))
    page.main()
    assert page.start.visible
    assert not page.cards.panel.visible
    assert "No forecast has been made" in page.tabs.panel("scores").message.pane.object
    page.train.start()
    assert page.train.training is not None
    page.train.training.wait()
    assert page.selection.ready
    assert page.cards.panel.visible
    assert not page.start.visible
    assert page.train.button.label == "Trained"
    page.train.pressed()  # there is nothing left to train
    assert page.train.training is None
    again = ForecastPage(Session("en", translator("en")))
    assert again.selection.ready  # a second visit finds it


def test_what_cannot_be_trained_is_told_with_its_reason(
    small: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(_settings: Any, **_options: Any) -> Any:
        raise ValueError("There are no positives in this region.")
        yield

    monkeypatch.setattr(small, "_iterate", nothing)
    page = ForecastPage(Session("en", translator("en")))
    page.train.start()
    assert page.train.training is None or page.train.training.wait() is None
    assert page.train.problem.visible
    assert "no positives" in page.train.problem[0].object
    assert page.train.button.label == "Train and compare"


def test_a_link_with_nonsense_is_told(small: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {"models": "Oracle,SVM", "events": "none", "where": "atlantis", "set": "Oracle.a=1"}
    monkeypatch.setattr("apps.views.forecast.page.arguments", lambda _raw: asked)
    page = ForecastPage(Session("en", translator("en")))
    assert len(page.problems) == 4
    assert page.state.models == ["SVM"]
    assert page.state.parameters == {}
