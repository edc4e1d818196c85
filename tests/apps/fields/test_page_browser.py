"""The fields page in a real browser: links both ways, keys, phone, assistive technology."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from analysis.agrarian import by_year, season_table, unit_series
from analysis.cubes import open_cube
from analysis.sources import open_source
from tests.apps.browserkit import click_place, link_holds, query, tab_to
from tests.apps.conftest import Server, rest, settle
from tests.apps.fields.fieldkit import make_cube

pytestmark = pytest.mark.browser
Open = Callable[..., Page]

SCRIPTS = """
window.qf = {
  shapes: () => qz.map().renderers.find(r => r.glyph.type == "MultiPolygons").data_source.data,
  band: () => { const p = qz.models().find(m => m.type == "GlyphRenderer"
      && m.glyph.type == "VArea"); return p.data_source.data },
  curve: () => { const p = qz.models().find(m => m.type == "GlyphRenderer"
      && m.glyph.type == "Scatter" && "label" in m.data_source.data); return p.data_source.data },
  plot: () => qz.models().find(m => m.type == "Figure" && m.renderers.some(
      r => r.glyph.type == "VArea")),
}
"""


@pytest.fixture(scope="session")
def field_cube(prepared: Path) -> None:
    """Put the small cube of vegetation into the cache of the server."""
    make_cube(prepared)


@pytest.fixture
def fields(field_cube: None, site: Server, browser_page: Open) -> Open:
    """Open the fields page with a query, filled."""

    def open_page(query: dict[str, str] | None = None, **options: Any) -> Page:
        address = f"{site.url}/fields?{urlencode({'lang': 'en'} | (query or {}))}"
        page = browser_page(address, **options)
        page.evaluate(SCRIPTS)
        page.wait_for_function("() => qz.map() && qf.shapes().name.length > 0")
        rest(page)
        return page

    return open_page


def click_unit(page: Page, unit: str, **options: Any) -> None:
    """Click the middle of a district on the map."""
    shape = open_source("demo_districts").set_index("id").geometry[unit]
    point = shape.representative_point()
    click_place(page, point.x, point.y, **options)


def test_map_row_and_curve_are_linked_and_the_link_restores_all(
    fields: Open, browser_page: Open
) -> None:
    page = fields({"year": "2018", "show": "vci"})
    click_unit(page, "demo-11-02")
    page.wait_for_function("() => location.search.includes('unit=demo-11-02')")
    chosen = page.locator("tr.qc-chosen")
    expect(chosen).to_contain_text("Demonstration district 2, Akmola Region")
    page.wait_for_function("() => qf.curve().label[0] == 'Demonstration district 2, Akmola Region'")
    page.get_by_role("button", name="Demonstration district 1, Kostanay Region").first.click()
    page.wait_for_function("() => qf.curve().label[0].includes('Kostanay')")
    link_holds(page, unit="demo-39-01")
    page.wait_for_function(
        """() => { const r = qz.map().renderers.find(r => r.glyph.type == "MultiLine")
          return r.data_source.data.xs.length > 0 }"""
    )
    page.get_by_role("button", name="Compare Demonstration district 2, Akmola Region").click()
    page.wait_for_function("() => new Set(qf.curve().label).size == 2")
    page.evaluate("() => Bokeh.index.find_one(qf.plot()).el.scrollIntoView()")
    rest(page)
    span = page.evaluate("() => [qf.band().x[4], qf.band().mean[4]]")
    page.mouse.click(*page.evaluate("([x, y]) => qz.place(qf.plot(), x, y)", span))
    page.wait_for_function("() => location.search.includes('day=')")
    other = browser_page(page.url)
    other.evaluate(SCRIPTS)
    other.wait_for_function("() => qz.map() && new Set(qf.curve().label).size == 2")
    settle(page)
    settle(other)
    assert query(other) == query(page)


def test_what_stands_on_the_page_is_what_a_direct_computation_gives(
    fields: Open, prepared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = fields({"year": "2018", "unit": "demo-59-01", "day": "185"})
    monkeypatch.setenv("QAZCUBE_CACHE", str(prepared))
    units = open_source("demo_districts")
    series = unit_series(open_cube("vegetation_simulated"), units, "ndvi", keep=False)
    years = by_year(series)
    days = years["day"].to_numpy()
    shown = page.evaluate("() => [...qf.band().x]")
    expected = years["date"].sel(year=2018).to_numpy().astype("datetime64[ms]").astype(float)
    inside = (days >= 91) & (days <= 304)
    np.testing.assert_allclose(shown, expected[inside])
    table = season_table(years, 2018, 185)
    text = page.locator("tr.qc-chosen").inner_text()
    row = table.loc["demo-59-01"]
    for value in (f"{row['value']:.3f}", f"{row['norm']:.3f}", f"−{abs(row['departure']):.3f}"):
        assert value in text
    assert "extreme drought" in text
    assert page.get_by_text("Simulated data").count() >= 3


def test_the_keyboard_alone_chooses_date_sorts_compares_and_finds(fields: Open) -> None:
    page = fields({"year": "2018"})
    tab_to(page, "Date")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => location.search.includes('day=')")
    tab_to(page, "Find a unit")
    page.keyboard.type("North Kaz")
    page.wait_for_function("() => qf.shapes().name.every(n => n.includes('North Kazakhstan'))")
    rows = page.locator("table.qc-grid tbody tr")
    expect(rows).to_have_count(page.evaluate("() => qf.shapes().name.length"))
    tab_to(page, "Z")
    page.keyboard.press("Enter")
    page.wait_for_function("() => location.search.includes('sort=-z')")
    expect(page.locator("th[aria-sort=descending]")).to_contain_text("Z")
    settle(page)
    tab_to(page, "Compare")
    page.keyboard.press("Enter")
    page.wait_for_function("() => location.search.includes('unit=')")
    expect(page.locator("tbody button[aria-pressed=true]")).to_have_count(2)


def test_files_come_and_the_lines_of_python_are_shown(fields: Open) -> None:
    page = fields({"tab": "files", "year": "2018"})
    with page.expect_download() as waiting:
        page.get_by_role("button", name="All units (GeoJSON)").click()
    name = waiting.value.suggested_filename
    assert name.startswith("vegetation_simulated-demo_districts-2018")
    assert name.endswith(".geojson")
    page.get_by_role("button", name="Copy as Python").click()
    code = page.get_by_label("Python code of this view")
    expect(code).to_be_visible()
    assert "judge_year(years, 2018)" in code.input_value()


@pytest.mark.parametrize(
    ("width", "theme", "language", "tab"),
    [
        (1400, "light", "en", "files"),
        (390, "dark", "kk", "years"),
        pytest.param(1400, "dark", "kk", "curve", marks=pytest.mark.slow),
        pytest.param(390, "light", "ru", "", marks=pytest.mark.slow),
    ],
)  # fmt: skip
def test_no_grave_fault_of_accessibility_and_nothing_is_cut_off(
    fields: Open,
    grave: Callable[[Page], list[str]],
    width: int,
    theme: str,
    language: str,
    tab: str,
) -> None:
    page = fields({"lang": language, "theme": theme, "tab": tab, "years": "2018"}, width=width)
    assert grave(page) == []
    wide = page.evaluate("() => document.scrollingElement.scrollWidth - innerWidth")
    assert wide <= 0
