"""What a comparison shows, said in sentences: which differences are shown and which are noise."""

from __future__ import annotations

import math
from typing import Any

from analysis.language import format_number
from apps.views.forecast.forecasts import Forecasts
from apps.views.forecast.selection import ForecastSelection
from apps.views.forecast.words import forecast_name, percent, signed

SCORE = "average_precision"
LINEAR = "LogisticRegression"
BOOSTING = ("XGBoost", "GradientBoosting", "HistGradientBoosting")


def sentences(visit: Any, selection: ForecastSelection) -> list[str]:
    """Say what holds between the best model, the baselines and the other models.

    Parameters
    ----------
    visit
        The visitor.
    selection
        What is shown.

    Returns
    -------
    list of str
        Plain sentences in the visitor's language. Each difference is that of a pair over the same
        draws of windows, with its 95 % interval.
    """
    _, language, shown = visit._, visit.language, selection.shown
    if shown is None:
        return []
    rate, rows = float(selection.scores["observed_rate"].iloc[0]), len(selection.comparison.grid)
    if not rate:
        return [nothing_came(visit, shown)]
    parts = [
        _(
            "{events} cells and windows with an event among {rows}; a forecast without skill has "
            "an average precision of {base}."
        ).format(
            events=format_number(round(rate * rows), language, 0),
            rows=format_number(rows, language, 0),
            base=percent(rate, language),
        )
    ]
    models, baselines = selection.ordered("model", "own"), selection.ordered("baseline")
    if not models:
        return parts
    best = models[0]
    if baselines:
        parts.append(_pair(visit, selection, best, baselines[0]))
        smoothed = shown.reference()
        if smoothed != baselines[0]:
            parts.append(_two(visit, selection, best, smoothed))
    boosting = [name for name in models if name in BOOSTING]
    told = {best}
    if LINEAR in models and boosting:
        parts.append(_two(visit, selection, LINEAR, boosting[0]))
        told |= {LINEAR, boosting[0]} if best in (LINEAR, boosting[0]) else set()
    alike = [name for name in models if name not in told and _alike(selection, best, name)]
    if alike:
        parts.append(
            _("No difference is shown between {best} and {others}: they are within noise.").format(
                best=forecast_name(best, visit),
                others=", ".join(forecast_name(name, visit) for name in alike),
            )
        )
    return [part for part in parts if part]


def nothing_came(visit: Any, shown: Forecasts) -> str:
    """Say that no forecast can be judged where no earthquake came, and what to do."""
    text = visit._(
        "No earthquake of M ≥ {magnitude} came in these cells during the test: no forecast can be "
        "judged, only shown on the map. Choose a larger region, a smaller magnitude, a longer "
        "period or longer windows."
    )
    return str(text.format(magnitude=format_number(shown.magnitude, visit.language, 1)))


def _two(visit: Any, selection: ForecastSelection, first: str, second: str) -> str:
    """Say which of two is shown to be better, or that they are within noise; "" if unknown."""
    _, language = visit._, visit.language
    value, low, high = selection.difference(SCORE, first, second)
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    if value < 0:  # the better one is named first
        first, second, value, low, high = second, first, -value, -high, -low
    if low > 0:
        text = _(
            "{first} has a higher average precision than {second}: the difference is {value} "
            "({low} to {high})."
        )
    else:
        text = _(
            "{first} and {second} are within noise of each other: the difference in average "
            "precision is {value} ({low} to {high})."
        )
    return text.format(
        first=forecast_name(first, visit),
        second=forecast_name(second, visit),
        value=signed(value, SCORE, language),
        low=signed(low, SCORE, language),
        high=signed(high, SCORE, language),
    )


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
