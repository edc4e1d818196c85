"""The forecast page: statement, map, cards, windows and panels, put into the frame."""

from __future__ import annotations

from html import escape
from typing import Any

import panel as pn

from analysis.language import format_date
from apps.views.address import Address, arguments
from apps.views.earthquakes.catalogues import catalogues
from apps.views.forecast.cards import Cards
from apps.views.forecast.choices import settings_of
from apps.views.forecast.controls import Controls
from apps.views.forecast.firstlook import keep_look
from apps.views.forecast.forecastmap import ForecastMap
from apps.views.forecast.forecasts import Forecasts
from apps.views.forecast.issuebar import issue_bar
from apps.views.forecast.known import KNOWN, known_html
from apps.views.forecast.legend import STYLE as LEGEND
from apps.views.forecast.legend import legend_html
from apps.views.forecast.preview import NAME, Preview, preview
from apps.views.forecast.selection import ForecastSelection, target_events
from apps.views.forecast.state import FIELDS, ForecastState
from apps.views.forecast.tabs import Tabs
from apps.views.forecast.trainbar import TrainBar
from apps.views.forecast.words import simulated_mark
from apps.views.frame import frame
from apps.views.jobs import Job
from apps.views.mappage import status_html, status_pane
from apps.views.pad import pad
from apps.views.search import place_search
from apps.views.state import Point
from apps.views.styles import styled

HEIGHT = 440
START = """
.qp-start { padding: 12px 4px; font-size: 14.5px; line-height: 1.5; }
.qp-start ol { margin: 6px 0; padding-left: 22px; }
"""


class ForecastPage:
    """All parts of the forecast page of one session."""

    def __init__(self, visit: Any):
        self.visit, self.state = visit, ForecastState()
        self.problems = self.state.read_query(arguments(pn.state.session_args))
        self._check()
        self.selection = ForecastSelection(self.state)
        self.preview: Preview | None = None
        self._looking = Job(self._previewed, lambda _error: None)  # the bar says what is wrong
        self.map = ForecastMap(visit, self.state, self._tapped)
        self.cards = Cards(visit, self.selection)
        self.issues = issue_bar(visit, self.selection)
        self.tabs = Tabs(visit, self.selection)
        self.train = TrainBar(visit, self.state, self._take)
        self.controls = Controls(visit, self.selection)
        self.known = styled(known_html(visit), stylesheets=[KNOWN])
        self.legend = styled(stylesheets=[LEGEND])
        self.start = styled(self._begin(), stylesheets=[START])
        self.status = status_pane()
        watch = self.state.param.watch
        watch(self._chosen_anew, list(ForecastState.SETTINGS))
        watch(self._region_chosen, "region")
        watch(self._names_chosen, ["model", "baseline", "within"])
        watch(self._map_changed, ["show", "style", "overlays", "swipe"])
        watch(self._window_chosen, "issue")
        watch(self._cell_chosen, "cell")
        watch(self._threshold_chosen, "threshold")
        self.address = Address(self.state, self.map.plot.figure, FIELDS)  # what is seen goes first
        self.selection.retaken.append(self._take)
        self.train.look()
        if "view" not in self.state.query():
            self.map.go_to(self.state.box)
        self._tell()
        pn.state.onload(self._tell_problems)

    # what a link asks for ------------------------------------------------------------------------

    def _check(self) -> None:
        """Leave out of the link what is not at hand, and say so later."""
        from analysis.learning import MODELS

        state = self.state
        if state.events and state.events not in catalogues():
            allowed = ", ".join(catalogues())
            self.problems.append(f"events={state.events[:60]}: allowed are {allowed}")
            state.events = ""
        for key, names in (("models", list(state.models)), ("set", list(state.parameters))):
            strange = [name for name in names if name not in MODELS]
            if strange:
                self.problems.append(f"{key}={strange[0][:60]}: allowed are {', '.join(MODELS)}")
        for name, chosen in state.parameters.items():
            known = MODELS[name].space if name in MODELS else chosen
            strange = [one for one in chosen if one not in known]
            if strange:
                self.problems.append(f"set={name}.{strange[0]}: allowed are {', '.join(known)}")
        state.models = [name for name in state.models if name in MODELS]
        state.parameters = {
            name: {key: value for key, value in chosen.items() if key in MODELS[name].space}
            for name, chosen in state.parameters.items()
            if name in MODELS
        }

    def _tell_problems(self) -> None:
        if self.problems and pn.state.notifications is not None:
            text = self.visit._(
                "Parts of the link could not be used; the defaults are shown instead."
            )
            details = "; ".join(item[:160] for item in self.problems[:3])
            pn.state.notifications.warning(f"{text} {details}", duration=0)

    # what is shown -------------------------------------------------------------------------------

    def _take(self, run: Any) -> None:
        """Show a run, finished or not; None: there is none of this choice yet."""
        shown = None
        if run is not None and len(run.comparison.scores):
            settings = run.settings
            shown = Forecasts(
                run.comparison,
                run.prepared.lattice,
                target_events(settings.events, settings.magnitude),
                int(settings.horizon.removesuffix("D")),
                settings.magnitude,
                run.prepared.simulated,
                float(getattr(run.prepared, "base_rate", float("nan"))),
            )
        self.selection.take(run, shown)
        self._look_ahead()
        self._show_all()

    def _look_ahead(self) -> None:
        """Have the map of a baseline made where there is no comparison to show."""
        self.preview = None
        self._looking.cancel()
        if not self.selection.ready:
            try:
                settings = settings_of(self.state)
            except ValueError:  # the training bar says what is wrong
                return
            self._looking.start(lambda _ticket: preview(settings))

    def _previewed(self, found: Preview) -> None:
        self.preview = found
        self._map_shown()

    def _show_all(self) -> None:
        ready = self.selection.ready
        self.cards.panel.visible = ready
        self.issues.slider.visible = ready and not self.selection.leaky
        self.start.visible = not ready
        self.issues.fit()
        self._names_shown()

    def _names_shown(self) -> None:
        self.controls.fill()
        self.cards.show()
        if not self.problems:
            keep_look(self.selection)
        self._map_shown()
        self.tabs.changed()
        self._tell()

    def _map_shown(self) -> None:
        ready = self.selection.ready and not self.selection.leaky  # such rows make no map
        names = self.selection.names if ready else (NAME, NAME)
        self.map.show(self.selection.shown if ready else self.preview, names)
        self._explain_map()

    def _explain_map(self) -> None:
        self.legend.object = legend_html(self.visit, self.map)
        self.legend.visible = bool(self.legend.object)

    # changes -------------------------------------------------------------------------------------

    def _chosen_anew(self, *_events: Any) -> None:
        self.train.look()

    def _region_chosen(self, *_events: Any) -> None:
        self.state.param.update(cell=[], issue="", within="")
        self.map.go_to(self.state.box)

    def _names_chosen(self, *_events: Any) -> None:
        if self.selection.ready:
            self._names_shown()

    def _map_changed(self, *_events: Any) -> None:
        self.controls.fill()
        self._map_shown()

    def _window_chosen(self, *_events: Any) -> None:
        self.issues.fit()
        self.map.redraw()
        self._explain_map()
        self.tabs.changed("cell", "files")

    def _cell_chosen(self, *_events: Any) -> None:
        self.map.redraw()
        self.tabs.changed("cell")

    def _threshold_chosen(self, *_events: Any) -> None:
        self.tabs.changed("alarms")
        self.cards.show()

    def _tapped(self, longitude: float, latitude: float) -> None:
        shown = self.selection.shown
        if shown is None or self.selection.leaky:
            return
        cell = shown.cell_at(longitude, latitude)
        if cell is None:
            return
        self.state.cell = [shown.centre(cell)]
        self.state.tab = "cell"

    def show_place(self, point: Point) -> None:
        """Show a place that was searched for, and explain its cell."""
        longitude, latitude = point
        self.map.go_to((longitude - 5, latitude - 3, longitude + 5, latitude + 3))
        self._tapped(longitude, latitude)

    # words ---------------------------------------------------------------------------------------

    def _begin(self) -> str:
        """Write what to do where nothing has been trained yet."""
        _ = self.visit._
        steps = (
            _("Choose region, features and models in the menu on the left, or leave them as set."),
            _(
                "Press “Train and compare”: the models learn from the earlier windows and are "
                "judged on the last ones, which they have not seen."
            ),
            _("Read every score beside its baselines: what was before often forecasts as well."),
        )
        items = "".join(f"<li>{escape(step)}</li>" for step in steps)
        title = _("Which model forecasts better than smoothed past earthquakes?")
        return f'<div class="qp-start"><b>{escape(title)}</b><ol>{items}</ol></div>'

    def _tell(self) -> None:
        """Say which data are shown, from when, and whether simulated."""
        found, run, language = self.selection.catalogue, self.selection.run, self.visit.language
        parts: list[str] = [found.title(language), found.citation, found.licence] if found else []
        if run is not None:
            period = (format_date(one, language) for one in run.settings.period)
            parts.insert(1, " – ".join(period))
        mark = simulated_mark(self.visit) if self.selection.simulated else ""
        self.status.object = status_html(self.visit, parts, mark)

    # layout --------------------------------------------------------------------------------------

    def attach(self, page: Any) -> None:
        """Follow the theme of the page."""
        page.param.watch(lambda event: self.map.ink(dark=event.new), "dark_theme")

    def main(self) -> Any:
        """Return statement, map, cards, windows and tabs."""
        chart = pn.Column(
            self.map.pane,
            pad(self.visit),
            sizing_mode="stretch_width",
            height=HEIGHT,
            margin=0,
            styles={"position": "relative"},
        )
        left = pn.Column(
            chart,
            self.legend,
            self.issues.slider,
            sizing_mode="stretch_width",
            margin=0,
            styles={"flex": "3 1 520px", "min-width": "min(100%, 320px)"},
        )
        right = pn.Column(
            self.start,
            self.cards.panel,
            sizing_mode="stretch_width",
            margin=(6, 10),
            styles={"flex": "1 1 300px", "min-width": "min(100%, 280px)"},
        )
        return pn.Column(
            self.known,
            pn.FlexBox(left, right, margin=0, gap="6px", sizing_mode="stretch_width"),
            self.tabs.view,
            sizing_mode="stretch_both",
            margin=0,
            scroll="y-auto",
        )


def forecast_page(visit: Any) -> Any:
    """Return the whole page in its frame."""
    _ = visit._
    page = ForecastPage(visit)
    view = frame(
        visit,
        page="forecast",
        title=_("Forecasts"),
        main=page.main(),
        drawer=[page.train.panel, page.controls.panel],
        status=page.status,
        search=place_search(visit, page.show_place),
        skip=_("Skip to the map"),
    )
    page.attach(view)
    return view
