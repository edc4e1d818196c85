"""A field for one file: its size and suffix are checked before a byte is read.

It is sent in parts that go to the disc one by one; the server asks for the next one when the last
is written.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import panel as pn
import param

from apps.views.sizes import size_text

STYLE = """
:host { font-family: var(--qc-font); color: var(--qc-text); }
.drop { display: flex; flex-direction: column; gap: 6px; align-items: center; text-align: center;
  padding: 22px 16px; border: 2px dashed var(--qc-muted); border-radius: 12px;
  background: var(--qc-surface); }
.drop.over { border-color: var(--qc-primary);
  background: color-mix(in srgb, var(--qc-primary) 10%, var(--qc-surface)); }
.drop:focus-within { outline: 3px solid var(--qc-primary); outline-offset: 2px; }
label { font-weight: 600; color: var(--qc-primary); text-decoration: underline; cursor: pointer;
  padding: 6px; }
input { position: absolute; width: 1px; height: 1px; opacity: 0; }
p { margin: 0; font-size: 13px; color: var(--qc-muted); line-height: 1.45; }
.wrong { color: var(--qc-error); font-weight: 600; }
progress { width: min(320px, 90%); height: 10px; accent-color: var(--qc-primary); }
button { font: 600 14px var(--qc-font); min-height: 34px; padding: 4px 14px; border-radius: 8px;
  border: 1px solid var(--qc-primary); background: none; color: var(--qc-primary);
  cursor: pointer; }
"""

_SCRIPT = """
const PART = 1 << 20

export function render({ model }) {
  const box = document.createElement("div")
  box.className = "drop"
  const words = model.words
  const add = (tag, text, name) => {
    const made = document.createElement(tag)
    made.textContent = text || ""
    if (name) made.className = name
    box.append(made)
    return made
  }
  const label = add("label", words.choose)
  const input = document.createElement("input")
  input.type = "file"
  input.accept = model.suffixes.join(",")
  input.id = "qazcube-file"
  label.htmlFor = input.id
  box.append(input)
  add("p", words.drop)
  add("p", words.limits)
  const wrong = add("p", "", "wrong")
  wrong.setAttribute("role", "alert")
  const bar = document.createElement("progress")
  bar.max = 1
  bar.hidden = true
  bar.setAttribute("aria-label", words.sending)
  box.append(bar)
  const stop = add("button", words.stop)
  stop.type = "button"
  stop.hidden = true

  let file = null, place = 0
  const busy = on => { bar.hidden = stop.hidden = !on; input.disabled = on }
  const end = () => { file = null; input.value = ""; busy(false) }
  const part = async () => {
    if (!file) return
    const piece = await file.slice(place, place + PART).arrayBuffer()
    if (!file) return
    place += piece.byteLength
    bar.value = place / file.size
    model.send_msg({ what: "part", bytes: piece, last: place >= file.size })
  }
  const offer = chosen => {
    wrong.textContent = ""
    if (!chosen || model.locked) return
    const suffix = (chosen.name.match(/\\.[^.]+$/) || [""])[0].toLowerCase()
    const fault = !model.suffixes.includes(suffix) ? words.suffix
      : chosen.size > model.most ? words.large : chosen.size == 0 ? words.empty : ""
    if (fault) {
      wrong.textContent = `${chosen.name}: ${fault}`
      input.value = ""
      model.send_msg({ what: "fault" })
      return
    }
    file = chosen
    place = 0
    bar.value = 0
    busy(true)
    model.send_msg({ what: "offer", name: file.name, size: file.size })
  }
  input.addEventListener("change", () => offer(input.files[0]))
  stop.addEventListener("click", () => { end(); model.send_msg({ what: "stop" }); input.focus() })
  for (const kind of ["dragenter", "dragover"]) box.addEventListener(kind, event => {
    event.preventDefault()
    box.classList.add("over")
  })
  for (const kind of ["dragleave", "drop"]) box.addEventListener(kind, event => {
    event.preventDefault()
    box.classList.remove("over")
  })
  box.addEventListener("drop", event => { if (!file) offer(event.dataTransfer.files[0]) })
  model.on("msg:custom", data => {
    if (data == "next") part()
    else if (data == "end") end()
    else if (data.cookie) {
      const age = 86400 * data.days
      const path = `path=/;max-age=${age};SameSite=Strict`
      const secure = location.protocol == "https:" ? ";Secure" : ""
      document.cookie = `${data.cookie}=${data.token};${path}${secure}`
    }
  })
  return box
}
"""


def picker_words(
    visit: Any, choose: str, limits: str, suffixes: Sequence[str], most: int
) -> dict[str, str]:
    """Return the texts of a field in the visitor's language.

    Parameters
    ----------
    visit
        Language and texts of the visitor.
    choose, limits : str
        What its button says, and what may be chosen.
    suffixes : sequence of str
        That are taken, with the point.
    most : int
        Bytes that a file may have.
    """
    _ = visit._
    return {
        "choose": choose,
        "drop": _("or drop it here"),
        "limits": limits,
        "suffix": _("only {suffixes} are taken").format(suffixes=" ".join(suffixes)),
        "large": _("larger than {size}").format(size=size_text(most, visit.language)),
        "empty": _("the file is empty"),
        "sending": _("Sending the file"),
        "stop": _("Stop"),
    }


class FilePicker(pn.custom.JSComponent):
    """Takes one file at a time, by the file dialog or by dropping it.

    Parameters
    ----------
    on_offer : callable
        Given name and size; returns the path to which the file is to be written, or None where
        it is not taken.
    on_whole : callable
        Told when the last part is on the disc.
    on_stop : callable
        Told when the visitor gave up, or sent more than he had offered.
    on_fault : callable, optional
        Told when a file was refused in the browser: what was said of the one before is over.
    """

    suffixes = param.List([], doc="that are taken, with the point")
    most = param.Integer(0, doc="bytes that a file may have")
    words = param.Dict({}, doc="texts in the visitor's language")
    locked = param.Boolean(False, doc="whether no file can be chosen at the moment")

    _esm = _SCRIPT
    _stylesheets = [STYLE]  # noqa: RUF012 - as the library has it

    def __init__(
        self,
        on_offer: Callable[[str, int], Path | None],
        on_whole: Callable[[], None],
        on_stop: Callable[[], None],
        on_fault: Callable[[], None] | None = None,
        **options: Any,
    ):
        super().__init__(**options)
        self._on_offer, self._on_whole, self._on_stop = on_offer, on_whole, on_stop
        self._on_fault = on_fault
        self._path: Path | None = None
        self._size = self._written = 0

    def _handle_msg(self, msg: Any) -> None:
        what = msg.get("what") if isinstance(msg, dict) else None
        if what == "offer":
            self._offered(str(msg.get("name", ""))[:300], msg.get("size"))
        elif what == "part":
            self._part(msg.get("bytes"), bool(msg.get("last")))
        elif what == "stop":
            self._give_up()
        elif what == "fault" and self._on_fault is not None:
            self._on_fault()

    def _offered(self, name: str, size: Any) -> None:
        self._path = None
        if not isinstance(size, int | float) or size != int(size):
            return
        self._path = self._on_offer(name, int(size))
        self._size, self._written = int(size), 0
        self._send_msg("next" if self._path is not None else "end")

    def _part(self, piece: Any, last: bool) -> None:
        if self._path is None:
            return
        data = bytes(piece) if isinstance(piece, bytes | bytearray | memoryview) else b""
        self._written += len(data)
        wrong = not data or self._written > self._size or last != (self._written == self._size)
        if wrong:
            self._give_up()
            return
        with self._path.open("ab") as file:
            file.write(data)
        if last:
            self._path = None
            self._send_msg("end")
            self._on_whole()
        else:
            self._send_msg("next")

    def _give_up(self) -> None:
        self._path = None
        self._send_msg("end")
        self._on_stop()

    def remember(self, cookie: str, token: str, days: int) -> None:
        """Let the browser keep the word by which it is known."""
        self._send_msg({"cookie": cookie, "token": token, "days": days})
