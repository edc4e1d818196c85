"""The head of a page goes out before the page is made, and always belongs to it."""

from __future__ import annotations

import asyncio
from http.client import HTTPConnection
from urllib.parse import urlparse

import pytest
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine

from apps.views import earlyhead
from apps.views.earlyhead import AGAIN, heads, send_early


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
            ("/explorer", {"Accept-Language": "kk"}),
            ("/explorer", {"Cookie": "qazcube_lang=kk"}),
            ("/home", {}),
        ]
    ):
        assert ask(kind, path, **headers) == ["made", f"<head>{n}</head>"]
    assert len(heads) == 6


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
        ask(kind, f"/explorer?lang={n}")
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
