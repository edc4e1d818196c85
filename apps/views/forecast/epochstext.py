"""What superposed epochs say in words, and their table."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np

from analysis.language import MISSING, format_number
from analysis.seismic.precursors import Epochs
from apps.views import atlas
from apps.views.forecast.hypothesesname import group_name
from apps.views.forecast.words import signed, simulated_mark
from apps.views.htmltables import table_html


def whole(value: Any, language: str) -> str:
    """Write a whole number with a true minus."""
    return format_number(float(value), language, 0)


def summary(found: Epochs, visit: Any) -> str:
    """Say how many tests there were and how many stand out, as HTML.

    Parameters
    ----------
    found
        The tests.
    visit
        The visitor.

    Returns
    -------
    str
        A paragraph, with the mark of simulated data where there are some.
    """
    _, language = visit._, visit.language

    def count(value: float, digits: int = 0) -> str:
        return format_number(value, language, digits)

    low = int((found.table["p"] <= found.level).sum())
    passing = int(found.table["passes"].sum())
    parts = [
        _(
            "{used} earthquakes were compared with other times; {preceded} of {given} were left "
            "out because another one came shortly before them nearby, {outside} because there are "
            "no data of their time."
        ).format(
            used=count(found.counts["used"]),
            preceded=count(found.counts["preceded"]),
            given=count(found.counts["given"]),
            outside=count(found.counts["outside"]),
        ),
        _(
            "{tests} tests were made. Without correction {low} of them stand out at 5 %; by "
            "chance alone {chance} are expected. With the correction: {passing}."
        ).format(
            tests=count(found.tests),
            low=count(low),
            chance=count(found.by_chance, 1),
            passing=count(passing),
        ),
    ]
    if found.correction == "none":
        parts.append(_("Without a correction such a finding says nothing."))
    elif passing:
        parts.append(
            _(
                "What passes is a reason to test the same on other data, written down beforehand; "
                "it is no precursor yet."
            )
        )
    if found.correction == "holm" and found.tests / 5000 > found.level:
        parts.append(_("So many tests cannot pass with 4,999 draws: ask for fewer."))
    mark = f"{simulated_mark(visit)} " if found.simulated else ""
    return f'<div class="qc-note" aria-live="polite">{mark}{escape(" ".join(parts))}</div>'


def scale_table(found: Epochs, names: dict[str, str], visit: Any) -> str:
    """Write the strongest test of each variable and group, and how far what passes reaches.

    Parameters
    ----------
    found
        The tests.
    names
        Name of a variable in the results -> what the reader calls it.
    visit
        The visitor.

    Returns
    -------
    str
        HTML.
    """
    _, language = visit._, visit.language
    rows = []
    for row in found.scale().to_dict("records"):
        unit = atlas.unit_text(found.units[row["variable"]], language)
        p = float(row["p_adjusted"])
        rows.append(
            [
                names.get(row["variable"], row["variable"]),
                group_name(row["group"], _),
                whole(row["lag_days"], language),
                whole(row["radius_km"], language),
                signed(float(row["effect"]), "", language),
                f"{signed(float(row['effect_units']), '', language)} {unit}".strip(),
                format_number(p, language, 3) if np.isfinite(p) else MISSING,
                _verdict(row, visit),
            ]
        )
    heads = [
        _("Variable"),
        _("Group"),
        _("Days"),
        _("Radius, km"),
        _("Difference, Z"),
        _("In units"),
        _("p, corrected"),
        _("Verdict"),
    ]
    caption = _("The strongest of all lags and radii, for each variable and group")
    return table_html(caption, heads, rows, words=(1, 7))


def _verdict(row: Any, visit: Any) -> str:
    _, language = visit._, visit.language
    if not row["passing"]:
        return str(_("no more than chance"))
    if row["passing"] == 1:
        return str(_("passes"))
    return str(
        _("passes from {first} to {last} days, {least} to {greatest} km").format(
            first=whole(row["first_lag_days"], language),
            last=whole(row["last_lag_days"], language),
            least=whole(row["least_radius_km"], language),
            greatest=whole(row["greatest_radius_km"], language),
        )
    )
