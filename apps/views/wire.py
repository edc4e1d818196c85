"""Changes of a page reach the browser in the order in which they were made.

Panel writes changes of its widgets to the socket at once. Bokeh writes those of its own models when
a callback is over, although it describes them earlier (Panel 1.9.4, Bokeh 3.9.2). A change that
names a model could so overtake the one that describes it ("reference p123 isn't known"), and was
lost. Here changes of Bokeh's models take the way of Panel's, and wait where others wait.
"""

import asyncio
import logging
from collections.abc import Awaitable
from typing import Any

from bokeh.server.connection import ServerConnection
from panel.io import document as panel_document
from tornado.websocket import WebSocketClosedError

log = logging.getLogger(__name__)


def in_order(kind: type[ServerConnection]) -> None:
    """Let connections send changes in the order in which they are described.

    Parameters
    ----------
    kind : type
        Bokeh's connection of a browser; it is changed.
    """
    kind.send_patch_document = send_patch_document


def send_patch_document(connection: Any, event: Any) -> Awaitable[None]:
    """Describe a change and write it, or put it behind those that wait already.

    Parameters
    ----------
    connection : bokeh.server.connection.ServerConnection
        To one browser.
    event : bokeh.document.events.DocumentPatchedEvent
        The change.

    Returns
    -------
    awaitable
        Done when it is written, or when it waits its turn.
    """
    document = connection.session.document
    lock = getattr(connection._socket, "write_lock", None)
    writing = lock is not None and lock._block._value == 0
    if writing or document in panel_document._WRITE_BLOCK or document in panel_document._WRITE_MSGS:
        panel_document.schedule_write_events(document, [connection], [event])
        return _written([])
    try:
        parts = list(panel_document.dispatch_tornado(connection, [event]))
    except WebSocketClosedError:  # between the look at the socket and the writing
        parts = []
    return _written(parts)


async def _written(parts: list[Any]) -> None:
    try:
        await asyncio.gather(*parts)
    except WebSocketClosedError:
        log.info("A browser left before a change was written.")
