"""The lines and names under a map's own layers, pushed only when the window has left them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from analysis.settings import get
from analysis.sources.gazetteer import places_within
from apps.views import atlas
from apps.views.geometry import degree_bounds, to_mercator
from apps.views.mapfigure import MapFigure
from apps.views.state import Bounds

NEAR = 1.2e7
"""Width of a window in metres below which lines are detailed."""

NAMED = 1.0e7
"""Width of a window in metres below which places have names."""

NAMES = 40
LETTER, LINE = 7.0, 20.0
"""Pixels that a letter and a line of a name need, with a little room about them."""

CYRILLIC = re.compile("[\u0400-\u04ff]")


class BaseMap:
    """Coast, borders, plates, oblasts, degree grid, land and place names of one map figure."""

    def __init__(self, plot: MapFigure, language: str):
        self.plot, self.language = plot, language
        self._drawn: dict[str, tuple[Any, Bounds]] = {}
        self._worlds: tuple[int, int] | None = None

    def push_lines(self, window: Bounds, overlays: Sequence[str]) -> None:
        """Show the lines of the chosen overlays in a window and somewhat beyond."""
        west, south, east, north = window
        detailed = (east - west) < NEAR
        share = 0.5 if detailed else 0.1
        pad_x, pad_y = (east - west) * share, (north - south) * share
        wide = (west - pad_x, south - pad_y, east + pad_x, north + pad_y)
        scale = "50m" if detailed else "110m"
        wanted: dict[str, tuple[str, ...] | None] = {"coast": ("coastline", scale)}
        for slot, source in (
            ("borders", ("borders", scale)),
            ("plates", ("plates", scale)),
            ("oblasts", ("kz_oblasts",)),
            ("graticule", ("graticule",)),
        ):
            wanted[slot] = source if slot in overlays else None
        for slot, name in wanted.items():
            drawn = self._drawn.get(slot)
            if drawn and drawn[0] == name and (name is None or covers(drawn[1], window, wide)):
                continue
            if name is None and drawn is None:
                continue
            self._drawn[slot] = (name, wide)
            nothing = (np.empty(0), np.empty(0))
            lines = nothing if name is None else atlas.lines(*name).within(wide)
            self.plot.push_line(slot, *lines)
        worlds = (int(west // 2e7), int(east // 2e7))
        if self._worlds != worlds:
            self._worlds = worlds
            x, y = atlas.land(window)
            self.plot.land.data = {"x": x, "y": y}
        attribution = "© OpenStreetMap contributors"
        self.plot.show_tiles(get("tiles"), attribution, visible="tiles" in overlays)

    def push(self, window: Bounds, overlays: Sequence[str]) -> None:
        """Show the lines of the chosen overlays and, where they are chosen, the names."""
        self.push_lines(window, overlays)
        self.push_names(window, visible="names" in overlays)

    def push_names(self, window: Bounds, *, visible: bool) -> None:
        """Show the names of the largest places, none over another."""
        names: dict[str, list[Any]] = {"x": [], "y": [], "text": []}
        if visible and window[2] - window[0] < NAMED:
            width, height = self.plot.size()
            across, up = width / (window[2] - window[0]), height / (window[3] - window[1])
            taken: list[Bounds] = []
            for place in places_within(degree_bounds(window), self.language, NAMES):
                if self.language != "en" and not CYRILLIC.search(place.name):
                    continue  # no name in the letters of the rest of the map
                text = f"• {place.name}"
                x, y = (float(part) for part in to_mercator(place.longitude, place.latitude))
                left, foot = x * across, y * up
                box = (left, foot, left + len(text) * LETTER, foot + LINE)
                if not any(_meet(box, other) for other in taken):
                    taken.append(box)
                    names["x"].append(x)
                    names["y"].append(y)
                    names["text"].append(text)
        if names != self.plot.towns.data:
            self.plot.towns.data = names


def _meet(one: Bounds, other: Bounds) -> bool:
    """Whether two boxes of pixels share a place."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def covers(drawn: Bounds, window: Bounds, wide: Bounds) -> bool:
    """Whether what was drawn holds a window without being far too large for it.

    >>> covers((0, 0, 10, 10), (2, 2, 8, 8), (1, 1, 9, 9))
    True
    >>> covers((0, 0, 100, 100), (2, 2, 8, 8), (1, 1, 9, 9))
    False
    """
    inside = (
        drawn[0] <= window[0]
        and drawn[1] <= window[1]
        and drawn[2] >= window[2]
        and drawn[3] >= window[3]
    )
    return inside and (drawn[2] - drawn[0]) < 3 * (wide[2] - wide[0])
