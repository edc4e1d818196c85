"""What lies under the pointer on the map, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.apps.browserkit import at
from tests.apps.conftest import Server
from tests.apps.test_explorer_browser import GRAVITY, ready

pytestmark = pytest.mark.browser


def test_the_pointer_tells_value_place_and_earthquake(
    site: Server, browser_page: Callable[..., Page]
) -> None:
    query = {"lang": "en", "layer": GRAVITY, "time": "2019-05-01", "view": "110,10,170,50"}
    page = ready(browser_page(f"{site.url}/explorer?{urlencode(query)}"))
    box = page.locator(".qc-pointer")
    expect(box).to_be_hidden()
    left, top = at(page, 121.0, 21.0)  # the cell's value is 122.5 + 22.5 / 1000 + 4
    page.mouse.move(left, top)
    expect(box).to_be_visible()
    text = box.inner_text()
    value = float(re.search(r"Value: [≈≤≥] (-?[\d.,]+) cm", text)[1])  # type: ignore[index]
    low, high = page.evaluate(
        "() => { const s = qz.models().find(m => m.data && m.data.units).data;"
        " return [s.low[0], s.high[0]] }"
    )
    assert value == pytest.approx(126.5225, abs=0.51 * (high - low) / 254 + 0.5)
    latitude, longitude = map(float, re.search(r"([\d.]+)°, ([\d.]+)°", text).groups())  # type: ignore[union-attr]
    assert latitude == pytest.approx(21.0, abs=0.2)
    assert longitude == pytest.approx(121.0, abs=0.2)
    x, y, magnitude, event = page.evaluate(
        """() => { const d = qz.models().find(m => m.data && m.data.magnitude).data
          return [d.x[0], d.y[0], d.magnitude[0], d.event[0]] }"""
    )
    place = page.evaluate("([x, y]) => qz.place(qz.map(), x, y)", [x, y])
    page.mouse.move(*place)
    expect(box).to_contain_text(f"Magnitude: {magnitude}")
    expect(box).to_contain_text(event)
    page.mouse.down()
    page.mouse.move(place[0] + 30, place[1], steps=2)
    expect(box).to_be_hidden()
    page.mouse.up()
    expect(box).to_be_visible()
    page.mouse.move(150, 400)
    expect(box).to_be_hidden()
