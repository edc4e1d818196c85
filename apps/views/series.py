"""The series dock: the history of the clicked cells, one row per variable, one shared time axis."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import panel as pn

from apps.views import atlas
from apps.views.clock import number
from apps.views.forecastlayer import ForecastNote
from apps.views.legend import layer_label
from apps.views.maps import MapView
from apps.views.rows import Row, TimeAxis
from apps.views.seriesdata import (
    Curve,
    activity_table,
    bands,
    grid_curves,
    separate,
    stairs,
    with_gaps,
)
from apps.views.stack import Band, Stack
from apps.views.state import ViewState
from apps.views.styles import styled
from apps.views.visitor import report

REST_MS = 120  # after the first curve, which must not wait for the others
HEIGHTS = {"small": 150, "medium": 330, "large": 520}


class SeriesDock:
    """All rows under the map, for one session.

    The current layer comes first and taller; the seismicity around the points and every other
    gridded variable follow in small rows. A row without any value here is hidden and named in
    the text above.
    """

    def __init__(self, session: Any, state: ViewState, view: MapView):
        self.session, self.state, self.view = session, state, view
        _ = session._
        self.dark = session.theme == "dark"
        self.layers = {key: layer for key, layer in view.layers.items() if not layer.cube.static}
        self.axis = TimeAxis(*self._shown_span())
        self.main = Row(self.axis, dark=self.dark, on_time=self.picked_time)
        self.stack = Stack(
            self.axis, dark=self.dark, on_time=self.picked_time, language=session.language
        )
        self.activity_titles = {
            "count": _("Earthquakes per month"),
            "max_mag": _("Largest magnitude per month"),
            "log10_energy": _("Seismic energy per month, log10 J"),
        }
        self.activity = {
            name: Band(title, counts=name == "count")
            for name, title in self.activity_titles.items()
        }
        self.rows = {key: Band(self._title(layer)) for key, layer in self.layers.items()}
        self.stack.bands = self.activity | self.rows
        self.curves: dict[str, list[Curve]] = {}
        self._tables: list[pd.DataFrame] = []
        self.note = styled()
        self.forecast = ForecastNote(session, state, view)
        self._rest: Any = None
        self.panel = pn.Column(
            self.note,
            self.forecast.panel,
            *(
                pn.pane.Bokeh(chart.figure, sizing_mode="stretch_width", margin=0)
                for chart in (self.main, self.stack)
            ),
            sizing_mode="stretch_width",
            scroll="y",
            css_classes=["qc-dock"],
            height=HEIGHTS[state.dock],
        )
        filters = ["radius", "dates", "magnitude", "depth", "region", "kinds", "sources"]
        state.param.watch(self.update, ["points"])
        state.param.watch(self._activity_changed, filters)
        state.param.watch(self._layer_changed, ["layer", "statistic", "base"])
        state.param.watch(self._area_changed, ["area"])
        state.param.watch(self.mark_time, ["time"])
        state.param.watch(self._resized, ["dock"])
        if state.area:
            self._show_area()
        self.update()

    @property
    def _shown_key(self) -> str:
        layer = self.view.layer
        return layer.key if layer else ""

    def _shown_span(self) -> tuple[np.datetime64, np.datetime64]:
        """Return the period of the layer shown with a tenth on either side, within all data."""
        first, last = self._span()
        layer = self.view.layer
        if layer is None or layer.cube.static:
            return first, last
        start, end = layer.cube.times[0], layer.cube.times[-1]
        margin = (end - start) // 10 + np.timedelta64(30, "D")
        return max(first, start - margin), min(last, end + margin)

    def _span(self) -> tuple[np.datetime64, np.datetime64]:
        events = atlas.events()
        starts = [layer.cube.times[0] for layer in self.layers.values()] + [events.start]
        ends = [layer.cube.times[-1] for layer in self.layers.values()] + [events.end]
        return min(starts), max(ends)

    def _title(self, layer: atlas.GridLayer) -> str:
        label = layer_label(self.session, layer, self.view.layers)
        unit = layer.unit(self.session.language)
        return f"{label}, {unit}" if unit else label

    # updates -----------------------------------------------------------------------------------

    def update(self, *_events: Any) -> None:
        """Read and show the series of all points: that of the layer shown first, then the others.

        The others wait until the browser has painted the first curve.
        """
        self._push_main()
        if self._rest is None:
            self._rest = self.view.plot.later(self._late, REST_MS)
        if self._rest is None:
            self._complete()

    def _late(self) -> None:
        if self._rest is not None:
            self._complete()

    @property
    def tables(self) -> list[pd.DataFrame]:
        """Monthly earthquakes around each point."""
        self._late()
        return self._tables

    def _complete(self) -> None:
        self._rest = None
        for key, layer in self.layers.items():
            if key != self._shown_key:
                self.curves[key] = grid_curves(layer, self.state.points)
        self._count_events()
        self._push_stack()
        self._write_note()
        self.mark_time()

    def _push_stack(self) -> None:
        for key, band in self.rows.items():
            band.curves, band.hidden = self.curves.get(key, []), key == self._shown_key
        self.stack.push()

    def _activity_changed(self, *_events: Any) -> None:
        self._count_events()
        self.stack.push()

    def _count_events(self) -> None:
        events = self.view.selection(every=True)
        span = (atlas.events().start, atlas.events().end)
        points, radius = self.state.points, self.state.radius
        self._tables = [activity_table(events, point, radius, span) for point in points]
        for name, band in self.activity.items():
            band.curves = [self._activity_curve(table, name) for table in self._tables]

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
            self.curves[layer.key] = grid_curves(layer, self.state.points)
            self.main.name(self._title(layer))
            self.main.push(self.curves[layer.key])
        visible = shown and (self.main.figure.visible or bool(len(self.main.mean.data["x"])))
        if self.main.figure.visible != visible:
            self.main.figure.visible = visible

    def _layer_changed(self, *_events: Any) -> None:
        start, end = self._shown_span()
        self.axis.range.update(start=start, end=end)
        self._show_area()
        self._push_main()
        self._push_stack()
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
        for now in (self.main.now, self.stack.now):
            if now.visible == layer.cube.static:
                now.visible = not layer.cube.static
            if now.location != moment:
                now.location = moment

    def picked_time(self, event: Any) -> None:
        """Show the time that was tapped in a chart."""
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
        static, language = [], self.session.language
        for layer in self.view.layers.values():
            if layer.cube.static:
                for place, curve in enumerate(grid_curves(layer, self.state.points), start=1):
                    if curve.known:
                        value = number(float(curve.values[0]), language)
                        name, unit = layer.name(language), layer.unit(language)
                        static.append(f"{name} ({place}): {value} {unit}")
        parts = []
        if not self.state.points:
            parts.append(_("Click the map, type coordinates or pick a place to see its history."))
        if static:
            parts.append(" · ".join(static))
        if missing:
            parts.append(_("No values here: {names}.").format(names=", ".join(missing)))
        self.note.object = f'<div class="qc-note">{"<br>".join(parts)}</div>'

    def ink(self, *, dark: bool) -> None:
        """Recolour for a light or dark page."""
        self.dark = dark
        for chart in (self.main, self.stack):
            chart.ink(dark=dark)
