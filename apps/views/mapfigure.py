"""The map figure: composed with HoloViews once, then fed through its data sources.

HoloViews builds the layers (two images, lines, points); :class:`MapFigure` keeps the Bokeh sources
it made, and the map view pushes new arrays into them. Rebuilding elements instead costs four times
as much for every click and zoom. The browser keeps the shape of the window (one metre is as long
upwards as sidewards) and acknowledges each painted image, so that no more are sent than it shows.
"""

from __future__ import annotations

from typing import Any

import holoviews as hv
import numpy as np
import numpy.typing as npt
from bokeh.events import DoubleTap, Tap
from bokeh.models import (
    BoxAnnotation,
    ColumnDataSource,
    CustomJS,
    CustomJSHover,
    HoverTool,
    Label,
    LabelSet,
    Line,
    LinearColorMapper,
    PanTool,
    Patch,
    WheelZoomTool,
    WMTSTileSource,
)

from apps.views.colours import EVENT_COLOURS
from apps.views.geometry import WORLD_WIDTH, Floats
from apps.views.state import Bounds

hv.extension("bokeh")
hv.renderer("bokeh").webgl = False  # without a GPU the WebGL blit costs 110 ms a repaint

MAP_NAME = "qazcube-map"
LINES = ("borders", "oblasts", "plates", "graticule", "contours", "area")
POINT_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
INK = {
    False: {"sea": "#dfe9ee", "land": "#f3f1ea", "coast": "#37474f", "borders": "#78909c"},
    True: {"sea": "#0e1a21", "land": "#1c2b33", "coast": "#b0bec5", "borders": "#607d8b"},
}
STYLES: dict[str, dict[str, Any]] = {
    "coast": {"line_width": 1.1},
    "borders": {"line_width": 0.8, "line_dash": "solid"},
    "oblasts": {"line_width": 0.9, "color": "#5e35b1", "line_dash": "dashed"},
    "plates": {"line_width": 1.8, "color": "#e53935"},
    "graticule": {"line_width": 0.5, "line_dash": "dotted", "color": "#90a4ae"},
    "contours": {"line_width": 1.4, "color": "#263238"},
    "area": {"line_width": 2.6, "color": "#8e24aa"},
}

_FIT = """
const w = fig.inner_width, h = fig.inner_height
if (!(w > 0 && h > 0)) return
const xr = fig.x_range, yr = fig.y_range
let [x0, y0, x1, y1] = box.data.box[0]
if (box.data.done[0]) {   // a resize: keep centre and scale
  const scale = (xr.end - xr.start) / (client.data.width[0] || w)
  const cx = (xr.start + xr.end) / 2, cy = (yr.start + yr.end) / 2
  x0 = cx - scale * w / 2; x1 = cx + scale * w / 2
  y0 = cy - scale * h / 2; y1 = cy + scale * h / 2
} else {
  const scale = Math.min(Math.max((x1 - x0) / w, (y1 - y0) / h), 40075016.7 / w)
  const cx = (x0 + x1) / 2, cy = (y0 + y1) / 2
  x0 = cx - scale * w / 2; x1 = cx + scale * w / 2
  y0 = cy - scale * h / 2; y1 = cy + scale * h / 2
  box.data.done[0] = 1
}
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
client.data = {width: [w], height: [h], ack: client.data.ack, zone: [zone]}
xr.setv({start: x0, end: x1}); yr.setv({start: y0, end: y1})
"""

_ACKNOWLEDGE = """
const frame = cb_obj.data.frame
if (frame == null) return
requestAnimationFrame(() => requestAnimationFrame(() => {
  client.data = {...client.data, ack: [frame[0]]}
}))
"""

_VALUE = """
const index = value
if (index == null || index < 1) return scale.data.empty[0]
const low = scale.data.low[0], high = scale.data.high[0]
const number = low + (index - 1) / 254 * (high - low)
const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.max(high - low, 1e-9))))
const text = number.toLocaleString(scale.data.language[0], {maximumFractionDigits: digits})
const edge = index == 1 ? "≤ " : index == 255 ? "≥ " : "≈ "
return edge + text + " " + scale.data.units[0]
"""

_PLACE = """
const R = 6378137
const x = special_vars.x, y = special_vars.y
let lon = x / R * 180 / Math.PI
lon = ((lon + 180) % 360 + 360) % 360 - 180
const lat = (2 * Math.atan(Math.exp(y / R)) - Math.PI / 2) * 180 / Math.PI
const options = {minimumFractionDigits: 2, maximumFractionDigits: 2}
const L = scale.data.language[0]
return lat.toLocaleString(L, options) + "°, " + lon.toLocaleString(L, options) + "°"
"""


class MapFigure:
    """The Bokeh figure of the map, its sources, and the messages from and to the browser."""

    def __init__(self, bounds: Bounds, language: str, labels: dict[str, str], *, dark: bool):
        self._plots: dict[str, Any] = {}
        self._renderers: dict[str, Any] = {}
        self.figure = hv.render(self._compose(bounds))
        self.client = ColumnDataSource(data={"width": [0], "height": [0], "ack": [0], "zone": [""]})
        self.box = ColumnDataSource(data={"box": [list(bounds)], "done": [0], "turn": [0]})
        self.scale = ColumnDataSource(
            data={
                "low": [0.0],
                "high": [1.0],
                "units": [""],
                "language": [language],
                "empty": [labels["empty"]],
            }
        )
        self.frame = 0
        self._turn = 0
        self._tiles: Any = None
        self._dress(bounds, labels)
        self.ink(dark=dark)

    def _compose(self, bounds: Bounds) -> hv.Overlay:
        def keep(name: str) -> Any:
            def hook(plot: Any, _element: Any) -> None:
                self._plots[name] = plot

            return {"hooks": [hook]}

        stub = np.zeros((2, 2), "uint8")
        image = hv.Image(stub, bounds=bounds).opts(**keep("image"))
        coast = hv.Curve(([np.nan], [np.nan])).opts(**keep("coast"), **STYLES["coast"])
        events = hv.Image(stub, bounds=bounds).opts(**keep("events"))
        hover = hv.Points(([], [])).opts(**keep("hover"), color="white", alpha=0.0, size=9)
        markers = hv.Points(([], [])).opts(
            **keep("markers"), color="white", size=13, line_color="black", line_width=2.5
        )
        return (image * coast * events * hover * markers).opts(
            xaxis=None,
            yaxis=None,
            toolbar=None,
            default_tools=[],
            xlim=bounds[::2],
            ylim=bounds[1::2],
        )

    def source(self, name: str) -> ColumnDataSource:
        """Return the data source of a layer."""
        return self.renderer(name).data_source

    def renderer(self, name: str) -> Any:
        """Return the glyph renderer of a layer."""
        return self._renderers[name]

    def _dress(self, bounds: Bounds, labels: dict[str, str]) -> None:
        figure = self.figure
        figure.name = MAP_NAME
        figure.html_attributes = {"aria-label": labels["map"]}
        for name, plot in self._plots.items():
            self._renderers[name] = plot.handles["glyph_renderer"]
        for name in LINES:
            source = ColumnDataSource(data={"x": [], "y": []})
            glyph = Line(line_color=STYLES[name].get("color", "black"))
            glyph.update(line_width=STYLES[name]["line_width"])
            glyph.line_dash = STYLES[name].get("line_dash", "solid")
            self._renderers[name] = figure.add_glyph(source, glyph)
        for renderer in self._renderers.values():
            renderer.selection_glyph = renderer.nonselection_glyph = renderer.muted_glyph = None
        figure.tools = []
        wheel = WheelZoomTool(zoom_on_axis=False)
        figure.add_tools(PanTool(), wheel)
        figure.toolbar.active_scroll = wheel
        figure.toolbar_location = None
        figure.title.visible = False
        figure.lod_timeout = 60
        figure.min_border = 0
        figure.outline_line_color = None
        figure.sizing_mode = "stretch_both"
        figure.width = figure.height = None
        figure.min_height = 260
        figure.x_range.update(start=bounds[0], end=bounds[2], bounds=None)
        figure.y_range.update(start=bounds[1], end=bounds[3], bounds=None)
        figure.x_range.min_interval = figure.y_range.min_interval = 2000.0
        figure.x_range.max_interval = 2 * WORLD_WIDTH
        figure.grid.visible = False
        self._paint("image", 255)
        self._paint("events", len(EVENT_COLOURS))
        self.renderer("events").glyph.color_mapper.palette = ["#00000000", *EVENT_COLOURS]
        self._sea = BoxAnnotation(fill_alpha=1.0, level="image", line_color=None)
        figure.add_layout(self._sea)  # the widget library recolours backgrounds with its theme
        self.land = ColumnDataSource(data={"x": [], "y": []})
        land = Patch(x="x", y="y", line_color=None)
        self._land = figure.add_glyph(self.land, land, level="underlay")
        # found by the pointer, yet never painted
        self._renderers["hover"].glyph.update(fill_color=None, line_color=None, hatch_color=None)
        top = [self._renderers[name] for name in ("events", "hover", "markers")]
        figure.renderers = [item for item in figure.renderers if item not in top] + top
        self._add_hover(labels)
        self.names = ColumnDataSource(data={"x": [], "y": [], "text": []})
        place = {"x": "x", "y": "y", "text": "text"}
        self._names = LabelSet(source=self.names, x_offset=9, y_offset=4, **place)
        self._names.update(text_font_size="13px", text_font_style="bold")
        figure.add_layout(self._names)
        self.towns = ColumnDataSource(data={"x": [], "y": [], "text": []})
        self._towns = LabelSet(source=self.towns, x_offset=4, y_offset=-6, **place)
        self._towns.update(text_font_size="11.5px")
        figure.add_layout(self._towns)
        self.levels = ColumnDataSource(data={"x": [], "y": [], "text": []})
        self._levels = LabelSet(source=self.levels, **place)
        self._levels.update(text_font_size="11px", text_align="center")
        figure.add_layout(self._levels)
        self.caption = Label(
            x=10,
            y=10,
            x_units="screen",
            y_units="screen",
            text="",
            text_font_size="20px",
            text_font_style="bold",
            padding=6,
            border_radius=6,
            visible=False,
        )
        figure.add_layout(self.caption)
        fit = CustomJS(args={"fig": figure, "box": self.box, "client": self.client}, code=_FIT)
        figure.js_on_change("inner_width", fit)
        figure.js_on_change("inner_height", fit)
        self.box.js_on_change("data", fit)
        acknowledge = CustomJS(args={"client": self.client}, code=_ACKNOWLEDGE)
        self.source("image").js_on_change("data", acknowledge)

    def _paint(self, name: str, colours: int) -> None:
        renderer = self.renderer(name)
        mapper = LinearColorMapper(palette=["#00000000"] * (colours + 1), low=0, high=colours)
        renderer.glyph.color_mapper = mapper

    def _add_hover(self, labels: dict[str, str]) -> None:
        value = CustomJSHover(args={"scale": self.scale}, code=_VALUE)
        place = CustomJSHover(args={"scale": self.scale}, code=_PLACE)
        self.figure.add_tools(
            HoverTool(
                renderers=[self.renderer("image")],
                tooltips=[(labels["value"], "@image{custom}"), (labels["place"], "$x{custom}")],
                formatters={"@image": value, "$x": place},
                attachment="right",
            ),
            HoverTool(
                renderers=[self.renderer("hover")],
                limit=2,
                tooltips=[
                    (labels["magnitude"], "@magnitude"),
                    (labels["depth"], "@depth"),
                    (labels["time"], "@time"),
                    (labels["event"], "@event"),
                    (labels["source"], "@origin"),
                ],
                attachment="left",
            ),
        )

    def ink(self, *, dark: bool) -> None:
        """Recolour the base map for a light or dark page."""
        ink = INK[dark]
        self._sea.fill_color = ink["sea"]
        self._land.glyph.fill_color = ink["land"]
        for name in ("coast", "borders"):
            self.renderer(name).glyph.line_color = ink[name]
        contour = "#eceff1" if dark else "#263238"
        self.renderer("contours").glyph.line_color = "#e1bee7" if dark else "#4a148c"
        for labels in (self._names, self._levels, self.caption):
            labels.text_color = contour
            labels.background_fill_color = ink["sea"]
            labels.background_fill_alpha = 0.75
        self._towns.text_color = contour
        self._towns.background_fill_color = ink["land"]
        self._towns.background_fill_alpha = 0.7

    def push_image(
        self, name: str, indices: npt.NDArray[np.uint8], bounds: Bounds, alpha: float = 1.0
    ) -> None:
        """Show colour indices, shape (y, x), row 0 in the south, in a layer."""
        west, south, east, north = bounds
        data: dict[str, Any] = {
            "image": [indices],
            "x": [west],
            "y": [south],
            "dw": [east - west],
            "dh": [north - south],
        }
        if name == "image":
            self.frame += 1
            data["frame"] = [self.frame]
            self.renderer(name).glyph.global_alpha = alpha
        self.source(name).data = data

    def push_line(self, name: str, x: Floats, y: Floats) -> None:
        """Show NaN-joined lines in a layer."""
        self.source(name).data = {"x": x, "y": y}

    def recolour(self, colours: tuple[str, ...], low: float, high: float, units: str) -> None:
        """Give the image its colours, and the tooltip its scale."""
        mapper = self.renderer("image").glyph.color_mapper
        wanted = ["#00000000", *colours]
        if mapper.palette != wanted:
            mapper.palette = wanted
        new = {**self.scale.data, "low": [low], "high": [high], "units": [units]}
        if new != self.scale.data:
            self.scale.data = new

    def write(self, text: str) -> None:
        """Write a caption into the picture itself: cheaper than a widget beside it."""
        self.caption.update(text=text, visible=bool(text))

    def show_tiles(self, template: str, attribution: str, *, visible: bool) -> None:
        """Switch an optional tiled base map on or off; it needs a network."""
        if self._tiles is None and visible:
            source = WMTSTileSource(url=template, attribution=attribution)
            self._tiles = self.figure.add_tile(source, level="underlay")
        if self._tiles is not None:
            self._tiles.visible = visible

    def go_to(self, bounds: Bounds) -> None:
        """Move the window so that it holds the bounds (metres)."""
        self._turn += 1  # the same place asked for again is a change too
        self.box.data = {"box": [list(bounds)], "done": [0], "turn": [self._turn]}

    def window(self) -> Bounds:
        """Return west, south, east, north of the window in metres."""
        x, y = self.figure.x_range, self.figure.y_range
        return float(x.start), float(y.start), float(x.end), float(y.end)

    def size(self) -> tuple[int, int]:
        """Return the window's width and height in pixels, held to 1400 x 900."""
        width, height = self.client.data["width"][0], self.client.data["height"][0]
        if width < 2 or height < 2:
            return 1000, 500
        shrink = min(1.0, 1400 / width, 900 / height)
        return int(width * shrink), int(height * shrink)

    @property
    def zone(self) -> str:
        """Name of the browser's time zone, such as Asia/Almaty."""
        return str(self.client.data["zone"][0])

    @property
    def acknowledged(self) -> int:
        """Number of the last image that the browser has painted."""
        return int(self.client.data["ack"][0])

    def later(self, callback: Any, milliseconds: int) -> Any:
        """Do something soon; None, and nothing is done, where no browser looks at the map."""
        document = self.figure.document
        if document is None or document.session_context is None:
            return None
        return document.add_timeout_callback(callback, milliseconds)

    def on_tap(self, callback: Any) -> None:
        """Call back with Bokeh's tap event."""
        self.figure.on_event(Tap, callback)

    def on_double_tap(self, callback: Any) -> None:
        """Call back with Bokeh's event of a double click."""
        self.figure.on_event(DoubleTap, callback)

    def on_window(self, callback: Any) -> None:
        """Call back, with Bokeh's (attribute, old, new), whenever the window moves."""
        for axis in (self.figure.x_range, self.figure.y_range):
            axis.on_change("start", callback)
            axis.on_change("end", callback)
