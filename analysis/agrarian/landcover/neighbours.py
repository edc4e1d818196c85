"""Nearest neighbours that give the same answer for whole and for broken numbers."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.neighbors import KNeighborsClassifier


class NearestNeighboursClassifier(KNeighborsClassifier):
    """The classifier of scikit-learn, on numbers of double precision.

    For whole numbers scikit-learn takes another way, which breaks ties between equally near
    samples otherwise, so a table read as whole numbers and the same table read as broken ones
    would not be classified alike. Settings and attributes are those of
    :class:`sklearn.neighbors.KNeighborsClassifier`; features are not scaled.

    Examples
    --------
    >>> x = np.array([[0], [1], [9], [10]])
    >>> model = NearestNeighboursClassifier(n_neighbors=1).fit(x, list("aabb"))
    >>> model.predict([[2], [8]]).tolist()
    ['a', 'b']
    """

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Keep the samples.

        Parameters
        ----------
        X
            Features (sample, feature), without gaps.
        y
            Classes (sample,).

        Returns
        -------
        NearestNeighboursClassifier
            Itself.
        """
        super().fit(_double(X), y)
        return self

    def predict(self, X: ArrayLike) -> Any:
        """Return the commonest class of the neighbours.

        Parameters
        ----------
        X
            Features (sample, feature).

        Returns
        -------
        numpy.ndarray
            Classes (sample,).
        """
        return super().predict(_double(X))

    def predict_proba(self, X: ArrayLike) -> Any:
        """Return the share of each class among the neighbours.

        Parameters
        ----------
        X
            Features (sample, feature).

        Returns
        -------
        numpy.ndarray
            (sample, class), rows sum to 1.
        """
        return super().predict_proba(_double(X))


def _double(X: Any) -> Any:
    whole = hasattr(X, "dtype") and np.issubdtype(X.dtype, np.integer)
    if whole or hasattr(X, "dtypes"):
        return X.astype(np.float64)
    return X
