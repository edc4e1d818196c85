"""The drawer: what is shown, which events, where; small groups, each one opened when wanted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import panel as pn
import panel_material_ui as pmui

from analysis.language import format_number
from apps.views import atlas
from apps.views.colours import colormap_names
from apps.views.judging import Judging
from apps.views.legend import layer_label
from apps.views.maps import MapView
from apps.views.places import WIDE, AreaGroup, PlaceGroup, plain, read_number, region_names
from apps.views.sliders import decimals
from apps.views.state import ViewState
from apps.views.styles import styled

SPECK = 0.25


class Controls:
    """Widgets of the drawer, bound both ways to the state."""

    def __init__(
        self,
        session: Any,
        state: ViewState,
        view: MapView,
        more: Sequence[tuple[str, Callable[[], list[Any]]]] = (),
    ):
        self.session, self.state, self.view = session, state, view
        self._binding = False
        _ = session._
        groups: list[tuple[str, Callable[[], list[Any]]]] = [
            (_("Layer"), self._layer_group),
            (_("On the map"), self._overlay_group),
            (_("Earthquakes"), self._event_group),
            (_("Place and region"), lambda: PlaceGroup(session, state, view).widgets),
            (_("Area"), lambda: AreaGroup(session, state, view).widgets),
            *more,
        ]
        self._build = dict(enumerate(build for _title, build in groups))
        self._bodies = [pn.Column(sizing_mode="stretch_width", margin=0) for _group in groups]
        self.panel = pmui.Accordion(
            *((title, body) for (title, _b), body in zip(groups, self._bodies, strict=True)),
            active=[0],
            sizing_mode="stretch_width",
            margin=0,
            disable_gutters=True,
            elevation=0,
            title_variant="subtitle1",
        )
        self._open()
        self.panel.param.watch(self._open, "active")

    def _open(self, *_events: Any) -> None:
        for index in self.panel.active:
            build = self._build.pop(index, None)
            if build is not None:
                self._bodies[index][:] = build()

    def bind(self, widget: Any, name: str, *, parameter: str = "value") -> Any:
        """Keep a widget and a parameter of the state equal."""

        def to_state(event: Any) -> None:
            value = tuple(event.new) if name in ("magnitude", "depth") else event.new
            if not self._binding and getattr(self.state, name) != value:
                setattr(self.state, name, value)

        def to_widget(event: Any) -> None:
            if event.new is not None and getattr(widget, parameter) != event.new:
                self._binding = True
                try:
                    setattr(widget, parameter, event.new)
                finally:
                    self._binding = False

        widget.param.watch(to_state, parameter)
        self.state.param.watch(to_widget, name)
        return widget

    # groups --------------------------------------------------------------------------------------

    def _layer_group(self) -> list[Any]:
        _ = self.session._
        options = {
            layer_label(self.session, layer, self.view.layers): key
            for key, layer in self.view.layers.items()
        }
        shown = self.view.layer
        self.layer = pmui.Select(
            label=_("Variable"),
            options=options,
            value=shown.key if shown else None,
            searchable=False,
            **WIDE,
        )
        self.layer.param.watch(self._layer_chosen, "value")
        self.state.param.watch(self._layer_moved, "layer")
        style = pmui.Select(
            label=_("Shown as"),
            options={
                _("Heat map"): "heat",
                _("Contours"): "contours",
                _("Both"): "both",
                _("Hidden"): "none",
            },
            value=self.state.style,
            **WIDE,
        )
        names = {_("Its own"): "", **colormap_names(_)}
        colormap = pmui.Select(
            label=_("Colour map"), options=names, value=self.state.colormap, **WIDE
        )
        self.low = pmui.TextInput(label=_("Lowest colour"), **WIDE)
        self.high = pmui.TextInput(label=_("Highest colour"), **WIDE)
        reset = pmui.Button(
            label=_("Colours from the data"), variant="outlined", size="small", **WIDE
        )
        reset.on_click(lambda _event: setattr(self.state, "limits", None))
        here = pmui.Button(
            label=_("Colours from the view"), variant="outlined", size="small", **WIDE
        )
        here.on_click(self._limits_of_view)
        for widget in (self.low, self.high):
            widget.param.watch(self._limits_typed, "value")
        self.state.param.watch(self._show_limits, ["limits", "layer", "statistic", "base"])
        self._show_limits()
        self.judging = Judging(session=self.session, state=self.state, view=self.view)
        return [
            self.layer,
            *self.judging.widgets,
            self.bind(style, "style"),
            self.bind(colormap, "colormap"),
            pn.Row(self.low, self.high, sizing_mode="stretch_width", margin=0),
            reset,
            here,
        ]

    def _layer_chosen(self, event: Any) -> None:
        shown = self.view.layer
        if event.new and (shown is None or event.new != shown.key):
            self.state.param.update(layer=event.new, limits=None, colormap="")
            self._go_to_data()

    def _go_to_data(self) -> None:
        """Move the map to a grid that would be a speck in it, or lies outside."""
        layer = self.view.layer
        if layer is None:
            return
        west, south, east, north = layer.cube.bounds
        width = (east - west) % 360.0 or 360.0
        left, _bottom, right, _top = self.view.window_degrees()
        if width < SPECK * (right - left):
            pad = 0.15 * width
            self.view.go_to((west - pad, south - pad, west + width + pad, north + pad))

    def _layer_moved(self, _event: Any) -> None:
        shown = self.view.layer
        if shown is not None and self.layer.value != shown.key:
            self.layer.value = shown.key

    def _show_limits(self, *_events: Any) -> None:
        layer = self.view.layer
        if layer is None:
            return
        low, high = self.view.limits(layer)
        self._binding = True
        digits = max(0, 2 - int(np.floor(np.log10(max(high - low, 1e-9)))))
        language = self.session.language
        self.low.value = plain(round(low, digits), language)
        self.high.value = plain(round(high, digits), language)
        self._binding = False

    def _limits_typed(self, _event: Any) -> None:
        if self._binding:
            return
        _ = self.session._
        low, high = read_number(self.low.value), read_number(self.high.value)
        problem = ""
        if low is None or high is None:
            problem = _("two numbers are needed")
        elif low >= high:
            problem = _("must be more than the lowest colour")
        self.high.error_state, self.high.helper_text = bool(problem), problem
        if low is not None and high is not None and not problem:
            self.state.limits = (low, high)

    def _limits_of_view(self, _event: Any) -> None:
        if self.view.layer is None:
            return
        values = self.view.picture(self.view.layer, self.view.plot.window())
        if not np.isfinite(values).any():
            return
        low, high = (float(f"{value:.4g}") for value in np.nanpercentile(values, [2, 98]))
        if low < high:
            self.state.limits = (low, high)

    def _overlay_group(self) -> list[Any]:
        _ = self.session._
        overlays = pmui.CheckBoxGroup(
            label=_("Layers above"),
            options={
                _("Earthquakes"): "events",
                _("Plate boundaries"): "plates",
                _("Borders"): "borders",
                _("Oblasts of Kazakhstan"): "oblasts",
                _("Place names (when near)"): "names",
                _("Degree grid"): "graticule",
                _("Street map (needs a network)"): "tiles",
            },
            value=list(self.state.overlays),
            **WIDE,
        )
        clock = pmui.RadioButtonGroup(
            label=_("Times in"),
            options={_("UTC"): "utc", _("local time"): "local"},
            value=self.state.clock,
            size="small",
            **WIDE,
        )
        projection = pmui.Select(
            label=_("Projection"),
            options={
                _("Web map (Mercator)"): "mercator",
                _("Equal-area, Kazakhstan"): "kazakhstan",
                _("North polar"): "north",
                _("South polar"): "south",
                _("Plate carrée"): "platecarree",
                _("Equal Earth"): "equalearth",
            },
            value=self.state.projection,
            **WIDE,
        )
        return [
            self.bind(overlays, "overlays"),
            self.bind(projection, "projection"),
            self.bind(clock, "clock"),
        ]

    def _event_group(self) -> list[Any]:
        _, language = self.session._, self.session.language
        events = atlas.events()
        first, last = (
            moment.astype("datetime64[D]").item() for moment in (events.start, events.end)
        )
        kinds = pmui.CheckBoxGroup(
            label=_("Data type"),
            options={_("Real"): "real", _("Simulated"): "simulated"},
            value=list(self.state.kinds),
            inline=True,
            **WIDE,
        )
        sources = pmui.MultiChoice(
            label=_("Source"),
            helper_text=_("all, if none is chosen"),
            options=sorted(events.sources),
            value=list(self.state.sources),
            **WIDE,
        )
        magnitude = pmui.RangeSlider(
            label=_("Magnitude"),
            start=0.0,
            end=10.0,
            step=0.1,
            value=events.magnitudes(self.state),
            format=decimals(1),
            **WIDE,
        )
        depth = pmui.RangeSlider(
            label=_("Depth, km"),
            start=-10,
            end=800,
            step=5,
            value=self.state.depth,
            format=decimals(0),
            **WIDE,
        )
        dates = self.state.dates or (first, last)
        clipped = [np.datetime64(day, "D").item() for day in dates]
        self.dates = pmui.DateRangePicker(
            label=_("Period"), start=first, end=last, value=tuple(clipped), **WIDE
        )
        self.dates.param.watch(self._dates_chosen, "value")
        within = pmui.Select(
            label=_("Within"),
            options={_("Everywhere"): "", **region_names(language)},
            value=self.state.region,
            **WIDE,
        )
        self.count = styled()
        self.view.refreshed.append(self._count_events)
        self._count_events()
        return [
            self.count,
            self.bind(kinds, "kinds"),
            self.bind(magnitude, "magnitude"),
            self.bind(depth, "depth"),
            self.dates,
            self.bind(within, "region"),
            self.bind(sources, "sources"),
        ]

    def _count_events(self) -> None:
        _ = self.session._
        total, kept = len(atlas.events().table), len(self.view.selection())
        language = self.session.language
        text = _("{kept} of {total} earthquakes pass the filters.").format(
            kept=format_number(kept, language, 0), total=format_number(total, language, 0)
        )
        if kept == 0:
            text += " " + _("Widen the magnitude, depth or period.")
        text = f'<div class="qc-note" aria-live="polite">{text}</div>'
        if self.count.object != text:
            self.count.object = text

    def _dates_chosen(self, event: Any) -> None:
        if event.new and None not in event.new:
            self.state.dates = tuple(str(day)[:10] for day in event.new)
