"""The head of a page goes out before the page is made: the browser loads its scripts meanwhile.

A page takes the server some tenths of a second, and the scripts take the browser as long again. The
head names the scripts, and it is the same for all visitors with one language and theme: it is kept
from the first such answer. Should a later page want another head after all, the browser is told to
load it again, and gets it whole.

A page may also have a first look: plain HTML that is seen while scripts are loaded and the page is
made, such as scores that are known from an earlier visit. It goes out before style sheets and
scripts of the head, for these would hold it back.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from panel.io.server import DocHandler
from tornado.iostream import StreamClosedError

from analysis import settings
from analysis.language import language_of

END = "</head>"
AGAIN = "<script>location.reload()</script></head><body></body></html>"
MOST = 200
"""Heads that are kept; a visitor can ask for languages and themes only."""

PAUSE = 0.12
"""Seconds in which the browser may fetch the scripts before the server is busy with the page."""

Key = tuple[str, ...]
Look = Callable[[Any, str], str]

heads: dict[Key, str] = {}
looks: dict[str, Look] = {}
"""Name of a page -> what makes its first look of a request and a language; "" for none."""

_LOADED = re.compile(r"<link rel=\"stylesheet\"|<script[^>]* (?:src|type)=")
_BODY = re.compile(r"\A</head>\s*<body>")
log = logging.getLogger(__name__)


def key(request: Any) -> Key:
    """Tell which requests get the same head.

    Parameters
    ----------
    request : tornado.httputil.HTTPServerRequest
        Request for a page.

    Returns
    -------
    tuple of str
        Address without its arguments, language and theme, and whether the address names them.

    Examples
    --------
    >>> from tornado.httputil import HTTPServerRequest, RequestStartLine
    >>> def ask(address):
    ...     return HTTPServerRequest(start_line=RequestStartLine("GET", address, "HTTP/1.0"))
    >>> key(ask("/explorer?layer=wind")) == key(ask("/explorer"))
    True
    >>> key(ask("/explorer?lang=ru")) == key(ask("/explorer"))
    False
    """
    asked = {
        name: request.arguments.get(name, [b""])[0].decode("utf-8", "replace")[:40]
        for name in ("lang", "theme")
    }
    told = {name: one.value for name, one in request.cookies.items()}
    language = language_of(
        request.headers.get("Accept-Language", ""),
        asked["lang"],
        settings.get("language"),
        told.get("qazcube_lang", ""),
    )
    themes = [asked["theme"], told.get("qazcube_theme", ""), told.get("qazcube_prefers", "")]
    theme = next((name for name in themes if name in ("light", "dark")), "light")
    named = [name for name, value in (("lang", language), ("theme", theme)) if asked[name] == value]
    return (request.path, language, theme, *named)


def send_early(handler: type[DocHandler]) -> None:
    """Let a handler of pages send the head, and the first look, before it makes the page.

    Parameters
    ----------
    handler : type
        Panel's handler of pages; it is changed once, further calls do nothing.
    """
    if getattr(handler, "_qazcube_early", False):
        return
    make: Callable[[Any], Awaitable[Any]] = handler.get_session
    write: Callable[[Any, Any], None] = handler.write

    async def get_session(self: Any) -> Any:
        name = key(self.request)
        head = heads.get(name)
        if head and self.request.method == "GET" and not _continues(self.request):
            self._qazcube_head = head
            look = _look(self.request, name[1])
            self._qazcube_look = bool(look)
            write(self, with_look(head, look))
            with suppress(StreamClosedError):  # a visitor who has left already
                await self.flush()
                await asyncio.sleep(PAUSE)
        return await make(self)

    def write_rest(self: Any, chunk: Any) -> None:
        if not isinstance(chunk, str) or END not in chunk or self.request.method != "GET":
            write(self, chunk)
            return
        head = chunk[: chunk.index(END)]
        sent: str | None = getattr(self, "_qazcube_head", None)
        if sent is None:
            _keep(key(self.request), head)
            write(self, chunk)
        elif head == sent:
            rest = chunk[len(sent) :]
            write(self, _BODY.sub("", rest, count=1) if self._qazcube_look else rest)
        else:
            heads.pop(key(self.request), None)
            write(self, AGAIN)

    handler.get_session = get_session
    handler.write = write_rest
    handler._qazcube_early = True


def with_look(head: str, look: str) -> str:
    """Put a first look before what a head makes the browser load.

    Parameters
    ----------
    head : str
        Document up to the end of its head, without ``</head>``.
    look : str
        HTML; "" leaves the head as it is.

    Returns
    -------
    str
        The document so far. With a look its body has begun: style sheets and scripts of the head
        follow in there, in the order that they had.

    Examples
    --------
    >>> with_look('<head><title>A</title><script src="a.js"></script>', "<p>B</p>")
    '<head><title>A</title></head><body><p>B</p><script src="a.js"></script>'
    """
    if not look:
        return head
    found = _LOADED.search(head)
    at = found.start() if found else len(head)
    return f"{head[:at]}{END}<body>{look}{head[at:]}"


def _look(request: Any, language: str) -> str:
    """Return the first look of a page; "" where it has none, or where making it failed."""
    make = looks.get(request.path.rpartition("/")[2])
    if make is None:
        return ""
    try:
        return make(request, language)
    except (ArithmeticError, AttributeError, LookupError, OSError, TypeError, ValueError):
        log.exception("The first look of %s failed; the page itself follows", request.path)
        return ""


def _continues(request: Any) -> bool:
    """Tell whether a request names a session, which may be refused with a status of its own."""
    return "bokeh-session-id" in request.arguments or "Bokeh-Session-Id" in request.headers


def _keep(name: Key, head: str) -> None:
    while len(heads) >= MOST:
        heads.pop(next(iter(heads)), None)
    heads[name] = head
