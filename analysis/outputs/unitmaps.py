"""Units of land with their numbers: GeoJSON, and a picture of a map beside a curve."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import shapely

from analysis.language import translator

DIGITS = 5
"""Decimals of a degree in GeoJSON: about a metre (RFC 7946, section 11.2)."""


def units_geojson(
    shapes: Any, table: pd.DataFrame, metadata: Mapping[str, Any] | None = None
) -> bytes:
    """Units as a GeoJSON FeatureCollection in UTF-8, in the order of the table.

    Parameters
    ----------
    shapes : geopandas.GeoSeries
        Polygons in longitude and latitude; the index holds the ids of the units.
    table : pandas.DataFrame
        Indexed by the id of the unit; every column becomes a property.
    metadata : mapping, optional
        Title, source, licence ... of the collection; ``simulated`` marks it.

    Returns
    -------
    bytes
        RFC 7946: WGS 84, outer rings counter-clockwise; NaN becomes null.

    Raises
    ------
    ValueError
        A unit of the table has no outline.

    Examples
    --------
    >>> import geopandas as gpd
    >>> shapes = gpd.GeoSeries({"a": shapely.box(60, 50, 61, 51)})
    >>> made = json.loads(units_geojson(shapes, pd.DataFrame({"ndvi": [np.nan]}, index=["a"])))
    >>> made["features"][0]["id"], made["features"][0]["properties"]
    ('a', {'ndvi': None})
    """
    missing = [str(one) for one in table.index if one not in shapes.index]
    if missing:
        raise ValueError(f"The unit {missing[0]!r} has no outline.")
    features = []
    for ident, row in zip(table.index, table.to_dict("records"), strict=True):
        shape = shapely.orient_polygons(shapes[ident])
        plain = shapely.set_precision(shape, 10.0**-DIGITS, mode="pointwise")
        features.append(
            {
                "type": "Feature",
                "id": str(ident),
                "geometry": json.loads(shapely.to_geojson(plain)),
                "properties": {str(name): _plain(value) for name, value in row.items()},
            }
        )
    about = {
        str(key): value
        for key, value in (metadata or {}).items()
        if isinstance(value, str | int | float | bool) and value != ""
    }
    whole = {"type": "FeatureCollection", **about, "features": features}
    return json.dumps(whole, ensure_ascii=False, allow_nan=False).encode()


def _plain(value: Any) -> Any:
    """Return a value as JSON has it."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return None if math.isnan(value) else round(value, 6)
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    return value


@dataclass(frozen=True)
class UnitPicture:
    """What a picture of units shows.

    Attributes
    ----------
    shapes : sequence of shapely geometry
        Polygons in degrees, shape (unit).
    colours : sequence of str
        Fill of each unit.
    chosen : sequence of (int, str)
        Positions of the units outlined, and the colour of the outline.
    legend : sequence of (str, str)
        Colour and text of each step of the colours.
    curve : pandas.DataFrame
        ``time``, ``mean``, ``p10``, ``p25``, ``p75``, ``p90``.
    lines : mapping of str to pandas.Series
        Name -> values on the times of `curve`.
    title, subtitle, label : str
        Above, beneath it, and the name of the curve's axis.
    credits : sequence of str
        Sources and licences, at the bottom.
    simulated : bool
        Whether the picture is marked.
    language : str
        Of the mark.
    """

    shapes: Sequence[Any]
    colours: Sequence[str]
    chosen: Sequence[tuple[int, str]]
    legend: Sequence[tuple[str, str]]
    curve: pd.DataFrame
    lines: Mapping[str, Any]
    title: str
    subtitle: str = ""
    label: str = "NDVI"
    credits: Sequence[str] = field(default_factory=tuple)
    simulated: bool = False
    language: str = "en"


def units_picture(shown: UnitPicture, *, width: int = 1600, height: int = 900) -> bytes:
    """Draw a map of units and the curve of the chosen ones as a PNG.

    Parameters
    ----------
    shown : UnitPicture
        What is shown.
    width, height : int
        Pixels.

    Returns
    -------
    bytes
        The PNG.

    Raises
    ------
    ValueError
        There is no unit.

    Examples
    --------
    >>> import dataclasses
    >>> nothing = UnitPicture([], [], [], [], pd.DataFrame(), {}, "title")
    >>> units_picture(nothing)
    Traceback (most recent call last):
    ...
    ValueError: There is no unit to draw.
    """
    from matplotlib.figure import Figure

    if not len(shown.shapes):
        raise ValueError("There is no unit to draw.")
    _ = translator(shown.language)
    figure = Figure(figsize=(width / 100, height / 100), dpi=100, facecolor="white")
    figure.text(0.03, 0.945, shown.title, fontsize=20, weight="bold")
    figure.text(0.03, 0.905, shown.subtitle, fontsize=13, color="#37474f")
    if shown.simulated:
        box = {"boxstyle": "round,pad=0.4", "facecolor": "#fff3e0", "edgecolor": "#8a5200"}
        text = _("Simulated data")
        figure.text(0.97, 0.945, text, fontsize=15, color="#8a5200", ha="right", bbox=box)
    _map(figure.add_axes((0.03, 0.215, 0.50, 0.665)), shown)
    _legend(figure, shown)
    _curve(figure.add_axes((0.60, 0.215, 0.37, 0.57)), shown)
    figure.text(0.03, 0.03, "\n".join(shown.credits), fontsize=9, color="#455a64", va="bottom")
    made = io.BytesIO()
    figure.savefig(made, format="png")
    return made.getvalue()


def _map(axes: Any, shown: UnitPicture) -> None:
    from matplotlib.collections import PathCollection
    from matplotlib.path import Path

    def path(shape: Any) -> Path:
        rings = [
            ring
            for part in shapely.get_parts(shapely.orient_polygons(shape))
            for ring in (part.exterior, *part.interiors)
        ]
        return Path.make_compound_path(*(Path(shapely.get_coordinates(ring)) for ring in rings))

    paths = [path(shape) for shape in shown.shapes]
    axes.add_collection(
        PathCollection(paths, facecolors=list(shown.colours), edgecolors="#37474f", linewidths=0.5)
    )
    for place, colour in shown.chosen:
        rim = PathCollection([paths[place]], facecolors="none", edgecolors=colour, linewidths=2.6)
        axes.add_collection(rim)
    west, south, east, north = shapely.total_bounds(np.asarray(shown.shapes, dtype=object))
    room = 0.02 * max(east - west, north - south)
    axes.set_xlim(west - room, east + room)
    axes.set_ylim(south - room, north + room)
    axes.set_aspect(1.0 / max(math.cos(math.radians((south + north) / 2)), 0.05))
    axes.set_xlabel("°E")
    axes.set_ylabel("°N")
    axes.tick_params(labelsize=10)


def _legend(figure: Any, shown: UnitPicture) -> None:
    """Name the colours under the map, in rows of a few."""
    from matplotlib.patches import Patch

    handles = [
        Patch(facecolor=colour, edgecolor="#90a4ae", label=text) for colour, text in shown.legend
    ]
    columns = 3 if len(handles) < 8 else 5
    figure.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(0.025, 0.092),
        ncols=columns,
        fontsize=9,
        frameon=False,
    )


def _curve(axes: Any, shown: UnitPicture) -> None:
    from matplotlib.dates import DateFormatter, MonthLocator

    table = shown.curve
    time = table["time"]
    axes.fill_between(time, table["p10"], table["p90"], color="#8aa0a8", alpha=0.3, linewidth=0)
    axes.fill_between(time, table["p25"], table["p75"], color="#6d868f", alpha=0.42, linewidth=0)
    axes.plot(time, table["mean"], color="#5b7078", linewidth=1.6)
    for (name, values), (_place, colour) in zip(shown.lines.items(), shown.chosen, strict=False):
        axes.plot(time, values, color=colour, linewidth=2.4, marker="o", markersize=4, label=name)
    axes.set_ylabel(shown.label)
    axes.grid(color="#cfd8dc", linewidth=0.6)
    axes.legend(fontsize=10, frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    axes.xaxis.set_major_locator(MonthLocator(interval=2 if len(table) > 15 else 1))
    axes.xaxis.set_major_formatter(DateFormatter("%Y-%m"))
    axes.tick_params(labelsize=9)
