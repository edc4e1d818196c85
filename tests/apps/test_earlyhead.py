"""The head of a page goes out before the page is made, and always belongs to it."""

from __future__ import annotations

import asyncio
from http.client import HTTPConnection
from types import SimpleNamespace
from urllib.parse import urlparse

import pytest
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine

from apps.views import earlyhead, visitor
from apps.views.earlyhead import AGAIN, heads, key, looks, send_early


def handler(pages):
    """Class of handlers that make the pages given, and note what happens in which order."""

    class Handler:
        def __init__(self, path="/explorer", **headers):
            self.request = HTTPServerRequest(
                start_line=RequestStartLine("GET", path, "HTTP/1.0"), headers=HTTPHeaders(headers)
            )
            self.events = []

        async def get_session(self):
            self.events.append("made")

        def write(self, chunk):
            self.events.append(chunk)

        async def flush(self):
            self.events.append("flushed")

        async def get(self):
            await self.get_session()
            self.write(pages.pop(0))
            return self.events

    send_early(Handler)
    send_early(Handler)  # once is enough
    return Handler


@pytest.fixture(autouse=True)
def _no_heads(monkeypatch):
    monkeypatch.setattr(earlyhead, "PAUSE", 0)
    kept = dict(heads)
    heads.clear()
    yield
    heads.clear()
    heads.update(kept)


def ask(kind, *arguments, **headers):
    return asyncio.run(kind(*arguments, **headers).get())


def test_second_visitor_gets_the_head_before_the_page_is_made():
    kind = handler(["<head>a</head>one", "<head>a</head>two"])
    assert ask(kind) == ["made", "<head>a</head>one"]
    assert ask(kind, "/explorer?at=1,2") == ["<head>a", "flushed", "made", "</head>two"]


def test_another_language_theme_or_page_has_a_head_of_its_own():
    kind = handler([f"<head>{n}</head>" for n in range(6)])
    for n, (path, headers) in enumerate(
        [
            ("/explorer", {}),
            ("/explorer?lang=ru", {}),
            ("/explorer?theme=dark", {}),
            ("/explorer", {"Accept-Language": "ru"}),
            ("/explorer", {"Cookie": "qazcube_lang=en; qazcube_theme=dark"}),
            ("/home", {}),
        ]
    ):
        assert ask(kind, path, **headers) == ["made", f"<head>{n}</head>"]
    assert len(heads) == 6


def test_who_comes_again_with_what_the_browser_told_gets_the_head_at_once():
    kind = handler(["<head>a</head>one", "<head>a</head>two"])
    ask(kind, **{"Accept-Language": "ru,en;q=0.5"})
    cookies = {"Cookie": "qazcube_prefers=light; qazcube_lang=ru"}
    assert ask(kind, **cookies)[:2] == ["<head>a", "flushed"]


@pytest.mark.parametrize("lang", ["", "ru", "xx", "RU"])
@pytest.mark.parametrize("theme", ["", "dark", "blue"])
@pytest.mark.parametrize("cookie", ["", "qazcube_lang=en; qazcube_theme=dark", "qazcube_lang=x"])
def test_language_and_theme_are_those_of_the_page(monkeypatch, lang, theme, cookie):
    query = "&".join(
        f"{name}={value}" for name, value in (("lang", lang), ("theme", theme)) if value
    )
    headers = {"Accept-Language": "kk", "Cookie": cookie}
    request = handler([])(f"/explorer?{query}", **headers).request
    state = SimpleNamespace(
        headers=headers,
        session_args=request.arguments,
        cookies={name: one.value for name, one in request.cookies.items()},
    )
    monkeypatch.setattr(visitor, "pn", SimpleNamespace(state=state))
    visit = visitor.session()
    named = [name for name, said in (("lang", visit.chosen), ("theme", visit.themed)) if said]
    assert key(request) == ("/explorer", visit.language, visit.theme, *named)


def test_a_first_look_is_seen_before_what_the_head_loads(monkeypatch):
    head = '<head><script>1</script><link rel="stylesheet" href="b"><script src="c">'
    kind = handler([f"{head}</head>\n <body>one", f"{head}</head>\n <body>two"])
    monkeypatch.setitem(looks, "explorer", lambda request, language: f"<p>{language}</p>")
    assert ask(kind)[-1].endswith("one")
    early, _, _, rest = ask(kind)
    assert early == (
        "<head><script>1</script></head><body><p>kk</p>"
        '<link rel="stylesheet" href="b"><script src="c">'
    )
    assert rest == "two"


def test_a_first_look_that_fails_or_is_not_there_changes_nothing(monkeypatch, caplog):
    kind = handler(["<head>a</head><body>one", "<head>a</head><body>two"] * 2)

    def fail(_request, _language):
        raise ValueError("no look")

    for look in (fail, lambda _request, _language: ""):
        heads.clear()
        monkeypatch.setitem(looks, "explorer", look)
        ask(kind)
        assert ask(kind) == ["<head>a", "flushed", "made", "</head><body>two"]
    assert "no look" in caplog.text


def test_a_page_that_wants_another_head_is_loaded_again():
    kind = handler(["<head>a</head>one", "<head>b</head>two", "<head>b</head>two"])
    ask(kind)
    assert ask(kind)[-1] == AGAIN
    assert ask(kind) == ["made", "<head>b</head>two"]  # the browser's second request


def test_what_names_a_session_waits_for_its_status():
    kind = handler(["<head>a</head>"] * 3)
    ask(kind)
    assert ask(kind, "/explorer?bokeh-session-id=x")[0] == "made"
    assert ask(kind, **{"Bokeh-Session-Id": "x"})[0] == "made"


def test_heads_that_are_kept_are_bounded(monkeypatch):
    monkeypatch.setattr(earlyhead, "MOST", 3)
    kind = handler([f"<head>{n}</head>" for n in range(9)])
    for n in range(9):
        ask(kind, f"/explorer/{n}")
    assert len(heads) == 3


def test_pages_of_the_server_are_whole_and_alike(site):
    address = urlparse(site.url)
    found = []
    for _ in range(2):
        connection = HTTPConnection(address.hostname, address.port, timeout=60)
        connection.request("GET", "/home?lang=kk", headers={"Accept-Language": "kk"})
        answer = connection.getresponse()
        found.append((answer.status, answer.headers["Cache-Control"], answer.read().decode()))
        connection.close()
    (status, caching, first), (again, _, second) = found
    assert (status, again, caching) == (200, 200, "no-store")
    head = first[: first.index("</head>")]
    assert 'lang="kk"' in head
    assert "<script" in head
    assert second.startswith(head)
    assert second.count("</head>") == second.count("</html>") == 1
