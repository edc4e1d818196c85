"""The earthquakes page: filters, map, linked plots and panels, put into the frame."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import panel as pn
import panel_material_ui as pmui
from panel.io.state import set_curdoc

from analysis.sources.regions import REGIONS
from apps.views import atlas
from apps.views.address import Address, arguments
from apps.views.colours import EVENT_COLOURS
from apps.views.earthquakes.curves import DEPTH_COLOURS
from apps.views.earthquakes.dock import Dock
from apps.views.earthquakes.eventtext import card
from apps.views.earthquakes.filters import Filters
from apps.views.earthquakes.linked import LinkedPlots
from apps.views.earthquakes.quakemap import QuakeMap
from apps.views.earthquakes.regimes import ALPHA, REGIMES, regime_names
from apps.views.earthquakes.regimes import COLOURS as REGIME_COLOURS
from apps.views.earthquakes.selection import Change, Selection
from apps.views.earthquakes.state import FIELDS, QuakeState
from apps.views.earthquakes.words import mark
from apps.views.explorer import LEGENDS
from apps.views.legend import MAGNITUDES
from apps.views.linkhelp import warn
from apps.views.mappage import map_frame, status_html, status_pane
from apps.views.mapwindow import awaited
from apps.views.notices import empty, failed
from apps.views.pad import pad
from apps.views.search import place_search
from apps.views.state import Point
from apps.views.styles import styled

WAIT_MS = 40
SHOWN = 3  # problems of a link that are told
DEPTHS = ("0", "35", "70", "150", "300", "≥ 500")
CARD = """
.qe-card { width: min(310px, calc(100vw - 96px)); max-height: min(420px, 34vh); overflow-y: auto;
  box-sizing: border-box; padding: 10px 14px 12px; border-radius: 10px;
  background: var(--qc-surface); color: var(--qc-text); box-shadow: 0 2px 10px #0006;
  font-size: 13px; line-height: 1.35; }
.qe-card h2 { margin: 0 28px 6px 0; font-size: 15px; }
.qe-card dl { display: grid; grid-template-columns: minmax(0, 2fr) minmax(0, 3fr);
  gap: 2px 10px; margin: 0; }
.qe-card dt { color: var(--qc-muted); }
.qe-card dd { margin: 0; overflow-wrap: anywhere; }
.qe-card a { display: inline-block; margin-top: 8px; color: var(--qc-primary); }
"""


class EarthquakesPage:
    """All parts of the earthquakes page of one session."""

    def __init__(self, visit: Any):
        self.visit = visit
        self.state = QuakeState()
        query = arguments(pn.state.session_args)
        self.problems = self.state.read_query(query)
        self.selection = Selection(self.state)
        self._check()
        self.view = QuakeMap(visit, self.state, self.selection)
        self.linked = LinkedPlots(visit, self.state, self.selection, self._choose)
        self.filters = Filters(visit, self.state, self.selection, self.view)
        self.dock = Dock(visit, self.state, self.selection, self.linked, self.view)
        self.address = Address(self.state, self.view.plot.figure, FIELDS)
        self.legends = styled(stylesheets=[LEGENDS], sizing_mode=None)
        self.status = status_pane()
        self.message = pn.Column(visible=False, margin=(0, 12), sizing_mode="stretch_width")
        self.card = styled(stylesheets=[CARD], sizing_mode=None)
        self._corner: Any = pn.Column(
            visible=False,
            margin=0,
            sizing_mode=None,
            styles={"position": "absolute", "top": "10px", "right": "10px", "z-index": "6"},
        )
        self._todo: set[Change] = set()
        self._waiting = False
        self.selection.subscribe(self._changed)
        self.state.param.watch(self._recolour, ["colour"])
        self.state.param.watch(lambda _e: self.view.refresh(), ["overlays", "clock"])
        self.state.param.watch(self._describe, ["overlays", "colour"])
        self.state.param.watch(self._event_chosen, ["event"])
        self.state.param.watch(self._reckon, ["mc", "method"])
        self.view.plot.on_tap(self._tapped)
        self.view.plot.on_double_tap(self._double_tapped)
        self.view.settled.append(self._settled)
        self._filled = False
        self._tell()
        self._describe()
        self._event_chosen()
        if not awaited():
            self._settled()
        pn.state.onload(lambda: warn(visit, self.problems))

    # what a link asks for ------------------------------------------------------------------------

    def _check(self) -> None:
        """Leave out of the link what is not at hand, and say so later."""
        state, known = self.state, self.selection.catalogues
        if state.catalogue and state.catalogue not in known:
            self.problems.append(
                f"catalogue={state.catalogue[:60]}: allowed are {', '.join(known)}"
            )
            state.catalogue = ""
        if not state.catalogue and known:
            state.catalogue = next(iter(known))
        if state.region and state.region not in REGIONS:
            self.problems.append(f"within={state.region[:60]}: allowed are {', '.join(REGIONS)}")
            state.region = ""
        if state.event and self.selection.row_of(state.event) is None:
            self.problems.append(f"event={state.event[:60]}: the catalogue has no such event")
            state.event = ""
        if state.area:
            try:
                atlas.area_shape(state.area)
            except ValueError as error:
                self.problems.append(f"area={state.area[:60]}: {error}")
                state.area = ""

    # changes -------------------------------------------------------------------------------------

    def _changed(self, what: Change) -> None:
        """Do all that a change asks for a little later, once for several changes."""
        self._todo.add(what)
        if self._waiting:
            return
        if what == "events" and self.selection.slow:
            self.filters.wait()
        self._waiting = True
        self._later(self._flush, WAIT_MS)

    def _later(self, task: Callable[[], None], milliseconds: int) -> None:
        """Do something soon in this session, so that new widgets reach its browser."""
        document = self.view.plot.figure.document

        def within() -> None:
            with set_curdoc(document):
                task()

        if self.view.plot.later(within, milliseconds) is None:
            task()

    def _flush(self) -> None:
        todo, self._todo, self._waiting = self._todo, set(), False
        if not self._filled:
            return
        if "events" in todo:
            self.filters.refit()
            self.view.show_area()
            self.view.show_events()
            self.linked.show_brush()
            self.linked.refit()
            self._tell()
        else:
            if "brush" in todo:
                self.view.show_events()
                self.linked.show_brush()
            if "view" in todo:
                self.linked.update()
            else:
                self.linked.update_statistics()
        # what Panel is told before the page has loaded may not reach the browser
        pn.state.onload(self.filters.follow)
        pn.state.onload(self.dock.changed)

    def _settled(self) -> None:
        """Fill the plots when the map knows its window for the first time."""
        if self._filled:
            return
        self._filled = True
        self.linked.zone = self.view.plot.zone
        self._changed("view")

    def _reckon(self, *_events: Any) -> None:
        self.linked.update_statistics()

    def _recolour(self, *_events: Any) -> None:
        self.view.recolour()
        self.linked.recolour()

    # events --------------------------------------------------------------------------------------

    def _tapped(self, event: Any) -> None:
        if event.x is None:
            return
        if self.view.drawing is not None:
            self.view.drawing.add(*self.view.degrees(event.x, event.y))
            return
        row = self.view.nearest(event.x, event.y)
        if row is None:
            self.state.event = ""
        else:
            self._choose(row)

    def _double_tapped(self, _event: Any) -> None:
        if self.view.drawing is not None:
            self.view.drawing.close()

    def _choose(self, row: int) -> None:
        self.state.event = str(self.selection.all.table["id"].iloc[row])

    def _event_chosen(self, *_events: Any) -> None:
        row = self.selection.row_of(self.state.event)
        self._corner.visible = row is not None
        if row is not None:
            if not len(self._corner):
                self._corner[:] = [self.card, self._close_button()]
            event = self.selection.all.table.iloc[row]
            self.card.object = card(event, self.visit, self.state.clock, self.view.plot.zone)
            longitude, latitude = float(event["longitude"]), float(event["latitude"])
            if self._filled and not self.view.holds(longitude, latitude):
                self.view.show_place(longitude, latitude)
        self.view.mark_event()
        self.linked.mark_event()
        self.filters.follow()

    def _close_button(self) -> Any:
        close = pmui.IconButton(
            icon="close",
            description=self.visit._("Close the details of the event"),
            size="small",
            margin=0,
            styles={"position": "absolute", "right": "4px", "top": "4px"},
        )
        close.on_click(lambda _event: setattr(self.state, "event", ""))
        return close

    # words ---------------------------------------------------------------------------------------

    def _describe(self, *_events: Any) -> None:
        self.legends.object = f'<div class="qc-legends">{self._legend()}</div>'

    def _legend(self) -> str:
        _, state = self.visit._, self.state
        by_depth = state.colour == "depth"
        colours = DEPTH_COLOURS if by_depth else EVENT_COLOURS
        texts = DEPTHS if by_depth else MAGNITUDES
        title = _("Depth, km (size by magnitude)") if by_depth else _("Magnitude")
        dots = "".join(
            f'<span><i style="background:{colour};width:{size}px;height:{size}px"></i>{text}</span>'
            for size, colour, text in zip(
                [10] * 6 if by_depth else range(4, 16, 2), colours, texts, strict=True
            )
        )
        found = (
            f'<div class="qc-legend qc-events"><div><b>{escape(title)}</b> '
            f'{mark(self.visit, self.selection)}</div><div class="qc-dots">{dots}</div></div>'
        )
        if "regimes" in state.overlays:
            names = regime_names(self.visit.language)
            rows = "".join(
                f'<div><i style="display:inline-block;width:12px;height:12px;margin-right:6px;'
                f"border:1px solid {colour};background:color-mix(in srgb, {colour} "
                f'{100 * ALPHA:.0f}%, transparent)"></i>{escape(names[name])}</div>'
                for name, colour in zip(REGIMES[:3], REGIME_COLOURS[:3], strict=True)
            )
            found = f'<div class="qc-legend">{rows}</div>{found}'
        return found

    def _tell(self) -> None:
        """Say which catalogue is shown, and what to do where nothing is."""
        found = self.selection.catalogue
        rows = self.selection.rows
        if self.selection.problem is not None:
            self.message[:] = [failed(self.visit, self.selection.problem)]
        elif not len(rows):
            self.message[:] = [empty(self.visit)]
        self.message.visible = self.selection.problem is not None or not len(rows)
        if found is None:
            return
        span = self.selection.span
        period = f"{span[0]:%Y-%m-%d} – {span[1]:%Y-%m-%d}" if span else ""
        parts = [found.title(self.visit.language), period, found.citation, found.licence]
        sign = mark(self.visit, self.selection)
        self.status.object = status_html(self.visit, parts, sign)
        self._describe()

    # layout --------------------------------------------------------------------------------------

    def show_place(self, point: Point) -> None:
        """Show a place that was searched for."""
        self.view.show_place(*point)

    def main(self) -> Any:
        """Return the map with all that stands under it."""
        chart = pn.Column(
            self.view.pane,
            pad(self.visit),
            self.legends,
            self._corner,
            sizing_mode="stretch_both",
            min_height=280,
            margin=0,
            styles={"position": "relative"},
        )
        return pn.Column(chart, self.message, self.dock.panel, sizing_mode="stretch_both", margin=0)


def earthquakes_page(visit: Any) -> Any:
    """Return the whole page in its frame."""
    _ = visit._
    page = EarthquakesPage(visit)
    return map_frame(
        visit,
        "earthquakes",
        _("Earthquakes"),
        page,
        (page.view.ink, page.linked.ink),
        drawer=[page.filters.panel],
        search=place_search(visit, page.show_place),
    )
