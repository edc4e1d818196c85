"""What a comparison shows, said in sentences: which differences are shown and which are noise."""

from __future__ import annotations

import math
from typing import Any

from analysis.language import format_number
from apps.views.forecast.selection import ForecastSelection
from apps.views.forecast.words import forecast_name, percent, signed

SCORE = "average_precision"


def summary(visit: Any, selection: ForecastSelection) -> str:
    """Say how the best model compares with the best baseline, and which models are alike.

    Parameters
    ----------
    visit
        The visitor.
    selection
        What is shown.

    Returns
    -------
    str
        Plain text in the visitor's language.
    """
    _, language, shown = visit._, visit.language, selection.shown
    if shown is None:
        return ""
    parts = [
        _(
            "{events} cells and windows with an event among {rows}; a forecast without skill has "
            "an average precision of {base}."
        ).format(
            events=format_number(round(shown.base_rate() * len(shown)), language, 0),
            rows=format_number(len(shown), language, 0),
            base=percent(shown.base_rate(), language),
        )
    ]
    models, baselines = shown.names("model", "own"), shown.names("baseline")
    if models and baselines and not selection.state.within:
        parts.append(_pair(visit, selection, models[0], baselines[0]))
    alike = [name for name in models[1:] if _alike(selection, models[0], name)]
    if alike and not selection.state.within:
        parts.append(
            _("No difference is shown between {best} and {others}: they are within noise.").format(
                best=forecast_name(models[0], visit),
                others=", ".join(forecast_name(name, visit) for name in alike),
            )
        )
    return " ".join(parts)


def _pair(visit: Any, selection: ForecastSelection, model: str, baseline: str) -> str:
    """Say whether the best model is shown to be better than the best baseline."""
    _, language = visit._, visit.language
    value, low, high = selection.difference(SCORE, model, baseline)
    if math.isfinite(low) and low > 0:
        text = _(
            "The best model, {model}, has a higher average precision than the best baseline, "
            "{baseline}: {value} ({low} to {high})."
        )
    elif math.isfinite(high) and high < 0:
        text = _(
            "The best baseline, {baseline}, has a higher average precision than the best model, "
            "{model}: {value} ({low} to {high})."
        )
    else:
        text = _(
            "It is not shown that the best model, {model}, forecasts better than the best "
            "baseline, {baseline}: difference of the average precision {value} ({low} to {high})."
        )
    return text.format(
        model=forecast_name(model, visit),
        baseline=forecast_name(baseline, visit),
        value=signed(value, SCORE, language),
        low=signed(low, SCORE, language),
        high=signed(high, SCORE, language),
    )


def _alike(selection: ForecastSelection, best: str, other: str) -> bool:
    _value, low, high = selection.difference(SCORE, best, other)
    return bool(low <= 0 <= high)
