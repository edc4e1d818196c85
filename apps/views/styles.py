"""The style sheet of the explorer's own HTML; every pane of it is given this sheet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import panel as pn

STYLE = Path(__file__).with_name("explorer.css").read_text(encoding="utf-8")


def styled(text: str = "", **options: Any) -> pn.pane.HTML:
    """Make an HTML pane in the explorer's style; texts from outside must be escaped."""
    options.setdefault("margin", 0)
    options.setdefault("sizing_mode", "stretch_width")
    sheets = [STYLE, *options.pop("stylesheets", [])]
    return pn.pane.HTML(text, stylesheets=sheets, **options)
