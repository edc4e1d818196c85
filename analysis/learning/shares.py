"""How much each feature counts in a fitted model, in the model's own terms."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.learning.fitting import Fitted
from analysis.learning.ranking import average_precision
from analysis.learning.sheet import Sheet

_MOST = 4000  # rows that are permuted
_DRAWS = 20


def feature_shares(fitted: Fitted, sheet: Sheet, seed: int = 0) -> tuple[dict[str, float], str]:
    """Return the share of each feature, and by what it was measured.

    "impurity" where the model is made of trees, "coefficient" (its size, for standardised features;
    times the spread of a feature where the model does not standardise them) where it is linear,
    else "permutation": the loss of average precision on at most 4000 rows when the feature is
    shuffled, where that is more than chance. A column that says where a feature was missing counts
    for the feature.

    Parameters
    ----------
    fitted
        Model.
    sheet
        Rows to permute, best such as were not learnt from.
    seed
        Start of the random numbers.

    Returns
    -------
    tuple
        Share by feature, with the sum 1 (all 0 where nothing counts), and the kind.
    """
    own = _own(fitted, sheet)
    kind = "permutation"
    if own is not None:
        found, kind = own
    else:
        found = _permuted(fitted, sheet, seed)
    total = float(found.sum())
    shares = found / total if total > 0 else np.zeros_like(found)
    return dict(zip(fitted.features, shares.tolist(), strict=True)), kind


def _own(fitted: Fitted, sheet: Sheet) -> tuple[NDArray[np.float64], str] | None:
    """Return impurity or coefficients of the features, if the model has one for each column."""
    features = len(fitted.features)
    steps = getattr(fitted.estimator, "steps", [("model", fitted.estimator)])
    last = steps[-1][1]
    if hasattr(last, "feature_importances_"):
        found, kind = last.feature_importances_, "impurity"
    elif hasattr(last, "coef_"):
        found, kind = np.abs(np.asarray(last.coef_)), "coefficient"
    else:
        return None
    found = np.asarray(found, dtype=np.float64)
    found = found.reshape(-1, found.shape[-1]).mean(axis=0)
    if not np.isfinite(found).all():
        return None
    marked = np.zeros(0, np.intp)
    for _, step in steps[:-1]:
        indicator = getattr(step, "indicator_", None)
        if indicator is not None:
            marked = np.asarray(indicator.features_)
        elif type(step).__name__ not in ("SimpleImputer", "Compress", "StandardScaler", "str"):
            return None
    if found.size != features + marked.size:
        return None
    if kind == "coefficient" and not any(
        type(one).__name__ == "StandardScaler" for _, one in steps
    ):
        found = found * _spread(fitted, sheet, steps[:-1])  # else the unit would decide
    shares = found[:features].copy()
    np.add.at(shares, marked, found[features:])
    return shares, kind


def _spread(fitted: Fitted, sheet: Sheet, steps: Any) -> NDArray[np.float64]:
    """Return the standard deviation of each column (column,) that a linear model sees."""
    values: Any = sheet.values
    if fitted.named:
        values = pd.DataFrame(values, columns=list(fitted.features))
    for _, step in steps:
        values = values if isinstance(step, str) else step.transform(values)
    return np.asarray(np.nanstd(np.asarray(values, dtype=np.float64), axis=0))


def _permuted(fitted: Fitted, sheet: Sheet, seed: int) -> NDArray[np.float64]:
    """Return the loss of average precision (feature,) when a feature is shuffled.

    A loss within two standard errors, of rows drawn again, is chance and counts nothing: else the
    shares of a model without skill would be those of noise.
    """
    generator = np.random.default_rng(seed)
    positive, negative = np.flatnonzero(sheet.outcome), np.flatnonzero(sheet.outcome == 0)
    yes = generator.permutation(positive)[: _MOST // 2]
    no = generator.permutation(negative)[: _MOST - yes.size]
    loss = np.zeros(len(fitted.features))
    if not yes.size or not no.size:
        return loss
    rows = np.sort(np.concatenate([yes, no]))
    part = sheet.take(rows)
    kept = np.where(part.outcome > 0, yes.size / positive.size, no.size / negative.size)
    heavy = part.weights / kept
    again = [heavy, *(heavy * generator.poisson(1.0, (_DRAWS, rows.size)))]

    def scored() -> NDArray[np.float64]:
        told = fitted.predict(part)
        return np.array([average_precision(part.outcome, told, one) for one in again])

    best = scored()
    original = part.values.copy()
    for column in range(loss.size):
        part.values[:, column] = generator.permutation(original[:, column])
        lost = best - scored()
        part.values[:, column] = original[:, column]
        if lost[0] > 2 * np.nanstd(lost[1:]):
            loss[column] = lost[0]
    return loss
