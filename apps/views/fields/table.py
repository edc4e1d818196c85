"""The table of all units: sorted and filtered on the server, a page at a time."""

from __future__ import annotations

from html import escape
from typing import Any

import pandas as pd
import panel as pn
import panel_material_ui as pmui

from analysis.language import format_number
from apps.views.fields.selection import FieldSelection
from apps.views.fields.state import COLUMNS
from apps.views.fields.words import class_names, column_names, number, rank_text, scale
from apps.views.htmlbuttons import BUTTONS, HtmlButtons
from apps.views.htmltables import TABLE
from apps.views.mapfigure import POINT_COLOURS

ROWS = 25
WORDS = ("name",)
CHIP = """
.qf-chip { display: inline-block; width: 11px; height: 11px; border-radius: 3px; margin-right: 6px;
  border: 1px solid var(--qc-muted); vertical-align: -1px; }
.qf-plus { min-width: 26px; border: 1px solid var(--qc-line) !important; margin-left: 8px;
  text-align: center !important; padding: 0 5px !important; }
.qf-plus[aria-pressed=true] { border-color: currentColor !important; font-weight: 700; }
.qc-grid th, .qc-grid td { padding: 3px 7px; }
.qc-grid thead button { max-width: 112px; white-space: normal; }
.qf-row th { display: flex; justify-content: space-between; min-width: 206px; }
.qf-row th button { white-space: normal; }
.qf-row td.qc-words { min-width: 96px; white-space: normal; }
"""


class UnitTable:
    """One row a unit; the name chooses it, the sign beside it compares it."""

    def __init__(self, visit: Any, selection: FieldSelection):
        _ = visit._
        self.visit, self.selection, self.state = visit, selection, selection.state
        self._rows = pd.DataFrame()
        self.find = pmui.TextInput(
            label=_("Find a unit"), value=self.state.find, width=230, margin=(6, 8), size="small"
        )
        self.dry = pmui.Checkbox(
            label=_("Only units in drought"), value=self.state.dry, margin=(8, 8)
        )
        self.find.param.watch(self._typed, "value_input")
        self.find.param.watch(self._typed, "value")
        self.dry.param.watch(lambda event: setattr(self.state, "dry", event.new), "value")
        self.state.param.watch(self._follow, ["find", "dry"])
        self.rows = HtmlButtons(
            self._pressed,
            stylesheets=[TABLE, BUTTONS, CHIP],
            sizing_mode="stretch_width",
            margin=(0, 8),
        )
        self.pages = pmui.Pagination(count=1, value=0, visible=False, margin=(4, 8))
        self.pages.param.watch(lambda _event: self.draw(), "value")
        self.panel = pn.Column(
            pn.FlexBox(self.find, self.dry, margin=0, align_items="center"),
            self.rows,
            self.pages,
            sizing_mode="stretch_width",
            margin=0,
        )

    def _typed(self, event: Any) -> None:
        text = (event.new or "")[:80]
        if text != self.state.find:
            self.state.find = text

    def _follow(self, *_events: Any) -> None:
        if self.find.value_input != self.state.find:
            self.find.value = self.state.find
        self.dry.value = self.state.dry

    def _pressed(self, key: str) -> None:
        what, _sep, value = key.partition(":")
        if what == "sort" and value in (*COLUMNS, "spi"):
            same = self.state.sort.removeprefix("-") == value
            up = same and self.state.sort.startswith("-")
            self.state.sort = value if up or (not same and value == "name") else f"-{value}"
        elif what == "unit" and value in self.selection.units.places:
            self.state.choose(value)
        elif what == "also" and value in self.selection.units.places:
            self._compare(value)

    def _compare(self, unit: str) -> None:
        if not self.state.units:
            self.state.units = self.selection.chosen
        if self.state.units != [unit]:  # one stays: there is always a curve
            self.state.toggle(unit)

    # rows ----------------------------------------------------------------------------------------

    def show(self) -> None:
        """Sort and filter anew and show the page that holds the chosen unit."""
        self._rows = self.selection.shown(self.visit.language)
        count = max(1, -(-len(self._rows) // ROWS))
        self.pages.param.update(count=count, visible=count > 1)
        self.pages.value = min(self.pages.value, count - 1)
        self.follow()

    def follow(self) -> None:
        """Show the page of the chosen unit, and mark it."""
        chosen = self.selection.chosen
        places = self._rows.index.get_indexer(pd.Index(chosen[:1]))
        if len(places) and places[0] >= 0:
            page = int(places[0]) // ROWS
            if page != self.pages.value and self.state.units:
                self.pages.value = page
                return
        self.draw()

    def draw(self) -> None:
        """Write the page of the table."""
        _, language = self.visit._, self.visit.language
        first = self.pages.value * ROWS
        part = self._rows.iloc[first : first + ROWS]
        names = column_names(_, self.selection.index)
        names = {key: text for key, text in names.items() if key == "name" or key in self._rows}
        caption = _("Units {first} to {last} of {total}").format(
            first=format_number(first + 1 if len(part) else 0, language, 0),
            last=format_number(first + len(part), language, 0),
            total=format_number(len(self._rows), language, 0),
        )
        if not len(part):
            self.rows.html = (
                f'<p role="status">{escape(_("No unit passes the filters: widen them."))}</p>'
            )
            return
        head = "".join(self._head(key, text) for key, text in names.items())
        quantity = self.selection.quantity
        colours = scale(quantity, self.selection).colour(part[quantity])
        chosen = {unit: place for place, unit in enumerate(self.selection.chosen)}
        body = "".join(
            self._row(str(ident), row, list(names), colour, chosen)
            for (ident, row), colour in zip(part.iterrows(), colours, strict=True)
        )
        self.rows.html = (
            f'<div class="qc-scroll" tabindex="0" role="region" aria-label="{escape(caption)}">'
            f'<table class="qc-grid"><caption>{escape(caption)}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        )

    def _head(self, name: str, label: str) -> str:
        if name not in COLUMNS:
            return f'<th scope="col" class="qc-words">{escape(label)}</th>'
        here = name == self.state.sort.removeprefix("-")
        down = self.state.sort.startswith("-")
        state = ("descending" if down else "ascending") if here else "none"
        sign = (" ↓" if down else " ↑") if here else ""
        return (
            f'<th scope="col" aria-sort="{state}"><button type="button" data-key="sort:{name}">'
            f'{escape(label)}<span aria-hidden="true">{sign}</span></button></th>'
        )

    def _row(
        self, ident: str, row: Any, columns: list[str], colour: str, chosen: dict[str, int]
    ) -> str:
        _, language = self.visit._, self.visit.language
        name = str(row[f"name_{language}"])
        place = chosen.get(ident)
        title = _("Compare {name}").format(name=name)
        ink = f' style="color:{POINT_COLOURS[place]}"' if place is not None else ""
        sign = f"<span{ink} aria-hidden=true>■</span>" if place is not None else "+"
        cells = [
            f'<th scope="row"><button type="button" data-key="unit:{escape(ident)}">'
            f'<i class="qf-chip" style="background:{colour}"></i>{escape(name)}</button>'
            f'<button type="button" class="qf-plus" data-key="also:{escape(ident)}" '
            f'aria-pressed="{"true" if place is not None else "false"}" title="{escape(title)}" '
            f'aria-label="{escape(title)}">{sign}</button></th>'
        ]
        for column in columns[1:]:
            if column.endswith("_class"):
                text = class_names(_)[str(row[column])]
                cells.append(f'<td class="qc-words">{escape(text)}</td>')
            elif column in ("rank", "integral_rank"):
                of = row["of"] if column == "rank" else row["integral_of"]
                cells.append(f"<td>{escape(rank_text(row[column], of, self.visit))}</td>")
            else:
                cells.append(f"<td>{escape(number(row[column], column, language))}</td>")
        mark = ' class="qf-row qc-chosen" aria-current="true"' if place == 0 else ' class="qf-row"'
        return f"<tr{mark}>{''.join(cells)}</tr>"
