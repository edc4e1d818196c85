"""A view as a picture for slides: the map and, under it, a line that says what it shows."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Mapping
from typing import Any

import matplotlib as mpl
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from analysis.language import format_number, translator
from analysis.outputs.grids import GEOGRAPHIC, edges, standard_view, view_crs
from analysis.outputs.maplayers import MapLayers, draw_events, draw_lines, draw_points
from analysis.outputs.maplegend import unit_sign
from analysis.outputs.printed import (
    FONT,
    INK,
    MUTED,
    MapStyle,
    draw_image,
    drawing,
    time_texts,
    watermark,
)
from analysis.outputs.scalebar import latitude_degree, longitude_degree

LONGEST = 10.0  # inches, the longer side of the map
NARROWEST = 6.0  # inches: the line under the map must be readable
STRIP = 1.0  # inches, height of the line under the map


def view_picture(
    view: xr.DataArray,
    layers: MapLayers | None = None,
    metadata: Mapping[str, Any] | None = None,
    *,
    style: MapStyle | None = None,
) -> bytes:
    """View as a PNG with its colour bar, unit, time and source.

    Parameters
    ----------
    view, layers, metadata, style
        As in `analysis.outputs.printed_map`.

    Returns
    -------
    bytes
        The file; the longer side of the map is ten inches at the dots per inch of the style.

    Raises
    ------
    ValueError
        If the view is not a regular grid in degrees, or the colour map or language is unknown.

    Examples
    --------
    >>> import numpy as np
    >>> view = xr.DataArray(np.eye(2), coords={"y": [40.0, 41.0], "x": [60.0, 61.0]})
    >>> view_picture(view)[1:4]
    b'PNG'
    """
    if view_crs(view) != GEOGRAPHIC:
        raise ValueError("A picture needs a view in degrees (EPSG:4326).")
    style = style or MapStyle()
    about: Mapping[str, Any] = metadata or {}
    buffer = io.BytesIO()
    with drawing, mpl.rc_context(FONT):
        figure = _draw(standard_view(view), layers or MapLayers(), about, style)
        tags = {"Software": "Qazcube", "Source": str(about.get("source", ""))}
        figure.savefig(buffer, format="png", dpi=style.dpi, metadata=tags)
    return buffer.getvalue()


def _draw(
    view: xr.DataArray, layers: MapLayers, metadata: Mapping[str, Any], style: MapStyle
) -> Figure:
    """Draw map and line."""
    _ = translator(style.language)
    bounds = west, south, east, north = edges(view)
    middle = (max(south, -90.0) + min(north, 90.0)) / 2
    ground = (east - west) * longitude_degree(middle) / (north - south) / latitude_degree(middle)
    wide, tall = (LONGEST, LONGEST / ground) if ground > 1 else (LONGEST * ground, LONGEST)
    width, height = max(wide, NARROWEST), tall + STRIP
    figure = Figure(figsize=(width, height), facecolor="white")
    axes = figure.add_axes(
        ((width - wide) / 2 / width, STRIP / height, wide / width, tall / height),
        facecolor="#eceff1",
    )
    axes.set_axis_off()
    image = draw_image(axes, view, style)
    axes.set_xlim(west, east)
    axes.set_ylim(south, north)
    draw_lines(axes, layers, bounds)
    draw_events(axes, layers.get("events"), bounds)
    draw_points(axes, layers.get("points"), bounds)
    name = str(view.attrs.get("long_name") or view.name or "")
    unit = unit_sign(str(view.attrs.get("units") or ""))
    parts = [f"{name}, {unit}" if unit else name, *time_texts(view, style)]
    if view.attrs.get("simulated") or metadata.get("simulated"):
        watermark(axes, _("SIMULATED DATA"))
        parts.append(_("SIMULATED DATA"))
    left = 0.15 / width
    room = int((width - 0.3) / 0.085)
    figure.text(
        left,
        0.9 * STRIP / height,
        textwrap.shorten("  ·  ".join(parts), room, placeholder="…"),
        fontsize=10,
        fontweight="bold",
        color=INK,
        va="top",
    )
    credit = "; ".join(
        str(metadata[key]) for key in ("source", "citation", "licence") if metadata.get(key)
    )
    figure.text(
        left,
        0.08 * STRIP / height,
        textwrap.shorten(credit, int(room * 1.4), placeholder="…"),
        fontsize=7.5,
        color=MUTED,
        va="bottom",
    )
    bar_axes = figure.add_axes(
        (left, 0.5 * STRIP / height, min(4.0, width - 0.4) / width, 0.13 * STRIP / height)
    )
    bar = figure.colorbar(image, cax=bar_axes, orientation="horizontal")
    bar.locator = MaxNLocator(6)
    bar.formatter = FuncFormatter(lambda value, _: format_number(value, style.language))
    bar.update_ticks()
    bar.ax.tick_params(labelsize=8, colors=INK, length=2, width=0.6, pad=1)
    bar.outline.set(linewidth=0.5, edgecolor=INK)
    return figure
