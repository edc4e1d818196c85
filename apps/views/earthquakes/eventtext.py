"""Events as the reader writes them: for the pointer, and in full for a chosen one."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np
import pandas as pd

from analysis.language import MISSING, format_number
from apps.views.atlas import unit_text
from apps.views.clock import clock_times
from apps.views.earthquakes.regimes import REGIMES, regime_names
from apps.views.points import coordinates


def decimal(value: float, language: str, digits: int = 1) -> str:
    """Write a number with a fixed count of decimals; a dash where it is missing.

    >>> decimal(9.1, "kk"), decimal(float("nan"), "en")
    ('9,1', '–')
    """
    if not np.isfinite(value):
        return MISSING
    text = f"{value:.{digits}f}"
    return text if language == "en" else text.replace(".", ",")


def text_of(value: Any) -> str:
    """Return a text of a table, empty where there is none."""
    return "" if value is None or pd.isna(value) else str(value)


def pointer_rows(top: pd.DataFrame, visit: Any, clock: str, zone: str) -> dict[str, Any]:
    """Return what the pointer finds: columns of texts, one row per event of the table."""
    language = visit.language
    kilometres = unit_text("km", language)
    marks = np.where(top["simulated"], visit._("simulated"), "")
    return {
        "magnitude": [
            f"{decimal(mag, language)} {text_of(kind)}".strip()
            for mag, kind in zip(top["mag"], top["magType"], strict=True)
        ],
        "depth": [f"{decimal(value, language, 0)} {kilometres}" for value in top["depth"]],
        "time": clock_times(top["time"], clock, zone),
        "event": [
            f"{text_of(place)} ({ident})".strip()
            for place, ident in zip(top["place"], top["id"], strict=True)
        ],
        "origin": [
            f"{text_of(source).upper()} {mark}".strip()
            for source, mark in zip(top["source"], marks, strict=True)
        ],
    }


def details(event: pd.Series, visit: Any, clock: str, zone: str) -> list[tuple[str, str]]:
    """Return name and text of all that is known of an event; unknown things are left out."""
    _, language = visit._, visit.language
    kilometres = unit_text("km", language)
    found = [
        (
            _("Magnitude"),
            _with_error(event, "mag", "magError", language, text_of(event["magType"])),
        ),
        (_("Time"), clock_times(pd.Series([event["time"]]), clock, zone)[0]),
        (_("Depth"), _with_error(event, "depth", "depthError", language, kilometres)),
        (_("Place"), text_of(event["place"])),
        (
            _("Epicentre"),
            coordinates(float(event["longitude"]), float(event["latitude"]), language),
        ),
        (_("Type"), event_type(text_of(event["type"]), _)),
        (_("Status"), status_name(text_of(event["status"]), _)),
    ]
    regime = text_of(event.get("regime"))
    if regime in REGIMES:
        found.append((_("Tectonic regime"), regime_names(language)[regime]))
    if np.isfinite(event.get("strike1", np.nan)):
        planes = [
            "/".join(f"{event[f'{part}{number}']:.0f}°" for part in ("strike", "dip", "rake"))
            for number in (1, 2)
        ]
        found.append((_("Strike/dip/rake"), " · ".join(planes)))
    if np.isfinite(event.get("felt", np.nan)):
        found.append((_("Felt reports"), format_number(event["felt"], language, 0)))
    found.append((_("Identifier"), text_of(event["id"])))
    found.append((_("Source"), text_of(event["source"]).upper()))
    return [(name, text) for name, text in found if text and text != MISSING]


def _with_error(event: pd.Series, name: str, error: str, language: str, unit: str) -> str:
    value = float(event[name])
    digits = 1 if name == "mag" else 0
    text = decimal(value, language, digits)
    wrong = float(event[error])
    if np.isfinite(value) and np.isfinite(wrong):
        text += f" ± {decimal(wrong, language, digits + 1)}"
    return f"{text} {unit}".strip() if text != MISSING else ""


def event_type(name: str, _: Any) -> str:
    """Return a type of event in the reader's language; the catalogue's word for rare ones."""
    return {
        "earthquake": _("earthquake"),
        "induced or triggered event": _("induced or triggered event"),
        "quarry blast": _("quarry blast"),
        "explosion": _("explosion"),
        "mining explosion": _("mining explosion"),
        "nuclear explosion": _("nuclear explosion"),
        "landslide": _("landslide"),
        "ice quake": _("ice quake"),
        "volcanic eruption": _("volcanic eruption"),
        "rock burst": _("rock burst"),
    }.get(name, name)


def status_name(name: str, _: Any) -> str:
    """Return how far an event has been checked, in the reader's language."""
    return {"automatic": _("automatic"), "reviewed": _("reviewed by a seismologist")}.get(
        name, name
    )


def card(event: pd.Series, visit: Any, clock: str, zone: str) -> str:
    """Write the details of an event as HTML."""
    _ = visit._
    rows = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>"
        for name, text in details(event, visit, clock, zone)
    )
    mark = (
        f'<b class="qc-simulated">{escape(_("Simulated data"))}</b>' if event["simulated"] else ""
    )
    address = text_of(event.get("url"))
    link = ""
    if address.startswith(("https://", "http://")):
        link = (
            f'<a href="{escape(address)}" target="_blank" rel="noopener">'
            f"{escape(_('Page of the agency'))}</a>"
        )
    title = _("Event")
    return (
        f'<section class="qe-card" tabindex="0" aria-label="{escape(title)}">'
        f"<h2>{escape(title)} {mark}</h2><dl>{rows}</dl>{link}</section>"
    )
