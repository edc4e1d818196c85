"""Support vectors with probabilities that agree with their answer."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp, softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.utils.validation import check_is_fitted, validate_data

from analysis.agrarian.landcover.learners import check_samples, predict_by

Values = NDArray[np.float64]


class SupportVectorClassifier(ClassifierMixin, BaseEstimator):
    """Support vector machine on scaled features, with probabilities that agree with its answer.

    The decisions of :class:`sklearn.svm.SVC` are divided by one temperature, found on samples held
    back (Guo et al. 2017, arXiv:1706.04599), and turned into probabilities by the softmax; so the
    most probable class is always the class of the machine, which Platt's way does not promise.

    Parameters
    ----------
    C, kernel
        As in SVC.
    gamma
        As in SVC; None for 2 / number of features, twice what SVC takes on scaled features.
    class_weight
        None, "balanced" or a mapping, as in SVC.
    folds
        Parts of the samples from which the temperature is found; fewer where a class is smaller.
    random_state
        Seed of the parts.

    Attributes
    ----------
    classes_
        Classes, sorted.
    temperature_
        What the decisions are divided by; 1 where a class has a single sample.

    Examples
    --------
    >>> x = np.array([[0.0], [0.1], [0.2], [5.0], [5.1], [5.2]])
    >>> model = SupportVectorClassifier(folds=2).fit(x, list("aaabbb"))
    >>> model.predict([[0.3], [4.0]]).tolist()
    ['a', 'b']
    """

    def __init__(
        self,
        C: float = 10.0,
        gamma: Any = None,
        kernel: str = "rbf",
        class_weight: Any = None,
        folds: int = 3,
        random_state: int | None = 0,
    ) -> None:
        self.C = C
        self.gamma = gamma
        self.kernel = kernel
        self.class_weight = class_weight
        self.folds = folds
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn the machine and its temperature.

        Parameters
        ----------
        X
            Features (sample, feature), without gaps.
        y
            Classes (sample,).

        Returns
        -------
        SupportVectorClassifier
            Itself.

        Raises
        ------
        ValueError
            Fewer than 2 classes, or gaps.
        """
        x, place = check_samples(self, X, y)
        labels = self.classes_[place]
        self.scaler_, self.machine_ = self._learn(x, labels)
        folds = min(self.folds, int(np.bincount(place).min()))
        self.temperature_ = 1.0
        if folds >= 2:
            parts = StratifiedKFold(folds, shuffle=True, random_state=self.random_state)
            held = np.empty((place.size, self.classes_.size))
            for train, test in parts.split(x, place):
                held[test] = _decisions(*self._learn(x[train], labels[train]), x[test])
            self.temperature_ = _temperature(held, place)
        return self

    def predict_proba(self, X: ArrayLike) -> Values:
        """Return the probability of each class.

        Parameters
        ----------
        X
            Features (sample, feature).

        Returns
        -------
        numpy.ndarray
            (sample, class), rows sum to 1.
        """
        decision = self._decide(X)
        return np.asarray(softmax(decision / self.temperature_, axis=1))

    def _learn(self, x: Values, labels: NDArray[Any]) -> tuple[StandardScaler, SVC]:
        scaler = StandardScaler().fit(x)
        gamma = 2 / x.shape[1] if self.gamma is None else self.gamma
        machine = SVC(C=self.C, gamma=gamma, kernel=self.kernel, class_weight=self.class_weight)
        return scaler, machine.fit(scaler.transform(x), labels)

    def _decide(self, X: ArrayLike) -> Values:
        check_is_fitted(self)
        x = validate_data(self, X, dtype=np.float64, reset=False)
        return _decisions(self.scaler_, self.machine_, x)

    predict = predict_by(_decide)


def _decisions(scaler: StandardScaler, machine: SVC, x: Values) -> Values:
    """Return one decision for each class (sample, class)."""
    found = np.asarray(machine.decision_function(scaler.transform(x)))
    return np.stack([-found, found], axis=1) if found.ndim == 1 else found


def _temperature(decision: Values, place: NDArray[np.intp]) -> float:
    """Return the temperature of the least logarithmic loss."""

    def loss(power: float) -> float:
        scaled = decision * np.exp(-power)
        own = scaled[np.arange(place.size), place]
        return float((logsumexp(scaled, axis=1) - own).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-4.0, 4.0), method="bounded").x))
