"""The tabs under the map: a panel is made when its tab is first opened."""

from __future__ import annotations

import importlib
import logging
from typing import Any

import panel as pn
import panel_material_ui as pmui

from apps.views.forecast.selection import ForecastSelection
from apps.views.notices import failed, loading

log = logging.getLogger(__name__)

PANELS: dict[str, str] = {
    "scores": "apps.views.forecast.scorespanel:ScoresPanel",
    "curves": "apps.views.forecast.curvespanel:CurvesPanel",
    "alarms": "apps.views.forecast.alarmspanel:AlarmsPanel",
    "cell": "apps.views.forecast.cellpanel:CellPanel",
    "importance": "apps.views.forecast.importancepanel:ImportancePanel",
    "search": "apps.views.forecast.searchpanel:SearchPanel",
    "adds": "apps.views.forecast.addspanel:AddsPanel",
    "leak": "apps.views.forecast.leakpanel:LeakPanel",
    "planted": "apps.views.forecast.planted:PlantedPanel",
    "epochs": "apps.views.forecast.epochs:EpochsPanel",
    "hypotheses": "apps.views.forecast.hypotheses:HypothesesPanel",
    "own": "apps.views.forecast.ownpanel:OwnPanel",
    "files": "apps.views.forecast.filespanel:FilesPanel",
}
"""Name in the address -> ``module:Class``, in the order of the tabs."""


def titles(visit: Any) -> dict[str, str]:
    """Return name -> what the tab is called."""
    _ = visit._
    return {
        "scores": _("Scores"),
        "curves": _("Curves"),
        "alarms": _("Alarms at a threshold"),
        "cell": _("The chosen cell"),
        "importance": _("Features"),
        "search": _("Search for settings"),
        "adds": _("What each source adds"),
        "leak": _("Leakage"),
        "planted": _("Planted precursor"),
        "epochs": _("Before earthquakes"),
        "hypotheses": _("Hypotheses"),
        "own": _("Your own forecast"),
        "files": _("Files and Python"),
    }


def panel_class(name: str) -> Any:
    """Return the class of a panel; its module is imported when it is first asked for."""
    module, _, cls = PANELS[name].partition(":")
    return getattr(importlib.import_module(module), cls)


TALL = ":host { min-height: max(570px, calc(100vh - 140px)); }"
"""As high as what is seen of the page: a short tab must not move what was scrolled to."""

SOON_MS = 15
"""Time for the browser to be told that a panel is being made."""


class Tabs:
    """All panels of one session."""

    def __init__(self, visit: Any, selection: ForecastSelection):
        self.visit, self.selection, self.state = visit, selection, selection.state
        self.names = list(PANELS)
        self.panels: dict[str, Any] = {}
        self._built: set[str] = set()
        self._stale: set[str] = set()
        self._later = False
        self._bodies = {
            name: pn.Column(sizing_mode="stretch_width", margin=(4, 0), visible=False)
            for name in self.names
        }
        # a figure that is taken off the page and put there again fails where tabs change quickly:
        # the tabs hold nothing, and each panel stays where it is, seen or not
        self.tabs = pmui.Tabs(
            *((text, pn.Spacer(height=0)) for text in titles(visit).values()),
            active=self._index(),
            sizing_mode="stretch_width",
            margin=0,
            sx={"& .MuiTab-root:focus-visible": {"outline": "3px solid", "outlineOffset": "-3px"}},
        )
        self.tabs.param.watch(self._opened, "active")
        self.view = pn.Column(
            self.tabs,
            *self._bodies.values(),
            sizing_mode="stretch_width",
            margin=0,
            stylesheets=[TALL],
        )
        self.state.param.watch(self._asked, "tab")

    @property
    def open(self) -> str:
        """Name of the open panel."""
        return self.names[self.tabs.active]

    def panel(self, name: str) -> Any:
        """Return a panel; made when it is first asked for."""
        if name not in self.panels:
            self.panels[name] = panel_class(name)(self.visit, self.selection)
        return self.panels[name]

    def _index(self) -> int:
        return self.names.index(self.state.tab) if self.state.tab in self.names else 0

    def _asked(self, _event: Any) -> None:
        self.tabs.active = self._index()

    def _opened(self, _event: Any) -> None:
        self.state.tab = "" if self.open == self.names[0] else self.open
        self.show()

    def changed(self, *names: str) -> None:
        """Tell panels (all without names) that what they show has changed."""
        self._stale |= set(names or self.names)
        self.show()

    def show(self) -> None:
        """Show the open panel; make or renew it, where it is needed."""
        name = self.open
        if name not in self._built and not len(self._bodies[name]):
            self._bodies[name][:] = [loading(self.visit)]
        for other, body in self._bodies.items():
            body.visible = other == name
        if name in self._built and name not in self._stale:
            return
        document = pn.state.curdoc
        if document is None or document.session_context is None:
            self._make()
        elif not self._later:  # what is seen goes first: the words above, then the panel
            self._later = True
            document.add_timeout_callback(self._make, SOON_MS)

    def _make(self) -> None:
        """Make or renew the panel that is open now."""
        self._later = False
        name = self.open
        try:
            if name not in self._built:
                self._bodies[name][:] = [self.panel(name).view]
                self._built.add(name)
            elif name in self._stale:
                self.panels[name].update()
            self._stale.discard(name)
        except Exception as error:
            log.exception("The panel %s failed", name)
            self._bodies[name][:] = [failed(self.visit, error)]
            self._built.discard(name)
