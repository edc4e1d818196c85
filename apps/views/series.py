"""The series dock: the history of the clicked cells, one row per variable, one shared time axis."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import panel as pn
from bokeh.events import Tap
from bokeh.models import (
    ColumnDataSource,
    DataRange1d,
    DatetimeTickFormatter,
    HoverTool,
    PanTool,
    Range1d,
    Span,
    WheelZoomTool,
)
from bokeh.plotting import figure

from apps.views import atlas
from apps.views.clock import number
from apps.views.legend import layer_label
from apps.views.mapfigure import POINT_COLOURS
from apps.views.maps import MapView
from apps.views.seriesdata import (
    ACTIVITY,
    Curve,
    activity_table,
    bands,
    grid_curves,
    isolated,
    separate,
    stairs,
    with_gaps,
)
from apps.views.state import ViewState
from apps.views.styles import styled
from apps.views.visitor import report

HEIGHTS = {"small": 150, "medium": 270, "large": 520}
TICKS = DatetimeTickFormatter(
    years="%Y", months="%Y-%m", days="%Y-%m-%d", hours="%m-%d %Hh", minutes="%H:%M"
)
AREA_COLOUR = "#8e24aa"


class Row:
    """One figure of the dock: curves of all points for one variable."""

    def __init__(self, title: str, x_range: Range1d, *, main: bool, on_time: Any):
        self.lines = ColumnDataSource(data={"xs": [], "ys": [], "colour": []})
        self.dots = ColumnDataSource(data={"x": [], "y": [], "colour": []})
        self.band = ColumnDataSource(data={"xs": [], "ys": []})
        self.mean = ColumnDataSource(data={"x": [], "y": []})
        pan, wheel = PanTool(dimensions="width"), WheelZoomTool(dimensions="width")
        self.figure = figure(
            x_range=x_range,
            y_range=DataRange1d(range_padding=0.1, only_visible=True),
            x_axis_type="datetime",
            height=190 if main else 112,
            sizing_mode="stretch_width",
            tools=[pan, wheel],
            toolbar_location=None,
            title=title,
            min_border_left=58,
            min_border_right=12,
            lod_timeout=60,
        )
        self.figure.title.update(text_font_size="12px", text_font_style="normal")
        self.figure.toolbar.active_scroll = wheel if main else None
        if main:
            self.figure.patches("xs", "ys", source=self.band, color=AREA_COLOUR, alpha=0.2)
            self.figure.line("x", "y", source=self.mean, color=AREA_COLOUR, line_width=2)
        line = self.figure.multi_line(
            "xs", "ys", source=self.lines, line_color="colour", line_width=1.6
        )
        dots = self.figure.scatter("x", "y", source=self.dots, color="colour", size=5)
        hover = HoverTool(
            renderers=[line, dots], line_policy="nearest", point_policy="snap_to_data"
        )
        hover.tooltips = [("", "@label"), ("", "$data_x{%F}"), ("", "$data_y{0.[000]}")]
        hover.formatters = {"$data_x": "datetime"}
        hover.tooltips = [("", "$data_x{%F}"), ("", "$data_y{0.[000]}")]
        self.figure.add_tools(hover)
        self.now = Span(
            location=0, dimension="height", line_width=1.2, line_dash="dashed", line_color="#e65100"
        )
        self.figure.add_layout(self.now)
        self.figure.xaxis.formatter = TICKS
        self.figure.yaxis.ticker.desired_num_ticks = 5 if main else 3
        self.figure.on_event(Tap, on_time)

    def push(self, curves: list[Curve]) -> None:
        """Show one curve per point, in the points' colours."""
        alone = [isolated(curve.values) for curve in curves]
        dots = {
            "x": [
                time
                for curve, keep in zip(curves, alone, strict=True)
                for time in curve.times[keep]
            ],
            "y": [y for curve, keep in zip(curves, alone, strict=True) for y in curve.values[keep]],
            "colour": [
                POINT_COLOURS[n] for n, keep in enumerate(alone) for _each in range(keep.sum())
            ],
        }
        self.lines.data = {
            "xs": [curve.times for curve in curves],
            "ys": [curve.values for curve in curves],
            "colour": list(POINT_COLOURS[: len(curves)]),
        }
        if dots["x"] or len(self.dots.data["x"]):
            self.dots.data = dots
        self.figure.visible = any(curve.known for curve in curves)


class SeriesDock:
    """All rows under the map, for one session.

    The current layer comes first and taller; every other gridded variable and the seismicity
    around the points follow in small rows. A row without any value here is hidden and named in
    the text below.
    """

    def __init__(self, session: Any, state: ViewState, view: MapView):
        self.session, self.state, self.view = session, state, view
        _ = session._
        self.layers = {key: layer for key, layer in view.layers.items() if not layer.cube.static}
        start, end = self._span()
        self.x_range = Range1d(start=start, end=end)
        self.main = self._row("", main=True)
        self.rows = {key: self._row(self._title(layer)) for key, layer in self.layers.items()}
        self.activity_titles = {
            "count": _("Earthquakes per month"),
            "max_mag": _("Largest magnitude per month"),
            "log10_energy": _("Seismic energy per month, log10 J"),
        }
        self.activity = {name: self._row(self.activity_titles[name]) for name in ACTIVITY}
        self.curves: dict[str, list[Curve]] = {}
        self.tables: list[pd.DataFrame] = []
        self.note = styled()
        figures = [self.main, *self.activity.values(), *self.rows.values()]
        self.panel = pn.Column(
            *(pn.pane.Bokeh(row.figure, sizing_mode="stretch_width", margin=0) for row in figures),
            self.note,
            sizing_mode="stretch_width",
            scroll="y",
            css_classes=["qc-dock"],
            height=HEIGHTS[state.dock],
        )
        watched = ["points", "radius", "dates", "magnitude", "depth", "region", "kinds", "sources"]
        state.param.watch(self.update, watched)
        state.param.watch(self._layer_changed, ["layer"])
        state.param.watch(self._area_changed, ["area"])
        state.param.watch(self.mark_time, ["time"])
        state.param.watch(self._resized, ["dock"])
        self.update()

    def _row(self, title: str, *, main: bool = False) -> Row:
        return Row(title, self.x_range, main=main, on_time=self._picked_time)

    def _span(self) -> tuple[np.datetime64, np.datetime64]:
        events = atlas.events()
        starts = [layer.cube.times[0] for layer in self.layers.values()] + [events.start]
        ends = [layer.cube.times[-1] for layer in self.layers.values()] + [events.end]
        return min(starts), max(ends)

    def _title(self, layer: atlas.GridLayer) -> str:
        return f"{layer_label(self.session, layer, self.view.layers)}, {layer.unit(self.session.language)}"

    # updates -----------------------------------------------------------------------------------

    def update(self, *_events: Any) -> None:
        """Read and show the series of all points."""
        points = self.state.points
        events = self.view.selection()
        span = (atlas.events().start, atlas.events().end)
        for key, layer in self.layers.items():
            self.curves[key] = grid_curves(layer, points)
            self.rows[key].push(self.curves[key])
        self._push_main()
        self.tables = [activity_table(events, point, self.state.radius, span) for point in points]
        for name, row in self.activity.items():
            row.push([self._activity_curve(table, name) for table in self.tables])
        self._write_note()
        self.mark_time()

    def _activity_curve(self, table: pd.DataFrame, name: str) -> Curve:
        values = table[name].to_numpy(float)
        months = pd.DatetimeIndex(table.index)
        if name == "count":
            return Curve(*stairs(months, values))
        return Curve(*separate(months, np.where(values > 0, values, np.nan)))

    def _push_main(self) -> None:
        layer = self.view.layer
        shown = layer is not None and layer.key in self.layers
        if layer is not None and shown:
            self.main.figure.title.text = self._title(layer)
            self.main.push(self.curves[layer.key])
            self.rows[layer.key].figure.visible = False
        self.main.figure.visible = shown and (
            self.main.figure.visible or bool(len(self.main.mean.data["x"]))
        )

    def _layer_changed(self, *_events: Any) -> None:
        for key, curves in self.curves.items():
            self.rows[key].figure.visible = any(curve.known for curve in curves)
        self._show_area()
        self._push_main()
        self.mark_time()

    def _area_changed(self, *_events: Any) -> None:
        self._show_area()
        self._push_main()

    def zonal(self) -> Any:
        """Return mean and spread of the current layer in the chosen area; None without one."""
        layer = self.view.layer
        if not self.state.area or layer is None:
            return None
        shape, _names = atlas.area_shape(self.state.area)
        return layer.cube.zonal(shape, layer.variable)

    def _show_area(self) -> None:
        try:
            found = self.zonal()
        except ValueError as error:
            report(self.session, error)
            found = None
        if found is None:
            self.main.mean.data = {"x": [], "y": []}
            self.main.band.data = {"xs": [], "ys": []}
            return
        times = found["time"].values.astype("datetime64[ns]")
        drawn, mean = with_gaps(times, found["mean"].values)
        spread = with_gaps(times, found["std"].values)[1]
        self.main.mean.data = {"x": drawn, "y": mean}
        self.main.band.data = bands(drawn, mean - spread, mean + spread)

    def mark_time(self, *_events: Any) -> None:
        """Move the dashed line to the time that the map shows."""
        layer = self.view.layer
        if layer is None:
            return
        moment = layer.cube.times[self.view.time_index].astype("datetime64[ms]").astype(float)
        for row in (self.main, *self.activity.values(), *self.rows.values()):
            if row.figure.visible and row.now.location != moment:
                row.now.location = moment

    def _picked_time(self, event: Any) -> None:
        if event.x is not None:
            self.state.time = str(np.datetime64(int(event.x), "ms").astype("datetime64[D]"))

    def _resized(self, *_events: Any) -> None:
        self.panel.height = HEIGHTS[self.state.dock]

    def _write_note(self) -> None:
        _ = self.session._
        missing = [
            layer.name(self.session.language)
            for key, layer in self.layers.items()
            if self.state.points and not any(curve.known for curve in self.curves[key])
        ]
        static = []
        for layer in self.view.layers.values():
            if layer.cube.static:
                for place, curve in enumerate(grid_curves(layer, self.state.points), start=1):
                    if curve.known:
                        value = number(float(curve.values[0]), self.session.language)
                        name = layer.name(self.session.language)
                        static.append(f"{name} ({place}): {value} {layer.unit(self.session.language)}")
        parts = []
        if not self.state.points:
            parts.append(_("Click the map, type coordinates or pick a place to see its history."))
        if static:
            parts.append(" · ".join(static))
        if missing:
            parts.append(_("No values here: {names}.").format(names=", ".join(missing)))
        self.note.object = f'<div class="qc-note">{"<br>".join(parts)}</div>'
