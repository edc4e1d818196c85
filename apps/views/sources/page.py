"""The sources page: what data there are, where and when, and what of them lies here."""

from __future__ import annotations

from typing import Any

import panel as pn
import panel_material_ui as pmui

from analysis.spelling import did_you_mean
from apps.views.address import arguments
from apps.views.frame import frame
from apps.views.linkhelp import warn
from apps.views.notices import attempt, empty
from apps.views.sources.catalogue import list_html, map_html
from apps.views.sources.details import details, explorer_address
from apps.views.sources.fetching import FetchPanel
from apps.views.sources.filters import Filters
from apps.views.sources.listing import Row, as_table, narrowed, rows
from apps.views.sources.pressable import NARROW, AddressBar, Pressable
from apps.views.sources.state import FIELDS, SourcesState
from apps.views.sources.uploading import Uploading
from apps.views.styles import ONE_LINE

GRID = f"""
:host {{ display: grid !important; gap: 14px; padding: 16px; align-items: start;
  grid-template-columns: minmax(0, 1fr); grid-template-rows: max-content max-content 1fr;
  grid-template-areas: "map" "side" "list"; box-sizing: border-box; }}
@media (min-width: {NARROW}px) {{
  :host(.qs-open) {{ grid-template-columns: minmax(0, 1fr) 370px;
    grid-template-areas: "map side" "list side"; }} }}
@media (max-width: 700px) {{ :host {{ padding: 8px; gap: 10px; }} }}
"""
AREA = {"map": {"grid-area": "map"}, "side": {"grid-area": "side"}, "list": {"grid-area": "list"}}


class SourcesPage:
    """All parts of the sources page of one session."""

    def __init__(self, visit: Any):
        self.visit = visit
        self.state = SourcesState()
        self.problems = self.state.read_query(arguments(pn.state.session_args))
        self.own = Uploading(visit, self._own_changed)
        self.every = rows(self.own.items())
        self._check()
        self.listed: list[Row] = []
        self.map = Pressable(self._pressed, styles=AREA["map"])
        self.list = Pressable(self._pressed)
        self.nothing = pn.Column(visible=False, margin=0, sizing_mode="stretch_width")
        self.details = Pressable(self._pressed)
        self.fetch = FetchPanel(visit, self._own_changed)
        self.side = pn.Column(
            self.details,
            self.fetch.panel,
            visible=False,
            margin=0,
            sizing_mode="stretch_width",
            styles=AREA["side"],
        )
        self.filters = Filters(visit, self.state, lambda: as_table(self.listed, visit.language))
        self.address = AddressBar(self.state, list(FIELDS))
        self.body = pn.Column(
            self.map,
            self.side,
            pn.Column(
                self.nothing, self.list, margin=0, sizing_mode="stretch_width", styles=AREA["list"]
            ),
            sizing_mode="stretch_width",
            margin=0,
            stylesheets=[GRID],
        )
        self.whole = pn.Column(self.body, sizing_mode="stretch_width", margin=0)
        _ = visit._
        self.tabs = pmui.RadioButtonGroup(
            options={_("All sources"): "catalogue", _("Your own files"): "own"},
            value=self.state.tab,
            size="small",
            sx=ONE_LINE,
            margin=(12, 16, 0, 16),
        )
        self.tabs.param.watch(lambda event: setattr(self.state, "tab", event.new), "value")
        self.state.param.watch(self._turn, "tab")
        self._turn()
        self.state.param.watch(self._narrow, ["kinds", "region", "text", "copy"])
        self.state.param.watch(self._chosen, "source")
        self._narrow()
        self._show_details()
        pn.state.onload(lambda: warn(visit, self.problems, len(self.problems)))

    def _check(self) -> None:
        names = [row.name for row in self.every]
        if self.state.source and self.state.source not in names:
            hint = did_you_mean(self.state.source, names)
            self.problems.append(f"source={self.state.source}: there is no such source. {hint}")
            self.state.source = ""

    @property
    def row(self) -> Row | None:
        """The source whose details are shown."""
        return next((row for row in self.every if row.name == self.state.source), None)

    # changes -------------------------------------------------------------------------------------

    def _pressed(self, key: str) -> None:
        what, _sep, name = key.partition(":")
        if what == "close":
            self.state.source = ""
        elif what == "source" and any(row.name == name for row in self.every):
            self.state.source = "" if name == self.state.source else name
            self.details.seen += bool(self.state.source)

    def _turn(self, *_events: Any) -> None:
        own = self.state.tab == "own"
        self.own.panel.visible, self.whole.visible = own, not own
        if self.tabs.value != self.state.tab:
            self.tabs.value = self.state.tab

    def _own_changed(self) -> None:
        self.every = rows(self.own.items())
        if self.row is None:
            self.state.source = ""
        self._narrow()
        self._show_details()

    def _narrow(self, *_events: Any) -> None:
        self.listed = narrowed(self.every, self.state)
        _ = self.visit._
        if not self.listed:
            self.nothing[:] = [
                empty(
                    self.visit,
                    _("No source passes these filters."),
                    _("Use fewer words, another region, or show all sources."),
                )
            ]
        self.nothing.visible, self.list.visible = not self.listed, bool(self.listed)
        self._draw()

    def _chosen(self, *_events: Any) -> None:
        self._draw()
        self._show_details()

    def _draw(self) -> None:
        rest = [row for row in self.every if row.name == self.state.source]
        drawn = self.listed + [row for row in rest if row not in self.listed]
        self.map.html = map_html(self.visit, drawn, self.state)
        self.list.html = list_html(self.visit, self.listed, len(self.every), self.state)

    def _show_details(self) -> None:
        row = self.row
        self.side.visible = row is not None
        self.body.css_classes = ["qs-open"] if row is not None else []
        self.fetch.show(row)
        if row is not None:
            self.details.html = details(self.visit, row, explorer_address(self.visit, row))

    def main(self) -> Any:
        """Return the content of the page."""
        parts = (self.tabs, self.whole, self.own.panel, self.address)
        return pn.Column(*parts, sizing_mode="stretch_width", margin=0)


def sources_page(visit: Any) -> Any:
    """Return the whole page in its frame."""
    _ = visit._
    made: list[SourcesPage] = []

    def build() -> Any:
        made.append(SourcesPage(visit))
        return made[0].main()

    main = attempt(visit, build)
    return frame(
        visit,
        page="sources",
        title=_("Sources"),
        main=main,
        drawer=[made[0].filters.panel] if made else None,
        skip=_("Skip to the list"),
    )
