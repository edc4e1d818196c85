"""Spectral angle: classes by the direction of a spectrum, whatever its brightness."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from analysis.agrarian.landcover.learners import check_samples, predict_by

Values = NDArray[np.float64]


class SpectralAngleClassifier(ClassifierMixin, BaseEstimator):
    """Classify by the least angle to the mean direction of a class.

    The angle between two spectra does not change when one of them is multiplied by a number, so
    shade and slope matter less (Kruse et al. 1993, doi:10.1016/0034-4257(93)90013-N). A spectrum
    of zeros has no direction: it is at a right angle to every class. Probabilities fall off with
    the angle as a normal distribution whose width is that of the samples about their own class.

    Attributes
    ----------
    classes_
        Classes, sorted.
    directions_
        Mean directions of length 1 (class, feature).
    width_
        Root mean square angle of the samples to their own class, radians.

    Examples
    --------
    >>> x, y = np.array([[1.0, 2], [2, 4.1], [3, 1], [6, 2.1]]), ["су", "су", "құм", "құм"]
    >>> model = SpectralAngleClassifier().fit(x, y)
    >>> bool((model.predict(x) == model.predict(1000 * x)).all())
    True
    """

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn the directions of the classes.

        Parameters
        ----------
        X
            Features (sample, feature), without gaps.
        y
            Classes (sample,).

        Returns
        -------
        SpectralAngleClassifier
            Itself.

        Raises
        ------
        ValueError
            Fewer than 2 classes, or gaps.
        """
        x, place = check_samples(self, X, y)
        unit = _directions(x)
        mean = np.stack([unit[place == k].mean(axis=0) for k in range(self.classes_.size)])
        self.directions_ = _directions(mean)
        own = self._angles(unit)[np.arange(place.size), place]
        freedom = max(place.size - self.classes_.size, 1)
        self.width_ = float(max(np.sqrt((own**2).sum() / freedom), 1e-6))
        return self

    def predict_proba(self, X: ArrayLike) -> Values:
        """Return the probability of each class, given that it is one of them.

        Parameters
        ----------
        X
            Features (sample, feature).

        Returns
        -------
        numpy.ndarray
            (sample, class), rows sum to 1.
        """
        angle = self.angles(X)
        return np.asarray(softmax(-0.5 * (angle / self.width_) ** 2, axis=1))

    def angles(self, X: ArrayLike) -> Values:
        """Return the angle to each class.

        Parameters
        ----------
        X
            Features (sample, feature).

        Returns
        -------
        numpy.ndarray
            Radians (sample, class), 0 to pi.
        """
        check_is_fitted(self)
        return self._angles(_directions(validate_data(self, X, dtype=np.float64, reset=False)))

    def _angles(self, unit: Values) -> Values:
        return np.asarray(np.arccos(np.clip(unit @ self.directions_.T, -1, 1)))

    predict = predict_by(lambda model, X: -model.angles(X))


def _directions(x: Values) -> Values:
    """Return rows of length 1; rows of zeros stay zeros."""
    length = np.linalg.norm(x, axis=1, keepdims=True)
    return np.divide(x, length, out=np.zeros_like(x), where=length > 0)
