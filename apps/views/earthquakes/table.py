"""The table of events: any number of them, a page at a time, sorted on the server."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np
import pandas as pd
import panel_material_ui as pmui

from analysis.language import format_number
from apps.views.clock import clock_times
from apps.views.earthquakes.downloads import INTERNAL
from apps.views.earthquakes.eventtext import event_type, status_name
from apps.views.earthquakes.panelkit import Panel
from apps.views.earthquakes.selection import Rows
from apps.views.htmlbuttons import BUTTONS, HtmlButtons
from apps.views.htmltables import TABLE

ROWS = 25
SORTED = ("time", "mag", "depth", "latitude", "longitude")
WORDS = ("magType", "type", "status", "place")
DIGITS = {"mag": 1, "depth": 1, "latitude": 3, "longitude": 3}


class TablePanel(Panel):
    """Events in view and in the brush, newest first until another order is chosen."""

    name = "table"

    def __init__(self, visit: Any, selection: Any):
        super().__init__(visit, selection)
        self.order, self.descending = "time", True
        self._rows: Rows = np.empty(0, np.intp)
        self._sorted_for: tuple[Any, ...] = ()
        selection.state.param.watch(self._show, ["event", "clock"])

    @property
    def title(self) -> str:
        """Name of the tab."""
        return str(self.visit._("Table"))

    def build(self) -> list[Any]:
        """Make the table and its pages."""
        self.rows = HtmlButtons(
            self._pressed, stylesheets=[TABLE, BUTTONS], sizing_mode="stretch_width", margin=0
        )
        self.pages = pmui.Pagination(count=1, value=0, visible=False, margin=(4, 0))
        self.pages.param.watch(self._show, "value")
        return [self.rows, self.pages]

    def refresh(self) -> None:
        """Sort anew and show the first page."""
        self._sort()
        count = -(-len(self._rows) // ROWS)
        self.pages.value = 0
        self.pages.param.update(count=max(count, 1), visible=count > 1)
        if not len(self._rows):
            self.message.empty()
            self.rows.html = ""
            return
        self.message.hide()
        self._show()

    def _sort(self) -> None:
        chosen = self.selection.brush_rows
        wanted = (id(chosen), len(chosen), self.order, self.descending)
        if wanted == self._sorted_for:
            return
        every = self.selection.all
        keys = {"time": every.time, "mag": every.magnitude, "depth": every.depth}
        values = keys.get(self.order)
        if values is None:
            values = every.table[self.order].to_numpy(float)
        self._rows = chosen[sorted_positions(values[chosen], descending=self.descending)]
        self._sorted_for = wanted

    def _pressed(self, key: str) -> None:
        what, _sep, value = key.partition(":")
        if what == "sort" and value in SORTED:
            self.descending = not self.descending if value == self.order else value != "place"
            self.order = value
            self.refresh()
        elif what == "event":
            self.selection.state.event = value

    # the page shown ------------------------------------------------------------------------------

    def shown(self) -> pd.DataFrame:
        """Return the events of the page that is shown."""
        first = self.pages.value * ROWS
        found: pd.DataFrame = self.selection.all.table.iloc[self._rows[first : first + ROWS]]
        return found

    def _show(self, *_events: Any) -> None:
        if not self._ready or not len(self._rows):
            return
        _, language, table = self.visit._, self.visit.language, self.shown()
        first = self.pages.value * ROWS
        caption = _("Earthquakes {first} to {last} of {total}").format(
            first=format_number(first + 1, language, 0),
            last=format_number(first + len(table), language, 0),
            total=format_number(len(self._rows), language, 0),
        )
        names = {
            "time": _("Time"),
            "mag": _("Magnitude"),
            "magType": _("Kind of magnitude"),
            "depth": _("Depth, km"),
            "longitude": _("Longitude, °"),
            "latitude": _("Latitude, °"),
            "type": _("Kind of event"),
            "status": _("Status"),
            "place": _("Place"),
        }
        columns = [name for name in names if name in SORTED or _filled(table, name)]
        head = "".join(self._head(name, names[name]) for name in columns)
        times = clock_times(table["time"], self.selection.state.clock)
        body = "".join(
            self._row(row, time, columns)
            for row, time in zip(table.to_dict("records"), times, strict=True)
        )
        self.rows.html = (
            f'<div class="qc-scroll" tabindex="0" role="region" aria-label="{escape(caption)}">'
            f'<table class="qc-grid"><caption>{escape(caption)}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        )

    def _head(self, name: str, label: str) -> str:
        if name not in SORTED:
            return f'<th scope="col" class="qc-words">{escape(label)}</th>'
        here = name == self.order
        state = ("descending" if self.descending else "ascending") if here else "none"
        sign = (" ↓" if self.descending else " ↑") if here else ""
        return (
            f'<th scope="col" aria-sort="{state}"><button type="button" data-key="sort:{name}">'
            f'{escape(label)}<span aria-hidden="true">{sign}</span></button></th>'
        )

    def _row(self, row: dict[Any, Any], time: str, columns: list[str]) -> str:
        ident = str(row.get("id") or "")
        chosen = ident and ident == self.selection.state.event
        mark = self.visit._("Show the details of this earthquake")
        cells = [
            f'<th scope="row"><button type="button" data-key="event:{escape(ident)}" '
            f'title="{escape(mark)}">{escape(time)}</button></th>'
        ]
        for name in columns[1:]:
            if name in WORDS:
                text = self._word(name, str(row.get(name) or ""))
                cells.append(f'<td class="qc-words">{escape(text)}</td>')
            else:
                text = format_number(row[name], self.visit.language, DIGITS[name])
                cells.append(f"<td>{escape(text)}</td>")
        attributes = ' class="qc-chosen" aria-selected="true"' if chosen else ""
        return f"<tr{attributes}>{''.join(cells)}</tr>"

    def _word(self, name: str, text: str) -> str:
        named = {"type": event_type, "status": status_name}.get(name)
        return named(text, self.visit._) if named and text else text

    def table(self) -> pd.DataFrame:
        """Return all events of the table in its order, with all columns."""
        found: pd.DataFrame = self.selection.all.table.iloc[self._rows]
        return found.drop(columns=[name for name in INTERNAL if name in found])


def sorted_positions(values: Any, *, descending: bool) -> Rows:
    """Return the order of values; missing ones come last in both directions, equals as they were.

    >>> values = np.array([2.0, np.nan, 3.0, 2.0])
    >>> sorted_positions(values, descending=True).tolist()
    [2, 0, 3, 1]
    >>> sorted_positions(values, descending=False).tolist()
    [0, 3, 2, 1]
    """
    array = np.asarray(values)
    missing = np.isnan(array) if array.dtype.kind == "f" else np.zeros(array.shape, bool)
    known = np.flatnonzero(~missing)
    order = np.argsort(-array[known] if descending else array[known], kind="stable")
    return np.concatenate([known[order], np.flatnonzero(missing)])


def _filled(table: pd.DataFrame, name: str) -> bool:
    """Whether a column of words says anything on this page."""
    return name in table and bool(table[name].fillna("").astype(str).str.len().any())
