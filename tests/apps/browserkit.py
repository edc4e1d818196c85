"""What tests in Chromium share: the address, the focus of the keyboard, places on a figure."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from apps.views.geometry import to_mercator

__all__ = [
    "PATIENCE",
    "SCRIPTS",
    "at",
    "click_place",
    "focused",
    "link_holds",
    "query",
    "tab_to",
]

PATIENCE = 90_000
"""Milliseconds that a page is given for anything, on a busy machine."""

SCRIPTS = """
window.qz = {
  models: () => [...Bokeh.documents[0]._all_models.values()],
  map: (name) => Bokeh.documents[0].get_model_by_name(name || "qazcube-map"),
  place: (figure, x, y) => {
    const view = Bokeh.index.find_one(figure), box = view.el.getBoundingClientRect()
    const frame = view.frame.bbox, xr = figure.x_range, yr = figure.y_range
    return [box.x + frame.x0 + (x - xr.start) / (xr.end - xr.start) * (frame.x1 - frame.x0),
            box.y + frame.y1 - (y - yr.start) / (yr.end - yr.start) * (frame.y1 - frame.y0)]
  },
  query: () => Object.fromEntries(new URL(location.href).searchParams),
  focused: () => {
    let node = document.activeElement
    while (node.shadowRoot && node.shadowRoot.activeElement) node = node.shadowRoot.activeElement
    const by = node.getAttribute("aria-labelledby")
    const named = by && node.getRootNode().getElementById(by.split(" ")[0])
    const label = node.labels && node.labels[0] && node.labels[0].textContent
    return ((named && named.textContent) || node.getAttribute("aria-label") || label
      || node.textContent || node.placeholder || node.title || "").trim()
  },
}
"""
"""Words of every page; `browser_page` puts them into it before its own scripts."""


def query(page: Page) -> dict[str, str]:
    """Return the parts of the address."""
    found: dict[str, str] = page.evaluate("() => qz.query()")
    return found


def link_holds(page: Page, **parts: str) -> None:
    """Wait until the address holds these parts."""
    page.wait_for_function(
        "parts => Object.entries(parts).every(([name, value]) => qz.query()[name] == value)",
        arg=parts,
    )


def focused(page: Page) -> str:
    """Return the name of the control that has the focus, through all shadow roots."""
    return str(page.evaluate("() => qz.focused()"))


def tab_to(page: Page, name: str, *, most: int = 120, key: str = "Tab") -> None:
    """Press Tab until the control of that name has the focus."""
    for _ in range(most):
        page.keyboard.press(key)
        if focused(page).startswith(name):
            return
    pytest.fail(f"{name!r} was not reached with {most} x {key}")


def at(page: Page, longitude: float, latitude: float) -> tuple[float, float]:
    """Return the pixel of a place on the map."""
    x, y = to_mercator(longitude, latitude)
    left, top = page.evaluate("([x, y]) => qz.place(qz.map(), x, y)", [float(x), float(y)])
    return left, top


def click_place(page: Page, longitude: float, latitude: float, **options: Any) -> None:
    """Click a place of the map."""
    page.mouse.click(*at(page, longitude, latitude), **options)
