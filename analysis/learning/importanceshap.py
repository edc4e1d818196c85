"""SHAP values: of trees and linear models exactly, of one row under any model by sampling."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.learning.fitting import Fitted
from analysis.learning.recalibration import logit
from analysis.learning.sheet import read_sheet

_ORDERS = 16
Explain = Callable[[Any, Any, int], NDArray[np.float64]]


def explain_row(
    fitted: Fitted,
    row: Any,
    background: Any,
    *,
    orders: int = 32,
    seed: int = 0,
) -> pd.Series[float]:
    """Return which features moved the probability of one row, and by how much.

    Shapley values of the log-odds of the final, calibrated probability, by sampling the orders in
    which features are made known (Štrumbelj and Kononenko 2014, doi:10.1007/s10115-013-0679-x):
    the same for every model. The features that are not known yet are those of rows of the
    background. Of features that say the same, each gets a share.

    Parameters
    ----------
    fitted
        The model.
    row
        Table of one row with the features.
    background
        Rows to compare with: what is usual.
    orders
        How many orders are sampled, each with one row of the background and in both directions.
    seed
        Same seed, same numbers.

    Returns
    -------
    pandas.Series
        Changes of the log-odds, by feature; their sum and ``attrs["base"]`` (mean log-odds of the
        rows of the background that were drawn) are ``attrs["value"]``, the log-odds of the row.

    Raises
    ------
    ValueError
        There is not one row, no background, or the model looks at several rows together.

    Examples
    --------
    The changes add up to the difference, and a feature that is not used changes nothing:

    >>> class Sum:
    ...     def predict_proba(self, values):
    ...         told = 1 / (1 + np.exp(-values[:, 0] - 2 * values[:, 1]))
    ...         return np.stack([1 - told, told], axis=1)
    >>> fitted = Fitted("sum", Sum(), ("a", "b", "c"), base_rate=0.5)
    >>> usual = pd.DataFrame({"time": pd.Timestamp("2020"), "a": [0.0], "b": [0.0], "c": [5.0]})
    >>> one = usual.assign(a=1.0, b=1.0, c=-7.0)
    >>> found = explain_row(fitted, one, usual)
    >>> found.round(2).tolist()
    [0.96, 1.94, 0.0]
    >>> bool(np.isclose(found.sum() + found.attrs["base"], found.attrs["value"]))
    True
    """
    if getattr(fitted.estimator, "sequences", False):
        raise ValueError(
            f"{fitted.name} looks at the rows of a cell together, so no row can be explained alone."
        )
    if orders < 2:
        raise ValueError(f"orders={orders}: give 2 or more.")
    one = read_sheet(row, fitted.features, outcomes=False).values
    usual = read_sheet(background, fitted.features, outcomes=False).values
    if len(one) != 1:
        raise ValueError(f"There are {len(one)} rows to explain; give one.")
    random = np.random.default_rng(seed)
    changes, base, value = _sampled(fitted, one[0], usual, orders, random)
    found = pd.Series(changes, index=pd.Index(fitted.features, name="feature"), name="change")
    found.attrs = {"base": base, "value": value, "units": "change of log-odds"}
    return found


def _sampled(
    fitted: Fitted,
    row: NDArray[np.float32],
    usual: NDArray[np.float32],
    orders: int,
    random: np.random.Generator,
) -> tuple[NDArray[np.float64], float, float]:
    """Return changes (feature,), the base and the value of a row, in log-odds."""
    number = row.size
    picks = random.integers(len(usual), size=orders)
    steps = np.empty((orders, 2, number + 1, number), np.float32)
    order = np.empty((orders, 2, number), np.intp)
    for place, pick in enumerate(picks):
        order[place, 0] = random.permutation(number)
        order[place, 1] = order[place, 0][::-1]
        for way in range(2):
            steps[place, way] = usual[pick]
            for step, feature in enumerate(order[place, way]):
                steps[place, way, step + 1 :, feature] = row[feature]
    told = logit(fitted.of_values(steps.reshape(-1, number))).reshape(orders, 2, number + 1)
    changes = np.zeros(number)
    np.add.at(changes, order.ravel(), np.diff(told, axis=2).ravel())
    return changes / (2 * orders), float(told[:, :, 0].mean()), float(told[0, 0, -1])


def columns_of(fitted: Fitted) -> NDArray[np.intp] | None:
    """Return the feature of each column that the last step of the estimator sees.

    Parameters
    ----------
    fitted
        The model.

    Returns
    -------
    numpy.ndarray or None
        Positions (column,) in the features; columns that say where a feature was missing belong to
        it. None where columns are no features (a kernel).
    """
    number = len(fitted.features)
    column = np.arange(number)
    for _, step in getattr(fitted.estimator, "steps", [])[:-1]:
        if type(step).__name__ == "SimpleImputer":
            if getattr(step, "indicator_", None) is not None:
                column = np.concatenate([column, np.asarray(step.indicator_.features_)])
        elif type(step).__name__ not in (
            "Compress",
            "StandardScaler",
            "RobustScaler",
            "MinMaxScaler",
        ):
            return None
    last = getattr(fitted.estimator, "steps", [("", fitted.estimator)])[-1][1]
    seen = getattr(last, "n_features_in_", column.size)
    return column.astype(np.intp) if seen == column.size else None


def global_shap(fitted: Fitted) -> tuple[str, Explain, str]:
    """Return how the SHAP values of many rows are found for a model.

    Parameters
    ----------
    fitted
        The model.

    Returns
    -------
    tuple
        "trees", "linear" or "any"; the function from rows, background and seed to values (row,
        feature); their units.
    """
    steps = getattr(fitted.estimator, "steps", [("", fitted.estimator)])
    last, column = steps[-1][1], columns_of(fitted)
    number = len(fitted.features)

    def before(values: Any) -> Any:
        for _, step in steps[:-1]:
            values = step.transform(values)
        return values

    def gathered(values: NDArray[Any]) -> NDArray[np.float64]:
        out = np.zeros((values.shape[0], number))
        np.add.at(out.T, np.arange(number) if column is None else column, values.T)
        return out

    if column is not None and hasattr(last, "coef_"):
        slope = 1.0 if fitted.margins is None else fitted.margins[1]

        def linear(values: Any, usual: Any, _seed: int) -> NDArray[np.float64]:
            middle = before(usual).mean(axis=0)
            return gathered(slope * np.ravel(last.coef_) * (before(values) - middle))

        return "linear", linear, "mean change of log-odds"
    if column is not None and _has_trees(last):

        def trees(values: Any, _usual: Any, _seed: int) -> NDArray[np.float64]:
            import shap

            found = np.asarray(shap.TreeExplainer(last).shap_values(before(values)))
            return gathered(found[..., -1] if found.ndim == 3 else found)

        forest = hasattr(last, "estimators_") and not hasattr(last, "learning_rate")
        return "trees", trees, "mean change of " + ("probability" if forest else "log-odds")

    def sampled(values: Any, usual: Any, seed: int) -> NDArray[np.float64]:
        random = np.random.default_rng(seed)
        return np.stack([_sampled(fitted, one, usual, _ORDERS, random)[0] for one in values])

    return "any", sampled, "mean change of log-odds"


def _has_trees(model: Any) -> bool:
    names = ("Forest", "ExtraTrees", "GradientBoosting", "XGB", "DecisionTree")
    return any(one in type(model).__name__ for one in names)
