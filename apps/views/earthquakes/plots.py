"""The linked plots: magnitude through time with its brush, cumulative count, frequency.

Every figure is made once of few Bokeh models and then fed through its data sources.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from bokeh.events import SelectionGeometry, Tap
from bokeh.models import (
    BasicTicker,
    BoxAnnotation,
    BoxSelectTool,
    ColumnDataSource,
    CustomJSTickFormatter,
    DatetimeAxis,
    HoverTool,
    Image,
    Line,
    LinearAxis,
    LinearColorMapper,
    LinearScale,
    LogAxis,
    LogScale,
    LogTicker,
    Plot,
    Range1d,
    Scatter,
    Span,
    Title,
    Toolbar,
    WheelPanTool,
    WheelZoomTool,
)

from analysis.seismic.dots import SHADES
from apps.views.rows import INK, TimeAxis

ACCENT = {False: "#0b6478", True: "#6cc8da"}
SECOND = {False: "#9a4a06", True: "#f0b070"}
CHOSEN = "#00a3b8"
TITLE = {"text_font_size": "12.5px", "text_font_style": "normal"}
LEFT = 58
COUNT = """
const text = Number(tick.toPrecision(12)).toLocaleString("en")
return document.documentElement.lang === "en" ? text
  : text.replaceAll(",", "\\u00a0").replace(".", ",")
"""
"""A number of events beside an axis, grouped as the page's language has it.

Browsers do not know how Kazakh groups digits.
"""

LEVELS = 33
"""Nothing, and steps from a pale to a full colour for the density of events."""


def _plot(title: str, height: int, tools: list[Any], **parts: Any) -> Plot:
    return Plot(
        height=height,
        sizing_mode="stretch_width",
        toolbar=Toolbar(tools=tools),
        toolbar_location=None,
        title=Title(text=title, **TITLE),
        min_border_left=LEFT,
        min_border_right=14,
        lod_timeout=60,
        html_attributes={"aria-label": title},
        **parts,
    )


class Chart:
    """A figure with its axes, which can be named and inked."""

    def __init__(self, figure: Plot, x: Any, y: Any):
        self.figure, self.axes = figure, (x, y)
        figure.add_layout(x, "below")
        figure.add_layout(y, "left")

    def _add(self, source: ColumnDataSource, glyph: Any) -> Any:
        renderer = self.figure.add_glyph(source, glyph)
        renderer.nonselection_glyph = renderer.selection_glyph = renderer.muted_glyph = None
        return renderer

    def ink(self, *, dark: bool) -> None:
        """Recolour for a light or dark page."""
        ink, figure = INK[dark], self.figure
        figure.title.text_color = ink["text"]
        figure.outline_line_color = ink["line"]
        figure.background_fill_color = figure.border_fill_color = ink["paper"]
        for axis in self.axes:
            axis.update(
                major_label_text_color=ink["muted"],
                axis_label_text_color=ink["muted"],
                axis_label_text_font_style="normal",
                axis_line_color=ink["line"],
                major_tick_line_color=ink["line"],
                minor_tick_line_color=None,
            )


class TimePlot(Chart):
    """Magnitude through time, with a brush.

    Few events are a plain scatter; of many the density is an image, and the largest are dots.

    Parameters
    ----------
    axis
        Time axis shared with the other plots.
    texts
        ``title``, and the names of what the pointer shows.
    on_brush
        Called with start, end (ms), lowest and highest magnitude, or with None.
    on_tap
        Called with the time (ms) and the magnitude of a tapped place.
    """

    def __init__(
        self,
        axis: TimeAxis,
        texts: dict[str, str],
        on_brush: Callable[[tuple[float, float, float, float] | None], None],
        on_tap: Callable[[float, float], None],
    ):
        self._on_brush, self._telling = on_brush, False
        self.box = BoxAnnotation(
            left=np.nan, right=np.nan, top=np.nan, bottom=np.nan, visible=False, editable=True,
            fill_color=CHOSEN, fill_alpha=0.14, line_color=CHOSEN, line_width=2, level="overlay",
        )  # fmt: skip
        self.brush = BoxSelectTool(overlay=self.box, persistent=True, renderers=[])
        wheel = WheelZoomTool(dimensions="width")
        slide = WheelPanTool(dimension="width", modifiers={"shift": True})
        self.y_range = Range1d(start=0, end=10)
        figure = _plot(
            texts["title"], 190, [self.brush, wheel, slide],
            x_range=axis.range, y_range=self.y_range, x_scale=axis.scale, y_scale=axis.scale,
        )  # fmt: skip
        y = LinearAxis(ticker=BasicTicker(desired_num_ticks=5), axis_label=texts["magnitude"])
        super().__init__(figure, DatetimeAxis(ticker=axis.ticker, formatter=axis.formatter), y)
        figure.toolbar.active_drag = self.brush
        figure.toolbar.active_scroll = wheel
        self.image = ColumnDataSource(data={"image": [], "x": [], "y": [], "dw": [], "dh": []})
        self.mapper = LinearColorMapper(palette=["#00000000"] * LEVELS, low=0, high=LEVELS - 1)
        place = {"x": "x", "y": "y", "dw": "dw", "dh": "dh"}
        self._add(self.image, Image(image="image", color_mapper=self.mapper, **place))
        self.points = ColumnDataSource(data={"x": [], "y": [], "size": [], "shade": []})
        self.shades = LinearColorMapper(palette=["#00000000"] * SHADES, low=1, high=SHADES)
        colour = {"field": "shade", "transform": self.shades}
        self.dots = Scatter(x="x", y="y", size="size", fill_color=colour, line_width=0.6)
        self._add(self.points, self.dots)
        columns = ("magnitude", "depth", "time", "event", "origin")
        self.known = ColumnDataSource(data={name: [] for name in ("x", "y", *columns)})
        unseen = Scatter(x="x", y="y", size=9, fill_color=None, line_color=None, hatch_color=None)
        found = self._add(self.known, unseen)
        self.chosen = ColumnDataSource(data={"x": [], "y": []})
        ring = Scatter(x="x", y="y", size=18, fill_color=None, line_color=CHOSEN, line_width=3)
        self._add(self.chosen, ring)
        hover = HoverTool(renderers=[found], limit=2, attachment="horizontal")
        shown = ("magnitude", "depth", "time", "event", "source")
        hover.tooltips = [
            (texts[name], f"@{column}") for name, column in zip(shown, columns, strict=True)
        ]
        figure.add_tools(hover)
        figure.on_event(SelectionGeometry, self._brushed)
        figure.on_event(Tap, lambda event: on_tap(event.x, event.y))
        self.box.on_change("visible", self._hidden)

    def _brushed(self, event: Any) -> None:
        found = event.geometry
        if found.get("type") != "rect" or not found.get("x1", 0) > found.get("x0", 0):
            return
        self._on_brush((found["x0"], found["x1"], found["y0"], found["y1"]))

    def _hidden(self, _attribute: str, _old: Any, new: bool) -> None:
        if not new and not self._telling:  # the Esc key in the browser
            self._on_brush(None)

    def show_brush(self, box: tuple[float, float, float, float] | None) -> None:
        """Show a box (start, end in ms, lowest, highest magnitude), or none."""
        self._telling = True
        try:
            if box is None:
                self.box.visible = False
            else:
                left, right, bottom, top = box
                self.box.update(left=left, right=right, bottom=bottom, top=top, visible=True)
        finally:
            self._telling = False

    def show_events(
        self,
        points: dict[str, Any],
        known: dict[str, Any],
        image: npt.NDArray[np.uint8] | None,
        window: tuple[float, ...],
    ) -> None:
        """Show events as dots, and the density of all as an image in a window (ms, magnitudes).

        `known` are the events, with texts, that the pointer finds.
        """
        self.points.data = points
        self.known.data = known
        if image is not None:
            left, bottom, right, top = window
            self.image.data = {
                "image": [image], "x": [left], "y": [bottom], "dw": [right - left],
                "dh": [top - bottom],
            }  # fmt: skip
        elif len(self.image.data["image"]):
            self.image.data = {"image": [], "x": [], "y": [], "dw": [], "dh": []}

    def ink(self, *, dark: bool) -> None:
        """Recolour for a light or dark page."""
        super().ink(dark=dark)
        self.mapper.palette = ["#00000000", *steps(INK[dark]["line"], ACCENT[dark], LEVELS - 1)]
        self.dots.line_color = "#3e2723" if not dark else "#0b1418"


def steps(first: str, last: str, count: int) -> list[str]:
    """Return colours in even steps from one to another, both included.

    >>> steps("#000000", "#0000ff", 3)
    ['#000000', '#000080', '#0000ff']
    """
    ends = np.array([[int(text[at : at + 2], 16) for at in (1, 3, 5)] for text in (first, last)])
    share = np.linspace(0.0, 1.0, count)[:, None]
    colours = np.floor(ends[0] * (1 - share) + ends[1] * share + 0.5).astype(int)
    return ["#{:02x}{:02x}{:02x}".format(*colour) for colour in colours.tolist()]


class CountPlot(Chart):
    """Cumulative number of events on the shared time axis."""

    def __init__(self, axis: TimeAxis, title: str, label: str):
        self.y_range = Range1d(start=0, end=1)
        figure = _plot(
            title, 112, [],
            x_range=axis.range, y_range=self.y_range, x_scale=axis.scale, y_scale=axis.scale,
        )  # fmt: skip
        y = LinearAxis(
            ticker=BasicTicker(desired_num_ticks=3), formatter=CustomJSTickFormatter(code=COUNT)
        )
        y.axis_label = label
        super().__init__(figure, DatetimeAxis(ticker=axis.ticker, formatter=axis.formatter), y)
        self.source = ColumnDataSource(data={"x": [], "y": []})
        self.line = Line(x="x", y="y", line_width=2)
        self._add(self.source, self.line)

    def push(self, time: Any, count: Any) -> None:
        """Show the number of events up to each time (ms)."""
        self.source.data = {"x": time, "y": count}
        self.y_range.end = max(1.0, 1.06 * float(count[-1])) if len(count) else 1.0

    def ink(self, *, dark: bool) -> None:
        """Recolour for a light or dark page."""
        super().ink(dark=dark)
        self.line.line_color = ACCENT[dark]


class FrequencyPlot(Chart):
    """Number of events by magnitude, in each bin and from it on, with the fitted line and Mc."""

    def __init__(self, title: str, magnitude: str, label: str):
        self.x_range, self.y_range = Range1d(start=4, end=9), Range1d(start=0.7, end=1e4)
        figure = _plot(
            title, 302, [],
            x_range=self.x_range, y_range=self.y_range, x_scale=LinearScale(), y_scale=LogScale(),
        )  # fmt: skip
        x = LinearAxis(ticker=BasicTicker(desired_num_ticks=6), axis_label=magnitude)
        y = LogAxis(ticker=LogTicker(desired_num_ticks=6), axis_label=label)
        y.formatter = CustomJSTickFormatter(code=COUNT)
        super().__init__(figure, x, y)
        self.counts = ColumnDataSource(data={"m": [], "bin": [], "above": []})
        self.fitted = ColumnDataSource(data={"m": [], "n": []})
        self.bins = Scatter(x="m", y="bin", marker="triangle", size=6, fill_color=None)
        self.above = Scatter(x="m", y="above", marker="circle", size=6)
        self.line = Line(x="m", y="n", line_width=2.4)
        self.mc = Span(dimension="height", line_dash="dashed", line_width=1.6, visible=False)
        found = [self._add(self.counts, self.bins), self._add(self.counts, self.above)]
        self._add(self.fitted, self.line)
        figure.add_layout(self.mc)
        hover = HoverTool(renderers=found[1:], attachment="horizontal")
        hover.tooltips = [
            (magnitude, "@m{0.0}"), ("N(≥M)", "@above{0,0}"), ("N(M)", "@bin{0,0}"),
        ]  # fmt: skip
        figure.add_tools(hover)

    def push(self, table: Any, mc: float) -> None:
        """Show the table of frequencies and the magnitude of completeness."""
        if not len(table):
            self.counts.data = {"m": [], "bin": [], "above": []}
            self.fitted.data = {"m": [], "n": []}
            self.mc.visible = False
            return
        magnitude = table["magnitude"].to_numpy(float)
        single, above = (table[name].to_numpy(float) for name in ("count", "cumulative"))
        self.counts.data = {
            "m": magnitude, "bin": np.where(single > 0, single, np.nan), "above": above,
        }  # fmt: skip
        line = table["fitted_cumulative"].to_numpy(float)
        drawn = np.isfinite(line)
        self.fitted.data = {"m": magnitude[drawn], "n": line[drawn]}
        self.mc.visible = bool(np.isfinite(mc))
        if self.mc.visible:
            self.mc.location = float(mc)
        self.x_range.update(start=float(magnitude[0]) - 0.2, end=float(magnitude[-1]) + 0.2)
        self.y_range.end = 1.6 * float(np.nanmax(above))

    def ink(self, *, dark: bool) -> None:
        """Recolour for a light or dark page."""
        super().ink(dark=dark)
        self.above.update(fill_color=ACCENT[dark], line_color=ACCENT[dark])
        self.bins.line_color = INK[dark]["muted"]
        self.line.line_color = self.mc.line_color = SECOND[dark]
