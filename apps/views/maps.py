"""The interactive map: what is in the window is cut, coloured and pushed to the browser."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import contourpy
import numpy as np
import numpy.typing as npt
import pandas as pd
import panel as pn
from matplotlib.ticker import MaxNLocator

from analysis.seismic.raster import event_classes, largest_in_view
from analysis.sources.gazetteer import places_within
from apps.views import atlas
from apps.views.basemap import BaseMap
from apps.views.colours import colour_indices, default_limits, palette
from apps.views.drawing import Drawing
from apps.views.eventrows import hover_rows, pointer_labels
from apps.views.geometry import (
    WORLD_WIDTH,
    LineLayer,
    degree_bounds,
    mercator_bounds,
    to_degrees,
    to_mercator,
)
from apps.views.judged import judged_layer
from apps.views.mapfigure import POINT_COLOURS, MapFigure
from apps.views.mapwindow import Rest, awaited, crossing, told_bounds
from apps.views.state import Bounds, ViewState, wrap_longitude

log = logging.getLogger(__name__)
CONTOUR_CELLS = 220
HOVERED = 1500
NAMES = 40  # the largest places in the window
NAMED = 1.0e7  # metres: a wider window has no names of places
COALESCE_MS = 60
REST_MS = 150  # after the picture: names, details for the pointer, and what others make of the view


class MapView:
    """The Web Mercator map of one session.

    Parameters
    ----------
    session
        Language, texts and theme of the visitor.
    state
        What the visitor chose; watched.
    layers
        Gridded layers by key.
    """

    def __init__(self, session: Any, state: ViewState, layers: dict[str, atlas.GridLayer]):
        _ = session._
        self.session, self.state, self.layers = session, state, layers
        labels = pointer_labels(_, map=_("Map"), empty=_("no value here"), value=_("Value"))
        bounds = mercator_bounds(state.bounds)
        dark = session.theme == "dark"
        self.plot = MapFigure(bounds, session.language, labels, dark=dark)
        self.pane = pn.pane.Bokeh(self.plot.figure, sizing_mode="stretch_both", margin=0)
        self.base = BaseMap(self.plot, session.language)
        self.shown: pd.DataFrame = atlas.events().table.iloc[:0]
        self.refreshed: list[Callable[[], None]] = []
        self.drawing: Drawing | None = None
        self._rest: Any = None
        self._hovered: tuple[Any, ...] = ()
        self._contoured = False
        self.moves = Rest(self.plot, self._settle, COALESCE_MS)
        state.param.watch(
            self._redraw, ["layer", "time", "style", "colormap", "limits", "overlays", "clock"]
        )
        state.param.watch(self._redraw, ["statistic", "base", "picture"])
        filters = ["dates", "magnitude", "depth", "region", "kinds", "sources"]
        state.param.watch(self._redraw, filters)
        state.param.watch(self._place_markers, ["points", "area"])
        if awaited():
            self._prepare()
        else:
            self.refresh()
        self._place_markers()

    # what is shown -------------------------------------------------------------------------

    @property
    def layer(self) -> atlas.GridLayer | None:
        """The chosen layer as it is shown; None when there is no cube at all."""
        plain, state = self.plain_layer, self.state
        if plain is None or state.statistic == "value":
            return plain
        return judged_layer(plain, state.statistic, state.base) or plain

    @property
    def plain_layer(self) -> atlas.GridLayer | None:
        """The chosen layer with its values; None when there is no cube at all."""
        return self.layers.get(self.state.layer) or next(iter(self.layers.values()), None)

    @property
    def time_index(self) -> int:
        """Index of the chosen time in the chosen cube."""
        layer = self.layer
        return 0 if layer is None else atlas.nearest_time(layer.cube.times, self.state.time)

    def colormap(self, layer: atlas.GridLayer) -> str:
        """Return the visitor's colour map, else the variable's own."""
        try:
            palette(self.state.colormap)
        except ValueError:
            return layer.info.colormap
        return self.state.colormap

    def limits(self, layer: atlas.GridLayer) -> tuple[float, float]:
        """Return the visitor's colour range, else the one from stored percentiles."""
        if self.state.limits is not None:
            return self.state.limits
        known = layer.cube.attrs(layer.variable).get("percentiles", (np.nan, np.nan))
        return default_limits(known, layer.info.center)

    def window_degrees(self) -> Bounds:
        """Return west, south, east, north of the window in degrees."""
        return degree_bounds(self.plot.window())

    # events from the browser -----------------------------------------------------------------

    def _settle(self) -> None:
        self.refresh()
        self.state.bounds = told_bounds(self.plot.window())

    def _redraw(self, *_events: Any) -> None:
        self.refresh()

    def go_to(self, bounds: Bounds) -> None:
        """Move the window so that it holds bounds given in degrees; west > east crosses 180."""
        self.plot.go_to(crossing(bounds))

    # drawing -----------------------------------------------------------------------------------

    def _prepare(self) -> None:
        """Push what does not depend on the size of the window in pixels, and empty pictures."""
        window = self.plot.window()
        for name in ("image", "events"):
            self.plot.push_image(name, np.zeros((1, 1), np.uint8), window)
        self.base.push_lines(window, self.state.overlays)

    def refresh(self) -> None:
        """Cut, colour and push everything that is in the window: first what is seen at once."""
        window = self.plot.window()
        self._push_grid(window)
        self.base.push_lines(window, self.state.overlays)
        self._push_events(window)
        if self._rest is None:
            self._rest = self.plot.later(self._complete, REST_MS)
        if self._rest is None:
            self._complete()

    def _complete(self) -> None:
        """Push the names and the details for the pointer, and tell the others."""
        self._rest = None
        window = self.plot.window()
        self._push_names(window)
        self._push_hover(window)
        for callback in self.refreshed:
            callback()

    def show_time(self) -> None:
        """Push only the image of the chosen time (animation)."""
        self._push_grid(self.plot.window())

    def _push_grid(self, window: Bounds) -> None:
        layer, style = self.layer, self.state.style
        empty = np.zeros((1, 1), np.uint8)
        if layer is None or style == "none":
            self.plot.push_image("image", empty, window)
            self._push_contours(window, None)
            return
        values = self.picture(layer, window)
        low, high = self.limits(layer)
        tiled = "tiles" in self.state.overlays or bool(self.state.picture)
        heat = style in ("heat", "both")
        indices = colour_indices(values, low, high) if heat else empty
        self.plot.recolour(
            palette(self.colormap(layer)), low, high, layer.unit(self.session.language)
        )
        self.plot.push_image("image", indices, window, 0.7 if tiled else 1.0)
        self._push_contours(window, layer if style in ("contours", "both") else None)

    def picture(self, layer: atlas.GridLayer, window: Bounds) -> npt.NDArray[np.float32]:
        """Cut the picture of a window anew: no session keeps its megabytes."""
        width, height = self.plot.size()
        view = layer.cube.view(
            self.time_index, window, width, height, layer.variable, crs="EPSG:3857"
        )
        return np.asarray(view.values, np.float32)

    def _push_contours(self, window: Bounds, layer: atlas.GridLayer | None) -> None:
        if layer is None:
            if self._contoured:
                self._contoured = False
                self.plot.push_line("contours", np.empty(0), np.empty(0))
                self.plot.levels.data = {"x": [], "y": [], "text": []}
            return
        width, height = self.plot.size()
        step = max(width, height) / CONTOUR_CELLS
        columns, rows = max(int(width / step), 2), max(int(height / step), 2)
        view = layer.cube.view(
            self.time_index, window, columns, rows, layer.variable, crs="EPSG:3857"
        ).values
        west, south, east, north = window
        x = west + (np.arange(columns) + 0.5) * (east - west) / columns
        y = south + (np.arange(rows) + 0.5) * (north - south) / rows
        known = view[np.isfinite(view)]
        low, high = np.percentile(known, [1, 99]) if known.size else self.limits(layer)
        generator = contourpy.contour_generator(x, y, np.ma.masked_invalid(view))
        xs: list[Any] = []
        ys: list[Any] = []
        labels: dict[str, list[Any]] = {"x": [], "y": [], "text": []}
        for level in MaxNLocator(9).tick_values(float(low), float(high)):
            parts = [part for part in generator.lines(level) if len(part) > 5]
            for part in parts:
                xs += [part[:, 0], [np.nan]]
                ys += [part[:, 1], [np.nan]]
            if parts:
                longest = max(parts, key=len)
                middle = longest[len(longest) // 2]
                labels["x"].append(middle[0])
                labels["y"].append(middle[1])
                labels["text"].append(f"{level:g}")
        flat = (np.concatenate(xs), np.concatenate(ys)) if xs else (np.empty(0), np.empty(0))
        self._contoured = True
        self.plot.push_line("contours", *flat)
        self.plot.levels.data = labels

    def _push_names(self, window: Bounds) -> None:
        names: dict[str, list[Any]] = {"x": [], "y": [], "text": []}
        if "names" in self.state.overlays and window[2] - window[0] < NAMED:
            width, height = self.plot.size()
            cell = (window[2] - window[0]) / width * 110, (window[3] - window[1]) / height * 26
            taken = set()
            for place in places_within(degree_bounds(window), self.session.language, NAMES):
                x, y = (float(part) for part in to_mercator(place.longitude, place.latitude))
                spot = (int(x // cell[0]), int(y // cell[1]))
                if spot not in taken:
                    taken.add(spot)
                    names["x"].append(x)
                    names["y"].append(y)
                    names["text"].append(f"• {place.name}")
        if names != self.plot.towns.data:
            self.plot.towns.data = names

    def selection(self, *, every: bool = False) -> pd.DataFrame:
        """Return the events that pass the filters; do not change them, all sessions share them.

        Without a magnitude chosen by the visitor the map shows the largest few thousand; `every`
        gives all magnitudes then.
        """
        state = self.state
        events = atlas.selected(
            state.dates,
            state.magnitude,
            state.depth,
            state.region,
            tuple(state.kinds),
            tuple(state.sources),
        )
        return events[0 if every else 1]

    def _push_events(self, window: Bounds) -> None:
        chosen = self.selection() if "events" in self.state.overlays else self.selection().iloc[:0]
        width, height = self.plot.size()
        x, y = chosen["x"].to_numpy(), chosen["y"].to_numpy()
        image = event_classes(x, y, chosen["mag"].to_numpy(), window, width, height)
        self.plot.push_image("events", image, window)
        self.shown = chosen

    def _push_hover(self, window: Bounds) -> None:
        top = largest_in_view(self.shown, window, HOVERED, x="x", y="y", period=WORLD_WIDTH)
        wanted = (self.state.clock, self.plot.zone, *top["id"], *top["x"])
        if wanted != self._hovered:
            self._hovered = wanted
            self.plot.source("hover").data = hover_rows(
                top, self.session, self.state.clock, self.plot.zone
            )

    def _place_markers(self, *_events: Any) -> None:
        points = self.state.points
        lon = np.array([point[0] for point in points], float)
        lat = np.array([point[1] for point in points], float)
        x, y = to_mercator(lon, lat)
        centre = (self.plot.window()[0] + self.plot.window()[2]) / 2
        x = x + np.round((centre - x) / WORLD_WIDTH) * WORLD_WIDTH
        source = self.plot.source("markers")
        colours = list(POINT_COLOURS[: len(points)])
        source.data = {"x": x, "y": y, "colour": colours}
        numbers = [str(number + 1) for number in range(len(points))]
        self.plot.names.data = {"x": list(x), "y": list(y), "text": numbers}
        self._outline()

    def _outline(self) -> None:
        if not self.state.area:
            self.plot.push_line("area", np.empty(0), np.empty(0))
            return
        try:
            shape, _names = atlas.area_shape(self.state.area)
        except ValueError as error:
            log.info("area not drawn: %s", error)
            return
        outline = LineLayer.from_geometries([shape], piece=100_000)
        self.plot.push_line("area", *outline.within((-6e7, -3e7, 6e7, 3e7)))

    def degrees(self, x: float, y: float) -> tuple[float, float]:
        """Return longitude and latitude of a place on the map, degrees."""
        longitude, latitude = to_degrees(x, y)
        return wrap_longitude(float(longitude)), float(latitude)
