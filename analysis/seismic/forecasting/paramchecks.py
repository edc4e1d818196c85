"""Parameters of models tried on a few rows, before tables are made that take minutes."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from analysis.learning import MODELS
from analysis.learning.given import named_models
from analysis.seismic.forecasting.choices import Settings
from analysis.spelling import did_you_mean

ROUNDS: Final = ("n_estimators", "max_iter", "epochs")
"""Parameters that say how long a model learns; a trial takes few of these."""
MOST_ROUNDS: Final = 100_000
_OURS: Final = {"random_state", "device"}  # set by `seed` and by the processor there is
_TRIED: Final = 3
_ROWS: Final = 60
_PLACE: Final = re.compile(r"^\[[\d:]+\] \S+: ")  # of a line of XGBoost's source


def check_params(settings: Settings) -> None:
    """Refuse models that are not installed, and parameters that they do not take.

    Each model with parameters of its own learns from a few rows of noise: what it says of its
    parameters it says now.

    Parameters
    ----------
    settings
        Models and their parameters.

    Raises
    ------
    ValueError
        A model is not installed, a parameter is unknown, and the message proposes one, or its value
        is impossible.
    """
    named_models(list(settings.models))
    for name, params in settings.params.items():
        if params:
            _check_names(name, params)
            _check_rounds(name, params)
            _try(name, params)


def _check_names(name: str, params: Mapping[str, Any]) -> None:
    model = MODELS[name]
    known = {*model.pipeline().steps[-1][1].get_params(deep=False), *model.apart} - _OURS
    for one in params:
        if one not in known:
            hint = did_you_mean(str(one), known)
            raise ValueError(f"params of {name}: there is no parameter {one!r}. {hint}")


def _check_rounds(name: str, params: Mapping[str, Any]) -> None:
    for one in ROUNDS:
        value = params.get(one, 1)
        whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
        if not whole or not 1 <= value <= MOST_ROUNDS:
            raise ValueError(
                f"params of {name}: {one} is {value!r}; it is a whole number from 1 to "
                f"{MOST_ROUNDS}."
            )


def _try(name: str, params: Mapping[str, Any]) -> None:
    """Let a model learn a little."""
    few = {one: min(value, _TRIED) if one in ROUNDS else value for one, value in params.items()}
    model = MODELS[name]
    estimator = model.pipeline(**few)
    if model.lagged:  # it reads sequences of time, of which noise has none
        return
    values = np.random.default_rng(0).normal(size=(_ROWS, 3)).astype(np.float32)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # so few steps do not converge
            estimator.fit(values, np.arange(_ROWS) % 2)
    except (ValueError, TypeError) as error:  # XGBoost's own error is a ValueError
        reason = _PLACE.sub("", str(error).strip().partition("\n")[0])
        raise ValueError(f"params of {name}: {reason}") from error
