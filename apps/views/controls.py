"""The drawer: what is shown, which events, where; small groups, each one opened when wanted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import panel as pn
import panel_material_ui as pmui

from apps.views import atlas
from apps.views.choices import clock_choice, overlay_names, passing_html, within_choice
from apps.views.colours import colormap_names
from apps.views.drawer import WIDE, Binding, Group, Groups
from apps.views.judging import Judging
from apps.views.legend import layer_label
from apps.views.maps import MapView
from apps.views.places import AreaGroup, PlaceGroup, plain, read_number
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
        more: Sequence[Group] = (),
    ):
        self.session, self.state, self.view = session, state, view
        self.binding = Binding(state)
        _ = session._
        groups: list[Group] = [
            (_("Layer"), self._layer_group),
            (_("On the map"), self._overlay_group),
            (_("Earthquakes"), self._event_group),
            (_("Place and region"), lambda: PlaceGroup(session, state, view).widgets),
            (_("Area"), lambda: AreaGroup(session, state, view).widgets),
            *more,
        ]
        self.panel = Groups(groups).panel

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
            self.binding.both(style, "style"),
            self.binding.both(colormap, "colormap"),
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
        digits = max(0, 2 - int(np.floor(np.log10(max(high - low, 1e-9)))))
        language = self.session.language
        with self.binding.quiet():
            self.low.value = plain(round(low, digits), language)
            self.high.value = plain(round(high, digits), language)

    def _limits_typed(self, _event: Any) -> None:
        if self.binding.busy:
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
                **overlay_names(_, tiles=True),
            },
            value=list(self.state.overlays),
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
            self.binding.both(overlays, "overlays"),
            self.binding.both(projection, "projection"),
            self.binding.both(clock_choice(self.session, self.state.clock), "clock"),
        ]

    def _event_group(self) -> list[Any]:
        _ = self.session._
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
        self.count = styled()
        self.view.refreshed.append(self._count_events)
        self._count_events()
        return [
            self.count,
            self.binding.both(kinds, "kinds"),
            self.binding.both(magnitude, "magnitude", tuple),
            self.binding.both(depth, "depth", tuple),
            self.dates,
            self.binding.both(within_choice(self.session, self.state.region), "region"),
            self.binding.both(sources, "sources"),
        ]

    def _count_events(self) -> None:
        text = passing_html(self.session, len(self.view.selection()), len(atlas.events().table))
        if self.count.object != text:
            self.count.object = text

    def _dates_chosen(self, event: Any) -> None:
        if event.new and None not in event.new:
            self.state.dates = tuple(str(day)[:10] for day in event.new)
