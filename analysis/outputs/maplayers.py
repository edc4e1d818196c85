"""Lines, events and points of a printed map, repeated where the map runs beyond 180 degrees."""

from __future__ import annotations

from typing import Any, TypedDict

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from matplotlib import patheffects
from matplotlib.axes import Axes

Bounds = tuple[float, float, float, float]
LINE_STYLES: dict[str, dict[str, Any]] = {
    "coastline": {"color": "#22333b", "linewidth": 0.7},
    "borders": {"color": "#546e7a", "linewidth": 0.45},
    "plates": {"color": "#d32f2f", "linewidth": 1.1},
    "area": {"color": "#7b1fa2", "linewidth": 1.6},
}
HALO = [patheffects.withStroke(linewidth=1.8, foreground="white", alpha=0.55)]
POINT_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
MANY_EVENTS = 3000  # above this the circles go into a PDF as a picture


class MapLayers(TypedDict, total=False):
    """What lies above the image; every part may be missing.

    Attributes
    ----------
    coastline, borders, plates, area : numpy.ndarray
        ``(point, 2)`` longitude and latitude in degrees; rows of NaN part the lines.
    events : pandas.DataFrame
        Columns ``longitude, latitude, mag``.
    points : pandas.DataFrame
        Chosen cells: columns ``longitude, latitude`` and, on request, ``label``.
    """

    coastline: npt.NDArray[np.float64]
    borders: npt.NDArray[np.float64]
    plates: npt.NDArray[np.float64]
    area: npt.NDArray[np.float64]
    events: pd.DataFrame
    points: pd.DataFrame


def joined_lines(geometries: Any) -> npt.NDArray[np.float64]:
    """Join lines and outlines of polygons into one line that is broken by NaN.

    Parameters
    ----------
    geometries : iterable of shapely geometries
        Lines or polygons, for example a column ``geometry``.

    Returns
    -------
    numpy.ndarray
        ``(point, 2)`` longitude and latitude, a row of NaN after each part.

    Examples
    --------
    >>> joined_lines([shapely.LineString([(0, 1), (2, 3)])]).tolist()
    [[0.0, 1.0], [2.0, 3.0], [nan, nan]]
    """
    shapes = np.asarray(list(geometries), dtype=object)
    surfaces = shapely.get_dimensions(shapes) == 2
    lines = np.concatenate([shapes[~surfaces], shapely.boundary(shapes[surfaces])])
    parts = shapely.get_parts(shapely.get_parts(lines))
    gap = np.full((1, 2), np.nan)
    pieces = [piece for part in parts for piece in (shapely.get_coordinates(part), gap)]
    return np.concatenate(pieces) if pieces else np.empty((0, 2))


def turns(bounds: Bounds) -> list[float]:
    """Whole turns to add to longitudes in [-180, 180) so that they fall into the bounds.

    Parameters
    ----------
    bounds : tuple of float
        West, south, east, north in degrees; east may be beyond 180.

    Returns
    -------
    list of float
        Multiples of 360.

    Examples
    --------
    >>> turns((40, 30, 90, 60)), turns((170, -20, 200, 10))
    ([0.0], [0.0, 360.0])
    """
    first = int(np.floor((bounds[0] + 180.0) / 360.0))
    last = int(np.ceil((bounds[2] + 180.0) / 360.0)) - 1
    return [360.0 * turn for turn in range(first, last + 1)]


def magnitude_area(magnitude: npt.ArrayLike, count: int = 1) -> npt.NDArray[np.float64]:
    """Area of the circle of an event, square points: doubled by each magnitude.

    Parameters
    ----------
    magnitude : array_like
        Magnitudes; missing ones count as 4.
    count : int
        Number of events on the map; from 500 on the circles become smaller.

    Returns
    -------
    numpy.ndarray
        Areas, those of magnitudes below 3 and above 9.5 held.

    Examples
    --------
    >>> bool(magnitude_area(7.0) == 2 * magnitude_area(6.0))
    True
    """
    known = np.nan_to_num(np.asarray(magnitude, dtype=float), nan=4.0)
    shrink = float(np.clip(500 / max(count, 1), 0.35, 1.0))
    return np.asarray(7.0 * shrink * 2.0 ** (np.clip(known, 3.0, 9.5) - 4.0))


def line_of(layers: MapLayers, name: str) -> npt.NDArray[np.float64]:
    """Give a layer of lines, ``(point, 2)``; without points when there is none."""
    line: Any = layers.get(name)
    return np.empty((0, 2)) if line is None else np.asarray(line, dtype=float)


def draw_lines(axes: Axes, layers: MapLayers, bounds: Bounds) -> None:
    """Draw every layer of lines with a light halo, so that it is seen on any colour."""
    for order, (name, style) in enumerate(LINE_STYLES.items()):
        points = line_of(layers, name)
        if not len(points):
            continue
        for turn in turns(bounds):
            axes.plot(
                points[:, 0] + turn,
                points[:, 1],
                zorder=5 + order,
                scalex=False,
                scaley=False,
                solid_joinstyle="round",
                path_effects=HALO,
                gid=name,
                **style,
            )


def draw_events(axes: Axes, events: pd.DataFrame | None, bounds: Bounds) -> dict[int, float]:
    """Draw the events in view as circles, the strongest last, and say which sizes to explain.

    Returns
    -------
    dict of int to float
        Whole magnitudes for the legend, at most four, and the areas of their circles in square
        points; empty when no event is in view.
    """
    if events is None or not len(events):
        return {}
    shifted = pd.concat(
        [events.assign(longitude=events["longitude"] + turn) for turn in turns(bounds)]
    )
    west, south, east, north = bounds
    inside = shifted["longitude"].between(west, east) & shifted["latitude"].between(south, north)
    shown = shifted[inside].sort_values("mag", na_position="first")
    if not len(shown):
        return {}
    axes.scatter(
        shown["longitude"],
        shown["latitude"],
        s=magnitude_area(shown["mag"].to_numpy(dtype=float), len(shown)),
        facecolors="#ffffff55",
        edgecolors="#101010",
        linewidths=0.5,
        zorder=10,
        rasterized=len(shown) > MANY_EVENTS,
        gid="events",
    )
    low, high = shown["mag"].quantile(0.05), shown["mag"].max()
    if not np.isfinite(high):
        return {}
    whole = np.arange(int(np.floor(low)), int(np.floor(high)) + 1)
    chosen = whole[:: max(1, int(np.ceil(len(whole) / 4)))]
    return {int(value): float(magnitude_area(value, len(shown))) for value in chosen}


def draw_points(axes: Axes, points: pd.DataFrame | None, bounds: Bounds) -> list[int]:
    """Mark the chosen cells with numbers, and say which of them (from 0) are in view."""
    if points is None:
        return []
    drawn = set()
    for number, (_, point) in enumerate(points.iterrows()):
        colour = POINT_COLOURS[number % len(POINT_COLOURS)]
        for turn in turns(bounds):
            x, y = float(point["longitude"]) + turn, float(point["latitude"])
            if not (bounds[0] <= x <= bounds[2] and bounds[1] <= y <= bounds[3]):
                continue
            drawn.add(number)
            axes.plot(x, y, "o", ms=11, mfc=colour, mec="white", mew=1.4, zorder=15)
            axes.text(
                x,
                y,
                str(number + 1),
                color="white",
                fontsize=7,
                fontweight="bold",
                ha="center",
                va="center_baseline",
                zorder=16,
            )
    return sorted(drawn)
