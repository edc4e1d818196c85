"""The group of the drawer that chooses models and sets their hyperparameters by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import panel as pn
import panel_material_ui as pmui

from analysis.language import format_number
from analysis.seismic.forecasting.choices import DEFAULT_MODELS
from apps.views.drawer import ROOMY
from apps.views.forecast.state import ForecastState
from apps.views.forecast.words import model_names, parameter_names


class ModelGroup:
    """Which models are trained; the hyperparameters of one of them at a time."""

    def __init__(self, visit: Any, state: ForecastState):
        from analysis.learning import MODELS

        _ = visit._
        self.visit, self.state, self.known = visit, state, MODELS
        self._binding = False
        names = model_names(_)
        options = {names.get(name, name): name for name in MODELS}
        self.chosen = pmui.CheckBoxGroup(
            label=_("Models that are trained"), options=options, value=[], **ROOMY
        )
        self.chosen.param.watch(self._models_chosen, "value")
        self.which = pmui.Select(
            label=_("Settings of"), options=options, value="RandomForest", searchable=False, **ROOMY
        )
        self.which.param.watch(lambda _event: self._settings(), "value")
        self.body = pn.Column(sizing_mode="stretch_width", margin=0)
        self.seed = pmui.IntInput(label=_("Start of the random numbers"), start=0, value=0, **ROOMY)
        self.seed.param.watch(self._seeded, "value")
        self.widgets = [self.chosen, self.which, self.body, self.seed]
        self._settings()

    def _models_chosen(self, event: Any) -> None:
        if self._binding:
            return
        models = [name for name in self.known if name in event.new]
        usual = set(models) == set(DEFAULT_MODELS)
        self.state.models = [] if usual or not models else models
        if not models:
            self.fill()

    def _seeded(self, event: Any) -> None:
        if not self._binding and event.new is not None:
            self.state.seed = int(event.new)

    def fill(self) -> None:
        """Take the state."""
        self._binding = True
        try:
            self.chosen.value = list(self.state.models or DEFAULT_MODELS)
            self.seed.value = self.state.seed
        finally:
            self._binding = False

    def _settings(self) -> None:
        """Show the hyperparameters of the model that is set."""
        model = self.known[self.which.value]
        names = parameter_names(self.visit._)
        mine = self.state.parameters.get(model.name, {})
        widgets = []
        for name, values in model.space.items():
            usual = model.defaults.get(name)
            value = mine.get(name, usual)
            options = {self._text(one): one for one in dict.fromkeys((*values, usual, value))}
            widget = pmui.Select(
                label=names.get(name, name),
                options=options,
                value=value,
                searchable=False,
                description=f"{name}; {self.visit._('usually')} {self._text(usual)}",
                **ROOMY,
            )
            widget.param.watch(self._setter(model.name, name, usual), "value")
            widgets.append(widget)
        self.body[:] = widgets

    def _setter(self, model: str, name: str, usual: Any) -> Callable[[Any], None]:
        def chosen(event: Any) -> None:
            self.state.set_parameter(model, name, event.new, usual)

        return chosen

    def _text(self, value: Any) -> str:
        _ = self.visit._
        if value is None:
            return str(_("no limit"))
        if value == "sqrt":
            return str(_("square root of their number"))
        if isinstance(value, int | float) and not isinstance(value, bool):
            return format_number(value, self.visit.language)
        return str(value)
