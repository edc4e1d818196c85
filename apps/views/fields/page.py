"""The fields page: map, curve, table and years of farms, districts and oblasts."""

from __future__ import annotations

import logging
from html import escape
from typing import Any

import panel as pn
import panel_material_ui as pmui

from apps.views.address import Address, arguments
from apps.views.fields.controls import Controls
from apps.views.fields.curve import CurvePlot
from apps.views.fields.dates import date_bar
from apps.views.fields.selection import FieldSelection
from apps.views.fields.state import FIELDS, FieldState
from apps.views.fields.table import UnitTable
from apps.views.fields.takeaway import Takeaway
from apps.views.fields.twins import CurveTable, YearsPlot
from apps.views.fields.unitmap import UnitMap
from apps.views.fields.words import legend_html, mark, sentence
from apps.views.frame import frame
from apps.views.jobs import Job
from apps.views.linkhelp import warn
from apps.views.mappage import HALF, PageTabs, map_box, map_frame, status_html, status_pane
from apps.views.notices import failed, loading
from apps.views.preparation import Preparation
from apps.views.styles import styled

log = logging.getLogger(__name__)

LEGEND = """
.qf-legend { display: flex; flex-wrap: wrap; gap: 3px 12px; align-items: center; font-size: 12.5px;
  padding: 4px 12px; color: var(--qc-text); }
.qf-step { display: inline-block; width: 14px; height: 12px; border-radius: 3px; margin-right: 6px;
  border: 1px solid var(--qc-line); vertical-align: -1px; }
.qf-scale { display: flex; flex: 1 1 200px; max-width: 360px; gap: 8px; align-items: center; }
.qf-ramp { flex: 1; height: 12px; border-radius: 6px;
  border: 1px solid var(--qc-line); }
.qc-simulated { margin-left: 0; }
"""


class FieldsPage:
    """All parts of the fields page of one session."""

    def __init__(self, visit: Any):
        self.visit, self.state = visit, FieldState()
        self.problems = self.state.read_query(arguments(pn.state.session_args))
        self.selection = FieldSelection(self.state)
        self._check()
        self.map = UnitMap(visit, self.selection, self._tapped)
        self.curve = CurvePlot(visit, self.selection, self._day_chosen)
        self.table = UnitTable(visit, self.selection)
        self.controls = Controls(visit, self.selection, self.map.show_all)
        self.address = Address(self.state, self.map.plot.figure, FIELDS)
        self.legend = styled(stylesheets=[LEGEND])
        self.words, self.status = styled(), status_pane()
        self.message = pn.Column(visible=False, sizing_mode="stretch_width", margin=(0, 12))
        self.job = Job(self._loaded, self._failed, self._progress)
        self.dates = date_bar(visit, self.selection)
        self._make_tabs()
        self.content = pn.Column(visible=False, sizing_mode="stretch_width", margin=0)
        self.state.param.watch(self._units_changed, ["layer", "level"])
        self.state.param.watch(self._year_changed, ["year", "season"])
        self.state.param.watch(self._day_changed, "day")
        self.state.param.watch(self._chosen, ["units"])
        self.state.param.watch(self._compared, ["compare"])
        self.state.param.watch(self._filtered, ["within", "find", "dry", "sort"])
        self.state.param.watch(self._recoloured, ["show", "index"])
        self._start()
        pn.state.onload(lambda: warn(visit, self.problems))

    # what a link asks for ------------------------------------------------------------------------

    def _check(self) -> None:
        """Leave out of the link what is not at hand, and say so later."""
        state = self.state
        if state.layer and state.layer not in self.selection.layers:
            allowed = ", ".join(self.selection.layers)
            self.problems.append(f"layer={state.layer[:60]}: allowed are {allowed}")
            state.layer = ""
        try:
            known = self.selection.units.places
        except ValueError as error:
            self.problems.append(f"units={state.level[:60]}: {error}")
            state.param.update(level="", units=[], within="")
            known = self.selection.units.places
        strange = [unit for unit in state.units if unit not in known]
        if strange:
            self.problems.append(f"unit={strange[0][:60]}: there is no such unit")
            state.units = [unit for unit in state.units if unit in known]
        if state.within and state.within not in self.selection.units.parents:
            self.problems.append(f"within={state.within[:60]}: no unit lies there")
            state.within = ""

    # data ----------------------------------------------------------------------------------------

    def _start(self) -> None:
        """Show at once what is in the cache; compute the rest beside the page, with a bar."""
        self.message.visible = False
        try:
            quick = self.selection.quick
            if quick:
                self._loaded(self.selection.load())
        except (ValueError, OSError) as error:
            self._failed(error)
            return
        if not quick:
            self._wait()
            selection = self.selection
            self.job.start(lambda ticket: selection.load(ticket.report))

    def _wait(self) -> None:
        _ = self.visit._
        self.bar = pmui.LinearProgress(
            value=0, variant="determinate", sizing_mode="stretch_width", margin=(8, 0)
        )
        cancel = pmui.Button(label=_("Cancel"), variant="outlined", size="small", margin=(4, 8))
        cancel.on_click(self._cancelled)
        text = _("The grid is read for every unit; this is done once.")
        self.message[:] = [loading(self.visit, text), pn.Row(self.bar, cancel)]
        self.message.visible = True

    def _progress(self, done: int, total: int) -> None:
        self.bar.value = round(100 * done / max(total, 1))

    def _cancelled(self, _event: Any) -> None:
        self.job.cancel()
        again = pmui.Button(label=self.visit._("Read the grid"), variant="contained", margin=8)
        again.on_click(lambda _event: self._start())
        self.message[:] = [again]

    def _failed(self, error: BaseException) -> None:
        self.content.visible = False
        self.message[:] = [failed(self.visit, error)]
        self.message.visible = True
        self.status.object = ""

    def _loaded(self, series: Any) -> None:
        self.selection.take(series)
        self.message.visible = False
        self.content.visible = True
        self._check_years()
        self._show_all()

    def _check_years(self) -> None:
        """Leave out the years that the series has not."""
        known, state = self.selection.years, self.state
        asked = [*([state.year] if state.year else []), *state.compare]
        strange = [year for year in asked if year not in known]
        if strange:
            text = f"year={strange[0]}: the series has {known[0]} to {known[-1]}"
            self.problems.append(text)
            kept = [year for year in state.compare if year in known]
            state.param.update(year=state.year if state.year in known else 0, compare=kept)

    def _units_changed(self, *_events: Any) -> None:
        self.job.cancel()
        self._start()
        if self.selection.ready:
            self.map.show_all()

    # changes -------------------------------------------------------------------------------------

    def _show_all(self) -> None:
        self.controls.fill()
        self.dates.fit()
        self._show_day()
        self.curve.show()
        self._show_open()

    def _year_changed(self, *_events: Any) -> None:
        if self.selection.ready:
            self._show_all()

    def _day_changed(self, *_events: Any) -> None:
        if self.selection.ready:
            self.dates.fit()
            self._show_day()
            self.curve.show_day()

    def _show_day(self) -> None:
        """Show all that depends on the date."""
        self.map.show()
        self.table.show()
        self.legend.object = legend_html(self.visit, self.selection)
        self._tell()

    def _chosen(self, *_events: Any) -> None:
        if not self.selection.ready:
            return
        self.controls.fill()
        self.map.mark()
        chosen = self.selection.chosen
        if chosen:
            self.map.show_unit(chosen[0])
        self.table.follow()
        self.curve.show()
        self._tell()
        self._show_open()

    def _compared(self, *_events: Any) -> None:
        if self.selection.ready:
            self.controls.fill()
            self.curve.show()
            self._show_open()

    def _filtered(self, *_events: Any) -> None:
        if not self.selection.ready:
            return
        self.controls.fill()
        self.map.show()
        self.table.show()
        if not self.state.units:  # the unit explained is the first of those shown
            self.curve.show()
            self._tell()
            self._show_open()

    def _recoloured(self, *_events: Any) -> None:
        if self.selection.ready:
            self.controls.fill()
            self._show_day()

    def _tapped(self, unit: str, also: bool) -> None:
        if also:
            if not self.state.units:
                self.state.units = self.selection.chosen
            self.state.toggle(unit)
        else:
            self.state.choose(unit)

    def _day_chosen(self, day: int) -> None:
        self.state.day = min(self.selection.days, key=lambda one: abs(one - day))

    # tabs ----------------------------------------------------------------------------------------

    def _make_tabs(self) -> None:
        _ = self.visit._
        titles = {
            "units": _("All units"),
            "curve": _("The curve as a table"),
            "years": _("Years"),
            "files": _("Files and Python"),
        }
        self._parts: dict[str, Any] = {"units": self.table}
        self.tabs = PageTabs(self.state, titles, self._show_open)
        self.tabs.bodies["units"][:] = [self.table.panel]

    def _show_open(self) -> None:
        """Bring the open tab up to date; one is made when it is first opened."""
        name = self.tabs.open
        if name == "units" or not self.selection.ready:
            return
        if name not in self._parts:
            made = {"curve": CurveTable, "years": YearsPlot, "files": Takeaway}[name]
            self._parts[name] = made(self.visit, self.selection)
            self.tabs.bodies[name][:] = [self._parts[name].panel]
        if name != "files" and self.selection.chosen:
            self._parts[name].show()

    # words ---------------------------------------------------------------------------------------

    def _tell(self) -> None:
        """Say in words what the chosen units show, and where the numbers come from."""
        selection, visit = self.selection, self.visit
        if selection.ready:
            texts = "".join(
                f"<p>{escape(sentence(visit, selection, unit))}</p>" for unit in selection.chosen
            )
            self.words.object = (
                f'<div class="qc-note" aria-live="polite">{mark(visit, selection)}{texts}</div>'
            )
        layer = selection.layer
        if layer is None:
            return
        language = visit.language
        parts = [layer.title(language), layer.citation, layer.licence]
        parts += [selection.units.title.get(language, ""), selection.units.citation]
        self.status.object = status_html(visit, parts, mark(visit, selection))

    # layout --------------------------------------------------------------------------------------

    def main(self) -> Any:
        """Return map, curve, date, words and tabs."""
        chart = map_box(self.visit, self.map.pane, 400)
        left = pn.Column(chart, self.legend, sizing_mode="stretch_width", margin=0, styles=HALF)
        plot = pn.Column(self.curve.panel, sizing_mode="stretch_width", margin=0, styles=HALF)
        self.content[:] = [
            pn.FlexBox(left, plot, margin=0, gap="8px", sizing_mode="stretch_width"),
            self.dates.slider,
            self.words,
            self.tabs.view,
        ]
        return pn.Column(
            self.message, self.content, sizing_mode="stretch_both", margin=0, scroll="y-auto"
        )


def fields_page(visit: Any) -> Any:
    """Return the whole page in its frame."""
    from apps.views.fields.data import vegetation_layers

    _ = visit._
    title = _("Fields")
    if not vegetation_layers():
        return frame(visit, page="fields", title=title, main=Preparation(visit).panel)
    page = FieldsPage(visit)
    return map_frame(
        visit,
        "fields",
        title,
        page,
        (page.map.ink, page.curve.ink),
        drawer=[page.controls.panel],
    )
