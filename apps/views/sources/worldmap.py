"""A small map of the world with the boxes of the sources, as SVG that follows the theme."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from html import escape
from typing import Any

import shapely

from analysis.sources import open_source
from analysis.sources.regions import REGIONS, Region
from apps.views.sources.words import GLOBE, width

SIMPLIFIED = 0.4
"""Degrees by which the outline of the land may be off."""

MARGIN = 0.25
"""Part of a region that is shown round it."""

Box = tuple[float, float, float, float]


@cache
def land() -> str:
    """Return the land as one path in degrees, y downwards.

    >>> land().startswith("M")
    True
    """
    table = open_source("countries")
    shapes = table[table["scale"] == "110m"].geometry.make_valid()
    merged = shapely.simplify(shapely.union_all(shapes.to_numpy()), SIMPLIFIED)
    parts = []
    for polygon in shapely.get_parts(merged):
        if polygon.geom_type == "Polygon" and polygon.area > 1:
            corners = shapely.get_coordinates(polygon.exterior)[:-1]
            parts.append("M" + "L".join(f"{x:.1f} {-y:.1f}" for x, y in corners) + "Z")
    return "".join(parts)


@cache
def borders() -> str:
    """Return the borders between countries as one path in degrees, y downwards.

    >>> borders().startswith("M")
    True
    """
    table = open_source("borders")
    shapes = table[table["scale"] == "110m"].geometry
    parts = []
    for line in shapely.get_parts(shapes.to_numpy()):
        corners = shapely.get_coordinates(line.simplify(SIMPLIFIED / 2))
        parts.append("M" + "L".join(f"{x:.1f} {-y:.1f}" for x, y in corners))
    return "".join(parts)


def pieces(box: Box) -> list[Box]:
    """Cut a box at 180 degrees where it runs over them.

    >>> pieces((60, 40, 80, 50)), pieces((170, 40, -170, 50))
    ([(60, 40, 80, 50)], [(170, 40, 180.0, 50), (-180.0, 40, -170, 50)])
    """
    west, south, east, north = box
    if west <= east:
        return [box]
    return [(west, south, 180.0, north), (-180.0, south, east, north)]


def touches(first: Box, second: Box) -> bool:
    """Whether two boxes have a part in common; both may run over 180 degrees.

    >>> touches((170, 0, -170, 10), (-175, 5, -160, 20)), touches((0, 0, 5, 5), (6, 0, 9, 5))
    (True, False)
    """
    return any(
        a[0] <= b[2] and b[0] <= a[2] and a[1] <= b[3] and b[1] <= a[3]
        for a in pieces(first)
        for b in pieces(second)
    )


def window(region: Region | None) -> Box:
    """Return what the map shows: the world, or a region with a margin.

    >>> window(None)
    (-180.0, -90.0, 180.0, 90.0)
    """
    if region is None or width(region.west, region.east) > 120:
        return (-180.0, -90.0, 180.0, 90.0)
    east = region.east + (360.0 if region.crosses_date_line else 0.0)
    height = max(region.north - region.south, (east - region.west) / 2) * (1 + 2 * MARGIN)
    height = min(height, 180.0)
    south = min(max((region.south + region.north - height) / 2, -90.0), 90.0 - height)
    middle = (region.west + east) / 2
    return (middle - height, south, middle + height, south + height)


def world_map(label: str, boxes: Sequence[tuple[str, Any, bool]], chosen: str, region: str) -> str:
    """Draw the boxes of the sources.

    Parameters
    ----------
    label : str
        What the picture shows, for those who do not see it.
    boxes : sequence of (str, Coverage, bool)
        Name, coverage and whether it is simulated.
    chosen : str
        Name of the source that stands out; "" for none.
    region : str
        Key of the region to which the map is drawn; "" for the world.

    Returns
    -------
    str
        SVG. A box that is not the globe can be pressed.
    """
    west, south, east, north = window(REGIONS.get(region))
    shapes = []
    drawn: set[Box] = set()
    for name, coverage, _simulated in boxes:
        box = tuple(coverage[:4])
        if name == chosen or box in drawn or width(box[0], box[2]) >= GLOBE:
            continue
        drawn.add(box)
        shapes += [_rectangle(piece, "box", name) for piece in pieces(box)]
    for name, coverage, _simulated in boxes:
        if name == chosen:
            shapes += [_rectangle(piece, "box chosen", name) for piece in pieces(coverage[:4])]
    # a region over 180 degrees shows a second world beside the first
    copies = [0] + ([360] if east > 180 else []) + ([-360] if west < -180 else [])
    path, inner = land(), "".join(shapes)
    if east - west < 360:  # nearer, the coast alone does not tell where one is
        inner = f'<path class="border" d="{borders()}"/>{inner}'
    worlds = "".join(
        f'<g transform="translate({shift} 0)"><path class="land" d="{path}"/>{inner}</g>'
        for shift in copies
    )
    grid = "".join(f'<path class="grid" d="M-540 {y}H540"/>' for y in range(-60, 90, 30))
    grid += "".join(f'<path class="grid" d="M{x} -90V90"/>' for x in range(-360, 390, 30))
    return (
        f'<svg class="world" role="img" aria-label="{escape(label)}" '
        f'viewBox="{west:g} {-north:g} {east - west:g} {north - south:g}">{grid}{worlds}</svg>'
    )


def _rectangle(box: Sequence[float], style: str, name: str) -> str:
    west, south, east, north = box
    return (
        f'<rect class="{style}" data-key="source:{escape(name)}" x="{west:g}" y="{-north:g}" '
        f'width="{max(east - west, 0.2):g}" height="{max(north - south, 0.2):g}"/>'
    )
