"""The figures of the series dock, made of as few Bokeh models as will do.

What a page costs grows with its number of models, so the rows of a session share their time axis
(ticker, formatter, scales) and each has one glyph for its curves.
"""

from __future__ import annotations

from typing import Any

from bokeh.events import Tap
from bokeh.models import (
    BasicTicker,
    ColumnDataSource,
    DataRange1d,
    DatetimeAxis,
    DatetimeTicker,
    DatetimeTickFormatter,
    HoverTool,
    Line,
    LinearAxis,
    LinearScale,
    MultiLine,
    PanTool,
    Patches,
    Plot,
    Range1d,
    Scatter,
    Span,
    Title,
    Toolbar,
    WheelZoomTool,
)

from apps.views.mapfigure import POINT_COLOURS
from apps.views.seriesdata import Curve, isolated

AREA_COLOUR = "#8e24aa"
INK = {
    False: {"text": "#263238", "muted": "#546e7a", "line": "#dfe5e8", "paper": "#ffffff"},
    True: {"text": "#e6edf0", "muted": "#b0bec5", "line": "#33454f", "paper": "#141f25"},
}


class TimeAxis:
    """What all rows of a session share."""

    def __init__(self, start: Any, end: Any):
        self.range = Range1d(start=start, end=end)
        self.scale = LinearScale()
        self.ticker = DatetimeTicker()
        self.formatter = DatetimeTickFormatter(
            years="%Y", months="%Y-%m", days="%Y-%m-%d", hours="%m-%d %Hh", minutes="%H:%M"
        )


class Row:
    """One figure of the dock: curves of all points for one variable."""

    def __init__(
        self,
        title: str,
        axis: TimeAxis,
        *,
        dark: bool,
        main: bool,
        on_time: Any,
        counts: bool = False,
    ):
        self.lines = ColumnDataSource(data={"xs": [], "ys": [], "colour": []})
        self.dots: ColumnDataSource | None = None
        self.title = Title(text=title, text_font_size="12.5px", text_font_style="normal")
        wheel = WheelZoomTool(dimensions="width")
        self.figure = Plot(
            x_range=axis.range,
            y_range=DataRange1d(range_padding=0.1),
            x_scale=axis.scale,
            y_scale=axis.scale,
            height=190 if main else 112,
            sizing_mode="stretch_width",
            toolbar=Toolbar(tools=[PanTool(dimensions="width"), wheel]),
            toolbar_location=None,
            title=self.title,
            min_border_left=58,
            min_border_right=12,
            lod_timeout=60,
        )
        if main:
            self.figure.toolbar.active_scroll = wheel
            self.band = ColumnDataSource(data={"xs": [], "ys": []})
            self.mean = ColumnDataSource(data={"x": [], "y": []})
            shade = Patches(fill_color=AREA_COLOUR, fill_alpha=0.2, line_color=None)
            self._add(self.band, shade)
            self._add(self.mean, Line(line_color=AREA_COLOUR, line_width=2))
        drawn = self._add(self.lines, MultiLine(line_color="colour", line_width=1.6))
        hover = HoverTool(renderers=[drawn], line_policy="nearest")
        hover.tooltips = [("", "$data_x{%F}"), ("", "$data_y{0.[000]}")]
        hover.formatters = {"$data_x": "datetime"}
        self.hover = hover
        self.now = Span(location=0, dimension="height", line_dash="dashed", line_color="#e65100")
        self._x = DatetimeAxis(ticker=axis.ticker, formatter=axis.formatter)
        self._y = LinearAxis(ticker=BasicTicker(desired_num_ticks=5 if main else 3))
        if counts:
            self.figure.y_range.update(start=0, min_interval=1.1)
            self._y.ticker.min_interval = 1
        self.figure.add_layout(self._x, "below")
        self.figure.add_layout(self._y, "left")
        self.figure.add_layout(self.now)
        self.figure.add_tools(hover)
        self.figure.on_event(Tap, on_time)
        self.name(title)
        self.ink(dark=dark)

    def name(self, title: str) -> None:
        """Give the row its title, for the eyes and for screen readers."""
        self.title.text = title
        self.figure.html_attributes = {"aria-label": title}

    def _add(self, source: ColumnDataSource, glyph: Any) -> Any:
        renderer = self.figure.add_glyph(source, glyph)
        renderer.nonselection_glyph = renderer.selection_glyph = renderer.muted_glyph = None
        return renderer

    def ink(self, *, dark: bool) -> None:
        """Recolour for a light or dark page."""
        ink = INK[dark]
        self.title.text_color = ink["text"]
        self.figure.outline_line_color = ink["line"]
        self.figure.background_fill_color = self.figure.border_fill_color = ink["paper"]
        for axis in (self._x, self._y):
            axis.update(
                major_label_text_color=ink["muted"],
                axis_line_color=ink["line"],
                major_tick_line_color=ink["line"],
                minor_tick_line_color=None,
            )

    def push(self, curves: list[Curve]) -> None:
        """Show one curve per point, in the points' colours; hide the row when all are empty."""
        self.lines.data = {
            "xs": [curve.times for curve in curves],
            "ys": [curve.values for curve in curves],
            "colour": list(POINT_COLOURS[: len(curves)]),
        }
        self._push_dots(curves)
        self.figure.visible = any(curve.known for curve in curves)

    def _push_dots(self, curves: list[Curve]) -> None:
        alone = [isolated(curve.values) for curve in curves]
        if self.dots is None:
            if not any(keep.any() for keep in alone):
                return
            self.dots = ColumnDataSource(data={"x": [], "y": [], "colour": []})
            glyph = Scatter(fill_color="colour", line_color="colour", size=5)
            self.hover.renderers = [*self.hover.renderers, self._add(self.dots, glyph)]
        pairs = list(zip(curves, alone, strict=True))
        self.dots.data = {
            "x": [time for curve, keep in pairs for time in curve.times[keep]],
            "y": [value for curve, keep in pairs for value in curve.values[keep]],
            "colour": [POINT_COLOURS[n] for n, keep in enumerate(alone) for _ in range(keep.sum())],
        }
