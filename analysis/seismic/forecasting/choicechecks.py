"""What settings of a forecast may be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from analysis.learning.splits import length_of_time
from analysis.seismic.events import check_region
from analysis.spelling import did_you_mean

if TYPE_CHECKING:
    from analysis.seismic.forecasting.choices import Settings

BASELINES: Final = ("uniform", "cell", "smoothed", "adaptive", "recent", "mixture", "triggered")
"""Rates by past events, the plainest first."""


def check_choices(one: Settings) -> None:
    """Refuse choices that contradict themselves; what depends on data is checked with them.

    Parameters
    ----------
    one
        Settings.

    Raises
    ------
    ValueError
        What is wrong, the value, and what is allowed.
    """
    if one.name and not one.name.replace("-", "").replace("_", "").isalnum():
        raise ValueError(
            f"The name is {one.name!r}; use letters, digits, hyphens and underscores only."
        )
    check_region(one.region)
    check_region(one.learn_from or one.region)
    _check_times(one)
    _check_learning(one)


def _check_times(one: Settings) -> None:
    """Refuse times and lengths that contradict one another."""
    if len(one.period) != 2:
        raise ValueError(f"The period is {one.period}; give a first and a last time.")
    moments = [_moment(text, "period") for text in one.period]
    if not _moment(one.since, "since") < moments[0] < moments[1]:
        raise ValueError(
            f"since={one.since!r}, period={one.period}: the record begins before the first issue "
            "time, and the period ends after it."
        )
    for name in ("horizon", "history", "gap"):
        if not length_of_time(getattr(one, name), name) > pd.Timedelta(0):
            raise ValueError(f"The {name} is {getattr(one, name)!r}; it must be longer than 0.")
    back = moments[0] - _moment(one.since, "since")
    if length_of_time(one.history, "history") > back:
        raise ValueError(
            f"The history is {one.history}, but the first issue time is {back.days} days after "
            f"the start of the record, {one.since}."
        )


def _check_learning(one: Settings) -> None:
    """Refuse impossible choices of learning and judging."""
    if not 0 < one.keep_empty <= 1:
        raise ValueError(f"keep_empty is {one.keep_empty}; it is a share above 0, at most 1.")
    if one.components < 0 or one.draws < 0:
        raise ValueError(f"components={one.components}, draws={one.draws}: neither is negative.")
    if one.calibrate not in ("isotonic", "sigmoid", ""):
        raise ValueError(f"calibrate is {one.calibrate!r}; it is isotonic, sigmoid or empty.")
    _check_lists(one)


def _check_lists(one: Settings) -> None:
    """Refuse lists that are too short, or name what is not there."""
    if len(one.split) not in (0, 2, 3):
        raise ValueError(f"The split is {one.split}; give two dates, three shares, or nothing.")
    if not one.features:
        raise ValueError("No group of features is chosen; 'catalogue' is one.")
    if not one.models:
        raise ValueError("No model is chosen; LogisticRegression and XGBoost are some.")
    for name in one.baselines:
        if name not in BASELINES:
            raise ValueError(f"There is no baseline {name!r}. {did_you_mean(name, BASELINES)}")


def check_sequence(name: str, value: Any) -> None:
    """Refuse what is no list.

    Parameters
    ----------
    name
        Of the setting.
    value
        Its value.

    Raises
    ------
    ValueError
        It is a text or no list.
    """
    if isinstance(value, str) or not isinstance(value, list | tuple):
        raise ValueError(f"{name} is {value!r}; it must be a list.")


def _moment(text: Any, name: str) -> pd.Timestamp:
    try:
        found = pd.Timestamp(text)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{name} is {text!r}; give dates such as '2010-01-01'.") from error
    if pd.isna(found) or found.tz is not None:
        raise ValueError(f"{name} is {text!r}; give dates in UTC, without a zone.")
    return found
