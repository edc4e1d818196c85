"""The map of b: values of the library, honest gaps, cancel, the date line."""

import threading

import numpy as np
import pytest

from analysis.language import LANGUAGES
from analysis.seismic import completeness
from analysis.seismic.magnitudes.bmap import b_nearest
from apps.views.earthquakes import bnodes
from apps.views.earthquakes.bmap import BMapPanel
from apps.views.earthquakes.bnodes import NODES, Nodes
from apps.views.geometry import to_degrees
from tests.apps.earthquakes.paneltools import made_up, opened, selection, visitor

FIJI = (172.0, -28.0, 188.0, -8.0)


@pytest.fixture
def panel():
    return opened(BMapPanel(visitor(), selection(bounds=FIJI)))


def test_values_are_those_of_the_library_across_the_date_line(panel):
    events = panel.selection.events
    mc = completeness(events["mag"])
    longitude, latitude = panel.nodes.places()
    expected = b_nearest(events, longitude, latitude, n=50, radius_km=300.0, mc=mc)
    for name in ("b", "std", "n"):
        np.testing.assert_array_equal(panel.found[name], expected[name])
        image = panel.image.data[name][0]
        np.testing.assert_array_equal(image.ravel(), expected[name].to_numpy(np.float32))
    assert panel.found["b"].notna().sum() > 500
    assert set(np.sign(panel.found["longitude"][panel.found["b"].notna()])) == {-1, 1}


def test_the_image_lies_where_its_nodes_are(panel):
    data, nodes = panel.image.data, panel.nodes
    _rows, columns = data["b"][0].shape
    x = data["x"][0] + (np.arange(columns) + 0.5) * data["dw"][0] / columns
    np.testing.assert_allclose(x, nodes.x)
    longitude, latitude = to_degrees(nodes.x, nodes.y)
    assert longitude[0] > FIJI[0]
    assert longitude[-1] < FIJI[2]
    assert np.all(np.diff(latitude) > 0)


def test_too_few_events_stay_empty_and_are_counted(panel):
    few = panel.found[panel.found["n"] < 50]
    assert len(few)
    assert few["b"].isna().all()
    assert f"{len(panel.found) - len(few)} of {len(panel.found):,}".replace(",", "") in (
        panel.note.object.replace(",", "")
    )
    panel.fields["n"].value = "400"
    panel.job.wait()
    assert panel.n == 400
    fewer = panel.found["b"].notna().sum()
    panel.fields["radius"].value = "900"
    panel.job.wait()
    assert panel.found["b"].notna().sum() > fewer


def test_wrong_limits_are_marked_and_change_nothing(panel):
    before = panel.found
    for text in ("3", "abc", "9999999"):
        panel.fields["n"].value = text
        assert panel.fields["n"].error_state
    assert not panel.job.running
    assert panel.found is before


def test_switching_what_is_shown_computes_nothing(panel):
    before = panel.found
    for what, low, high in (("std", 0, 0.3), ("n", 0, 50), ("b", 0.5, 1.5)):
        panel.what.value = what
        assert not panel.job.running
        assert (panel.mapper.low, panel.mapper.high) == (low, high)
        np.testing.assert_array_equal(panel.image.data["shown"][0], panel.image.data[what][0])
    assert panel.found is before


def test_completeness_at_each_place(panel):
    panel.complete.value = "each"
    panel.job.wait()
    assert panel.found["mc"].dropna().nunique() > 1
    assert "at each place" in panel.note.object
    panel.complete.value = "one"
    panel.selection.state.mc = 4.6
    panel.job.wait()
    assert panel.found["mc"].dropna().unique().tolist() == [4.6]


def test_it_can_be_cancelled_and_begun_anew(panel, monkeypatch):
    begun, go = threading.Event(), threading.Event()
    plain = bnodes.b_nearest

    def slow(*args, **options):
        begun.set()
        go.wait(10)
        return plain(*args, **options)

    monkeypatch.setattr(bnodes, "b_nearest", slow)
    before = panel.found
    panel.fields["n"].value = "60"
    assert begun.wait(10)
    assert panel.busy.visible
    panel.cancel.clicks += 1
    go.set()
    assert not panel.busy.visible
    assert panel.message.kind == "info"
    assert panel.found is before
    panel.fields["n"].value = "70"
    panel.job.wait()
    assert panel.message.kind == ""
    assert "70 events" in panel.note.object


def test_too_few_events_at_all_is_a_state_of_its_own():
    panel = BMapPanel(visitor(), selection(made_up(40)))
    assert panel.view
    assert panel.message.kind == "empty"
    assert "40 earthquakes" in panel.message.pane.object
    assert panel.table().empty


@pytest.mark.parametrize("window", [(-180, -85, 180, 85), (170, 10, 171, 11), (100, -80, 460, 80)])
def test_nodes_are_never_too_many(window):
    nodes = Nodes.within(window)
    assert 0 < nodes.x.size * nodes.y.size <= NODES
    assert nodes.bounds[2] - nodes.bounds[0] <= 40_075_017


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language(language):
    panel = opened(BMapPanel(visitor(language), selection(bounds=FIJI)))
    assert panel.list.object.count("<tr>") == 13
    assert panel.legend.object
