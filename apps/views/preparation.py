"""What the explorer shows before there is any cube: why, and a button that makes them."""

from __future__ import annotations

import threading
from typing import Any

import panel as pn
import panel_material_ui as pmui

from analysis.service.demo import missing_cubes, prepare_demo
from analysis.sources import entry
from apps.views.notices import empty
from apps.views.visitor import report


class Preparation:
    """Make the starter cubes from the page, with a bar; the page loads anew at the end."""

    def __init__(self, session: Any):
        self.session = session
        _ = session._
        text = _(
            "The cache holds no grid. The packaged starter data can be prepared here within a "
            "minute; it needs no network."
        )
        self.button = pmui.Button(label=_("Prepare the starter data"), variant="contained")
        self.bar = pmui.LinearProgress(
            value=0, variant="determinate", sizing_mode="stretch_width", visible=False
        )
        self.message = pn.pane.Str("", sizing_mode="stretch_width")
        self.button.on_click(self._start)
        self.panel = pn.Column(
            empty(session, _("There is nothing to show yet"), text),
            self.button,
            self.bar,
            self.message,
            max_width=640,
            margin=(24, 16),
        )
        self._reload = pn.widgets.IntInput(value=0, visible=False)
        self._reload.jscallback(value="window.location.reload()")
        self.panel.append(self._reload)

    def _start(self, _event: Any) -> None:
        self.button.disabled = True
        self.bar.visible = True
        document = pn.state.curdoc
        threading.Thread(target=self._work, args=(document,), daemon=True).start()

    def _work(self, document: Any) -> None:
        names = missing_cubes()

        def later(task: Any) -> None:
            if document is None:
                task()
            else:
                document.add_next_tick_callback(task)

        def progress(name: str, done: int, total: int) -> None:
            share = (names.index(name) + (done / total if total else 0)) / max(len(names), 1)

            def show() -> None:
                self.bar.value = round(100 * share)
                self.message.object = entry(name).title[self.session.language]

            later(show)

        try:
            prepare_demo(progress)
        except (ValueError, OSError) as error:
            failure = error
            later(lambda: self._failed(failure))
            return
        later(lambda: self._reload.param.update(value=self._reload.value + 1))

    def _failed(self, error: Exception) -> None:
        report(self.session, error)
        self.message.object = str(error)
        self.button.disabled = False
        self.bar.visible = False
