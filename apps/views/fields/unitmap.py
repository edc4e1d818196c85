"""The map of the units: one colour a unit, names under the pointer, outlines of the chosen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import panel as pn
from bokeh.models import ColumnDataSource, Scatter

from apps.views.basemap import BaseMap
from apps.views.fields.selection import FieldSelection
from apps.views.fields.words import column_names, number, quantity_names, scale
from apps.views.geometry import WORLD_WIDTH, degree_bounds, mercator_bounds, to_degrees
from apps.views.mapfigure import POINT_COLOURS
from apps.views.mapwindow import Rest, around, told_bounds
from apps.views.unitshapes import OVERLAYS, RIM, UnitShapes, unit_figure

COALESCE_MS = 80
SMALL = 11.0  # pixels: units narrower than this have a square of their colour
NEAR = 9.0  # pixels: a tap so near to a unit chooses it


class UnitMap:
    """Choropleth of one session.

    Parameters
    ----------
    visit
        Language, texts and theme of the visitor.
    selection
        What is shown; its state's ``bounds`` follow the window.
    on_choose
        Called with the id of a tapped unit, and whether it is to be compared (Shift or Ctrl).
    """

    def __init__(
        self,
        visit: Any,
        selection: FieldSelection,
        on_choose: Callable[[str, bool], None],
    ):
        _ = visit._
        self.visit, self.selection, self.state = visit, selection, selection.state
        self._on_choose = on_choose
        labels = {"map": _("Map of the units"), "place": _("Latitude, longitude")}
        self.plot = unit_figure(visit, mercator_bounds(self.state.bounds), labels)
        figure = self.plot.figure
        self.units = UnitShapes(figure)
        self.dots = ColumnDataSource({name: [] for name in ("x", "y", "colour", "name", "text")})
        self._dot = Scatter(
            x="x", y="y", size=9, marker="square", fill_color="colour", line_width=0.7
        )
        dots = figure.add_glyph(self.dots, self._dot)
        dots.nonselection_glyph = dots.selection_glyph = None
        self._stack([self.units.shapes, dots], self.units.rims)
        figure.add_tools(self.units.hover(dots))
        self._ink(dark=visit.theme == "dark")
        self.base = BaseMap(self.plot, visit.language)
        self.pane = pn.pane.Bokeh(figure, sizing_mode="stretch_both", margin=0)
        self._dotted: dict[str, Any] = {}
        self.moves = Rest(self.plot, self._settle, COALESCE_MS)
        self.plot.on_tap(self._tapped)
        self.base.push(self.plot.window(), OVERLAYS)

    def _stack(self, units: list[Any], outline: Any) -> None:
        """Put the units over the land and under the lines; the chosen outlines on top."""
        found = self.plot.figure.renderers
        rest = [one for one in found if one not in (*units, outline)]
        self.plot.figure.renderers = [rest[0], *units, *rest[1:], outline]

    def _ink(self, *, dark: bool) -> None:
        self.units.ink(dark=dark)
        self._dot.line_color = RIM[dark]

    def ink(self, *, dark: bool) -> None:
        """Recolour for a light or dark page."""
        self.plot.ink(dark=dark)
        self._ink(dark=dark)

    # the window ----------------------------------------------------------------------------------

    def _settle(self) -> None:
        self.base.push(self.plot.window(), OVERLAYS)
        self._show_dots()
        self.state.bounds = told_bounds(self.plot.window())

    def go_to(self, box: Any) -> None:
        """Move the window so that it holds west, south, east, north, with some room."""
        self.plot.go_to(around(box, 0.2))

    def show_all(self) -> None:
        """Move the window so that it holds all units that are shown."""
        ids = list(self.selection.shown(self.visit.language).index)
        if ids:
            places = [self.selection.units.places[str(ident)] for ident in ids]
            boxes = self.selection.units.boxes[places]
            self.go_to([*boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0)])

    def show_unit(self, unit: str) -> None:
        """Move to a unit that is not wholly in the window."""
        west, south, east, north = (
            float(value) for value in self.selection.units.boxes[self.selection.units.places[unit]]
        )
        left, bottom, right, top = degree_bounds(self.plot.window())
        if west < left or east > right or south < bottom or north > top:
            width, height = right - left, top - bottom
            across = max(width, 1.3 * (east - west))
            along = max(height, 1.3 * (north - south))
            x, y = (west + east) / 2, (south + north) / 2
            box = (x - across / 2, y - along / 2, x + across / 2, y + along / 2)
            self.plot.go_to(mercator_bounds(box))

    # drawing -------------------------------------------------------------------------------------

    def show(self) -> None:
        """Draw the units that pass the filters in the colours of the quantity."""
        selection, language = self.selection, self.visit.language
        table = selection.shown(language)
        quantity = selection.quantity
        values = table[quantity].to_numpy(float)
        names = [str(name) for name in table[f"name_{language}"]]
        label = quantity_names(self.visit._)[quantity]
        texts = [f"{label}: {number(value, quantity, language)}" for value in values]
        places = [selection.units.places[str(ident)] for ident in table.index]
        colours = scale(quantity, selection).colour(values)
        self.units.show(selection.units, list(table.index), colours, names, texts)
        self._dotted = {"colour": colours, "name": names, "text": texts, "places": places}
        self._show_dots()
        self.mark()

    def _show_dots(self) -> None:
        """Put squares over units that are too small to be seen in the window."""
        if not self._dotted:
            return
        places = self._dotted["places"]
        west, _south, east, _north = self.plot.window()
        metres = (east - west) / self.plot.size()[0]
        box = self.selection.units.mercator_boxes[places]
        wide = np.median(box[:, 2] - box[:, 0]) / metres if len(places) else SMALL
        small = bool(wide < SMALL)
        data: dict[str, Any] = {name: [] for name in self.dots.data}
        if small:
            data = {name: self._dotted[name] for name in ("colour", "name", "text")}
            data |= {"x": box[:, ::2].mean(axis=1), "y": box[:, 1::2].mean(axis=1)}
        if small or len(self.dots.data["x"]):
            self.dots.data = data

    def mark(self) -> None:
        """Outline the chosen units in the colours of their curves."""
        chosen = zip(self.selection.chosen, POINT_COLOURS, strict=False)
        self.units.mark(self.selection.units, chosen)

    def _tapped(self, event: Any) -> None:
        if event.x is None:
            return
        longitude, latitude = (float(part) for part in to_degrees(event.x, event.y))
        reach = NEAR * 360.0 / WORLD_WIDTH * (self.plot.window()[2] - self.plot.window()[0])
        unit = self.selection.units.find(longitude, latitude, reach / self.plot.size()[0])
        if unit is not None and unit in self.selection.table.index:
            modifiers = getattr(event, "modifiers", None) or {}
            self._on_choose(unit, bool(modifiers.get("shift") or modifiers.get("ctrl")))

    def describe(self) -> str:
        """Name what the colours show."""
        return column_names(self.visit._, self.selection.index).get(
            self.selection.quantity, quantity_names(self.visit._)[self.selection.quantity]
        )
