"""The map: a classified picture, a divider between two of them, samples, units, a pixel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import panel as pn
from bokeh.models import ColumnDataSource, MultiPolygons, Scatter, Span

from apps.views.basemap import BaseMap
from apps.views.drawing import Drawing
from apps.views.geometry import WORLD_WIDTH, mercator_bounds, to_degrees, to_mercator
from apps.views.landcover.divider import SIDES, SPAN
from apps.views.landcover.raster import EMPTY, Indices
from apps.views.landcover.state import Drawn, LandState
from apps.views.mapfigure import POINT_COLOURS
from apps.views.mapwindow import Rest, around, told_bounds
from apps.views.state import Bounds
from apps.views.unitsets import Units
from apps.views.unitshapes import OVERLAYS, RIM, UnitShapes, unit_figure

COALESCE_MS = 80
MOST_DOTS = 3000
"""Samples that the map shows; of more, some of every class."""

Cut = Callable[[Bounds, int, int], Indices]


@dataclass(frozen=True)
class Scale:
    """What the indices of a picture stand for: names of classes, or the ends of a quantity."""

    colours: tuple[str, ...]
    names: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 1.0
    units: str = ""


class FineDrawing(Drawing):
    """A drawing whose corners keep ten metres."""

    def add(self, longitude: float, latitude: float) -> None:
        """Take a corner; the same place twice (a double tap) counts once."""
        corner = (round(longitude, 4), round(latitude, 4))
        if not self.corners or corner != self.corners[-1]:
            self.corners.append(corner)
            self._show()


class LandMap:
    """Map of one session.

    Parameters
    ----------
    visit
        Language, texts and theme of the visitor.
    state
        What was chosen; its ``bounds`` follow the window.
    on_tap
        Called with longitude and latitude of a click.
    """

    def __init__(self, visit: Any, state: LandState, on_tap: Callable[[float, float], None]):
        _ = visit._
        self.visit, self.state, self._on_tap = visit, state, on_tap
        labels = {
            "map": _("Map of the land cover"),
            "place": _("Latitude, longitude"),
            "value": _("Here"),
            "empty": _("no value here"),
        }
        self.plot = unit_figure(visit, mercator_bounds(state.bounds), labels)
        figure = self.plot.figure
        self.units = UnitShapes(figure)
        figure.add_tools(self.units.hover())
        self._samples()
        self.sides = ColumnDataSource({"right": [], "divider": []}, name=SIDES)
        self.span = Span(dimension="height", location=0.0, line_width=3, visible=False, name=SPAN)
        figure.add_layout(self.span)
        figure.js_on_change("tags", _keep(self.sides))
        self._stack()
        self.base = BaseMap(self.plot, visit.language)
        self.pane = pn.pane.Bokeh(figure, sizing_mode="stretch_both", margin=0)
        self._cuts: tuple[Cut | None, Cut | None] = (None, None)
        self._scale: Scale | None = None
        self._ink(dark=visit.theme == "dark")
        self.moves = Rest(self.plot, self._settle, COALESCE_MS)
        self.plot.on_tap(self._tapped)
        self.base.push(self.plot.window(), OVERLAYS)

    def _samples(self) -> None:
        figure = self.plot.figure
        self.dots = ColumnDataSource({name: [] for name in ("x", "y", "colour")})
        self._dot = Scatter(x="x", y="y", size=6, fill_color="colour", line_width=0.8)
        self._dotted = figure.add_glyph(self.dots, self._dot)
        self.drawn = ColumnDataSource({name: [] for name in ("xs", "ys", "colour")})
        areas = MultiPolygons(
            xs="xs", ys="ys", fill_color="colour", line_color="colour",
            fill_alpha=0.45, line_width=2.5,
        )  # fmt: skip
        self._areas = figure.add_glyph(self.drawn, areas)
        self.marks = ColumnDataSource({name: [] for name in ("x", "y", "colour")})
        big = Scatter(
            x="x", y="y", size=12, marker="diamond", fill_color="colour",
            line_color="black", line_width=1.6,
        )  # fmt: skip
        self._marks = figure.add_glyph(self.marks, big)

    def _stack(self) -> None:
        """Put units over the picture and under the lines; samples and outlines on top."""
        low = [self.units.shapes]
        top = [self._areas, self._dotted, self._marks, self.units.rims]
        for one in (*low, *top):
            one.nonselection_glyph = one.selection_glyph = None
        found = self.plot.figure.renderers
        rest = [one for one in found if one not in (*low, *top)]
        at = rest.index(self.plot.renderer("image")) + 1
        self.plot.figure.renderers = [*rest[:at], *low, *rest[at:], *top]

    def _ink(self, *, dark: bool) -> None:
        self.units.ink(dark=dark)
        self._dot.line_color = RIM[dark]
        self.span.line_color = "#ffffff" if dark else "#12262d"

    def ink(self, *, dark: bool) -> None:
        """Recolour for a light or dark page."""
        self.plot.ink(dark=dark)
        self._ink(dark=dark)

    # the window ----------------------------------------------------------------------------------

    def _settle(self) -> None:
        self.base.push(self.plot.window(), OVERLAYS)
        self._push()
        self.state.bounds = told_bounds(self.plot.window())

    def go_to(self, box: Any) -> None:
        """Move the window so that it holds west, south, east, north, with some room."""
        self.plot.go_to(around(box, 0.02))

    # pictures ------------------------------------------------------------------------------------

    def show(self, scale: Scale | None, left: Cut | None, right: Cut | None = None) -> None:
        """Show what cuts give of the window: one picture, or two with a divider.

        Parameters
        ----------
        scale : Scale or None
            What the indices stand for; None shows nothing.
        left, right : callable, optional
            Take window (metres), width and height, and give indices.
        """
        self._scale, self._cuts = scale, (left, right)
        if scale is not None:
            colours = (*scale.colours, *["#00000000"] * (255 - len(scale.colours)))
            self.plot.recolour(colours, scale.low, scale.high, scale.units)
            names = list(scale.names)
            data = self.plot.scale.data
            if data.get("names") != [names]:
                self.plot.scale.data = {**data, "names": [names]}
        self._push()

    def _push(self) -> None:
        window = self.plot.window()
        width, height = self.plot.size()
        left, right = self._cuts
        if self._scale is None or left is None:
            self.plot.push_image("image", EMPTY, window)
            self.sides.data = {"right": [], "divider": []}
            self.span.visible = False
            return
        beside = None if right is None else right(window, width, height)
        found = [] if beside is None else [beside]
        divider = [] if beside is None else [self.state.divider]
        self.sides.data = {"right": found, "divider": divider}
        self.span.visible = beside is not None
        self.plot.push_image("image", left(window, width, height), window)

    # samples and units ---------------------------------------------------------------------------

    def show_samples(self, longitude: Any, latitude: Any, colours: Sequence[str]) -> None:
        """Show packaged or uploaded samples as dots."""
        x, y = to_mercator(longitude, latitude)
        self.dots.data = {"x": x, "y": y, "colour": list(colours)}

    def show_drawn(self, drawn: Sequence[Drawn], colour: Callable[[str], str]) -> None:
        """Show drawn samples: points as diamonds, areas filled."""
        marks: dict[str, list[Any]] = {"x": [], "y": [], "colour": []}
        areas: dict[str, list[Any]] = {"xs": [], "ys": [], "colour": []}
        for label, corners in drawn:
            x, y = to_mercator([one[0] for one in corners], [one[1] for one in corners])
            if len(corners) == 1:
                marks["x"].append(float(x[0]))
                marks["y"].append(float(y[0]))
                marks["colour"].append(colour(label))
            else:
                areas["xs"].append([[list(x)]])
                areas["ys"].append([[list(y)]])
                areas["colour"].append(colour(label))
        self.marks.data, self.drawn.data = marks, areas

    def show_units(
        self, units: Units | None, ids: Sequence[str], colours: Any, names: Any, texts: Any
    ) -> None:
        """Show units in colours; None shows none."""
        if units is None:
            self.units.clear()
        else:
            self.units.show(units, ids, colours, names, texts)

    def mark_unit(self, units: Units | None, ident: str) -> None:
        """Outline a chosen unit."""
        self.units.mark(units, [(ident, POINT_COLOURS[0])])

    def mark_point(self, point: tuple[float, float] | None) -> None:
        """Put the marker on the clicked pixel."""
        x, y = to_mercator(*([[one] for one in point] if point else ([], [])))
        colour = [POINT_COLOURS[1]] * len(x)
        self.plot.source("markers").data = {"x": x, "y": y, "colour": colour}

    def _tapped(self, event: Any) -> None:
        if event.x is not None:
            longitude, latitude = (float(part) for part in to_degrees(event.x, event.y))
            self._on_tap(longitude, latitude)

    def reach(self, pixels: float) -> float:
        """Return how many degrees of longitude some pixels of the window are."""
        west, _south, east, _north = self.plot.window()
        return pixels * 360.0 / WORLD_WIDTH * (east - west) / self.plot.size()[0]


def _keep(source: ColumnDataSource) -> Any:
    """Return a script that does nothing but make a source part of the document."""
    from bokeh.models import CustomJS

    return CustomJS(args={"source": source}, code="")


def spread(labels: Any, most: int = MOST_DOTS) -> Any:
    """Return positions of at most about `most` rows, some of every class, evenly spread.

    >>> rows = spread(np.array(["a"] * 100 + ["b"] * 2), 10)
    >>> len(rows) <= 12, bool((rows >= 100).any())
    (True, True)
    """
    labels = np.asarray(labels)
    if len(labels) <= most:
        return np.arange(len(labels))
    step = len(labels) / most
    found = []
    for one in np.unique(labels):
        rows = np.flatnonzero(labels == one)
        count = max(1, int(len(rows) / step))
        found.append(rows[np.linspace(0, len(rows) - 1, count).round().astype(int)])
    return np.sort(np.concatenate(found))
