"""The parts of the page together, in this process: choices, taps, brush, panels, nonsense."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from analysis.seismic import b_value
from apps.views.earthquakes import dock as dock_module
from apps.views.earthquakes import page as page_module
from apps.views.earthquakes.page import EarthquakesPage
from apps.views.frame import Session

GCMT = "events_gcmt"


def tap(x: float, y: float) -> Any:
    return SimpleNamespace(x=x, y=y)


@pytest.fixture
def page() -> EarthquakesPage:
    return EarthquakesPage(Session("en", str))


@pytest.fixture
def linked_to(monkeypatch: pytest.MonkeyPatch) -> Any:
    def build(**query: str) -> EarthquakesPage:
        monkeypatch.setattr(page_module, "arguments", lambda _raw: query)
        return EarthquakesPage(Session("en", str))

    return build


def test_a_fresh_page_shows_the_first_observed_catalogue_with_b_and_mc(
    page: EarthquakesPage,
) -> None:
    assert page.selection.catalogue is not None
    assert not page.selection.simulated
    found = page.linked.found
    assert found is not None
    mags = page.selection.in_view["mag"].to_numpy(float)
    expected = b_value(mags[np.isfinite(mags)], found.fit.mc)
    assert found.fit == expected
    assert f"{expected.b:.2f} ± {expected.std:.2f}" in str(page.linked.scores.object)
    assert f"{expected.b:.2f} ± {expected.std:.2f}" in str(page.linked.twins.object), "in words too"
    assert (page.view.plot.source("events").data["image"][0] > 0).sum() > 1000
    assert page.linked.count.source.data["y"][-1] == len(mags)


def test_a_filter_reaches_map_plots_words_and_address(page: EarthquakesPage) -> None:
    before = page.view.plot.source("events").data["image"][0]
    page.state.magnitude = (7.0, 10.0)
    rows = len(page.selection.rows)
    assert 100 < rows < 2000
    assert (page.view.plot.source("events").data["image"][0] > 0).sum() < (before > 0).sum()
    assert len(page.linked.time.points.data["x"]) == len(page.selection.view_rows)
    assert min(page.linked.time.points.data["y"]) >= 7.0
    assert f"{rows} of 50,282" in str(page.filters.count.object)
    assert dict(page.address.source.data["query"][0])["magnitude"] == "7,10"


def test_the_brush_changes_counts_and_slope_and_leaves_others_faint(page: EarthquakesPage) -> None:
    whole = page.linked.found
    box = SimpleNamespace(
        geometry={"type": "rect", "x0": 1.0e12, "x1": 1.2e12, "y0": 5.5, "y1": 9.5}
    )
    page.linked.time._brushed(box)
    assert page.state.brush == ("2001-09-09T01:46:40", "2008-01-10T21:20:00", 5.5, 9.5)
    time, magnitude = page.selection.all.time, page.selection.all.magnitude
    seen = page.selection.view_rows
    inside = (time[seen] >= 1.0e12) & (time[seen] <= 1.2e12) & (magnitude[seen] >= 5.5)
    assert page.linked.count.source.data["y"][-1] == inside.sum()
    assert page.linked.found != whole
    image = page.view.plot.source("events").data["image"][0]
    assert 8 in image, "what is outside the box is faint"
    assert page.linked.time.box.left == pytest.approx(1.0e12)
    page.linked.time._hidden("visible", True, False)
    assert page.state.brush is None
    assert 8 not in page.view.plot.source("events").data["image"][0]


def test_the_largest_event_is_found_by_a_tap_near_it_and_shown_in_full(
    page: EarthquakesPage,
) -> None:
    table = page.selection.all.table
    row = int(table["mag"].to_numpy().argmax())
    every = page.selection.all
    pixel = (page.view.plot.window()[2] - page.view.plot.window()[0]) / page.view.plot.size()[0]
    page._tapped(tap(every.x[row] + 3 * pixel, every.y[row] - 3 * pixel))
    assert page.state.event == table["id"].iloc[row]
    assert page._corner.visible
    text = str(page.card.object)
    assert "9.1" in text
    assert table["place"].iloc[row] in text
    assert list(page.view.plot.source("markers").data["y"]) == [every.y[row]]
    assert list(page.linked.time.chosen.data["y"]) == [every.magnitude[row]]
    page._tapped(tap(-1.11e7, 8.4e6))  # northern Canada, where none is
    assert page.state.event == ""
    assert not page._corner.visible


def test_a_tap_on_the_time_plot_finds_the_event_too(page: EarthquakesPage) -> None:
    every = page.selection.all
    row = int(np.nanargmax(every.magnitude))
    page.linked._tapped(float(every.time[row]), float(every.magnitude[row]))
    assert page.state.event == every.table["id"].iloc[row]
    page.linked._tapped(float(every.time[0]), 9.4)
    assert page.state.event == every.table["id"].iloc[row], "nothing is near"


def test_a_link_restores_the_choice(linked_to: Any) -> None:
    page = linked_to(
        catalogue="events_simulated",
        magnitude="4,5",
        within="japan",
        colour="depth",
        brush="2001-01-01,2011-01-01,4.2,5",
        mc="4.5",
    )
    assert page.problems == []
    assert page.selection.simulated
    assert "Simulated data" in str(page.status.object)
    assert "Simulated data" in str(page.linked.scores.object)
    assert "Simulated data" in str(page.legends.object)
    assert page.linked.found is not None
    assert page.linked.found.fit.mc == 4.5
    assert page.linked.time.box.visible
    assert page.filters.magnitude.value == (4.0, 5.0)
    again = dict(page.state.query())
    assert again["within"] == "japan"
    assert again["brush"].startswith("2001-01-01")


def test_a_link_to_what_is_not_here_is_told_and_the_page_works(linked_to: Any) -> None:
    page = linked_to(
        catalogue="lost", within="atlantis", area="oblast:XX", tab="no such", event="nobody"
    )
    assert len(page.problems) == 4
    assert page.selection.catalogue.key == GCMT
    assert len(page.selection.rows) == len(page.selection.all)
    assert page.dock.open == "plots"


def test_another_catalogue_brings_its_own_ranges(page: EarthquakesPage) -> None:
    page.state.magnitude = (7.0, 9.0)
    page.filters.catalogue.value = "events_simulated"
    assert page.state.magnitude is None
    assert page.filters.magnitude.end <= 6.0
    assert len(page.selection.rows) == len(page.selection.all)


def test_no_event_is_said_with_advice_and_an_end(page: EarthquakesPage) -> None:
    page.state.magnitude = (9.5, 10.0)
    assert page.message.visible
    assert "Widen" in str(page.filters.count.object)
    assert "No event passes" in str(page.linked.twins.object)
    assert list(page.linked.count.source.data["x"]) == []
    page.state.magnitude = None
    assert not page.message.visible


def test_regimes_and_colours_change_picture_and_legend(page: EarthquakesPage) -> None:
    assert page.view.plot.source("image").data["image"][0].max() == 0
    page.state.overlays = [*page.state.overlays, "regimes"]
    assert set(np.unique(page.view.plot.source("image").data["image"][0])) == {1, 2, 3, 4}
    assert "Subduction zone" in str(page.legends.object)
    before = page.view.plot.renderer("events").glyph.color_mapper.palette
    page.state.colour = "depth"
    assert page.view.plot.renderer("events").glyph.color_mapper.palette != before
    assert "Depth, km" in str(page.legends.object)


class Counting:
    """A panel that counts what is asked of it."""

    title = "Counting"
    views = updates = 0
    trouble = False

    def __init__(self, visit: Any, selection: Any):
        pass

    @property
    def view(self) -> str:
        if type(self).trouble:
            raise ValueError("the panel is broken")
        type(self).views += 1
        return "counted"

    def update(self) -> None:
        type(self).updates += 1


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> type[Counting]:
    class Fresh(Counting):
        pass

    monkeypatch.setattr(dock_module, "PANELS", {"counting": ""})
    monkeypatch.setattr(dock_module, "panel_class", lambda _name: Fresh)
    return Fresh


def test_a_closed_tab_costs_nothing_and_an_open_one_follows(
    counting: type[Counting], linked_to: Any
) -> None:
    page = linked_to()
    page.state.magnitude = (6.0, 9.0)
    assert (counting.views, counting.updates) == (0, 0)
    page.dock.tabs.active = 1
    assert page.state.tab == "counting"
    assert (counting.views, counting.updates) == (1, 0)
    page.state.magnitude = (7.0, 9.0)
    assert counting.updates == 1
    page.dock.tabs.active = 0
    page.state.magnitude = (7.5, 9.0)
    page.state.magnitude = (7.6, 9.0)
    assert counting.updates == 1, "a closed tab does not follow"
    page.state.tab = "counting"
    assert (counting.views, counting.updates) == (1, 2), "it does when it is opened again"


def test_a_link_opens_its_tab_and_a_broken_panel_says_so(
    counting: type[Counting], linked_to: Any
) -> None:
    counting.trouble = True
    page = linked_to(tab="counting")
    assert page.dock.open == "counting"
    (notice,) = page.dock._bodies["counting"]
    assert "the panel is broken" in notice.object
    counting.trouble = False
    page.dock.tabs.active = 0
    page.dock.tabs.active = 1
    assert counting.views == 1


def test_a_typed_box_is_the_brush_and_nonsense_is_refused(page: EarthquakesPage) -> None:
    page.filters.panel.active = [5]
    start, end, low, high = page.filters.box
    start.value, end.value, low.value, high.value = "2001-01-01", "2005-12-31", "6,5", "9"
    page.filters._box_typed(None)
    assert page.state.brush == ("2001-01-01", "2005-12-31", 6.5, 9.0)
    start.value = "yesterday"
    page.filters._box_typed(None)
    assert high.error_state
    assert page.state.brush == ("2001-01-01", "2005-12-31", 6.5, 9.0)


def test_the_list_of_the_largest_chooses_an_event_without_a_pointer(page: EarthquakesPage) -> None:
    page.filters.panel.active = [6]
    names = list(page.filters.largest.options)
    assert names[1].startswith("M 9.1")
    page.filters.largest.value = page.filters.largest.options[names[1]]
    assert page.state.event == page.filters.largest.options[names[1]]
    assert page._corner.visible


def test_the_theme_recolours_every_figure(page: EarthquakesPage) -> None:
    page.linked.ink(dark=True)
    page.view.ink(dark=True)
    backgrounds = {chart.figure.background_fill_color for chart in page.linked.charts}
    assert backgrounds == {"#141f25"}


def test_a_magnitude_of_ones_own_is_mc_and_nonsense_is_refused(page: EarthquakesPage) -> None:
    page.filters.panel.active = [4]
    mc, own, method = page.filters.groups.bodies[4]
    assert not own.visible
    mc.value = "own"
    assert own.visible
    own.value = "5,5"
    assert page.state.mc == 5.5
    assert page.linked.found is not None
    assert page.linked.found.fit.mc == 5.5
    own.value = "large"
    assert own.error_state
    assert page.state.mc == 5.5
    before = page.linked.found.fit.b
    method.value = "b-positive"
    assert page.linked.found.fit.b != before
