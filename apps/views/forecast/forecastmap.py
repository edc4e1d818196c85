"""The map of the forecasts: one, two side by side, swiped, divided or subtracted; events above."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import panel as pn

from apps.views.colours import colour_indices, palette
from apps.views.forecast.forecasts import FLOOR, Forecasts, nice_levels
from apps.views.forecast.maplayer import EMPTY, Layer
from apps.views.forecast.preview import Preview
from apps.views.forecast.regrid import picture
from apps.views.forecast.state import ForecastState
from apps.views.forecast.words import percent, points, times
from apps.views.geometry import (
    WORLD_WIDTH,
    degree_bounds,
    mercator_bounds,
    to_degrees,
    to_mercator,
)
from apps.views.mapfigure import MAP_NAME
from apps.views.state import Bounds, wrap_longitude

COALESCE_MS = 60
REST_MS = 150
ALPHA = 0.82
STACKED = "@media (max-width: 699.95px) { :host { flex-direction: column !important; } }"
COLOURS = "cmocean:matter"
DIVERGING = "cmocean:balance"
MOST_TIMES = 32.0
"""Ratios beyond this, or below its inverse, have the last colour."""


class ForecastMap:
    """Maps of one session.

    Parameters
    ----------
    visit
        Language, texts and theme of the visitor.
    state
        What was chosen; its ``bounds`` follow the window.
    on_tap
        Called with longitude and latitude of a tapped place.
    """

    def __init__(self, visit: Any, state: ForecastState, on_tap: Callable[[float, float], None]):
        self.visit, self.state, self._on_tap = visit, state, on_tap
        self.dark = visit.theme == "dark"
        self.shown: Forecasts | Preview | None = None
        self.names = ("", "")
        self._pending, self._rest = False, None
        self._size = (0, 0)
        self.first = Layer(visit, state, dark=self.dark, name=MAP_NAME)
        self.second: Layer | None = None
        self.plot = self.first.plot
        self.plot.on_window(self._moved)
        self.plot.client.on_change("data", self._client_changed)
        self._listen(self.first)
        self.pane = pn.Row(
            _half(self.first.pane),
            sizing_mode="stretch_both",
            margin=0,
            styles={"gap": "4px"},
            stylesheets=[STACKED],
        )
        self._beside: Any = None
        self._asked: Bounds | None = None
        self.refresh()

    def _listen(self, layer: Layer) -> None:
        def tapped(event: Any) -> None:
            if event.x is not None:
                longitude, latitude = to_degrees(event.x, event.y)
                self._on_tap(wrap_longitude(float(longitude)), float(latitude))

        layer.plot.on_tap(tapped)

    # the window ----------------------------------------------------------------------------------

    def _moved(self, _attribute: str, _old: Any, _new: Any) -> None:
        if self._pending:
            return
        self._pending = True
        if not self.plot.later(self._settle, COALESCE_MS):
            self._settle()

    def _client_changed(self, _attribute: str, _old: Any, _new: Any) -> None:
        size = self.plot.size()
        if size != self._size:  # else the browser has only told what it has painted
            if self._asked is not None and self._untouched():  # by the size that it had
                self.plot.go_to(mercator_bounds(self._asked))
            self._size = size
            self._moved("", None, None)

    def _settle(self) -> None:
        self._pending = False
        if self.plot.frame - self.plot.acknowledged > 2 and self.plot.acknowledged:
            self._moved("", None, None)  # the browser is behind: wait for it
            return
        west, south, east, north = degree_bounds(self.plot.window())
        turns = 360.0 * np.floor(((west + east) / 2 + 180.0) / 360.0)  # back to the first world
        self.refresh()
        found = (west - turns, south, east - turns, north)
        self.state.bounds = tuple(round(float(value), 3) for value in found)

    def go_to(self, bounds: Bounds) -> None:
        """Move the window so that it holds bounds in degrees; west > east crosses 180."""
        west, south, east, north = bounds
        if east <= west:
            east += 360.0
        south, north = max(south, -78.0), min(north, 82.0)
        self._asked = (west, south, east, north)
        self.plot.go_to(mercator_bounds(self._asked))

    def _untouched(self) -> bool:
        """Whether the window is still the one that was asked for, moved by nobody."""
        if self._asked is None or not all(self._size):
            return False
        asked, window = mercator_bounds(self._asked), self.plot.window()
        width, height = self._size
        scale = max((asked[2] - asked[0]) / width, (asked[3] - asked[1]) / height)
        near = 0.02 * (window[2] - window[0])
        same = all(abs(asked[i] + asked[i + 2] - window[i] - window[i + 2]) < near for i in (0, 1))
        return same and abs(scale * width - (window[2] - window[0])) < near

    # drawing -------------------------------------------------------------------------------------

    @property
    def layers(self) -> list[Layer]:
        """The maps that are seen."""
        both = self.mode == "beside" and self.second is not None
        return [self.first, self.second] if both and self.second is not None else [self.first]

    @property
    def mode(self) -> str:
        """How the forecasts are shown: one alone where nothing is trained, else as was chosen."""
        return "one" if isinstance(self.shown, Preview) else str(self.state.show)

    def show(self, shown: Forecasts | Preview | None, names: tuple[str, str]) -> None:
        """Show two forecasts of a comparison, as the state says; None: only the base map."""
        self.shown, self.names = shown, names
        self.arrange()
        self.refresh()

    def arrange(self) -> None:
        """Put one map or two beside each other; the second is made when it is first asked for."""
        both = self.mode == "beside" and self.shown is not None
        if both and self.second is None:
            self.second = Layer(
                self.visit, self.state, dark=self.dark, name=f"{MAP_NAME}-2", twin=self.plot
            )
            if self._asked is not None and self._untouched():
                self.second.plot.go_to(mercator_bounds(self._asked))
            self._listen(self.second)
            self._beside = _half(self.second.pane)
        if both and len(self.pane) == 1:  # a figure that is moved hears no more of taps
            self.pane.append(self._beside)
        elif not both and len(self.pane) > 1:
            self.pane.pop(1)

    def refresh(self) -> None:
        """Push all that is in the window: first what is seen at once."""
        self.redraw()
        for layer in self.layers:
            layer.push_lines()
        if self._rest is None:
            self._rest = self.plot.later(self._finish, REST_MS)
        if self._rest is None:
            self._finish()

    def _finish(self) -> None:
        self._rest = None
        for layer in self.layers:
            layer.push_names()

    def redraw(self) -> None:
        """Push the forecasts, the events and the chosen cell."""
        events = self.events()
        cell = self.cell_outline()
        for place, layer in enumerate(self.layers):
            self._push_values(layer, place)
            layer.push_events(events)
            layer.push_cell(cell)

    def values(self, place: int) -> npt.NDArray[Any] | None:
        """Return what a map draws, (row, column): logarithms, or differences in per cent points."""
        if self.shown is None:
            return None
        window = self.shown.window(self.state.issue)
        first = self.shown.grid(self.names[0], window)
        show = self.mode
        if show == "one" or (show == "beside" and place == 0):
            return np.log10(np.maximum(first, FLOOR))
        second = self.shown.grid(self.names[1], window)
        if show == "difference":
            return 100.0 * (first - second)
        if show == "ratio":
            return np.log10(np.maximum(first, FLOOR) / np.maximum(second, FLOOR))
        return np.log10(np.maximum(second, FLOOR))

    def scale(self) -> tuple[float, float, str]:
        """Return the limits of the colours as they are drawn, and the colour map."""
        if self.shown is None:
            return -4.0, -1.0, COLOURS
        low, high = self.shown.limits
        if self.mode == "ratio":
            return -float(np.log10(MOST_TIMES)), float(np.log10(MOST_TIMES)), DIVERGING
        if self.mode == "difference":
            return -50.0 * high, 50.0 * high, DIVERGING
        return float(np.log10(low)), float(np.log10(high)), COLOURS

    def _push_values(self, layer: Layer, place: int) -> None:
        values = self.values(place)
        plot = layer.plot
        window = self.plot.window()
        if values is None or self.shown is None:
            plot.push_image("image", EMPTY, window)
            layer.push_contours(None)
            return
        low, high, colours = self.scale()
        points_of = self.visit._("percentage points")
        units = {"ratio": "×", "difference": points_of}.get(self.mode, "%")
        factor = {"ratio": 1.0, "difference": 0.0}.get(self.mode, 100.0)
        plot.scale.data = {**plot.scale.data, "log": [factor]}
        plot.recolour(palette(colours), low, high, units)
        lattice = self.shown.lattice
        if self.state.style == "contours":
            plot.push_image("image", EMPTY, window)
        else:
            plot.push_image("image", self._indices(values, low, high), window, ALPHA)
        wanted = self.state.style != "heat"
        layer.push_contours((values, lattice, self._levels(low, high)) if wanted else None)
        layer.push_edge(self._edge() if self.mode == "swipe" else None)

    def _indices(self, values: npt.NDArray[Any], low: float, high: float) -> npt.NDArray[np.uint8]:
        """Return the colours of the window; swiped, the first forecast lies left of the edge."""
        if self.shown is None:
            return EMPTY
        lattice, window = self.shown.lattice, self.plot.window()
        size = self.plot.size()
        indices = picture(colour_indices(values, low, high), lattice, window, *size)
        if self.mode == "swipe":
            first = self.shown.grid(self.names[0], self.shown.window(self.state.issue))
            colours = colour_indices(np.log10(np.maximum(first, FLOOR)), low, high)
            edge = round(size[0] * self.state.swipe / 100)
            indices[:, :edge] = picture(colours, lattice, window, *size)[:, :edge]
        return indices

    def _edge(self) -> float:
        west, _south, east, _north = self.plot.window()
        return west + (east - west) * self.state.swipe / 100

    def _levels(self, low: float, high: float) -> list[tuple[float, str]]:
        """Return the contours with what is written on them."""
        language = self.visit.language
        if self.mode == "ratio":
            return [(float(np.log10(one)), times(one, language)) for one in (1 / 8, 1 / 2, 2, 8)]
        if self.mode == "difference":
            steps = [float(one) for one in np.linspace(low, high, 7) if abs(one) > high / 100]
            return [(one, points(one, language)) for one in steps]  # 0 would outline all noise
        steps = nice_levels(10**low, 10**high)
        return [(float(np.log10(one)), percent(one, language)) for one in steps]

    # events and the chosen cell ------------------------------------------------------------------

    def events(self) -> pd.DataFrame | None:
        """Return the events of the window shown; None where they are not wanted."""
        if "events" not in self.state.overlays or self.shown is None:
            return None
        return self.shown.happened(self.shown.window(self.state.issue))

    def cell_outline(self) -> list[tuple[float, float]]:
        """Return the corners of the chosen cell in metres; none without one."""
        if self.shown is None or not self.state.cell:
            return []
        cell = self.shown.cell_at(*self.state.cell[0])
        if cell is None:
            return []
        longitude, latitude = self.shown.centre(cell)
        half = self.shown.lattice.resolution / 2
        x, y = to_mercator([longitude - half, longitude + half], [latitude - half, latitude + half])
        west, _south, east, _north = self.plot.window()
        x = x + np.round(((west + east) / 2 - x.mean()) / WORLD_WIDTH) * WORLD_WIDTH
        return [(x[0], y[0]), (x[1], y[0]), (x[1], y[1]), (x[0], y[1]), (x[0], y[0])]

    def ink(self, *, dark: bool) -> None:
        """Recolour for a light or dark page."""
        self.dark = dark
        for layer in (self.first, self.second):
            if layer is not None:
                layer.ink(dark=dark)


def _half(pane: Any) -> Any:
    return pn.Column(pane, sizing_mode="stretch_both", margin=0, min_width=120)
