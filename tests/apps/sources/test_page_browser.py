"""The sources page in a real browser: keys alone, links, files, own files, assistive technology."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from apps.views.accessibility import labels
from tests.apps.browserkit import focused, link_holds, tab_to
from tests.apps.conftest import Server, other_theme, rest, settle
from tests.uploads.filekit import csv, netcdf

pytestmark = pytest.mark.browser
Open = Callable[..., Page]


@pytest.fixture
def sources(site: Server, browser_page: Open) -> Open:
    def open_page(query: str = "lang=en", **options: Any) -> Page:
        return browser_page(f"{site.url}/sources?{query}", **options)

    return open_page


def test_with_keys_alone_a_source_is_found_opened_cited_and_closed(sources: Open) -> None:
    page = sources()
    tab_to(page, "Find in names")
    page.keyboard.type("gravity")
    page.keyboard.press("Enter")
    expect(page.locator(".qs-list tbody tr").filter(has_text="simulated")).to_have_count(1)
    tab_to(page, "Gravity")
    page.keyboard.press("Enter")
    details = page.locator(".qs-details")
    expect(details.locator("h2")).to_contain_text("Gravity")
    link_holds(page, source="gravity_simulated", find="gravity")
    expect(page.locator("rect.chosen")).to_have_count(1)
    tab_to(page, "Copy")
    page.keyboard.press("Enter")
    expect(details.locator("[data-copy]")).to_have_text("Copied")
    go = details.get_by_role("link", name="Open in the explorer")
    assert "layer=gravity_simulated%2Flwe_thickness" in str(go.get_attribute("href"))
    for _turn in range(40):
        page.keyboard.press("Shift+Tab")
        if focused(page).startswith("Close"):
            break
    page.keyboard.press("Enter")
    expect(details).to_be_hidden()
    page.wait_for_function("() => !('source' in qz.query())")


def test_the_address_restores_the_page_and_the_list_is_a_file(sources: Open) -> None:
    page = sources("lang=kk&kinds=events&source=events_gcmt&find=gcmt")
    expect(page.locator(".qs-list tbody tr")).to_have_count(1)
    expect(page.locator(".qs-details code").first).to_have_text("events_gcmt")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="CSV").click()
    text = Path(waiting.value.path()).read_text(encoding="utf-8-sig")
    assert "events_gcmt" in text
    assert "events_simulated" not in text


@pytest.mark.parametrize(
    ("width", "theme", "language"), [(1400, "light", "ru"), (390, "dark", "kk")]
)
def test_assistive_technology_finds_no_serious_fault_in_both_themes(
    sources: Open,
    grave: Callable[[Page], list[str]],
    subtests: pytest.Subtests,
    width: int,
    theme: str,
    language: str,
) -> None:
    page = sources(f"lang={language}&theme={theme}&source=wind", width=width, height=844)
    expect(page.locator(".qs-details")).to_be_visible()
    switch = labels(language)["Toggle theme"]
    with subtests.test("details", theme=theme):
        assert grave(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    other_theme(page, switch)
    with subtests.test("details after the switch of the theme"):
        expect(page.locator(".qs-details")).to_be_visible()
        assert grave(page) == []
    page.get_by_role("button", name={"ru": "Свои файлы", "kk": "Өз файлдарыңыз"}[language]).click()
    expect(page.locator("input[type=file]")).to_be_attached()
    rest(page)
    with subtests.test("own files after the switch of the theme"):
        assert grave(page) == []
    other_theme(page, switch)
    with subtests.test("own files", theme=theme):
        assert grave(page) == []


def test_a_file_of_ones_own_is_added_shown_on_the_map_seen_by_nobody_else_and_removed(
    site: Server, sources: Open, browser_page: Open, tmp_path: Path
) -> None:
    page = sources("lang=en&tab=own")
    field = page.locator("input[type=file]")
    wrong = tmp_path / "notes.docx"
    wrong.write_bytes(b"x")
    field.set_input_files(wrong)
    expect(page.get_by_role("alert").filter(has_text="are taken")).to_be_visible()
    field.set_input_files(netcdf(tmp_path / "rain.nc", units=None))
    page.get_by_label("Unit of rain").fill("mm")
    page.get_by_role("button", name="Look again").click()
    expect(page.locator(".qs-details")).to_contain_text("24 times")
    page.get_by_label("What to call it").fill("Rain <b>2020</b>")
    page.get_by_role("button", name="Add to my sources").click()
    own = page.locator(".qs-own")
    expect(own).to_contain_text("Rain <b>2020</b>")
    field.set_input_files(csv(tmp_path / "wells.csv"))
    page.get_by_role("button", name="Add to my sources").click()
    expect(own.locator("li")).to_have_count(2)
    links = own.get_by_role("link", name="Open in the explorer")
    addresses = [str(link.get_attribute("href")) for link in links.all()]
    assert any("layer=my_rain" in one for one in addresses)
    assert any("tables=my_wells" in one for one in addresses)
    name = next(one for one in addresses if "layer=" in one).split("layer=")[1].split("%2F")[0]

    explorer = browser_page(
        f"{site.url}/explorer?lang=en&layer={name}/rain&tables=my_wells&view=60,42,80,50"
        "&points=66,45",
        context=page.context,
    )
    expect(explorer.locator(".qc-legend").first).to_contain_text("rain")
    explorer.wait_for_function(
        """() => qz.models().filter(m => m.type == "ColumnDataSource" && m.data.text
          && m.data.text[0] && String(m.data.text[0]).includes("№")).length == 1"""
    )

    stranger = browser_page(f"{site.url}/explorer?lang=en&layer={name}/rain")
    expect(stranger.locator(".qc-legend").first).not_to_contain_text("rain")

    page.bring_to_front()
    page.reload()
    settle(page)
    expect(page.locator(".qs-own li")).to_have_count(2)
    for left in (1, 0):
        page.get_by_role("button", name="Remove").first.click()
        expect(page.locator(".qs-own li")).to_have_count(left)
