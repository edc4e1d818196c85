"""The forecast page in a real browser: from a click to scores, cell, threshold, link, phone."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.apps.browserkit import click_place, link_holds
from tests.apps.conftest import Server, rest

pytestmark = pytest.mark.browser
Open = Callable[..., Page]
SMALL = {
    "where": "66,34,78,44", "cell": "2", "learn": "region", "models": "LogisticRegression",
}  # fmt: skip

SCRIPTS = """
window.qp = {
  painted: (name) => {
    const found = qz.map(name).renderers.find(r => r.glyph.type == "Image")
    return new Set(found.data_source.data.image[0]).size
  },
  deep: (selector) => {
    const found = []
    const walk = (root) => { for (const node of root.querySelectorAll("*")) {
      if (node.matches(selector)) found.push(node)
      if (node.shadowRoot) walk(node.shadowRoot) } }
    walk(document)
    return found
  },
}
"""

SAME = """
(answer) => {
  const made = document.createElement("div")
  made.innerHTML = answer.match(/<dl class="qp-cards">.*?<.dl>/s)[0]
  return made.innerHTML == qp.deep(".qp-cards")[0].outerHTML
}
"""


@pytest.fixture
def forecast(site: Server, browser_page: Open) -> Open:
    """Open the forecast page with a query."""

    def open_page(query: dict[str, str] | None = None, **options: Any) -> Page:
        page = browser_page(f"{site.url}/forecast?{urlencode({'lang': 'en'} | (query or {}))}",
                            **options)  # fmt: skip
        page.evaluate(SCRIPTS)
        return page

    return open_page


def train(page: Page) -> float:
    """Press the button if there is something to train; return the seconds until all is there."""
    begun = time.monotonic()
    button = page.get_by_role("button", name="Train and compare")
    trained = page.get_by_role("button", name="Trained", exact=True)
    expect(button.or_(trained).first).to_be_visible()
    if button.count():
        button.click()
    page.locator(".qp-card").first.wait_for()
    expect(trained).to_be_visible()
    return time.monotonic() - begun


def settled(page: Page) -> tuple[str, str]:
    """Return the matrix and the address once neither has changed for a second."""
    seen: tuple[str, str] | None = None
    for _try in range(30):
        now = page.locator(".qp-matrix").first.inner_text(), page.url
        if now == seen:
            return now
        seen = now
        page.wait_for_timeout(1000)
    raise AssertionError(f"the page does not come to rest: {seen}")


def test_from_a_click_to_scores_a_cell_a_threshold_and_a_link(
    forecast: Open, browser_page: Open
) -> None:
    page = forecast(SMALL)
    expect(page.get_by_text("An educational experiment, not a warning.")).to_be_visible()
    train(page)
    page.wait_for_function("() => qp.painted() > 3 && qp.painted('qazcube-map-2') > 3")
    answer = page.request.get(page.url).text()  # who comes again has the cards before the scripts
    assert 0 < answer.index("qp-cards", answer.index('id="qc-first"')) < answer.index(".js?")
    assert page.evaluate(SAME, answer)
    first = page.locator("table.qc-grid tbody tr").first
    expect(first).to_be_visible()
    expect(page.locator("table.qc-grid")).to_contain_text("Smoothed seismicity")
    expect(page.locator("table.qc-grid")).to_contain_text("Logistic regression")
    rest(page)
    click_place(page, 71.0, 37.0)
    link_holds(page, tab="cell", point="71.0000,37.0000")
    expect(page.get_by_text("Probability of this cell in this window").first).to_be_visible()
    page.get_by_role("tab", name="Alarms at a threshold").click()
    slider = page.get_by_role("slider", name="Alarm where the probability is at least")
    slider.focus()
    before = page.locator(".qp-matrix").first.inner_text()
    for _press in range(12):
        page.keyboard.press("PageDown")
        page.keyboard.press("ArrowLeft")
    page.wait_for_function("() => location.search.includes('threshold=')")
    page.wait_for_function("(before) => qp.deep('.qp-matrix')[0].innerText != before", arg=before)
    matrix, url = settled(page)
    other = browser_page(url)
    other.evaluate(SCRIPTS)
    other.locator(".qp-matrix").first.wait_for()
    expect(other.locator("#qc-first")).to_have_count(0)
    expect(other.locator(".qp-cards")).to_have_count(1)
    assert settled(other)[0] == matrix


def test_a_phone_a_dark_page_in_kazakh_and_assistive_technology(
    forecast: Open, grave: Callable[[Page], list[str]]
) -> None:
    page = forecast(SMALL | {"lang": "kk", "theme": "dark", "tab": "curves"}, width=390, height=844)
    expect(page.get_by_text("Бұл — оқу тәжірибесі, ескерту емес.")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert grave(page) == []
    page.get_by_role("tab", name="Бағалар").click()
    expect(page.locator("table.qc-grid").first).to_be_visible()
    assert grave(page) == []


@pytest.mark.slow
@pytest.mark.parametrize("region", ["kazakhstan_central_asia", "global"])
def test_all_five_models_of_a_region_and_of_the_globe(
    forecast: Open, region: str, record_property: Callable[[str, object], None]
) -> None:
    page = forecast({"where": region})
    record_property("seconds", train(page))
    for name in ("Logistic regression", "XGBoost", "Gradient boosting", "Random forest"):
        expect(page.locator("table.qc-grid").first).to_contain_text(name)
    begun = time.monotonic()
    other = forecast({"where": region})
    other.locator(".qp-card").first.wait_for()
    record_property("second visit", time.monotonic() - begun)
