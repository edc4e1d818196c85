"""The choice of how a variable is shown: its values, departures from a norm, or Z."""

from __future__ import annotations

import threading
from typing import Any

import panel as pn
import panel_material_ui as pmui

from analysis.cubes import CubeBusyError, DiskFullError, norms
from apps.views.drawer import WIDE
from apps.views.jobs import Job, Ticket
from apps.views.judged import base_text, bases, can_be_judged
from apps.views.maps import MapView
from apps.views.state import STATISTICS, Base, ViewState
from apps.views.styles import styled

_one_at_a_time = threading.Lock()
"""Norms of a process are made one after the other: each of them fills its memory."""


class Judging:
    """Two choices and a bar; a norm that is missing is made in a thread.

    Parameters
    ----------
    session
        The visitor.
    state : ViewState
        What is shown.
    view : MapView
        The map, which shows values until the norm is there.
    """

    def __init__(self, session: Any, state: ViewState, view: MapView):
        self.session, self.state, self.view = session, state, view
        self._bound = False
        _ = session._
        names = {
            "value": _("Values"),
            "departure": _("Departure from the norm"),
            "zscore": _("Z-score (departure in standard deviations)"),
        }
        self.statistic = pmui.Select(
            label=_("What is shown of it"),
            options={names[key]: key for key in STATISTICS},
            value=state.statistic,
            **WIDE,
        )
        self.base = pmui.Select(label=_("Norm of the years"), options={"": ""}, value="", **WIDE)
        self.bar = pmui.LinearProgress(
            value=0, variant="determinate", sizing_mode="stretch_width", margin=(4, 12),
            visible=False,
        )  # fmt: skip
        self.note = styled()
        self.job = Job(self._made, self._failed, self._told)
        self.statistic.param.watch(self._chosen, "value")
        self.base.param.watch(self._chosen, "value")
        state.param.watch(self._follow, ["statistic", "base", "layer"])
        self._follow()

    @property
    def widgets(self) -> list[Any]:
        """What the drawer shows."""
        return [self.statistic, self.base, self.bar, self.note]

    def _chosen(self, _event: Any) -> None:
        if self._bound:
            return
        years = str(self.base.value or "")
        base: Base = None
        if "," in years:
            first, last = years.split(",")
            base = (int(first), int(last))
        self.state.param.update(statistic=self.statistic.value, base=base, limits=None)

    def _follow(self, *_events: Any) -> None:
        """Show what the state says; make the norm that it needs."""
        _, layer = self.session._, self.view.plain_layer
        able = layer is not None and can_be_judged(layer)
        wanted = self.state.statistic != "value"
        self._bound = True
        self.statistic.param.update(value=self.state.statistic, disabled=not able)
        if layer is not None and able:
            known = bases(layer.cube)
            if self.state.base not in known:
                self.state.base = None
            options = {base_text(layer.cube, one): _key(one) for one in known}
            self.base.param.update(options=options, value=_key(self.state.base))
        self.base.visible = able and wanted
        self._bound = False
        self.job.cancel()
        self.bar.visible = False
        text = ""
        if wanted and not able:
            text = _("This layer has no norm: its values are shown.")
        elif wanted and layer is not None:
            if norms.find(layer.cube, layer.variable, self.state.base) is None:
                self._make(layer, self.state.base)
                return
            text = _("The norm is the mean of the same time of the year in the base years.")
        self._say(text)

    def _make(self, layer: Any, base: Base) -> None:
        self.bar.param.update(value=0, visible=True)
        self._say(self.session._("The norm is being made; the values are shown until then."))

        def work(ticket: Ticket) -> None:
            with _one_at_a_time:
                norms.of(layer.cube, layer.variable, base, progress=ticket.report)

        self.job.start(work)

    def _told(self, done: int, total: int) -> None:
        self.bar.value = round(100 * done / total) if total else 0

    def _made(self, _result: Any) -> None:
        self.state.param.trigger("statistic")

    def _failed(self, error: Exception) -> None:
        self.bar.visible = False
        _ = self.session._
        text = _("The norm cannot be made: {reason}").format(reason=str(error)[:300])
        if isinstance(error, CubeBusyError):
            text = _("Another process makes this norm; choose it again in a moment.")
        elif isinstance(error, DiskFullError):
            text = _("The disc of the server is full: no norm can be made.")
        self._say(text)

    def _say(self, text: str) -> None:
        from html import escape

        self.note.object = (
            f'<div class="qc-note" aria-live="polite">{escape(text)}</div>' if text else ""
        )

    def panel(self) -> Any:
        """Return the widgets in a column."""
        return pn.Column(*self.widgets, sizing_mode="stretch_width", margin=0)


def _key(base: Base) -> str:
    return "" if base is None else f"{base[0]},{base[1]}"
