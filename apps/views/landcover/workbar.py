"""The bar over the page: train, what is being done, how far it is, give up."""

from __future__ import annotations

import time
from collections.abc import Callable
from html import escape
from typing import Any

import panel as pn
import panel_material_ui as pmui

from analysis.language import format_number
from apps.views.landcover.selection import LandSelection
from apps.views.styles import styled

FOCUS: dict[str, Any] = {"&:focus-visible": {"outline": "3px solid", "outlineOffset": "2px"}}
"""Style of a button that the keyboard has reached."""

STICKY = {
    "position": "sticky",
    "top": "0",
    "z-index": "6",
    "background": "var(--qc-page)",
    "border-bottom": "1px solid var(--qc-line)",
}


class WorkBar:
    """The button that trains, and beside it the progress of all slow work.

    It stays in sight when the page is scrolled, so that nobody waits without knowing for what.

    Parameters
    ----------
    visit
        The visitor.
    selection
        What is chosen.
    train, cancel : callable
        Begin the training; give up what is being done.
    """

    def __init__(
        self,
        visit: Any,
        selection: LandSelection,
        train: Callable[[], None],
        cancel: Callable[[], None],
    ):
        _ = visit._
        self.visit, self.selection = visit, selection
        self.train = pmui.Button(
            label=_("Train and compare"), variant="contained", icon="play_arrow", sx=FOCUS,
            margin=(6, 8),
        )  # fmt: skip
        self.train.on_click(lambda _event: train())
        self.bar = pmui.LinearProgress(
            value=0, variant="determinate", sizing_mode="stretch_width", margin=(6, 8, 0, 8)
        )
        self.cancel = pmui.Button(
            label=_("Cancel"),
            variant="outlined",
            size="small",
            sx=FOCUS,
            margin=(8, 8),
            visible=False,
        )
        self.cancel.on_click(lambda _event: cancel())
        self.said = styled()
        self.bar.visible = False
        middle = pn.Column(
            self.bar, self.said, margin=0, styles={"flex": "1 1 230px", "min-width": "0"}
        )
        self.panel = pn.FlexBox(
            self.train, middle, self.cancel,
            align_items="center", flex_wrap="wrap", sizing_mode="stretch_width", margin=0,
            styles=STICKY,
        )  # fmt: skip
        self._busy, self._begun = False, 0.0
        self.idle()

    def busy(self, *, may_train: bool) -> None:
        """Show that something has begun."""
        if not self._busy:
            self._begun = time.monotonic()
        self._busy = True
        self.bar.param.update(value=0, visible=True)
        self.cancel.visible = True
        self.train.disabled = not may_train
        self._say(self.visit._("It begins as soon as the server has room."))

    def tell(self, done: int, total: int, text: str) -> None:
        """Show how far it is, in words too."""
        self.bar.value = round(100 * done / max(total, 1))
        seconds = time.monotonic() - self._begun
        whole = format_number(round(seconds), self.visit.language, 0)
        self._say(f"{text} · {self.visit._('{count} s').format(count=whole)}")

    def idle(self) -> None:
        """Show that nothing is being done, and what would be trained."""
        self._busy = False
        self.bar.visible = self.cancel.visible = False
        self.train.disabled = False
        if self.selection.stale:
            self._say(
                self.visit._("Trained before the last change of the drawn samples."), strong=True
            )
            return
        language, known = self.visit.language, self.selection.classifiers
        self._say(", ".join(known[one].title[language] for one in self.selection.methods))

    def fill(self) -> None:
        """Name the chosen classifiers anew, unless something is being done."""
        if not self._busy:
            self.idle()

    def _say(self, text: str, *, strong: bool = False) -> None:
        told = f"<b>{escape(text)}</b>" if strong else escape(text)
        self.said.object = f'<div class="qc-note" aria-live="polite">{told}</div>'
