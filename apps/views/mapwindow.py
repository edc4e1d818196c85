"""The window of a map: what is done when it comes to rest, and where it goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import panel as pn

from apps.views.geometry import degree_bounds, mercator_bounds
from apps.views.mapfigure import MapFigure
from apps.views.state import Bounds


def awaited() -> bool:
    """Whether a browser is about to tell how large its window is."""
    document = pn.state.curdoc
    return document is not None and document.session_context is not None


def crossing(bounds: Bounds) -> Bounds:
    """Return bounds given in degrees in metres; where west > east they cross 180 degrees.

    >>> west, south, east, north = crossing((170.0, -10.0, -170.0, 10.0))
    >>> bool(east > west)
    True
    """
    west, south, east, north = bounds
    if east <= west:
        east += 360.0
    return mercator_bounds((west, south, east, north))


def around(box: Any, least: float) -> Bounds:
    """Return bounds in metres that hold a box in degrees with some room.

    Parameters
    ----------
    box : sequence of float
        West, south, east, north, degrees.
    least : float
        Side in degrees that a smaller box is taken for, when the room is measured.
    """
    west, south, east, north = (float(value) for value in box)
    room = 0.06 * max(east - west, north - south, least)
    south, north = max(south - room, -84.0), min(north + room, 84.0)
    return mercator_bounds((west - room, south, east + room, north))


def told_bounds(window: Bounds) -> Bounds:
    """Return a window in degrees as the address has it: of the first world, in thousandths.

    >>> told_bounds(mercator_bounds((370.0, 10.0, 380.0, 20.0)))
    (10.0, 10.0, 20.0, 20.0)
    """
    west, south, east, north = degree_bounds(window)
    turns = 360.0 * np.floor(((west + east) / 2 + 180.0) / 360.0)
    return (
        round(float(west - turns), 3),
        round(south, 3),
        round(float(east - turns), 3),
        round(north, 3),
    )


class Rest:
    """Calls back once when the window of a map has moved or changed its size.

    Parameters
    ----------
    plot : MapFigure
        The map.
    settled : callable
        Called when the browser has painted what was sent, some time after the last change.
    milliseconds : int
        How long changes are gathered.

    Attributes
    ----------
    pending : bool
        Whether the call is still to come.
    """

    def __init__(self, plot: MapFigure, settled: Callable[[], None], milliseconds: int):
        self.plot, self._settled, self._milliseconds = plot, settled, milliseconds
        self.pending = False
        self._size = (0, 0)
        plot.on_window(lambda _attribute, _old, _new: self._ask())
        plot.client.on_change("data", self._client_changed)

    def _ask(self) -> None:
        if self.pending:
            return
        self.pending = True
        if self.plot.later(self.settle, self._milliseconds) is None:
            self.settle()

    def _client_changed(self, _attribute: str, _old: Any, _new: Any) -> None:
        size = self.plot.size()
        if size != self._size:  # else a picture was acknowledged, which asks for no other
            self._size = size
            self._ask()

    def settle(self) -> None:
        """Call back, or wait once more where the browser is behind."""
        self.pending = False
        if self.plot.frame - self.plot.acknowledged > 2 and self.plot.acknowledged:
            self._ask()
        else:
            self._settled()
