"""Changes of widgets and of Bokeh's own models reach the browser in the order they were made."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest
from bokeh.document import Document
from bokeh.models import ColumnDataSource, Div
from bokeh.plotting import figure
from bokeh.protocol import Protocol
from panel.io import document as panel_document
from tornado.locks import Lock
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from apps.views.wire import send_patch_document


class Connection:
    """What a connection to one browser has."""

    def __init__(self, socket, session):
        self._socket, self.session, self.protocol = socket, session, Protocol()


@pytest.fixture
def line(monkeypatch):
    """A connection that notes what is written, and its document."""
    written = []

    def write_message(_socket, message, binary=False):
        written.append(message)
        done = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done

    monkeypatch.setattr(WebSocketHandler, "write_message", write_message)
    socket = WebSocketHandler.__new__(WebSocketHandler)
    socket.ws_connection = SimpleNamespace(is_closing=lambda: False)
    socket.write_lock = Lock()
    document = Document()
    connection = Connection(socket, SimpleNamespace(document=document))
    return connection, document, written


def changes(document, action):
    """Events of a document while something is done to it."""
    found = []
    document.on_change(found.append)
    action()
    document.remove_on_change(found.append)
    return [event for event in found if hasattr(event, "to_serializable")]


def test_what_describes_a_model_is_written_before_what_names_it(line):
    connection, document, written = line
    plot, note = figure(), Div(text="before")
    document.add_root(plot)
    document.add_root(note)
    document.to_json()
    source = ColumnDataSource({"x": [1.0], "y": [2.0]})

    async def work():
        for event in changes(document, lambda: plot.scatter("x", "y", source=source)):
            send_patch_document(connection, event).close()  # Bokeh awaits it only later
        named = changes(document, lambda: source.data.update(x=[3.0]))
        panel_document.write_events(document, [connection], named)  # Panel writes at once
        await asyncio.sleep(0)

    asyncio.run(work())
    texts = [text for text in written if isinstance(text, str) and '"events"' in text]
    first = next(n for n, text in enumerate(texts) if source.id in text)
    assert '"ColumnDataSource"' in texts[first], "it is named before it is described"
    assert len(texts) > first + 1


def test_a_browser_that_has_left_is_no_error(line, monkeypatch):
    connection, document, _ = line
    note = Div(text="before")
    document.add_root(note)
    document.to_json()

    def closed(*_arguments, **_options):
        raise WebSocketClosedError

    monkeypatch.setattr(WebSocketHandler, "write_message", closed)

    async def work():
        for event in changes(document, lambda: note.update(text="after")):
            await send_patch_document(connection, event)

    asyncio.run(work())


def test_while_another_message_is_written_changes_wait_their_turn(line):
    connection, document, written = line
    note = Div(text="before")
    document.add_root(note)
    document.to_json()

    async def work():
        with await connection._socket.write_lock.acquire():
            for text in ("one", "two"):
                for event in changes(document, lambda text=text: note.update(text=text)):
                    await send_patch_document(connection, event)
            assert written == []
            assert len(panel_document._WRITE_MSGS[document][connection]) == 2
        await asyncio.sleep(0.2)

    asyncio.run(work())
    texts = [text for text in written if isinstance(text, str) and '"events"' in text]
    assert ["one" in text for text in texts] == [True, False]
    assert "two" in texts[1]
