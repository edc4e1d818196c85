"""A map to print: A4 landscape as PDF or PNG, drawn by plain matplotlib."""

from __future__ import annotations

import io
import textwrap
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import cmocean
import colorcet
import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.colors import Colormap
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from analysis.language import format_date, translator
from analysis.outputs.grids import GEOGRAPHIC, edges, standard_view, view_crs, view_time
from analysis.outputs.maplayers import MapLayers, draw_events, draw_lines, draw_points
from analysis.outputs.maplegend import (
    draw_colour_bar,
    draw_legend,
    draw_north,
    draw_scale,
    latitude_text,
    longitude_text,
    unit_sign,
)
from analysis.outputs.scalebar import graticule_step, latitude_degree, longitude_degree
from analysis.outputs.tables import zone

FORMATS = ("pdf", "png")
PAGE = (297.0, 210.0)  # mm, A4 landscape
MARGIN = 12.0  # mm
MAP_BOX = (22.0, 40.0, 206.0, 138.0)  # mm: left, bottom, width, height that the map may take
GAP = 10.0  # mm between the map and the column of explanations at its right
INK = "#12262d"
MUTED = "#4a616a"
WARNING = "#b3261e"
FONT = {"font.family": "DejaVu Sans", "pdf.fonttype": 42}  # has the Kazakh letters, as text
drawing = threading.Lock()  # matplotlib's settings belong to the whole process


@dataclass(frozen=True)
class MapStyle:
    """How a map is printed.

    Parameters
    ----------
    title : str
        Above the map; empty for the title of the metadata.
    colormap : str
        ``"colorcet:NAME"`` or ``"cmocean:NAME"``.
    limits : tuple of float, optional
        Values of the lowest and the highest colour; without them the 2nd and 98th percentile.
    language : {"kk", "ru", "en"}
        Language of every text.
    timezone : str, optional
        IANA name; the time of the map is then given in local time too.
    printed : datetime
        When the map is printed (UTC).
    dpi : int
        Dots per inch of a PNG, 50 to 600.
    """

    title: str = ""
    colormap: str = "colorcet:bmy"
    limits: tuple[float, float] | None = None
    language: str = "en"
    timezone: str | None = None
    printed: datetime = field(default_factory=lambda: datetime.now(UTC))
    dpi: int = 200

    def __post_init__(self) -> None:
        if self.limits is not None and not self.limits[0] < self.limits[1]:
            raise ValueError(f"Colour range {self.limits}: the first must be below the second.")
        if not 50 <= self.dpi <= 600:
            raise ValueError(f"{self.dpi} dots per inch: allowed are 50 to 600.")


def colour_map(name: str) -> Colormap:
    """Matplotlib colour map by the name that the vocabulary uses.

    Parameters
    ----------
    name : str
        ``"colorcet:bmy"``, ``"cmocean:thermal"`` and so on.

    Returns
    -------
    matplotlib.colors.Colormap

    Raises
    ------
    ValueError
        If there is no such colour map.

    Examples
    --------
    >>> colour_map("cmocean:thermal").N
    256
    """
    package, _, short = name.partition(":")
    known: Mapping[str, Colormap] = {
        "colorcet": colorcet.cm,
        "cmocean": cmocean.cm.cmap_d,
    }.get(package, {})
    if short not in known:
        raise ValueError(f"Colour map {name!r}: write colorcet:NAME or cmocean:NAME.")
    return known[short]


def printed_map(
    view: xr.DataArray,
    layers: MapLayers | None = None,
    metadata: Mapping[str, Any] | None = None,
    *,
    style: MapStyle | None = None,
    file_format: str = "pdf",
) -> bytes:
    """Print a view as a map that explains itself.

    The map is in longitude and latitude, stretched so that lengths are right at its middle
    latitude, where its scale bar holds.

    Parameters
    ----------
    view : xarray.DataArray
        ``(y, x)`` or ``(latitude, longitude)`` in degrees; attributes ``units, long_name,
        simulated``; time as a scalar coordinate or attribute, or in words as ``time_text``.
    layers : MapLayers, optional
        Lines, events and points above the image.
    metadata : mapping, optional
        ``title, source, licence, citation, simulated``; ``credits``: a list of further lines,
        for example for the events.
    style : MapStyle, optional
        Title, colours, language, time zone.
    file_format : {"pdf", "png"}
        Kind of file.

    Returns
    -------
    bytes
        The file: one page A4 landscape.

    Raises
    ------
    ValueError
        If the format, the colour map, the language or the time zone is unknown, or the view is
        not a regular grid in degrees.

    Examples
    --------
    >>> view = xr.DataArray(
    ...     np.eye(4), coords={"y": [40.0, 45, 50, 55], "x": [60.0, 65, 70, 75]}, name="v"
    ... )
    >>> printed_map(view)[:5]
    b'%PDF-'
    """
    if file_format not in FORMATS:
        raise ValueError(f"Format {file_format!r}: allowed are {FORMATS}.")
    if view_crs(view) != GEOGRAPHIC:
        raise ValueError("A printed map needs a view in degrees (EPSG:4326).")
    style = style or MapStyle()
    buffer = io.BytesIO()
    with drawing, mpl.rc_context(FONT):
        figure = _draw(standard_view(view), layers or MapLayers(), metadata or {}, style)
        title = style.title or str((metadata or {}).get("title", ""))
        about = {"Title": title, "Creator": "Qazcube"}
        if file_format == "pdf":
            about["CreationDate"] = style.printed  # type: ignore[assignment]
        else:
            about = {"Title": title, "Software": "Qazcube"}
        figure.savefig(buffer, format=file_format, dpi=style.dpi, metadata=about)
    return buffer.getvalue()


def _draw(
    view: xr.DataArray, layers: MapLayers, metadata: Mapping[str, Any], style: MapStyle
) -> Figure:
    """Draw the whole page."""
    _ = translator(style.language)
    simulated = bool(view.attrs.get("simulated") or metadata.get("simulated"))
    figure = Figure(figsize=(PAGE[0] / 25.4, PAGE[1] / 25.4), facecolor="white")
    axes = _map_axes(figure, view, style.language)
    image = draw_image(axes, view, style)
    draw_lines(axes, layers, edges(view))
    sizes = draw_events(axes, layers.get("events"), edges(view))
    numbers = draw_points(axes, layers.get("points"), edges(view))
    if simulated:
        watermark(axes, _("SIMULATED DATA"))
    _heading(figure, view, metadata, style, simulated=simulated)
    left = axes.get_position().x1 + GAP / PAGE[0]
    draw_north(figure, left + 3 / PAGE[0], _("N"))
    draw_colour_bar(figure, image, view.attrs, left, style.language)
    draw_legend(figure, layers, sizes, numbers, left, style.language)
    draw_scale(figure, axes, left, style.language)
    _footer(figure, metadata, style, simulated=simulated)
    return figure


def draw_image(axes: Axes, view: xr.DataArray, style: MapStyle) -> AxesImage:
    """Draw the values of a standard view in the colours of the style."""
    values = np.ma.masked_invalid(view.to_numpy())
    limits = style.limits or _percentiles(values)
    west, south, east, north = edges(view)
    return axes.imshow(
        values,
        extent=(west, east, south, north),
        origin="lower",
        aspect="auto",
        interpolation="none",
        cmap=colour_map(style.colormap),
        vmin=limits[0],
        vmax=limits[1],
        zorder=1,
    )


def _percentiles(values: np.ma.MaskedArray[Any, Any]) -> tuple[float, float]:
    """Colour range from what is in view; any range when nothing is."""
    found = values.compressed()
    if not found.size:
        return 0.0, 1.0
    low, high = (float(value) for value in np.percentile(found, [2, 98]))
    return (low, high) if low < high else (low - 0.5, high + 0.5)


def _map_axes(figure: Figure, view: xr.DataArray, language: str) -> Axes:
    """Frame of the map, as large as its shape allows, with a graticule in degrees."""
    west, south, east, north = edges(view)
    south, north = max(south, -90.0), min(north, 90.0)
    middle = (south + north) / 2
    ground = (east - west) * longitude_degree(middle) / (north - south) / latitude_degree(middle)
    left, bottom, width, height = MAP_BOX
    wide, tall = (width, width / ground) if ground > width / height else (height * ground, height)
    axes = figure.add_axes(
        (
            (left + (width - wide) / 2) / PAGE[0],
            (bottom + (height - tall) / 2) / PAGE[1],
            wide / PAGE[0],
            tall / PAGE[1],
        ),
        facecolor="#eceff1",
    )
    axes.set_xlim(west, east)
    axes.set_ylim(south, north)
    axes.set_gid("map")
    for axis, low, high in ((axes.xaxis, west, east), (axes.yaxis, south, north)):
        step = graticule_step(high - low)
        ticks = np.arange(np.ceil(low / step - 1e-9), np.floor(high / step + 1e-9) + 1) * step
        label = longitude_text if axis is axes.xaxis else latitude_text
        axis.set_ticks(ticks, [label(round(float(tick), 6), language) for tick in ticks])
    axes.tick_params(labelsize=8, colors=INK, length=3, width=0.6, top=True, right=True)
    axes.grid(visible=True, color=INK, alpha=0.25, linewidth=0.4, linestyle=(0, (1, 2)), zorder=2)
    for spine in axes.spines.values():
        spine.set(linewidth=0.9, color=INK)
    return axes


def _moment(moment: datetime, language: str) -> str:
    """Day and time of day to the minute."""
    return f"{format_date(moment, language)}, {moment:%H:%M}"


def watermark(axes: Axes, text: str) -> None:
    """Write across the map that its values are made up."""
    axes.text(
        0.5,
        0.5,
        text,
        transform=axes.transAxes,
        rotation=20,
        ha="center",
        va="center",
        fontsize=min(44.0, 44.0 * 18 / max(len(text), 1)),
        fontweight="bold",
        color=WARNING,
        alpha=0.32,
        zorder=20,
        path_effects=[patheffects.withStroke(linewidth=2.5, foreground="white", alpha=0.35)],
    )


def _heading(
    figure: Figure,
    view: xr.DataArray,
    metadata: Mapping[str, Any],
    style: MapStyle,
    *,
    simulated: bool,
) -> None:
    """Title, variable with unit, time."""
    _ = translator(style.language)
    left, top = MARGIN / PAGE[0], 1 - MARGIN / PAGE[1]
    title = textwrap.shorten(style.title or str(metadata.get("title", "")), 90, placeholder="…")
    size = 18 if len(title) < 60 else 14
    figure.text(left, top, title, fontsize=size, fontweight="bold", color=INK, va="top")
    parts = [str(view.attrs.get("long_name") or view.name or "")]
    if view.attrs.get("units"):
        parts.append(unit_sign(str(view.attrs["units"])))
    parts += time_texts(view, style)
    figure.text(
        left, top - 9.5 / PAGE[1], "  ·  ".join(parts), fontsize=10.5, color=MUTED, va="top"
    )
    if simulated:
        figure.text(
            1 - left,
            top - 1 / PAGE[1],
            _("SIMULATED DATA"),
            fontsize=10.5,
            fontweight="bold",
            color="white",
            ha="right",
            va="top",
            bbox={"boxstyle": "round,pad=0.4", "facecolor": WARNING, "edgecolor": "none"},
        )


def time_texts(view: xr.DataArray, style: MapStyle) -> list[str]:
    """Write the time of a view: as its attribute ``time_text`` says, else in UTC and local time."""
    _ = translator(style.language)
    time = view_time(view)
    if view.attrs.get("time_text"):
        return [str(view.attrs["time_text"])]
    if time is None:
        return []
    texts = [_("{time} UTC").format(time=_moment(time, style.language))]
    if style.timezone:
        local = time.tz_localize("UTC").tz_convert(zone(style.timezone)).tz_localize(None)
        texts.append(f"{_moment(local, style.language)} ({style.timezone})")
    return texts


def _footer(
    figure: Figure, metadata: Mapping[str, Any], style: MapStyle, *, simulated: bool
) -> None:
    """Source, licence, citation, date of printing."""
    _ = translator(style.language)
    lines = []
    if simulated:
        lines.append(_("Holds values made by a simulator: they are not observations."))
    named: tuple[tuple[str, Any], ...] = (
        (_("Source"), metadata.get("source")),
        (_("Licence"), metadata.get("licence")),
        (_("Citation"), metadata.get("citation")),
    )
    if metadata.get("citation") == metadata.get("source"):
        named = named[:2]
    lines += [f"{name}: {value}" for name, value in named if value]
    lines += [str(line) for line in metadata.get("credits", ())]
    wrapped = [part for line in lines for part in textwrap.wrap(line, 190)]
    if len(wrapped) > 6:
        wrapped = [*wrapped[:5], f"{wrapped[5]} …"]
    left = MARGIN / PAGE[0]
    figure.add_artist(
        mpl.lines.Line2D([left, 1 - left], [28 / PAGE[1]] * 2, color=MUTED, linewidth=0.5)
    )
    figure.text(
        left, 26 / PAGE[1], "\n".join(wrapped), fontsize=7.5, color=INK, va="top", linespacing=1.35
    )
    printed = _("Printed on {date} UTC with Qazcube").format(
        date=_moment(style.printed, style.language)
    )
    figure.text(1 - left, 29 / PAGE[1], printed, fontsize=7.5, color=MUTED, ha="right", va="bottom")
