"""The map of the events: dots by Datashader, the largest for the pointer, the chosen one ringed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import panel as pn
from bokeh.models import HoverTool

from analysis.seismic.dots import FAINT, event_dots
from analysis.seismic.raster import copies
from apps.views import atlas
from apps.views.basemap import BaseMap
from apps.views.colours import EVENT_COLOURS
from apps.views.drawing import Drawing
from apps.views.earthquakes.curves import DEPTH_COLOURS, shades
from apps.views.earthquakes.eventtext import pointer_rows
from apps.views.earthquakes.regimes import ALPHA, regime_image
from apps.views.earthquakes.regimes import COLOURS as REGIME_COLOURS
from apps.views.earthquakes.selection import Rows, Selection
from apps.views.earthquakes.state import QuakeState
from apps.views.eventrows import pointer_labels
from apps.views.geometry import (
    WORLD_WIDTH,
    LineLayer,
    mercator_bounds,
    to_degrees,
    to_mercator,
)
from apps.views.mapfigure import MapFigure
from apps.views.mapwindow import Rest, awaited, crossing, told_bounds
from apps.views.state import Bounds, wrap_longitude

COALESCE_MS = 60
REST_MS = 150
HOVERED = 1000
REACH = 12.0  # pixels: a tap so near chooses an event
RIM = {False: "#3e2723", True: "#0b1418"}
SPECK = "#8097a155"
NOTHING = np.empty(0)
EMPTY = np.zeros((1, 1), np.uint8)


def dot_palette(colour: str, *, dark: bool) -> list[str]:
    """Return the colours of the numbers of :func:`analysis.seismic.dots.event_dots`.

    >>> len(dot_palette("depth", dark=True)) == FAINT + 1
    True
    """
    colours = EVENT_COLOURS if colour == "magnitude" else DEPTH_COLOURS
    return ["#00000000", *colours, RIM[dark], SPECK]


class QuakeMap:
    """The Web Mercator map of one session's events.

    Parameters
    ----------
    visit
        Language, texts and theme of the visitor.
    state
        What the visitor chose; its ``bounds`` follow the window.
    selection
        The events.
    """

    def __init__(self, visit: Any, state: QuakeState, selection: Selection):
        _ = visit._
        self.visit, self.state, self.selection = visit, state, selection
        self.dark = visit.theme == "dark"
        labels = pointer_labels(_, map=_("Map of the earthquakes"))
        self.plot = MapFigure(mercator_bounds(state.bounds), visit.language, labels, dark=self.dark)
        image = self.plot.renderer("image")
        figure = self.plot.figure
        figure.tools = [  # the numbers of the image are regimes, not values
            tool
            for tool in figure.tools
            if not (isinstance(tool, HoverTool) and image in tool.renderers)
        ]
        image.glyph.color_mapper.update(
            palette=["#00000000", *REGIME_COLOURS], low=0, high=len(REGIME_COLOURS)
        )
        self.plot.renderer("events").glyph.color_mapper.update(low=0, high=FAINT)
        self.plot.renderer("markers").glyph.update(
            fill_color=None, size=22, line_width=3, line_color="#00a3b8"
        )
        self.base = BaseMap(self.plot, visit.language)
        self.pane = pn.pane.Bokeh(figure, sizing_mode="stretch_both", margin=0)
        self.drawing: Drawing | None = None
        self.settled: list[Callable[[], None]] = []
        self._rest: Any = None
        self.moves = Rest(self.plot, self._settle, COALESCE_MS)
        self._recolour()
        self._prepare()
        if not awaited():
            self.refresh()

    # the window ------------------------------------------------------------------------------

    def _settle(self) -> None:
        self.refresh()
        self.state.bounds = told_bounds(self.plot.window())
        for callback in self.settled:
            callback()

    def go_to(self, bounds: Bounds) -> None:
        """Move the window so that it holds bounds given in degrees; west > east crosses 180."""
        self.plot.go_to(crossing(bounds))

    # drawing -----------------------------------------------------------------------------------

    def _prepare(self) -> None:
        """Push what does not depend on the size of the window in pixels."""
        window = self.plot.window()
        self.plot.push_image("image", EMPTY, window)
        self.plot.push_image("events", EMPTY, window)
        self.base.push_lines(window, self.state.overlays)
        self.show_area()

    def refresh(self) -> None:
        """Push all that is in the window: first what is seen at once."""
        window = self.plot.window()
        self._push_regimes(window)
        self.base.push_lines(window, self.state.overlays)
        self._push_dots(window)
        self.finish_soon()

    def show_events(self) -> None:
        """Push the events only: the filters or the brush have changed."""
        self._push_dots(self.plot.window())
        self.finish_soon()

    def finish_soon(self) -> None:
        """Push names and the details for the pointer, somewhat later."""
        if self._rest is None:
            self._rest = self.plot.later(self._finish, REST_MS)
        if self._rest is None:
            self._finish()

    def _finish(self) -> None:
        self._rest = None
        window = self.plot.window()
        self.base.push_names(window, visible="names" in self.state.overlays)
        self._push_pointer(window)
        self.mark_event()

    def _push_regimes(self, window: Bounds) -> None:
        shown = "regimes" in self.state.overlays
        width, height = self.plot.size()
        image = regime_image(window, width // 2, height // 2) if shown else EMPTY
        self.plot.push_image("image", image, window, ALPHA)

    def _dots_of(self, rows: Rows) -> tuple[Any, ...]:
        every = self.selection.all
        colour = shades(every.magnitude[rows], every.depth[rows], self.state.colour)
        return every.x[rows], every.y[rows], every.magnitude[rows], colour

    def _push_dots(self, window: Bounds) -> None:
        rows, every = self.selection.rows, self.selection.all
        faint = None
        if self.state.brush is not None:
            faint = (every.x[rows], every.y[rows])
            rows = self.selection.brush_rows
        width, height = self.plot.size()
        x, y, magnitude, colour = self._dots_of(rows)
        image = event_dots(x, y, magnitude, colour, window, width, height, faint=faint)
        self.plot.push_image("events", image, window)

    def _push_pointer(self, window: Bounds) -> None:
        """Push the largest events in the window for the pointer."""
        rows, x = self.placed(self.shown_rows(), window)
        every = self.selection.all
        size = np.nan_to_num(every.magnitude[rows], nan=-np.inf)
        if len(rows) > HOVERED:
            best = np.argpartition(-size, HOVERED)[:HOVERED]
            rows, x, size = rows[best], x[best], size[best]
        order = np.argsort(-size, kind="stable")
        rows, x = rows[order], x[order]
        texts = pointer_rows(every.table.iloc[rows], self.visit, self.state.clock, self.plot.zone)
        self.plot.source("hover").data = {"x": x, "y": every.y[rows], **texts}

    def shown_rows(self) -> Rows:
        """Rows of the events that are shown as dots."""
        return self.selection.rows if self.state.brush is None else self.selection.brush_rows

    def placed(self, rows: Rows, window: Bounds) -> tuple[Rows, Any]:
        """Return the rows in a window and their x there; one that is seen twice comes twice."""
        every = self.selection.all
        found, x = copies(every.x[rows], every.y[rows], window, WORLD_WIDTH)
        return rows[found], x

    # choosing ----------------------------------------------------------------------------------

    def nearest(self, x: float, y: float) -> int | None:
        """Return the row of the event at a place of the map: the largest within a few pixels."""
        west, _south, east, _north = self.plot.window()
        reach = REACH * (east - west) / self.plot.size()[0]
        rows, places = self.placed(self.shown_rows(), (x - reach, y - reach, x + reach, y + reach))
        if not len(rows):
            return None
        every = self.selection.all
        far = np.hypot(places - x, every.y[rows] - y)
        near = far <= reach
        if not near.any():
            return None
        size = np.nan_to_num(every.magnitude[rows], nan=-9.0)
        score = np.where(near, size - far / reach, -np.inf)
        return int(rows[np.argmax(score)])

    def mark_event(self) -> None:
        """Put a ring round the chosen event, in the world that the window shows."""
        row = self.selection.row_of(self.state.event)
        source = self.plot.source("markers")
        x = y = NOTHING
        if row is not None:
            every, window = self.selection.all, self.plot.window()
            centre = (window[0] + window[2]) / 2
            turns = np.round((centre - every.x[row]) / WORLD_WIDTH)
            x, y = every.x[[row]] + turns * WORLD_WIDTH, every.y[[row]]
        if list(source.data["x"]) != list(x) or list(source.data["y"]) != list(y):
            source.data = {"x": x, "y": y}

    def show_area(self) -> None:
        """Outline the area that limits the events."""
        if self.drawing is not None:
            return
        if not self.state.area:
            self.plot.push_line("area", NOTHING, NOTHING)
            return
        shape, _names = atlas.area_shape(self.state.area)
        outline = LineLayer.from_geometries([shape], piece=100_000)
        self.plot.push_line("area", *outline.within((-6e7, -3e7, 6e7, 3e7)))

    def degrees(self, x: float, y: float) -> tuple[float, float]:
        """Return longitude and latitude of a place on the map."""
        longitude, latitude = to_degrees(x, y)
        return wrap_longitude(float(longitude)), float(latitude)

    def show_place(self, longitude: float, latitude: float) -> None:
        """Move to a place, so that it is seen with its surroundings."""
        south, north = max(latitude - 4, -84.0), min(latitude + 4, 84.0)
        self.go_to((longitude - 6, south, longitude + 6, north))

    def holds(self, longitude: float, latitude: float) -> bool:
        """Whether a place is in the window."""
        x, y = (float(part) for part in to_mercator(longitude, latitude))
        west, south, east, north = self.plot.window()
        return south <= y <= north and (x - west) % WORLD_WIDTH <= east - west

    # colours -----------------------------------------------------------------------------------

    def _recolour(self) -> None:
        mapper = self.plot.renderer("events").glyph.color_mapper
        mapper.palette = dot_palette(self.state.colour, dark=self.dark)

    def recolour(self) -> None:
        """Colour the events by what the visitor chose."""
        self._recolour()
        self._push_dots(self.plot.window())

    def ink(self, *, dark: bool) -> None:
        """Recolour for a light or dark page."""
        self.dark = dark
        self.plot.ink(dark=dark)
        self._recolour()
