"""Words of the sources page: kinds, access, cadences, durations, sizes, places, periods."""

from __future__ import annotations

import re
from typing import Any

from analysis.language import MISSING, format_date
from apps.views.clock import number
from apps.views.points import HALVES
from apps.views.visitor import Session

_DURATION = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
GLOBE = 359.0
"""Degrees from which on a coverage counts as the whole globe."""


def kind_names(visit: Session) -> dict[str, str]:
    """Return key -> name of the kinds of sources."""
    _ = visit._
    return {
        "grid": _("grid"),
        "events": _("events"),
        "points": _("points"),
        "polygons": _("areas"),
        "lines": _("lines"),
        "table": _("table"),
    }


def access_names(visit: Session) -> dict[str, str]:
    """Return key -> what is needed to get the data."""
    _ = visit._
    return {
        "packaged": _("comes with Qazcube"),
        "open": _("open, needs a network"),
        "account": _("needs an account"),
        "user": _("a file of one's own"),
    }


def copy_names(visit: Session) -> dict[str, str]:
    """Return key -> name of the states of a local copy."""
    _ = visit._
    return {"nothing": _("nothing here"), "partial": _("in part"), "whole": _("at hand")}


def cadence_text(visit: Session, cadence: str) -> str:
    """Write how often there is a value."""
    _ = visit._
    known = {
        "static": _("does not change"),
        "hourly": _("hourly"),
        "daily": _("daily"),
        "monthly": _("monthly"),
        "yearly": _("yearly"),
        "irregular": _("irregular"),
        "daily or 8 days": _("daily or every 8 days"),
        "not stated": MISSING,
    }
    if cadence in known:
        return known[cadence]
    count, _sep, unit = cadence.partition(" ")
    if count.replace(".", "").isdigit() and unit in ("day", "days"):
        return _("every {count} days").format(count=count)
    return duration_text(visit, cadence) or cadence


def provider_text(visit: Session, provider: str) -> str:
    """Write who provides the data: names stay as they are."""
    return visit._("own processing") if provider == "own processing" else provider


def duration_text(visit: Session, text: str) -> str:
    """Write an ISO 8601 duration in words; "" where the text is none.

    >>> from apps.views.visitor import Session
    >>> duration_text(Session("en", str), "P60D"), duration_text(Session("en", str), "soon")
    ('60 d', '')
    """
    found = _DURATION.fullmatch(text or "")
    if found is None or not any(found.groups()):
        return ""
    _ = visit._
    units = (_("y"), _("mo"), _("wk"), _("d"), _("h"), _("min"))
    parts = [f"{n} {unit}" for n, unit in zip(found.groups(), units, strict=True) if n]
    return " ".join(parts)


def period_text(visit: Session, item: Any) -> str:
    """Write from when to when there are data."""
    _ = visit._
    start, end = item.coverage.start, item.coverage.end
    if not start:
        return _("does not change") if item.cadence == "static" else _("period not stated")
    first = day_text(start, visit.language)
    return f"{first} – {day_text(end, visit.language) if end else _('now')}"


def day_text(day: str, language: str) -> str:
    """Write a day of a catalogue; what is no day stays as it is.

    >>> day_text("2002-01-01", "en"), day_text("now", "en")
    ('1 Jan 2002', 'now')
    """
    text = str(day)[:10]
    return format_date(text, language) if _DAY.fullmatch(text) else str(day)


def place_text(visit: Session, coverage: Any) -> str:
    """Write the box of a coverage."""
    _, language = visit._, visit.language
    west, south, east, north = coverage[:4]
    if width(west, east) >= GLOBE and north - south >= 170:
        return _("the whole globe")
    if width(west, east) >= GLOBE:
        return f"{degree(south, 'y', language)} … {degree(north, 'y', language)}"
    return (
        f"{degree(west, 'x', language)} … {degree(east, 'x', language)}, "
        f"{degree(south, 'y', language)} … {degree(north, 'y', language)}"
    )


def width(west: float, east: float) -> float:
    """Return the width of a box in degrees; a box may run over 180 degrees.

    >>> width(-180, 180), width(170, -170), width(60, 80)
    (360.0, 20.0, 20.0)
    """
    return (east - west) % 360.0 or 360.0


def degree(value: float, axis: str, language: str) -> str:
    r"""Write a longitude (axis "x") or a latitude ("y") with its side of the globe.

    >>> degree(-61.5, "x", "en"), degree(0, "y", "en")
    ('61.5°\xa0W', '0°')
    """
    north, south, east, west = HALVES[language]
    positive, negative = (east, west) if axis == "x" else (north, south)
    side = positive if value >= 0 else negative
    text = f"{number(abs(value), language)}°"
    return f"{text}\u00a0{side}" if value else text
