"""What the classifiers of this folder do alike: check samples, name the most probable class."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data


def check_samples(
    model: Any, X: ArrayLike, y: ArrayLike, dtype: Any = np.float64
) -> tuple[NDArray[Any], NDArray[np.intp]]:
    """Check what a classifier is to learn from, and set its `classes_`.

    Parameters
    ----------
    model
        Classifier of scikit-learn's interface.
    X
        Features (sample, feature), without gaps.
    y
        Classes (sample,).
    dtype
        Of the features.

    Returns
    -------
    tuple of numpy.ndarray
        Features, and the position of each sample's class in `classes_` (sample,).

    Raises
    ------
    ValueError
        Fewer than 2 classes or samples, classes that are none, or gaps.
    """
    x, labels = validate_data(model, X, y, dtype=dtype, ensure_min_samples=2)
    check_classification_targets(labels)
    model.classes_, place = np.unique(labels, return_inverse=True)
    if model.classes_.size < 2:
        raise ValueError(f"There is 1 class ({model.classes_[0]!r}); there must be 2 or more.")
    return x, place


def predict_by(score: Callable[[Any, ArrayLike], NDArray[Any]]) -> Callable[..., NDArray[Any]]:
    """Make the method ``predict`` of a classifier: it names the class of the greatest score.

    Parameters
    ----------
    score
        Takes the classifier and features (sample, feature); gives scores (sample, class).

    Returns
    -------
    callable
        Takes the classifier and features; gives classes (sample,).
    """

    def predict(self: Any, X: ArrayLike) -> NDArray[Any]:
        """Return the class of the greatest score.

        Parameters
        ----------
        X
            Features (sample, feature).

        Returns
        -------
        numpy.ndarray
            Classes (sample,).
        """
        best = np.argmax(score(self, X), axis=1)
        return np.asarray(self.classes_[best])

    return predict


most_probable = predict_by(lambda model, X: model.predict_proba(X))
"""Names the most probable class."""
