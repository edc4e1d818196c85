"""Declustered against full: the library's counts, variants in words, in a thread."""

import threading

import numpy as np
import pytest

from analysis.language import LANGUAGES
from analysis.seismic.decluster import gardner_knopoff, reasenberg, zaliapin
from apps.views.earthquakes.declustered import DeclusteredPanel, Variant, dispersion
from tests.apps.earthquakes.paneltools import made_up, opened, selection, visitor


@pytest.fixture
def panel():
    return opened(DeclusteredPanel(visitor(), selection()))


def kept(panel):
    return len(panel.found.times[1])


def test_counts_are_those_of_the_library(panel):
    table = panel.selection.all.table
    every = np.arange(len(table))
    assert kept(panel) == (gardner_knopoff(table) == every).sum() < len(table)
    panel.method.value = "reasenberg"
    panel.job.wait()
    assert kept(panel) == (reasenberg(table) == every).sum()
    panel.method.value = "zaliapin"
    panel.job.wait()
    assert kept(panel) == (zaliapin(table) == every).sum()
    panel.method.value = "uhrhammer"
    panel.linking.value = "every"
    panel.hypocentres.value = True
    panel.foreshocks.value = True
    panel.job.wait()
    expected = gardner_knopoff(
        table, "uhrhammer", linking="every", foreshocks=1.0, three_dimensional=True
    )
    assert kept(panel) == (expected == every).sum()


def test_curves_end_at_the_counts(panel):
    for data, times in zip(panel.curves, panel.found.times, strict=True):
        assert data.data["y"][-1] == len(times)
        assert np.all(np.diff(data.data["y"]) > 0)


def test_aftershocks_lie_in_one_cluster_and_b_comes_with_its_error(panel):
    largest = panel.found.clusters.iloc[0]
    mainshock = panel.selection.all.table.iloc[int(largest["position"])]
    assert mainshock["mag"] == 7.9
    assert largest["size"] > 500
    table = panel.table().set_index("catalogue")
    assert table.loc["full", "b"] == pytest.approx(1.0, abs=5 * table.loc["full", "b_std"])
    assert table.loc["declustered", "b_n"] < table.loc["full", "b_n"]
    assert (
        table.loc["declustered", "monthly_variance_over_mean"]
        < table.loc["full", "monthly_variance_over_mean"]
    )


def test_a_filter_on_declustering_does_not_hide_what_it_removed(panel):
    before = len(panel.found.times[0])
    panel.selection.state.decluster = "reasenberg"
    panel.update()
    panel.job.wait()
    assert len(panel.found.times[0]) == before
    panel.selection.state.magnitude = (5.0, 10.0)
    panel.update()
    panel.job.wait()
    assert len(panel.found.times[0]) < before


def test_the_variant_is_said_and_what_does_not_apply_is_hidden(panel):
    said = {panel.words.object}
    for method in panel.method.options.values():
        panel.method.value = method
        panel.job.wait()
        said.add(panel.words.object)
        assert panel.linking.visible == (method in ("gardner-knopoff", "gruenthal", "uhrhammer"))
    panel.method.value = "gardner-knopoff"
    panel.linking.value = "every"
    said.add(panel.words.object)
    panel.job.wait()
    assert len(said) >= 3
    assert "chains" in panel.about()["method"]


def test_nothing_chosen_is_a_state_of_its_own(panel):
    panel.selection.state.magnitude = (9.5, 10.0)
    panel.update()
    assert panel.message.kind == "empty"
    assert panel.table().empty
    panel.selection.state.magnitude = None
    panel.update()
    panel.job.wait()
    assert panel.message.kind == ""
    assert panel.plot.visible


def test_a_failure_is_told_in_place(panel, monkeypatch):
    def fail(self, table):
        raise ValueError("no such window")

    monkeypatch.setattr(Variant, "ids", fail)
    panel.method.value = "gruenthal"
    panel.job.wait()
    assert panel.message.kind == "error"
    assert "no such window" in panel.message.pane.object


def test_regular_events_have_no_spread_and_random_ones_that_of_poisson():
    span = np.array([0, 3650 * 86_400_000])
    random = np.sort(np.random.default_rng(3).integers(0, span[1], 20_000))
    assert dispersion(random, span) == pytest.approx(1.0, abs=0.35)
    assert np.isnan(dispersion(random[:0], span))


def test_the_session_is_not_held_up_by_a_hundred_thousand_events(monkeypatch):
    panel = DeclusteredPanel(visitor(), selection(made_up(100_000)))
    assert panel.view
    panel.job.wait()
    before, may, real = kept(panel), threading.Event(), Variant.ids

    def late(self, table):
        assert may.wait(60)
        return real(self, table)

    monkeypatch.setattr(Variant, "ids", late)
    panel.method.value = "reasenberg"  # comes back although the work has not begun
    assert not may.is_set()
    assert kept(panel) == before
    may.set()
    panel.job.wait()
    assert kept(panel) < 100_000


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language(language):
    panel = opened(DeclusteredPanel(visitor(language), selection()))
    assert panel.numbers.object.count("<tr>") == 8
