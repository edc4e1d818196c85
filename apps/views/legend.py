"""The legend of the map: colours, limits, unit, size of the earthquakes' dots, simulated or not."""

from __future__ import annotations

from html import escape
from typing import Any

from apps.views.atlas import GridLayer
from apps.views.clock import number
from apps.views.colours import EVENT_COLOURS, gradient
from apps.views.maps import MapView
from apps.views.rolelayers import meanings

MAGNITUDES = ("< 4", "4", "5", "6", "7", "≥ 8")


def layer_label(session: Any, layer: GridLayer, layers: dict[str, GridLayer]) -> str:
    """Name a layer: its variable, its source where another has the same, and whether simulated."""
    language = session.language
    twins = sum(other.variable == layer.variable for other in layers.values())
    source = f", {layer.title(language)}" if twins > 1 else ""
    mark = f" ({session._('simulated')})" if layer.simulated else ""
    return f"{layer.name(language)}{source}{mark}"


def grid_legend(session: Any, view: MapView) -> str:
    """Write the legend of the layer shown; empty where none is shown."""
    layer = view.layer
    if layer is None or view.state.style == "none":
        return ""
    low, high = view.limits(layer)
    low_text, middle, high_text = (
        number(value, session.language) for value in (low, (low + high) / 2, high)
    )
    name, units = escape(layer.name(session.language)), escape(layer.unit(session.language))
    mark = f'<b class="qc-simulated">{session._("Simulated data")}</b>' if layer.simulated else ""
    return (
        f'<div class="qc-legend" role="img" aria-label="{name}: {low_text} – {high_text} {units}">'
        f"<div><b>{name}</b>{', ' + units if units else ''} {mark}</div>"
        f'<div class="qc-ramp" style="background:{gradient(view.colormap(layer))}"></div>'
        f'<div class="qc-ends"><span>{low_text}</span><span>{middle}</span>'
        f"<span>{high_text}</span></div>{_flags(layer)}</div>"
    )


def _flags(layer: GridLayer) -> str:
    """Write what the values of a flag mean."""
    found = meanings(layer.cube.attrs(layer.variable))
    return f"<div>{escape('; '.join(found))}</div>" if found else ""


def event_legend(session: Any, view: MapView) -> str:
    """Write the legend of the earthquakes; empty where they are hidden."""
    if "events" not in view.state.overlays:
        return ""
    dots = "".join(
        f'<span><i style="background:{colour};width:{4 + 2 * size}px;height:{4 + 2 * size}px"></i>'
        f"{text}</span>"
        for size, (colour, text) in enumerate(zip(EVENT_COLOURS, MAGNITUDES, strict=True))
    )
    marked = "simulated" in view.state.kinds
    mark = f'<b class="qc-simulated">{session._("Simulated data")}</b>' if marked else ""
    return (
        f'<div class="qc-legend qc-events"><div><b>{session._("Magnitude")}</b> {mark}</div>'
        f'<div class="qc-dots">{dots}</div></div>'
    )
