"""Completeness through time: a network that gets better, errors, gaps, cancel."""

import threading

import numpy as np
import pandas as pd
import pytest

from analysis.language import LANGUAGES
from analysis.seismic.magnitudes.windows import completeness_in_time
from apps.views.earthquakes import throughtime
from apps.views.earthquakes.throughtime import FEWEST, MOST, ThroughTimePanel
from tests.apps.earthquakes.paneltools import made_up, opened, selection, visitor


def improving(count=6000):
    """From the middle on, the network sees one magnitude less."""
    table = made_up(count).sort_values("time", ignore_index=True)
    table["mag"] += np.where(np.arange(count) < count // 2, 1.0, 0.0)
    return table


@pytest.fixture
def panel():
    return opened(ThroughTimePanel(visitor(), selection(improving())))


def test_windows_are_those_of_the_library_and_see_the_step(panel):
    events = panel.selection.brushed
    expected = completeness_in_time(events, events_each=500, step=250)
    pd.testing.assert_series_equal(panel.found["mc"], expected["mc"])
    assert panel.found["n"].tolist() == expected["n"].tolist()
    half = len(panel.found) // 2
    step = panel.found["mc"].iloc[: half - 2].mean() - panel.found["mc"].iloc[half + 2 :].mean()
    assert step == pytest.approx(1.0, abs=0.15)
    middle = panel.found["mc_std"].idxmax()  # where old and new network share a window
    assert abs(middle - half) <= 1
    assert (panel.found["mc_std"].drop(range(half - 2, half + 3)) < 0.2).all()
    assert (panel.found["mc_std"] > 0).any()


def test_whiskers_are_one_standard_error(panel):
    data = panel.points.data
    np.testing.assert_allclose(data["high"] - data["mc"], panel.found["mc_std"], atol=1e-9)
    np.testing.assert_allclose(data["mc"] - data["low"], panel.found["mc_std"], atol=1e-9)


def test_windows_of_years_and_the_pages_method(panel):
    panel.kind.value = "years"
    panel.job.wait()
    assert panel.size.value == "5"
    assert ((panel.found["end"] - panel.found["start"]).dt.days == 1826).all()
    panel.selection.state.mc = "b-stability"
    panel.job.wait()
    assert "50 catalogues" in panel.note.object
    panel.selection.state.mc = 5.0
    panel.job.wait()
    assert panel.method == "maxc"


def test_wrong_lengths_are_marked(panel):
    before = panel.found
    panel.size.value = "7"
    assert panel.size.error_state
    assert panel.found is before
    panel.size.value = "1000"
    panel.job.wait()
    assert not panel.size.error_state
    assert panel.found["n"].max() == 1000


def test_a_window_with_few_events_has_no_mc_and_says_so():
    table = made_up(2000)
    year = table["time"].dt.year
    sparse = table[(year != 2012) & (year != 2013) | (np.arange(2000) % 40 == 0)]
    panel = opened(ThroughTimePanel(visitor(), selection(sparse)))
    panel.kind.value = "years"
    panel.size.value = "1"
    panel.job.wait()
    few = panel.found["n"] < FEWEST
    assert few.any()
    assert panel.found.loc[few, "mc"].isna().all()
    assert "have no Mc" in panel.note.object


def test_windows_are_never_too_many():
    panel = opened(ThroughTimePanel(visitor(), selection(made_up(30_000))))
    panel.size.value = "50"
    panel.job.wait()
    assert 100 < len(panel.found) <= MOST + 2


def test_it_can_be_cancelled(panel, monkeypatch):
    begun, go = threading.Event(), threading.Event()

    def slow(*args, **options):
        begun.set()
        go.wait(10)
        return 0.1

    monkeypatch.setattr(throughtime, "completeness_spread", slow)
    before = panel.found
    panel.size.value = "800"
    assert begun.wait(10)
    assert panel.busy.visible
    panel.cancel.clicks += 1
    go.set()
    assert not panel.busy.visible
    assert panel.message.kind == "info"
    assert panel.found is before


def test_too_few_events_is_a_state_of_its_own(panel):
    panel.selection.state.magnitude = (9.0, 10.0)
    panel.update()
    assert panel.message.kind == "empty"
    assert panel.table().empty
    panel.selection.state.magnitude = None
    panel.update()
    panel.job.wait()
    assert panel.plots.visible


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language(language):
    panel = opened(ThroughTimePanel(visitor(language), selection(improving(2000))))
    assert panel.list.object.count("<tr>") == 1 + len(panel.found)
