"""Parametric classifiers: one normal distribution for each class, with more or less in common.

Maximum likelihood, linear discriminant, naive Bayes, Mahalanobis and minimum distance are one
method with five ideas of the covariance, so they are one class here (Richards 2013, Remote Sensing
Digital Image Analysis, chapter 8, doi:10.1007/978-3-642-30062-2).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logsumexp
from scipy.stats import chi2
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.covariance import ledoit_wolf_shrinkage
from sklearn.utils.validation import check_is_fitted, validate_data

from analysis.agrarian.landcover.learners import check_samples, predict_by
from analysis.spelling import did_you_mean

COVARIANCES: Final = ("class", "pooled", "diagonal", "spherical")
PRIORS: Final = ("share", "equal")
_WORST: Final = 1e12
"""Condition of a correlation matrix beyond which its inverse is rounding errors."""
_TINY: Final = 1e-30

Values = NDArray[np.float64]


class GaussianClassifier(ClassifierMixin, BaseEstimator):
    """Classify by the density of a normal distribution of each class.

    Parameters
    ----------
    covariance
        "class": each class has its own (maximum likelihood, quadratic discriminant); "pooled": one
        for all (linear discriminant; with equal priors, least Mahalanobis distance); "diagonal":
        each class has its own variances (naive Bayes); "spherical": one variance for all (with
        equal priors, least Euclidean distance to the mean).
    priors
        "share" as often as in the samples, "equal", a mapping from class to prior, or one number
        for each class in sorted order. They are brought to the sum 1.
    shrinkage
        Share of a covariance without correlations mixed into "class" and "pooled", 0 to 1. None
        for 0 wherever the covariance can be inverted; where it cannot (too few samples for so many
        features), the share of Ledoit and Wolf (2004, doi:10.1016/S0047-259X(03)00096-4), and a
        class of one sample takes the pooled covariance. `shrunk_` tells where that was done.

    Attributes
    ----------
    classes_
        Classes, sorted.
    means_
        Means (class, feature).
    priors_
        Priors (class,).
    whitening_
        For each class the matrix (feature, feature) that makes its covariance the unit matrix, and
        the logarithm of its determinant.
    shrunk_
        Classes whose covariance was shrunk, to the share; the key is "pooled" for a common one.

    Examples
    --------
    The answer does not depend on the units of the features where covariances are whole:

    >>> rng = np.random.default_rng(0)
    >>> x = np.concatenate([rng.normal(0, 1, (50, 2)), rng.normal(2, 3, (50, 2))])
    >>> y = np.repeat(["бидай", "орман"], 50)
    >>> one = GaussianClassifier("class").fit(x, y).predict(x)
    >>> two = GaussianClassifier("class").fit(x * [1, 1000], y).predict(x * [1, 1000])
    >>> bool((one == two).all())
    True
    """

    def __init__(
        self,
        covariance: str = "class",
        priors: Any = "share",
        shrinkage: float | None = None,
    ) -> None:
        self.covariance = covariance
        self.priors = priors
        self.shrinkage = shrinkage

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn means, covariances and priors.

        Parameters
        ----------
        X
            Features (sample, feature), without gaps.
        y
            Classes (sample,).

        Returns
        -------
        GaussianClassifier
            Itself.

        Raises
        ------
        ValueError
            Unknown settings, impossible priors, fewer than 2 classes, or gaps.
        """
        if self.covariance not in COVARIANCES:
            known = did_you_mean(str(self.covariance), COVARIANCES)
            raise ValueError(f"The covariance is {self.covariance!r}. {known}")
        if self.shrinkage is not None and not 0 <= self.shrinkage <= 1:
            raise ValueError(f"The shrinkage is {self.shrinkage!r}; it must be in [0, 1] or None.")
        x, place = check_samples(self, X, y)
        count = np.bincount(place).astype(np.float64)
        self.priors_ = self._priors(count / count.sum())
        self.means_ = np.stack([x[place == k].mean(axis=0) for k in range(count.size)])
        self.shrunk_: dict[Any, float] = {}
        self.whitening_ = self._covariances(x - self.means_[place], place, count)
        return self

    def decision_function(self, X: ArrayLike) -> Values:
        """Return the logarithm of the density times the prior, less a constant.

        Parameters
        ----------
        X
            Features (sample, feature).

        Returns
        -------
        numpy.ndarray
            (sample, class); with two classes (sample,), positive for the second.
        """
        joint = self._joint(X)
        return np.asarray(joint[:, 1] - joint[:, 0]) if joint.shape[1] == 2 else joint

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
        joint = self._joint(X)
        return np.exp(joint - logsumexp(joint, axis=1, keepdims=True))

    def typicality(self, X: ArrayLike) -> Values:
        """Return how usual a sample is for the class it is most like: small where it is like none.

        The share of that class's own distribution that lies farther from its mean (chi-square
        with as many degrees of freedom as features).

        Parameters
        ----------
        X
            Features (sample, feature).

        Returns
        -------
        numpy.ndarray
            (sample,), 0 to 1.
        """
        distance = self._distances(X)
        return np.asarray(chi2.sf(distance.min(axis=1), self.means_.shape[1]))

    def _priors(self, share: Values) -> Values:
        if isinstance(self.priors, str):
            if self.priors not in PRIORS:
                known = did_you_mean(self.priors, PRIORS)
                raise ValueError(f"The priors are {self.priors!r}. {known}")
            return share if self.priors == "share" else np.full(share.size, 1 / share.size)
        if isinstance(self.priors, Mapping):
            if missing := [one for one in self.classes_.tolist() if one not in self.priors]:
                raise ValueError(f"The priors lack the classes {missing}.")
            given = np.array([self.priors[one] for one in self.classes_.tolist()], np.float64)
        else:
            given = np.asarray(self.priors, dtype=np.float64)
        if given.shape != share.shape or not (np.isfinite(given) & (given > 0)).all():
            raise ValueError(
                f"The priors are {self.priors!r}; give one positive number for each of the "
                f"{share.size} classes."
            )
        return given / given.sum()

    def _covariances(
        self, rest: Values, place: NDArray[np.intp], count: Values
    ) -> list[tuple[Values, float]]:
        """Return for each class what makes its covariance the unit matrix, and log determinant."""
        classes, width = count.size, rest.shape[1]
        freedom = rest.shape[0]
        pooled = rest.T @ rest / freedom
        floor = 1e-9 * max(float(pooled.diagonal().max()), _TINY)
        if self.covariance == "spherical":
            variance = np.full(width, max(float(pooled.trace()) / width, floor))
            return [_of_variances(variance)] * classes
        if self.covariance == "diagonal":
            own = [(rest[place == k] ** 2).mean(axis=0) for k in range(classes)]
            return [_of_variances(one + floor) for one in own]
        scale = np.sqrt(pooled.diagonal() + floor * (pooled.diagonal() <= floor))
        common = self._whitening(pooled, rest, scale, "pooled") if _any(self, count) else None
        if self.covariance == "pooled" and common is not None:
            return [common] * classes
        found = []
        for k, label in enumerate(self.classes_.tolist()):
            if count[k] < 2 and common is not None:
                self.shrunk_[label] = 1.0
                found.append(common)
                continue
            own_rest = rest[place == k]
            covariance = own_rest.T @ own_rest / count[k]
            found.append(self._whitening(covariance, own_rest, scale, label))
        return found

    def _whitening(
        self, covariance: Values, rest: Values, scale: Values, label: Any
    ) -> tuple[Values, float]:
        """Return the whitening of a covariance, shrunk where it must be; `scale` are units."""
        even = covariance / np.outer(scale, scale)
        share = self.shrinkage
        if share is None and not _invertible(even):
            share = float(max(ledoit_wolf_shrinkage(rest / scale, assume_centered=True), 0.01))
            self.shrunk_[label] = share
        if share:
            middle = max(float(even.trace()) / even.shape[0], 1e-6)
            even = (1 - share) * even + share * middle * np.eye(even.shape[0])
        width, axes = np.linalg.eigh(even)
        width = np.maximum(width, width.max() / _WORST)
        whitening = axes / np.sqrt(width) / scale[:, None]
        return whitening, float(np.log(width).sum() + 2 * np.log(scale).sum())

    def _distances(self, X: ArrayLike) -> Values:
        """Return squared Mahalanobis distances (sample, class)."""
        check_is_fitted(self)
        x = validate_data(self, X, dtype=np.float64, reset=False)
        pairs = zip(self.means_, self.whitening_, strict=True)
        return np.stack([(((x - mean) @ one) ** 2).sum(axis=1) for mean, (one, _) in pairs], axis=1)

    def _joint(self, X: ArrayLike) -> Values:
        distance = self._distances(X)
        scale = np.array([size for _, size in self.whitening_])
        return np.asarray(np.log(self.priors_) - (distance + scale) / 2)

    predict = predict_by(_joint)


def _any(model: GaussianClassifier, count: Values) -> bool:
    """Tell whether the common covariance is needed."""
    return model.covariance == "pooled" or bool((count < 2).any())


def _of_variances(variance: Values) -> tuple[Values, float]:
    return np.diag(1 / np.sqrt(variance)), float(np.log(variance).sum())


def _invertible(covariance: Values) -> bool:
    """Tell whether a covariance can be inverted in any units, by its correlations."""
    deviation = np.sqrt(covariance.diagonal())
    if not (deviation > 1e-7).all():
        return False
    width = np.linalg.eigvalsh(covariance / np.outer(deviation, deviation))
    return bool(width[0] > width[-1] / _WORST * 100)
