"""Scores of a selection, and the plots in words for those who do not see them."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np
import pandas as pd

from analysis.language import MISSING, format_date, format_number
from apps.views.earthquakes.curves import Estimate
from apps.views.earthquakes.eventtext import decimal, text_of
from apps.views.earthquakes.selection import Selection
from apps.views.earthquakes.state import QuakeState


def completeness_names(_: Any) -> dict[str, str]:
    """Return method of completeness -> its name in the reader's language."""
    return {
        "maxc": _("maximum curvature + 0.2"),
        "b-stability": _("stability of b"),
        "ks": _("Kolmogorov–Smirnov"),
    }


def slope_names(_: Any) -> dict[str, str]:
    """Return method of the b-value -> its name in the reader's language."""
    return {
        "tinti-mulargia": _("Tinti and Mulargia"),
        "aki-utsu": _("Aki and Utsu"),
        "b-positive": _("b-positive (van der Elst)"),
    }


def mark(visit: Any, selection: Selection) -> str:
    """Return the mark of simulated events as HTML; empty for observed ones."""
    if not selection.simulated:
        return ""
    return f'<b class="qc-simulated">{escape(visit._("Simulated data"))}</b>'


def slope_text(found: Estimate, language: str) -> str:
    """Write b with its standard error."""
    if not found.known:
        return MISSING
    return f"{decimal(found.fit.b, language, 2)} ± {decimal(found.fit.std, language, 2)}"


def scores(visit: Any, state: QuakeState, selection: Selection, found: Estimate) -> str:
    """Write number, largest magnitude, completeness, b and a of the selection as HTML."""
    _, language = visit._, visit.language
    total = len(selection.brush_rows)
    what = _("Events selected") if state.brush is not None else _("Events in view")
    rate = total / found.years if found.years > 0 else np.nan
    per_year = _("{rate} a year").format(rate=_three(rate, language))
    method = completeness_names(_).get(str(state.mc), _("chosen"))
    fitted = format_number(found.fit.n, language, 0)
    pairs = [
        (what, f"{format_number(total, language, 0)} ({per_year})"),
        (_("Largest magnitude"), decimal(found.largest, language)),
        (_("Mc, complete from ({method})").format(method=method), decimal(found.fit.mc, language)),
        (
            _("b-value ({method})").format(method=slope_names(_)[state.method]),
            f"{slope_text(found, language)} (n = {fitted})" if found.known else MISSING,
        ),
        (_("a-value, per year"), decimal(found.a, language, 2)),
    ]
    items = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(text)}</dd></div>" for name, text in pairs
    )
    hint = _("Drag a box on the time plot to select events; Esc removes it.")
    return (
        f'<div class="qe-scores" aria-live="polite"><dl>{items}</dl>{mark(visit, selection)}'
        f"<span>{escape(hint)}</span></div>"
    )


def _three(value: float, language: str) -> str:
    if not np.isfinite(value):
        return MISSING
    return format_number(value, language, 0 if value >= 100 else 1 if value >= 1 else 3)


def twins(visit: Any, state: QuakeState, selection: Selection, found: Estimate) -> str:
    """Write what the three plots show in words as HTML."""
    _ = visit._
    rows = selection.brush_rows
    note = f" ({_('simulated')})" if selection.simulated else ""
    if not len(rows):
        text = _("No event passes the filters here. Widen the dates, magnitudes or the map.")
        return f'<div class="qe-twins" role="status"><p>{escape(text)}</p></div>'
    parts = (
        (_("Magnitude through time in words"), _in_time(visit, selection)),
        (_("Number of events in words"), _in_number(visit, selection)),
        (_("Magnitudes in words"), _by_magnitude(visit, state, found)),
    )
    inner = "".join(
        f"<h3>{escape(title + note)}</h3><p>{escape(text)}</p>" for title, text in parts
    )
    return f'<div class="qe-twins">{inner}</div>'


def _in_time(visit: Any, selection: Selection) -> str:
    _, language = visit._, visit.language
    rows, every = selection.brush_rows, selection.all
    magnitude = every.magnitude[rows]
    first, last = (pd.Timestamp(int(every.time[row]), unit="ms") for row in rows[[0, -1]])
    period = _("{count} events from {start} to {end}.").format(
        count=format_number(len(rows), language, 0),
        start=format_date(first, language),
        end=format_date(last, language),
    )
    if not np.isfinite(magnitude).any():
        return str(period)
    event = every.table.iloc[rows[int(np.nanargmax(magnitude))]]
    about = _("Magnitudes {low} to {high}; the largest on {date}: {place}.").format(
        low=decimal(float(np.nanmin(magnitude)), language),
        high=decimal(float(np.nanmax(magnitude)), language),
        date=format_date(event["time"], language),
        place=text_of(event["place"]) or text_of(event["id"]),
    )
    return f"{period} {about}"


def _in_number(visit: Any, selection: Selection) -> str:
    _, language = visit._, visit.language
    time = selection.all.time[selection.brush_rows]
    half = pd.Timestamp(int(time[(len(time) - 1) // 2]), unit="ms")
    years = time.astype("datetime64[ms]").astype("datetime64[Y]").astype(int) + 1970
    found, counts = np.unique(years, return_counts=True)
    busiest = int(np.argmax(counts))
    return str(
        _("Half of the events had happened by {date}; the busiest year is {year}: {count}.").format(
            date=format_date(half, language),
            year=int(found[busiest]),
            count=format_number(int(counts[busiest]), language, 0),
        )
    )


def _by_magnitude(visit: Any, state: QuakeState, found: Estimate) -> str:
    _, language = visit._, visit.language
    table = found.table
    if not len(table):
        return str(_("No event has a magnitude."))
    levels = np.arange(
        np.ceil(table["magnitude"].iloc[0] - 1e-6), table["magnitude"].iloc[-1] + 0.1
    )
    above = table["cumulative"].to_numpy(float)
    centres = table["magnitude"].to_numpy(float)
    places = np.searchsorted(centres, levels - 0.01)
    steps = [
        f"M ≥ {level:.0f}: {format_number(above[place], language, 0)}"
        for level, place in zip(levels, places, strict=True)
        if place < len(above)
    ]
    text = "; ".join(steps) + "." if steps else ""
    if not found.known:
        few = _("There are too few events for a b-value.")
        return f"{text} {few}".strip()
    line = _("Complete from Mc = {mc}; b = {b} from {n} events ({method}).").format(
        mc=decimal(found.fit.mc, language),
        b=slope_text(found, language),
        n=format_number(found.fit.n, language, 0),
        method=slope_names(_)[state.method],
    )
    return f"{text} {line}".strip()
