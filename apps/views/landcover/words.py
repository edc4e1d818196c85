"""Names, numbers and colours of the land-cover page."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

import numpy as np

from analysis.language import MISSING, format_number
from analysis.notes import in_language
from analysis.uploads import Refused
from apps.views.landcover.samplesets import Left
from apps.views.sources.refusaltext import refusal_text


def family_names(_: Any) -> dict[str, str]:
    """Return family of classifiers -> its name in the reader's language."""
    return {
        "parametric": _("Parametric"),
        "ml": _("Machine learning"),
        "dl": _("Deep learning"),
    }


def reasons(_: Any) -> dict[str, str]:
    """Return why samples were left out or changed -> the same in the reader's language."""
    return {
        "no class": _("Left out, without a class: {count}."),
        "no degrees": _("Left out, their place is not in degrees: {count}."),
        "converted": _("Converted to degrees from {name}: {count}."),
        "assumed": _("No coordinate system is named, degrees of WGS 84 were taken: {count}."),
        "mended": _("Areas that crossed themselves were mended: {count}."),
        "strange": _("Left out, neither points nor areas with a class: {count}."),
        "outside the imagery": _("Left out, outside the imagery: {count}."),
        "no value in the imagery": _("Left out, the imagery has no value there: {count}."),
        "other years": _("Left out, of years that the imagery has not: {count}."),
    }


def note_texts(visit: Any, notes: Iterable[Left]) -> list[str]:
    """Write notes on samples in the reader's language."""
    known, language = reasons(visit._), visit.language
    return [
        known[one.why].format(count=format_number(one.number, language, 0), name=one.name)
        if one.why in known
        else f"{format_number(one.number, language, 0)}: {in_language(one.why, language)}"
        for one in notes
    ]


def said(visit: Any, error: BaseException) -> str:
    """Say what was wrong in the reader's language, as far as the error can be said in it."""
    if isinstance(error, Refused):
        text, detail = refusal_text(visit, error)
        return f"{text} ({detail})" if detail and error.reason == "answer" else text
    first = error.args[0] if error.args else ""
    return in_language(first if isinstance(first, str) else str(error), visit.language)


def quantity_names(_: Any) -> dict[str, str]:
    """Return what the map may show -> its name in the reader's language."""
    return {
        "class": _("Class"),
        "probability": _("Probability of the class"),
        "uncertainty": _("Uncertainty (entropy)"),
        "units": _("Share of a class by unit"),
        "imagery": _("Imagery"),
    }


def percent(value: Any, language: str, digits: int = 1) -> str:
    """Write a share as per cent.

    >>> percent(0.9062, "en"), percent(0.5, "ru"), percent(float("nan"), "kk")
    ('90.6 %', '50,0 %', '–')
    """
    value = float(value)
    if np.isnan(value):
        return MISSING
    return f"{fixed(100 * value, digits, language)} %"


def fixed(value: float, digits: int, language: str) -> str:
    """Write a number with fixed digits and the decimal sign of the language.

    >>> fixed(-1.25, 1, "ru"), fixed(3, 2, "en")
    ('−1,2', '3.00')
    """
    text = f"{abs(value):.{digits}f}"
    sign = "−" if value < 0 and float(text) else ""
    return sign + (text if language == "en" else text.replace(".", ","))


def interval(low: Any, high: Any, language: str, digits: int = 1) -> str:
    """Write an interval of shares in per cent.

    >>> interval(0.881, 0.931, "en")
    '88.1–93.1'
    """
    if np.isnan(float(low)) or np.isnan(float(high)):
        return MISSING
    ends = [fixed(100 * float(one), digits, language) for one in (low, high)]
    return "–".join(ends)


def hectares(value: Any, language: str) -> str:
    """Write an area in hectares, thousands kept apart.

    >>> hectares(1234567.8, "en")
    '1,234,568'
    """
    value = float(value)
    return MISSING if np.isnan(value) else format_number(value, language, 0)


def between(low: Any, high: Any, language: str) -> str:
    """Write an interval of hectares; "" where there is none.

    >>> between(1200.4, 2300.0, "en"), between(None, 1.0, "en")
    ('1,200–2,300', '')
    """
    if low is None or high is None or np.isnan(float(low)) or np.isnan(float(high)):
        return ""
    return f"{hectares(low, language)}–{hectares(high, language)}"


def duration(seconds: Any, language: str) -> str:
    """Write seconds.

    >>> duration(0.034, "en"), duration(72.4, "en")
    ('0.03', '72')
    """
    value = float(seconds)
    if np.isnan(value):
        return MISSING
    return fixed(value, 2 if value < 1 else 1 if value < 20 else 0, language)


def mark(visit: Any, *, simulated: bool) -> str:
    """Return the mark of simulated data as HTML; empty for observed ones."""
    if not simulated:
        return ""
    return f'<b class="qc-simulated">{escape(visit._("Simulated data"))}</b>'


def chip(colour: str) -> str:
    """Return a small square of a colour."""
    return f'<i class="ql-chip" style="background:{colour}"></i>'
