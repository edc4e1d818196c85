"""How much each feature counts in a fitted model, in the model's own terms."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.learning.fitting import Fitted
from analysis.learning.ranking import average_precision
from analysis.learning.sheet import Sheet

_MOST = 4000  # rows that are permuted


def feature_shares(fitted: Fitted, sheet: Sheet, seed: int = 0) -> tuple[dict[str, float], str]:
    """Return the share of each feature, and by what it was measured.

    "impurity" where the model is made of trees, "coefficient" (its size, for standardised features)
    where it is linear, else "permutation": the loss of average precision on at most 4000 rows when
    the feature is shuffled. A column that says where a feature was missing counts for the feature.

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
    own = _own(fitted.estimator, len(fitted.features))
    kind = "permutation"
    if own is not None:
        found, kind = own
    else:
        found = _permuted(fitted, sheet, seed)
    total = float(found.sum())
    shares = found / total if total > 0 else np.zeros_like(found)
    return dict(zip(fitted.features, shares.tolist(), strict=True)), kind


def _own(estimator: Any, features: int) -> tuple[NDArray[np.float64], str] | None:
    """Return impurity or coefficients of the features, if the model has one for each column."""
    steps = getattr(estimator, "steps", [("model", estimator)])
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
    shares = found[:features].copy()
    np.add.at(shares, marked, found[features:])
    return shares, kind


def _permuted(fitted: Fitted, sheet: Sheet, seed: int) -> NDArray[np.float64]:
    """Return the loss of average precision (feature,) when a feature is shuffled."""
    generator = np.random.default_rng(seed)
    positive, negative = np.flatnonzero(sheet.outcome), np.flatnonzero(sheet.outcome == 0)
    yes = generator.permutation(positive)[: _MOST // 2]
    rows = np.sort(np.concatenate([yes, generator.permutation(negative)[: _MOST - yes.size]]))
    part = sheet.take(rows)
    if not yes.size or not negative.size:
        return np.zeros(len(fitted.features))
    best = average_precision(part.outcome, fitted.predict(part), part.weights)
    loss = np.zeros(len(fitted.features))
    original = part.values.copy()
    for column in range(loss.size):
        part.values[:, column] = generator.permutation(original[:, column])
        worse = average_precision(part.outcome, fitted.predict(part), part.weights)
        part.values[:, column] = original[:, column]
        loss[column] = max(best - worse, 0.0)
    return loss
