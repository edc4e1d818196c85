"""The land-cover page in a real browser: the whole way, keys, phone, assistive technology."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.apps.browserkit import click_place, tab_to
from tests.apps.conftest import Server, rest, settle
from tests.apps.landcover.landkit import make_cube

pytestmark = pytest.mark.browser
Open = Callable[..., Page]
QUICK = {"models": "LinearDiscriminant,NearestNeighbours", "folds": "3"}

SCRIPTS = """
window.ql = {
  image: () => qz.map().renderers.find(r => r.glyph.type == "Image").data_source.data.image[0],
  kinds: () => new Set(ql.image()).size,
  sides: () => qz.map("qazcube-sides").data.right.length,
  sum: () => [...ql.image()].reduce((a, b) => a + b, 0),
}
"""


@pytest.fixture(scope="session")
def land_cube(prepared: Path) -> None:
    """Put the small cube of simulated land into the cache of the server."""
    make_cube(prepared)


@pytest.fixture
def cover(land_cube: None, site: Server, browser_page: Open) -> Open:
    """Open the land-cover page with a query."""

    def open_page(query: dict[str, str] | None = None, **options: Any) -> Page:
        address = f"{site.url}/landcover?{urlencode({'lang': 'en'} | (query or {}))}"
        page = browser_page(address, **options)
        page.evaluate(SCRIPTS)
        page.wait_for_function("() => qz.map() && ql.image().length > 1")
        return page

    return open_page


def trained(page: Page) -> None:
    """Wait until everything is trained and the areas are there."""
    page.wait_for_function("() => location.search.includes('trained=1')")
    page.get_by_role("button", name="Train and compare").wait_for()
    page.wait_for_function("() => ql.kinds() > 3 && ql.kinds() < 12")


def way(page: Page, count: int) -> None:
    """Draw, train, compare, click a pixel, take the areas by district away."""
    page.get_by_role("button", name="Sample point").click()
    page.get_by_label("Class of the sample").fill("Water")
    page.keyboard.press("Enter")
    page.wait_for_function("() => location.search.includes('label=water')")
    rest(page)
    click_place(page, 65.0, 52.0)
    page.wait_for_function("() => location.search.includes('drawn=water')")
    page.get_by_role("button", name="Explain").click()
    page.get_by_role("button", name="Train and compare").click()
    trained(page)
    rows = page.locator("table.qc-grid").filter(has_text="Overall accuracy").locator("tbody tr")
    expect(rows).to_have_count(count + 1)
    expect(rows.last).to_contain_text("A map of one class only")
    expect(page.get_by_text("The difference is")).to_be_visible()
    page.evaluate("() => Bokeh.index.find_one(qz.map()).el.scrollIntoView({block: 'center'})")
    rest(page)
    click_place(page, 65.5, 52.25)
    said = page.locator("table.qc-grid").filter(has_text="What each model says of the pixel")
    expect(said.locator("tbody tr")).to_have_count(count)
    page.get_by_role("tab", name="Areas").click()
    expect(page.get_by_text("Sum of all units")).to_be_visible()
    expect(page.get_by_role("button", name="Demonstration district").first).to_be_visible()
    page.get_by_role("tab", name="Files and Python").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Areas by unit (CSV)").click()
    assert waiting.value.suggested_filename.endswith("_district_areas.csv")
    text = Path(waiting.value.path()).read_text(encoding="utf-8-sig")
    assert "imulated" in text
    assert "demo-39" in text or "demo-11" in text


def test_the_whole_way_and_a_link_that_restores_it(cover: Open, browser_page: Open) -> None:
    page = cover(QUICK)
    way(page, 2)
    assert page.get_by_text("Simulated data").count() >= 3
    other = browser_page(f"{page.url}&left=LinearDiscriminant&right=NearestNeighbours")
    other.evaluate(SCRIPTS)
    trained(other)
    other.wait_for_function("() => ql.sides() == 1")
    settle(other)
    before = other.evaluate("() => ql.sum()")
    divider = other.get_by_role("slider", name="Divider")
    divider.focus()
    for _ in range(30):
        other.keyboard.press("ArrowRight")
    other.wait_for_function("() => location.search.includes('divider=80')")
    other.wait_for_function("before => ql.sum() != before", arg=before)


@pytest.mark.slow
def test_the_whole_way_with_a_deep_network(cover: Open) -> None:
    pytest.importorskip("torch")
    page = cover({"models": "MaximumLikelihood,RandomForest,TempCNN", "folds": "3"})
    page.set_default_timeout(600_000)
    way(page, 3)


def test_the_keyboard_alone_draws_and_trains(cover: Open) -> None:
    page = cover({**QUICK, "mode": "area", "label": "water"})
    tab_to(page, "Latitude, longitude")
    for place in ("52.2, 65.2", "52.2, 65.6", "52.5, 65.6"):
        page.keyboard.type(place)
        page.keyboard.press("Enter")
        expect(page.get_by_label("Latitude, longitude")).to_have_value("")
    expect(page.get_by_text("Corners so far: 3.")).to_be_visible()
    tab_to(page, "Close the area")
    page.keyboard.press("Enter")
    page.wait_for_function("() => location.search.includes('drawn=water')")
    train = page.get_by_role("button", name="Train and compare")
    expect(train).to_be_enabled()
    train.focus()
    page.keyboard.press("Enter")
    trained(page)


@pytest.mark.parametrize(
    ("width", "theme", "language", "tab"),
    [
        (390, "dark", "kk", "areas"),
        pytest.param(1400, "light", "en", "matrices", marks=pytest.mark.slow),
        pytest.param(1400, "dark", "ru", "samples", marks=pytest.mark.slow),
        pytest.param(390, "light", "ru", "files", marks=pytest.mark.slow),
    ],
)  # fmt: skip
def test_no_grave_fault_of_accessibility_and_nothing_is_cut_off(
    cover: Open,
    grave: Callable[[Page], list[str]],
    width: int,
    theme: str,
    language: str,
    tab: str,
) -> None:
    query = {**QUICK, "lang": language, "theme": theme, "tab": tab, "trained": "1"}
    page = cover(
        {
            **query,
            "left": QUICK["models"].split(",")[0],
            "right": "NearestNeighbours",
            "point": "65.5,52.25",
        },
        width=width,
    )
    page.wait_for_function("() => ql.sides() == 1")
    assert grave(page) == []
    wide = page.evaluate("() => document.scrollingElement.scrollWidth - innerWidth")
    assert wide <= 0
