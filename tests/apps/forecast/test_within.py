"""Scores of the cells of a region or of a tectonic regime."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from analysis.language import translator
from apps.views.forecast.page import ForecastPage
from apps.views.forecast.within import cells_within, part_of, parts_with_events
from apps.views.visitor import Session
from tests.apps.forecast import forecastkit


def test_a_part_is_scored_alone_with_its_own_intervals(page: ForecastPage) -> None:
    whole = forecastkit.finished().comparison
    lattice = forecastkit.prepared().lattice
    inside = cells_within(lattice, "68,36,72,42")
    assert 0 < inside.sum() < lattice.size
    page.state.within = "68,36,72,42"
    first, second = page.selection.names
    part = whole.grid.index.get_level_values(1).isin(lattice.ids[inside])
    expected = whole.by(np.where(part, "in", None)).loc["in"]
    scores = page.selection.scores
    for name in (first, second):
        assert scores.loc[name, "average_precision"] == expected.loc[name, "average_precision"]
    value, low, high = page.selection.difference("average_precision", first, second)
    assert low <= value <= high
    assert value == scores.loc[first, "average_precision"] - scores.loc[second, "average_precision"]
    found = page.selection.at(first)
    assert found.hits + found.misses == whole.grid.outcome[part].sum()
    assert "Scores of the cells in 68,36,72,42 only." in page.cards.panel.object
    page.state.tab = "scores"
    panel = page.tabs.panel("scores")
    assert "68,36,72,42" in panel.rows.html
    assert f"among {part.sum():,}" in panel.told.object
    assert set(panel.table()["within"]) == {"68,36,72,42"}
    page.state.tab = "alarms"
    assert "68,36,72,42" in page.tabs.panel("alarms").words.object


def test_a_part_without_an_event_is_said_and_all_cells_are_shown(page: ForecastPage) -> None:
    whole = page.selection.scores
    page.state.within = "japan"
    assert page.selection.within == ""
    assert page.selection.scores is whole
    assert "No earthquake of the test came in Japan" in page.cards.panel.object
    page.state.within = ""
    assert "No earthquake" not in page.cards.panel.object


def test_the_menu_offers_regions_and_regimes_in_which_events_came(page: ForecastPage) -> None:
    comparison, lattice = forecastkit.finished().comparison, forecastkit.prepared().lattice
    parts = parts_with_events(comparison, lattice)
    assert "regime:active" in parts
    assert "japan" not in parts
    for one in parts:
        part = part_of(comparison, lattice, one, 0)
        assert part.grid.outcome.any()
        assert len(part.grid) < len(comparison.grid)
    page.controls.panel.active = [3]
    offered = page.controls.within.options
    assert list(offered.values()) == ["", *parts]
    assert offered["Tectonic regime: active crust"] == "regime:active"


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_a_link_with_a_part_opens(
    small: Any, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setattr(small, "_cached", lambda _settings: forecastkit.finished())
    page = ForecastPage(Session(language, translator(language)))
    assert page.state.read_query({"within": "regime:active"}) == []
    assert page.selection.within == "regime:active"
    assert page.state.query()["within"] == "regime:active"
    assert page.state.read_query({"within": "regime:soup"})
    with pytest.raises(ValueError, match="no region"):
        cells_within(forecastkit.prepared().lattice, "atlantis")
