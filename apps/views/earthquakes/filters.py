"""The drawer of the earthquakes page: which events, how shown, how reckoned; built when opened."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import panel_material_ui as pmui

from apps.views.choices import clock_choice, overlay_names, passing_html, region_jump, within_choice
from apps.views.drawer import WIDE, Binding, Group, Groups
from apps.views.earthquakes.eventtext import decimal, event_type, status_name, text_of
from apps.views.earthquakes.quakemap import QuakeMap
from apps.views.earthquakes.regimes import regime_names
from apps.views.earthquakes.selection import Selection
from apps.views.earthquakes.state import QuakeState
from apps.views.earthquakes.statisticsgroup import StatisticsGroup
from apps.views.places import AreaGroup, plain
from apps.views.sliders import decimals
from apps.views.styles import styled

LARGEST = 20
RESET = ("dates", "magnitude", "depth", "types", "regimes", "statuses", "brush", "event")
"""What another catalogue brings back to its default: its events have other values."""


class Filters:
    """Widgets bound both ways to the state, in groups that are made when first opened."""

    def __init__(self, visit: Any, state: QuakeState, selection: Selection, view: QuakeMap):
        self.visit, self.state, self.selection, self.view = visit, state, selection, view
        self.binding = Binding(state)
        self._fits: list[Callable[[], None]] = []
        self._follows: list[Callable[[], None]] = []
        _ = visit._
        self.count = styled()
        groups: list[Group] = [
            (_("Events"), self._events_group),
            (_("More filters"), self._more_group),
            (_("Area"), self._area_group),
            (_("On the map"), self._map_group),
            (_("Statistics"), self._statistics_group),
            (_("Selected box"), self._box_group),
            (_("Largest events"), self._largest_group),
        ]
        self.groups = Groups(groups)
        self.panel = self.groups.panel
        self.tell()

    def _quietly(self, widget: Any, **values: Any) -> None:
        with self.binding.quiet():
            widget.param.update(**values)

    # groups --------------------------------------------------------------------------------------

    def _events_group(self) -> list[Any]:
        _, language = self.visit._, self.visit.language
        known = self.selection.catalogues
        self.catalogue = pmui.Select(
            label=_("Catalogue"),
            options={one.title(language): key for key, one in known.items()},
            value=self.state.catalogue if self.state.catalogue in known else None,
            **WIDE,
        )
        self.catalogue.param.watch(self._catalogue_chosen, "value")
        self.magnitude = pmui.RangeSlider(
            label=_("Magnitude"), step=0.1, format=decimals(1), **WIDE
        )
        self.dates = pmui.DateRangePicker(label=_("Period"), **WIDE)
        self.dates.param.watch(self._dates_chosen, "value")
        self._fit()
        self._fits.append(self._fit)
        self._bind_range(self.magnitude, "magnitude", self.magnitudes)
        return [
            self.catalogue,
            self.count,
            self.magnitude,
            self.dates,
            self.binding.both(within_choice(self.visit, self.state.region), "region"),
        ]

    def _bind_range(self, widget: Any, name: str, whole: Callable[[], tuple[Any, Any]]) -> Any:
        """Bind a slider of two ends; in the state None stands for the whole range."""
        return self.binding.both(
            widget,
            name,
            lambda value: None if tuple(value) == tuple(whole()) else tuple(value),
            lambda value: whole() if value is None else value,
        )

    def magnitudes(self) -> tuple[float, float]:
        """Return the least and the largest magnitude of the catalogue, in tenths."""
        return _range(self.selection.all.magnitude, 0.1, (0.0, 10.0))

    def depths(self) -> tuple[float, float]:
        """Return the least and the largest depth of the catalogue, in tens of kilometres."""
        return _range(self.selection.all.depth, 10.0, (0.0, 700.0))

    def _days(self) -> tuple[date, date]:
        first, last = self.selection.span or (pd.Timestamp("2000-01-01"), pd.Timestamp.now())
        return first.date(), last.date()

    def _fit(self) -> None:
        """Take the limits of the widgets from the catalogue, their values from the state."""
        low, high = self.magnitudes()
        value = self.state.magnitude or (low, high)
        low, high = min(low, value[0]), max(high, value[1])
        self._quietly(self.magnitude, start=low, end=high, value=value)
        first, last = self._days()
        days = self.state.dates or (str(first), str(last))
        chosen = tuple(pd.Timestamp(day).date() for day in days)
        self._quietly(
            self.dates, start=min(first, chosen[0]), end=max(last, chosen[1]), value=chosen
        )

    def _catalogue_chosen(self, event: Any) -> None:
        if event.new and event.new != self.state.catalogue:
            fresh = {name: self.state.param[name].default for name in RESET}
            self.state.param.update(catalogue=event.new, **fresh)

    def _dates_chosen(self, event: Any) -> None:
        if self.binding.busy or not event.new or None in event.new:
            return
        chosen = tuple(str(day)[:10] for day in event.new)
        whole = tuple(str(day) for day in self._days())
        self.state.dates = None if chosen == whole else chosen

    def _more_group(self) -> list[Any]:
        _ = self.visit._
        low, high = self.depths()
        depth = pmui.RangeSlider(
            label=_("Depth, km"),
            start=low,
            end=high,
            step=10,
            value=self.state.depth or (low, high),
            format=decimals(0),
            **WIDE,
        )
        self._fits.append(lambda: self._limit(depth))
        regimes = regime_names(self.visit.language)
        decluster = pmui.Select(
            label=_("Aftershocks"),
            options={
                _("all events"): "none",
                _("mainshocks: Gardner and Knopoff"): "gardner-knopoff",
                _("mainshocks: Grünthal windows"): "gruenthal",
                _("mainshocks: Uhrhammer windows"): "uhrhammer",
                _("mainshocks: Reasenberg"): "reasenberg",
                _("mainshocks: Zaliapin"): "zaliapin",
            },
            value=self.state.decluster,
            **WIDE,
        )
        return [
            self._bind_range(depth, "depth", self.depths),
            self.binding.both(decluster, "decluster"),
            self._some(
                "regimes", "regime", _("Tectonic regime"), lambda key: regimes.get(key, key)
            ),
            self._some("types", "type", _("Type of event"), lambda key: event_type(key, _)),
            self._some("statuses", "status", _("Status"), lambda key: status_name(key, _)),
        ]

    def _limit(self, depth: Any) -> None:
        low, high = self.depths()
        self._quietly(depth, start=low, end=high, value=self.state.depth or (low, high))

    def _some(self, name: str, column: str, label: str, title: Callable[[str], str]) -> Any:
        """Make a choice of some values of a column; hidden where the catalogue has but one."""
        widget = pmui.MultiChoice(
            label=label, helper_text=self.visit._("all, if none is chosen"), **WIDE
        )

        def fill() -> None:
            values = self.selection.all.values(column)
            chosen = [one for one in getattr(self.state, name) if one in values]
            options = {title(key): key for key in values}
            self._quietly(widget, options=options, value=chosen, visible=len(values) > 1)

        fill()
        self._fits.append(fill)
        return self.binding.both(widget, name)

    def _area_group(self) -> list[Any]:
        view: Any = self.view  # it can be moved and drawn on like the explorer's
        state: Any = self.state
        return list(AreaGroup(self.visit, state, view).widgets)

    def _map_group(self) -> list[Any]:
        _ = self.visit._
        colour = pmui.RadioButtonGroup(
            label=_("Colour by"),
            options={_("magnitude"): "magnitude", _("depth"): "depth"},
            value=self.state.colour,
            size="small",
            **WIDE,
        )
        overlays = pmui.CheckBoxGroup(
            label=_("Layers"),
            options={
                _("Plate boundaries"): "plates",
                _("Tectonic regimes"): "regimes",
                **overlay_names(_, tiles=True),
            },
            value=list(self.state.overlays),
            **WIDE,
        )
        return [
            self.binding.both(colour, "colour"),
            self.binding.both(overlays, "overlays"),
            region_jump(self.visit, self.view),
            self.binding.both(clock_choice(self.visit, self.state.clock), "clock"),
        ]

    def _statistics_group(self) -> list[Any]:
        group = StatisticsGroup(self.visit, self.state)
        return [group.mc, group.own, self.binding.both(group.method, "method")]

    def _box_group(self) -> list[Any]:
        _ = self.visit._
        names = (_("From (date)"), _("To (date)"), _("Lowest magnitude"), _("Highest magnitude"))
        self.box = [pmui.TextInput(label=name, **WIDE) for name in names]
        self._show_box()
        self.state.param.watch(self._show_box, "brush")
        apply = pmui.Button(label=_("Select this box"), variant="contained", size="small", **WIDE)
        apply.on_click(self._box_typed)
        clear = pmui.Button(label=_("Clear the box"), variant="text", size="small", **WIDE)
        clear.on_click(lambda _event: setattr(self.state, "brush", None))
        return [*self.box, apply, clear]

    def _show_box(self, *_events: Any) -> None:
        language = self.visit.language
        if self.state.brush is None:
            first, last = self._days()
            low, high = self.magnitudes()
            texts = [str(first), str(last), plain(low, language), plain(high, language)]
        else:
            start, end, low, high = self.state.brush
            texts = [start, end, plain(low, language), plain(high, language)]
        for field, text in zip(self.box, texts, strict=True):
            field.param.update(value=text, error_state=False, helper_text="")

    def _box_typed(self, _event: Any) -> None:
        start, end, low, high = (str(field.value or "").strip() for field in self.box)
        low, high = low.replace(",", "."), high.replace(",", ".")
        problems = self.state.read_query({"brush": f"{start},{end},{low},{high}"})
        text = self.visit._("Dates such as 2010-06-15 and two magnitudes, the smaller one first.")
        self.box[-1].param.update(error_state=bool(problems), helper_text=text if problems else "")

    def _largest_group(self) -> list[Any]:
        self.largest = pmui.Select(label=self.visit._("Largest events in view"), **WIDE)
        self._list_largest()
        self._follows.append(self._list_largest)
        self.largest.param.watch(self._largest_chosen, "value")
        return [self.largest]

    def _list_largest(self) -> None:
        _, language = self.visit._, self.visit.language
        rows, every = self.selection.brush_rows, self.selection.all
        size = np.nan_to_num(every.magnitude[rows], nan=-9.0)
        top = rows[np.argsort(-size, kind="stable")[:LARGEST]]
        table = every.table.iloc[top]
        options = {_("Choose …"): ""}
        for magnitude, moment, place, ident in zip(
            table["mag"], table["time"], table["place"], table["id"], strict=True
        ):
            name = f"M {decimal(magnitude, language)} · {str(moment)[:10]} · {text_of(place)}"
            options[name] = str(ident)
        known = self.state.event if self.state.event in options.values() else ""
        self._quietly(self.largest, options=options, value=known)

    def _largest_chosen(self, event: Any) -> None:
        if not self.binding.busy and event.new:
            self.state.event = event.new

    # after a change ------------------------------------------------------------------------------

    def refit(self) -> None:
        """Take limits and choices from the catalogue anew: the filters have changed."""
        for fit in self._fits:
            fit()
        self.tell()

    def follow(self) -> None:
        """Take what depends on the view, the brush and the chosen event."""
        for follow in self._follows:
            follow()

    def wait(self) -> None:
        """Say that the events are being prepared."""
        text = self.visit._("The data are being prepared.")
        self.count.object = f'<div class="qc-note" role="status" aria-busy="true">… {text}</div>'

    def tell(self) -> None:
        """Say how many events pass, and what to do where none does."""
        text = passing_html(self.visit, len(self.selection.rows), len(self.selection.all))
        if self.count.object != text:
            self.count.object = text


def _range(values: Any, step: float, otherwise: tuple[float, float]) -> tuple[float, float]:
    """Return the least and the largest of values, rounded outwards to steps."""
    known = values[np.isfinite(values)]
    if not len(known):
        return otherwise
    low, high = np.floor(known.min() / step) * step, np.ceil(known.max() / step) * step
    return round(float(low), 1), round(float(high), 1)
