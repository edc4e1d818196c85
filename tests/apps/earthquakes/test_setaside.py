"""What cleaning sets aside: counts, reasons, the list, and leaving rows out and back in."""

import numpy as np
import pandas as pd
import pytest

from analysis.language import LANGUAGES, translator
from analysis.seismic import clean
from analysis.seismic.cleaning import REASONS, STEPS
from apps.views.earthquakes import aside
from apps.views.earthquakes.setaside import ROWS, SetAsidePanel, reason_texts, step_names
from apps.views.earthquakes.state import CLEANING
from tests.apps.earthquakes.paneltools import made_up, opened, selection, visitor


def dirty():
    """Forty blasts, thirty rows that stand twice, one impossible depth, one unknown type."""
    table = made_up(800)
    table.loc[10:49, "type"] = "quarry blast"
    table.loc[60, "type"] = "<b>moon landing</b>"
    table.loc[70, "depth"] = 1e9
    twice = table.iloc[100:130].assign(id=[f"again{n}" for n in range(30)], status="automatic")
    return pd.concat([table, twice], ignore_index=True)


@pytest.fixture
def panel():
    return opened(SetAsidePanel(visitor(), selection(dirty())))


def test_counts_are_those_of_the_library(panel):
    _kept, report = clean(panel.selection.all.table)
    assert panel.report.counts == report.counts
    assert len(report) >= 71
    assert f"sets {len(report)} aside" in panel.words.object
    for reason, count in report.reasons.items():
        assert f"<td>{count}</td>" in panel.counts.object, reason
    assert panel.counts.object.count("<tr>") == 1 + len(report.reasons)


def test_every_row_is_listed_with_its_reason(panel):
    seen = 0
    for page in range(panel.pages.count):
        panel.pages.value = page
        seen += panel.list.object.count("<tr>") - 1
    assert seen == len(panel.report)
    assert panel.pages.count == -(-len(panel.report) // ROWS)
    table = panel.table()
    assert set(table["id"]) >= {"t10", "t49", "t60", "t70", "again0"}
    assert table.loc[table["id"] == "again0", "sentence"].item().startswith("The same")


def test_foreign_text_stays_text(panel):
    found = ""
    for page in range(panel.pages.count):
        panel.pages.value = page
        found += panel.list.object
    assert "<b>moon" not in found
    assert "&lt;b&gt;moon" in found


def test_nothing_is_left_out_until_it_is_asked_for_and_every_step_comes_back(panel):
    selection = panel.selection
    whole = len(selection.events)
    assert whole == len(selection.all)
    panel.all.value = True
    kept, _report = clean(selection.all.table)
    assert set(selection.events["id"]) == set(kept["id"])
    assert len(panel.steps.value) == len(panel.steps.options)
    panel.steps.value = ["event-type"]
    assert not panel.all.value
    assert len(selection.events) == whole - panel.report.counts["event-type"]
    panel.steps.value = []
    assert len(selection.events) == whole
    panel.all.value = True
    panel.all.value = False
    assert len(selection.events) == whole
    assert selection.state.setaside == []


def test_a_link_leaves_rows_out_before_the_panel_is_opened():
    found = selection(dirty(), setaside=["exact-repeat"])
    assert found.slow
    assert not set(found.events["id"]) & {f"again{n}" for n in range(30)}
    assert not found.slow
    panel = opened(SetAsidePanel(visitor(), found))
    assert panel.steps.value == ["exact-repeat"]
    assert not panel.all.value


def test_the_catalogue_is_cleaned_once_for_all_sessions(panel, monkeypatch):
    monkeypatch.setattr(aside, "clean", None)
    other = opened(SetAsidePanel(visitor("kk"), panel.selection))
    assert other.report is panel.report
    assert other.message.kind == ""


def test_a_clean_catalogue_is_a_state_of_its_own():
    panel = opened(SetAsidePanel(visitor(), selection(made_up(50))))
    assert panel.message.kind == "empty"
    assert not panel.all.visible
    assert panel.table().empty
    none = opened(SetAsidePanel(visitor(), selection(made_up(50).iloc[:0])))
    assert none.message.kind == "empty"


def test_a_failure_is_told_in_place(monkeypatch):
    def fail(table):
        raise ValueError("no column")

    monkeypatch.setattr(aside, "clean", fail)
    panel = opened(SetAsidePanel(visitor(), selection(dirty())))
    assert panel.message.kind == "error"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_and_step_has_its_words(language):
    _ = translator(language)
    assert list(step_names(_)) == list(STEPS) == list(CLEANING)
    assert set(reason_texts(_)) == set(REASONS)
    panel = opened(SetAsidePanel(visitor(language), selection(dirty())))
    assert panel.list.object
    assert np.all([len(text) > 5 for text in reason_texts(_).values()])
