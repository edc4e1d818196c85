"""The map figure: begun with HoloViews, then fed through its data sources.

HoloViews makes the figure with its image; what lies above and below are as few models of Bokeh as
will do, for each costs every visitor time. :class:`MapFigure` keeps the sources, and the map view
pushes new arrays into them. Rebuilding elements instead costs four times as much for every click
and zoom. The browser keeps the shape of the window (one metre is as long upwards as sidewards) and
acknowledges each painted image, so that no more are sent than it shows.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import holoviews as hv
import numpy as np
import numpy.typing as npt
from bokeh.events import DoubleTap, Tap
from bokeh.models import (
    AllIndices,
    BoxAnnotation,
    CDSView,
    ColumnDataSource,
    CustomJS,
    GlyphRenderer,
    Image,
    Label,
    LabelSet,
    Line,
    LinearColorMapper,
    PanTool,
    Patch,
    Scatter,
    UnionRenderers,
    WheelZoomTool,
    WMTSTileSource,
)

from apps.views.colours import EVENT_COLOURS
from apps.views.geometry import WORLD_WIDTH, Floats
from apps.views.state import Bounds

hv.extension("bokeh")
hv.renderer("bokeh").webgl = False  # without a GPU the WebGL blit costs 110 ms a repaint

MAP_NAME = "qazcube-map"
POINTED = ("x", "y", "magnitude", "depth", "time", "event", "origin")
POINT_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
INK = {
    False: {"sea": "#dfe9ee", "land": "#f3f1ea", "coast": "#37474f", "borders": "#78909c"},
    True: {"sea": "#0e1a21", "land": "#1c2b33", "coast": "#b0bec5", "borders": "#607d8b"},
}
STYLES: dict[str, dict[str, Any]] = {
    "coast": {"line_width": 1.1},
    "borders": {"line_width": 0.8, "line_dash": "solid"},
    "oblasts": {"line_width": 0.9, "line_color": "#5e35b1", "line_dash": "dashed"},
    "plates": {"line_width": 1.8, "line_color": "#e53935"},
    "graticule": {"line_width": 0.5, "line_dash": "dotted", "line_color": "#90a4ae"},
    "contours": {"line_width": 1.4, "line_color": "#263238"},
    "area": {"line_width": 2.6, "line_color": "#8e24aa"},
}

LABELS: dict[str, dict[str, Any]] = {
    "names": {
        "x_offset": 9,
        "y_offset": 4,
        "text_font_size": "13px",
        "text_font_style": "bold",
    },
    "towns": {"x_offset": 4, "y_offset": -6, "text_font_size": "11.5px"},
    "levels": {"text_font_size": "11px", "text_align": "center"},
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

_POINTER = Path(__file__).with_name("pointer.js").read_text(encoding="utf-8")


class MapFigure:
    """The Bokeh figure of the map, its sources, and the messages from and to the browser."""

    def __init__(self, bounds: Bounds, language: str, labels: dict[str, str], *, dark: bool):
        self._renderers: dict[str, Any] = {}
        self._policy, self._everything = UnionRenderers(), AllIndices()
        self._dark = dark
        self.figure = hv.render(self._compose(bounds))
        self.client = ColumnDataSource(data={"width": [0], "height": [0], "ack": [0], "zone": [""]})
        self.box = ColumnDataSource(data={"box": [list(bounds)], "done": [0], "turn": [0]})
        self.scale = ColumnDataSource(
            data={"low": [0.0], "high": [1.0], "units": [""], "language": [language]}
        )
        self.pointed = self._new_source(*POINTED)
        self.frame = 0
        self._turn = 0
        self._tiles: Any = None
        self._dress(bounds, labels)
        self.ink(dark=dark)

    def _new_source(self, *columns: str) -> ColumnDataSource:
        return ColumnDataSource({name: [] for name in columns}, selection_policy=self._policy)

    def _compose(self, bounds: Bounds) -> hv.Image:
        def keep(plot: Any, _element: Any) -> None:
            self._renderers["image"] = plot.handles["glyph_renderer"]

        stub = np.zeros((2, 2), "uint8")
        return hv.Image(stub, bounds=bounds).opts(
            hooks=[keep],
            xaxis=None,
            yaxis=None,
            toolbar=None,
            default_tools=[],
            xlim=bounds[::2],
            ylim=bounds[1::2],
        )

    def source(self, name: str) -> ColumnDataSource:
        """Return the data source of a layer; ``hover`` is what the pointer can find."""
        return self.pointed if name == "hover" else self.renderer(name).data_source

    def renderer(self, name: str) -> Any:
        """Return the glyph renderer of a layer; a layer of lines is made when it is first used."""
        if name not in self._renderers:
            self._renderers[name] = self._new_line(name)
        return self._renderers[name]

    def _add(self, source: ColumnDataSource, glyph: Any, **options: Any) -> Any:
        view = CDSView(filter=self._everything)
        alike = {"selection_glyph": None, "nonselection_glyph": None, "muted_glyph": None}
        return GlyphRenderer(data_source=source, glyph=glyph, view=view, **alike, **options)

    def _new_line(self, name: str) -> Any:
        glyph = Line(**{"line_color": "black", "line_dash": "solid"} | STYLES[name])
        made = self._add(self._new_source("x", "y"), glyph)
        top = [self._renderers[name] for name in ("events", "markers")]
        below = [item for item in self.figure.renderers if item not in top]
        self.figure.renderers = [*below, made, *top]
        self._ink_line(name, glyph)
        return made

    def _new_labels(self, name: str) -> ColumnDataSource:
        """Return the source of labels, which join the figure when there are some."""
        source = self._new_source("x", "y", "text")
        labels = LabelSet(source=source, x="x", y="y", text="text", **LABELS[name])
        self._labels[name] = labels

        def join(_attribute: str, _old: Any, new: Any) -> None:
            if len(new["text"]) and labels not in self.figure.center:
                self.figure.add_layout(labels)

        source.on_change("data", join)
        return source

    def _dress(self, bounds: Bounds, labels: dict[str, str]) -> None:
        figure = self.figure
        figure.name = MAP_NAME
        figure.html_attributes = {"aria-label": labels["map"]}
        found = self._renderers["image"]
        found.selection_glyph = found.nonselection_glyph = found.muted_glyph = None
        found.view.filter = self._everything
        found.data_source.selection_policy = self._policy
        events = Image(image="image", x="x", y="y", dw="dw", dh="dh")
        pictures = self._new_source("image", "x", "y", "dw", "dh")
        self._renderers["events"] = self._add(pictures, events)
        dots = Scatter(fill_color="colour", size=13, line_color="black", line_width=2.5)
        self._renderers["markers"] = self._add(self._new_source("x", "y", "colour"), dots)
        self.land = self._new_source("x", "y")
        land = Patch(x="x", y="y", line_color=None)
        self._land = self._add(self.land, land, level="underlay")
        figure.renderers = [self._land, *self._renderers.values()]
        self.renderer("coast")
        figure.left = figure.below = figure.center = []
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
        self._paint("image", 255)
        self._paint("events", len(EVENT_COLOURS))
        self.renderer("events").glyph.color_mapper.palette = ["#00000000", *EVENT_COLOURS]
        self._sea = BoxAnnotation(fill_alpha=1.0, level="image", line_color=None)
        figure.add_layout(self._sea)  # the widget library recolours backgrounds with its theme
        self._labels: dict[str, LabelSet] = {}
        self.names, self.towns, self.levels = (self._new_labels(name) for name in LABELS)
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
        things = {"fig": figure, "scale": self.scale, "labels": labels}
        things |= {"image": self.source("image"), "events": self.pointed}
        figure.js_on_change("inner_width", CustomJS(args=things, code=_POINTER))
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

    def ink(self, *, dark: bool) -> None:
        """Recolour the base map for a light or dark page."""
        ink = INK[dark]
        self._sea.fill_color = ink["sea"]
        self._land.glyph.fill_color = ink["land"]
        self._dark = dark
        for name in self._renderers:
            if name in STYLES:
                self._ink_line(name, self._renderers[name].glyph)
        for labels in (*self._labels.values(), self.caption):
            towns = labels is self._labels["towns"]
            labels.text_color = "#eceff1" if dark else "#263238"
            labels.background_fill_color = ink["land" if towns else "sea"]
            labels.background_fill_alpha = 0.7 if towns else 0.75

    def _ink_line(self, name: str, glyph: Any) -> None:
        if name in ("coast", "borders"):
            glyph.line_color = INK[self._dark][name]
        elif name == "contours":
            glyph.line_color = "#e1bee7" if self._dark else "#4a148c"

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
        if len(x) or name in self._renderers:
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
