"""The head of a page goes out before the page is made: the browser loads its scripts meanwhile.

A page takes the server some tenths of a second, and the scripts take the browser as long again. The
head names the scripts, and it is the same for all visitors with one language and theme: it is kept
from the first such answer. Should a later page want another head after all, the browser is told to
load it again, and gets it whole.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from panel.io.server import DocHandler
from tornado.iostream import StreamClosedError

END = "</head>"
AGAIN = "<script>location.reload()</script></head><body></body></html>"
MOST = 200
"""Heads that are kept; a visitor can ask for languages and themes only."""

PAUSE = 0.12
"""Seconds in which the browser may fetch the scripts before the server is busy with the page."""

Key = tuple[str, ...]

heads: dict[Key, str] = {}


def key(request: Any) -> Key:
    """Tell which requests get the same head.

    Parameters
    ----------
    request : tornado.httputil.HTTPServerRequest
        Request for a page.

    Returns
    -------
    tuple of str
        Address without its arguments, and all that decides language and theme.

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
    arguments = (request.arguments.get(name, [b""])[0] for name in ("lang", "theme"))
    cookies = (request.cookies.get(f"qazcube_{name}") for name in ("lang", "theme", "prefers"))
    return (
        request.path,
        request.headers.get("Accept-Language", "")[:200],
        *(text.decode("utf-8", "replace")[:40] for text in arguments),
        *("" if one is None else one.value[:40] for one in cookies),
    )


def send_early(handler: type[DocHandler]) -> None:
    """Let a handler of pages send the head before it makes the page.

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
        head = heads.get(key(self.request))
        if head and self.request.method == "GET" and not _continues(self.request):
            self._qazcube_head = head
            write(self, head)
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
            write(self, chunk[len(sent) :])
        else:
            heads.pop(key(self.request), None)
            write(self, AGAIN)

    handler.get_session = get_session
    handler.write = write_rest
    handler._qazcube_early = True


def _continues(request: Any) -> bool:
    """Tell whether a request names a session, which may be refused with a status of its own."""
    return "bokeh-session-id" in request.arguments or "Bokeh-Session-Id" in request.headers


def _keep(name: Key, head: str) -> None:
    while len(heads) >= MOST:
        heads.pop(next(iter(heads)), None)
    heads[name] = head
