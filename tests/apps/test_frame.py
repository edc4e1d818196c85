"""The frame in a real browser: languages, themes, phones, keys, prefixes, errors."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from apps.views.accessibility import head, labels, template
from apps.views.bar import link
from apps.views.frame import Session, session
from apps.views.notices import notice
from tests.apps.browserkit import query
from tests.apps.conftest import APPS, Server, rest, settle

pytestmark = pytest.mark.browser
Open = Callable[..., Page]


FOCUS = """() => { let node = document.activeElement;
  while (node.shadowRoot && node.shadowRoot.activeElement) node = node.shadowRoot.activeElement;
  const text = node.getAttribute("aria-label") || node.textContent || node.placeholder
    || node.title || (node.labels && [...node.labels].map(l => l.textContent).join(""))
    || node.getAttribute("aria-labelledby");
  return [node.tagName, node.className, (text || "").trim()]; }"""


def test_an_english_visitor_on_a_wide_screen_with_keys_alone(
    site: Server, browser_page: Open, subtests: pytest.Subtests
) -> None:
    page = browser_page(f"{site.url}/sample?lon=12", locale="en-GB")
    with subtests.test("the browser's language comes first"):
        assert page.locator("html").get_attribute("lang") == "en"
        expect(page.get_by_role("link", name="Home", exact=True)).to_be_visible()
    with subtests.test("the drawer is open beside the map"):
        expect(page.get_by_role("combobox", name="Variable")).to_be_in_viewport(ratio=1)
        expect(page.locator(".menu")).not_to_be_visible()
    skip = page.get_by_role("link", name="Skip to the content")
    with subtests.test("the first stop is the way round the bar"):
        page.keyboard.press("Tab")
        expect(skip).to_be_focused()
        expect(skip).to_be_in_viewport(ratio=1)
    with subtests.test("every stop has a name"):
        stops = [page.evaluate(FOCUS)]
        for _ in range(39):
            page.keyboard.press("Tab")
            stops.append(page.evaluate(FOCUS))
        nameless = [stop for stop in stops if not stop[2] and stop[0] != "BODY"]
        assert nameless == []
        assert len({tuple(each) for each in stops}) > 15
    with subtests.test("the first stop jumps over the bar"):
        skip.focus()
        page.keyboard.press("Enter")
        assert page.evaluate(FOCUS)[0] == "MAIN"
    with subtests.test("a choice"):
        page.get_by_role("combobox", name="Variable").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("option", name="temperature")).to_be_visible()
        rest(page)
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(page.locator(".echo")).to_have_text("temperature")
    with subtests.test("help opens and closes"):
        page.get_by_role("button", name="Help").focus()
        page.keyboard.press("Enter")
        shown = page.get_by_role("dialog", name="How to use Qazcube")
        expect(shown).to_be_visible()
        page.keyboard.press("Escape")
        expect(shown).not_to_be_visible()
    with subtests.test("the address to share"):
        page.get_by_role("button", name="Share").press("Enter")
        expect(page.get_by_label("Address")).to_have_value(
            f"{site.url}/sample?lon=12&lang=en&theme=light"
        )


def test_a_russian_browser_comes_first(site: Server, browser_page: Open) -> None:
    page = browser_page(f"{site.url}/sample", locale="ru-RU")
    assert page.locator("html").get_attribute("lang") == "ru"
    expect(page.get_by_role("link", name="Главная", exact=True)).to_be_visible()


def test_a_kazakh_browser_comes_first_in_texts_calendar_and_errors(
    site: Server, browser_page: Open, subtests: pytest.Subtests
) -> None:
    page = browser_page(f"{site.url}/sample", locale="kk-KZ")
    with subtests.test("the browser's language comes first"):
        assert page.locator("html").get_attribute("lang") == "kk"
        expect(page.get_by_role("link", name="Басты бет", exact=True)).to_be_visible()
    with subtests.test("an error in a callback"):
        page.get_by_role("button", name="Fail").click()
        told = page.get_by_text("Ештеңе жоғалған жоқ")
        expect(told.first).to_be_visible()
        expect(page.get_by_text("longitude is <999>; allowed: -180 to 180").first).to_be_visible()
        written = site.faults()
        assert any("A page failed: longitude is <999>" in line for line in written)
        assert any("Traceback" in line for line in written)
    with subtests.test("the calendar"):
        page.get_by_role("button", name="Таңдау: Period").press("Enter")
        caption = page.locator(".rdp-caption_label").first
        expect(caption).to_have_text("1976 ж. қаңтар")
        page.get_by_role("button", name="Келесі ай").press("Enter")
        expect(caption).to_have_text("1976 ж. ақпан")
        expect(page.get_by_role("button", name="жексенбі, 29 ақпан 1976")).to_be_visible()
        assert "Monday" not in page.locator(".rdp-root").evaluate("node => node.outerHTML")


def test_other_language_keeps_the_state_and_is_remembered(site: Server, browser_page: Open) -> None:
    page = browser_page(f"{site.url}/sample?lon=76.9&layer=a%2Fb")
    with page.expect_navigation():
        page.get_by_label("Language").first.select_option("kk")
    settle(page)
    assert query(page) == {"lon": "76.9", "layer": "a/b", "lang": "kk"}
    assert page.locator("html").get_attribute("lang") == "kk"
    again = browser_page(f"{site.url}/sample", context=page.context)
    assert again.locator("html").get_attribute("lang") == "kk"


def test_nonsense_in_the_address_is_passed_over(site: Server, browser_page: Open) -> None:
    page = browser_page(f"{site.url}/sample?lang=%00%ff&theme=%3Cscript%3E", locale="ru-RU")
    assert page.locator("html").get_attribute("lang") == "ru"
    assert page.locator("html").get_attribute("data-qc-theme") == "light"


def test_theme_is_switched_shared_and_remembered(site: Server, browser_page: Open) -> None:
    page = browser_page(f"{site.url}/sample?lon=3")
    page.get_by_role("button", name="Light or dark").click()
    page.wait_for_function("location.search.includes('theme=dark')")
    assert page.locator("html").get_attribute("data-qc-theme") == "dark"
    assert query(page) == {"lon": "3", "theme": "dark"}
    again = browser_page(f"{site.url}/sample", context=page.context)
    assert again.locator("html").get_attribute("data-qc-theme") == "dark"
    linked = browser_page(f"{site.url}/sample?theme=light", context=page.context)
    assert linked.locator("html").get_attribute("data-qc-theme") == "light"
    after = browser_page(f"{site.url}/sample", context=page.context)
    assert after.locator("html").get_attribute("data-qc-theme") == "light"


def test_theme_of_the_browser_comes_first_and_gives_way_to_the_choice(
    site: Server, chromium: Browser, browser_page: Open
) -> None:
    context = chromium.new_context(color_scheme="dark", locale="en-GB")
    try:
        page = browser_page(f"{site.url}/sample?lon=3", context=context)
        assert page.locator("html").get_attribute("data-qc-theme") == "dark"
        assert query(page) == {"lon": "3"}
        page.get_by_role("button", name="Light or dark").click()
        page.wait_for_function("location.search.includes('theme=light')")
        again = browser_page(f"{site.url}/sample", context=context)
        assert again.locator("html").get_attribute("data-qc-theme") == "light"
    finally:
        context.close()


@pytest.mark.parametrize(
    ("name", "language"), [("sample", "kk"), ("sample", "ru"), ("sample", "en"), ("home", "kk")]
)
def test_phone_shows_everything(
    site: Server,
    browser_page: Open,
    grave: Callable[[Page], list[str]],
    subtests: pytest.Subtests,
    name: str,
    language: str,
) -> None:
    page = browser_page(f"{site.url}/{name}?lang={language}", width=390, height=844)
    names = labels(language)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    expect(page.get_by_role("button", name=names["Toggle theme"])).to_be_in_viewport(ratio=1)
    assert page.get_by_role("combobox").count() <= 1, "the drawer must be shut at load"
    page.get_by_role("button", name=names["Open drawer"]).click()
    current = page.locator(".menu a[aria-current=page]")
    if name == "home":
        expect(current).to_be_in_viewport(ratio=1)
    expect(page.locator(".menu nav a").last).to_be_in_viewport(ratio=1)
    choice = page.locator(".menu select")
    expect(choice).to_be_in_viewport(ratio=1)
    assert choice.input_value() == language
    rest(page)
    if language == "en":
        with subtests.test("axe finds nothing grave in the open drawer"):
            assert grave(page) == []
    page.keyboard.press("Escape")
    expect(choice).not_to_be_in_viewport()
    if language == "en":
        rest(page)
        page.get_by_role("button", name="Help").click()
        expect(page.get_by_role("dialog", name="How to use Qazcube")).to_be_visible()
        rest(page)
        with subtests.test("axe finds nothing grave in the dialog"):
            assert grave(page) == []


def test_links_stay_behind_a_prefix_and_a_lost_connection_is_told(
    server: Callable[..., Server],
    browser_page: Open,
    console: list[str],
    subtests: pytest.Subtests,
) -> None:
    pages = (APPS / "home.py", Path(__file__).parent / "pages" / "sample.py")
    one = server(pages, prefix="/user/aigerim/qazcube")
    page = browser_page(f"{one.url}/sample?lang=ru")
    page.get_by_role("link", name="Главная", exact=True).click()
    page.wait_for_url(f"{one.url}/home?lang=ru")
    settle(page)
    with subtests.test("links stay behind the prefix"):
        targets = page.evaluate(
            """() => { const found = [];
              const walk = (root) => { for (const node of root.querySelectorAll("*")) {
                if (node.tagName === "A") found.push(node.href);
                if (node.shadowRoot) walk(node.shadowRoot); } };
              walk(document); return found; }"""
        )
        inside = [target for target in targets if target.startswith(f"{one.url}/")]
        outside = [target for target in targets if target not in inside]
        assert any("explorer?region=japan" in target for target in inside)
        assert outside == []
        assert one.faults() == []
    one.process.terminate()
    one.process.wait(timeout=20)
    with subtests.test("a lost connection is told in the visitor's language"):
        lost = page.get_by_text("Связь с сервером потеряна.")
        expect(lost.first).to_be_visible()
        page.wait_for_timeout(1500)  # what the library says of it comes, and is put into Russian
        told = page.locator(".notistack-Snackbar")
        expect(told.filter(has_text="потеряна").first).to_be_visible()
        expect(told.filter(has_text="econnect")).to_have_count(0)
    page.context.close()
    console.clear()


def test_outside_a_server_the_settings_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QAZCUBE_LANGUAGE", "ru")
    assert (session().language, session().theme, session().timezone) == ("ru", "light", None)


def test_links_escape_what_they_carry() -> None:
    address = link(Session("en", str), "explorer", place="A & B=<c>")
    assert address == "./explorer?place=A+%26+B%3D%3Cc%3E&lang=en"


@pytest.mark.parametrize(
    "call",
    [
        lambda: template("de", "light"),
        lambda: head("en", "blue", chosen=False),
        lambda: notice("bad", "x"),  # type: ignore[arg-type]
    ],
)
def test_unknown_choices_are_refused(call: Callable[[], Any]) -> None:
    with pytest.raises(
        ValueError, match=r"unknown (language|theme|kind of notice) '(de|blue|bad)'"
    ):
        call()


def test_texts_from_outside_are_escaped() -> None:
    shown = notice("error", "<b>", "<i>", detail="<script>").object
    assert "<script>" not in shown
    assert "<b>" not in shown
    assert "&lt;script&gt;" in shown
