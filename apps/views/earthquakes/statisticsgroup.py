"""How completeness and the b-value are reckoned: the widgets of the drawer."""

from __future__ import annotations

from typing import Any

import panel_material_ui as pmui

from apps.views.drawer import WIDE
from apps.views.earthquakes.state import QuakeState
from apps.views.earthquakes.words import completeness_names, slope_names
from apps.views.places import plain, read_number


class StatisticsGroup:
    """The method of completeness or a magnitude of one's own, and the method of the b-value."""

    def __init__(self, visit: Any, state: QuakeState):
        self.visit, self.state = visit, state
        _ = self.visit._
        typed = not isinstance(self.state.mc, str)
        methods = {title: key for key, title in completeness_names(_).items()}
        self.mc = pmui.Select(
            label=_("Completeness Mc"),
            options={**methods, _("a magnitude of your own"): "own"},
            value="own" if typed else self.state.mc,
            **WIDE,
        )
        self.own = pmui.TextInput(
            label=_("Your Mc"),
            value=plain(self.state.mc, self.visit.language) if typed else "",
            visible=typed,
            **WIDE,
        )
        self.mc.param.watch(self._mc_chosen, "value")
        self.own.param.watch(self._mc_typed, "value")
        slopes = {title: key for key, title in slope_names(_).items()}
        self.method = pmui.Select(
            label=_("Method of the b-value"), options=slopes, value=self.state.method, **WIDE
        )

    def _mc_chosen(self, event: Any) -> None:
        self.own.visible = event.new == "own"
        if event.new and event.new != "own":
            self.state.mc = event.new

    def _mc_typed(self, event: Any) -> None:
        value = read_number(event.new, 12)
        self.own.error_state = value is None
        text = self.visit._("a number from {low} to {high}").format(low=-5, high=12)
        self.own.helper_text = text if value is None else ""
        if value is not None:
            self.state.mc = value
