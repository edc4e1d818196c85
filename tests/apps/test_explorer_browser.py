"""The explorer in a real browser: clicks, moves, links, keys, areas, nonsense in the address."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr
from playwright.sync_api import Page, expect

from analysis.cubes import ingest, open_cube
from analysis.sources.normalise import normalise
from apps.views.geometry import to_mercator
from apps.views.state import FIELDS
from tests.apps.browserkit import at, focused, query, tab_to
from tests.apps.conftest import Server, rest, settle

pytestmark = pytest.mark.browser
Open = Callable[..., Page]
GRAVITY = "gravity_simulated/lwe_thickness"
SEA = "sea360/sst"

SCRIPTS = """
window.qc = {
  window: () => { const f = qz.map(); return [f.x_range.start, f.y_range.start,
                                              f.x_range.end, f.y_range.end] },
  image: () => qz.models().find(m => m.type == "ColumnDataSource" && m.data.frame).data,
  frame: () => qc.image().frame[0],
  points: () => qz.query().points,
  main: () => qz.models().find(m => m.type == "Plot" && m.renderers.length >= 3
                                    && m.renderers.some(r => r.glyph.type == "Patches")),
  glyph: (plot, type) => plot.renderers.find(r => r.glyph.type == type).data_source.data,
  plain: (values) => [...values].map(v => Number.isFinite(v) ? v : null),
  curves: () => { const main = qc.main(); return main.visible == false ? [] :
                  [...qc.glyph(main, "MultiLine").ys].map(qc.plain) },
  mean: () => qc.plain(qc.glyph(qc.main(), "Line").y),
}
"""


@pytest.fixture(scope="module")
def cubes(prepared: Path) -> Iterator[dict[str, Any]]:
    """The page tests' cube, and one whose source counts longitudes from 0 to 360."""
    months = pd.date_range("2018-01-01", periods=12, freq="MS", unit="ns")
    longitude, latitude = np.arange(1.25, 360, 2.5), np.arange(-88.75, 90, 2.5)
    values = (
        longitude[None, None, :] + latitude[None, :, None] / 1000 + np.arange(12.0)[:, None, None]
    )
    dims = ("time", "latitude", "longitude")
    data = xr.Dataset(
        {"sst": (dims, (values / 10).astype("float32"), {"units": "degC", "long_name": "Sea"})},
        {"time": months, "latitude": latitude, "longitude": longitude},
    )
    data["latitude"].attrs["units"], data["longitude"].attrs["units"] = (
        "degrees_north",
        "degrees_east",
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QAZCUBE_CACHE", str(prepared))
        ingest(normalise(data, source="Test"), "sea360", progress=lambda done, total: None)
        yield {name: open_cube(name) for name in ("gravity_simulated", "sea360")}
    shutil.rmtree(prepared / "cubes" / "sea360")


@pytest.fixture
def explore(site: Server, browser_page: Open, cubes: dict[str, Any]) -> Open:
    """Open the explorer with a query; ready when the first image has been acknowledged."""

    def open_explorer(query: dict[str, str] | None = None, **options: Any) -> Page:
        address = (
            f"{site.url}/explorer?{urlencode({'lang': 'en', 'layer': GRAVITY} | (query or {}))}"
        )
        return ready(browser_page(address, **options))

    return open_explorer


def ready(page: Page) -> Page:
    page.evaluate(SCRIPTS)
    page.wait_for_function(
        "() => qz.map() && !qz.map().properties.inner_width.is_unset && qc.frame() > 1"
    )
    quiet(page)
    return page


def quiet(page: Page) -> None:
    """Wait until the image fills the window and no image or address has come for 0.5 s."""
    page.wait_for_function(
        """() => { const now = qc.frame() + location.href
          if (qc.last != now) { qc.last = now; qc.since = performance.now() }
          const [west, , east] = qc.window(), image = qc.image()
          const near = Math.abs(image.x[0] - west) + Math.abs(image.dw[0] - east + west)
          return near < 1e-3 * (east - west) && performance.now() - qc.since > 500 }""",
        polling=100,
    )


def click(page: Page, longitude: float, latitude: float) -> None:
    """Click a place; wait until its curve is drawn and its point stands in the address."""
    before = page.evaluate("() => [JSON.stringify(qc.curves()), qc.points()]")
    page.mouse.click(*at(page, longitude, latitude))
    page.wait_for_function(
        "before => JSON.stringify(qc.curves()) != before[0] && qc.points() != before[1]",
        arg=before,
    )


def known(curve: list[float | None]) -> np.ndarray:
    return np.array([value for value in curve if value is not None])


def test_each_click_shows_the_series_of_its_cell_beyond_180_degrees_too(
    explore: Open, cubes: dict[str, Any]
) -> None:
    page = explore({"layer": SEA, "view": "-150,-60,150,70"})
    cube = cubes["sea360"]
    for longitude, latitude in ((71.4, 51.1), (-61.0, -3.0)):
        click(page, longitude, latitude)
        (curve,) = page.evaluate("() => qc.curves()")
        np.testing.assert_allclose(known(curve), cube.series(longitude, latitude).values)
    left, top = at(page, 60.0, 20.0)
    page.mouse.move(left, top)
    page.mouse.down()
    page.mouse.move(left - 200, top, steps=4)
    page.mouse.move(left - 420, top, steps=4)
    page.mouse.up()
    page.wait_for_function("() => qc.window()[2] > 1.2 * 20037508")
    quiet(page)
    click(page, 203.0, 20.0)  # Hawaii, east of 180 degrees on the panned map
    (curve,) = page.evaluate("() => qc.curves()")
    np.testing.assert_allclose(known(curve), cube.series(203.0, 20.0).values)
    np.testing.assert_allclose(known(curve)[0], (203.75 + 0.02125) / 10, rtol=1e-3)
    longitude, latitude = (float(part) for part in query(page)["points"].split(","))
    assert longitude == pytest.approx(-157.0, abs=0.6)
    assert latitude == pytest.approx(20.0, abs=0.6)


def test_moves_choices_language_and_theme_are_in_the_link_that_restores_them(
    explore: Open, browser_page: Open, cubes: dict[str, Any]
) -> None:
    page = explore()
    first = page.evaluate("() => qc.window()")
    left, top = at(page, 60.0, 45.0)
    page.mouse.move(left, top)
    page.mouse.wheel(0, -400)
    page.wait_for_function(
        "w => { const n = qc.window(); return n[2] - n[0] < 0.9 * (w[2] - w[0]) }", arg=first
    )
    quiet(page)
    drawn = page.evaluate("() => { const d = qc.image(); return [d.x[0], d.x[0] + d.dw[0]] }")
    window = page.evaluate("() => qc.window()")
    assert drawn == pytest.approx([window[0], window[2]]), "the image follows the zoom"
    page.get_by_role("combobox", name="Variable").click()
    page.get_by_role("option", name="Sea surface temperature").click()
    page.wait_for_function("() => location.search.includes('sea360')")
    expect(page.get_by_role("listbox")).to_have_count(0)
    quiet(page)
    click(page, 65.0, 51.0)
    page.get_by_role("slider", name="Time").focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("() => location.search.includes('time=')")
    page.get_by_role("button", name="Light or dark").click()
    page.wait_for_function("() => location.search.includes('theme=dark')")
    with page.expect_navigation():
        page.get_by_label("Language").first.select_option("kk")
    settle(page)
    ready(page)
    state = query(page)
    assert state["layer"] == SEA
    assert (state["lang"], state["theme"]) == ("kk", "dark")
    other = ready(browser_page(page.url))
    assert other.locator("html").get_attribute("lang") == "kk"
    assert other.locator("html").get_attribute("data-qc-theme") == "dark"
    assert query(other) == state
    for script in ("qc.curves()", "qc.image().image[0].length", "[...qc.image().image[0]].join()"):
        assert other.evaluate(f"() => {script}") == page.evaluate(f"() => {script}"), script
    assert other.evaluate("() => qc.window()") == pytest.approx(
        page.evaluate("() => qc.window()"), rel=1e-3
    )


def test_a_drawn_polygon_and_a_chosen_oblast_show_their_mean(
    explore: Open, cubes: dict[str, Any]
) -> None:
    cube = cubes["gravity_simulated"]
    page = explore({"view": "40,30,100,60"})
    page.get_by_role("button", name="Area", exact=True).click()
    page.get_by_role("button", name="Draw a polygon on the map").click()
    page.wait_for_function(
        "() => qz.map().toolbar.active_tap || qz.map().toolbar.tools.some("
        "t => t.type == 'PolySelectTool' && t.active)"
    )
    corners = [(55.0, 40.0), (75.0, 40.0), (75.0, 52.0)]
    for corner in corners:
        page.mouse.click(*at(page, *corner))
        page.wait_for_timeout(400)  # else two are a double click
    page.mouse.dblclick(*at(page, 55.0, 52.0))
    page.wait_for_function(
        "() => qc.mean().length > 0 && new URL(location.href).searchParams.has('area')"
    )
    drawn = query(page)["area"]
    assert drawn.startswith("polygon:")
    shape = shapely.Polygon(
        [tuple(map(float, pair.split(","))) for pair in drawn.partition(":")[2].split(";")]
    )
    assert shape.symmetric_difference(shapely.box(55, 40, 75, 52)).area < 0.1 * shape.area
    expected = cube.zonal(shape)["mean"].values
    np.testing.assert_allclose(known(page.evaluate("() => qc.mean()")), expected, rtol=1e-5)
    before = page.evaluate("() => JSON.stringify(qc.mean())")
    page.get_by_role("combobox", name="Name").fill("Almaty")
    page.locator(".MuiAutocomplete-option").first.click()
    page.wait_for_function("before => JSON.stringify(qc.mean()) != before", arg=before)
    page.wait_for_function("() => location.search.includes('area=oblast')")
    page.get_by_role("button", name="Clear the area").click()
    page.wait_for_function("() => qc.mean().length == 0")


def test_everything_is_done_with_the_keyboard_alone(explore: Open, cubes: dict[str, Any]) -> None:
    page = explore()
    tab_to(page, "Variable")
    page.keyboard.press("Enter")
    expect(page.get_by_role("option", name="Sea surface temperature")).to_be_visible()
    rest(page)
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_function("() => location.search.includes('sea360')")
    rest(page)
    tab_to(page, "Place and region")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Show this point")).to_be_visible()
    rest(page)
    for name, text in (("Longitude", "299"), ("Latitude", "-3")):
        tab_to(page, name)
        page.keyboard.press("Control+A")
        page.keyboard.type(text)
        page.keyboard.press("Enter")
    tab_to(page, "Show this point")
    page.keyboard.press("Enter")
    page.wait_for_function("() => qc.curves().length == 2")
    quiet(page)
    compared = query(page)["points"].split(";")
    curve = page.evaluate("() => qc.curves()")[compared.index("-61.0000,-3.0000")]
    np.testing.assert_allclose(known(curve), cubes["sea360"].series(299.0, -3.0).values)
    window = page.evaluate("() => qc.window()")
    tab_to(page, "Zoom in")
    page.keyboard.press("Enter")
    page.wait_for_function("w => qc.window()[2] - qc.window()[0] < w[2] - w[0]", arg=window)
    tab_to(page, "Play")
    frame = page.evaluate("() => qc.frame()")
    page.keyboard.press("Space")
    page.wait_for_function("n => qc.frame() > n + 12", arg=frame)
    page.keyboard.press("Space")
    quiet(page)
    tab_to(page, "Time")
    moment = query(page).get("time", "")
    page.keyboard.press("Home")
    page.wait_for_function("() => location.search.includes('time=2018-01')")
    assert query(page)["time"] != moment or moment.startswith("2018-01")
    tab_to(page, "Remove the point")
    page.keyboard.press("Enter")
    page.wait_for_function("() => qc.curves().length == 1")
    page.evaluate("() => document.activeElement.blur()")
    wanted = {"Find a place", "Language", "Share", "Help", "Light or dark", "Shown as"}
    wanted |= {"Lowest colour", "Highest colour", "Compare", "Height of the history panel"}
    wanted |= {"One step back", "One step forward", "Earthquakes", "On the map", "Area"}
    reached = set()
    for _ in range(90):
        page.keyboard.press("Tab")
        reached.add(focused(page))
    missing = {name for name in wanted if not any(text.startswith(name) for text in reached)}
    assert missing == set()


NONSENSE = {
    "layer": "no/such", "time": "yesterday", "view": "a,b,c,d", "style": "sparkling",
    "as": "guess",
    "base": "2020,1991",
    "tables": "a\tb",
    "picture": "x\x01",
    "colours": "rainbow:unicorn", "range": "9,1", "projection": "flat", "show": "dragons",
    "points": "999,999", "area": "castle:<img src=x onerror=alert(1)>", "dates": "2,1",
    "stations": "<img src=x onerror=alert(2)>",
    "magnitude": "high", "depth": "0,-9", "within": "atlantis", "kinds": "imagined",
    "sources": "no such agency", "radius": "inf", "clock": "cuckoo", "dock": "huge",
    "region": "<b>bold</b>", "theme": "pink", "lang": "en", "unknown": "%00",
}  # fmt: skip


def test_nonsense_in_every_parameter_is_told_once_and_the_page_works(explore: Open) -> None:
    assert set(FIELDS) <= set(NONSENSE)
    page = explore(NONSENSE)
    told = page.get_by_text("Parts of the link could not be used")
    expect(told.first).to_be_visible()
    assert page.evaluate("() => document.images.length") == 0
    assert page.get_by_role("alert").filter(has_text="Parts of the link").count() <= 1
    click(page, -61.0, -3.0)
    (curve,) = page.evaluate("() => qc.curves()")
    assert len(known(curve)) >= 12
    page.get_by_role("button", name="Close", exact=True).last.click()
    for group in ("On the map", "Earthquakes", "Place and region", "Area", "Points and pictures"):
        page.get_by_role("button", name=group, exact=True).click()
        rest(page)
    expect(page.get_by_text("earthquakes pass the filters")).to_be_visible()


def test_a_place_searched_for_again_is_shown_again(explore: Open) -> None:
    page = explore()
    for _ in range(2):
        box = page.get_by_role("combobox", name="Find a place")
        box.fill("")
        settle(page)
        box.press_sequentially("Almaty", delay=40)
        expect(box).to_have_value("Almaty")
        page.locator(".MuiAutocomplete-option").first.click()
        page.wait_for_function("() => qc.window()[2] - qc.window()[0] < 4e6")
        west, _, east, _ = page.evaluate("() => qc.window()")
        x, _y = to_mercator(76.95, 43.24)
        assert west < float(x) < east
        page.get_by_role("button", name="Whole world").click()
        page.wait_for_function("() => qc.window()[2] - qc.window()[0] > 3e7")
        quiet(page)
