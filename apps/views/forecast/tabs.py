"""The tabs under the map: a panel is made when its tab is first opened."""

from __future__ import annotations

import importlib
import logging
from typing import Any

import panel as pn
import panel_material_ui as pmui

from apps.views.forecast.selection import ForecastSelection
from apps.views.notices import failed

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


TALL = ":host { min-height: max(520px, calc(100vh - 190px)); }"
"""As high as what is seen of the page: a short tab must not move what was scrolled to."""


class Tabs:
    """All panels of one session."""

    def __init__(self, visit: Any, selection: ForecastSelection):
        self.visit, self.selection, self.state = visit, selection, selection.state
        self.names = list(PANELS)
        self.panels: dict[str, Any] = {}
        self._built: set[str] = set()
        self._stale: set[str] = set()
        self._bodies = {
            name: pn.Column(sizing_mode="stretch_width", margin=(4, 0), stylesheets=[TALL])
            for name in self.names
        }
        self.tabs = pmui.Tabs(
            *((text, self._bodies[name]) for name, text in titles(visit).items()),
            active=self._index(),
            dynamic=True,
            sizing_mode="stretch_width",
            margin=0,
        )
        self.tabs.param.watch(self._opened, "active")
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
        """Make or renew the open panel, where it is needed."""
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
