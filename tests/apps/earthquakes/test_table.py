"""The table of events: every event once over the pages, in order, safe, at a million rows."""

import re

import numpy as np
import pandas as pd
import pytest

from analysis.language import LANGUAGES
from apps.views.earthquakes.table import ROWS, TablePanel
from tests.apps.earthquakes.paneltools import made_up, rendered, selection, visitor


@pytest.fixture
def panel():
    found = TablePanel(visitor(), selection())
    return rendered(found)


def pages(panel):
    for page in range(panel.pages.count):
        panel.pages.value = page
        yield panel.shown()


def test_every_event_stands_on_one_page_newest_first(panel):
    every = pd.concat(pages(panel))
    assert len(every) == len(panel.selection.brushed)
    assert every["id"].is_unique
    assert (np.diff(every["time"].astype("int64")) <= 0).all()
    assert panel.pages.count == -(-len(every) // ROWS)


@pytest.mark.parametrize("name", ["mag", "depth", "latitude", "longitude", "time"])
def test_headings_sort_both_ways_and_missing_values_come_last(panel, name):
    panel._pressed(f"sort:{name}")
    first = panel.table()[name]
    panel._pressed(f"sort:{name}")
    second = panel.table()[name]
    for values in (first, second):
        gone = values.isna().to_numpy()
        assert not (gone[:-1] & ~gone[1:]).any()
    known, other = first.dropna(), second.dropna()
    assert known.is_monotonic_increasing != other.is_monotonic_increasing or known.is_unique
    assert known.is_monotonic_decreasing or known.is_monotonic_increasing
    assert f'data-key="sort:{name}"' in panel.rows.html
    assert panel.rows.html.count('aria-sort="none"') == 4


def test_filters_and_brush_shorten_it(panel):
    panel.selection.state.brush = ("2011-01-01", "2012-01-01", 5.0, 10.0)
    panel.update()
    assert set(panel.table()["id"]) == set(panel.selection.brushed["id"])
    assert panel.pages.value == 0
    panel.selection.state.magnitude = (9.5, 10.0)
    panel.update()
    assert panel.message.kind == "empty"
    assert panel.rows.html == ""
    panel.selection.state.param.update(magnitude=None, brush=None)
    panel.update()
    assert panel.message.kind == ""


def test_a_row_chooses_its_event(panel):
    ident = panel.shown()["id"].iloc[3]
    assert f'data-key="event:{ident}"' in panel.rows.html
    panel._pressed(f"event:{ident}")
    assert panel.selection.state.event == ident
    assert panel.rows.html.count("qc-chosen") == 1


def test_nonsense_from_the_browser_is_passed_over(panel):
    before = panel.rows.html
    for key in ("sort:id", "sort:", "drop:table", "", "sort:__class__"):
        panel.rows._handle_msg(key)
    panel.rows._handle_msg({"a": 1})
    assert panel.rows.html == before


def test_foreign_text_stays_text_in_every_language():
    for language in LANGUAGES:
        panel = TablePanel(visitor(language), selection())
        assert panel.view
        assert "<b>S</b>" not in panel.rows.html
        assert "&lt;b&gt;S" in panel.rows.html


def test_columns_without_a_word_are_left_out():
    panel = TablePanel(visitor(), selection(made_up(30).drop(columns=["magType", "status"])))
    assert panel.view
    heads = re.findall(r'<th scope="col"', panel.rows.html)
    assert len(heads) == 7


def test_local_times_follow_the_clock(panel):
    assert "UTC" in panel.rows.html
    before = panel.rows.html
    panel.selection.state.clock = "local"
    panel.selection.state.clock = "utc"
    assert panel.rows.html == before


def test_a_million_rows_are_paged_without_being_sent():
    panel = TablePanel(visitor(), selection(made_up(1_000_000)))
    assert panel.view
    panel._pressed("sort:mag")
    panel.pages.value = panel.pages.count - 1
    assert len(panel.rows.html) < 40_000
