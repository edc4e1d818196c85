"""Units of land on a map: one colour a unit, names under the pointer, outlines of the chosen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from bokeh.models import ColumnDataSource, HoverTool, MultiLine, MultiPolygons

from apps.views.mapfigure import MapFigure
from apps.views.state import Bounds
from apps.views.unitsets import Units

OVERLAYS = ("borders", "oblasts", "names")
RIM = {False: "#37474f", True: "#cfd8dc"}
"""Colour of the rims on a light and on a dark page."""


def unit_figure(visit: Any, bounds: Bounds, labels: dict[str, str]) -> MapFigure:
    """Make the figure of a map without events; its pointer tells what `labels` name.

    Parameters
    ----------
    visit
        Language and theme of the visitor.
    bounds : tuple of float
        Window in metres.
    labels : dict
        Of the parts of the figure, as `MapFigure` takes them; those that are not given are empty.
    """
    none = dict.fromkeys(
        ("empty", "value", "place", "magnitude", "depth", "time", "event", "source"), ""
    )
    plot = MapFigure(bounds, visit.language, none | labels, dark=visit.theme == "dark")
    plot.figure.min_height = 200
    plot.figure.tools = [one for one in plot.figure.tools if not isinstance(one, HoverTool)]
    for name in ("image", "events"):
        plot.push_image(name, np.zeros((1, 1), np.uint8), bounds)
    return plot


class UnitShapes:
    """Shapes and outlines of a figure.

    Parameters
    ----------
    figure
        Bokeh's figure.

    Attributes
    ----------
    source, outline : bokeh.models.ColumnDataSource
        Units in colours; rims of the chosen.
    shapes, rims : bokeh.models.GlyphRenderer
        What draws them.
    """

    def __init__(self, figure: Any):
        columns = ("xs", "ys", "colour", "name", "text")
        self.source = ColumnDataSource({name: [] for name in columns})
        self._glyph = MultiPolygons(
            xs="xs", ys="ys", fill_color="colour", fill_alpha=0.88, line_width=0.7
        )
        self.shapes = figure.add_glyph(self.source, self._glyph)
        self.outline = ColumnDataSource({"xs": [], "ys": [], "colour": []})
        rim = MultiLine(xs="xs", ys="ys", line_color="colour", line_width=3.4)
        self.rims = figure.add_glyph(self.outline, rim)
        for one in (self.shapes, self.rims):
            one.nonselection_glyph = one.selection_glyph = None
        self._drawn: tuple[Any, ...] = ()

    def hover(self, *others: Any) -> HoverTool:
        """Make the tool that tells name and text of the units and of other renderers."""
        return HoverTool(
            renderers=[self.shapes, *others],
            tooltips=[("", "@name"), ("", "@text")],
            line_policy="none",
        )

    def ink(self, *, dark: bool) -> None:
        """Recolour for a light or dark page."""
        self._glyph.line_color = RIM[dark]

    def show(
        self, units: Units, idents: Sequence[Any], colours: Any, names: Any, texts: Any
    ) -> None:
        """Draw some units in colours; of those that are drawn already only colours and words."""
        places = [units.places[str(one)] for one in idents]
        words = {"colour": list(colours), "name": list(names), "text": list(texts)}
        drawn = (units.key, places)
        if places and drawn == self._drawn:
            self.source.patch({name: [(slice(None), new)] for name, new in words.items()})
            return
        xs, ys = units.outlines
        self.source.data = {
            "xs": [xs[place] for place in places],
            "ys": [ys[place] for place in places],
            **words,
        }
        self._drawn = drawn

    def clear(self) -> None:
        """Draw no unit."""
        if len(self.source.data["xs"]):
            self.source.data = {name: [] for name in self.source.data}
        self._drawn = ()

    def mark(self, units: Units | None, chosen: Iterable[tuple[str, str]]) -> None:
        """Outline chosen units, each with its colour; those that are not among the units not."""
        xs: list[Any] = []
        ys: list[Any] = []
        colours: list[str] = []
        for ident, colour in chosen:
            if units is None or ident not in units.places:
                continue
            all_x, all_y = units.outlines
            place = units.places[ident]
            for part_x, part_y in zip(all_x[place], all_y[place], strict=True):
                xs += part_x
                ys += part_y
                colours += [colour] * len(part_x)
        self.outline.data = {"xs": xs, "ys": ys, "colour": colours}
