"""The tabs under the map: a panel is made when its tab is first opened, and follows while open."""

from __future__ import annotations

import logging
from typing import Any

import panel as pn
import panel_material_ui as pmui

from apps.views.earthquakes.linked import LinkedPlots
from apps.views.earthquakes.panels import PANELS, panel_class
from apps.views.earthquakes.selection import Selection
from apps.views.earthquakes.state import QuakeState
from apps.views.notices import failed

log = logging.getLogger(__name__)
HEIGHTS = {"small": 260, "medium": 430, "large": 640}
FIRST = "plots"


class Dock:
    """All panels of one session.

    Parameters
    ----------
    visit, state, selection
        The visitor, what was chosen, and the events.
    linked
        The first panel, which is always there.
    view
        The map, given to the panels that draw on it (those with ``attach``).
    """

    def __init__(
        self,
        visit: Any,
        state: QuakeState,
        selection: Selection,
        linked: LinkedPlots,
        view: Any = None,
    ):
        self.visit, self.state = visit, state
        self.names = [FIRST]
        self.panels: dict[str, Any] = {FIRST: linked}
        self._built = {FIRST}
        self._stale: set[str] = set()
        bodies = [pn.Column(linked.panel, **_body())]
        for name in PANELS:
            self.panels[name] = panel_class(name)(visit, selection)
            if view is not None and hasattr(self.panels[name], "attach"):
                self.panels[name].attach(view)
            self.names.append(name)
            bodies.append(pn.Column(**_body()))
        self._bodies = dict(zip(self.names, bodies, strict=True))
        self.tabs = pmui.Tabs(
            *((str(self.panels[name].title), body) for name, body in self._bodies.items()),
            active=self._index(),
            dynamic=True,
            sizing_mode="stretch_both",
            margin=0,
            sx={
                "& .MuiTabs-root": {"marginRight": "46px", "minHeight": "42px"},
                "& .MuiTab-root": {"minHeight": "42px", "padding": "6px 14px"},
            },
        )
        self.size = pmui.IconButton(
            icon="unfold_more",
            description=visit._("Height of the panel"),
            margin=0,
            styles={"position": "absolute", "right": "4px", "top": "1px", "z-index": "3"},
        )
        self.size.on_click(self._resize)
        self.panel = pn.Column(
            self.tabs,
            self.size,
            sizing_mode="stretch_width",
            height=HEIGHTS[state.dock],
            margin=0,
            css_classes=["qe-dock"],
            styles={"position": "relative", "border-top": "1px solid var(--qc-line)"},
        )
        self.tabs.param.watch(self._opened, "active")
        state.param.watch(self._resized, "dock")
        state.param.watch(self._asked, "tab")
        if self.open != FIRST:
            self._show(self.open)

    @property
    def open(self) -> str:
        """Name of the open panel."""
        return self.names[self.tabs.active]

    def _index(self) -> int:
        return self.names.index(self.state.tab) if self.state.tab in self.names else 0

    def _asked(self, _event: Any) -> None:
        self.tabs.active = self._index()

    def _opened(self, _event: Any) -> None:
        name = self.open
        self.state.tab = "" if name == FIRST else name
        self._show(name)

    def _show(self, name: str) -> None:
        """Make a panel that is opened for the first time; renew one that is out of date."""
        if name in self._built:
            if name in self._stale:
                self._update(name)
            return
        self._built.add(name)
        self._stale.discard(name)
        try:
            self._bodies[name][:] = [self.panels[name].view]
        except Exception as error:
            log.exception("The panel %s failed", name)
            self._bodies[name][:] = [failed(self.visit, error)]
            self._built.discard(name)

    def _update(self, name: str) -> None:
        self._stale.discard(name)
        try:
            self.panels[name].update()
        except Exception as error:
            log.exception("The panel %s failed", name)
            self._bodies[name][:] = [failed(self.visit, error)]
            self._built.discard(name)  # made anew when it is opened again

    def changed(self) -> None:
        """Tell the panels that the selection has changed; a closed one is renewed when opened."""
        self._stale = self._built - {FIRST}
        if self.open in self._stale:
            self._update(self.open)

    def _resize(self, _event: Any) -> None:
        order = {"small": "medium", "medium": "large", "large": "small"}
        self.state.dock = order[self.state.dock]

    def _resized(self, _event: Any) -> None:
        self.panel.height = HEIGHTS[self.state.dock]


def _body() -> dict[str, Any]:
    return {"sizing_mode": "stretch_both", "margin": 0, "scroll": "y"}
