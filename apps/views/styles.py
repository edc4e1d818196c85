"""The style sheet of our own HTML, which every pane of it is given, and sizes of widgets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import panel as pn

STYLE = Path(__file__).with_name("explorer.css").read_text(encoding="utf-8")
FIELD: dict[str, Any] = {"width": 170, "margin": (6, 8), "size": "small"}
ONE_LINE: dict[str, Any] = {"& .MuiToggleButton-root": {"whiteSpace": "nowrap"}}
"""Style of switches whose words stay on one line."""


def styled(text: str = "", **options: Any) -> pn.pane.HTML:
    """Make an HTML pane in the explorer's style; texts from outside must be escaped."""
    options.setdefault("margin", 0)
    options.setdefault("sizing_mode", "stretch_width")
    sheets = [STYLE, *options.pop("stylesheets", [])]
    return pn.pane.HTML(text, stylesheets=sheets, **options)
