"""A beat that the browser sends while the visitor looks at the page, and only then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import panel as pn
import param

_SCRIPT = """
export function render({ model }) {
  const beat = () => { if (!document.hidden) model.send_msg("beat") }
  const timer = setInterval(beat, 1000 * model.seconds)
  document.addEventListener("visibilitychange", beat)
  model.on("remove", () => {
    clearInterval(timer)
    document.removeEventListener("visibilitychange", beat)
  })
  setTimeout(beat, 50)
  return document.createElement("span")
}
"""


class Heartbeat(pn.custom.JSComponent):
    """Calls `on_beat` every few seconds while the page is visible and this is part of it."""

    seconds = param.Number(10, bounds=(1, None), doc="from beat to beat")
    on_beat = param.Callable(None, allow_None=True, doc="called at every beat")

    _esm = _SCRIPT
    _rename = {"on_beat": None}  # noqa: RUF012 - as the library has it

    def __init__(self, on_beat: Callable[[], None] | None = None, **options: Any):
        super().__init__(on_beat=on_beat, width=0, height=0, margin=0, **options)

    def _handle_msg(self, _msg: Any) -> None:
        if self.on_beat is not None:
            self.on_beat()
