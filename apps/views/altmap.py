"""The map in another projection, drawn when it is chosen, in the place of the web map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import panel as pn

from apps.views.takeaway import Takeaway

if TYPE_CHECKING:
    from apps.views.explorer import Explorer

DRAWN = ["projection", "layer", "time", "colormap", "limits", "overlays", "points", "area"]
FILTERS = ["dates", "magnitude", "depth", "region", "kinds", "sources"]


class ProjectedMap:
    """Swap the web map for a GeoViews map while another projection is chosen."""

    def __init__(self, explorer: Explorer):
        self.explorer, self.state = explorer, explorer.state
        self.takeaway = Takeaway(explorer)
        self.panel = pn.Column(sizing_mode="stretch_both", margin=0, visible=False)
        self.dark = explorer.session.theme == "dark"
        self.size: tuple[int, int] | None = None
        self.state.param.watch(self.update, DRAWN + FILTERS)
        explorer.view.plot.client.on_change("data", self._sized)

    def update(self, *_events: Any) -> None:
        """Draw anew, or give the place back to the web map."""
        away = self.state.projection != "mercator" and self.size is not None
        layer = self.explorer.view.layer
        self.explorer.view.pane.visible = not away
        self.panel.visible = away
        if not away or layer is None:
            self.panel.clear()
            return
        from apps.views.projections import projected_view, projection  # seconds to import

        west, south, east, north = projection(self.state.projection).bounds
        shape = (east - west) / (north - south)
        width, height = self.size or self.explorer.view.plot.size()
        drawn = projected_view(
            layer.cube,
            layer.variable,
            self.explorer.view.time_index,
            self.state.projection,
            self.takeaway.map_layers(),
            colormap=self.explorer.view.colormap(layer),
            limits=self.explorer.view.limits(layer),
            dark=self.dark,
            mark=self.explorer.session._("SIMULATED DATA"),
            frame=(round(min(width, height * shape)), round(min(height, width / shape))),
            on_tap=self._tapped,
        )
        self.panel[:] = [pn.pane.HoloViews(drawn, margin=0, align="center")]

    def _sized(self, _attribute: str, _old: Any, _new: Any) -> None:
        """Draw when the browser has told how large the web map is: this map takes its place."""
        if self.explorer.view.plot.client.data["width"][0] <= 1:
            return  # it is hidden
        first, self.size = self.size is None, self.explorer.view.plot.size()
        if first and self.state.projection != "mercator":
            pn.state.onload(self.update)  # what Panel is told earlier may not reach the browser

    def _tapped(self, longitude: float, latitude: float) -> None:
        self.explorer.points.clicked(longitude, latitude, add=False)
