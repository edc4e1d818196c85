"""One map figure of the forecast page: rings of events, outline of a cell, contours, an edge."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import panel as pn
from bokeh.models import ColumnDataSource, CustomJS, HoverTool, MultiLine, Scatter

from apps.views.basemap import BaseMap
from apps.views.eventrows import hover_rows
from apps.views.forecast.regrid import contours
from apps.views.forecast.state import ForecastState
from apps.views.geometry import WORLD_WIDTH, mercator_bounds, to_mercator
from apps.views.mapfigure import MapFigure

EMPTY = np.zeros((1, 1), np.uint8)
RING = {False: "#00363f", True: "#b9f6ff"}
CHOSEN = "#00a3b8"


class Layer:
    """One map figure with the rings of the events and the outline of the cell."""

    def __init__(
        self, visit: Any, state: ForecastState, *, dark: bool, name: str, twin: Any = None
    ):
        _ = visit._
        self.visit, self.state = visit, state
        labels = {
            "map": _("Map of the forecast"),
            "empty": _("no value here"),
            "value": _("Probability"),
            "place": _("Latitude, longitude"),
            "magnitude": _("Magnitude"),
            "depth": _("Depth"),
            "time": _("Time"),
            "event": _("Event"),
            "source": _("Source"),
        }
        bounds = mercator_bounds(state.bounds)
        self.plot = MapFigure(bounds, visit.language, labels, dark=dark)
        figure = self.plot.figure
        figure.name = name
        figure.min_height = 200
        figure.update(**{f"min_border_{side}": 0 for side in ("left", "right", "top", "bottom")})
        figure.tools = [tool for tool in figure.tools if not isinstance(tool, HoverTool)]
        self.plot.push_image("image", EMPTY, bounds)
        self.plot.push_image("events", EMPTY, bounds)
        self.rings = ColumnDataSource({"x": [], "y": [], "size": []})
        self._ring = Scatter(x="x", y="y", size="size", fill_color=None, line_width=2.6)
        self.cell = ColumnDataSource({"xs": [], "ys": []})
        outline = MultiLine(xs="xs", ys="ys", line_color=CHOSEN, line_width=3)
        self.edge = ColumnDataSource({"xs": [], "ys": []})
        edge = MultiLine(xs="xs", ys="ys", line_color="#ffffff", line_width=3)
        for data, glyph in ((self.cell, outline), (self.edge, edge), (self.rings, self._ring)):
            made = figure.add_glyph(data, glyph)
            made.nonselection_glyph = made.selection_glyph = None
        self.base = BaseMap(self.plot, visit.language)
        self._contoured = False
        if twin is not None:
            self._follow(twin)
        self.ink(dark=dark)
        self.pane = pn.pane.Bokeh(figure, sizing_mode="stretch_both", margin=0)

    def _follow(self, twin: Any) -> None:
        """Move with another map, in the browser."""
        for axis in ("x_range", "y_range"):
            one, other = getattr(twin.figure, axis), getattr(self.plot.figure, axis)
            for source, target in ((one, other), (other, one)):
                same = CustomJS(
                    args={"target": target},
                    code="if (target.start != cb_obj.start || target.end != cb_obj.end)"
                    " target.setv({start: cb_obj.start, end: cb_obj.end})",
                )
                source.js_on_change("start", same)
                source.js_on_change("end", same)

    def ink(self, *, dark: bool) -> None:
        """Recolour for a light or dark page."""
        self.plot.ink(dark=dark)
        self._ring.line_color = RING[dark]

    def push_lines(self) -> None:
        """Show coast, borders and what else is chosen."""
        self.base.push_lines(self.plot.window(), self.state.overlays)

    def push_names(self) -> None:
        """Show the names of places."""
        self.base.push_names(self.plot.window(), visible="names" in self.state.overlays)

    def push_events(self, events: pd.DataFrame | None) -> None:
        """Show the events as rings, larger for larger magnitudes, and tell the pointer of them."""
        if events is None or events.empty:
            if len(self.rings.data["x"]):
                self.rings.data = {"x": [], "y": [], "size": []}
                hover = self.plot.source("hover")
                hover.data = {name: [] for name in hover.data}
            return
        x, y = to_mercator(events["longitude"].to_numpy(), events["latitude"].to_numpy())
        west, _south, east, _north = self.plot.window()
        x = x + np.round(((west + east) / 2 - x) / WORLD_WIDTH) * WORLD_WIDTH
        magnitude = events["mag"].to_numpy(float)
        size = np.clip(9.0 + 6.0 * (magnitude - 5.0), 9.0, 34.0)
        self.rings.data = {"x": x, "y": y, "size": size}
        placed = events.assign(x=x, y=y)
        self.plot.source("hover").data = hover_rows(placed, self.visit, "utc", "")

    def push_cell(self, corners: list[tuple[float, float]]) -> None:
        """Outline the chosen cell."""
        xs = [[x for x, _y in corners]] if corners else []
        ys = [[y for _x, y in corners]] if corners else []
        if self.cell.data["xs"] != xs or self.cell.data["ys"] != ys:
            self.cell.data = {"xs": xs, "ys": ys}

    def push_edge(self, x: float | None) -> None:
        """Show the edge of the swipe."""
        if x is None:
            if self.edge.data["xs"]:
                self.edge.data = {"xs": [], "ys": []}
            return
        self.edge.data = {"xs": [[x, x]], "ys": [[-3e7, 3e7]]}

    def push_contours(self, wanted: tuple[Any, Any, list[tuple[float, str]]] | None) -> None:
        """Show contours with their values, or none."""
        if wanted is None:
            if self._contoured:
                self.plot.push_line("contours", np.empty(0), np.empty(0))
                self.plot.levels.data = {"x": [], "y": [], "text": []}
                self._contoured = False
            return
        values, lattice, levels = wanted
        texts = dict(levels)
        west, _south, east, _north = self.plot.window()
        x, y, labels = contours(values, lattice, list(texts), (west + east) / 2)
        self._contoured = True
        self.plot.push_line("contours", x, y)
        self.plot.levels.data = {
            "x": [place[0] for place in labels],
            "y": [place[1] for place in labels],
            "text": [texts[place[2]] for place in labels],
        }
