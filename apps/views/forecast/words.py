"""What the forecast page calls its forecasts, scores and features, and how it writes numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from analysis.language import MISSING, format_number

Translate = Callable[[str], str]
CARDS = ("average_precision", "area_skill_smoothed", "information_gain", "brier_skill")
"""Scores that do not depend on a threshold and stand on the cards."""

AT_THRESHOLD = ("precision", "recall", "f1")
LAST = ("roc_auc", "accuracy")
COLUMNS = ("average_precision", "area_skill", *CARDS[1:], *AT_THRESHOLD, *LAST)
SIGNIFICANT = 3
DECIMAL = re.compile(r"(?<=\d)\.(?=\d)")


def baseline_names(_: Translate) -> dict[str, str]:
    """Return key -> name of the baselines."""
    return {
        "base_rate": _("Base rate everywhere"),
        "uniform": _("Uniform by area"),
        "cell": _("Rate of the cell"),
        "cell_rate": _("Rate of the cell in the training part"),
        "smoothed": _("Smoothed seismicity"),
        "adaptive": _("Smoothed, adaptive width"),
        "recent": _("Rate of the last months"),
        "mixture": _("Lasting and recent rate"),
        "triggered": _("Events trigger events (ETAS type)"),
        "persistence": _("As in the last window"),
    }


def forecast_name(name: str, visit: Any) -> str:
    """Return what a forecast is called: a baseline by our name, a model by its title.

    >>> from apps.views.visitor import Session
    >>> forecast_name("rate_smoothed", Session("en", str))
    'Smoothed seismicity'
    """
    known = baseline_names(visit._) | model_names(visit._)
    short = name.removeprefix("rate_").replace(" ", "_")
    return known.get(short, name)


def model_names(_: Translate) -> dict[str, str]:
    """Return key -> name of the models."""
    return {
        "RandomForest": _("Random forest"),
        "XGBoost": "XGBoost",
        "GradientBoosting": _("Gradient boosting"),
        "HistGradientBoosting": _("Gradient boosting on histograms"),
        "LogisticRegression": _("Logistic regression"),
        "SVM": _("Support vector machine, linear"),
        "KernelSVM": _("Support vector machine, kernel"),
        "Recurrent": _("Recurrent network"),
    }


def parameter_names(_: Translate) -> dict[str, str]:
    """Return hyperparameter -> its name; those that are not here keep their own."""
    return {
        "n_estimators": _("Number of trees"),
        "max_iter": _("Number of trees or steps"),
        "max_depth": _("Greatest depth of a tree"),
        "max_features": _("Features tried at a split"),
        "min_samples_leaf": _("Least rows in a leaf"),
        "min_child_weight": _("Least weight in a leaf"),
        "max_leaf_nodes": _("Greatest number of leaves"),
        "learning_rate": _("Learning rate"),
        "subsample": _("Share of the rows for a tree"),
        "l2_regularization": _("Strength of the penalty"),
        "reg_lambda": _("Strength of the penalty"),
        "C": _("C: inverse strength of the penalty"),
        "gamma": _("Gamma: how local the kernel is"),
        "n_components": _("Number of landmarks of the kernel"),
        "hidden": _("Size of the hidden state"),
        "steps": _("Windows that the network looks back"),
        "epochs": _("Passes over the rows"),
    }


def score_names(_: Translate) -> dict[str, str]:
    """Return key -> name of the scores."""
    return {
        "average_precision": _("Average precision"),
        "area_skill": _("Area skill"),
        "area_skill_smoothed": _("Skill beyond smoothed seismicity"),
        "information_gain": _("Information gain per event, nats"),
        "brier_skill": _("Brier skill"),
        "precision": _("Precision"),
        "recall": _("Recall"),
        "f1": _("F1"),
        "roc_auc": _("ROC-AUC"),
        "accuracy": _("Accuracy"),
        "brier_score": _("Brier score"),
    }


def score_texts(_: Translate) -> dict[str, str]:
    """Return key -> one sentence that says how to read a score."""
    return {
        "average_precision": _(
            "Mean precision over the cells with events; without skill it is the base rate."
        ),
        "area_skill": _(
            "Area above the Molchan trajectory, against area; 0.5 is no skill, and easy to exceed."
        ),
        "area_skill_smoothed": _(
            "The same against smoothed seismicity: 0.5 says no more than where events were."
        ),
        "information_gain": _(
            "Gain over a uniform rate for each event; its exponential is the probability gain."
        ),
        "brier_skill": _("Above 0: better than the base rate; a few per cent is much."),
        "precision": _("Share of the alarms that were right, at the threshold."),
        "recall": _("Share of the events that had an alarm, at the threshold."),
        "f1": _("Harmonic mean of precision and recall, at the threshold."),
        "roc_auc": _("Chance that a cell with events is above one without; easy cells raise it."),
        "accuracy": _("Share of right cells; never giving an alarm has nearly as much or more."),
        "brier_score": _("Mean squared error of the probabilities; tiny for rare events."),
    }


def number(value: float, name: str, language: str) -> str:
    """Write a score: three decimals, more where it is small; a dash where it is undefined.

    >>> number(0.00421, "average_precision", "en"), number(float("nan"), "f1", "en")
    ('0.0042', '–')
    """
    if value is None or not math.isfinite(value):
        return "−∞" if value == -math.inf else MISSING
    small = abs(value) < 0.1 and value != 0
    digits = {"accuracy": 5, "roc_auc": 3, "area_skill": 3, "area_skill_smoothed": 3}
    return format_number(value, language, digits.get(name, 4 if small else 3))


def signed(value: float, name: str, language: str) -> str:
    """Write a difference with its sign.

    >>> signed(0.0042, "f1", "kk"), signed(-1.5, "information_gain", "en")
    ('+0,0042', '−1.500')
    """
    if not math.isfinite(value):
        return number(value, name, language)
    text = number(abs(value), name, language)
    return f"{'−' if value < 0 else '+'}{text}"


def percent(value: float, language: str) -> str:
    """Write a probability in per cent with two significant digits.

    >>> percent(0.000421, "en"), percent(0.153, "ru"), percent(0.0, "en")
    ('0.042 %', '15 %', '0 %')
    """
    if value is None or not math.isfinite(value):
        return MISSING
    if value == 0:
        return "0 %"
    hundred = 100.0 * value
    digits = max(0, 1 - math.floor(math.log10(abs(hundred))))
    return f"{format_number(hundred, language, digits)} %"


def points(value: float, language: str) -> str:
    """Write a difference of probabilities in percentage points, with its sign.

    >>> points(-0.997, "kk"), points(0.0123, "en"), points(0.0, "ru")
    ('−1,0', '+0.012', '0')
    """
    if not math.isfinite(value) or value == 0:
        return MISSING if value != 0 else "0"
    digits = max(0, 1 - math.floor(math.log10(float(f"{abs(value):.1e}"))))
    return f"{'−' if value < 0 else '+'}{format_number(abs(value), language, digits)}"


def times(value: float, language: str) -> str:
    """Write how many times something is more.

    >>> times(12.34, "en"), times(0.042, "en")
    ('× 12', '× 0.042')
    """
    if not math.isfinite(value) or value <= 0:
        return MISSING
    digits = max(0, 1 - math.floor(math.log10(value)))
    return f"× {format_number(value, language, digits)}"


def verdict(low: float, high: float, _: Translate) -> tuple[str, str]:
    """Return what an interval of a difference shows: a key of style, and words.

    >>> verdict(-0.1, 0.2, str)
    ('same', 'no difference shown')
    """
    if math.isfinite(low) and low > 0:
        return "better", _("better")
    if math.isfinite(high) and high < 0:
        return "worse", _("worse")
    return "same", _("no difference shown")


def feature_name(name: str, table: Any, language: str) -> str:
    """Return the title of a feature; its name where the table tells none."""
    about = (getattr(table, "attrs", None) or {}).get("features", {}).get(name, {})
    title = about.get("title") or {}
    text = title.get(language) or title.get("en") if isinstance(title, Mapping) else title
    mark = " ~" if about.get("simulated") else ""
    written = str(text or name)
    if text and language != "en":
        written = DECIMAL.sub(",", written)
    return f"{written}{mark}"


def simulated_mark(visit: Any) -> str:
    """Write the mark of simulated data, as HTML."""
    return f'<b class="qc-simulated">{escape(visit._("Simulated data"))}</b>'
