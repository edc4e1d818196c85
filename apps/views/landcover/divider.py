"""The divider between two pictures of the map; it moves in the browser, without a message."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import panel as pn
import param

SIDES, SPAN = "qazcube-sides", "qazcube-divider"
"""Names of the source of the right picture and of the line between both."""


class Divider(pn.custom.JSComponent):
    """A slider under the map: what lies left of it is one map, what lies right the other."""

    value = param.Integer(50, bounds=(0, 100), doc="per cent of the width")
    label = param.String("", doc="name of the slider")
    left = param.String("", doc="what is shown on the left")
    right = param.String("", doc="what is shown on the right")
    on_move = param.Callable(None, allow_None=True, doc="takes the value when it is let go")

    _esm = Path(__file__).with_name("divider.js").read_text(encoding="utf-8")
    _rename: ClassVar[dict[str, str | None]] = {"on_move": None}

    def __init__(self, on_move: Callable[[int], None] | None = None, **options: Any):
        super().__init__(on_move=on_move, **options)

    def _handle_msg(self, msg: Any) -> None:
        if self.on_move is not None and isinstance(msg, int | float) and 0 <= msg <= 100:
            self.on_move(round(msg))
