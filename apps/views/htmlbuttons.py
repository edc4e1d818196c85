"""HTML whose buttons tell the server which of them was pressed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import panel as pn
import param

_SCRIPT = """
export function render({ model }) {
  const box = document.createElement("div")
  const show = () => {   // the button that was pressed keeps the focus when it is made anew
    const focus = box.getRootNode().activeElement
    const key = focus && box.contains(focus) ? focus.dataset.key : null
    box.innerHTML = model.html
    const again = key && [...box.querySelectorAll("[data-key]")].find(b => b.dataset.key == key)
    if (again) again.focus()
  }
  box.addEventListener("click", event => {
    const button = event.target.closest("[data-key]")
    if (button) model.send_msg(button.dataset.key)
  })
  model.on("html", show)
  show()
  return box
}
"""


BUTTONS = """
button { font: inherit; color: inherit; background: none; border: 0; padding: 4px 2px;
  min-height: 24px; cursor: pointer; text-align: inherit; border-radius: 4px; }
button:hover { text-decoration: underline; }
button:focus-visible { outline: 2px solid var(--qc-primary, #0b6478); }
tr.qc-chosen { background: color-mix(in srgb, var(--qc-primary) 14%, transparent); }
"""
"""Style of the buttons, and of a row that is chosen."""


class HtmlButtons(pn.custom.JSComponent):
    """HTML of ours in which every element with ``data-key`` is a button.

    Texts from outside must be escaped before they are put in.
    """

    html = param.String("", doc="what is shown")
    on_press = param.Callable(None, allow_None=True, doc="takes the key of a pressed button")

    _esm = _SCRIPT
    _rename = {"on_press": None}  # noqa: RUF012 - as the library has it

    def __init__(self, on_press: Callable[[str], None] | None = None, **options: Any):
        super().__init__(on_press=on_press, **options)

    def _handle_msg(self, msg: Any) -> None:
        if isinstance(msg, str) and self.on_press is not None:
            self.on_press(msg[:200])
