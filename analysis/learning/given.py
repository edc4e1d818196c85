"""Models as a caller gives them: names, mappings, estimators of scikit-learn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from analysis.learning.models import MODELS, Model
from analysis.spelling import did_you_mean


class NotLearnt(ValueError):  # noqa: N818
    """A model cannot be learnt from these rows; the message says why."""


def named_models(models: Any) -> dict[str, Any]:
    """Return models by name from names, a mapping, or nothing (all).

    Parameters
    ----------
    models
        None, a name, names, or a mapping from names to names, models or estimators.

    Returns
    -------
    dict
        Models by name.

    Raises
    ------
    ValueError
        A name is unknown.

    Examples
    --------
    >>> list(named_models("SVM")), list(named_models(["SVM", "XGBoost"]))
    (['SVM'], ['SVM', 'XGBoost'])

    Of two estimators of one class the second gets a number:

    >>> from sklearn.linear_model import LogisticRegression
    >>> list(named_models([LogisticRegression(C=0.1), LogisticRegression(C=10)]))
    ['LogisticRegression', 'LogisticRegression 2']
    """
    if models is None:
        return dict(MODELS)
    if isinstance(models, (str, Model)) or hasattr(models, "fit"):
        models = [models]
    if not isinstance(models, Iterable):
        raise ValueError(
            f"The models are {models!r}; give names, estimators, or a mapping of names to these."
        )
    pairs = models.items() if isinstance(models, Mapping) else ((None, one) for one in models)
    found: dict[str, Any] = {}
    for label, one in pairs:
        if isinstance(one, tuple) and len(one) == 2 and isinstance(one[0], str):
            label, one = one  # as in the steps of a pipeline
        name = str(label) if label is not None else _name(one)
        if isinstance(one, str) and one not in MODELS:
            more = " It needs the extra 'dl' (PyTorch)." if one == "Recurrent" else ""
            raise ValueError(f"There is no model {one!r}. {did_you_mean(one, MODELS)}{more}")
        one = MODELS[one] if isinstance(one, str) else one
        if name in found and label is None and found[name] is not one:
            number = 2  # two of one class, of other settings
            while f"{name} {number}" in found:
                number += 1
            name = f"{name} {number}"
        found[name] = one
    return found


def _name(one: Any) -> str:
    if isinstance(one, str):
        return one
    if isinstance(one, Model):
        return one.name
    return one.__name__ if isinstance(one, type) else type(one).__name__


def fresh(model: Any, params: Mapping[str, Any] | None, *, gaps: bool = False) -> Any:
    """Return a user's own estimator, unfitted, with settings.

    Parameters
    ----------
    model
        scikit-learn estimator, or its class.
    params
        Settings.
    gaps
        Features have missing values: an estimator that cannot have them is put behind an
        imputation (median, and a column that says where it was missing).

    Returns
    -------
    object
        A copy that has learnt nothing.

    Raises
    ------
    ValueError
        It is no estimator.
    """
    from sklearn.base import clone

    if isinstance(model, type):
        model = model()
    if not hasattr(model, "fit") or not any(
        hasattr(model, one) for one in ("predict_proba", "decision_function", "predict")
    ):
        raise NotLearnt(
            f"It is a {type(model).__name__}, no estimator of scikit-learn: it needs fit and "
            "predict_proba (or decision_function)."
        )
    try:
        found = clone(model)
    except TypeError as error:
        raise NotLearnt(f"It cannot be made anew: {error}.") from error
    if params:
        try:
            found.set_params(**params)
        except ValueError as error:
            raise NotLearnt(str(error)) from error
    return _behind_imputation(found) if gaps else found


def _behind_imputation(estimator: Any) -> Any:
    """Return the estimator, behind an imputation if it cannot have missing values."""
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline
    from sklearn.utils import get_tags

    if isinstance(estimator, Pipeline) or get_tags(estimator).input_tags.allow_nan:
        return estimator
    imputer = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    return Pipeline([("missing", imputer), ("model", estimator)])
