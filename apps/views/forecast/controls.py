"""The drawer of the forecast page: what is forecast, from what, by which models, shown how."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pandas as pd
import panel as pn
import panel_material_ui as pmui

from analysis.language import format_number
from analysis.seismic.forecasting.choices import CATALOGUE
from analysis.sources.regions import REGIONS
from apps.views.choices import overlay_names
from apps.views.drawer import ROOMY, Binding, Group, Groups
from apps.views.earthquakes.catalogues import catalogues
from apps.views.forecast.choices import feature_groups, no_values, settings_of
from apps.views.forecast.models import ModelGroup
from apps.views.forecast.selection import PACKAGED, ForecastSelection
from apps.views.forecast.state import HISTORIES, HORIZONS, RESOLUTIONS, read_region
from apps.views.forecast.within import part_title, parts_with_events
from apps.views.forecast.words import forecast_name
from apps.views.places import read_number

OWN = "own"


class Controls:
    """Groups of widgets bound to the state; a group is made when it is opened."""

    def __init__(self, visit: Any, selection: ForecastSelection):
        _ = visit._
        self.visit, self.selection, self.state = visit, selection, selection.state
        self.binding = Binding(self.state)
        self._fillers: list[Callable[[], None]] = []
        self._parts: tuple[Any, list[str]] = (None, [])
        groups: list[Group] = [
            (_("Where and when"), self._place_group),
            (_("Features"), self._feature_group),
            (_("Models"), self._model_group),
            (_("On the map"), self._map_group),
        ]
        self.panel = Groups(groups, self.fill).panel

    def fill(self) -> None:
        """Take the state, and what there is to choose from, into the widgets."""
        with self.binding.quiet():
            for filler in self._fillers:
                filler()

    def _follow(
        self, widget: Any, name: str, give: Callable[[Any], Any] = lambda value: value
    ) -> Any:
        """Let a widget follow a parameter of the state."""

        def fill() -> None:
            value = give(getattr(self.state, name))
            if widget.value != value:
                widget.value = value

        self._fillers.append(fill)
        return widget

    # groups --------------------------------------------------------------------------------------

    def _place_group(self) -> list[Any]:
        _, language = self.visit._, self.visit.language
        names = {region.names[language]: key for key, region in REGIONS.items()}
        self.region = pmui.Select(
            label=_("Region"),
            options={**names, _("a box of your own"): OWN},
            value=self.state.region if self.state.region in REGIONS else OWN,
            searchable=False,
            **ROOMY,
        )
        self.box = pmui.TextInput(
            label=_("West, south, east, north, °"),
            value=",".join(f"{one:g}" for one in self.state.box),
            visible="," in self.state.region,
            **ROOMY,
        )
        self.region.param.watch(self._region_chosen, "value")
        self.box.param.watch(self._box_typed, "value")
        learn = pmui.Select(
            label=_("Models learn from"),
            options={
                _("what suits the region"): "",
                _("the region alone"): "region",
                _("the whole world"): "global",
            },
            value=self.state.learn,
            searchable=False,
            **ROOMY,
        )
        self.binding.send(learn, "learn")
        known = {one.title(language): key for key, one in catalogues().items()}
        source = pmui.Select(
            label=_("Earthquakes"),
            options=known,
            value=self.state.events or PACKAGED,
            searchable=False,
            **ROOMY,
        )
        self.binding.send(source, "events", lambda key: "" if key == PACKAGED else key)
        side = {_("that suits the region"): 0.0}
        side |= {f"{format_number(one, language)}°": one for one in RESOLUTIONS}
        cell = pmui.Select(
            label=_("Side of a cell"), options=side, value=self.state.resolution, **ROOMY
        )
        days = _("{count} days")
        horizon = pmui.Select(
            label=_("Forecast for the next"),
            options={days.format(count=one): one for one in HORIZONS},
            value=self.state.horizon,
            **ROOMY,
        )
        history = pmui.Select(
            label=_("Features look back"),
            options={days.format(count=one): one for one in HISTORIES},
            value=self.state.history,
            **ROOMY,
        )
        self.magnitude = pmui.TextInput(
            label=_("Least magnitude of the target"), placeholder=_("from the data"), **ROOMY
        )
        self.magnitude.param.watch(self._magnitude_typed, "value")
        self.first = pmui.TextInput(label=_("From"), **ROOMY)
        self.last = pmui.TextInput(label=_("To"), **ROOMY)
        for widget in (self.first, self.last):
            widget.param.watch(self._period_typed, "value")
        split = pmui.Select(
            label=_("Judged by"),
            options={
                _("the last windows, not seen before"): False,
                _("windows drawn at random: leaked, for teaching only"): True,
            },
            value=self.state.leaky,
            searchable=False,
            **ROOMY,
        )
        self.binding.send(split, "leaky")
        self._fillers.append(self._fill_place)
        self.binding.send(cell, "resolution")
        self.binding.send(horizon, "horizon")
        self.binding.send(history, "history")
        period = pn.Row(self.first, self.last, sizing_mode="stretch_width", margin=0)
        first = [self.region, self.box, source, period, self.magnitude]
        return [*first, horizon, history, cell, learn, split]

    def _fill_place(self) -> None:
        state, language = self.state, self.visit.language
        self.magnitude.value = (
            format_number(state.magnitude, language, 1) if state.magnitude else ""
        )
        self.first.value, self.last.value = state.period or ("", "")
        with contextlib.suppress(ValueError):  # the bar of the training says what is wrong
            begin, end = (f"{pd.Timestamp(day):%Y-%m-%d}" for day in settings_of(state).period)
            self.first.placeholder, self.last.placeholder = begin, end

    def _region_chosen(self, event: Any) -> None:
        own = event.new == OWN
        self.box.visible = own
        if not own and not self.binding.busy:
            self.box.value = ",".join(f"{one:g}" for one in REGIONS[event.new].bounds)
            self.state.region = event.new

    def _box_typed(self, event: Any) -> None:
        if self.binding.busy or self.region.value != OWN:
            return
        text = (event.new or "").replace(";", ",").replace(" ", "")
        try:
            found = read_region(text)
        except ValueError:
            self.box.error_state = True
            self.box.helper_text = self.visit._("four numbers: west, south, east, north")
            return
        self.box.error_state, self.box.helper_text = False, ""
        self.state.region = found

    def _magnitude_typed(self, event: Any) -> None:
        if self.binding.busy:
            return
        text = (event.new or "").strip()
        value = read_number(text) if text else 0.0
        fine = value is not None and (value == 0 or 2.0 <= value <= 9.0)
        self.magnitude.error_state = not fine
        self.magnitude.helper_text = "" if fine else self.visit._("a magnitude from 2 to 9")
        if fine and value is not None:
            self.state.magnitude = value

    def _period_typed(self, _event: Any) -> None:
        if self.binding.busy:
            return
        texts = [(widget.value or "").strip() for widget in (self.first, self.last)]
        if not any(texts):
            self.state.period = None
        days: list[Any] = [pd.to_datetime(text, errors="coerce") for text in texts]
        fine = all(pd.notna(day) for day in days) and days[0] < days[1]
        for widget, text, day in zip((self.first, self.last), texts, days, strict=True):
            widget.error_state = bool(text) and pd.isna(day)
        self.last.error_state = self.last.error_state or (all(texts) and not fine)
        self.last.helper_text = (
            self.visit._("dates such as 2005-01-31") if self.last.error_state else ""
        )
        if fine:
            self.state.period = tuple(f"{day:%Y-%m-%d}" for day in days)

    def _feature_group(self) -> list[Any]:
        _ = self.visit._
        groups, absent = self._feature_groups()
        known = [name for name in self.state.groups if name in groups]
        widget = pmui.CheckBoxGroup(
            label=_("What the models learn from"),
            options={title: name for name, title in groups.items()},
            value=known,
            **ROOMY,
        )
        self.binding.send(widget, "groups", lambda new: [name for name in groups if name in new])
        about = pmui.Typography(
            _(
                "No satellite precursor is accepted as reliable: add a group and see in “What each "
                "source adds” whether it adds anything to past earthquakes."
            ),
            variant="body2",
            margin=(4, 12),
            sizing_mode="stretch_width",
        )
        if not absent:
            return [widget, about]
        text = _("Without a value in this region and period: {names}.")
        return [
            widget,
            pmui.Typography(
                text.format(names="; ".join(absent)),
                variant="body2",
                margin=(4, 12),
                sizing_mode="stretch_width",
            ),
            about,
        ]

    def _feature_groups(self) -> tuple[dict[str, str], list[str]]:
        """Return groups to choose from, and the titles of those that have no value here."""
        groups = feature_groups(self.visit)
        try:
            text = settings_of(self.state).replace(features=(CATALOGUE,)).to_yaml()
        except ValueError:  # the bar of the training says what is wrong
            return groups, []
        empty = [name for name in groups if name not in self.state.groups and no_values(name, text)]
        kept = {name: title for name, title in groups.items() if name not in empty}
        return kept, [groups[name] for name in empty]

    def _model_group(self) -> list[Any]:
        self.models = ModelGroup(self.visit, self.state)
        self._fillers.append(self.models.fill)
        return self.models.widgets

    def _map_group(self) -> list[Any]:
        _ = self.visit._
        self.model = pmui.Select(label=_("Forecast"), options={}, searchable=False, **ROOMY)
        self.baseline = pmui.Select(label=_("Compared with"), options={}, searchable=False, **ROOMY)
        self.binding.send(self.model, "model")
        self.binding.send(self.baseline, "baseline")
        self._fillers.append(self._fill_names)
        show = pmui.Select(
            label=_("Shown"),
            options={
                _("Forecast alone"): "one",
                _("Both side by side"): "beside",
                _("Both, swiped"): "swipe",
                _("Forecast divided by the other"): "ratio",
                _("Forecast less the other"): "difference",
            },
            **ROOMY,
        )
        self._follow(self.binding.send(show, "show"), "show")
        style = pmui.RadioButtonGroup(
            label=_("Shown as"),
            options={_("Heat map"): "heat", _("Contours"): "contours", _("Both"): "both"},
            size="small",
            **ROOMY,
        )
        self._follow(self.binding.send(style, "style"), "style")
        self.swipe = pmui.IntSlider(
            label=_("Edge of the swipe, %"), start=0, end=100, step=1, value=50, **ROOMY
        )
        self._follow(self.binding.send(self.swipe, "swipe"), "swipe")
        overlays = pmui.CheckBoxGroup(
            label=_("Layers above"),
            options={
                _("Earthquakes of the window"): "events",
                _("Plate boundaries"): "plates",
                **overlay_names(_, tiles=False),
            },
            **ROOMY,
        )
        self._follow(self.binding.send(overlays, "overlays", list), "overlays")
        self.within = pmui.Select(
            label=_("Scores of"), options={_("all cells"): ""}, searchable=False, **ROOMY
        )
        self.binding.send(self.within, "within")
        self._fillers.append(self._fill_parts)
        return [self.model, self.baseline, show, self.swipe, style, overlays, self.within]

    def _fill_parts(self) -> None:
        """Offer the regions and tectonic regimes in which earthquakes of the test came."""
        shown, chosen = self.selection.shown, self.state.within
        if self._parts[0] is not shown:
            found = parts_with_events(shown.comparison, shown.lattice) if shown is not None else []
            self._parts = shown, found
        wanted = dict.fromkeys(("", *self._parts[1], chosen))
        _, language = self.visit._, self.visit.language
        options = {part_title(one, language, _) if one else _("all cells"): one for one in wanted}
        self.within.param.update(options=options, value=chosen)

    def _fill_names(self) -> None:
        self.swipe.visible = self.state.show == "swipe"
        shown = self.selection.shown
        if shown is None or not self.selection.ready:
            return
        names = {forecast_name(name, self.visit): name for name in shown.names()}
        first, second = self.selection.names
        self.model.param.update(options=names, value=first)
        self.baseline.param.update(options=names, value=second)
