"""A polygon drawn on the map, corner by corner, with taps of a mouse or a finger."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from apps.views.geometry import to_mercator
from apps.views.state import Point


class Drawing:
    """The corners so far, shown on the map; a double tap or a button closes them.

    Parameters
    ----------
    plot
        The map's figure.
    done
        Called with the corners, or with None when the drawing was given up.
    """

    def __init__(self, plot: Any, done: Callable[[list[Point] | None], None]):
        self.plot, self.done = plot, done
        self.corners: list[Point] = []

    def add(self, longitude: float, latitude: float) -> None:
        """Take a corner; the same place twice (a double tap) counts once."""
        corner = (round(longitude, 3), round(latitude, 3))
        if not self.corners or corner != self.corners[-1]:
            self.corners.append(corner)
            self._show()

    def close(self) -> None:
        """Finish with at least three corners; with fewer the drawing goes on."""
        if len(self.corners) >= 3:
            self.done(self.corners)

    def cancel(self) -> None:
        """Give up and leave no trace on the map."""
        self.corners = []
        self._show()
        self.done(None)

    def _show(self) -> None:
        ring = [*self.corners, *self.corners[:1]]
        x, y = to_mercator([lon for lon, _ in ring], [lat for _, lat in ring])
        self.plot.push_line("area", np.asarray(x, float), np.asarray(y, float))
