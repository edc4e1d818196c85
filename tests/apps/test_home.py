"""The home page: what it promises, where it leads, how soon it opens."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from analysis.language import LANGUAGES, translator
from analysis.sources import entry, list_sources
from analysis.sources.regions import REGIONS
from apps.views import home
from apps.views.notices import attempt
from apps.views.preview import HEIGHT, NORTH, SOUTH, WIDTH, preview
from apps.views.visitor import Session
from tests.apps.conftest import Server


@pytest.fixture(params=LANGUAGES)
def visit(request: pytest.FixtureRequest) -> Session:
    return Session(request.param, translator(request.param))


def test_every_region_opens_the_explorer_there(visit: Session) -> None:
    text = home.regions(visit)
    for key, region in REGIONS.items():
        assert f'href="./explorer?region={key}&amp;lang={visit.language}"' in text
        assert region.names[visit.language] in text


def test_every_source_at_hand_is_listed_once_and_marked(visit: Session) -> None:
    text = home.sources(visit)
    at_hand = [entry(name) for name in list_sources().index]
    at_hand = [item for item in at_hand if item.access in ("packaged", "user")]
    assert text.count('scope="row"') == len(at_hand)
    assert text.count("mark simulated") == sum(item.simulated for item in at_hand)
    assert text.count("mark real") == sum(not item.simulated for item in at_hand)


def test_links_lead_to_pages_that_exist(visit: Session) -> None:
    from tests.apps.conftest import APPS

    text = home.home(visit).object
    pages = set(re.findall(r'href="\./([a-z]+)', text))
    assert pages == {"explorer", "earthquakes", "forecast", "fields", "landcover", "sources"}
    assert all((APPS / f"{page}.py").exists() for page in pages)


def test_it_says_that_prediction_is_unsolved() -> None:
    assert "unsolved problem" in home.known(Session("en", translator("en")))
    assert "шешілмеген" in home.known(Session("kk", translator("kk")))
    assert "нерешённая" in home.known(Session("ru", translator("ru")))


def test_what_a_catalogue_says_is_escaped() -> None:
    visit = Session("en", translator("en"))
    item = SimpleNamespace(
        title={"en": "<script>"},
        name="x",
        licence="<b>",
        simulated=True,
        coverage=(0, 0, 0, 0, None, None),
        cadence="monthly",
    )
    text = home.row(visit, item, ("a", "b", "c", "d"))
    assert "<script>" not in text
    assert "<b>" not in text
    assert "–" in text, "no period is stated, so none is shown"


def test_the_picture_shows_the_events_where_they_were() -> None:
    shown = preview()
    picture = np.asarray(Image.open(BytesIO(shown.data)).convert("RGB")).astype(int)
    assert picture.shape == (HEIGHT, WIDTH, 3)
    red = (picture[..., 0] > 150) & (picture[..., 1] < 110) & (picture[..., 2] < 90)

    def share(west: float, east: float, south: float, north: float) -> float:
        columns = slice(*(int((x + 180) / 360 * WIDTH) for x in (west, east)))
        rows = slice(*(int((NORTH - y) / (NORTH - SOUTH) * HEIGHT) for y in (north, south)))
        return float(red[rows, columns].mean())

    assert share(138, 145, 33, 43) > 0.15  # Japan
    assert share(-75, -68, -40, -18) > 0.15  # Chile
    assert share(-60, -45, -25, -5) < 0.01  # the Brazilian shield
    assert share(20, 40, 50, 65) < 0.01  # the East European plain


def test_a_failure_becomes_a_notice(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise ValueError("no <catalogue>")

    shown = attempt(Session("kk", translator("kk")), fail)
    assert "no &lt;catalogue&gt;" in shown.object
    assert "Ештеңе жоғалған жоқ" in shown.object
    assert "no <catalogue>" in caplog.text


@pytest.mark.browser
def test_the_way_into_the_explorer(site: Server, browser_page: Callable[..., Page]) -> None:
    page = browser_page(f"{site.url}/home?lang=ru")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator(".world img")).to_have_js_property("naturalWidth", WIDTH)
    page.get_by_role("link", name="Открыть обозреватель").click()
    page.wait_for_url(f"{site.url}/explorer?lang=ru*")
