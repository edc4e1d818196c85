"""Stations on the explorer in a real browser: pressed on the map, and chosen by keyboard."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from apps.views.seriesdata import Curve
from apps.views.stack import CEILING, FLOOR, Band
from tests.apps.browserkit import at, query, tab_to
from tests.apps.conftest import Server, rest, settle
from tests.apps.test_explorer_browser import GRAVITY, ready

pytestmark = pytest.mark.browser

ILI, IRTYSH = ("2908305", 76.8, 44.1), ("2912600", 72.0, 53.0)
DAYS = 40

CURVES = """days => qz.models()
  .filter(one => one.type == "ColumnDataSource" && one.data.xs && one.data.ys && one.data.colour)
  .flatMap(one => [...one.data.ys].map(qc.plain)).filter(one => one.length == days)"""
"""Curves of so many days, of whatever figure; those of cells have months."""


@pytest.fixture(scope="module")
def rivers(prepared: Path) -> Iterator[None]:
    """Two gauges of the Global Runoff Data Centre, their discharge counted up day by day."""
    folder = prepared / "downloads" / "rivers_grdc"
    folder.mkdir(parents=True)
    for place, (number, longitude, latitude) in enumerate((ILI, IRTYSH), start=1):
        head = f"# GRDC-No.: {number}\n# Latitude (DD): {latitude}\n# Longitude (DD): {longitude}\n"
        head += "# Unit of measure: m3/s\nYYYY-MM-DD;hh:mm; Value\n"
        rows = [
            f"{date(2019, 1, 1) + timedelta(day)};--:--; {100 * place + day}.0\n"
            for day in range(DAYS)
        ]
        (folder / f"{number}_Q_Day.txt").write_text(head + "".join(rows), encoding="latin-1")
    yield
    shutil.rmtree(folder)


def drawn(*starts: float) -> list[Any]:
    """Return where the dock draws the gauges: the numbers of a row are brought into its band."""
    curves = [Curve(np.arange(DAYS), np.arange(float(DAYS)) + start) for start in starts]
    low, high = Band("Discharge", curves=curves).limits()
    return [FLOOR + (one.values - low) / (high - low) * (CEILING - FLOOR) for one in curves]


def test_a_station_is_pressed_or_chosen_by_keyboard_and_its_series_is_drawn(
    site: Server, browser_page: Callable[..., Page], rivers: None
) -> None:
    choice = {"lang": "en", "layer": GRAVITY, "view": "60,38,90,58", "tables": "rivers_grdc"}
    page = ready(browser_page(f"{site.url}/explorer?{urlencode(choice)}"))
    assert "stations" not in query(page)
    page.mouse.click(*at(page, *ILI[1:]))
    page.wait_for_function("() => new URL(location.href).searchParams.has('stations')")
    settle(page)
    first = query(page)["stations"]
    assert first.startswith("rivers_grdc:")
    assert ILI[0] in first
    np.testing.assert_allclose(page.evaluate(CURVES, DAYS), drawn(100.0))
    expect(page.get_by_text(f"{DAYS} times from")).to_be_visible()
    tab_to(page, "Points and pictures")
    page.keyboard.press("Enter")
    rest(page)
    tab_to(page, "Stations and tracks")
    page.keyboard.press("Enter")
    expect(page.get_by_role("option").filter(has_text=IRTYSH[0])).to_be_visible()
    page.keyboard.type(IRTYSH[0])
    expect(page.get_by_role("option").filter(has_text=ILI[0])).to_have_count(0)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_function("n => location.search.includes(n)", arg=IRTYSH[0])
    settle(page)
    assert query(page)["stations"].split(";")[0] == first
    np.testing.assert_allclose(page.evaluate(CURVES, DAYS), drawn(100.0, 200.0))
