"""What settings of a forecast may be."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import yaml

from analysis.cells.lattice import Lattice
from analysis.learning.splits import length_of_time
from analysis.seismic.events import check_region
from analysis.spelling import did_you_mean

if TYPE_CHECKING:
    from analysis.seismic.forecasting.choices import Settings

BASELINES: Final = ("uniform", "cell", "smoothed", "adaptive", "recent", "mixture", "triggered")
"""Rates by past events, the plainest first."""
RANDOM: Final = "random"
"""A split that lets the future into the past, for teaching."""

MOST_PAIRS: Final = 40_000_000_000
"""Cells times windows: they would need 1 TB (`memory.needed_memory`), which nobody has."""
MOST_WINDOWS: Final = 50_000
"""Issue times: a day each for more than a century."""
MOST_DRAWS: Final = 100_000
_TEXTS: Final = ("name", "title", "events", "horizon", "history", "gap", "calibrate")
_NAMES: Final = ("features", "only", "relations", "models", "baselines")


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
    _check_kinds(one)
    if one.name and not one.name.replace("-", "").replace("_", "").isalnum():
        raise ValueError(
            f"The name is {one.name!r}; use letters, digits, hyphens and underscores only."
        )
    check_region(one.region)
    check_region(one.learn_from or one.region)
    _check_times(one)
    _check_cells(one)
    _check_learning(one)


def _check_kinds(one: Settings) -> None:
    """Refuse texts that are no texts, numbers that are no numbers, and names given twice."""
    for name in _TEXTS:
        value = getattr(one, name)
        if not isinstance(value, str):
            raise ValueError(f"{name} is {value!r}; it must be a text.")
    for name in _NAMES:
        _check_names(name, getattr(one, name))
    if not isinstance(one.allow_incomplete, bool):
        raise ValueError(f"allow_incomplete is {one.allow_incomplete!r}; it is true or false.")
    _check_numbers(one)


def _check_numbers(one: Settings) -> None:
    for name in ("resolution", "magnitude", "keep_empty"):
        if not _is_number(getattr(one, name)):
            raise ValueError(f"{name} is {getattr(one, name)!r}; it must be a finite number.")
    for name in ("completeness", "threshold"):
        value = getattr(one, name)
        if value is not None and not _is_number(value):
            raise ValueError(f"{name} is {value!r}; it must be a finite number, or nothing.")
    for name in ("components", "draws", "seed"):
        if not _is_whole(getattr(one, name)):
            raise ValueError(f"{name} is {getattr(one, name)!r}; it must be a whole number.")


def _check_names(name: str, values: tuple[Any, ...]) -> None:
    for number, value in enumerate(values):
        if not isinstance(value, str):
            raise ValueError(f"{name} holds {value!r}; it must be a list of texts.")
        if value in values[:number]:
            raise ValueError(f"{name} holds {value!r} twice.")


def _is_whole(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    plain = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    return plain and math.isfinite(value)


def _check_cells(one: Settings) -> None:
    """Refuse cells that do not divide the globe, or are too many for any computer."""
    first, last = (pd.Timestamp(text) for text in one.period)
    windows = max(1, int((last - first) / length_of_time(one.horizon, "horizon")))
    for region in (one.region, one.learn_from or one.region):
        size = Lattice.from_bounds(check_region(region), one.resolution).size
        if size * windows > MOST_PAIRS:
            raise ValueError(
                f"The region {region} has {size} cells of {one.resolution:g} degrees, which with "
                f"{windows} windows would need more than {24 * size * windows / 1e12:.0f} TB of "
                "memory: give larger cells or a smaller region."
            )


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
    steps = (moments[1] - moments[0]) / length_of_time(one.horizon, "horizon")
    if steps > MOST_WINDOWS:
        raise ValueError(
            f"The horizon is {one.horizon}: the period {one.period} has {steps:.0f} such windows, "
            f"more than {MOST_WINDOWS}."
        )
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
    for name in ("components", "draws", "seed"):
        if getattr(one, name) < 0:
            raise ValueError(f"{name} is {getattr(one, name)}; it must not be negative.")
    if one.draws > MOST_DRAWS:
        raise ValueError(f"draws is {one.draws}; it is at most {MOST_DRAWS}.")
    if one.threshold is not None and not 0 <= one.threshold <= 1:
        raise ValueError(f"The threshold is {one.threshold}; it is a probability, from 0 to 1.")
    if one.calibrate not in ("isotonic", "sigmoid", ""):
        raise ValueError(f"calibrate is {one.calibrate!r}; it is isotonic, sigmoid or empty.")
    _check_lists(one)


def _check_lists(one: Settings) -> None:
    """Refuse lists that are too short, or name what is not there."""
    if len(one.split) not in (0, 2, 3) and one.split != (RANDOM,):
        raise ValueError(
            f"The split is {one.split}; give two dates, three shares, or nothing; or {RANDOM!r}, "
            "for teaching what leakage does to scores."
        )
    if not one.features:
        raise ValueError("No group of features is chosen; 'catalogue' is one.")
    for name, delay in one.delays.items():
        if name not in one.features:
            hint = did_you_mean(str(name), one.features)
            raise ValueError(f"delays names {name!r}, which is no chosen group of features. {hint}")
        length_of_time(delay, f"delay of {name}")
    if not one.models:
        raise ValueError("No model is chosen; LogisticRegression and XGBoost are some.")
    _check_models(one)
    for name in one.baselines:
        if name not in BASELINES:
            raise ValueError(f"There is no baseline {name!r}. {did_you_mean(name, BASELINES)}")


def _check_models(one: Settings) -> None:
    """Refuse models that nobody has, and parameters that belong to none."""
    from analysis.learning import MODELS

    known = sorted({*MODELS, "Recurrent"})  # the last where the extra `dl` is installed
    for name in one.models:
        if name not in known:
            raise ValueError(f"There is no model {name!r}. {did_you_mean(name, known)}")
    for name, params in one.params.items():
        if name not in one.models:
            raise ValueError(f"params names {name!r}; models are {', '.join(one.models)}.")
        if not isinstance(params, Mapping):
            raise ValueError(f"params of {name} is {params!r}; give names with values.")


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


def check_numbers(name: str, values: Any) -> tuple[float, ...]:
    """Return numbers, such as the sides of a region.

    Parameters
    ----------
    name
        Of the setting.
    values
        Its values.

    Returns
    -------
    tuple of float
        The same.

    Raises
    ------
    ValueError
        One is no number.
    """
    for value in values:
        if isinstance(value, bool) or not isinstance(value, int | float | np.number):
            raise ValueError(f"{name} holds {value!r}; it must be a list of numbers.")
    return tuple(float(one) for one in values)


def read_yaml(text: str) -> Any:
    """Return what a text of settings holds.

    Parameters
    ----------
    text
        YAML without references: a few of these make billions of values of a few lines.

    Returns
    -------
    object
        Plain values.

    Raises
    ------
    ValueError
        It is no YAML, holds references, or is nested too deep.
    """
    try:
        found = yaml.safe_load(text)
        aliases = any(isinstance(one, yaml.AliasToken) for one in yaml.scan(text))
    except yaml.YAMLError as error:
        raise ValueError(f"The settings are no YAML: {error}") from error
    except RecursionError as error:
        raise ValueError("The settings are nested too deep.") from error
    if aliases:
        raise ValueError("The settings hold a reference (*name); write its value out.")
    return found


def _moment(text: Any, name: str) -> pd.Timestamp:
    try:
        found = pd.Timestamp(text)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{name} is {text!r}; give dates such as '2010-01-01'.") from error
    if pd.isna(found) or found.tz is not None:
        raise ValueError(f"{name} is {text!r}; give dates in UTC, without a zone.")
    return found
