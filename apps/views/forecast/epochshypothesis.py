"""A hypothesis of the register as a test: its fields, and what the test says of it alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from analysis.language import format_number
from analysis.seismic.precursors import ANY, Epochs, Hypothesis, adjust
from analysis.seismic.regimes import PRIORITY
from apps.views.forecast.words import signed
from apps.views.places import plain

STEP = 30.0
"""Days between the lags of a hypothesis."""


def fields_of(told: Hypothesis, layers: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Return the values of the fields that test a hypothesis.

    Parameters
    ----------
    told
        The hypothesis.
    layers
        Variables that are here: key -> layer with ``variable``.
    language
        Of the reader.

    Returns
    -------
    dict
        Name of a field -> value.
    """
    keys: dict[str, str] = {}
    for key, layer in layers.items():
        keys.setdefault(layer.variable, key)
    group = told.groups[0]
    kind = "" if group == ANY else "regime" if group in PRIORITY else "setting"
    return {
        "variables": [keys[one] for one in told.variables if one in keys],
        "groups": kind,
        "lags": "; ".join(
            plain(one, language).replace("-", "−")
            for one in lags_of(told.first_lag_days, told.last_lag_days)
        ),
        "radii": plain(told.radius_km, language),
        "direction": told.direction,
        "correction": "holm",
    }


def lags_of(first: float, last: float) -> list[float]:
    """Return lags from the first to the last, a month apart or twelve in all.

    >>> lags_of(-75, 0), lags_of(-10, -10), len(lags_of(-3650, 0))
    ([-75.0, -45.0, -15.0, 0.0], [-10.0], 12)
    """
    if last - first > 10 * STEP:
        return [float(one) for one in np.round(np.linspace(first, last, 12))]
    found = [float(one) for one in np.arange(first, last + 1e-9, STEP)]
    return found if found[-1] == last else [*found, float(last)]


def outcome_of(told: Hypothesis, found: Epochs) -> dict[str, Any]:
    """Return what tests say of a hypothesis, corrected for its own tests only.

    Parameters
    ----------
    told
        The hypothesis.
    found
        Tests that hold its variables, groups, lags and radius.

    Returns
    -------
    dict
        tests, least p, p_adjusted, effect and lag of the strongest, passes; tests 0 where none of
        them could be made.
    """
    table = found.table
    groups = ["all" if one == ANY else one for one in told.groups]
    mine = (
        table["variable"].isin(told.variables)
        & table["group"].isin(groups)
        & table["lag_days"].between(told.first_lag_days, told.last_lag_days)
        & (table["radius_km"] <= told.radius_km)
        & table["p"].notna()
    )
    part = table[mine]
    if part.empty:
        return {"tests": 0}
    corrected = adjust(part["p"], "holm")
    best = int(np.argmin(corrected))
    row = part.iloc[best]
    return {
        "tests": len(part),
        "events": int(row["events"]),
        "p": float(row["p"]),
        "p_adjusted": float(corrected[best]),
        "effect": float(row["effect"]),
        "lag_days": float(row["lag_days"]),
        "variable": str(row["variable"]),
        "direction": found.alternative,
        "passes": bool(corrected[best] <= found.level),
    }


def outcome_text(told: Hypothesis, outcome: Mapping[str, Any], visit: Any) -> str:
    """Say what came out for a hypothesis.

    Parameters
    ----------
    told
        The hypothesis.
    outcome
        From :func:`outcome_of`.
    visit
        The visitor.

    Returns
    -------
    str
        Plain text.
    """
    _, language = visit._, visit.language
    if not outcome["tests"]:
        return str(_("Hypothesis {number}: too few earthquakes to test it.").format(
            number=told.number
        ))  # fmt: skip
    text = _("Hypothesis {number}: {verdict}; difference {effect} Z, p {p} after {tests} tests.")
    verdict = _("it passes") if outcome["passes"] else _("it does not pass")
    parts = [
        text.format(
            number=told.number,
            verdict=verdict,
            effect=signed(float(outcome["effect"]), "", language),
            p=format_number(float(outcome["p_adjusted"]), language, 3),
            tests=outcome["tests"],
        )
    ]
    if told.beforehand:
        parts.append(_("It was written down before these data were looked at."))
    else:
        parts.append(
            _("These data had been looked at before it was written down: this confirms nothing.")
        )
    return " ".join(parts)
