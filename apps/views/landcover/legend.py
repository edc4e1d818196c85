"""The legend under the map."""

from __future__ import annotations

from html import escape
from typing import Any

from apps.views.landcover.selection import LandSelection
from apps.views.landcover.words import chip, fixed, mark, percent, quantity_names

LEGEND = """
.ql-legend { display: flex; flex-wrap: wrap; gap: 3px 12px; align-items: center; font-size: 12.5px;
  padding: 4px 12px; color: var(--qc-text); }
.ql-chip { display: inline-block; width: 14px; height: 12px; border-radius: 3px; margin-right: 6px;
  border: 1px solid var(--qc-muted); vertical-align: -1px; }
.ql-legend > span { white-space: nowrap; }
.ql-scale { display: flex; flex: 1 1 200px; max-width: 360px; gap: 8px; align-items: center; }
.ql-ramp { flex: 1; height: 12px; border-radius: 6px; border: 1px solid var(--qc-line); }
.ql-divider { display: flex; gap: 10px; align-items: center; font: 13px var(--qc-font);
  color: var(--qc-text); flex-wrap: wrap; }
.ql-divider input { flex: 1 1 160px; accent-color: var(--qc-primary); min-height: 24px; }
.qc-simulated { margin-left: 0; }
"""

SHARES = ("#f7fbff", "#d6e6f4", "#abd0e6", "#6aaed6", "#3787c0", "#105ba4", "#08306b")
"""Colours of shares and probabilities, pale for little, dark for much."""

DOUBT = ("#fcfbfd", "#e2e2ef", "#bcbddc", "#9690c2", "#756bb1", "#5b2e95", "#3f007d")
"""Colours of uncertainty."""

UNKNOWN = "#9aa5a9"

ENOUGH = 0.5
"""Share of the map's area in the box of the samples below which a warning stands under the map."""


def ramp(colours: tuple[str, ...], low: str, high: str) -> str:
    """Write a scale from low to high as HTML."""
    shades = ", ".join(colours)
    return (
        f'<span class="ql-scale"><span>{escape(low)}</span>'
        f'<span class="ql-ramp" style="background:linear-gradient(90deg, {shades})"></span>'
        f"<span>{escape(high)}</span></span>"
    )


def legend_html(visit: Any, selection: LandSelection) -> str:
    """Write the legend: classes, or a scale; the classes of the samples beside imagery."""
    _, language = visit._, visit.language
    quantity = selection.pictured
    name = quantity_names(_)[quantity]
    colours = selection.colours
    classes = "".join(
        f"<span>{chip(colours[one])}{escape(selection.class_name(one, language))}</span>"
        for one in selection.classes
    )
    if quantity != "imagery" and len(selection.sides) == 1:  # of two, the divider says which
        method, year = selection.sides[0]
        name = f"{name}, {selection.outcomes[method].title(language)}, {year}"
    if quantity == "class":
        rows = classes
    elif quantity == "probability":
        rows = ramp(SHARES, percent(0, language, 0), percent(1, language, 0))
    elif quantity == "uncertainty":
        rows = ramp(DOUBT, _("0: sure"), _("1: all classes alike"))
    elif quantity == "units":
        name = f"{name}: {selection.class_name(selection.cover, language)}"
        low, high = selection.share_ends()
        rows = ramp(SHARES, percent(low, language, 0), percent(high, language, 0))
        rows += f"<span>{chip(UNKNOWN)}{escape(_('no value'))}</span>"
    else:
        band = selection.picture_band
        name = f"{name}: {selection.imagery.band_name(band, language)}, {selection.picture_date()}"
        ends = [fixed(one, 2, language) for one in selection.picture_limits()]
        rows = ramp(selection.picture_colours, ends[0], ends[1]) + classes
    sign = mark(visit, simulated=selection.simulated)
    told = "" if quantity == "imagery" else reach_text(visit, selection)
    more = f'<div class="qc-note" role="note">{escape(told)}</div>' if told else ""
    return f'<div class="ql-legend"><b>{escape(name)}</b>{sign}{rows}</div>{more}'


def reach_text(visit: Any, selection: LandSelection) -> str:
    """Warn where most of the map lies beyond the samples; "" where they reach over it."""
    share = selection.imagery.share_within(selection.learnt)
    if share >= ENOUGH:
        return ""
    text = visit._(
        "The samples lie in {share} of the map's area: beyond them the classifier guesses what it "
        "has not seen, and its accuracy there is unknown."
    )
    return str(text.format(share=percent(share, visit.language, 0)))
