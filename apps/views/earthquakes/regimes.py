"""The tectonic regimes as an image under the events."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from rasterio.features import rasterize
from rasterio.transform import from_bounds

from apps.views import atlas
from apps.views.geometry import to_degrees
from apps.views.state import Bounds

REGIMES = ("subduction", "active", "volcanic", "stable")
"""In the order of their numbers in the image, from 1."""

COLOURS = ("#8e6fd1", "#f08a5d", "#e0b800", "#00000000")
"""What is stable, most of the Earth, is not painted."""

ALPHA = 0.38
STEP = 0.1  # degrees


@lru_cache(maxsize=1)
def grid() -> npt.NDArray[np.uint8]:
    """Return the number of the regime of each cell of 0.1 degree, (latitude, longitude)."""
    table = atlas.polygons("regimes")
    shapes = [
        (shape, REGIMES.index(name) + 1)
        for shape, name in zip(table.geometry, table["regime"], strict=True)
        if name in REGIMES
    ]
    columns, rows = round(360 / STEP), round(180 / STEP)
    whole = from_bounds(-180, -90, 180, 90, columns, rows)
    found = rasterize(shapes, out_shape=(rows, columns), transform=whole, dtype="uint8")
    return np.ascontiguousarray(found[::-1], np.uint8)


def regime_image(window: Bounds, width: int, height: int) -> npt.NDArray[np.uint8]:
    """Return the regimes in a window of Web Mercator metres, (y, x), row 0 in the south.

    >>> REGIMES[regime_image((15.6e6, 4.2e6, 15.7e6, 4.3e6), 4, 4)[0, 0] - 1]  # east of Honshu
    'subduction'
    """
    west, south, east, north = window
    x = west + (np.arange(width) + 0.5) * (east - west) / width
    y = south + (np.arange(height) + 0.5) * (north - south) / height
    longitude, latitude = to_degrees(x, y)
    cells = grid()
    columns = ((longitude + 180.0) % 360.0 / STEP).astype(int) % cells.shape[1]
    rows = np.clip(((latitude + 90.0) / STEP).astype(int), 0, cells.shape[0] - 1)
    return cells[np.ix_(rows, columns)]


def regime_names(language: str) -> dict[str, str]:
    """Return regime -> its name in the reader's language.

    >>> regime_names("en")["volcanic"]
    'Volcanic area'
    """
    table = atlas.polygons("regimes").drop_duplicates("regime").set_index("regime")
    return {name: str(table.loc[name, f"name_{language}"]) for name in REGIMES}
