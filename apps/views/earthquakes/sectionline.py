"""The line of a depth section on the map: asked for with two taps, shown with its band."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from analysis.seismic.section import Section
from apps.views.charts import source
from apps.views.drawing import Drawing
from apps.views.geometry import WORLD_WIDTH, Floats, to_mercator
from apps.views.state import Point

COLOUR = "#00838f"


class TwoTaps(Drawing):
    """Two places on the map; the second one ends the drawing.

    Parameters
    ----------
    line : SectionLine
        Shows the first place.
    done : callable
        Called with both places, or with None when the drawing was given up.
    """

    def __init__(self, line: SectionLine, done: Callable[[list[Point] | None], None]):
        super().__init__(line.view.plot, done)
        self.line = line

    def add(self, longitude: float, latitude: float) -> None:
        """Take a place; the same place twice counts once."""
        super().add(longitude, latitude)
        if len(self.corners) == 2:
            self.done(self.corners)

    def close(self) -> None:
        """Go on: a double tap does not end a line."""

    def _show(self) -> None:
        self.line.mark(self.corners)


class SectionLine:
    """Line, band and ends on the map of the page.

    Parameters
    ----------
    view
        The map.
    """

    def __init__(self, view: Any):
        self.view = view
        self._lines = source("xs", "ys", "width", "dash")
        self._ends = source("x", "y", "text")
        self._there = False

    def ask(self, done: Callable[[Point, Point], None]) -> None:
        """Ask for two places with taps; what was being drawn before is given up."""
        if self.view.drawing is not None:
            self.view.drawing.cancel()

        def ended(corners: list[Point] | None) -> None:
            self.view.drawing = None
            if corners is not None and len(corners) == 2:
                done(*corners)

        self.view.drawing = TwoTaps(self, ended)

    def show(self, line: Section | None, width_km: float) -> None:
        """Show a line with its band; None hides both."""
        if line is None:
            self.hide()
            return
        parts = [line.path(), line.outline(width_km)]
        middle = float(to_mercator(parts[0][0][32], 0.0)[0])
        west, _south, east, _north = self.view.plot.window()
        turns = round(((west + east) / 2 - middle) / WORLD_WIDTH)
        lines = [self._metres(*part, turns) for part in parts]
        self._put(lines, [(float(lines[0][0][end]), float(lines[0][1][end])) for end in (0, -1)])

    def mark(self, places: list[Point]) -> None:
        """Show the places tapped so far."""
        spots = [tuple(float(part) for part in to_mercator(*place)) for place in places]
        self._put([], [(x, y) for x, y in spots])

    def hide(self) -> None:
        """Leave no trace on the map."""
        if self._there:
            self._put([], [])

    @staticmethod
    def _metres(longitude: Floats, latitude: Floats, turns: int) -> tuple[Floats, Floats]:
        x, y = to_mercator(longitude, latitude)
        return x + turns * WORLD_WIDTH, y

    def _put(self, lines: list[tuple[Floats, Floats]], ends: list[tuple[float, float]]) -> None:
        if not self._there:
            self._prepare()
        self._lines.data = {
            "xs": [x for x, _ in lines],
            "ys": [y for _, y in lines],
            "width": [3.0, 1.4][: len(lines)],
            "dash": ["solid", "dashed"][: len(lines)],
        }
        self._ends.data = {
            "x": np.array([x for x, _ in ends]),
            "y": np.array([y for _, y in ends]),
            "text": ["A", "B"][: len(ends)],
        }

    def _prepare(self) -> None:
        """Give the map the two layers; only when they are first needed."""
        self._there = True
        figure = self.view.plot.figure
        drawn = figure.multi_line(
            "xs", "ys", line_color=COLOUR, line_width="width", line_dash="dash", source=self._lines
        )
        ends = figure.scatter(
            "x", "y", size=9, fill_color="#ffffff", line_color=COLOUR, line_width=2.5,
            source=self._ends,
        )  # fmt: skip
        for one in (drawn, ends):
            one.nonselection_glyph = one.selection_glyph = one.muted_glyph = None
        figure.text(
            "x", "y", "text", x_offset=8, y_offset=-4, text_color=COLOUR, text_font_style="bold",
            text_font_size="15px", source=self._ends,
        )  # fmt: skip
