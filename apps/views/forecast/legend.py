"""The legend of the forecast map: what the colours are, of which forecasts, and the rings."""

from __future__ import annotations

from html import escape
from typing import Any

from analysis.language import format_number
from apps.views.colours import gradient
from apps.views.forecast.forecastmap import ForecastMap
from apps.views.forecast.preview import YEARS, Preview
from apps.views.forecast.words import forecast_name, percent, points, simulated_mark, times

STYLE = """
.qp-legend { display: flex; flex-wrap: wrap; gap: 4px 18px; align-items: center;
  font-size: 12.5px; padding: 5px 12px; color: var(--qc-text); }
.qp-scale { display: flex; flex: 1 1 240px; max-width: 420px; gap: 8px; align-items: center; }
.qp-ramp { flex: 1; height: 12px; border-radius: 6px; border: 1px solid var(--qc-line); }
.qp-ring { display: inline-block; width: 11px; height: 11px; border-radius: 50%;
  border: 2px solid currentColor; margin-right: 6px; vertical-align: -1px; }
.qc-simulated { margin-left: 0; }
"""


def legend_html(visit: Any, view: ForecastMap) -> str:
    """Write the legend; empty without a forecast."""
    _, language, shown = visit._, visit.language, view.shown
    if shown is None:
        return ""
    show = view.mode
    untrained = isinstance(shown, Preview)
    first, second = (forecast_name(name, visit) for name in view.names)
    heads = {
        "one": first,
        "beside": _("left (on a phone above) {first}, right (below) {second}").format(
            first=first, second=second
        ),
        "swipe": _("left {first}, right {second}").format(first=first, second=second),
        "ratio": f"{first} ÷ {second}",
        "difference": f"{first} − {second}",
    }
    low, high, colours = view.scale()
    if show == "ratio":
        ends = times(10.0**low, language), "× 1", times(10.0**high, language)
        title = _("Probability, how many times as large")
    elif show == "difference":
        ends = points(low, language), "0", points(high, language)
        title = _("Difference of the probabilities, percentage points")
    else:
        ends = percent(10.0**low, language), "", percent(10.0**high, language)
        title = _("Probability of an event of M ≥ {magnitude}").format(
            magnitude=format_number(shown.magnitude, language, 1)
        )
    mark = simulated_mark(visit) if shown.simulated else ""
    rings = _("earthquakes that came")
    if untrained:
        heads["one"] = _("{name}, a baseline: no model is trained yet").format(name=first)
        rings = _("earthquakes of the {years} years before").format(years=YEARS)
    events = view.events()
    if events is not None and events.empty:
        rings = _("no such earthquake came in this window")
    label = f"{title}: {ends[0]} – {ends[2]}"
    return (
        f'<div class="qp-legend"><div><b>{escape(title)}</b>: {escape(heads[show])} {mark}</div>'
        f'<div class="qp-scale" role="img" aria-label="{escape(label)}"><span>{escape(ends[0])}'
        f'</span><span class="qp-ramp" style="background:{gradient(colours)}"></span>'
        f"<span>{escape(ends[2])}</span></div>"
        f'<div><span class="qp-ring"></span>{escape(rings)}</div></div>'
    )
