"""The figures of the series dock, made of as few Bokeh models as will do.

What a page costs grows with its number of models, so the dock has two figures: the row of the layer
shown, and one stack of all other rows. They share their time axis (ticker, formatter, scales). The
numbers beside an axis are all equally wide: else a new curve would lay the whole page out anew.
"""

from __future__ import annotations

from typing import Any

from bokeh.events import Tap
from bokeh.models import (
    AllIndices,
    AllLabels,
    BasicTicker,
    CDSView,
    ColumnDataSource,
    CustomJSTickFormatter,
    DataRange1d,
    DatetimeAxis,
    DatetimeTicker,
    DatetimeTickFormatter,
    GlyphRenderer,
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
    UnionRenderers,
    WheelZoomTool,
)

from apps.views.mapfigure import POINT_COLOURS
from apps.views.seriesdata import Curve, isolated
from apps.views.sliders import at_pointer
from apps.views.theme import FONTS

AREA_COLOUR = "#8e24aa"
INK = {
    False: {"text": "#263238", "muted": "#546e7a", "line": "#dfe5e8", "paper": "#ffffff"},
    True: {"text": "#e6edf0", "muted": "#b0bec5", "line": "#33454f", "paper": "#141f25"},
}
LONG = 44
"""Characters of a title that a phone shows in one line."""

WIDE = 7
"""Characters of every number beside an axis."""

MONO = '"DejaVu Sans Mono", "Roboto Mono", Consolas, Menlo, monospace'
_NUMBER = """
const size = Math.abs(tick)
const text = size >= 1e6 || (size > 0 && size < 1e-4) ? tick.toExponential(1)
  : String(Number(tick.toPrecision(6)))
const own = document.documentElement.lang === "en" ? text : text.replace(".", ",")
return own.replace("-", "\\u2212").padStart(WIDE, "\\u00a0")
""".replace("WIDE", str(WIDE))


class TimeAxis:
    """What all figures of a session's dock share."""

    def __init__(self, start: Any, end: Any):
        self.range = Range1d(start=start, end=end)
        self.scale = LinearScale()
        self.ticker = DatetimeTicker()
        self.formatter = DatetimeTickFormatter(
            years="%Y", months="%Y-%m", days="%Y-%m-%d", hours="%m-%d %Hh", minutes="%H:%M"
        )
        self.all_labels = AllLabels()
        self.all_indices = AllIndices()
        self.policy = UnionRenderers()

    def source(self, *columns: str) -> ColumnDataSource:
        """Return an empty source."""
        return ColumnDataSource({name: [] for name in columns}, selection_policy=self.policy)


class Chart:
    """A figure of the dock: curves of all points over the shared time axis."""

    def __init__(self, axis: TimeAxis, *, dark: bool, on_time: Any, height: int, y: LinearAxis):
        self.axis = axis
        self.lines = axis.source("xs", "ys", "colour")
        self.dots: ColumnDataSource | None = None
        self.wheel = WheelZoomTool(dimensions="width")
        self.figure = Plot(
            x_range=axis.range,
            y_range=self._range(),
            x_scale=axis.scale,
            y_scale=axis.scale,
            height=height,
            sizing_mode="stretch_width",
            toolbar=Toolbar(tools=[PanTool(dimensions="width"), self.wheel]),
            toolbar_location=None,
            title=None,
            min_border_left=66,
            min_border_right=12,
            lod_timeout=60,
        )
        self.now = Span(location=0, dimension="height", line_dash="dashed", line_color="#e65100")
        self._x = DatetimeAxis(ticker=axis.ticker, formatter=axis.formatter)
        self._y = y
        for side in (self._x, self._y):
            side.update(
                major_label_policy=axis.all_labels,
                minor_tick_line_color=None,
                major_label_text_font_size="11px",
                major_label_text_font=FONTS if side is self._x else MONO,
            )
        self._prepare()
        drawn = self._add(self.lines, MultiLine(line_color="colour", line_width=1.6))
        self.hover = HoverTool(renderers=[drawn], line_policy="nearest")
        self.hover.formatters = {"$data_x": "datetime"}
        self.figure.add_layout(self._x, "below")
        self.figure.add_layout(self._y, "left")
        self.figure.add_layout(self.now)
        self.figure.add_tools(self.hover)
        self.figure.on_event(Tap, on_time)
        self.ink(dark=dark)

    def _range(self) -> Any:
        return DataRange1d(range_padding=0.1)

    def _prepare(self) -> None:
        """Add what lies under the curves."""

    def _add(self, source: ColumnDataSource, glyph: Any) -> GlyphRenderer:
        view = CDSView(filter=self.axis.all_indices)
        alike = {"selection_glyph": None, "nonselection_glyph": None, "muted_glyph": None}
        return self.figure.add_glyph(source, glyph, view=view, **alike)

    def ink(self, *, dark: bool) -> None:
        """Recolour for a light or dark page."""
        ink = INK[dark]
        self.figure.outline_line_color = ink["line"]
        self.figure.background_fill_color = self.figure.border_fill_color = ink["paper"]
        for axis in (self._x, self._y):
            axis.update(
                major_label_text_color=ink["muted"],
                axis_line_color=ink["line"],
                major_tick_line_color=ink["line"],
            )

    def _push_dots(self, curves: list[Curve], colours: list[str]) -> None:
        """Show values with no neighbour, which a line cannot show."""
        alone = [isolated(curve.values) for curve in curves]
        if self.dots is None:
            if not any(keep.any() for keep in alone):
                return
            self.dots = self.axis.source("x", "y", "colour")
            glyph = Scatter(fill_color="colour", line_color="colour", size=5)
            self.hover.renderers = [*self.hover.renderers, self._add(self.dots, glyph)]
        pairs = list(zip(curves, alone, strict=True))
        self.dots.data = {
            "x": [time for curve, keep in pairs for time in curve.times[keep]],
            "y": [value for curve, keep in pairs for value in curve.values[keep]],
            "colour": [
                colour
                for colour, keep in zip(colours, alone, strict=True)
                for _ in range(keep.sum())
            ],
        }


class Row(Chart):
    """The row of the layer shown, with mean and spread of the chosen area."""

    def __init__(self, axis: TimeAxis, *, dark: bool, on_time: Any):
        y = LinearAxis(
            ticker=BasicTicker(desired_num_ticks=5), formatter=CustomJSTickFormatter(code=_NUMBER)
        )
        self.title = Title(text_font_size="12.5px", text_font_style="normal", text_font=FONTS)
        super().__init__(axis, dark=dark, on_time=on_time, height=190, y=y)
        self.figure.toolbar.active_scroll = self.wheel
        self.figure.title = self.title
        self.hover.tooltips = [("", "$data_x{%F}"), ("", "$data_y{custom}")]
        self.hover.formatters = {"$data_x": "datetime", "$data_y": at_pointer()}

    def _prepare(self) -> None:
        self.band = self.axis.source("xs", "ys")
        self.mean = self.axis.source("x", "y")
        self._add(self.band, Patches(fill_color=AREA_COLOUR, fill_alpha=0.2, line_color=None))
        self._add(self.mean, Line(line_color=AREA_COLOUR, line_width=2))

    def name(self, title: str) -> None:
        """Give the row its title, for the eyes and for screen readers.

        A long one of two parts stands in two lines: a phone would cut it.
        """
        self.title.text = title.replace(": ", ":\n", 1) if len(title) > LONG else title
        self.figure.html_attributes = {"aria-label": title}

    def ink(self, *, dark: bool) -> None:
        """Recolour for a light or dark page."""
        super().ink(dark=dark)
        self.title.text_color = INK[dark]["text"]

    def push(self, curves: list[Curve]) -> None:
        """Show one curve per point, in the points' colours; hide the row when all are empty."""
        colours = list(POINT_COLOURS[: len(curves)])
        self.lines.data = {
            "xs": [curve.times for curve in curves],
            "ys": [curve.values for curve in curves],
            "colour": colours,
        }
        self._push_dots(curves, colours)
        self.figure.visible = any(curve.known for curve in curves)
