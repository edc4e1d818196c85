"""The earthquakes page in a real browser: brush, moves, links, taps, keys, assistive technology."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from apps.views.accessibility import labels
from apps.views.earthquakes.catalogues import events
from tests.apps.browserkit import at, click_place, link_holds, query, tab_to
from tests.apps.conftest import Server, other_theme, rest, settle

pytestmark = pytest.mark.browser
Open = Callable[..., Page]

SCRIPTS = """
window.qe = {
  time: () => qz.models().find(m => m.type == "Plot"
    && m.toolbar.tools.some(t => t.type == "BoxSelectTool")),
  count: () => { const plot = qz.models().find(m => m.type == "Plot" && m != qe.time()
      && m.x_range == qe.time().x_range)
    const y = plot.renderers[0].data_source.data.y; return y.length ? y[y.length - 1] : 0 },
  window: () => { const f = qz.map(); return [f.x_range.start, f.x_range.end] },
}
"""


def ready(page: Page) -> Page:
    page.evaluate(SCRIPTS)
    page.wait_for_function("() => qz.map() && qe.time() && qe.count() > 0")
    quiet(page)
    return page


def quiet(page: Page) -> None:
    """Wait until count, address and window have rested for 0.6 s and every change is answered."""
    page.wait_for_function(
        """() => { const now = qe.count() + location.href + qe.window()
          if (qe.last != now) { qe.last = now; qe.since = performance.now() }
          return performance.now() - qe.since > 600 }""",
        polling=100,
    )
    settle(page)


@pytest.fixture
def quakes(site: Server, browser_page: Open) -> Open:
    """Open the earthquakes page with a query, filled."""

    def open_page(query: dict[str, str] | None = None, **options: Any) -> Page:
        address = f"{site.url}/earthquakes?{urlencode({'lang': 'en'} | (query or {}))}"
        return ready(browser_page(address, **options))

    return open_page


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag a box on the time plot: time (ms) and magnitude of two corners."""
    rest(page)
    first, last = (
        page.evaluate("([x, y]) => qz.place(qe.time(), x, y)", list(corner))
        for corner in (start, end)
    )
    page.mouse.move(*first)
    page.mouse.down()
    page.mouse.move((first[0] + last[0]) / 2, (first[1] + last[1]) / 2, steps=3)
    page.mouse.move(*last, steps=3)
    page.mouse.up()


def test_a_box_on_the_time_plot_counts_its_events_and_the_link_restores_it(
    quakes: Open, browser_page: Open
) -> None:
    page = quakes({"view": "90,-20,180,60"})
    whole = page.evaluate("() => qe.count()")
    drag(page, (1.0e12, 9.0), (1.25e12, 6.0))
    page.wait_for_function("n => qe.count() < n", arg=whole)
    quiet(page)
    start, end, low, high = query(page)["brush"].split(",")
    west, south, east, north = (float(part) for part in query(page)["view"].split(","))
    table = events("events_gcmt").table
    inside = table[
        table["time"].between(start, end)
        & table["mag"].between(float(low), float(high))
        & ((table["longitude"] - west) % 360 <= east - west)
        & table["latitude"].between(south, north)
    ]
    assert 0 < len(inside) < whole
    assert page.evaluate("() => qe.count()") == len(inside)
    expect(page.get_by_text("Events selected")).to_be_visible()
    other = ready(browser_page(page.url))
    other.wait_for_function("n => qe.count() == n", arg=len(inside))
    assert query(other) == query(page)
    page.mouse.move(*page.evaluate("() => qz.place(qe.time(), 1.1e12, 5)"))
    page.keyboard.press("Escape")
    page.wait_for_function("n => qe.count() == n", arg=whole)
    page.wait_for_function("() => !location.search.includes('brush')")


def test_the_plots_count_what_the_moved_map_shows(quakes: Open) -> None:
    page = quakes({"view": "-180,-60,180,70"})
    whole = page.evaluate("() => qe.count()")
    page.mouse.move(*at(page, 76.9, 43.2))
    page.mouse.wheel(0, -600)
    page.wait_for_function("n => qe.count() < n", arg=whole)
    quiet(page)
    west, south, east, north = (float(part) for part in query(page)["view"].split(","))
    table = events("events_gcmt").table
    inside = ((table["longitude"] - west) % 360 <= east - west) & table["latitude"].between(
        south, north
    )
    page.wait_for_function("n => qe.count() == n", arg=int(inside.sum()))


def test_a_tap_shows_the_event_and_the_closing_button_hides_it(quakes: Open) -> None:
    page = quakes({"view": "120,25,160,50", "magnitude": "8.5,10"})
    table = events("events_gcmt").table
    row = table.loc[table[table["place"].str.contains("Japan")]["mag"].idxmax()]
    click_place(page, row["longitude"], row["latitude"])
    card = page.get_by_role("region", name="Event")
    expect(card).to_be_visible()
    expect(card).to_contain_text(str(row["place"]))
    expect(card).to_contain_text("Strike/dip/rake")
    link_holds(page, event=row["id"])
    page.get_by_role("button", name="Close the details of the event").click()
    expect(card).to_be_hidden()


def test_box_and_tabs_and_largest_event_without_a_pointer(quakes: Open) -> None:
    page = quakes()
    whole = page.evaluate("() => qe.count()")
    tab_to(page, "Selected box")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Select this box")).to_be_visible()
    rest(page)
    for name, text in (("From", "2001-01-01"), ("To", "2010-12-31"), ("Lowest", "7")):
        tab_to(page, name)
        page.keyboard.press("Control+A")
        page.keyboard.type(text)
        page.keyboard.press("Enter")
    tab_to(page, "Select this box")
    page.keyboard.press("Enter")
    page.wait_for_function("n => qe.count() < n", arg=whole)
    quiet(page)
    table = events("events_gcmt").table
    inside = table["time"].between("2001-01-01", "2010-12-31") & (table["mag"] >= 7)
    assert page.evaluate("() => qe.count()") <= inside.sum()
    tab_to(page, "Time, number, magnitude")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_function("() => location.search.includes('tab=')")


@pytest.mark.parametrize(
    ("width", "theme", "language"), [(1400, "dark", "kk"), (390, "dark", "ru")]
)
def test_no_grave_fault_of_accessibility_in_both_themes(
    quakes: Open,
    grave: Callable[[Page], list[str]],
    subtests: pytest.Subtests,
    width: int,
    theme: str,
    language: str,
) -> None:
    chosen = {"event": str(events("events_gcmt").table["id"].iloc[-1])}
    page = quakes({"lang": language, "theme": theme} | chosen, width=width)
    with subtests.test(theme=theme):
        assert grave(page) == []
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width
        expect(page.get_by_text("Mc").first).to_be_attached()
    other_theme(page, labels(language)["Toggle theme"])
    with subtests.test("after the switch of the theme"):
        assert grave(page) == []
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width


@pytest.mark.slow
@pytest.mark.parametrize(("width", "language"), [(1400, "en"), (390, "kk")])
def test_no_grave_fault_of_accessibility_when_loaded_in_the_light(
    quakes: Open, grave: Callable[[Page], list[str]], width: int, language: str
) -> None:
    chosen = {"event": str(events("events_gcmt").table["id"].iloc[-1])}
    page = quakes({"lang": language, "theme": "light"} | chosen, width=width)
    assert grave(page) == []
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    expect(page.get_by_text("Mc").first).to_be_attached()


def test_another_catalogue_is_chosen_and_its_simulated_events_are_marked(quakes: Open) -> None:
    page = quakes()
    expect(page.get_by_text("Simulated data")).to_have_count(0)
    page.get_by_role("combobox", name="Catalogue").click()
    page.get_by_role("option", name="Small earthquakes (simulated)").click()
    page.wait_for_function("() => location.search.includes('catalogue=events_simulated')")
    expect(page.get_by_text("Simulated data")).to_have_count(3)
    quiet(page)
    assert page.evaluate("() => qe.count()") <= len(events("events_simulated"))
    expect(page.get_by_text("earthquakes pass the filters")).to_contain_text("31,635 of 31,635")
