"""The slider of the windows of the test: steps, and play."""

from __future__ import annotations

from typing import Any

import panel as pn

from analysis.language import format_date
from apps.views.forecast.selection import ForecastSelection
from apps.views.timebar import TimeSlider

PLAY_MS = 700


class IssueBar:
    """Choose the window that is shown; play all of them."""

    def __init__(self, visit: Any, selection: ForecastSelection):
        _ = visit._
        self.visit, self.selection, self.state = visit, selection, selection.state
        self._timer: Any = None
        names = {
            "back": _("One step back"),
            "play": _("Play or pause the animation"),
            "forth": _("One step forward"),
            "time": _("Window of the forecast"),
        }
        self.slider = TimeSlider(
            end=1, value=0, names=names, stepped=self.step, sizing_mode="stretch_width", margin=0
        )
        self.slider.param.watch(self._slid, "value")
        self.slider.param.watch(self._play, "playing")

    def fit(self) -> None:
        """Take the windows of the comparison and the one shown."""
        shown = self.selection.shown
        if shown is None:
            return
        window = shown.window(self.state.issue)
        start, end = (format_date(one, self.visit.language) for one in shown.span(window))
        self.slider.param.update(
            end=max(len(shown.times) - 1, 1), value=window, text=f"{start} – {end}"
        )

    def _choose(self, window: int) -> None:
        shown = self.selection.shown
        if shown is not None and 0 <= window < len(shown.times):
            last = window == len(shown.times) - 1
            self.state.issue = "" if last else f"{shown.times[window]:%Y-%m-%d}"

    def _slid(self, event: Any) -> None:
        shown = self.selection.shown
        if shown is not None and event.new != shown.window(self.state.issue):
            self._choose(event.new)

    def step(self, by: int) -> None:
        """Go to the next window or to the one before, if there is one."""
        if self.selection.shown is not None:
            self._choose(self.selection.shown.window(self.state.issue) + by)

    def _play(self, event: Any) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if event.new:
            self._timer = pn.state.add_periodic_callback(self.advance, period=PLAY_MS)

    def advance(self) -> None:
        """Go on by a window; after the last one comes the first."""
        shown = self.selection.shown
        if shown is not None:
            self._choose((shown.window(self.state.issue) + 1) % len(shown.times))
