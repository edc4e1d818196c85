"""The address bar holds the whole state: a copied address is a share link."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bokeh.models import ColumnDataSource, CustomJS

from apps.views.state import FIELDS

_REPLACE = """
const url = new URL(window.location.href)
for (const key of source.data.keys[0]) url.searchParams.delete(key)
const query = source.data.query[0]
for (const [key, value] of query) url.searchParams.set(key, value)
url.searchParams.delete("region")
window.history.replaceState({}, "", url)
"""


class Address:
    """Write the state into the browser's address without loading and without history entries."""

    def __init__(self, state: Any, figure: Any, fields: Mapping[str, Any] = FIELDS):
        self.state, self.keys = state, list(fields)
        self.source = ColumnDataSource(data={"keys": [self.keys], "query": [[]]})
        script = CustomJS(args={"source": self.source}, code=_REPLACE)
        self.source.js_on_change("data", script)
        figure.js_on_change("tags", script)  # makes the source part of the document
        state.param.watch(self.write, list(state.param.values()))

    def write(self, *_events: Any) -> None:
        """Send the query of the present state to the browser."""
        query = [[key, value] for key, value in self.state.query().items()]
        if query != self.source.data["query"][0]:
            self.source.data = {"keys": [self.keys], "query": [query]}


def arguments(raw: dict[str, list[bytes]] | None) -> dict[str, str]:
    r"""Decode the arguments of a request: the first value of each, unreadable bytes replaced.

    >>> arguments({"layer": [b"wind/u_wind", b"x"], "t": [bytes([255])]})
    {'layer': 'wind/u_wind', 't': '\\ufffd'}
    """
    return {
        key: values[0].decode("utf-8", errors="replace")
        for key, values in (raw or {}).items()
        if values
    }
