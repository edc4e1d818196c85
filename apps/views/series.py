"""The series dock: the history of the clicked cells, one row per variable, one shared time axis."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import panel as pn

from apps.views import atlas
from apps.views.clock import number
from apps.views.legend import layer_label
from apps.views.maps import MapView
from apps.views.rows import Row, TimeAxis
from apps.views.seriesdata import (
    ACTIVITY,
    Curve,
    activity_table,
    bands,
    grid_curves,
    separate,
    stairs,
    with_gaps,
)
from apps.views.state import ViewState
from apps.views.styles import styled
from apps.views.visitor import report

HEIGHTS = {"small": 150, "medium": 330, "large": 520}


class SeriesDock:
    """All rows under the map, for one session.

    The current layer comes first and taller; every other gridded variable and the seismicity
    around the points follow in small rows. A row without any value here is hidden and named in
    the text below.
    """

    def __init__(self, session: Any, state: ViewState, view: MapView):
        self.session, self.state, self.view = session, state, view
        _ = session._
        self.dark = session.theme == "dark"
        self.layers = {key: layer for key, layer in view.layers.items() if not layer.cube.static}
        self.axis = TimeAxis(*self._shown_span())
        self.main = self._row("", main=True)
        self.rows: dict[str, Row] = {}
        self.activity_titles = {
            "count": _("Earthquakes per month"),
            "max_mag": _("Largest magnitude per month"),
            "log10_energy": _("Seismic energy per month, log10 J"),
        }
        self.activity = {
            name: self._row(self.activity_titles[name], counts=name == "count") for name in ACTIVITY
        }
        self.curves: dict[str, list[Curve]] = {}
        self.tables: list[pd.DataFrame] = []
        self.note = styled()
        self._more = pn.Column(sizing_mode="stretch_width", margin=0)
        self.panel = pn.Column(
            self.note,
            *(self._pane(row) for row in (self.main, *self.activity.values())),
            self._more,
            sizing_mode="stretch_width",
            scroll="y",
            css_classes=["qc-dock"],
            height=HEIGHTS[state.dock],
        )
        filters = ["radius", "dates", "magnitude", "depth", "region", "kinds", "sources"]
        state.param.watch(self.update, ["points"])
        state.param.watch(self._activity_changed, filters)
        state.param.watch(self._layer_changed, ["layer"])
        state.param.watch(self._area_changed, ["area"])
        state.param.watch(self.mark_time, ["time"])
        state.param.watch(self._resized, ["dock"])
        if state.area:
            self._show_area()
        self.update()

    def _row(self, title: str, *, main: bool = False, counts: bool = False) -> Row:
        return Row(
            title, self.axis, dark=self.dark, main=main, on_time=self._picked_time, counts=counts
        )

    @property
    def _shown_key(self) -> str:
        layer = self.view.layer
        return layer.key if layer else ""

    @staticmethod
    def _pane(row: Row) -> Any:
        return pn.pane.Bokeh(row.figure, sizing_mode="stretch_width", margin=0)

    def _push_row(self, key: str) -> None:
        """Show a variable's curves; its figure is made when it first has something to show."""
        curves = self.curves[key]
        if key not in self.rows:
            if not any(curve.known for curve in curves):
                return
            self.rows[key] = self._row(self._title(self.layers[key]))
            self._more.append(self._pane(self.rows[key]))
        self.rows[key].push(curves)

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
        """Read and show the series of all points."""
        points = self.state.points
        for key, layer in self.layers.items():
            self.curves[key] = grid_curves(layer, points)
            if key != self._shown_key:
                self._push_row(key)
        self._push_main()
        self._activity_changed()
        self._write_note()
        self.mark_time()

    def _activity_changed(self, *_events: Any) -> None:
        events = self.view.selection(every=True)
        span = (atlas.events().start, atlas.events().end)
        points, radius = self.state.points, self.state.radius
        self.tables = [activity_table(events, point, radius, span) for point in points]
        for name, row in self.activity.items():
            row.push([self._activity_curve(table, name) for table in self.tables])

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
            self.main.name(self._title(layer))
            self.main.push(self.curves[layer.key])
            if layer.key in self.rows:
                self.rows[layer.key].figure.visible = False
        self.main.figure.visible = shown and (
            self.main.figure.visible or bool(len(self.main.mean.data["x"]))
        )

    def _layer_changed(self, *_events: Any) -> None:
        for key in self.curves:
            if key != self._shown_key:
                self._push_row(key)
        start, end = self._shown_span()
        self.axis.range.update(start=start, end=end)
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
        for row in (self.main, *self.activity.values(), *self.rows.values()):
            row.now.visible = not layer.cube.static
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
        for row in (self.main, *self.activity.values(), *self.rows.values()):
            row.ink(dark=dark)
