"""The first look is the page's own cards, known before the page is made, and of this very run."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tornado.httputil import HTTPServerRequest, RequestStartLine

from analysis.language import LANGUAGES, translator
from analysis.seismic.forecasting import store
from apps.views.earlyhead import with_look
from apps.views.forecast import firstlook
from apps.views.forecast.cards import cards_html
from apps.views.forecast.firstlook import first_look, keep_look
from apps.views.forecast.known import known_html
from apps.views.forecast.page import ForecastPage
from apps.views.visitor import Session


def asked(query: str = "") -> Any:
    return HTTPServerRequest(start_line=RequestStartLine("GET", f"/forecast?{query}", "HTTP/1.0"))


@pytest.fixture
def card(page: ForecastPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The page shows a stored run whose model card this is."""
    monkeypatch.setattr(store, "models_folder", lambda: tmp_path)
    monkeypatch.setattr(firstlook, "_kept", type(firstlook._kept)())
    run = page.selection.run
    page.selection.run = SimpleNamespace(**vars(run), finished=True, name="small")
    path = tmp_path / "small" / store.CARD
    path.parent.mkdir()
    path.write_text("{}", encoding="utf-8")
    return path


def test_it_holds_the_cards_of_the_page_in_each_language(page: ForecastPage, card: Path) -> None:
    assert first_look(asked(), "en") == ""
    keep_look(page.selection)
    for language in LANGUAGES:
        visit = Session(language, translator(language))
        found = first_look(asked("lang=kk&tab=curves&map=one&view=1,2,3,4"), language)
        assert cards_html(visit, page.selection) in found
        assert known_html(visit) in found
    assert page.cards.panel.object in first_look(asked(), "en")
    head = '<head><link rel="stylesheet" href="a.css"><script src="a.js"></script>'
    sent = with_look(head, found)
    assert sent.index("qp-card") < sent.index("a.css") < sent.index("a.js")


def test_other_choices_and_links_with_faults_have_none(page: ForecastPage, card: Path) -> None:
    keep_look(page.selection)
    for query in ("seed=1", "model=XGBoost", "threshold=0.5", "where=japan", "cell=77"):
        assert first_look(asked(query), "en") == ""
    page.state.threshold = 0.25
    keep_look(page.selection)
    assert "Alarm from 25 % on" in first_look(asked("threshold=0.25"), "en")


def test_a_run_that_was_trained_anew_or_removed_is_not_shown(
    page: ForecastPage, card: Path
) -> None:
    keep_look(page.selection)
    os.utime(card, ns=(1, 1))
    assert first_look(asked(), "en") == ""
    keep_look(page.selection)
    assert first_look(asked(), "en")
    card.unlink()
    assert first_look(asked(), "en") == ""
    keep_look(page.selection)
    assert first_look(asked(), "en") == ""


def test_what_is_not_finished_is_not_kept_and_what_is_kept_is_bounded(
    page: ForecastPage, card: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.selection.run.finished = False
    keep_look(page.selection)
    assert first_look(asked(), "en") == ""
    page.selection.run.finished = True
    monkeypatch.setattr(firstlook, "MOST", 2)
    for seed in range(4):
        page.selection.state.threshold = 0.1 + seed / 10
        keep_look(page.selection)
    assert len(firstlook._kept) == 2
