"""No serious or critical violation that axe-core knows, and enough contrast in both themes."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest
from playwright.sync_api import Page, expect

from apps.views.accessibility import labels
from apps.views.theme import PALETTES, contrast
from tests.apps.conftest import Server, other_theme, rest

GROUNDS = ("page", "surface")
INKS = ("text", "muted", "primary", "secondary", "error", "warning", "success", "info")


@pytest.mark.browser
@pytest.mark.parametrize(
    ("name", "width", "theme"),
    [
        ("sample", 1400, "dark"), ("sample", 390, "light"),
        ("home", 1400, "light"), ("home", 390, "dark"),
        ("explorer", 1400, "dark"), ("explorer", 390, "light"),
    ],
)  # fmt: skip
def test_axe_finds_nothing_grave_in_both_themes(
    site: Server,
    browser_page: Callable[..., Page],
    grave: Callable[[Page], list[str]],
    subtests: pytest.Subtests,
    name: str,
    width: int,
    theme: str,
) -> None:
    page = browser_page(f"{site.url}/{name}?theme={theme}&lang=kk", width=width)
    with subtests.test(theme=theme):
        assert grave(page) == []
    other_theme(page, labels("kk")["Toggle theme"])
    with subtests.test("after the switch of the theme"):
        assert page.locator("html").get_attribute("data-qc-theme") != theme
        assert grave(page) == []


@pytest.mark.browser
def test_axe_finds_nothing_grave_with_every_group_of_the_explorer_open(
    site: Server,
    browser_page: Callable[..., Page],
    grave: Callable[[Page], list[str]],
    subtests: pytest.Subtests,
) -> None:
    page = browser_page(f"{site.url}/explorer?theme=light&lang=en", height=1400)
    page.get_by_role("button", name="Open the details").click()
    shut = page.locator(".MuiAccordionSummary-root[aria-expanded=false]")
    for _ in range(12):
        rest(page)
        if shut.count() == 0:
            break
        shut.first.click()
    expect(shut).to_have_count(0)
    rest(page)
    with subtests.test(theme="light"):
        assert grave(page) == []
    other_theme(page)
    with subtests.test(theme="dark"):
        expect(shut).to_have_count(0)
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
