"""HTML of ours with buttons: presses go to the server, texts to the clipboard, the page scrolls."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import panel as pn
import param

STYLE = Path(__file__).with_name("sources.css").read_text(encoding="utf-8")
NARROW = 1100
"""Width in pixels below which the details stand under the map instead of beside the list."""

_SCRIPT = """
export function render({ model }) {
  const box = document.createElement("div")
  const show = () => {   // the button that was pressed keeps the focus when it is made anew
    const focus = box.getRootNode().activeElement
    const key = focus && box.contains(focus) ? focus.dataset.key : null
    box.innerHTML = model.html
    const again = key && [...box.querySelectorAll("button[data-key]")]
      .find(b => b.dataset.key == key)
    if (again) again.focus({ preventScroll: true })
  }
  box.addEventListener("click", event => {
    const copy = event.target.closest("[data-copy]")
    if (copy) {
      qazcube.copy(copy.parentElement.querySelector("textarea, input"))
        .then(text => { copy.textContent = text })
      return
    }
    const button = event.target.closest("[data-key]")
    if (button) model.send_msg(button.dataset.key)
  })
  model.on("html", show)
  model.on("seen", () => {
    if (window.innerWidth < NARROW) box.scrollIntoView({ block: "start", behavior: "smooth" })
  })
  show()
  return box
}
""".replace("NARROW", str(NARROW))


class Pressable(pn.custom.JSComponent):
    """HTML in the style of the page in which every element with ``data-key`` can be pressed.

    Texts from outside must be escaped before they are put in. An element with ``data-copy`` copies
    the text field beside it.
    """

    html = param.String("", doc="what is shown")
    seen = param.Integer(0, doc="counted up to bring this into sight on a narrow window")
    on_press = param.Callable(None, allow_None=True, doc="takes the key of what was pressed")

    _esm = _SCRIPT
    _rename = {"on_press": None}  # noqa: RUF012 - as the library has it

    def __init__(self, on_press: Callable[[str], None] | None = None, **options: Any):
        options = {"stylesheets": [STYLE], "sizing_mode": "stretch_width", "margin": 0} | options
        super().__init__(on_press=on_press, **options)

    def _handle_msg(self, msg: Any) -> None:
        if isinstance(msg, str) and self.on_press is not None:
            self.on_press(msg[:200])


class AddressBar(pn.custom.JSComponent):
    """Writes the state into the browser's address, without loading and without history entries."""

    keys = param.List([], doc="arguments that belong to the state")
    query = param.List([], doc="pairs of argument and value")

    _esm = """
export function render({ model }) {
  model.on("query", () => {
    const url = new URL(window.location.href)
    for (const key of model.keys) url.searchParams.delete(key)
    for (const [key, value] of model.query) url.searchParams.set(key, value)
    window.history.replaceState({}, "", url)
  })
  return document.createElement("span")
}
"""

    def __init__(self, state: Any, keys: list[str]):
        super().__init__(keys=keys, width=0, height=0, margin=0)
        self._state = state
        state.param.watch(self._write, list(state.param.values()))

    def _write(self, *_events: Any) -> None:
        query = [[key, value] for key, value in self._state.query().items()]
        if query != self.query:
            self.query = query
