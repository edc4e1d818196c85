"""The context bar of the explorer: statistics of the view and what can be taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import panel as pn
import panel_material_ui as pmui

from apps.views.downloads import Downloads
from apps.views.statistics import Statistics
from apps.views.tables import SeriesTable
from apps.views.takeaway import Takeaway

if TYPE_CHECKING:
    from apps.views.explorer import Explorer


class Details:
    """Statistics and downloads; built when the bar is opened for the first time."""

    def __init__(self, explorer: Explorer):
        self.explorer, self.session = explorer, explorer.session
        self.panel = pn.Column(sizing_mode="stretch_width", margin=(0, 8))
        self.statistics: Statistics | None = None
        self.series: SeriesTable | None = None
        self._page: Any = None
        explorer.view.refreshed.append(self._refresh)

    def attach(self, page: Any) -> None:
        """Take the page whose context bar holds the panel."""
        self._page = page
        page.contextbar_variant = "auto"
        page.param.watch(self._refresh_on_open, "contextbar_open")

    def _refresh_on_open(self, event: Any) -> None:
        if not event.new:
            return
        if self.statistics is None:
            _ = self.session._
            takeaway = Takeaway(self.explorer)
            self.statistics = Statistics(self.session, takeaway)
            self.series = SeriesTable(self.session, takeaway)
            self.panel[:] = [
                _heading(_("What is in view")),
                self.statistics.panel,
                _heading(_("Take away")),
                Downloads(self.session, takeaway).panel,
                pmui.Typography(
                    _("History in words and numbers"), variant="h6", margin=(16, 0, 0, 0)
                ),
                self.series.panel,
            ]
            self.explorer.state.param.watch(self._points_changed, ["points", "radius", "stations"])
        self._refresh()
        self._points_changed()

    def _points_changed(self, *_events: Any) -> None:
        if self.series is not None and self._page.contextbar_open:
            self.series.update()

    def _refresh(self) -> None:
        if self.statistics is not None and self._page.contextbar_open:
            self.statistics.update()


def _heading(text: str) -> Any:
    return pmui.Typography(text, variant="h6", margin=(14, 0, 0, 0))
