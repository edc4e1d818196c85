"""No serious or critical violation that axe-core knows, and enough contrast in both themes."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest
from playwright.sync_api import Page

from apps.views.theme import PALETTES, contrast
from tests.apps.conftest import Server

GROUNDS = ("page", "surface")
INKS = ("text", "muted", "primary", "secondary", "error", "warning", "success", "info")


@pytest.mark.browser
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 390])
@pytest.mark.parametrize("name", ["sample", "home", "explorer"])
def test_axe_finds_nothing_grave(
    site: Server,
    browser_page: Callable[..., Page],
    grave: Callable[[Page], list[str]],
    name: str,
    width: int,
    theme: str,
) -> None:
    page = browser_page(f"{site.url}/{name}?theme={theme}&lang=kk", width=width)
    assert grave(page) == []


@pytest.mark.browser
def test_axe_finds_nothing_grave_in_the_open_drawer_and_dialog(
    site: Server, browser_page: Callable[..., Page], grave: Callable[[Page], list[str]]
) -> None:
    page = browser_page(f"{site.url}/sample?lang=en", width=390)
    page.get_by_role("button", name="Open the menu").click()
    page.wait_for_timeout(600)
    assert grave(page) == []
    page.keyboard.press("Escape")
    page.wait_for_timeout(400)
    page.get_by_role("button", name="Help").click()
    page.wait_for_timeout(300)
    assert grave(page) == []


@pytest.mark.browser
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_grave_with_every_group_of_the_explorer_open(
    site: Server, browser_page: Callable[..., Page], grave: Callable[[Page], list[str]], theme: str
) -> None:
    page = browser_page(f"{site.url}/explorer?theme={theme}&lang=en", height=1400)
    page.get_by_role("button", name="Open the details").click()
    for _ in range(12):
        shut = page.locator(".MuiAccordionSummary-root[aria-expanded=false]")
        if shut.count() == 0:
            break
        shut.first.click()
        page.wait_for_timeout(500)
    page.wait_for_timeout(1500)
    assert grave(page) == []


@pytest.mark.parametrize(("theme", "ink", "ground"), list(product(PALETTES, INKS, GROUNDS)))
def test_texts_can_be_read(theme: str, ink: str, ground: str) -> None:
    colours = PALETTES[theme]
    assert contrast(getattr(colours, ink), getattr(colours, ground)) >= 4.5


@pytest.mark.parametrize("theme", PALETTES)
@pytest.mark.parametrize("name", ["bar", "primary", "secondary"])
def test_texts_on_colours_can_be_read(theme: str, name: str) -> None:
    colours = PALETTES[theme]
    assert contrast(getattr(colours, f"on_{name}"), getattr(colours, name)) >= 4.5


def test_contrast_knows_the_published_limits() -> None:
    # WebAIM: #767676 on white is the lightest grey that passes 4.5:1
    assert contrast("#767676", "#ffffff") >= 4.5 > contrast("#777777", "#ffffff")
    assert contrast("#123456", "#fedcba") == contrast("#fedcba", "#123456")
