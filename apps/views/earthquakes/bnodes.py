"""Nodes of a map of b-values, and their values a block at a time."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.seismic.magnitudes.bmap import b_nearest
from apps.views.geometry import mercator_bounds, to_degrees
from apps.views.jobs import Ticket
from apps.views.state import Bounds

Floats = npt.NDArray[np.float64]
NODES = 40_000
STEPS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0)
BLOCKS = 12


@dataclass(frozen=True)
class Nodes:
    """Places at equal distances on the Mercator map, row 0 in the south.

    ``bounds`` are those of the image, metres; ``step`` is in degrees of longitude.
    """

    x: Floats
    y: Floats
    bounds: Bounds
    step: float

    @classmethod
    def within(cls, window: Bounds, most: int = NODES) -> Nodes:
        """Fill a window (degrees; east may lie beyond 180) with the finest nodes that are few.

        >>> nodes = Nodes.within((60, 35, 90, 55))
        >>> nodes.step, nodes.x.size * nodes.y.size <= NODES
        (0.25, True)
        """
        west, south, east, north = window
        east = min(east, west + 360.0)
        left, low, right, high = mercator_bounds((west, max(south, -80.0), east, min(north, 80.0)))
        metre = (right - left) / (east - west)
        for step in STEPS:
            size = step * metre
            columns = max(1, math.floor((right - left) / size + 1e-6))
            rows = max(1, math.floor((high - low) / size + 1e-6))
            if columns * rows <= most or step == STEPS[-1]:
                break
        x: Floats = left + (np.arange(columns, dtype=np.float64) + 0.5) * size
        y: Floats = low + (np.arange(rows, dtype=np.float64) + 0.5) * size
        return cls(x, y, (left, low, left + columns * size, low + rows * size), step)

    def places(self) -> tuple[Floats, Floats]:
        """Return longitude and latitude of all nodes, row by row, degrees."""
        longitude, latitude = to_degrees(self.x, self.y)
        across, up = np.meshgrid(longitude, latitude)
        return across.ravel(), up.ravel()


def map_nodes(
    events: pd.DataFrame,
    nodes: Nodes,
    *,
    n: int,
    radius_km: float,
    mc: float | str,
    ticket: Ticket,
) -> pd.DataFrame:
    """Estimate b at all nodes, a block at a time, so that the work can be followed and stopped.

    `mc` is a number for all nodes, or ``"each"`` for that of each node's own events.
    """
    longitude, latitude = nodes.places()
    blocks = int(np.clip(2_000_000 // max(len(events), 1), 2, BLOCKS))
    parts = np.array_split(np.arange(longitude.size), min(blocks, longitude.size))
    found = []
    for place, part in enumerate(parts):
        ticket.report(place, len(parts))
        found.append(
            b_nearest(
                events,
                longitude[part],
                latitude[part],
                n=n,
                radius_km=radius_km,
                mc="maxc" if mc == "each" else float(mc),
            )
        )
    table = pd.concat(found, ignore_index=True)
    table.insert(0, "longitude", (longitude + 180.0) % 360.0 - 180.0)
    table.insert(1, "latitude", latitude)
    return table
