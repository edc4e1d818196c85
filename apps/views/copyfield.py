"""A field of text that a button fills and copies to the clipboard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import panel as pn
import panel_material_ui as pmui

COPY = """
const said = (words) => { status.text = `<span role="status">${words}</span>` }
const old = () => {   // a page without https has no clipboard: copy from a field
  const area = document.createElement("textarea")
  area.value = code.value; area.style.position = "fixed"; area.style.opacity = "0"
  document.body.appendChild(area); area.select()
  const done = document.execCommand("copy"); area.remove()
  said(done ? copied : failed)
}
if (navigator.clipboard && window.isSecureContext) {
  navigator.clipboard.writeText(code.value).then(() => said(copied), old)
} else { old() }
"""


class CopyField:
    """A field that is hidden until one of its buttons is pressed.

    Parameters
    ----------
    visit
        Language and texts of the visitor.
    label, copied : str
        Name of the field; what is said when its text is in the clipboard.
    say : callable
        Told why there is no text.
    rows, height : int
        Lines of the field, and its height in pixels.
    most : int
        Letters that it takes.
    sides : int
        Room beside the field, pixels.

    Attributes
    ----------
    lines
        The field.
    parts : list
        What became of it, the field, and two hidden parts.
    """

    def __init__(
        self,
        visit: Any,
        label: str,
        copied: str,
        say: Callable[[BaseException], None],
        *,
        rows: int,
        height: int,
        most: int = 20_000,
        sides: int = 8,
    ):
        self._say = say
        self.lines = pmui.TextAreaInput(
            label=label,
            value="",
            visible=False,
            height=height,
            rows=rows,
            max_length=most,
            sx={"& textarea": {"fontFamily": "ui-monospace, monospace", "fontSize": 12}},
            sizing_mode="stretch_width",
            margin=(6 if sides else 4, sides),
        )
        status = pn.widgets.StaticText(value="", margin=(0, sides))
        self._text = pn.widgets.TextInput(value="", visible=False)
        self._trigger = pn.widgets.IntInput(value=0, visible=False)
        self._trigger.jscallback(
            args={
                "code": self._text,
                "status": status,
                "copied": copied,
                "failed": visit._("Select the text and copy it."),
            },
            value=COPY,
        )
        self.parts = [status, self.lines, self._text, self._trigger]

    def button(self, label: str, make: Callable[[], str], **options: Any) -> Any:
        """Return a button that shows and copies what `make` gives; a ValueError says why not."""
        button = pmui.Button(label=label, icon="content_copy", variant="outlined", **options)

        def clicked(_event: Any) -> None:
            try:
                self.lines.value = self._text.value = make()
            except ValueError as error:
                self._say(error)
                return
            self.lines.visible = True
            self._trigger.value += 1

        button.on_click(clicked)
        return button
