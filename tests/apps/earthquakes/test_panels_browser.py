"""Panels in a real browser: a line drawn with taps, a table by keyboard, events that come alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from analysis.seismic import Section, events_along
from apps.views.earthquakes.catalogues import events
from tests.apps.browserkit import click_place
from tests.apps.conftest import Server, rest, settle
from tests.fdsnserver import EventServer

pytestmark = pytest.mark.browser
Open = Callable[..., Page]


@pytest.fixture
def panel(site: Server, browser_page: Open) -> Open:
    """Open the page at a panel; ready when its words are there."""

    def open_panel(tab: str, words: str, query: dict[str, str] | None = None, **how: Any) -> Page:
        asked = {"lang": "en", "dock": "large", "tab": tab} | (query or {})
        page = browser_page(f"{site.url}/earthquakes?{urlencode(asked)}", **how)
        expect(page.get_by_text(re.compile(words)).first).to_be_visible()
        return page

    return open_panel


def test_a_section_is_drawn_with_two_taps(panel: Open) -> None:
    page = panel("section", "through the strongest", {"view": "125,25,155,50"})
    rest(page)
    page.get_by_role("button", name="Draw on the map").click()
    expect(page.get_by_text("Tap the start")).to_be_visible()
    click_place(page, 135.0, 36.0)
    settle(page)
    page.wait_for_timeout(400)  # else the two are a double click
    click_place(page, 147.0, 34.0)
    start = page.get_by_label("Start: longitude, °")
    expect(start).to_have_value(re.compile(r"^13[45]"))
    for name, ends in (("Start: latitude", "^3[56]"), ("End: longitude", "^14[67]")):
        expect(page.get_by_label(f"{name}, °")).to_have_value(re.compile(ends))
    expect(page.get_by_label("End: latitude, °")).to_have_value(re.compile("^3[34]"))
    names = ("Start: longitude", "Start: latitude", "End: longitude", "End: latitude")
    lon0, lat0, lon1, lat1 = (
        float(page.get_by_label(f"{name}, °").input_value()) for name in names
    )
    assert abs(lon1 - 147) < 0.5
    table = events("events_gcmt").table
    expected = len(events_along(table, Section((lon0, lat0), (lon1, lat1)), 200.0))
    assert expected > 100
    expect(page.get_by_text(f"{expected:,} earthquakes within 100 km")).to_be_visible()


def test_the_table_is_sorted_by_key_and_saved(panel: Open) -> None:
    page = panel("table", r"Earthquakes 1 to 25 of", {"view": "125,25,155,50"})
    rest(page)
    head = page.get_by_role("columnheader", name="Magnitude", exact=True)
    head.get_by_role("button").focus()
    page.keyboard.press("Enter")
    expect(head).to_have_attribute("aria-sort", "descending")
    expect(page.locator("table.qc-grid tbody tr").first).to_contain_text("9.1")
    total = re.search(r"of ([\d,]+)", page.locator("caption").first.inner_text())
    assert total is not None
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Table as CSV").click()
    saved = pd.read_csv(waiting.value.path(), comment="#", encoding="utf-8-sig")
    assert len(saved) == int(total.group(1).replace(",", ""))
    assert saved["mag"].is_monotonic_decreasing


@pytest.fixture
def hurry(server: Callable[..., Server], monkeypatch: Any) -> Iterator[tuple[Server, EventServer]]:
    """A page that asks a local service every second and calls eight seconds old."""
    with EventServer(events=2000) as service:
        service.usgs.now = pd.Timestamp.now("UTC").tz_localize(None).floor("s")
        shift = service.usgs.now - service.usgs.table["time"].max() - pd.Timedelta(minutes=1)
        service.usgs.table["time"] += shift
        monkeypatch.setenv("LIVE_FEED", service.feed_url)
        monkeypatch.setenv("QAZCUBE_REQUEST_PAUSE", "0")
        page = Path(__file__).parent.parent / "pages" / "livepage.py"
        yield server((page,)), service


def test_events_come_by_themselves_and_grow_old_when_the_network_is_gone(
    hurry: tuple[Server, EventServer], browser_page: Open
) -> None:
    site, service = hurry
    page = browser_page(f"{site.url}/livepage?lang=en")
    expect(page.get_by_text("Source: USGS")).to_be_visible()
    service.usgs.now = pd.Timestamp.now("UTC").tz_localize(None).floor("s")
    service.usgs.add(time=service.usgs.now, mag=8.4, place="40 km N of Nowhere")
    expect(page.get_by_text("40 km N of Nowhere").first).to_be_visible()
    service.inject("status", status=404, times=None)
    expect(page.get_by_text("not the newest any more")).to_be_visible()
    expect(page.get_by_text("40 km N of Nowhere").first).to_be_visible()
    service.faults.clear()
    expect(page.get_by_text("not the newest any more")).to_be_hidden()


@pytest.mark.parametrize(
    ("tab", "words", "how"),
    [
        ("bmap", "places, ", {"width": 1400}),
        ("declustered", "clusters of two", {"width": 390, "height": 844}),
    ],
)
def test_nothing_grave_for_assistive_technology(
    panel: Open, grave: Callable[[Page], list[str]], tab: str, words: str, how: dict[str, Any]
) -> None:
    page = panel(tab, words, {"theme": "dark", "view": "125,25,155,50"}, **how)
    assert grave(page) == []
