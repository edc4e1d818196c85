"""The column beside a printed map: north arrow, colour bar, legend, scale bar."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon, Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator

from analysis.language import format_number, translator
from analysis.outputs.maplayers import (
    LINE_STYLES,
    POINT_COLOURS,
    MapLayers,
    line_of,
)
from analysis.outputs.scalebar import scale_bar

INK = "#12262d"
MUTED = "#4a616a"
PAGE_WIDTH = 297.0  # mm
PAGE_HEIGHT = 210.0  # mm
BAR_LONGEST = 38.0  # mm
UNIT_SIGNS = {"degC": "°C", "m s-1": "m/s", "m s**-1": "m/s", "1": ""}


def unit_sign(units: str) -> str:
    """Write a unit as people do.

    Examples
    --------
    >>> unit_sign("degC"), unit_sign("cm")
    ('°C', 'cm')
    """
    return UNIT_SIGNS.get(units, units)


def longitude_text(longitude: float, language: str) -> str:
    """Write a longitude of any turn with its hemisphere.

    Examples
    --------
    >>> longitude_text(190.0, "en"), longitude_text(-180.0, "en"), longitude_text(0.5, "en")
    ('170° W', '180°', '0.5° E')
    """
    _ = translator(language)
    wrapped = (longitude + 180.0) % 360.0 - 180.0
    degrees = format_number(abs(wrapped), language)
    if wrapped in (0.0, -180.0):
        return f"{degrees}°"
    text = _("{degrees}° E") if wrapped > 0 else _("{degrees}° W")
    return text.format(degrees=degrees)


def latitude_text(latitude: float, language: str) -> str:
    """Write a latitude with its hemisphere.

    Examples
    --------
    >>> latitude_text(-36.0, "en"), latitude_text(0.0, "en")
    ('36° S', '0°')
    """
    _ = translator(language)
    degrees = format_number(abs(latitude), language)
    if latitude == 0.0:
        return f"{degrees}°"
    text = _("{degrees}° N") if latitude > 0 else _("{degrees}° S")
    return text.format(degrees=degrees)


def draw_north(figure: Figure, left: float, text: str) -> None:
    """Draw an arrow to the north: the map has north up everywhere."""
    width, height = 9.0, 15.0
    axes = figure.add_axes(
        (left, 163 / PAGE_HEIGHT, width / PAGE_WIDTH, height / PAGE_HEIGHT), gid="north"
    )
    axes.set_axis_off()
    axes.set_xlim(0, width)
    axes.set_ylim(0, height)
    axes.add_patch(Polygon([(4.5, 10.5), (1.5, 0.5), (4.5, 2.5)], facecolor=INK, edgecolor=INK))
    axes.add_patch(Polygon([(4.5, 10.5), (7.5, 0.5), (4.5, 2.5)], facecolor="white", edgecolor=INK))
    axes.text(4.5, 11.3, text, ha="center", va="bottom", fontsize=9, fontweight="bold", color=INK)


def draw_colour_bar(
    figure: Figure, image: AxesImage, attrs: Mapping[str, Any], left: float, language: str
) -> None:
    """Draw the colour bar with the name of the variable and its unit."""
    name = str(attrs.get("long_name") or "")
    units = unit_sign(str(attrs.get("units") or ""))
    title = "\n".join(textwrap.wrap(f"{name}, {units}" if units else name, 26)[:3])
    top = 160.0 / PAGE_HEIGHT
    figure.text(left, top, title, fontsize=8.5, color=INK, va="top", fontweight="bold")
    lines = title.count("\n") + 1
    height = 47.0
    axes = figure.add_axes(
        (
            left + 3 / PAGE_WIDTH,
            top - (height + 3.0 + 4.0 * lines) / PAGE_HEIGHT,
            5.5 / PAGE_WIDTH,
            height / PAGE_HEIGHT,
        )
    )
    bar = figure.colorbar(image, cax=axes, extend=_extend(image))
    bar.locator = MaxNLocator(6)
    bar.formatter = FuncFormatter(lambda value, _: format_number(value, language))
    bar.update_ticks()
    bar.ax.tick_params(labelsize=8, colors=INK, length=3, width=0.6)
    bar.outline.set(linewidth=0.6, edgecolor=INK)


def _extend(image: AxesImage) -> str:
    """Say with arrows at the ends of the bar that values lie beyond its colours."""
    values: Any = np.ma.compressed(np.ma.asarray(image.get_array()))
    low, high = image.get_clim()
    below, above = bool((values < low).any()), bool((values > high).any())
    return {(0, 0): "neither", (1, 0): "min", (0, 1): "max", (1, 1): "both"}[below, above]


def draw_legend(
    figure: Figure,
    layers: MapLayers,
    sizes: Mapping[int, float],
    numbers: list[int],
    left: float,
    language: str,
) -> None:
    """Explain lines, circles and numbered points."""
    _ = translator(language)
    names = {
        "coastline": _("Coastline"),
        "borders": _("Borders"),
        "plates": _("Tectonic plate boundaries"),
        "area": _("Chosen area"),
    }
    handles = []
    for name, style in LINE_STYLES.items():
        if len(line_of(layers, name)):
            handles.append(Line2D([], [], label=_wrap(names[name]), **style))
    handles += [
        Line2D(
            [],
            [],
            linestyle="none",
            marker="o",
            markersize=float(np.sqrt(area)),
            markerfacecolor="#ffffff55",
            markeredgecolor="#101010",
            markeredgewidth=0.5,
            label=_wrap(_("Earthquake, magnitude {magnitude}").format(magnitude=magnitude)),
        )
        for magnitude, area in sizes.items()
    ]
    points = layers.get("points")
    if points is not None:
        handles += [
            Line2D(
                [],
                [],
                linestyle="none",
                marker="o",
                markersize=7,
                markerfacecolor=POINT_COLOURS[number % len(POINT_COLOURS)],
                markeredgecolor="white",
                label=_wrap(f"{number + 1}: {_cell(points.iloc[number], number, language)}"),
            )
            for number in numbers
        ]
    if handles:
        figure.legend(
            handles=handles[:12],
            loc="upper left",
            bbox_to_anchor=(left - 1 / PAGE_WIDTH, 95 / PAGE_HEIGHT),
            frameon=False,
            fontsize=7.5,
            labelcolor=INK,
            borderpad=0,
            borderaxespad=0,
            handlelength=1.8,
            labelspacing=0.55,
        )


def _cell(point: pd.Series, number: int, language: str) -> str:
    """Name a chosen cell by its label, else by its place."""
    label = str(point.get("label", ""))
    if label not in ("", str(number + 1)):
        return label
    latitude = latitude_text(round(float(point["latitude"]), 2), language)
    longitude = longitude_text(round(float(point["longitude"]), 2), language)
    return f"{latitude}, {longitude}".replace(" ", "\u00a0").replace(",\u00a0", ", ")


def _wrap(text: str) -> str:
    """Break a label into lines that fit the column."""
    return "\n".join(textwrap.wrap(text, 26)[:3])


def draw_scale(figure: Figure, axes: Axes, left: float, language: str) -> None:
    """Draw the scale bar of the map's middle latitude, in the map's own scale."""
    _ = translator(language)
    west, east = axes.get_xlim()
    south, north = axes.get_ylim()
    middle = (south + north) / 2
    map_width = axes.get_position().width
    share = min(BAR_LONGEST / PAGE_WIDTH / map_width, 0.5)
    bar = scale_bar(east - west, middle, share)
    length = map_width * bar.degrees / (east - west)
    bottom, height = 42 / PAGE_HEIGHT, 1.6 / PAGE_HEIGHT
    for part in range(4):
        figure.add_artist(
            Rectangle(
                (left + part * length / 4, bottom),
                length / 4,
                height,
                facecolor=INK if part % 2 == 0 else "white",
                edgecolor=INK,
                linewidth=0.6,
                gid="scale",
            )
        )
    text: dict[str, Any] = {"fontsize": 7.5, "color": INK}
    figure.text(left, bottom + 2.2 / PAGE_HEIGHT, "0", ha="center", va="bottom", **text)
    figure.text(
        left + length,
        bottom + 2.2 / PAGE_HEIGHT,
        _("{length} km").format(length=format_number(bar.kilometres, language)),
        ha="center",
        va="bottom",
        **text,
    )
    ground = bar.kilometres * 1e6 / (length * PAGE_WIDTH)  # mm on the ground per mm on paper
    ratio = round(ground, 1 - int(np.floor(np.log10(ground))))
    at = _("1 : {ratio} at {latitude}").format(
        ratio=format_number(ratio, language, 0), latitude=latitude_text(round(middle), language)
    )
    figure.text(left, bottom - 1.2 / PAGE_HEIGHT, at, fontsize=6.5, color=MUTED, va="top")
