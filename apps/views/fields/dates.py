"""The slider of the dates of a growing season: steps, and play."""

from __future__ import annotations

from typing import Any

import panel as pn

from apps.views.fields.selection import FieldSelection
from apps.views.fields.words import step_text
from apps.views.timebar import TimeSlider

PLAY_MS = 700


class DateBar:
    """Choose the date that is shown; play the season."""

    def __init__(self, visit: Any, selection: FieldSelection):
        _ = visit._
        self.visit, self.selection, self.state = visit, selection, selection.state
        self._timer: Any = None
        names = {
            "back": _("One step back"),
            "play": _("Play or pause the animation"),
            "forth": _("One step forward"),
            "time": _("Date"),
        }
        self.slider = TimeSlider(
            end=1, value=0, names=names, stepped=self.step, sizing_mode="stretch_width", margin=0
        )
        self.slider.param.watch(self._slid, "value")
        self.slider.param.watch(self._play, "playing")

    def fit(self) -> None:
        """Take the dates of the season and the one shown."""
        days = self.selection.days
        self.slider.param.update(
            end=max(len(days) - 1, 1),
            value=days.index(self.selection.day),
            text=step_text(self.selection, self.visit.language),
        )

    def _slid(self, event: Any) -> None:
        days = self.selection.days
        if event.new < len(days) and days[event.new] != self.selection.day:
            self.state.day = days[event.new]

    def step(self, by: int) -> None:
        """Go to the next date or to the one before, if there is one."""
        days = self.selection.days
        place = days.index(self.selection.day) + by
        if 0 <= place < len(days):
            self.state.day = days[place]

    def _play(self, event: Any) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if event.new:
            self._timer = pn.state.add_periodic_callback(self.advance, period=PLAY_MS)

    def advance(self) -> None:
        """Go on by a date; after the last one comes the first."""
        days = self.selection.days
        self.state.day = days[(days.index(self.selection.day) + 1) % len(days)]
