"""Buttons that move the map in the browser, without a message to the server."""

from __future__ import annotations

from html import escape
from typing import Any

from apps.views.mapfigure import MAP_NAME
from apps.views.styles import styled

PLACE = ":host { position: absolute; top: 10px; left: 10px; z-index: 5; }"

_MOVE = """(function (factor, dx, dy) {
const fig = Bokeh.documents.map(d => d.get_model_by_name('NAME')).find(m => m != null)
if (fig == null) return
const xr = fig.x_range, yr = fig.y_range
let w = xr.end - xr.start, h = yr.end - yr.start
let cx = (xr.start + xr.end) / 2 + dx * w, cy = (yr.start + yr.end) / 2 + dy * h
if (factor == 0) { h = h * 40075016 / w; w = 40075016; cx = 0; cy = 1500000 } else {
  w = w / factor; h = h / factor }
xr.setv({start: cx - w / 2, end: cx + w / 2})
yr.setv({start: cy - h / 2, end: cy + h / 2})
})""".replace("NAME", MAP_NAME)


def pad(session: Any) -> Any:
    """Return the buttons: nearer, farther, four directions, the whole world."""
    _ = session._
    buttons = (
        ("+", _("Zoom in"), "2, 0, 0"),
        ("\u2212", _("Zoom out"), "0.5, 0, 0"),
        ("\u2191", _("Move north"), "1, 0, 0.3"),
        ("\u2193", _("Move south"), "1, 0, -0.3"),
        ("\u2190", _("Move west"), "1, -0.3, 0"),
        ("\u2192", _("Move east"), "1, 0.3, 0"),
        ("\u25ce", _("Whole world"), "0, 0, 0"),
    )
    rows = "".join(
        f'<button type="button" class="{"qc-arrow" if values.startswith("1") else ""}" '
        f'title="{escape(name)}" aria-label="{escape(name)}" '
        f'onclick="{escape(_MOVE)}({values})">{sign}</button>'
        for sign, name, values in buttons
    )
    group = (
        f'<div class="qc-pad" role="group" aria-label="{escape(_("Move the map"))}">{rows}</div>'
    )
    return styled(group, stylesheets=[PLACE], sizing_mode=None)
