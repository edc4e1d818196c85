"""The depth section: right distances, words, states, and the line over the date line."""

from types import SimpleNamespace

import numpy as np
import pytest
from bokeh.models import MultiLine
from bokeh.plotting import figure

from analysis.language import LANGUAGES
from analysis.seismic import Section, events_along
from apps.views.earthquakes.section import SectionPanel
from tests.apps.earthquakes.paneltools import made_up, rendered, selection, visitor


@pytest.fixture
def panel():
    found = SectionPanel(visitor(), selection())
    return rendered(found)


def test_nothing_is_computed_before_the_first_look():
    panel = SectionPanel(visitor(), selection())
    panel.update()
    assert panel.found.empty
    assert panel.title == "Depth section"


def test_first_line_runs_through_the_strongest_event(panel):
    strongest = panel.found.loc[panel.found["mag"].idxmax()]
    assert strongest["mag"] == 7.9
    assert strongest["along_km"] == pytest.approx(panel.line.length_km / 2, abs=0.01)
    assert strongest["across_km"] == pytest.approx(0, abs=0.01)
    assert "through the strongest" in panel.note.object


def test_typed_ends_give_the_events_of_the_library(panel):
    for key, text in {"lon0": "176", "lat0": "−18", "lon1": "-176", "lat1": "-18,5"}.items():
        panel.fields[key].value = text
    panel.fields["width"].value = "120"
    expected = events_along(panel.selection.events, Section((176, -18), (-176, -18.5)), 120)
    assert panel.found["id"].tolist() == expected["id"].tolist()
    assert len(expected) > 100
    drawn = panel.points.data
    known = expected[expected["depth"].notna()]
    assert sorted(drawn["x"]) == pytest.approx(sorted(known["along_km"]))
    assert np.ptp(drawn["y"]) > 500
    assert panel.figure.y_range.flipped
    assert panel.ends.data["x"] == [0.0, panel.line.length_km]
    assert f"{len(expected)} earthquakes within 60 km" in panel.note.object
    assert "exactly 10 or 33 km" in panel.note.object


def test_wrong_numbers_are_marked_and_change_nothing(panel):
    before = panel.line
    panel.fields["lat0"].value = "123"
    assert panel.fields["lat0"].error_state
    assert panel.line is before
    panel.fields["lat0"].value = "-10"
    assert not panel.fields["lat0"].error_state
    assert panel.line.start[1] == -10


def test_two_equal_ends_are_explained(panel):
    panel.set_line((10.0, 5.0), (370.0, 5.0))
    assert panel.message.kind == "error"
    assert "same place" in panel.message.pane.object
    panel.set_line((178.0, -18.0), (-178.0, -18.0))
    assert panel.message.kind == ""


def test_an_empty_band_says_what_to_do_and_recovers(panel):
    panel.set_line((0.0, 50.0), (10.0, 50.0))
    assert panel.message.kind == "empty"
    assert not panel.plot.visible
    assert panel.table().empty
    panel.set_line((176.0, -18.0), (-176.0, -18.0))
    assert panel.plot.visible
    assert not panel.table().empty


def test_no_event_at_all_is_a_state_of_its_own():
    panel = SectionPanel(visitor(), selection(made_up().iloc[:0]))
    assert panel.view
    assert panel.message.kind == "empty"
    assert panel.line is None


def test_the_map_is_told_the_band_and_asked_for_two_places():
    panel = SectionPanel(visitor(), selection())
    told, asked = [], []
    panel.on_line = lambda line, width: told.append((line, width))
    panel.on_draw = asked.append
    assert panel.view
    assert panel.draw.visible
    panel.draw.clicks += 1
    asked[0]((170.0, -20.0), (-170.0, -15.0))
    assert told[-1] == (Section((170.0, -20.0), (-170.0, -15.0)), 200.0)
    assert panel.fields["lon0"].value == "170"


class FakeMap:
    """A map as wide as the Pacific, seen one turn to the east."""

    def __init__(self):
        self.figure = figure()
        self.plot = SimpleNamespace(figure=self.figure, window=lambda: (5e7, -5e6, 6.5e7, 5e6))
        self.drawing = None


def test_two_taps_on_the_map_make_the_line_and_its_band():
    panel, view = SectionPanel(visitor(), selection()), FakeMap()
    panel.attach(view)
    rendered(panel)
    lines = view.figure.select_one(MultiLine)
    data = next(r.data_source.data for r in view.figure.renderers if r.glyph is lines)
    west, east = view.plot.window()[0], view.plot.window()[2]
    assert west < np.mean(data["xs"][0]) < east, "in the copy of the world that is seen"
    panel.draw.clicks += 1
    view.drawing.add(176.0, -18.0)
    view.drawing.add(176.0, -18.0)
    assert panel.line.start != (176.0, -18.0)
    view.drawing.add(-176.0, -18.5)
    assert view.drawing is None
    assert panel.line == Section((176.0, -18.0), (-176.0, -18.5))
    data = next(r.data_source.data for r in view.figure.renderers if r.glyph is lines)
    assert len(data["xs"]) == 2
    panel.selection.state.tab = "table"
    data = next(r.data_source.data for r in view.figure.renderers if r.glyph is lines)
    assert len(data["xs"]) == 0
    panel.selection.state.tab = "section"
    data = next(r.data_source.data for r in view.figure.renderers if r.glyph is lines)
    assert len(data["xs"]) == 2


def test_a_drawing_that_is_given_up_leaves_the_line():
    panel, view = SectionPanel(visitor(), selection()), FakeMap()
    panel.attach(view)
    rendered(panel)
    before = panel.line
    panel.draw.clicks += 1
    view.drawing.add(1.0, 2.0)
    view.drawing.cancel()
    assert view.drawing is None
    assert panel.line is before


def test_filters_and_true_scale_work_in_place(panel):
    figure, before = panel.figure, len(panel.found)
    panel.selection.state.magnitude = (5.0, 10.0)
    panel.update()
    assert 0 < len(panel.found) < before
    panel.true.value = True
    assert panel.figure is figure
    assert figure.match_aspect


def test_words_come_in_every_language_and_foreign_text_stays_text():
    for language in LANGUAGES:
        panel = SectionPanel(visitor(language), selection())
        assert panel.view
        assert "<b>S</b>" not in panel.list.object
        assert "&lt;b&gt;" in panel.list.object


def test_many_events_are_gone_through_in_a_thread(monkeypatch):
    small = rendered(SectionPanel(visitor(), selection()))
    monkeypatch.setattr("apps.views.earthquakes.section.AT_ONCE", 100)
    panel = rendered(SectionPanel(visitor(), selection()))
    panel.job.wait()
    assert panel.found["id"].tolist() == small.found["id"].tolist()
    assert panel.found["along_km"].tolist() == small.found["along_km"].tolist()
    panel.set_line((0.0, 50.0), (10.0, 50.0))
    panel.job.wait()
    assert panel.message.kind == "empty"


def test_simulated_events_are_marked():
    panel = SectionPanel(visitor(), selection(made_up(simulated=True)))
    assert panel.view
    assert panel.mark.visible
    assert "Simulated" in panel.mark.object
    assert panel.about()["simulated"] is True
