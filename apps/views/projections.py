"""The map in other projections, drawn on demand with GeoViews."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import geoviews as gv
import holoviews as hv
import numpy as np
import pandas as pd

from analysis.cubes import Cube
from analysis.outputs import MapLayers, colour_map
from analysis.outputs.maplayers import POINT_COLOURS
from analysis.outputs.maplegend import unit_sign
from apps.views.colours import EVENT_COLOURS
from apps.views.mapprojections import (
    Floats,
    Projection,
    beside,
    graticule,
    place,
    project_line,
    project_points,
    projection,
)
from apps.views.sliders import at_pointer

__all__ = ["projected_view", "projection"]

MANY_EVENTS = 5000  # the strongest ones are drawn
MAGNITUDES = (4.0, 5.0, 6.0, 7.0, 8.0)  # edges of the classes that EVENT_COLOURS colours
DETAILS = ("depth", "time", "place")  # of events, shown on hover where they are given
TALLEST = 640  # pixels: the whole map is seen without scrolling
COLOUR_BAR = 90  # pixels
INK = {
    "coastline": ("#37474f", 1.1),
    "borders": ("#78909c", 0.8),
    "plates": ("#e53935", 1.8),
    "area": ("#8e24aa", 2.4),
}


def projected_view(  # noqa: PLR0913 - what a map shows, one name each
    cube: Cube,
    variable: str,
    time: Any,
    key: str,
    layers: MapLayers | None = None,
    *,
    colormap: str = "cmocean:thermal",
    limits: tuple[float, float] | None = None,
    width: int = 900,
    dark: bool = False,
    colorbar: bool = False,
    mark: str = "SIMULATED DATA",
    frame: tuple[int, int] | None = None,
    on_tap: Callable[[float, float], None] | None = None,
) -> gv.Overlay:
    """Draw one variable at one time in another projection.

    Parameters
    ----------
    cube : Cube
        The grid.
    variable : str
        Its variable.
    time : datetime-like or int
        As `Cube.view` takes it.
    key : str
        Projection, one of `projections`.
    layers : MapLayers, optional
        Lines, events and points, in degrees.
    colormap : str
        ``"cmocean:NAME"`` or ``"colorcet:NAME"``.
    limits : tuple of float, optional
        Colour range; without it the stored percentiles of the variable.
    width : int
        Pixels of the image.
    dark : bool
        Whether the page is dark.
    colorbar : bool
        Draw a colour bar beside the map, where the page has no legend of its own.
    frame : tuple of int, optional
        Width and height of the figure, pixels, in the shape of the projection's bounds; without
        it the figure takes the place that it is given.
    mark : str
        Written across the map when the values are simulated, in the reader's language.
    on_tap : callable, optional
        Called with longitude and latitude (degrees) when the map is clicked.

    Returns
    -------
    geoviews.Overlay
        Image, graticule, lines, events and points, all in the units of the projection.

    Raises
    ------
    ValueError
        The projection, the variable, the time or the colour map is unknown.
    """
    target = projection(key)
    layers = layers or MapLayers()
    west, south, east, north = target.bounds
    height = round(width * (north - south) / (east - west))
    view = cube.view(time, target.bounds, width, height, variable, crs=target.proj)
    values = np.where(beside(key, width, height), np.nan, view.to_numpy())
    attrs = cube.attrs(variable)
    low, high = limits or attrs["percentiles"]
    if not low < high:
        low, high = low - 0.5, high + 0.5
    image = gv.Image(
        (view["x"].to_numpy(), view["y"].to_numpy(), values),
        ["x", "y"],
        [variable],
        crs=target.crs,
    ).opts(
        cmap=colour_map(colormap),
        clim=(float(low), float(high)),
        colorbar=colorbar,
        clabel=unit_sign(str(attrs.get("units", ""))),
        tools=["hover"],
        hover_tooltips=[(str(attrs.get("long_name", variable)), f"@{{{variable}}}{{custom}}")],
        hover_formatters={f"@{{{variable}}}": at_pointer()},
    )
    overlay = image * _path(graticule(key), "#90a4ae", 0.6, dash="dotted")
    for name, (colour, line_width) in INK.items():
        line: Any = layers.get(name)
        if line is not None and len(line):
            overlay *= _path(project_line(key, line), colour, line_width)
    overlay *= _events(target, layers.get("events"))
    overlay *= _points(target, layers.get("points"))
    if attrs.get("simulated"):
        overlay *= hv.Text((west + east) / 2, (south + north) / 2, mark).opts(
            text_color="#b3261e",
            text_alpha=0.45,
            text_font_size="28px",
            text_font_style="bold",
            angle=15,
        )
    return _finish(overlay, target, colorbar=colorbar, dark=dark, frame=frame, on_tap=on_tap)


def _path(line: Floats, colour: str, width: float, dash: str = "solid") -> Any:
    """One path for all lines of a layer, broken by NaN."""
    return hv.Curve((line[:, 0], line[:, 1]), "x", "y").opts(
        color=colour, line_width=width, line_dash=dash
    )


def _events(target: Projection, events: pd.DataFrame | None) -> Any:
    """Circles with size by magnitude and details on hover, the strongest above."""
    names = ["mag", *(name for name in DETAILS if events is not None and name in events)]
    if events is None or not len(events):
        table = pd.DataFrame({name: [] for name in ("x", "y", *names, "size", "colour")})
        table = table.astype({"colour": object})  # HoloViews would make a scale of numbers
    else:
        where = project_points(target.key, events["longitude"], events["latitude"])
        table = events.reindex(columns=names).assign(x=where[:, 0], y=where[:, 1])
        table = table.dropna(subset=["x", "y"]).nlargest(MANY_EVENTS, "mag").iloc[::-1]
        classes = np.digitize(table["mag"], MAGNITUDES)
        table["colour"] = [EVENT_COLOURS[number] for number in classes]
        table["size"] = 3.0 * 1.5 ** (table["mag"].clip(3, 9.5) - 4)
        if "time" in table:
            table["time"] = table["time"].astype(str).str[:19]
    points = gv.Points(table, ["x", "y"], [*names, "size", "colour"], crs=target.crs)
    return points.opts(
        size="size",
        color="colour",
        alpha=0.8,
        line_color="#5d4037",
        line_width=0.7,
        tools=["hover"],
        hover_tooltips=[(name, f"@{name}") for name in names],
    )


def _points(target: Projection, points: pd.DataFrame | None) -> Any:
    """Markers of the chosen cells, in the colours of their series."""
    table = pd.DataFrame({"x": [], "y": [], "colour": []}).astype({"colour": object})
    if points is not None and len(points):
        where = project_points(target.key, points["longitude"], points["latitude"])
        colours = [POINT_COLOURS[number % len(POINT_COLOURS)] for number in range(len(points))]
        table = pd.DataFrame({"x": where[:, 0], "y": where[:, 1], "colour": colours})
        table = table.dropna(subset=["x", "y"])
    markers = gv.Points(table, ["x", "y"], ["colour"], crs=target.crs)
    return markers.opts(color="colour", size=13, line_color="white", line_width=2)


def _finish(
    overlay: Any,
    target: Projection,
    *,
    colorbar: bool,
    dark: bool,
    frame: tuple[int, int] | None,
    on_tap: Callable[[float, float], None] | None,
) -> gv.Overlay:
    """Set projection, extent and behaviour of the figure."""
    west, south, east, north = target.bounds
    size: dict[str, Any] = {
        "data_aspect": 1,
        "responsive": True,
        "min_height": 320,
        "max_width": round(TALLEST * (east - west) / (north - south))
        + (COLOUR_BAR if colorbar else 0),
    }
    if frame is not None:
        size = {"width": frame[0], "height": frame[1]}

    def dress(plot: Any, _element: Any) -> None:
        figure = plot.state
        figure.background_fill_color = "#0e1a21" if dark else "#f5f7f8"
        figure.lod_timeout = 60
        if on_tap is not None and not any(
            getattr(call, "qazcube", False) for call in figure._event_callbacks.get("tap", [])
        ):
            figure.on_event("tap", _tapped(target.key, on_tap))

    return overlay.opts(
        gv.opts.Overlay(
            projection=target.crs,
            xlim=(west, east),
            ylim=(south, north),
            **size,
            xaxis=None,
            yaxis=None,
            show_grid=False,
            toolbar=None,
            active_tools=["wheel_zoom"],
            hooks=[dress],
        )
    )


def _tapped(key: str, on_tap: Callable[[float, float], None]) -> Callable[[Any], None]:
    """Make a handler of clicks that knows degrees and ignores clicks beside the world."""

    def handler(event: Any) -> None:
        where = place(key, float(event.x), float(event.y))
        if where is not None:
            on_tap(*where)

    handler.qazcube = True  # type: ignore[attr-defined]
    return handler
