"""The map in other projections, drawn on demand with GeoViews."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import cartopy.crs as ccrs
import geoviews as gv
import holoviews as hv
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj

from analysis.cubes import Cube
from analysis.outputs import MapLayers, colour_map
from analysis.outputs.maplayers import POINT_COLOURS
from analysis.outputs.maplegend import unit_sign
from apps.views.colours import EVENT_COLOURS

Floats = npt.NDArray[np.float64]
Bounds = tuple[float, float, float, float]
MANY_EVENTS = 5000  # the strongest ones are drawn
DEGREES = "EPSG:4326"
MAGNITUDES = (4.0, 5.0, 6.0, 7.0, 8.0)  # edges of the classes that EVENT_COLOURS colours
DETAILS = ("depth", "time", "place")  # of events, shown on hover where they are given
SEAMLESS = ("kazakhstan", "north", "south")  # the other edge of the world is not on the map
TALLEST = 640  # pixels: the whole map is seen without scrolling
COLOUR_BAR = 90  # pixels
INK = {
    "coastline": ("#37474f", 1.1),
    "borders": ("#78909c", 0.8),
    "plates": ("#e53935", 1.8),
    "area": ("#8e24aa", 2.4),
}


@dataclass(frozen=True)
class Projection:
    """A map projection with the part of the world that it is used for.

    Attributes
    ----------
    key : str
        Name in a share link.
    crs : cartopy.crs.CRS
        The projection.
    bounds : tuple of float
        West, south, east, north of the map, in the units of the projection.
    latitudes : tuple of float
        Lowest and highest latitude drawn, degrees.
    reach : float
        Largest distance from the central meridian that is drawn, degrees.
    """

    key: str
    crs: Any
    bounds: Bounds
    latitudes: tuple[float, float]
    reach: float = 180.0

    @property
    def proj(self) -> str:
        """Definition that `Cube.view` and PROJ take."""
        return DEGREES if self.key == "platecarree" else str(self.crs.proj4_init)

    @property
    def longitude(self) -> float:
        """Central meridian, degrees."""
        return float(self.crs.proj4_params.get("lon_0", 0.0))


@cache
def projections() -> dict[str, Projection]:
    """All projections by key.

    Returns
    -------
    dict of str to Projection
        ``kazakhstan`` (Albers equal-area conic, 67 E, 43 and 53 N), ``north`` and ``south``
        (polar stereographic), ``platecarree``, ``equalearth``.

    References
    ----------
    Snyder (1987), *Map Projections: A Working Manual*, USGS Professional Paper 1395;
    Savric, Patterson & Jenny (2019), *The Equal Earth map projection*, doi:10/gfrsw7.

    Examples
    --------
    >>> sorted(projections())
    ['equalearth', 'kazakhstan', 'north', 'platecarree', 'south']
    """
    albers = ccrs.AlbersEqualArea(67, 48, standard_parallels=(43, 53))
    north, south = ccrs.NorthPolarStereo(67), ccrs.SouthPolarStereo(0)
    earth = ccrs.EqualEarth()
    edge = 5.4e6  # m from the pole: about 43 degrees of latitude
    square = (-edge, -edge, edge, edge)
    half, top = (float(limits[1]) for limits in (earth.x_limits, earth.y_limits))
    found = (
        Projection("kazakhstan", albers, (-1.85e6, -1.05e6, 1.85e6, 1.15e6), (25, 70), 60),
        Projection("north", north, square, (35, 90)),
        Projection("south", south, square, (-90, -35)),
        Projection("platecarree", ccrs.PlateCarree(), (-180, -90, 180, 90), (-90, 90)),
        Projection("equalearth", earth, (-half, -top, half, top), (-90, 90)),
    )
    return {projection.key: projection for projection in found}


def projection(key: str) -> Projection:
    """Projection by its key.

    Parameters
    ----------
    key : str
        One of `projections`.

    Returns
    -------
    Projection

    Raises
    ------
    ValueError
        There is no such projection.

    Examples
    --------
    >>> projection("kazakhstan").longitude
    67.0
    """
    known = projections()
    if key not in known:
        raise ValueError(f"Unknown projection {key!r}; allowed are {', '.join(known)}.")
    return known[key]


@cache
def _forward(key: str) -> Any:
    return pyproj.Transformer.from_crs(DEGREES, projection(key).proj, always_xy=True)


def project_line(key: str, line: npt.ArrayLike) -> Floats:
    """Project lines joined by NaN; they break where they leave the map or cross its seam.

    Parameters
    ----------
    key : str
        Projection.
    line : array_like
        ``(point, 2)`` longitude and latitude in degrees, NaN between the parts.

    Returns
    -------
    numpy.ndarray
        ``(point, 2)`` in the units of the projection, NaN between the parts.

    Examples
    --------
    A line over the seam of the map of the world is not drawn across the whole map:

    >>> across = project_line("equalearth", [(179.0, 0.0), (-179.0, 0.0)])
    >>> bool(np.isnan(across[1]).all())
    True
    """
    target = projection(key)
    points = np.asarray(line, dtype=float).reshape(-1, 2)
    offset = points[:, 0] - target.longitude
    offset -= 360.0 * np.round(offset / 360.0)
    drawn = (np.abs(offset) <= target.reach) & (points[:, 1] >= target.latitudes[0])
    drawn &= points[:, 1] <= target.latitudes[1]
    longitude = target.longitude + offset
    x, y = _forward(key).transform(longitude, points[:, 1], errcheck=False)
    drawn &= np.isfinite(x) & np.isfinite(y)
    projected = np.where(drawn[:, None], np.stack([x, y], axis=1), np.nan)
    if key not in SEAMLESS:
        half = (target.bounds[2] - target.bounds[0]) / 2
        seam = np.flatnonzero(np.abs(np.diff(projected[:, 0])) > half) + 1
        projected = np.insert(projected, seam, np.nan, axis=0)
    return projected


def project_points(key: str, longitude: npt.ArrayLike, latitude: npt.ArrayLike) -> Floats:
    """Project places; those that are not on the map become NaN.

    Parameters
    ----------
    key : str
        Projection.
    longitude, latitude : array_like
        Degrees, ``(point,)``.

    Returns
    -------
    numpy.ndarray
        ``(point, 2)`` in the units of the projection.

    Examples
    --------
    >>> bool(np.allclose(project_points("north", [67.0], [90.0]), 0.0))
    True
    """
    x, y = _forward(key).transform(np.asarray(longitude, float), np.asarray(latitude, float))
    west, south, east, north = projection(key).bounds
    with np.errstate(invalid="ignore"):
        inside = (x >= west) & (x <= east) & (y >= south) & (y <= north)
    return np.where(inside[:, None], np.stack([x, y], axis=1), np.nan)


def place(key: str, x: float, y: float) -> tuple[float, float] | None:
    """Longitude and latitude of a place on the map; None beside the world.

    Parameters
    ----------
    key : str
        Projection.
    x, y : float
        In the units of the projection.

    Returns
    -------
    tuple of float or None
        Degrees, longitude in [-180, 180).

    Examples
    --------
    >>> place("equalearth", 1.7e7, 8.3e6) is None
    True
    """
    if key == "platecarree":
        return (x, y) if abs(x) <= 180 and abs(y) <= 90 else None
    lon, lat = _forward(key).transform(x, y, direction="INVERSE")
    if not (np.isfinite(lon) and np.isfinite(lat)):
        return None
    again = _forward(key).transform(lon, lat)
    if np.hypot(again[0] - x, again[1] - y) > 1000.0:
        return None
    return float((lon + 180.0) % 360.0 - 180.0), float(lat)


@cache
def _beside(key: str, width: int, height: int) -> npt.NDArray[np.bool_]:
    """Pixels that lie beside the world, where an inverse projection starts anew."""
    west, south, east, north = projection(key).bounds
    x = west + (np.arange(width) + 0.5) * (east - west) / width
    y = south + (np.arange(height) + 0.5) * (north - south) / height
    grid_x, grid_y = np.meshgrid(x, y)
    lon, lat = _forward(key).transform(grid_x, grid_y, direction="INVERSE", errcheck=False)
    again_x, again_y = _forward(key).transform(lon, lat, errcheck=False)
    with np.errstate(invalid="ignore"):
        return ~(np.hypot(again_x - grid_x, again_y - grid_y) < 1000.0)


def graticule(key: str) -> Floats:
    """Meridians and parallels of a projection, joined by NaN, ``(point, 2)`` projected."""
    target = projection(key)
    step = 5 if key == "kazakhstan" else 30
    low, high = target.latitudes
    gap = [(np.nan, np.nan)]
    lines: list[Any] = []
    latitudes = np.linspace(max(low, -89.9), min(high, 89.9), 181)
    offsets = np.arange(-180.0, 180.0 if target.reach < 180 else 181.0, step)
    for offset in offsets:
        turn = np.clip(offset, -179.9999, 179.9999)
        lines += [*((target.longitude + turn, lat) for lat in latitudes), *gap]
    around = np.linspace(-179.9999, 179.9999, 361) + target.longitude
    first = int(np.ceil(low / step)) * step
    for latitude in np.arange(first, high + 1, step):
        if abs(latitude) < 90:
            lines += [*((lon, float(latitude)) for lon in around), *gap]
    return project_line(key, lines)


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
    values = np.where(_beside(key, width, height), np.nan, view.to_numpy())
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
        hover_tooltips=[(str(attrs.get("long_name", variable)), f"@{{{variable}}}")],
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
    return _finish(overlay, target, colorbar=colorbar, dark=dark, on_tap=on_tap)


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
    table = pd.DataFrame({"x": [], "y": [], "colour": []})
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
    on_tap: Callable[[float, float], None] | None,
) -> gv.Overlay:
    """Set projection, extent and behaviour of the figure."""
    west, south, east, north = target.bounds

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
            data_aspect=1,
            responsive=True,
            min_height=320,
            max_width=round(TALLEST * (east - west) / (north - south))
            + (COLOUR_BAR if colorbar else 0),
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
