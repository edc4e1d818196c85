"""The bar under a map: slider, steps, and animation played from the server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import panel as pn
import param
from panel.custom import JSComponent

from apps.views.clock import step_text
from apps.views.maps import MapView
from apps.views.state import ViewState

FRAME_MS = 45
PLAY_MS = 700
"""From step to step where each one is shown whole."""

IN_FLIGHT = 3
WIDGETS_EVERY = 12  # frames: each change beside the picture lays the whole page out anew
BAR_STYLE = Path(__file__).with_name("controlbar.css").read_text(encoding="utf-8")


def iso(moment: np.datetime64) -> str:
    """Write a time as briefly as it is exact: a date, or a date with hours and minutes.

    >>> iso(np.datetime64("2011-03-11T00:00")), iso(np.datetime64("2011-03-11T05:46"))
    ('2011-03-11', '2011-03-11T05:46')
    """
    minutes = moment.astype("datetime64[m]")
    whole = minutes.astype("datetime64[D]")
    return str(whole if whole == minutes else minutes)


class TimeSlider(JSComponent):
    """Buttons, label and slider in one part: five parts of a widget library cost ten times more."""

    value = param.Integer(0, doc="index of the time shown")
    end = param.Integer(1, doc="last index")
    text = param.String("", doc="the time shown, for the reader")
    playing = param.Boolean(False)
    names = param.Dict({}, doc="what the buttons are called")
    stepped = param.Callable(None, doc="called with -1 or 1 when a step is wanted")

    _esm = Path(__file__).with_name("timebar.js").read_text(encoding="utf-8")
    _stylesheets: ClassVar[list[str]] = [BAR_STYLE]
    _rename: ClassVar[dict[str, str | None]] = {"stepped": None}

    def _handle_msg(self, data: Any) -> None:
        if self.stepped is not None and data.get("step") in (-1, 1):
            self.stepped(data["step"])


def _names(session: Any, time: str) -> dict[str, str]:
    _ = session._
    return {
        "back": _("One step back"),
        "play": _("Play or pause the animation"),
        "forth": _("One step forward"),
        "time": time,
    }


class StepBar:
    """Choose one of the steps of a page; play all of them.

    Parameters
    ----------
    session
        Language and texts of the visitor.
    name : str
        What the slider chooses.
    place : callable
        Gives the place of the step that is shown and their number; None where there are none.
    go : callable
        Takes the place of a step that is to be shown.
    text : callable
        Writes the step that is shown.
    """

    def __init__(
        self,
        session: Any,
        name: str,
        place: Callable[[], tuple[int, int] | None],
        go: Callable[[int], None],
        text: Callable[[], str],
    ):
        self._place, self._go, self._text = place, go, text
        self._timer: Any = None
        self.slider = TimeSlider(
            end=1,
            value=0,
            names=_names(session, name),
            stepped=self.step,
            sizing_mode="stretch_width",
            margin=0,
        )
        self.slider.param.watch(self._slid, "value")
        self.slider.param.watch(self._play, "playing")

    def fit(self) -> None:
        """Take the steps that there are, and the one shown."""
        found = self._place()
        if found is not None:
            place, count = found
            self.slider.param.update(end=max(count - 1, 1), value=place, text=self._text())

    def _slid(self, event: Any) -> None:
        found = self._place()
        if found is not None and event.new < found[1] and event.new != found[0]:
            self._go(event.new)

    def step(self, by: int) -> None:
        """Go to the next step or to the one before, if there is one."""
        found = self._place()
        if found is not None and 0 <= found[0] + by < found[1]:
            self._go(found[0] + by)

    def _play(self, event: Any) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if event.new:
            self._timer = pn.state.add_periodic_callback(self.advance, period=PLAY_MS)

    def advance(self) -> None:
        """Go on by a step; after the last one comes the first."""
        found = self._place()
        if found is not None:
            self._go((found[0] + 1) % found[1])


class TimeBar:
    """Choose the time shown; play it as an animation.

    The server pushes the images itself and keeps at most three under way: a slow browser skips
    frames instead of falling behind.
    """

    def __init__(self, session: Any, state: ViewState, view: MapView):
        self.session, self.state, self.view = session, state, view
        _ = session._
        self._callback: Any = None
        self._busy = False
        self._frames = 0
        layer = view.layer
        last = max(len(layer.cube.times) - 1, 1) if layer else 1
        self.slider = TimeSlider(
            end=last,
            value=min(view.time_index, last),
            names=_names(session, _("Time")),
            stepped=self.step,
            sizing_mode="stretch_width",
            margin=0,
        )
        self.panel = self.slider
        self.slider.param.watch(self._switched, "playing")
        self.slider.param.watch(self._slid, "value")
        state.param.watch(self._sync, ["layer", "time", "clock"])
        self._sync()

    @property
    def playing(self) -> bool:
        """Whether the animation runs."""
        return self._callback is not None

    def _slid(self, event: Any) -> None:
        layer = self.view.layer
        if self._busy or layer is None:
            return
        self.state.time = iso(layer.cube.times[min(event.new, len(layer.cube.times) - 1)])

    def _sync(self, *_events: Any) -> None:
        layer = self.view.layer
        if layer is None:
            self.slider.visible = False
            return
        self.slider.visible = not layer.cube.static
        index = self.view.time_index
        self._busy = True
        self.slider.param.update(end=max(len(layer.cube.times) - 1, 1), value=index)
        self._busy = False
        self._write(index)

    def _text(self, index: int) -> str:
        cube, plot = self.view.layer.cube, self.view.plot  # type: ignore[union-attr]
        return step_text(cube, index, self.session.language, self.state.clock, plot.zone)

    def _write(self, index: int) -> None:
        self.slider.text = self._text(index)

    def step(self, by: int) -> None:
        """Go forth or back by steps, round the ends."""
        layer = self.view.layer
        if layer is not None:
            index = (self.view.time_index + by) % len(layer.cube.times)
            self.state.time = iso(layer.cube.times[index])

    def toggle(self, *_events: Any) -> None:
        """Start or stop the animation."""
        self.slider.playing = not self.slider.playing

    def _switched(self, event: Any) -> None:
        if event.new and self._callback is None:
            self._callback = pn.state.add_periodic_callback(self.advance, period=FRAME_MS)
        elif not event.new and self._callback is not None:
            self._callback.stop()
            self._callback = None
            self.view.plot.write("")
            self._sync()
            self.state.param.trigger("time")

    def advance(self) -> None:
        """Push the next image, unless the browser has not painted the last ones yet."""
        layer, plot = self.view.layer, self.view.plot
        if layer is None or plot.frame - plot.acknowledged >= IN_FLIGHT:
            return
        index = (self.view.time_index + 1) % len(layer.cube.times)
        with param.parameterized.discard_events(self.state):
            self.state.time = iso(layer.cube.times[index])
        self.view.show_time()
        self.view.plot.write(self._text(index))
        self._frames += 1
        if self._frames % WIDGETS_EVERY == 0:
            self._busy = True
            self.slider.value = index
            self._busy = False
            self._write(index)
